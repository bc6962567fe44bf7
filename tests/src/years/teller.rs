//! Рассказчик: makes up a year event by event and keeps the account of it as it goes.
//!
//! Wrong events stand among the right ones, each with the rule that must refuse it.

mod checking;
mod mending;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Dice;
use super::account::{
    Account, CONTENT, Card, Entry, FUNDS, Item, KINDS, Layer, REASONS, Row, Title,
};

/// A library's years, file by file.
pub struct Story {
    /// The years, oldest first.
    pub years: Vec<Year>,
}

/// One year: its file, what must be refused in it, and the registers after it.
pub struct Year {
    /// The year.
    pub year: i16,
    /// The file to post.
    pub file: Value,
    /// Event and rule of every refusal.
    pub refused: Vec<(String, String)>,
    /// The registers it must lead to.
    pub registers: Value,
}

struct Teller {
    dice: Dice,
    account: Account,
    act_by_fund: bool,
    backdating: bool,
    year: u64,
    day: usize,
    /// The first day of the year that is still open.
    closed: usize,
    /// Events that wrote off what a check had missed.
    of_missing: BTreeSet<String>,
    told: usize,
    events: Vec<Value>,
    refused: Vec<(String, String)>,
}

/// Makes up several years of one library.
#[must_use]
pub fn tell(seed: u64, years: usize) -> Story {
    let mut dice = Dice::new(seed);
    let continuous = [dice.once_in(2), dice.once_in(2)];
    let act_by_fund = dice.once_in(3);
    let backdating = dice.once_in(2);
    let policy = json!({
        "backdating": backdating,
        "ksu1_numbering": if continuous[0] { "CONTINUOUS" } else { "RESTART_YEARLY_PER_FUND" },
        "ksu2_numbering": if continuous[1] { "CONTINUOUS_PER_FUND" } else { "RESTART_YEARLY" },
        "act_numbering": if act_by_fund { "PER_FUND" } else { "PER_SERIES_PER_YEAR_PER_LIBRARY" },
    });
    let mut teller = Teller {
        account: Account {
            titles: titles(&mut dice),
            continuous,
            ..Account::default()
        },
        dice,
        act_by_fund,
        backdating,
        year: 2025,
        day: 0,
        closed: 0,
        of_missing: BTreeSet::new(),
        told: 0,
        events: Vec::new(),
        refused: Vec::new(),
    };
    let opening = teller.opening();
    let mut told = Vec::new();
    for n in 0..years {
        teller.year = 2025 + n as u64;
        (teller.day, teller.closed) = (0, 0);
        for _ in 0..42 {
            teller.day = (teller.day + teller.dice.roll(16)).min(335);
            teller.something();
        }
        let id = teller.id();
        let year = teller.year;
        teller.events.push(
            json!({"id": id, "type": "YEAR_CLOSE", "date": format!("{year}-12-31"), "year": year}),
        );
        let mut file = json!({"policy": policy, "titles": teller.title_rows(), "events": std::mem::take(&mut teller.events)});
        if n == 0 {
            file["opening"] = opening.clone();
        }
        told.push(Year {
            year: i16::try_from(year).unwrap(),
            file,
            refused: std::mem::take(&mut teller.refused),
            registers: teller.account.registers(year),
        });
    }
    Story { years: told }
}

fn titles(dice: &mut Dice) -> Vec<Title> {
    let mut titles = Vec::new();
    for n in 0..18 {
        let (fund, way) = match n {
            0..=8 => (0, "INVENTORY"),
            9..=13 => (1, "BATCH_CARD"),
            14 => (2, "INVENTORY"),
            15 => (0, "BATCH_CARD"),
            _ => (0, "PERIODICAL_CARD"),
        };
        let kind = match n {
            9..=13 => "BOOK",
            16 => "JOURNAL",
            17 => "NEWSPAPER",
            _ => *dice.pick(&[
                KINDS[0], KINDS[0], KINDS[1], KINDS[4], KINDS[5], KINDS[6], KINDS[7],
            ]),
        };
        let column = if fund == 1 {
            (1 + dice.roll(11)).to_string()
        } else {
            (*dice.pick(&CONTENT)).to_owned()
        };
        let on_balance = way != "PERIODICAL_CARD" && !dice.once_in(6);
        titles.push(Title {
            id: format!("T{n}"),
            fund,
            kind,
            column,
            way,
            on_balance,
        });
    }
    titles
}

impl Teller {
    fn id(&mut self) -> String {
        self.told += 1;
        format!("E{}", self.told)
    }

    fn date(&self) -> String {
        format!(
            "{}-{:02}-{:02}",
            self.year,
            self.day / 28 + 1,
            self.day % 28 + 1
        )
    }

    fn title_rows(&self) -> Vec<Value> {
        let marks = |t: &Title| if t.column == "FIC" { "84(2)" } else { "63" };
        let row = |t: &Title| {
            json!({
                "id": t.id, "fund": FUNDS[t.fund], "kind": t.kind, "bbk": marks(t),
                "content": (t.fund != 1).then_some(&t.column), "grade": (t.fund == 1).then_some(&t.column),
                "registration": t.way, "on_balance": t.on_balance,
            })
        };
        self.account.titles.iter().map(row).collect()
    }

    fn price(&mut self) -> i64 {
        1 + self.dice.roll(90_000) as i64
    }

    fn opening(&mut self) -> Value {
        let (mut copies, mut cards) = (Vec::new(), Vec::new());
        for inv in 1..=12u64 {
            let (title, price) = (self.dice.roll(9), self.price());
            self.account.next("inv");
            self.account.opened.push(Entry {
                title,
                copies: 1,
                sum: price,
                inv: Some(inv),
            });
            *self.account.live.entry(title).or_default() += 1;
            self.account.items.push(Item {
                inv,
                title: Some(title),
                price,
                state: "AVAILABLE",
                came: String::new(),
                left: None,
            });
            copies.push(json!({"inv": inv, "title": format!("T{title}"), "price_kop": price}));
        }
        for title in 9..=10usize {
            let (n, price) = (5 + self.dice.roll(30) as i64, self.price());
            let no = self.account.next("card");
            self.account.opened.push(Entry {
                title,
                copies: n,
                sum: n * price,
                inv: None,
            });
            *self.account.live.entry(title).or_default() += n;
            let layers = vec![Layer { copies: n, price }];
            self.account.cards.push(Card {
                no: Some(no),
                title,
                layers,
            });
            cards.push(json!({"card_no": no, "title": format!("T{title}"), "layers": [{"layer": 1, "copies": n, "price_kop": price}]}));
        }
        json!({"as_of": "2025-01-01", "closed_through": "2024-12-31", "copies": copies, "batch_cards": cards})
    }

    fn something(&mut self) {
        match self.dice.roll(20) {
            0..=3 => self.receipt(0),
            4 | 5 => self.receipt(1),
            6 => self.receipt(2),
            7 | 8 => self.write_off(),
            9 => self.write_off_cards(),
            10 => self.reversal(),
            11 => self.revaluation(),
            12 => self.void(),
            13 => self.replacement(),
            14 | 15 => self.after_check(),
            16 => self.return_of_withdrawn(),
            17 => self.quarter_close(),
            18 => self.belated(),
            _ => self.wrong(),
        }
    }

    fn act(&mut self, series: &str, fund: usize) -> u64 {
        let own = if self.act_by_fund {
            format!("/{fund}")
        } else {
            String::new()
        };
        let name = format!("act {series} {}{own}", self.year);
        self.account.next(&name)
    }

    fn row(&self, fund: usize, part: usize, event: &str, entries: Vec<Entry>) -> Row {
        Row {
            fund,
            part,
            no: 0,
            year: self.year,
            date: self.date(),
            event: event.to_owned(),
            entries,
            titles: 0,
            reason: None,
            storno_of: None,
            revalued: false,
        }
    }

    fn receipt(&mut self, fund: usize) {
        let (id, date) = (self.id(), self.date());
        let pool: Vec<usize> = (0..self.account.titles.len())
            .filter(|t| self.account.titles[*t].fund == fund)
            .collect();
        let (mut lines, mut entries, mut total) = (Vec::new(), Vec::new(), 0);
        for _ in 0..=self.dice.roll(3) {
            let title = *self.dice.pick(&pool);
            let copies = 1 + self.dice.roll(4) as i64;
            let sum = copies * self.price() + if self.dice.once_in(3) { 1 } else { 0 };
            let (each, rest) = (sum / copies, sum % copies);
            total += sum;
            let mut line = json!({"title": self.account.titles[title].id, "copies": copies});
            if rest == 0 {
                line["price_kop"] = json!(each)
            } else {
                line["sum_kop"] = json!(sum)
            }
            if self.account.titles[title].way == "INVENTORY" {
                let numbers = self.items_in(title, &id, (copies, each, rest), &mut entries);
                if self.dice.once_in(2) {
                    line["inv"] = json!(numbers)
                }
            } else {
                self.layers_in(title, (copies, each, rest), &mut entries);
            }
            lines.push(line);
        }
        let act = self.dice.once_in(3);
        let (kind, no) = if act {
            ("ACCEPTANCE_ACT", self.act("ACCEPTANCE", fund).to_string())
        } else {
            ("WAYBILL", id.clone())
        };
        let source = *self.dice.pick(&[
            "PURCHASE",
            "DONATION",
            "CENTRAL_SUPPLY",
            "EXCHANGE",
            "TRANSFER",
            "COPYING",
            "FOUND_SURPLUS",
            "LEGAL_DEPOSIT",
            "OWN_PUBLICATION",
        ]);
        let mut event = json!({
            "id": id, "type": "RECEIPT", "fund": FUNDS[fund], "date": date, "source": source,
            "document": {"kind": kind, "no": no, "date": date, "total_kop": total}, "lines": lines,
        });
        if !act && self.dice.once_in(3) {
            event["non_fund_lines"] =
                json!([{"description": "тетради", "copies": 2, "price_kop": 55}]);
            event["document"]["total_kop"] = json!(total + 110);
        }
        if self.dice.once_in(4) {
            event["rejected_lines"] = json!([{"description": "брак", "copies": 1, "price_kop": 9}]);
            let stated = event["document"]["total_kop"].as_i64().unwrap_or(0);
            event["document"]["total_kop"] = json!(stated + 9);
        }
        let row = self.row(fund, 1, &id, entries);
        self.account.enter(row);
        self.events.push(event);
    }

    fn items_in(
        &mut self,
        title: usize,
        came: &str,
        (copies, each, rest): (i64, i64, i64),
        entries: &mut Vec<Entry>,
    ) -> Vec<u64> {
        let mut numbers = Vec::new();
        for n in 0..copies {
            let (inv, price) = (self.account.next("inv"), each + i64::from(n < rest));
            entries.push(Entry {
                title,
                copies: 1,
                sum: price,
                inv: Some(inv),
            });
            self.account.items.push(Item {
                inv,
                title: Some(title),
                price,
                state: "AVAILABLE",
                came: came.to_owned(),
                left: None,
            });
            numbers.push(inv);
        }
        numbers
    }

    fn layers_in(
        &mut self,
        title: usize,
        (copies, each, rest): (i64, i64, i64),
        entries: &mut Vec<Entry>,
    ) {
        let known = self
            .account
            .cards
            .iter()
            .position(|card| card.title == title);
        let card = known.unwrap_or_else(|| {
            let no =
                (self.account.titles[title].way == "BATCH_CARD").then(|| self.account.next("card"));
            self.account.cards.push(Card {
                no,
                title,
                layers: Vec::new(),
            });
            self.account.cards.len() - 1
        });
        for (copies, price) in [(rest, each + 1), (copies - rest, each)] {
            if copies > 0 {
                entries.push(Entry {
                    title,
                    copies,
                    sum: copies * price,
                    inv: None,
                });
                self.account.cards[card]
                    .layers
                    .push(Layer { copies, price });
            }
        }
    }

    fn paper(&mut self, series: &str, fund: usize) -> Value {
        let date = self.date();
        json!({"series": series, "no": self.act(series, fund), "date": date, "approved": date})
    }

    fn live(&self, fund: usize) -> Vec<usize> {
        let fits = |i: &Item| {
            i.state == "AVAILABLE" && i.title.is_some_and(|t| self.account.titles[t].fund == fund)
        };
        (0..self.account.items.len())
            .filter(|n| fits(&self.account.items[*n]))
            .collect()
    }

    fn write_off(&mut self) {
        let fund = if self.dice.once_in(5) { 2 } else { 0 };
        let live = self.live(fund);
        if live.is_empty() {
            return;
        }
        let transfer = self.dice.once_in(4);
        let (id, reason) = (self.id(), (!transfer).then(|| *self.dice.pick(&REASONS)));
        let act = self.paper(if transfer { "TRANSFER" } else { "WITHDRAWAL" }, fund);
        let first = self.dice.roll(live.len());
        let taken: Vec<usize> = live.into_iter().skip(first).take(3).collect();
        let of = |n: &usize| {
            let i = &self.account.items[*n];
            Entry {
                title: i.title.unwrap(),
                copies: 1,
                sum: i.price,
                inv: Some(i.inv),
            }
        };
        let entries: Vec<Entry> = taken.iter().map(of).collect();
        let lines: Vec<Value> = entries.iter().map(|e| json!({"inv": e.inv})).collect();
        let mut row = self.row(fund, 2, &id, entries);
        row.reason = reason;
        let no = self.account.enter(row);
        for n in taken {
            self.account.items[n].state = "WITHDRAWN";
            self.account.items[n].left = Some((no, act["no"].as_u64().unwrap()));
        }
        self.events.push(json!({
            "id": id, "type": if transfer { "TRANSFER_OUT" } else { "WITHDRAWAL" }, "fund": FUNDS[fund],
            "date": self.date(), "act": act, "reason": reason, "lines": lines,
        }));
    }

    fn write_off_cards(&mut self) {
        let fund = |c: &Card| self.account.titles[c.title].fund;
        let found = self
            .account
            .cards
            .iter()
            .position(|c| fund(c) == 1 && c.layers.iter().any(|l| l.copies > 1));
        let Some(card) = found else { return };
        let layer = self.account.cards[card]
            .layers
            .iter()
            .position(|l| l.copies > 1)
            .unwrap();
        let (id, act) = (self.id(), self.paper("WITHDRAWAL", 1));
        let stood = &mut self.account.cards[card].layers[layer];
        let copies = 1 + self.dice.roll(stood.copies as usize) as i64;
        stood.copies -= copies;
        let sum = stood.price * copies;
        let (title, no) = (self.account.cards[card].title, self.account.cards[card].no);
        let mut row = self.row(
            1,
            2,
            &id,
            vec![Entry {
                title,
                copies,
                sum,
                inv: None,
            }],
        );
        row.reason = Some(REASONS[3]);
        self.account.enter(row);
        self.events.push(json!({
            "id": id, "type": "WITHDRAWAL", "fund": "TEXTBOOK", "date": self.date(), "act": act, "reason": REASONS[3],
            "lines": [{"card_no": no, "layer": layer + 1, "copies": copies}],
        }));
    }
}
