//! Two languages: the Russian text stands in the template, English is looked up by it.
//!
//! A missing English text falls back to Russian; a test names every text without one. Dates and plurals of
//! pages are made here too; money prints itself.

use std::collections::HashMap;
use std::sync::LazyLock;

use catalog::fund::money::Kopecks;
use catalog::record::dictionary::Dictionary;
use jiff::civil::Date;

/// Язык страниц.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// Русский.
    #[default]
    Ru,
    /// English.
    En,
}

static ENGLISH: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let languages = Dictionary::rusmarc().codes("languages");
    let names = languages.into_iter().flat_map(|codes| codes.values());
    let names = names
        .filter_map(|code| Some((code.label.to_string(), code.label_en.as_ref()?.to_string())));
    names.chain(own()).collect()
});

/// The sentences of the program's own catalogue, each with its English.
pub(super) fn own() -> HashMap<String, String> {
    let table = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/i18n/en.json"
    ));
    // A table that cannot be read costs the English pages, never the server: everything stays Russian.
    serde_json::from_str(table).unwrap_or_default()
}

impl Lang {
    /// Reads the cookie; anything unknown is Russian.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "en" => Self::En,
            _ => Self::Ru,
        }
    }

    /// `ru` or `en`: the cookie and the `lang` of the page.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    /// The text in this language.
    #[must_use]
    pub fn t(self, russian: &str) -> &str {
        match self {
            Self::Ru => russian,
            Self::En => ENGLISH.get(russian).map_or(russian, String::as_str),
        }
    }

    /// The text with `{}` replaced by `value`.
    #[must_use]
    pub fn with(self, russian: &str, value: impl std::fmt::Display) -> String {
        self.t(russian).replacen("{}", &value.to_string(), 1)
    }

    /// The text with the first and the second `{}` replaced.
    #[must_use]
    pub fn with2(
        self,
        russian: &str,
        first: impl std::fmt::Display,
        second: impl std::fmt::Display,
    ) -> String {
        self.fill(russian, &[&first, &second])
    }

    /// The text with each `{}` replaced by the next of the values.
    #[must_use]
    pub fn fill(self, russian: &str, values: &[&dyn std::fmt::Display]) -> String {
        // The values may hold braces themselves, so the text is cut before anything is put in.
        let mut pieces = self.t(russian).split("{}");
        let mut whole = pieces.next().unwrap_or_default().to_owned();
        for (value, piece) in values.iter().zip(pieces) {
            whole.push_str(&value.to_string());
            whole.push_str(piece);
        }
        whole
    }

    /// `3 экз. на 1 050,00 ₽`: copies and what they cost.
    #[must_use]
    pub fn worth(self, copies: i64, sum: Kopecks) -> String {
        let copies = match self {
            Self::Ru => format!("{copies} экз."),
            Self::En => self.count(copies, "экземпляр|экземпляра|экземпляров"),
        };
        self.with2("{} на {} ₽", copies, sum)
    }

    /// `1 экземпляр`, `2 экземпляра`, `5 экземпляров`: the number and the right one of the forms `one|few|many`.
    #[must_use]
    pub fn count(self, number: i64, forms: &str) -> String {
        let forms: Vec<&str> = self.t(forms).split('|').collect();
        let index = match self {
            Self::Ru => russian_form(number),
            Self::En => usize::from(number != 1),
        };
        let word = forms.get(index).or(forms.last()).copied().unwrap_or("");
        format!("{}\u{a0}{word}", grouped(number))
    }

    /// The date as on paper: `10.02.2025`.
    #[must_use]
    pub fn date(self, date: &Date) -> String {
        short_date(*date)
    }
}

/// The date as on paper: `10.02.2025`.
#[must_use]
pub fn short_date(date: Date) -> String {
    format!("{:02}.{:02}.{:04}", date.day(), date.month(), date.year())
}

/// The text with its first letter large: `акт` becomes `Акт`.
#[must_use]
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// The number with no-break spaces between thousands, a true minus.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "−" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('\u{a0}');
        }
        text.push(digit);
    }
    text
}

fn russian_form(number: i64) -> usize {
    let (ten, hundred) = (number.unsigned_abs() % 10, number.unsigned_abs() % 100);
    if (11..=14).contains(&hundred) {
        return 2;
    }
    match ten {
        1 => 0,
        2..=4 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_takes_its_russian_form() {
        let forms = "экземпляр|экземпляра|экземпляров";
        for (number, word) in [
            (1, "экземпляр"),
            (2, "экземпляра"),
            (5, "экземпляров"),
            (11, "экземпляров"),
            (12, "экземпляров"),
            (21, "экземпляр"),
            (104, "экземпляра"),
            (0, "экземпляров"),
        ] {
            assert_eq!(
                Lang::Ru.count(number, forms),
                format!("{number}\u{a0}{word}")
            );
        }
        assert_eq!(Lang::Ru.count(1234, forms), "1\u{a0}234\u{a0}экземпляра");
        assert_eq!(Lang::En.count(1, forms), "1\u{a0}copy");
        assert_eq!(Lang::En.count(3, forms), "3\u{a0}copies");
    }

    #[test]
    fn a_text_without_english_stays_russian() {
        assert_eq!(Lang::En.t("Поступление"), "Receipt");
        assert_eq!(Lang::En.t("нет такого текста"), "нет такого текста");
        assert_eq!(Lang::Ru.t("Поступление"), "Поступление");
    }

    #[test]
    fn values_are_put_in_once_even_with_braces() {
        assert_eq!(
            Lang::Ru.with2("Показано для {}; искать {}", "{}", "б"),
            "Показано для {}; искать б"
        );
    }
}
