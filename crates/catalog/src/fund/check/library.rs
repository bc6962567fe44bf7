//! Сеть: a node stands under a node that is there, and never under itself.

use crate::fund::change::{FundChange, apply};
use crate::fund::network::{LibraryNode, NodeKind, node, stands_under};
use crate::fund::overlay::Overlay;
use crate::rule::{Finding, Rule};
use crate::table::TableError;

type Judged = Result<(Vec<FundChange>, Vec<Finding>), TableError>;

/// Judges a new node; nothing changes when the very same is there already. Rule: [`Rule::LibraryExists`].
pub(in crate::fund) fn add(tables: &mut Overlay<'_>, new: &LibraryNode) -> Judged {
    match node(tables, &new.id)? {
        Some(stands) if stands == *new => Ok((Vec::new(), Vec::new())),
        Some(stands) => {
            let detail = format!(
                "Код {} уже занят: это «{}». Возьмите другой код. Изменить её саму – отдельное действие: \
                 fond library change {}",
                new.id, stands.name, new.id
            );
            let finding = Finding::new(Rule::LibraryExists, "/library", detail);
            Ok((Vec::new(), vec![finding]))
        }
        None => put(tables, new),
    }
}

/// Judges another name, kind or place of a node that is there.
pub(in crate::fund) fn change(tables: &mut Overlay<'_>, new: &LibraryNode) -> Judged {
    match node(tables, &new.id)? {
        Some(stands) if stands == *new => Ok((Vec::new(), Vec::new())),
        Some(_) => put(tables, new),
        None => {
            let detail = format!(
                "Узла {} в сети нет: заведите его командой fond library add",
                new.id
            );
            let finding = Finding::new(Rule::LibraryUnknown, "/library", detail);
            Ok((Vec::new(), vec![finding]))
        }
    }
}

fn put(tables: &mut Overlay<'_>, new: &LibraryNode) -> Judged {
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
    let change = FundChange::LibraryAdded(new.clone());
    apply(&change, tables)?;
    Ok((vec![change], Vec::new()))
}
