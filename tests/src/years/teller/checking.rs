//! Проверки, замены, кварталы: what ties several events together, and entries of an earlier day.

use serde_json::{Value, json};

use super::Teller;
use crate::years::account::{Entry, FUNDS, Item, Row};

/// Days of a month in these years.
const MONTH: usize = 28;

impl Teller {
    /// A reader brings another book for a lost one: two events as one change, in either order.
    pub(super) fn replacement(&mut self) {
        let live = self.live(0);
        if live.is_empty() {
            return;
        }
        let n = *self.dice.pick(&live);
        let (got, lost, date) = (self.id(), self.id(), self.date());
        let (title, price) = (self.dice.roll(9), self.price());
        let no = self.act("ACCEPTANCE", 0).to_string();
        let mut entries = Vec::new();
        let inv = self.items_in(title, &got, (1, price, 0), &mut entries)[0];
        let row = self.row(0, 1, &got, entries);
        self.account.enter(row);
        let act = self.paper("WITHDRAWAL", 0);
        let old = self.leave(n, &lost, "LOSS", act["no"].as_u64().unwrap());
        let receipt = json!({
            "id": got, "type": "RECEIPT", "fund": "MAIN", "date": date, "source": "REPLACEMENT", "paired_with": lost,
            "document": {"kind": "ACCEPTANCE_ACT", "no": no, "date": date, "total_kop": price},
            "lines": [{"title": self.account.titles[title].id, "price_kop": price, "inv": [inv], "replaces_inv": old}],
        });
        let withdrawal = json!({
            "id": lost, "type": "WITHDRAWAL", "fund": "MAIN", "date": date, "act": act, "reason": "LOSS",
            "sub_reason": "LOST_BY_USER", "lines": [{"inv": old}], "paired_with": got,
        });
        if self.dice.once_in(2) {
            self.events.extend([receipt, withdrawal]);
        } else {
            self.events.extend([withdrawal, receipt]);
        }
    }

    /// One item of the main fund leaves; its number.
    fn leave(&mut self, n: usize, event: &str, reason: &'static str, act: u64) -> u64 {
        let item = self.account.items[n].clone();
        let entry = Entry {
            title: item.title.unwrap(),
            copies: 1,
            sum: item.price,
            inv: Some(item.inv),
        };
        let mut row = self.row(0, 2, event, vec![entry]);
        row.reason = Some(reason);
        let no = self.account.enter(row);
        self.account.items[n].state = "WITHDRAWN";
        self.account.items[n].left = Some((no, act));
        item.inv
    }

    /// A check of the main fund; some of what is missing is found again, some is written off.
    pub(super) fn check(&mut self) {
        let (start, close, date) = (self.id(), self.id(), self.date());
        let live = self.live(0);
        let first = self.dice.roll(live.len());
        let lost: Vec<usize> = live.into_iter().skip(first).take(2).collect();
        let no = self.act("CHECK", 0);
        let (mut stands, mut sum) = (0, 0);
        for card in &self.account.cards {
            let title = &self.account.titles[card.title];
            if title.fund == 0 && title.way == "BATCH_CARD" {
                stands += card.layers.iter().map(|l| l.copies).sum::<i64>();
                sum += card.layers.iter().map(|l| l.copies * l.price).sum::<i64>();
            }
        }
        for n in &lost {
            self.account.items[*n].state = "MISSING";
        }
        let ours = |item: &&Item| item.title.is_some_and(|t| self.account.titles[t].fund == 0);
        let items = self.account.items.iter().filter(ours);
        let items: Vec<&Item> = items
            .filter(|i| matches!(i.state, "AVAILABLE" | "MISSING"))
            .collect();
        let missing: Vec<&&Item> = items.iter().filter(|i| i.state == "MISSING").collect();
        let on_record = stands + items.len() as i64;
        let named: Vec<u64> = lost.iter().map(|n| self.account.items[*n].inv).collect();
        let mut numbers: Vec<u64> = missing.iter().map(|i| i.inv).collect();
        numbers.sort_unstable();
        let result = json!({
            "act_no": no, "act_date": date, "fund": "MAIN", "as_of": date,
            "on_record_copies": on_record,
            "on_record_sum_kop": sum + items.iter().map(|i| i.price).sum::<i64>(),
            "present_copies": on_record - missing.len() as i64,
            "missing_copies": missing.len(),
            "missing_sum_kop": missing.iter().map(|i| i.price).sum::<i64>(),
            "missing_inv": numbers, "on_loan_copies": 0, "surplus_copies": 0, "ksu_effect": "none",
        });
        self.account.checks.push((self.year, no, result));
        self.events.push(
            json!({"id": start, "type": "CHECK_START", "fund": "MAIN", "date": date, "order": "приказ 9"}),
        );
        self.events.push(json!({
            "id": close, "type": "CHECK_CLOSE", "fund": "MAIN", "date": date,
            "act": {"series": "CHECK", "no": no, "date": date}, "missing_inv": named,
        }));
    }

    /// What a check missed is found on a shelf, or leaves by the act of the last check.
    pub(super) fn after_check(&mut self) {
        let missing = |item: &Item| item.state == "MISSING";
        let Some(n) = self.account.items.iter().position(missing) else {
            return self.check();
        };
        let (id, date, inv) = (self.id(), self.date(), self.account.items[n].inv);
        if self.dice.once_in(2) {
            self.account.items[n].state = "AVAILABLE";
            self.events
                .push(json!({"id": id, "type": "FOUND", "date": date, "inv": inv}));
            return;
        }
        let named = |check: &&(u64, u64, Value)| {
            let missing = check.2["missing_inv"].as_array().unwrap();
            missing.contains(&json!(inv))
        };
        let (year, no, _) = self
            .account
            .checks
            .iter()
            .rev()
            .find(named)
            .unwrap()
            .clone();
        self.of_missing.insert(id.clone());
        let act = self.paper("WITHDRAWAL", 0);
        self.leave(n, &id, "LOSS", act["no"].as_u64().unwrap());
        self.events.push(json!({
            "id": id, "type": "WITHDRAWAL", "fund": "MAIN", "date": date, "act": act, "reason": "LOSS",
            "sub_reason": "MISSING_AT_CHECK", "basis": {"series": "CHECK", "no": no, "year": year},
            "lines": [{"inv": inv}],
        }));
    }

    /// A whole act of withdrawal is taken back, or one line of it.
    pub(super) fn return_of_withdrawn(&mut self) {
        let gone = |row: &Row| {
            let items = &self.account.items;
            let still = |e: &Entry| {
                let mine = |i: &&Item| Some(i.inv) == e.inv && i.state == "WITHDRAWN";
                items
                    .iter()
                    .any(|i| mine(&i) && i.left.is_some_and(|l| l.0 == row.no))
            };
            row.part == 2
                && !row.revalued
                && row.storno_of.is_none()
                && row.entries.iter().all(still)
        };
        let rows = self.account.rows.iter().filter(|row| gone(row));
        // Row numbers begin anew each year, so only this year's are told apart by them.
        let rows: Vec<Row> = rows.filter(|r| r.year == self.year).cloned().collect();
        if rows.is_empty() {
            return;
        }
        let wrong = self.dice.pick(&rows).clone();
        let whole = self.dice.once_in(2);
        let taken = if whole { wrong.entries.len() } else { 1 };
        let (id, date) = (self.id(), self.date());
        self.act("CORRECTION", wrong.fund);
        let back = |e: &Entry| Entry {
            copies: -e.copies,
            sum: -e.sum,
            ..e.clone()
        };
        let entries: Vec<Entry> = wrong.entries.iter().take(taken).map(back).collect();
        let numbers: Vec<u64> = entries.iter().filter_map(|e| e.inv).collect();
        let mut row = self.row(wrong.fund, 2, &id, entries);
        row.reason = wrong.reason;
        row.storno_of = Some(wrong.no);
        self.account.enter(row);
        let was_missing = self.of_missing.contains(&wrong.event);
        for item in &mut self.account.items {
            if numbers.contains(&item.inv) {
                item.state = if was_missing { "MISSING" } else { "AVAILABLE" };
                item.left = None;
            }
        }
        let mut event = json!({
            "id": id, "type": "STORNO", "fund": FUNDS[wrong.fund], "date": date, "corrects": wrong.event, "reason": "описка",
        });
        if !whole {
            event["lines"] = json!([{"inv": numbers}]);
        }
        self.events.push(event);
    }

    /// Quarters that have passed are closed, some of them.
    pub(super) fn quarter_close(&mut self) {
        let passed = self.day / MONTH / 3;
        if passed == 0 || self.closed >= passed * 3 * MONTH {
            return;
        }
        self.closed = passed * 3 * MONTH;
        let (id, date) = (self.id(), self.date());
        self.events.push(json!({
            "id": id, "type": "QUARTER_CLOSE", "date": date, "year": self.year, "quarter": passed,
        }));
    }

    /// A receipt of an earlier day that is still open: entered where policy lets it, else refused.
    pub(super) fn belated(&mut self) {
        let (today, year) = (self.day, self.year);
        let rows = self.account.rows.iter().filter(|r| r.fund == 0);
        let last = rows.map(|r| r.date.clone()).max().unwrap_or_default();
        let span = today - self.closed;
        if span == 0 || !last.starts_with(&year.to_string()) {
            return;
        }
        self.day = self.closed + self.dice.roll(span);
        if self.backdating {
            self.receipt(0);
        } else if self.date() < last {
            let (id, date) = (self.id(), self.date());
            self.refused.push((id.clone(), "date-order".to_owned()));
            self.events.push(json!({
                "id": id, "type": "RECEIPT", "fund": "MAIN", "date": date, "source": "PURCHASE",
                "document": {"kind": "WAYBILL", "no": id, "date": date}, "lines": [{"title": "T0", "price_kop": 5}],
            }));
        }
        self.day = today;
    }
}
