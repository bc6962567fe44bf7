//! Extractors whose rejections are problems: axum's own would answer in plain English text.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};

use crate::admission::WHOLE_FILE;
use crate::problem::Problem;

/// The parts of the path.
pub(crate) struct Path<T>(pub(crate) T);
/// The query string.
pub(crate) struct Query<T>(pub(crate) T);
/// A form of a page.
pub(crate) struct Form<T>(pub(crate) T);
/// A body in JSON.
pub(crate) struct Json<T>(pub(crate) T);
/// A body as it came.
pub(crate) struct Whole(pub(crate) Bytes);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::not_found("Такого адреса нет: проверьте его")),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(error) => Err(Problem::bad_request(unfit(&error.body_text()))),
        }
    }
}

/// Which parameter does not fit, out of the rejection's own words («…: year_from: invalid digit»).
fn unfit(why: &str) -> String {
    let name = why.split(": ").nth(1).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(plain) {
        return "Параметры адреса не читаются: проверьте адрес".to_owned();
    }
    format!("Значение параметра {name} не подходит: исправьте его или уберите")
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::extract::Form::from_request(request, state).await {
            Ok(axum::extract::Form(value)) => Ok(Self(value)),
            Err(error) => Err(
                Problem::new(error.status(), "bad-request", "Форма не разобрана")
                    .detail(error.body_text()),
            ),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(error) => Err(unread(error.status(), &error.body_text())),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(error) => Err(unread(error.status(), &error.body_text())),
        }
    }
}

fn unread(status: StatusCode, why: &str) -> Problem {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(WHOLE_FILE),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Problem::media_type("application/json"),
        StatusCode::UNPROCESSABLE_ENTITY => {
            Problem::new(status, "bad-shape", "Тело запроса не того вида").detail(why)
        }
        _ => Problem::bad_request(format!("Тело запроса не читается: {why}")),
    }
}

/// A value of a query string that may be left empty, as forms leave it.
pub(crate) fn maybe<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: DeserializeOwned,
{
    let typed = Option::<String>::deserialize(from)?.unwrap_or_default();
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let text: StrDeserializer<'_, serde::de::value::Error> = typed.trim().into_deserializer();
    T::deserialize(text)
        .map(Some)
        .map_err(serde::de::Error::custom)
}
