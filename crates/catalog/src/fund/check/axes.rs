//! Оси учёта единицы: from the title, the policy and the source to the columns that will count it.

use super::Desk;
use crate::fund::axis::{Fund, GradeColumn, Kind, Purpose, Registration, Source, Term};
use crate::fund::policy::Workbooks;
use crate::fund::title::{Axes, TitleFacts};
use crate::rule::Rule;

/// The axes of a unit of this title in this fund; findings go to the desk under `place`.
pub(super) fn settle(
    desk: &mut Desk<'_, '_>,
    title: &TitleFacts,
    fund: Fund,
    source: Source,
    on_balance: Option<bool>,
    place: &str,
) -> Axes {
    let temporary = is_temporary(title, source);
    if temporary && on_balance == Some(true)
        || title.kind == Kind::ERemote && title.on_balance == Some(true)
    {
        desk.refuse(
            Rule::OffBalanceOnly,
            format!("{place}/on_balance"),
            format!(
                "«{}»: на баланс не принимается, поставьте on_balance = false",
                title.label()
            ),
        );
    }
    let by_kind = !(title.kind.is_periodical() && title.registration != Registration::Inventory
        || title.registration == Registration::SummaryOnly);
    let on_balance = !temporary && on_balance.or(title.on_balance).unwrap_or(by_kind);
    let (content, grade) = if fund.counts_by_grade() {
        let several = &desk.policy.grade_columns;
        let grade = title
            .grades
            .map_or(GradeColumn::REST, |g| g.column(several));
        (String::new(), grade)
    } else {
        (content(desk, title, place), GradeColumn::REST)
    };
    Axes {
        kind: title.kind,
        content,
        grade,
        on_balance,
        term: if temporary {
            Term::Temporary
        } else {
            title.term
        },
        purpose: title.purpose,
        reference: title.reference,
        fiction: title.class_mark.trim().starts_with("84"),
        language: title.language.clone(),
    }
}

/// Kept for a time only: never on the balance, never with a number of its own. Rule: FA-37.
fn is_temporary(title: &TitleFacts, source: Source) -> bool {
    source == Source::Temporary
        || title.kind == Kind::ERemote
        || title.registration == Registration::Network
        || title.purpose == Some(Purpose::Workbook)
        || title.term == Term::Temporary
}

fn content(desk: &mut Desk<'_, '_>, title: &TitleFacts, place: &str) -> String {
    let columns = desk.policy.content_columns.clone();
    let found = match &title.content {
        Some(given) => columns.contains(given).then(|| given.clone()),
        None => desk
            .policy
            .content_of(&title.class_mark, title.reader.as_deref())
            .map(|column| column.code.clone()),
    };
    found.unwrap_or_else(|| {
        let columns = columns.join(", ");
        desk.refuse(
            Rule::ContentColumn,
            format!("{place}/content"),
            format!(
                "«{}»: графа содержания не определена, укажите одну из: {columns}",
                title.label()
            ),
        );
        String::new()
    })
}

/// How the units of a line are registered; workbooks by policy never by number or card.
pub(super) fn registration(
    desk: &mut Desk<'_, '_>,
    title: &TitleFacts,
    source: Source,
    (numbered, carded): (bool, bool),
    place: &str,
) -> Registration {
    let workbook = title.purpose == Some(Purpose::Workbook);
    if workbook && desk.policy.workbooks == Workbooks::Consumable {
        desk.refuse(
            Rule::ConsumableNotFund,
            place,
            format!(
                "«{}»: по учётной политике рабочие тетради – расходный материал. Перенесите строку в non_fund_lines",
                title.label()
            ),
        );
    }
    let only_sum = is_temporary(title, source)
        || matches!(
            title.registration,
            Registration::SummaryOnly | Registration::Network
        );
    if only_sum {
        if numbered {
            desk.refuse(
                Rule::InventoryForbidden,
                format!("{place}/inv"),
                format!(
                    "«{}» учитывается только суммарно: уберите инвентарные номера",
                    title.label()
                ),
            );
        }
        return if title.registration == Registration::Network || title.kind == Kind::ERemote {
            Registration::Network
        } else {
            Registration::SummaryOnly
        };
    }
    if numbered {
        Registration::Inventory
    } else if carded {
        Registration::BatchCard
    } else {
        title.registration
    }
}
