//! Графы содержания: sets of content columns and the class marks that fall into them, as data.
//!
//! The longest matching mark wins, so each class mark falls into exactly one column of a set.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Набор граф содержания.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    /// Its code in the policy.
    pub code: String,
    /// Its Russian name.
    pub label: String,
    /// The columns in the order of printing.
    pub columns: Vec<Column>,
}

/// Графа содержания.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its code in exchange files.
    pub code: String,
    /// Its Russian name.
    pub label: String,
    /// Beginnings of class marks; an empty one takes what has no mark.
    pub marks: Vec<String>,
    /// Reader purposes that put a unit here whatever its mark.
    #[serde(default)]
    pub readers: Vec<String>,
}

static PRESETS: LazyLock<Vec<Preset>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../data/fund/presets.json")).unwrap_or_default()
});

/// All sets that ship with the program.
#[must_use]
pub fn presets() -> &'static [Preset] {
    &PRESETS
}

/// The set with this code.
#[must_use]
pub fn preset(code: &str) -> Option<&'static Preset> {
    presets().iter().find(|p| p.code == code)
}

impl Preset {
    /// The column of a unit: by reader purpose, else by the longest beginning of its class mark.
    #[must_use]
    pub fn column(&self, class_mark: &str, reader: Option<&str>) -> Option<&Column> {
        if let Some(reader) = reader
            && let Some(column) = self
                .columns
                .iter()
                .find(|c| c.readers.iter().any(|r| r == reader))
        {
            return Some(column);
        }
        let mark = class_mark.trim();
        self.columns
            .iter()
            .filter_map(|column| {
                let longest = column
                    .marks
                    .iter()
                    .filter(|beginning| mark.starts_with(beginning.as_str()))
                    .map(String::len)
                    .max()?;
                Some((longest, column))
            })
            .max_by_key(|(longest, _)| *longest)
            .map(|(_, column)| column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_two_digit_mark_falls_into_one_column_of_every_preset() {
        assert!(presets().len() >= 4);
        for preset in presets() {
            for mark in (0..100).map(|n| format!("{n:02}")) {
                let longest: Vec<usize> = preset
                    .columns
                    .iter()
                    .filter_map(|c| {
                        c.marks
                            .iter()
                            .filter(|m| mark.starts_with(m.as_str()))
                            .map(String::len)
                            .max()
                    })
                    .collect();
                let top = longest.iter().max().copied().unwrap_or(0);
                let winners = longest.iter().filter(|l| **l == top).count();
                assert_eq!(winners, 1, "{} {mark}", preset.code);
            }
        }
    }

    #[test]
    fn the_school_preset_splits_as_the_order_says() {
        let school = preset("SCHOOL_8").unwrap();
        for (mark, column) in [
            ("84(2=411.2)6-44", "FIC"),
            ("22.1", "NAT"),
            ("74.2", "PED"),
            ("75.5", "ART_SPORT"),
            ("81.2", "SOC"),
            ("92", "UNI"),
            ("", "UNI"),
            ("32.97", "APP"),
        ] {
            assert_eq!(school.column(mark, None).unwrap().code, column, "{mark}");
        }
        let small = school.column("84(2)6", Some("PRESCHOOL_1_2")).unwrap();
        assert_eq!(small.code, "KIDS");
    }
}
