//! Экземпляры из файла: copies that native IRBIS records carry enter the fund by an opening (D-14).
//!
//! Copies in records of other formats are another library's holdings as often as ours; they stay in
//! the record as they came (D-13). Nothing here decides what an opening may hold; the fund does.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use jiff::civil::{Date, date};
use serde::Serialize;

use super::numbers::Numbers;
use super::price::{no_price, price};
use super::standing::{Numbered, Standing};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::fund::FundCommand;
use crate::fund::act::{ActBody, ActLabel};
use crate::fund::axis::Fund;
use crate::fund::draft::{
    HistoryLine, OpeningCard, OpeningDraft, OpeningItem, OpeningLayer, Order,
};
use crate::fund::money::Kopecks;
use crate::fund::number::InventoryNumber;
use crate::fund::tables::{Acts, Books, LibraryActs};
use crate::fund::title::TitleFacts;
use crate::id::{LibraryId, RecordId};
use crate::record::copies::CarriedCopy;
use crate::rule::{Finding, Rule};
use crate::store::Doing;
use crate::table::{View, all, get};
use crate::titles::title_facts;

/// Lines of one opening act; an act holds at most 2,000 units (D-2).
const LINES: usize = 1000;
/// Cards in one of them: each may have many layers.
const CARDS: usize = 20;
/// Status of a written-off copy in IRBIS.
const WRITTEN_OFF: &str = "6";
/// Status of copies counted together without numbers (безынвентарный учёт) in IRBIS.
const COUNTED_TOGETHER: &str = "U";

/// Отчёт об экземплярах файла.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CopiesReport {
    /// Прочитано экземпляров.
    pub read: u64,
    /// Учтено: entered the fund by the opening.
    pub counted: u64,
    /// На сумму.
    pub counted_sum: Kopecks,
    /// Отложено без номера: physically here, not counted.
    pub set_aside: u64,
    /// На сумму.
    pub set_aside_sum: Kopecks,
    /// Списаны раньше: only their numbers are taken.
    pub withdrawn: u64,
    /// Уже стоят в фонде.
    pub known: u64,
    /// Не взяты: the books are open already, the fund refused them, or they are more than it holds.
    pub not_taken: u64,
    /// Номера меньше последнего, которых в файле нет.
    pub unexplained: u64,
}

/// What the copies of a file come to, gathered while its records are saved.
#[derive(Default)]
pub(super) struct Copies {
    pub(super) report: CopiesReport,
    /// The report as it stood when the last act was posted.
    entered: CopiesReport,
    seen: Numbers,
    /// Units without a number that an earlier run set aside, by record, as many as are not yet met again.
    aside: HashMap<RecordId, u32>,
    /// The same for copies on cards; none for a record that had no card when it was first met.
    on_cards: HashMap<RecordId, Option<u32>>,
    items: Vec<OpeningItem>,
    cards: Vec<OpeningCard>,
    history: Vec<HistoryLine>,
    /// The day of the opening and its last part, once something was posted.
    opening: Option<(Date, u32)>,
    /// Why nothing more is taken, and the reasons of the fund.
    refused: Option<(&'static str, Vec<Finding>)>,
}

impl Copies {
    /// Takes the copies of one record; returns what is to be said of them.
    pub(super) fn take(
        &mut self,
        id: RecordId,
        record: &crate::record::BiblioRecord,
        carried: &[CarriedCopy],
        library: &LibraryId,
        view: &dyn View,
    ) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        let title = title_facts(id, record);
        let fund = Standing {
            view,
            library,
            record: id,
        };
        for (n, copy) in carried.iter().enumerate() {
            self.report.read += u64::from(copy.count);
            let in_record = || format!("910[{}]", n + 1);
            let place = copy.stands_at.clone().unwrap_or_else(in_record);
            if left_without_number(copy) {
                self.report.withdrawn += u64::from(copy.count);
                let detail = "Списан раньше и номера не имеет: в фонд не принят";
                findings.push(Finding::new(Rule::NumberMissing, &place, detail));
                continue;
            }
            let number = self.number(copy, &place, &mut findings);
            let numbered = fund.numbered(number)?;
            let (known, not_taken) = self.met(copy, &numbered, fund, &place, &mut findings)?;
            self.report.known += u64::from(known);
            self.report.not_taken += u64::from(not_taken);
            if known + not_taken == 0 {
                self.place(copy, numbered.given(), &title, &place, &mut findings);
            }
        }
        Ok(findings)
    }

    /// How many of a copy's units stand in the fund already, and how many are not taken; both 0 for a new one.
    fn met(
        &mut self,
        copy: &CarriedCopy,
        numbered: &Numbered,
        fund: Standing<'_>,
        place: &str,
        findings: &mut Vec<Finding>,
    ) -> Result<(u32, u32), Error> {
        let mut say = |rule, detail| findings.push(Finding::new(rule, place, detail));
        Ok(match numbered {
            Numbered::Free(_) => (0, 0),
            Numbered::Here { standing } => {
                if *standing && copy.status.as_deref() == Some(WRITTEN_OFF) {
                    let detail = "В файле экземпляр списан, а в фонде стоит: если он выбыл, проведите акт о списании";
                    say(Rule::FundDiffers, detail.to_owned());
                }
                (1, 0)
            }
            // The number names the row of a table: it is that very copy under a mended title, or a slip.
            Numbered::Elsewhere(number, whose) if copy.stands_at.is_some() => {
                say(
                    Rule::FundDiffers,
                    format!(
                        "Инвентарный номер {number} {whose}. Экземпляр не взят: если это та же книга, исправьте заглавие в её записи и снимите новую; если другая, дайте ей номер поступлением"
                    ),
                );
                (0, 1)
            }
            Numbered::Elsewhere(number, whose) => {
                say(
                    Rule::NumberMissing,
                    format!(
                        "Инвентарный номер {number} {whose}. Экземпляр отложен как необработанный, дайте ему номер поступлением"
                    ),
                );
                (u32::from(self.was_set_aside(fund)?), 0)
            }
            Numbered::Without if counted_together(copy) => {
                let (known, more) = self.on_card(copy.count, fund)?;
                if more > 0 {
                    say(
                        Rule::FundDiffers,
                        format!(
                            "Без номеров в файле на {more} экз. больше, чем состоит на карточке этой книги: они не взяты. Если поступили, внесите их поступлением; если выбыли, исправьте файл"
                        ),
                    );
                }
                (known, more)
            }
            Numbered::Without => (u32::from(self.was_set_aside(fund)?), 0),
        })
    }

    /// How many copies counted together stand on a card that an earlier run opened, and how many do not.
    fn on_card(&mut self, count: u32, fund: Standing<'_>) -> Result<(u32, u32), Error> {
        let left = match self.on_cards.entry(fund.record) {
            Entry::Occupied(left) => left.into_mut(),
            Entry::Vacant(first) => first.insert(fund.on_cards()?),
        };
        let Some(left) = left else {
            return Ok((0, 0));
        };
        let known = count.min(*left);
        *left -= known;
        Ok((known, count - known))
    }

    /// Whether an earlier run set this copy without a number aside; each such unit answers for one copy.
    fn was_set_aside(&mut self, fund: Standing<'_>) -> Result<bool, Error> {
        let left = match self.aside.entry(fund.record) {
            Entry::Occupied(left) => left.into_mut(),
            Entry::Vacant(first) => first.insert(fund.set_aside()?),
        };
        let known = *left > 0;
        *left = left.saturating_sub(1);
        Ok(known)
    }

    /// The copy's number, when it has one of its own.
    fn number(
        &mut self,
        copy: &CarriedCopy,
        place: &str,
        findings: &mut Vec<Finding>,
    ) -> Option<InventoryNumber> {
        let one = copy.number.as_ref().filter(|_| !counted_together(copy));
        let number = one.and_then(|text| text.parse::<InventoryNumber>().ok());
        let fresh = number.filter(|number| self.seen.insert(number));
        if fresh.is_none() && !counted_together(copy) {
            let written = copy.number_as_written.as_deref().unwrap_or("нет");
            findings.push(Finding::new(
                Rule::NumberMissing,
                place,
                format!(
                    "Инвентарный номер «{written}» не годится или повторяется: экземпляр отложен \
                     как необработанный, дайте ему номер поступлением"
                ),
            ));
        }
        fresh
    }

    fn place(
        &mut self,
        copy: &CarriedCopy,
        number: Option<InventoryNumber>,
        title: &TitleFacts,
        place: &str,
        findings: &mut Vec<Finding>,
    ) {
        let price = price(copy);
        if copy.status.as_deref() == Some(WRITTEN_OFF) {
            self.report.withdrawn += u64::from(copy.count);
            // Its number was named before, or is another's: there is nothing to enter.
            if let Some(number) = number {
                self.history.push(history(copy, number, title, price));
            }
            return;
        }
        if price.is_none() {
            findings.push(no_price(copy, place));
        }
        let amount = price.unwrap_or_default();
        if counted_together(copy) {
            self.report.counted += u64::from(copy.count);
            self.report.counted_sum += amount * i64::from(copy.count);
            let layer = OpeningLayer {
                number: None,
                year: None,
                copies: copy.count,
                price: amount,
            };
            self.add_layer(title, layer, price.is_some());
            return;
        }
        if number.is_some() {
            self.report.counted += 1;
            self.report.counted_sum += amount;
        } else {
            self.report.set_aside += 1;
            self.report.set_aside_sum += amount;
        }
        self.items.push(OpeningItem {
            title: title.clone(),
            fund: None,
            number,
            price: amount,
            on_balance: price.map_or(Some(false), |_| None),
            shelfmark: copy.shelfmark.clone().unwrap_or_default(),
            place: None,
        });
    }

    /// One edition has one card; each of its fields is a layer (FA-43).
    fn add_layer(&mut self, title: &TitleFacts, layer: OpeningLayer, priced: bool) {
        let on_balance = (!priced).then_some(false);
        let same = |card: &&mut OpeningCard| {
            card.title.record == title.record && card.title.on_balance == on_balance
        };
        match self.cards.iter_mut().rev().find(same) {
            Some(card) => card.layers.push(layer),
            None => {
                let title = TitleFacts {
                    on_balance,
                    ..title.clone()
                };
                self.cards.push(OpeningCard {
                    title,
                    fund: None,
                    number: None,
                    layers: vec![layer],
                });
            }
        }
    }

    /// Whether an act's worth of lines waits.
    pub(super) fn is_full(&self) -> bool {
        self.items.len() >= LINES || self.history.len() >= LINES || self.cards.len() >= CARDS
    }

    /// Posts what waits, in as many acts as it takes.
    pub(super) fn post(
        &mut self,
        catalog: &Catalog,
        doing: &Doing,
        library: &LibraryId,
    ) -> Result<(), Error> {
        while !(self.items.is_empty() && self.cards.is_empty() && self.history.is_empty()) {
            if self.refused.is_none() && self.opening.is_none() {
                self.opening = opening_day(catalog.view(), library, doing)?;
            }
            let Some((day, part)) = self.opening.filter(|_| self.refused.is_none()) else {
                self.refuse("У библиотеки уже идёт учёт", Vec::new());
                break;
            };
            let part = part + 1;
            let order = Order::Open(self.next_act(day, part));
            let taken = Doing {
                command_id: None,
                ..doing.clone()
            };
            match catalog.fund(taken, library, FundCommand { event: None, order }) {
                Ok(_) => self.opening = Some((day, part)),
                Err(Error::Refused(reasons)) => {
                    self.refuse("Ввод остатков отклонён", reasons);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        if self.refused.is_none() {
            self.entered = self.report.clone();
        }
        Ok(())
    }

    /// Lets go of what waits and of all that comes later.
    fn refuse(&mut self, why: &'static str, reasons: Vec<Finding>) {
        self.refused.get_or_insert((why, reasons));
        self.forget();
    }

    /// Lets go of what waits: a trial only counts.
    pub(super) fn forget(&mut self) {
        self.items.clear();
        self.cards.clear();
        self.history.clear();
    }

    /// The report of a finished import, and what is to be said of the copies as a whole.
    pub(super) fn finish(mut self) -> (CopiesReport, Vec<Finding>) {
        let mut findings = Vec::new();
        if let Some((why, reasons)) = self.refused.take() {
            let (all, entered) = (&self.report, &self.entered);
            let copies =
                |report: &CopiesReport| report.counted + report.set_aside + report.withdrawn;
            let refused = copies(all) - copies(entered);
            let detail =
                format!("{why}: экземпляры файла ({refused}) не взяты, внесите их поступлением");
            findings.push(Finding::new(Rule::CopiesNotTaken, "", detail));
            findings.extend(reasons);
            self.report = CopiesReport {
                read: all.read,
                known: all.known,
                not_taken: all.not_taken + refused,
                ..entered.clone()
            };
        } else if self.report.counted + self.report.set_aside + self.report.withdrawn > 0 {
            self.tell_gaps(&mut findings);
        }
        (self.report, findings)
    }

    /// One act's worth of lines; `part` of an opening whose length nobody knows yet.
    fn next_act(&mut self, day: Date, part: u32) -> OpeningDraft {
        let items = first_of(&mut self.items, LINES);
        let cards = first_of(&mut self.cards, if items.len() < LINES { CARDS } else { 0 });
        let history = first_of(&mut self.history, LINES.saturating_sub(items.len()));
        let closed_through = Some(day);
        OpeningDraft {
            closed_through,
            items,
            cards,
            history,
            chunk: (part, 0),
            ..OpeningDraft::default()
        }
    }

    /// Numbers below the highest that the file does not explain, said once.
    fn tell_gaps(&mut self, findings: &mut Vec<Finding>) {
        let Some((first, last, unexplained)) = self.seen.gaps() else {
            return;
        };
        self.report.unexplained = unexplained;
        if self.report.unexplained > 0 {
            let detail = format!(
                "В файле номера от {first} до {last}; ещё {} номеров до {last} источник не объясняет",
                self.report.unexplained
            );
            findings.push(Finding::new(Rule::NumbersUnexplained, "", detail));
        }
    }
}

fn counted_together(copy: &CarriedCopy) -> bool {
    copy.count > 1 || copy.status.as_deref() == Some(COUNTED_TOGETHER)
}

/// Списан раньше without a number of its own: nothing of it can be entered.
fn left_without_number(copy: &CarriedCopy) -> bool {
    let number = copy.number.as_ref().filter(|_| copy.count == 1);
    copy.status.as_deref() == Some(WRITTEN_OFF)
        && number.is_none_or(|text| text.parse::<InventoryNumber>().is_err())
}

fn first_of<T>(lines: &mut Vec<T>, count: usize) -> Vec<T> {
    let rest = lines.split_off(count.min(lines.len()));
    std::mem::replace(lines, rest)
}

fn history(
    copy: &CarriedCopy,
    number: InventoryNumber,
    title: &TitleFacts,
    price: Option<Kopecks>,
) -> HistoryLine {
    let act = copy.withdrawal_act.clone().unwrap_or_default();
    let year = act.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
    HistoryLine {
        number,
        title: Some(title.clone()),
        fund: Fund::Main,
        price: price.unwrap_or_default(),
        act: ActLabel::Text(act),
        act_year: year,
        row: None,
        reason: None,
        sub_reason: None,
    }
}

/// The day of the opening and the last part of it; `None` when the books already move.
///
/// Several files of one migration are parts of one opening, as long as nothing else was posted.
fn opening_day(
    view: &dyn View,
    library: &LibraryId,
    doing: &Doing,
) -> Result<Option<(Date, u32)>, Error> {
    for id in all::<LibraryActs>(view, library)? {
        let opening =
            get::<Acts>(view, &id)?.is_none_or(|act| matches!(act.body, ActBody::Opening));
        if !opening {
            return Ok(None);
        }
    }
    let books = get::<Books>(view, library)?.unwrap_or_default();
    match (books.opened, books.opening_parts) {
        (None, _) => {
            let year = doing.at.to_zoned(jiff::tz::TimeZone::UTC).year();
            Ok(Some((
                doing.on.unwrap_or_else(|| date(year - 1, 12, 31)),
                0,
            )))
        }
        (Some(day), (part, 0)) => Ok(Some((day, part))),
        (Some(_), _) => Ok(None),
    }
}
