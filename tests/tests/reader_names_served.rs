//! Names of readers as programs and people at pages meet them: read, repeated, erased.

use axum::http::StatusCode;
use catalog::people::Role;
use fond_tests::screens::{self, pairs};
use fond_tests::served::{Answer, House, asked, json};
use serde_json::{Value, json};

/// Nobody bears it.
const NAME: &str = "Щукарёва Олимпиада Капитоновна";
const FIRST: &str = "6f1c0a52-5f0e-4a5c-9f0e-000000000001";
const SECOND: &str = "6f1c0a52-5f0e-4a5c-9f0e-000000000002";

async fn once(house: &House, who: &str, key: &str, path: &str, body: &Value) -> Answer {
    let request = asked("POST", path, who).header("idempotency-key", key);
    house.send(json(request, body)).await
}

async fn shown(house: &House, who: &str) -> Value {
    let all = house.get(who, "/api/v1/users").await.body;
    let found = all.as_array().unwrap().iter();
    found
        .filter(|user| user["name"] == "olimpiada")
        .cloned()
        .collect()
}

#[tokio::test]
async fn a_program_adds_repeats_and_erases_and_every_repeat_gets_the_first_answer() {
    let house = House::new();
    let admin = house.token("admin", Role::Admin, None);
    let new = json!({"name": "olimpiada", "title": NAME, "role": "reader"});
    let made = once(&house, &admin, FIRST, "/api/v1/users", &new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let key = house.token("olimpiada", Role::Reader, None);
    let me = house.get(&key, "/api/v1/me").await;
    assert_eq!(me.body["title"], NAME);
    let house = house.restarted();
    let head = house.app.catalog().head();
    let again = once(&house, &admin, FIRST, "/api/v1/users", &new).await;
    assert_eq!((again.status, again.body), (made.status, made.body));
    let other = json!({"name": "olimpiada", "title": "Другая", "role": "reader"});
    let other = once(&house, &admin, FIRST, "/api/v1/users", &other).await;
    assert_eq!(other.body["type"], "/problems/key-reused");
    assert_eq!(house.app.catalog().head(), head);

    let path = "/api/v1/users/olimpiada/erase";
    let gone = json!({"name": "olimpiada", "title": "имя стёрто", "role": "reader", "library": null, "disabled": true});
    let erased = once(&house, &admin, SECOND, path, &json!({})).await;
    assert_eq!((erased.status, &erased.body), (StatusCode::OK, &gone));
    assert_eq!(
        house.get(&key, "/api/v1/me").await.status,
        StatusCode::UNAUTHORIZED
    );
    let house = house.restarted();
    let again = once(&house, &admin, SECOND, path, &json!({})).await;
    assert_eq!((again.status, &again.body), (StatusCode::OK, &gone));
    assert_eq!(shown(&house, &admin).await, json!([gone]));
    let staff = house
        .post(&admin, "/api/v1/users/admin/erase", &json!({}))
        .await;
    assert_eq!(
        staff.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        staff.body
    );
}

#[tokio::test]
async fn a_button_asks_before_it_erases_and_then_no_page_has_the_name() {
    let house = screens::House::of_the_golden_year();
    let (users, card) = ("/staff/users", "/staff/users?who=olimpiada");
    let admin = house.person("admin", Role::Admin, None);
    let new = pairs(&[
        ("name", "olimpiada"),
        ("title", NAME),
        ("role", "reader"),
        ("library", ""),
        ("password", "три слова подряд"),
        ("do", "add"),
    ]);
    house
        .post(users, &admin, &new)
        .await
        .must_be(StatusCode::SEE_OTHER);
    let page = house.get(card, &admin).await;
    page.must_say(NAME).must_say("Стереть имя");
    let asks = house.post(users, &admin, &page.press("erase")).await;
    asks.must_be(StatusCode::OK)
        .must_say(NAME)
        .must_say("Вернуть имя нельзя");
    let back = house.post(users, &admin, &asks.press("edit")).await;
    back.must_be(StatusCode::SEE_OTHER);
    house.get(card, &admin).await.must_say(NAME);
    let done = house.post(users, &admin, &asks.press("post")).await;
    done.must_be(StatusCode::SEE_OTHER);
    for page in [users, card] {
        let page = house.get(page, &admin).await;
        page.must_say("имя стёрто");
        assert!(!page.text.contains("Щукарёва"), "{}", page.text);
    }
    let mut hidden = pairs(&[("who", "admin"), ("do", "post")]);
    house
        .post(users, &admin, &hidden)
        .await
        .must_be(StatusCode::UNPROCESSABLE_ENTITY);
    hidden[0].1 = "nobody".to_owned();
    house
        .post(users, &admin, &hidden)
        .await
        .must_be(StatusCode::NOT_FOUND);
    let page = house.get("/staff/users?who=admin", &admin).await;
    assert!(!page.text.contains("Стереть имя"), "names of staff stay");
}
