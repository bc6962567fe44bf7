//! What a unit is counted by: fund, kind, source, reason, way of registration, storage term, purpose.
//!
//! The codes are those of exchange files and never change; the Russian names are for people. The
//! content columns are data and live in `preset`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A code that is not in its list; the text names the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} «{given}» нет в списке: {known}")]
pub struct UnknownCode {
    /// Whose code it should be.
    pub what: &'static str,
    /// What was given.
    pub given: String,
    /// What may be given.
    pub known: String,
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident $what:literal { $($variant:ident $code:literal $label:literal)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $(#[doc = $label] #[serde(rename = $code)] $variant,)* }

        impl $name {
            /// Every value, in the order of the list.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The code of exchange files.
            #[must_use]
            pub const fn code(self) -> &'static str { match self { $($name::$variant => $code,)* } }

            /// The Russian name.
            #[must_use]
            pub const fn label(self) -> &'static str { match self { $($name::$variant => $label,)* } }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.code()) }
        }

        impl FromStr for $name {
            type Err = UnknownCode;
            fn from_str(given: &str) -> Result<Self, UnknownCode> {
                let wanted = given.trim();
                Self::ALL.iter().copied().find(|v| v.code() == wanted).ok_or_else(|| UnknownCode {
                    what: $what,
                    given: given.to_owned(),
                    known: Self::ALL.iter().map(|v| v.code()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

codes! {
    /// Вид фонда: each keeps its own КСУ.
    Fund "Фонда" {
        Main "MAIN" "Основной фонд"
        Textbook "TEXTBOOK" "Учебный фонд"
        Methodical "METHODICAL" "Методический фонд"
        Exchange "EXCHANGE" "Обменный фонд"
        Rare "RARE" "Редкий фонд"
        Periodicals "PERIODICALS" "Фонд периодики"
    }
}

codes! {
    /// Вид документа.
    Kind "Вида документа" {
        Book "BOOK" "Книга"
        Brochure "BROCHURE" "Брошюра"
        Journal "JOURNAL" "Журнал"
        Newspaper "NEWSPAPER" "Газета"
        Sheet "SHEET" "Листовое издание"
        Av "AV" "Аудиовизуальный документ"
        Microform "MICROFORM" "Микроформа"
        ECarrier "E_CARRIER" "Электронный документ на носителе"
        ELocal "E_LOCAL" "Сетевой локальный документ"
        ERemote "E_REMOTE" "Сетевой удалённый документ"
        Unpublished "UNPUBLISHED" "Неопубликованный документ"
        Other "OTHER" "Прочее"
    }
}

codes! {
    /// Источник поступления.
    Source "Источника поступления" {
        Purchase "PURCHASE" "Покупка"
        Subscription "SUBSCRIPTION" "Подписка"
        CentralSupply "CENTRAL_SUPPLY" "Централизованное комплектование"
        Donation "DONATION" "Пожертвование, дар"
        Replacement "REPLACEMENT" "Взамен утерянных"
        LegalDeposit "LEGAL_DEPOSIT" "Обязательный экземпляр"
        Copying "COPYING" "Копирование"
        Exchange "EXCHANGE" "Книгообмен"
        Transfer "TRANSFER" "Безвозмездная передача"
        InternalMove "INTERNAL_MOVE" "Внутреннее перераспределение"
        Temporary "TEMPORARY" "Временное хранение"
        FoundSurplus "FOUND_SURPLUS" "Излишки при проверке"
        FoundAfterWriteOff "FOUND_AFTER_WRITE_OFF" "Найдено после списания"
        OwnPublication "OWN_PUBLICATION" "Собственное издание"
        Opening "OPENING" "Ввод остатков"
    }
}

codes! {
    /// Причина выбытия: a closed list of five.
    Reason "Причины выбытия" {
        Loss "LOSS" "Утрата"
        Wear "WEAR" "Ветхость"
        Defect "DEFECT" "Дефектность"
        Obsolete "OBSOLETE" "Устарелость по содержанию"
        OffProfile "OFF_PROFILE" "Непрофильность"
    }
}

codes! {
    /// Подпричина утраты.
    SubReason "Подпричины утраты" {
        LostByUser "LOST_BY_USER" "Утрачено пользователем"
        MissingAtCheck "MISSING_AT_CHECK" "Отсутствует по неустановленной причине"
        OpenAccess "OPEN_ACCESS" "Утрата в открытом доступе"
        Theft "THEFT" "Хищение"
        Disaster "DISASTER" "Бедствие стихийного или техногенного характера"
        Unknown "UNKNOWN" "Причина неизвестна"
    }
}

codes! {
    /// Способ учёта.
    Registration "Способа учёта" {
        Inventory "INVENTORY" "Инвентарный"
        BatchCard "BATCH_CARD" "Учётная карточка"
        PeriodicalCard "PERIODICAL_CARD" "Регистрационная карточка"
        SummaryOnly "SUMMARY_ONLY" "Только суммарно"
        Network "NETWORK" "Реестр сетевых документов"
    }
}

codes! {
    /// Срок хранения.
    Term "Срока хранения" {
        Permanent "PERMANENT" "Постоянное"
        Long "LONG" "Длительное"
        Temporary "TEMPORARY" "Временное"
    }
}

codes! {
    /// Назначение издания.
    Purpose "Назначения" {
        Textbook "TEXTBOOK" "Учебник"
        Aid "AID" "Учебное пособие"
        Reference "REFERENCE" "Справочное"
        Fiction "FICTION" "Художественная литература"
        PopularScience "POPULAR_SCIENCE" "Научно-популярная литература"
        Methodical "METHODICAL" "Методическая литература"
        Workbook "WORKBOOK" "Рабочая тетрадь (расходный материал)"
    }
}

codes! {
    /// Ряд номеров актов.
    Series "Ряда актов" {
        Acceptance "ACCEPTANCE" "Акты о приёме"
        Withdrawal "WITHDRAWAL" "Акты о списании"
        Check "CHECK" "Акты проверки"
        Discrepancy "DISCREPANCY" "Акты о расхождении"
        Revaluation "REVALUATION" "Акты переоценки"
        Transfer "TRANSFER" "Акты передачи"
        Correction "CORRECTION" "Исправительные записи"
        Internal "INTERNAL" "Внутренние акты о переводе"
        Waybill "INTERNAL_WAYBILL" "Накладные на внутреннее перемещение"
        Opening "OPENING" "Акты ввода остатков"
    }
}

impl Fund {
    /// Whether its КСУ has columns by grade instead of content.
    #[must_use]
    pub fn counts_by_grade(self) -> bool {
        self == Fund::Textbook
    }

    /// The number of the fund in table keys.
    #[must_use]
    pub fn key(self) -> u64 {
        self as u64
    }
}

impl Kind {
    /// Whether it is a serial whose units are issues and sets.
    #[must_use]
    pub fn is_periodical(self) -> bool {
        matches!(self, Kind::Journal | Kind::Newspaper)
    }
}

/// Класс или классы, на которые рассчитан учебник: from and to, 1–11; 0 is «без класса».
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Grades(pub u8, pub u8);

impl Grades {
    /// The column that counts the unit: the narrowest of the columns «на несколько классов» that
    /// holds all its grades, else that of the lowest grade. Rules: D-29, D-43.
    #[must_use]
    pub fn column(self, several: &[Grades]) -> GradeColumn {
        let holds = |column: &&Grades| column.0 <= self.0 && self.1 <= column.1;
        let range = several
            .iter()
            .filter(|_| self.0 < self.1)
            .filter(holds)
            .min_by_key(|column| column.1 - column.0);
        GradeColumn(range.map_or(self.0, |column| column.0 * 16 + column.1))
    }
}

/// Графа классов: one grade, several, or 0 – «прочие».
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct GradeColumn(u8);

impl GradeColumn {
    /// Без класса.
    pub const REST: GradeColumn = GradeColumn(0);

    /// The columns in the order of printing: single grades, several, the rest.
    #[must_use]
    pub fn all(several: &[Grades]) -> Vec<GradeColumn> {
        let single = (1..=11).map(GradeColumn);
        let wide = several.iter().map(|g| g.column(several));
        single.chain(wide).chain([Self::REST]).collect()
    }

    /// What stands over the column.
    #[must_use]
    pub fn label(self) -> String {
        match self.0 {
            0 => "прочие".to_owned(),
            1..16 => format!("{} класс", self.0),
            _ => format!("{}–{} классы", self.0 / 16, self.0 % 16),
        }
    }
}

/// The code of exchange files: `5`, `7-9`, `0`.
impl fmt::Display for GradeColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0..16 => write!(f, "{}", self.0),
            _ => write!(f, "{}-{}", self.0 / 16, self.0 % 16),
        }
    }
}

impl fmt::Display for Grades {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == self.1 {
            write!(f, "{}", self.0)
        } else {
            write!(f, "{}–{}", self.0, self.1)
        }
    }
}

/// `5`, `7-9`, `10–11`.
impl FromStr for Grades {
    type Err = UnknownCode;
    fn from_str(given: &str) -> Result<Self, UnknownCode> {
        let bad = || UnknownCode {
            what: "Класса",
            given: given.to_owned(),
            known: "число от 1 до 11 или промежуток, например 7-9".to_owned(),
        };
        let (from, to) = given.split_once(['-', '–', '—']).unwrap_or((given, given));
        let from: u8 = from.trim().parse().map_err(|_| bad())?;
        let to: u8 = to.trim().parse().map_err(|_| bad())?;
        if from > to || to > 11 {
            return Err(bad());
        }
        Ok(Self(from, to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_reads_back_and_a_wrong_one_names_the_list() {
        for kind in Kind::ALL {
            assert_eq!(kind.code().parse::<Kind>().as_ref(), Ok(kind));
        }
        let refusal = "PAPYRUS".parse::<Kind>().unwrap_err().to_string();
        assert!(refusal.contains("PAPYRUS") && refusal.contains("BROCHURE"));
    }

    #[test]
    fn grades_are_a_range_counted_in_the_lowest() {
        let range = "7-9".parse::<Grades>().unwrap();
        assert_eq!(range.column(&[]).to_string(), "7");
        let wide = [Grades(5, 9), Grades(7, 9), Grades(10, 11)];
        assert_eq!(range.column(&wide).to_string(), "7-9");
        assert_eq!(Grades(6, 7).column(&wide).to_string(), "5-9");
        assert_eq!(Grades(9, 10).column(&wide).to_string(), "9");
        assert_eq!(Grades(7, 7).column(&wide).to_string(), "7");
        assert_eq!("5".parse::<Grades>().unwrap(), Grades(5, 5));
        assert!("9-7".parse::<Grades>().is_err());
        assert!("12".parse::<Grades>().is_err());
    }
}
