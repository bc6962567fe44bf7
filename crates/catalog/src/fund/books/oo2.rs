//! ОО-2, раздел 2.6: the fund of a school library in nine rows.

use super::YearBooks;
use crate::fund::axis::Kind;
use crate::fund::ledger::{Mark, Totals};

/// Строка раздела 2.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Oo2Row {
    /// № строки.
    pub row: &'static str,
    /// Наименование.
    pub label: &'static str,
    /// Поступило за год.
    pub received: i64,
    /// Выбыло за год.
    pub withdrawn: i64,
    /// Состоит на конец года.
    pub closing: i64,
}

enum What {
    All,
    Marked(Mark),
    Kinds(&'static [Kind]),
}

const PRINTED: &[Kind] = &[
    Kind::Book,
    Kind::Brochure,
    Kind::Journal,
    Kind::Newspaper,
    Kind::Sheet,
    Kind::Unpublished,
    Kind::Other,
];

const ROWS: &[(&str, &str, What)] = &[
    ("01", "всего", What::All),
    ("02", "учебники", What::Marked(Mark::Textbook)),
    ("03", "учебные пособия", What::Marked(Mark::Aid)),
    (
        "04",
        "художественная литература",
        What::Marked(Mark::Fiction),
    ),
    ("05", "справочный материал", What::Marked(Mark::Reference)),
    ("06", "печатные издания", What::Kinds(PRINTED)),
    ("07", "аудиовизуальные документы", What::Kinds(&[Kind::Av])),
    (
        "08",
        "документы на микроформах",
        What::Kinds(&[Kind::Microform]),
    ),
    (
        "09",
        "электронные документы",
        What::Kinds(&[Kind::ECarrier, Kind::ELocal, Kind::ERemote]),
    ),
];

/// The nine rows of a year, all funds together.
#[must_use]
pub fn oo2(books: &YearBooks) -> Vec<Oo2Row> {
    let sum = books.combined();
    ROWS.iter()
        .map(|(row, label, what)| Oo2Row {
            row,
            label,
            received: count(&sum.came, what),
            withdrawn: count(&sum.left, what),
            closing: count(&sum.closing, what),
        })
        .collect()
}

fn count(totals: &Totals, what: &What) -> i64 {
    match what {
        What::All => totals.all.copies,
        What::Marked(mark) => totals.mark(*mark).copies,
        What::Kinds(kinds) => kinds
            .iter()
            .map(|kind| totals.kinds.get(kind).copied().unwrap_or(0))
            .sum(),
    }
}
