//! Экземпляры строки: its number, price and papers as a local field 910 and as copies for the fund.
//!
//! Letters of 910 are those of IRBIS, so that one reader of copies serves both. Nothing is counted here.

use super::super::Indicators;
use super::super::copies::CarriedCopy;
use super::Taken;
use super::cell;
use super::columns::{self, Role};
use super::describe::Draft;
use crate::rule::Rule;

/// Status of a written-off copy in 910.
const WRITTEN_OFF: &str = "6";
/// Status of copies counted together without numbers in 910.
const TOGETHER: &str = "U";

/// Adds the copies of a row to the record; returns them for the fund.
pub(super) fn take(row: &Taken<'_>, draft: &mut Draft<'_>) -> Vec<CarriedCopy> {
    let count = counted(row, draft);
    if count == Some(0) {
        return Vec::new();
    }
    let gone = written_off(row, draft);
    let written = row.get(Role::Number).unwrap_or_default();
    let mut numbers: Vec<String> = match columns::is_blank(written) {
        true => Vec::new(),
        false => cell::numbers(written, count),
    };
    let numbered = row.sheet.holds(Role::Number);
    let total = count.map_or(numbers.len().max(1), |count| count as usize);
    if numbers.len() > 1 && numbers.len() != total {
        let detail = format!(
            "Номеров в клетке {}, а экземпляров {total}: сверьте с книгами",
            numbers.len()
        );
        draft.say(Rule::TableCell, &row.place_of(Role::Number), detail);
    }
    let together = numbers.len() < 2 && (total > 1 || !numbered);
    if together && !numbers.is_empty() {
        let detail = format!(
            "Один номер «{written}» на {total} экз.: приняты на одну карточку без номеров, дайте номера в фонде"
        );
        draft.say(Rule::TableCell, &row.place_of(Role::Number), detail);
    }
    let received = received(row, draft);
    let mut copies = Vec::new();
    if together {
        let status = if gone.is_some() {
            WRITTEN_OFF
        } else {
            TOGETHER
        };
        let count = u32::try_from(total).unwrap_or(1);
        let number = numbers.pop();
        let mut copy = copy(row, status, number, received, gone);
        copy.count = count;
        copies.push(copy);
    } else {
        numbers.resize(
            total.max(numbers.len()).min(numbers.len() + 2000),
            String::new(),
        );
        let status = if gone.is_some() { WRITTEN_OFF } else { "0" };
        for number in numbers {
            let number = Some(number).filter(|number| !number.is_empty());
            copies.push(copy(row, status, number, received.clone(), gone.clone()));
        }
    }
    copies.iter().for_each(|copy| field(copy, draft));
    copies
}

/// How many copies the row says it stands for; `None` when it says nothing.
fn counted(row: &Taken<'_>, draft: &mut Draft<'_>) -> Option<u32> {
    let text = row
        .get(Role::Count)
        .filter(|text| !columns::is_blank(text))?;
    let count = cell::count(text);
    let place = row.place_of(Role::Count);
    match count {
        None => {
            let detail = format!(
                "Количество «{text}» не читается: экземпляры не взяты, внесите их поступлением"
            );
            draft.say(Rule::TableCell, &place, detail);
            draft.note(&format!("{}: {text}", row.name_of(Role::Count)));
            Some(0)
        }
        Some(0) => {
            let detail = "Экземпляров 0: взято только описание".to_owned();
            draft.say(Rule::TableMended, &place, detail);
            Some(0)
        }
        some => some,
    }
}

/// The act by which the copy has left, when the row says that it has.
fn written_off(row: &Taken<'_>, draft: &mut Draft<'_>) -> Option<String> {
    let date = row
        .get(Role::Withdrawn)
        .filter(|text| !columns::is_blank(text));
    let act = row
        .get(Role::WithdrawalAct)
        .filter(|text| !columns::is_blank(text));
    let status = row.get(Role::Status);
    if let Some(status) = status {
        let words = match row.get(Role::Number) {
            Some(number) => format!("Инв. № {number}: {}: {status}", row.name_of(Role::Status)),
            None => format!("{}: {status}", row.name_of(Role::Status)),
        };
        draft.note(&words);
    }
    if date.is_none() && act.is_none() && !status.is_some_and(columns::is_gone) {
        return None;
    }
    let day = date.and_then(cell::day);
    if let (Some(text), None) = (date, &day) {
        let detail = format!(
            "Дата списания «{text}» не читается: экземпляр считается списанным, день впишите сами"
        );
        draft.say(Rule::TableCell, &row.place_of(Role::Withdrawn), detail);
    }
    let year = day
        .as_deref()
        .and_then(|day| day.get(..4))
        .unwrap_or("0000");
    let said = match (act, date) {
        (Some(act), Some(date)) => format!("{act} от {date}"),
        (Some(act), None) => act.to_owned(),
        (None, Some(date)) => format!("списано {date}"),
        (None, None) => "списано до ввода".to_owned(),
    };
    Some(format!("{year}/{said}"))
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
        number_as_written: number.clone().or_else(|| text(Role::Number)),
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
