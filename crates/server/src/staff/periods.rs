//! Закрытие периода: what stands closed, and closing, reopening and handing in the report, each seen first.
//!
//! Which period may follow which is judged by the fund; here is only offered what comes next.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use catalog::fund::books::{summary_books, years};
use catalog::fund::draft::{PeriodDraft, ReopenDraft};
use catalog::fund::network::LibraryNode;
use catalog::fund::tables::{BookState, PeriodMark};
use catalog::fund::{FundCommand, Order, read};
use catalog::table::View;
use jiff::civil::Date;

use super::places::russian_dates;
use super::{Pairs, called, library_choice, post, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::{Permission, Person, may};
use crate::clock::today;
use crate::extract::{Form, Query};
use crate::page::{PageFrame, encode, show, show_as};
use crate::problem::Problem;
use crate::view::acts::{ConfirmPage, DonePage};
use crate::view::books::PeriodsPage;
use crate::view::lang::short_date;
use crate::view::opac::Fact;
use crate::view::parts::{Field, Pick};
use crate::view::table::Kind;
use crate::view::{Cell, Choice, Column, Empty, Frame, Lang, Remark, Row, Table};

const HERE: &str = "/staff/periods";

/// `GET /staff/periods`; `?done=1` is the word after the last step.
pub(crate) async fn page(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let library = workplace(app, &person, pairs.get("library"))?;
        if pairs.get("done") == "1"
            && let Some(order) = last_step(app.catalog().view(), &library, pairs.get("what"))?
        {
            return Ok(show(&Said::of(frame.lang, &order).done(frame, &library)));
        }
        let page = filled(app, &person, frame, &library, &pairs, Vec::new())?;
        Ok(show(&page))
    });
    page.await
}

/// The last step that was written, for the word after it: what the books say, not what an address claims.
fn last_step(view: &dyn View, library: &LibraryNode, what: &str) -> Result<Option<Order>, Problem> {
    if what == "submit" {
        let submitted = read::book_state(view, &library.id)?.submitted;
        return Ok(submitted.map(|year| Order::SubmitReport { year }));
    }
    let last = read::periods(view, &library.id)?.pop();
    Ok(last.map(|mark| match mark.reopened {
        Some(reason) => Order::ReopenPeriod(ReopenDraft {
            date: None,
            year: mark.year,
            reason,
        }),
        None => Order::ClosePeriod(PeriodDraft {
            date: None,
            year: mark.year,
            quarter: mark.quarter,
        }),
    }))
}

fn filled(
    app: &App,
    person: &Person,
    frame: Frame,
    library: &LibraryNode,
    typed: &Pairs,
    remarks: Vec<Remark>,
) -> Result<PeriodsPage, Problem> {
    let view = app.catalog().view();
    let state = read::book_state(view, &library.id)?;
    let mut known = years(view, &library.id)?;
    known.push(today().year());
    known.sort_unstable();
    known.dedup();
    let closing = closable(frame.lang, &state, known.first().copied());
    let years = |years: Vec<i16>| {
        let picks = years.iter().rev();
        picks
            .map(|year| Pick::new(year.to_string(), year.to_string()))
            .collect::<Vec<_>>()
    };
    let closed = |year: &i16| last_day(*year, None) <= state.closed_through;
    let submitted = |year: &i16| state.submitted.is_some_and(|last| last >= *year);
    let after_opening = |year: &i16| state.opened.is_none_or(|day| day.year() < *year);
    let begun = |year: &i16| state.closed_through.is_some_and(|day| day.year() >= *year);
    let reopen = known.iter().copied();
    let reopen = reopen.filter(|y| begun(y) && !submitted(y) && after_opening(y));
    let submit = known.iter().copied();
    let submit = submit.filter(|y| closed(y) && !submitted(y) && after_opening(y));
    Ok(PeriodsPage {
        state: states(&state, &known),
        table: marks(app, frame.lang, &read::periods(view, &library.id)?)?,
        libraries: library_choice(app, person, library)?.into_iter().collect(),
        library: library.id.to_string(),
        through: Choice::new("through", "Что закрыть", typed.get("through"), closing),
        reopen: Choice::new(
            "reopen",
            "С начала какого года",
            typed.get("reopen"),
            years(reopen.collect()),
        ),
        reason: Field::new("reason", "Почему открывают снова", typed.get("reason")).required(),
        submit: Choice::new(
            "submit",
            "За какой год",
            typed.get("submit"),
            years(submit.collect()),
        ),
        remarks,
        open: unfinished(view, frame.lang, library)?,
        may_close: may(person.user.role, Permission::ClosePeriod),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

/// What is not finished yet: checks that go on.
fn unfinished(
    view: &dyn View,
    lang: Lang,
    library: &LibraryNode,
) -> Result<Vec<(String, String)>, Problem> {
    let checks = read::checks(view, &library.id)?;
    let open = checks.into_iter().filter(|check| check.result.is_none());
    let said = open.map(|check| {
        let fund = lang.t(check.fund.label()).to_lowercase();
        let date = short_date(check.started);
        (
            lang.with2("Проверка, {}, от {} не закрыта", fund, date),
            format!("/staff/checks/{}?library={}", check.id, library.id),
        )
    });
    Ok(said.collect())
}

/// The last day of a year or of a quarter of it.
fn last_day(year: i16, quarter: Option<i8>) -> Option<Date> {
    let month = quarter.map_or(12, |quarter| quarter * 3);
    Some(Date::new(year, month, 1).ok()?.last_of_month())
}

/// What may be closed next: quarters still open in the first open year, and the year itself.
fn closable(lang: Lang, state: &BookState, first: Option<i16>) -> Vec<Pick> {
    let year = match state.closed_through.and_then(|day| day.tomorrow().ok()) {
        Some(next) => next.year(),
        None => first.unwrap_or_else(|| today().year()),
    };
    let closed = |day: Option<Date>| day <= state.closed_through;
    let mut picks: Vec<Pick> = (1..=3)
        .filter(|quarter| !closed(last_day(year, Some(*quarter))))
        .map(|quarter| {
            let day = last_day(year, Some(quarter)).map_or_else(String::new, |d| d.to_string());
            let words = lang.with2("до {}, {}-й квартал", russian_dates(&day), quarter);
            Pick::new(format!("{year}/{quarter}"), words)
        })
        .collect();
    let words = lang.with("до 31.12.{}, весь год", year);
    picks.push(Pick::new(year.to_string(), words));
    picks
}

/// Quarters and years, newest first.
fn states(state: &BookState, known: &[i16]) -> Table {
    let mut columns = vec![Column::new("Год", Kind::Short)];
    let quarters = ["I квартал", "II квартал", "III квартал", "IV квартал"];
    columns.extend(quarters.map(|title| Column::new(title, Kind::Short)));
    columns.push(Column::new("Годовой отчёт", Kind::Text));
    let mut table = Table::new("Кварталы и годы", columns);
    for year in known.iter().rev().copied() {
        let mut cells = vec![Cell::text(year.to_string())];
        cells.extend((1..=4).map(|quarter| {
            let closed = last_day(year, Some(quarter)) <= state.closed_through;
            Cell::text(if closed {
                "закрыт"
            } else {
                "открыт"
            })
        }));
        let submitted = state.submitted.is_some_and(|last| last >= year);
        cells.push(Cell::text(if submitted {
            "сдан"
        } else {
            "не сдан"
        }));
        table.push(Row::new(cells));
    }
    table
}

fn marks(app: &App, lang: Lang, marks: &[PeriodMark]) -> Result<Table, Problem> {
    let mut table = Table::new(
        "Что и когда закрывали",
        vec![
            Column::new("Когда", Kind::Short),
            Column::new("Что сделано", Kind::Text),
            Column::new("Закрыто по", Kind::Short),
            Column::new("Кем", Kind::Short),
        ],
    );
    table.empty = Some(Empty::new(
        "Периодов ещё не закрывали",
        "Год закрывают после последней записи в нём, обычно в январе.",
    ));
    for mark in marks.iter().rev() {
        let period = match mark.quarter {
            Some(quarter) => lang.with2("{}, {}-й квартал", mark.year, quarter),
            None => lang.with("{} год", mark.year),
        };
        let done = match &mark.reopened {
            Some(reason) => Cell::text(lang.with("Открыт снова: {}", period)).sub(reason),
            None => Cell::text(lang.with("Закрыт: {}", period)),
        };
        let through = mark.closed_through.map_or_else(Cell::dash, Cell::date);
        let at = mark.at.to_string();
        let at = at.split('T').next().unwrap_or_default();
        table.push(Row::new(vec![
            Cell::text(russian_dates(at)),
            done,
            through,
            Cell::text(called(app, &mark.actor)?),
        ]));
    }
    Ok(table)
}

/// The form as an order, with the words for it; or what cannot be read in it.
pub(crate) fn order(pairs: &Pairs) -> Result<Order, Vec<Remark>> {
    let missing = |field: &str| vec![Remark::bad("Выберите период из списка", field)];
    let year = |field: &str| pairs.get(field).parse::<i16>().map_err(|_| missing(field));
    match pairs.get("what") {
        "reopen" => Ok(Order::ReopenPeriod(ReopenDraft {
            date: None,
            year: year("reopen")?,
            reason: pairs.get("reason").to_owned(),
        })),
        "submit" => Ok(Order::SubmitReport {
            year: year("submit")?,
        }),
        _ => {
            let through = pairs.get("through");
            let (year, quarter) = match through.split_once('/') {
                Some((year, quarter)) => match quarter.parse() {
                    Ok(quarter @ 1..=4) => (year, Some(quarter)),
                    Ok(_) | Err(_) => return Err(missing("through")),
                },
                None => (through, None),
            };
            Ok(Order::ClosePeriod(PeriodDraft {
                date: None,
                year: year.parse().map_err(|_| missing("through"))?,
                quarter,
            }))
        }
    }
}

/// `POST /staff/periods`
pub(crate) async fn act(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    ask(&app, move |app| {
        let library = workplace(app, &person, pairs.get("library"))?;
        person.must_work_in(app, &library.id)?;
        let order = match (pairs.get("do"), order(&pairs)) {
            ("preview" | "post", Ok(order)) => order,
            ("preview" | "post", Err(remarks)) => {
                let page = filled(app, &person, frame, &library, &pairs, remarks)?;
                return Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
            }
            _ => {
                let page = filled(app, &person, frame, &library, &pairs, Vec::new())?;
                return Ok(show(&page));
            }
        };
        let said = Said::of(frame.lang, &order);
        let command = FundCommand { event: None, order };
        let done = if pairs.get("do") == "post" {
            let key = pairs.get("key");
            post::written(app, &person, &library.id, command, key).map(|_| true)
        } else {
            post::tried(app, &person, &library.id, &command).map(|_| false)
        };
        match done {
            Ok(true) => {
                let what = encode(pairs.get("what"));
                let path = format!("{HERE}?library={}&done=1&what={what}", library.id);
                Ok(Redirect::to(&path).into_response())
            }
            Ok(false) => Ok(show(&said.confirm(app, frame, &library, &pairs)?)),
            Err(post::Failed::Refused(why)) => {
                let page = filled(app, &person, frame, &library, &pairs, why.remarks)?;
                Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
            Err(post::Failed::Problem(problem)) => Err(problem),
        }
    })
    .await
}

/// What a step does, in words.
struct Said {
    title: String,
    done: String,
    will: Vec<String>,
    forever: &'static str,
    button: &'static str,
    year: i16,
    /// The quarter that the step closes, 1 to 3; `None`: the whole year.
    quarter: Option<i8>,
}

impl Said {
    fn of(lang: Lang, order: &Order) -> Self {
        if let Order::ReopenPeriod(draft) = order {
            let year = draft.year;
            return Self {
                title: lang.with("Открыть снова {} год", year),
                done: lang.with("{} год открыт снова", year),
                will: vec![
                    lang.with("В {} год и позже снова можно записывать.", year),
                    lang.with(
                        "В журнале останется, кто открыл и почему: {}",
                        &draft.reason,
                    ),
                ],
                forever: "Напечатанные книги этого года могут разойтись с новыми: предупредите бухгалтерию.",
                button: "Открыть период",
                year,
                quarter: None,
            };
        }
        if let Order::SubmitReport { year } = order {
            return Self {
                title: lang.with("Отметить отчёт за {} год сданным", year),
                done: lang.with("Отчёт за {} год отмечен сданным", year),
                will: vec![lang.with("{} год больше нельзя будет открыть снова.", year)],
                forever: "Отметку снять нельзя: ошибки сданного года исправляют в открытом периоде.",
                button: "Отчёт сдан",
                year: *year,
                quarter: None,
            };
        }
        let (mut year, mut quarter) = (0, None);
        if let Order::ClosePeriod(draft) = order {
            (year, quarter) = (draft.year, draft.quarter);
        }
        let quarter = quarter.and_then(|quarter| i8::try_from(quarter).ok());
        let day = last_day(year, quarter).map_or_else(String::new, |day| day.to_string());
        let day = russian_dates(&day);
        let running = last_day(year, quarter).is_some_and(|day| day >= today());
        let mut will = vec![lang.with(
            "По {} включительно больше ничего нельзя будет записать.",
            &day,
        )];
        if running {
            let words = "Период ещё идёт: до его конца тоже нельзя будет ничего записать.";
            will.push(lang.t(words).to_owned());
        }
        Self {
            title: lang.with("Закрыть период по {}", &day),
            done: lang.with("Период по {} закрыт", &day),
            will,
            forever: "Ошибку в закрытом периоде исправляют новым актом в открытом. Снова открыть год можно, \
                пока отчёт за него не сдан, с записью, почему.",
            button: "Закрыть период",
            year,
            quarter,
        }
    }

    fn confirm(
        self,
        app: &App,
        frame: Frame,
        library: &LibraryNode,
        pairs: &Pairs,
    ) -> Result<ConfirmPage, Problem> {
        let span = (self.year, self.quarter);
        let lines = span_table(app.catalog().view(), frame.lang, library, span)?;
        let mut page = post::confirm(frame, &self.title, HERE, pairs);
        page.will = self.will;
        page.forever = self.forever.to_owned();
        page.button = self.button.to_owned();
        page.facts = vec![Fact::text("Библиотека", &library.name)];
        page.lines = lines;
        Ok(page)
    }

    fn done(self, frame: Frame, library: &LibraryNode) -> DonePage {
        let ksu = format!("/staff/ksu?library={}&year={}", library.id, self.year);
        DonePage {
            title: self.done,
            said: frame.t("Записано в журнал").to_owned(),
            facts: vec![Fact::text("Библиотека", &library.name)],
            rows: Table::default(),
            lines: Table::default(),
            next: vec![
                (
                    "К периодам".to_owned(),
                    format!("{HERE}?library={}", library.id),
                ),
                ("Книга суммарного учёта".to_owned(), ksu),
            ],
            f: frame
                .crumb("Рабочий стол", "/staff")
                .crumb("Закрытие периода", HERE),
        }
    }
}

/// How the year or its quarter stands, fund by fund: what the step fixes or opens.
fn span_table(
    view: &dyn View,
    lang: Lang,
    library: &LibraryNode,
    (year, quarter): (i16, Option<i8>),
) -> Result<Table, Problem> {
    let span = match quarter {
        Some(quarter) => lang.with2("{}-й квартал {} года по книгам", quarter, year),
        None => lang.with("{} год по книгам", year),
    };
    let mut table = Table::new(
        span,
        vec![
            Column::new("Фонд", Kind::Text),
            Column::new("Состояло", Kind::Number),
            Column::new("Поступило", Kind::Number),
            Column::new("Выбыло", Kind::Number),
            Column::new("Состоит", Kind::Number),
            Column::new("На сумму", Kind::Number),
        ],
    );
    for book in summary_books(view, &library.id, year)? {
        let nth = quarter.and_then(|quarter| usize::try_from(quarter - 1).ok());
        let of_quarter = nth.and_then(|nth| book.quarters.get(nth));
        let totals = of_quarter.unwrap_or(&book.totals);
        table.push(Row::new(vec![
            Cell::text(book.fund.label()),
            Cell::number(totals.opening.all.copies),
            Cell::number(totals.came.all.copies),
            Cell::number(totals.left.all.copies),
            Cell::number(totals.closing.all.copies),
            Cell::total(totals.closing.all.sum),
        ]));
    }
    Ok(table)
}
