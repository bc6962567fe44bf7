//! Поступление: one accompanying document, its lines, and the sum that must come out.
//!
//! The screen keeps nothing on the server: every line travels in the form, so «назад» and a power cut cost
//! nothing that was not sent. The first button of the form is what Enter presses, so a scanner works.

use askama::Template;
use catalog::fund::money::Kopecks;

use super::frame::Frame;
use super::parts::{Choice, Field, Pick, Remark};

/// Строка накладной. Sent as repeated `line.record`, `line.title`, `line.sub`, `line.copies`, `line.price`.
#[derive(Clone, Debug, Default)]
pub struct DeliveryLine {
    /// The record, as text of its id.
    pub record: String,
    /// Author and title.
    pub title: String,
    /// Publisher, year, ISBN.
    pub sub: String,
    /// Quantity as typed.
    pub copies: String,
    /// Price of one as typed.
    pub price: String,
    /// The fund it goes to, when not that of the form.
    pub fund: String,
    /// The number it was written off under, when it is found after that.
    pub formerly: String,
    /// The sum of the line, when both can be read.
    pub sum: Option<Kopecks>,
    /// What is wrong with it.
    pub errors: Vec<String>,
}

/// Найденное в каталоге: one of several records to choose from.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The record, as text of its id.
    pub record: String,
    /// Author and title.
    pub title: String,
    /// Publisher, year, ISBN.
    pub sub: String,
}

/// Незаконченное: a form that was begun, and how to go on with it.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// «Незаконченное поступление от 21.11.2026, 14:05: строк 12».
    pub words: String,
    /// Its name on the desk.
    pub id: String,
    /// Where it opens; empty for one that cannot be read.
    pub open: String,
    /// Where the wish to begin anew is sent.
    pub action: String,
}

/// Страницы списка в форме: some lines are shown, the others travel folded into two values.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    /// Lines before those shown.
    pub before: String,
    /// Lines after them.
    pub after: String,
    /// How many stand before.
    pub first: usize,
    /// The page that is shown, from 0.
    pub page: usize,
    /// How many there are.
    pub pages: usize,
}

impl Fold {
    /// Pages as buttons: what is sent, what is read, whether it is shown now.
    pub(crate) fn numbers(&self) -> Vec<(usize, usize, bool)> {
        let all = 0..self.pages;
        all.map(|n| (n, n + 1, n == self.page)).collect()
    }
    pub(crate) fn many(&self) -> bool {
        self.pages > 1
    }
    pub(crate) fn index(&self, at: &usize) -> usize {
        self.first + at
    }
    pub(crate) fn position(&self, at: &usize) -> usize {
        self.first + at + 1
    }
}

/// Сверка с накладной.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reconciliation {
    /// Copies in the lines.
    pub copies: i64,
    /// Titles in the lines.
    pub titles: i64,
    /// Sum of the lines.
    pub lines: Kopecks,
    /// What is not fund (workbooks and the like), by the form.
    pub not_fund: Kopecks,
    /// What was not accepted, by the form.
    pub rejected: Kopecks,
    /// The sum of the document; `None` until it is typed.
    pub document: Option<Kopecks>,
}

impl Reconciliation {
    /// Document less everything entered: nought when it agrees.
    #[must_use]
    pub fn difference(&self) -> Option<Kopecks> {
        self.document
            .map(|whole| whole - self.lines - self.not_fund - self.rejected)
    }
    pub(crate) fn agrees(&self) -> bool {
        self.difference() == Some(Kopecks::ZERO)
    }
    /// What is still to be entered, when the lines fall short.
    pub(crate) fn short(&self) -> Option<Kopecks> {
        self.difference().filter(|rest| *rest > Kopecks::ZERO)
    }
    /// By how much the lines exceed the document.
    pub(crate) fn over(&self) -> Option<Kopecks> {
        self.difference()
            .filter(|rest| *rest < Kopecks::ZERO)
            .map(|rest| -rest)
    }
}

/// Новое поступление.
///
/// Buttons send `do`: `scan` (Enter), `pick:{record}`, `drop:{index}`, `count`, `new-title`, `add-title`,
/// `add-title:anyway`, `no-title`, `preview`, `forget:{draft}`; a script sends `keep`.
#[derive(Template)]
#[template(path = "staff/delivery.html")]
pub struct DeliveryPage {
    /// The frame.
    pub f: Frame,
    /// `source`, `fund`, `library`.
    pub choices: Vec<Choice>,
    /// `supplier`, `doc.kind`, `doc.number`, `doc.date`, `date`, `total`, `not_fund`, `rejected`.
    pub fields: Vec<Field>,
    /// The line that takes an ISBN, a title or a scan; its name is `scan`.
    pub scan: Field,
    /// Several records fit what was typed.
    pub candidates: Vec<Candidate>,
    /// The short description of a title not in the catalogue yet, when it is open.
    pub new_title: Option<Vec<Field>>,
    /// Whether it is of a journal or a newspaper.
    pub serial: bool,
    /// The same book may be in the catalogue already: describing it anew needs a word more.
    pub known: bool,
    /// ISBN scanned meanwhile that are not in the catalogue either.
    pub later: Vec<String>,
    /// Funds that a line may go to.
    pub funds: Vec<Pick>,
    /// Whether each line names the number it was written off under.
    pub former: bool,
    /// The name of this form on the desk.
    pub draft: String,
    /// What was begun before and not posted.
    pub offers: Vec<Offer>,
    /// Which lines are shown, and the others.
    pub fold: Fold,
    /// Lines of this page.
    pub lines: Vec<DeliveryLine>,
    /// The running sum.
    pub sums: Reconciliation,
    /// All remarks at once.
    pub remarks: Vec<Remark>,
}

impl DeliveryPage {
    pub(crate) fn chosen(&self, pick: &Pick, line: &DeliveryLine) -> bool {
        pick.value == line.fund
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_agrees_when_its_three_parts_make_it_up() {
        let sums = Reconciliation {
            lines: Kopecks(2_862_000),
            not_fund: Kopecks(588_000),
            document: Some(Kopecks(3_450_000)),
            ..Reconciliation::default()
        };
        assert!(sums.agrees());
        let short = Reconciliation {
            lines: Kopecks(1),
            ..sums
        };
        assert_eq!(short.short(), Some(Kopecks(2_861_999)));
        let over = Reconciliation {
            document: Some(Kopecks(0)),
            ..sums
        };
        assert_eq!(over.over(), Some(Kopecks(3_450_000)));
    }
}
