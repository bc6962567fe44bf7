//! Состояние экземпляра, and the one table of what may follow what.
//!
//! Acts that count (receipt, withdrawal) are judged in `check`; here is only the order of states.

use serde::{Deserialize, Serialize};

use super::axis::{Reason, SubReason};
use crate::rule::Rule;

/// Состояние экземпляра.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ItemState {
    /// В обработке: here, but not yet accounted.
    InProcessing,
    /// В фонде, свободен.
    Available,
    /// Выдан читателю.
    OnLoan,
    /// Передан во временное пользование.
    LentOut,
    /// В ремонте.
    InRepair,
    /// Изъят из доступа.
    Restricted,
    /// Читатель сообщил об утере.
    LostClaimed,
    /// Не найден при проверке.
    Missing,
    /// Отобран к списанию.
    SelectedForWithdrawal,
    /// Выбыл.
    Withdrawn,
    /// Номер погашен.
    Voided,
}

/// Движение: a change of state without effect on the summary books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Movement {
    /// Выдача.
    Loan,
    /// Возврат: from a reader, another unit or repair.
    Return,
    /// Передача во временное пользование.
    Lend,
    /// В ремонт.
    Repair,
    /// Изъятие из доступа.
    Restrict,
    /// Снятие ограничения.
    Lift,
    /// Заявление об утере.
    LossClaim,
    /// Найден.
    Found,
    /// Отбор к списанию.
    Select,
    /// Отмена отбора.
    Deselect,
    /// Числится за читателем по формуляру (found at a check).
    FoundOnLoan,
    /// Не найден при проверке.
    CheckMissing,
}

impl Movement {
    /// The Russian name.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Movement::Loan => "выдача",
            Movement::Return => "возврат",
            Movement::Lend => "передача во временное пользование",
            Movement::Repair => "отправка в ремонт",
            Movement::Restrict => "изъятие из доступа",
            Movement::Lift => "снятие ограничения",
            Movement::LossClaim => "заявление об утере",
            Movement::Found => "находка",
            Movement::Select => "отбор к списанию",
            Movement::Deselect => "отмена отбора",
            Movement::FoundOnLoan => "отметка «на руках» при проверке",
            Movement::CheckMissing => "отметка «не найден» при проверке",
        }
    }
}

impl ItemState {
    /// Whether it is counted: everything but in processing, withdrawn and voided.
    #[must_use]
    pub fn on_record(self) -> bool {
        !matches!(
            self,
            ItemState::InProcessing | ItemState::Withdrawn | ItemState::Voided
        )
    }

    /// The Russian name.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            ItemState::InProcessing => "в обработке",
            ItemState::Available => "в фонде",
            ItemState::OnLoan => "выдан",
            ItemState::LentOut => "во временном пользовании",
            ItemState::InRepair => "в ремонте",
            ItemState::Restricted => "изъят из доступа",
            ItemState::LostClaimed => "заявлен утерянным",
            ItemState::Missing => "не найден при проверке",
            ItemState::SelectedForWithdrawal => "отобран к списанию",
            ItemState::Withdrawn => "выбыл",
            ItemState::Voided => "номер погашен",
        }
    }

    /// The code of exchange files.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            ItemState::InProcessing => "IN_PROCESSING",
            ItemState::Available => "AVAILABLE",
            ItemState::OnLoan => "ON_LOAN",
            ItemState::LentOut => "LENT_OUT",
            ItemState::InRepair => "IN_REPAIR",
            ItemState::Restricted => "RESTRICTED",
            ItemState::LostClaimed => "LOST_CLAIMED",
            ItemState::Missing => "MISSING",
            ItemState::SelectedForWithdrawal => "SELECTED_FOR_WITHDRAWAL",
            ItemState::Withdrawn => "WITHDRAWN",
            ItemState::Voided => "VOIDED",
        }
    }

    /// The state after a movement; `previous` is the one before the present state was entered.
    /// `None`: the movement is not possible. Restricting a lent item waits for its return, so the
    /// state stays.
    #[must_use]
    pub fn after(self, movement: Movement, previous: Option<ItemState>) -> Option<ItemState> {
        use ItemState as S;
        use Movement as M;
        match (self, movement) {
            (S::Available, M::Loan | M::FoundOnLoan) | (S::OnLoan, M::FoundOnLoan) => {
                Some(S::OnLoan)
            }
            (S::OnLoan | S::LentOut | S::InRepair, M::Return) => Some(S::Available),
            (S::Available, M::Lend) => Some(S::LentOut),
            (S::Available, M::Repair) => Some(S::InRepair),
            (S::Available, M::Restrict) => Some(S::Restricted),
            (S::OnLoan, M::Restrict) => Some(S::OnLoan),
            (S::Restricted, M::Lift) => Some(S::Available),
            (S::Available | S::OnLoan, M::LossClaim) => Some(S::LostClaimed),
            (S::LostClaimed | S::Missing, M::Found) => Some(S::Available),
            (S::Available | S::InRepair | S::Restricted, M::Select) => {
                Some(S::SelectedForWithdrawal)
            }
            (S::SelectedForWithdrawal, M::Deselect) => Some(previous.unwrap_or(S::Available)),
            (
                S::Available
                | S::OnLoan
                | S::SelectedForWithdrawal
                | S::InRepair
                | S::LentOut
                | S::Restricted
                | S::Missing,
                M::CheckMissing,
            ) => Some(S::Missing),
            (
                _,
                M::Loan
                | M::Return
                | M::Lend
                | M::Repair
                | M::Restrict
                | M::Lift
                | M::LossClaim
                | M::Found
                | M::Select
                | M::Deselect
                | M::FoundOnLoan
                | M::CheckMissing,
            ) => None,
        }
    }

    /// Whether an act may take the item away from this state; `None` as reason is a transfer.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn may_leave(self, reason: Option<Reason>, sub: Option<SubReason>) -> Result<(), Rule> {
        let lost = reason == Some(Reason::Loss);
        let by_user = lost && sub == Some(SubReason::LostByUser);
        let allowed = match self {
            ItemState::Available
            | ItemState::SelectedForWithdrawal
            | ItemState::InRepair
            | ItemState::Restricted => return Ok(()),
            ItemState::OnLoan => (by_user, Rule::CopyOnLoan),
            ItemState::LentOut => (lost || reason.is_none(), Rule::CopyOnLoan),
            ItemState::LostClaimed | ItemState::Missing => (lost, Rule::StateOrder),
            ItemState::Withdrawn => (false, Rule::AlreadyWithdrawn),
            ItemState::InProcessing | ItemState::Voided => (false, Rule::StateOrder),
        };
        if allowed.0 { Ok(()) } else { Err(allowed.1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_withdrawn_or_voided() {
        for state in [ItemState::Withdrawn, ItemState::Voided] {
            for movement in [
                Movement::Loan,
                Movement::Return,
                Movement::Found,
                Movement::Select,
                Movement::CheckMissing,
                Movement::Lift,
            ] {
                assert_eq!(state.after(movement, None), None);
            }
            assert!(state.may_leave(Some(Reason::Loss), None).is_err());
        }
    }

    #[test]
    fn a_lent_item_leaves_only_as_lost_by_its_reader() {
        let state = ItemState::OnLoan;
        assert_eq!(
            state.may_leave(Some(Reason::Wear), None),
            Err(Rule::CopyOnLoan)
        );
        let sub = Some(SubReason::LostByUser);
        assert_eq!(state.may_leave(Some(Reason::Loss), sub), Ok(()));
    }

    #[test]
    fn a_deselected_item_goes_back_where_it_was() {
        let back =
            ItemState::SelectedForWithdrawal.after(Movement::Deselect, Some(ItemState::InRepair));
        assert_eq!(back, Some(ItemState::InRepair));
    }
}
