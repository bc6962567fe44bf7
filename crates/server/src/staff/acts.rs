//! Acts: the list and one act. What was posted is only shown; mending is an act of its own.

use axum::extract::State;
use axum::response::Response;

use catalog::fund::act::{Act, ActBody};
use catalog::fund::books::{fitting_acts, years};
use catalog::fund::ledger::Unit;
use catalog::fund::tables::{Acts, Cards, Entries, Items};
use catalog::id::ActId;
use catalog::table::{get, scan_from};

use super::home::acts_table;
use super::{Pairs, called, library_choice, page_of, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::{Permission, Person, may};
use crate::clock::day_here;
use crate::extract::{Path, Query};
use crate::page::{PageFrame, encode, show};
use crate::problem::Problem;
use crate::view::acts::{ActPage, ActsPage, DonePage};
use crate::view::lang::{capital, short_date};
use crate::view::opac::Fact;
use crate::view::parts::Pick;
use crate::view::table::Kind;
use crate::view::{Cell, Choice, Column, Frame, Lang, Pager, Row, Stage, Table};

const PAGE: usize = 50;

/// «Списание № 3»: what the act is called in lists.
pub(super) fn title(lang: Lang, act: &Act) -> String {
    let label = lang.t(act.label());
    match &act.number {
        Some(number) => lang.with2("{} № {}", label, number.number),
        None => label.to_owned(),
    }
}

/// «Поступление от 25.05.2026»: an act of a supplier's paper has no number of ours.
pub(super) fn dated(lang: Lang, act: &Act) -> String {
    lang.with2("{} от {}", title(lang, act), short_date(act.date))
}

/// `GET /staff/acts`
pub(crate) async fn list(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let library = workplace(app, &person, pairs.get("library"))?;
        let view = app.catalog().view();
        let year = pairs.get("year").parse::<i16>().ok();
        let fund = pairs.get("fund").parse::<catalog::fund::axis::Fund>().ok();
        let fits = |act: &Act| {
            year.is_none_or(|year| act.date.year() == year)
                && fund.is_none_or(|fund| act.fund == fund)
        };
        let asked = pairs.get("page").parse::<usize>().unwrap_or(1);
        let pages = |all: usize| all.div_ceil(PAGE).max(1);
        let shown = |all| {
            let first = (asked.clamp(1, pages(all)) - 1) * PAGE;
            first..all.min(first + PAGE)
        };
        let (all_that_fit, shown) = fitting_acts(view, &library.id, fits, shown)?;
        let pages = pages(all_that_fit);
        let at = asked.clamp(1, pages);
        let all = Pick::new("", "все");
        let known = years(view, &library.id)?;
        let year_picks = known
            .iter()
            .rev()
            .map(|y| Pick::new(y.to_string(), y.to_string()));
        let funds = catalog::fund::axis::Fund::ALL;
        let fund_picks = funds
            .iter()
            .map(|fund| Pick::new(fund.code(), fund.label()));
        let mut filters = vec![
            Choice::new(
                "year",
                "Год",
                pairs.get("year"),
                std::iter::once(all.clone()).chain(year_picks).collect(),
            ),
            Choice::new(
                "fund",
                "Фонд",
                pairs.get("fund"),
                std::iter::once(all).chain(fund_picks).collect(),
            ),
        ];
        filters.extend(library_choice(app, &person, &library)?);
        Ok(ActsPage {
            filters,
            table: acts_table(app, frame.lang, "Акты", shown)?,
            pager: Pager {
                page: at as u64,
                pages: pages as u64,
                stem: format!(
                    "/staff/acts?library={}&year={}&fund={}&",
                    library.id,
                    encode(pairs.get("year")),
                    encode(pairs.get("fund"))
                ),
            },
            f: frame.crumb("Рабочий стол", "/staff"),
        })
    });
    Ok(show(&page.await?))
}

/// `GET /staff/acts/{id}`
pub(crate) async fn page(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<ActId>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let act = get::<Acts>(app.catalog().view(), &id)?
            .ok_or_else(|| Problem::no_such("Акта {} нет", id))?;
        person.must_work_in(app, &act.library)?;
        if pairs.get("done") == "1" {
            return Ok(show(&done(app, &person, frame, act, &pairs)?));
        }
        let mut lines = lines(app, frame.lang, &act)?;
        let stem = format!("/staff/acts/{id}?");
        let pager = page_of(&mut lines, pairs.get("page"), PAGE, stem);
        let who = called(app, &act.actor)?;
        let who = frame.t(&who);
        let stages = [("Составлен", act.date), ("Проведён", day_here(act.at))];
        Ok(show(&ActPage {
            title: dated(frame.lang, &act),
            stages: stages
                .into_iter()
                .map(|(title, day)| Stage {
                    title: title.to_owned(),
                    note: format!("{}, {who}", short_date(day)),
                    state: "past",
                })
                .collect(),
            facts: facts(&act),
            lines,
            pager,
            rows: acts_table(
                app,
                frame.lang,
                "Запись книги суммарного учёта",
                vec![act.clone()],
            )?,
            actions: actions(&person, &act),
            f: frame
                .crumb("Рабочий стол", "/staff")
                .crumb("Акты", "/staff/acts"),
        }))
    });
    page.await
}

/// The word after posting: this act and those that were posted with it.
fn done(
    app: &App,
    person: &Person,
    frame: Frame,
    act: Act,
    pairs: &Pairs,
) -> Result<DonePage, Problem> {
    let mut posted = vec![act];
    for id in pairs.all("with").filter_map(|id| id.parse().ok()) {
        if let Some(act) = get::<Acts>(app.catalog().view(), &id)? {
            person.must_work_in(app, &act.library)?;
            posted.push(act);
        }
    }
    super::post::done(app, person, frame, &posted)
}

fn actions(person: &Person, act: &Act) -> Vec<(String, String)> {
    let mut actions = vec![(
        "Книга суммарного учёта".to_owned(),
        format!(
            "/staff/ksu?library={}&fund={}&year={}",
            act.library,
            act.fund,
            act.date.year()
        ),
    )];
    if may(person.user.role, Permission::KeepFund) && super::reversal::reversible(act) {
        let words = "Исправить (сторно)".to_owned();
        actions.push((words, super::reversal::address(act)));
    }
    actions
}

fn facts(act: &Act) -> Vec<Fact> {
    let mut facts = vec![
        ("Библиотека", act.library_name.clone()),
        ("Фонд", act.fund.label().to_owned()),
        ("Экземпляров", act.totals.all.copies.to_string()),
        ("Сумма", format!("{} ₽", act.totals.all.sum)),
    ];
    match &act.body {
        ActBody::Opening => {}
        ActBody::Accession {
            source,
            supplier,
            document,
            non_fund,
            rejected,
        } => {
            facts.push(("Источник", source.label().to_owned()));
            facts.push(("Поставщик", supplier.clone()));
            facts.push(("Документ", document_words(document)));
            facts.push(("Не фонд", money(*non_fund)));
            facts.push(("Не принято", money(*rejected)));
        }
        ActBody::Withdrawal {
            approved,
            reason,
            sub_reason,
            receiver,
            ..
        } => {
            facts.push(("Утверждён", short_date(*approved)));
            facts.push((
                "Причина",
                reason.map_or("передача", |r| r.label()).to_owned(),
            ));
            facts.push((
                "Подпричина",
                sub_reason.map_or("", |r| r.label()).to_owned(),
            ));
            facts.push(("Кому передано", receiver.clone()));
        }
        ActBody::Reversal { of, reason, .. } | ActBody::Correction { of, reason, .. } => {
            facts.push(("Исправляет акт", of.to_string()));
            facts.push(("Почему", reason.clone()));
        }
        ActBody::Revaluation { reason } => facts.push(("Основание", reason.clone())),
        ActBody::Reclassification { other, reason } => {
            if act.between_funds() {
                facts.push(("Другой фонд", other.label().to_owned()));
            }
            facts.push(("Основание", reason.clone()));
        }
    }
    facts.push(("Примечание", act.note.clone()));
    let told = facts.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(label, value)| Fact::text(label, value))
        .collect()
}

fn money(sum: catalog::fund::money::Kopecks) -> String {
    if sum == catalog::fund::money::Kopecks::ZERO {
        String::new()
    } else {
        format!("{sum} ₽")
    }
}

/// The document in words.
pub(crate) fn document_words(document: &catalog::fund::act::Document) -> String {
    capital(&super::places::russian_dates(&document.words()))
}

/// The list to an act.
pub(super) fn lines(app: &App, lang: Lang, act: &Act) -> Result<Table, Problem> {
    let view = app.catalog().view();
    let mut table = Table::new(
        "Список к акту",
        vec![
            Column::new("№", Kind::Short),
            Column::new("Автор и заглавие", Kind::Text),
            Column::new("Экз.", Kind::Number),
            Column::new("Сумма", Kind::Number),
        ],
    );
    let mut entries = Vec::new();
    scan_from::<Entries>(view, &act.id, &(act.id, 0), |entry| {
        entries.push(entry);
        std::ops::ControlFlow::Continue(())
    })?;
    for entry in entries {
        let (number, title) = match entry.unit {
            Unit::Item(id) => {
                let item = get::<Items>(view, &id)?;
                let number = item.as_ref().and_then(|item| item.number.clone());
                let title = item.and_then(|item| item.title);
                (
                    number.map_or_else(String::new, |number| number.to_string()),
                    title.map_or_else(String::new, |title| title.description),
                )
            }
            Unit::Layer(id, layer) => {
                let card = get::<Cards>(view, &id)?;
                let number = card
                    .as_ref()
                    .and_then(|card| card.number)
                    .unwrap_or_default();
                let title = card.map_or_else(String::new, |card| card.title.description);
                (lang.with2("карт. {}/{}", number, layer), title)
            }
        };
        table.push(Row::new(vec![
            Cell::text(number),
            Cell::text(title).link(format!("/staff/records/{}", entry.record)),
            Cell::number(entry.copies),
            Cell::money(entry.sum),
        ]));
    }
    Ok(table)
}
