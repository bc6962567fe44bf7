//! Вес файла: what the values of a JSON text take in memory, counted before any of them is built.
//!
//! `{"id":1}` is eight bytes in a file and six hundred in memory: a text is bounded by what it grows into.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value by itself, in bytes.
const VALUE: usize = 80;
/// An object without its entries.
const OBJECT: usize = 96;
/// An entry of an object beside its value: its key, its hash, its place in the table.
const ENTRY: usize = 48;
/// Room is taken for so many entries at least.
const ROOM: usize = 4;
/// A text beside its letters.
const TEXT: usize = 16;

/// Whether the values of a text take no more than `most` bytes. What is no JSON is told by whoever reads it next: the
/// values before the slip fit then.
pub(super) fn fits(text: &[u8], most: usize) -> bool {
    let mut left = Some(most);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let weighed = Scale(&mut left).deserialize(&mut reader);
    weighed.is_ok() || left.is_some()
}

/// What is left of the bound; nothing when it was passed.
struct Scale<'a>(&'a mut Option<usize>);

impl Scale<'_> {
    fn take<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        *self.0 = self.0.and_then(|left| left.checked_sub(bytes));
        match self.0 {
            Some(_) => Ok(()),
            None => Err(E::custom("too much")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Scale<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scale<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(mut self) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_bool<E: Error>(mut self, _: bool) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_i64<E: Error>(mut self, _: i64) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_u64<E: Error>(mut self, _: u64) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_f64<E: Error>(mut self, _: f64) -> Result<(), E> {
        self.take(VALUE)
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.take(VALUE + TEXT + text.len())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut values: A) -> Result<(), A::Error> {
        self.take(VALUE)?;
        while values.next_element_seed(Scale(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut entries: A) -> Result<(), A::Error> {
        self.take(VALUE + OBJECT)?;
        let mut met = 0;
        // A key is weighed as the text that it is.
        while entries.next_key_seed(Scale(self.0))?.is_some() {
            self.take(ENTRY)?;
            entries.next_value_seed(Scale(self.0))?;
            met += 1;
        }
        self.take(ROOM.saturating_sub(met) * (VALUE + ENTRY))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_weighed_by_what_it_grows_into() {
        let dense = format!("[{}]", vec![r#"{"id":1}"#; 1000].join(","));
        let sparse = format!("[\"{}\"]", "а".repeat(5000));
        assert!(!fits(dense.as_bytes(), 500_000));
        assert!(fits(dense.as_bytes(), 1_000_000));
        assert!(fits(sparse.as_bytes(), 12_000));
        assert!(!fits(sparse.as_bytes(), 10_000));
    }

    #[test]
    fn what_is_no_json_is_left_to_its_reader_unless_it_was_too_much_before_the_slip() {
        assert!(fits(b"[1, 2, ", 1000));
        assert!(fits(b"\xFF", 1000));
        let begun = "[{},".repeat(50) + "?";
        assert!(fits(begun.as_bytes(), 100_000));
        assert!(!fits(begun.as_bytes(), 1000));
    }
}
