//! Экземпляр and учётная карточка: what stands in the fund, with its number, price and state.
//!
//! Rows of tables; they change only through acts and movements, never by themselves.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::act::ActLabel;
use super::axis::{Fund, Reason, Registration, Source, SubReason};
use super::money::Kopecks;
use super::number::InventoryNumber;
use super::state::ItemState;
use super::title::{Axes, TitleFacts};
use crate::id::{ActId, CardId, ItemId, LibraryId, RecordId};

/// Экземпляр: one thing with its own number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Ours, for ever.
    pub id: ItemId,
    /// The legal library that owns it.
    pub library: LibraryId,
    /// Where it stands, when that is a building of its own.
    pub place: Option<LibraryId>,
    /// Инвентарный номер; `None` only for units set aside at migration.
    pub number: Option<InventoryNumber>,
    /// Фонд.
    pub fund: Fund,
    /// The title as the act fixed it; `None` for a number voided before any item bore it.
    pub title: Option<TitleFacts>,
    /// Оси учёта.
    pub axes: Option<Axes>,
    /// Учётная цена.
    pub price: Kopecks,
    /// Earlier prices with the date from which each held, oldest first.
    pub prices: Vec<PriceMark>,
    /// Состояние.
    pub state: ItemState,
    /// The state before the present one, where there is a way back.
    pub previous: Option<ItemState>,
    /// Since when it has been in this state; `None` for what left before the books were opened.
    #[serde(default)]
    pub since: Option<Date>,
    /// What stood at the ends of earlier years, where the state has changed since: year and state.
    #[serde(default)]
    pub stood: Vec<(i16, ItemState)>,
    /// Where it counted until it was reclassified, oldest first.
    #[serde(default)]
    pub counted: Vec<CountedMark>,
    /// To be restricted when it comes back.
    pub restrict_on_return: bool,
    /// У кого во временном пользовании, where it was said.
    #[serde(default)]
    pub holder: String,
    /// Полочный шифр.
    pub shelfmark: String,
    /// How it came; `None` when it left before the books were opened.
    pub came: Option<CameMark>,
    /// How it left.
    pub left: Option<LeftMark>,
    /// How it had left until a reversal brought it back on a day, each time that it did.
    #[serde(default, deserialize_with = "one_or_several")]
    pub left_until: Vec<(LeftMark, Date)>,
    /// The number it replaced (взамен утерянного).
    pub replaces: Option<InventoryNumber>,
    /// The number it bore before it was written off and found.
    pub formerly: Option<InventoryNumber>,
    /// Why its number was voided, or another note of the register.
    pub note: String,
}

/// Цена, действовавшая с даты.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceMark {
    /// From this day.
    pub from: Date,
    /// The price.
    pub price: Kopecks,
    /// The act that set it; `None` for the first price.
    #[serde(default)]
    pub act: Option<ActId>,
}

/// Где считался до перевода.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedMark {
    /// Until the day of this act.
    pub until: Date,
    /// Фонд.
    pub fund: Fund,
    /// Оси.
    pub axes: Axes,
    /// Издание, where a correction gave the unit another.
    #[serde(default)]
    pub title: Option<TitleFacts>,
}

/// Earlier entries hold one mark or none.
fn one_or_several<'de, D: serde::Deserializer<'de>>(
    from: D,
) -> Result<Vec<(LeftMark, Date)>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Several(Vec<(LeftMark, Date)>),
        One((LeftMark, Date)),
    }
    Ok(match Option::<Kept>::deserialize(from)? {
        None => Vec::new(),
        Some(Kept::One(mark)) => vec![mark],
        Some(Kept::Several(marks)) => marks,
    })
}

/// Отметка о поступлении.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CameMark {
    /// Which act.
    pub act: ActId,
    /// Дата записи.
    pub date: Date,
    /// № записи КСУ, часть 1; `None` for the opening.
    pub row: Option<u32>,
    /// Источник.
    pub source: Source,
}

/// Отметка о выбытии.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftMark {
    /// Which act; `None` when it left before the books were opened.
    pub act: Option<ActId>,
    /// № акта, as the paper names it.
    pub label: ActLabel,
    /// Год акта.
    pub year: i16,
    /// № записи КСУ, часть 2.
    pub row: Option<u32>,
    /// Дата записи; `None` when it is not known.
    pub date: Option<Date>,
    /// Причина; `None` is a transfer.
    pub reason: Option<Reason>,
    /// Подпричина утраты.
    pub sub_reason: Option<SubReason>,
}

/// Учётная карточка: like units without numbers, each delivery a layer with its price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Ours, for ever.
    pub id: CardId,
    /// The legal library that owns it.
    pub library: LibraryId,
    /// № карточки; `None` for periodicals and units counted only in sum.
    pub number: Option<u64>,
    /// Способ учёта.
    pub registration: Registration,
    /// Фонд.
    pub fund: Fund,
    /// The title as the latest act fixed it.
    pub title: TitleFacts,
    /// Строки карточки, by their numbers from 1.
    pub layers: Vec<Layer>,
}

/// Строка карточки: one delivery at one price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// Number on the card, from 1.
    pub number: u32,
    /// Год издания, or of the set of a periodical.
    pub year: Option<i16>,
    /// Единица: `ANNUAL_SET` and the like; empty for copies.
    pub unit: String,
    /// Учётная цена.
    pub price: Kopecks,
    /// Earlier prices with the date from which each held, oldest first.
    #[serde(default)]
    pub prices: Vec<PriceMark>,
    /// Состоит.
    pub copies: u32,
    /// Из них выдано.
    pub on_loan: u32,
    /// Сколько из них стоит в отдельных зданиях; the rest stands at the library itself.
    #[serde(default)]
    pub places: Vec<(LibraryId, u32)>,
    /// Оси учёта.
    pub axes: Axes,
    /// How it came.
    pub came: CameMark,
    /// The day on which a correction set it apart from an older one, if one did.
    #[serde(default)]
    pub since: Option<Date>,
}

impl Item {
    /// A row of the register in which nothing stands yet.
    #[must_use]
    pub(crate) fn blank(id: ItemId, library: LibraryId, fund: Fund, state: ItemState) -> Self {
        Self {
            id,
            library,
            place: None,
            number: None,
            fund,
            title: None,
            axes: None,
            price: Kopecks::ZERO,
            prices: Vec::new(),
            state,
            previous: None,
            since: None,
            stood: Vec::new(),
            counted: Vec::new(),
            restrict_on_return: false,
            holder: String::new(),
            shelfmark: String::new(),
            came: None,
            left: None,
            left_until: Vec::new(),
            replaces: None,
            formerly: None,
            note: String::new(),
        }
    }

    /// The record it is a copy of.
    #[must_use]
    pub fn record(&self) -> Option<RecordId> {
        self.title.as_ref().map(|title| title.record)
    }

    /// The day from which its number stands in the book; `None`: before the books were opened.
    #[must_use]
    pub fn entered(&self) -> Option<Date> {
        let voided = self.since.filter(|_| self.state == ItemState::Voided);
        self.came.map_or(voided, |came| Some(came.date))
    }

    /// Follows the item that stood in its place before a change of this day.
    pub(super) fn follow(&mut self, before: Option<&Item>, on: Date) {
        let Some(before) = before else {
            self.since = self.since.or(self.came.map(|_| on));
            return;
        };
        self.since = before.since;
        self.stood.clone_from(&before.stood);
        if before.state != self.state {
            let year = before.since.map_or(on.year(), Date::year);
            if year < on.year() {
                self.stood.push((year, before.state));
            }
            self.since = Some(on);
            if self.state != ItemState::LentOut && self.state != ItemState::Withdrawn {
                self.holder.clear();
            }
        }
    }

    /// The item as the book of a year prints it, `end` being its last day.
    #[must_use]
    pub fn at_end_of(mut self, end: Date) -> Self {
        let year = end.year();
        if self.since.is_some_and(|since| since.year() > year) {
            let stood = self.stood.iter().rev().find(|(of, _)| *of <= year);
            self.state = stood.map_or(self.state, |(_, state)| *state);
        }
        if (self.left.as_ref()).is_some_and(|l| l.date.is_some_and(|day| day > end)) {
            self.left = None;
        }
        let gone = |(mark, until): &&(LeftMark, Date)| {
            *until > end && mark.date.is_none_or(|day| day <= end)
        };
        if let Some((mark, _)) = self.left_until.iter().find(gone) {
            self.left = Some(mark.clone());
        }
        self.price = self.price_on(end);
        if let Some(mark) = self.counted.iter().find(|mark| mark.until > end) {
            self.fund = mark.fund;
            self.axes = Some(mark.axes.clone());
        }
        let later = self.counted.iter().filter(|mark| mark.until > end);
        if let Some(title) = later.filter_map(|mark| mark.title.as_ref()).next() {
            self.title = Some(title.clone());
        }
        self
    }

    /// The price that held on this day.
    #[must_use]
    pub fn price_on(&self, day: Date) -> Kopecks {
        price_on(&self.prices, self.price, day)
    }

    /// Gives it a new price by an act and remembers the old one.
    pub(super) fn reprice(&mut self, price: Kopecks, from: Date, act: ActId) {
        let since = self.came.map_or(from, |came| came.date);
        note_price(&mut self.prices, (since, self.price), (from, price), act);
        self.price = price;
    }
}

impl Layer {
    /// The day from which it stands on its card.
    #[must_use]
    pub fn entered(&self) -> Date {
        self.since.unwrap_or(self.came.date)
    }

    /// The price that held on this day.
    #[must_use]
    pub fn price_on(&self, day: Date) -> Kopecks {
        price_on(&self.prices, self.price, day)
    }

    /// Gives it a new price by an act and remembers the old one.
    pub(super) fn reprice(&mut self, price: Kopecks, from: Date, act: ActId) {
        note_price(
            &mut self.prices,
            (self.came.date, self.price),
            (from, price),
            act,
        );
        self.price = price;
    }

    /// How many of its copies stand at the library itself.
    #[must_use]
    pub fn at_home(&self) -> u32 {
        let away: u32 = self.places.iter().map(|(_, copies)| copies).sum();
        self.copies.saturating_sub(away)
    }

    /// How many of its copies stand at a place; `home` is the library itself.
    #[must_use]
    pub fn at(&self, place: &LibraryId, home: &LibraryId) -> u32 {
        if place == home {
            return self.at_home();
        }
        let here = self.places.iter().filter(|(at, _)| at == place);
        here.map(|(_, copies)| copies).sum()
    }

    /// Copies go from place to place.
    pub(super) fn relocate(
        &mut self,
        home: &LibraryId,
        from: &LibraryId,
        to: &LibraryId,
        copies: u32,
    ) {
        for (_, stands) in self.places.iter_mut().filter(|(at, _)| at == from) {
            *stands = stands.saturating_sub(copies);
        }
        if to != home {
            match self.places.iter_mut().find(|(at, _)| at == to) {
                Some((_, stands)) => *stands += copies,
                None => self.places.push((to.clone(), copies)),
            }
        }
        self.places.retain(|(_, stands)| *stands > 0);
        self.places.sort();
    }

    /// Copies that have left are those at the library itself first; then no building holds more
    /// than there is.
    pub(super) fn trim_places(&mut self) {
        let mut rest = self.copies;
        for (_, copies) in &mut self.places {
            *copies = (*copies).min(rest);
            rest -= *copies;
        }
        self.places.retain(|(_, copies)| *copies > 0);
    }
}

fn price_on(marks: &[PriceMark], now: Kopecks, day: Date) -> Kopecks {
    let held = marks.iter().rev().find(|mark| mark.from <= day);
    held.or(marks.first()).map_or(now, |mark| mark.price)
}

fn note_price(
    marks: &mut Vec<PriceMark>,
    (since, was): (Date, Kopecks),
    (from, price): (Date, Kopecks),
    act: ActId,
) {
    if marks.is_empty() {
        marks.push(PriceMark {
            from: since,
            price: was,
            act: None,
        });
    }
    marks.push(PriceMark {
        from,
        price,
        act: Some(act),
    });
}

/// The price that stood before an act set the present one, with the act that had set it; `None`
/// when the present price is not of that act.
#[must_use]
pub fn price_before(marks: &[PriceMark], act: ActId) -> Option<(Kopecks, Option<ActId>)> {
    if marks.last()?.act != Some(act) {
        return None;
    }
    let first = marks.iter().position(|mark| mark.act == Some(act))?;
    let before = marks.get(first.checked_sub(1)?)?;
    Some((before.price, before.act))
}

impl Card {
    /// Where its copies stand (`None`: at the library itself), how many and how many can be had now:
    /// what is on loan counts to the first places.
    #[must_use]
    pub fn by_place(&self) -> Vec<(Option<LibraryId>, u32, u32)> {
        let mut stands: BTreeMap<Option<LibraryId>, u32> = BTreeMap::new();
        for layer in &self.layers {
            *stands.entry(None).or_default() += layer.at_home();
            for (place, copies) in &layer.places {
                *stands.entry(Some(place.clone())).or_default() += copies;
            }
        }
        let mut on_loan: u32 = self.layers.iter().map(|layer| layer.on_loan).sum();
        stands.retain(|_, copies| *copies > 0);
        let rows = stands.into_iter().map(|(place, copies)| {
            let lent = on_loan.min(copies);
            on_loan -= lent;
            (place, copies, copies - lent)
        });
        rows.collect()
    }

    /// All copies that stand on the card.
    #[must_use]
    pub fn copies(&self) -> u32 {
        let copies = self.layers.iter().map(|layer| layer.copies);
        copies.fold(0, u32::saturating_add)
    }

    /// The layer with this number.
    #[must_use]
    pub fn layer(&self, number: u32) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.number == number)
    }
}
