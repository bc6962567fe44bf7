//! The gallery: every page with sample data, to be looked at in a browser without a library.
//!
//! It writes nothing and knows no catalogue. `cargo run -p server --example gallery [ADDRESS]`.

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Form, Router};
use server::view::sample::{Look, SAMPLES};
use server::view::{Lang, Role, Scheme, assets};

const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "127.0.0.1:8088".into());
    let mut router = Router::new()
        .route("/assets/{*name}", get(asset))
        .route("/settings", axum::routing::post(settings));
    let mut seen = std::collections::BTreeSet::new();
    for sample in SAMPLES {
        let path = sample.path.split('?').next().unwrap_or("/");
        if seen.insert(path) {
            router = router.route(path, get(page).post(page));
        }
    }
    let listener = tokio::net::TcpListener::bind(&address).await?;
    axum::serve(listener, router).await
}

async fn page(uri: axum::http::Uri, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let cookies = headers.get(header::COOKIE);
    let cookies = cookies.and_then(|c| c.to_str().ok()).unwrap_or_default();
    let cookie = |name: &str| {
        let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map_or("", |(_, v)| v)
    };
    let look = Look {
        lang: Lang::parse(cookie("lang")),
        scheme: Scheme::parse(cookie("theme")),
        role: Role::Admin,
    };
    let asked = match query {
        Some(query) => format!("{}?{query}", uri.path()),
        None => uri.path().to_owned(),
    };
    let same = |path: &str| path.split('?').next() == Some(uri.path());
    let exact = SAMPLES.iter().find(|sample| sample.path == asked);
    let sample = exact.or_else(|| SAMPLES.iter().find(|sample| same(sample.path)));
    match sample.map(|sample| (sample.render)(&look)) {
        Some(Ok(html)) => ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)).into_response(),
        Some(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn asset(Path(name): Path<String>) -> Response {
    match assets::find(&name) {
        Some(found) => ([(header::CONTENT_TYPE, found.media_type)], found.bytes).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn settings(Form(pairs): Form<std::collections::BTreeMap<String, String>>) -> Response {
    let back = pairs.get("back").cloned().unwrap_or_else(|| "/".into());
    let mut response = Redirect::to(&back).into_response();
    for name in ["theme", "lang"] {
        if let Some(value) = pairs.get(name)
            && let Ok(cookie) = format!("{name}={value}; Path=/; SameSite=Lax").parse()
        {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    response
}
