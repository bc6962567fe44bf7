//! The rule table: every complaint of the library has a name, a weight, a source and a Russian title.
//!
//! A check returns all its findings at once. Adding a rule: one row here, one test that earns it.

mod norms;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use norms::{Kept, NORMS};

/// Вес замечания: what a breach of the rule leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Сведение: worth knowing, nothing is wrong.
    Informs,
    /// Предупреждение: probably wrong; nothing is stopped.
    Warns,
    /// Ошибка: an act is refused; a record cannot become final.
    Blocks,
}

macro_rules! rules {
    ($($name:ident $code:literal $severity:ident $source:literal $title:literal)*) => {
        /// Правило: a law or a custom with a public name (`code`) and a source (FA-n, RM-n, D-n).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule { $(#[doc = $title] $name,)* }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Rule] = &[$(Rule::$name,)*];

            /// The public name: kebab-case, never changed.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $(Rule::$name => $code,)* } }

            /// What a breach leads to.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Rule::$name => Severity::$severity,)* }
            }

            /// Where the rule comes from.
            #[must_use]
            pub const fn source(self) -> &'static str { match self { $(Rule::$name => $source,)* } }

            /// What the rule asks, in Russian.
            #[must_use]
            pub const fn title(self) -> &'static str { match self { $(Rule::$name => $title,)* } }
        }
    };
}

rules! {
    // Fund: what an act must hold.
    ActRequired "act-required" Blocks "FA-50" "Выбытие только по утверждённому акту"
    DuplicateInventoryNumber "duplicate-inventory-number" Blocks "FA-30" "Инвентарный номер принадлежит одному экземпляру"
    InventoryNumberRetired "inventory-number-retired" Blocks "FA-31" "Номер выбывшего не даётся другому"
    PeriodClosed "period-closed" Blocks "FA-74" "В закрытый период ничего не записывают"
    MixedReason "mixed-reason" Blocks "FA-53" "Один акт – одна причина и один фонд"
    InsufficientCopies "insufficient-copies" Blocks "FA-56" "Нельзя списать больше, чем стоит на карточке"
    CopyOnLoan "copy-on-loan" Blocks "FA-55" "Выданный экземпляр выбывает только как утрата"
    ConsumableNotFund "consumable-not-fund" Blocks "FA-46" "Рабочие тетради – расходный материал, не фонд"
    CheckIncomplete "check-incomplete" Blocks "FA-62" "Проверка закрывается, когда у каждого экземпляра есть исход"
    StateOrder "state-order" Blocks "FA-8.1" "Экземпляр проходит состояния в установленном порядке"
    AlreadyWithdrawn "already-withdrawn" Blocks "FA-77" "Выбывший экземпляр второй раз не выбывает"
    PolicyKey "policy-key" Blocks "D-28" "Учётная политика состоит из известных ключей"
    LibraryUnknown "library-unknown" Blocks "D-33" "Всё в фонде принадлежит библиотеке, которая есть в сети"
    LibraryTree "library-tree" Blocks "D-33" "Узел сети стоит под существующим узлом и не под самим собой"
    LibraryExists "library-exists" Blocks "D-33" "Код узла сети принадлежит одному узлу"
    ActTooLarge "act-too-large" Blocks "D-2" "Один акт – не больше 2000 строк"
    EmptyAct "empty-act" Blocks "FA-4" "В акте есть хотя бы одна строка"
    DateBeforeDocument "date-before-document" Blocks "FA-23" "Запись не раньше своего документа"
    DateInFuture "date-in-future" Blocks "FA-23" "Запись датируют днём, который уже наступил"
    DateOutOfReach "date-out-of-reach" Blocks "FA-23" "Год записи пишут четырьмя цифрами"
    DateOrder "date-order" Blocks "D-22" "Записи книги идут по датам"
    DocumentRequired "document-required" Blocks "FA-4" "Поступление – по сопроводительному документу или акту о приёме"
    DuplicateDocument "duplicate-document" Blocks "D-20" "Один документ записывают один раз"
    TotalMismatch "total-mismatch" Blocks "FA-26" "Итог документа равен сумме принятого, не фонда и непринятого"
    ActNumberOrder "act-number" Blocks "FA-78" "Номера актов идут подряд в своём ряду"
    InventoryNumberOrder "inventory-number-order" Blocks "FA-32" "Инвентарные номера идут подряд, пропуски погашены с причиной"
    InventoryNumberUnknown "inventory-number-unknown" Blocks "FA-30" "Акт называет номер, который есть в инвентарной книге"
    InventoryForbidden "inventory-forbidden" Blocks "FA-37" "Инвентарный номер дают только при инвентарном учёте"
    CardNumberOrder "card-number" Blocks "FA-43" "Карточки и их строки нумеруются подряд, одно издание – одна карточка"
    CardUnknown "card-unknown" Blocks "FA-43" "Акт называет карточку и строку, которые есть"
    LayerRequired "layer-required" Blocks "FA-43" "С карточки списывают из названной строки"
    PriceRequired "price-required" Blocks "FA-79" "У принятого на баланс есть цена больше нуля"
    CopiesRequired "copies-required" Blocks "FA-79" "Экземпляров в строке больше нуля"
    ContentColumn "content-column" Blocks "FA-14" "Каждая единица попадает ровно в одну графу"
    OutOfBounds "out-of-bounds" Blocks "FA-79" "Цены, количества и номера не выходят за пределы"
    TitleMismatch "title-mismatch" Blocks "FA-77" "Номер и карточка принадлежат изданию, которое назвала строка"
    SourceUse "source-use" Blocks "FA-27" "Источник годится для поступления"
    OffBalanceOnly "off-balance-only" Blocks "FA-83" "Удалённый документ и временное хранение на баланс не принимают"
    ReasonRequired "reason-required" Blocks "FA-50" "У списания есть причина, у утраты может быть подпричина"
    BasisRequired "basis-required" Blocks "FA-65" "Недостачу списывают по акту проверки"
    MixedFund "mixed-fund" Blocks "FA-53" "Один акт – один фонд"
    RepeatedLine "repeated-line" Blocks "FA-77" "Единица названа в акте один раз"
    ProtectedItem "protected-item" Blocks "FA-59a" "Книжные памятники и последние экземпляры не списывают по ветхости и содержанию"
    FormerNumber "former-number" Blocks "FA-66" "Найденное после списания ссылается на выбывший номер"
    LossRequired "loss-required" Blocks "FA-52a" "Взамен принимают за утерянное: заявленное, списанное или списываемое парным актом"
    OpeningOnce "opening-once" Blocks "D-23" "Остатки вводят один раз, пустой библиотеке"
    CounterTooLow "counter-too-low" Blocks "D-23" "Счётчик не меньше номеров, которые уже есть"
    StornoTarget "storno-target" Blocks "FA-75" "Сторно называет проведённый акт и его единицы"
    NoteRequired "note-required" Blocks "FA-75" "У исправления, погашения и открытия периода есть причина"
    CheckOrder "check-order" Blocks "FA-62" "Проверку начинают, потом закрывают; у фонда идёт одна"
    PeriodOrder "period-order" Blocks "FA-74" "Периоды закрывают подряд"
    PeriodSubmitted "period-submitted" Blocks "FA-74" "Год со сданным отчётом не открывают"
    NothingChanges "nothing-changes" Blocks "FA-8.2" "Перевод, перемещение, исправление и переоценка что-то меняют"
    PlaceMismatch "place-mismatch" Blocks "FA-8.2" "Перемещают то, что стоит там, откуда перемещают"
    EventChanged "event-changed" Blocks "D-27" "Событие проводится один раз и не меняется"
    PairBroken "pair-broken" Blocks "D-21" "Парные события называют друг друга, стоят в один день и проводятся вместе"
    FileShape "file-shape" Blocks "D-27" "Файл имеет вид, описанный для fond post"
    UnknownKey "unknown-key" Warns "D-27" "Каждый ключ файла понят: непонятый ни на что не влияет"
    OpeningFirst "opening-first" Blocks "D-23" "События проводят после политики и остатков своего файла"
    TitleUnknown "title-unknown" Blocks "D-27" "Строка называет издание, которое есть в файле или в библиотеке"

    // Arrival of records (D-10, D-11).
    SharedControlNumber "shared-control-number" Informs "D-10" "Номер 001 есть у записи другого источника"
    ImportConflict "import-conflict" Warns "D-10" "Принимаемая запись отличается от правленной здесь"
    DeletedAtSource "deleted-at-source" Warns "D-10" "Запись, удалённая у источника, не заменяет здешнюю"
    PriceMissing "price-missing" Informs "D-14" "У экземпляра из файла есть цена"
    NumberMissing "number-missing" Warns "D-14" "У экземпляра из файла есть свой инвентарный номер"
    CopiesNotTaken "copies-not-taken" Warns "D-23" "Экземпляры из файла вводят до первого поступления"
    NumbersUnexplained "numbers-unexplained" Informs "D-14" "Источник объясняет все номера до последнего"
    FundDiffers "fund-differs" Warns "D-14" "Файл и фонд говорят об экземплярах одно и то же"
    PriceUnreadable "price-unreadable" Warns "D-14" "Цена экземпляра из файла читается"
    TableHeader "table-header" Blocks "D-14" "У таблицы есть строка заголовков, и заглавие в ней названо"
    TableColumn "table-column" Informs "D-14" "Столбцы таблицы и то, что стоит вне их, поняты"
    TableRow "table-row" Blocks "D-14" "Строка таблицы – книга с заглавием и с клетками по числу столбцов"
    TableCell "table-cell" Warns "D-14" "Значение клетки таблицы читается"
    TableMended "table-mended" Informs "D-14" "Клетка таблицы прочитана без поправок"
    AuthorityRecord "authority-record" Informs "D-11" "Авторитетная запись не становится книгой"

    // Search and access.
    // Records: reading, structure, dictionary (RM-n).
    RecordStructure "record-structure" Blocks "RM-1" "Длина записи, базовый адрес и справочник – числа и согласованы"
    RecordDirectory "record-directory" Blocks "RM-2" "Справочник состоит из записей по 12 знаков с метками из цифр"
    RecordTerminator "record-terminator" Blocks "RM-3" "Поля и запись кончаются своими разделителями"
    RecordTooLong "record-too-long" Blocks "RM-4" "Запись ISO 2709 не длиннее 99 999 байт, поле – 9 999"
    RecordIndicators "record-indicators" Warns "RM-5" "У полей 010–999 ровно два индикатора, у 00X их нет"
    RecordText "record-text" Blocks "RM-6" "Текст читается в своей кодировке без потерь"
    FieldsByOrder "fields-by-order" Warns "RM-7" "Справочник неверен, поля взяты по порядку"
    CharsetMismatch "charset-mismatch" Warns "RM-8" "Кодировка совпадает с объявленной в 100 $a/26–29"
    ControlCharacters "control-characters" Warns "RM-9" "В данных нет управляющих знаков, кроме NSB и NSE"
    EmptyField "empty-field" Warns "RM-10" "Поля и подполя не пусты"
    SubfieldCode "subfield-code" Warns "RM-32" "Код подполя – латинская буква или цифра"
    CharacterMissing "character-missing" Blocks "D-12" "Каждый знак записи есть в кодировке вывода"
    CharsetUnknown "charset-unknown" Warns "D-16" "Кодировка записи не распознана"

    // Records: what a description must hold (RM-11 and on).
    LeaderCode "leader-code" Blocks "RM-11" "Позиции маркера заполнены кодами формата"
    LeaderConstant "leader-constant" Informs "RM-12" "Постоянные позиции маркера: 10–11 – 22, 20–22 – 450"
    PartWithoutWhole "part-without-whole" Blocks "RM-13" "Часть связана со своим целым: набором или изданием"
    ArticleWithoutHost "article-without-host" Blocks "RM-14" "Статья связана с источником, в котором напечатана"
    SetWithCopies "set-with-copies" Warns "RM-15" "У многотомного издания в целом нет своих экземпляров"
    KindContradicts "kind-contradicts" Warns "RM-16" "Тип записи согласен с видом содержания"
    SerialCodesMissing "serial-codes-missing" Warns "RM-17" "У продолжающегося ресурса и карты есть свои кодированные данные"
    MusicCodesAdvised "music-codes-advised" Informs "RM-17" "У нот есть свои кодированные данные"
    ControlNumber "control-number" Blocks "RM-18" "У записи есть один непустой идентификатор"
    UpdateTime "update-time" Warns "RM-19" "Время последней правки записано: ГГГГММДДЧЧММСС.Д"
    ProcessingData "processing-data" Blocks "RM-20" "Данные общей обработки есть, один раз, 36 знаков"
    TitleMissing "title-missing" Blocks "RM-21" "Заглавие есть, один раз"
    AgencyMissing "agency-missing" Blocks "RM-22" "Источник записи: страна и организация"
    AgencySingle "agency-single" Warns "RM-22" "Источник записи назван дважды: кто составил и кто ввёл"
    LanguageMissing "language-missing" Blocks "RM-23" "У текста назван язык"
    CountryMissing "country-missing" Warns "RM-24" "Страна издания названа"
    YearMissing "year-missing" Blocks "RM-25" "Дата издания названа"
    ImprintMissing "imprint-missing" Warns "RM-25" "У опубликованного названы место и издательство"
    BookCodesMissing "book-codes-missing" Blocks "RM-26" "Кодированные данные есть для этого вида документа"
    BookCodesAdvised "book-codes-advised" Warns "RM-26" "Кодированные данные о книге есть и у её электронной копии"
    ExtentMissing "extent-missing" Warns "RM-27" "Объём назван"
    ContentFormMissing "content-form-missing" Warns "RM-28" "Вид содержания и средство доступа названы"
    ClassMarkMissing "class-mark-missing" Warns "RM-29" "Есть индекс ББК или УДК"
    ResponsibilityMismatch "responsibility-mismatch" Warns "RM-30" "Сведения об ответственности и имена есть вместе"
    UnknownField "unknown-field" Warns "RM-31" "Поле есть в формате"
    UnknownSubfield "unknown-subfield" Warns "RM-32" "Подполе есть в формате"
    Repeated "repeated" Blocks "RM-33" "Неповторяемое не повторено"
    SubfieldMissing "subfield-missing" Blocks "RM-34" "Обязательное подполе есть"
    IndicatorValue "indicator-value" Blocks "RM-35" "Индикатор имеет допустимое значение"
    ConditionalMissing "conditional-missing" Blocks "RM-36" "Есть то, чего требуют другие данные записи"
    Deprecated "deprecated" Informs "RM-37" "Устаревшее поле не вводится"
    CodedLength "coded-length" Blocks "RM-38" "Кодированные данные имеют точную длину"
    CodedValue "coded-value" Blocks "RM-39" "В позиции стоит код формата, пробел или |"
    CodedOrder "coded-order" Warns "RM-40" "Коды группы стоят слева без пропусков"
    EntryDate "entry-date" Blocks "RM-41" "Дата ввода записи – настоящая дата"
    DateType "date-type" Blocks "RM-42" "Тип даты согласен с датами"
    OpenDate "open-date" Informs "RM-42" "У издания, которое продолжается, второй даты нет"
    YearDiffers "year-differs" Warns "RM-43" "Год в кодах и в выходных данных один"
    LookAlikeLetters "look-alike-letters" Warns "RM-44" "Коды записаны латинскими буквами"
    LanguageCode "language-code" Blocks "RM-45" "Код языка есть в списке"
    LanguageCodeOther "language-code-other" Warns "RM-45" "Код языка библиографический: ger, fre, chi"
    CountryCode "country-code" Blocks "RM-45" "Код страны есть в списке, прописными буквами"
    NonSortingMarks "non-sorting-marks" Warns "RM-46" "Знаки несортируемой части стоят парой"
    IsbnDigit "isbn-check-digit" Blocks "RM-47" "Контрольная цифра ISBN верна"
    IsbnShape "isbn-shape" Blocks "RM-48" "ISBN – 10 или 13 цифр, начинается с 978 или 979"
    Isbn13Digit "isbn-13-check-digit" Blocks "RM-48" "Контрольная цифра ISBN из 13 цифр верна"
    IsbnPair "isbn-pair" Warns "RM-49" "Две формы одного ISBN согласны"
    IsbnHyphens "isbn-hyphens" Warns "RM-49" "Группа России в ISBN – одна цифра 5"
    IssnDigit "issn-check-digit" Blocks "RM-50" "ISSN – 8 знаков с верной контрольной цифрой"
    IsmnDigit "ismn-check-digit" Blocks "RM-51" "Контрольная цифра ISMN верна"
    OtherIdentifier "other-identifier" Warns "RM-52" "EAN, ISRC, DOI и адрес записаны по своим правилам"
    SameIsbn "same-isbn" Warns "RM-53" "Один ISBN – одно издание"
    LinkTechnique "link-technique" Blocks "RM-54" "Поле связи составлено одним способом"
    LinkInner "link-inner" Warns "RM-55" "Поля внутри связи составлены по формату"
    LinkInnerValue "link-inner-value" Blocks "RM-55" "Индикаторы и повторы внутри связи допустимы форматом"
    LinkEmpty "link-empty" Blocks "RM-56" "Поле связи называет, с чем связывает"
    LinkUnresolved "link-unresolved" Warns "RM-57" "Связанная запись есть, и она того уровня, который назван"
    LinkCircle "link-circle" Warns "RM-58" "Связи не возвращаются к той же записи"
    LinkOneWay "link-one-way" Warns "RM-58" "На связь равных записей есть ответная"
    HostIncomplete "host-incomplete" Warns "RM-59" "У статьи из журнала названы журнал, номер и страницы"
    AuthorityLink "authority-link" Blocks "RM-60" "Имя и рубрика связаны с авторитетной записью своего вида"
    AuthorityText "authority-text" Warns "RM-60" "Имя и рубрика стоят в принятой форме"
    RoleCode "role-code" Blocks "RM-61" "Код роли есть в списке"
    RoleAsText "role-as-text" Warns "RM-61" "Роль записана кодом, а не словами"
    AuthorityDuplicate "authority-duplicate" Warns "RM-62" "Одна форма – одна авторитетная запись"
    MainHeadings "main-headings" Blocks "RM-63" "Первичная ответственность одна"
    HeadingOfFour "heading-of-four" Warns "RM-63" "У четырёх и более авторов нет первого имени в заголовке"
    NameWithoutInitials "name-without-initials" Warns "RM-64" "У фамилии есть инициалы"
    InitialsShape "initials-shape" Warns "RM-64" "Инициалы – прописные буквы с точками"
    RoleMissing "role-missing" Warns "RM-65" "У вторичной ответственности названа роль"
    SubjectSystem "subject-system" Warns "RM-66" "У рубрики названа система"
    SubjectSystemUnknown "subject-system-unknown" Informs "RM-66" "Система рубрик есть в списке"
    UdcShape "udc-shape" Warns "RM-67" "Индекс УДК записан по правилам"
    BbkShape "bbk-shape" Warns "RM-68" "Индекс ББК записан по правилам"
    OtherClassShape "other-class-shape" Warns "RM-69" "Индексы ГРНТИ и ДКД записаны по правилам"
    KeywordsJoined "keywords-joined" Warns "RM-70" "Каждое ключевое слово отдельно"
    TypedPunctuation "typed-punctuation" Warns "RM-71" "Знаки описания не вводятся в подполя"
    PlaceAbbreviated "place-abbreviated" Warns "RM-72" "Место издания полностью, дата по образцу"
    MixedAlphabets "mixed-alphabets" Warns "RM-73" "В одном слове буквы одного алфавита"
    TextManner "text-manner" Warns "RM-73" "Сведения с малой буквы, кавычки одного вида"
    ContentFormTerm "content-form-term" Warns "RM-74" "Вид содержания и средство – слова из списка"
    AgeMark "age-mark" Warns "RM-75" "Возрастной знак – 0+, 6+, 12+, 16+ или 18+"
    AgeMarkCodes "age-mark-codes" Warns "RM-75" "Возрастной знак согласен с кодами читательского назначения"
    HoldingsPlace "holdings-place" Blocks "RM-76" "У экземпляра названо место хранения"
    TextbookData "textbook-data" Warns "RM-77" "У учебника названы предмет, класс и, если он в перечне, номер и срок"
    TextbookListExpired "textbook-list-expired" Informs "RM-77" "Срок по федеральному перечню не истёк"
    PriceShape "price-shape" Warns "RM-78" "Цена – число"
    RecordIncomplete "record-incomplete" Informs "RM-79" "Запись полного уровня"
    LocalFields "local-fields" Informs "RM-80" "Местные поля хранятся и не толкуются"
    CarrierDiffers "carrier-differs" Warns "D-11" "Формат вывода передаёт запись без изменений"
    NotMapped "not-mapped" Informs "D-11" "Данные без соответствия в другом формате сохранены как есть"
}

impl Rule {
    /// The rule with this public name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.code() == code)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Rule {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = String::deserialize(from)?;
        Self::by_code(&code).ok_or_else(|| serde::de::Error::custom(format!("unknown rule {code}")))
    }
}

/// Замечание: one breach of one rule at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// Where: `200$a[1]` in a record, `/lines/3/inv` in an act, empty when the whole is meant.
    pub place: String,
    /// What is wrong and what to do next, in Russian.
    pub detail: String,
}

impl Finding {
    /// A finding of `rule` at `place`; `detail` says in Russian what is wrong and what to do.
    pub fn new(rule: Rule, place: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            rule,
            place: place.into(),
            detail: detail.into(),
        }
    }

    /// Whether it refuses an act or keeps a record from being final.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.rule.severity() == Severity::Blocks
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{} [{}, {}]", self.detail, self.rule, self.rule.source())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_used_once() {
        let mut seen = std::collections::BTreeSet::new();
        for rule in Rule::ALL {
            let code = rule.code();
            assert!(
                code.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                "{code}"
            );
            assert!(seen.insert(code), "{code} stands twice");
            assert_eq!(Rule::by_code(code), Some(*rule));
        }
    }
}
