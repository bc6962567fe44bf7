//! Книги сети: what all libraries under a node hold together, by fund.
//!
//! Sums of the members; titles are counted over the union, and what one member gave to another is
//! neither received nor withdrawn by the network. Rule: FA-79a.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use super::{Movement, SummaryBook, acts, summary_book};
use crate::fund::act::{Act, ActBody};
use crate::fund::axis::Fund;
use crate::fund::change::units_gained;
use crate::fund::ledger::Totals;
use crate::fund::network::{NodeKind, nodes, stands_under};
use crate::fund::policy::Policy;
use crate::fund::read;
use crate::fund::tables::Entries;
use crate::id::{LibraryId, RecordId};
use crate::table::{TableError, View, all};

/// Книги сети за год.
#[derive(Clone, Debug)]
pub struct NetworkBooks {
    /// The node.
    pub library: LibraryId,
    /// Год.
    pub year: i16,
    /// The libraries under it (and itself).
    pub members: Vec<LibraryId>,
    /// Политика, by whose columns they are printed: that of the node.
    pub policy: Policy,
    /// Часть 3 по фондам.
    pub funds: Vec<SummaryBook>,
    /// В пути: given by one member and not yet received by another at the end of the year.
    pub in_transit: Totals,
}

/// The books of a network; `None` when no other library stands under the node.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn network_books(
    view: &dyn View,
    above: &LibraryId,
    year: i16,
) -> Result<Option<NetworkBooks>, TableError> {
    let year = year.clamp(1, 9998);
    let mut members = Vec::new();
    for node in nodes(view)? {
        if node.kind != NodeKind::Building && stands_under(view, &node.id, above)? {
            members.push(node.id);
        }
    }
    if members.iter().all(|member| member == above) {
        return Ok(None);
    }
    let names = names(view, &members)?;
    let mut every = Vec::new();
    for member in &members {
        every.extend(acts(view, member)?);
    }
    let mut funds: BTreeSet<Fund> = every.iter().map(|act| act.fund).collect();
    funds.extend([Fund::Main, Fund::Textbook]);
    let mut books = Vec::new();
    for fund in funds {
        let mut book = empty(fund, year);
        for member in &members {
            let own = summary_book(view, member, fund, year)?;
            add(&mut book.totals, &own.totals);
            for (sum, quarter) in book.quarters.iter_mut().zip(&own.quarters) {
                add(sum, quarter);
            }
        }
        for (rows, (from, to)) in spans(&mut book) {
            let of_fund = every.iter().filter(|act| act.fund == fund);
            between(rows, of_fund, &names, (from, to));
            titles(view, rows, &every, fund, (from, to))?;
        }
        books.push(book);
    }
    let mut in_transit = Totals::default();
    for act in every.iter().filter(|act| act.date <= date(year, 12, 31)) {
        match passage(act, &names) {
            Some(Passage::Sent) => in_transit.add(&act.totals, 1),
            Some(Passage::Got) => in_transit.add(&act.totals, -1),
            None => {}
        }
    }
    Ok(Some(NetworkBooks {
        library: above.clone(),
        year,
        members,
        policy: read::policy(view, above)?,
        funds: books,
        in_transit,
    }))
}

/// How papers name the members: by code or by name.
fn names(view: &dyn View, members: &[LibraryId]) -> Result<BTreeSet<String>, TableError> {
    let mut names = BTreeSet::new();
    for node in nodes(view)? {
        if members.contains(&node.id) {
            names.extend([node.id.to_string(), node.name.trim().to_owned()]);
        }
    }
    Ok(names)
}

fn empty(fund: Fund, year: i16) -> SummaryBook {
    SummaryBook {
        fund,
        year,
        totals: Movement::default(),
        quarters: vec![Movement::default(); 4],
    }
}

fn add(sum: &mut Movement, own: &Movement) {
    sum.opening.add(&own.opening, 1);
    sum.came.add(&own.came, 1);
    sum.left.add(&own.left, 1);
    sum.closing.add(&own.closing, 1);
}

/// The year and its quarters, each with its days.
fn spans(book: &mut SummaryBook) -> Vec<(&mut Movement, (Date, Date))> {
    let year = book.year;
    let mut spans = vec![(&mut book.totals, (date(year, 1, 1), date(year, 12, 31)))];
    for (rows, first) in book.quarters.iter_mut().zip([1, 4, 7, 10]) {
        let last = date(year, first + 2, 1).last_of_month();
        spans.push((rows, (date(year, first, 1), last)));
    }
    spans
}

enum Passage {
    Sent,
    Got,
}

/// Whether an act is one half of a transfer between two members.
fn passage(act: &Act, names: &BTreeSet<String>) -> Option<Passage> {
    let member = |name: &str| names.contains(name.trim());
    match &act.body {
        ActBody::Withdrawal {
            reason: None,
            receiver,
            ..
        } if member(receiver) => Some(Passage::Sent),
        ActBody::Accession { supplier, .. } if member(supplier) => Some(Passage::Got),
        ActBody::Opening
        | ActBody::Accession { .. }
        | ActBody::Withdrawal { .. }
        | ActBody::Reversal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => None,
    }
}

/// What members gave each other leaves both rows.
fn between<'a>(
    rows: &mut Movement,
    acts: impl Iterator<Item = &'a Act>,
    names: &BTreeSet<String>,
    (from, to): (Date, Date),
) {
    for act in acts.filter(|act| from <= act.date && act.date <= to) {
        match passage(act, names) {
            Some(Passage::Sent) => rows.left.add(&act.totals, -1),
            Some(Passage::Got) => rows.came.add(&act.totals, -1),
            None => {}
        }
    }
}

/// Titles over the union: what any member holds before and after.
fn titles(
    view: &dyn View,
    rows: &mut Movement,
    every: &[Act],
    fund: Fund,
    (from, to): (Date, Date),
) -> Result<(), TableError> {
    let mut before: BTreeMap<RecordId, i64> = BTreeMap::new();
    let mut after: BTreeMap<RecordId, i64> = BTreeMap::new();
    for act in every
        .iter()
        .filter(|act| act.fund == fund && act.date <= to)
    {
        let earlier = act.date < from || act.row.is_none();
        for entry in all::<Entries>(view, &act.id)? {
            let gained = units_gained(act, &entry);
            *after.entry(entry.record).or_default() += gained;
            if earlier {
                *before.entry(entry.record).or_default() += gained;
            }
        }
    }
    let live = |units: &BTreeMap<RecordId, i64>| -> BTreeSet<RecordId> {
        let live = units.iter().filter(|(_, units)| **units > 0);
        live.map(|(record, _)| *record).collect()
    };
    let (before, after) = (live(&before), live(&after));
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    rows.opening.titles = count(before.len());
    rows.came.titles = count(after.difference(&before).count());
    rows.left.titles = count(before.difference(&after).count());
    rows.closing.titles = count(after.len());
    Ok(())
}
