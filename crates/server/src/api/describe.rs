//! What holds for every operation of the API, said once: who may call it, what it may answer besides success.

use utoipa::Modify;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder};
use utoipa::openapi::security::{SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, Header, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response, SchemaFormat, Type,
};

use crate::app::{Need, Route, routes};
use crate::auth::session_cookie;
use crate::problem::MEDIA_TYPE;

/// Adds to each operation what its route's row in the table of routes says.
pub(super) struct Common;

impl Modify for Common {
    fn modify(&self, api: &mut OpenApi) {
        let schemes = [
            (
                "token",
                SecurityScheme::Http(
                    HttpBuilder::new()
                        .scheme(HttpAuthScheme::Bearer)
                        .description(Some("Ключ программы: fond user token ИМЯ"))
                        .build(),
                ),
            ),
            (
                "session",
                SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                    session_cookie(false),
                    "Сеанс человека. Пишущий запрос с ним принимается только со страниц этого сервера",
                ))),
            ),
        ];
        let components = api.components.get_or_insert_default();
        for (name, scheme) in schemes {
            components.add_security_scheme(name, scheme);
        }
        for route in routes() {
            let path = api.paths.paths.get_mut(route.path);
            if let Some(operation) = path.and_then(|item| operation(item, route.method)) {
                complete(operation, &route);
            }
        }
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    match method {
        "GET" => item.get.as_mut(),
        "PUT" => item.put.as_mut(),
        _ => item.post.as_mut(),
    }
}

const READS: [(&str, &str); 4] = [
    ("400", "Параметры не разобраны"),
    ("404", "Такого нет"),
    ("500", "Сервер не смог выполнить запрос"),
    ("503", "Сейчас нельзя: повторите позже"),
];

const WRITES: [(&str, &str); 4] = [
    ("409", "Изменено кем-то другим или уже выполняется"),
    ("413", "Тело слишком велико"),
    ("415", "Тело не того вида"),
    ("422", "Нарушены правила, или ключ повтора уже использован"),
];

fn complete(operation: &mut Operation, route: &Route) {
    operation.operation_id = Some(name(route));
    say_what_comes(operation);
    carry_the_number(operation, route.method != "GET");
    let mut add = |rows: &[(&str, &str)]| {
        for (status, words) in rows {
            let known = operation.responses.responses.entry((*status).to_owned());
            known.or_insert_with(|| problem(words));
        }
    };
    add(&READS);
    let signed_in = route.need != Need::Nothing || route.path == "/api/v1/me";
    if signed_in {
        add(&[
            ("401", "Нужен вход"),
            ("403", "Для вашей роли или библиотеки закрыто"),
        ]);
    }
    let asked = [
        SecurityRequirement::new("token", EMPTY),
        SecurityRequirement::new("session", EMPTY),
    ];
    let free = (!signed_in).then(SecurityRequirement::default);
    if route.method != "GET" {
        add(&WRITES);
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::T(key()));
    } else if route.path.contains("/records/") {
        add(&[("422", "В этом виде запись не выдаётся")]);
    }
    operation.security = Some(free.into_iter().chain(asked).collect());
}

/// Any operation may be asked to wait for what was written elsewhere; a change says its number.
fn carry_the_number(operation: &mut Operation, writes: bool) {
    let number = || ObjectBuilder::new().schema_type(Type::Integer).build();
    let mut parameter = Parameter::new(SEQ);
    parameter.parameter_in = ParameterIn::Header;
    parameter.required = Required::False;
    let words = "Номер из ответа на изменение: другой сервер того же журнала дождётся его, но не дольше 2 с";
    parameter.description = Some(words.to_owned());
    parameter.schema = Some(number().into());
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(RefOr::T(parameter));
    let answers = operation.responses.responses.iter_mut();
    for (_, answer) in answers.filter(|(status, _)| writes && status.starts_with('2')) {
        if let RefOr::T(response) = answer {
            let mut header = Header::new(number());
            header.description =
                Some("Последняя запись журнала: само изменение или более позднее".to_owned());
            response.headers.insert(SEQ.to_owned(), RefOr::T(header));
        }
    }
}

/// [`crate::seen::HEADER`] as it is usually written.
const SEQ: &str = "X-Fond-Seq";

/// An answer must be described; where nothing else is said, it is what the operation says it gives.
fn say_what_comes(operation: &mut Operation) {
    let gives = operation.summary.clone();
    let gives = gives.unwrap_or_else(|| "Сделано".to_owned());
    for answer in operation.responses.responses.values_mut() {
        if let RefOr::T(response) = answer
            && response.description.is_empty()
        {
            gives
                .trim_end_matches('.')
                .clone_into(&mut response.description);
        }
    }
}

/// `GET /api/v1/records/{id}` as `get_records_id`: a name for generated clients.
fn name(route: &Route) -> String {
    let path = route.path.trim_start_matches("/api/v1");
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    std::iter::once(route.method.to_ascii_lowercase())
        .chain(words.map(str::to_owned))
        .collect::<Vec<_>>()
        .join("_")
}

const EMPTY: [&str; 0] = [];

fn problem(words: &str) -> RefOr<Response> {
    let mut response = Response::new(words);
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = Content::new(Some(schema));
    response
        .content
        .insert(MEDIA_TYPE.to_owned(), RefOr::T(content));
    RefOr::T(response)
}

fn key() -> Parameter {
    let mut parameter = Parameter::new("Idempotency-Key");
    parameter.parameter_in = ParameterIn::Header;
    parameter.required = Required::False;
    parameter.description = Some(
        "UUID действия: повтор с тем же телом получит первый ответ, с другим – 422 key-reused"
            .to_owned(),
    );
    let uuid = ObjectBuilder::new().schema_type(Type::String);
    let uuid = uuid.format(Some(SchemaFormat::Custom("uuid".to_owned())));
    parameter.schema = Some(uuid.build().into());
    parameter
}
