//! Счётчики на конец года: what the next number was then, whatever has been given since.
//!
//! Numbers are given in order, so the first one given later is the next one of that day.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use jiff::civil::Date;

use crate::fund::act::{Act, Part};
use crate::fund::axis::{Fund, Series};
use crate::fund::item::Card;
use crate::fund::policy::{ActNumbering, Ksu1Numbering, Ksu2Numbering, Policy};
use crate::fund::read;
use crate::fund::stock_check::StockCheck;
use crate::fund::tables::{Numbers, series};
use crate::id::LibraryId;
use crate::table::{TableError, View, get};

/// Счётчики библиотеки на конец года.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Следующий инвентарный номер, main series.
    pub next_number: u64,
    /// Следующая карточка.
    pub next_card: u64,
    /// Последние номера части 1 and части 2, by fund.
    pub last_rows: BTreeMap<Fund, (u32, u32)>,
    /// Последние номера актов года, by series; by fund too where each numbers its own.
    pub last_acts: BTreeMap<Series, BTreeMap<Option<Fund>, u32>>,
}

/// What a year's counters are read from.
pub(super) struct Sources<'a> {
    pub(super) view: &'a dyn View,
    pub(super) library: &'a LibraryId,
    pub(super) policy: &'a Policy,
    pub(super) acts: &'a [Act],
    pub(super) checks: &'a [StockCheck],
    pub(super) end: Date,
}

impl Sources<'_> {
    fn last(&self, name: &str) -> Result<u64, TableError> {
        let key = (self.library.clone(), name.to_owned());
        Ok(get::<Numbers>(self.view, &key)?.unwrap_or(0))
    }

    /// The counters; `cards` are all of the library, later ones too.
    pub(super) fn counters(
        &self,
        cards: &[Card],
        funds: impl Iterator<Item = Fund>,
    ) -> Result<Counters, TableError> {
        let mut first_later: Option<u64> = None;
        read::each_numbered(self.view, self.library, |item| {
            let later = item.entered().is_some_and(|day| day > self.end);
            // They come by prefix, the empty one first.
            match item.number.filter(|n| later || !n.prefix.is_empty()) {
                Some(number) => {
                    first_later = Some(number.number).filter(|_| number.prefix.is_empty());
                    ControlFlow::Break(())
                }
                None => ControlFlow::Continue(()),
            }
        })?;
        let next_number =
            first_later.map_or_else(|| Ok(self.last(&series::inventory(""))? + 1), Ok)?;
        let came = |card: &&Card| card.layers.iter().all(|l| l.came.date > self.end);
        let next_card = (cards.iter().filter(came))
            .filter_map(|card| card.number)
            .min()
            .map_or_else(|| Ok(self.last(series::CARD)? + 1), Ok)?;
        let mut counters = Counters {
            next_number,
            next_card,
            ..Counters::default()
        };
        for fund in funds {
            let came = self.policy.ksu1_numbering == Ksu1Numbering::RestartYearlyPerFund;
            let left = self.policy.ksu2_numbering == Ksu2Numbering::RestartYearly;
            let rows = (
                self.last_row(fund, Part::Came, came)?,
                self.last_row(fund, Part::Left, left)?,
            );
            counters.last_rows.insert(fund, rows);
            self.last_acts(fund, &mut counters.last_acts)?;
        }
        Ok(counters)
    }

    fn last_row(&self, fund: Fund, part: Part, restarts: bool) -> Result<u32, TableError> {
        let year = self.end.year();
        let which = if part == Part::Came { 1 } else { 2 };
        if restarts {
            return Ok(small(self.last(&series::row(which, fund, Some(year)))?));
        }
        let rows = self.acts.iter().filter(|act| act.fund == fund);
        let later = (rows.filter_map(|act| act.row.as_ref()))
            .filter(|row| row.part == part && row.year > year)
            .map(|row| row.number)
            .min();
        match later {
            Some(number) => Ok(number.saturating_sub(1)),
            None => Ok(small(self.last(&series::row(which, fund, None))?)),
        }
    }

    fn last_acts(
        &self,
        fund: Fund,
        acts: &mut BTreeMap<Series, BTreeMap<Option<Fund>, u32>>,
    ) -> Result<(), TableError> {
        let own = (self.policy.act_numbering == ActNumbering::PerFund).then_some(fund);
        for kind in Series::ALL.iter().filter(|kind| **kind != Series::Opening) {
            let last = small(self.last(&series::act(*kind, self.end.year(), own))?);
            let last = last.min(self.last_by(*kind, own));
            let always = matches!(
                kind,
                Series::Acceptance | Series::Withdrawal | Series::Check
            );
            if last > 0 || always {
                acts.entry(*kind).or_default().insert(own, last);
            }
        }
        Ok(())
    }
}

impl Sources<'_> {
    /// An act drawn in one year may be entered in the next: the closed year keeps the number it had.
    fn last_by(&self, kind: Series, own: Option<Fund>) -> u32 {
        let acts = self.acts.iter().map(|act| (act.fund, act.number, act.date));
        let checks = self.checks.iter().filter_map(|check| {
            let result = check.result.as_ref()?;
            Some((check.fund, Some(result.number), result.entered()))
        });
        let later = acts.chain(checks).filter_map(|(fund, number, entered)| {
            let ours = own.is_none_or(|own| own == fund) && entered > self.end;
            number.filter(|n| ours && n.series == kind && n.year == self.end.year())
        });
        let first = later.map(|number| number.number).min();
        first.map_or(u32::MAX, |first| first.saturating_sub(1))
    }
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
