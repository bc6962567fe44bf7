//! Запись учёта and the sums of such records: the only arithmetic of the books.
//!
//! An entry says what moved and by how much; dates, fund and reason are its act's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::axis::{GradeColumn, Kind, Purpose, Reason};
use super::money::Kopecks;
use super::title::Axes;
use crate::id::{CardId, ItemId, RecordId};

/// Учётная единица.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unit {
    /// Экземпляр.
    Item(ItemId),
    /// Строка карточки.
    Layer(CardId, u32),
}

/// Запись учёта: copies and kopecks with the sign of its part (a reversal has minus in both parts).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Что.
    pub unit: Unit,
    /// Какого издания.
    pub record: RecordId,
    /// По каким осям.
    pub axes: Axes,
    /// Экземпляров.
    pub copies: i64,
    /// На сумму.
    pub sum: Kopecks,
}

/// Сколько и на сколько.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// Экземпляров.
    pub copies: i64,
    /// На сумму.
    pub sum: Kopecks,
}

/// Подсчёты, не составляющие разбиения: «из них».
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mark {
    /// Учебники учебного фонда.
    Textbook,
    /// Учебные пособия.
    Aid,
    /// Индекс 84 вне учебного фонда.
    Fiction,
    /// Справочные.
    Reference,
    /// Периодика не на балансе: account 23.
    Account23,
}

/// Итог: every additive column of the books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Всего.
    pub all: Count,
    /// На балансе.
    pub on_balance: Count,
    /// Не на балансе.
    pub off_balance: Count,
    /// Новые (или полностью выбывшие) названия.
    pub titles: i64,
    /// По видам.
    pub kinds: BTreeMap<Kind, i64>,
    /// По содержанию.
    pub contents: BTreeMap<String, i64>,
    /// По классам.
    pub grades: BTreeMap<GradeColumn, i64>,
    /// По причинам (part 2 only).
    pub reasons: BTreeMap<Reason, i64>,
    /// Передано без списания (part 2 only).
    pub transferred: i64,
    /// По языкам.
    pub languages: BTreeMap<String, i64>,
    /// Из них.
    pub marks: BTreeMap<Mark, Count>,
}

impl Count {
    fn add(&mut self, other: Count, sign: i64) {
        self.copies += other.copies * sign;
        self.sum += other.sum * sign;
    }
}

impl Totals {
    /// Counts one entry of a fund; `by_grade` tells by which columns.
    pub fn count(&mut self, entry: &LedgerEntry, by_grade: bool) {
        let count = Count {
            copies: entry.copies,
            sum: entry.sum,
        };
        let axes = &entry.axes;
        self.all.add(count, 1);
        if axes.on_balance {
            self.on_balance.add(count, 1);
        } else {
            self.off_balance.add(count, 1);
        }
        bump(&mut self.kinds, axes.kind, entry.copies);
        if by_grade {
            bump(&mut self.grades, axes.grade, entry.copies);
        } else {
            bump(&mut self.contents, axes.content.clone(), entry.copies);
        }
        bump(&mut self.languages, axes.language.clone(), entry.copies);
        let textbook = by_grade && axes.purpose.is_none_or(|p| p == Purpose::Textbook);
        for (mark, holds) in [
            (Mark::Textbook, textbook),
            (Mark::Aid, axes.purpose == Some(Purpose::Aid)),
            (Mark::Fiction, !by_grade && is_fiction(axes)),
            (
                Mark::Reference,
                axes.reference || axes.purpose == Some(Purpose::Reference),
            ),
            (
                Mark::Account23,
                axes.kind.is_periodical() && !axes.on_balance,
            ),
        ] {
            if holds {
                self.marks.entry(mark).or_default().add(count, 1);
            }
        }
        self.forget_zeros();
    }

    /// Adds another total, `sign` times.
    pub fn add(&mut self, other: &Totals, sign: i64) {
        self.all.add(other.all, sign);
        self.on_balance.add(other.on_balance, sign);
        self.off_balance.add(other.off_balance, sign);
        self.titles += other.titles * sign;
        self.transferred += other.transferred * sign;
        merge(&mut self.kinds, &other.kinds, sign);
        merge(&mut self.contents, &other.contents, sign);
        merge(&mut self.grades, &other.grades, sign);
        merge(&mut self.reasons, &other.reasons, sign);
        merge(&mut self.languages, &other.languages, sign);
        for (mark, count) in &other.marks {
            self.marks.entry(*mark).or_default().add(*count, sign);
        }
        self.forget_zeros();
    }

    /// One of the «из них» counts.
    #[must_use]
    pub fn mark(&self, mark: Mark) -> Count {
        self.marks.get(&mark).copied().unwrap_or_default()
    }

    /// Whether kinds, columns and balance each add up to all copies. Rule: FA-73.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        let all = self.all.copies;
        let columns: i64 = self.contents.values().chain(self.grades.values()).sum();
        self.kinds.values().sum::<i64>() == all
            && columns == all
            && self.on_balance.copies + self.off_balance.copies == all
            && self.on_balance.sum + self.off_balance.sum == self.all.sum
    }

    /// Zero columns are absent, so that equal totals are equal values.
    fn forget_zeros(&mut self) {
        self.kinds.retain(|_, n| *n != 0);
        self.contents.retain(|_, n| *n != 0);
        self.grades.retain(|_, n| *n != 0);
        self.reasons.retain(|_, n| *n != 0);
        self.languages.retain(|_, n| *n != 0);
        self.marks.retain(|_, count| *count != Count::default());
    }
}

/// By purpose where it is given, else by the class mark. Rules: D-29, D-53.
fn is_fiction(axes: &Axes) -> bool {
    axes.purpose.map_or(axes.fiction, |p| p == Purpose::Fiction)
}

fn bump<K: Ord>(map: &mut BTreeMap<K, i64>, key: K, by: i64) {
    *map.entry(key).or_default() += by;
}

fn merge<K: Ord + Clone>(into: &mut BTreeMap<K, i64>, from: &BTreeMap<K, i64>, sign: i64) {
    for (key, count) in from {
        bump(into, key.clone(), count * sign);
    }
}
