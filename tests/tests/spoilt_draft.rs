//! A form kept on the desk whose disk changed it: it is said to be lost, the others open, and new ones are kept.

use std::fs;
use std::path::PathBuf;

use axum::http::StatusCode;
use fond_tests::forms::{DELIVERY, WITHDRAWAL, copies, invoice, kept, pressed, value, with};
use fond_tests::screens::{House, pairs};

/// The notes of drafts that hold this text.
fn notes(house: &House, text: &str) -> Vec<PathBuf> {
    let folder = house.app.catalog().folder().join("desk/drafts");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .filter(|path| fs::read_to_string(path).is_ok_and(|note| note.contains(text)))
        .collect()
}

#[tokio::test]
async fn a_spoilt_draft_is_said_to_be_lost_and_the_others_open() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let mut ids = Vec::new();
    for number in ["Д-1", "Д-2"] {
        let form = [invoice(number), copies("1", "2"), pressed("count")].concat();
        let page = house.post(DELIVERY, &who, &form).await;
        ids.push(value(&page.text, "draft"));
    }
    for note in notes(&house, "Д-1") {
        let whole = fs::read_to_string(&note).unwrap();
        fs::write(&note, whole.replace("Д-1", "Д-7")).unwrap();
    }
    let (spoilt, whole) = (&ids[0], &ids[1]);
    let offered = house.get(DELIVERY, &who).await;
    offered
        .must_be(StatusCode::OK)
        .must_say("не читается")
        .must_say(&format!("value=\"forget:{spoilt}\""))
        .must_say(&format!("{DELIVERY}?draft={whole}"));
    assert!(!offered.text.contains(&format!("?draft={spoilt}")));
    let lost = house.get(&format!("{DELIVERY}?draft={spoilt}"), &who).await;
    lost.must_be(StatusCode::OK).must_say("не читается");
    assert!(!lost.text.contains("line.record"), "the form is empty");
    let back = house.get(&format!("{DELIVERY}?draft={whole}"), &who).await;
    assert_eq!(value(&back.text, "doc.number"), "Д-2");
    let forget = pairs(&[("do", &format!("forget:{spoilt}"))]);
    house.post(DELIVERY, &who, &forget).await;
    let offered = house.get(DELIVERY, &who).await;
    assert!(!offered.text.contains("не читается"));
    offered.must_say(&format!("{DELIVERY}?draft={whole}"));
}

#[tokio::test]
async fn a_spoilt_list_of_drafts_stops_no_work_and_new_ones_are_kept() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free().remove(0);
    let list = kept(&number, "5b0a7a1e-3c1b-4d43-9f4e-0d5a4c3b2a10");
    house.post(WITHDRAWAL, &who, &list).await;
    let listed = notes(&house, "\"ended\"");
    assert_eq!(listed.len(), 1);
    fs::write(&listed[0], "{").unwrap();
    house.get(WITHDRAWAL, &who).await.must_be(StatusCode::OK);
    let other = with(&list, "draft", "5b0a7a1e-3c1b-4d43-9f4e-0d5a4c3b2a11");
    house
        .post(WITHDRAWAL, &who, &other)
        .await
        .must_be(StatusCode::NO_CONTENT);
    let offered = house.get(WITHDRAWAL, &who).await;
    offered.must_say("draft=5b0a7a1e-3c1b-4d43-9f4e-0d5a4c3b2a11");
}
