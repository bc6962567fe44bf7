//! Signing in: who is let in, how often one may guess, when a session ends and what is kept of all that.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use catalog::people::Role;
use fond_tests::served::{House, asked, json};
use serde_json::{Value, json};
use server::app::router;
use tower::ServiceExt as _;

const PASSWORD: &str = "три слова подряд";

struct Page {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

async fn send(house: &House, request: Request<Body>) -> Page {
    let answer = router(Arc::clone(&house.app))
        .oneshot(request)
        .await
        .unwrap();
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, 4 << 20).await.unwrap();
    Page {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8_lossy(&bytes).into_owned(),
    }
}

fn form(path: &str, cookie: &str, body: &str) -> Request<Body> {
    Request::post(path)
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, cookie)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

fn page(path: &str, cookie: &str) -> Request<Body> {
    Request::get(path)
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, cookie)
        .body(Body::empty())
        .unwrap()
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A library where anna, an administrator, has this password.
async fn house() -> House {
    let house = House::new();
    let admin = house.token("root", Role::Admin, None);
    let anna = json!({"name": "anna", "role": "admin", "password": PASSWORD});
    let made = house.post(&admin, "/api/v1/users", &anna).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    house
}

async fn try_in(house: &House, cookie: &str, password: &str) -> Page {
    let body = format!("name=anna&password={}", encoded(password));
    send(house, form("/login", cookie, &body)).await
}

/// The cookie of a new session.
async fn signed_in(house: &House, before: &str) -> String {
    let let_in = try_in(house, before, PASSWORD).await;
    assert_eq!(let_in.status, StatusCode::SEE_OTHER, "{}", let_in.text);
    let set = let_in.headers[header::SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// A key for Anna's programs, made by an administrator.
async fn key(house: &House, root: &str) -> String {
    let path = "/api/v1/users/anna/token";
    let made = house.post(root, path, &json!({})).await;
    made.body["token"].as_str().unwrap().to_owned()
}

async fn opens(house: &House, cookie: &str) -> bool {
    send(house, page("/staff", cookie)).await.status == StatusCode::OK
}

#[tokio::test]
async fn signing_in_gives_a_new_session_and_ends_the_one_before() {
    let house = house().await;
    let first = signed_in(&house, "fond_session=planted").await;
    assert_ne!(first, "fond_session=planted");
    assert!(opens(&house, &first).await);
    let second = signed_in(&house, &first).await;
    assert_ne!(first, second);
    assert!(opens(&house, &second).await && !opens(&house, &first).await);
    let out = send(&house, form("/logout", &second, "")).await;
    assert_eq!(out.headers["clear-site-data"], "\"cache\"");
    assert!(!opens(&house, &second).await);
}

#[tokio::test]
async fn one_leaves_everywhere_at_once_by_the_button_and_by_a_new_password() {
    let house = house().await;
    let (one, two) = (signed_in(&house, "").await, signed_in(&house, "").await);
    let out = send(&house, form("/account", &one, "do=everywhere")).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert!(!opens(&house, &one).await && !opens(&house, &two).await);
    let three = signed_in(&house, "").await;
    let change = |present: &str, new: &str| {
        format!(
            "do=password&present={}&new={}",
            encoded(present),
            encoded(new)
        )
    };
    let wrong = send(
        &house,
        form(
            "/account",
            &three,
            &change("не тот пароль", "новые три слова"),
        ),
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let weak = send(
        &house,
        form("/account", &three, &change(PASSWORD, "123456789012")),
    )
    .await;
    assert_eq!(weak.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(weak.text.contains("угадывают"), "{}", weak.text);
    assert!(opens(&house, &three).await);
    let done = send(
        &house,
        form("/account", &three, &change(PASSWORD, "новые три слова")),
    )
    .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert!(!opens(&house, &three).await);
    let old = try_in(&house, "", PASSWORD).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_closed_entrance_ends_every_session_and_key_and_opens_no_other() {
    let house = house().await;
    let root = house.token("other", Role::Admin, None);
    let key = key(&house, &root).await;
    let cookie = signed_in(&house, "").await;
    assert!(opens(&house, &cookie).await);
    let closed = house
        .post(&root, "/api/v1/users/anna/disable", &json!({}))
        .await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.body);
    assert!(!opens(&house, &cookie).await, "the session is over");
    let asked = house.get(&key, "/api/v1/me").await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED, "{}", asked.body);
    let refused = try_in(&house, "", PASSWORD).await;
    assert_ne!(refused.status, StatusCode::SEE_OTHER, "{}", refused.text);
    // Opened again, it knows neither the old session nor the old key.
    let anna = house.app.catalog().user(&"anna".parse().unwrap());
    let anna = catalog::people::User {
        disabled: false,
        ..anna.unwrap().unwrap()
    };
    let doing = catalog::Doing::now("root".parse().unwrap(), jiff::Timestamp::UNIX_EPOCH);
    house.app.catalog().set_user(doing, anna).unwrap();
    assert!(!opens(&house, &cookie).await, "the session stays ended");
    let asked = house.get(&key, "/api/v1/me").await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED, "{}", asked.body);
    let again = signed_in(&house, "").await;
    assert!(opens(&house, &again).await);
}

#[tokio::test]
async fn after_ten_wrong_passwords_even_the_right_one_waits() {
    let house = house().await;
    for _ in 0..10 {
        let no = try_in(&house, "", "не тот пароль").await;
        assert_eq!(no.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let waits = try_in(&house, "", PASSWORD).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    let after = waits.headers["retry-after"].to_str().unwrap();
    assert!((1..=61).contains(&after.parse().unwrap()), "{after}");
    assert!(
        waits.text.contains("Слишком много попыток"),
        "{}",
        waits.text
    );
}

fn notes(house: &House) -> Vec<(std::path::PathBuf, String)> {
    let mut left = vec![house.app.catalog().folder().join("desk")];
    let mut notes = Vec::new();
    while let Some(path) = left.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => left.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => notes.push((path.clone(), std::fs::read_to_string(&path).unwrap())),
        }
    }
    notes
}

#[tokio::test]
async fn no_password_no_session_and_no_key_is_kept_as_it_is() {
    let house = house().await;
    let session = signed_in(&house, "").await;
    let session = session.split('=').nth(1).unwrap();
    let key = house.token("robot", Role::Librarian, None);
    let kept = notes(&house);
    assert!(kept.len() >= 4, "{}", kept.len());
    for (path, note) in kept {
        for secret in [PASSWORD, session, key.as_str()] {
            assert!(!note.contains(secret), "{} tells a secret", path.display());
            assert!(!path.display().to_string().contains(secret));
        }
    }
}

#[tokio::test]
async fn the_journal_keeps_no_digest_of_a_password() {
    let mut digests = Vec::new();
    for password in [PASSWORD, "совсем другие слова"] {
        let house = House::new();
        let root = house.token("root", Role::Admin, None);
        let vera = json!({"name": "vera", "role": "auditor", "password": password});
        let request = asked("POST", "/api/v1/users", &root)
            .header("idempotency-key", "5b0a7a1e-3c1b-4d43-9f4e-0d5a4c3b2a10");
        let made = house.send(json(request, &vera)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let head = house.app.catalog().head().seq.get();
        let before = catalog::id::Seq::new(head - 1);
        let written = house.app.catalog().changes_since(before, 1).unwrap();
        digests.push(written[0].request);
    }
    assert_eq!(digests[0], digests[1], "it is the same for any password");
}

/// Whether a session still opens when its note says this.
async fn opens_when(field: &str, at: &str) -> bool {
    let house = house().await;
    let cookie = signed_in(&house, "").await;
    let desk = house.app.catalog().desk();
    let mut sessions: Vec<(String, Value)> = desk.list("sessions").unwrap();
    let (key, mut session) = sessions.remove(0);
    session[field] = json!(at);
    desk.put("sessions", &key, &session).unwrap();
    opens(&house, &cookie).await
}

#[tokio::test]
async fn a_session_that_nobody_used_for_long_ends() {
    assert!(!opens_when("used", "2020-01-01T00:00:00Z").await);
}

#[tokio::test]
async fn a_session_ends_at_its_hour_however_it_is_used() {
    assert!(opens_when("until", "2999-01-01T00:00:00Z").await);
    assert!(!opens_when("until", "2020-01-01T00:00:00Z").await);
}

#[tokio::test]
async fn ones_own_password_is_changed_by_none_but_who_knows_the_present_one() {
    let house = house().await;
    let root = house.token("other", Role::Admin, None);
    let key = key(&house, &root).await;
    let path = "/api/v1/users/anna/password";
    let new = json!({"password": "новые три слова"});
    let refused = house.post(&key, path, &new).await;
    let said = refused.body.to_string();
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
    assert!(said.contains("Мой вход"), "{said}");
    let cookie = signed_in(&house, "").await;
    let body = format!(
        "who=anna&do=password&card.password={}",
        encoded("новые три слова")
    );
    let refused = send(&house, form("/staff/users", &cookie, &body)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("там спросят нынешний"));
    let card = send(&house, page("/staff/users?who=anna", &cookie)).await;
    assert!(!card.text.contains("card.password"), "{}", card.text);
    assert!(opens(&house, &cookie).await, "nothing was changed");
    let by_another = house.post(&root, path, &new).await;
    assert_eq!(by_another.status, StatusCode::NO_CONTENT);
    assert!(!opens(&house, &cookie).await);
}

#[tokio::test]
async fn a_key_of_ones_own_is_made_on_the_page_by_none_but_who_knows_the_password() {
    let house = house().await;
    let cookie = signed_in(&house, "").await;
    let ask = async |present: &str| {
        let body = format!("who=anna&do=token&card.present={}", encoded(present));
        send(&house, form("/staff/users", &cookie, &body)).await
    };
    for present in ["", "не тот пароль"] {
        let refused = ask(present).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.text.contains("class=\"token\""));
    }
    let made = ask(PASSWORD).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text);
    assert!(made.text.contains("class=\"token\""), "{}", made.text);
}

#[tokio::test]
async fn a_password_of_sixty_four_signs_and_more_lets_in() {
    let house = House::new();
    let root = house.token("root", Role::Admin, None);
    for (name, length) in [("anna", 64), ("vera", 256)] {
        let password: String = "лес и поле, река 7; "
            .chars()
            .cycle()
            .take(length)
            .collect();
        let user = json!({"name": name, "role": "admin", "password": password});
        let made = house.post(&root, "/api/v1/users", &user).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let ask = async |password: &str| {
            let body = format!("name={name}&password={}", encoded(password));
            send(&house, form("/login", "", &body)).await.status
        };
        assert_eq!(ask(&password).await, StatusCode::SEE_OTHER, "{name}");
        // Nothing of it is cut off.
        let (last, _) = password.char_indices().next_back().unwrap();
        let short = ask(&password[..last]).await;
        assert_eq!(short, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
}

#[tokio::test]
async fn one_sees_ones_own_sign_ins_and_the_names_of_strangers_are_kept_nowhere() {
    let house = house().await;
    let no = try_in(&house, "", "не тот пароль").await;
    assert_eq!(no.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = "name=my-secret-typed-as-a-name&password=x";
    let _ = send(&house, form("/login", "", body)).await;
    let cookie = signed_in(&house, "").await;
    let own = send(&house, page("/account", &cookie)).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(own.text.contains("не впущен"), "{}", own.text);
    for (path, note) in notes(&house) {
        assert!(!note.contains("my-secret"), "{}", path.display());
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_write_with_a_cookie() {
    let house = house().await;
    let cookie = signed_in(&house, "").await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let mut request = form("/account", &cookie, "do=everywhere");
        request.headers_mut().insert(name, value.parse().unwrap());
        request
            .headers_mut()
            .insert(header::HOST, "library.example".parse().unwrap());
        assert_eq!(
            send(&house, request).await.status,
            StatusCode::FORBIDDEN,
            "{name}"
        );
    }
    assert!(opens(&house, &cookie).await);
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_bind_a_browser() {
    let house = house().await;
    for path in [
        "/",
        "/login",
        "/no/such/page",
        "/api/v1/search?q=a",
        "/assets/fond.css",
    ] {
        let headers = send(&house, page(path, "")).await.headers;
        let policy = headers["content-security-policy"].to_str().unwrap();
        for part in [
            "default-src 'self'",
            "frame-ancestors 'none'",
            "object-src 'none'",
            "base-uri 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        let kept = headers[header::CACHE_CONTROL].to_str().unwrap();
        assert_eq!(kept == "no-store", !path.starts_with("/assets/"), "{path}");
        assert!(
            !policy.contains("unsafe-inline") && !policy.contains("unsafe-eval"),
            "{policy}"
        );
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["referrer-policy"], "same-origin", "{path}");
        assert!(headers.contains_key("x-request-id"), "{path}");
        assert!(!headers.contains_key("server"), "{path}");
    }
}

#[tokio::test]
async fn a_new_library_lets_nobody_in() {
    let house = House::new();
    assert!(house.app.catalog().users().unwrap().is_empty());
    for name in ["admin", "root", "fond", "demo"] {
        let body = format!("name={name}&password={name}");
        let answer = send(&house, form("/login", "", &body)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    }
}

#[tokio::test]
async fn an_administrator_sees_how_the_server_stands() {
    let house = house().await;
    let cookie = signed_in(&house, "").await;
    let shown = send(&house, page("/staff/status", &cookie)).await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(
        shown.text.contains("Проверенной копии ещё нет"),
        "{}",
        shown.text
    );
    let key = house.token("robot", Role::Admin, None);
    let standing = house.get(&key, "/api/v1/status").await.body;
    assert_eq!(standing["writable"], true);
    assert!(
        standing["disk_free_bytes"].as_u64().unwrap() > 0,
        "{standing}"
    );
    let checked = json(asked("POST", "/api/v1/verify?full=true", &key), &json!({}));
    assert_eq!(house.send(checked).await.status, StatusCode::OK);
    let standing = house.get(&key, "/api/v1/status").await.body;
    assert_eq!(standing["verified"]["ok"], true, "{standing}");
}
