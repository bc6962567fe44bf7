//! What may be chosen at the head of an act: the reason, the sub-reason, the act of a check it rests on.

use catalog::fund::axis::{Reason, SubReason};
use catalog::fund::read;

use super::Draft;
use super::lines::{TRANSFER, basis_code};
use crate::app::App;
use crate::problem::Problem;
use crate::view::Choice;
use crate::view::lang::short_date;
use crate::view::parts::Pick;

pub(super) fn reason_choice(chosen: &str) -> Choice {
    let reasons = Reason::ALL
        .iter()
        .map(|reason| Pick::new(reason.code(), reason.label()));
    let picks = std::iter::once(Pick::new("", "выберите причину"))
        .chain(reasons)
        .chain([Pick::new(TRANSFER, "Передача в другую организацию")]);
    Choice::new("reason", "Причина", chosen, picks.collect())
}

pub(super) fn sub_reason_choice(chosen: &str) -> Choice {
    let reasons = SubReason::ALL
        .iter()
        .map(|reason| Pick::new(reason.code(), reason.label()));
    let picks = std::iter::once(Pick::new("", "не указана")).chain(reasons);
    let mut choice = Choice::new("sub_reason", "Подпричина", chosen, picks.collect());
    "Только для утраты".clone_into(&mut choice.hint);
    choice
}

pub(super) fn basis_choice(app: &App, state: &Draft) -> Result<Choice, Problem> {
    let mut picks = vec![Pick::new("", "нет")];
    for check in read::checks(app.catalog().view(), &state.library.id)? {
        if let Some(result) = &check.result {
            picks.push(Pick::new(
                basis_code(result.number),
                state.lang.fill(
                    "Акт проверки № {} от {}, {}",
                    &[
                        &result.number.number,
                        &short_date(result.date),
                        &state.lang.t(check.fund.label()).to_lowercase(),
                    ],
                ),
            ));
        }
    }
    let mut choice = Choice::new("basis", "Основание", state.pairs.get("basis"), picks);
    "Нужно для не найденного при проверке".clone_into(&mut choice.hint);
    Ok(choice)
}
