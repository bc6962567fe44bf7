//! The business date of an order: the one that its entry in the journal bears (D-1).

use jiff::civil::Date;

use super::Order;

impl Order {
    /// Дата документа; `None` where an order has none.
    #[must_use]
    pub fn date(&self) -> Option<Date> {
        match self {
            Self::Open(draft) => draft.closed_through,
            Self::Receive(draft) => Some(draft.date),
            Self::Withdraw(draft) => {
                let approved = || draft.act.as_ref().and_then(|act| act.approved);
                draft.date.or_else(approved)
            }
            Self::Reverse(draft) => Some(draft.date),
            Self::Revalue(draft) => Some(draft.date),
            Self::Reclassify(draft) => Some(draft.date),
            Self::Relocate(draft) => Some(draft.date),
            Self::Void(draft) => Some(draft.date),
            Self::Move(draft) => Some(draft.date),
            Self::StartCheck(draft) => Some(draft.date),
            Self::CloseCheck(draft) => Some(draft.date),
            Self::ClosePeriod(draft) => draft.date,
            Self::ReopenPeriod(draft) => draft.date,
            // Orders that go together have one date. Rule: D-21.
            Self::Together(commands) => commands.iter().find_map(|command| command.order.date()),
            Self::AddLibrary(_)
            | Self::ChangeLibrary(_)
            | Self::SetPolicy(_)
            | Self::NoteTitles(_)
            | Self::SubmitReport { .. } => None,
        }
    }
}
