//! Решение: a command against the tables becomes a change for the journal, or every reason why not.
//!
//! One room for each kind of order stands in `check`; here they are only called, in order.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::axis::Reason;
use super::change::FundChange;
use super::check::{self, Desk};
use super::draft::{FundCommand, Order};
use super::network::{self, NodeKind};
use super::number::InventoryNumber;
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
    let (mut changes, findings) = carry_out(command, ctx, &mut overlay, &[])?;
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
    beside: &[FundCommand],
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
    let library = network::legal_library(overlay, &ctx.library)?;
    if let Some(region) = library
        .as_ref()
        .filter(|node| node.kind == NodeKind::Region)
        && !matches!(command.order, Order::SetPolicy(_))
    {
        let detail = format!(
            "{} – регион, у него нет своего фонда и книг: назовите библиотеку ключом --library",
            region.id
        );
        let finding = Finding::new(Rule::LibraryUnknown, "", detail);
        return Ok((Vec::new(), vec![finding]));
    }
    let Some(library) = library else {
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
    let mut desk = Desk::new(overlay, ctx, library, command.event.clone(), losses(beside))?;
    check::judge(&mut desk, &command.order)?;
    Ok(desk.finish())
}

/// What the commands of one change take away as lost, if any of them does.
fn losses(commands: &[FundCommand]) -> Option<BTreeSet<InventoryNumber>> {
    let mut lost = None;
    for command in commands {
        if let Order::Withdraw(draft) = &command.order
            && draft.reason == Some(Reason::Loss)
        {
            let numbers = draft.lines.iter().filter_map(|line| line.number.clone());
            lost.get_or_insert_with(BTreeSet::new).extend(numbers);
        }
    }
    lost
}

/// Each finding of the n-th command has `/together/n` before its place.
fn together(
    commands: &[FundCommand],
    ctx: &Context,
    overlay: &mut Overlay<'_>,
) -> Result<(Vec<FundChange>, Vec<Finding>), TableError> {
    let (mut changes, mut findings) = (Vec::new(), Vec::new());
    for (n, command) in commands.iter().enumerate() {
        let (more, found) = carry_out(command, ctx, overlay, commands)?;
        changes.extend(more);
        findings.extend(found.into_iter().map(|mut finding| {
            finding.place = format!("/together/{n}{}", finding.place);
            finding
        }));
    }
    Ok((changes, findings))
}
