//! stub
use catalog::id::LibraryId;
use catalog::table::{TableError, View};
#[derive(Clone, Debug)]
pub(crate) struct LibraryNode { pub(crate) id: LibraryId, pub(crate) name: String, pub(crate) parent: Option<LibraryId> }
pub(crate) fn nodes(_: &dyn View) -> Result<Vec<LibraryNode>, TableError> { Ok("MAIN".parse().ok().map(|id| LibraryNode{id, name:"Библиотека".into(), parent: None}).into_iter().collect()) }
pub(crate) fn node(v: &dyn View, id: &LibraryId) -> Result<Option<LibraryNode>, TableError> { Ok(nodes(v)?.into_iter().find(|n| n.id == *id)) }
pub(crate) fn stands_under(_: &dyn View, _: &LibraryId, _: &LibraryId) -> Result<bool, TableError> { Ok(true) }
