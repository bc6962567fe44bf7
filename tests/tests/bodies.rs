//! What a body is packed in: only one that is sent as it is gets read.

use axum::body::Body;
use axum::http::StatusCode;
use fond_tests::served::{asked, json, school};
use serde_json::json;
use server::app::routes;

#[tokio::test]
async fn a_packed_body_is_refused_at_every_address_with_what_to_do() {
    let (house, chief) = school().await;
    let head = house.app.catalog().head();
    for route in routes().iter().filter(|route| route.method != "GET") {
        for packing in ["gzip", "br", "identity, gzip"] {
            let request = asked(route.method, &route.path.replace(['{', '}'], ""), &chief)
                .header("Content-Encoding", packing)
                .header("Content-Type", "application/json")
                .body(Body::from(vec![0x1f, 0x8b, 8, 0]));
            let refused = house.send(request.unwrap()).await;
            let what = format!("{} {packing}: {}", route.path, refused.body);
            assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{what}");
            assert!(
                refused.body.to_string().contains("Content-Encoding"),
                "{what}"
            );
            if route.path.starts_with("/api/") {
                assert_eq!(refused.body["type"], "/problems/packed-body", "{what}");
            }
        }
    }
    assert_eq!(house.app.catalog().head(), head);
    let plain = asked("POST", "/api/v1/libraries", &chief).header("Content-Encoding", "identity");
    let plain = house
        .send(json(plain, &json!({"code": "S2", "name": "Школа № 2"})))
        .await;
    assert_eq!(plain.status, StatusCode::CREATED, "{}", plain.body);
}
