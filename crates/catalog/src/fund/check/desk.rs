//! Стол: what every room of the rules needs – the tables as they would be, policy, findings, changes.
//!
//! Knows days, numbers of acts and who acts; nothing of the kinds of orders.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::bounds::MAX_COUNTER;
use crate::fund::act::{ActNumber, OuterEvent};
use crate::fund::axis::{Fund, Series};
use crate::fund::change::{FundChange, apply};
use crate::fund::decide::Context;
use crate::fund::item::{Card, Item};
use crate::fund::network::{LibraryNode, stands_under};
use crate::fund::number::InventoryNumber;
use crate::fund::overlay::Overlay;
use crate::fund::policy::{ActNumbering, Policy};
use crate::fund::tables::{
    BookState, Books, CardNumbers, Cards, ItemNumbers, Items, Numbers, Policies, series,
};
use crate::id::LibraryId;
use crate::rule::{Finding, Rule};
use crate::table::{TableError, get};

pub(in crate::fund) struct Desk<'d, 'v> {
    pub(super) tables: &'d mut Overlay<'v>,
    pub(super) ctx: &'d Context,
    pub(super) library: LibraryNode,
    pub(super) policy: Policy,
    pub(super) event: Option<OuterEvent>,
    findings: Vec<Finding>,
    changes: Vec<FundChange>,
    /// Numbers voided beside a receipt, each with its place in the draft.
    voided: Vec<(usize, InventoryNumber)>,
    /// Numbers that a write-off beside this order takes away as lost; `None`: there is none beside.
    pub(super) losses: Option<BTreeSet<InventoryNumber>>,
    /// Whether the library has ever lost anything, once a line had to know.
    pub(super) lost_before: Option<bool>,
}

impl<'d, 'v> Desk<'d, 'v> {
    pub(in crate::fund) fn new(
        tables: &'d mut Overlay<'v>,
        ctx: &'d Context,
        library: LibraryNode,
        event: Option<OuterEvent>,
        losses: Option<BTreeSet<InventoryNumber>>,
    ) -> Result<Self, TableError> {
        let policy = get::<Policies>(tables, &library.id)?.unwrap_or_default();
        Ok(Self {
            tables,
            ctx,
            library,
            policy,
            event,
            findings: Vec::new(),
            changes: Vec::new(),
            voided: Vec::new(),
            losses,
            lost_before: None,
        })
    }

    pub(in crate::fund) fn finish(self) -> (Vec<FundChange>, Vec<Finding>) {
        if self.findings.is_empty() {
            (self.changes, self.findings)
        } else {
            (Vec::new(), self.findings)
        }
    }

    pub(super) fn refuse(
        &mut self,
        rule: Rule,
        place: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.findings.push(Finding::new(rule, place, detail));
    }

    pub(super) fn refused(&self) -> bool {
        !self.findings.is_empty()
    }

    pub(super) fn emit(&mut self, change: FundChange) -> Result<(), TableError> {
        apply(&change, self.tables)?;
        self.changes.push(change);
        Ok(())
    }

    pub(super) fn books(&self) -> Result<BookState, TableError> {
        Ok(get::<Books>(self.tables, &self.library.id)?.unwrap_or_default())
    }

    /// The last number given in a series.
    pub(super) fn last(&self, name: &str) -> Result<u64, TableError> {
        let key = (self.library.id.clone(), name.to_owned());
        Ok(get::<Numbers>(self.tables, &key)?.unwrap_or(0))
    }

    pub(super) fn item(&self, number: &InventoryNumber) -> Result<Option<Item>, TableError> {
        match get::<ItemNumbers>(self.tables, &(self.library.id.clone(), number.clone()))? {
            Some(id) => get::<Items>(self.tables, &id),
            None => Ok(None),
        }
    }

    /// Sets numbers aside, so that those given go round them.
    pub(super) fn go_round(&mut self, voided: Vec<(usize, InventoryNumber)>) {
        self.voided = voided;
        self.voided.sort_by(|(_, a), (_, b)| a.cmp(b));
    }

    /// The numbers set aside, in their order.
    pub(super) fn voided(&self) -> Vec<(usize, InventoryNumber)> {
        self.voided.clone()
    }

    /// The first number of a series from `next` on that was not set aside.
    pub(super) fn not_voided(&self, prefix: &str, mut next: u64) -> u64 {
        for (_, number) in self.voided.iter().filter(|(_, n)| n.prefix == prefix) {
            if number.number == next {
                next += 1;
            }
        }
        next
    }

    pub(super) fn card(&self, number: u64) -> Result<Option<Card>, TableError> {
        match get::<CardNumbers>(self.tables, &(self.library.id.clone(), number))? {
            Some(id) => get::<Cards>(self.tables, &id),
            None => Ok(None),
        }
    }

    /// Nothing is entered into a closed period. `true` when the day is open.
    pub(super) fn open_day(&mut self, day: Date) -> Result<bool, TableError> {
        if let Some(closed) = self.books()?.closed_through
            && day <= closed
        {
            let next = closed.tomorrow().unwrap_or(closed);
            self.refuse(
                Rule::PeriodClosed,
                "/date",
                format!("Период по {closed} закрыт: поставьте дату записи не раньше {next}"),
            );
            return Ok(false);
        }
        Ok(true)
    }

    /// Rows of a book go by dates; only within the open period and by policy they may not.
    pub(super) fn book_day(&mut self, fund: Fund, day: Date) -> Result<(), TableError> {
        if !self.open_day(day)? || self.policy.backdating {
            return Ok(());
        }
        if let Some(last) = self.books()?.last_rows.get(fund.code())
            && day < *last
        {
            let last = *last;
            self.refuse(
                Rule::DateOrder,
                "/date",
                format!(
                    "Последняя запись книги «{}» – от {last}: поставьте дату не раньше неё",
                    fund.label()
                ),
            );
        }
        Ok(())
    }

    fn before_books(&self, year: i16) -> Result<bool, TableError> {
        let opened = self.books()?.opened.and_then(|day| day.tomorrow().ok());
        Ok(opened.is_some_and(|first| year < first.year()))
    }

    /// A place of a unit is a node of its library's own tree. Rule: D-33.
    pub(super) fn place(&mut self, at: &LibraryId, place: &str) -> Result<(), TableError> {
        if !stands_under(self.tables, at, &self.library.id)? {
            self.refuse(
                Rule::LibraryUnknown,
                place,
                format!(
                    "Здания {at} нет у библиотеки {}: добавьте его командой fond library add",
                    self.library.id
                ),
            );
        }
        Ok(())
    }

    /// The next number of an act's series; a claimed one must be it.
    pub(super) fn act_number(
        &mut self,
        series: Series,
        year: i16,
        fund: Fund,
        claimed: Option<u32>,
        place: &str,
    ) -> Result<(ActNumber, (String, u64)), TableError> {
        let own = (self.policy.act_numbering == ActNumbering::PerFund).then_some(fund);
        let name = series::act(series, year, own);
        let known = self.last(&name)?;
        let next = match claimed {
            // Of a year before the books were opened only the paper knows its number.
            Some(claimed) if known == 0 && self.before_books(year)? => {
                u64::from(claimed).max(known + 1)
            }
            Some(_) | None => known + 1,
        };
        let number = u32::try_from(next).unwrap_or(u32::MAX);
        if claimed.is_some_and(|claimed| claimed > MAX_COUNTER) || next > u64::from(u32::MAX) {
            let detail = format!("Номер акта больше {MAX_COUNTER}: проверьте его");
            self.refuse(Rule::OutOfBounds, place, detail);
        } else if let Some(claimed) = claimed
            && claimed != number
        {
            self.refuse(
                Rule::ActNumberOrder,
                place,
                format!(
                    "{}, {year} год: следующий номер – {number}, в документе {claimed}. Впишите {number} или не указывайте номер",
                    series.label()
                ),
            );
        }
        let act = ActNumber {
            series,
            year,
            number,
        };
        Ok((act, (name, next)))
    }
}
