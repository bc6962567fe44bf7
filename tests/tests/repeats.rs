//! A writing request repeated under its key after a restart, when others have changed what it was about (D-8).

use axum::http::StatusCode;
use catalog::people::Role;
use fond_tests::served::{Answer, House, asked, delivery, json, school, short_record};
use serde_json::{Value, json};

/// A writing request of the API.
struct Deed {
    method: &'static str,
    path: &'static str,
    /// The version of a record that it changes.
    seen: Option<u64>,
    body: Value,
}

fn post(path: &'static str, body: Value) -> Deed {
    Deed {
        method: "POST",
        path,
        seen: None,
        body,
    }
}

fn put(path: &'static str, seen: Option<u64>, body: Value) -> Deed {
    Deed {
        method: "PUT",
        path,
        seen,
        body,
    }
}

/// Sends the deed under the key of its number.
async fn send(house: &House, who: &str, number: usize, deed: &Deed) -> Answer {
    let key = uuid::Uuid::from_u128((number as u128 + 1) << 64);
    let mut request = asked(deed.method, deed.path, who).header("Idempotency-Key", key.to_string());
    if let Some(seen) = deed.seen {
        request = request.header("If-Match", format!("\"{seen}\""));
    }
    house.send(json(request, &deed.body)).await
}

fn numbered(title: &str) -> Value {
    let mut record = short_record(title);
    let fields = record["fields"].as_array_mut().unwrap();
    fields.insert(0, json!({"001": "А-1"}));
    record
}

/// One deed of each address that writes, and some that found nothing to write.
fn deeds(version: u64) -> Vec<Deed> {
    let act = json!({"date": "2026-05-20", "approved": "2026-05-22"});
    let year = json!({
        "titles": [{"id": "T1", "title": "Мещёрская сторона"}],
        "events": [
            {"id": "E1", "type": "RECEIPT", "date": "2026-03-01", "source": "PURCHASE", "supplier": "Книжный дом",
             "fund": "MAIN", "document": {"kind": "WAYBILL", "no": "46", "date": "2026-03-01", "total_kop": 1000},
             "lines": [{"title": "T1", "copies": 1, "price_kop": 1000}]},
            {"id": "E2", "type": "WITHDRAWAL", "date": "2026-03-02", "fund": "MAIN", "reason": "WEAR",
             "act": {"date": "2026-03-02", "approved": "2026-03-02"}, "lines": [{"inv": ["99"]}]},
        ],
    });
    let withdrawal = json!({"fund": "MAIN", "date": "2026-05-22", "act": act, "reason": "WEAR",
        "lines": [{"inv": ["1"]}]});
    let reversal = json!({"date": "2026-05-25", "corrects_act": 3, "reason": "Нашлась целой",
        "lines": [{"inv": ["1"]}]});
    vec![
        post("/api/v1/deliveries", delivery("45")),
        post("/api/v1/post", year),
        post("/api/v1/withdrawals", withdrawal),
        post("/api/v1/reversals", reversal),
        post(
            "/api/v1/movements",
            json!({"type": "LOAN", "date": "2026-06-01", "lines": [{"inv": ["2"]}]}),
        ),
        post(
            "/api/v1/stock-checks",
            json!({"date": "2026-06-02", "fund": "MAIN", "order": "Приказ № 5", "on_loan_inv": ["2"]}),
        ),
        post("/api/v1/records", short_record("Выстрел")),
        post("/api/v1/records", numbered("Гробовщик")),
        post("/api/v1/records", numbered("Гробовщик снова")),
        put(
            "/api/v1/records/1",
            Some(version),
            short_record("Барышня-крестьянка"),
        ),
        post("/api/v1/import?format=marcjson", short_record("Метелица")),
        post(
            "/api/v1/libraries",
            json!({"code": "HALL", "name": "Читальный зал", "kind": "building", "parent": "S1"}),
        ),
        put(
            "/api/v1/libraries/S1",
            None,
            json!({"code": "S1", "name": "Школа имени Пушкина"}),
        ),
        put(
            "/api/v1/libraries/S1",
            None,
            json!({"code": "S1", "name": "Школа имени Пушкина"}),
        ),
        post(
            "/api/v1/users",
            json!({"name": "lena", "title": "Елена", "role": "librarian"}),
        ),
        put("/api/v1/users/boris", None, json!({"title": "Борис Ильич"})),
        put("/api/v1/users/boris", None, json!({"disabled": false})),
        post("/api/v1/users/vera/disable", json!({})),
    ]
}

async fn others_change_what_it_was_about(house: &House, chief: &str) {
    let between = [
        put(
            "/api/v1/libraries/S1",
            None,
            json!({"code": "S1", "name": "Школа № 1"}),
        ),
        put(
            "/api/v1/libraries/HALL",
            None,
            json!({"code": "HALL", "name": "Зал", "kind": "building", "parent": "S1"}),
        ),
        post(
            "/api/v1/libraries",
            json!({"code": "S2", "name": "Школа № 2"}),
        ),
        put(
            "/api/v1/users/boris",
            None,
            json!({"title": "Борис", "role": "head", "library": "S2", "disabled": true}),
        ),
        put(
            "/api/v1/users/vera",
            None,
            json!({"title": "Вера", "role": "auditor", "library": "S2", "disabled": false}),
        ),
        put("/api/v1/users/lena", None, json!({"title": "Лена"})),
    ];
    for (number, deed) in between.iter().enumerate() {
        let told = send(house, chief, 100 + number, deed).await;
        assert!(told.status.is_success(), "{}: {}", deed.path, told.body);
    }
    let changed = house.get(chief, "/api/v1/records/1").await;
    let seen = changed.headers["etag"].to_str().unwrap().to_owned();
    let request = asked("PUT", "/api/v1/records/1", chief).header("If-Match", seen);
    let changed = house.send(json(request, &short_record("Метель"))).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    let later = json!({"type": "RETURN", "date": "2026-06-03", "lines": [{"inv": ["2"]}]});
    let later = house
        .post(chief, "/api/v1/movements?library=S1", &later)
        .await;
    assert_eq!(later.status, StatusCode::CREATED, "{}", later.body);
}

#[tokio::test]
async fn a_repeat_after_a_restart_gets_the_first_answer_whatever_has_changed_since() {
    let (house, chief) = school().await;
    for name in ["boris", "vera"] {
        house.token(name, Role::Librarian, None);
    }
    let one = house.get(&chief, "/api/v1/records/1").await;
    let version = one.headers["etag"].to_str().unwrap().trim_matches('"');
    let deeds = deeds(version.parse().unwrap());
    let mut first = Vec::new();
    for (number, deed) in deeds.iter().enumerate() {
        let told = send(&house, &chief, number, deed).await;
        assert!(
            told.status.is_success(),
            "{} {}: {}",
            deed.method,
            deed.path,
            told.body
        );
        first.push(told);
    }
    others_change_what_it_was_about(&house, &chief).await;
    let house = house.restarted();
    let head = house.app.catalog().head();
    for (number, deed) in deeds.iter().enumerate() {
        let again = send(&house, &chief, number, deed).await;
        let told = &first[number];
        let what = format!("{} {}", deed.method, deed.path);
        assert_eq!(
            (again.status, &again.body),
            (told.status, &told.body),
            "{what}"
        );
        for name in ["etag", "location", "content-type"] {
            assert_eq!(again.headers.get(name), told.headers.get(name), "{what}");
        }
    }
    assert_eq!(house.app.catalog().head(), head, "nothing is written again");
    let other = Deed {
        body: json!({"titles": []}),
        ..post("/api/v1/post", Value::Null)
    };
    let other = send(&house, &chief, 1, &other).await;
    assert_eq!(other.body["type"], "/problems/key-reused", "{}", other.body);
}
