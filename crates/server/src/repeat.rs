//! Repeats of a writing request under one `Idempotency-Key` (D-8): the first answer, given again.
//!
//! First answers are kept in memory for a while; behind them stands the journal, which knows every key
//! for ever: after a restart the command finds its own entry there, answers from it and writes nothing twice. What
//! no one entry can tell again, a report of many or «nothing to write», is kept on the desk.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use catalog::id::Hash;
use catalog::{Desk, Doing, Entry, Error};

use crate::admission::WHOLE_FILE;
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::now;
use crate::problem::Problem;

/// So many answers are kept, and so many bytes of them.
const KEPT: usize = 1000;
const KEPT_BYTES: usize = 32 << 20;

/// On the desk: so many answers, for so long.
const BUCKET: &str = "replies";
const NOTED: usize = 200;
/// A longer one is kept until a restart only: all of them are read when one is added.
const NOTED_BYTES: usize = 256 << 10;
const NOTED_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Marks an answer that no entry of the journal can give again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByHeart;

/// The mark, where it is due.
pub(crate) fn by_heart(due: bool) -> Option<Extension<ByHeart>> {
    due.then_some(Extension(ByHeart))
}

/// The key of this request, for the journal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Once {
    key: Option<Uuid>,
    request: Option<Hash>,
}

impl Once {
    /// Who does it, now, under the key of the request.
    pub(crate) fn doing(&self, person: &Person) -> Doing {
        Doing {
            command_id: self.key,
            request: self.request,
            ..Doing::now(person.user.id.clone(), now())
        }
    }

    /// The entry that this very request made before: it is answered from that, whatever has changed since.
    pub(crate) fn entry(&self, app: &App) -> Result<Option<Entry>, Error> {
        match (self.key, self.request) {
            (Some(key), Some(request)) => app.catalog().made_before(key, request),
            _ => Ok(None),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Once {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let once = parts.extensions.get::<Once>().copied();
        Ok(once.unwrap_or_default())
    }
}

/// An answer as it went out.
#[derive(Clone)]
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        (self.status, self.headers, self.body).into_response()
    }
}

/// An answer on the desk.
#[derive(Serialize, Deserialize)]
struct Note {
    at: Timestamp,
    request: Hash,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Note {
    fn of(request: Hash, reply: &Reply) -> Self {
        let headers = reply.headers.iter().filter_map(|(name, value)| {
            let value = value.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        });
        Self {
            at: now(),
            request,
            status: reply.status.as_u16(),
            headers: headers.collect(),
            body: String::from_utf8_lossy(&reply.body).into_owned(),
        }
    }

    fn reply(self) -> Option<Reply> {
        let headers = self.headers.into_iter().filter_map(|(name, value)| {
            let name = name.parse::<HeaderName>().ok()?;
            Some((name, value.parse::<HeaderValue>().ok()?))
        });
        Some(Reply {
            status: StatusCode::from_u16(self.status).ok()?,
            headers: headers.collect(),
            body: self.body.into(),
        })
    }
}

/// The first answer out of the desk; one that is spoilt there is none.
fn noted(desk: &Desk, key: Uuid, request: Hash) -> Result<Option<Reply>, Error> {
    match desk.get::<Note>(BUCKET, &key.to_string()) {
        Ok(Some(note)) if note.request != request => Err(Error::KeyReused),
        Ok(note) => Ok(note.and_then(Note::reply)),
        Err(Error::Damaged(why)) => {
            tracing::warn!(why, "A kept answer is spoilt");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Keeps an answer on the desk; the oldest go. A desk that takes no notes spoils no answer.
fn note(desk: &Desk, key: Uuid, note: &Note) {
    let kept = || -> Result<(), Error> {
        desk.put(BUCKET, &key.to_string(), note)?;
        let mut all = desk.list::<Note>(BUCKET)?;
        all.sort_by_key(|(_, note)| std::cmp::Reverse(note.at));
        let old = |at: Timestamp| note.at.duration_since(at) > NOTED_FOR;
        for (place, (key, one)) in all.into_iter().enumerate() {
            if place >= NOTED || old(one.at) {
                desk.erase(BUCKET, &key)?;
            }
        }
        desk.clear_spoilt(BUCKET)
    };
    if let Err(error) = kept() {
        tracing::warn!(%error, "An answer was not kept for its repeats");
    }
}

/// First answers by their keys.
#[derive(Default)]
pub(crate) struct Replies(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// `None`: the first request is still at work.
    known: HashMap<Uuid, (Hash, Option<Reply>)>,
    order: VecDeque<Uuid>,
    bytes: usize,
}

enum Begun {
    First,
    AtWork,
    Done(Reply),
    Other,
}

impl Replies {
    fn begin(&self, key: Uuid, request: Hash) -> Begun {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.known.get(&key) {
            Some((first, _)) if *first != request => Begun::Other,
            Some((_, Some(reply))) => Begun::Done(reply.clone()),
            Some((_, None)) => Begun::AtWork,
            None => {
                kept.known.insert(key, (request, None));
                Begun::First
            }
        }
    }

    fn keep(&self, key: Uuid, request: Hash, reply: Reply) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += reply.body.len();
        kept.known.insert(key, (request, Some(reply)));
        kept.order.push_back(key);
        while kept.order.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.order.pop_front() else {
                break;
            };
            if let Some((_, Some(reply))) = kept.known.remove(&oldest) {
                kept.bytes -= reply.body.len();
            }
        }
    }

    fn forget(&self, key: Uuid) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(kept.known.get(&key), Some((_, None))) {
            kept.known.remove(&key);
        }
    }
}

/// Forgets a key whose request ended without an answer worth keeping, however it ended.
struct AtWork<'a>(&'a Replies, Uuid);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.forget(self.1);
    }
}

/// Answers a repeat of a writing request as the first time.
pub(crate) async fn once(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let key = request.headers().get("idempotency-key").cloned();
    let person = request.extensions().get::<Person>().cloned();
    let (Some(key), Some(person)) = (key, person) else {
        return next.run(request).await;
    };
    let key = key.to_str().ok();
    let Some(key) = key.and_then(|key| Uuid::parse_str(key.trim()).ok()) else {
        let why = "Idempotency-Key – это UUID: сделайте новый на каждое действие";
        return Problem::bad_request(why).into_response();
    };
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, WHOLE_FILE).await else {
        return Problem::too_large(WHOLE_FILE).into_response();
    };
    let request = digest(&person, &parts, &body);
    // A repeat that comes while the first is at work waits for its answer; if the first ends with none worth
    // keeping, the repeat is the first now.
    loop {
        match app.replies().begin(key, request) {
            Begun::Done(reply) => return reply.into_response(),
            Begun::Other => return Problem::from(catalog::Error::KeyReused).into_response(),
            Begun::AtWork => tokio::time::sleep(Duration::from_millis(20)).await,
            Begun::First => break,
        }
    }
    let _at_work = AtWork(app.replies(), key);
    match ask(&app, move |app| {
        Ok(noted(app.catalog().desk(), key, request)?)
    })
    .await
    {
        Ok(None) => {}
        Ok(Some(reply)) => {
            app.replies().keep(key, request, reply.clone());
            return reply.into_response();
        }
        Err(problem) => return problem.into_response(),
    }
    parts.extensions.insert(Once {
        key: Some(key),
        request: Some(request),
    });
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if !response.status().is_success() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Problem::outcome_unknown().into_response();
    };
    let reply = Reply {
        status: parts.status,
        headers: parts.headers,
        body,
    };
    if parts.extensions.get::<ByHeart>().is_some() && reply.body.len() <= NOTED_BYTES {
        let kept = Note::of(request, &reply);
        let written = ask(&app, move |app| {
            note(app.catalog().desk(), key, &kept);
            Ok(())
        });
        // It is done, whatever becomes of the note; what broke is logged where it did.
        let _ = written.await;
    }
    app.replies().keep(key, request, reply.clone());
    reply.into_response()
}

/// What makes two requests the same: who asks, what, where, and the body.
fn digest(person: &Person, parts: &Parts, body: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        let length = bytes.len() as u64;
        hasher.update(&length.to_le_bytes()).update(bytes);
    };
    part(person.user.id.as_str().as_bytes());
    part(parts.method.as_str().as_bytes());
    part(parts.uri.to_string().as_bytes());
    for name in [header::CONTENT_TYPE, header::IF_MATCH] {
        let value = parts.headers.get(name);
        part(value.map_or(b"", |value| value.as_bytes()));
    }
    part(body);
    *hasher.finalize().as_bytes()
}
