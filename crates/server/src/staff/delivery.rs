//! Поступление: a document, its lines, the sum that must come out; seen first, then posted.
//!
//! The form carries everything, the server keeps nothing. Whether the act may be posted is judged by the
//! fund alone: the preview asks it to decide and writes nothing.

mod lines;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use catalog::fund::FundCommand;
use catalog::fund::axis::Source;
use catalog::fund::money::Kopecks;
use catalog::{Doing, RecordDraft, RecordStatus};

use super::{Pairs, fund_choice, fund_of, library_choice, post, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::{now, today};
use crate::extract::Form;
use crate::page::{PageFrame, show, show_as};
use crate::problem::Problem;
use crate::short;
use crate::view::delivery::{Candidate, DeliveryLine, DeliveryPage, Reconciliation};
use crate::view::opac::Fact;
use crate::view::parts::{Field, Pick, Takes};
use crate::view::table::Kind;
use crate::view::{Cell, Choice, Column, Frame, Remark, Row, Table};
use lines::{draft, found, read_lines};

/// Where the form lives.
const HERE: &str = "/staff/deliveries/new";
/// Sources that come with a document of their own.
const SOURCES: [Source; 9] = [
    Source::Purchase,
    Source::Donation,
    Source::Replacement,
    Source::Subscription,
    Source::CentralSupply,
    Source::Transfer,
    Source::Exchange,
    Source::LegalDeposit,
    Source::OwnPublication,
];
const DOCUMENTS: [(&str, &str); 4] = [
    ("WAYBILL", "накладная"),
    ("UPD", "УПД"),
    ("INVOICE", "счёт-фактура"),
    (
        "ACCEPTANCE_ACT",
        "акт о приёме (номер даст программа, если не вписан)",
    ),
];

/// `GET /staff/deliveries/new`
pub(crate) async fn form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        let state = Draft::default();
        filled(app, &person, frame, &state)
    });
    Ok(show(&page.await?))
}

/// The form between two requests.
#[derive(Default)]
struct Draft {
    pairs: Pairs,
    lines: Vec<DeliveryLine>,
    candidates: Vec<Candidate>,
    new_title: bool,
    remarks: Vec<Remark>,
    scan: String,
}

/// `POST /staff/deliveries/new`
pub(crate) async fn act(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    ask(&app, move |app| {
        let mut state = Draft {
            lines: read_lines(&pairs),
            ..Draft::default()
        };
        let button = pairs.get("do").to_owned();
        state.pairs = pairs;
        match button.split_once(':').unwrap_or((&button, "")) {
            ("post", _) => return posted(app, &person, frame, state),
            ("preview", _) => return preview(app, &person, frame, state),
            ("pick", id) => pick(app, &mut state, id)?,
            ("drop", at) => {
                if let Ok(at) = at.parse::<usize>().map(|at| at.min(state.lines.len()))
                    && at < state.lines.len()
                {
                    state.lines.remove(at);
                }
            }
            ("new-title", _) => state.new_title = true,
            ("add-title", _) => add_title(app, &person, &mut state)?,
            ("scan", _) => scan(app, &mut state)?,
            _ => {}
        }
        Ok(show(&filled(app, &person, frame, &state)?))
    })
    .await
}

fn scan(app: &App, state: &mut Draft) -> Result<(), Problem> {
    let typed = state.pairs.get("scan").to_owned();
    if typed.is_empty() {
        return Ok(());
    }
    let mut candidates = found(app, &typed)?;
    match candidates.len() {
        0 => {
            state.new_title = true;
            state.scan = typed;
            let why = "В каталоге такого нет: опишите книгу коротко, не уходя с этой страницы";
            state.remarks.push(Remark {
                tone: "warn",
                ..Remark::bad(why, "scan")
            });
        }
        1 => state.lines.extend(candidates.pop().map(line_of)),
        _ => {
            state.candidates = candidates;
            state.scan = typed;
        }
    }
    Ok(())
}

fn line_of(candidate: Candidate) -> DeliveryLine {
    DeliveryLine {
        record: candidate.record,
        title: candidate.title,
        sub: candidate.sub,
        copies: "1".to_owned(),
        ..DeliveryLine::default()
    }
}

fn pick(app: &App, state: &mut Draft, id: &str) -> Result<(), Problem> {
    if let Ok(id) = id.parse() {
        let stored = app.catalog().record(id)?;
        state
            .lines
            .push(line_of(lines::candidate(id, &stored.record)));
    }
    Ok(())
}

fn add_title(app: &App, person: &Person, state: &mut Draft) -> Result<(), Problem> {
    let record = match short::record(|name| state.pairs.get(&format!("new.{name}")).to_owned()) {
        Ok(record) => record,
        Err(why) => {
            state.new_title = true;
            state.remarks.push(Remark::bad(why, "new.title"));
            return Ok(());
        }
    };
    let library = workplace(app, person, state.pairs.get("library"))?;
    person.must_work_in(app, &library.id)?;
    let draft = RecordDraft {
        replaces: None,
        owner: library.id,
        status: RecordStatus::Draft,
        record: record.clone(),
    };
    let doing = Doing::now(person.user.id.clone(), now());
    let (id, _) = app.catalog().save_record(doing, draft)?;
    state.lines.push(line_of(lines::candidate(id, &record)));
    Ok(())
}

fn filled(
    app: &App,
    person: &Person,
    frame: Frame,
    state: &Draft,
) -> Result<DeliveryPage, Problem> {
    let typed = &state.pairs;
    let library = workplace(app, person, typed.get("library"))?;
    let sources = SOURCES.map(|source| Pick::new(source.code(), source.label()));
    let kinds = DOCUMENTS.map(|(code, title)| Pick::new(code, title));
    let mut choices = vec![
        Choice::new("source", "Источник", typed.get("source"), sources.to_vec()),
        fund_choice(fund_of(typed.get("fund"))),
        Choice::new(
            "doc.kind",
            "Документ",
            typed.get("doc.kind"),
            kinds.to_vec(),
        ),
    ];
    choices.extend(library_choice(app, person, &library)?);
    let day = today().to_string();
    let date = |name: &str| match typed.get(name) {
        "" => day.clone(),
        typed => typed.to_owned(),
    };
    let fields = vec![
        Field::new("supplier", "Поставщик или даритель", typed.get("supplier")),
        Field::new("doc.number", "№ документа", typed.get("doc.number")),
        Field::new("doc.date", "Дата документа", date("doc.date")).takes(Takes::Date),
        Field::new("date", "Дата записи в книгу", date("date")).takes(Takes::Date),
        Field::new("total", "Сумма документа, ₽", typed.get("total")).takes(Takes::Money),
        Field::new("not_fund", "Из неё не фонд, ₽", typed.get("not_fund")).takes(Takes::Money),
        Field::new("rejected", "Из неё не принято, ₽", typed.get("rejected")).takes(Takes::Money),
    ];
    Ok(DeliveryPage {
        choices,
        fields,
        scan: scan_field(state),
        candidates: state.candidates.clone(),
        new_title: state.new_title.then(|| new_title(typed, &state.scan)),
        lines: state.lines.clone(),
        sums: sums(typed, &state.lines),
        remarks: state.remarks.clone(),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

/// Where the scanner types; a new description takes the typing hand while it is open.
fn scan_field(state: &Draft) -> Field {
    let field =
        Field::new("scan", "ISBN, штрихкод или слова названия", &state.scan).takes(Takes::Search);
    if state.new_title {
        field
    } else {
        field.focus()
    }
}

fn new_title(typed: &Pairs, scanned: &str) -> Vec<Field> {
    let scanned_isbn = scanned.chars().filter(char::is_ascii_digit).count() >= 10;
    let rows = short::ROWS.iter().map(|(name, label, required)| {
        let key = format!("new.{name}");
        let value = match (typed.get(&key), *name) {
            ("", "isbn") if scanned_isbn => scanned,
            ("", "title") if !scanned_isbn => scanned,
            (typed, _) => typed,
        };
        let field = Field::new(&key, *label, value);
        if *required {
            field.required().focus()
        } else {
            field
        }
    });
    rows.collect()
}

fn money(typed: &str) -> Kopecks {
    typed.parse().unwrap_or(Kopecks::ZERO)
}

fn sums(typed: &Pairs, lines: &[DeliveryLine]) -> Reconciliation {
    let copies = lines
        .iter()
        .filter_map(|line| line.copies.parse::<i64>().ok());
    Reconciliation {
        copies: copies.sum(),
        titles: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        lines: lines.iter().filter_map(|line| line.sum).sum(),
        not_fund: money(typed.get("not_fund")),
        rejected: money(typed.get("rejected")),
        document: typed.get("total").parse().ok(),
    }
}

fn preview(
    app: &App,
    person: &Person,
    frame: Frame,
    mut state: Draft,
) -> Result<Response, Problem> {
    let library = workplace(app, person, state.pairs.get("library"))?;
    person.must_work_in(app, &library.id)?;
    let order = match draft(app, &library.id, &state.pairs, &mut state.lines)? {
        Ok(order) => order,
        Err(remarks) => return refused(app, person, frame, state, remarks.into()),
    };
    let command = FundCommand { event: None, order };
    let tried = match post::tried(app, person, &library.id, &command) {
        Ok(tried) => tried,
        Err(failed) => return refused(app, person, frame, state, failed),
    };
    let sums = sums(&state.pairs, &state.lines);
    let mut page = post::confirm(
        frame,
        "Поступление: проверьте перед записью",
        HERE,
        &state.pairs,
    );
    page.will = tried.will;
    page.forever =
        "Проведённое поступление не меняют и не удаляют: ошибку исправляет отдельная запись."
            .to_owned();
    page.button = "Провести поступление".to_owned();
    page.lines = preview_lines(&state.lines);
    page.facts = vec![
        Fact::text("Библиотека", library.name),
        Fact::text("Экземпляров", sums.copies.to_string()),
        Fact::text("Сумма строк", format!("{} ₽", sums.lines)),
    ];
    Ok(show(&page))
}

fn preview_lines(lines: &[DeliveryLine]) -> Table {
    let mut table = Table::new(
        "Строки документа",
        vec![
            Column::new("Книга", Kind::Text),
            Column::new("Экз.", Kind::Number),
            Column::new("Цена", Kind::Number),
            Column::new("Сумма", Kind::Number),
        ],
    );
    for line in lines {
        table.push(Row::new(vec![
            Cell::text(&line.title).sub(&line.sub),
            Cell::text(&line.copies),
            Cell::text(&line.price),
            Cell::money(line.sum.unwrap_or(Kopecks::ZERO)),
        ]));
    }
    table
}

fn posted(app: &App, person: &Person, frame: Frame, mut state: Draft) -> Result<Response, Problem> {
    let library = workplace(app, person, state.pairs.get("library"))?;
    person.must_work_in(app, &library.id)?;
    let order = draft(app, &library.id, &state.pairs, &mut state.lines)?;
    let done = match order {
        Ok(order) => {
            let command = FundCommand { event: None, order };
            post::posted(app, person, &library.id, command, state.pairs.get("key"))
        }
        Err(remarks) => Err(remarks.into()),
    };
    match done {
        Ok(acts) => {
            let next = vec![("Принять ещё".to_owned(), HERE.to_owned())];
            Ok(show(&post::done(
                app,
                frame,
                "Поступление проведено",
                &acts,
                next,
            )?))
        }
        Err(failed) => refused(app, person, frame, state, failed),
    }
}

/// The form again, with everything typed and each refusal beside its row.
fn refused(
    app: &App,
    person: &Person,
    frame: Frame,
    mut state: Draft,
    failed: post::Failed,
) -> Result<Response, Problem> {
    state.remarks = failed.beside(state.lines.iter_mut().map(|line| &mut line.errors))?;
    let page = filled(app, person, frame, &state)?;
    Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
}
