//! The only place where an error becomes HTTP: RFC 9457 for programs, a page for people.
//!
//! What went wrong inside is logged here and never told outside.

use std::fmt::Display;
use std::io::ErrorKind;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use catalog::Error;
use catalog::rule::Finding;

use crate::view::Lang;

/// The media type of RFC 9457.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// Отказ: why a request was not done, and what to do next.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// The kind of problem, as a path that never changes.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in Russian.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What to do next, in Russian.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Broken rules, each with its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<FindingSchema>)]
    pub findings: Vec<Finding>,
    /// The detail as a text with places for values, and the values: a page says it in its own language.
    #[serde(skip)]
    #[schema(ignore)]
    told: Option<Box<Told>>,
    /// Seconds after which it may be tried again, where the answer says so.
    #[serde(skip)]
    #[schema(ignore)]
    retry_after: u32,
}

/// A text with places for values, and the values.
#[derive(Clone, Debug)]
struct Told {
    russian: &'static str,
    values: Vec<String>,
}

/// When nothing better is known: a minute.
const RETRY_AFTER: u32 = 60;

/// Замечание: one breach of one rule at one place.
#[derive(ToSchema)]
#[schema(as = Finding)]
#[expect(
    dead_code,
    reason = "describes a type of `catalog` that knows nothing of OpenAPI"
)]
pub(crate) struct FindingSchema {
    /// The rule's public code.
    rule: String,
    /// Where: a field of a record, a path in the request, or empty.
    place: String,
    /// What is wrong and what to do, in Russian.
    detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, kind: &str, title: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title: title.into(),
            status: status.as_u16(),
            detail: None,
            findings: Vec::new(),
            told: None,
            retry_after: RETRY_AFTER,
        }
    }

    /// Says after how many seconds it may be tried again.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = seconds;
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.told = None;
        self.detail = Some(detail.into());
        self
    }

    /// The request cannot be understood; `why` says what to mend.
    pub(crate) fn bad_request(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "Запрос не разобран").detail(why)
    }

    /// The body is longer than so many bytes.
    pub(crate) fn too_large(most: usize) -> Self {
        let problem = Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "Запрос слишком велик",
        );
        match most >> 20 {
            0 => problem.detail_of(
                "Тело такого запроса – не больше {} КБ: разделите его на части",
                &[&(most >> 10)],
            ),
            most => problem.detail_of(
                "Тело такого запроса – не больше {} МБ: разделите его на части",
                &[&most],
            ),
        }
    }

    /// The body came as something else; `known` names what is read.
    pub(crate) fn media_type(known: &str) -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Self::new(
            status,
            "unsupported-media-type",
            "Тело запроса не того вида",
        )
        .detail(format!("Пошлите тело с заголовком Content-Type: {known}"))
    }

    /// Nobody knows whether it was done.
    pub(crate) fn outcome_unknown() -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "timeout",
            "Сервер не успел ответить; исход неизвестен",
        )
        .detail("Повторите запрос с тем же ключом Idempotency-Key: дважды ничего не запишется")
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Не найдено").detail(what)
    }

    /// There is no such thing: `russian` says so of `value`, which stands in the place of its `{}`.
    pub(crate) fn no_such(russian: &'static str, value: impl Display) -> Self {
        Self::not_found("").detail_of(russian, &[&value])
    }

    /// A detail with values in the places of its `{}`.
    pub(crate) fn detail_of(self, russian: &'static str, values: &[&dyn Display]) -> Self {
        let mut problem = self.detail(Lang::Ru.fill(russian, values));
        let values = values.iter().map(ToString::to_string).collect();
        problem.told = Some(Box::new(Told { russian, values }));
        problem
    }

    /// What to do next, in the language of a page.
    pub(crate) fn detail_in(&self, lang: Lang) -> Option<String> {
        match &self.told {
            Some(told) => {
                let values = told.values.iter().map(|value| value as &dyn Display);
                Some(lang.fill(told.russian, &values.collect::<Vec<_>>()))
            }
            None => self.detail.as_ref().map(|detail| lang.t(detail).to_owned()),
        }
    }

    pub(crate) fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Нужен вход")
            .detail("Войдите по имени и паролю или передайте ключ: Authorization: Bearer КЛЮЧ")
    }

    pub(crate) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Для вашей роли это закрыто",
        )
        .detail("Обратитесь к заведующему библиотекой или к администратору")
    }

    pub(crate) fn refused(title: impl Into<String>, findings: Vec<Finding>) -> Self {
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", title);
        problem.findings = findings;
        problem
    }

    pub(crate) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The problem in one text, for a page.
    pub(crate) fn text(&self) -> String {
        match &self.detail {
            Some(detail) => format!("{}. {detail}", self.title),
            None => self.title.clone(),
        }
    }

    /// The disk is full; 503 says that nothing was written (D-8).
    fn no_space(why: &dyn Display) -> Self {
        tracing::error!(error = %why, "The disk is full");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "no-space",
            "На диске сервера кончилось место; ничего не записано",
        )
        .detail("Скажите администратору: нужно освободить место на диске сервера. Потом повторите")
    }

    pub(crate) fn inside(what: &dyn Display) -> Self {
        tracing::error!(error = %what, "A request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Сервер не смог выполнить запрос",
        )
        .detail("Повторите позже; если не поможет, выполните fond verify и покажите журнал событий администратору")
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(findings) => Self::refused("Не проведено: нарушены правила", findings),
            Error::NotFound(what) => Self::not_found(what),
            Error::Stale { .. } => Self::new(
                StatusCode::CONFLICT,
                "stale",
                "Запись изменил кто-то другой",
            )
            .detail(error.to_string()),
            Error::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "key-reused",
                "Ключ повтора уже использован",
            )
            .detail(error.to_string()),
            Error::Unavailable(why) => {
                tracing::error!(error = %why, "The catalogue takes no changes");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "Сейчас записать нельзя; ничего не записано",
                )
                .detail("Повторите через минуту")
            }
            Error::NoSpace(why) => Self::no_space(&why),
            Error::Io { ref source, .. } if source.kind() == ErrorKind::StorageFull => {
                Self::no_space(&error)
            }
            Error::OutcomeUnknown(why) => {
                tracing::error!(error = %why, "Nobody knows whether a change was written");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "outcome-unknown",
                    "Неизвестно, записано ли изменение",
                )
                .detail(
                    "Диск или общий журнал не ответил во время записи. Повторите запрос с тем же \
                     Idempotency-Key, после отказа диска – когда сервер перезапустят: дважды не запишется",
                )
            }
            Error::TooLarge(why) => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                "Изменение слишком велико",
            )
            .detail(why),
            Error::Internal(_) | Error::Damaged(_) | Error::Io { .. } => Self::inside(&error),
        }
    }
}

impl From<catalog::table::TableError> for Problem {
    fn from(error: catalog::table::TableError) -> Self {
        Self::inside(&error)
    }
}

impl From<search::Error> for Problem {
    fn from(error: search::Error) -> Self {
        Self::inside(&error)
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::inside(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let mut response = (status, Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"fond\""),
            );
        }
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(self.retry_after));
        }
        // Kept beside the body, so that a page route can show it to a person instead.
        response.extensions_mut().insert(self);
        response
    }
}
