//! Запись наружу: one writer over every carrier.
//!
//! A record is written whole or refused; a carrier that would lose something of it says so.

use super::charset::{self, Charset};
use super::detect::Format;
use super::read::{Incoming, Reader};
use super::{BiblioRecord, Body, Field, embed, irbis, iso2709, marcjson, marcxml, mnemonic};
use crate::rule::{Finding, Rule};

/// What opens a file of this format, before the first record.
#[must_use]
pub const fn prologue(format: Format) -> &'static str {
    around(format).0
}

/// What closes a file of this format, after the last record.
#[must_use]
pub const fn epilogue(format: Format) -> &'static str {
    around(format).1
}

const fn around(format: Format) -> (&'static str, &'static str) {
    match format {
        Format::MarcXml => (
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<collection xmlns=\"http://www.loc.gov/MARC21/slim\">\n",
            "</collection>\n",
        ),
        Format::Iso2709
        | Format::MarcJson
        | Format::Irbis
        | Format::Mrk
        | Format::Csv
        | Format::Xlsx => ("", ""),
    }
}

/// One record in this format and character set, with the line break the format wants after it.
///
/// The record is written as it stands: 100 $a/26–29 is not touched, see [`declare`].
///
/// # Errors
/// The finding that says why this form of output is refused: too long for ISO 2709, a character the
/// set lacks, something the carrier cannot hold.
pub fn write(record: &BiblioRecord, format: Format, charset: Charset) -> Result<Vec<u8>, Finding> {
    match format {
        Format::Iso2709 => iso2709::write::write(record, charset),
        Format::MarcXml => Ok(marcxml::write::write(record).into_bytes()),
        Format::MarcJson => Ok(marcjson::write(record).into_bytes()),
        Format::Irbis => irbis::write(record, charset),
        Format::Mrk => mnemonic::write(record, charset),
        Format::Csv | Format::Xlsx => {
            let detail = "Записи в таблицу не выгружаются: выгрузите их в ISO 2709 или JSON";
            Err(Finding::new(Rule::CarrierDiffers, "", detail))
        }
    }
}

/// What was read, in another container or character set; XML and JSON are UTF-8 whatever is asked.
///
/// Its source bytes are given back when neither changes and the envelope was sound; else it is
/// written anew, and 100 $a/26–29 follows a change of character set.
///
/// # Errors
/// As [`write()`]; also when nothing could be read from the piece.
pub fn convert(incoming: &Incoming, format: Format, charset: Charset) -> Result<Vec<u8>, Finding> {
    let Some(record) = &incoming.record else {
        let detail = "Запись не прочитана: её байты отложены в карантин";
        return Err(Finding::new(Rule::RecordStructure, "", detail));
    };
    let charset = match format {
        Format::MarcXml | Format::MarcJson => Charset::Utf8,
        Format::Iso2709 | Format::Irbis | Format::Mrk | Format::Csv | Format::Xlsx => charset,
    };
    let same = incoming.format == format && incoming.charset == charset && !format.is_table();
    if same && !incoming.was_mended() && stands_alone(&incoming.source, format) {
        return Ok(with_break(&incoming.source, format));
    }
    if incoming.charset == charset || !incoming.dialect.embeds() {
        return write(record, format, charset);
    }
    let mut declared = record.clone();
    declare(&mut declared, charset);
    write(&declared, format, charset)
}

/// A record of the catalogue on its way out, in UTF-8: its own source bytes while they still say the
/// same, are sound and are of this container and set; else written anew with a true declaration.
///
/// `source` is what its last version from outside came as, when nobody has edited it since.
///
/// # Errors
/// As [`write()`].
pub fn outward(
    record: &BiblioRecord,
    source: Option<&Carried>,
    format: Format,
) -> Result<Vec<u8>, Finding> {
    if let Some(source) = source {
        let reader = Reader::new(source.bytes.as_slice()).with_format(source.format);
        let read = reader.with_charset(source.charset).next();
        if let Some(Ok(incoming)) = read
            && source.charset == Charset::Utf8
            && incoming.dialect.embeds()
            && incoming.record.as_ref() == Some(record)
        {
            return convert(&incoming, format, Charset::Utf8);
        }
    }
    let mut declared = record.clone();
    declare(&mut declared, Charset::Utf8);
    write(&declared, format, Charset::Utf8)
}

/// What a stored record came as.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Exactly the bytes of its piece.
    pub bytes: Vec<u8>,
    /// The container.
    pub format: Format,
    /// The character set it was read in.
    pub charset: Charset,
}

/// What comes back otherwise than it was, when these bytes are read again: one finding a field.
///
/// ISO 2709 and JSON hold everything of a record; the leader's computed positions are no difference.
#[must_use]
pub fn differences(
    record: &BiblioRecord,
    bytes: &[u8],
    format: Format,
    charset: Charset,
) -> Vec<Finding> {
    match format {
        Format::Iso2709 | Format::MarcJson => return Vec::new(),
        Format::MarcXml | Format::Irbis | Format::Mrk | Format::Csv | Format::Xlsx => {}
    }
    let mut reader = Reader::new(bytes).with_format(format).with_charset(charset);
    let Some(Ok(Incoming {
        record: Some(back), ..
    })) = reader.next()
    else {
        let detail = format!(
            "В формате {format} эта запись обратно не читается: выгрузите её в ISO 2709 или JSON"
        );
        return vec![Finding::new(Rule::CarrierDiffers, "", detail)];
    };
    let mut findings = Vec::new();
    let mut differs = |place: &str| {
        let detail = format!(
            "Формат {format} передаёт это не так, как записано: точная копия – в ISO 2709 или JSON"
        );
        findings.push(Finding::new(Rule::CarrierDiffers, place, detail));
    };
    if back.leader != record.leader {
        differs("LDR");
    }
    let longest = record.fields.len().max(back.fields.len());
    for at in 0..longest {
        let (was, is) = (record.fields.get(at), back.fields.get(at));
        if was.map(flat) != is.map(flat) {
            differs(was.or(is).map_or("", |field| field.tag.as_str()));
        }
    }
    findings
}

/// A field with its links laid out flat: how they are held in memory is no part of its content.
fn flat(field: &Field) -> Field {
    match &field.body {
        Body::Linked(indicators, embedded) => {
            Field::data(field.tag, *indicators, embed::flat(embedded))
        }
        Body::Control(_) | Body::Data(..) => field.clone(),
    }
}

/// Whether a piece means the same outside its file: an XML prefix is bound by the element around it,
/// a line of JSON by its line break.
fn stands_alone(source: &[u8], format: Format) -> bool {
    match format {
        Format::MarcXml => marcxml::alone::stands_alone(source),
        // One record a line: an object spread over lines would tear the file.
        Format::MarcJson => !source.trim_ascii().contains(&b'\n'),
        Format::Iso2709 | Format::Irbis | Format::Mrk | Format::Csv | Format::Xlsx => true,
    }
}

/// The piece with the line break or separator its format wants before the next one.
fn with_break(source: &[u8], format: Format) -> Vec<u8> {
    let mut bytes = source.to_vec();
    let wanted: &[u8] = match format {
        Format::Iso2709 | Format::Csv | Format::Xlsx => b"",
        Format::MarcXml | Format::MarcJson => b"\n",
        Format::Irbis if source.trim_ascii_end().ends_with(b"***") => b"\n",
        Format::Irbis => b"\n*****\n",
        Format::Mrk => b"\n\n",
    };
    if !wanted.is_empty() && !bytes.ends_with(wanted) {
        bytes.truncate(bytes.trim_ascii_end().len());
        bytes.extend_from_slice(wanted);
    }
    bytes
}

/// Puts the code of the character set into 100 $a/26–29, when the record has a declaration there.
pub fn declare(record: &mut BiblioRecord, charset: Charset) {
    let Some(code) = charset.declaration() else {
        return;
    };
    // What says the same already stays as it was typed; codes of sets we do not read count too.
    let stands = charset::declared(record).map(Charset::declaration) == Some(Some(code));
    let coded = record.first("100", 'a').and_then(|data| data.get(26..28));
    if stands || !coded.is_some_and(|set| set.bytes().all(|b| b.is_ascii_digit())) {
        return;
    }
    let hundred = record.fields.iter_mut().find(|f| f.tag.as_str() == "100");
    let Some(Body::Data(_, subfields)) = hundred.map(|field| &mut field.body) else {
        return;
    };
    let Some(coded) = subfields.iter_mut().find(|s| s.code == 'a') else {
        return;
    };
    let before: String = coded.value.chars().take(26).collect();
    let after: String = coded.value.chars().skip(30).collect();
    coded.value = format!("{before}{code}{after}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::iso2709::tests::{BOOK, frame};
    use crate::record::read::Reader;

    fn read(bytes: &[u8]) -> Incoming {
        Reader::new(bytes).next().unwrap().unwrap()
    }

    fn declared_book(code: &str) -> Vec<u8> {
        let coded = format!("  \u{1f}a20200101d2020    m  y0rusy{code}    ca");
        let title = "1 \u{1f}aТропа к роднику".as_bytes();
        frame(&[BOOK[0], ("100", coded.as_bytes()), ("200", title)])
    }

    #[test]
    fn an_untouched_record_gives_its_source_back() {
        let bytes = declared_book("0189");
        let incoming = read(&bytes);
        assert_eq!(incoming.charset, Charset::Utf8);
        assert!(
            incoming
                .findings
                .iter()
                .any(|f| f.rule == Rule::CharsetMismatch)
        );
        let back = convert(&incoming, Format::Iso2709, Charset::Utf8);
        assert_eq!(back.unwrap(), bytes);
    }

    #[test]
    fn a_mended_record_is_written_anew() {
        let mut bytes = declared_book("50  ");
        let sound = bytes.clone();
        bytes[..5].copy_from_slice(b"00000");
        let back = convert(&read(&bytes), Format::Iso2709, Charset::Utf8);
        assert_eq!(back.unwrap(), sound);
    }

    #[test]
    fn the_declaration_follows_a_change_of_character_set_only() {
        let incoming = read(&declared_book("50  "));
        let bytes = convert(&incoming, Format::Iso2709, Charset::Windows1251).unwrap();
        let dos = read(&bytes);
        assert_eq!(dos.charset, Charset::Windows1251);
        let record = dos.record.unwrap();
        assert_eq!(&record.first("100", 'a').unwrap()[26..], "0189    ca");
        assert_eq!(record.first("200", 'a'), Some("Тропа к роднику"));
        let xml = convert(&incoming, Format::MarcXml, Charset::Utf8).unwrap();
        assert!(String::from_utf8(xml).unwrap().contains("y0rusy50      ca"));
    }

    #[test]
    fn every_format_reads_back_what_it_writes() {
        let record = read(&declared_book("50  ")).record.unwrap();
        for format in [
            Format::Iso2709,
            Format::MarcXml,
            Format::MarcJson,
            Format::Mrk,
        ] {
            let mut file = prologue(format).as_bytes().to_vec();
            for _ in 0..2 {
                file.extend(write(&record, format, Charset::Utf8).unwrap());
            }
            file.extend(epilogue(format).bytes());
            let back: Vec<Incoming> = Reader::new(&file[..]).map(Result::unwrap).collect();
            assert_eq!(back.len(), 2, "{format}");
            for incoming in back {
                assert_eq!(incoming.format, format);
                assert_eq!(incoming.findings, [], "{format}");
                let mut back = incoming.record.unwrap();
                if format == Format::Iso2709 {
                    back.leader = record.leader;
                }
                assert_eq!(back, record, "{format}");
            }
        }
    }

    #[test]
    fn what_a_carrier_changes_is_named_field_by_field() {
        let hash: (&str, &[u8]) = ("260", b"##\x1FaX");
        let bell: (&str, &[u8]) = ("300", b"  \x1Fax\x07y");
        let record = read(&frame(&[BOOK[0], ("245", b"10\x1FaT"), hash, bell]));
        let record = record.record.unwrap();
        let places = |format| -> Vec<String> {
            let bytes = write(&record, format, Charset::Utf8).unwrap();
            let found = differences(&record, &bytes, format, Charset::Utf8);
            found.into_iter().map(|f| f.place).collect()
        };
        assert_eq!(places(Format::MarcXml), ["260", "300"]);
        assert_eq!(places(Format::Mrk), Vec::<String>::new());
        assert_eq!(places(Format::MarcJson), Vec::<String>::new());
    }

    #[test]
    fn a_record_goes_out_by_its_own_bytes_only_while_they_are_sound_and_say_the_same() {
        let carried = |bytes: &[u8], format, charset| Carried {
            bytes: bytes.to_vec(),
            format,
            charset,
        };
        let sound = declared_book("50  ");
        let record = read(&sound).record.unwrap();
        let from = carried(&sound, Format::Iso2709, Charset::Utf8);
        let out = |record: &BiblioRecord, from: &Carried, format| {
            outward(record, Some(from), format).unwrap()
        };
        assert_eq!(out(&record, &from, Format::Iso2709), sound);
        // Damaged bytes do not go out damaged.
        let mut damaged = sound.clone();
        damaged[..5].copy_from_slice(b"00001");
        let from = carried(&damaged, Format::Iso2709, Charset::Utf8);
        assert_eq!(out(&record, &from, Format::Iso2709), sound);
        // Bytes that say something else are not the record.
        let mut edited = record.clone();
        edited.fields.pop();
        assert_ne!(out(&edited, &from, Format::Iso2709), sound);
        // A piece of a file of lines gets the end it needs before the next one.
        let line = write(&record, Format::Mrk, Charset::Utf8).unwrap();
        let from = carried(line.trim_ascii_end(), Format::Mrk, Charset::Utf8);
        assert_eq!(out(&record, &from, Format::Mrk), line);
        let pretty = write(&record, Format::MarcJson, Charset::Utf8).unwrap();
        let spread = String::from_utf8(pretty.clone()).unwrap();
        let spread = spread.replacen("{", "{\n", 1);
        let from = carried(spread.as_bytes(), Format::MarcJson, Charset::Utf8);
        assert_eq!(out(&record, &from, Format::MarcJson), pretty);
        // Text of another set is declared as what it has become.
        let dos = declared_book("0189");
        let old = read(&dos).record.unwrap();
        let from = carried(&dos, Format::Iso2709, Charset::Windows1251);
        let back = read(&out(&old, &from, Format::Iso2709)).record.unwrap();
        assert_eq!(back.first("100", 'a').unwrap().get(26..30), Some("50  "));
    }

    #[test]
    fn an_object_spread_over_lines_becomes_one_line() {
        let text = b"{\n \"leader\": \"00000nam0 2200000   450 \",\n \"fields\": []\n}";
        let back = convert(&read(text), Format::MarcJson, Charset::Utf8).unwrap();
        assert_eq!(back.iter().filter(|b| **b == b'\n').count(), 1);
    }

    #[test]
    fn converted_pieces_make_a_file_again() {
        let record = read(&declared_book("50  ")).record.unwrap();
        for format in [Format::MarcXml, Format::MarcJson, Format::Mrk] {
            let one = write(&record, format, Charset::Utf8).unwrap();
            let incoming = read(&one);
            let back = convert(&incoming, format, Charset::Utf8).unwrap();
            assert_eq!(back, one, "{format}");
            let bare = read(one.trim_ascii_end());
            assert_eq!(
                convert(&bare, format, Charset::Utf8).unwrap(),
                one,
                "{format}"
            );
        }
    }
}
