//! Repeats of a writing request under one `Idempotency-Key` (D-8): the first answer, given again.
//!
//! First answers are kept in memory for a while; behind them stands the journal, which knows every key
//! for ever: after a restart the command finds its own entry there and writes nothing twice.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use catalog::Doing;
use catalog::id::Hash;

use crate::admission::WHOLE_FILE;
use crate::app::Shared;
use crate::auth::Person;
use crate::clock::now;
use crate::problem::Problem;

/// So many answers are kept, and so many bytes of them.
const KEPT: usize = 1000;
const KEPT_BYTES: usize = 32 << 20;

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
