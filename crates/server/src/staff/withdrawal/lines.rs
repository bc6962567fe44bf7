//! The form of a withdrawal as an order to the fund, and a closed stock check as the form to begin with.
//!
//! It reads what was typed and judges nothing that the fund judges.

use catalog::fund::Order;
use catalog::fund::act::ActNumber;
use catalog::fund::axis::{Reason, Series, SubReason};
use catalog::fund::draft::{ActDraft, UnitLine, WithdrawalDraft};
use catalog::fund::read;
use catalog::fund::stock_check::StockCheck;
use catalog::id::LibraryId;
use catalog::table::View;
use jiff::civil::Date;

use super::super::units::{self, Key, Unit};
use super::super::{Pairs, named_fund};
use super::MOST;
use crate::problem::Problem;
use crate::view::withdrawal::WithdrawalLine;
use crate::view::{Lang, Remark};

/// The reason by which a form means a transfer.
pub(super) const TRANSFER: &str = "TRANSFER";

/// The names under which lines travel that are not shown: those before the page that is, and those after it.
pub(super) const FOLDED: [&str; 2] = ["lines.before", "lines.after"];

/// The lines as the form sent them, each asked for anew.
pub(super) fn read_lines(
    view: &dyn View,
    library: &LibraryId,
    lang: Lang,
    pairs: &Pairs,
) -> Result<Vec<WithdrawalLine>, Problem> {
    let copies: Vec<&str> = pairs.all("line.copies").collect();
    let shown = pairs.all("line.key").enumerate();
    let shown = shown.map(|(at, key)| (key, copies.get(at).copied().unwrap_or_default().trim()));
    let [before, after] = FOLDED.map(|name| unfolded(pairs.get(name)));
    let mut lines = Vec::new();
    for (key, typed) in before.into_iter().chain(shown).chain(after) {
        let Ok(named) = key.parse::<Key>() else {
            continue;
        };
        let mut line = match units::by_key(view, library, &named)? {
            Some(unit) => line_of(lang, &unit),
            None => WithdrawalLine {
                key: key.to_owned(),
                number: key.to_owned(),
                errors: vec!["такой единицы в этой библиотеке нет: уберите строку".to_owned()],
                ..WithdrawalLine::default()
            },
        };
        if line.counted {
            typed.clone_into(&mut line.copies);
            line.sum = line.price * i64::from(count(typed).unwrap_or(0));
        }
        lines.push(line);
    }
    Ok(lines)
}

/// Lines in one value: a key, and after `*` how many copies, apart by `|`.
pub(super) fn folded(lines: &[WithdrawalLine]) -> String {
    let words = lines.iter().map(|line| match line.counted {
        true => format!("{}*{}", line.key, line.copies.replace(['|', '*'], "")),
        false => line.key.clone(),
    });
    words.collect::<Vec<_>>().join("|")
}

fn unfolded(folded: &str) -> Vec<(&str, &str)> {
    let words = folded.split('|').filter(|word| !word.is_empty());
    words
        .map(|word| word.split_once('*').unwrap_or((word, "1")))
        .collect()
}

/// How many lines pairs of a form hold.
pub(super) fn held(pairs: &[(String, String)]) -> usize {
    let held = pairs.iter().map(|(name, value)| match name.as_str() {
        "line.key" => 1,
        name if FOLDED.contains(&name) => unfolded(value).len(),
        _ => 0,
    });
    held.sum()
}

/// A quantity that may be multiplied by any price.
fn count(typed: &str) -> Option<u32> {
    let bare: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    bare.parse::<u32>()
        .ok()
        .filter(|copies| *copies <= 1_000_000)
}

/// A unit as a line; a quantity is left for the hand to type.
pub(super) fn line_of(lang: Lang, unit: &Unit) -> WithdrawalLine {
    WithdrawalLine {
        key: unit.key.to_string(),
        number: unit.number(lang),
        title: unit.title.clone(),
        sub: unit.sub(lang),
        copies: String::new(),
        counted: unit.counted(),
        price: unit.price,
        sum: unit.price * i64::from(!unit.counted()),
        errors: Vec::new(),
    }
}

/// Copies and titles of the list.
pub(super) fn totals(lines: &[WithdrawalLine]) -> (i64, i64) {
    let copies = lines.iter().map(|line| match line.counted {
        true => i64::from(count(&line.copies).unwrap_or(0)),
        false => 1,
    });
    let titles: std::collections::BTreeSet<&str> =
        lines.iter().map(|line| line.title.as_str()).collect();
    (
        copies.sum(),
        i64::try_from(titles.len()).unwrap_or(i64::MAX),
    )
}

/// `2025/1`: an act of a check, as the form names it.
pub(super) fn basis_code(number: ActNumber) -> String {
    format!("{}/{}", number.year, number.number)
}

fn basis(code: &str) -> Option<ActNumber> {
    let (year, number) = code.split_once('/')?;
    Some(ActNumber {
        series: Series::Check,
        year: year.parse().ok()?,
        number: number.parse().ok()?,
    })
}

/// The form as an order; or what cannot be read in it, each beside its row.
pub(crate) fn order(
    lang: Lang,
    pairs: &Pairs,
    lines: &mut [WithdrawalLine],
) -> Result<Order, Vec<Remark>> {
    let mut remarks = pairs.too_long(&[("receiver", 500), ("note", 4_000)]);
    let units = unit_lines(lang, lines, &mut remarks);
    let fund = named_fund(lang, pairs, &mut remarks);
    if lines.is_empty() {
        remarks.push(Remark::bad(
            "Список пуст: считайте или впишите хотя бы один номер",
            "scan",
        ));
    }
    let transfer = pairs.get("reason") == TRANSFER;
    let reason = pairs.get("reason").parse::<Reason>().ok();
    if reason.is_none() && !transfer {
        remarks.push(Remark::bad("Выберите причину, одну на весь акт", "reason"));
    }
    if transfer && pairs.get("receiver").is_empty() {
        remarks.push(Remark::bad("Впишите, кому передаются книги", "receiver"));
    }
    let mut date = |name: &str| {
        let date = pairs.get(name).parse::<Date>();
        date.map_err(|_| remarks.push(Remark::bad("Впишите дату: день, месяц, год", name)))
            .ok()
    };
    let (drawn, approved, entered) = (date("act.date"), date("approved"), date("date"));
    if !remarks.is_empty() {
        return Err(remarks);
    }
    let act = ActDraft {
        series: if transfer {
            Series::Transfer
        } else {
            Series::Withdrawal
        },
        number: None,
        date: drawn,
        approved,
        // The day of entry is typed; whether it fits the day of confirmation is the policy's question.
        confirmed: None,
    };
    Ok(Order::Withdraw(WithdrawalDraft {
        date: entered,
        fund,
        act: Some(act),
        transfer,
        receiver: if transfer {
            pairs.get("receiver").to_owned()
        } else {
            String::new()
        },
        reason,
        sub_reason: pairs.get("sub_reason").parse::<SubReason>().ok(),
        basis: basis(pairs.get("basis")),
        lines: units,
        note: pairs.get("note").to_owned(),
    }))
}

fn unit_lines(
    lang: Lang,
    lines: &mut [WithdrawalLine],
    remarks: &mut Vec<Remark>,
) -> Vec<UnitLine> {
    let told = |at, why| lang.with2("Строка {}: {}", at, lang.t(why));
    let mut units = Vec::new();
    for (at, line) in (1..).zip(lines.iter_mut()) {
        let copies = match line.counted {
            true => count(&line.copies).filter(|copies| *copies > 0),
            false => Some(1),
        };
        match (line.key.parse::<Key>(), copies) {
            (Ok(key), Some(copies)) if line.errors.is_empty() => units.push(key.line(copies)),
            (Ok(_), None) => {
                let why = "впишите, сколько экземпляров списать, или уберите строку";
                remarks.push(Remark::bad(told(at, why), format!("copies-{at}")));
                line.errors.push(why.to_owned());
            }
            (Ok(_), Some(_)) | (Err(()), _) => {
                let why = "такой единицы в этой библиотеке нет: уберите строку";
                remarks.push(Remark::bad(told(at, why), ""));
            }
        }
    }
    units
}

/// The form that writes off what a check has not found and no act has written off yet; as much as one act may hold.
pub(super) fn of_check(
    view: &dyn View,
    check: &StockCheck,
    counted: &[(Key, u32)],
) -> Result<Pairs, Problem> {
    let Some(result) = &check.result else {
        return Ok(Pairs::default());
    };
    let mut pairs = vec![
        ("library", check.library.to_string()),
        ("fund", check.fund.to_string()),
        ("reason", Reason::Loss.to_string()),
        ("sub_reason", SubReason::MissingAtCheck.to_string()),
        ("basis", basis_code(result.number)),
    ];
    let mut units: Vec<(Key, u32)> = Vec::new();
    for number in &result.missing_numbers {
        let item = read::item_by_number(view, &check.library, number)?;
        if item.is_some_and(|item| item.state.on_record()) {
            units.push((Key::Item(number.clone()), 1));
        }
    }
    units.extend_from_slice(counted);
    for (key, copies) in units.iter().take(MOST) {
        pairs.push(("line.key", key.to_string()));
        pairs.push(("line.copies", copies.to_string()));
    }
    let pairs = pairs.into_iter();
    Ok(Pairs(
        pairs
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    ))
}
