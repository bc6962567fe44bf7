//! What a form names must be known: a source, a fund, a quarter, a number – else it is refused by name, and nothing is
//! taken for something else in silence.

use axum::http::StatusCode;
use catalog::people::Role;
use fond_tests::forms::{
    CHECKS, DAY, DELIVERY, WITHDRAWAL, begun, copies, invoice, leaves, pressed, rest_is_missing,
    with, withdrawal,
};
use fond_tests::screens::{House, pairs};

const REFUSED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[tokio::test]
async fn a_source_or_a_fund_that_nobody_knows_is_refused_by_name() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let one_fund = pairs(&[("line.fund", "")]);
    let delivery = [
        invoice("Д-1"),
        copies("1", "2"),
        one_fund,
        pressed("preview"),
    ]
    .concat();
    let seen = house.post(DELIVERY, &who, &delivery).await;
    seen.must_be(StatusCode::OK);
    for (name, value, words) in [
        ("source", "GIFT", "Источника «GIFT» нет"),
        ("fund", "ATTIC", "Фонда «ATTIC» нет"),
        ("line.fund", "ATTIC", "Фонда «ATTIC» нет"),
    ] {
        for button in ["preview", "post"] {
            let form = with(&with(&delivery, name, value), "do", button);
            let refused = house.post(DELIVERY, &who, &form).await;
            refused.must_be(REFUSED).must_say(words);
        }
    }
    let number = house.free().remove(0);
    let act = [withdrawal("WEAR", DAY), leaves(&number), pressed("preview")].concat();
    let act = with(&act, "fund", "ATTIC");
    let refused = house.post(WITHDRAWAL, &who, &act).await;
    refused.must_be(REFUSED).must_say("Фонда «ATTIC» нет");
    let check = [
        ("fund", "ATTIC"),
        ("date", DAY),
        ("order", "Приказ № 7"),
        ("do", "preview"),
    ];
    let refused = house.post(CHECKS, &who, &pairs(&check)).await;
    refused.must_be(REFUSED).must_say("Фонда «ATTIC» нет");
}

#[tokio::test]
async fn what_is_no_quarter_is_not_taken_for_the_whole_year() {
    let house = House::of_the_golden_year();
    let head = house.person("head", Role::Head, Some(&house.library));
    for through in ["2026/-1", "2026/0", "2026/5", "2026/x", "2026/", "2026/1/2"] {
        for button in ["preview", "post"] {
            let form = pairs(&[("what", "close"), ("through", through), ("do", button)]);
            let refused = house.post("/staff/periods", &head, &form).await;
            refused
                .must_be(REFUSED)
                .must_say("Выберите период из списка");
        }
    }
}

#[tokio::test]
async fn a_slip_of_the_hand_in_a_check_is_told_before_it_becomes_a_surplus() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let check = begun(&house, &who).await;
    let scan = |typed: &str| pairs(&[("scan", typed), ("do", "scan")]);
    for (typed, words) in [
        ("5-1", "он записан наоборот: впишите 1-5"),
        ("1-5000", "длиннее 2000 номеров"),
    ] {
        let page = house.post(&check, &who, &scan(typed)).await;
        page.must_be(StatusCode::OK).must_say(words);
        assert!(
            !page.text.contains("войдёт в акт как излишки"),
            "{typed} is no surplus"
        );
    }
    let page = house.post(&check, &who, &scan("987654")).await;
    page.must_say("Такого номера нет в инвентарной книге");
    page.must_say("Таких номеров на учёте в инвентарной книге нет: 987654");
    // It is said once more beside the button that closes, and can be taken back.
    rest_is_missing(&house, &who, &check).await;
    let close = pressed("close");
    let seen = house.post(&check, &who, &close).await;
    seen.must_be(StatusCode::OK).must_say("излишки 1");
    seen.must_say("Таких номеров на учёте в инвентарной книге нет: 987654");
    house.post(&check, &who, &pressed("undo:i:987654")).await;
    let seen = house.post(&check, &who, &close).await;
    seen.must_be(StatusCode::OK).must_say("излишки 0");
    assert!(!seen.text.contains("987654"));
}

#[tokio::test]
async fn a_year_of_issue_is_one_in_which_books_are_printed() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let described = |year: &str| {
        pairs(&[
            ("title", &format!("Книга {year} года")),
            ("author", "Сосновский, Е. В."),
            ("year", year),
            ("status", "draft"),
            ("do", "save"),
        ])
    };
    let new = "/staff/records/new";
    let mut last = 0;
    for year in ["1444", "3026"] {
        let refused = house.post(new, &who, &described(year)).await;
        refused.must_be(REFUSED);
        let (_, rest) = refused.text.split_once("от 1445 до ").unwrap();
        last = rest.get(..4).unwrap().parse::<i16>().unwrap();
    }
    let past = house
        .post(new, &who, &described(&(last + 1).to_string()))
        .await;
    past.must_be(REFUSED);
    for year in [1445, last] {
        let saved = house.post(new, &who, &described(&year.to_string())).await;
        saved.must_be(StatusCode::SEE_OTHER);
    }
}
