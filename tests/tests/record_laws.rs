//! Laws of the carriers: any bytes end in pieces, any record comes back from what was written.
//!
//! Records here are made up at random; nothing real is read.

use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::read::{Incoming, Reader};
use catalog::record::write::{convert, epilogue, prologue, write};
use catalog::record::{BiblioRecord, Body, Field, Indicators, Leader, Subfield, Tag};
use proptest::prelude::*;

fn pieces(bytes: &[u8], format: Format) -> Vec<Incoming> {
    let reader = Reader::new(bytes).with_format(format);
    reader.map(Result::unwrap).collect()
}

/// Text every carrier can hold: no controls, no signs that mnemonic text reads as blanks.
fn text() -> impl Strategy<Value = String> {
    let signs = prop::sample::select(
        "аяйёЩЪ«»№—aZ09 .,:<>&\"'$\\{}[]/;й\u{98}\u{9c}"
            .chars()
            .collect::<Vec<_>>(),
    );
    prop::collection::vec(signs, 1..20).prop_map(String::from_iter)
}

fn field() -> impl Strategy<Value = Field> {
    let tag = prop::sample::select(vec![
        "001", "005", "100", "200", "210", "461", "606", "801", "99A",
    ]);
    let sign = || prop::sample::select(vec![' ', '0', '1', '2']);
    let code = prop::sample::select(vec!['a', 'b', 'z', '0', '3', '9']);
    let subfield = (code, text()).prop_map(|(code, value)| Subfield::new(code, value));
    let content = prop::collection::vec(subfield, 1..6);
    (tag, sign(), sign(), content).prop_map(|(tag, first, second, content)| {
        let tag: Tag = tag.parse().unwrap();
        match tag.is_control() {
            true => Field::control(tag, content[0].value.trim()),
            false => Field::data(tag, Indicators(first, second), content),
        }
    })
}

/// A link of the kind RUSMARC knows: `$1` and whole fields in it.
fn link() -> impl Strategy<Value = Field> {
    prop::collection::vec(field(), 1..4).prop_map(|inner| {
        let body = Body::Linked(Indicators(' ', '0'), inner);
        Field {
            tag: "463".parse().unwrap(),
            body,
        }
    })
}

fn record() -> impl Strategy<Value = BiblioRecord> {
    (
        prop::collection::vec(field(), 0..10),
        prop::option::of(link()),
    )
        .prop_map(|(fields, link)| {
            let mut record = BiblioRecord::new(Leader::NEW_BOOK);
            let title = vec![Subfield::new('a', "Заглавие")];
            let tag = "200".parse().unwrap();
            record.fields = fields;
            record
                .fields
                .push(Field::data(tag, Indicators('1', ' '), title));
            record.fields.extend(link);
            record
        })
}

/// The lengths of a leader are computed by the writer of ISO 2709.
fn without_lengths(mut record: BiblioRecord) -> BiblioRecord {
    for position in (0..5).chain(12..17) {
        record.leader = record.leader.with(position, '0');
    }
    record
}

proptest! {
    #[test]
    fn any_bytes_end_in_pieces_that_are_the_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for format in Format::ALL {
            let mut last = 0;
            for incoming in pieces(&bytes, format) {
                let begin = usize::try_from(incoming.offset).unwrap();
                prop_assert!(begin >= last);
                last = begin + incoming.source.len();
                prop_assert_eq!(&bytes[begin..last], &incoming.source[..]);
                prop_assert!(incoming.record.is_some() || !incoming.findings.is_empty());
            }
        }
    }

    #[test]
    fn bytes_that_look_like_records_never_panic(
        record in record(),
        harm in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        for format in Format::ALL {
            let Ok(sound) = write(&record, format, Charset::Utf8) else { continue };
            let mut bytes = [sound.clone(), sound].concat();
            for (place, byte) in &harm {
                let at = place.index(bytes.len());
                bytes[at] = *byte;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            for incoming in pieces(&bytes, format) {
                for to in Format::ALL {
                    let _ = convert(&incoming, to, Charset::Windows1251);
                }
            }
        }
    }

    #[test]
    fn a_record_comes_back_from_every_carrier(record in record()) {
        for format in [Format::Iso2709, Format::MarcXml, Format::MarcJson, Format::Mrk] {
            let mut file = prologue(format).as_bytes().to_vec();
            file.extend(write(&record, format, Charset::Utf8).unwrap());
            file.extend(epilogue(format).bytes());
            let back = pieces(&file, format);
            prop_assert_eq!(back.len(), 1);
            let read = back[0].record.clone().unwrap();
            prop_assert_eq!(without_lengths(read), without_lengths(record.clone()), "{}", format);
        }
    }

    #[test]
    fn a_record_damaged_in_its_lengths_keeps_its_fields(record in record(), digits in "[0-9]{5}") {
        let mut bytes = write(&record, Format::Iso2709, Charset::Utf8).unwrap();
        bytes[..5].copy_from_slice(digits.as_bytes());
        bytes[12..17].copy_from_slice(b"00000");
        let back = pieces(&bytes, Format::Iso2709);
        prop_assert_eq!(back.len(), 1);
        prop_assert_eq!(&back[0].record.as_ref().unwrap().fields, &record.fields);
    }
}
