//! Акт: a posted paper, one fund and one row of a КСУ part, never changed again.
//!
//! What an act moved stands in its ledger entries; what it may not do is judged in `check`.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::axis::{Fund, Reason, Series, Source, SubReason};
use super::ledger::Totals;
use super::money::Kopecks;
use super::number::InventoryNumber;
use crate::id::{ActId, LibraryId, UserId};

/// Проведённый акт.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Ours; acts are numbered in the order of posting.
    pub id: ActId,
    /// The legal library.
    pub library: LibraryId,
    /// Its name on the day of posting.
    pub library_name: String,
    /// Фонд.
    pub fund: Fund,
    /// Дата записи.
    pub date: Date,
    /// When it was posted.
    pub at: Timestamp,
    /// Who posted it.
    pub actor: UserId,
    /// The event it was posted from, if it came from a file.
    pub event: Option<OuterEvent>,
    /// Ряд, год и номер, where the paper is of our own series.
    pub number: Option<ActNumber>,
    /// What it is.
    pub body: ActBody,
    /// The row of КСУ part 1 or 2; `None` for the opening.
    pub row: Option<SummaryRow>,
    /// The sum of its entries.
    pub totals: Totals,
    /// Примечание.
    pub note: String,
}

/// The name of an event in a file from outside, and the digest of its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OuterEvent {
    /// Its id in the file.
    pub id: String,
    /// Digest of its content, to tell a repeat from a change.
    pub digest: String,
}

/// Номер акта в своём ряду.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActNumber {
    /// Ряд.
    pub series: Series,
    /// Год.
    pub year: i16,
    /// №.
    pub number: u32,
}

/// № акта, as an older paper names it: a number, or text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ActLabel {
    /// Of our own series.
    Number(u32),
    /// As written.
    Text(String),
}

impl fmt::Display for ActLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ActLabel::Number(number) => write!(f, "{number}"),
            ActLabel::Text(text) => f.write_str(text),
        }
    }
}

/// Сопроводительный документ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Вид: `WAYBILL`, `ACCEPTANCE_ACT` and the like.
    pub kind: String,
    /// №, free text but for an acceptance act.
    pub number: String,
    /// Дата.
    pub date: Date,
    /// Итог документа.
    pub total: Option<Kopecks>,
}

impl Document {
    /// The document as people call it: «накладная № ДВ-1 от 2025-02-05».
    #[must_use]
    pub fn words(&self) -> String {
        let kind = match self.kind.as_str() {
            "WAYBILL" => "накладная",
            "UPD" => "УПД",
            "INVOICE" => "счёт-фактура",
            "ACCEPTANCE_ACT" => "акт о приёме",
            "SUBSCRIPTION_REGISTER" => "реестр подписки",
            "REGISTER" => "реестр",
            "CONTRACT" => "договор",
            "RECEIPT_ACT" => "акт приёма-передачи",
            "TRANSFER_WAYBILL" => "накладная на передачу",
            // A kind that a library writes in its own words.
            other => other,
        };
        format!("{kind} № {} от {}", self.number, self.date)
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {}", self.kind, self.number, self.date)
    }
}

/// Вид акта и то, что в нём сверх строк.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActBody {
    /// Ввод остатков.
    Opening,
    /// Поступление.
    Accession {
        /// Источник.
        source: Source,
        /// Поставщик или даритель.
        supplier: String,
        /// Документ.
        document: Document,
        /// Не фонд (расходные материалы), of the whole document.
        non_fund: Kopecks,
        /// Не принято, of the whole document.
        rejected: Kopecks,
    },
    /// Выбытие.
    Withdrawal {
        /// Дата акта.
        drawn: Date,
        /// Дата утверждения.
        approved: Date,
        /// Причина; `None` is a transfer.
        reason: Option<Reason>,
        /// Подпричина утраты.
        sub_reason: Option<SubReason>,
        /// Акт проверки, на котором стоит списание недостачи.
        basis: Option<ActNumber>,
        /// Кому передано.
        receiver: String,
    },
    /// Сторно: the same columns with minus.
    Reversal {
        /// Which act.
        of: ActId,
        /// Его причина выбытия; `None` for an accession and a transfer.
        was: Option<Reason>,
        /// Его подпричина.
        #[serde(default)]
        sub_reason: Option<SubReason>,
        /// Его источник: the row of an accession keeps all its columns.
        #[serde(default)]
        came_by: Option<Source>,
        /// Why.
        reason: String,
    },
    /// Исправительная запись после сторно.
    Correction {
        /// Which act.
        of: ActId,
        /// Его источник.
        #[serde(default)]
        came_by: Option<Source>,
        /// Why.
        reason: String,
    },
    /// Переоценка: no copies, a difference of sums.
    Revaluation {
        /// Why, the order and the coefficient.
        reason: String,
    },
    /// Перевод: one of a pair of rows with equal amounts, or one row that moves between columns.
    Reclassification {
        /// The other fund of the pair; its own where only columns change.
        other: Fund,
        /// Why.
        reason: String,
    },
}

/// Часть КСУ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// Часть 1, поступление.
    Came,
    /// Часть 2, выбытие.
    Left,
}

/// Строка КСУ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryRow {
    /// Часть.
    pub part: Part,
    /// Год.
    pub year: i16,
    /// № записи.
    pub number: u32,
    /// Названий в записи.
    pub titles_in_record: i64,
    /// Инвентарные номера.
    pub numbers: Vec<InventoryNumber>,
    /// Учётные карточки.
    pub cards: Vec<u64>,
    /// The row this one reverses: year and number.
    pub storno_of: Option<(i16, u32)>,
    /// The row this one puts right: year and number.
    pub corrects: Option<(i16, u32)>,
}

impl Act {
    /// Whether it is one of the two rows of a transfer between funds of one library.
    #[must_use]
    pub fn between_funds(&self) -> bool {
        matches!(self.body, ActBody::Reclassification { other, .. } if other != self.fund)
    }

    /// The Russian name of the kind of act.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match &self.body {
            ActBody::Opening => "Ввод остатков",
            ActBody::Accession { .. } => "Поступление",
            ActBody::Withdrawal { reason: None, .. } => "Передача",
            ActBody::Withdrawal { .. } => "Списание",
            ActBody::Reversal { .. } => "Сторно",
            ActBody::Correction { .. } => "Исправление",
            ActBody::Revaluation { .. } => "Переоценка",
            ActBody::Reclassification { .. } => "Перевод",
        }
    }
}
