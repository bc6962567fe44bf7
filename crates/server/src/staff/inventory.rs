//! Инвентарная книга on screen: the columns of the paper book, a page at a time, and what befalls one copy.

mod steps;

use std::collections::HashSet;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use catalog::Catalog;
use catalog::fund::item::{Item, LeftMark};
use catalog::fund::ledger::Unit;
use catalog::fund::number::InventoryNumber;
use catalog::fund::read;
use catalog::id::{ItemId, LibraryId};
use catalog::record::brief::brief;

use super::{Pairs, library_choice, post, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::{Permission, Person, may};
use crate::extract::{Form, Query};
use crate::page::{PageFrame, encode, show, show_as};
use crate::problem::Problem;
use crate::view::books::{InventoryPage, InventoryRow, inventory_table};
use crate::view::lang::short_date;
use crate::view::parts::Pick;
use crate::view::{Choice, Frame, Lang, Remark};

/// Rows on a page.
const PAGE: usize = 80;

/// `GET /staff/inventory`; `mark=NUMBER` opens what may be marked of that row.
pub(crate) async fn inventory(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let moved = pairs.get("moved").parse().ok();
        let told = Told {
            done: moved.is_some(),
            row: moved
                .or_else(|| pairs.get("mark").parse().ok())
                .or_else(|| pairs.get("number").parse().ok()),
            ..Told::default()
        };
        book(app, &person, frame, &pairs, told)
    });
    Ok(show(&page.await?))
}

/// What is said of one row, and who looks.
#[derive(Default)]
struct Told {
    /// The row that was asked for or changed.
    row: Option<InventoryNumber>,
    /// Whether a step of it has been written.
    done: bool,
    /// Why it was not.
    refused: String,
    /// What was typed for it.
    holder: String,
    /// Whether the one who looks keeps the fund.
    works: bool,
}

/// `POST /staff/inventory`: one step of one copy; the answer leads back to its row.
pub(crate) async fn step(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(asked): Query<Vec<(String, String)>>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (asked, pairs) = (Pairs(asked), Pairs(pairs));
    ask(&app, move |app| {
        let library = workplace(app, &person, asked.get("library"))?;
        person.must_work_in(app, &library.id)?;
        let number = pairs.get("row").parse::<InventoryNumber>();
        let number = number.map_err(|error| Problem::bad_request(error.to_string()))?;
        let refused = match steps::order(frame.lang, &pairs, number.clone()) {
            Ok((command, key)) => match post::written(app, &person, &library.id, command, &key) {
                Ok(_) => {
                    let item = read::item_by_number(app.catalog().view(), &library.id, &number)?;
                    let place = item.as_ref().map_or_else(String::new, steps::anchor);
                    let moved = encode(&number.to_string());
                    let path = format!("{}&moved={moved}#{place}", here(&library.id, &asked));
                    return Ok(Redirect::to(&path).into_response());
                }
                Err(post::Failed::Refused(why)) => {
                    let said = why.remarks.into_iter().map(|remark| remark.text);
                    said.collect::<Vec<_>>().join(". ")
                }
                Err(post::Failed::Problem(problem)) => return Err(problem),
            },
            Err(why) => why,
        };
        let told = Told {
            row: Some(number),
            refused,
            holder: pairs.get("holder").to_owned(),
            ..Told::default()
        };
        let page = book(app, &person, frame, &asked, told)?;
        Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
    })
    .await
}

/// The address of the page that is looked at.
fn here(library: &LibraryId, asked: &Pairs) -> String {
    let mut path = format!("/staff/inventory?library={library}");
    for name in ["state", "number"] {
        let value = asked.get(name);
        if !value.is_empty() {
            path += &format!("&{name}={}", encode(value));
        }
    }
    path
}

fn book(
    app: &App,
    person: &Person,
    frame: Frame,
    asked: &Pairs,
    mut told: Told,
) -> Result<InventoryPage, Problem> {
    let library = workplace(app, person, asked.get("library"))?;
    told.works = may(person.user.role, Permission::KeepFund);
    let state = asked.get("state");
    let number = asked.get("number").to_owned();
    let wanted = number.parse::<InventoryNumber>().ok();
    let fits = |item: &Item| match state {
        "stands" => item.left.is_none(),
        "gone" => item.left.is_some(),
        _ => true,
    };
    let view = app.catalog().view();
    let (items, next) = read::inventory(view, &library.id, wanted.as_ref(), PAGE, fits)?;
    let found = items.first().and_then(|item| item.number.as_ref());
    let mut remarks = Vec::new();
    if !number.is_empty() && (wanted.is_none() || found != wanted.as_ref()) {
        let words = "Номера {} в этой книге нет: проверьте номер и отбор";
        let why = frame.with(words, &number);
        remarks.push(Remark::bad(why, "number"));
    }
    let shown = |row: &InventoryNumber| items.iter().any(|item| item.number.as_ref() == Some(row));
    if !told.refused.is_empty() && !told.row.as_ref().is_some_and(shown) {
        remarks.push(Remark::bad(told.refused.clone(), ""));
    }
    let stem = format!("/staff/inventory?library={}&state={state}", library.id);
    let action = here(&library.id, asked);
    let checks = checks(app.catalog(), &library.id)?;
    let mut rows = Vec::new();
    for item in &items {
        let mut row = row(app.catalog(), frame.lang, item, &checks)?;
        row.steps = steps::of_row(frame.lang, item, &action, &told);
        rows.push(row);
    }
    let picks = vec![
        Pick::new("", "все номера"),
        Pick::new("stands", "состоят"),
        Pick::new("gone", "выбыли"),
    ];
    let mut filters = vec![Choice::new("state", "Показать", state, picks)];
    filters.extend(library_choice(app, person, &library)?);
    Ok(InventoryPage {
        of: library.name.clone(),
        table: inventory_table(frame.lang, "Инвентарная книга", &rows),
        number,
        filters,
        remarks,
        next: next.map_or_else(String::new, |next| {
            format!("{stem}&number={}", encode(&next.to_string()))
        }),
        first: wanted.map_or_else(String::new, |_| stem),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

/// Where the row of a number is, with its buttons.
pub(super) fn address(library: &LibraryId, number: &str) -> String {
    format!(
        "/staff/inventory?library={library}&number={}",
        encode(number)
    )
}

/// Проверка, which has ended: its year, what it looked for and what it did not find.
struct Checked {
    year: i16,
    expected: HashSet<ItemId>,
    missing: HashSet<ItemId>,
}

fn checks(catalog: &Catalog, library: &LibraryId) -> Result<Vec<Checked>, Problem> {
    let ended = read::checks(catalog.view(), library)?
        .into_iter()
        .filter_map(|check| {
            let result = check.result?;
            let items = check.expected.into_iter().filter_map(|e| match e.unit {
                Unit::Item(id) => Some(id),
                Unit::Layer(..) => None,
            });
            Some(Checked {
                year: result.date.year(),
                expected: items.collect(),
                missing: result.missing_items.into_iter().collect(),
            })
        });
    Ok(ended.collect())
}

/// «2025 есть, 2026 нет»: one mark a check.
fn marks(lang: Lang, item: ItemId, checks: &[Checked]) -> String {
    let marks = checks
        .iter()
        .filter(|check| check.expected.contains(&item))
        .map(|check| {
            if check.missing.contains(&item) {
                lang.with("{} нет", check.year)
            } else {
                lang.with("{} есть", check.year)
            }
        });
    marks.collect::<Vec<_>>().join(", ")
}

fn row(
    catalog: &Catalog,
    lang: Lang,
    item: &Item,
    checks: &[Checked],
) -> Result<InventoryRow, Problem> {
    let came = item.came.as_ref();
    let title = item.title.as_ref();
    let year = match item.record() {
        Some(record) => match catalog.record(record) {
            Ok(stored) => brief(&stored.record).date.unwrap_or_default(),
            Err(catalog::Error::NotFound(_)) => String::new(),
            Err(error) => return Err(error.into()),
        },
        None => String::new(),
    };
    Ok(InventoryRow {
        date: came.map(|came| came.date),
        ksu1: came
            .and_then(|came| came.row)
            .map_or_else(String::new, |row| row.to_string()),
        number: item
            .number
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        href: came.map_or_else(String::new, |came| format!("/staff/acts/{}", came.act)),
        checks: marks(lang, item.id, checks),
        title: title.map_or_else(|| item.note.clone(), |title| title.description.clone()),
        year,
        price: item.price,
        shelf: title.map_or_else(String::new, |title| title.class_mark.clone()),
        left: item
            .left
            .as_ref()
            .map_or_else(String::new, |mark| left(lang, mark)),
        note: item.note.clone(),
        steps: None,
    })
}

/// «акт 5 от 13.10.2025, КСУ № 2»
fn left(lang: Lang, mark: &LeftMark) -> String {
    let act = match mark.date {
        Some(date) => lang.with2("акт {} от {}", &mark.label, short_date(date)),
        None => lang.with2("акт {} {} года", &mark.label, mark.year),
    };
    match mark.row {
        Some(row) => act + &lang.with(", КСУ № {}", row),
        None => act,
    }
}
