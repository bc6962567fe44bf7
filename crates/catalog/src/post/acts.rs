//! События файла: each kind of event becomes an order to the fund.

use serde_json::Value;

use super::Ready;
use super::checks;
use super::lines;
use super::reader::{Reader, digest};
use super::titles::Known;
use super::transfers;
use crate::fund::act::{ActNumber, OuterEvent};
use crate::fund::axis::{Fund, Series, Source};
use crate::fund::draft::{
    AccessionDraft, ActRef, MovementDraft, Order, RevaluationDraft, ReversalDraft, VoidDraft,
    WithdrawalDraft,
};
use crate::fund::state::Movement;
use crate::id::ActId;
use crate::rule::{Finding, Rule};

const MOVEMENTS: &[(&str, Movement)] = &[
    ("LOAN", Movement::Loan),
    ("RETURN", Movement::Return),
    ("LEND", Movement::Lend),
    ("REPAIR", Movement::Repair),
    ("RESTRICT", Movement::Restrict),
    ("LIFT", Movement::Lift),
    ("LOSS_CLAIM", Movement::LossClaim),
    ("FOUND", Movement::Found),
    ("SELECT", Movement::Select),
    ("DESELECT", Movement::Deselect),
];

const OTHERS: &str = "RECEIPT, WITHDRAWAL, TRANSFER_OUT, STORNO, REVALUATION, RECLASSIFY, INTERNAL_MOVE, VOID, CHECK_START, CHECK_CLOSE, YEAR_CLOSE, QUARTER_CLOSE, PERIOD_REOPEN, REPORT_SUBMITTED";

/// Reads one event; what is wrong with its shape stands in its findings.
pub(super) fn read(value: &Value, known: &Known<'_>) -> Ready {
    let digest = digest(value);
    let mut event = match Reader::new(value, "") {
        Ok(event) => event,
        Err(finding) => return shapeless(digest, finding),
    };
    let mut id = event.text("id");
    let unnamed = id.is_empty();
    if unnamed {
        id = format!("auto-{}", &digest[..16]);
    }
    let order = order(&mut event, known);
    let date = event.date("date").or(order.as_ref().and_then(own_day));
    let pair = Some(event.text("paired_with")).filter(|pair| !pair.is_empty());
    let remarks = event.unknown();
    let order = match order {
        Some(order) if event.findings.is_empty() => Ok(order),
        Some(_) | None => {
            let mut findings: Vec<Finding> = Vec::new();
            for finding in event.findings {
                if !findings.contains(&finding) {
                    findings.push(finding);
                }
            }
            Err(findings)
        }
    };
    Ready {
        outer: OuterEvent {
            id: id.clone(),
            digest,
        },
        id,
        unnamed,
        pair,
        date,
        order,
        remarks,
    }
}

/// The day of an act that names none: that of its approval.
fn own_day(order: &Order) -> Option<jiff::civil::Date> {
    match order {
        Order::Withdraw(draft) => draft.act.as_ref().and_then(|act| act.approved),
        Order::AddLibrary(_)
        | Order::ChangeLibrary(_)
        | Order::SetPolicy(_)
        | Order::NoteTitles(_)
        | Order::Open(_)
        | Order::Receive(_)
        | Order::Reverse(_)
        | Order::Revalue(_)
        | Order::Reclassify(_)
        | Order::Relocate(_)
        | Order::Void(_)
        | Order::Move(_)
        | Order::StartCheck(_)
        | Order::CloseCheck(_)
        | Order::ClosePeriod(_)
        | Order::ReopenPeriod(_)
        | Order::SubmitReport { .. }
        | Order::Together(_) => None,
    }
}

fn shapeless(digest: String, finding: Finding) -> Ready {
    let id = format!("auto-{}", &digest[..16]);
    Ready {
        outer: OuterEvent {
            id: id.clone(),
            digest,
        },
        id,
        unnamed: true,
        pair: None,
        date: None,
        order: Err(vec![finding]),
        remarks: Vec::new(),
    }
}

fn order(event: &mut Reader<'_>, known: &Known<'_>) -> Option<Order> {
    let kind = event.text("type");
    if let Some((_, movement)) = MOVEMENTS.iter().find(|(name, _)| *name == kind) {
        return movement_of(event, known, *movement);
    }
    match kind.as_str() {
        "RECEIPT" => receipt(event, known),
        "WITHDRAWAL" => withdrawal(event, known, false),
        "TRANSFER_OUT" => withdrawal(event, known, true),
        "STORNO" => storno(event, known),
        "REVALUATION" => revaluation(event, known),
        "RECLASSIFY" => transfers::reclassify(event, known),
        "INTERNAL_MOVE" => transfers::relocate(event, known),
        "VOID" | "VOIDED" | "VOID_NUMBERS" => {
            let date = event.needed_date("date")?;
            let numbers = lines::voided(event, true);
            Some(Order::Void(VoidDraft { date, numbers }))
        }
        "CHECK_START" => checks::start(event),
        "CHECK_CLOSE" => checks::close(event, known),
        "YEAR_CLOSE" | "QUARTER_CLOSE" | "PERIOD_CLOSE" => checks::period(event, &kind),
        "PERIOD_REOPEN" | "YEAR_REOPEN" => checks::reopen(event),
        "REPORT_SUBMITTED" => {
            let year = checks::needed_year(event)?;
            Some(Order::SubmitReport { year })
        }
        _ => {
            let movements: Vec<&str> = MOVEMENTS.iter().map(|(name, _)| *name).collect();
            let detail = format!(
                "Вид события «{kind}» неизвестен. Есть: {OTHERS}, {}",
                movements.join(", ")
            );
            event.slip(Rule::FileShape, "type", detail);
            None
        }
    }
}

fn receipt(event: &mut Reader<'_>, known: &Known<'_>) -> Option<Order> {
    let date = event.needed_date("date");
    let source = event.needed_code::<Source>("source");
    let document = lines::document(event);
    let mut supplier = event.text("supplier");
    if supplier.is_empty() {
        supplier = event.text("counterparty");
    }
    let parts = lines::parts(event, known);
    Some(Order::Receive(AccessionDraft {
        non_fund: lines::others(event, "non_fund_lines"),
        rejected: lines::others(event, "rejected_lines"),
        voided: lines::voided(event, false),
        note: event.text("note"),
        date: date?,
        source: source?,
        supplier,
        document,
        parts,
    }))
}

fn withdrawal(event: &mut Reader<'_>, known: &Known<'_>, transfer: bool) -> Option<Order> {
    let kind = event.text("kind");
    let transfer = transfer || kind == "TRANSFER_OUT";
    if !matches!(kind.as_str(), "" | "WRITE_OFF" | "TRANSFER_OUT") {
        event.slip(
            Rule::FileShape,
            "kind",
            "Вид выбытия – WRITE_OFF или TRANSFER_OUT",
        );
    }
    let series = if transfer {
        Series::Transfer
    } else {
        Series::Withdrawal
    };
    let basis = event.inner("basis").and_then(|mut basis| {
        let series = basis.code("series").unwrap_or(Series::Check);
        let number = basis.whole("no");
        let year = basis.whole("year");
        event.close(basis);
        Some(ActNumber {
            series,
            year: year?,
            number: number?,
        })
    });
    let receiver = event
        .any(&["receiver", "recipient", "transfer_to", "to", "counterparty"])
        .map_or_else(String::new, |(key, _)| event.text(key));
    let act = lines::act(event, series);
    let fund = event.needed_code::<Fund>("fund");
    Some(Order::Withdraw(WithdrawalDraft {
        date: event.date("date"),
        fund: fund?,
        act,
        transfer,
        receiver,
        reason: event.code("reason"),
        sub_reason: event.code("sub_reason"),
        basis,
        lines: lines::units(event, known, 1),
        note: event.text("note"),
    }))
}

fn storno(event: &mut Reader<'_>, known: &Known<'_>) -> Option<Order> {
    let date = event.needed_date("date");
    let mut reason = event.text("reason");
    if reason.is_empty() {
        reason = event.text("note");
    }
    let corrects = match event.whole("corrects_act") {
        Some(id) => ActRef::Id(ActId::new(id)),
        None => ActRef::Event(event.text("corrects")),
    };
    let number = lines::act(event, Series::Correction).and_then(|act| act.number);
    Some(Order::Reverse(ReversalDraft {
        corrects,
        fund: event.code("fund"),
        lines: lines::units(event, known, 0),
        reason,
        number,
        date: date?,
    }))
}

fn revaluation(event: &mut Reader<'_>, known: &Known<'_>) -> Option<Order> {
    let date = event.needed_date("date");
    let fund = event.needed_code::<Fund>("fund");
    let reason = event
        .any(&["reason", "order", "note"])
        .map_or_else(String::new, |(key, _)| event.text(key));
    let number = lines::act(event, Series::Revaluation).and_then(|act| act.number);
    Some(Order::Revalue(RevaluationDraft {
        lines: lines::units(event, known, 1),
        date: date?,
        fund: fund?,
        number,
        reason,
    }))
}

fn movement_of(event: &mut Reader<'_>, known: &Known<'_>, movement: Movement) -> Option<Order> {
    let date = event.needed_date("date");
    let lines = lines::units(event, known, 1);
    let holder = event.any(&["holder", "to", "receiver", "counterparty"]);
    Some(Order::Move(MovementDraft {
        date: date?,
        movement,
        lines,
        holder: holder.map_or_else(String::new, |(key, _)| event.text(key)),
        note: event.text("note"),
    }))
}
