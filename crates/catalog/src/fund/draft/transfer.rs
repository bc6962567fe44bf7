//! Черновики переводов: from fund to fund or column to column, and from building to building.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::UnitLine;
use crate::fund::axis::{Fund, Grades, Kind, Purpose};
use crate::id::LibraryId;

/// Графы, в которые переводят; what is absent stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// Вид.
    pub kind: Option<Kind>,
    /// Графа содержания.
    pub content: Option<String>,
    /// Класс или классы.
    pub grades: Option<Grades>,
    /// Назначение.
    pub purpose: Option<Purpose>,
}

/// Перевод: units of one fund go to another fund, or to other columns of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReclassifyDraft {
    /// Дата записи.
    pub date: Date,
    /// Из какого фонда.
    pub fund: Fund,
    /// В какой; `None`: the fund stays, the columns change.
    pub to: Option<Fund>,
    /// № внутреннего акта as claimed.
    pub number: Option<u32>,
    /// Основание.
    pub reason: String,
    /// Units, each with its columns.
    pub lines: Vec<(UnitLine, Columns)>,
}

/// Внутреннее перемещение: units of one library go from building to building, no book changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RelocationDraft {
    /// Дата накладной.
    pub date: Date,
    /// Откуда; `None`: numbered items from wherever they stand, copies of cards from the library
    /// itself.
    pub from: Option<LibraryId>,
    /// Куда: a building, or the library itself.
    pub to: LibraryId,
    /// № накладной as claimed.
    pub number: Option<u32>,
    /// Строки.
    pub lines: Vec<UnitLine>,
    /// Примечание.
    pub note: String,
}
