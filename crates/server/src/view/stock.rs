//! Проверка фонда: what should stand, what was seen, what is missing.

use askama::Template;

use super::frame::Frame;
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

/// Одна проверка.
///
/// The form sends `scan`; buttons send `do`: `scan` (Enter), `missing:{number}`, `close`.
#[derive(Template)]
#[template(path = "staff/check.html")]
pub struct CheckPage {
    /// The frame.
    pub f: Frame,
    /// «Проверка основного фонда от 20.11.2025».
    pub title: String,
    /// Where the forms are sent.
    pub action: String,
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
    /// The line that takes a number.
    pub scan: Field,
    /// The last scans, newest first.
    pub scans: Vec<Scan>,
    /// Without an outcome yet, or the list of the missing.
    pub rest: Table,
    /// All remarks at once.
    pub remarks: Vec<Remark>,
}

impl CheckPage {
    pub(crate) fn done(&self) -> i64 {
        self.seen + self.on_loan + self.elsewhere + self.missing
    }
    pub(crate) fn left(&self) -> i64 {
        self.expected - self.done()
    }
}
