//! Списание и передача: one approved act, its units found by number or card; seen first, then posted.
//!
//! The form carries everything; what was sent is kept on the desk until it is posted. Whether the act may be posted
//! is judged by the fund alone: the preview asks it to decide and writes nothing.

mod choices;
mod lines;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use catalog::fund::FundCommand;
use catalog::fund::axis::{Reason, SubReason};
use catalog::fund::network::LibraryNode;

use super::drafts::{self, Drafts};
use super::units::{self, Found, Key, Unit};
use super::{Pairs, beside, checks, folds, fund_choice, fund_of, library_choice, post, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::today;
use crate::extract::{Form, Query};
use crate::page::{PageFrame, replacing_address, show, show_as};
use crate::problem::Problem;
use crate::view::delivery::{Candidate, Fold, Offer};
use crate::view::lang::capital;
use crate::view::opac::Fact;
use crate::view::parts::{Field, Takes};
use crate::view::table::Kind;
use crate::view::withdrawal::{WithdrawalLine, WithdrawalPage};
use crate::view::{Cell, Column, Frame, Lang, Remark, Row, Table};
use choices::{basis_choice, reason_choice, sub_reason_choice};
use lines::{line_of, read_lines, totals};

/// Where the form lives.
const HERE: &str = "/staff/withdrawals/new";
/// An act holds no more units (D-2).
const MOST: usize = 2_000;

const KEPT: drafts::Form = drafts::Form {
    code: "withdrawal",
    name: "Незаконченный акт",
    path: HERE,
    lines: lines::held,
};
/// Lines of the form shown at once; the others travel folded.
const PAGE: usize = 50;
/// Lines shown before writing; the act has all of them.
const SHOWN: usize = 100;

/// The form between two requests.
struct Draft {
    /// Its name on the desk.
    id: String,
    /// The page of the list that is shown, from 0.
    page: usize,
    pairs: Pairs,
    library: LibraryNode,
    lines: Vec<WithdrawalLine>,
    candidates: Vec<Candidate>,
    remarks: Vec<Remark>,
    offers: Vec<Offer>,
    scan: String,
    /// In which remarks and lines are told.
    lang: Lang,
}

impl Draft {
    fn read(app: &App, person: &Person, lang: Lang, pairs: Pairs) -> Result<Self, Problem> {
        let library = workplace(app, person, pairs.get("library"))?;
        let lines = read_lines(app.catalog().view(), &library.id, lang, &pairs)?;
        let id = drafts::id_of(&pairs);
        Ok(Self {
            id,
            page: pairs.get("page").parse().unwrap_or(0),
            offers: Vec::new(),
            pairs,
            library,
            lines,
            candidates: Vec::new(),
            remarks: Vec::new(),
            scan: String::new(),
            lang,
        })
    }

    /// Everything that the form holds now, to be kept.
    fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = self.pairs.kept();
        let anew =
            |name: &str| name.starts_with("line") || ["scan", "draft", "page"].contains(&name);
        pairs.retain(|(name, _)| !anew(name));
        let mut push = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
        push("draft", &self.id);
        push("page", &self.page.to_string());
        push(lines::FOLDED[0], &lines::folded(&self.lines));
        pairs
    }
}

/// `GET /staff/withdrawals/new`; `?check=1` begins with what that check has not found, `?draft=ID` goes on with what
/// was begun, `&step=preview` shows what it will write.
pub(crate) async fn form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let drafts = Drafts::of(app, &person, KEPT);
        if let Some(kept) = drafts.open(pairs.get("draft"))? {
            let state = Draft::read(app, &person, frame.lang, kept)?;
            if pairs.get("step") == "preview" {
                return preview(app, &person, frame, state, None);
            }
            return Ok(show(&filled(app, &person, frame, &state)?));
        }
        let lost = drafts.lost(frame.lang, pairs.get("draft"))?;
        let mut pairs = match pairs.get("check").parse::<u64>() {
            Ok(id) => {
                let check = checks::find(app, &person, pairs.get("library"), id)?;
                let counted = checks::missing_layers(app, &check)?;
                lines::of_check(app.catalog().view(), &check, &counted)?
            }
            Err(_) => pairs,
        };
        pairs.0.retain(|(name, _)| name != "draft");
        let mut state = Draft::read(app, &person, frame.lang, pairs)?;
        if state.lines.len() == MOST {
            let why = format!(
                "В одном акте не больше {MOST} строк: проведите этот и откройте ту же ссылку в итоге проверки – в новый акт войдёт остальное"
            );
            state.remarks.push(Remark {
                tone: "warn",
                ..Remark::bad(why, "")
            });
        }
        state.offers = drafts.offers(frame.lang)?;
        state.remarks.extend(lost);
        Ok(show(&filled(app, &person, frame, &state)?))
    });
    page.await
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
        let drafts = Drafts::of(app, &person, KEPT);
        let mut state = Draft::read(app, &person, frame.lang, pairs)?;
        let button = state.pairs.get("do").to_owned();
        match button.split_once(':').unwrap_or((&button, "")) {
            ("forget", id) => {
                drafts.forget(id);
                return Ok(Redirect::to(HERE).into_response());
            }
            ("post", _) => return posted(app, &person, frame, state),
            ("keep", _) => {
                drafts.keep(&state.id, state.pairs());
                return Ok(StatusCode::NO_CONTENT.into_response());
            }
            ("add", key) => add(app, &mut state, key)?,
            ("drop", at) => {
                if let Ok(at) = at.parse::<usize>()
                    && at < state.lines.len()
                {
                    state.lines.remove(at);
                }
            }
            ("scan", _) => scan(app, &mut state)?,
            ("page", at) => state.page = at.parse().unwrap_or(0),
            _ => {}
        }
        drafts.keep(&state.id, state.pairs());
        let kept = drafts.open(&state.id)?.is_some();
        if button == "preview" {
            let path = kept.then(|| drafts::preview(KEPT, &state.id));
            return preview(app, &person, frame, state, path);
        }
        if button == "edit" && kept {
            return Ok(Redirect::to(&drafts::address(KEPT, &state.id)).into_response());
        }
        let page = filled(app, &person, frame, &state)?;
        let path = drafts::address(KEPT, &state.id);
        Ok(replacing_address(show(&page), &path))
    })
    .await
}

fn scan(app: &App, state: &mut Draft) -> Result<(), Problem> {
    let typed = state.pairs.get("scan").to_owned();
    if typed.is_empty() {
        return Ok(());
    }
    if let Some(wide) = units::too_wide(&typed) {
        let words = "Промежуток {} длиннее {} номеров: в одном акте не больше {} строк, впишите его по частям";
        let why = state.lang.fill(words, &[&wide, &MOST, &MOST]);
        state.remarks.push(Remark::bad(why, "scan"));
        state.scan = typed;
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
            let words = "В одном акте не больше {} строк: остальное – следующим актом";
            let why = state.lang.with(words, MOST);
            state.remarks.push(Remark::bad(why, "scan"));
            break;
        }
        let fund = fund_of(state.pairs.get("fund"));
        match units::find(app, &state.library.id, fund, state.lang, &one)? {
            Found::Units(units) => units.iter().for_each(|unit| take(state, unit)),
            Found::Offered(units) => {
                state.candidates = units
                    .iter()
                    .map(|unit| candidate(state.lang, unit))
                    .collect();
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
        let number = unit.number(state.lang);
        let number = match unit.key {
            Key::Layer(..) => capital(&number),
            Key::Item(_) | Key::Untitled(..) => state.lang.with("Номер {}", number),
        };
        let words = "{} уже в списке: второй раз не записано";
        let why = state.lang.with(words, number);
        state.remarks.push(Remark {
            tone: "warn",
            ..Remark::bad(why, "scan")
        });
    } else {
        state.lines.push(line_of(state.lang, unit));
        state.page = (state.lines.len() - 1) / PAGE;
    }
}

fn candidate(lang: Lang, unit: &Unit) -> Candidate {
    Candidate {
        record: unit.key.to_string(),
        title: format!("{} – {}", unit.number(lang), unit.title),
        sub: format!("{}, {} ₽", unit.sub(lang), unit.price),
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
    let (copies, titles) = totals(&state.lines);
    let (fold, shown) = folds(state.page, state.lines.len(), PAGE);
    let mut fields = head(typed);
    beside(&state.remarks, &mut fields, &mut choices);
    let mut scan = [scan_field(state)];
    beside(&state.remarks, &mut scan, &mut []);
    let [scan] = scan;
    Ok(WithdrawalPage {
        choices,
        fields,
        scan,
        draft: state.id.clone(),
        offers: state.offers.clone(),
        candidates: state.candidates.clone(),
        lines: state.lines[shown.clone()].to_vec(),
        fold: Fold {
            before: lines::folded(&state.lines[..shown.start]),
            after: lines::folded(&state.lines[shown.end..]),
            ..fold
        },
        copies,
        titles,
        sum: state.lines.iter().map(|line| line.sum).sum(),
        remarks: state.remarks.clone(),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

/// Where the scanner types; a refusal is read before the work goes on.
fn scan_field(state: &Draft) -> Field {
    let label = "Инвентарный номер, номер карточки или слова названия";
    let field = Field::new("scan", label, &state.scan)
        .hint("Можно вставить сразу много номеров или промежуток: 1001-1010");
    let read_first =
        |remark: &Remark| remark.field.is_empty() || remark.tone == "bad" && remark.field != "scan";
    if state.remarks.iter().any(read_first) {
        field
    } else {
        field.focus()
    }
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

/// What a form will write; `path` is where that is seen again, when the form is kept.
fn preview(
    app: &App,
    person: &Person,
    frame: Frame,
    mut state: Draft,
    path: Option<String>,
) -> Result<Response, Problem> {
    person.must_work_in(app, &state.library.id)?;
    let tried = match lines::order(state.lang, &state.pairs, &mut state.lines) {
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
    if let Some(path) = path {
        return Ok(Redirect::to(&path).into_response());
    }
    let title = "Списание: проверьте перед записью";
    let mut page = post::confirm(
        frame,
        title,
        &drafts::address(KEPT, &state.id),
        &state.pairs,
    );
    page.hidden = state.pairs();
    page.will = tried.will(page.f.lang);
    page.forever =
        "Списанное выбывает из фонда, номера больше не даются. Проведённый акт не меняют: \
        ошибку исправляет отдельная запись."
            .to_owned();
    page.button = "Провести акт".to_owned();
    page.lines = preview_lines(state.lang, &state.lines);
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

fn preview_lines(lang: Lang, lines: &[WithdrawalLine]) -> Table {
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
    if lines.len() > SHOWN {
        let words = "Список к акту: первые {} строк из {}";
        table.caption = lang.with2(words, SHOWN, lines.len());
    }
    for line in lines.iter().take(SHOWN) {
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
            Drafts::of(app, person, KEPT).forget(&state.id);
            Ok(post::leads_to(&acts))
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
    let order = lines::order(state.lang, &state.pairs, &mut state.lines)?;
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
    if let Some(first) = state.lines.iter().position(|line| !line.errors.is_empty()) {
        state.page = first / PAGE;
    }
    let page = filled(app, person, frame, &state)?;
    Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
}
