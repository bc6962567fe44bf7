//! Экземпляры строки: its number, price and papers as a local field 910 and as copies for the fund.
//!
//! Letters of 910 are those of IRBIS, so that one reader of copies serves both. Nothing is counted here.

use super::super::Indicators;
use super::super::copies::CarriedCopy;
use super::Taken;
use super::cell;
use super::columns::{self, Role};
use super::describe::Draft;
use super::leaving;
use crate::rule::Rule;

/// Status of a written-off copy in 910.
const WRITTEN_OFF: &str = "6";
/// Status of copies counted together without numbers in 910.
const TOGETHER: &str = "U";

/// The most units without numbers of their own that stand one by one.
const ONE_BY_ONE: usize = 2000;

/// What the cells of number and count come to.
struct Plan {
    count: Option<Option<u32>>,
    numbers: Vec<String>,
    /// How many copies in all.
    total: usize,
    /// All of them are counted together, on a card.
    together: bool,
    /// How many without a number stand one by one, and how many on a card.
    without: usize,
    on_card: usize,
}

fn plan(row: &Taken<'_>) -> Plan {
    let text = row.get(Role::Count).filter(|text| !columns::is_blank(text));
    let count = text.map(cell::count);
    let written = row.get(Role::Number).unwrap_or_default();
    let numbers = match columns::is_blank(written) {
        true => Vec::new(),
        false => cell::numbers(written, count.flatten()),
    };
    let named = count.flatten().map(|count| count as usize);
    let total = named.unwrap_or_else(|| numbers.len().max(1));
    let together = numbers.len() < 2 && (total > 1 || !row.sheet.holds(Role::Number));
    let lacking = total.saturating_sub(numbers.len());
    let (without, on_card) = match lacking > ONE_BY_ONE {
        true => (0, lacking),
        false => (lacking, 0),
    };
    Plan {
        count,
        numbers,
        total,
        together,
        without,
        on_card,
    }
}

/// How many bytes the copies of a row come to in a record, roughly.
pub(super) fn size(row: &Taken<'_>) -> usize {
    if !row.sheet.has_copies() {
        return 0;
    }
    let plan = plan(row);
    let copies = match plan.together {
        true => 1,
        false => plan.numbers.len() + plan.without + usize::from(plan.on_card > 0),
    };
    let told = |(at, text): &(usize, String)| {
        let role = row.sheet.columns.get(*at).and_then(|column| column.role);
        // The numbers are shared among the copies, each other cell stands at every one.
        role.filter(|role| *role > Role::Number)
            .map_or(0, |_| text.len())
    };
    copies.saturating_mul(64 + row.cells.iter().map(told).sum::<usize>())
}

/// Adds the copies of a row to the record; returns them for the fund.
pub(super) fn take(row: &Taken<'_>, draft: &mut Draft<'_>) -> Vec<CarriedCopy> {
    let plan = plan(row);
    if !has_any(row, &plan, draft) {
        return Vec::new();
    }
    let gone = leaving::written_off(row, draft);
    tell(row, &plan, draft);
    let received = received(row, draft);
    let made = |status: &str, number: Option<String>, count: usize| CarriedCopy {
        count: u32::try_from(count).unwrap_or(u32::MAX),
        ..copy(row, status, number, received.clone(), gone.clone())
    };
    let status = |standing| {
        if gone.is_some() {
            WRITTEN_OFF
        } else {
            standing
        }
    };
    let mut copies = Vec::new();
    if plan.together {
        let mut copy = made(
            status(TOGETHER),
            plan.numbers.into_iter().next(),
            plan.total,
        );
        let written = || row.get(Role::Number).map(str::to_owned);
        copy.number_as_written = copy.number_as_written.or_else(written);
        copies.push(copy);
    } else {
        let without = std::iter::repeat_n(None, plan.without);
        let numbers = plan.numbers.into_iter().map(Some).chain(without);
        copies.extend(numbers.map(|number| made(status("0"), number, 1)));
        if plan.on_card > 0 {
            copies.push(made(status(TOGETHER), None, plan.on_card));
        }
    }
    copies.iter().for_each(|copy| field(copy, draft));
    copies
}

/// Says what is not as it should be between the numbers and the count.
fn tell(row: &Taken<'_>, plan: &Plan, draft: &mut Draft<'_>) {
    let (numbers, total) = (plan.numbers.len(), plan.total);
    let detail = if plan.together && numbers > 0 {
        let written = row.get(Role::Number).unwrap_or_default();
        format!(
            "Один номер «{written}» на {total} экз.: приняты на одну карточку без номеров, дайте номера в фонде"
        )
    } else if numbers > 1 && plan.on_card > 0 {
        format!(
            "Номеров в клетке {numbers}, а экземпляров {total}: остальные {} приняты на одну карточку без номеров, сверьте с книгами",
            plan.on_card
        )
    } else if numbers > 1 && numbers != total {
        format!("Номеров в клетке {numbers}, а экземпляров {total}: сверьте с книгами")
    } else {
        return;
    };
    draft.say(Rule::TableCell, &row.place_of(Role::Number), detail);
}

/// Whether the row stands for copies at all; a count that says otherwise is told.
fn has_any(row: &Taken<'_>, plan: &Plan, draft: &mut Draft<'_>) -> bool {
    let text = row.get(Role::Count).unwrap_or_default();
    let place = row.place_of(Role::Count);
    match plan.count {
        Some(None) => {
            let detail = format!(
                "Количество «{text}» не читается: экземпляры не взяты, внесите их поступлением"
            );
            draft.say(Rule::TableCell, &place, detail);
            draft.note(&format!("{}: {text}", row.name_of(Role::Count)));
            false
        }
        Some(Some(0)) => {
            let detail = "Экземпляров 0: взято только описание".to_owned();
            draft.say(Rule::TableMended, &place, detail);
            false
        }
        Some(Some(_)) | None => true,
    }
}

fn received(row: &Taken<'_>, draft: &mut Draft<'_>) -> Option<String> {
    let text = row
        .get(Role::Received)
        .filter(|text| !columns::is_blank(text))?;
    let year_only = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(day) = cell::day(text).or_else(|| year_only.then(|| text.to_owned())) {
        return Some(day);
    }
    let detail =
        format!("Даты «{text}» нет в календаре: сохранена как написана, сверьте с документом");
    draft.say(Rule::TableCell, &row.place_of(Role::Received), detail);
    Some(text.to_owned())
}

fn copy(
    row: &Taken<'_>,
    status: &str,
    number: Option<String>,
    received: Option<String>,
    withdrawal_act: Option<String>,
) -> CarriedCopy {
    let text = |role| row.get(role).map(str::to_owned);
    CarriedCopy {
        number_as_written: number.clone(),
        number,
        barcode: text(Role::Barcode),
        place: text(Role::Location),
        shelfmark: text(Role::Shelfmark),
        price: text(Role::Price),
        received,
        ksu: text(Role::Ksu),
        act: text(Role::Document),
        withdrawal_act,
        channel: text(Role::Channel),
        status: Some(status.to_owned()),
        count: 1,
        off_balance: None,
        stands_at: Some(row.line()),
    }
}

fn field(copy: &CarriedCopy, draft: &mut Draft<'_>) {
    let count = if copy.count > 1 {
        copy.count.to_string()
    } else {
        String::new()
    };
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let pairs = [
        ('a', said(&copy.status)),
        ('b', said(&copy.number_as_written)),
        ('c', said(&copy.received)),
        ('d', said(&copy.place)),
        ('e', said(&copy.price)),
        ('f', said(&copy.channel)),
        ('h', said(&copy.barcode)),
        ('r', said(&copy.shelfmark)),
        ('u', said(&copy.ksu)),
        ('v', said(&copy.withdrawal_act)),
        ('y', said(&copy.act)),
        ('1', count),
    ];
    let pairs: Vec<(char, &str)> = pairs.iter().map(|(c, v)| (*c, v.as_str())).collect();
    draft.add("910", Indicators(' ', ' '), &pairs);
}
