//! Repeats of a writing request under one `Idempotency-Key` (D-8): the first answer, given again.
//!
//! First answers are kept in memory for a while; behind them stands the journal, which knows every key
//! for ever: after a restart the command finds its own entry there and writes nothing twice.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use uuid::Uuid;

use catalog::Doing;
use catalog::id::Hash;

use crate::app::Shared;
use crate::auth::Person;
use crate::clock::now;
use crate::layers::BODY;
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
    let writes = !request.method().is_safe() && request.uri().path().starts_with("/api/v1/");
    let key = request.headers().get("idempotency-key").cloned();
    let person = request.extensions().get::<Person>();
    let (true, Some(key), Some(person)) = (writes, key, person) else {
        return next.run(request).await;
    };
    let Some(key) = key
        .to_str()
        .ok()
        .and_then(|k| Uuid::parse_str(k.trim()).ok())
    else {
        return Problem::bad_request(
            "Idempotency-Key – это UUID: сделайте новый на каждое действие",
        )
        .into_response();
    };
    let mut digest = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        digest
            .update(&(bytes.len() as u64).to_le_bytes())
            .update(bytes);
    };
    part(person.user.id.as_str().as_bytes());
    part(request.method().as_str().as_bytes());
    part(request.uri().to_string().as_bytes());
    for name in [header::CONTENT_TYPE, header::IF_MATCH] {
        part(
            request
                .headers()
                .get(name)
                .map_or(b"", |value| value.as_bytes()),
        );
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY).await else {
        return Problem::too_large().into_response();
    };
    part(&body);
    let hash = *digest.finalize().as_bytes();
    match app.replies().begin(key, hash) {
        Begun::Done(reply) => return reply.into_response(),
        Begun::Other => return Problem::from(catalog::Error::KeyReused).into_response(),
        Begun::AtWork => return at_work(),
        Begun::First => {}
    }
    let _at_work = AtWork(app.replies(), key);
    let (key_of, request_of) = (Some(key), Some(hash));
    parts.extensions.insert(Once {
        key: key_of,
        request: request_of,
    });
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    if !response.status().is_success() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, usize::MAX).await else {
        return Problem::from(catalog::Error::Unavailable(
            "the answer broke off".to_owned(),
        ))
        .into_response();
    };
    let reply = Reply {
        status: parts.status,
        headers: parts.headers,
        body,
    };
    app.replies().keep(key, hash, reply.clone());
    reply.into_response()
}

fn at_work() -> Response {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    Problem::new(status, "at-work", "Этот запрос уже выполняется")
        .detail("Повторите его через несколько секунд с тем же ключом")
        .into_response()
}
