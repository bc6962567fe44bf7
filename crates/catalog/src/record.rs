//! Библиографическая запись: leader and fields in order, nothing dropped, nothing reordered.
//!
//! The record does not know how it was carried (ISO 2709, XML, JSON) nor what its tags mean; the
//! carriers and the dictionary are rooms of their own.
pub mod brief;
pub mod charset;
pub mod check;
pub mod convert;
pub mod copies;
pub mod detect;
pub mod dialect;
pub mod dictionary;
pub mod embed;
pub(crate) mod irbis;
pub mod isbd;
pub(crate) mod iso2709;
pub(crate) mod json;
pub(crate) mod lines;
pub mod link;
pub(crate) mod marcjson;
pub(crate) mod marcxml;
pub(crate) mod mnemonic;
pub mod names;
pub mod path;
pub mod read;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod tabular;
pub mod write;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Библиографическая запись. Order of fields and subfields is data; repeats and empties are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BiblioRecord {
    /// Маркер записи.
    pub leader: Leader,
    /// Поля в том порядке, в каком пришли.
    pub fields: Vec<Field>,
}

/// Маркер: 24 bytes of ASCII as they came; writers compute lengths and addresses themselves.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Leader([u8; 24]);

/// Метка поля: three ASCII letters or digits; native IRBIS knows four and five digits (`6629`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag([u8; 5]);

/// Поле.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Метка.
    pub tag: Tag,
    /// Содержание.
    pub body: Body,
}

/// Содержание поля: data of 00X, subfields, or embedded fields of the 4XX block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Plain data without indicators: 00X, and any field of native IRBIS without subfields.
    Control(String),
    /// Indicators and subfields.
    Data(Indicators, Vec<Subfield>),
    /// 4XX by the technique of embedded fields (`$1`): indicators and whole fields inside.
    Linked(Indicators, Vec<Field>),
}

/// Индикаторы: two characters, blank is a space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Indicators(pub char, pub char);

/// Подполе: one code character and its value (NFC text; NSB/NSE as U+0098/U+009C).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subfield {
    /// Код.
    pub code: char,
    /// Значение.
    pub value: String,
}

impl BiblioRecord {
    /// An empty record with this leader.
    #[must_use]
    pub fn new(leader: Leader) -> Self {
        Self {
            leader,
            fields: Vec::new(),
        }
    }

    /// The fields with this tag, in order.
    pub fn fields(&self, tag: &str) -> impl Iterator<Item = &Field> {
        self.fields
            .iter()
            .filter(move |field| field.tag.as_str() == tag)
    }

    /// The first field with this tag.
    #[must_use]
    pub fn field(&self, tag: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.tag.as_str() == tag)
    }

    /// The data of the first control field with this tag, such as 001.
    #[must_use]
    pub fn control(&self, tag: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|f| f.tag.as_str() == tag)
            .and_then(|field| match &field.body {
                Body::Control(data) => Some(data.as_str()),
                Body::Data(..) | Body::Linked(..) => None,
            })
    }

    /// The first value of a subfield in the first field that has it.
    #[must_use]
    pub fn first(&self, tag: &str, code: char) -> Option<&str> {
        self.fields(tag).find_map(|field| field.first(code))
    }

    /// Shows every value of every field, embedded ones too, in order.
    pub fn each_text<'a>(&'a self, see: &mut impl FnMut(&'a str)) {
        each_text(&self.fields, see);
    }
}

fn each_text<'a>(fields: &'a [Field], see: &mut impl FnMut(&'a str)) {
    for field in fields {
        match &field.body {
            Body::Control(data) => see(data),
            Body::Data(_, subfields) => subfields.iter().for_each(|s| see(&s.value)),
            Body::Linked(_, embedded) => each_text(embedded, see),
        }
    }
}

impl Field {
    /// A control field.
    #[must_use]
    pub fn control(tag: Tag, data: impl Into<String>) -> Self {
        Self {
            tag,
            body: Body::Control(data.into()),
        }
    }

    /// A field with subfields.
    #[must_use]
    pub fn data(tag: Tag, indicators: Indicators, subfields: Vec<Subfield>) -> Self {
        Self {
            tag,
            body: Body::Data(indicators, subfields),
        }
    }

    /// The subfields; none for control and linked fields.
    #[must_use]
    pub fn subfields(&self) -> &[Subfield] {
        match &self.body {
            Body::Data(_, subfields) => subfields,
            Body::Control(_) | Body::Linked(..) => &[],
        }
    }

    /// The embedded fields; none but for linked fields.
    #[must_use]
    pub fn embedded(&self) -> &[Field] {
        match &self.body {
            Body::Linked(_, fields) => fields,
            Body::Control(_) | Body::Data(..) => &[],
        }
    }

    /// The indicators; blanks for control fields.
    #[must_use]
    pub fn indicators(&self) -> Indicators {
        match &self.body {
            Body::Data(indicators, _) | Body::Linked(indicators, _) => *indicators,
            Body::Control(_) => Indicators(' ', ' '),
        }
    }

    /// The first value of a subfield.
    #[must_use]
    pub fn first(&self, code: char) -> Option<&str> {
        self.subfields()
            .iter()
            .find(|s| s.code == code)
            .map(|s| s.value.as_str())
    }

    /// All values of a subfield, in order.
    pub fn all(&self, code: char) -> impl Iterator<Item = &str> {
        self.subfields()
            .iter()
            .filter(move |s| s.code == code)
            .map(|s| s.value.as_str())
    }
}

impl Subfield {
    /// The code of text that stands before the first subfield mark; legal only in native IRBIS.
    pub const LEAD: char = '\0';

    /// A subfield.
    pub fn new(code: char, value: impl Into<String>) -> Self {
        Self {
            code,
            value: value.into(),
        }
    }
}

impl Leader {
    /// The leader of a new printed book: new, text, monograph, no hierarchy.
    pub const NEW_BOOK: Leader = Leader(*b"00000nam0 2200000   450 ");

    /// The leader of a record that came without one: its codes are blank.
    pub const BLANK: Leader = Leader(*b"00000     2200000   450 ");

    /// Wraps 24 bytes; bytes outside printable ASCII become blanks (the source bytes keep them).
    #[must_use]
    pub fn from_bytes(bytes: [u8; 24]) -> Self {
        Self(bytes.map(|b| if (0x20..0x7f).contains(&b) { b } else { b' ' }))
    }

    /// The 24 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }

    /// The character at a position of 0–23.
    #[must_use]
    pub fn at(&self, position: usize) -> char {
        char::from(self.0[position])
    }

    /// The same leader with another character at a position of 0–23; not ASCII becomes a blank.
    #[must_use]
    pub fn with(mut self, position: usize, c: char) -> Self {
        self.0[position] = u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(b' ');
        self
    }

    /// The leader as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }
}

impl Tag {
    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().position(|b| *b == 0).unwrap_or(5);
        std::str::from_utf8(&self.0[..length]).unwrap_or("")
    }

    /// The tag made of three bytes of a directory; bytes that no tag may hold become `?`.
    #[must_use]
    pub fn from_directory(bytes: [u8; 3]) -> Self {
        let [a, b, c] = bytes.map(|b| if (0x21..0x7f).contains(&b) { b } else { b'?' });
        Self([a, b, c, 0, 0])
    }

    /// Whether it is one of 00X: no indicators, no subfields.
    #[must_use]
    pub fn is_control(&self) -> bool {
        self.0.starts_with(b"00") && self.0[3] == 0
    }

    /// Whether whole fields may stand in it: the linking block, and a name with its title.
    #[must_use]
    pub fn may_embed(&self) -> bool {
        self.is_link() || matches!(self.as_str(), "604" | "576" | "577")
    }

    /// Whether it belongs to the linking block 4XX.
    #[must_use]
    pub fn is_link(&self) -> bool {
        self.0[0] == b'4' && self.0[3] == 0
    }
}

/// A tag, leader or the like that has the wrong shape; the text is what stood there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadShape(pub String);

impl Tag {
    /// 001: идентификатор записи.
    pub const IDENTIFIER: Tag = Tag(*b"001\0\0");
    /// 005: время последней правки.
    pub const UPDATED: Tag = Tag(*b"005\0\0");
}

impl FromStr for Tag {
    type Err = BadShape;
    fn from_str(text: &str) -> Result<Self, BadShape> {
        let typed = text.as_bytes();
        let fits = typed.iter().all(|b| (0x21..0x7f).contains(b));
        if !fits || !(3..=5).contains(&typed.len()) {
            return Err(BadShape(format!(
                "«{text}» – не метка поля: нужно три знака"
            )));
        }
        let mut bytes = [0; 5];
        bytes[..typed.len()].copy_from_slice(typed);
        Ok(Self(bytes))
    }
}

impl FromStr for Leader {
    type Err = BadShape;
    fn from_str(text: &str) -> Result<Self, BadShape> {
        <[u8; 24]>::try_from(text.as_bytes())
            .map(Self::from_bytes)
            .map_err(|_| BadShape(format!("«{text}» – не маркер: нужно 24 знака")))
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = BadShape;
            fn try_from(text: String) -> Result<Self, BadShape> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.as_str().to_owned()
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.as_str())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
as_text!(Tag);
as_text!(Leader);
