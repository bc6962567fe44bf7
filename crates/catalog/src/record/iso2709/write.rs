//! One record as ISO 2709, built by `marc`.
//!
//! `marc::RecordBuilder` sorts fields by tag at every insertion, while the order of fields is data;
//! hence it is given ordinal tags, and the true ones are put into the finished directory. It also has
//! no setters for leader 10–11, 22–23, hence the leader comes in as an empty record.

use super::{FIELD_END, RECORD_END, SUBFIELD};
use crate::record::charset::Charset;
use crate::record::embed;
use crate::record::{BiblioRecord, Body, Field, Subfield};
use crate::rule::{Finding, Rule};

/// The bytes of a record.
///
/// # Errors
/// [`Rule::RecordTooLong`] when it does not fit, [`Rule::CharacterMissing`] when the set lacks a
/// character, [`Rule::RecordDirectory`] when a tag does not fit the directory. Nothing is ever cut.
pub(crate) fn write(record: &BiblioRecord, charset: Charset) -> Result<Vec<u8>, Finding> {
    let mut seed = record.leader.as_bytes().to_vec();
    seed[..5].copy_from_slice(b"00026");
    seed[12..17].copy_from_slice(b"00025");
    seed.extend([FIELD_END, RECORD_END]);
    let named = name(record);
    let refuse = |error: marc::Error| too_long(&named, &error.to_string());
    let seed = marc::Record::parse(&seed).map_err(refuse)?;
    let mut builder = marc::RecordBuilder::from_record(&seed);
    let mut tags = Vec::with_capacity(record.fields.len());
    for (ordinal, field) in record.fields.iter().enumerate() {
        let data = content(field, charset)?;
        let tag =
            <[u8; 3]>::try_from(field.tag.as_str().as_bytes()).map_err(|_| long_tag(field))?;
        let Ok(ordinal) = u16::try_from(ordinal) else {
            return Err(too_long(&named, "полей больше 65 535"));
        };
        let [high, low] = ordinal.to_be_bytes();
        if data.len() > 9998 {
            let reason = format!("поле {} занимает {} байт", field.tag, data.len() + 1);
            return Err(too_long(&named, &reason));
        }
        builder
            .add_field((&[0, high, low], data))
            .map_err(|error| too_long(&named, &error.to_string()))?;
        tags.push(tag);
    }
    let size = |field: &marc::FieldRepr| 13 + field.get_data().len();
    let length = 26 + builder.iter_fields().map(size).sum::<usize>();
    if length > 99_999 {
        return Err(too_long(&named, &format!("запись занимает {length} байт")));
    }
    let built = builder
        .get_record()
        .map_err(|error| too_long(&named, &error.to_string()))?;
    let mut bytes = built.as_ref().to_vec();
    for (entry, tag) in bytes[24..].chunks_exact_mut(12).zip(&tags) {
        entry[..3].copy_from_slice(tag);
    }
    Ok(bytes)
}

/// What stands between the directory's start and the terminator of a field.
fn content(field: &Field, charset: Charset) -> Result<Vec<u8>, Finding> {
    let flat;
    let (indicators, subfields): (_, &[Subfield]) = match &field.body {
        Body::Control(text) => return encoded(field, text, charset),
        Body::Data(indicators, subfields) => (indicators, subfields),
        Body::Linked(indicators, embedded) => {
            flat = embed::flat(embedded);
            (indicators, &flat)
        }
    };
    let mut text = String::from_iter([indicators.0, indicators.1]);
    for (at, subfield) in subfields.iter().enumerate() {
        let lead = subfield.code == Subfield::LEAD;
        if !(lead && at == 0) {
            text.push(char::from(SUBFIELD));
        }
        if !lead {
            text.push(subfield.code);
        }
        text.push_str(&subfield.value);
    }
    encoded(field, &text, charset)
}

/// How a record is called in a report: its 001, or its first title.
pub(crate) fn name(record: &BiblioRecord) -> String {
    let title = || record.first("200", 'a').or(record.first("245", 'a'));
    match record.control("001").filter(|id| !id.is_empty()) {
        Some(id) => format!("Запись {id}"),
        None => format!("Запись «{}»", title().unwrap_or("без заглавия")),
    }
}

/// The text of a field in the target set.
///
/// # Errors
/// The first character that the set does not have.
pub(crate) fn encoded(field: &Field, text: &str, charset: Charset) -> Result<Vec<u8>, Finding> {
    match charset.encode(text) {
        Ok(bytes) => Ok(bytes.into_owned()),
        Err(c) => Err(Finding::new(
            Rule::CharacterMissing,
            field.tag.as_str(),
            format!(
                "Знака «{c}» (U+{:04X}) нет в кодировке {charset}: выгрузите запись в UTF-8",
                u32::from(c)
            ),
        )),
    }
}

fn too_long(name: &str, reason: &str) -> Finding {
    Finding::new(
        Rule::RecordTooLong,
        "",
        format!("{name} не помещается в ISO 2709 ({reason}): выгрузите её в MARCXML или JSON"),
    )
}

fn long_tag(field: &Field) -> Finding {
    Finding::new(
        Rule::RecordDirectory,
        field.tag.as_str(),
        format!(
            "Метка {} не помещается в ISO 2709: преобразуйте запись ИРБИС в RUSMARC",
            field.tag
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::super::tests::{BOOK, frame};
    use super::*;
    use crate::record::{Indicators, Leader};

    fn record(fields: &[(&str, &[u8])]) -> BiblioRecord {
        parse(&frame(fields), None).record.unwrap()
    }

    #[test]
    fn a_frame_comes_back_byte_for_byte() {
        let mut odd_order = BOOK.to_vec();
        odd_order.push(("100", b"  \x1Fa1\x1Fa2\x1Fa\x1F"));
        odd_order.push(("001", b""));
        for fields in [&BOOK[..], &odd_order, &[]] {
            let bytes = frame(fields);
            assert_eq!(write(&record(fields), Charset::Utf8).unwrap(), bytes);
        }
    }

    #[test]
    fn the_leader_keeps_what_is_not_computed() {
        let mut record = record(&BOOK);
        record.leader = "99999cas1a22999991i 4500".parse::<Leader>().unwrap();
        let bytes = write(&record, Charset::Utf8).unwrap();
        assert_eq!(&bytes[5..12], b"cas1a22");
        assert_eq!(&bytes[17..24], b"1i 4500");
        assert_eq!(parse(&bytes, None).findings, []);
    }

    #[test]
    fn an_over_long_record_or_field_is_refused_by_name_and_never_cut() {
        let mut long = record(&BOOK);
        let tag = "330".parse().unwrap();
        let note = |length: usize| {
            let text = Subfield::new('a', "x".repeat(length));
            Field::data(tag, Indicators(' ', ' '), vec![text])
        };
        long.fields.push(note(9994));
        assert!(write(&long, Charset::Utf8).is_ok());
        long.fields.push(note(9995));
        let refused = write(&long, Charset::Utf8).unwrap_err();
        assert_eq!(refused.rule, Rule::RecordTooLong);
        assert!(refused.detail.contains("RU\\TEST\\1"), "{refused}");
        long.fields.pop();
        long.fields.extend((0..10).map(|_| note(9000)));
        let refused = write(&long, Charset::Utf8).unwrap_err();
        assert_eq!(refused.rule, Rule::RecordTooLong);
    }

    #[test]
    fn a_character_outside_the_set_refuses_the_record() {
        let mut tatar = record(&BOOK);
        let title = Subfield::new('a', "китап әдәбият");
        let tag = "200".parse().unwrap();
        tatar
            .fields
            .push(Field::data(tag, Indicators('1', ' '), vec![title]));
        let refused = write(&tatar, Charset::Windows1251).unwrap_err();
        assert_eq!(refused.rule, Rule::CharacterMissing);
        assert!(write(&tatar, Charset::Utf8).is_ok());
    }
}
