//! Two people added at one moment under names that nobody could tell apart.

use axum::http::StatusCode;
use catalog::people::Role;
use fond_tests::served::House;
use serde_json::json;

#[tokio::test]
async fn of_two_names_equal_but_for_case_added_at_one_moment_one_is_taken() {
    let house = House::new();
    let admin = house.token("admin", Role::Admin, None);
    for round in 0..4 {
        // Between the look at the names and the writing stands the hashing of a password.
        let person =
            |name: String| json!({"name": name, "role": "reader", "password": "три слова подряд"});
        let (low, high) = (
            person(format!("ivanova{round}")),
            person(format!("IVANOVA{round}")),
        );
        let (one, other) = tokio::join!(
            house.post(&admin, "/api/v1/users", &low),
            house.post(&admin, "/api/v1/users", &high),
        );
        let mut told = [one.status, other.status];
        told.sort();
        assert_eq!(
            told,
            [StatusCode::CREATED, StatusCode::UNPROCESSABLE_ENTITY],
            "{} {}",
            one.body,
            other.body
        );
        let said = format!("{}{}", one.body, other.body);
        assert!(said.contains("только большими буквами"), "{said}");
    }
    assert_eq!(house.app.catalog().users().unwrap().len(), 5);
}
