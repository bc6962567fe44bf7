//! ОО-2, раздел 2.6: the fund of a school library in nine rows.

use super::YearBooks;
use crate::fund::act::{Act, ActBody};
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
    let marked = marked(books);
    ROWS.iter()
        .map(|(row, label, what)| Oo2Row {
            row,
            label,
            received: count(which(what, &sum.came, &marked.0), what),
            withdrawn: count(which(what, &sum.left, &marked.1), what),
            closing: count(&sum.closing, what),
        })
        .collect()
}

fn which<'a>(what: &What, whole: &'a Totals, marked: &'a Totals) -> &'a Totals {
    match what {
        What::All | What::Kinds(_) => whole,
        What::Marked(_) => marked,
    }
}

/// What came and left by «из них»: a transfer moves nothing of the whole, but it moves a unit from one
/// of these rows to another.
fn marked(books: &YearBooks) -> (Totals, Totals) {
    let (mut came, mut left) = (Totals::default(), Totals::default());
    for book in &books.funds {
        came.add(&book.totals.came, 1);
        left.add(&book.totals.left, 1);
    }
    let transfers = |acts: &[Act]| {
        let mut sum = Totals::default();
        for act in acts.iter().filter(|act| act.between_funds()) {
            sum.add(&act.totals, 1);
        }
        sum
    };
    let (entered, gone) = (transfers(&books.came), transfers(&books.left));
    for (mark, count) in &entered.marks {
        // A row that a unit both left and entered has not changed.
        let stayed = count.copies.min(gone.mark(*mark).copies);
        move_mark(&mut came, *mark, -stayed);
        move_mark(&mut left, *mark, -stayed);
    }
    let within = |act: &&Act| matches!(act.body, ActBody::Reclassification { other, .. } if other == act.fund);
    for act in books.came.iter().filter(within) {
        for (mark, count) in act
            .totals
            .marks
            .iter()
            .filter(|(_, count)| count.copies < 0)
        {
            move_mark(&mut came, *mark, -count.copies);
            move_mark(&mut left, *mark, -count.copies);
        }
    }
    (came, left)
}

fn move_mark(totals: &mut Totals, mark: Mark, copies: i64) {
    totals.marks.entry(mark).or_default().copies += copies;
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
