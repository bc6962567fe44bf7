//! Names of things: who, what and where, as types that cannot be mixed up.
//!
//! An id is ours and says nothing about the thing; a human's name for a thing (an inventory number,
//! a control number 001) is never an id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// BLAKE3 of something, 32 bytes.
pub type Hash = [u8; 32];

macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a number taken from the journal, a table key or a path.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number itself, for table keys and output.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.trim().parse().map(Self)
            }
        }
    };
}

numbered! {
    /// Номер записи журнала: orders every change; the first is 1, 0 means "before anything".
    Seq
}
numbered! {
    /// Библиографическая запись.
    RecordId
}
numbered! {
    /// Экземпляр.
    ItemId
}
numbered! {
    /// Учётная карточка.
    CardId
}
numbered! {
    /// Проведённый акт (one fund, one row of a КСУ part).
    ActId
}

impl Seq {
    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// Библиотека: the code of a node in the tree region – municipality – school – building.
///
/// 1–32 characters: Latin capitals, digits, `-`, `_`, `.`. Lower case is raised on parsing.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LibraryId(String);

/// Сотрудник: the login name of whoever acts; 1–64 characters without spaces or control characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

/// Why a name was not accepted; the text is for the person who typed it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadName(String);

impl LibraryId {
    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LibraryId {
    type Err = BadName;
    fn from_str(typed: &str) -> Result<Self, BadName> {
        let code = typed.trim().to_ascii_uppercase();
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || "-_.".contains(c);
        if code.is_empty() || code.len() > 32 || !code.chars().all(fits) {
            return Err(BadName(format!(
                "Код библиотеки «{typed}» не годится: от 1 до 32 знаков, латинские буквы, цифры, - _ ."
            )));
        }
        Ok(Self(code))
    }
}

impl UserId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserId {
    type Err = BadName;
    fn from_str(typed: &str) -> Result<Self, BadName> {
        let name = typed.trim();
        let length = name.chars().count();
        if length == 0 || length > 64 || name.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(BadName(format!(
                "Имя «{typed}» не годится: от 1 до 64 знаков без пробелов"
            )));
        }
        Ok(Self(name.to_owned()))
    }
}

macro_rules! text_name {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = BadName;
            fn try_from(text: String) -> Result<Self, BadName> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
text_name!(LibraryId);
text_name!(UserId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_code_is_raised_and_bounded() {
        assert_eq!("main".parse::<LibraryId>().unwrap().as_str(), "MAIN");
        assert!("".parse::<LibraryId>().is_err());
        assert!("школа 12".parse::<LibraryId>().is_err());
        assert!("A".repeat(33).parse::<LibraryId>().is_err());
    }

    #[test]
    fn a_user_name_has_no_spaces() {
        assert_eq!(" иванова ".parse::<UserId>().unwrap().as_str(), "иванова");
        assert!("иванова а".parse::<UserId>().is_err());
    }
}
