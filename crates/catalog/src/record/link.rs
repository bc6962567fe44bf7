//! Поля связи 4XX: whichever technique they came in, seen as whole embedded fields.
//!
//! Only reads; the record keeps the technique it came with.

use std::borrow::Cow;

use super::{BiblioRecord, Body, Field, Indicators, Subfield, Tag, embed};

/// Standard subfields technique: code, embedded tag, embedded code.
const STANDARD: &[(char, &str, char)] = &[
    ('t', "200", 'a'),
    ('o', "200", 'e'),
    ('f', "200", 'f'),
    ('g', "200", 'g'),
    ('h', "200", 'h'),
    ('i', "200", 'i'),
    ('l', "200", 'd'),
    ('v', "200", 'v'),
    ('e', "205", 'a'),
    ('c', "210", 'a'),
    ('n', "210", 'c'),
    ('d', "210", 'd'),
    ('p', "215", 'a'),
    ('s', "225", 'a'),
    ('u', "856", 'u'),
    ('x', "011", 'a'),
    ('y', "010", 'a'),
    ('m', "013", 'a'),
];

/// The fields embedded in a link; a link made of standard subfields is read as if it embedded them.
#[must_use]
pub fn embedded(field: &Field) -> Cow<'_, [Field]> {
    match &field.body {
        Body::Linked(_, fields) => Cow::Borrowed(fields),
        Body::Data(_, subfields) if field.tag.is_link() => {
            let mut fields = embed::leniently(subfields);
            let unread = fields.is_empty();
            let before = subfields.iter().take_while(|s| unread || s.code != '1');
            fields.extend(from_standard(before));
            Cow::Owned(fields)
        }
        Body::Control(_) | Body::Data(..) => Cow::Borrowed(&[]),
    }
}

/// What the first link with this tag points to, by its embedded fields; empty without one.
#[must_use]
pub fn target<'r>(record: &'r BiblioRecord, tag: &str) -> Cow<'r, [Field]> {
    record
        .field(tag)
        .map_or(Cow::Borrowed(&[][..]), |field| embedded(field))
}

/// The first field with this tag among some fields.
#[must_use]
pub fn find<'f>(fields: &'f [Field], tag: &str) -> Option<&'f Field> {
    fields.iter().find(|field| field.tag.as_str() == tag)
}

/// The first value of a subfield among some fields.
#[must_use]
pub fn first<'f>(fields: &'f [Field], tag: &str, code: char) -> Option<&'f str> {
    fields
        .iter()
        .filter(|field| field.tag.as_str() == tag)
        .find_map(|field| field.first(code))
}

/// The subfields of a link in the standard technique that name no part of an embedded field.
pub(crate) fn unread(field: &Field) -> Vec<Subfield> {
    let flat = field.subfields();
    if !field.tag.is_link() || flat.first().is_none_or(|s| s.code == '1') {
        return Vec::new();
    }
    let known = |code| matches!(code, '0' | '1' | 'a') || STANDARD.iter().any(|row| row.0 == code);
    let before = flat.iter().take_while(|s| s.code != '1');
    before.filter(|s| !known(s.code)).cloned().collect()
}

fn from_standard<'f>(subfields: impl Iterator<Item = &'f Subfield>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for subfield in subfields {
        if subfield.code == '0' {
            if let Ok(tag) = "001".parse::<Tag>() {
                fields.push(Field::control(tag, subfield.value.clone()));
            }
            continue;
        }
        let (tag, code) = match STANDARD.iter().find(|row| row.0 == subfield.code) {
            Some(&(_, tag, code)) => (tag, code),
            None if subfield.code == 'a' => (author_tag(&subfield.value), 'a'),
            None => continue,
        };
        put(
            &mut fields,
            tag,
            Subfield::new(code, subfield.value.clone()),
        );
    }
    fields
}

/// A name with a comma is a person's.
fn author_tag(name: &str) -> &'static str {
    if name.contains(',') { "700" } else { "710" }
}

/// Adds a subfield to the field with this tag, made when absent.
fn put(fields: &mut Vec<Field>, tag: &str, subfield: Subfield) {
    let Ok(tag) = tag.parse::<Tag>() else { return };
    let standing = fields.iter_mut().find(|field| field.tag == tag);
    match standing.map(|field| &mut field.body) {
        Some(Body::Data(_, subfields)) => subfields.push(subfield),
        Some(Body::Control(_) | Body::Linked(..)) => {}
        None => fields.push(Field::data(tag, Indicators(' ', ' '), vec![subfield])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_of_standard_subfields_reads_as_embedded_fields() {
        let field = Field::data(
            "461".parse().unwrap(),
            Indicators(' ', '0'),
            vec![
                Subfield::new('0', "17"),
                Subfield::new('t', "Собрание сочинений"),
                Subfield::new('v', "Т. 6"),
                Subfield::new('a', "Фолкнер, У."),
            ],
        );
        let inside = embedded(&field);
        assert_eq!(inside[0].body, Body::Control("17".into()));
        assert_eq!(first(&inside, "200", 'a'), Some("Собрание сочинений"));
        assert_eq!(first(&inside, "200", 'v'), Some("Т. 6"));
        assert_eq!(first(&inside, "700", 'a'), Some("Фолкнер, У."));
    }
}
