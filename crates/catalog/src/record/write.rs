//! Запись наружу: one writer over every carrier.
//!
//! A record is written whole or refused; a carrier that would lose something of it says so.

use super::charset::{self, Charset};
use super::detect::Format;
use super::read::Incoming;
use super::{BiblioRecord, Body, iso2709};
use crate::rule::{Finding, Rule};

/// What opens a file of this format, before the first record.
#[must_use]
pub const fn prologue(format: Format) -> &'static str {
    match format {
        Format::MarcXml => {
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<collection xmlns=\"http://www.loc.gov/MARC21/slim\">\n"
        }
        Format::Iso2709 | Format::MarcJson | Format::Irbis | Format::Mrk => "",
    }
}

/// What closes a file of this format, after the last record.
#[must_use]
pub const fn epilogue(format: Format) -> &'static str {
    match format {
        Format::MarcXml => "</collection>\n",
        Format::Iso2709 | Format::MarcJson | Format::Irbis | Format::Mrk => "",
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
        Format::MarcXml | Format::MarcJson | Format::Irbis | Format::Mrk => Err(Finding::new(
            Rule::CharacterMissing,
            "",
            format!("Формат {format} не пишется: выберите iso2709"),
        )),
    }
}

/// What was read, in another container or character set.
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
    let same = incoming.format == format && incoming.charset == charset;
    if same && !incoming.was_mended() {
        return Ok(incoming.source.clone());
    }
    if incoming.charset == charset {
        return write(record, format, charset);
    }
    let mut declared = record.clone();
    if incoming.dialect.embeds() {
        declare(&mut declared, charset);
    }
    write(&declared, format, charset)
}

/// Puts the code of the character set into 100 $a/26–29, when the record has a declaration there.
pub fn declare(record: &mut BiblioRecord, charset: Charset) {
    let Some(code) = charset.declaration() else {
        return;
    };
    if charset::declared(record).is_none() {
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
