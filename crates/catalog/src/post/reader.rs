//! Чтение JSON: values of a file as the fund's own types, each slip a finding with its place.
//!
//! Remembers which keys were asked for, so that a key nobody understands is named, not passed over.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::fund::money::Kopecks;
use crate::fund::number::InventoryNumber;
use crate::rule::{Finding, Rule};

/// One object of the file and what is wrong with it.
pub(super) struct Reader<'v> {
    object: &'v Map<String, Value>,
    place: String,
    pub(super) findings: Vec<Finding>,
    asked: RefCell<BTreeSet<&'v str>>,
    unknown: Vec<Finding>,
}

/// No note of a paper is longer; an entry of the journal has its bound too.
const MAX_TEXT: usize = 4000;

/// Keys that explain and change nothing, wherever they stand.
const WORDS: &[&str] = &["note", "comment", "description", "label"];

impl<'v> Reader<'v> {
    /// `None` (with a finding) when the value is not an object.
    pub(super) fn new(value: &'v Value, place: &str) -> Result<Self, Finding> {
        match value.as_object() {
            Some(object) => Ok(Self {
                object,
                place: place.to_owned(),
                findings: Vec::new(),
                asked: RefCell::default(),
                unknown: Vec::new(),
            }),
            None => Err(Finding::new(
                Rule::FileShape,
                place,
                "Здесь ожидается объект { … }: исправьте файл",
            )),
        }
    }

    pub(super) fn place(&self, key: &str) -> String {
        format!("{}/{key}", self.place)
    }

    pub(super) fn slip(&mut self, rule: Rule, key: &str, detail: impl Into<String>) {
        let place = self.place(key);
        self.findings.push(Finding::new(rule, place, detail));
    }

    /// What is to be said of a value that is taken as it is.
    pub(super) fn remark(&mut self, rule: Rule, key: &str, detail: impl Into<String>) {
        let place = self.place(key);
        self.unknown.push(Finding::new(rule, place, detail));
    }

    fn bad(&mut self, key: &str, wanted: &str) {
        self.slip(Rule::FileShape, key, format!("«{key}»: {wanted}"));
    }

    pub(super) fn get(&self, key: &str) -> Option<&'v Value> {
        let (key, value) = self.object.get_key_value(key)?;
        self.asked.borrow_mut().insert(key);
        Some(value).filter(|value| !value.is_null())
    }

    /// Keys that may stand here and are read elsewhere.
    pub(super) fn may_hold(&self, keys: &[&str]) {
        for key in keys {
            self.get(key);
        }
    }

    /// The first of several names of one key that is there.
    pub(super) fn any(&self, keys: &[&'static str]) -> Option<(&'static str, &'v Value)> {
        keys.iter().find_map(|key| Some((*key, self.get(key)?)))
    }

    pub(super) fn text(&mut self, key: &str) -> String {
        match self.get(key) {
            None => String::new(),
            Some(Value::String(text)) if text.chars().count() > MAX_TEXT => {
                self.bad(
                    key,
                    &format!("текст длиннее {MAX_TEXT} знаков: сократите его"),
                );
                String::new()
            }
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => {
                self.bad(key, "ожидается текст");
                String::new()
            }
        }
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.as_bool();
        if flag.is_none() {
            self.bad(key, "ожидается true или false");
        }
        flag
    }

    pub(super) fn whole<T: TryFrom<i64>>(&mut self, key: &str) -> Option<T> {
        let value = self.get(key)?;
        let text = value.as_str().map(str::trim);
        let number = value.as_i64().or_else(|| text.and_then(|t| t.parse().ok()));
        let fits = number.and_then(|n| T::try_from(n).ok());
        if fits.is_none() {
            self.bad(key, "ожидается целое число в допустимых пределах");
        }
        fits
    }

    pub(super) fn money(&mut self, key: &str) -> Option<Kopecks> {
        let kopecks: i64 = self.whole(key)?;
        if kopecks.unsigned_abs() > 100_000_000_000_000 {
            self.bad(key, "сумма слишком велика");
            return None;
        }
        Some(Kopecks(kopecks))
    }

    pub(super) fn date(&mut self, key: &str) -> Option<Date> {
        let value = self.get(key)?;
        let date = value.as_str().and_then(|text| text.trim().parse().ok());
        let date = date.filter(|date: &Date| (1700..2200).contains(&date.year()));
        if date.is_none() {
            self.bad(key, "ожидается дата вида 2025-02-10");
        }
        date
    }

    pub(super) fn needed_date(&mut self, key: &str) -> Option<Date> {
        if self.get(key).is_none() {
            self.bad(key, "впишите дату вида 2025-02-10");
        }
        self.date(key)
    }

    /// A code of one of the fund's lists.
    pub(super) fn code<T>(&mut self, key: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        if self.get(key)?.is_object() || self.get(key)?.is_array() {
            self.bad(key, "ожидается код");
            return None;
        }
        let text = self.text(key);
        match text.parse() {
            Ok(code) => Some(code),
            Err(error) => {
                self.bad(key, &error.to_string());
                None
            }
        }
    }

    pub(super) fn needed_code<T>(&mut self, key: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        if self.get(key).is_none() {
            self.bad(key, "ключа нет: впишите его");
        }
        self.code(key)
    }

    /// One inventory number or a list of them.
    pub(super) fn numbers(&mut self, key: &str) -> Vec<InventoryNumber> {
        let values: Vec<&Value> = match self.get(key) {
            None => return Vec::new(),
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one) => vec![one],
        };
        let mut numbers = Vec::new();
        for value in values {
            let text = match value {
                Value::Number(number) => {
                    number.as_u64().map_or_else(String::new, |n| n.to_string())
                }
                Value::String(text) => text.clone(),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
            };
            match text.parse::<InventoryNumber>() {
                Ok(number) => numbers.push(number),
                Err(error) => self.bad(key, &error.to_string()),
            }
        }
        numbers
    }

    pub(super) fn number(&mut self, key: &str) -> Option<InventoryNumber> {
        self.numbers(key).into_iter().next()
    }

    /// The objects of a list, each with its place.
    pub(super) fn list(&mut self, key: &str) -> Vec<Reader<'v>> {
        let values = match self.get(key) {
            None => return Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => {
                self.bad(key, "ожидается список [ … ]");
                return Vec::new();
            }
        };
        let mut readers = Vec::new();
        for (n, value) in values.iter().enumerate() {
            match Reader::new(value, &format!("{}/{n}", self.place(key))) {
                Ok(reader) => readers.push(reader),
                Err(finding) => self.findings.push(finding),
            }
        }
        readers
    }

    /// An object under a key.
    pub(super) fn inner(&mut self, key: &str) -> Option<Reader<'v>> {
        let value = self.get(key)?;
        match Reader::new(value, &self.place(key)) {
            Ok(reader) => Some(reader),
            Err(finding) => {
                self.findings.push(finding);
                None
            }
        }
    }

    /// The keys that begin so.
    pub(super) fn keys_starting(&self, beginning: &str) -> Vec<String> {
        let keys = self.object.keys();
        keys.filter(|key| key.starts_with(beginning))
            .cloned()
            .collect()
    }

    /// Takes over the findings of a reader that is done.
    pub(super) fn close(&mut self, mut inner: Reader<'_>) {
        self.unknown.extend(inner.unknown());
        self.findings.extend(inner.findings);
    }

    /// The keys that nobody asked for, here and in what was closed.
    pub(super) fn unknown(&mut self) -> Vec<Finding> {
        let asked = self.asked.borrow();
        let silent =
            |key: &str| key.starts_with('_') || WORDS.contains(&key) || asked.contains(key);
        for (key, value) in self.object {
            if !value.is_null() && !silent(key) {
                let detail = format!(
                    "Ключ «{key}» не понят и ни на что не повлиял: исправьте его или уберите"
                );
                self.unknown
                    .push(Finding::new(Rule::UnknownKey, self.place(key), detail));
            }
        }
        std::mem::take(&mut self.unknown)
    }
}

/// Digest of a value's content: the order of keys does not matter.
pub(super) fn digest(value: &Value) -> String {
    let mut text = String::new();
    canonical(value, &mut text);
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

fn canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().collect();
            keys.sort();
            out.push('{');
            for key in keys {
                out.push_str(&Value::String(key.clone()).to_string());
                out.push(':');
                canonical(&object[key], out);
                out.push(',');
            }
            out.push('}');
        }
        Value::Array(list) => {
            out.push('[');
            for value in list {
                canonical(value, out);
                out.push(',');
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
}
