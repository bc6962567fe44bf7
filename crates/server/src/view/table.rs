//! Таблица: dense on a desk, cards on a phone; numbers to the right, money never broken.
//!
//! Cells hold text that is ready to be shown. A registered row is a row like any other here.

use askama::Template;
use catalog::fund::money::Kopecks;
use jiff::civil::Date;

use super::frame::Frame;
use super::lang::{grouped, short_date};
use super::parts::Empty;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Words, may break.
    Text,
    /// A short text that does not break: a date, a number of a document.
    Short,
    /// A count or a sum: to the right, never broken.
    Number,
    /// A narrow count under an upright heading, as in a paper register.
    Narrow,
}

impl Kind {
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Short => "short",
            Self::Number => "num",
            Self::Narrow => "num narrow",
        }
    }
}

/// Графа.
#[derive(Clone, Debug)]
pub struct Column {
    /// The heading.
    pub title: String,
    /// What stands in it.
    pub kind: Kind,
}

impl Column {
    /// A column.
    pub fn new(title: impl Into<String>, kind: Kind) -> Self {
        Self {
            title: title.into(),
            kind,
        }
    }
}

/// Клетка.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// What is read.
    pub text: String,
    /// A second, quieter line.
    pub sub: String,
    /// Where it leads.
    pub href: String,
    /// Whether it says «nothing» (left out on cards).
    pub blank: bool,
    /// What may be done with what the row shows.
    pub steps: Option<Box<Steps>>,
}

/// Кнопки строки: one small form of a row, and what came of it the last time.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    /// The `id` of this place: an answer comes back to it.
    pub id: String,
    /// Where that is now which the row shows: «в фонде», «выдан». On the screen only: a printed register has no place
    /// for it.
    pub state: String,
    /// What the row is called, for those who hear the buttons and do not see the row.
    pub of: String,
    /// Where the form goes.
    pub action: String,
    /// What is sent with every button.
    pub hidden: Vec<(String, String)>,
    /// The buttons: what is sent under `do`, and the words.
    pub buttons: Vec<(String, String)>,
    /// A button that asks for a word first.
    pub asks: Option<Asks>,
    /// Where the buttons are when they are not here.
    pub opens: String,
    /// Whether the buttons are seen at once.
    pub open: bool,
    /// What has been done.
    pub done: String,
    /// Why it was not done.
    pub refused: String,
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        let blank = text.is_empty();
        Self {
            text,
            blank,
            ..Self::default()
        }
    }
    /// A count; a nought is shown as a dash, as in a paper register.
    #[must_use]
    pub fn number(number: i64) -> Self {
        if number == 0 {
            return Self::dash();
        }
        Self::text(grouped(number))
    }
    /// A sum.
    #[must_use]
    pub fn money(sum: Kopecks) -> Self {
        if sum == Kopecks::ZERO {
            return Self::dash();
        }
        Self::text(sum.to_string())
    }
    /// A sum that is shown even when it is nought: totals.
    #[must_use]
    pub fn total(sum: Kopecks) -> Self {
        Self::text(sum.to_string())
    }
    /// A day.
    #[must_use]
    pub fn date(date: Date) -> Self {
        Self::text(short_date(date))
    }
    /// Nothing.
    #[must_use]
    pub fn dash() -> Self {
        Self {
            text: "–".into(),
            blank: true,
            ..Self::default()
        }
    }
    /// Leading somewhere.
    #[must_use]
    pub fn link(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
    /// With a second line.
    #[must_use]
    #[expect(
        clippy::should_implement_trait,
        reason = "a second line under the first; nobody subtracts from a cell"
    )]
    pub fn sub(mut self, sub: impl Into<String>) -> Self {
        self.sub = sub.into();
        self
    }
}

/// A button with a line that must be filled for it.
#[derive(Clone, Debug, Default)]
pub struct Asks {
    /// What is sent under `do`.
    pub button: String,
    /// The words of the button.
    pub words: String,
    /// The name of the line.
    pub name: String,
    /// Its label.
    pub label: String,
    /// What stands in it.
    pub typed: String,
}

/// Строка таблицы.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// One cell for each column.
    pub cells: Vec<Cell>,
    /// `""`, `total`, `storno` or `warn`.
    pub mark: &'static str,
}

impl Row {
    /// An ordinary row.
    #[must_use]
    pub fn new(cells: Vec<Cell>) -> Self {
        Self { cells, mark: "" }
    }
    /// A row of totals.
    #[must_use]
    pub fn total(cells: Vec<Cell>) -> Self {
        Self {
            cells,
            mark: "total",
        }
    }
}

/// Таблица.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it holds: read first by a screen reader, shown above.
    pub caption: String,
    /// A line of headings above the columns: words and how many columns they cover. May be empty.
    pub groups: Vec<(String, usize)>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What is shown instead of rows when there are none.
    pub empty: Option<Empty>,
}

impl Table {
    /// A table without rows yet.
    pub fn new(caption: impl Into<String>, columns: Vec<Column>) -> Self {
        Self {
            caption: caption.into(),
            columns,
            ..Self::default()
        }
    }
    /// With one more row.
    pub fn push(&mut self, row: Row) {
        self.rows.push(row);
    }
    pub(crate) fn kind(&self, index: &usize) -> &'static str {
        self.columns.get(*index).map_or("text", |c| c.kind.class())
    }
    /// The heading of a column on a card, where the line of groups is not seen: «Всего, экз.».
    pub(crate) fn label(&self, f: &Frame, index: &usize) -> String {
        let Some(column) = self.columns.get(*index) else {
            return String::new();
        };
        match (self.group(*index), column.kind) {
            (Some(group), Kind::Number) => format!("{}, {}", f.t(group), f.t(&column.title)),
            (Some(_) | None, Kind::Text | Kind::Short | Kind::Narrow) | (None, Kind::Number) => {
                f.t(&column.title).to_owned()
            }
        }
    }

    fn group(&self, index: usize) -> Option<&str> {
        let mut end = 0;
        for (title, span) in &self.groups {
            end += span;
            if index < end {
                return Some(title.as_str()).filter(|title| !title.is_empty());
            }
        }
        None
    }
}

#[derive(Template)]
#[template(path = "parts/steps.html")]
pub(crate) struct StepsPart<'a> {
    pub(crate) f: &'a Frame,
    pub(crate) x: &'a Steps,
}

#[derive(Template)]
#[template(path = "parts/table.html")]
pub(crate) struct TablePart<'a> {
    pub(crate) f: &'a Frame,
    pub(crate) x: &'a Table,
}
