//! Чтение записей: one streaming reader over every carrier, in bounded memory.
//!
//! It yields every piece of the input in order: a record with what was mended in it, or an unreadable
//! piece for quarantine. It never stops at a bad record and never saves anything.

mod source;
mod table;

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::charset::{self, Charset, Prior};
use super::detect::{self, Format};
use super::dialect::Dialect;
use super::tabular::{self, Tabular};
use super::{BiblioRecord, embed, irbis, iso2709, marcjson, marcxml, mnemonic};
use crate::rule::{Finding, Rule};

pub(crate) use source::{Frame, Source};
pub use table::TableRows;

/// The longest piece of input taken for one record, in bytes.
pub(crate) const MAX_FRAME: usize = 1 << 20;

/// The most findings kept for one record.
const MAX_FINDINGS: usize = 200;

/// How much of a file votes for its character set.
const SAMPLE: usize = 256 * 1024;

/// One piece of a file: a record, or bytes that no record could be read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Номер записи в файле, from 1; unreadable pieces are counted too.
    pub number: u64,
    /// Смещение: where the piece begins in the file, in bytes.
    pub offset: u64,
    /// Exactly the bytes of this piece.
    pub source: Vec<u8>,
    /// The record; `None` when it could not be read: put `source` into the quarantine file.
    pub record: Option<BiblioRecord>,
    /// The container.
    pub format: Format,
    /// The character set its text was read in.
    pub charset: Charset,
    /// What its tags mean.
    pub dialect: Dialect,
    /// What was wrong and what was done about it.
    pub findings: Vec<Finding>,
    /// How many more findings there were than are listed, by rule.
    pub unlisted: BTreeMap<Rule, u64>,
    /// What else its rows say, when it comes from a table; then `source` is the header with its rows.
    pub rows: Option<Box<TableRows>>,
}

impl Incoming {
    /// Whether the envelope itself had to be mended, so that its source bytes are not sound.
    #[must_use]
    pub fn was_mended(&self) -> bool {
        let structural = [
            Rule::RecordStructure,
            Rule::RecordDirectory,
            Rule::RecordTerminator,
            Rule::FieldsByOrder,
        ];
        self.findings.iter().any(|f| structural.contains(&f.rule))
    }
}

/// What a carrier made of one frame, before dialect and links are known.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) record: Option<BiblioRecord>,
    pub(crate) charset: Charset,
    pub(crate) findings: Vec<Finding>,
}

impl Parsed {
    pub(crate) fn read(record: BiblioRecord, charset: Charset, findings: Vec<Finding>) -> Self {
        Self {
            record: Some(record),
            charset,
            findings,
        }
    }

    pub(crate) fn unreadable(findings: Vec<Finding>) -> Self {
        Self {
            record: None,
            charset: Charset::Unknown,
            findings,
        }
    }
}

/// Читатель записей: an iterator over the pieces of a file or stream.
///
/// An `Err` is a failure of the stream itself, never of a record; nothing follows it.
#[derive(Debug)]
pub struct Reader<R> {
    source: Source<R>,
    format: Option<Format>,
    charset: Option<Prior>,
    started: bool,
    ended: bool,
    number: u64,
    /// What the file is, when it is none of ours.
    foreign: Option<&'static str>,
    /// The table, when it is one; it is held whole.
    table: Option<Tabular>,
}

impl<R: Read> Reader<R> {
    /// Reads a stream whose container is told by its first bytes.
    pub fn new(stream: R) -> Self {
        Self {
            source: Source::new(stream),
            format: None,
            charset: None,
            started: false,
            ended: false,
            number: 0,
            foreign: None,
            table: None,
        }
    }

    /// The same, with the container named by the caller.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// The same, with the character set named by the caller instead of told by the bytes.
    #[must_use]
    pub fn with_charset(mut self, charset: Charset) -> Self {
        self.charset = Some(Prior::Named(charset));
        self
    }

    /// The container, known after the first piece.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    fn start(&mut self) -> io::Result<Format> {
        if !self.started {
            self.started = true;
            self.source.ensure(SAMPLE)?;
            let sample = self.source.window();
            let sample = &sample[..sample.len().min(SAMPLE)];
            // A container that was named is no table to be guessed: what is written is read back record by record,
            // and looking for a header costs more than all the rest.
            let guess = self.format.is_none() || sample.starts_with(b"PK");
            let table = guess.then(|| tabular::detect(sample)).flatten();
            let book = table == Some(Format::Xlsx);
            self.foreign = detect::foreign(sample).filter(|_| !book);
            if self.format.is_none() {
                let told = table.or_else(|| Format::detect(sample));
                self.format = Some(told.unwrap_or(Format::Iso2709));
            }
            if self.charset.is_none() {
                let voted = charset::survey(sample);
                let told = marcxml::declared_charset(sample);
                let told = told.filter(|_| self.format == Some(Format::MarcXml));
                self.charset = match (told, voted) {
                    // Bytes that are UTF-8 prove it; no other set is proved better than by its name.
                    (Some(told), Some(voted)) if voted != Charset::Utf8 => Some(Prior::Named(told)),
                    (Some(told), None) => Some(Prior::Vote(told)),
                    (_, voted) => voted.map(Prior::Vote),
                };
            }
        }
        let format = self.format.unwrap_or(Format::Iso2709);
        if format.is_table() && self.foreign.is_none() && self.table.is_none() {
            self.hold_table()?;
        }
        Ok(format)
    }

    fn advance(&mut self) -> io::Result<Option<Incoming>> {
        let format = self.start()?;
        if self.table.is_some() {
            return Ok(self.of_table());
        }
        let frame = match self.foreign {
            None => next_frame(format, &mut self.source)?,
            Some(kind) => set_aside(kind, &mut self.source)?,
        };
        let Some(frame) = frame else {
            return Ok(self.nothing(format));
        };
        self.number += 1;
        let mut parsed = match self.foreign {
            None => parse(format, &frame, self.charset),
            Some(_) => Parsed::unreadable(Vec::new()),
        };
        let mut findings = frame.findings;
        findings.append(&mut parsed.findings);
        let mut dialect = Dialect::Rusmarc;
        if let Some(record) = &mut parsed.record {
            dialect = settle(record, format, parsed.charset, &mut findings);
        } else {
            findings.push(Finding::new(
                Rule::RecordStructure,
                "",
                format!(
                    "Прочесть не удалось: {} байт отложены в карантин без изменений",
                    frame.bytes.len()
                ),
            ));
        }
        let mut unlisted = BTreeMap::new();
        shorten(&mut findings, &mut unlisted);
        Ok(Some(Incoming {
            number: self.number,
            offset: frame.offset,
            source: frame.bytes,
            record: parsed.record,
            format,
            charset: parsed.charset,
            dialect,
            findings,
            unlisted,
            rows: None,
        }))
    }
}

impl<R: Read> Reader<R> {
    /// What is said of a file that holds something, but no record at all; a blank one says nothing.
    fn nothing(&mut self, format: Format) -> Option<Incoming> {
        let (source, length) = self.source.frameless()?;
        let blank = |b: &u8| b.is_ascii_whitespace() || b"\0\x1A\xEF\xBB\xBF".contains(b);
        if source.iter().all(blank) {
            return None;
        }
        self.number += 1;
        let kept = match source.len() as u64 == length {
            true => format!("{length} байт отложены"),
            false => format!("первые {} байт из {length} отложены", source.len()),
        };
        let detail = format!(
            "Записей вида {format} здесь нет ни одной: проверьте, тот ли это файл и формат; {kept} в карантин без изменений"
        );
        Some(Incoming {
            number: self.number,
            offset: 0,
            source,
            record: None,
            format,
            charset: Charset::Unknown,
            dialect: Dialect::Rusmarc,
            findings: vec![Finding::new(Rule::RecordStructure, "", detail)],
            unlisted: BTreeMap::new(),
            rows: None,
        })
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = io::Result<Incoming>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.advance().transpose();
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Rubbish can earn a finding a line; past the first ones they say nothing new and are only counted.
fn shorten(findings: &mut Vec<Finding>, unlisted: &mut BTreeMap<Rule, u64>) {
    if findings.len() <= MAX_FINDINGS {
        return;
    }
    let left_out = findings.split_off(MAX_FINDINGS);
    for finding in &left_out {
        *unlisted.entry(finding.rule).or_default() += 1;
    }
    let detail = format!("И ещё замечаний: {}", left_out.len());
    findings.push(Finding::new(Rule::RecordStructure, "", detail));
}

/// The next piece of a file that holds no records of ours.
fn set_aside<R: Read>(kind: &str, source: &mut Source<R>) -> io::Result<Option<Frame>> {
    source.ensure(MAX_FRAME)?;
    let detail = format!("Это не файл записей, а {kind}");
    let finding = Finding::new(Rule::RecordStructure, "", detail);
    let frame = source.take(MAX_FRAME, vec![finding]);
    Ok((!frame.bytes.is_empty()).then_some(frame))
}

fn next_frame<R: Read>(format: Format, source: &mut Source<R>) -> io::Result<Option<Frame>> {
    match format {
        Format::Iso2709 => iso2709::frame::next(source),
        Format::MarcXml => marcxml::frame::next(source),
        Format::MarcJson => marcjson::next(source),
        Format::Irbis => irbis::next(source),
        Format::Mrk => mnemonic::next(source),
        // A table is held whole and has no frames.
        Format::Csv | Format::Xlsx => Ok(None),
    }
}

fn parse(format: Format, frame: &Frame, prior: Option<Prior>) -> Parsed {
    match format {
        Format::Iso2709 => iso2709::parse(&frame.bytes, prior),
        Format::MarcXml => marcxml::parse(&frame.bytes, prior),
        Format::MarcJson => marcjson::parse(&frame.bytes, prior),
        Format::Irbis => irbis::parse(&frame.bytes, prior),
        Format::Mrk => mnemonic::parse(&frame.bytes, prior),
        Format::Csv | Format::Xlsx => Parsed::unreadable(Vec::new()),
    }
}

/// Tells the dialect, links 4XX, and compares the declared character set with the real one.
fn settle(
    record: &mut BiblioRecord,
    format: Format,
    charset: Charset,
    findings: &mut Vec<Finding>,
) -> Dialect {
    if !charset.is_known() {
        findings.push(Finding::new(
            Rule::CharsetUnknown,
            "",
            format!("Кодировка {charset}: прочтены только знаки ASCII, исходные байты сохранены"),
        ));
    }
    let dialect = match format {
        Format::Irbis => Dialect::Irbis,
        Format::Iso2709 | Format::MarcXml | Format::MarcJson | Format::Mrk => Dialect::of(record),
        Format::Csv | Format::Xlsx => Dialect::Rusmarc,
    };
    if !dialect.embeds() {
        return dialect;
    }
    let declared = charset::declared(record);
    if let Some(declared) = declared.filter(|declared| differs(*declared, charset, record)) {
        findings.push(Finding::new(
            Rule::CharsetMismatch,
            "100$a",
            format!("В 100 $a/26–29 объявлена кодировка {declared}, на деле {charset}: прочтено по байтам"),
        ));
    }
    for position in embed::link(record) {
        let tag = record.fields[position].tag;
        let occurrence = record.fields[..=position]
            .iter()
            .filter(|field| field.tag == tag)
            .count();
        findings.push(Finding::new(
            Rule::RecordIndicators,
            format!("{tag}$1[{occurrence}]"),
            "Встроенные поля записаны не по правилам: поле оставлено как есть",
        ));
    }
    dialect
}

/// Plain ASCII agrees with every declaration; KOI8-R and KOI8-U share one code.
fn differs(declared: Charset, charset: Charset, record: &BiblioRecord) -> bool {
    declared.declaration() != charset.declaration() && !is_ascii(record)
}

fn is_ascii(record: &BiblioRecord) -> bool {
    let mut ascii = true;
    record.each_text(&mut |text| ascii &= text.is_ascii());
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::iso2709::tests::{BOOK, frame};
    use crate::record::{Body, Field};

    fn read(bytes: &[u8]) -> Vec<Incoming> {
        Reader::new(bytes).map(Result::unwrap).collect()
    }

    #[test]
    fn a_bad_record_stops_nothing_and_keeps_its_bytes() {
        let good = frame(&BOOK);
        let bad = b"99999 this is no record at all \x1D".to_vec();
        let all = read(&[good.clone(), bad.clone(), good.clone()].concat());
        let numbers: Vec<u64> = all.iter().map(|incoming| incoming.number).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(all[1].source, bad);
        assert_eq!(all[1].record, None);
        assert_eq!(all[1].offset, good.len() as u64);
        assert!(all[1].findings.iter().any(Finding::blocks));
        assert_eq!(all[2].record, all[0].record);
    }

    #[test]
    fn links_are_trees_in_unimarc_and_flat_in_marc21() {
        let link: (&str, &[u8]) = ("461", b" 0\x1F1001RU1\x1F12001 \x1FaSet");
        let rusmarc = read(&frame(&[BOOK[0], BOOK[1], link]));
        assert_eq!(rusmarc[0].dialect, Dialect::Rusmarc);
        let fields = &rusmarc[0].record.as_ref().unwrap().fields;
        assert!(matches!(fields[2].body, Body::Linked(..)));
        let series: (&str, &[u8]) = ("490", b"1 \x1F12001 \x1FaSeries");
        let marc21 = read(&frame(&[("008", b"x"), ("245", b"00\x1FaTitle"), series]));
        assert_eq!(marc21[0].dialect, Dialect::Marc21);
        let fields: &[Field] = &marc21[0].record.as_ref().unwrap().fields;
        assert!(matches!(fields[2].body, Body::Data(..)));
    }

    #[test]
    fn a_named_character_set_overrides_the_bytes() {
        let title = [&b"1 \x1Fa"[..], &[0x8F, 0xE0, 0xA8]].concat();
        let bytes = frame(&[("200", &title)]);
        let mut reader = Reader::new(&bytes[..]).with_charset(Charset::Cp866);
        let incoming = reader.next().unwrap().unwrap();
        assert_eq!(incoming.charset, Charset::Cp866);
        assert_eq!(incoming.record.unwrap().first("200", 'a'), Some("При"));
    }

    #[test]
    fn an_unknown_set_is_read_as_ascii_and_named() {
        let title = b"10\x1FaJo\xE2sef Pe\xE8na";
        let all = read(&frame(&[("008", b"x"), ("245", title)]));
        assert_eq!(all[0].charset, Charset::Marc8);
        let rules: Vec<Rule> = all[0].findings.iter().map(|f| f.rule).collect();
        assert_eq!(rules, [Rule::CharsetUnknown]);
        let title = all[0].record.as_ref().unwrap().first("245", 'a');
        assert_eq!(title, Some("Jo\u{fffd}sef Pe\u{fffd}na"));
    }

    #[test]
    fn findings_of_rubbish_are_counted_not_listed() {
        let text = format!("#200: x\n{}", "#!\n".repeat(5000));
        let all = read(text.as_bytes());
        assert_eq!(all[0].findings.len(), MAX_FINDINGS + 1);
        let listed = MAX_FINDINGS as u64;
        assert!(all[0].unlisted.values().sum::<u64>() + listed >= 5000);
    }

    #[test]
    fn a_file_given_by_mistake_is_called_what_it_is_and_kept_whole() {
        let mut zip = b"PK\x03\x04".to_vec();
        zip.extend(frame(&BOOK));
        for bytes in [zip, b"%PDF-1.4 \x1E\x1D".to_vec(), b"\xFF\xFE#\0".to_vec()] {
            let all = read(&bytes);
            assert_eq!(all.len(), 1);
            assert_eq!(all[0].record, None);
            assert_eq!(all[0].source, bytes);
            assert!(all[0].findings[0].detail.contains("не файл записей"));
        }
    }

    #[test]
    fn a_failing_stream_is_an_error_and_then_nothing() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("disk"))
            }
        }
        let mut reader = Reader::new(Failing);
        assert!(reader.next().unwrap().is_err());
        assert!(reader.next().is_none());
    }
}
