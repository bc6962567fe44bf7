//! Answers longer than memory: written by a thread piece by piece, as fast as the caller takes them.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::admission;
use crate::app::{App, Shared};
use crate::problem::Problem;

/// Bytes of a piece.
const PIECE: usize = 64 << 10;
/// Pieces that wait for the caller.
const WAITING: usize = 4;

/// JSON that `work` writes. What goes wrong before the first piece is full is told as always; after it the answer
/// breaks off.
pub(crate) async fn json(
    app: &Shared,
    work: impl FnOnce(&App, &mut Pieces) -> Result<(), Problem> + Send + 'static,
) -> Result<Response, Problem> {
    let app = Arc::clone(app);
    // The place of the request stays taken until the last piece is written.
    let place = admission::held();
    let written = written(move |out| {
        let done = work(&app, out);
        drop(place);
        done
    });
    let kind = [(header::CONTENT_TYPE, "application/json")];
    Ok((kind, Body::new(written.await?)).into_response())
}

async fn written(
    work: impl FnOnce(&mut Pieces) -> Result<(), Problem> + Send + 'static,
) -> Result<Rest, Problem> {
    let (to, mut pieces) = mpsc::channel(WAITING);
    tokio::task::spawn_blocking(move || {
        let mut out = Pieces::to(to);
        if let Err(problem) = work(&mut out).and_then(|()| out.end()) {
            let _ = out.to.blocking_send(Err(problem));
        }
    });
    let first = pieces.recv().await.transpose()?;
    Ok(Rest { first, pieces })
}

/// Where an answer is written to.
pub(crate) struct Pieces {
    to: mpsc::Sender<Result<Bytes, Problem>>,
    piece: Vec<u8>,
}

impl Pieces {
    fn to(to: mpsc::Sender<Result<Bytes, Problem>>) -> Self {
        let piece = Vec::with_capacity(PIECE);
        Self { to, piece }
    }

    /// Writes a value out, element by element.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Problem> {
        serde_json::to_writer(self, value).map_err(|error| Problem::inside(&error))
    }

    fn send(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let sent = self.to.blocking_send(Ok(Bytes::from(piece)));
        // Whoever asked has gone.
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn end(&mut self) -> Result<(), Problem> {
        self.send().map_err(|error| Problem::inside(&error))
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The body of such an answer.
struct Rest {
    first: Option<Bytes>,
    pieces: mpsc::Receiver<Result<Bytes, Problem>>,
}

impl http_body::Body for Rest {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        let next = self.pieces.poll_recv(context);
        let framed = |piece: Result<Bytes, Problem>| {
            let broken = |_| io::Error::other("the answer broke off");
            piece.map(Frame::data).map_err(broken)
        };
        next.map(|piece| piece.map(framed))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::StatusCode;

    use super::*;

    fn numbers(out: &mut Pieces, count: u64) -> Result<(), Problem> {
        out.json(&(0..count).collect::<Vec<_>>())
    }

    async fn read(body: Rest) -> Result<Vec<u8>, axum::Error> {
        axum::body::to_bytes(Body::new(body), usize::MAX)
            .await
            .map(Vec::from)
    }

    #[tokio::test]
    async fn an_answer_of_any_length_comes_whole() {
        for count in [0, 1, 100_000] {
            let body = written(move |out| numbers(out, count)).await.unwrap();
            let read: Vec<u64> = serde_json::from_slice(&read(body).await.unwrap()).unwrap();
            assert_eq!(read, (0..count).collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn what_goes_wrong_at_once_is_told_and_what_goes_wrong_later_breaks_the_answer_off() {
        let refused = |out: &mut Pieces, count| {
            numbers(out, count)?;
            Err(Problem::bad_request("нельзя"))
        };
        let told = written(move |out| refused(out, 10)).await;
        assert_eq!(told.err().unwrap().status(), StatusCode::BAD_REQUEST);
        let body = written(move |out| refused(out, 100_000)).await.unwrap();
        assert!(read(body).await.is_err());
    }

    #[tokio::test]
    async fn who_hangs_up_ends_the_writing() {
        let (ended, mut hears) = mpsc::channel(1);
        let body = written(move |out| {
            let done = numbers(out, 10_000_000);
            let _ = ended.blocking_send(done.is_err());
            done
        });
        drop(body.await.unwrap());
        let soon = tokio::time::timeout(Duration::from_secs(20), hears.recv());
        assert_eq!(soon.await.unwrap(), Some(true));
    }
}
