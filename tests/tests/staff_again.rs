//! Reload and «назад»: the step before writing and the word after it have addresses, and opening them sends nothing.

use axum::http::StatusCode;
use catalog::people::Role;
use fond_tests::screens::{Answer, House, pairs};

const DELIVERY: &str = "/staff/deliveries/new";
const WITHDRAWAL: &str = "/staff/withdrawals/new";

fn delivery(number: &str, fund: &str) -> Vec<(String, String)> {
    let mut form = pairs(&[
        ("source", "PURCHASE"),
        ("fund", "MAIN"),
        ("doc.kind", "WAYBILL"),
        ("supplier", "ООО «Книготорг»"),
        ("doc.number", number),
        ("doc.date", "2026-10-05"),
        ("date", "2026-10-05"),
        ("do", "preview"),
    ]);
    for (record, fund) in [("1", ""), ("2", fund)] {
        form.extend(pairs(&[
            ("line.record", record),
            ("line.copies", "2"),
            ("line.price", "350,00"),
            ("line.fund", fund),
        ]));
    }
    form
}

fn withdrawal(number: &str) -> Vec<(String, String)> {
    pairs(&[
        ("fund", "MAIN"),
        ("reason", "WEAR"),
        ("act.date", "2026-11-20"),
        ("approved", "2026-11-20"),
        ("date", "2026-11-20"),
        ("line.key", &format!("i:{number}")),
        ("line.copies", "1"),
        ("do", "preview"),
    ])
}

/// Opens an address twice: both times the same words, and nothing is written.
async fn harmless(house: &House, who: &str, path: &str, words: &str) -> Answer {
    let head = house.app.catalog().head().seq;
    house
        .get(path, who)
        .await
        .must_be(StatusCode::OK)
        .must_say(words);
    let again = house.get(path, who).await;
    again.must_be(StatusCode::OK).must_say(words);
    assert_eq!(
        house.app.catalog().head().seq,
        head,
        "{path} writes nothing"
    );
    again
}

#[tokio::test]
async fn both_steps_of_a_posting_are_opened_again_without_sending_anything() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free().remove(0);
    let works = [
        (DELIVERY, delivery("Д-1", ""), "Поступление проведено"),
        (
            DELIVERY,
            delivery("Д-2", "TEXTBOOK"),
            "Поступление проведено",
        ),
        (WITHDRAWAL, withdrawal(&number), "Акт проведён"),
    ];
    for (path, form, words) in works {
        let seen = house.post(path, &who, &form).await;
        seen.must_be(StatusCode::OK);
        assert!(
            seen.location.starts_with(&format!("{path}?draft=")),
            "{}",
            seen.location
        );
        harmless(&house, &who, &seen.location, "Что будет записано").await;
        // «Вернуться и исправить» leads to the form by its address too.
        let back = house.post(path, &who, &seen.press("edit")).await;
        back.must_be(StatusCode::SEE_OTHER);
        assert_eq!(format!("{}&step=preview", back.location), seen.location);
        harmless(&house, &who, &back.location, "name=\"line.copies\"").await;

        let sent = seen.press("post");
        let done = house.post(path, &who, &sent).await;
        done.must_be(StatusCode::OK).must_say(words);
        assert!(
            done.location.starts_with("/staff/acts/"),
            "{}",
            done.location
        );
        harmless(&house, &who, &done.location, words).await;
        // A page that the browser kept is pressed once more: the same acts, written once.
        let head = house.app.catalog().head().seq;
        let again = house.post(path, &who, &sent).await;
        assert_eq!(again.location, done.location);
        assert_eq!(house.app.catalog().head().seq, head);
        // What was posted cannot be gone on with.
        let gone = harmless(
            &house,
            &who,
            &seen.location,
            "Этой незаконченной работы больше нет",
        )
        .await;
        assert!(!gone.text.contains("value=\"post\""));
    }
}

#[tokio::test]
async fn the_word_after_an_invoice_to_two_funds_names_both_acts_to_its_own_people_only() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let seen = house
        .post(DELIVERY, &who, &delivery("Д-3", "TEXTBOOK"))
        .await;
    let done = house.post(DELIVERY, &who, &seen.press("post")).await;
    let (first, second) = done.location.split_once("?done=1&with=").unwrap();
    done.must_say(&format!("href=\"{first}\""));
    done.must_say(&format!("href=\"/staff/acts/{second}\""));
    house.add_library("OTHER", None);
    let stranger = house.person("stranger", Role::Librarian, Some("OTHER"));
    let asked = house.get(&done.location, &stranger).await;
    asked.must_be(StatusCode::FORBIDDEN);
    let auditor = house.person("auditor", Role::Auditor, Some(&house.library));
    let looked = house.get(&done.location, &auditor).await;
    looked.must_be(StatusCode::OK);
    assert!(
        !looked.text.contains(&format!("href=\"{DELIVERY}\"")),
        "nothing is offered that is not allowed"
    );
}

#[tokio::test]
async fn a_preview_that_has_become_impossible_shows_the_form_with_the_reason() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free().remove(0);
    let seen = house.post(WITHDRAWAL, &who, &withdrawal(&number)).await;
    let row = format!("/staff/inventory?number={number}");
    let lent = pairs(&[("row", &number), ("do", "loan")]);
    house
        .post(&row, &who, &lent)
        .await
        .must_be(StatusCode::SEE_OTHER);
    let late = house.get(&seen.location, &who).await;
    late.must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("сначала верните его");
}
