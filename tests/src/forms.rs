//! The forms of the staff as a browser without scripts fills them, and what stands in those it is shown.
//!
//! Only what several tests type alike; what a test is about it types itself.

use axum::http::StatusCode;

use crate::screens::{Answer, House, pairs};

/// Where a delivery is typed.
pub const DELIVERY: &str = "/staff/deliveries/new";
/// Where a withdrawal is typed.
pub const WITHDRAWAL: &str = "/staff/withdrawals/new";
/// Where checks of the fund are begun.
pub const CHECKS: &str = "/staff/checks";
/// A day after the golden year on which papers are dated.
pub const DAY: &str = "2026-11-20";

/// Names and values, in the order of the form.
pub type Form = Vec<(String, String)>;

/// The head of a delivery to the main fund: an invoice of October.
#[must_use]
pub fn invoice(number: &str) -> Form {
    pairs(&[
        ("source", "PURCHASE"),
        ("fund", "MAIN"),
        ("doc.kind", "WAYBILL"),
        ("supplier", "ООО «Книготорг»"),
        ("doc.number", number),
        ("doc.date", "2026-10-05"),
        ("date", "2026-10-05"),
    ])
}

/// A line of a delivery: copies of a title for 350 rubles each.
#[must_use]
pub fn copies(record: &str, copies: &str) -> Form {
    pairs(&[
        ("line.record", record),
        ("line.copies", copies),
        ("line.price", "350,00"),
    ])
}

/// The head of a withdrawal from the main fund, all of one day.
#[must_use]
pub fn withdrawal(reason: &str, day: &str) -> Form {
    pairs(&[
        ("fund", "MAIN"),
        ("reason", reason),
        ("act.date", day),
        ("approved", day),
        ("date", day),
    ])
}

/// A withdrawal that is begun: a copy, kept under this name.
#[must_use]
pub fn kept(number: &str, draft: &str) -> Form {
    let kept = pairs(&[("fund", "MAIN"), ("do", "keep"), ("draft", draft)]);
    [kept, leaves(number)].concat()
}

/// A line of a withdrawal: the copy with this number.
#[must_use]
pub fn leaves(number: &str) -> Form {
    pairs(&[("line.key", &format!("i:{number}")), ("line.copies", "1")])
}

/// The button that is pressed.
#[must_use]
pub fn pressed(button: &str) -> Form {
    pairs(&[("do", button)])
}

/// The form with another value under a name, or with one more.
#[must_use]
pub fn with(form: &[(String, String)], name: &str, value: &str) -> Form {
    let mut form = form.to_vec();
    match form.iter_mut().find(|(key, _)| key == name) {
        Some((_, old)) => value.clone_into(old),
        None => form.push((name.to_owned(), value.to_owned())),
    }
    form
}

/// What stands in the first field of this name; nothing when there is none.
#[must_use]
pub fn value(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\""))
        .unwrap_or_default();
    let (_, rest) = rest.split_once("value=\"").unwrap_or_default();
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Everything in a list that the form would send under a name.
///
/// # Panics
/// Never: a split has a first part.
#[must_use]
pub fn values(page: &str, name: &str) -> Vec<String> {
    let mark = format!("name=\"{name}\" value=\"");
    let rest = page.split(&mark).skip(1);
    rest.map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect()
}

/// Begins a check of the main fund and gives the address of its page.
///
/// # Panics
/// When it is not begun.
pub async fn begun(house: &House, who: &str) -> String {
    let start = pairs(&[
        ("library", &house.library),
        ("fund", "MAIN"),
        ("date", DAY),
        ("order", "Приказ № 7"),
        ("do", "post"),
    ]);
    let begun = house.post(CHECKS, who, &start).await;
    begun.must_be(StatusCode::SEE_OTHER);
    begun.location
}

/// Gives up what is left of a check: its copies are missing, and of its cards nothing was found.
///
/// # Panics
/// When the house is broken.
pub async fn rest_is_missing(house: &House, who: &str, check: &str) -> Answer {
    house.post(check, who, &pressed("rest-missing")).await;
    let page = house.get(check, who).await;
    let mut counted = pressed("count");
    for key in values(&page.text, "count.key") {
        counted.extend(pairs(&[("count.key", &key), ("count.copies", "0")]));
    }
    house.post(check, who, &counted).await
}
