//! Every address by every role, and bad input to each: who is let in is written here as data, apart
//! from the table that the server goes by.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use catalog::people::Role;
use fond_tests::served::{House, asked, short_record};
use server::app::{router, routes};
use tower::ServiceExt;

/// Who may come where: nobody, reader, auditor, librarian, head, admin. `+` is let in, `-` is told that
/// it is closed, `?` is asked to sign in.
const MATRIX: &str = "
GET  /health                         + + + + + +
GET  /metrics                        + + + + + +
GET  /assets/{*name}                 + + + + + +
GET  /api/openapi.json               + + + + + +
GET  /login                          + + + + + +
POST /login                          + + + + + +
POST /logout                         + + + + + +
GET  /account                        ? + + + + +
POST /account                        ? + + + + +
POST /settings                       + + + + + +
GET  /                               + + + + + +
GET  /search                         + + + + + +
GET  /records/{id}                   + + + + + +
GET  /staff                          ? - + + + +
GET  /staff/ksu                      ? - + + + +
GET  /staff/inventory                ? - + + + +
POST /staff/inventory                ? - - + + +
GET  /staff/acts                     ? - + + + +
GET  /staff/acts/{id}                ? - + + + +
GET  /staff/records/{id}             ? - + + + +
GET  /staff/deliveries/new           ? - - + + +
POST /staff/deliveries/new           ? - - + + +
GET  /staff/import                   ? - - + + +
POST /staff/import                   ? - - + + +
GET  /staff/acts/{id}/reversal      ? - - + + +
POST /staff/acts/{id}/reversal      ? - - + + +
GET  /staff/records/new             ? - - + + +
POST /staff/records/new             ? - - + + +
GET  /staff/records/{id}/edit       ? - - + + +
POST /staff/records/{id}/edit       ? - - + + +
GET  /staff/withdrawals/new         ? - - + + +
POST /staff/withdrawals/new         ? - - + + +
GET  /staff/checks                  ? - + + + +
POST /staff/checks                  ? - - + + +
GET  /staff/checks/{id}             ? - + + + +
POST /staff/checks/{id}             ? - - + + +
POST /staff/checks/{id}/numbers     ? - - + + +
GET  /staff/periods                 ? - + + + +
POST /staff/periods                 ? - - - + +
GET  /staff/import/{id}             ? - - + + +
GET  /staff/import/{id}/quarantine  ? - - + + +
GET  /staff/libraries                ? - - - - +
POST /staff/libraries                ? - - - - +
GET  /staff/users                    ? - - - - +
POST /staff/users                    ? - - - - +
GET  /staff/verify                   ? - + + + +
GET  /staff/parts                    ? - + + + +
POST /staff/verify                   ? - + + + +
GET  /staff/status                   ? - - - - +
GET  /api/v1/search                  + + + + + +
GET  /api/v1/suggest                 + + + + + +
GET  /api/v1/me                      ? + + + + +
GET  /api/v1/records                 ? - + + + +
POST /api/v1/records                 ? - - + + +
GET  /api/v1/records/{id}            + + + + + +
PUT  /api/v1/records/{id}            ? - - + + +
GET  /api/v1/records/{id}/holdings   + + + + + +
GET  /api/v1/records/{id}/history    ? - + + + +
GET  /api/v1/records/{id}/source     ? - + + + +
GET  /api/v1/records/{id}/source/bytes ? - + + + +
POST /api/v1/import                  ? - - + + +
GET  /api/v1/acts                    ? - + + + +
GET  /api/v1/acts/{id}               ? - + + + +
GET  /api/v1/books                   ? - + + + +
GET  /api/v1/inventory               ? - + + + +
GET  /api/v1/stock-checks            ? - + + + +
GET  /api/v1/periods                 ? - + + + +
POST /api/v1/deliveries              ? - - + + +
POST /api/v1/withdrawals             ? - - + + +
POST /api/v1/reversals               ? - - + + +
POST /api/v1/revaluations            ? - - + + +
POST /api/v1/reclassifications       ? - - + + +
POST /api/v1/internal-moves          ? - - + + +
POST /api/v1/voids                   ? - - + + +
POST /api/v1/movements               ? - - + + +
POST /api/v1/stock-checks            ? - - + + +
POST /api/v1/stock-checks/close      ? - - + + +
POST /api/v1/periods/close           ? - - - + +
POST /api/v1/periods/reopen          ? - - - + +
POST /api/v1/reports                 ? - - - + +
POST /api/v1/post                    ? - - - + +
GET  /api/v1/libraries               ? - + + + +
POST /api/v1/libraries               ? - - - - +
PUT  /api/v1/libraries/{code}        ? - - - - +
GET  /api/v1/users                   ? - - - - +
POST /api/v1/users                   ? - - - - +
PUT  /api/v1/users/{name}            ? - - - - +
POST /api/v1/users/{name}/disable    ? - - - - +
POST /api/v1/users/{name}/erase      ? - - - - +
POST /api/v1/users/{name}/password   ? - - - - +
POST /api/v1/users/{name}/token      ? - - - - +
POST /api/v1/verify                  ? - + + + +
GET  /api/v1/status                  ? - - - - +
";

const ROLES: [Option<Role>; 6] = [
    None,
    Some(Role::Reader),
    Some(Role::Auditor),
    Some(Role::Librarian),
    Some(Role::Head),
    Some(Role::Admin),
];

struct Row {
    method: &'static str,
    path: &'static str,
    answers: Vec<&'static str>,
}

fn matrix() -> Vec<Row> {
    let rows = MATRIX.lines().filter(|line| !line.trim().is_empty());
    rows.map(|line| {
        let mut words = line.split_whitespace();
        Row {
            method: words.next().unwrap(),
            path: words.next().unwrap(),
            answers: words.collect(),
        }
    })
    .collect()
}

/// A library with books and acts.
fn house() -> House {
    let house = House::new();
    let file = include_bytes!("../../data/fund/golden-year.json");
    let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    let actor = "иванова".parse().unwrap();
    let report = catalog::post(house.app.catalog(), &actor, at, None, file).unwrap();
    assert_eq!(report.refused, []);
    house
}

fn token(house: &House, role: Role) -> String {
    house.token(role.code(), role, None)
}

fn is_page(path: &str) -> bool {
    !path.starts_with("/api/") && path != "/health" && path != "/metrics"
}

fn request(method: &str, path: &str, token: Option<&str>) -> axum::http::request::Builder {
    let accept = if is_page(path) { "text/html" } else { "*/*" };
    let mut request = Request::builder().method(method).uri(path);
    request = request.header(header::ACCEPT, accept);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request
}

fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id)
        .replace("{name}", "somebody")
        .replace("{*name}", "app.css")
}

fn verdict(response: &Response) -> &'static str {
    let to = response.headers().get(header::LOCATION);
    let to = to.and_then(|to| to.to_str().ok()).unwrap_or_default();
    match response.status() {
        StatusCode::UNAUTHORIZED => "?",
        StatusCode::FORBIDDEN => "-",
        StatusCode::SEE_OTHER if to.starts_with("/login?next=") => "?",
        status if status.is_server_error() => "broken",
        _ => "+",
    }
}

#[test]
fn every_address_stands_in_the_matrix_and_the_other_way_round() {
    let name = |method: &str, path: &str| format!("{method} {path}");
    let known: BTreeSet<String> = matrix().iter().map(|r| name(r.method, r.path)).collect();
    let served = routes();
    let served: BTreeSet<String> = served.iter().map(|r| name(r.method, r.path)).collect();
    let unlisted: Vec<&String> = served.difference(&known).collect();
    let gone: Vec<&String> = known.difference(&served).collect();
    assert!(unlisted.is_empty(), "say who may come to {unlisted:?}");
    assert!(gone.is_empty(), "nobody serves {gone:?}");
    assert!(matrix().iter().all(|row| row.answers.len() == ROLES.len()));
}

#[tokio::test]
async fn every_address_lets_in_whom_the_matrix_says() {
    let house = house();
    let router = router(Arc::clone(&house.app));
    let tokens: Vec<Option<String>> = ROLES
        .iter()
        .map(|role| role.map(|role| token(&house, role)))
        .collect();
    let mut wrong = Vec::new();
    for row in matrix() {
        for ((role, token), expected) in ROLES.iter().zip(&tokens).zip(&row.answers) {
            let path = filled(row.path, "1");
            let mut request = request(row.method, &path, token.as_deref());
            let body = if row.method == "GET" {
                Body::empty()
            } else if is_page(row.path) {
                request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                Body::empty()
            } else {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from("{}")
            };
            let response = router.clone().oneshot(request.body(body).unwrap()).await;
            let response = response.unwrap();
            let got = verdict(&response);
            if got != *expected {
                let status = response.status();
                let who = role.map_or("nobody", Role::code);
                wrong.push(format!(
                    "{} {path} by {who}: {expected} expected, {got} came ({status})",
                    row.method
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What may come with a writing request: a name, a content type, a body.
fn rubbish() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let json = "application/json";
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let deep = [vec![b'['; 5000], vec![b']'; 5000]].concat();
    let form = "application/x-www-form-urlencoded";
    let huge = br#"{"id":99999999999999999999,"date":"9999-12-31","year":32767,"fund":"MAIN",
        "type":"LOAN","lines":[{"inv":"99999999999999999999999","copies":4294967295,"record":18446744073709551615,
        "price_kop":9223372036854775807}],"corrects_act":18446744073709551615,"reason":"\u0000","source":"PURCHASE",
        "document":{"kind":"WAYBILL","total_kop":-9223372036854775808}}"#;
    let signed = br#"{"date":"-009999-01-01","year":-32768,"quarter":255,"fund":"MAIN","order":"1",
        "lines":[{"card_no":0,"layer":0,"copies":0}],"name":"","code":"","role":"nobody","password":""}"#;
    vec![
        ("nothing", json, Vec::new()),
        ("half of an object", json, b"{\"date\": \"2026-".to_vec()),
        ("null", json, b"null".to_vec()),
        ("a list", json, b"[1, 2, 3]".to_vec()),
        ("a deep list", json, deep),
        ("huge numbers", json, huge.to_vec()),
        ("small numbers", json, signed.to_vec()),
        ("noise as JSON", json, noise.clone()),
        ("noise as a form", form, noise.clone()),
        ("noise as XML", "application/marcxml+xml", noise.clone()),
        ("noise as MARC", "application/marc", noise.clone()),
        ("noise in parts", "multipart/form-data; boundary=x", noise),
        ("the wrong type", "text/plain", b"{}".to_vec()),
        ("no words of a type", "\u{fffd}", b"{}".to_vec()),
        (
            "halves of a form",
            form,
            b"name=%ff%fe&=&&date=%D0".to_vec(),
        ),
    ]
}

async fn must_be_a_calm_no(router: &Router, request: Request<Body>, what: &str) -> Option<String> {
    let api = request.uri().path().starts_with("/api/");
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, 64 << 20).await.unwrap();
    let status = parts.status;
    if status.is_server_error() {
        return Some(format!("{what}: {status}"));
    }
    if !api || status.is_success() {
        return None;
    }
    let kind = parts.headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| kind != "application/problem+json") {
        return Some(format!("{what}: {status} comes as {kind:?}"));
    }
    let problem: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let whole = problem["status"] == status.as_u16()
        && ["type", "title"].iter().all(|key| problem[key].is_string())
        && ["detail", "findings"]
            .iter()
            .any(|key| !problem[key].is_null());
    (!whole).then(|| format!("{what}: {problem}"))
}

#[tokio::test]
async fn rubbish_in_a_body_is_refused_calmly() {
    let house = house();
    let router = router(Arc::clone(&house.app));
    let token = token(&house, Role::Admin);
    let mut wrong = Vec::new();
    for row in matrix().iter().filter(|row| row.method != "GET") {
        // Full checks of the base are tried elsewhere: nothing in the body matters to them.
        if row.path.ends_with("/verify") {
            continue;
        }
        let path = filled(row.path, "1");
        for (what, kind, body) in rubbish() {
            let request = request(row.method, &path, Some(&token))
                .header(header::CONTENT_TYPE, kind)
                .header(header::IF_MATCH, "\"1\"")
                .body(Body::from(body))
                .unwrap();
            let what = format!("{what} to {} {path}", row.method);
            wrong.extend(must_be_a_calm_no(&router, request, &what).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn rubbish_in_an_address_is_refused_calmly() {
    let house = house();
    let router = router(Arc::clone(&house.app));
    let token = token(&house, Role::Admin);
    let ids = [
        "0",
        "999999999",
        "18446744073709551615",
        "-1",
        "абв",
        "%FF",
        "1%00",
        "../1",
    ];
    let queries = [
        "year=abc",
        "year=32767",
        "year=-1",
        "year=2025&fund=NOPE",
        "library=NOPE",
        "library=%FF",
        "limit=-1",
        "limit=18446744073709551615&offset=18446744073709551615",
        "after=-5",
        "after=18446744073709551615",
        "q=%00%00",
        "format=nope",
        "inv=%20",
        "status=nope",
        "%ff=%fe",
        "dry_run=maybe",
        "before=0&page=999999999999999999999",
    ];
    let mut wrong = Vec::new();
    for row in matrix() {
        let ids = ids
            .iter()
            .map(|id| filled(row.path, id).replace("somebody", id));
        let queries = queries
            .iter()
            .map(|query| format!("{}?{query}", filled(row.path, "1")));
        for address in ids.chain(queries) {
            let address: String = percent(&address);
            let request = request(row.method, &address, Some(&token))
                .header(header::CONTENT_TYPE, "application/json")
                .body(Body::from("{}"))
                .unwrap();
            let what = format!("{} {address}", row.method);
            wrong.extend(must_be_a_calm_no(&router, request, &what).await);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Letters that an address cannot hold, as it holds them.
fn percent(address: &str) -> String {
    let shown = address.bytes().map(|byte| match byte {
        byte if byte.is_ascii_graphic() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    shown.collect()
}

#[tokio::test]
async fn a_missing_address_and_a_wrong_method_are_problems() {
    let house = house();
    let router = router(Arc::clone(&house.app));
    for (method, path, status) in [
        ("GET", "/api/v1/nothing", StatusCode::NOT_FOUND),
        (
            "DELETE",
            "/api/v1/records/1",
            StatusCode::METHOD_NOT_ALLOWED,
        ),
        ("PATCH", "/api/v1/users", StatusCode::METHOD_NOT_ALLOWED),
        ("TRACE", "/api/v1/search", StatusCode::METHOD_NOT_ALLOWED),
        ("TRACE", "/health", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let request = request(method, path, None).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{method} {path}");
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
}

#[tokio::test]
async fn what_is_fetched_says_its_charset_and_is_saved_under_a_name_of_ours() {
    let house = house();
    let admin = token(&house, Role::Admin);
    for (path, media_type) in [
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/assets/mark.svg", "image/svg+xml; charset=utf-8"),
    ] {
        let answer = house.get("", path).await;
        assert_eq!(answer.headers[header::CONTENT_TYPE], media_type, "{path}");
    }
    let record = short_record("Метель \"../x.html\"");
    let import = asked(
        "POST",
        "/api/v1/import?format=marcjson&library=MAIN",
        &admin,
    )
    .header(header::CONTENT_TYPE, "application/octet-stream")
    .body(Body::from(record.to_string()));
    let imported = house.send(import.unwrap()).await;
    assert_eq!(imported.status, StatusCode::OK, "{}", imported.body);
    let all = house.get(&admin, "/api/v1/records?limit=500").await.body;
    let last = all["records"].as_array().unwrap().last().unwrap()["id"].clone();
    for (path, accept, ending) in [
        ("/records/{id}", "application/marc", "mrc"),
        ("/records/{id}", "application/marcxml+xml", "xml"),
        ("/records/{id}?format=marcjson", "text/html", "json"),
        ("/api/v1/records/{id}", "application/marc", "mrc"),
        ("/api/v1/records/{id}/source/bytes", "*/*", "bin"),
    ] {
        let path = path.replace("{id}", &last.to_string());
        let request = asked("GET", &path, &admin).header(header::ACCEPT, accept);
        let answer = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        let name = format!("attachment; filename=\"record-{last}.{ending}\"");
        let said = answer.headers.get(header::CONTENT_DISPOSITION);
        let said = said.and_then(|said| said.to_str().ok());
        assert_eq!(said, Some(name.as_str()), "{path}");
    }
    // A page is read and not saved.
    let page = house.get(&admin, &format!("/records/{last}")).await;
    assert!(!page.headers.contains_key(header::CONTENT_DISPOSITION));
}
