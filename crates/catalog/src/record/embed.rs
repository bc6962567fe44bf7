//! Встроенные поля: 4XX by the `$1` technique, flat sequence ⇄ tree.
//!
//! The tree is taken only when it gives the same flat sequence back; what embedded tags mean is the
//! dictionary's business.

use super::{BiblioRecord, Body, Field, Indicators, Subfield, Tag};

/// Turns every flat 4XX with `$1` into embedded fields where that loses nothing.
///
/// Returns the positions of 4XX fields whose `$1` could not be read and stayed flat.
pub(crate) fn link(record: &mut BiblioRecord) -> Vec<usize> {
    let mut left_flat = Vec::new();
    for (position, field) in record.fields.iter_mut().enumerate() {
        if !field.tag.may_embed() || field.first('1').is_none() {
            continue;
        }
        let Body::Data(indicators, subfields) = &field.body else {
            continue;
        };
        match tree(subfields) {
            Some(embedded) if flat(&embedded) == *subfields => {
                field.body = Body::Linked(*indicators, embedded);
            }
            _ => left_flat.push(position),
        }
    }
    left_flat
}

/// The embedded fields of a flat sequence; `None` when something stands outside a `$1`.
fn tree(subfields: &[Subfield]) -> Option<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    for subfield in subfields {
        if subfield.code == '1' {
            fields.push(opening(&subfield.value)?);
            continue;
        }
        match &mut fields.last_mut()?.body {
            Body::Data(_, inner) => inner.push(subfield.clone()),
            Body::Control(_) | Body::Linked(..) => return None,
        }
    }
    Some(fields)
}

/// The embedded field that a `$1` value opens: `2001#`, `001RU\NLR\1`.
fn opening(value: &str) -> Option<Field> {
    let tag: Tag = value.get(..3)?.parse().ok()?;
    let rest = &value[3..];
    if tag.is_control() {
        return Some(Field::control(tag, rest));
    }
    let mut signs = rest.chars();
    let (first, second) = (signs.next()?, signs.next()?);
    signs
        .next()
        .is_none()
        .then(|| Field::data(tag, Indicators(first, second), Vec::new()))
}

/// The embedded fields of a sequence that is not written by the rules, as far as they can be told.
///
/// Indicators may be absent, or a whole field may stand in one text (`2001 $aЗаглавие`). What precedes
/// the first `$1` belongs to no field and is left out.
pub(crate) fn leniently(subfields: &[Subfield]) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for subfield in subfields {
        if subfield.code == '1' {
            fields.extend(loose_opening(&subfield.value));
            continue;
        }
        if let Some(Body::Data(_, inner)) = fields.last_mut().map(|field| &mut field.body) {
            inner.push(subfield.clone());
        }
    }
    fields
}

fn loose_opening(value: &str) -> Option<Field> {
    let value = value.trim_start();
    let tag: Tag = value.get(..3)?.parse().ok()?;
    let rest = &value[3..];
    if tag.is_control() {
        return Some(Field::control(tag, rest.trim_start()));
    }
    let mut parts = rest.split('$');
    let head = parts.next().unwrap_or_default();
    let blank = |c: char| if matches!(c, '#' | '_') { ' ' } else { c };
    let mut marks = head.chars().map(blank);
    let indicators = Indicators(marks.next().unwrap_or(' '), marks.next().unwrap_or(' '));
    let inner = parts.filter_map(|part| {
        let code = part.chars().next()?;
        Some(Subfield::new(code, part[code.len_utf8()..].trim_end()))
    });
    Some(Field::data(tag, indicators, inner.collect()))
}

/// The flat sequence of embedded fields, as ISO 2709 and the other carriers hold it.
#[must_use]
pub fn flat(embedded: &[Field]) -> Vec<Subfield> {
    let mut subfields = Vec::new();
    for field in embedded {
        match &field.body {
            Body::Control(data) => {
                subfields.push(Subfield::new('1', format!("{}{data}", field.tag)));
            }
            Body::Data(Indicators(first, second), inner) => {
                subfields.push(Subfield::new('1', format!("{}{first}{second}", field.tag)));
                subfields.extend(inner.iter().cloned());
            }
            Body::Linked(Indicators(first, second), inner) => {
                subfields.push(Subfield::new('1', format!("{}{first}{second}", field.tag)));
                subfields.extend(flat(inner));
            }
        }
    }
    subfields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Leader;

    fn linked(pairs: &[(char, &str)]) -> (Body, usize) {
        let subfields = pairs.iter().map(|(c, v)| Subfield::new(*c, *v)).collect();
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        let tag = "461".parse().unwrap();
        record
            .fields
            .push(Field::data(tag, Indicators(' ', '0'), subfields));
        let flat = link(&mut record).len();
        (record.fields.remove(0).body, flat)
    }

    #[test]
    fn embedded_fields_become_a_tree_and_come_back() {
        let pairs = [
            ('1', "001RU\\1"),
            ('1', "2001 "),
            ('a', "Собрание"),
            ('v', "Т. 6"),
        ];
        let (Body::Linked(_, fields), 0) = linked(&pairs) else {
            panic!("not linked")
        };
        assert_eq!(fields[0], Field::control("001".parse().unwrap(), "RU\\1"));
        assert_eq!(fields[1].first('v'), Some("Т. 6"));
        let back: Vec<_> = flat(&fields)
            .into_iter()
            .map(|s| (s.code, s.value))
            .collect();
        assert_eq!(back, pairs.map(|(c, v)| (c, v.to_owned())));
    }

    #[test]
    fn what_the_tree_cannot_give_back_stays_flat() {
        for pairs in [
            vec![('1', "2001"), ('a', "one indicator")],
            vec![('t', "standard"), ('1', "2001 ")],
            vec![('1', "001X"), ('a', "after a control field")],
            vec![('1', "2001 $aall in one")],
            vec![('1', "")],
        ] {
            let (body, left) = linked(&pairs);
            assert!(matches!(body, Body::Data(..)), "{pairs:?}");
            assert_eq!(left, 1);
        }
    }

    #[test]
    fn badly_written_fields_are_told_as_far_as_they_can_be() {
        let told = |pairs: &[(char, &str)]| {
            let flat: Vec<_> = pairs.iter().map(|(c, v)| Subfield::new(*c, *v)).collect();
            let fields = leniently(&flat);
            fields
                .iter()
                .map(|f| (f.tag.to_string(), f.first('a').map(str::to_owned)))
                .collect::<Vec<_>>()
        };
        let journal = ("200".to_owned(), Some("Журнал".to_owned()));
        assert_eq!(
            told(&[('1', "2001"), ('a', "Журнал")]),
            std::slice::from_ref(&journal)
        );
        assert_eq!(
            told(&[('1', "200"), ('a', "Журнал")]),
            std::slice::from_ref(&journal)
        );
        assert_eq!(
            told(&[('1', "2001 $aЖурнал$v1")]),
            std::slice::from_ref(&journal)
        );
        assert_eq!(told(&[('1', "0017"), ('1', "2001#$aЖурнал")])[1], journal);
    }

    #[test]
    fn the_standard_technique_stays_data_without_complaint() {
        let (body, left) = linked(&[('t', "Собрание"), ('v', "6")]);
        assert!(matches!(body, Body::Data(..)));
        assert_eq!(left, 0);
    }
}
