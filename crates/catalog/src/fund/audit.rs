//! Сверка: the second road to every total – entries against rows, days, items, cards and numbers.
//!
//! Judges nothing that was decided; it says only what does not add up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::act::{Act, Part};
use super::axis::Fund;
use super::books;
use super::change::units_gained;
use super::ledger::{Totals, Unit};
use super::money::Kopecks;
use super::network;
use super::read;
use super::state::ItemState;
use super::tables::{
    Books, Cards, DayTotals, Days, Entries, LibraryCards, LiveTitles, Numbers, day_key, series,
};
use crate::id::{LibraryId, RecordId};
use crate::table::{TableError, View, all, get};

/// What stands, counted one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Standing {
    copies: i64,
    sum: Kopecks,
}

/// Everything that does not add up, in Russian; empty when all is well. Rules: FA-70…FA-79a.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn audit(view: &dyn View) -> Result<Vec<String>, TableError> {
    let mut wrong = Vec::new();
    for node in network::nodes(view)? {
        let mut found = Vec::new();
        library(view, &node.id, &mut found)?;
        wrong.extend(found.into_iter().map(|what| format!("{}: {what}", node.id)));
    }
    Ok(wrong)
}

fn library(view: &dyn View, id: &LibraryId, wrong: &mut Vec<String>) -> Result<(), TableError> {
    let acts = books::acts(view, id)?;
    let mut days: BTreeMap<(Fund, Date), DayTotals> = BTreeMap::new();
    let mut units: BTreeMap<(Fund, Unit), Standing> = BTreeMap::new();
    let mut live: BTreeMap<(Fund, RecordId), i64> = BTreeMap::new();
    for act in &acts {
        let entries = all::<Entries>(view, &act.id)?;
        let mut totals = Totals::default();
        for entry in &entries {
            totals.count(entry, act.fund.counts_by_grade());
            let sign = if act.row.as_ref().is_some_and(|r| r.part == Part::Left) {
                -1
            } else {
                1
            };
            let unit = units.entry((act.fund, entry.unit)).or_default();
            unit.copies += sign * entry.copies;
            unit.sum += entry.sum * sign;
            *live.entry((act.fund, entry.record)).or_default() += units_gained(act, entry);
        }
        compare_act(act, &totals, wrong);
        let day = days.entry((act.fund, act.date)).or_default();
        match act.row.as_ref().map(|row| row.part) {
            None => day.opened.add(&act.totals, 1),
            Some(Part::Came) => day.came.add(&act.totals, 1),
            Some(Part::Left) => day.left.add(&act.totals, 1),
        }
    }
    for ((fund, date), totals) in &days {
        let key = ((id.clone(), fund.key()), day_key(*date));
        if get::<Days>(view, &key)?.as_ref() != Some(totals) {
            wrong.push(format!("итог дня {date} фонда {fund} не равен сумме актов"));
        }
    }
    for ((fund, record), count) in &live {
        let key = ((id.clone(), fund.key()), *record);
        let stands = get::<LiveTitles>(view, &key)?.map_or(0, |title| title.units);
        if stands != *count {
            wrong.push(format!(
                "название {record} в фонде {fund}: единиц {stands}, по записям {count}"
            ));
        }
    }
    titles(&acts, &live, wrong);
    standing(view, id, units, wrong)?;
    rows(&acts, wrong);
    numbers(view, id, wrong)
}

/// An act's own totals are the sum of its entries, and its columns are a partition (FA-73, FA-77).
fn compare_act(act: &Act, totals: &Totals, wrong: &mut Vec<String>) {
    let mut own = act.totals.clone();
    let reasons: i64 = own.reasons.values().sum::<i64>() + own.transferred;
    let left = act.row.as_ref().is_some_and(|row| row.part == Part::Left);
    if left && reasons != own.all.copies {
        wrong.push(format!(
            "акт {}: по причинам {reasons}, всего {}",
            act.id, own.all.copies
        ));
    }
    own.titles = 0;
    own.reasons.clear();
    own.transferred = 0;
    if own != *totals {
        wrong.push(format!("акт {}: итог не равен сумме строк", act.id));
    }
    if !totals.adds_up() {
        wrong.push(format!("акт {}: графы не дают всего", act.id));
    }
}

/// Titles that stand = new − out over all rows (FA-13, FA-71).
fn titles(acts: &[Act], live: &BTreeMap<(Fund, RecordId), i64>, wrong: &mut Vec<String>) {
    let mut by_rows: BTreeMap<Fund, i64> = BTreeMap::new();
    for act in acts {
        let sign = if act.row.as_ref().is_some_and(|r| r.part == Part::Left) {
            -1
        } else {
            1
        };
        *by_rows.entry(act.fund).or_default() += sign * act.totals.titles;
    }
    for (fund, count) in by_rows {
        let stand = live
            .iter()
            .filter(|((f, _), units)| *f == fund && **units > 0)
            .count();
        if i64::try_from(stand) != Ok(count) {
            wrong.push(format!(
                "названий в фонде {fund}: {stand}, по записям КСУ {count}"
            ));
        }
    }
}

/// Items and cards are what the entries say, by copies and money (FA-71).
fn standing(
    view: &dyn View,
    id: &LibraryId,
    mut units: BTreeMap<(Fund, Unit), Standing>,
    wrong: &mut Vec<String>,
) -> Result<(), TableError> {
    let mut check = |fund: Fund, unit: Unit, stands: Standing, name: String| {
        let by_entries = units.remove(&(fund, unit)).unwrap_or_default();
        if by_entries != stands {
            wrong.push(format!(
                "{name}: состоит {} на {}, по записям {} на {}",
                stands.copies, stands.sum, by_entries.copies, by_entries.sum
            ));
        }
    };
    read::each_item(view, id, |item| {
        let stands = if item.state.on_record() {
            Standing {
                copies: 1,
                sum: item.price,
            }
        } else {
            Standing::default()
        };
        let number = item.number.as_ref().map(ToString::to_string);
        let name = format!("номер {}", number.unwrap_or_else(|| "б/н".to_owned()));
        check(item.fund, Unit::Item(item.id), stands, name);
    })?;
    for card in all::<LibraryCards>(view, id)? {
        let card = get::<Cards>(view, &card)?
            .ok_or_else(|| TableError(format!("карточки {card} нет в таблице")))?;
        for layer in &card.layers {
            let copies = i64::from(layer.copies);
            let sum = layer.price * copies;
            let name = format!("карточка {}, строка {}", card.id, layer.number);
            check(
                card.fund,
                Unit::Layer(card.id, layer.number),
                Standing { copies, sum },
                name,
            );
        }
    }
    for ((fund, unit), rest) in units {
        if rest != Standing::default() {
            wrong.push(format!(
                "в записях фонда {fund} есть единица {unit:?}, которой нет"
            ));
        }
    }
    Ok(())
}

/// КСУ numbers and act numbers go without gaps (FA-78).
fn rows(acts: &[Act], wrong: &mut Vec<String>) {
    let mut last: BTreeMap<(Fund, bool), (i16, u32)> = BTreeMap::new();
    let mut papers: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for act in acts {
        if let Some(row) = &act.row {
            let key = (act.fund, row.part == Part::Left);
            if let Some((year, number)) = last.get(&key) {
                let next = number.checked_add(1) == Some(row.number);
                let restarted = row.number == 1 && row.year != *year;
                if !next && !restarted {
                    wrong.push(format!(
                        "КСУ {}: после записи {number} стоит {}",
                        act.fund, row.number
                    ));
                }
            }
            last.insert(key, (row.year, row.number));
        }
        if let Some(paper) = act.number {
            let series = format!("{} {}", paper.series, paper.year);
            papers.entry(series).or_default().insert(paper.number);
        }
    }
    for (series, numbers) in papers {
        let (first, count) = (numbers.first().copied().unwrap_or(0), numbers.len());
        let last = numbers.last().copied().unwrap_or(0);
        if (last - first) as usize + 1 != count {
            wrong.push(format!(
                "акты {series}: номера с {first} по {last}, а актов {count}"
            ));
        }
    }
}

/// Every number given since the opening is somebody's; who left has a paper (FA-32, FA-76, FA-77).
fn numbers(view: &dyn View, id: &LibraryId, wrong: &mut Vec<String>) -> Result<(), TableError> {
    let opened = get::<Books>(view, id)?.unwrap_or_default().opened_numbers;
    let mut given: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    read::each_item(view, id, |item| {
        let Some(number) = &item.number else { return };
        let series = series::inventory(&number.prefix);
        given.entry(series).or_default().insert(number.number);
        if item.state == ItemState::Withdrawn && item.left.is_none() {
            wrong.push(format!("номер {number} выбыл без акта"));
        }
    })?;
    for (name, given) in given {
        let first = opened.get(&name).copied().unwrap_or(0) + 1;
        let last = get::<Numbers>(view, &(id.clone(), name.clone()))?.unwrap_or(0);
        if given.last().is_some_and(|top| *top > last) {
            wrong.push(format!("ряд {name}: счётчик {last} меньше данного номера"));
        }
        let missing: Vec<String> = (first..=last)
            .filter(|number| !given.contains(number))
            .take(10)
            .map(|number| number.to_string())
            .collect();
        if !missing.is_empty() {
            wrong.push(format!("ряд {name}: номера {} ничьи", missing.join(", ")));
        }
    }
    Ok(())
}
