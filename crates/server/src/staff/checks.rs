//! Проверка фонда: begun with a fixed list, marked by scanner, paste or file, closed by an act.
//!
//! Marks are kept on the desk while it goes on; what they come to is decided by the fund at the end.

mod marking;
mod marks;
mod progress;
mod table;

use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use catalog::fund::draft::CheckStartDraft;
use catalog::fund::network::LibraryNode;
use catalog::fund::number::InventoryNumber;
use catalog::fund::stock_check::StockCheck;
use catalog::fund::{FundChange, FundCommand, Order, read};
use jiff::civil::Date;

use super::import::Upload;
use super::places::{Refused, russian_dates};
use super::units::{Key, many};
use super::{Pairs, beside, fund_choice, fund_of, library_choice, named_fund, post, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::today;
use crate::extract::{Form, Path, Query};
use crate::page::{PageFrame, show, show_as};
use crate::problem::Problem;
use crate::view::acts::ConfirmPage;
use crate::view::opac::Fact;
use crate::view::parts::{Field, Takes};
use crate::view::stock::ChecksPage;
use crate::view::{Frame, Lang, Remark};
use marking::{count, outcome, rest_back, rest_missing, scan, taken};
use progress::{Progress, closing, tally};

const HERE: &str = "/staff/checks";

/// Where the page of a check is.
fn address(check: &StockCheck) -> String {
    format!("{HERE}/{}?library={}", check.id, check.library)
}

/// A check of a library that the person may see.
pub(super) fn find(
    app: &App,
    person: &Person,
    library: &str,
    id: u64,
) -> Result<StockCheck, Problem> {
    let library = workplace(app, person, library)?;
    let checks = read::checks(app.catalog().view(), &library.id)?;
    let found = checks.into_iter().find(|check| check.id == id);
    found.ok_or_else(|| Problem::no_such("Проверки {} нет: откройте список проверок", id))
}

/// Lines of cards of which a check has not found everything.
pub(super) fn missing_layers(app: &App, check: &StockCheck) -> Result<Vec<(Key, u32)>, Problem> {
    let progress = Progress::read(app, check)?;
    Ok(tally(app.catalog().view(), check, &progress)?.lost_layers())
}

/// `GET /staff/checks`
pub(crate) async fn list(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let library = workplace(app, &person, pairs.get("library"))?;
        list_page(app, &person, frame, &library, &pairs, Vec::new())
    });
    Ok(show(&page.await?))
}

fn list_page(
    app: &App,
    person: &Person,
    frame: Frame,
    library: &LibraryNode,
    typed: &Pairs,
    remarks: Vec<Remark>,
) -> Result<ChecksPage, Problem> {
    let checks = read::checks(app.catalog().view(), &library.id)?;
    let date = match typed.get("date") {
        "" => today().to_string(),
        typed => typed.to_owned(),
    };
    let mut choices = vec![fund_choice(fund_of(typed.get("fund")))];
    choices.extend(library_choice(app, person, library)?);
    let mut fields = vec![
        Field::new("date", "На какой день", date).takes(Takes::Date),
        Field::new("order", "Приказ о проверке", typed.get("order"))
            .required()
            .hint("Номер и дата приказа, состав комиссии"),
        Field::new("on_loan", "Выданы по формулярам", typed.get("on_loan"))
            .takes(Takes::Long)
            .hint("Инвентарные номера через пробел; можно отметить и потом"),
    ];
    beside(&remarks, &mut fields, &mut choices);
    Ok(ChecksPage {
        table: table::checks(frame.lang, &checks),
        choices,
        fields,
        remarks,
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

/// `POST /staff/checks`
pub(crate) async fn start(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    ask(&app, move |app| {
        let library = workplace(app, &person, pairs.get("library"))?;
        person.must_work_in(app, &library.id)?;
        if pairs.get("do") == "edit" {
            let page = list_page(app, &person, frame, &library, &pairs, Vec::new())?;
            return Ok(show(&page));
        }
        let command =
            start_order(frame.lang, &pairs).map(|order| FundCommand { event: None, order });
        let started = match (command, pairs.get("do")) {
            (Ok(command), "preview") => post::tried(app, &person, &library.id, &command)
                .map(|tried| Started::Seen(tried.change)),
            (Ok(command), _) => {
                let key = pairs.get("key");
                post::written(app, &person, &library.id, command, key).map(Started::Begun)
            }
            (Err(remarks), _) => Err(remarks.into()),
        };
        let remarks = match started {
            Ok(Started::Seen(change)) => {
                return Ok(show(&begin(frame, &library, &pairs, change.as_ref())));
            }
            Ok(Started::Begun(Some(FundChange::Checked { check, .. }))) => {
                return Ok(Redirect::to(&address(&check)).into_response());
            }
            Ok(Started::Begun(_)) => Vec::new(),
            Err(post::Failed::Refused(why)) => why.remarks,
            Err(post::Failed::Problem(problem)) => return Err(problem),
        };
        let page = list_page(app, &person, frame, &library, &pairs, remarks)?;
        Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
    })
    .await
}

/// How far a beginning has come.
enum Started {
    /// What it would be.
    Seen(Option<FundChange>),
    /// What it is.
    Begun(Option<FundChange>),
}

/// The step before a check begins.
fn begin(
    frame: Frame,
    library: &LibraryNode,
    pairs: &Pairs,
    change: Option<&FundChange>,
) -> ConfirmPage {
    let mut page = post::confirm(frame, "Проверка: посмотрите перед началом", HERE, pairs);
    let date = russian_dates(pairs.get("date"));
    let fund = fund_of(pairs.get("fund")).label();
    if let Some(FundChange::Checked { check, .. }) = change {
        let copies: i64 = check.expected.iter().map(|e| i64::from(e.copies)).sum();
        page.will = vec![
            page.f.with2(
                "Список того, что должно стоять на полках, замрёт на {}: экземпляров {}.",
                &date,
                copies,
            ),
            page.f
                .t("До итога у каждого экземпляра должен найтись исход: на полке, выдан или нет на месте.")
                .to_owned(),
        ];
    }
    page.forever =
        "Начатую проверку не отменяют, её доводят до акта. Выдача тем временем продолжается."
            .to_owned();
    page.button = "Начать проверку".to_owned();
    page.facts = vec![
        Fact::text("Библиотека", &library.name),
        Fact::text("Фонд", fund),
        Fact::text("На какой день", date),
        Fact::text("Приказ о проверке", pairs.get("order")),
        Fact::text(
            "Выданы по формулярам",
            many(pairs.get("on_loan")).len().to_string(),
        ),
    ];
    page
}

/// The form as an order; or what cannot be read in it.
pub(crate) fn start_order(lang: Lang, pairs: &Pairs) -> Result<Order, Vec<Remark>> {
    let mut remarks = pairs.too_long(&[("order", 1_000)]);
    let fund = named_fund(lang, pairs, &mut remarks);
    if pairs.get("order").is_empty() {
        let why = "Впишите номер и дату приказа: проверку проводит комиссия, которую он назначает";
        remarks.push(Remark::bad(why, "order"));
    }
    let date = pairs.get("date").parse::<Date>();
    if date.is_err() {
        remarks.push(Remark::bad("Впишите дату: день, месяц, год", "date"));
    }
    let mut on_loan = Vec::new();
    for typed in many(pairs.get("on_loan")) {
        match typed.parse::<InventoryNumber>() {
            Ok(number) => on_loan.push(number),
            Err(error) => remarks.push(Remark::bad(error.to_string(), "on_loan")),
        }
    }
    match date {
        Ok(date) if remarks.is_empty() => Ok(Order::StartCheck(CheckStartDraft {
            date,
            fund,
            order: pairs.get("order").to_owned(),
            on_loan,
        })),
        Ok(_) | Err(_) => Err(remarks),
    }
}

/// `GET /staff/checks/{id}`
pub(crate) async fn page(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<u64>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let check = find(app, &person, pairs.get("library"), id)?;
        if pairs.get("done") == "1" && check.result.is_some() {
            return Ok(show(&table::done(frame, &check)));
        }
        Ok(show(&table::check_page(app, frame, &check, Vec::new())?))
    });
    page.await
}

/// `POST /staff/checks/{id}`
pub(crate) async fn act(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<u64>,
    Query(asked): Query<Vec<(String, String)>>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let (asked, pairs) = (Pairs(asked), Pairs(pairs));
    ask(&app, move |app| {
        let check = find(app, &person, asked.get("library"), id)?;
        person.must_work_in(app, &check.library)?;
        let button = pairs.get("do").to_owned();
        match button.split_once(':').unwrap_or((&button, "")) {
            ("post", _) => return posted(app, &person, frame, &check, &pairs),
            _ if check.result.is_some() => {}
            ("close" | "preview", _) => return preview(app, &person, frame, &check, &pairs),
            ("scan", _) => scan(app, frame.lang, &check, pairs.get("scan"))?,
            ("count", _) => count(app, &check, &pairs)?,
            ("rest-missing", _) => rest_missing(app, &check)?,
            ("rest-back", _) => rest_back(app, &check)?,
            (what, number) => outcome(app, &check, what, number)?,
        }
        Ok(show(&table::check_page(app, frame, &check, Vec::new())?))
    })
    .await
}

/// `POST /staff/checks/{id}/numbers`: many numbers at once, pasted or from a file.
pub(crate) async fn numbers(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<u64>,
    Query(asked): Query<Vec<(String, String)>>,
    form: Multipart,
) -> Result<Response, Problem> {
    let asked = Pairs(asked);
    let upload = Upload::read(form).await?;
    ask(&app, move |app| {
        let check = find(app, &person, asked.get("library"), id)?;
        person.must_work_in(app, &check.library)?;
        let mut typed = many(upload.pairs.get("many"));
        typed.extend(many(&upload.text()));
        let remarks = taken(app, frame.lang, &check, &typed)?;
        Ok(show(&table::check_page(app, frame, &check, remarks)?))
    })
    .await
}

fn preview(
    app: &App,
    person: &Person,
    frame: Frame,
    check: &StockCheck,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    let progress = Progress::read(app, check)?;
    let counted = tally(app.catalog().view(), check, &progress)?;
    let unfinished = counted.rest.iter().filter(|unit| unit.counted()).count();
    if unfinished > 0 {
        let words = "Не посчитано строк карточек: {}. Впишите, сколько стоит на полке, в каждой";
        let why = frame.with(words, unfinished);
        let why = Refused::from(vec![Remark::bad(why, "")]);
        return refused(app, frame, check, why);
    }
    let date = pairs.get("date").parse().unwrap_or_else(|_| today());
    let command = closing(check, &progress, &counted, (date, &check.order));
    let tried = match post::tried(app, person, &check.library, &command) {
        Ok(tried) => tried,
        Err(post::Failed::Refused(why)) => return refused(app, frame, check, why),
        Err(post::Failed::Problem(problem)) => return Err(problem),
    };
    let title = "Итог проверки: посмотрите перед записью";
    let pairs = Pairs(vec![("date".to_owned(), date.to_string())]);
    let mut page = post::confirm(frame, title, &address(check), &pairs);
    let change = tried.change.as_ref();
    page.will = change.map_or_else(Vec::new, |change| table::will(page.f.lang, change));
    page.forever =
        "Закрытую проверку не продолжают. Не найденное остаётся в фонде, пока его не спишут актом."
            .to_owned();
    page.button = "Закрыть проверку".to_owned();
    page.facts = table::facts(check);
    page.lines = table::lost(page.f.lang, &counted.lost);
    page.remarks
        .extend(table::strangers(page.f.lang, &progress));
    Ok(show(&page))
}

fn refused(app: &App, frame: Frame, check: &StockCheck, why: Refused) -> Result<Response, Problem> {
    let page = table::check_page(app, frame, check, why.remarks)?;
    Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
}

fn posted(
    app: &App,
    person: &Person,
    frame: Frame,
    check: &StockCheck,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    if check.result.is_none() {
        let progress = Progress::read(app, check)?;
        let counted = tally(app.catalog().view(), check, &progress)?;
        let date = pairs.get("date").parse().unwrap_or_else(|_| today());
        let command = closing(check, &progress, &counted, (date, &check.order));
        match post::written(app, person, &check.library, command, pairs.get("key")) {
            Ok(_) => {}
            Err(post::Failed::Refused(why)) => return refused(app, frame, check, why),
            Err(post::Failed::Problem(problem)) => return Err(problem),
        }
    }
    // Pressing twice comes here too: the check is closed, and its result is shown again.
    Ok(Redirect::to(&format!("{}&done=1", address(check))).into_response())
}
