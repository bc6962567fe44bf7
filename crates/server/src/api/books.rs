//! The registers for programs: books of a year, the inventory book, stock checks, periods.

use std::ops::ControlFlow;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use catalog::fund::axis::{Fund, Reason, Source};
use catalog::fund::books::{json, year_books};
use catalog::fund::item::Item;
use catalog::fund::money::Kopecks;
use catalog::fund::number::InventoryNumber;
use catalog::fund::read;
use catalog::fund::state::ItemState;
use catalog::fund::stock_check::StockCheck;
use catalog::fund::tables::{Items, LibraryItems};
use catalog::id::{ItemId, LibraryId, RecordId};
use catalog::table::{get, scan_from};

use super::place::{Whose, limit, place, year};
use crate::app::{Shared, ask};
use crate::auth::Person;
use crate::extract::Query;
use crate::pieces;
use crate::problem::Problem;

/// Which year.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Year {
    /// Год книги.
    #[param(minimum = 1900, maximum = 2200)]
    year: i16,
}

/// Книги года: КСУ по частям и кварталам, инвентарная книга, карточки, счётчики, ОО-2 – тот же вид, что у
/// `fond books --json`.
#[utoipa::path(get, path = "/api/v1/books", tag = "fund", params(Whose, Year),
    responses((status = 200, body = Object)))]
pub(crate) async fn books(
    State(app): State<Shared>,
    person: Person,
    Query(whose): Query<Whose>,
    Query(asked): Query<Year>,
) -> Result<Response, Problem> {
    let year = year(asked.year)?;
    pieces::json(&app, move |app, out| {
        let library = place(app, &person, whose.library.as_ref())?;
        let view = app.catalog().view();
        let books = year_books(view, &library.id, year)?;
        out.json(&json::Year::of(view, &books, None)?)
    })
    .await
}

/// Экземпляр в инвентарной книге.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ItemShown {
    #[schema(value_type = u64)]
    id: ItemId,
    inv: Option<String>,
    #[schema(value_type = Option<u64>)]
    record: Option<RecordId>,
    /// Краткое описание.
    title: String,
    #[schema(value_type = String)]
    fund: Fund,
    #[schema(value_type = i64)]
    price_kop: Kopecks,
    #[schema(value_type = String, example = "AVAILABLE")]
    state: ItemState,
    shelfmark: String,
    /// Здание, если оно своё.
    #[schema(value_type = Option<String>)]
    place: Option<LibraryId>,
    came: Option<Came>,
    left: Option<Left>,
    note: String,
}

/// Как пришёл.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Came {
    act: u64,
    #[schema(value_type = String, format = Date)]
    date: jiff::civil::Date,
    /// Запись части 1; у введённых остатков её нет.
    record_no: Option<u32>,
    #[schema(value_type = String)]
    source: Source,
}

/// Как выбыл.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Left {
    act: Option<u64>,
    /// Номер акта, как он стоит на бумаге.
    act_no: String,
    year: i16,
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<jiff::civil::Date>,
    /// Запись части 2.
    record_no: Option<u32>,
    #[schema(value_type = Option<String>)]
    reason: Option<Reason>,
}

impl From<Item> for ItemShown {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            record: item.record(),
            inv: item.number.map(|number| number.to_string()),
            title: item.title.map_or_else(String::new, |t| t.description),
            fund: item.fund,
            price_kop: item.price,
            state: item.state,
            shelfmark: item.shelfmark,
            place: item.place,
            came: item.came.map(|came| Came {
                act: came.act.get(),
                date: came.date,
                record_no: came.row,
                source: came.source,
            }),
            left: item.left.map(|left| Left {
                act: left.act.map(|act| act.get()),
                act_no: left.label.to_string(),
                year: left.year,
                date: left.date,
                record_no: left.row,
                reason: left.reason,
            }),
            note: item.note,
        }
    }
}

/// Which items.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichItems {
    /// Только этот инвентарный номер.
    #[param(value_type = Option<String>)]
    inv: Option<InventoryNumber>,
    /// После экземпляра с этим `id`: ключ `next` прошлой страницы.
    after: Option<u64>,
    /// Сколько строк, не больше 500; обычно 50.
    limit: Option<usize>,
}

/// Страница инвентарной книги.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Inventory {
    items: Vec<ItemShown>,
    /// Передайте в `after`, чтобы читать дальше; `null` – больше нет.
    next: Option<u64>,
}

/// Инвентарная книга, в порядке поступления.
#[utoipa::path(get, path = "/api/v1/inventory", tag = "fund", params(Whose, WhichItems),
    responses((status = 200, body = Inventory)))]
pub(crate) async fn inventory(
    State(app): State<Shared>,
    person: Person,
    Query(whose): Query<Whose>,
    Query(which): Query<WhichItems>,
) -> Result<Json<Inventory>, Problem> {
    ask(&app, move |app| {
        let library = place(app, &person, whose.library.as_ref())?;
        let view = app.catalog().view();
        if let Some(number) = &which.inv {
            let item = read::item_by_number(view, &library.id, number)?.ok_or_else(|| {
                Problem::not_found(format!("Номера {number} нет в инвентарной книге"))
            })?;
            let items = vec![item.into()];
            return Ok(Json(Inventory { items, next: None }));
        }
        let limit = limit(which.limit);
        let from = ItemId::new(which.after.map_or(0, |id| id.saturating_add(1)));
        let mut ids = Vec::new();
        scan_from::<LibraryItems>(view, &library.id, &(library.id.clone(), from), |id| {
            ids.push(id);
            if ids.len() > limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let mut items = Vec::new();
        for id in &ids {
            items.extend(get::<Items>(view, id)?.map(ItemShown::from));
        }
        let next = ids.last().filter(|_| more).map(|id| id.get());
        Ok(Json(Inventory { items, next }))
    })
    .await
}

/// Проверка фонда.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckShown {
    id: u64,
    #[schema(value_type = String)]
    fund: Fund,
    /// Дата отсечки.
    #[schema(value_type = String, format = Date)]
    started: jiff::civil::Date,
    /// Приказ.
    order: String,
    /// Числилось на дату отсечки.
    expected: u64,
    /// Итог; `null`, пока проверка идёт.
    result: Option<CheckResultShown>,
}

/// Итог проверки.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CheckResultShown {
    act_no: u32,
    #[schema(value_type = String, format = Date)]
    date: jiff::civil::Date,
    on_record: i64,
    on_loan: i64,
    on_shelf: i64,
    missing: i64,
    #[schema(value_type = i64)]
    missing_sum_kop: Kopecks,
    missing_inv: Vec<String>,
}

fn numbers(numbers: &[InventoryNumber]) -> Vec<String> {
    numbers.iter().map(ToString::to_string).collect()
}

impl From<&StockCheck> for CheckShown {
    fn from(check: &StockCheck) -> Self {
        Self {
            id: check.id,
            fund: check.fund,
            started: check.started,
            order: check.order.clone(),
            expected: check
                .expected
                .iter()
                .map(|unit| u64::from(unit.copies))
                .sum(),
            result: check.result.as_ref().map(|result| CheckResultShown {
                act_no: result.number.number,
                date: result.date,
                on_record: result.on_record.copies,
                on_loan: result.on_loan,
                on_shelf: result.on_shelf,
                missing: result.missing.copies,
                missing_sum_kop: result.missing.sum,
                missing_inv: numbers(&result.missing_numbers),
            }),
        }
    }
}

/// Проверки фонда, последние впереди.
#[utoipa::path(get, path = "/api/v1/stock-checks", tag = "fund", params(Whose),
    responses((status = 200, body = Vec<CheckShown>)))]
pub(crate) async fn checks(
    State(app): State<Shared>,
    person: Person,
    Query(whose): Query<Whose>,
) -> Result<Json<Vec<CheckShown>>, Problem> {
    ask(&app, move |app| {
        let library = place(app, &person, whose.library.as_ref())?;
        let checks = read::checks(app.catalog().view(), &library.id)?;
        Ok(Json(checks.iter().rev().map(CheckShown::from).collect()))
    })
    .await
}

/// Периоды библиотеки.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Periods {
    /// Закрыто по этот день.
    #[schema(value_type = Option<String>, format = Date)]
    closed_through: Option<jiff::civil::Date>,
    /// Дата ввода остатков.
    #[schema(value_type = Option<String>, format = Date)]
    opened: Option<jiff::civil::Date>,
    /// Последний год, отчёт за который сдан.
    submitted: Option<i16>,
    /// Закрытия и повторные открытия по порядку.
    marks: Vec<PeriodShown>,
}

/// Закрытие или повторное открытие.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeriodShown {
    year: i16,
    quarter: Option<u8>,
    /// Почему открыт снова; `null` – закрыт.
    reopened: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    at: jiff::Timestamp,
    actor: String,
}

/// Закрытые периоды.
#[utoipa::path(get, path = "/api/v1/periods", tag = "fund", params(Whose),
    responses((status = 200, body = Periods)))]
pub(crate) async fn periods(
    State(app): State<Shared>,
    person: Person,
    Query(whose): Query<Whose>,
) -> Result<Json<Periods>, Problem> {
    ask(&app, move |app| {
        let library = place(app, &person, whose.library.as_ref())?;
        let view = app.catalog().view();
        let state = read::book_state(view, &library.id)?;
        let marks = read::periods(view, &library.id)?.into_iter();
        let marks = marks.map(|mark| PeriodShown {
            year: mark.year,
            quarter: mark.quarter,
            reopened: mark.reopened,
            at: mark.at,
            actor: mark.actor.to_string(),
        });
        Ok(Json(Periods {
            closed_through: state.closed_through,
            opened: state.opened,
            submitted: state.submitted,
            marks: marks.collect(),
        }))
    })
    .await
}
