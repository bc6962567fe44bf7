//! The desk: what to do next, and whether the books add up.

use axum::extract::State;
use axum::response::Response;

use catalog::fund::act::Act;
use catalog::fund::books::{last_acts, summary_books};
use catalog::fund::ledger::{Count, Totals};

use super::{called, libraries_of, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::{Permission, Person, may};
use crate::clock::today;
use crate::page::{PageFrame, show};
use crate::problem::Problem;
use crate::view::home::{Amount, Chain, HomePage, Task};
use crate::view::table::Kind;
use crate::view::{Cell, Column, Empty, Frame, Lang, Row, Table};

/// Acts on the desk.
const RECENT: usize = 8;

/// `GET /staff`
pub(crate) async fn page(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        let mut chains = Vec::new();
        let mut recent = acts_table(app, frame.lang, "Последние акты", Vec::new())?;
        if !libraries_of(app, &person)?.is_empty() {
            let library = workplace(app, &person, "")?;
            chains = self::chains(app, &library.id)?;
            let last = last_acts(app.catalog().view(), &library.id, RECENT)?;
            recent = acts_table(app, frame.lang, "Последние акты", last)?;
        }
        Ok(HomePage {
            today: frame.date(&today()),
            tasks: tasks(&person, &frame),
            chains,
            recent,
            f: frame,
        })
    });
    Ok(show(&page.await?))
}

/// Work that is offered: who may, icon, words, address.
const WORK: [(Permission, &str, &str, &str, &str); 8] = [
    (
        Permission::KeepFund,
        "in",
        "Принять поступление",
        "По накладной, УПД или акту о приёме",
        "/staff/deliveries/new",
    ),
    (
        Permission::KeepFund,
        "out",
        "Списать",
        "По акту, утверждённому руководителем",
        "/staff/withdrawals/new",
    ),
    (
        Permission::KeepFund,
        "check",
        "Проверить фонд",
        "Начать или продолжить проверку",
        "/staff/checks",
    ),
    (
        Permission::SeeBooks,
        "book",
        "Открыть книгу суммарного учёта",
        "Три части за любой год",
        "/staff/ksu",
    ),
    (
        Permission::ClosePeriod,
        "lock",
        "Закрыть период",
        "Квартал или год, отчёт сдан",
        "/staff/periods",
    ),
    (
        Permission::EditRecords,
        "pen",
        "Описать книгу",
        "Коротко, без поступления",
        "/staff/records/new",
    ),
    (
        Permission::EditRecords,
        "load",
        "Загрузить записи",
        "ISO 2709, MARCXML, ИРБИС",
        "/staff/import",
    ),
    (
        Permission::ManageUsers,
        "people",
        "Завести сотрудников",
        "Имена, роли, входы",
        "/staff/users",
    ),
];

fn tasks(person: &Person, frame: &Frame) -> Vec<Task> {
    let mine = WORK
        .into_iter()
        .filter(|(need, ..)| may(person.user.role, *need));
    let tasks = mine
        .enumerate()
        .map(|(at, (_, icon, title, text, href))| Task {
            icon,
            title: frame.t(title).to_owned(),
            text: frame.t(text).to_owned(),
            href: href.to_owned(),
            main: at == 0,
        });
    tasks.collect()
}

fn chains(app: &App, library: &catalog::id::LibraryId) -> Result<Vec<Chain>, Problem> {
    let year = today().year();
    let books = summary_books(app.catalog().view(), library, year)?;
    let chains = books.iter().map(|book| {
        let totals = &book.totals;
        let copies = totals.opening.all.copies + totals.came.all.copies - totals.left.all.copies;
        let sum = totals.opening.all.sum + totals.came.all.sum - totals.left.all.sum;
        Chain {
            fund: book.fund.label().to_owned(),
            year,
            stood: amount(&totals.opening),
            came: amount(&totals.came),
            left: amount(&totals.left),
            stands: amount(&totals.closing),
            closes: Count { copies, sum } == totals.closing.all,
            href: format!(
                "/staff/ksu?library={library}&fund={}&year={year}&part=",
                book.fund
            ),
        }
    });
    Ok(chains.collect())
}

fn amount(totals: &Totals) -> Amount {
    Amount {
        copies: totals.all.copies,
        sum: totals.all.sum,
    }
}

/// Acts as rows of a list.
pub(super) fn acts_table(
    app: &App,
    lang: Lang,
    caption: &str,
    acts: Vec<Act>,
) -> Result<Table, Problem> {
    let mut table = Table::new(
        caption,
        vec![
            Column::new("Дата", Kind::Short),
            Column::new("Акт", Kind::Text),
            Column::new("Фонд", Kind::Text),
            Column::new("Запись КСУ", Kind::Number),
            Column::new("Экз.", Kind::Number),
            Column::new("Сумма", Kind::Number),
            Column::new("Кто провёл", Kind::Short),
        ],
    );
    table.empty = Some(Empty::new(
        "Актов ещё нет",
        "Первым обычно вводят остатки или принимают поступление.",
    ));
    for act in acts {
        let row = act
            .row
            .as_ref()
            .map_or_else(String::new, |row| row.number.to_string());
        table.push(Row::new(vec![
            Cell::date(act.date),
            Cell::text(super::acts::title(lang, &act)).link(format!("/staff/acts/{}", act.id)),
            Cell::text(act.fund.label()),
            Cell::text(row),
            Cell::number(act.totals.all.copies),
            Cell::money(act.totals.all.sum),
            Cell::text(called(app, &act.actor)?),
        ]));
    }
    Ok(table)
}

/// `GET /staff/parts`: every part that the pages are made of, with made-up words.
pub(crate) async fn parts(PageFrame(frame): PageFrame) -> Response {
    show(&crate::view::sample::parts_page(
        frame.crumb("Рабочий стол", "/staff"),
    ))
}
