//! Сеть: a node stands under a node that is there, and never under itself.

use crate::fund::change::{FundChange, apply};
use crate::fund::network::{LibraryNode, NodeKind, node, stands_under};
use crate::fund::overlay::Overlay;
use crate::rule::{Finding, Rule};
use crate::table::TableError;

/// Judges a new or renamed node; nothing changes when it is there already.
pub(in crate::fund) fn add(
    tables: &mut Overlay<'_>,
    new: &LibraryNode,
) -> Result<(Vec<FundChange>, Vec<Finding>), TableError> {
    let refused = |detail: String| {
        Ok((
            Vec::new(),
            vec![Finding::new(Rule::LibraryTree, "/library", detail)],
        ))
    };
    if new.name.trim().is_empty() {
        return refused("Впишите название библиотеки: его печатают регистры".to_owned());
    }
    match &new.parent {
        Some(parent) => {
            let Some(above) = node(tables, parent)? else {
                return refused(format!("Узла {parent} нет в сети: сначала добавьте его"));
            };
            if stands_under(tables, &above.id, &new.id)? {
                return refused(format!("Узел {} не может стоять под самим собой", new.id));
            }
            if above.kind == NodeKind::Building {
                return refused(format!("{parent} – здание: под ним ничего не стоит"));
            }
        }
        None if new.kind == NodeKind::Building => {
            return refused("Здание стоит под школой: укажите её код".to_owned());
        }
        None => {}
    }
    if node(tables, &new.id)?.as_ref() == Some(new) {
        return Ok((Vec::new(), Vec::new()));
    }
    let change = FundChange::LibraryAdded(new.clone());
    apply(&change, tables)?;
    Ok((vec![change], Vec::new()))
}
