//! Places of the fund wing that the store calls; the wing itself replaces this file.
use crate::id::*;
use crate::rule::Finding;
use crate::table::*;
use serde::{Deserialize, Serialize};
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FundChange {
    Nothing,
}
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FundCommand {
    Nothing,
}
pub struct Context {
    pub library: LibraryId,
    pub actor: UserId,
    pub at: jiff::Timestamp,
}
pub enum FundError {
    Refused(Vec<Finding>),
    Table(TableError),
}
impl FundChange {
    pub fn records(&self) -> Vec<RecordId> {
        vec![]
    }
}
pub fn decide(
    _c: &FundCommand,
    _x: &Context,
    _v: &dyn View,
) -> Result<Option<FundChange>, FundError> {
    Ok(Some(FundChange::Nothing))
}
pub fn apply(_c: &FundChange, _t: &mut dyn Tables) -> Result<(), TableError> {
    Ok(())
}
pub fn audit(_v: &dyn View) -> Result<Vec<String>, TableError> {
    Ok(vec![])
}
