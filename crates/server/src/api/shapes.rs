//! What the bodies of requests look like, for OpenAPI only: `catalog::event` reads them and says what is wrong.
//!
//! The shape is that of events in files of `fond post`; money is in kopecks, codes are those of exchange files.

#![expect(dead_code, reason = "describes JSON that `catalog` reads by itself")]

use serde_json::Value;
use utoipa::ToSchema;

/// Сопроводительный документ.
#[derive(ToSchema)]
pub(crate) struct DocumentGiven {
    /// `WAYBILL`, `UPD`, `INVOICE`, `ACCEPTANCE_ACT` и другие.
    #[schema(example = "WAYBILL")]
    kind: String,
    #[schema(example = "45")]
    no: Option<String>,
    #[schema(format = Date)]
    date: Option<String>,
    /// Итог документа: сумма принятого, не фонда и непринятого.
    total_kop: Option<i64>,
}

/// Строка поступления. Издание называют номером записи (`record`) или внешним именем (`title`).
#[derive(ToSchema)]
pub(crate) struct LineGiven {
    record: Option<u64>,
    title: Option<String>,
    copies: Option<u32>,
    /// Цена одного.
    price_kop: Option<i64>,
    /// Сумма строки, если цены нет.
    sum_kop: Option<i64>,
    /// Инвентарные номера; без них даются следующие.
    #[schema(value_type = Option<Vec<String>>)]
    inv: Option<Vec<Value>>,
    card_no: Option<u64>,
    year: Option<i16>,
    shelfmark: Option<String>,
    /// Здание.
    place: Option<String>,
    on_balance: Option<bool>,
    /// Взамен какого номера.
    #[schema(value_type = Option<String>)]
    replaces_inv: Option<Value>,
}

/// Строка документа вне фонда.
#[derive(ToSchema)]
pub(crate) struct OtherGiven {
    description: Option<String>,
    copies: Option<u32>,
    price_kop: Option<i64>,
}

/// Часть поступления: один фонд, одна запись КСУ.
#[derive(ToSchema)]
pub(crate) struct PartGiven {
    #[schema(example = "MAIN")]
    fund: String,
    lines: Vec<LineGiven>,
}

/// Поступление: `fund` с `lines` или несколько `parts`.
#[derive(ToSchema)]
pub(crate) struct Delivery {
    /// Имя события: проводится один раз.
    id: Option<String>,
    #[schema(format = Date, example = "2026-02-10")]
    date: String,
    /// `PURCHASE`, `DONATION`, `REPLACEMENT`, `SUBSCRIPTION` и другие.
    #[schema(example = "PURCHASE")]
    source: String,
    supplier: Option<String>,
    document: DocumentGiven,
    #[schema(example = "MAIN")]
    fund: Option<String>,
    lines: Option<Vec<LineGiven>>,
    parts: Option<Vec<PartGiven>>,
    non_fund_lines: Option<Vec<OtherGiven>>,
    rejected_lines: Option<Vec<OtherGiven>>,
    note: Option<String>,
}

/// Единица: инвентарные номера, или карточка со строкой и числом экземпляров.
#[derive(ToSchema)]
pub(crate) struct UnitGiven {
    #[schema(value_type = Option<Vec<String>>)]
    inv: Option<Vec<Value>>,
    card_no: Option<u64>,
    layer: Option<u32>,
    copies: Option<u32>,
    record: Option<u64>,
    year: Option<i16>,
    /// Своя причина строки.
    reason: Option<String>,
    /// Новая цена: при исправлении и переоценке.
    price_kop: Option<i64>,
}

/// Акт.
#[derive(ToSchema)]
pub(crate) struct ActGiven {
    /// Следующий в ряду, если не назван.
    no: Option<u32>,
    #[schema(format = Date)]
    date: Option<String>,
    /// Дата утверждения; без неё акта нет.
    #[schema(format = Date)]
    approved: Option<String>,
}

/// Акт проверки, на котором стоит списание недостачи.
#[derive(ToSchema)]
pub(crate) struct BasisGiven {
    #[schema(example = "CHECK")]
    series: Option<String>,
    no: u32,
    year: i16,
}

/// Выбытие одного фонда по одной причине.
#[derive(ToSchema)]
pub(crate) struct Withdrawal {
    id: Option<String>,
    /// `WITHDRAWAL` (списание) или `TRANSFER_OUT` (передача).
    #[schema(example = "WITHDRAWAL")]
    r#type: Option<String>,
    #[schema(format = Date)]
    date: Option<String>,
    #[schema(example = "MAIN")]
    fund: String,
    act: ActGiven,
    /// `LOSS`, `WEAR`, `DEFECT`, `OBSOLETE`, `OFF_PROFILE`; у передачи её нет.
    reason: Option<String>,
    sub_reason: Option<String>,
    basis: Option<BasisGiven>,
    /// Кому передано.
    receiver: Option<String>,
    lines: Vec<UnitGiven>,
    note: Option<String>,
}

/// Сторно. Без строк сторнируется весь акт; строка с новой ценой возвращается исправлением.
#[derive(ToSchema)]
pub(crate) struct Reversal {
    id: Option<String>,
    #[schema(format = Date)]
    date: String,
    /// Номер акта у нас.
    corrects_act: Option<u64>,
    /// Или имя события, которым он проведён.
    corrects: Option<String>,
    fund: Option<String>,
    lines: Option<Vec<UnitGiven>>,
    /// Почему.
    reason: String,
}

/// Переоценка: единицы одного фонда с новыми ценами.
#[derive(ToSchema)]
pub(crate) struct Revaluation {
    id: Option<String>,
    #[schema(format = Date)]
    date: String,
    #[schema(example = "MAIN")]
    fund: String,
    /// Основание: приказ, коэффициент.
    reason: String,
    lines: Vec<UnitGiven>,
}

/// Строка перевода: единица и графы, в которые она переходит; чего нет, остаётся прежним.
#[derive(ToSchema)]
pub(crate) struct ReclassifiedGiven {
    #[schema(value_type = Option<Vec<String>>)]
    inv: Option<Vec<Value>>,
    card_no: Option<u64>,
    layer: Option<u32>,
    copies: Option<u32>,
    kind: Option<String>,
    /// Графа содержания.
    content: Option<String>,
    /// Класс или классы: `5`, `7-9`.
    #[schema(value_type = Option<String>)]
    grade: Option<Value>,
    purpose: Option<String>,
}

/// Перевод из фонда в фонд (`to_fund`) или между графами своего фонда.
#[derive(ToSchema)]
pub(crate) struct Reclassification {
    id: Option<String>,
    #[schema(format = Date)]
    date: String,
    #[schema(example = "MAIN")]
    fund: String,
    #[schema(example = "TEXTBOOK")]
    to_fund: Option<String>,
    /// Внутренний акт; без номера – следующий.
    act: Option<ActGiven>,
    /// Основание: решение, приказ.
    reason: String,
    lines: Vec<ReclassifiedGiven>,
}

/// Перемещение между зданиями одной библиотеки.
#[derive(ToSchema)]
pub(crate) struct InternalMove {
    id: Option<String>,
    #[schema(format = Date)]
    date: String,
    /// Откуда; экземпляры с номерами можно перемещать отовсюду, карточки без него – из самой библиотеки.
    from: Option<String>,
    /// Код здания или самой библиотеки.
    to: String,
    /// Накладная; без номера – следующая.
    act: Option<ActGiven>,
    lines: Vec<UnitGiven>,
    note: Option<String>,
}

/// Погашаемый номер.
#[derive(ToSchema)]
pub(crate) struct VoidedGiven {
    #[schema(value_type = String)]
    inv: Value,
    reason: String,
}

/// Погашение номеров.
#[derive(ToSchema)]
pub(crate) struct Void {
    id: Option<String>,
    #[schema(format = Date)]
    date: String,
    voided: Vec<VoidedGiven>,
}

/// Движение без записи в КСУ.
#[derive(ToSchema)]
pub(crate) struct Movement {
    id: Option<String>,
    /// `LOAN`, `RETURN`, `LEND`, `REPAIR`, `RESTRICT`, `LIFT`, `LOSS_CLAIM`, `FOUND`, `SELECT`, `DESELECT`.
    #[schema(example = "LOAN")]
    r#type: String,
    #[schema(format = Date)]
    date: String,
    lines: Vec<UnitGiven>,
    /// Кому передано во временное пользование (`LEND`): только ему потом и передают насовсем.
    holder: Option<String>,
    note: Option<String>,
}

/// Начало проверки фонда.
#[derive(ToSchema)]
pub(crate) struct CheckStart {
    id: Option<String>,
    #[schema(format = Date)]
    date: String,
    #[schema(example = "MAIN")]
    fund: String,
    /// Приказ.
    order: String,
    /// Номера, числящиеся за читателями.
    #[schema(value_type = Option<Vec<String>>)]
    on_loan_inv: Option<Vec<Value>>,
}

/// Итог проверки фонда.
#[derive(ToSchema)]
pub(crate) struct CheckClose {
    id: Option<String>,
    #[schema(format = Date)]
    date: String,
    #[schema(example = "MAIN")]
    fund: String,
    act: Option<ActGiven>,
    /// Не найдены.
    #[schema(value_type = Option<Vec<String>>)]
    missing_inv: Option<Vec<Value>>,
    /// Найдены; без этого ключа найденным считается всё, что не пропало и не выдано.
    #[schema(value_type = Option<Vec<String>>)]
    seen_inv: Option<Vec<Value>>,
    /// Недостача по карточкам.
    missing_cards: Option<Vec<UnitGiven>>,
    surplus_copies: Option<u32>,
}

/// Закрытие года, или квартала, если он назван.
#[derive(ToSchema)]
pub(crate) struct PeriodClose {
    id: Option<String>,
    /// `YEAR_CLOSE` или `QUARTER_CLOSE`.
    #[schema(example = "YEAR_CLOSE")]
    r#type: Option<String>,
    #[schema(format = Date)]
    date: Option<String>,
    #[schema(example = 2026)]
    year: i16,
    #[schema(minimum = 1, maximum = 4)]
    quarter: Option<u8>,
}

/// Повторное открытие года.
#[derive(ToSchema)]
pub(crate) struct PeriodReopen {
    id: Option<String>,
    #[schema(format = Date)]
    date: Option<String>,
    #[schema(example = 2026)]
    year: i16,
    /// Почему.
    reason: String,
}

/// Годовой отчёт сдан.
#[derive(ToSchema)]
pub(crate) struct Report {
    id: Option<String>,
    #[schema(example = 2026)]
    year: i16,
}

/// Файл года: вид `data/fund/golden-year.json`.
#[derive(ToSchema)]
pub(crate) struct YearFile {
    #[schema(value_type = Option<Object>)]
    policy: Option<Value>,
    #[schema(value_type = Option<Vec<Object>>)]
    titles: Option<Vec<Value>>,
    #[schema(value_type = Option<Object>)]
    opening: Option<Value>,
    #[schema(value_type = Option<Vec<Object>>)]
    events: Option<Vec<Value>>,
}

/// Запись в MARC-in-JSON.
#[derive(ToSchema)]
pub(crate) struct MarcJson {
    /// Маркер записи, 24 знака.
    #[schema(example = "00000nam0a2200000   450 ")]
    leader: String,
    /// Поля: `{"001": "…"}` или `{"200": {"ind1": "1", "ind2": " ", "subfields": [{"a": "…"}]}}`.
    #[schema(value_type = Vec<Object>)]
    fields: Vec<Value>,
}
