//! Книги сети: what all libraries under a node hold together, by fund.
//!
//! Sums of the members; titles are counted over the union, and what one member gave to another is
//! neither received nor withdrawn by the network. Rule: FA-79a.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};

use super::{Movement, SummaryBook, acts, summary_book};
use crate::fund::act::{Act, ActBody};
use crate::fund::axis::{Fund, Source};
use crate::fund::change::units_gained;
use crate::fund::ledger::Totals;
use crate::fund::network::{NodeKind, nodes, stands_under};
use crate::fund::policy::Policy;
use crate::fund::read;
use crate::fund::tables::Entries;
use crate::id::{ActId, LibraryId, RecordId};
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
    let passed = passed(&every, &names);
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
            between(rows, &passed, fund, (from, to));
            titles(view, rows, &every, fund, (from, to))?;
        }
        books.push(book);
    }
    let in_transit = in_transit(&every, &passed, &names, date(year, 12, 31));
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
fn names(
    view: &dyn View,
    members: &[LibraryId],
) -> Result<BTreeMap<String, LibraryId>, TableError> {
    let mut names = BTreeMap::new();
    for node in nodes(view)? {
        if members.contains(&node.id) {
            names.insert(node.name.trim().to_owned(), node.id.clone());
            names.insert(node.id.to_string(), node.id);
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

/// Whether an act is one half of a transfer between two members, and which the other one is.
fn passage<'a>(
    act: &Act,
    names: &'a BTreeMap<String, LibraryId>,
) -> Option<(Passage, &'a LibraryId)> {
    let (which, name) = match &act.body {
        ActBody::Withdrawal {
            reason: None,
            receiver,
            ..
        } => (Passage::Sent, receiver),
        ActBody::Accession {
            source: Source::Transfer,
            supplier,
            ..
        } => (Passage::Got, supplier),
        ActBody::Opening
        | ActBody::Accession { .. }
        | ActBody::Withdrawal { .. }
        | ActBody::Reversal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => return None,
    };
    let other = names
        .get(name.trim())
        .filter(|other| **other != act.library)?;
    Some((which, other))
}

/// What a member entered, and the days on which another had sent it.
struct Passed<'a> {
    got: &'a Act,
    sent: Vec<Date>,
}

/// Each receipt from a member with what that member had sent and nobody has entered before, oldest
/// first; what was reversed is left as it stands.
fn passed<'a>(every: &'a [Act], names: &BTreeMap<String, LibraryId>) -> Vec<Passed<'a>> {
    let reversed: BTreeSet<ActId> = every.iter().filter_map(reverses).collect();
    let mut acts: Vec<&Act> = every.iter().filter(|a| !reversed.contains(&a.id)).collect();
    acts.sort_by_key(|act| (act.date, act.id));
    let mut sent: Vec<(&Act, &LibraryId, i64)> = Vec::new();
    for act in &acts {
        if let Some((Passage::Sent, to)) = passage(act, names) {
            sent.push((act, to, act.totals.all.copies));
        }
    }
    let mut passed = Vec::new();
    for got in acts {
        let Some((Passage::Got, from)) = passage(got, names) else {
            continue;
        };
        let mut need = got.totals.all.copies;
        let mut days = Vec::new();
        for (act, to, left) in &mut sent {
            let ours = act.library == *from && **to == got.library && act.fund == got.fund;
            if ours && *left > 0 && need > 0 {
                let take = need.min(*left);
                (need, *left) = (need - take, *left - take);
                days.push(act.date);
            }
        }
        if need == 0 {
            passed.push(Passed { got, sent: days });
        }
    }
    passed
}

fn reverses(act: &Act) -> Option<ActId> {
    match act.body {
        ActBody::Reversal { of, .. } => Some(of),
        ActBody::Opening
        | ActBody::Accession { .. }
        | ActBody::Withdrawal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => None,
    }
}

/// What members gave each other and entered within the span leaves both rows; what only went or only
/// came in it stays, so that the rows add up.
fn between(rows: &mut Movement, passed: &[Passed<'_>], fund: Fund, (from, to): (Date, Date)) {
    let within = |day: &Date| from <= *day && *day <= to;
    for pair in passed.iter().filter(|pair| pair.got.fund == fund) {
        if within(&pair.got.date) && pair.sent.iter().all(within) {
            let mut gone = pair.got.totals.clone();
            gone.transferred = gone.all.copies;
            rows.came.add(&pair.got.totals, -1);
            rows.left.add(&gone, -1);
        }
    }
}

/// Sent by the end of the year, and not entered by then.
fn in_transit(
    every: &[Act],
    passed: &[Passed<'_>],
    names: &BTreeMap<String, LibraryId>,
    end: Date,
) -> Totals {
    let sent: BTreeSet<ActId> = (every.iter())
        .filter(|act| matches!(passage(act, names), Some((Passage::Sent, _))))
        .map(|act| act.id)
        .collect();
    let mut sum = Totals::default();
    for act in every.iter().filter(|act| act.date <= end) {
        if sent.contains(&act.id) || reverses(act).is_some_and(|of| sent.contains(&of)) {
            sum.add(&act.totals, 1);
        }
    }
    for pair in passed.iter().filter(|pair| pair.got.date <= end) {
        sum.add(&pair.got.totals, -1);
    }
    sum
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
    // Balances stand in row A of the year in which they were entered.
    let opened = |act: &Act| act.row.is_none() && act.date.year() <= to.year();
    for act in every
        .iter()
        .filter(|act| act.fund == fund && (act.date <= to || opened(act)))
    {
        let earlier = act.date < from || opened(act);
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
