//! Проверка на экране: the list, one check with what is left, and its result in words.

use catalog::fund::FundChange;
use catalog::fund::change::ItemMove;
use catalog::fund::state::ItemState;
use catalog::fund::stock_check::{CheckResult, StockCheck};

use super::super::places::russian_dates;
use super::super::units::Unit;
use super::progress::{Progress, Tally, tally};
use super::{HERE, address};
use crate::app::App;
use crate::problem::Problem;
use crate::view::acts::DonePage;
use crate::view::lang::{capital, short_date};
use crate::view::opac::Fact;
use crate::view::parts::{Field, Takes};
use crate::view::stock::{CheckPage, RestLine};
use crate::view::table::Kind;
use crate::view::{Cell, Column, Empty, Frame, Lang, Remark, Row, Table};

/// How many units without an outcome are shown at once.
const SHOWN: usize = 50;
/// How many missing are shown before a check is closed; its act has all of them.
const LOST: usize = 100;
/// How many marks that may be taken back, and numbers not on record, are shown at once.
const MARKED: usize = 60;

/// All checks, newest first.
pub(super) fn checks(lang: Lang, checks: &[StockCheck]) -> Table {
    let mut table = Table::new(
        "Проверки",
        vec![
            Column::new("Начата", Kind::Short),
            Column::new("Фонд", Kind::Text),
            Column::new("Приказ", Kind::Text),
            Column::new("Числится", Kind::Number),
            Column::new("Нет на месте", Kind::Number),
            Column::new("Состояние", Kind::Text),
        ],
    );
    table.empty = Some(Empty::new(
        "Проверок ещё не было",
        "Первую начинают ниже: программа запомнит, что числится на этот день.",
    ));
    for check in checks.iter().rev() {
        let expected: i64 = check.expected.iter().map(|e| i64::from(e.copies)).sum();
        let (missing, state) = match &check.result {
            Some(result) => (result.missing.copies, act(lang, result)),
            None => (0, "идёт".to_owned()),
        };
        table.push(Row::new(vec![
            Cell::date(check.started).link(address(check)),
            Cell::text(check.fund.label()),
            Cell::text(&check.order),
            Cell::number(expected),
            Cell::number(missing),
            Cell::text(state),
        ]));
    }
    table
}

fn act(lang: Lang, result: &CheckResult) -> String {
    let words = "акт проверки № {} от {}";
    lang.with2(words, result.number.number, short_date(result.date))
}

/// «Проверка: основной фонд, от 20.11.2025».
fn title(lang: Lang, check: &StockCheck) -> String {
    let fund = lang.t(check.fund.label()).to_lowercase();
    lang.with2("Проверка: {}, от {}", fund, short_date(check.started))
}

/// One check as it stands now.
pub(super) fn check_page(
    app: &App,
    frame: Frame,
    check: &StockCheck,
    mut remarks: Vec<Remark>,
) -> Result<CheckPage, Problem> {
    let progress = Progress::read(app, check)?;
    let counted = match &check.result {
        None => tally(app.catalog().view(), check, &progress)?,
        Some(result) => of_result(result),
    };
    if check.result.is_none() {
        remarks.extend(strangers(frame.lang, &progress));
    }
    let (mut facts, mut next) = (facts(check), Vec::new());
    if let Some(result) = &check.result {
        facts.extend(result_facts(frame.lang, result));
        next = next_steps(check, result);
    }
    let marked = marked(frame.lang, &progress, &counted);
    let rest = counted.rest.iter().take(SHOWN);
    Ok(CheckPage {
        title: title(frame.lang, check),
        action: address(check),
        numbers: format!("{HERE}/{}/numbers?library={}", check.id, check.library),
        open: check.result.is_none(),
        expected: counted.expected,
        seen: counted.seen,
        on_loan: counted.on_loan,
        elsewhere: counted.elsewhere,
        missing: counted.missing,
        scan: Field::new("scan", "Инвентарный номер", "")
            .takes(Takes::Number)
            .focus(),
        scans: progress.scans(),
        left: counted.left(),
        rest: rest.map(|unit| rest_line(frame.lang, unit)).collect(),
        hidden: i64::try_from(counted.rest.len().saturating_sub(SHOWN)).unwrap_or(i64::MAX),
        given_up: i64::try_from(progress.given_up.len()).unwrap_or(i64::MAX),
        marks: marked.len(),
        marked: marked.into_iter().take(MARKED).collect(),
        lost: result_lost(app, frame.lang, check, &counted)?,
        facts,
        next,
        remarks,
        f: frame
            .crumb("Рабочий стол", "/staff")
            .crumb("Проверка фонда", HERE),
    })
}

/// Numbers that the book does not have: a book without one, or a slip of the hand that would become a surplus.
pub(super) fn strangers(lang: Lang, progress: &Progress) -> Option<Remark> {
    let all = &progress.strangers;
    let mut numbers: Vec<String> = all.iter().take(MARKED).map(ToString::to_string).collect();
    if all.len() > MARKED {
        numbers.push(lang.with("и ещё {}", all.len() - MARKED));
    }
    let words = "Таких номеров на учёте в инвентарной книге нет: {}. Проверьте, нет ли опечатки, и снимите с неё отметку: что останется, войдёт в акт как излишки";
    (!all.is_empty()).then(|| Remark {
        tone: "warn",
        ..Remark::bad(lang.with(words, numbers.join(", ")), "")
    })
}

fn rest_line(lang: Lang, unit: &Unit) -> RestLine {
    RestLine {
        key: unit.key.to_string(),
        number: unit.number(lang),
        title: unit.title.clone(),
        sub: unit.sub(lang),
        counted: unit.counted(),
    }
}

/// Marks that may be taken back: words and the key.
fn marked(lang: Lang, progress: &Progress, counted: &Tally) -> Vec<(String, String)> {
    let lost = counted.lost.iter().map(|(unit, copies)| {
        let number = unit.number(lang);
        let words = match unit.counted() {
            true => lang.with2("{}: не хватает {}", number, copies),
            false => lang.with("{}: нет на месте", number),
        };
        (words, unit.key.to_string())
    });
    let with = |numbers: &std::collections::BTreeSet<catalog::fund::number::InventoryNumber>,
                words: &str| {
        let named = numbers
            .iter()
            .map(|number| (lang.with(words, number), format!("i:{number}")));
        named.collect::<Vec<_>>()
    };
    lost.chain(with(&progress.on_loan, "{}: выдан читателю"))
        .chain(with(&progress.strangers, "{}: не состоит на учёте"))
        .collect()
}

fn of_result(result: &CheckResult) -> Tally {
    Tally {
        expected: result.on_record.copies,
        seen: result.on_shelf,
        on_loan: result.on_loan,
        elsewhere: result.elsewhere + result.claimed + result.left_meanwhile,
        missing: result.missing.copies,
        ..Tally::default()
    }
}

fn result_lost(
    app: &App,
    lang: Lang,
    check: &StockCheck,
    counted: &Tally,
) -> Result<Table, Problem> {
    let Some(result) = &check.result else {
        return Ok(lost(lang, &counted.lost));
    };
    let view = app.catalog().view();
    let mut units = Vec::new();
    for number in &result.missing_numbers {
        let item = catalog::fund::read::item_by_number(view, &check.library, number)?;
        units.extend(item.as_ref().and_then(Unit::of_item).map(|unit| (unit, 1)));
    }
    let progress = Progress::read(app, check)?;
    let now = tally(view, check, &progress)?;
    units.extend(now.lost.into_iter().filter(|(unit, _)| unit.counted()));
    Ok(lost(lang, &units))
}

/// The list of what was not found.
pub(super) fn lost(lang: Lang, units: &[(Unit, u32)]) -> Table {
    let mut table = Table::new(
        "Нет на месте",
        vec![
            Column::new("Инв. №", Kind::Text),
            Column::new("Книга", Kind::Text),
            Column::new("Экз.", Kind::Number),
            Column::new("Сумма", Kind::Number),
        ],
    );
    if units.len() > LOST {
        table.caption = lang.with2("Нет на месте: первые {} из {}", LOST, units.len());
    }
    for (unit, copies) in units.iter().take(LOST) {
        let title = Cell::text(&unit.title).sub(unit.sub(lang));
        let title = match unit.record {
            Some(record) => title.link(format!("/staff/records/{record}")),
            None => title,
        };
        table.push(Row::new(vec![
            Cell::text(unit.number(lang)),
            title,
            Cell::number(i64::from(*copies)),
            Cell::money(unit.price * i64::from(*copies)),
        ]));
    }
    table.empty = Some(Empty::new("Всё на месте", ""));
    table
}

/// What will be written when a check is closed.
pub(super) fn will(lang: Lang, change: &FundChange) -> Vec<String> {
    match change {
        FundChange::Checked { check, .. } => {
            let result = check.result.iter();
            result.map(|result| sentence(lang, result)).collect()
        }
        FundChange::Moved { items, .. } => {
            let lent = |moved: &ItemMove| moved.to == ItemState::OnLoan;
            vec![match items.iter().all(lent) {
                true => lang.with("Отмечены выданными по формулярам: {} экз.", items.len()),
                false => lang.with(
                    "Числились на руках, а стоят на полке, вернутся в фонд: {} экз.",
                    items.len(),
                ),
            }]
        }
        FundChange::Together(changes) => {
            let changes = changes.iter();
            changes.flat_map(|change| will(lang, change)).collect()
        }
        FundChange::LibraryAdded(_)
        | FundChange::PolicySet { .. }
        | FundChange::TitlesNoted { .. }
        | FundChange::Posted(_)
        | FundChange::Opened { .. }
        | FundChange::Voided { .. }
        | FundChange::Relocated { .. }
        | FundChange::PeriodSet { .. }
        | FundChange::ReportSubmitted { .. } => Vec::new(),
    }
}

fn sentence(lang: Lang, result: &CheckResult) -> String {
    lang.fill(
        "{}: числится {}, на полках {}, выдано {}, в других местах {}, не найдено {} на {} ₽, излишки {}",
        &[
            &capital(&act(lang, result)),
            &lang.worth(result.on_record.copies, result.on_record.sum),
            &result.on_shelf,
            &result.on_loan,
            &result.elsewhere,
            &result.missing.copies,
            &result.missing.sum,
            &result.surplus,
        ],
    )
}

/// The head of a check.
pub(super) fn facts(check: &StockCheck) -> Vec<Fact> {
    let said = [
        ("Фонд", check.fund.label().to_owned()),
        ("Начата", russian_dates(&check.started.to_string())),
        ("Приказ", check.order.clone()),
    ];
    let told = said.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(label, value)| Fact::text(label, value))
        .collect()
}

fn result_facts(lang: Lang, result: &CheckResult) -> Vec<Fact> {
    vec![
        Fact::text("Итог", act(lang, result)),
        Fact::text(
            "Числится",
            lang.worth(result.on_record.copies, result.on_record.sum),
        ),
        Fact::text(
            "Не найдено",
            lang.worth(result.missing.copies, result.missing.sum),
        ),
        Fact::text("Заявлено утерянными раньше", result.claimed.to_string()),
        Fact::text(
            "Выбыло за время проверки",
            result.left_meanwhile.to_string(),
        ),
        Fact::text("Излишки", result.surplus.to_string()),
    ]
}

fn next_steps(check: &StockCheck, result: &CheckResult) -> Vec<(String, String)> {
    let mut next = Vec::new();
    if result.missing.copies > 0 {
        next.push((
            "Составить акт о списании не найденного".to_owned(),
            format!(
                "/staff/withdrawals/new?library={}&check={}",
                check.library, check.id
            ),
        ));
    }
    next.push(("Все проверки".to_owned(), HERE.to_owned()));
    next
}

/// The word after a check is closed.
pub(super) fn done(frame: Frame, check: &StockCheck) -> DonePage {
    let (mut facts, mut next) = (Vec::new(), Vec::new());
    let mut said = String::new();
    if let Some(result) = &check.result {
        said = sentence(frame.lang, result);
        facts = result_facts(frame.lang, result);
        next = next_steps(check, result);
    }
    next.push(("Открыть проверку".to_owned(), address(check)));
    DonePage {
        title: frame.t("Проверка закрыта").to_owned(),
        said,
        facts,
        rows: Table::default(),
        lines: Table::default(),
        next,
        f: frame
            .crumb("Рабочий стол", "/staff")
            .crumb("Проверка фонда", HERE),
    }
}
