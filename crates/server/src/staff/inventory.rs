//! Инвентарная книга on screen: the columns of the paper book, a page at a time.

use std::collections::HashSet;

use axum::extract::State;
use axum::response::Response;

use catalog::Catalog;
use catalog::fund::item::{Item, LeftMark};
use catalog::fund::ledger::Unit;
use catalog::fund::number::InventoryNumber;
use catalog::fund::read;
use catalog::id::{ItemId, LibraryId};
use catalog::record::brief::brief;

use super::{Pairs, library_choice, workplace};
use crate::app::{Shared, ask};
use crate::auth::Person;
use crate::extract::Query;
use crate::page::{PageFrame, encode, show};
use crate::problem::Problem;
use crate::view::books::{InventoryPage, InventoryRow, inventory_table};
use crate::view::lang::short_date;
use crate::view::parts::Pick;
use crate::view::{Choice, Lang, Remark};

/// Rows on a page.
const PAGE: usize = 80;

/// `GET /staff/inventory`
pub(crate) async fn inventory(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let library = workplace(app, &person, pairs.get("library"))?;
        let state = pairs.get("state");
        let number = pairs.get("number").to_owned();
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
        let stem = format!("/staff/inventory?library={}&state={state}", library.id);
        let checks = checks(app.catalog(), &library.id)?;
        let mut rows = Vec::new();
        for item in &items {
            rows.push(row(app.catalog(), frame.lang, item, &checks)?);
        }
        let picks = vec![
            Pick::new("", "все номера"),
            Pick::new("stands", "состоят"),
            Pick::new("gone", "выбыли"),
        ];
        let mut filters = vec![Choice::new("state", "Показать", state, picks)];
        filters.extend(library_choice(app, &person, &library)?);
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
    });
    Ok(show(&page.await?))
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
