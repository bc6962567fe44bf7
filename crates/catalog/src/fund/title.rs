//! Издание, as the fund knows it: the text and the marks that an act fixes at posting.
//!
//! The fund never reads a record; whoever drafts an act tells it what it must print and count by.

use serde::{Deserialize, Serialize};

use super::axis::{Fund, GradeColumn, Grades, Kind, Purpose, Registration, Term};
use crate::id::RecordId;

/// Сведения об издании, fixed by the act that takes its units into the fund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleFacts {
    /// The record in the catalogue.
    pub record: RecordId,
    /// How papers from outside name the title; empty if they do not.
    pub outer: String,
    /// Краткое описание for registers.
    pub description: String,
    /// Индекс ББК or УДК.
    pub class_mark: String,
    /// The fund its units go to when a draft says nothing else.
    pub fund: Fund,
    /// Вид документа.
    pub kind: Kind,
    /// Графа содержания, when given by hand instead of by the class mark.
    pub content: Option<String>,
    /// Класс или классы.
    pub grades: Option<Grades>,
    /// Справочное издание.
    pub reference: bool,
    /// Назначение.
    pub purpose: Option<Purpose>,
    /// Способ учёта.
    pub registration: Registration,
    /// Принимается ли на баланс; `None`: by registration and source.
    pub on_balance: Option<bool>,
    /// Срок хранения.
    pub term: Term,
    /// Язык.
    pub language: String,
    /// Читательское назначение.
    pub reader: Option<String>,
    /// Не подлежит списанию по ветхости и содержанию (FA-59a).
    pub protected: bool,
}

/// По каким осям учитывается единица; fixed at posting and never read from the record again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axes {
    /// Вид.
    pub kind: Kind,
    /// Графа содержания; empty where the fund counts by grade.
    pub content: String,
    /// Графа класса; «прочие» where the fund does not count by grade.
    pub grade: GradeColumn,
    /// Принято на баланс.
    pub on_balance: bool,
    /// Срок хранения.
    pub term: Term,
    /// Назначение.
    pub purpose: Option<Purpose>,
    /// Справочное.
    pub reference: bool,
    /// Индекс начинается с 84.
    pub fiction: bool,
    /// Язык.
    pub language: String,
}

impl TitleFacts {
    /// An inventoried book of the main fund.
    #[must_use]
    pub fn new(record: RecordId, description: impl Into<String>) -> Self {
        Self {
            record,
            outer: String::new(),
            description: description.into(),
            class_mark: String::new(),
            fund: Fund::Main,
            kind: Kind::Book,
            content: None,
            grades: None,
            reference: false,
            purpose: None,
            registration: Registration::Inventory,
            on_balance: None,
            term: Term::Permanent,
            language: "ru".to_owned(),
            reader: None,
            protected: false,
        }
    }

    /// How reports name the title: in the words people know it by, else by its outer name.
    #[must_use]
    pub fn label(&self) -> &str {
        if self.description.is_empty() {
            &self.outer
        } else {
            &self.description
        }
    }
}
