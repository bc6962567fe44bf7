//! Pages of the reader: the start, what was found, one book.

use askama::Template;

use super::frame::Frame;
use super::parts::{Empty, Pager, Tab};
use super::table::Table;

/// Можно ли взять: how many copies are free, in words.
#[derive(Clone, Debug, Default)]
pub struct Availability {
    /// `free`, `out` (all are given out) or `none` (no copies here).
    pub tone: &'static str,
    /// «2 из 3 на месте», «все выданы», «есть в других библиотеках: 3».
    pub words: String,
}

/// Найденное: one line of the results.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    /// `/records/{id}`.
    pub href: String,
    /// Title proper.
    pub title: String,
    /// The rest of the title and the part, quieter.
    pub subtitle: String,
    /// First author or responsibility.
    pub author: String,
    /// Place, publisher, year.
    pub imprint: String,
    /// «книга», «учебник», «журнал».
    pub kind: String,
    /// Shelf mark.
    pub shelf: String,
    /// Copies.
    pub availability: Availability,
}

/// Одно значение грани.
#[derive(Clone, Debug)]
pub struct FacetValue {
    /// What is read.
    pub label: String,
    /// How many records have it.
    pub count: i64,
    /// The search with it chosen, or without it when it is chosen.
    pub href: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Грань поиска: автор, год, язык, вид, библиотека, наличие.
#[derive(Clone, Debug)]
pub struct Facet {
    /// The heading.
    pub title: String,
    /// Its values, the most frequent first.
    pub values: Vec<FacetValue>,
}

/// Выбранное условие: one condition of the search, and the search without it.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// «Автор», «Год», …
    pub title: String,
    /// What was chosen.
    pub label: String,
    /// The search without it.
    pub href: String,
}

/// Что было исправлено в запросе.
#[derive(Clone, Debug)]
pub struct Corrected {
    /// What was searched.
    pub shown: String,
    /// What was typed.
    pub typed: String,
    /// The search for exactly what was typed.
    pub href: String,
}

/// Начальная страница для читателя.
#[derive(Template)]
#[template(path = "opac/start.html")]
pub struct StartPage {
    /// The frame.
    pub f: Frame,
    /// Records in the catalogue.
    pub records: i64,
    /// Copies that stand.
    pub copies: i64,
    /// Libraries whose books are here.
    pub libraries: i64,
    /// Queries to try: words and address.
    pub tries: Vec<(String, String)>,
    /// What came last.
    pub newest: Vec<Hit>,
}

/// Что нашлось.
#[derive(Template)]
#[template(path = "opac/results.html")]
pub struct ResultsPage {
    /// The frame.
    pub f: Frame,
    /// What stands in the search line.
    pub q: String,
    /// Chosen facets, sent along by the search line: name and value.
    pub kept: Vec<(String, String)>,
    /// What was corrected.
    pub corrected: Option<Corrected>,
    /// No record has all the words: the nearest are shown.
    pub relaxed: bool,
    /// How many were found.
    pub total: i64,
    /// This page of them.
    pub hits: Vec<Hit>,
    /// Facets.
    pub facets: Vec<Facet>,
    /// Conditions that are chosen, also those that no answer has.
    pub chosen: Vec<Chosen>,
    /// Orders: «по точности», «сначала новые», …
    pub orders: Vec<Tab>,
    /// Pages.
    pub pager: Pager,
    /// Shown when nothing was found.
    pub empty: Empty,
}

/// Сведение о книге: a label, words, and where they lead.
#[derive(Clone, Debug, Default)]
pub struct Fact {
    /// «Автор», «Предмет», …
    pub label: String,
    /// Words with an address; an empty address is plain text.
    pub values: Vec<(String, String)>,
}

impl Fact {
    /// A fact in plain words.
    pub fn text(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            values: vec![(value.into(), String::new())],
        }
    }
}

/// Экземпляры одной библиотеки.
#[derive(Clone, Debug, Default)]
pub struct Holding {
    /// Its name.
    pub library: String,
    /// Copies in words.
    pub availability: Availability,
    /// Copies by number: place, shelf mark, state. May be empty for batch cards.
    pub copies: Table,
}

/// Поле записи, as a cataloguer sees it.
#[derive(Clone, Debug)]
pub struct MarcLine {
    /// Three characters; `LDR` for the leader.
    pub number: String,
    /// Two characters, blanks as `#`.
    pub indicators: String,
    /// Subfields: code and value; a control field has one with an empty code.
    pub subfields: Vec<(String, String)>,
}

/// Страница записи.
#[derive(Template)]
#[template(path = "opac/record.html")]
pub struct RecordPage {
    /// The frame.
    pub f: Frame,
    /// Title proper.
    pub title: String,
    /// The rest of the title.
    pub subtitle: String,
    /// «А. С. Пушкин ; художник …».
    pub responsibility: String,
    /// The description by ГОСТ Р 7.0.100.
    pub description: String,
    /// What the book is about.
    pub annotation: String,
    /// Facts in words.
    pub facts: Vec<Fact>,
    /// Copies by library.
    pub holdings: Vec<Holding>,
    /// Copies in words, for the head of the page.
    pub availability: Availability,
    /// The record, on demand.
    pub marc: Vec<MarcLine>,
    /// Other forms of it: words and address.
    pub formats: Vec<(String, String)>,
    /// What a librarian may do from here: words and address.
    pub actions: Vec<(String, String)>,
}
