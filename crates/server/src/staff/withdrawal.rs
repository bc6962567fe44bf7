//! Списание и передача: one approved act, its units found by number or card; seen first, then posted.
//!
//! The form carries everything, the server keeps nothing. Whether the act may be posted is judged by the
//! fund alone: the preview asks it to decide and writes nothing.

mod lines;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use catalog::fund::axis::{Reason, SubReason};
use catalog::fund::network::LibraryNode;
use catalog::fund::{FundCommand, read};

use super::units::{self, Found, Unit};
use super::{Pairs, checks, fund_choice, fund_of, library_choice, post, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::today;
use crate::extract::{Form, Query};
use crate::page::{PageFrame, show, show_as};
use crate::problem::Problem;
use crate::view::delivery::Candidate;
use crate::view::opac::Fact;
use crate::view::parts::{Field, Pick, Takes};
use crate::view::table::Kind;
use crate::view::withdrawal::{WithdrawalLine, WithdrawalPage};
use crate::view::{Cell, Choice, Column, Frame, Remark, Row, Table};
use lines::{TRANSFER, basis_code, line_of, read_lines, totals};

/// Where the form lives.
const HERE: &str = "/staff/withdrawals/new";
/// An act holds no more units (D-2).
const MOST: usize = 2_000;

/// The form between two requests.
struct Draft {
    pairs: Pairs,
    library: LibraryNode,
    lines: Vec<WithdrawalLine>,
    candidates: Vec<Candidate>,
    remarks: Vec<Remark>,
    scan: String,
}

impl Draft {
    fn read(app: &App, person: &Person, pairs: Pairs) -> Result<Self, Problem> {
        let library = workplace(app, person, pairs.get("library"))?;
        let lines = read_lines(app.catalog().view(), &library.id, &pairs)?;
        Ok(Self {
            pairs,
            library,
            lines,
            candidates: Vec::new(),
            remarks: Vec::new(),
            scan: String::new(),
        })
    }
}

/// `GET /staff/withdrawals/new`; `?check=1` begins with what that check has not found.
pub(crate) async fn form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let pairs = match pairs.get("check").parse::<u64>() {
            Ok(id) => {
                let check = checks::find(app, &person, pairs.get("library"), id)?;
                let counted = checks::missing_layers(app, &check)?;
                lines::of_check(&check, &counted).unwrap_or_default()
            }
            Err(_) => pairs,
        };
        let state = Draft::read(app, &person, pairs)?;
        filled(app, &person, frame, &state)
    });
    Ok(show(&page.await?))
}

/// `POST /staff/withdrawals/new`
pub(crate) async fn act(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    ask(&app, move |app| {
        let mut state = Draft::read(app, &person, pairs)?;
        let button = state.pairs.get("do").to_owned();
        match button.split_once(':').unwrap_or((&button, "")) {
            ("post", _) => return posted(app, &person, frame, state),
            ("preview", _) => return preview(app, &person, frame, state),
            ("add", key) => add(app, &mut state, key)?,
            ("drop", at) => {
                if let Ok(at) = at.parse::<usize>()
                    && at < state.lines.len()
                {
                    state.lines.remove(at);
                }
            }
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
    let many = if units::is_list(&typed) {
        units::many(&typed)
    } else {
        vec![typed]
    };
    let mut lost = Vec::new();
    for one in many {
        if state.lines.len() >= MOST {
            let why = format!("В одном акте не больше {MOST} строк: остальное – следующим актом");
            state.remarks.push(Remark::bad(why, "scan"));
            break;
        }
        let fund = fund_of(state.pairs.get("fund"));
        match units::find(app, &state.library.id, fund, &one)? {
            Found::Units(units) => units.iter().for_each(|unit| take(state, unit)),
            Found::Offered(units) => {
                state.candidates = units.iter().map(candidate).collect();
                lost.push(one);
            }
            Found::Nothing(why) => {
                state.remarks.push(Remark::bad(why, "scan"));
                lost.push(one);
            }
        }
    }
    state.scan = lost.join(" ");
    Ok(())
}

fn add(app: &App, state: &mut Draft, key: &str) -> Result<(), Problem> {
    if let Ok(key) = key.parse()
        && let Some(unit) = units::by_key(app.catalog().view(), &state.library.id, &key)?
    {
        take(state, &unit);
    }
    Ok(())
}

fn take(state: &mut Draft, unit: &Unit) {
    let key = unit.key.to_string();
    if state.lines.iter().any(|line| line.key == key) {
        let why = format!(
            "{} уже в списке: второй раз не записано",
            capital(&unit.number)
        );
        state.remarks.push(Remark {
            tone: "warn",
            ..Remark::bad(why, "scan")
        });
    } else {
        state.lines.push(line_of(unit));
    }
}

fn capital(number: &str) -> String {
    match number.strip_prefix("карточка") {
        Some(rest) => format!("Карточка{rest}"),
        None => format!("Номер {number}"),
    }
}

fn candidate(unit: &Unit) -> Candidate {
    Candidate {
        record: unit.key.to_string(),
        title: format!("{} – {}", unit.number, unit.title),
        sub: format!("{}, {} ₽", unit.sub, unit.price),
    }
}

fn filled(
    app: &App,
    person: &Person,
    frame: Frame,
    state: &Draft,
) -> Result<WithdrawalPage, Problem> {
    let typed = &state.pairs;
    let mut choices = vec![
        fund_choice(fund_of(typed.get("fund"))),
        reason_choice(typed.get("reason")),
        sub_reason_choice(typed.get("sub_reason")),
        basis_choice(app, state)?,
    ];
    choices.extend(library_choice(app, person, &state.library)?);
    for choice in &mut choices {
        let of_choice = state.remarks.iter().filter(|r| r.field == choice.name);
        choice.errors = of_choice.map(|remark| remark.text.clone()).collect();
    }
    let (copies, titles) = totals(&state.lines);
    let mut fields = head(typed);
    for field in &mut fields {
        let of_field = state.remarks.iter().filter(|r| r.field == field.name);
        field.errors = of_field.map(|remark| remark.text.clone()).collect();
    }
    Ok(WithdrawalPage {
        choices,
        fields,
        scan: Field::new(
            "scan",
            "Инвентарный номер, номер карточки или слова названия",
            &state.scan,
        )
        .hint("Можно вставить сразу много номеров или промежуток: 1001-1010")
        .focus(),
        candidates: state.candidates.clone(),
        lines: state.lines.clone(),
        copies,
        titles,
        sum: state.lines.iter().map(|line| line.sum).sum(),
        remarks: state.remarks.clone(),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

fn head(typed: &Pairs) -> Vec<Field> {
    let day = today().to_string();
    let date = |name: &str, label: &str| {
        let value = match typed.get(name) {
            "" => &day,
            typed => typed,
        };
        Field::new(name, label, value).takes(Takes::Date)
    };
    vec![
        date("act.date", "Дата акта"),
        date("approved", "Когда утверждён руководителем"),
        date("date", "Дата записи в книгу"),
        Field::new("receiver", "Кому передано", typed.get("receiver"))
            .hint("Только для передачи: организация и основание"),
        Field::new("note", "Примечание", typed.get("note"))
            .hint("Приказ о комиссии, заключение, куда сдано"),
    ]
}

fn reason_choice(chosen: &str) -> Choice {
    let reasons = Reason::ALL
        .iter()
        .map(|reason| Pick::new(reason.code(), reason.label()));
    let picks = std::iter::once(Pick::new("", "выберите причину"))
        .chain(reasons)
        .chain([Pick::new(TRANSFER, "Передача в другую организацию")]);
    Choice::new("reason", "Причина", chosen, picks.collect())
}

fn sub_reason_choice(chosen: &str) -> Choice {
    let reasons = SubReason::ALL
        .iter()
        .map(|reason| Pick::new(reason.code(), reason.label()));
    let picks = std::iter::once(Pick::new("", "не указана")).chain(reasons);
    let mut choice = Choice::new("sub_reason", "Подпричина", chosen, picks.collect());
    "Только для утраты".clone_into(&mut choice.hint);
    choice
}

fn basis_choice(app: &App, state: &Draft) -> Result<Choice, Problem> {
    let mut picks = vec![Pick::new("", "нет")];
    for check in read::checks(app.catalog().view(), &state.library.id)? {
        if let Some(result) = &check.result {
            picks.push(Pick::new(
                basis_code(result.number),
                format!(
                    "Акт проверки № {} от {}, {}",
                    result.number.number,
                    result.date.strftime("%d.%m.%Y"),
                    check.fund.label().to_lowercase()
                ),
            ));
        }
    }
    let mut choice = Choice::new("basis", "Основание", state.pairs.get("basis"), picks);
    "Нужно для не найденного при проверке".clone_into(&mut choice.hint);
    Ok(choice)
}

fn preview(
    app: &App,
    person: &Person,
    frame: Frame,
    mut state: Draft,
) -> Result<Response, Problem> {
    person.must_work_in(app, &state.library.id)?;
    let tried = match lines::order(&state.pairs, &mut state.lines) {
        Ok(order) => {
            let command = FundCommand { event: None, order };
            post::tried(app, person, &state.library.id, &command)
        }
        Err(remarks) => Err(remarks.into()),
    };
    let tried = match tried {
        Ok(tried) => tried,
        Err(failed) => return refused(app, person, frame, state, failed),
    };
    let title = "Списание: проверьте перед записью";
    let mut page = post::confirm(frame, title, HERE, &state.pairs);
    page.will = tried.will;
    page.forever =
        "Списанное выбывает из фонда, номера больше не даются. Проведённый акт не меняют: \
        ошибку исправляет отдельная запись."
            .to_owned();
    page.button = "Провести акт".to_owned();
    page.lines = preview_lines(&state.lines);
    page.facts = facts(&state);
    Ok(show(&page))
}

fn facts(state: &Draft) -> Vec<Fact> {
    let typed = &state.pairs;
    let reason = typed.get("reason").parse::<Reason>();
    let sub_reason = typed.get("sub_reason").parse::<SubReason>();
    let date = |name: &str| super::places::russian_dates(typed.get(name));
    let said = [
        ("Библиотека", state.library.name.clone()),
        ("Фонд", fund_of(typed.get("fund")).label().to_owned()),
        (
            "Причина",
            reason.map_or("Передача", Reason::label).to_owned(),
        ),
        (
            "Подпричина",
            sub_reason.map_or("", SubReason::label).to_owned(),
        ),
        ("Кому передано", typed.get("receiver").to_owned()),
        ("Акт от", date("act.date")),
        ("Утверждён", date("approved")),
        ("Примечание", typed.get("note").to_owned()),
    ];
    let told = said.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(label, value)| Fact::text(label, value))
        .collect()
}

fn preview_lines(lines: &[WithdrawalLine]) -> Table {
    let mut table = Table::new(
        "Список к акту",
        vec![
            Column::new("Инв. №", Kind::Text),
            Column::new("Книга", Kind::Text),
            Column::new("Экз.", Kind::Number),
            Column::new("Цена", Kind::Number),
            Column::new("Сумма", Kind::Number),
        ],
    );
    for line in lines {
        let copies = if line.counted { &line.copies } else { "1" };
        table.push(Row::new(vec![
            Cell::text(&line.number),
            Cell::text(&line.title).sub(&line.sub),
            Cell::text(copies),
            Cell::money(line.price),
            Cell::money(line.sum),
        ]));
    }
    table
}

fn posted(app: &App, person: &Person, frame: Frame, mut state: Draft) -> Result<Response, Problem> {
    person.must_work_in(app, &state.library.id)?;
    let done = match posted_order(&mut state) {
        Ok(command) => {
            let key = state.pairs.get("key");
            post::posted(app, person, &state.library.id, command, key)
        }
        Err(failed) => Err(failed),
    };
    match done {
        Ok(acts) => {
            let next = vec![("Новый акт".to_owned(), HERE.to_owned())];
            let page = post::done(app, frame, "Акт проведён", &acts, next)?;
            Ok(show(&page))
        }
        Err(failed) => refused(app, person, frame, state, failed),
    }
}

/// The order of what was seen. A line is named by its key alone here: after the first press the unit has left,
/// and the second press must send the same order to get the same answer.
fn posted_order(state: &mut Draft) -> Result<FundCommand, post::Failed> {
    for line in &mut state.lines {
        line.errors.clear();
    }
    let order = lines::order(&state.pairs, &mut state.lines)?;
    Ok(FundCommand { event: None, order })
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
