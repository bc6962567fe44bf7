//! The fund's tables: their numbers (32–95), keys and rows.
//!
//! What is written into them is decided in `change`; here is only the shape.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::act::{Act, ActNumber};
use super::item::{Card, Item};
use super::ledger::{LedgerEntry, Totals};
use super::network::LibraryNode;
use super::number::InventoryNumber;
use super::policy::Policy;
use super::stock_check::StockCheck;
use super::title::TitleFacts;
use crate::id::{ActId, CardId, ItemId, LibraryId, RecordId};
use crate::table::Table;

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident $id:literal $key:ty => $row:ty;)*) => { $(
        $(#[$doc])*
        pub struct $name;
        impl Table for $name {
            const ID: u8 = $id;
            type Key = $key;
            type Row = $row;
        }
    )* };
}

tables! {
    /// Сеть библиотек.
    Nodes 32 LibraryId => LibraryNode;
    /// Учётные политики.
    Policies 33 LibraryId => Policy;
    /// Счётчики of a library: the last number given, by the name of the series.
    Numbers 34 (LibraryId, String) => u64;
    /// Ids of items, cards and acts: the last one given.
    Ids 35 String => u64;
    /// Экземпляры.
    Items 36 ItemId => Item;
    /// Инвентарные номера.
    ItemNumbers 37 (LibraryId, InventoryNumber) => ItemId;
    /// Экземпляры записи.
    RecordItems 38 (RecordId, ItemId) => ItemId;
    /// Карточки.
    Cards 39 CardId => Card;
    /// Карточки by number.
    CardNumbers 40 (LibraryId, u64) => CardId;
    /// Карточки записи.
    RecordCards 41 (RecordId, CardId) => CardId;
    /// Акты.
    Acts 42 ActId => Act;
    /// Акты библиотеки in the order of posting.
    LibraryActs 43 (LibraryId, ActId) => ActId;
    /// Записи учёта by act and line.
    Entries 44 (ActId, u64) => LedgerEntry;
    /// Итоги дня by library and fund, day (yyyymmdd).
    Days 45 ((LibraryId, u64), u64) => DayTotals;
    /// Живые единицы названия by library and fund.
    LiveTitles 46 ((LibraryId, u64), RecordId) => LiveTitle;
    /// Проверки.
    Checks 47 (LibraryId, u64) => StockCheck;
    /// Состояние книг библиотеки.
    Books 48 LibraryId => BookState;
    /// События from files that have been posted.
    Events 49 (LibraryId, String) => EventMark;
    /// Сопроводительные документы that have been entered.
    Documents 50 (LibraryId, String) => ActId;
    /// Сведения об изданиях by library and record.
    Titles 51 (LibraryId, RecordId) => TitleFacts;
    /// Издания by their outer ids.
    OuterTitles 52 (LibraryId, String) => RecordId;
    /// Экземпляры библиотеки.
    LibraryItems 53 (LibraryId, ItemId) => ItemId;
    /// Карточки библиотеки.
    LibraryCards 54 (LibraryId, CardId) => CardId;
    /// Закрытия и открытия периодов, by their order.
    Periods 55 (LibraryId, u64) => PeriodMark;
    /// Накладные на внутреннее перемещение, by their order.
    Waybills 56 (LibraryId, u64) => Waybill;
}

/// Движение одного дня одного фонда.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayTotals {
    /// Введено остатков.
    pub opened: Totals,
    /// Поступило.
    pub came: Totals,
    /// Выбыло.
    pub left: Totals,
}

/// Живые единицы названия.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveTitle {
    /// The title's record.
    pub record: RecordId,
    /// Сколько единиц.
    pub units: i64,
}

/// Состояние книг библиотеки.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookState {
    /// Закрыто по этот день.
    pub closed_through: Option<Date>,
    /// Дата ввода остатков.
    pub opened: Option<Date>,
    /// Номера at the opening, by series: completeness holds from here on.
    pub opened_numbers: BTreeMap<String, u64>,
    /// Parts of the opening posted so far, and how many there are.
    pub opening_parts: (u32, u32),
    /// Последний год, отчёт за который сдан.
    pub submitted: Option<i16>,
    /// Дата последней строки КСУ by fund code.
    pub last_rows: BTreeMap<String, Date>,
}

/// A posted event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventMark {
    /// Digest of its content.
    pub digest: String,
    /// The acts it made; empty when it made none.
    pub acts: Vec<ActId>,
}

/// Закрытие или открытие периода.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodMark {
    /// Which in order, from 1.
    pub number: u64,
    /// Год.
    pub year: i16,
    /// Квартал.
    pub quarter: Option<u8>,
    /// Закрыто по этот день после этого.
    pub closed_through: Option<Date>,
    /// Открыт снова, а не закрыт: the reason.
    pub reopened: Option<String>,
    /// When.
    pub at: jiff::Timestamp,
    /// By whom.
    pub actor: crate::id::UserId,
}

/// Накладная на внутреннее перемещение: what went to which building; no book changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waybill {
    /// Which in order, from 1.
    pub order: u64,
    /// Чья.
    pub library: LibraryId,
    /// Дата.
    pub date: Date,
    /// № накладной.
    pub number: ActNumber,
    /// Куда.
    pub to: LibraryId,
    /// Экземпляры, each with the place that it left.
    pub items: Vec<(ItemId, LibraryId)>,
    /// Экземпляры карточек: card, layer, the place that they left, how many.
    pub layers: Vec<(CardId, u32, LibraryId, u32)>,
    /// Примечание.
    pub note: String,
    /// When.
    pub at: jiff::Timestamp,
    /// By whom.
    pub actor: crate::id::UserId,
}

/// The key of a day: yyyymmdd.
#[must_use]
pub fn day_key(day: Date) -> u64 {
    let year = u64::try_from(day.year()).unwrap_or(0);
    let month = u64::from(day.month().unsigned_abs());
    year * 10_000 + month * 100 + u64::from(day.day().unsigned_abs())
}

/// Names of series in [`Numbers`].
pub mod series {
    use super::super::axis::{Fund, Series};

    /// Инвентарные номера with this prefix.
    #[must_use]
    pub fn inventory(prefix: &str) -> String {
        format!("inventory:{prefix}")
    }

    /// Карточки.
    pub const CARD: &str = "card";
    /// Проверки.
    pub const CHECK: &str = "check";
    /// Накладные на внутреннее перемещение.
    pub const WAYBILL: &str = "waybill";
    /// Закрытия периодов.
    pub const PERIOD: &str = "period";

    /// Строки части КСУ; a year only where numbers restart.
    #[must_use]
    pub fn row(part: u8, fund: Fund, year: Option<i16>) -> String {
        match year {
            Some(year) => format!("ksu{part}:{fund}:{year}"),
            None => format!("ksu{part}:{fund}"),
        }
    }

    /// Акты; a fund only where each numbers its own.
    #[must_use]
    pub fn act(series: Series, year: i16, fund: Option<Fund>) -> String {
        match fund {
            Some(fund) => format!("act:{series}:{year}:{fund}"),
            None => format!("act:{series}:{year}"),
        }
    }
}
