//! Решение: a command against the tables becomes a change for the journal, or every reason why not.
//!
//! One room for each kind of order stands in `check`; here they are only called, in order.

use jiff::Timestamp;

use super::change::FundChange;
use super::check::{self, Desk};
use super::draft::{FundCommand, Order};
use super::network;
use super::overlay::Overlay;
use super::tables::Events;
use crate::id::{LibraryId, UserId};
use crate::rule::{Finding, Rule};
use crate::table::{TableError, View, get};

/// Who acts, for which library, when.
#[derive(Clone, Debug)]
pub struct Context {
    /// The legal library, or a building of it.
    pub library: LibraryId,
    /// Who.
    pub actor: UserId,
    /// The moment of entry.
    pub at: Timestamp,
}

/// Why there is no change.
#[derive(Debug, thiserror::Error)]
pub enum FundError {
    /// The rules say no; every reason at once.
    #[error("отказано: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Refused(Vec<Finding>),
    /// The state is damaged.
    #[error(transparent)]
    Table(#[from] TableError),
}

/// Judges a command against the tables. `None`: its event was posted before, with the same content.
///
/// # Errors
/// [`FundError::Refused`] with every broken rule; [`FundError::Table`] when the state is damaged.
pub fn decide(
    command: &FundCommand,
    ctx: &Context,
    view: &dyn View,
) -> Result<Option<FundChange>, FundError> {
    let mut overlay = Overlay::new(view);
    let (mut changes, findings) = carry_out(command, ctx, &mut overlay)?;
    if !findings.is_empty() {
        return Err(FundError::Refused(findings));
    }
    Ok(match changes.len() {
        0 => None,
        1 => changes.pop(),
        _ => Some(FundChange::Together(changes)),
    })
}

fn carry_out(
    command: &FundCommand,
    ctx: &Context,
    overlay: &mut Overlay<'_>,
) -> Result<(Vec<FundChange>, Vec<Finding>), TableError> {
    match &command.order {
        Order::AddLibrary(node) => return check::library::add(overlay, node),
        Order::ChangeLibrary(node) => return check::library::change(overlay, node),
        Order::Together(commands) => return together(commands, ctx, overlay),
        Order::SetPolicy(_)
        | Order::NoteTitles(_)
        | Order::Open(_)
        | Order::Receive(_)
        | Order::Withdraw(_)
        | Order::Reverse(_)
        | Order::Revalue(_)
        | Order::Reclassify(_)
        | Order::Relocate(_)
        | Order::Void(_)
        | Order::Move(_)
        | Order::StartCheck(_)
        | Order::CloseCheck(_)
        | Order::ClosePeriod(_)
        | Order::ReopenPeriod(_)
        | Order::SubmitReport { .. } => {}
    }
    let Some(library) = network::legal_library(overlay, &ctx.library)? else {
        let detail = format!(
            "Библиотеки {} нет в сети: добавьте её командой fond library add",
            ctx.library
        );
        return Ok((
            Vec::new(),
            vec![Finding::new(Rule::LibraryUnknown, "", detail)],
        ));
    };
    if let Some(event) = &command.event
        && let Some(mark) = get::<Events>(overlay, &(library.id.clone(), event.id.clone()))?
    {
        if mark.digest == event.digest {
            return Ok((Vec::new(), Vec::new()));
        }
        let detail = format!(
            "Событие {} уже проведено с другим содержанием: исправление проводят новым событием STORNO",
            event.id
        );
        return Ok((
            Vec::new(),
            vec![Finding::new(Rule::EventChanged, "", detail)],
        ));
    }
    let mut desk = Desk::new(overlay, ctx, library, command.event.clone())?;
    check::judge(&mut desk, &command.order)?;
    Ok(desk.finish())
}

/// Each finding of the n-th command has `/together/n` before its place.
fn together(
    commands: &[FundCommand],
    ctx: &Context,
    overlay: &mut Overlay<'_>,
) -> Result<(Vec<FundChange>, Vec<Finding>), TableError> {
    let (mut changes, mut findings) = (Vec::new(), Vec::new());
    for (n, command) in commands.iter().enumerate() {
        let (more, found) = carry_out(command, ctx, overlay)?;
        changes.extend(more);
        findings.extend(found.into_iter().map(|mut finding| {
            finding.place = format!("/together/{n}{}", finding.place);
            finding
        }));
    }
    Ok((changes, findings))
}
