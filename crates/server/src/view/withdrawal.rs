//! Списание: one reason, numbers by a scanner, a list with sums.
//!
//! Like a delivery, the screen keeps nothing on the server; Enter adds the scanned number.

use askama::Template;
use catalog::fund::money::Kopecks;

use super::delivery::{Candidate, Fold, Offer};
use super::frame::Frame;
use super::parts::{Choice, Field, Remark};

/// Строка списка к акту. Sent as repeated `line.key`, `line.copies`.
#[derive(Clone, Debug, Default)]
pub struct WithdrawalLine {
    /// Inventory number, or the card with its layer, as the handler wants it back.
    pub key: String,
    /// Inventory number or «карточка № 3».
    pub number: String,
    /// Author and title.
    pub title: String,
    /// Shelf mark, year, state.
    pub sub: String,
    /// Quantity as typed; empty for a single copy, which has no input.
    pub copies: String,
    /// Whether the quantity may be typed (batch cards).
    pub counted: bool,
    /// Price of one.
    pub price: Kopecks,
    /// Sum of the line.
    pub sum: Kopecks,
    /// What is wrong with it.
    pub errors: Vec<String>,
}

/// Новое списание.
///
/// Buttons send `do`: `scan` (Enter), `add:{key}`, `drop:{index}`, `count`, `preview`.
#[derive(Template)]
#[template(path = "staff/withdrawal.html")]
pub struct WithdrawalPage {
    /// The frame.
    pub f: Frame,
    /// `fund`, `reason`, `sub_reason`, `basis`, `library`.
    pub choices: Vec<Choice>,
    /// `act.date`, `approved`, `date`, `receiver`, `note`.
    pub fields: Vec<Field>,
    /// The line that takes a number; its name is `scan`.
    pub scan: Field,
    /// Units that the words typed may mean; `record` holds the key of the unit.
    pub candidates: Vec<Candidate>,
    /// The name of this form on the desk.
    pub draft: String,
    /// What was begun before and not posted.
    pub offers: Vec<Offer>,
    /// Which lines are shown, and the others.
    pub fold: Fold,
    /// Lines of this page.
    pub lines: Vec<WithdrawalLine>,
    /// Copies in all.
    pub copies: i64,
    /// Titles in all.
    pub titles: i64,
    /// Sum in all.
    pub sum: Kopecks,
    /// All remarks at once.
    pub remarks: Vec<Remark>,
}
