//! Акты: the list, one act with its stages, the step before a legal deed and the word after it.

use askama::Template;

use catalog::fund::money::Kopecks;

use super::delivery::Fold;
use super::frame::Frame;
use super::opac::Fact;
use super::parts::{Choice, Field, Pager, Remark, Stage};
use super::table::Table;

/// Список актов.
#[derive(Template)]
#[template(path = "staff/acts.html")]
pub struct ActsPage {
    /// The frame.
    pub f: Frame,
    /// `kind`, `fund`, `year`, `library`.
    pub filters: Vec<Choice>,
    /// The acts.
    pub table: Table,
    /// Pages.
    pub pager: Pager,
}

/// Один акт.
#[derive(Template)]
#[template(path = "staff/act.html")]
pub struct ActPage {
    /// The frame.
    pub f: Frame,
    /// «Акт о списании № 3 от 05.11.2025».
    pub title: String,
    /// Its way.
    pub stages: Vec<Stage>,
    /// Document, reason, fund, sums, who and when.
    pub facts: Vec<Fact>,
    /// The list to the act.
    pub lines: Table,
    /// Pages of the list.
    pub pager: Pager,
    /// Rows of the КСУ it made.
    pub rows: Table,
    /// What may be done: words and address.
    pub actions: Vec<(String, String)>,
}

/// Строка акта, которую можно сторнировать. Sent as `unit` (the key, when chosen), `copies.{key}`, `price.{key}`.
#[derive(Clone, Debug, Default)]
pub struct ReversalLine {
    /// The unit, as the handler wants it back.
    pub key: String,
    /// Inventory number or «карточка 3, строка 2».
    pub number: String,
    /// Author and title.
    pub title: String,
    /// Shelf mark and state.
    pub sub: String,
    /// Whether it is to be reversed.
    pub chosen: bool,
    /// Whether a quantity may be typed (cards).
    pub counted: bool,
    /// How many copies of the act are not reversed yet.
    pub stands: i64,
    /// Quantity as typed.
    pub copies: String,
    /// Price of one in the act.
    pub price: Kopecks,
    /// The right price as typed; empty when the price was not wrong.
    pub right: String,
    /// What is wrong with it.
    pub errors: Vec<String>,
}

/// Сторно: which units of an act were wrong, and why.
///
/// Buttons send `do`: `all`, `preview`.
#[derive(Template)]
#[template(path = "staff/reversal.html")]
pub struct ReversalPage {
    /// The frame.
    pub f: Frame,
    /// «Исправить: Поступление № 3».
    pub title: String,
    /// Where the form is sent.
    pub action: String,
    /// Whether a right price may be typed: the act took units in.
    pub prices: bool,
    /// `date`, `reason`.
    pub fields: Vec<Field>,
    /// Whether the act holds anything that no reversal has taken back.
    pub any: bool,
    /// What of it is shown.
    pub lines: Vec<ReversalLine>,
    /// What was done to the lines that are not.
    pub fold: Fold,
    /// All remarks at once.
    pub remarks: Vec<Remark>,
}

/// Шаг перед записью: what will be written, and one button that writes it.
///
/// Sends every pair of `hidden` and `do=post`; `do=edit` goes back to the form.
#[derive(Template)]
#[template(path = "staff/confirm.html")]
pub struct ConfirmPage {
    /// The frame.
    pub f: Frame,
    /// «Поступление: проверьте перед записью».
    pub title: String,
    /// Sentences: what will be written and where.
    pub will: Vec<String>,
    /// What cannot be taken back, in one sentence. May be empty.
    pub forever: String,
    /// The head of the document.
    pub facts: Vec<Fact>,
    /// Lines.
    pub lines: Table,
    /// Findings: when one refuses, there is no button to write.
    pub remarks: Vec<Remark>,
    /// Where it is sent.
    pub action: String,
    /// The form to be sent again, pair by pair.
    pub hidden: Vec<(String, String)>,
    /// The words on the button: «Провести поступление».
    pub button: String,
    /// `Idempotency-Key` of this step, so that pressing twice writes once.
    pub key: String,
}

impl ConfirmPage {
    pub(crate) fn refused(&self) -> bool {
        self.remarks.iter().any(|remark| remark.tone == "bad")
    }
}

/// Сделано: what was written, with its numbers, and where to go on.
#[derive(Template)]
#[template(path = "staff/done.html")]
pub struct DonePage {
    /// The frame.
    pub f: Frame,
    /// «Поступление проведено».
    pub title: String,
    /// One sentence: what stands now.
    pub said: String,
    /// Numbers given, act, row.
    pub facts: Vec<Fact>,
    /// Rows of the КСУ.
    pub rows: Table,
    /// Units with their numbers.
    pub lines: Table,
    /// What next: words and address.
    pub next: Vec<(String, String)>,
}
