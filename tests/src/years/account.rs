//! Простой счёт: rows as lists of what moved, and every register as a sum over them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

pub(super) const FUNDS: [&str; 3] = ["MAIN", "TEXTBOOK", "METHODICAL"];
pub(super) const KINDS: [&str; 8] = [
    "BOOK",
    "BROCHURE",
    "JOURNAL",
    "NEWSPAPER",
    "AV",
    "MICROFORM",
    "E_CARRIER",
    "OTHER",
];
pub(super) const CONTENT: [&str; 8] = [
    "NAT",
    "APP",
    "SOC",
    "PED",
    "ART_SPORT",
    "FIC",
    "UNI",
    "KIDS",
];
pub(super) const REASONS: [&str; 5] = ["LOSS", "WEAR", "DEFECT", "OBSOLETE", "OFF_PROFILE"];

#[derive(Clone, Debug)]
pub(super) struct Title {
    pub(super) id: String,
    pub(super) fund: usize,
    pub(super) kind: &'static str,
    /// The column: of content, or of grade.
    pub(super) column: String,
    pub(super) way: &'static str,
    pub(super) on_balance: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) title: usize,
    pub(super) copies: i64,
    pub(super) sum: i64,
    pub(super) inv: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) fund: usize,
    pub(super) part: usize,
    pub(super) no: u64,
    pub(super) year: u64,
    pub(super) date: String,
    pub(super) event: String,
    pub(super) entries: Vec<Entry>,
    pub(super) titles: i64,
    pub(super) reason: Option<&'static str>,
    pub(super) storno_of: Option<u64>,
    pub(super) revalued: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) inv: u64,
    pub(super) title: Option<usize>,
    pub(super) price: i64,
    pub(super) state: &'static str,
    pub(super) came: String,
    pub(super) left: Option<(u64, u64)>,
}

#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) copies: i64,
    pub(super) price: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Card {
    pub(super) no: Option<u64>,
    pub(super) title: usize,
    pub(super) layers: Vec<Layer>,
}

/// The account of one library.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub(super) titles: Vec<Title>,
    pub(super) opened: Vec<Entry>,
    pub(super) rows: Vec<Row>,
    pub(super) items: Vec<Item>,
    pub(super) cards: Vec<Card>,
    pub(super) live: BTreeMap<usize, i64>,
    pub(super) numbers: BTreeMap<String, u64>,
    pub(super) continuous: [bool; 2],
    /// Checks of the main fund: year, number of the act, result.
    pub(super) checks: Vec<(u64, u64, Value)>,
}

impl Account {
    pub(super) fn last(&self, series: &str) -> u64 {
        self.numbers.get(series).copied().unwrap_or(0)
    }

    pub(super) fn next(&mut self, series: &str) -> u64 {
        let next = self.last(series) + 1;
        self.numbers.insert(series.to_owned(), next);
        next
    }

    pub(super) fn row_series(&self, part: usize, fund: usize, year: u64) -> String {
        let year = if self.continuous[part - 1] { 0 } else { year };
        format!("ksu{part} {fund} {year}")
    }

    /// Takes a row into the book: its number and its new (or gone) titles follow.
    pub(super) fn enter(&mut self, mut row: Row) -> u64 {
        row.no = self.next(&self.row_series(row.part, row.fund, row.year));
        let sign = if row.part == 1 { 1 } else { -1 };
        let touched: BTreeSet<usize> = row.entries.iter().map(|e| e.title).collect();
        for title in touched {
            let moved: i64 = row
                .entries
                .iter()
                .filter(|e| e.title == title)
                .map(|e| e.copies)
                .sum();
            let live = self.live.entry(title).or_default();
            let before = *live > 0;
            *live += sign * moved;
            row.titles += sign * (i64::from(*live > 0) - i64::from(before));
        }
        self.rows.push(row);
        self.rows[self.rows.len() - 1].no
    }

    fn sums<'a>(&self, fund: usize, entries: impl Iterator<Item = (&'a Entry, i64)>) -> Value {
        let (mut all, mut on, mut off) = ((0, 0), (0, 0), (0, 0));
        let mut kinds: BTreeMap<String, i64> = KINDS.iter().map(|k| ((*k).to_owned(), 0)).collect();
        let mut columns: BTreeMap<String, i64> = if fund == 1 {
            (1..=11).map(|g: u32| (g.to_string(), 0)).collect()
        } else {
            CONTENT.iter().map(|c| ((*c).to_owned(), 0)).collect()
        };
        for (entry, sign) in entries {
            let title = &self.titles[entry.title];
            let (copies, sum) = (entry.copies * sign, entry.sum * sign);
            all = (all.0 + copies, all.1 + sum);
            let side = if title.on_balance { &mut on } else { &mut off };
            *side = (side.0 + copies, side.1 + sum);
            *kinds.entry(title.kind.to_owned()).or_default() += copies;
            *columns.entry(title.column.clone()).or_default() += copies;
        }
        let axis = if fund == 1 { "by_grade" } else { "by_content" };
        json!({
            "copies": all.0, "copies_on_balance": on.0, "copies_off_balance": off.0,
            "sum_kop": all.1, "sum_on_balance_kop": on.1, "sum_off_balance_kop": off.1,
            "by_kind": kinds, axis: columns,
        })
    }

    fn row(&self, row: &Row) -> Value {
        let entries = row.entries.iter().map(|e| (e, 1));
        let mut value = self.sums(row.fund, entries);
        let titles: BTreeSet<usize> = row.entries.iter().map(|e| e.title).collect();
        let numbers: BTreeSet<u64> = row.entries.iter().filter_map(|e| e.inv).collect();
        value["fund"] = json!(FUNDS[row.fund]);
        value["record_no"] = json!(row.no);
        value["date"] = json!(row.date);
        value["event"] = json!(row.event);
        value["titles_in_record"] = json!(titles.len());
        value["inventory_numbers"] = json!(numbers);
        value[if row.part == 1 {
            "titles_new"
        } else {
            "titles_out"
        }] = json!(row.titles);
        if let Some(no) = row.storno_of {
            value["storno_of_record_no"] = json!(no);
        }
        if row.part == 2 {
            self.reasons(&mut value, std::slice::from_ref(&row).iter().copied());
        }
        value
    }

    fn reasons<'a>(&self, value: &mut Value, rows: impl Iterator<Item = &'a Row>) {
        let mut by: BTreeMap<&str, i64> = REASONS.iter().map(|r| (*r, 0)).collect();
        let mut transferred = 0;
        for row in rows.filter(|row| !row.revalued) {
            let copies: i64 = row.entries.iter().map(|e| e.copies).sum();
            match row.reason {
                Some(reason) => *by.entry(reason).or_default() += copies,
                None => transferred += copies,
            }
        }
        value["by_reason"] = json!(by);
        value["transferred"] = json!(transferred);
    }

    /// Rows A–D of a fund between two days, both inside one year.
    fn movement(&self, fund: usize, from: &str, to: &str) -> [Value; 4] {
        let part = |row: &&Row, part| row.fund == fund && row.part == part;
        let within = |row: &&Row| row.date.as_str() >= from && row.date.as_str() <= to;
        let opened = || {
            let mine = |e: &&Entry| self.titles[e.title].fund == fund;
            self.opened.iter().filter(mine).map(|e| (e, 1))
        };
        let signed = |row: &'_ Row| if row.part == 1 { 1 } else { -1 };
        let until = |day: &str, inclusive: bool| {
            let rows = self.rows.iter().filter(|r| r.fund == fund);
            let rows = rows.filter(|r| r.date.as_str() < day || inclusive && r.date == day);
            let rows: Vec<&Row> = rows.collect();
            let entries = rows
                .iter()
                .flat_map(|r| r.entries.iter().map(|e| (e, signed(r))));
            let mut sum = self.sums(fund, opened().chain(entries));
            let titles: BTreeSet<usize> = opened().map(|(e, _)| e.title).collect();
            let change: i64 = rows.iter().map(|r| signed(r) * r.titles).sum();
            sum["titles"] = json!(titles.len() as i64 + change);
            sum
        };
        let moved = |which: usize, key: &str| {
            let rows: Vec<&Row> = self
                .rows
                .iter()
                .filter(|r| part(r, which) && within(r))
                .collect();
            let entries = rows.iter().flat_map(|r| r.entries.iter().map(|e| (e, 1)));
            let mut sum = self.sums(fund, entries);
            sum[key] = json!(rows.iter().map(|r| r.titles).sum::<i64>());
            if which == 2 {
                self.reasons(&mut sum, rows.iter().copied());
            }
            sum
        };
        [
            until(from, false),
            moved(1, "titles_new"),
            moved(2, "titles_out"),
            until(to, true),
        ]
    }

    /// All registers of a year as they stand now, at its end.
    pub(super) fn registers(&self, year: u64) -> Value {
        let rows = |part| -> Vec<Value> {
            let rows = self
                .rows
                .iter()
                .filter(|r| r.part == part && r.year == year);
            rows.map(|row| self.row(row)).collect()
        };
        let (mut part3, mut quarters, mut card) = (Map::new(), Map::new(), [0, 0, 0, 0]);
        let mut combined: BTreeMap<String, i64> = BTreeMap::new();
        for (fund, code) in FUNDS.iter().enumerate() {
            let whole = self.movement(fund, &format!("{year}-01-01"), &format!("{year}-12-31"));
            for (sum, row) in card.iter_mut().zip(&whole) {
                *sum += row["sum_on_balance_kop"].as_i64().unwrap();
            }
            for key in [
                "copies",
                "titles",
                "sum_kop",
                "sum_on_balance_kop",
                "sum_off_balance_kop",
            ] {
                *combined.entry(key.to_owned()).or_default() += whole[3][key].as_i64().unwrap();
            }
            let idle = whole
                .iter()
                .all(|row| row["copies"] == 0 && row["sum_kop"] == 0);
            if fund == 2 && idle {
                continue;
            }
            let [a, b, c, d] = whole;
            part3.insert(
                (*code).to_owned(),
                json!({
                    "year": year, format!("opening_{year}_01_01"): a, format!("received_{year}"): b,
                    format!("withdrawn_{year}"): c, format!("closing_{year}_12_31"): d,
                }),
            );
            quarters.insert((*code).to_owned(), self.quarters(fund, year));
        }
        json!({
            "inventory_checks": self.checks_of(year), "ksu_part1": rows(1), "ksu_part2": rows(2), "ksu_part3": part3,
            "ksu_part3_quarters": quarters, "combined_closing": combined,
            "copies_by_inventory_number": self.inventory(),
            "batch_cards_closing": self.batch_cards(),
            "counters_after": self.counters(year), "oo2_section_2_6": self.oo2(year),
            "bookkeeping": {"group_card_0504032": {
                "opening_kop": card[0], "debit_kop": card[1], "credit_kop": card[2], "closing_kop": card[3],
            }},
        })
    }

    fn checks_of(&self, year: u64) -> Vec<Value> {
        let mine = self.checks.iter().filter(|check| check.0 == year);
        mine.map(|(_, _, result)| result.clone()).collect()
    }

    fn quarters(&self, fund: usize, year: u64) -> Value {
        let quarter = |n: u64| {
            let (from, to) = (
                format!("{year}-{:02}-01", 3 * n - 2),
                format!("{year}-{:02}-31", 3 * n),
            );
            let [a, b, c, d] = self.movement(fund, &from, &to);
            let short = |row: &Value, titles: &str| {
                json!({
                    titles: row[titles], "copies": row["copies"], "sum_kop": row["sum_kop"],
                    "sum_on_balance_kop": row["sum_on_balance_kop"],
                })
            };
            json!({"quarter": n, "opening": short(&a, "titles"), "received": short(&b, "titles_new"),
                "withdrawn": short(&c, "titles_out"), "closing": short(&d, "titles")})
        };
        Value::Array((1..=4).map(quarter).collect())
    }

    fn inventory(&self) -> Vec<Value> {
        let row = |item: &Item| {
            json!({
                "inv": item.inv, "title": item.title.map(|t| &self.titles[t].id), "price_kop": item.price,
                "state": item.state, "ksu2_no": item.left.map(|l| l.0), "withdrawal_act": item.left.map(|l| l.1),
            })
        };
        let mut items: Vec<&Item> = self.items.iter().collect();
        items.sort_by_key(|item| item.inv);
        items.into_iter().map(row).collect()
    }

    fn batch_cards(&self) -> Vec<Value> {
        let layers = |card: &Card| -> Vec<Value> {
            let rows = (1..).zip(&card.layers);
            rows.map(|(n, l): (u64, &Layer)| json!({"layer": n, "copies": l.copies, "price_kop": l.price})).collect()
        };
        let cards = self.cards.iter().filter(|card| card.no.is_some());
        cards.map(|card| json!({"card_no": card.no, "title": self.titles[card.title].id, "layers": layers(card)})).collect()
    }

    fn counters(&self, year: u64) -> Value {
        let rows = |part: usize| -> BTreeMap<&str, u64> {
            let funds =
                (0..2).map(|fund| (FUNDS[fund], self.last(&self.row_series(part, fund, year))));
            funds.collect()
        };
        let mut counters = json!({
            "next_inventory_no": self.last("inv") + 1, "next_batch_card_no": self.last("card") + 1,
            format!("ksu1_last_no_{year}"): rows(1), "ksu2_last_no": rows(2),
        });
        if !self
            .numbers
            .keys()
            .any(|key| key.starts_with("act") && key.contains('/'))
        {
            let series = ["ACCEPTANCE", "WITHDRAWAL", "CHECK"];
            let acts: BTreeMap<&str, u64> = series
                .iter()
                .map(|s| (*s, self.last(&format!("act {s} {year}"))))
                .collect();
            counters[format!("acts_last_no_{year}")] = json!(acts);
        }
        counters
    }

    fn oo2(&self, year: u64) -> Value {
        let count = |part: usize, fits: &dyn Fn(&Title) -> bool| -> i64 {
            let rows = self
                .rows
                .iter()
                .filter(|r| r.year == year && r.part == part);
            rows.flat_map(|r| &r.entries)
                .filter(|e| fits(&self.titles[e.title]))
                .map(|e| e.copies)
                .sum()
        };
        let stands = |fits: &dyn Fn(&Title) -> bool| -> i64 {
            self.live
                .iter()
                .filter(|(t, _)| fits(&self.titles[**t]))
                .map(|(_, n)| n)
                .sum()
        };
        let row = |no: &str, fits: &dyn Fn(&Title) -> bool| {
            json!({
                "row": no, "received": count(1, fits), "withdrawn": count(2, fits), "closing": stands(fits),
            })
        };
        json!([
            row("01", &|_| true),
            row("02", &|t| t.fund == 1),
            row("03", &|_| false),
            row("04", &|t| t.fund != 1 && t.column == "FIC"),
            row("05", &|_| false),
            row("06", &|t| !matches!(
                t.kind,
                "AV" | "MICROFORM" | "E_CARRIER"
            )),
            row("07", &|t| t.kind == "AV"),
            row("08", &|t| t.kind == "MICROFORM"),
            row("09", &|t| t.kind == "E_CARRIER"),
        ])
    }
}
