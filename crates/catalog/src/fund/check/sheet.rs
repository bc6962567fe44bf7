//! Лист: an act in the making – its entries, items, cards and the numbers it has taken.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{Desk, MAX_LINES, bounds};
use crate::fund::act::{Act, ActBody, ActNumber, Part, SummaryRow};
use crate::fund::axis::{Fund, Registration};
use crate::fund::change::{Posting, ids, units_gained};
use crate::fund::item::{Card, Item, Layer};
use crate::fund::ledger::{LedgerEntry, Totals, Unit};
use crate::fund::number::InventoryNumber;
use crate::fund::policy::{Ksu1Numbering, Ksu2Numbering};
use crate::fund::tables::{Cards, Ids, LiveTitles, RecordCards, series};
use crate::id::{ActId, CardId, ItemId, RecordId};
use crate::rule::Rule;
use crate::table::{TableError, all, get};

pub(super) struct Sheet {
    pub(super) act: ActId,
    pub(super) fund: Fund,
    pub(super) date: Date,
    pub(super) part: Option<Part>,
    /// The КСУ row it will be; 0 for the opening.
    pub(super) row: u32,
    pub(super) year: i16,
    row_series: Option<String>,
    pub(super) entries: Vec<LedgerEntry>,
    pub(super) items: BTreeMap<ItemId, Item>,
    /// Inventory numbers that this sheet enters.
    pub(super) named: BTreeSet<InventoryNumber>,
    pub(super) cards: BTreeMap<CardId, Card>,
    pub(super) numbers: BTreeMap<String, u64>,
    last_item: u64,
    last_card: u64,
}

/// What an act says beside its lines.
pub(super) struct Paper {
    pub(super) number: Option<(ActNumber, (String, u64))>,
    pub(super) body: ActBody,
    pub(super) storno_of: Option<(i16, u32)>,
    pub(super) corrects: Option<(i16, u32)>,
    pub(super) document: Option<(String, bool)>,
    pub(super) note: String,
}

/// Where numbering became continuous, it goes on from the last row of the year that had its own.
fn before(
    desk: &Desk<'_, '_>,
    part: Option<Part>,
    fund: Fund,
    date: Date,
) -> Result<u64, TableError> {
    let (continuous, which) = match part {
        Some(Part::Left) => (
            desk.policy.ksu2_numbering == Ksu2Numbering::ContinuousPerFund,
            2,
        ),
        Some(Part::Came) => (desk.policy.ksu1_numbering == Ksu1Numbering::Continuous, 1),
        None => (false, 0),
    };
    if continuous {
        desk.last(&series::row(which, fund, Some(date.year() - 1)))
    } else {
        Ok(0)
    }
}

impl Sheet {
    pub(super) fn new(
        desk: &Desk<'_, '_>,
        fund: Fund,
        date: Date,
        part: Option<Part>,
    ) -> Result<Self, TableError> {
        let year = date.year();
        let row_series = part.map(|part| match part {
            Part::Came => {
                let restarts = desk.policy.ksu1_numbering == Ksu1Numbering::RestartYearlyPerFund;
                series::row(1, fund, restarts.then_some(year))
            }
            Part::Left => {
                let restarts = desk.policy.ksu2_numbering == Ksu2Numbering::RestartYearly;
                series::row(2, fund, restarts.then_some(year))
            }
        });
        let row = match &row_series {
            Some(name) => {
                let last = desk.last(name)?.max(before(desk, part, fund, date)?);
                // Past the last number there is none; `finish` refuses the act.
                u32::try_from(last + 1).unwrap_or(0)
            }
            None => 0,
        };
        let id = |name: &str| -> Result<u64, TableError> {
            Ok(get::<Ids>(desk.tables, &name.to_owned())?.unwrap_or(0))
        };
        Ok(Self {
            act: ActId::new(id(ids::ACT)? + 1),
            fund,
            date,
            part,
            row,
            year,
            row_series,
            entries: Vec::new(),
            items: BTreeMap::new(),
            named: BTreeSet::new(),
            cards: BTreeMap::new(),
            numbers: BTreeMap::new(),
            last_item: id(ids::ITEM)?,
            last_card: id(ids::CARD)?,
        })
    }

    pub(super) fn new_item(&mut self) -> ItemId {
        self.last_item += 1;
        ItemId::new(self.last_item)
    }

    pub(super) fn new_card(&mut self) -> CardId {
        self.last_card += 1;
        CardId::new(self.last_card)
    }

    /// The last number of a series, taken numbers of this sheet included.
    pub(super) fn last(&self, desk: &Desk<'_, '_>, name: &str) -> Result<u64, TableError> {
        match self.numbers.get(name) {
            Some(last) => Ok(*last),
            None => desk.last(name),
        }
    }

    /// The card with this number, as this sheet has left it so far.
    pub(super) fn card_by_number(
        &self,
        desk: &Desk<'_, '_>,
        number: u64,
    ) -> Result<Option<Card>, TableError> {
        if let Some(card) = self.cards.values().find(|c| c.number == Some(number)) {
            return Ok(Some(card.clone()));
        }
        desk.card(number)
    }

    /// The card of a title in this fund, by its way of registration when that is given.
    pub(super) fn card_of(
        &self,
        desk: &Desk<'_, '_>,
        record: RecordId,
        registration: Option<Registration>,
    ) -> Result<Option<Card>, TableError> {
        let fits = |card: &Card| {
            card.library == desk.library.id
                && card.fund == self.fund
                && registration.is_none_or(|r| r == card.registration)
        };
        let ours = self.cards.values();
        if let Some(card) = ours
            .filter(|card| card.title.record == record)
            .find(|card| fits(card))
        {
            return Ok(Some(card.clone()));
        }
        for id in all::<RecordCards>(desk.tables, &record)? {
            if let Some(card) = get::<Cards>(desk.tables, &id)?
                && fits(&card)
            {
                return Ok(Some(card));
            }
        }
        Ok(None)
    }

    /// Makes the posting; the desk gets the findings that concern the whole act.
    pub(super) fn finish(
        mut self,
        desk: &mut Desk<'_, '_>,
        paper: Paper,
    ) -> Result<Posting, TableError> {
        for card in self.cards.values_mut() {
            card.layers.iter_mut().for_each(Layer::trim_places);
        }
        let lines = self.items.len() + self.entries.len().saturating_sub(self.items.len());
        if lines > MAX_LINES {
            desk.refuse(
                Rule::ActTooLarge,
                "/lines",
                format!("В акте {lines} строк, можно не больше {MAX_LINES}: разделите его"),
            );
        }
        if let Some(name) = self.row_series.take() {
            self.numbers.insert(name, u64::from(self.row));
        }
        let act_number = paper.number.map(|(number, (name, last))| {
            self.numbers.insert(name, last);
            number
        });
        let row = self.summary_row(paper.storno_of, paper.corrects);
        let mut act = Act {
            id: self.act,
            library: desk.library.id.clone(),
            library_name: desk.library.name.clone(),
            fund: self.fund,
            date: self.date,
            at: desk.ctx.at,
            actor: desk.ctx.actor.clone(),
            event: desk.event.clone(),
            number: act_number,
            body: paper.body,
            row,
            totals: Totals::default(),
            note: paper.note,
        };
        if self.part.is_some() && self.row == 0 {
            let detail = "Номера записей этой части КСУ кончились: проверьте счётчики остатков";
            desk.refuse(Rule::OutOfBounds, "/date", detail);
        }
        if bounds::sum(desk, &self.entries) {
            act.totals = self.totals(desk, &act)?;
        }
        let ids = [
            (ids::ACT, self.act.get()),
            (ids::ITEM, self.last_item),
            (ids::CARD, self.last_card),
        ];
        Ok(Posting {
            act,
            entries: self.entries,
            items: self.items.into_values().collect(),
            cards: self.cards.into_values().collect(),
            numbers: self.numbers.into_iter().collect(),
            ids: ids.map(|(name, last)| (name.to_owned(), last)).to_vec(),
            document: paper.document,
        })
    }

    fn summary_row(
        &self,
        storno_of: Option<(i16, u32)>,
        corrects: Option<(i16, u32)>,
    ) -> Option<SummaryRow> {
        let part = self.part?;
        let records: BTreeSet<RecordId> = self.entries.iter().map(|e| e.record).collect();
        let (mut numbers, mut cards) = (BTreeSet::new(), BTreeSet::new());
        for entry in &self.entries {
            match entry.unit {
                Unit::Item(id) => {
                    numbers.extend(self.items.get(&id).and_then(|item| item.number.clone()));
                }
                Unit::Layer(id, _) => {
                    cards.extend(self.cards.get(&id).and_then(|card| card.number));
                }
            }
        }
        Some(SummaryRow {
            part,
            year: self.year,
            number: self.row,
            titles_in_record: i64::try_from(records.len()).unwrap_or(i64::MAX),
            numbers: numbers.into_iter().collect(),
            cards: cards.into_iter().collect(),
            storno_of,
            corrects,
        })
    }

    fn totals(&self, desk: &Desk<'_, '_>, act: &Act) -> Result<Totals, TableError> {
        let mut totals = Totals::default();
        let mut gained: BTreeMap<RecordId, i64> = BTreeMap::new();
        for entry in &self.entries {
            totals.count(entry, self.fund.counts_by_grade());
            *gained.entry(entry.record).or_default() += units_gained(act, entry);
        }
        let sign = match self.part {
            None | Some(Part::Came) => 1,
            Some(Part::Left) => -1,
        };
        for (record, gain) in gained {
            let key = ((act.library.clone(), self.fund.key()), record);
            let before = get::<LiveTitles>(desk.tables, &key)?.map_or(0, |live| live.units);
            totals.titles += sign * (i64::from(before + gain > 0) - i64::from(before > 0));
        }
        match &act.body {
            ActBody::Withdrawal {
                reason: Some(reason),
                ..
            } => {
                totals.reasons.insert(*reason, totals.all.copies);
            }
            ActBody::Reversal {
                was: Some(reason), ..
            } => {
                totals.reasons.insert(*reason, totals.all.copies);
            }
            ActBody::Withdrawal { reason: None, .. } => totals.transferred = totals.all.copies,
            ActBody::Reversal { was: None, .. } if self.part == Some(Part::Left) => {
                totals.transferred = totals.all.copies;
            }
            ActBody::Reclassification { .. } if self.part == Some(Part::Left) => {
                totals.transferred = totals.all.copies;
            }
            ActBody::Opening
            | ActBody::Accession { .. }
            | ActBody::Reversal { .. }
            | ActBody::Correction { .. }
            | ActBody::Revaluation { .. }
            | ActBody::Reclassification { .. } => {}
        }
        Ok(totals)
    }
}
