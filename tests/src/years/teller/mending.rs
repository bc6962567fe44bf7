//! Исправления: reversals, new prices, voided numbers, and what must be refused whole.

use serde_json::{Value, json};

use super::Teller;
use crate::years::account::{Entry, Item};

impl Teller {
    /// An item that came by an act is struck out of it, or gets its right price.
    pub(super) fn reversal(&mut self) {
        let live: Vec<usize> = self
            .live(0)
            .into_iter()
            .filter(|n| !self.account.items[*n].came.is_empty())
            .collect();
        if live.is_empty() {
            return;
        }
        let n = *self.dice.pick(&live);
        let (id, item) = (self.id(), self.account.items[n].clone());
        let right = if self.dice.once_in(2) {
            item.price + 7
        } else {
            item.price
        };
        self.act("CORRECTION", 0);
        let first = self
            .account
            .rows
            .iter()
            .find(|r| r.event == item.came)
            .map(|r| r.no);
        let entry = Entry {
            title: item.title.unwrap(),
            copies: -1,
            sum: -item.price,
            inv: Some(item.inv),
        };
        let mut row = self.row(0, 1, &id, vec![entry.clone()]);
        row.storno_of = first;
        self.account.enter(row);
        if right == item.price {
            self.account.items[n].state = "VOIDED";
        } else {
            let row = self.row(
                0,
                1,
                &id,
                vec![Entry {
                    copies: 1,
                    sum: right,
                    ..entry
                }],
            );
            self.account.enter(row);
            self.account.items[n].price = right;
        }
        let mut line = json!({"inv": item.inv});
        if right != item.price {
            line["price_kop"] = json!(right);
        }
        self.events.push(json!({
            "id": id, "type": "STORNO", "date": self.date(), "corrects": item.came, "reason": "описка",
            "lines": [line],
        }));
    }

    pub(super) fn revaluation(&mut self) {
        let live = self.live(0);
        if live.is_empty() {
            return;
        }
        let n = *self.dice.pick(&live);
        let (id, price) = (self.id(), self.price());
        let item = &mut self.account.items[n];
        let (old, title, inv) = (item.price, item.title.unwrap(), item.inv);
        if old == price {
            return;
        }
        item.price = price;
        let entry = Entry {
            title,
            copies: 0,
            sum: (price - old).abs(),
            inv: Some(inv),
        };
        let mut row = self.row(0, if price > old { 1 } else { 2 }, &id, vec![entry]);
        row.revalued = true;
        self.account.enter(row);
        self.events.push(json!({
            "id": id, "type": "REVALUATION", "fund": "MAIN", "date": self.date(), "reason": "приказ 5",
            "lines": [{"inv": inv, "price_kop": price}],
        }));
    }

    pub(super) fn void(&mut self) {
        let (id, inv) = (self.id(), self.account.next("inv"));
        self.account.items.push(Item {
            inv,
            title: None,
            price: 0,
            state: "VOIDED",
            came: String::new(),
            left: None,
        });
        self.events.push(json!({"id": id, "type": "VOID", "date": self.date(), "inv": inv, "reason": "испорчен ярлык"}));
    }

    /// Something that must be refused whole.
    pub(super) fn wrong(&mut self) {
        let (id, date) = (self.id(), self.date());
        let receipt = |line: Value, date: &str| {
            json!({
                "id": id, "type": "RECEIPT", "fund": "MAIN", "date": date, "source": "PURCHASE",
                "document": {"kind": "WAYBILL", "no": id, "date": date}, "lines": [{"title": "T0", "price_kop": 5}, line],
            })
        };
        let next = self.account.last("inv") + 2;
        let live = json!({"title": "T0", "price_kop": 5, "inv": [1]});
        let taken = self
            .account
            .items
            .iter()
            .find(|i| i.inv == 1)
            .map(|i| i.state);
        let taken = if taken == Some("AVAILABLE") {
            "duplicate-inventory-number"
        } else {
            "inventory-number-retired"
        };
        let before = format!("{}-12-30", self.year - 1);
        let (event, rule) = match self.dice.roll(6) {
            0 => (receipt(live, &date), taken),
            1 => (
                receipt(
                    json!({"title": "T1", "price_kop": 5, "inv": [next + 1]}),
                    &date,
                ),
                "inventory-number-order",
            ),
            2 => (
                receipt(json!({"title": "T1", "price_kop": 5}), &before),
                "period-closed",
            ),
            3 => (
                receipt(json!({"title": "T99", "price_kop": 5}), &date),
                "title-unknown",
            ),
            4 => (
                json!({"id": id, "type": "WITHDRAWAL", "fund": "MAIN", "date": date, "act": null, "reason": "WEAR", "lines": [{"inv": 1}]}),
                "act-required",
            ),
            _ => (
                json!({"id": id, "type": "STORNO", "date": date, "corrects": "nobody", "reason": "описка"}),
                "storno-target",
            ),
        };
        self.refused.push((id, rule.to_owned()));
        self.events.push(event);
    }
}
