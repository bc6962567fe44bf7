//! Словарь RUSMARC: fields, subfields, indicators, positions and codes, read from data.
//!
//! It only says what the format says; whether a record keeps to it is the business of `check`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

type Text = Cow<'static, str>;

/// Словарь формата.
#[derive(Debug, Default, Deserialize)]
pub struct Dictionary {
    fields: BTreeMap<Text, FieldDef>,
    codelists: BTreeMap<Text, CodeList>,
}

/// Поле по словарю.
#[derive(Debug, Deserialize)]
pub struct FieldDef {
    /// Русское название.
    pub label: Text,
    /// Обязательно в каждой записи.
    #[serde(default)]
    pub required: bool,
    /// Может повторяться.
    #[serde(default)]
    pub repeatable: bool,
    /// Устарело.
    #[serde(default)]
    pub deprecated: bool,
    /// `unimarc` when only the parent format has it, `practice` when only real files do.
    #[serde(default)]
    pub status: Option<Text>,
    /// Первый индикатор; none: blank only.
    #[serde(default)]
    pub indicator1: Option<IndicatorDef>,
    /// Второй индикатор; none: blank only.
    #[serde(default)]
    pub indicator2: Option<IndicatorDef>,
    /// Подполя.
    #[serde(default)]
    pub subfields: BTreeMap<char, SubfieldDef>,
    /// Позиции маркера и 005.
    #[serde(default)]
    pub positions: BTreeMap<Text, PositionDef>,
}

/// Индикатор по словарю.
#[derive(Debug, Deserialize)]
pub struct IndicatorDef {
    /// Русское название.
    pub label: Text,
    /// Допустимые значения.
    #[serde(default)]
    pub codes: BTreeMap<char, CodeDef>,
}

/// Подполе по словарю.
#[derive(Debug, Deserialize)]
pub struct SubfieldDef {
    /// Русское название.
    pub label: Text,
    /// Обязательно, если есть поле.
    #[serde(default)]
    pub required: bool,
    /// Может повторяться.
    #[serde(default)]
    pub repeatable: bool,
    /// Точная длина в знаках.
    #[serde(default)]
    pub length: Option<usize>,
    /// Позиции кодированных данных.
    #[serde(default)]
    pub positions: BTreeMap<Text, PositionDef>,
    /// Допустимые значения.
    #[serde(default)]
    pub codes: BTreeMap<Text, CodeDef>,
    /// Имя списка кодов.
    #[serde(default)]
    pub codelist: Option<Text>,
    /// `embedded` or `standard` in a 4XX field.
    #[serde(default)]
    pub technique: Option<Text>,
}

/// Позиции: one element of coded data.
#[derive(Debug, Deserialize)]
pub struct PositionDef {
    /// First character, zero-based.
    pub start: usize,
    /// Last character.
    pub end: usize,
    /// Русское название.
    pub label: Text,
    /// Допустимые значения; empty: any.
    #[serde(default)]
    pub codes: BTreeMap<Text, CodeDef>,
    /// How many characters one code has when several stand side by side.
    #[serde(default, rename = "codeLength")]
    pub code_length: Option<usize>,
    /// Имя списка кодов.
    #[serde(default)]
    pub codelist: Option<Text>,
}

/// Список кодов.
#[derive(Debug, Deserialize)]
pub struct CodeList {
    /// Коды с названиями.
    pub codes: BTreeMap<Text, CodeDef>,
}

/// Код.
#[derive(Debug, Deserialize)]
pub struct CodeDef {
    /// Русское название.
    pub label: Text,
    /// Английское название.
    #[serde(default)]
    pub label_en: Option<Text>,
    /// Код MARC 21 of a relator.
    #[serde(default)]
    pub marc21: Option<Text>,
}

impl Dictionary {
    /// The dictionary of the bibliographic format, read once.
    #[must_use]
    pub fn rusmarc() -> &'static Dictionary {
        static RUSMARC: LazyLock<Dictionary> = LazyLock::new(|| {
            let text = include_str!("../../../../data/rusmarc/bibliographic.json");
            let parsed = serde_json::from_str(text);
            assert!(
                parsed.is_ok(),
                "the embedded dictionary is read: {parsed:?}"
            );
            parsed.unwrap_or_default()
        });
        &RUSMARC
    }

    /// Every field with its tag, in the order of tags.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &FieldDef)> {
        self.fields.iter().map(|(tag, def)| (tag.as_ref(), def))
    }

    /// A field by its tag; the leader is `LDR`.
    #[must_use]
    pub fn field(&self, tag: &str) -> Option<&FieldDef> {
        self.fields.get(tag)
    }

    /// A list of codes by its name: `languages`, `countries`, `relators`.
    #[must_use]
    pub fn codes(&self, list: &str) -> Option<&BTreeMap<Text, CodeDef>> {
        self.codelists.get(list).map(|list| &list.codes)
    }

    /// The Russian name of a code, such as `rus` of `languages`.
    #[must_use]
    pub fn code_name(&self, list: &str, code: &str) -> Option<&str> {
        Some(self.codes(list)?.get(code)?.label.as_ref())
    }

    /// The Russian name of a field; unknown ones are called by what they are.
    #[must_use]
    pub fn field_name(&self, tag: &str) -> &str {
        match self.field(tag) {
            Some(def) => &def.label,
            None if is_local(tag) => "Местное поле",
            None => "Неизвестное поле",
        }
    }
}

/// Whether a tag belongs to local use: 9XX, X9X, XX9.
#[must_use]
pub fn is_local(tag: &str) -> bool {
    tag.contains('9')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_russian_names() {
        let dictionary = Dictionary::rusmarc();
        assert_eq!(
            dictionary.field_name("200"),
            "Заглавие и сведения об ответственности"
        );
        assert_eq!(
            dictionary.field("200").unwrap().subfields[&'a']
                .label
                .as_ref(),
            "Основное заглавие"
        );
        assert_eq!(dictionary.code_name("languages", "rus"), Some("русский"));
        assert_eq!(dictionary.field_name("951"), "Местное поле");
        assert!(dictionary.fields().count() > 200);
    }

    #[test]
    fn coded_positions_carry_their_codes() {
        let field = Dictionary::rusmarc().field("100").unwrap();
        let data = &field.subfields[&'a'];
        assert_eq!(data.length, Some(36));
        assert!(data.positions["08"].codes.contains_key("d"));
        assert_eq!(
            data.positions["22-24"].codelist.as_deref(),
            Some("languages")
        );
    }
}
