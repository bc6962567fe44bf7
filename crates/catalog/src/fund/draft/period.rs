//! Черновики проверок и периодов.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{ActDraft, UnitLine};
use crate::fund::axis::Fund;
use crate::fund::number::InventoryNumber;

/// Начало проверки.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckStartDraft {
    /// Дата отсечки.
    pub date: Date,
    /// Фонд.
    pub fund: Fund,
    /// Приказ.
    pub order: String,
    /// Номера, числящиеся за читателями.
    pub on_loan: Vec<InventoryNumber>,
}

/// Закрытие проверки.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckCloseDraft {
    /// Дата.
    pub date: Date,
    /// Фонд.
    pub fund: Fund,
    /// Акт.
    pub act: Option<ActDraft>,
    /// Не найдены.
    pub missing: Vec<InventoryNumber>,
    /// Найдены; `None`: all that is neither missing nor on loan.
    pub seen: Option<Vec<InventoryNumber>>,
    /// Недостача по карточкам.
    pub missing_layers: Vec<UnitLine>,
    /// Излишки: copies that are not on record.
    pub surplus: u32,
}

/// Закрытие периода: a year, or a quarter of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeriodDraft {
    /// Дата.
    pub date: Option<Date>,
    /// Год.
    pub year: i16,
    /// Квартал, 1–4.
    pub quarter: Option<u8>,
}

/// Повторное открытие периода.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReopenDraft {
    /// Дата.
    pub date: Option<Date>,
    /// Год.
    pub year: i16,
    /// Почему.
    pub reason: String,
}
