//! The way from a path of the field table to the values of a record.

use std::slice;

use catalog::record::{BiblioRecord, Field};

/// Fits every tag.
const ANY: &str = "...";

/// The values a path of the field table leads to.
pub(super) fn values<'a>(
    record: &'a BiblioRecord,
    path: &'static str,
) -> impl Iterator<Item = &'a str> {
    path.split(',').flat_map(move |step| {
        let (place, code) = step.split_once('$').unwrap_or((step, "*"));
        let (outer, inner) = match place.split_once('>') {
            Some((outer, inner)) => (outer, Some(inner)),
            None => (place, None),
        };
        tagged(record, outer)
            .flat_map(move |field| inside(field, inner))
            .flat_map(|field| field.subfields())
            .filter(move |subfield| {
                (code == "*" && subfield.code.is_ascii_lowercase())
                    || code.starts_with(subfield.code)
            })
            .map(|subfield| subfield.value.as_str())
    })
}

/// The field itself, or those embedded in it that have the tag.
fn inside<'a>(field: &'a Field, tag: Option<&'static str>) -> impl Iterator<Item = &'a Field> {
    let (fields, tag) = match tag {
        None => (slice::from_ref(field), ANY),
        Some(tag) => (field.embedded(), tag),
    };
    fields.iter().filter(move |inner| fits(inner, tag))
}

/// Fields whose tag fits: `60.` is any of 600–609.
pub(super) fn tagged<'a>(
    record: &'a BiblioRecord,
    tag: &'static str,
) -> impl Iterator<Item = &'a Field> {
    record.fields.iter().filter(move |field| fits(field, tag))
}

fn fits(field: &Field, tag: &str) -> bool {
    let mut pairs = tag.bytes().zip(field.tag.as_str().bytes());
    pairs.all(|(wanted, there)| wanted == b'.' || wanted == there)
}
