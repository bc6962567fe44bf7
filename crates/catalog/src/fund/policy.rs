//! Учётная политика: what a library has decided about numbering, columns and thresholds.
//!
//! A value, kept per legal library. Unknown keys are refused by name, absent ones take the default.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::axis::{Grades, Kind, Reason};
use super::preset::{Column, Preset, preset, presets};
use crate::rule::{Finding, Rule};

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($(#[$more:meta])* $variant:ident $label:literal)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum $name { $($(#[$more])* #[doc = $label] $variant,)* }
    };
}

choices! {
    /// Нумерация части 1.
    Ksu1Numbering {
        #[default] RestartYearlyPerFund "С № 1 каждый год, по фондам"
        Continuous "Сквозная"
    }
}
choices! {
    /// Нумерация части 2.
    Ksu2Numbering {
        #[default] ContinuousPerFund "Сквозная, по фондам"
        RestartYearly "С № 1 каждый год"
    }
}
choices! {
    /// Нумерация актов.
    ActNumbering {
        #[default] PerSeriesPerYearPerLibrary "По рядам и годам"
        PerFund "По рядам и годам, отдельно по фондам"
    }
}
choices! {
    /// Дата записи о выбытии.
    WithdrawalDate {
        #[default] ActApprovalDate "Дата утверждения акта"
        BookkeepingConfirmationDate "Дата подтверждения бухгалтерией"
    }
}
choices! {
    /// Когда периодика входит в КСУ.
    PeriodicalsPosting {
        #[default] #[serde(alias = "ONCE_AT_YEAR_END")] YearEnd "В конце года"
        Quarter "По кварталам"
        OnArrival "По мере поступления"
    }
}
choices! {
    /// Рабочие тетради.
    Workbooks {
        #[default] Consumable "Расходный материал"
        TemporaryStorage "Временное хранение, только суммарно"
    }
}
choices! {
    /// Граница размера фонда при выборе срока проверки.
    CheckBoundary {
        #[default] LowerClass "К нижнему разряду"
        UpperClass "К верхнему разряду"
    }
}

/// Учётная политика.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Нумерация части 1.
    pub ksu1_numbering: Ksu1Numbering,
    /// Нумерация части 2.
    pub ksu2_numbering: Ksu2Numbering,
    /// Нумерация актов.
    pub act_numbering: ActNumbering,
    /// Дата записи о выбытии.
    pub withdrawal_posting_date: WithdrawalDate,
    /// Когда периодика входит в КСУ.
    pub periodicals_posting: PeriodicalsPosting,
    /// Рабочие тетради.
    pub workbooks: Workbooks,
    /// From how many copies a card is offered; `None` is off.
    pub multi_copy_threshold: Option<u32>,
    /// Набор граф содержания: a preset, or `CUSTOM` with columns of one's own.
    pub content_preset: String,
    /// Графы содержания in the order of printing.
    pub content_columns: Vec<String>,
    /// Графы «на несколько классов» of the textbook fund, beside those of single grades.
    #[serde(with = "grade_codes")]
    pub grade_columns: Vec<Grades>,
    /// Графы видов; a kind outside counts in OTHER.
    pub kinds: Vec<Kind>,
    /// Графы причин.
    pub reasons: Vec<Reason>,
    /// Граница размера фонда при выборе срока проверки.
    pub check_boundary: CheckBoundary,
    /// Срок сверки со списком экстремистских материалов, дней.
    pub fsem_check_days: u32,
    /// Срок розыска не найденного при проверке, дней.
    pub missing_search_days: u32,
    /// Разрешены ли записи раньше последней строки книги, within the open period.
    pub backdating: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            ksu1_numbering: Ksu1Numbering::default(),
            ksu2_numbering: Ksu2Numbering::default(),
            act_numbering: ActNumbering::default(),
            withdrawal_posting_date: WithdrawalDate::default(),
            periodicals_posting: PeriodicalsPosting::default(),
            workbooks: Workbooks::default(),
            multi_copy_threshold: Some(10),
            content_preset: "SCHOOL_8".to_owned(),
            content_columns: column_codes("SCHOOL_8"),
            grade_columns: Vec::new(),
            kinds: vec![
                Kind::Book,
                Kind::Brochure,
                Kind::Journal,
                Kind::Newspaper,
                Kind::Av,
                Kind::Microform,
                Kind::ECarrier,
                Kind::Other,
            ],
            reasons: Reason::ALL.to_vec(),
            check_boundary: CheckBoundary::default(),
            fsem_check_days: 90,
            missing_search_days: 0,
            backdating: false,
        }
    }
}

/// Sets of columns also go by the letters and words of the order.
fn preset_name(code: &str) -> &str {
    match code {
        "A" | "А" => "SCHOOL_8",
        "B" | "Б" => "SCHOOL_SYSTEM",
        "C" | "В" => "SCHOOL_EXT",
        "УДК" | "UDK" => "UDC",
        _ => code,
    }
}

fn column_codes(code: &str) -> Vec<String> {
    preset(code)
        .map(|p| p.columns.iter().map(|c| c.code.clone()).collect())
        .unwrap_or_default()
}

impl Policy {
    /// Reads a policy from JSON. A given `content_columns` names its preset or makes a custom one.
    ///
    /// # Errors
    /// Every key that is unknown or holds what it may not, each by name.
    pub fn parse(given: &Value) -> Result<Self, Vec<Finding>> {
        let Some(keys) = given.as_object() else {
            return Err(vec![bad(
                "/policy",
                "Политика – это объект JSON с ключами и значениями",
            )]);
        };
        let known = serde_json::to_value(Self::default()).unwrap_or_default();
        let mut whole = known.clone();
        let mut findings = Vec::new();
        for (key, value) in keys {
            let place = format!("/policy/{key}");
            if known.get(key).is_none() {
                let names: Vec<&str> = known
                    .as_object()
                    .map(|o| o.keys().map(String::as_str).collect())
                    .unwrap_or_default();
                findings.push(bad(
                    &place,
                    &format!(
                        "Ключ политики «{key}» неизвестен; уберите его или исправьте. Известны: {}",
                        names.join(", ")
                    ),
                ));
                continue;
            }
            let value = match (key.as_str(), value.as_str()) {
                ("multi_copy_threshold", Some("off" | "OFF")) => Value::Null,
                ("content_preset", Some(code)) => Value::from(preset_name(code)),
                _ => value.clone(),
            };
            let mut one = known.clone();
            one[key] = value.clone();
            if let Err(error) = serde_json::from_value::<Self>(one) {
                findings.push(bad(
                    &place,
                    &format!("Значение ключа политики «{key}» не годится: {error}"),
                ));
            } else {
                whole[key] = value;
            }
        }
        let mut policy: Self = serde_json::from_value(whole).unwrap_or_default();
        policy.settle_columns(
            keys.contains_key("content_columns"),
            keys.contains_key("content_preset"),
            &mut findings,
        );
        if findings.is_empty() {
            Ok(policy)
        } else {
            Err(findings)
        }
    }

    fn settle_columns(&mut self, columns: bool, named: bool, findings: &mut Vec<Finding>) {
        if columns {
            let mut sorted = self.content_columns.clone();
            sorted.sort();
            sorted.dedup();
            if sorted.is_empty() || sorted.len() != self.content_columns.len() {
                findings.push(bad(
                    "/policy/content_columns",
                    "Графы содержания не могут быть пусты или повторяться",
                ));
            }
            let found = presets().iter().find(|p| {
                let mut codes = column_codes(&p.code);
                codes.sort();
                codes == sorted
            });
            let code = found.map_or("CUSTOM", |p| p.code.as_str());
            if named && self.content_preset != code {
                findings.push(bad(
                    "/policy/content_preset",
                    &format!(
                        "Графы содержания – это набор {code}, а назван {}",
                        self.content_preset
                    ),
                ));
            }
            code.clone_into(&mut self.content_preset);
        } else if named {
            match preset(&self.content_preset) {
                Some(_) => self.content_columns = column_codes(&self.content_preset),
                None => findings.push(bad(
                    "/policy/content_preset",
                    &format!(
                        "Набора граф «{}» нет. Есть: {}",
                        self.content_preset,
                        presets()
                            .iter()
                            .map(|p| p.code.as_str())
                            .collect::<Vec<_>>()
                            .join(", ")
                    ),
                )),
            }
        }
    }

    /// The content column of a unit by its class mark and reader purpose.
    #[must_use]
    pub fn content_of(&self, class_mark: &str, reader: Option<&str>) -> Option<&'static Column> {
        preset(&self.content_preset).and_then(|set| set.column(class_mark, reader))
    }

    /// The set of columns, if it is one that ships with the program.
    #[must_use]
    pub fn preset(&self) -> Option<&'static Preset> {
        preset(&self.content_preset)
    }

    /// The column where a kind is counted.
    #[must_use]
    pub fn kind_column(&self, kind: Kind) -> Kind {
        if self.kinds.contains(&kind) {
            kind
        } else {
            Kind::Other
        }
    }

    /// The columns of kinds, with OTHER at the end if the policy has none.
    #[must_use]
    pub fn kind_columns(&self) -> Vec<Kind> {
        let mut kinds = self.kinds.clone();
        if !kinds.contains(&Kind::Other) {
            kinds.push(Kind::Other);
        }
        kinds
    }
}

/// Grades as files write them: `7-9`.
mod grade_codes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    use crate::fund::axis::Grades;

    pub(super) fn serialize<S: Serializer>(grades: &[Grades], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(grades.iter().map(|g| format!("{}-{}", g.0, g.1)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Grades>, D::Error> {
        let codes = Vec::<String>::deserialize(from)?;
        let mut grades = Vec::new();
        for code in codes {
            let found: Grades = code.parse().map_err(D::Error::custom)?;
            if found.0 == 0 || found.0 == found.1 || grades.contains(&found) {
                return Err(D::Error::custom(format!(
                    "«{code}»: нужен промежуток классов, например 7-9, каждый один раз"
                )));
            }
            grades.push(found);
        }
        Ok(grades)
    }
}

fn bad(place: &str, detail: &str) -> Finding {
    Finding::new(Rule::PolicyKey, place, detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        let findings =
            Policy::parse(&json!({"ksu3_numbering": 1, "backdating": true})).unwrap_err();
        assert_eq!(findings.len(), 1);
        assert!(findings[0].detail.contains("ksu3_numbering"));
    }

    #[test]
    fn absent_keys_take_the_default_and_the_alias_is_the_year_end() {
        assert_eq!(Policy::parse(&json!({})).unwrap(), Policy::default());
        let policy = Policy::parse(&json!({"periodicals_posting": "ONCE_AT_YEAR_END"})).unwrap();
        assert_eq!(policy.periodicals_posting, PeriodicalsPosting::YearEnd);
    }

    #[test]
    fn columns_name_their_preset_or_make_a_custom_one() {
        let policy = Policy::parse(&json!({"content_columns": ["A", "B"]})).unwrap();
        assert_eq!(policy.content_preset, "CUSTOM");
        let policy = Policy::parse(&json!({"content_preset": "SCHOOL_EXT"})).unwrap();
        assert_eq!(policy.content_columns.len(), 12);
        assert!(Policy::parse(&json!({"content_preset": "NONE"})).is_err());
        assert!(Policy::parse(&json!({"content_columns": ["A", "A"]})).is_err());
    }
}
