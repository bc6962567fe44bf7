//! Long forms of the staff: what was typed outlives whatever comes between, a slip of the hand is told before it is
//! written, and a date that has not come writes nothing.

use axum::http::StatusCode;
use catalog::people::Role;
use fond_tests::forms::{
    CHECKS, DELIVERY, Form, WITHDRAWAL, copies, invoice, kept, leaves, pressed, value, with,
    withdrawal,
};
use fond_tests::screens::{House, pairs};

/// A delivery of two copies of the first title, to a document of its own.
fn delivery(number: &str, button: &str) -> Form {
    let named = pairs(&[
        ("total", "700,00"),
        ("line.title", "Первая"),
        ("line.sub", ""),
    ]);
    [invoice(number), copies("1", "2"), named, pressed(button)].concat()
}

#[tokio::test]
async fn a_day_that_has_not_come_writes_nothing_on_any_screen() {
    let house = House::of_the_golden_year();
    let who = house.person("head", Role::Head, Some(&house.library));
    let head = house.app.catalog().head().seq;
    for day in ["2207-11-21", "2830-01-01"] {
        for step in ["preview", "post"] {
            let form = with(&delivery("Д-1", step), "date", day);
            let refused = house.post(DELIVERY, &who, &form).await;
            refused
                .must_be(StatusCode::UNPROCESSABLE_ENTITY)
                .must_say("date-in-future");
            refused.must_say("id=\"date-bad\"");

            for late in ["act.date", "approved", "date"] {
                let number = house.free().remove(0);
                let form = withdrawal("WEAR", "2026-10-05");
                let form = [form, leaves(&number), pressed(step)].concat();
                let form = with(&form, late, day);
                let refused = house.post(WITHDRAWAL, &who, &form).await;
                refused
                    .must_be(StatusCode::UNPROCESSABLE_ENTITY)
                    .must_say("date-in-future");
                refused.must_say(&format!("id=\"{late}-bad\""));
            }
        }
        let year = &day[..4];
        let close = pairs(&[("what", "close"), ("through", year), ("do", "post")]);
        house
            .expect(
                ("/staff/periods", &who),
                &close,
                StatusCode::UNPROCESSABLE_ENTITY,
                "date-in-future",
            )
            .await;
        let check = pairs(&[
            ("fund", "MAIN"),
            ("date", day),
            ("order", "№ 1"),
            ("do", "post"),
        ]);
        house
            .expect(
                (CHECKS, &who),
                &check,
                StatusCode::UNPROCESSABLE_ENTITY,
                "date-in-future",
            )
            .await;
    }
    assert_eq!(house.app.catalog().head().seq, head, "nothing was written");
}

#[tokio::test]
async fn a_hand_that_slips_writes_nothing_wrong() {
    let house = House::of_the_golden_year();
    let who = house.person("head", Role::Head, Some(&house.library));
    let head = house.app.catalog().head().seq;
    for (name, button) in [
        ("date", "preview"),
        ("doc.date", "preview"),
        ("date", "post"),
    ] {
        let form = with(&delivery("Д-1", button), name, "0026-10-05");
        let refused = house.post(DELIVERY, &who, &form).await;
        refused
            .must_be(StatusCode::UNPROCESSABLE_ENTITY)
            .must_say("date-out-of-reach");
    }
    let most = "92233720368547758,07";
    for button in ["count", "preview"] {
        let mut form = delivery("Д-1", button);
        for name in ["total", "not_fund", "rejected", "line.price"] {
            form = with(&form, name, most);
        }
        let answer = house.post(DELIVERY, &who, &form).await;
        assert!(!answer.status.is_server_error(), "{button}");
    }
    let scanned = with(&delivery("Д-1", "preview"), "line.price", "46070000");
    let refused = house.post(DELIVERY, &who, &scanned).await;
    refused.must_say("в цену попал штрихкод");
    assert_eq!(house.app.catalog().head().seq, head, "nothing was written");
}

#[tokio::test]
async fn one_form_open_in_two_tabs_is_posted_once() {
    let house = House::of_the_golden_year();
    let who = house.person("head", Role::Head, Some(&house.library));
    let gift = with(&delivery("", "preview"), "doc.kind", "ACCEPTANCE_ACT");
    let gift = with(&gift, "draft", "6f2f4b0e-9f38-4c51-a7d4-3a3a1a9d1c55");
    let mut after = Vec::new();
    for _ in 0..2 {
        let seen = house.post(DELIVERY, &who, &gift).await;
        seen.must_be(StatusCode::OK);
        let post = with(&with(&gift, "key", &value(&seen.text, "key")), "do", "post");
        house
            .post(DELIVERY, &who, &post)
            .await
            .must_be(StatusCode::OK);
        after.push(house.app.catalog().head().seq);
    }
    assert_eq!(after[0], after[1], "the second tab writes nothing");
}

#[tokio::test]
async fn a_subscription_brings_a_journal_and_no_book() {
    let house = House::of_the_golden_year();
    let who = house.person("head", Role::Head, Some(&house.library));
    let form = with(&delivery("Р-1", "add-title"), "source", "SUBSCRIPTION");
    let form = with(&form, "doc.kind", "SUBSCRIPTION_REGISTER");
    let mut form = with(&form, "new.title", "Наука и жизнь");
    form.retain(|(name, _)| !name.starts_with("line."));
    form.extend(pairs(&[("new.subtitle", "журнал"), ("new.year", "2026")]));
    let added = house.post(DELIVERY, &who, &form).await;
    added.must_be(StatusCode::OK);
    let record = value(&added.text, "line.record");
    let mut form = with(&delivery("Р-1", "preview"), "source", "SUBSCRIPTION");
    form = with(&form, "doc.kind", "SUBSCRIPTION_REGISTER");
    let book = house.post(DELIVERY, &who, &form).await;
    book.must_say("По подписке приходят журналы и газеты");
    let journal = house
        .post(DELIVERY, &who, &with(&form, "line.record", &record))
        .await;
    journal.must_be(StatusCode::OK);
    assert!(
        !journal.text.contains("По подписке приходят"),
        "{}",
        journal.text
    );
}

#[tokio::test]
async fn a_lost_session_leads_back_to_the_form() {
    let house = House::of_the_golden_year();
    for (path, form) in [
        (DELIVERY, DELIVERY),
        (WITHDRAWAL, WITHDRAWAL),
        ("/staff/checks/1/numbers", "/staff/checks/1"),
        ("/staff/users", "/staff/users"),
    ] {
        let away = house.post(path, "", &delivery("Д-1", "preview")).await;
        away.must_be(StatusCode::SEE_OTHER);
        assert_eq!(away.location, format!("/login?next={form}"));
    }
}

#[tokio::test]
async fn a_description_that_was_begun_stays_until_it_is_added_or_put_away() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let mut form = delivery("Д-1", "scan");
    form.extend(pairs(&[
        ("new.title", "Тропою барсука"),
        ("new.author", "Сосновский, Е. В."),
        ("new.year", "2025"),
    ]));
    for button in ["scan", "count", "pick:1", "drop:0", "preview-not"] {
        let page = house.post(DELIVERY, &who, &with(&form, "do", button)).await;
        assert_eq!(value(&page.text, "new.title"), "Тропою барсука", "{button}");
        assert_eq!(
            value(&page.text, "new.author"),
            "Сосновский, Е. В.",
            "{button}"
        );
    }
    let away = house
        .post(DELIVERY, &who, &with(&form, "do", "no-title"))
        .await;
    assert!(!away.text.contains("new.title"));
    let added = house
        .post(DELIVERY, &who, &with(&form, "do", "add-title"))
        .await;
    assert!(!added.text.contains("name=\"new.title\""));
    added.must_say("Тропою барсука");
}

#[tokio::test]
async fn scanning_goes_on_while_a_description_is_open() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let first = with(&delivery("Д-1", "scan"), "scan", "9785080060007");
    let page = house.post(DELIVERY, &who, &first).await;
    assert_eq!(value(&page.text, "new.isbn"), "9785080060007");
    // The next scan lands where the cursor stands: in the title of the new book.
    let mut next = with(&delivery("Д-1", "add-title"), "new.isbn", "9785080060007");
    next.push(("new.title".into(), "978-5-17-100000-4".into()));
    let page = house.post(DELIVERY, &who, &next).await;
    assert_eq!(value(&page.text, "new.title"), "", "a code is no title");
    assert_eq!(value(&page.text, "later"), "978-5-17-100000-4");
    let mut described = with(&next, "new.title", "Метель над озером");
    described.push(("later".into(), "978-5-17-100000-4".into()));
    let described = with(&described, "do", "add-title:anyway");
    let page = house.post(DELIVERY, &who, &described).await;
    page.must_say("Метель над озером");
    assert_eq!(
        value(&page.text, "new.isbn"),
        "978-5-17-100000-4",
        "the next one"
    );
}

#[tokio::test]
async fn a_book_is_described_once_and_offered_when_it_is_there() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let mut form = delivery("Д-1", "add-title");
    form.extend(pairs(&[
        ("draft", "5b0a7a1e-3c1b-4d43-9f4e-0d5a4c3b2a10"),
        ("new.title", "Тропою барсука"),
        ("new.isbn", "9785080060001"),
    ]));
    let doubted = house.post(DELIVERY, &who, &form).await;
    doubted
        .must_say("контрольной цифрой")
        .must_say("Всё равно описать");
    let before = house.app.catalog().record_count().unwrap();
    let form = with(&form, "do", "add-title:anyway");
    for _ in 0..2 {
        house
            .post(DELIVERY, &who, &form)
            .await
            .must_be(StatusCode::OK)
            .must_say("Тропою барсука");
    }
    let after = house.app.catalog().record_count().unwrap();
    assert_eq!(after, before + 1, "pressed twice, described once");
    let again = with(&form, "draft", "5b0a7a1e-3c1b-4d43-9f4e-0d5a4c3b2a11");
    let again = with(&again, "do", "add-title");
    let offered = house.post(DELIVERY, &who, &again).await;
    offered
        .must_say("уже есть в каталоге")
        .must_say("value=\"pick:");
    let long = "Я".repeat(300_000);
    let long = with(&again, "new.title", &long);
    let refused = house.post(DELIVERY, &who, &long).await;
    assert!(refused.text.contains("не больше 1000 знаков"));
    assert_eq!(house.app.catalog().record_count().unwrap(), after);
}

#[tokio::test]
async fn what_was_begun_is_offered_again_until_it_is_posted_or_thrown_away() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let empty = house.get(DELIVERY, &who).await;
    assert!(!empty.text.contains("Незаконченное"));
    let form = delivery("Д-1", "count");
    let page = house.post(DELIVERY, &who, &form).await;
    let id = value(&page.text, "draft");
    // The page is left: by «назад», by F5, by the menu.
    let offered = house.get(DELIVERY, &who).await;
    offered
        .must_say("Незаконченное поступление от")
        .must_say("строк 1");
    assert!(
        !offered.text.contains("line.record"),
        "the form itself is empty"
    );
    let address = format!("{DELIVERY}?draft={id}");
    offered.must_say(&address);
    let back = house.get(&address, &who).await;
    assert_eq!(value(&back.text, "line.record"), "1");
    assert_eq!(value(&back.text, "doc.number"), "Д-1");
    assert_eq!(value(&back.text, "line.price"), "350,00");
    let stranger = house.person("other", Role::Librarian, Some(&house.library));
    let other = house.get(&address, &stranger).await;
    assert!(
        !other.text.contains("line.record"),
        "a draft is its person's"
    );
    let form = with(&form, "draft", &id);
    let seen = house
        .post(DELIVERY, &who, &with(&form, "do", "preview"))
        .await;
    seen.must_be(StatusCode::OK);
    house
        .post(DELIVERY, &who, &seen.press("post"))
        .await
        .must_say("Поступление проведено");
    // A late copy of what was posted is not kept again.
    house
        .post(DELIVERY, &who, &with(&form, "do", "keep"))
        .await
        .must_be(StatusCode::NO_CONTENT);
    for path in [DELIVERY, &address] {
        let page = house.get(path, &who).await;
        assert!(!page.text.contains("Незаконченное") && !page.text.contains("line.record"));
    }

    let number = house.free().remove(0);
    let list = kept(&number, "5b0a7a1e-3c1b-4d43-9f4e-0d5a4c3b2a10");
    house
        .post(WITHDRAWAL, &who, &list)
        .await
        .must_be(StatusCode::NO_CONTENT);
    let offered = house.get(WITHDRAWAL, &who).await;
    offered.must_say("Незаконченный акт от");
    let forget = pairs(&[("do", "forget:5b0a7a1e-3c1b-4d43-9f4e-0d5a4c3b2a10")]);
    house
        .post(WITHDRAWAL, &who, &forget)
        .await
        .must_be(StatusCode::SEE_OTHER);
    let page = house.get(WITHDRAWAL, &who).await;
    assert!(!page.text.contains("Незаконченный"));
}

#[tokio::test]
async fn one_invoice_goes_to_two_funds_and_the_step_before_tells_the_document() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let mut form = delivery("УПД-1187", "preview");
    form.push(("line.fund".into(), "".into()));
    form.extend(pairs(&[
        ("line.record", "2"),
        ("line.title", "Вторая"),
        ("line.sub", ""),
        ("line.copies", "30"),
        ("line.price", "10,00"),
        ("line.fund", "TEXTBOOK"),
    ]));
    let wrong = house.post(DELIVERY, &who, &form).await;
    wrong
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("id=\"total-bad\"");
    let form = with(&form, "total", "1 000,00");
    let seen = house.post(DELIVERY, &who, &form).await;
    seen.must_be(StatusCode::OK);
    for words in [
        "УПД-1187",
        "05.10.2026",
        "ООО «Книготорг»",
        "Покупка",
        "1 000,00",
        "Учебный фонд",
    ] {
        let bare = seen.text.replace('\u{a0}', " ");
        assert!(bare.contains(words), "{words}");
    }
    let done = house.post(DELIVERY, &who, &seen.press("post")).await;
    done.must_be(StatusCode::OK);
    // The entry bears the date of the row, not only the moment when it was typed (D-1).
    let head = house.app.catalog().head().seq.get();
    let before = catalog::id::Seq::new(head - 1);
    let written = house.app.catalog().changes_since(before, 1).unwrap();
    assert_eq!(written[0].on, Some(jiff::civil::date(2026, 10, 5)));
    let library = house.library.parse().unwrap();
    let acts = catalog::fund::books::acts(house.app.catalog().view(), &library).unwrap();
    let of_invoice = acts.iter().rev().take(2).map(|act| act.fund.code());
    let mut funds: Vec<&str> = of_invoice.collect();
    funds.sort_unstable();
    assert_eq!(funds, ["MAIN", "TEXTBOOK"]);

    let silent = with(
        &with(&delivery("Д-2", "preview"), "supplier", ""),
        "total",
        "",
    );
    let seen = house.post(DELIVERY, &who, &silent).await;
    seen.must_be(StatusCode::OK)
        .must_say("Сумма документа не вписана")
        .must_say("даритель не вписан");
    // The same invoice typed in another hand is the same invoice.
    let again = with(&form, "supplier", "ооо \"КНИГОТОРГ\"");
    let again = with(&again, "doc.number", "упд - 1187");
    let refused = house.post(DELIVERY, &who, &again).await;
    refused
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("duplicate-document");
}

#[tokio::test]
async fn what_is_found_again_and_what_comes_for_a_time_is_taken_in() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let mut form = with(&delivery("", "preview"), "doc.kind", "ACCEPTANCE_ACT");
    form = with(&with(&form, "total", ""), "line.price", "");
    form = with(
        &with(&form, "line.copies", "1"),
        "source",
        "FOUND_AFTER_WRITE_OFF",
    );
    let asked = house.post(DELIVERY, &who, &form).await;
    asked
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("под которым книга была списана")
        .must_say("name=\"line.formerly\"");
    form.push(("line.formerly".into(), "2".into()));
    house
        .post(DELIVERY, &who, &form)
        .await
        .must_be(StatusCode::OK);
    let form = with(&form, "source", "TEMPORARY");
    house
        .post(DELIVERY, &who, &form)
        .await
        .must_be(StatusCode::OK);
}

#[tokio::test]
async fn numbers_are_read_as_people_write_them() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free().remove(0);
    for (typed, said) in [
        (format!("№ {number}"), format!("value=\"i:{number}\"")),
        ("1 - 99999".to_owned(), "длиннее 2000 номеров".to_owned()),
    ] {
        let form = pairs(&[("fund", "MAIN"), ("scan", &typed), ("do", "scan")]);
        house.post(WITHDRAWAL, &who, &form).await.must_say(&said);
    }
    let scanned = with(&delivery("Д-1", "preview"), "line.copies", "29785080060007");
    house
        .post(DELIVERY, &who, &scanned)
        .await
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("в количество попал штрихкод");
}
