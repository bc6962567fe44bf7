//! Reload and «назад»: the step before writing and the word after it have addresses, and opening them sends nothing.

use axum::http::StatusCode;
use catalog::people::Role;
use fond_tests::forms::{
    DAY, DELIVERY, Form, WITHDRAWAL, begun, copies, invoice, leaves, pressed, withdrawal,
};
use fond_tests::screens::{Answer, House, pairs};

fn delivery(number: &str, fund: &str) -> Form {
    let mut form = [invoice(number), pressed("preview")].concat();
    for (record, fund) in [("1", ""), ("2", fund)] {
        form.extend(copies(record, "2"));
        form.extend(pairs(&[("line.fund", fund)]));
    }
    form
}

fn leaving(number: &str) -> Form {
    [withdrawal("WEAR", DAY), leaves(number), pressed("preview")].concat()
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
        (WITHDRAWAL, leaving(&number), "Акт проведён"),
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

/// The action of the form that has this button.
fn action(page: &Answer, button: &str) -> String {
    let mark = format!("value=\"{button}\"");
    let mut forms = page.text.split("<form").skip(1);
    let form = forms.find(|form| form.contains(&mark)).unwrap();
    let (_, rest) = form.split_once("action=\"").unwrap();
    rest.split('"').next().unwrap().replace("&#38;", "&")
}

#[tokio::test]
async fn a_session_lost_in_the_middle_leads_back_to_what_was_begun() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free().remove(0);
    let works = [
        (DELIVERY, delivery("Д-4", ""), "Д-4"),
        (WITHDRAWAL, leaving(&number), "line.key"),
    ];
    for (path, mut form, kept) in works {
        form.retain(|(name, _)| name != "do");
        let count = [form.clone(), pressed("count")].concat();
        let page = house.post(path, &who, &count).await;
        let seen = house
            .post(path, &who, &[form, pressed("preview")].concat())
            .await;
        for sent in [action(&page, "preview"), action(&seen, "post")] {
            let away = house.post(&sent, "", &count).await;
            away.must_be(StatusCode::SEE_OTHER);
            let next = away.location.strip_prefix("/login?next=").unwrap();
            let next = next.replace("%3F", "?").replace("%3D", "=");
            assert_eq!(next, sent);
            assert!(next.starts_with(&format!("{path}?draft=")), "{next}");
            let back = house.get(&next, &who).await;
            back.must_be(StatusCode::OK).must_say(kept);
        }
    }
    let row = "/staff/inventory?library=SCHOOL&number=4";
    let away = house.post(row, "", &pressed("loan")).await;
    assert!(
        away.location.ends_with("%3Flibrary%3DSCHOOL%26number%3D4"),
        "{}",
        away.location
    );
}

#[tokio::test]
async fn enter_without_scripts_adds_the_description_that_is_open() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let mut form = pressed("new-title");
    let open = house.post(DELIVERY, &who, &form).await;
    // The first button of the form is what Enter presses; with scripts the second one is.
    let (_, rest) = open.text.split_once("data-keeps").unwrap();
    let noscript = rest.find("<noscript><button").unwrap();
    assert!(noscript < rest.find("value=\"scan\"").unwrap());
    form = pairs(&[
        ("new.title", "Тропою лесного барсука"),
        ("new.author", "Сосновский, Е. В."),
        ("new.year", "2025"),
        ("do", "enter"),
    ]);
    let added = house.post(DELIVERY, &who, &form).await;
    added
        .must_be(StatusCode::OK)
        .must_say("name=\"line.record\"");
    added.must_say("Тропою лесного барсука");
    assert!(
        !added.text.contains("name=\"new.title\""),
        "the description is closed"
    );
    // What stands in the scan line comes first, and an empty Enter only counts again.
    form = pairs(&[
        ("new.title", "Вторая тропа"),
        ("scan", "Тропою лесного барсука"),
        ("do", "enter"),
    ]);
    let scanned = house.post(DELIVERY, &who, &form).await;
    scanned
        .must_say("name=\"line.record\"")
        .must_say("value=\"Вторая тропа\"");
    form = pairs(&[("new.title", ""), ("do", "enter")]);
    let counted = house.post(DELIVERY, &who, &form).await;
    counted
        .must_be(StatusCode::OK)
        .must_say("name=\"new.title\"");
    assert!(!counted.text.contains("name=\"line.record\""));
}

#[tokio::test]
async fn a_preview_that_has_become_impossible_shows_the_form_with_the_reason() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free().remove(0);
    let seen = house.post(WITHDRAWAL, &who, &leaving(&number)).await;
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

#[tokio::test]
async fn the_word_after_a_step_of_a_period_and_of_a_check_is_what_the_books_say() {
    let house = House::of_the_golden_year();
    let head = house.person("head", Role::Head, Some(&house.library));
    let check = begun(&house, &head).await;
    let all = house.free().join(" ");
    let scan = pairs(&[("scan", &all), ("do", "scan")]);
    house.post(&check, &head, &scan).await;
    house.post(&check, &head, &pressed("rest-missing")).await;
    let seen = house.post(&check, &head, &pressed("close")).await;
    let done = house.post(&check, &head, &seen.press("post")).await;
    assert_eq!(done.location, format!("{check}&done=1"));
    harmless(&house, &head, &done.location, "Проверка закрыта").await;

    let periods = "/staff/periods";
    let page = house.get(periods, &head).await;
    let (_, offered) = page.text.split_once("id=\"through\"").unwrap();
    let through = offered.split("value=\"").nth(1).unwrap();
    let year = through.split(['/', '"']).next().unwrap();
    // Before anything was closed an address claims nothing.
    let claimed = house
        .get(&format!("{periods}?done=1&what=submit"), &head)
        .await;
    claimed.must_be(StatusCode::OK).must_say("Кварталы и годы");
    let close = pairs(&[("what", "close"), ("through", year), ("do", "preview")]);
    let seen = house.post(periods, &head, &close).await;
    let done = house.post(periods, &head, &seen.press("post")).await;
    let words = format!("Период по 31.12.{year} закрыт");
    assert!(done.location.starts_with(periods), "{}", done.location);
    harmless(&house, &head, &done.location, &words).await;
}
