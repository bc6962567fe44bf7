//! What may be asked of the index and what it answers. Words only; no work is done here.

use catalog::RecordStatus;
use catalog::id::{LibraryId, RecordId};
use serde::{Deserialize, Serialize};

/// The most hits one page may have.
pub const MAX_LIMIT: usize = 100;

/// One question.
#[derive(Clone, Debug)]
pub struct Query {
    /// What the reader typed; only the first 500 characters and 32 words count. Empty means everything.
    pub text: String,
    /// Narrowing by facets.
    pub filters: Filters,
    /// The order of the hits.
    pub sort: Sort,
    /// How many hits to skip.
    pub offset: usize,
    /// How many hits to give, at most [`MAX_LIMIT`].
    pub limit: usize,
    /// Whether facets are wanted.
    pub facets: bool,
    /// To the letter: no other layout, no mended slip, no word left out.
    pub exact: bool,
    /// Who asks.
    pub audience: Audience,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            text: String::new(),
            filters: Filters::default(),
            sort: Sort::Relevance,
            offset: 0,
            limit: 20,
            facets: false,
            exact: false,
            audience: Audience::Public,
        }
    }
}

impl Query {
    /// A reader's plain question: the first page, best first, no facets.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// Who asks: readers never see a hidden record, and staff also find by inventory number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Audience {
    /// Anybody.
    #[default]
    Public,
    /// Somebody who has signed in as staff.
    Staff,
}

impl Audience {
    /// Whether a record of this status is there for them at all (D-34).
    #[must_use]
    pub fn sees(self, status: RecordStatus) -> bool {
        self == Audience::Staff || status != RecordStatus::Deleted
    }
}

/// Narrowing by facets; each value is one that a facet has shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Автор, as in the facet.
    pub author: Option<String>,
    /// The first year of publication that still counts.
    pub year_from: Option<u16>,
    /// The last one.
    pub year_to: Option<u16>,
    /// Код языка, such as `rus`.
    pub language: Option<String>,
    /// Вид документа: one of the codes of the facet.
    pub kind: Option<String>,
    /// Only what this library holds.
    pub library: Option<LibraryId>,
    /// Only what can be had now (in `library`, when that is given).
    pub available: bool,
}

/// The order of the hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// Best first, then newest edition.
    #[default]
    Relevance,
    /// By title.
    Title,
    /// By the author's heading.
    Author,
    /// By year of publication, newest first.
    Year,
    /// Last catalogued first.
    Newest,
}

/// One page of hits.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Page {
    /// How many records answer the question.
    pub total: usize,
    /// The hits of this page.
    pub hits: Vec<Hit>,
    /// Counts over all answers, when asked for.
    pub facets: Option<Facets>,
    /// Set when the answer is not to the letter of the question; the reader is told.
    pub corrected: Option<Corrected>,
}

/// One hit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Hit {
    /// The record.
    pub id: RecordId,
    /// Its field 001.
    pub control_number: Option<String>,
    /// The weight by which it was ranked; 0 for other orders.
    pub score: f32,
}

/// The question that was answered instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Corrected {
    /// Its text.
    pub q: String,
    /// What was done.
    pub why: Why,
}

/// Why another question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Другая раскладка клавиатуры.
    Layout,
    /// Опечатка.
    Typo,
    /// Русские слова латиницей.
    Translit,
    /// Найдено не всё из запроса.
    Relaxed,
}

/// Counts over all answers; each list by falling count, years by falling year.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Facets {
    /// Авторы.
    pub authors: Vec<Tally>,
    /// Годы.
    pub years: Vec<Tally>,
    /// Десятилетия, named by their first year.
    pub decades: Vec<Tally>,
    /// Языки.
    pub languages: Vec<Tally>,
    /// Виды документов.
    pub kinds: Vec<Tally>,
    /// Библиотеки.
    pub libraries: Vec<Tally>,
    /// How many can be had now.
    pub available: usize,
}

/// A value and how many answers have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// The value, fit for a filter.
    pub value: String,
    /// How many.
    pub count: usize,
}

/// A suggestion while typing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// What to put into the box.
    pub text: String,
    /// What it is.
    pub kind: SuggestionKind,
    /// How many records have it.
    pub count: usize,
}

/// What a suggestion names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuggestionKind {
    /// Автор.
    Author,
    /// Заглавие.
    Title,
    /// Тема.
    Subject,
}
