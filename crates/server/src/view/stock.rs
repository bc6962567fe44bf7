//! Проверка фонда: what should stand, what was seen, what is missing.

use askama::Template;

use super::frame::Frame;
use super::opac::Fact;
use super::parts::{Choice, Field, Remark};
use super::table::Table;

/// Проверки: open and past ones.
#[derive(Template)]
#[template(path = "staff/checks.html")]
pub struct ChecksPage {
    /// The frame.
    pub f: Frame,
    /// All checks.
    pub table: Table,
    /// `fund`, `library` of a new one.
    pub choices: Vec<Choice>,
    /// `date`, `order`, `commission` of a new one.
    pub fields: Vec<Field>,
    /// Why a check was not begun.
    pub remarks: Vec<Remark>,
}

/// Как принят один скан.
#[derive(Clone, Debug)]
pub struct Scan {
    /// `done`, `warn` or `bad`.
    pub tone: &'static str,
    /// What was scanned.
    pub number: String,
    /// What it is and what to do.
    pub text: String,
}

/// Единица без исхода.
#[derive(Clone, Debug, Default)]
pub struct RestLine {
    /// What the buttons send.
    pub key: String,
    /// Inventory number or «карточка 3, строка 2».
    pub number: String,
    /// Author and title.
    pub title: String,
    /// Shelf mark, state, how many.
    pub sub: String,
    /// Whether copies on the shelf are counted: a line of a card.
    pub counted: bool,
}

/// Одна проверка.
///
/// The first form sends `scan`; the second sends `many` and `file`; buttons send `do`: `scan` (Enter),
/// `count`, `missing:{key}`, `loan:{key}`, `undo:{key}`, `rest-missing`, `rest-back`, `close`.
#[derive(Template)]
#[template(path = "staff/check.html")]
pub struct CheckPage {
    /// The frame.
    pub f: Frame,
    /// «Проверка: основной фонд, от 20.11.2025».
    pub title: String,
    /// Where the forms are sent.
    pub action: String,
    /// Where many numbers are sent.
    pub numbers: String,
    /// Whether scanning goes on.
    pub open: bool,
    /// On record at the beginning.
    pub expected: i64,
    /// Seen on the shelf.
    pub seen: i64,
    /// Confirmed as given out.
    pub on_loan: i64,
    /// Elsewhere: repair, exhibition.
    pub elsewhere: i64,
    /// Declared missing.
    pub missing: i64,
    /// Copies without an outcome yet.
    pub left: i64,
    /// The line that takes a number.
    pub scan: Field,
    /// The last scans, newest first.
    pub scans: Vec<Scan>,
    /// Without an outcome yet, the first of them.
    pub rest: Vec<RestLine>,
    /// How many more there are.
    pub hidden: i64,
    /// How many one button has named missing: they can be taken back at once.
    pub given_up: i64,
    /// How many marks may be taken back.
    pub marks: usize,
    /// The first of them: words and key.
    pub marked: Vec<(String, String)>,
    /// The list of the missing.
    pub lost: Table,
    /// The result, when closed.
    pub facts: Vec<Fact>,
    /// What next, when closed: words and address.
    pub next: Vec<(String, String)>,
    /// All remarks at once.
    pub remarks: Vec<Remark>,
}

impl CheckPage {
    pub(crate) fn more_marks(&self) -> bool {
        self.marks > self.marked.len()
    }
    pub(crate) fn done(&self) -> i64 {
        self.expected - self.left
    }
}
