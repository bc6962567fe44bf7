//! `fond bench generate`: a catalogue of any size as a file, record by record, in constant memory.

use std::io::{self, Write};

use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::{BiblioRecord, Field, write};

use super::book::{Books, Copy, data};

/// What is to be made.
pub(super) struct Order {
    pub(super) records: u64,
    pub(super) items: u64,
    pub(super) seed: u64,
    /// IRBIS text, whose copies enter the fund on import; otherwise RUSMARC in ISO 2709.
    pub(super) irbis: bool,
}

/// Writes the catalogue.
pub(super) fn write_all(order: &Order, out: &mut dyn Write) -> io::Result<()> {
    let books = Books::new(order.seed);
    for number in 1..=order.records {
        let before = standing(number - 1, order);
        let copies = books.copies(number, before + 1, standing(number, order) - before);
        let record = books.book(number);
        let bytes = if order.irbis {
            irbis(&record, &copies).into_bytes()
        } else {
            rusmarc(record, &copies)?
        };
        out.write_all(&bytes)?;
    }
    out.flush()
}

/// How many copies the first `records` records have together.
fn standing(records: u64, order: &Order) -> u64 {
    let all = u128::from(records) * u128::from(order.items);
    u64::try_from(all / u128::from(order.records.max(1))).unwrap_or(u64::MAX)
}

fn rusmarc(mut record: BiblioRecord, copies: &[Copy]) -> io::Result<Vec<u8>> {
    for copy in copies {
        let number = copy.number.to_string();
        let parts = [('a', "BENCH"), ('b', copy.place), ('p', &number)];
        record.fields.push(data("899", "  ", &parts));
    }
    write::write(&record, Format::Iso2709, Charset::Utf8)
        .map_err(|finding| io::Error::other(finding.to_string()))
}

/// The same book as IRBIS keeps it: other tags for some fields, no indicators, copies in 910.
fn irbis(record: &BiblioRecord, copies: &[Copy]) -> String {
    let mut text = String::from("#920: PAZK\n");
    for field in &record.fields {
        line(&mut text, field);
    }
    for copy in copies {
        let Copy {
            number,
            place,
            price,
        } = copy;
        text.push_str(&format!(
            "#910: ^A0^B{number}^C20250115^D{place}^E{price}\n"
        ));
    }
    text.push_str("*****\n");
    text
}

fn line(text: &mut String, field: &Field) {
    let tag = match field.tag.as_str() {
        "010" => "10",
        "686" => "621",
        "330" => "331",
        // Fields that IRBIS does not have, or computes.
        "001" => "903",
        "005" | "100" | "105" | "801" => return,
        same => same,
    };
    text.push_str(&format!("#{tag}: "));
    let plain = matches!(tag, "621" | "331" | "675" | "101" | "102");
    for subfield in field.subfields() {
        match subfield.code {
            'a' if plain => text.push_str(&subfield.value),
            _ if plain => {}
            // The given name of IRBIS; its heading needs no other.
            code => text.push_str(&format!("^{}{}", code.to_ascii_uppercase(), subfield.value)),
        }
    }
    if field.subfields().is_empty() {
        text.push_str(field_text(field));
    }
    text.push('\n');
}

fn field_text(field: &Field) -> &str {
    match &field.body {
        catalog::record::Body::Control(text) => text,
        catalog::record::Body::Data(..) | catalog::record::Body::Linked(..) => "",
    }
}

#[cfg(test)]
mod tests {
    use catalog::record::read::Reader;

    use super::*;

    fn made(irbis: bool) -> Vec<catalog::record::read::Incoming> {
        let order = Order {
            records: 50,
            items: 125,
            seed: 3,
            irbis,
        };
        let mut bytes = Vec::new();
        write_all(&order, &mut bytes).unwrap();
        Reader::new(bytes.as_slice()).map(Result::unwrap).collect()
    }

    #[test]
    fn both_files_are_read_back_without_a_complaint() {
        for irbis in [false, true] {
            let read = made(irbis);
            assert_eq!(read.len(), 50);
            for incoming in &read {
                assert_eq!(incoming.findings, [], "record {}", incoming.number);
            }
        }
        let copies = |read: Vec<catalog::record::read::Incoming>, tag: &str| {
            let of = |incoming: &catalog::record::read::Incoming| {
                incoming
                    .record
                    .as_ref()
                    .map_or(0, |record| record.fields(tag).count())
            };
            read.iter().map(of).sum::<usize>()
        };
        assert_eq!(copies(made(false), "899"), 125);
        assert_eq!(copies(made(true), "910"), 125);
    }
}
