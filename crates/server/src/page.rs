//! Pages for people: the frame of each, and the page face of a problem.
//!
//! What a page says is filled in by its handler; what it looks like stands in `view`.

use askama::Template;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};

use catalog::people::Role;

use crate::app::{App, Shared};
use crate::auth::{Person, cookie};
use crate::problem::Problem;
use crate::view::account::ProblemPage;
use crate::view::{Frame, Lang, Remark, Scheme, Viewer};

/// The cookie of the language. Over https its name binds it to this host and to TLS.
pub(crate) fn lang_cookie(https: bool) -> &'static str {
    if https {
        "__Host-fond_lang"
    } else {
        "fond_lang"
    }
}

/// The cookie of the colours, likewise.
pub(crate) fn scheme_cookie(https: bool) -> &'static str {
    if https {
        "__Host-fond_scheme"
    } else {
        "fond_scheme"
    }
}

/// The frame of the page that is asked for.
pub(crate) struct PageFrame(pub(crate) Frame);

impl FromRequestParts<Shared> for PageFrame {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Self::Rejection> {
        let person = parts.extensions.get::<Person>();
        Ok(Self(frame(app, &parts.headers, &parts.uri, person)))
    }
}

fn frame(app: &App, headers: &HeaderMap, uri: &Uri, person: Option<&Person>) -> Frame {
    let https = app.https();
    let lang = Lang::parse(cookie(headers, lang_cookie(https)).unwrap_or_default());
    let scheme = Scheme::parse(cookie(headers, scheme_cookie(https)).unwrap_or_default());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut frame = Frame::new(lang, scheme, path);
    frame.library = app.tree_name();
    match person {
        Some(person) => frame.seen_by(viewer(person)),
        None => frame,
    }
}

fn viewer(person: &Person) -> Viewer {
    let user = &person.user;
    let name = if user.title.is_empty() {
        user.id.to_string()
    } else {
        user.title.clone()
    };
    let role = match user.role {
        Role::Admin => crate::view::Role::Admin,
        Role::Head => crate::view::Role::Head,
        Role::Librarian => crate::view::Role::Librarian,
        Role::Auditor => crate::view::Role::Auditor,
        Role::Reader => crate::view::Role::Reader,
    };
    Viewer {
        name,
        role,
        library: person.library_name.clone(),
    }
}

/// A filled page as an answer.
pub(crate) fn show(page: &impl Template) -> Response {
    show_as(StatusCode::OK, page)
}

/// The answer, and where its page is to be found again when it is swapped in place.
pub(crate) fn replacing_address(mut response: Response, path: &str) -> Response {
    if let Ok(path) = HeaderValue::from_str(path) {
        let name = HeaderName::from_static("hx-replace-url");
        response.headers_mut().insert(name, path);
    }
    response
}

/// A filled page as an answer with a status of its own.
pub(crate) fn show_as(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "A page was not rendered");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Страница не построена",
            )
            .into_response()
        }
    }
}

/// Shows a problem to a person: whatever a page route refuses becomes a page, or the way to sign in.
pub(crate) async fn faces(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let machine = path.starts_with("/api/") || path == "/health" || path == "/metrics";
    let accept = request.headers().get(header::ACCEPT);
    let wants = accept
        .and_then(|value| value.to_str().ok())
        .unwrap_or("*/*");
    let page = !machine && (wants.contains("text/html") || wants.contains("*/*"));
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let safe = request.method().is_safe();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(String::new, |route| route.as_str().to_owned());
    let response = next.run(request).await;
    let Some(problem) = response
        .extensions()
        .get::<Problem>()
        .cloned()
        .filter(|_| page)
    else {
        return response;
    };
    let status = problem.status();
    if status == StatusCode::UNAUTHORIZED {
        let next = if safe {
            uri.path_and_query().map_or("/staff", |p| p.as_str())
        } else {
            &form_address(&uri, &route)
        };
        return Redirect::to(&format!("/login?next={}", encode(next))).into_response();
    }
    let person = response.extensions().get::<Person>();
    let mut page = ProblemPage::of(frame(&app, &headers, &uri, person), problem.status);
    page.title.clone_from(&problem.title);
    if let Some(detail) = problem.detail_in(page.f.lang) {
        page.text = detail;
    }
    page.remarks = problem.findings.iter().map(Remark::from).collect();
    let request = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    page.request = request.unwrap_or_default().to_owned();
    let mut shown = show_as(status, &page);
    if let Some(later) = response.headers().get(header::RETRY_AFTER) {
        shown
            .headers_mut()
            .insert(header::RETRY_AFTER, later.clone());
    }
    shown
}

/// Where the form that was sent is to be found: its own address, or the one above when it only takes. The query goes
/// with it: it names the library, the row, or what was begun.
fn form_address(uri: &Uri, route: &str) -> String {
    let shown = |route: &str| {
        let routes = crate::app::routes();
        routes.iter().any(|r| r.method == "GET" && r.path == route)
    };
    let path = uri.path();
    let above = path.rsplit_once('/').zip(route.rsplit_once('/'));
    let form = match above {
        _ if shown(route) => path,
        Some(((path, _), (route, _))) if shown(route) => path,
        Some(_) | None => return "/staff".to_owned(),
    };
    match uri.query() {
        Some(query) => format!("{form}?{query}"),
        None => form.to_owned(),
    }
}

/// Text as one value of a query string.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A cookie as the answer sets it; `seconds` of 0 takes it away.
pub(crate) fn set_cookie(
    name: &str,
    value: &str,
    seconds: i64,
    https: bool,
) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    HeaderValue::from_str(&text).ok()
}

/// A path of ours to go to after a form; anything that leads elsewhere becomes `/`.
pub(crate) fn own_path(path: &str) -> &str {
    let inside = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if inside && !path.chars().any(char::is_control) {
        path
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_a_foreign_place() {
        assert_eq!(own_path("/staff?x=1"), "/staff?x=1");
        assert_eq!(own_path("//evil.example"), "/");
        assert_eq!(own_path("/\\evil.example"), "/");
        assert_eq!(own_path("https://evil.example"), "/");
    }

    #[test]
    fn a_query_value_survives_its_address() {
        assert_eq!(encode("/a?q=ё"), "/a%3Fq%3D%D1%91");
    }
}
