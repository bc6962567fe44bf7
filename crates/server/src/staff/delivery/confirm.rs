//! The last two steps of a delivery: what will be written, in the words of the document, and writing it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use catalog::fund::axis::{Fund, Source};
use catalog::fund::money::Kopecks;
use catalog::fund::network::LibraryNode;
use catalog::fund::{FundCommand, Order};
use catalog::id::RecordId;
use catalog::record::brief::{self, Kind as Issue};

use super::lines::{Rows, draft};
use super::titles::is_subscription;
use super::{Draft, KEPT, PAGE, form};
use crate::app::App;
use crate::auth::Person;
use crate::page::{show, show_as};
use crate::problem::Problem;
use crate::staff::drafts::{self, Drafts};
use crate::staff::places::russian_dates;
use crate::staff::{fund_of, post, workplace};
use crate::view::opac::Fact;
use crate::view::table::Kind;
use crate::view::{Cell, Column, Frame, Lang, Remark, Row, Table};

/// Lines shown before writing; the act has all of them.
const SHOWN: usize = 100;

/// What a form will write; `path` is where that is seen again, when the form is kept.
pub(super) fn preview(
    app: &App,
    person: &Person,
    frame: Frame,
    mut state: Draft,
    path: Option<String>,
) -> Result<Response, Problem> {
    let library = workplace(app, person, state.pairs.get("library"))?;
    person.must_work_in(app, &library.id)?;
    let (order, rows) = match draft(app, frame.lang, &library.id, &state.pairs, &mut state.lines)? {
        Ok(order) => order,
        Err(remarks) => return refused(app, person, frame, state, remarks.into(), &Vec::new()),
    };
    let command = FundCommand { event: None, order };
    let tried = match post::tried(app, person, &library.id, &command) {
        Ok(tried) => tried,
        Err(failed) => return refused(app, person, frame, state, failed, &rows),
    };
    if let Some(path) = path {
        return Ok(Redirect::to(&path).into_response());
    }
    let title = "Поступление: проверьте перед записью";
    let mut page = post::confirm(
        frame,
        title,
        &drafts::address(KEPT, &state.id),
        &state.pairs,
    );
    // One form is posted once, from however many tabs.
    page.key.clone_from(&state.id);
    page.hidden = state.pairs();
    page.will = tried.will(page.f.lang);
    page.forever =
        "Проведённое поступление не меняют и не удаляют: ошибку исправляет отдельная запись."
            .to_owned();
    page.button = "Провести поступление".to_owned();
    page.remarks = doubts(&state, &command.order);
    if is_subscription(&state.pairs) {
        page.remarks.extend(no_periodicals(app, &state)?);
    }
    page.lines = preview_lines(page.f.lang, &state);
    page.facts = facts(page.f.lang, &state, &library);
    Ok(show(&page))
}

/// What is not forbidden and may still be a slip.
fn doubts(state: &Draft, order: &Order) -> Vec<Remark> {
    let mut doubts = Vec::new();
    let mut doubt = |why: &str| {
        doubts.push(Remark {
            tone: "warn",
            ..Remark::bad(why, "")
        });
    };
    if state.pairs.get("supplier").is_empty() {
        doubt(
            "Поставщик или даритель не вписан: книга суммарного учёта спросит, от кого поступило",
        );
    }
    let total = matches!(order, Order::Receive(draft)
        if draft.document.as_ref().is_some_and(|paper| paper.total.is_some()));
    if !total {
        doubt("Сумма документа не вписана: строки с нею не сверены");
    }
    if state.new_title && !state.pairs.get("new.title").is_empty() {
        doubt("Краткое описание начато и в список не добавлено: этой книги в записи не будет");
    }
    doubts
}

/// A subscription brings journals and newspapers; what is described as a book gets inventory numbers (FA-38).
fn no_periodicals(app: &App, state: &Draft) -> Result<Option<Remark>, Problem> {
    let mut books = Vec::new();
    for line in &state.lines {
        let Ok(id) = line.record.parse::<RecordId>() else {
            continue;
        };
        let kind = brief::kind(&app.catalog().record(id)?.record);
        if !matches!(kind, Issue::Journal | Issue::Newspaper) {
            books.push(format!("«{}»", line.title));
        }
    }
    let why = format!(
        "По подписке приходят журналы и газеты, а здесь описаны книги: {}. Они получат инвентарные номера и встанут на баланс",
        books.join(", ")
    );
    Ok((!books.is_empty()).then(|| Remark {
        tone: "warn",
        ..Remark::bad(why, "")
    }))
}

fn facts(lang: Lang, state: &Draft, library: &LibraryNode) -> Vec<Fact> {
    let typed = &state.pairs;
    let sums = form::sums(typed, &state.lines);
    let number = typed.get("doc.number");
    let number = match (number, typed.get("doc.kind")) {
        ("", "ACCEPTANCE_ACT") => lang.t("номер даст программа").to_owned(),
        (number, _) => lang.with("№ {}", number),
    };
    let document = lang.fill(
        "{} {} от {}",
        &[
            &lang.t(form::document(typed.get("doc.kind"))),
            &number,
            &russian_dates(typed.get("doc.date")),
        ],
    );
    let source = typed.get("source").parse::<Source>();
    let money = |sum: Option<Kopecks>| {
        let sum = sum.filter(|sum| *sum != Kopecks::ZERO);
        sum.map_or_else(String::new, |sum| format!("{sum} ₽"))
    };
    let said = [
        ("Библиотека", library.name.clone()),
        ("Документ", document),
        ("Поставщик или даритель", typed.get("supplier").to_owned()),
        ("Источник", source.map_or("", Source::label).to_owned()),
        ("Фонд", fund_of(typed.get("fund")).label().to_owned()),
        ("Дата записи в книгу", russian_dates(typed.get("date"))),
        ("Экземпляров", sums.copies.to_string()),
        ("Сумма строк", format!("{} ₽", sums.lines)),
        ("Сумма документа", money(sums.document)),
        ("Из неё не фонд", money(Some(sums.not_fund))),
        ("Из неё не принято", money(Some(sums.rejected))),
    ];
    let told = said.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(label, value)| Fact::text(label, value))
        .collect()
}

fn preview_lines(lang: Lang, state: &Draft) -> Table {
    let mixed = state.lines.iter().any(|line| !line.fund.is_empty());
    let usual = fund_of(state.pairs.get("fund"));
    let mut columns = vec![Column::new("Книга", Kind::Text)];
    if mixed {
        columns.push(Column::new("Фонд", Kind::Text));
    }
    columns.extend([
        Column::new("Экз.", Kind::Number),
        Column::new("Цена", Kind::Number),
        Column::new("Сумма", Kind::Number),
    ]);
    let mut table = Table::new("Строки документа", columns);
    if state.lines.len() > SHOWN {
        let words = "Строки документа: первые {} из {}";
        table.caption = lang.with2(words, SHOWN, state.lines.len());
    }
    for line in state.lines.iter().take(SHOWN) {
        let mut cells = vec![Cell::text(&line.title).sub(&line.sub)];
        if mixed {
            cells.push(Cell::text(
                line.fund.parse::<Fund>().unwrap_or(usual).label(),
            ));
        }
        cells.extend([
            Cell::text(&line.copies),
            line.price
                .parse()
                .map_or_else(|_| Cell::text(&line.price), Cell::money),
            line.sum.map_or_else(Cell::dash, Cell::money),
        ]);
        table.push(Row::new(cells));
    }
    table
}

pub(super) fn posted(
    app: &App,
    person: &Person,
    frame: Frame,
    mut state: Draft,
) -> Result<Response, Problem> {
    let library = workplace(app, person, state.pairs.get("library"))?;
    person.must_work_in(app, &library.id)?;
    let (done, rows) = match draft(app, frame.lang, &library.id, &state.pairs, &mut state.lines)? {
        Ok((order, rows)) => {
            let command = FundCommand { event: None, order };
            let key = state.pairs.get("key");
            (post::posted(app, person, &library.id, command, key), rows)
        }
        Err(remarks) => (Err(remarks.into()), Vec::new()),
    };
    match done {
        Ok(acts) => {
            Drafts::of(app, person, KEPT).forget(&state.id);
            Ok(post::leads_to(&acts))
        }
        Err(failed) => refused(app, person, frame, state, failed, &rows),
    }
}

/// The form again, with everything typed and each refusal beside its row.
fn refused(
    app: &App,
    person: &Person,
    frame: Frame,
    mut state: Draft,
    failed: post::Failed,
    rows: &Rows,
) -> Result<Response, Problem> {
    let failed = failed.in_rows(rows);
    state.remarks = failed.beside(state.lines.iter_mut().map(|line| &mut line.errors))?;
    if let Some(first) = state.lines.iter().position(|line| !line.errors.is_empty()) {
        state.page = first / PAGE;
    }
    let page = form::filled(app, person, frame, &state)?;
    Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
}
