//! The description of the API has the shape that programs expect; a deed needs its year, a day that has come and a
//! code that is free.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use fond_tests::served::{House, asked, delivery, json, school};
use serde_json::{Value, json};

#[tokio::test]
async fn the_description_has_the_shape_that_programs_expect() {
    let house = House::new();
    let api = house.get("", "/api/openapi.json").await.body;
    for field in ["title", "version"] {
        assert!(api["info"][field].is_string(), "info.{field}");
    }
    let mut answers = 0;
    for (path, item) in api["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for (status, answer) in operation["responses"].as_object().unwrap() {
                let said = answer["description"].as_str().unwrap_or_default();
                assert!(!said.trim().is_empty(), "{method} {path} {status}");
                answers += 1;
            }
            let parameters = operation["parameters"].as_array().cloned();
            for parameter in parameters.unwrap_or_default() {
                let name = parameter["name"].as_str().unwrap();
                assert!(parameter["schema"].is_object(), "{method} {path} {name}");
                let place = parameter["in"].as_str().unwrap();
                let in_path = path.contains(&format!("{{{name}}}"));
                assert_eq!(place == "path", in_path, "{method} {path} {name}");
                assert!(place != "path" || parameter["required"] == true);
            }
            let holes = path.matches('{').count();
            let filled = operation["parameters"]
                .as_array()
                .map_or(0, |list| list.iter().filter(|p| p["in"] == "path").count());
            assert_eq!(filled, holes, "{method} {path}");
        }
    }
    assert!(answers > 300, "only {answers} answers are described");
}

#[tokio::test]
async fn a_report_needs_its_year_and_a_deed_a_day_that_has_come() {
    let (house, admin) = school().await;
    let posted = house
        .post(&admin, "/api/v1/deliveries", &delivery("45"))
        .await;
    assert_eq!(posted.status, StatusCode::CREATED, "{}", posted.body);
    let close = json!({"date": "2026-03-01", "year": 2025});
    let closed = house.post(&admin, "/api/v1/periods/close", &close).await;
    assert_eq!(closed.status, StatusCode::CREATED, "{}", closed.body);
    let refused = house.post(&admin, "/api/v1/reports", &json!({})).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    assert_eq!(refused.body["findings"][0]["place"], "/year");

    let late = json!({"date": "2207-03-01", "source": "DONATION", "supplier": "Читатель", "fund": "MAIN",
        "document": {"kind": "ACCEPTANCE_ACT", "date": "2207-03-01"}, "lines": [{"record": 1, "price_kop": 100}]});
    for path in ["/api/v1/deliveries", "/api/v1/deliveries?dry_run=true"] {
        let mut late = late.clone();
        late["date"] = json!("2199-03-01");
        late["document"]["date"] = json!("2199-03-01");
        let refused = house.post(&admin, path, &late).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let found = refused.body["findings"].as_array().unwrap();
        assert!(
            found.iter().any(|f| f["rule"] == "date-in-future"),
            "{}",
            refused.body
        );
    }
    let early = json!({"year": 2199});
    let refused = house.post(&admin, "/api/v1/periods/close", &early).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_taken_code_of_a_library_is_refused_and_changed_by_its_own_address() {
    let (house, admin) = school().await;
    let other = json!({"code": "S1", "name": "Школа № 2"});
    let refused = house.post(&admin, "/api/v1/libraries", &other).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    assert_eq!(refused.body["findings"][0]["rule"], "library-exists");
    let put = |path: &str| json_put(&admin, path, &other);
    let changed = house.send(put("/api/v1/libraries/S1")).await;
    assert_eq!(
        (changed.status, &changed.body["name"]),
        (StatusCode::OK, &json!("Школа № 2"))
    );
    let nobody = house.send(put("/api/v1/libraries/S9")).await;
    assert_eq!(nobody.status, StatusCode::BAD_REQUEST);
    let nobody = json!({"code": "S9", "name": "Школа № 9"});
    let nobody = house
        .send(json_put(&admin, "/api/v1/libraries/S9", &nobody))
        .await;
    assert_eq!(nobody.status, StatusCode::NOT_FOUND);
}

fn json_put(token: &str, path: &str, body: &Value) -> Request<Body> {
    json(asked("PUT", path, token), body)
}
