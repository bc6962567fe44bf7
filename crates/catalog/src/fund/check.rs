//! Правила фонда: each kind of order is judged in a room of its own, at one desk.
//!
//! A room collects every reason to refuse; the desk forgets its changes when there is one.

mod accession;
mod axes;
mod bounds;
mod desk;
pub(super) mod library;
mod movement;
mod opening;
mod period;
mod policy;
mod reclassify;
mod relocation;
mod revaluation;
mod reversal;
mod sheet;
mod stock_check;
mod units;
mod void;
mod withdrawal;

pub(super) use desk::Desk;

use super::change::FundChange;
use super::draft::Order;
use crate::table::TableError;

/// At most so many items and card lines in one act. Rule: D-2.
pub const MAX_LINES: usize = 2000;

/// Judges one order at the desk.
pub(super) fn judge(desk: &mut Desk<'_, '_>, order: &Order) -> Result<(), TableError> {
    match order {
        Order::AddLibrary(_) | Order::ChangeLibrary(_) | Order::Together(_) => Ok(()),
        Order::SetPolicy(policy) => policy::judge(desk, policy),
        Order::NoteTitles(titles) => {
            let library = desk.library.id.clone();
            let titles = titles.clone();
            desk.emit(FundChange::TitlesNoted { library, titles })
        }
        Order::Open(draft) => opening::judge(desk, draft),
        Order::Receive(draft) => accession::judge(desk, draft),
        Order::Withdraw(draft) => withdrawal::judge(desk, draft),
        Order::Reverse(draft) => reversal::judge(desk, draft),
        Order::Revalue(draft) => revaluation::judge(desk, draft),
        Order::Reclassify(draft) => reclassify::judge(desk, draft),
        Order::Relocate(draft) => relocation::judge(desk, draft),
        Order::Void(draft) => void::judge(desk, draft),
        Order::Move(draft) => movement::judge(desk, draft),
        Order::StartCheck(draft) => stock_check::start(desk, draft),
        Order::CloseCheck(draft) => stock_check::close(desk, draft),
        Order::ClosePeriod(draft) => period::close(desk, draft),
        Order::ReopenPeriod(draft) => period::reopen(desk, draft),
        Order::SubmitReport { year } => period::submit(desk, *year),
    }
}
