//! What lies around every route: request ids, logs, limits, headers, protection of forms, faces of errors.
//!
//! No route is named here except by what it needs: machine routes answer problems, pages show them.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};

use crate::admission::{self, WHOLE_FILE};
use crate::app::Shared;
use crate::auth;
use crate::listen::NamesNoHost;
use crate::problem::Problem;
use crate::seen;

/// An ordinary answer takes no longer.
const PATIENCE: Duration = Duration::from_secs(30);
/// Imports, full checks and the books of a year take no longer.
const LONG_PATIENCE: Duration = Duration::from_secs(900);

/// The header with the number of a request.
const REQUEST_ID: &str = "x-request-id";
/// The number of a request has no more signs.
const NUMBER: usize = 64;

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

/// The router with everything around it, ready to serve.
pub(crate) fn around(router: Router<Shared>, app: Shared) -> Router {
    let id = HeaderName::from_static(REQUEST_ID);
    router
        .fallback(|| async {
            Problem::not_found("Такого адреса нет: проверьте его")
        })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Этот адрес так не вызывают",
            )
        })
        .layer(DefaultBodyLimit::max(WHOLE_FILE))
        .layer(from_fn_with_state(Arc::clone(&app), seen::level))
        .layer(from_fn_with_state(Arc::clone(&app), auth::identify))
        .layer(CsrfLayer::new().with_rejection_response(cross_site))
        .layer(from_fn(programs_have_no_site))
        .layer(from_fn_with_state(Arc::clone(&app), admission::admit))
        .layer(from_fn(bodies_as_they_are))
        .layer(from_fn_with_state(Arc::clone(&app), seen::own))
        .layer(from_fn(patience))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(&app), crate::page::faces))
        .layer(CompressionLayer::new())
        .layer(from_fn(names_whom_it_asks))
        .layer(from_fn_with_state(Arc::clone(&app), headers))
        .layer(from_fn_with_state(Arc::clone(&app), log))
        .layer(PropagateRequestIdLayer::new(id.clone()))
        .layer(SetRequestIdLayer::new(id, MakeRequestUuid))
        .layer(from_fn(numbers_that_fit))
        .with_state(app)
}

fn cross_site(_: ProtectionError) -> Response<Body> {
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross-site",
        "Запрос пришёл с чужой страницы",
    )
    .detail("Откройте страницу библиотеки заново и повторите действие на ней")
    .into_response()
}

/// A bearer token is never sent by a browser of itself, and a cookie beside it does not count: such a request
/// cannot be forged by a foreign page, wherever it says to come from.
async fn programs_have_no_site(mut request: Request, next: Next) -> Response {
    if auth::is_program(request.headers()) {
        let headers = request.headers_mut();
        headers.remove(header::ORIGIN);
        headers.remove("sec-fetch-site");
    }
    next.run(request).await
}

/// A packed body is not unpacked here: read as it comes it would be taken for a damaged file.
async fn bodies_as_they_are(request: Request, next: Next) -> Response {
    let packed = request.headers().get_all(header::CONTENT_ENCODING);
    let plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if packed.iter().all(plain) {
        return next.run(request).await;
    }
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let problem = Problem::new(status, "packed-body", "Тело запроса сжато").detail(
        "Ничего не записано. Пошлите тело как есть, без заголовка Content-Encoding: сжатого сервер не распаковывает",
    );
    ([(header::ACCEPT_ENCODING, "identity")], problem).into_response()
}

fn panicked(panic: Box<dyn Any + Send>) -> Response<Body> {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(panic = what, "A request broke an invariant");
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Сервер не смог выполнить запрос",
    )
    .detail("Сообщите администратору номер запроса из заголовка x-request-id")
    .into_response()
}

async fn patience(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let long = ["/import", "/verify", "/post", "/export", "/api/v1/books"];
    let time = if long.iter().any(|end| path.ends_with(end)) {
        LONG_PATIENCE
    } else {
        PATIENCE
    };
    match tokio::time::timeout(time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::outcome_unknown().into_response(),
    }
}

/// Proxies and caches before us may each take a request that names two hosts, or none, for another.
async fn names_whom_it_asks(request: Request, next: Next) -> Response {
    if request.extensions().get::<NamesNoHost>().is_none() {
        return next.run(request).await;
    }
    let why = "В запросе HTTP/1.1 один заголовок Host: назовите в нём адрес сервера";
    Problem::bad_request(why).into_response()
}

/// A number of a request that somebody gives is for finding its line in the log; one that does not look like a number is
/// made anew.
async fn numbers_that_fit(mut request: Request, next: Next) -> Response {
    let fits = |value: &HeaderValue| {
        let sign = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
        (1..=NUMBER).contains(&value.len()) && value.as_bytes().iter().all(sign)
    };
    let mut given = request.headers().get_all(REQUEST_ID).iter();
    let fit = given.next().is_none_or(fits) && given.next().is_none();
    if !fit {
        request.headers_mut().remove(REQUEST_ID);
    }
    next.run(request).await
}

async fn headers(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let lasting = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await;
    let set = response.headers_mut();
    let mut put = |name: HeaderName, value: &'static str| {
        set.entry(name).or_insert(HeaderValue::from_static(value));
    };
    put(header::CONTENT_SECURITY_POLICY, POLICY);
    put(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    put(header::X_FRAME_OPTIONS, "DENY");
    put(header::REFERRER_POLICY, "same-origin");
    put(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    if app.https() {
        // Two years: a browser that has been here once comes by TLS only.
        put(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000");
    }
    put(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    put(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    if !lasting {
        put(header::CACHE_CONTROL, "no-store");
    }
    response
}

async fn log(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    // The pattern and not the path: what a reader looked for is nobody's business.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", MatchedPath::as_str)
        .to_owned();
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("-")
        .to_owned();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    app.metrics().answered(status, took);
    let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    // As a text: the log quotes it.
    let id = id.as_str();
    tracing::info!(request.id = id, %method, route, status, took_ms, "Answered {status}");
    response
}
