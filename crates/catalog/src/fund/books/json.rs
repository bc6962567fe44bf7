//! Книги года in the shape of exchange files: the keys of D-26, nothing computed here but layout.

mod year;

use std::collections::BTreeMap;

pub use year::Year;

use serde_json::{Map, Value, json};

use super::{Counters, Movement, NetworkBooks, SummaryBook, YearBooks};
use crate::fund::act::{Act, ActBody, ActLabel};
use crate::fund::axis::{Fund, GradeColumn, Kind, Source};
use crate::fund::item::{Card, Item};
use crate::fund::ledger::{Mark, Totals};
use crate::fund::policy::{PeriodicalsPosting, Policy};
use crate::fund::stock_check::StockCheck;

/// The registers of a network: part 3 and its closing, and what is in transit between members.
#[must_use]
pub fn network(books: &NetworkBooks) -> Value {
    let mut all = Totals::default();
    for book in &books.funds {
        all.add(&book.totals.closing, 1);
    }
    let by_fund = |of: &dyn Fn(&SummaryBook) -> Value| -> Value {
        let rows = books.funds.iter();
        Value::Object(rows.map(|b| (b.fund.code().to_owned(), of(b))).collect())
    };
    json!({
        "library": books.library,
        "year": books.year,
        "members": books.members,
        "ksu_part3": by_fund(&|book| part3(&books.policy, book)),
        "ksu_part3_quarters": by_fund(&quarters),
        "combined_closing": closing(&all),
        "in_transit": {
            "copies": books.in_transit.all.copies,
            "sum_kop": books.in_transit.all.sum,
        },
    })
}

fn closing(all: &Totals) -> Value {
    json!({
        "copies": all.all.copies,
        "titles": all.titles,
        "sum_on_balance_kop": all.on_balance.sum,
        "sum_off_balance_kop": all.off_balance.sum,
        "sum_kop": all.all.sum,
    })
}

fn put(row: &mut Value, more: Value) {
    if let (Some(row), Value::Object(more)) = (row.as_object_mut(), more) {
        row.extend(more);
    }
}

fn came_row(books: &YearBooks, act: &Act) -> Value {
    let (source, document) = match &act.body {
        ActBody::Accession {
            source, document, ..
        } => (json!(source), json!(document.to_string())),
        ActBody::Reversal { came_by, .. } | ActBody::Correction { came_by, .. } => {
            (json!(came_by), own_paper(act))
        }
        ActBody::Reclassification { .. } => (json!(Source::InternalMove), own_paper(act)),
        ActBody::Opening | ActBody::Withdrawal { .. } | ActBody::Revaluation { .. } => {
            (Value::Null, own_paper(act))
        }
    };
    let mut row = heading(act);
    put(&mut row, json!({"source": source, "document": document}));
    put(&mut row, units(act));
    put(&mut row, json!({"titles_new": act.totals.titles}));
    put(&mut row, sums(&books.policy, act.fund, &act.totals));
    row
}

fn left_row(books: &YearBooks, act: &Act) -> Value {
    let mut row = heading(act);
    let number = act.number.map(|n| n.number);
    let paper = match &act.body {
        ActBody::Withdrawal {
            drawn, approved, ..
        } => json!({"act_no": number, "act_date": drawn, "act_approved": approved}),
        ActBody::Opening
        | ActBody::Accession { .. }
        | ActBody::Reversal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => {
            json!({"act_no": number, "act_date": act.date, "act_approved": act.date})
        }
    };
    put(&mut row, paper);
    put(&mut row, units(act));
    put(&mut row, json!({"titles_out": act.totals.titles}));
    put(&mut row, sums(&books.policy, act.fund, &act.totals));
    put(&mut row, reasons(&books.policy, &act.totals));
    let sub_reason = match &act.body {
        ActBody::Withdrawal { sub_reason, .. } | ActBody::Reversal { sub_reason, .. } => {
            *sub_reason
        }
        ActBody::Opening
        | ActBody::Accession { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => None,
    };
    put(
        &mut row,
        json!({"transferred": act.totals.transferred, "sub_reason": sub_reason}),
    );
    row
}

/// The paper of our own that a row without an outer document stands on.
fn own_paper(act: &Act) -> Value {
    act.number.map_or(Value::Null, |n| {
        json!(format!("{} {} of {}", n.series, n.number, act.date))
    })
}

fn heading(act: &Act) -> Value {
    let row = act.row.as_ref();
    let mut heading = json!({
        "fund": act.fund,
        "record_no": row.map(|row| row.number),
        "date": act.date,
        "event": act.event.as_ref().map(|event| event.id.as_str()),
    });
    for (key, year_key, of) in [
        (
            "storno_of_record_no",
            "storno_of_year",
            row.and_then(|r| r.storno_of),
        ),
        (
            "corrects_record_no",
            "corrects_year",
            row.and_then(|r| r.corrects),
        ),
    ] {
        if let Some((year, number)) = of {
            put(&mut heading, json!({key: number, year_key: year}));
        }
    }
    if let ActBody::Reclassification { other, .. } = &act.body {
        put(&mut heading, json!({"other_fund": other}));
    }
    if !matches!(
        act.body,
        ActBody::Accession { .. } | ActBody::Withdrawal { .. } | ActBody::Opening
    ) {
        put(&mut heading, json!({"act": act.number, "note": act.note}));
    }
    heading
}

fn units(act: &Act) -> Value {
    let row = act.row.as_ref();
    json!({
        "inventory_numbers": row.map(|row| row.numbers.as_slice()).unwrap_or_default(),
        "titles_in_record": row.map_or(0, |row| row.titles_in_record),
    })
}

fn sums(policy: &Policy, fund: Fund, totals: &Totals) -> Value {
    let mut kinds = Map::new();
    for column in policy.kind_columns() {
        kinds.insert(column.code().to_owned(), json!(0));
    }
    for (kind, count) in &totals.kinds {
        add(&mut kinds, policy.kind_column(*kind).code(), *count);
    }
    if !policy.kinds.contains(&Kind::Other) && kinds.get("OTHER") == Some(&json!(0)) {
        kinds.remove("OTHER");
    }
    let mut columns = Map::new();
    let axis = if fund.counts_by_grade() {
        for grade in GradeColumn::all(&policy.grade_columns) {
            if grade != GradeColumn::REST {
                columns.insert(grade.to_string(), json!(0));
            }
        }
        for (grade, count) in &totals.grades {
            add(&mut columns, &grade.to_string(), *count);
        }
        "by_grade"
    } else {
        for column in &policy.content_columns {
            columns.insert(column.clone(), json!(0));
        }
        for (column, count) in &totals.contents {
            add(&mut columns, column, *count);
        }
        "by_content"
    };
    json!({
        "copies": totals.all.copies,
        "copies_on_balance": totals.on_balance.copies,
        "copies_off_balance": totals.off_balance.copies,
        "sum_kop": totals.all.sum,
        "sum_on_balance_kop": totals.on_balance.sum,
        "sum_off_balance_kop": totals.off_balance.sum,
        "by_kind": kinds,
        axis: columns,
    })
}

fn add(columns: &mut Map<String, Value>, key: &str, count: i64) {
    let known = columns.get(key).and_then(Value::as_i64).unwrap_or(0);
    columns.insert(key.to_owned(), json!(known + count));
}

fn reasons(policy: &Policy, totals: &Totals) -> Value {
    let mut columns = Map::new();
    for reason in &policy.reasons {
        columns.insert(reason.code().to_owned(), json!(0));
    }
    for (reason, count) in &totals.reasons {
        add(&mut columns, reason.code(), *count);
    }
    json!({"by_reason": columns})
}

fn part3(policy: &Policy, book: &SummaryBook) -> Value {
    let y = book.year;
    let rows = &book.totals;
    let state = |totals: &Totals| {
        let mut row = sums(policy, book.fund, totals);
        put(&mut row, json!({"titles": totals.titles}));
        row
    };
    let mut came = sums(policy, book.fund, &rows.came);
    put(&mut came, json!({"titles_new": rows.came.titles}));
    let mut left = sums(policy, book.fund, &rows.left);
    put(&mut left, json!({"titles_out": rows.left.titles}));
    put(&mut left, reasons(policy, &rows.left));
    put(&mut left, json!({"transferred": rows.left.transferred}));
    json!({
        "year": y,
        (format!("opening_{y}_01_01")): state(&rows.opening),
        (format!("received_{y}")): came,
        (format!("withdrawn_{y}")): left,
        (format!("closing_{y}_12_31")): state(&rows.closing),
    })
}

fn quarters(book: &SummaryBook) -> Value {
    let short = |totals: &Totals, titles: &str| {
        json!({
            titles: totals.titles,
            "copies": totals.all.copies,
            "sum_kop": totals.all.sum,
            "sum_on_balance_kop": totals.on_balance.sum,
        })
    };
    let rows = (1..).zip(&book.quarters).map(|(quarter, rows)| {
        json!({
            "quarter": quarter,
            "opening": short(&rows.opening, "titles"),
            "received": short(&rows.came, "titles_new"),
            "withdrawn": short(&rows.left, "titles_out"),
            "closing": short(&rows.closing, "titles"),
        })
    });
    Value::Array(rows.collect())
}

fn check(books: &YearBooks, book: &[(Card, Vec<i64>)], check: &StockCheck) -> Option<Value> {
    let result = check.result.as_ref()?;
    let cards = check
        .expected
        .iter()
        .any(|e| matches!(e.unit, crate::fund::ledger::Unit::Layer(..)));
    let what = if cards {
        "inventoried copies and batch cards"
    } else {
        "inventoried copies"
    };
    let mut scope = format!("{what} of {}", check.fund);
    let later = book.iter().any(|(card, _)| {
        card.fund == check.fund
            && card.title.kind.is_periodical()
            && card.layers.iter().any(|l| l.came.date > check.started)
    });
    if later && books.policy.periodicals_posting == PeriodicalsPosting::YearEnd {
        scope = format!("{scope} (periodicals of {} not yet posted)", books.year);
    }
    let mut row = json!({
        "act_no": result.number.number,
        "act_date": result.date,
        "fund": check.fund,
        "scope": scope,
        "as_of": check.started,
        "on_record_copies": result.on_record.copies,
        "on_record_sum_kop": result.on_record.sum,
        "on_loan_copies": result.on_loan,
        "present_copies": result.present(),
        "present_on_shelf": result.on_shelf,
        "missing_copies": result.missing.copies,
        "missing_sum_kop": result.missing.sum,
        "missing_inv": result.missing_numbers,
        "surplus_copies": result.surplus,
        "ksu_effect": "none",
    });
    for (key, count) in [
        ("present_elsewhere", result.elsewhere),
        ("lost_claimed_copies", result.claimed),
        ("withdrawn_during_check", result.left_meanwhile),
    ] {
        if count != 0 {
            put(&mut row, json!({key: count}));
        }
    }
    Some(row)
}

fn item(item: &Item) -> Value {
    let left = item.left.as_ref();
    let mut row = json!({
        "inv": item.number,
        "title": item.title.as_ref().map(|title| title.label()),
        "price_kop": item.price,
        "state": item.state,
        "ksu2_no": left.and_then(|left| left.row),
        "withdrawal_act": left.map(|left: &_| -> &ActLabel { &left.label }),
    });
    if let Some(number) = &item.formerly {
        put(&mut row, json!({"formerly_inv": number}));
    }
    if let Some(number) = &item.replaces {
        put(&mut row, json!({"replaces_inv": number}));
    }
    if !item.note.is_empty() {
        put(&mut row, json!({"note": item.note}));
    }
    row
}

fn card((card, stood): &(Card, Vec<i64>)) -> Value {
    let layers = card.layers.iter().zip(stood).map(|(layer, copies)| {
        json!({"layer": layer.number, "copies": copies, "price_kop": layer.price})
    });
    json!({
        "card_no": card.number,
        "title": card.title.label(),
        "layers": layers.collect::<Vec<_>>(),
    })
}

fn counters(y: i16, counters: &Counters) -> Value {
    let rows = |of: &dyn Fn(&(u32, u32)) -> u32| -> Value {
        let rows = counters.last_rows.iter();
        Value::Object(
            rows.map(|(f, n)| (f.code().to_owned(), json!(of(n))))
                .collect(),
        )
    };
    let mut acts = Map::new();
    for (series, last) in &counters.last_acts {
        acts.insert(series.code().to_owned(), last_acts(last));
    }
    json!({
        "next_inventory_no": counters.next_number,
        "next_batch_card_no": counters.next_card,
        (format!("ksu1_last_no_{y}")): rows(&|n| n.0),
        "ksu2_last_no": rows(&|n| n.1),
        (format!("acts_last_no_{y}")): acts,
    })
}

/// One number, or one for each fund where each numbers its own acts.
fn last_acts(last: &BTreeMap<Option<Fund>, u32>) -> Value {
    match last.get(&None) {
        Some(number) => json!(number),
        None => {
            let by_fund = last.iter().filter_map(|(fund, n)| Some(((*fund)?, n)));
            let rows = by_fund.map(|(fund, n)| (fund.code().to_owned(), json!(n)));
            Value::Object(rows.collect())
        }
    }
}

/// Bookkeeping keeps one group card in money, and periodicals by number of objects at one rouble.
fn bookkeeping(all: &Movement) -> Value {
    let periodicals = all.closing.mark(Mark::Account23);
    json!({
        "group_card_0504032": {
            "opening_kop": all.opening.on_balance.sum,
            "debit_kop": all.came.on_balance.sum,
            "credit_kop": all.left.on_balance.sum,
            "closing_kop": all.closing.on_balance.sum,
        },
        "off_balance_account_23": {
            "objects": periodicals.copies,
            "conditional_value_kop": periodicals.copies * 100,
            "library_cost_kop": periodicals.sum,
        },
    })
}
