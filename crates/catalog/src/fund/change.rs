//! Изменение фонда: what the journal keeps of a decided command, and how the tables follow it.
//!
//! Applying never judges: a change of the past is applied as it was decided, whatever the rules say
//! today. Same changes in, same tables out.

mod rows;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::act::{Act, ActBody, OuterEvent, Part};
use super::item::{Card, Item};
use super::ledger::LedgerEntry;
use super::network::LibraryNode;
use super::policy::Policy;
use super::state::ItemState;
use super::stock_check::StockCheck;
use super::tables::{
    Acts, Books, Cards, Checks, Days, Documents, Entries, Ids, Items, LibraryActs, LiveTitle,
    LiveTitles, Nodes, PeriodMark, Periods, Policies, Waybill, day_key, series,
};
use super::title::TitleFacts;
use crate::id::{CardId, ItemId, LibraryId, RecordId};
use crate::table::{TableError, Tables, View, get, put, remove};

use rows::{expect, mark_event, move_items, note_title, put_card, put_item, relocate, set_numbers};

/// Изменение фонда, exactly as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FundChange {
    /// Узел сети добавлен или назван иначе.
    LibraryAdded(LibraryNode),
    /// Принята учётная политика.
    PolicySet {
        /// Чья.
        library: LibraryId,
        /// Какая.
        policy: Box<Policy>,
    },
    /// Издания названы.
    TitlesNoted {
        /// Кем.
        library: LibraryId,
        /// Какие.
        titles: Vec<TitleFacts>,
    },
    /// Проведён акт.
    Posted(Box<Posting>),
    /// Введена часть остатков.
    Opened {
        /// The opening as an act, with its items and cards.
        posting: Box<Posting>,
        /// Дата ввода: the books are closed through it.
        date: Date,
        /// Which part of how many.
        chunk: (u32, u32),
    },
    /// Номера погашены.
    Voided {
        /// The rows of the numbers.
        items: Vec<Item>,
        /// Counters after.
        numbers: Vec<(String, u64)>,
        /// The event.
        event: Option<(LibraryId, OuterEvent)>,
    },
    /// Движение.
    Moved {
        /// Чьё.
        library: LibraryId,
        /// Дата.
        date: Date,
        /// Что стало с экземплярами.
        items: Vec<ItemMove>,
        /// Что стало со строками карточек: card, layer, copies on loan.
        layers: Vec<(CardId, u32, u32)>,
        /// Кому передано во временное пользование.
        #[serde(default)]
        holder: String,
        /// Примечание.
        note: String,
        /// The event.
        event: Option<OuterEvent>,
    },
    /// Перемещено между зданиями.
    Relocated {
        /// Накладная.
        waybill: Box<Waybill>,
        /// Counters after.
        numbers: Vec<(String, u64)>,
        /// Издания of what was moved.
        records: Vec<RecordId>,
        /// The event.
        event: Option<OuterEvent>,
    },
    /// Проверка начата или закрыта: the check as it stands now.
    Checked {
        /// Проверка.
        check: Box<StockCheck>,
        /// Что стало с экземплярами.
        items: Vec<ItemMove>,
        /// Counters after.
        numbers: Vec<(String, u64)>,
        /// The event.
        event: Option<OuterEvent>,
    },
    /// Период закрыт или открыт снова.
    PeriodSet {
        /// Чей.
        library: LibraryId,
        /// Как.
        mark: PeriodMark,
        /// The event.
        event: Option<OuterEvent>,
    },
    /// Годовой отчёт сдан.
    ReportSubmitted {
        /// Чей.
        library: LibraryId,
        /// Год.
        year: i16,
        /// The event.
        event: Option<OuterEvent>,
    },
    /// Several changes as one, in this order.
    Together(Vec<FundChange>),
}

/// Проведённый акт со всем, что он меняет.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Акт.
    pub act: Act,
    /// Его записи учёта.
    pub entries: Vec<LedgerEntry>,
    /// Экземпляры as they stand after it.
    pub items: Vec<Item>,
    /// Карточки as they stand after it.
    pub cards: Vec<Card>,
    /// Counters after it.
    pub numbers: Vec<(String, u64)>,
    /// Ids given: the last item, card and act.
    pub ids: Vec<(String, u64)>,
    /// The document's key, so that it is not entered again; `false` frees it.
    pub document: Option<(String, bool)>,
}

/// Новое состояние экземпляра.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemMove {
    /// Какого.
    pub item: ItemId,
    /// Какое.
    pub to: ItemState,
    /// Изъять при возврате.
    pub restrict_on_return: bool,
}

impl FundChange {
    /// Steps of the periods in it: whose, and which in order.
    pub(crate) fn periods(&self) -> Vec<(&LibraryId, u64)> {
        if let Self::Together(changes) = self {
            return changes.iter().flat_map(Self::periods).collect();
        }
        if let Self::PeriodSet { library, mark, .. } = self {
            vec![(library, mark.number)]
        } else {
            Vec::new()
        }
    }
}

/// Applies a decided change to the tables.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn apply(change: &FundChange, tables: &mut dyn Tables) -> Result<(), TableError> {
    match change {
        FundChange::LibraryAdded(node) => put::<Nodes>(tables, &node.id, node),
        FundChange::PolicySet { library, policy } => put::<Policies>(tables, library, policy),
        FundChange::TitlesNoted { library, titles } => note_titles(tables, library, titles),
        FundChange::Posted(posting) => apply_posting(posting, tables)?,
        FundChange::Opened {
            posting,
            date,
            chunk,
        } => apply_opening(posting, *date, *chunk, tables)?,
        FundChange::Voided {
            items,
            numbers,
            event,
        } => void_items(tables, items, numbers, event.as_ref())?,
        FundChange::Moved {
            library,
            date,
            items,
            layers,
            holder,
            event,
            ..
        } => {
            move_items(tables, items, *date, holder)?;
            lend_layers(tables, layers)?;
            mark_event(tables, library, event.as_ref(), None)?;
        }
        FundChange::Relocated {
            waybill,
            numbers,
            event,
            ..
        } => relocate(tables, waybill, numbers, event.as_ref())?,
        FundChange::Checked {
            check,
            items,
            numbers,
            event,
        } => {
            move_items(tables, items, check.day(), "")?;
            put::<Checks>(tables, &(check.library.clone(), check.id), check);
            set_numbers(tables, &check.library, numbers);
            mark_event(tables, &check.library, event.as_ref(), None)?;
        }
        FundChange::PeriodSet {
            library,
            mark,
            event,
        } => {
            set_period(tables, library, mark)?;
            mark_event(tables, library, event.as_ref(), None)?;
        }
        FundChange::ReportSubmitted {
            library,
            year,
            event,
        } => {
            submit(tables, library, *year)?;
            mark_event(tables, library, event.as_ref(), None)?;
        }
        FundChange::Together(changes) => {
            return changes.iter().try_for_each(|change| apply(change, tables));
        }
    }
    Ok(())
}

fn apply_opening(
    posting: &Posting,
    date: Date,
    chunk: (u32, u32),
    tables: &mut dyn Tables,
) -> Result<(), TableError> {
    apply_posting(posting, tables)?;
    let library = &posting.act.library;
    let mut books = get::<Books>(tables, library)?.unwrap_or_default();
    books.opened = Some(date);
    books.opening_parts = chunk;
    for (name, last) in &posting.numbers {
        if name.starts_with(&series::inventory("")) {
            books.opened_numbers.insert(name.clone(), *last);
        }
    }
    if chunk.0 == chunk.1 {
        books.closed_through = Some(date);
    }
    put::<Books>(tables, library, &books);
    Ok(())
}

fn note_titles(tables: &mut dyn Tables, library: &LibraryId, titles: &[TitleFacts]) {
    for title in titles {
        note_title(tables, library, title);
    }
}

fn void_items(
    tables: &mut dyn Tables,
    items: &[Item],
    numbers: &[(String, u64)],
    event: Option<&(LibraryId, OuterEvent)>,
) -> Result<(), TableError> {
    for item in items {
        put_item(tables, item)?;
        put::<Ids>(tables, &ids::ITEM.to_owned(), &item.id.get());
        set_numbers(tables, &item.library, numbers);
    }
    if let Some((of, event)) = event {
        mark_event(tables, of, Some(event), None)?;
    }
    Ok(())
}

fn submit(tables: &mut dyn Tables, library: &LibraryId, year: i16) -> Result<(), TableError> {
    let mut books = get::<Books>(tables, library)?.unwrap_or_default();
    books.submitted = books.submitted.max(Some(year));
    put::<Books>(tables, library, &books);
    Ok(())
}

fn set_period(
    tables: &mut dyn Tables,
    library: &LibraryId,
    mark: &PeriodMark,
) -> Result<(), TableError> {
    let mut books = get::<Books>(tables, library)?.unwrap_or_default();
    books.closed_through = mark.closed_through;
    put::<Books>(tables, library, &books);
    put::<Periods>(tables, &(library.clone(), mark.number), mark);
    set_numbers(tables, library, &[(series::PERIOD.to_owned(), mark.number)]);
    Ok(())
}

fn lend_layers(tables: &mut dyn Tables, layers: &[(CardId, u32, u32)]) -> Result<(), TableError> {
    for (card, layer, on_loan) in layers {
        let mut card = expect::<Cards>(tables, card, "карточки")?;
        for row in card.layers.iter_mut().filter(|l| l.number == *layer) {
            row.on_loan = *on_loan;
        }
        put::<Cards>(tables, &card.id, &card);
    }
    Ok(())
}

/// Names in [`Ids`].
pub(super) mod ids {
    /// Items.
    pub(in crate::fund) const ITEM: &str = "item";
    /// Cards.
    pub(in crate::fund) const CARD: &str = "card";
    /// Acts.
    pub(in crate::fund) const ACT: &str = "act";
}

impl FundChange {
    /// Издания, whose copies it changes; `view` names the titles of what only moved.
    ///
    /// # Errors
    /// [`TableError`] when the state is damaged.
    pub fn records(&self, view: &dyn View) -> Result<Vec<RecordId>, TableError> {
        let mut records = Vec::new();
        match self {
            FundChange::Posted(posting) | FundChange::Opened { posting, .. } => {
                records.extend(posting.items.iter().filter_map(Item::record));
                records.extend(posting.cards.iter().map(|card| card.title.record));
            }
            FundChange::Relocated { records: moved, .. } => records.extend(moved),
            FundChange::Voided { items, .. } => {
                records.extend(items.iter().filter_map(Item::record));
            }
            FundChange::Moved { items, layers, .. } => {
                records.extend(records_of(items, view)?);
                for (card, ..) in layers {
                    records.extend(get::<Cards>(view, card)?.map(|card| card.title.record));
                }
            }
            FundChange::Checked { items, .. } => records.extend(records_of(items, view)?),
            FundChange::Together(changes) => {
                for change in changes {
                    records.extend(change.records(view)?);
                }
            }
            FundChange::LibraryAdded(_)
            | FundChange::PolicySet { .. }
            | FundChange::TitlesNoted { .. }
            | FundChange::PeriodSet { .. }
            | FundChange::ReportSubmitted { .. } => {}
        }
        records.sort_unstable();
        records.dedup();
        Ok(records)
    }

    /// The acts it posts, in order.
    #[must_use]
    pub fn acts(&self) -> Vec<&Act> {
        match self {
            FundChange::Posted(posting) | FundChange::Opened { posting, .. } => vec![&posting.act],
            FundChange::Together(changes) => changes.iter().flat_map(Self::acts).collect(),
            FundChange::LibraryAdded(_)
            | FundChange::PolicySet { .. }
            | FundChange::TitlesNoted { .. }
            | FundChange::Voided { .. }
            | FundChange::Moved { .. }
            | FundChange::Relocated { .. }
            | FundChange::Checked { .. }
            | FundChange::PeriodSet { .. }
            | FundChange::ReportSubmitted { .. } => Vec::new(),
        }
    }
}

/// The titles of items that moved.
fn records_of(moves: &[ItemMove], view: &dyn View) -> Result<Vec<RecordId>, TableError> {
    let mut records = Vec::new();
    for moved in moves {
        let item = get::<Items>(view, &moved.item)?;
        records.extend(item.and_then(|item| item.record()));
    }
    Ok(records)
}

fn apply_posting(posting: &Posting, tables: &mut dyn Tables) -> Result<(), TableError> {
    let act = &posting.act;
    put::<Acts>(tables, &act.id, act);
    put::<LibraryActs>(tables, &(act.library.clone(), act.id), &act.id);
    for (line, entry) in (0u64..).zip(&posting.entries) {
        put::<Entries>(tables, &(act.id, line), entry);
    }
    for item in &posting.items {
        let mut item = item.clone();
        item.follow(get::<Items>(tables, &item.id)?.as_ref(), act.date);
        put_item(tables, &item)?;
        if let Some(title) = &item.title {
            note_title(tables, &act.library, title);
        }
    }
    for card in &posting.cards {
        put_card(tables, card)?;
        note_title(tables, &act.library, &card.title);
    }
    count_titles(tables, posting)?;
    let key = ((act.library.clone(), act.fund.key()), day_key(act.date));
    let mut day = get::<Days>(tables, &key)?.unwrap_or_default();
    match act.row.as_ref().map(|row| row.part) {
        None => day.opened.add(&act.totals, 1),
        Some(Part::Came) => day.came.add(&act.totals, 1),
        Some(Part::Left) => day.left.add(&act.totals, 1),
    }
    put::<Days>(tables, &key, &day);
    set_numbers(tables, &act.library, &posting.numbers);
    for (name, last) in &posting.ids {
        put::<Ids>(tables, name, last);
    }
    match &posting.document {
        Some((key, true)) => {
            put::<Documents>(tables, &(act.library.clone(), key.clone()), &act.id);
        }
        Some((key, false)) => remove::<Documents>(tables, &(act.library.clone(), key.clone())),
        None => {}
    }
    if act.row.is_some() {
        let mut books = get::<Books>(tables, &act.library)?.unwrap_or_default();
        let last = books
            .last_rows
            .entry(act.fund.code().to_owned())
            .or_insert(act.date);
        *last = act.date.max(*last);
        put::<Books>(tables, &act.library, &books);
    }
    mark_event(tables, &act.library, act.event.as_ref(), Some(act))
}

/// How many live units a title gains by an entry of this act.
pub(super) fn units_gained(act: &Act, entry: &LedgerEntry) -> i64 {
    match (&act.body, act.row.as_ref().map(|row| row.part)) {
        (ActBody::Revaluation { .. }, _) => 0,
        (_, None | Some(Part::Came)) => entry.copies,
        (_, Some(Part::Left)) => -entry.copies,
    }
}

fn count_titles(tables: &mut dyn Tables, posting: &Posting) -> Result<(), TableError> {
    let act = &posting.act;
    for entry in &posting.entries {
        let key = ((act.library.clone(), act.fund.key()), entry.record);
        let before = get::<LiveTitles>(tables, &key)?.map_or(0, |live| live.units);
        let units = before + units_gained(act, entry);
        if units == 0 {
            remove::<LiveTitles>(tables, &key);
        } else {
            let record = entry.record;
            put::<LiveTitles>(tables, &key, &LiveTitle { record, units });
        }
    }
    Ok(())
}
