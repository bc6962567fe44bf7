//! Judging and auditing, in the shape that the store calls.
use super::change::FundChange;
use super::draft::FundCommand;
use crate::id::{LibraryId, UserId};
use crate::rule::Finding;
use crate::table::{TableError, View};

/// Who acts, for which library and when.
pub struct Context {
    /// The library, or a building of it.
    pub library: LibraryId,
    /// Who.
    pub actor: UserId,
    /// When.
    pub at: jiff::Timestamp,
}
/// Why a command was not decided.
pub enum FundError {
    /// The rules say no, with every reason.
    Refused(Vec<Finding>),
    /// The state is damaged.
    Table(TableError),
}
/// Decides a command; `None` when it was posted before.
///
/// # Errors
/// [`FundError`].
pub fn decide(
    _command: &FundCommand,
    _context: &Context,
    _view: &dyn View,
) -> Result<Option<FundChange>, FundError> {
    Ok(None)
}
/// What does not add up.
///
/// # Errors
/// [`TableError`].
pub fn audit(_view: &dyn View) -> Result<Vec<String>, TableError> {
    Ok(Vec::new())
}
