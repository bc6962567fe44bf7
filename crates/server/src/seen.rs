//! Своё видно сразу: whoever changed something through one server finds it through another on the same journal.
//!
//! The answer to a change carries the number of the last entry, in a header for programs and in a cookie for people;
//! a server that is asked with a number it has not come to yet waits a little. It waits before the request takes a
//! place, so that those who wait hinder nobody; when the time is over, it answers from what it has.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::{Instant, sleep};

use crate::app::{App, Shared};
use crate::auth::{self, Person};
use crate::page::set_cookie;

/// The number of the last entry, on answers and on requests.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-fond-seq");
/// A server that follows is not further behind; nobody waits longer.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(10);
/// Every server has followed by then.
const SECONDS: i64 = 60;

/// The cookie with the number. Over https its name binds it to this host and to TLS.
fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-fond_seq" } else { "fond_seq" }
}

/// Lets a request wait for what its sender has changed, and marks the answer to a change.
pub(crate) async fn own(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let reads = request.method().is_safe();
    let program = auth::is_program(request.headers());
    if app.catalog().shared().is_some() {
        let path = request.uri().path();
        let (seq, index) = (wanted(request.headers(), app.https()), needs_index(path));
        if let Some(seq) = seq.filter(|_| !path.starts_with("/assets/")) {
            reached(&app, seq, index).await;
        }
    }
    let mut response = next.run(request).await;
    let status = response.status();
    if !reads && (status.is_success() || status.is_redirection()) {
        mark(&app, response.headers_mut(), program);
    }
    response
}

/// The higher of the two numbers.
fn wanted(headers: &HeaderMap, https: bool) -> Option<u64> {
    let header = headers.get(HEADER).and_then(|value| value.to_str().ok());
    let cookie = auth::cookie(headers, cookie_name(https));
    let numbers = [header, cookie].into_iter().flatten();
    numbers
        .filter_map(|number| number.trim().parse().ok())
        .max()
}

/// Whether the answer is taken from the search index as it stands; other pages bring it up themselves.
fn needs_index(path: &str) -> bool {
    ["/", "/search", "/api/v1/search", "/api/v1/suggest"].contains(&path)
}

async fn reached(app: &App, seq: u64, index: bool) {
    let there = || {
        let found = !index || app.index_position() >= seq;
        found && app.catalog().head().seq.get() >= seq
    };
    let begun = Instant::now();
    while !there() && begun.elapsed() < PATIENCE {
        sleep(LOOK).await;
    }
}

/// Before somebody who is known changes anything on a shared journal, the tables are brought up: what is refused for good
/// («нет такой записи») must be refused by what all servers have written, not by what has come here so far.
pub(crate) async fn level(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let changes = !request.method().is_safe();
    let known = request.extensions().get::<Person>().is_some();
    if changes && known && app.catalog().shared().is_some() {
        let app = Arc::clone(&app);
        if let Err(error) = tokio::task::spawn_blocking(move || app.level()).await {
            tracing::warn!(%error, "The tables were not brought up before a change");
        }
    }
    next.run(request).await
}

/// The head is no earlier than the change: its tables were written before it was answered.
fn mark(app: &App, headers: &mut HeaderMap, program: bool) {
    let seq = app.catalog().head().seq.get();
    headers.insert(HEADER, HeaderValue::from(seq));
    if app.catalog().shared().is_some() && !program {
        let https = app.https();
        let set = set_cookie(cookie_name(https), &seq.to_string(), SECONDS, https);
        headers.extend(set.map(|set| (header::SET_COOKIE, set)));
    }
}
