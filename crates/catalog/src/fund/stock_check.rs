//! Проверка наличия: what should stand on the day of the cut-off, and what came of it.
//!
//! A missing item does not leave the fund here: only a withdrawal act takes it away.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::act::{ActNumber, OuterEvent};
use super::axis::Fund;
use super::ledger::{Count, Unit};
use super::money::Kopecks;
use super::number::InventoryNumber;
use crate::id::{CardId, ItemId, LibraryId};

/// Проверка.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCheck {
    /// Ours: the number of the check in the library.
    pub id: u64,
    /// The legal library.
    pub library: LibraryId,
    /// Фонд.
    pub fund: Fund,
    /// Дата отсечки.
    pub started: Date,
    /// Приказ.
    pub order: String,
    /// The event that began it.
    pub event: Option<OuterEvent>,
    /// Состояло на дату отсечки.
    pub expected: Vec<Expected>,
    /// Итог; `None` while the check goes on.
    pub result: Option<CheckResult>,
}

/// Единица, которая должна быть.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Что.
    pub unit: Unit,
    /// Сколько.
    pub copies: u32,
    /// По какой цене.
    pub price: Kopecks,
}

/// Итог проверки.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// Акт.
    pub number: ActNumber,
    /// Дата акта.
    pub date: Date,
    /// Дата записи; earlier entries took it for that of the act.
    #[serde(default)]
    pub closed: Option<Date>,
    /// Числится.
    pub on_record: Count,
    /// Выдано читателям.
    pub on_loan: i64,
    /// В ремонте, на выставке, в другом здании.
    pub elsewhere: i64,
    /// На полках.
    pub on_shelf: i64,
    /// Заявлено утерянными раньше.
    pub claimed: i64,
    /// Выбыло за время проверки.
    pub left_meanwhile: i64,
    /// Отсутствует.
    pub missing: Count,
    /// Номера отсутствующих.
    pub missing_numbers: Vec<InventoryNumber>,
    /// Отсутствующие экземпляры.
    pub missing_items: Vec<ItemId>,
    /// Отсутствующие по карточкам: card, its line, copies.
    #[serde(default)]
    pub missing_layers: Vec<(CardId, u32, u32)>,
    /// Излишки.
    pub surplus: i64,
}

impl StockCheck {
    /// The day of its last step: of the entry of its act, else of the cut-off.
    #[must_use]
    pub fn day(&self) -> Date {
        self.result
            .as_ref()
            .map_or(self.started, CheckResult::entered)
    }
}

impl CheckResult {
    /// The day on which it was entered.
    #[must_use]
    pub fn entered(&self) -> Date {
        self.closed.unwrap_or(self.date)
    }

    /// Налицо: on the shelves, on loan and elsewhere.
    #[must_use]
    pub fn present(&self) -> i64 {
        self.on_shelf + self.on_loan + self.elsewhere
    }
}
