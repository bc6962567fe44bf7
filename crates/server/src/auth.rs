//! Who asks, and what their role may do.
//!
//! People come with a session cookie, programs with a bearer token; both are kept on the desk as hashes only.

pub(crate) mod limiter;
mod permission;
pub(crate) mod secret;

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use catalog::id::LibraryId;
use catalog::people::{Role, User};

pub(crate) use limiter::Limiter;
pub use permission::Permission;
pub(crate) use permission::may;

use crate::app::{App, Shared, ask};
use crate::audit::{self, By};
use crate::listen::{self, Caller};
use crate::problem::Problem;

/// The cookie of a session. Over https its name binds it to this host and to TLS.
pub(crate) fn session_cookie(https: bool) -> &'static str {
    if https {
        "__Host-fond_session"
    } else {
        "fond_session"
    }
}

/// Кто просит: somebody who has signed in and may still do so.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) user: User,
    /// The name of the person's library, for the head of the page.
    pub(crate) library_name: String,
}

impl Person {
    /// The person as the one who does something from this address.
    pub(crate) fn by<'a>(&'a self, address: &'a str) -> By<'a> {
        By {
            actor: &self.user.id,
            address,
        }
    }

    /// Refuses what the role may not do.
    pub(crate) fn must(&self, what: Permission) -> Result<(), Problem> {
        if may(self.user.role, what) {
            return Ok(());
        }
        let refused = Problem::forbidden();
        Err(match self.user.role {
            Role::Auditor => refused.detail(
                "Проверяющий видит все книги, акты и проверки и ничего не записывает: \
                 о замеченном скажите заведующему библиотекой",
            ),
            Role::Admin | Role::Head | Role::Librarian | Role::Reader => refused,
        })
    }

    /// Whether a library stands in the part of the tree that the person works in.
    pub(crate) fn looks_after(&self, app: &App, library: &LibraryId) -> Result<bool, Problem> {
        match &self.user.library {
            Some(home) => Ok(app.stands_under(library, home)?),
            None => Ok(true),
        }
    }

    /// Refuses work outside the part of the tree that the person works in.
    pub(crate) fn must_work_in(&self, app: &App, library: &LibraryId) -> Result<(), Problem> {
        if self.looks_after(app, library)? {
            return Ok(());
        }
        Err(Problem::forbidden().detail_of(
            "Вы работаете в библиотеке «{}»; в {} записывают её сотрудники",
            &[&self.library_name, library],
        ))
    }
}

impl Person {
    /// Refuses to manage what stands outside the person's own part of the tree; `None` is the whole of it.
    pub(crate) fn must_manage(
        &self,
        app: &App,
        library: Option<&LibraryId>,
    ) -> Result<(), Problem> {
        let Some(home) = &self.user.library else {
            return Ok(());
        };
        if let Some(library) = library
            && app.stands_under(library, home)?
        {
            return Ok(());
        }
        Err(Problem::forbidden().detail_of(
            "Вы управляете библиотекой {} и тем, что под ней; остальное – у администратора всей сети",
            &[home],
        ))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let person = parts.extensions.get::<Person>().cloned();
        person.ok_or_else(Problem::not_signed_in)
    }
}

/// Whoever asks, signed in or not.
pub(crate) struct Anyone(pub(crate) Option<Person>);

impl<S: Send + Sync> FromRequestParts<S> for Anyone {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(parts.extensions.get::<Person>().cloned()))
    }
}

/// Puts the one who asks beside the request, for the guard and the handlers.
pub(crate) async fn identify(
    State(app): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut person = None;
    let caller = request.extensions().get::<Caller>().copied();
    let address = || listen::address(caller.as_ref());
    // The pattern and not the path: the log tells nobody what was asked for.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = || route.as_ref().map_or("-", MatchedPath::as_str);
    if let Some(credential) = credential(request.headers(), app.https()) {
        let program = matches!(credential, Credential::Token(_));
        match ask(&app, move |app| app.people().who(&credential)).await {
            Ok(found) => person = found,
            Err(problem) => return problem.into_response(),
        }
        if program && person.is_none() {
            audit::no_such_key(route(), &address());
        }
    }
    let Some(person) = person else {
        return next.run(request).await;
    };
    request.extensions_mut().insert(person.clone());
    let mut response = next.run(request).await;
    if response.status() == StatusCode::FORBIDDEN {
        audit::forbidden(&person.user.id, route(), &address());
    }
    // The page face of a problem shows who looks.
    response.extensions_mut().insert(person);
    response
}

/// Lets through only those who may do what the route needs.
pub(crate) async fn guard(what: Permission, request: Request, next: Next) -> Response {
    let refused = match request.extensions().get::<Person>() {
        None => Some(Problem::not_signed_in()),
        Some(person) => person.must(what).err(),
    };
    match refused {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    }
}

/// What somebody showed to be let in.
pub(crate) enum Credential {
    Session(String),
    Token(String),
}

/// Whether the request comes with a token; its cookies are not looked at then.
pub(crate) fn is_program(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim())
}

fn credential(headers: &HeaderMap, https: bool) -> Option<Credential> {
    if let Some(token) = bearer(headers) {
        return Some(Credential::Token(token.to_owned()));
    }
    cookie(headers, session_cookie(https)).map(|token| Credential::Session(token.to_owned()))
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let pairs = headers.get_all(header::COOKIE).into_iter();
    pairs
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
