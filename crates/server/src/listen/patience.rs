//! Slow clients: an answer that nobody takes and a body that does not come end the connection.
//!
//! A stream and a body with clocks; what flows through them is not looked at.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// An answer that is not taken for so long is given up.
const UNTAKEN: Duration = Duration::from_secs(30);
/// A body pauses no longer.
const PAUSE: Duration = Duration::from_secs(20);
/// After this a body must have come at [`PACE`] bytes a second at least.
const RUN_UP: Duration = Duration::from_secs(30);
const PACE: u64 = 4096;

type Timer = Pin<Box<Sleep>>;

/// Runs the clock that is started by the first wait and stopped by whatever moves.
fn waited(timer: &mut Option<Timer>, time: Duration, cx: &mut Context<'_>) -> Poll<()> {
    timer
        .get_or_insert_with(|| Box::pin(sleep(time)))
        .as_mut()
        .poll(cx)
}

/// A stream whose reader must take what is written.
pub(super) struct Patient<S> {
    stream: S,
    untaken: Option<Timer>,
}

impl<S> Patient<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            untaken: None,
        }
    }

    fn moved<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.untaken = None;
            return written;
        }
        match waited(&mut self.untaken, UNTAKEN, cx) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.moved(written, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.moved(flushed, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A body that must keep coming.
pub(super) struct Paced<B> {
    body: B,
    pause: Option<Timer>,
    begun: Option<Instant>,
    bytes: u64,
}

impl<B> Paced<B> {
    pub(super) fn new(body: B) -> Self {
        Self {
            body,
            pause: None,
            begun: None,
            bytes: 0,
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn too_slow() -> Failure {
    "the body comes too slowly".into()
}

impl<B> Body for Paced<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<Failure>,
{
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_pending() {
            ready!(waited(&mut self.pause, PAUSE, cx));
            return Poll::Ready(Some(Err(too_slow())));
        }
        self.pause = None;
        let frame = ready!(frame);
        let came = frame.as_ref().and_then(|frame| frame.as_ref().ok());
        self.bytes += came
            .and_then(Frame::data_ref)
            .map_or(0, |data| data.len() as u64);
        let took = begun.elapsed();
        if frame.is_some() && took > RUN_UP && self.bytes < took.as_secs() * PACE {
            return Poll::Ready(Some(Err(too_slow())));
        }
        Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
