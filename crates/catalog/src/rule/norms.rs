//! Нормы: how each rule of the accounting specification is kept – by a refusal, by a figure, on a
//! page, or in words only, with the reason.
//!
//! Data for `docs/rules.md`; nothing asks it at work. Rules of records are read off the rule table.

/// Как соблюдается норма.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Отказ: a story earns it through the door.
    Refuses,
    /// Вычисление: a test compares a figure.
    Computes,
    /// Страница: a test reaches it.
    Offers,
    /// Только текст, with the reason.
    Text,
}

use Kept::{Computes, Refuses, Text};

impl Kept {
    /// The word of `docs/rules.md`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Kept::Refuses => "refuses",
            Kept::Computes => "computes",
            Kept::Offers => "offers",
            Kept::Text => "text",
        }
    }
}

/// Every rule of the accounting specification: its number, how it is kept, and by what.
pub const NORMS: &[(&str, Kept, &str)] = &[
    (
        "FA-1",
        Computes,
        "графы – данные: наборы содержания, виды, классы; tests: policy, preset",
    ),
    (
        "FA-2",
        Text,
        "полнота учёта – обязанность библиотеки; программа считает всё, что в неё внесено",
    ),
    (
        "FA-3",
        Computes,
        "tests/other_years.rs: карточки и номера равны итогам КСУ; вторая дорога – audit",
    ),
    ("FA-4", Refuses, "document-required, empty-act"),
    (
        "FA-5",
        Text,
        "перечень работ; каждая работа имеет своё правило",
    ),
    (
        "FA-6",
        Text,
        "начала учёта, из которых выведены остальные правила",
    ),
    ("FA-8.1", Refuses, "state-order"),
    (
        "FA-8.2",
        Refuses,
        "nothing-changes, place-mismatch; transfers: перевод – пара записей с равными суммами",
    ),
    (
        "FA-10",
        Computes,
        "golden_year: экземпляры и названия, годовые комплекты",
    ),
    (
        "FA-11",
        Text,
        "что считать отдельным изданием, решает библиотекарь при описании",
    ),
    (
        "FA-12",
        Computes,
        "golden_year: журнал за год – одно название",
    ),
    (
        "FA-13",
        Computes,
        "other_years: новые и выбывшие названия в каждой записи",
    ),
    ("FA-14", Refuses, "content-column"),
    ("FA-20", Computes, "golden_year: три части КСУ"),
    (
        "FA-21",
        Computes,
        "golden_year: КСУ основного и учебного фонда порознь",
    ),
    (
        "FA-22",
        Computes,
        "other_years: нумерация обеих частей, по годам и сквозная",
    ),
    ("FA-23", Refuses, "date-before-document"),
    ("FA-24", Refuses, "period-closed"),
    (
        "FA-25",
        Computes,
        "other_years: непринятое входит в итог документа и не входит в запись",
    ),
    ("FA-26", Refuses, "total-mismatch"),
    ("FA-27", Refuses, "source-use"),
    ("FA-28", Computes, "other_years: кварталы и год"),
    (
        "FA-29",
        Text,
        "переносы печатной книги: вид бумаги, не счёт",
    ),
    ("FA-30", Refuses, "duplicate-inventory-number"),
    ("FA-31", Refuses, "inventory-number-retired"),
    ("FA-32", Refuses, "inventory-number-order"),
    (
        "FA-33",
        Computes,
        "other_years: инвентарная книга по номерам",
    ),
    ("FA-34", Text, "штрихкод ещё не ведётся отдельно от номера"),
    ("FA-35", Text, "примечания – поле регистра, без вычисления"),
    ("FA-36", Text, "штемпель ставят на книгу, не в программе"),
    ("FA-37", Refuses, "inventory-forbidden"),
    (
        "FA-38",
        Computes,
        "golden_year: номера журнала без инвентарных номеров; переплёт ещё не перерегистрируется",
    ),
    ("FA-40", Computes, "golden_year: учебный фонд по классам"),
    (
        "FA-41",
        Text,
        "журнал выдачи и заказы – за пределами фондового учёта",
    ),
    ("FA-42", Computes, "other_years: карточки без номеров"),
    ("FA-43", Refuses, "card-number, layer-required"),
    ("FA-44", Text, "внутренний номер не имеет силы учёта"),
    ("FA-45", Text, "выдача классу – дело выдачи"),
    ("FA-46", Refuses, "consumable-not-fund"),
    ("FA-47", Text, "федеральные перечни ещё не загружаются"),
    (
        "FA-48",
        Refuses,
        "mixed-reason: ветхость и устарелость не смешивают",
    ),
    (
        "FA-49",
        Refuses,
        "copy-on-loan: переданное на время выбывает только как утрата или передача",
    ),
    ("FA-50", Refuses, "act-required, reason-required"),
    ("FA-51", Text, "вид бланка 0504144: печать"),
    ("FA-51a", Refuses, "price-required"),
    ("FA-52", Text, "вид списка к акту: печать"),
    ("FA-52a", Refuses, "loss-required, pair-broken"),
    ("FA-53", Refuses, "mixed-reason, mixed-fund"),
    ("FA-54", Refuses, "act-required: нет дня утверждения"),
    ("FA-55", Refuses, "copy-on-loan"),
    ("FA-56", Refuses, "insufficient-copies"),
    (
        "FA-57",
        Computes,
        "other_years: выбывает по учётной цене, и после переоценки",
    ),
    (
        "FA-58",
        Computes,
        "other_years: отметки об акте и записи КСУ в инвентарной книге",
    ),
    ("FA-59", Text, "направления после списания ещё не ведутся"),
    ("FA-59a", Refuses, "protected-item"),
    (
        "FA-60",
        Text,
        "когда обязательна внеплановая проверка, решает руководитель",
    ),
    (
        "FA-61",
        Text,
        "срок плановой проверки по размеру фонда назначает руководитель; программа о нём не напоминает",
    ),
    ("FA-62", Refuses, "check-incomplete, check-order"),
    ("FA-63", Text, "способ проверки выбирает комиссия"),
    ("FA-64", Computes, "golden_year: акт о результатах проверки"),
    ("FA-65", Refuses, "basis-required"),
    ("FA-66", Refuses, "former-number"),
    (
        "FA-67",
        Computes,
        "other_years: излишки принимают источником FOUND_SURPLUS",
    ),
    ("FA-68", Text, "взыскание – дело бухгалтерии"),
    ("FA-69", Text, "опись 0504087 составляет комиссия"),
    (
        "FA-70",
        Computes,
        "other_years: состоит = состояло + поступило − выбыло, по каждой графе",
    ),
    (
        "FA-71",
        Computes,
        "fund::laws: книги равны экземплярам и карточкам",
    ),
    (
        "FA-72",
        Computes,
        "other_years: начало года равно концу прежнего",
    ),
    ("FA-73", Computes, "fund::laws: графы дают всего"),
    (
        "FA-74",
        Refuses,
        "period-closed, period-order, period-submitted",
    ),
    ("FA-75", Refuses, "storno-target, note-required"),
    ("FA-76", Computes, "fund::laws: каждый номер чей-то"),
    (
        "FA-77",
        Refuses,
        "already-withdrawn, repeated-line, title-mismatch",
    ),
    ("FA-78", Refuses, "act-number"),
    (
        "FA-79",
        Refuses,
        "price-required, copies-required, out-of-bounds",
    ),
    (
        "FA-79a",
        Computes,
        "tests/network.rs: итоги сети, передачи между библиотеками, в пути",
    ),
    (
        "FA-80",
        Text,
        "цена вписывается полной, с доставкой и налогом",
    ),
    ("FA-81", Computes, "other_years: переоценка вверх и вниз"),
    (
        "FA-82",
        Computes,
        "golden_year: карточка группового учёта в деньгах",
    ),
    ("FA-83", Refuses, "off-balance-only"),
    ("FA-84", Text, "бланки бухгалтерии: печать и вывоз данных"),
    (
        "FA-85",
        Computes,
        "golden_year: обороты для сверки и объекты счёта 23",
    ),
    (
        "FA-86",
        Text,
        "сверка по документам с бухгалтерией ещё не ведётся",
    ),
    ("FA-90", Text, "запрет закона; изъятие – движение RESTRICT"),
    ("FA-91", Text, "сверка со списками ещё не ведётся"),
    ("FA-92", Refuses, "state-order: изъятый не выдаётся"),
    ("FA-93", Text, "сверка со списками ещё не ведётся"),
    ("FA-94", Text, "возрастной знак проверяется в записи: RM-75"),
    ("FA-100", Computes, "other_years: ОО-2, раздел 2.6"),
    (
        "FA-101",
        Text,
        "читатели и посещения – за пределами фондового учёта",
    ),
    ("FA-102", Text, "дневник – за пределами фондового учёта"),
    (
        "FA-110",
        Text,
        "таблицы авторского знака библиотека приносит сама",
    ),
    (
        "FA-111",
        Text,
        "таблицы авторского знака библиотека приносит сама",
    ),
    ("FA-112", Text, "полочный шифр вписывает библиотекарь"),
    (
        "FA-120",
        Text,
        "печать годовых книг с отметкой о хеше ещё не ведётся",
    ),
    (
        "FA-121",
        Computes,
        "other_years: инвентарная книга в порядке номеров",
    ),
    (
        "FA-122",
        Computes,
        "tests/kill.rs: журнал только пополняется; дата записи и время внесения порознь",
    ),
    (
        "FA-123",
        Text,
        "сроки хранения бумаг задаёт номенклатура дел",
    ),
    ("FA-124", Text, "имён читателей фондовый учёт не хранит"),
];
