//! Ход проверки: what has been marked so far, and what is still without an outcome.
//!
//! Marks lie on the desk until the check is closed (D-3); no book reads them. The list of what should stand was
//! fixed by the fund when the check began.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use catalog::fund::draft::{CheckCloseDraft, MovementDraft, UnitLine};
use catalog::fund::item::{Card, Item};
use catalog::fund::ledger::Unit as Ours;
use catalog::fund::number::InventoryNumber;
use catalog::fund::state::{ItemState, Movement};
use catalog::fund::stock_check::StockCheck;
use catalog::fund::tables::{Cards, Items};
use catalog::fund::{FundCommand, MAX_LINES, Order, read};
use catalog::table::{View, get};
use jiff::civil::Date;

use super::super::units::{Key, Unit, no_range};
use super::marks::Marks;
use crate::app::App;
use crate::problem::Problem;
use crate::view::Lang;
use crate::view::stock::Scan;

/// How many of the last marks are shown.
const LAST: usize = 8;

/// Отметки одной проверки.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// Seen on the shelf.
    pub(super) seen: BTreeSet<InventoryNumber>,
    /// Named missing.
    pub(super) missing: BTreeSet<InventoryNumber>,
    /// Of them, what one button named so at once: it can be taken back as it came.
    pub(super) given_up: BTreeSet<InventoryNumber>,
    /// Found in a reader's form.
    pub(super) on_loan: BTreeSet<InventoryNumber>,
    /// Numbers on books that are not on record.
    pub(super) strangers: BTreeSet<InventoryNumber>,
    /// Counted on the shelf, by the key of a card's line.
    pub(super) counted: BTreeMap<String, u32>,
    /// The last marks, newest first: tone, number, words.
    pub(super) last: Vec<(String, String, String)>,
}

impl Progress {
    pub(super) fn read(app: &App, check: &StockCheck) -> Result<Self, Problem> {
        Marks::of(app, check).read()
    }

    /// The sets of numbers, in one order.
    pub(super) fn sets(&self) -> [&BTreeSet<InventoryNumber>; 5] {
        [
            &self.seen,
            &self.missing,
            &self.given_up,
            &self.on_loan,
            &self.strangers,
        ]
    }

    /// As [`Progress::sets`], to be changed.
    pub(super) fn sets_mut(&mut self) -> [&mut BTreeSet<InventoryNumber>; 5] {
        [
            &mut self.seen,
            &mut self.missing,
            &mut self.given_up,
            &mut self.on_loan,
            &mut self.strangers,
        ]
    }

    /// Adds the marks of another note.
    pub(super) fn join(&mut self, mut other: Self) {
        for (all, more) in self.sets_mut().into_iter().zip(other.sets_mut()) {
            all.append(more);
        }
        self.counted.append(&mut other.counted);
        self.last.append(&mut other.last);
        self.last.truncate(LAST);
    }

    /// Shows marks among the last ones.
    pub(super) fn say(&mut self, scans: &[Scan]) {
        for scan in scans {
            let said = (scan.tone.to_owned(), scan.number.clone(), scan.text.clone());
            self.last.insert(0, said);
            self.last.truncate(LAST);
        }
    }

    /// The last marks as a page shows them.
    pub(super) fn scans(&self) -> Vec<Scan> {
        let scans = self.last.iter().map(|(tone, number, text)| Scan {
            tone: match tone.as_str() {
                "done" => "done",
                "warn" => "warn",
                _ => "bad",
            },
            number: number.clone(),
            text: text.clone(),
        });
        scans.collect()
    }

    /// One number, scanned or typed so: what it is and what to do.
    pub(super) fn mark(
        &mut self,
        view: &dyn View,
        lang: Lang,
        (check, expected): (&StockCheck, &Awaited),
        (number, typed): (&InventoryNumber, &str),
    ) -> Result<Scan, Problem> {
        let said = |tone, text: String| Scan {
            tone,
            number: typed.to_owned(),
            text,
        };
        let item = read::item_by_number(view, &check.library, number)?;
        let unknown = item.is_none();
        if let Some(item) = item.as_ref().filter(|item| !item.state.on_record())
            && let Some(left) = &item.left
        {
            let why = format!(
                "Списан по акту {} {} года: отложите книгу и примите её поступлением «Найдено после списания»",
                left.label, left.year
            );
            return Ok(said("bad", why));
        }
        let Some(item) = item.filter(|item| item.state.on_record()) else {
            if let Some(why) = no_range(lang, typed).filter(|_| unknown) {
                return Ok(said("bad", why));
            }
            self.strangers.insert(number.clone());
            let why = if unknown {
                "Такого номера нет в инвентарной книге: проверьте, верно ли он прочитан. Если верно, отложите книгу, она войдёт в излишки"
            } else {
                "На учёте не состоит: отложите книгу, она войдёт в излишки"
            };
            return Ok(said("bad", lang.t(why).to_owned()));
        };
        let title = item
            .title
            .as_ref()
            .map_or("", |title| title.description.as_str());
        if item.fund != check.fund {
            let fund = lang.t(item.fund.label()).to_lowercase();
            let why = lang.with2(
                "Из другого фонда ({}): верните на своё место. {}",
                fund,
                title,
            );
            return Ok(said("warn", why));
        }
        if !expected.has(&item) {
            let words = "Поступил после начала проверки, в неё не входит: {}";
            let why = lang.with(words, title);
            return Ok(said("warn", why));
        }
        if !self.seen.insert(number.clone()) {
            let why = lang.with("Уже отмечен, второй раз не считается: {}", title);
            return Ok(said("warn", why));
        }
        self.missing.remove(number);
        self.given_up.remove(number);
        self.on_loan.remove(number);
        if item.state == ItemState::OnLoan {
            let words = "Числится выданным, а стоит на полке: итог проверки запишет возврат. {}";
            let why = lang.with(words, title);
            return Ok(said("warn", why));
        }
        Ok(said("done", title.to_owned()))
    }

    /// Takes back every mark of a number.
    pub(super) fn forget(&mut self, number: &InventoryNumber) {
        for set in self.sets_mut() {
            set.remove(number);
        }
    }
}

/// What a check awaits, to be asked many times.
pub(super) struct Awaited(Vec<Ours>);

impl Awaited {
    pub(super) fn of(check: &StockCheck) -> Self {
        let mut units: Vec<Ours> = check.expected.iter().map(|e| e.unit).collect();
        units.sort_unstable();
        Self(units)
    }

    fn has(&self, item: &Item) -> bool {
        self.0.binary_search(&Ours::Item(item.id)).is_ok()
    }
}

/// Где что: what became of everything that should stand.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) expected: i64,
    pub(super) seen: i64,
    pub(super) on_loan: i64,
    pub(super) elsewhere: i64,
    pub(super) missing: i64,
    /// Without an outcome: with what was counted, for lines of cards.
    pub(super) rest: Vec<Unit>,
    /// Named missing: the unit and how many.
    pub(super) lost: Vec<(Unit, u32)>,
    /// Out by the books and seen on the shelf: they have come back.
    pub(super) back: Vec<InventoryNumber>,
}

/// Counts outcomes by the marks and the states of this moment.
pub(super) fn tally(
    view: &dyn View,
    check: &StockCheck,
    progress: &Progress,
) -> Result<Tally, Problem> {
    let mut tally = Tally::default();
    for expected in &check.expected {
        tally.expected += i64::from(expected.copies);
        match expected.unit {
            Ours::Item(id) => {
                if let Some(item) = get::<Items>(view, &id)? {
                    tally.item(&item, progress);
                }
            }
            Ours::Layer(id, layer) => {
                if let Some(card) = get::<Cards>(view, &id)? {
                    tally.layer(&card, (layer, expected.copies), progress);
                }
            }
        }
    }
    Ok(tally)
}

impl Tally {
    fn item(&mut self, item: &Item, progress: &Progress) {
        let number = item.number.clone().unwrap_or_default();
        if progress.seen.contains(&number) {
            self.seen += 1;
            if item.state.after(Movement::Return, item.previous).is_some() {
                self.back.push(number);
            }
        } else if progress.missing.contains(&number) {
            self.missing += 1;
            self.lost.extend(Unit::of_item(item).map(|unit| (unit, 1)));
        } else if progress.on_loan.contains(&number) {
            self.on_loan += 1;
        } else {
            match item.state {
                ItemState::OnLoan => self.on_loan += 1,
                ItemState::LentOut
                | ItemState::InRepair
                | ItemState::LostClaimed
                | ItemState::InProcessing
                | ItemState::Withdrawn
                | ItemState::Voided => self.elsewhere += 1,
                ItemState::Missing => {
                    self.missing += 1;
                    self.lost.extend(Unit::of_item(item).map(|unit| (unit, 1)));
                }
                ItemState::Available | ItemState::Restricted | ItemState::SelectedForWithdrawal => {
                    self.rest.extend(Unit::of_item(item));
                }
            }
        }
    }

    fn layer(&mut self, card: &Card, (number, expected): (u32, u32), progress: &Progress) {
        let Some(layer) = card.layer(number) else {
            return;
        };
        let unit = Unit::of_layer(card, layer);
        let stands = expected.min(layer.copies);
        let out = layer.on_loan.min(stands);
        self.elsewhere += i64::from(expected - stands);
        self.on_loan += i64::from(out);
        match progress.counted.get(&unit.key.to_string()) {
            Some(counted) => {
                let seen = (*counted).min(stands - out);
                let missing = stands - out - seen;
                self.seen += i64::from(seen);
                self.missing += i64::from(missing);
                if missing > 0 {
                    self.lost.push((unit, missing));
                }
            }
            None => self.rest.push(unit),
        }
    }

    /// What remains without an outcome, in copies.
    pub(super) fn left(&self) -> i64 {
        self.expected - self.seen - self.on_loan - self.elsewhere - self.missing
    }

    /// Lines of cards of which some are missing.
    pub(super) fn lost_layers(&self) -> Vec<(Key, u32)> {
        let layers = self.lost.iter().filter(|(unit, _)| unit.counted());
        layers
            .map(|(unit, copies)| (unit.key.clone(), *copies))
            .collect()
    }
}

/// The marks as one order: loans found in the forms and what has come back first, then the end of the check.
pub(super) fn closing(
    check: &StockCheck,
    progress: &Progress,
    tally: &Tally,
    (date, order): (Date, &str),
) -> FundCommand {
    let missing_layers: Vec<UnitLine> = tally
        .lost_layers()
        .iter()
        .map(|(key, copies)| key.line(*copies))
        .collect();
    let seen = progress.seen.iter().chain(&progress.strangers);
    let close = Order::CloseCheck(CheckCloseDraft {
        date,
        fund: check.fund,
        act: None,
        missing: progress.missing.iter().cloned().collect(),
        seen: Some(seen.cloned().collect()),
        missing_layers,
        surplus: 0,
    });
    let command = |order| FundCommand { event: None, order };
    let on_loan: Vec<_> = progress.on_loan.iter().cloned().collect();
    let moves = [
        (Movement::FoundOnLoan, &on_loan),
        (Movement::Return, &tally.back),
    ];
    let mut orders = Vec::new();
    for (movement, numbers) in moves {
        // One order holds no more lines than one act.
        for some in numbers.chunks(MAX_LINES) {
            orders.push(command(Order::Move(MovementDraft {
                date,
                movement,
                lines: some.iter().cloned().map(UnitLine::item).collect(),
                holder: String::new(),
                note: order.to_owned(),
            })));
        }
    }
    if orders.is_empty() {
        return command(close);
    }
    orders.push(command(close));
    command(Order::Together(orders))
}
