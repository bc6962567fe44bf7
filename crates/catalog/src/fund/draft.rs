//! Черновики: what a person asks the fund to do, before it has been judged.
//!
//! A draft may be wrong in every way its types allow; `decide` answers with all that is wrong.

mod day;
mod period;
mod transfer;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::act::{ActLabel, ActNumber, OuterEvent};
use super::axis::{Fund, Reason, Series, Source, SubReason};
use super::money::Kopecks;
use super::network::LibraryNode;
use super::number::InventoryNumber;
use super::policy::Policy;
use super::state::Movement;
use super::title::TitleFacts;
use crate::id::{LibraryId, RecordId};

pub use period::{CheckCloseDraft, CheckStartDraft, PeriodDraft, ReopenDraft};
pub use transfer::{Columns, ReclassifyDraft, RelocationDraft};

/// Поручение фонду.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FundCommand {
    /// The event it comes from, if it comes from a file: it is posted once.
    pub event: Option<OuterEvent>,
    /// What to do.
    pub order: Order,
}

/// Что сделать.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Order {
    /// Добавить узел сети.
    AddLibrary(LibraryNode),
    /// Назвать иначе или переставить узел, который есть.
    ChangeLibrary(LibraryNode),
    /// Принять учётную политику.
    SetPolicy(Policy),
    /// Запомнить сведения об изданиях, for files that name titles by their outer ids.
    NoteTitles(Vec<TitleFacts>),
    /// Ввести остатки.
    Open(OpeningDraft),
    /// Принять в фонд.
    Receive(AccessionDraft),
    /// Списать или передать.
    Withdraw(WithdrawalDraft),
    /// Сторнировать, and put right.
    Reverse(ReversalDraft),
    /// Переоценить.
    Revalue(RevaluationDraft),
    /// Перевести в другой фонд или другие графы.
    Reclassify(ReclassifyDraft),
    /// Переместить из здания в здание.
    Relocate(RelocationDraft),
    /// Погасить номера.
    Void(VoidDraft),
    /// Отметить движение.
    Move(MovementDraft),
    /// Начать проверку.
    StartCheck(CheckStartDraft),
    /// Закрыть проверку.
    CloseCheck(CheckCloseDraft),
    /// Закрыть период.
    ClosePeriod(PeriodDraft),
    /// Открыть закрытый период снова.
    ReopenPeriod(ReopenDraft),
    /// Отметить, что годовой отчёт сдан: the year can no longer be reopened.
    SubmitReport {
        /// Год.
        year: i16,
    },
    /// Several orders as one change, in this order: all or none.
    Together(Vec<FundCommand>),
}

/// Ввод остатков.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OpeningDraft {
    /// На какую дату; the day after `closed_through` when absent.
    pub as_of: Option<Date>,
    /// По какую дату всё закрыто; the date of the opening.
    pub closed_through: Option<Date>,
    /// Экземпляры.
    pub items: Vec<OpeningItem>,
    /// Карточки.
    pub cards: Vec<OpeningCard>,
    /// Ранее выбывшие.
    pub history: Vec<HistoryLine>,
    /// Номера, выбывшие до системы: from and to.
    pub before_system: Vec<(InventoryNumber, InventoryNumber)>,
    /// Счётчики, as stated by the source.
    pub counters: Counters,
    /// The part of a larger opening, from 1, and how many parts there are.
    pub chunk: (u32, u32),
}

/// Экземпляр во вводе остатков.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpeningItem {
    /// Издание.
    pub title: TitleFacts,
    /// Фонд, if not that of the title.
    pub fund: Option<Fund>,
    /// Инвентарный номер; `None`: set aside, not counted.
    pub number: Option<InventoryNumber>,
    /// Цена.
    pub price: Kopecks,
    /// Балансовый признак, if not that of the title.
    pub on_balance: Option<bool>,
    /// Полочный шифр.
    pub shelfmark: String,
    /// Здание.
    pub place: Option<LibraryId>,
}

/// Карточка (or units counted without numbers) во вводе остатков.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpeningCard {
    /// Издание.
    pub title: TitleFacts,
    /// Фонд, if not that of the title.
    pub fund: Option<Fund>,
    /// № карточки; `None`: the next, or none for periodicals.
    pub number: Option<u64>,
    /// Строки.
    pub layers: Vec<OpeningLayer>,
}

/// Строка карточки во вводе остатков.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpeningLayer {
    /// № строки.
    pub number: Option<u32>,
    /// Год.
    pub year: Option<i16>,
    /// Экземпляров.
    pub copies: u32,
    /// Цена.
    pub price: Kopecks,
}

/// Ранее выбывший экземпляр: its number is taken for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Инвентарный номер.
    pub number: InventoryNumber,
    /// Издание, if known.
    pub title: Option<TitleFacts>,
    /// Фонд.
    pub fund: Fund,
    /// Цена.
    pub price: Kopecks,
    /// № акта.
    pub act: ActLabel,
    /// Год акта.
    pub act_year: i16,
    /// № записи КСУ, часть 2.
    pub row: Option<u32>,
    /// Причина.
    pub reason: Option<Reason>,
    /// Подпричина.
    pub sub_reason: Option<SubReason>,
}

/// Счётчики, as a source states them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Counters {
    /// Следующий инвентарный номер.
    pub next_number: Option<u64>,
    /// Следующая карточка.
    pub next_card: Option<u64>,
    /// Последний № части 1 by fund.
    pub last_came: Vec<(Fund, u32)>,
    /// Последний № части 2 by fund.
    pub last_left: Vec<(Fund, u32)>,
    /// Последний № акта: series, year, the fund where each numbers its own, number.
    pub last_acts: Vec<(Series, i16, Option<Fund>, u32)>,
}

/// Поступление: one document, one part per fund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessionDraft {
    /// Дата записи.
    pub date: Date,
    /// Источник.
    pub source: Source,
    /// Поставщик или даритель.
    pub supplier: String,
    /// Документ; `None` is refused with what to draw up.
    pub document: Option<DocumentDraft>,
    /// Части по фондам.
    pub parts: Vec<PartDraft>,
    /// Не фонд.
    pub non_fund: Vec<OtherLine>,
    /// Не принято.
    pub rejected: Vec<OtherLine>,
    /// Номера, погашенные при этом поступлении (misprint, skipped label).
    pub voided: Vec<VoidedNumber>,
    /// Примечание.
    pub note: String,
}

/// Сопроводительный документ в черновике.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentDraft {
    /// Вид.
    pub kind: String,
    /// №; an acceptance act without one gets the next of its series.
    pub number: Option<String>,
    /// Дата; that of the entry when absent.
    pub date: Option<Date>,
    /// Итог.
    pub total: Option<Kopecks>,
}

/// Часть поступления: one fund, one КСУ row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartDraft {
    /// Фонд.
    pub fund: Fund,
    /// Строки.
    pub lines: Vec<LineDraft>,
}

/// Строка поступления.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineDraft {
    /// Издание.
    pub title: TitleFacts,
    /// Экземпляров.
    pub copies: u32,
    /// Цена одного; else `total` is split.
    pub price: Option<Kopecks>,
    /// Сумма строки.
    pub total: Option<Kopecks>,
    /// Инвентарные номера as claimed; empty: the next ones.
    pub numbers: Vec<InventoryNumber>,
    /// Ряд номеров, when none are claimed.
    pub prefix: String,
    /// № карточки as claimed.
    pub card: Option<u64>,
    /// № строки карточки as claimed.
    pub layer: Option<u32>,
    /// Год издания or of the set.
    pub year: Option<i16>,
    /// Единица периодики.
    pub unit: String,
    /// Балансовый признак, if not that of the title.
    pub on_balance: Option<bool>,
    /// Полочный шифр.
    pub shelfmark: String,
    /// Здание.
    pub place: Option<LibraryId>,
    /// Взамен какого номера.
    pub replaces: Option<InventoryNumber>,
    /// Прежний номер найденного после списания.
    pub formerly: Option<InventoryNumber>,
}

impl LineDraft {
    /// A line of so many copies at a price, everything else as the title and the counters say.
    #[must_use]
    pub fn new(title: TitleFacts, copies: u32, price: Kopecks) -> Self {
        Self {
            title,
            copies,
            price: Some(price),
            total: None,
            numbers: Vec::new(),
            prefix: String::new(),
            card: None,
            layer: None,
            year: None,
            unit: String::new(),
            on_balance: None,
            shelfmark: String::new(),
            place: None,
            replaces: None,
            formerly: None,
        }
    }
}

/// Строка документа вне фонда.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OtherLine {
    /// Что.
    pub description: String,
    /// Сколько.
    pub copies: u32,
    /// Цена одного.
    pub price: Kopecks,
    /// Сумма строки, when only that is known.
    pub total: Option<Kopecks>,
}

/// Погашаемый номер.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoidedNumber {
    /// Номер.
    pub number: InventoryNumber,
    /// Почему.
    pub reason: String,
}

/// Выбытие.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WithdrawalDraft {
    /// Дата записи; the day of approval when absent.
    pub date: Option<Date>,
    /// Фонд.
    pub fund: Fund,
    /// Утверждённый акт; `None` is refused.
    pub act: Option<ActDraft>,
    /// Безвозмездная передача или книгообмен instead of a write-off.
    pub transfer: bool,
    /// Кому передано.
    pub receiver: String,
    /// Причина of the whole act.
    pub reason: Option<Reason>,
    /// Подпричина.
    pub sub_reason: Option<SubReason>,
    /// Акт проверки.
    pub basis: Option<ActNumber>,
    /// Строки.
    pub lines: Vec<UnitLine>,
    /// Примечание.
    pub note: String,
}

/// Акт в черновике.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActDraft {
    /// Ряд.
    pub series: Series,
    /// № as claimed; the next one when absent.
    pub number: Option<u32>,
    /// Дата акта; that of approval when absent.
    pub date: Option<Date>,
    /// Дата утверждения; without it there is no act.
    pub approved: Option<Date>,
    /// Дата подтверждения бухгалтерией, when the policy dates rows by it.
    pub confirmed: Option<Date>,
}

/// Указание единицы: by number, or by card (or title) and layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitLine {
    /// Инвентарный номер.
    pub number: Option<InventoryNumber>,
    /// № карточки.
    pub card: Option<u64>,
    /// № строки карточки.
    pub layer: Option<u32>,
    /// Издание, for units without a card number.
    pub record: Option<RecordId>,
    /// Год комплекта.
    pub year: Option<i16>,
    /// Экземпляров, where there is no number.
    pub copies: u32,
    /// Своя причина строки.
    pub reason: Option<Reason>,
    /// New price: of a correction or a revaluation.
    pub price: Option<Kopecks>,
    /// The right title, in a correction.
    pub title: Option<TitleFacts>,
}

impl UnitLine {
    /// A numbered item.
    #[must_use]
    pub fn item(number: InventoryNumber) -> Self {
        Self {
            number: Some(number),
            card: None,
            layer: None,
            record: None,
            year: None,
            copies: 1,
            reason: None,
            price: None,
            title: None,
        }
    }

    /// Copies of a card's layer.
    #[must_use]
    pub fn layer(card: u64, layer: u32, copies: u32) -> Self {
        Self {
            number: None,
            card: Some(card),
            layer: Some(layer),
            record: None,
            year: None,
            copies,
            reason: None,
            price: None,
            title: None,
        }
    }
}

/// Which posted act a draft speaks of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ActRef {
    /// By our id.
    Id(crate::id::ActId),
    /// By the event it was posted from.
    Event(String),
}

/// Сторно: the units named (all of the act when none) leave its row; those with a new price or
/// title come back as a correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReversalDraft {
    /// Дата записи.
    pub date: Date,
    /// Which act is wrong.
    pub corrects: ActRef,
    /// Which of its parts, when an event made several.
    pub fund: Option<Fund>,
    /// Строки.
    pub lines: Vec<UnitLine>,
    /// Почему.
    pub reason: String,
    /// № исправительной записи as claimed.
    pub number: Option<u32>,
}

/// Переоценка: new prices of units of one fund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RevaluationDraft {
    /// Дата записи.
    pub date: Date,
    /// Фонд.
    pub fund: Fund,
    /// № акта as claimed.
    pub number: Option<u32>,
    /// Основание: order, coefficient.
    pub reason: String,
    /// Units with their new prices.
    pub lines: Vec<UnitLine>,
}

/// Погашение номеров.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VoidDraft {
    /// Дата.
    pub date: Date,
    /// Номера.
    pub numbers: Vec<VoidedNumber>,
}

/// Движение без записи в КСУ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MovementDraft {
    /// Дата.
    pub date: Date,
    /// Какое.
    pub movement: Movement,
    /// Чего: items by number, or copies of a card's layer for loans and returns.
    pub lines: Vec<UnitLine>,
    /// Кому передано во временное пользование.
    #[serde(default)]
    pub holder: String,
    /// Примечание.
    pub note: String,
}
