//! What programs may rely on: the description of the API is whole, repeats are harmless, an edit of an
//! old version is told, foreign pages write nothing, and everybody stays in their own library.

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use catalog::people::Role;
use fond_tests::served::{House, asked, delivery, json, school, short_record};
use serde_json::{Value, json};
use server::app::{Need, routes};

const KEY: &str = "0b8ad05c-6f3e-4d25-8d1d-0c5a3a4f6b10";

fn keyed(token: &str, path: &str, key: &str, body: &Value) -> Request<Body> {
    json(
        asked("POST", path, token).header("Idempotency-Key", key),
        body,
    )
}

#[tokio::test]
async fn the_description_names_every_address_of_the_api_and_no_other() {
    let house = House::new();
    let api = house.get("", "/api/openapi.json").await.body;
    let mut described = BTreeSet::new();
    let mut names = BTreeSet::new();
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap().to_owned();
            assert!(
                names.insert(name.clone()),
                "two operations are called {name}"
            );
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    let machine = |path: &str| path.starts_with("/api/") || path == "/health";
    let served = routes();
    let served = served.iter().filter(|route| machine(route.path));
    let served: BTreeSet<String> = served.map(|r| format!("{} {}", r.method, r.path)).collect();
    assert_eq!(described, served);
}

#[tokio::test]
async fn every_operation_says_how_it_refuses_and_who_may_call_it() {
    let house = House::new();
    let api = house.get("", "/api/openapi.json").await.body;
    assert!(api["openapi"].as_str().unwrap().starts_with("3.1"));
    let schemes = &api["components"]["securitySchemes"];
    assert_eq!(schemes["token"]["scheme"], "bearer");
    assert_eq!(schemes["session"]["in"], "cookie");
    for route in routes().iter().filter(|r| r.path.starts_with("/api/v1/")) {
        let operation = &api["paths"][route.path][route.method.to_lowercase()];
        let mut expected = vec!["400", "404"];
        if route.need != Need::Nothing {
            expected.extend(["401", "403"]);
            let free = operation["security"]
                .as_array()
                .unwrap()
                .contains(&json!({}));
            assert!(!free, "{} {} needs a key", route.method, route.path);
        }
        if route.method != "GET" {
            expected.extend(["409", "415", "422"]);
        }
        for status in expected {
            let schema = &operation["responses"][status]["content"]["application/problem+json"];
            let what = format!("{} {} {status}", route.method, route.path);
            assert!(schema["schema"]["$ref"].is_string(), "{what}");
        }
        let done = ["200", "201", "204"];
        assert!(
            done.iter().any(|s| operation["responses"][s].is_object()),
            "{}",
            route.path
        );
    }
    every_name_is_explained(&api, &api);
}

/// Every `$ref` leads to a schema.
fn every_name_is_explained(api: &Value, part: &Value) {
    match part {
        Value::Object(object) => {
            if let Some(to) = object.get("$ref").and_then(Value::as_str) {
                assert!(api.pointer(&to[1..]).is_some(), "{to} leads nowhere");
            }
            object
                .values()
                .for_each(|part| every_name_is_explained(api, part));
        }
        Value::Array(list) => list
            .iter()
            .for_each(|part| every_name_is_explained(api, part)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn a_repeat_under_one_key_gets_the_first_answer() {
    let (house, admin) = school().await;
    let first = keyed(&admin, "/api/v1/deliveries", KEY, &delivery("45"));
    let first = house.send(first).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
    let again = keyed(&admin, "/api/v1/deliveries", KEY, &delivery("45"));
    let again = house.send(again).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    let acts = house.get(&admin, "/api/v1/acts").await;
    assert_eq!(acts.body["total"], 1);

    let other = keyed(&admin, "/api/v1/deliveries", KEY, &delivery("46"));
    let other = house.send(other).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.body["type"], "/problems/key-reused");
    let elsewhere = house
        .send(keyed(&admin, "/api/v1/withdrawals", KEY, &delivery("45")))
        .await;
    assert_eq!(elsewhere.body["type"], "/problems/key-reused");
    let senseless = house
        .send(keyed(&admin, "/api/v1/deliveries", "45", &delivery("45")))
        .await;
    assert_eq!(senseless.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_repeat_after_a_restart_finds_its_entry_in_the_journal() {
    let (house, admin) = school().await;
    let first = keyed(&admin, "/api/v1/deliveries", KEY, &delivery("45"));
    let first = house.send(first).await;
    let key = "7e0c0f86-41ce-4c8a-9d29-3f0f7f3a4d11";
    let record = short_record("Барышня-крестьянка");
    let saved = house
        .send(keyed(&admin, "/api/v1/records", key, &record))
        .await;
    assert_eq!(saved.status, StatusCode::CREATED);

    let house = house.restarted();
    let again = keyed(&admin, "/api/v1/deliveries", KEY, &delivery("45"));
    let again = house.send(again).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    let saved_again = house
        .send(keyed(&admin, "/api/v1/records", key, &record))
        .await;
    assert_eq!(
        (saved_again.status, saved_again.body),
        (saved.status, saved.body)
    );
    let other = keyed(&admin, "/api/v1/deliveries", KEY, &delivery("46"));
    let other = house.send(other).await;
    assert_eq!(other.body["type"], "/problems/key-reused");
}

#[tokio::test]
async fn a_refusal_is_not_kept_so_that_the_cause_can_be_mended() {
    let (house, admin) = school().await;
    let path = "/api/v1/withdrawals";
    let body = json!({"fund": "MAIN", "reason": "WEAR", "date": "2026-03-01",
        "act": {"date": "2026-03-01", "approved": "2026-03-01"}, "lines": [{"inv": ["1"]}]});
    let refused = house.send(keyed(&admin, path, KEY, &body)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        refused.body["findings"][0]["rule"],
        "inventory-number-unknown"
    );
    house
        .post(&admin, "/api/v1/deliveries", &delivery("45"))
        .await;
    let done = house.send(keyed(&admin, path, KEY, &body)).await;
    assert_eq!(done.status, StatusCode::CREATED, "{}", done.body);
}

#[tokio::test]
async fn a_trial_says_what_would_be_written_and_writes_nothing() {
    let (house, admin) = school().await;
    let path = "/api/v1/deliveries?dry_run=true";
    let tried = house.post(&admin, path, &delivery("45")).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    assert_eq!(tried.body["posted"], false);
    assert_eq!(tried.body["acts"][0]["row"]["inv"], json!(["1", "2"]));
    assert_eq!(house.get(&admin, "/api/v1/acts").await.body["total"], 0);
    let mut wrong = delivery("45");
    wrong["document"]["total_kop"] = json!(1);
    let refused = house.post(&admin, path, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.body["findings"][0]["rule"], "total-mismatch");
}

#[tokio::test]
async fn an_edit_of_an_old_version_is_told() {
    let (house, admin) = school().await;
    let shown = house.get(&admin, "/api/v1/records/1?marc=true").await;
    let seen = shown.headers[header::ETAG].to_str().unwrap().to_owned();
    let put = |seen: Option<&str>, title: &str| {
        let mut request = asked("PUT", "/api/v1/records/1", &admin);
        if let Some(seen) = seen {
            request = request.header(header::IF_MATCH, seen);
        }
        house.send(json(request, &short_record(title)))
    };
    assert_eq!(
        put(None, "Выстрел").await.status,
        StatusCode::PRECONDITION_REQUIRED
    );
    let first = put(Some(&seen), "Выстрел").await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.body);
    let second = put(Some(&seen), "Гробовщик").await;
    assert_eq!(second.status, StatusCode::CONFLICT);
    assert_eq!(second.body["type"], "/problems/stale");
    let now = house.get(&admin, "/api/v1/records/1").await;
    assert_eq!(now.body["facts"]["title"], "Выстрел");
    assert_eq!(now.headers[header::ETAG], first.headers[header::ETAG]);

    let history = house.get(&admin, "/api/v1/records/1/history").await.body;
    let titles: Vec<&Value> = history["versions"].as_array().unwrap().iter().collect();
    assert_eq!(titles.len(), 2, "{history}");
    assert_eq!(titles[0]["version"], first.body["version"]);
    assert_eq!(titles[0]["actor"], "admin");
}

#[tokio::test]
async fn the_very_same_record_is_no_new_version() {
    let (house, admin) = school().await;
    let shown = house.get(&admin, "/api/v1/records/1?marc=true").await;
    let seen = shown.headers[header::ETAG].to_str().unwrap().to_owned();
    let request = asked("PUT", "/api/v1/records/1", &admin).header(header::IF_MATCH, &seen);
    let saved = house.send(json(request, &shown.body["marc"])).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert_eq!(saved.headers[header::ETAG], shown.headers[header::ETAG]);
    assert_eq!(saved.body["status"], shown.body["status"]);
}

#[tokio::test]
async fn a_withdrawn_record_is_gone_for_readers_before_the_index_knows() {
    let (house, admin) = school().await;
    let found = async |who: &str| {
        let answer = house.get(who, "/api/v1/search?q=метель").await;
        let page = house.get(who, "/search?q=метель").await.body.to_string();
        let hits = answer.body["hits"].as_array().unwrap().len();
        (hits, page.contains("/records/1"))
    };
    // A check of the whole brings the index up first.
    let checked = house
        .post(&admin, "/api/v1/verify?full=true", &json!({}))
        .await;
    assert_eq!(checked.status, StatusCode::OK, "{}", checked.body);
    assert_eq!(found("").await, (1, true));
    let shown = house.get(&admin, "/api/v1/records/1?marc=true").await;
    let seen = shown.headers[header::ETAG].to_str().unwrap().to_owned();
    let path = "/api/v1/records/1?status=deleted";
    let request = asked("PUT", path, &admin).header(header::IF_MATCH, &seen);
    let saved = house.send(json(request, &shown.body["marc"])).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.body);
    assert_eq!(found("").await, (0, false));
    assert_eq!(found(&admin).await.0, 1);
}

#[tokio::test]
async fn what_was_read_is_written_back_unchanged_in_each_form() {
    let (house, admin) = school().await;
    for (media_type, accept) in [
        ("application/marc", "application/marc"),
        ("application/marcxml+xml", "application/marcxml+xml"),
    ] {
        let request = asked("GET", "/api/v1/records/1", &admin).header(header::ACCEPT, accept);
        let read = house.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(read.headers[header::CONTENT_TYPE], media_type);
        let text = read.body.as_str().unwrap().to_owned();
        let request = asked("POST", "/api/v1/records", &admin)
            .header(header::CONTENT_TYPE, media_type)
            .body(Body::from(text));
        let saved = house.send(request.unwrap()).await;
        assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.body);
        let said = saved.body["findings"].to_string();
        assert!(said.contains("shared-control-number"), "{said}");
        let path = saved.headers[header::LOCATION].to_str().unwrap();
        let copy = house.get(&admin, &format!("{path}?marc=true")).await.body;
        let first = house.get(&admin, "/api/v1/records/1?marc=true").await.body;
        // Field 005 is the moment of each saving.
        let kept = |shown: &Value| {
            let mut fields = shown["marc"]["fields"].as_array().unwrap().clone();
            fields.retain(|field| field.get("005").is_none());
            fields
        };
        assert_eq!(kept(&copy), kept(&first), "{media_type}");
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_write_with_somebodys_cookie() {
    let (house, admin) = school().await;
    let anna =
        json!({"name": "anna", "role": "head", "library": "S1", "password": "длинный-пароль"});
    let made = house.post(&admin, "/api/v1/users", &anna).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let form = "name=anna&password=%D0%B4%D0%BB%D0%B8%D0%BD%D0%BD%D1%8B%D0%B9-%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C";
    let request = Request::post("/login")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form));
    let let_in = house.send(request.unwrap()).await;
    let cookie = let_in.headers[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let write = |site: &'static str, origin: &'static str, name: &'static str, value: String| {
        let request = Request::post("/api/v1/deliveries?dry_run=true")
            .header(header::HOST, "fond.example")
            .header("sec-fetch-site", site)
            .header(header::ORIGIN, origin)
            .header(name, value);
        house.send(json(request, &delivery("45")))
    };
    let (own, foreign) = ("https://fond.example", "https://evil.example");
    let forged = write("cross-site", foreign, "cookie", cookie.clone()).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(forged.body["type"], "/problems/cross-site");
    let ours = write("same-origin", own, "cookie", cookie).await;
    assert_eq!(ours.status, StatusCode::OK, "{}", ours.body);
    // A token is sent by a program on purpose, wherever the program runs.
    let program = write(
        "cross-site",
        foreign,
        "authorization",
        format!("Bearer {admin}"),
    )
    .await;
    assert_eq!(program.status, StatusCode::OK, "{}", program.body);
}

#[tokio::test]
async fn a_librarian_sees_and_writes_only_the_books_of_their_own_library() {
    let (house, admin) = school().await;
    let second = json!({"code": "S2", "name": "Школа № 2"});
    house.post(&admin, "/api/v1/libraries", &second).await;
    let path = "/api/v1/deliveries?library=S1";
    let posted = house.post(&admin, path, &delivery("45")).await;
    let act = posted.body["acts"][0]["id"].clone();
    let other = house.token("olga", Role::Head, Some("S2"));
    for path in [
        "/api/v1/acts?library=S1".to_owned(),
        format!("/api/v1/acts/{act}"),
        "/api/v1/books?library=S1&year=2026".to_owned(),
        "/api/v1/inventory?library=S1".to_owned(),
        "/api/v1/stock-checks?library=S1".to_owned(),
        "/api/v1/periods?library=S1".to_owned(),
    ] {
        let told = house.get(&other, &path).await;
        assert_eq!(told.status, StatusCode::FORBIDDEN, "{path}");
    }
    for address in routes().iter().filter(|r| r.method == "POST") {
        let of_library = [
            "deliveries",
            "withdrawals",
            "reversals",
            "revaluations",
            "reclassifications",
            "internal-moves",
            "voids",
            "movements",
            "stock-checks",
            "close",
            "reopen",
            "reports",
            "post",
            "import",
            "records",
        ];
        let last = address.path.rsplit('/').next().unwrap();
        if address.path.starts_with("/api/v1/") && of_library.contains(&last) {
            let mut body = delivery("46");
            if last == "movements" {
                body["type"] = json!("LOAN");
            }
            if last == "records" {
                body = short_record("Чужая");
            }
            let path = format!("{}?library=S1", address.path);
            let told = house.post(&other, &path, &body).await;
            assert_eq!(told.status, StatusCode::FORBIDDEN, "{path}: {}", told.body);
        }
    }
    let request = asked("PUT", "/api/v1/records/1", &other).header(header::IF_MATCH, "\"1\"");
    let told = house.send(json(request, &short_record("Чужая"))).await;
    assert_eq!(told.status, StatusCode::FORBIDDEN);
    let held = house.get(&other, "/api/v1/records/1/holdings").await.body;
    assert_eq!(
        (&held[0]["copies"], &held[0]["price_kop"]),
        (&json!(1), &Value::Null)
    );
    let own = house.get(&other, "/api/v1/acts").await;
    assert_eq!(
        (own.status, &own.body["total"]),
        (StatusCode::OK, &json!(0))
    );
}

#[tokio::test]
async fn a_person_is_changed_as_on_the_page() {
    let (house, chief) = school().await;
    let second = json!({"code": "S2", "name": "Школа № 2"});
    house.post(&chief, "/api/v1/libraries", &second).await;
    let boris = house.token("boris", Role::Librarian, Some("S1"));
    let vera = house.token("vera", Role::Admin, Some("S2"));
    let put = async |who: &str, name: &str, body: Value| {
        let path = format!("/api/v1/users/{name}");
        let told = house.send(json(asked("PUT", &path, who), &body)).await;
        (told.status, told.body)
    };
    let (status, shown) = put(&chief, "boris", json!({"title": "Борис Ильич"})).await;
    assert_eq!(
        (status, &shown["role"]),
        (StatusCode::OK, &json!("librarian")),
        "{shown}"
    );
    let powers = json!({"role": "head", "library": "S2"});
    let (status, shown) = put(&chief, "boris", powers.clone()).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    assert_eq!(
        (&shown["title"], &shown["library"]),
        (&json!("Борис Ильич"), &json!("S2"))
    );
    let (status, _) = put(&vera, "boris", json!({"role": "head", "library": "S1"})).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _) = put(&vera, "vera", json!({"role": "admin"})).await;
    assert!(status.is_client_error(), "{status}");
    for (closed, seen) in [
        (true, StatusCode::UNAUTHORIZED),
        (false, StatusCode::UNAUTHORIZED),
    ] {
        let (status, shown) = put(&chief, "boris", json!({"disabled": closed})).await;
        assert_eq!(
            (status, &shown["disabled"]),
            (StatusCode::OK, &json!(closed)),
            "{shown}"
        );
        // A key that was taken away does not come back with the entrance.
        let me = house.get(&boris, "/api/v1/records").await;
        assert_eq!(me.status, seen, "{}", me.body);
    }
}

#[tokio::test]
async fn an_administrator_of_one_library_stays_within_it() {
    let (house, chief) = school().await;
    let second = json!({"code": "S2", "name": "Школа № 2"});
    house.post(&chief, "/api/v1/libraries", &second).await;
    house.token("boris", Role::Librarian, Some("S1"));
    let own = house.token("vera", Role::Admin, Some("S2"));
    let user =
        |name: &str, library: Value| json!({"name": name, "role": "admin", "library": library});
    for (path, body) in [
        ("/api/v1/users", user("eva", Value::Null)),
        ("/api/v1/users", user("eva", json!("S1"))),
        ("/api/v1/users/boris/token", json!({})),
        ("/api/v1/users/boris/disable", json!({})),
        (
            "/api/v1/users/boris/password",
            json!({"password": "новый-пароль"}),
        ),
        ("/api/v1/users/admin/token", json!({})),
        (
            "/api/v1/libraries",
            json!({"code": "S3", "name": "Школа № 3"}),
        ),
        (
            "/api/v1/libraries",
            json!({"code": "S1", "name": "Моя", "parent": "S2"}),
        ),
    ] {
        let told = house.post(&own, path, &body).await;
        assert_eq!(
            told.status,
            StatusCode::FORBIDDEN,
            "{path} {body}: {}",
            told.body
        );
    }
    let made = house
        .post(&own, "/api/v1/users", &user("gleb", json!("S2")))
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let building = json!({"code": "S2-B", "name": "Корпус 2", "kind": "building", "parent": "S2"});
    let made = house.post(&own, "/api/v1/libraries", &building).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let seen = house.get(&own, "/api/v1/users").await.body;
    let names: Vec<&Value> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|u| &u["name"])
        .collect();
    assert_eq!(names, [&json!("gleb"), &json!("vera")]);
}
