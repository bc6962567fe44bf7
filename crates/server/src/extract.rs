//! Extractors whose rejections are problems: axum's own would answer in plain English text.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use serde::de::DeserializeOwned;

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
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let filled = filled(&parts.uri);
        match axum::extract::Query::try_from_uri(filled.as_ref().unwrap_or(&parts.uri)) {
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
                    .detail(words(&words(&error.body_text()))),
            ),
        }
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::<T>::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(error) => Err(unread(error.status(), &words(&error.body_text()))),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Bytes::from_request(request, state).await {
            Ok(bytes) => Ok(Self(bytes)),
            Err(error) => Err(unread(error.status(), &words(&error.body_text()))),
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

/// What a reader of data says in its English, in Russian: where, and what is wrong. What our own types say is Russian
/// already and stays.
fn words(said: &str) -> String {
    let russian = |text: &str| text.chars().any(|c| matches!(c, 'а'..='я' | 'А'..='Я'));
    let prefixes = [
        "Failed to deserialize the JSON body into the target type: ",
        "Failed to parse the request body as JSON: ",
        "Failed to deserialize query string: ",
        "Failed to deserialize form body: ",
        "Failed to deserialize form: ",
    ];
    let bare = prefixes.iter().find_map(|prefix| said.strip_prefix(prefix));
    let bare = bare.unwrap_or(said);
    if russian(bare) {
        return bare.to_owned();
    }
    let (what, place) = match bare.rsplit_once(" at line ") {
        Some((what, place)) => (what, place.replace(" column ", ", знак ")),
        None => (bare, String::new()),
    };
    let place = if place.is_empty() {
        String::new()
    } else {
        format!(" (строка {place})")
    };
    let quoted = what.split('`').nth(1).unwrap_or_default();
    let (key, rest) = what.split_once(": ").unwrap_or(("", what));
    let key = if key.contains(' ') { "" } else { key };
    let rest = if key.is_empty() { what } else { rest };
    let why = if rest.starts_with("missing field") {
        format!("нет ключа «{quoted}»")
    } else if rest.starts_with("unknown field") {
        format!("ключ «{quoted}» не известен")
    } else if rest.starts_with("duplicate field") {
        format!("ключ «{quoted}» назван дважды")
    } else if rest.starts_with("unknown variant") {
        let known: Vec<&str> = rest.split('`').skip(3).step_by(2).collect();
        format!("«{quoted}» не из списка: {}", known.join(", "))
    } else if rest.starts_with("EOF") {
        "текст обрывается".to_owned()
    } else if rest.starts_with("invalid digit") || rest.starts_with("number too") {
        "ожидается целое число в допустимых пределах".to_owned()
    } else if rest.starts_with("invalid type") || rest.starts_with("invalid value") {
        "значение не того вида".to_owned()
    } else {
        "написано не так, как читается".to_owned()
    };
    match key {
        "" => format!("{why}{place}"),
        key => format!("{key}: {why}{place}"),
    }
}

/// An address without the parameters that were left empty, as forms leave them.
fn filled(uri: &Uri) -> Option<Uri> {
    let pairs = uri.query()?.split('&');
    let said = pairs.filter(|pair| !matches!(pair.split_once('='), Some((_, ""))));
    format!("/?{}", said.collect::<Vec<_>>().join("&"))
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::{filled, words};

    #[test]
    fn what_is_left_empty_is_not_asked() {
        let asked = "/search?q=&limit=10&year_from=&key=a=".parse().unwrap();
        assert_eq!(filled(&asked).unwrap(), "/?limit=10&key=a=");
    }

    #[test]
    fn what_cannot_be_read_is_told_in_russian() {
        let said = "Failed to deserialize the JSON body into the target type: copies: invalid type: string \
            \"x\", expected u32 at line 1 column 12";
        assert_eq!(
            words(said),
            "copies: значение не того вида (строка 1, знак 12)"
        );
        let said = "Failed to deserialize the JSON body into the target type: missing field `code` at line 1 column 2";
        assert_eq!(words(said), "нет ключа «code» (строка 1, знак 2)");
        let said = "Failed to deserialize query string: year: invalid digit found in string";
        assert_eq!(
            words(said),
            "year: ожидается целое число в допустимых пределах"
        );
        let said =
            "kind: unknown variant `x`, expected one of `school`, `building` at line 1 column 9";
        assert_eq!(
            words(said),
            "kind: «x» не из списка: school, building (строка 1, знак 9)"
        );
        let ours = "Failed to deserialize query string: library: код – латинские буквы";
        assert_eq!(words(ours), "library: код – латинские буквы");
    }
}
