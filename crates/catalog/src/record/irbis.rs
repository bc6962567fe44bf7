//! Текст обмена ИРБИС: lines `#tag: ^Avalue`, a record ends with `*****`.
//!
//! This is the native format of IRBIS, without leader and indicators; turning it into RUSMARC is the
//! business of the conversion tables.

use std::borrow::Cow;
use std::io;

use super::charset::{self, Charset, Prior};
use super::iso2709::write::encoded;
use super::lines::{self, Line};
use super::marcxml::{note_fields, tag};
use super::read::{Frame, Parsed, Source};
use super::{BiblioRecord, Body, Field, Indicators, Leader, Subfield, embed};
use crate::rule::{Finding, Rule};

/// The next record of the stream.
pub(crate) fn next<R: io::Read>(source: &mut Source<R>) -> io::Result<Option<Frame>> {
    let mut sheet_first = None;
    lines::next(source, |line| {
        let line = line.trim_ascii_end();
        if is_separator(line) {
            return Line::Separator;
        }
        // A record has one worksheet: where it stands first, the next one begins another record.
        let sheet = line.starts_with(b"#920:");
        let first = *sheet_first.get_or_insert(sheet || line.is_empty());
        match sheet && first {
            true => Line::Opening,
            false => Line::Inside,
        }
    })
}

/// A line of asterisks, or of hashes as some programs write it.
fn is_separator(line: &[u8]) -> bool {
    let all = |sign: u8| line.iter().all(|b| *b == sign);
    line.len() >= 3 && (all(b'*') || all(b'#'))
}

/// Reads one record.
pub(crate) fn parse(bytes: &[u8], prior: Option<Prior>) -> Parsed {
    let charset = charset::choose(bytes, prior, None);
    let decoded = charset.decode(bytes);
    let mut findings = Vec::new();
    if decoded.lost > 0 && charset.is_known() {
        let detail = format!("{} знаков не читаются в кодировке {charset}", decoded.lost);
        findings.push(Finding::new(Rule::RecordText, "", detail));
    }
    let mut raw: Vec<(String, String)> = Vec::new();
    for (number, line) in decoded.text.lines().enumerate() {
        let line = line.trim_end_matches(['\r', '\u{1a}', '\0']);
        if line.trim().is_empty() || is_separator(line.trim_end().as_bytes()) {
            continue;
        }
        if let Some((tag, value, sound)) = field_line(line) {
            if !sound {
                findings.push(broken(number, line, "прочтена как поле"));
            }
            raw.push((tag, value.to_owned()));
        } else if let Some((_, value)) = raw.last_mut().filter(|_| !line.starts_with('#')) {
            // A wrapped line: the break stood for a blank, unless a subfield begins here.
            let glue = if line.starts_with('^') { "" } else { " " };
            value.push_str(glue);
            value.push_str(line.trim_start());
        } else {
            findings.push(broken(
                number,
                line,
                "пропущена, осталась в исходных байтах",
            ));
        }
    }
    if raw.is_empty() {
        return Parsed::unreadable(findings);
    }
    let mut record = BiblioRecord::new(Leader::BLANK);
    record.fields = raw.iter().map(|(tag, value)| field(tag, value)).collect();
    note_fields(&record, &mut findings);
    Parsed::read(record, charset, findings)
}

fn broken(number: usize, line: &str, done: &str) -> Finding {
    let shown: String = line.chars().take(40).collect();
    Finding::new(
        Rule::RecordStructure,
        "",
        format!(
            "Строка {} записи «{shown}» не вида «#метка: значение»: {done}",
            number + 1
        ),
    )
}

/// Tag, value, and whether the line had the right shape; `None` when it is no field at all.
fn field_line(line: &str) -> Option<(String, &str, bool)> {
    let marked = line.strip_prefix('#');
    let rest = marked.unwrap_or(line);
    let rest = if marked.is_some() {
        rest.trim_start()
    } else {
        rest
    };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=5).contains(&digits) {
        return None;
    }
    let (tag, after) = rest.split_at(digits);
    if let Some(value) = after.trim_start().strip_prefix(':') {
        let value = value.strip_prefix(' ').unwrap_or(value);
        return Some((tag.to_owned(), value, marked.is_some()));
    }
    let value = marked.and(after.strip_prefix(' '))?;
    Some((tag.to_owned(), value, false))
}

fn field(written: &str, value: &str) -> Field {
    let tag = tag(written);
    let mut parts = value.split('^');
    let lead = parts.next().unwrap_or_default();
    if !value.contains('^') {
        return Field::control(tag, value);
    }
    let mut subfields = Vec::new();
    if !lead.is_empty() {
        subfields.push(Subfield::new(Subfield::LEAD, lead));
    }
    for part in parts {
        let mut signs = part.chars();
        let code = signs.next().unwrap_or(Subfield::LEAD);
        let code = code.to_lowercase().next().unwrap_or(code);
        subfields.push(Subfield::new(code, signs.as_str()));
    }
    Field::data(tag, Indicators(' ', ' '), subfields)
}

/// One record with its line of asterisks.
///
/// # Errors
/// What this text cannot hold: indicators, line breaks, `^` in a value, a character the set lacks.
pub(crate) fn write(record: &BiblioRecord, charset: Charset) -> Result<Vec<u8>, Finding> {
    let mut bytes = Vec::new();
    if record.leader != Leader::BLANK {
        let detail = "Текст ИРБИС не вмещает маркера: выгрузите запись в другом формате";
        return Err(Finding::new(Rule::CharacterMissing, "LDR", detail));
    }
    for field in &record.fields {
        bytes.extend_from_slice(&encoded(field, &line(field)?, charset)?);
    }
    bytes.extend_from_slice(b"*****\n");
    Ok(bytes)
}

fn line(field: &Field) -> Result<String, Finding> {
    let refuse = |what: &str| {
        let detail = format!("Текст ИРБИС не вмещает {what}: выгрузите запись в другом формате");
        Finding::new(Rule::CharacterMissing, field.tag.as_str(), detail)
    };
    let tag = field.tag.as_str();
    if !tag.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refuse("метку с буквами"));
    }
    let mut line = format!("#{}: ", tag.trim_start_matches('0'));
    let subfields: Cow<'_, [Subfield]> = match &field.body {
        Body::Control(data) if data.contains(['^', '\n', '\r']) => {
            return Err(refuse("знаков ^ и разрыва строки в значении"));
        }
        Body::Control(data) => {
            line.push_str(data);
            line.push('\n');
            return Ok(line);
        }
        Body::Data(Indicators(' ', ' '), subfields) => Cow::Borrowed(subfields),
        Body::Linked(Indicators(' ', ' '), embedded) => Cow::Owned(embed::flat(embedded)),
        Body::Data(..) | Body::Linked(..) => return Err(refuse("индикаторов")),
    };
    for (at, subfield) in subfields.iter().enumerate() {
        let lead = subfield.code == Subfield::LEAD;
        if subfield.value.contains(['^', '\n', '\r']) {
            return Err(refuse("знаков ^ и разрыва строки в значении"));
        }
        if !(lead && at == 0) {
            line.push('^');
        }
        if !lead {
            line.extend(subfield.code.to_uppercase());
        }
        line.push_str(&subfield.value);
    }
    line.push('\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed {
        parse(text.as_bytes(), None)
    }

    #[test]
    fn lines_become_fields_in_their_order() {
        let parsed =
            read("#920: PAZK\n# 101: rus\n#200: ^AТропа^EПовесть\n#10: ^D80\n#6629: X\n*****\n");
        assert_eq!(parsed.findings, []);
        let record = parsed.record.unwrap();
        let tags: Vec<_> = record.fields.iter().map(|f| f.tag.as_str()).collect();
        assert_eq!(tags, ["920", "101", "200", "010", "6629"]);
        assert_eq!(record.control("101"), Some("rus"));
        assert_eq!(record.first("200", 'e'), Some("Повесть"));
    }

    #[test]
    fn records_end_at_stars_at_hashes_and_at_the_next_worksheet() {
        let one = "#920: PAZK\n#200: ^AТропа\n";
        for between in ["*****\n", "#####\n", "", "\n"] {
            let text = [one, one].join(between);
            let mut source = Source::new(text.as_bytes());
            let mut count = 0;
            while let Some(frame) = next(&mut source).unwrap() {
                let parsed = parse(&frame.bytes, None);
                assert_eq!(parsed.findings, [], "{between:?}");
                assert_eq!(parsed.record.unwrap().fields.len(), 2, "{between:?}");
                count += 1;
            }
            assert_eq!(count, 2, "{between:?}");
        }
    }

    #[test]
    fn a_wrapped_line_continues_the_field() {
        let record = read("#331: ^AДолгий\nрассказ\n^BX\n").record.unwrap();
        assert_eq!(record.first("331", 'a'), Some("Долгий рассказ"));
        assert_eq!(record.first("331", 'b'), Some("X"));
    }

    #[test]
    fn a_line_without_its_mark_is_read_and_reported() {
        let parsed = read("#101: rus\n919: ^Arus\n#200 ^AЗаглавие\n#?: x\n");
        assert_eq!(parsed.findings.len(), 3);
        let record = parsed.record.unwrap();
        assert_eq!(record.first("919", 'a'), Some("rus"));
        assert_eq!(record.first("200", 'a'), Some("Заглавие"));
        assert_eq!(record.fields.len(), 3);
    }

    #[test]
    fn dos_text_is_read_by_its_bytes() {
        let text = "#200: ^AТропа к роднику^EПовесть о детстве писателя\n#101: rus\n";
        let bytes = Charset::Cp866.encode(text).unwrap();
        let parsed = parse(&bytes, None);
        assert_eq!(parsed.charset, Charset::Cp866);
        assert_eq!(
            parsed.record.unwrap().first("200", 'a'),
            Some("Тропа к роднику")
        );
    }

    #[test]
    fn what_is_written_reads_back_and_what_would_be_lost_is_refused() {
        let text = "#920: PAZK\n#200: lead^AТропа^9\n#10: ^D80\n*****\n";
        let record = read(text).record.unwrap();
        assert_eq!(write(&record, Charset::Utf8).unwrap(), text.as_bytes());
        let mut marc = record.clone();
        let indicators = Indicators('1', ' ');
        let tag = "200".parse().unwrap();
        marc.fields.push(Field::data(tag, indicators, Vec::new()));
        assert!(write(&marc, Charset::Utf8).is_err());
        let mut led = record.clone();
        led.leader = Leader::NEW_BOOK;
        assert!(write(&led, Charset::Utf8).is_err());
        let mut caret = record;
        caret.fields.push(Field::control(tag, "x^y"));
        assert!(write(&caret, Charset::Utf8).is_err());
    }
}
