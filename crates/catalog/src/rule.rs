//! The rule table: every complaint of the library has a name, a weight, a source and a Russian title.
//!
//! A check returns all its findings at once. Adding a rule: one row here, one test that earns it.

use std::fmt;

use serde::{Deserialize, Serialize};

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
