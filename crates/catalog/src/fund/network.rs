//! Сеть библиотек: the tree region – municipality – school – building.
//!
//! Everything in the fund belongs to a legal library; a building is only a place of one.

use serde::{Deserialize, Serialize};

use super::tables::Nodes;
use crate::id::LibraryId;
use crate::table::{TableError, View, all, get};

/// Вид узла.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NodeKind {
    /// Регион.
    Region,
    /// Муниципалитет.
    Municipality,
    /// Школа.
    School,
    /// Здание: a place, never a legal library.
    Building,
}

/// Узел сети.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryNode {
    /// Код.
    pub id: LibraryId,
    /// Название, as registers print it.
    pub name: String,
    /// Вышестоящий узел.
    pub parent: Option<LibraryId>,
    /// Вид.
    pub kind: NodeKind,
}

impl NodeKind {
    /// The Russian name.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            NodeKind::Region => "регион",
            NodeKind::Municipality => "муниципалитет",
            NodeKind::School => "школа",
            NodeKind::Building => "здание",
        }
    }
}

/// The node with this code.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn node(view: &dyn View, id: &LibraryId) -> Result<Option<LibraryNode>, TableError> {
    get::<Nodes>(view, id)
}

/// All nodes in the order of their codes.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn nodes(view: &dyn View) -> Result<Vec<LibraryNode>, TableError> {
    all::<Nodes>(view, &())
}

/// The legal library of a place: the place itself, or for a building the nearest node above.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn legal_library(
    view: &dyn View,
    place: &LibraryId,
) -> Result<Option<LibraryNode>, TableError> {
    let mut at = node(view, place)?;
    while let Some(found) = at {
        if found.kind != NodeKind::Building {
            return Ok(Some(found));
        }
        at = match &found.parent {
            Some(parent) => node(view, parent)?,
            None => None,
        };
    }
    Ok(None)
}

/// Whether `place` is `above` or stands under it.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn stands_under(
    view: &dyn View,
    place: &LibraryId,
    above: &LibraryId,
) -> Result<bool, TableError> {
    let mut at = Some(place.clone());
    while let Some(id) = at {
        if &id == above {
            return Ok(true);
        }
        at = node(view, &id)?.and_then(|n| n.parent);
    }
    Ok(false)
}
