//! Mnemonic text, in its two spellings: MARCMaker (`=245  10$aTitle`) and RUSMARC (`200 1#$aЗаглавие`).
//!
//! The first writes a blank as `\`, the second as `#` or `_`; both end a record with an empty line.
//! MARCMaker's is the one written. Diacritic mnemonics (`{acute}`) are not resolved.

use std::borrow::Cow;
use std::io;

use super::charset::{self, Charset, Prior};
use super::iso2709::write::encoded;
use super::lines::{self, Line};
use super::marcxml::{leader, note_fields, tag};
use super::read::{Frame, Parsed, Source};
use super::{BiblioRecord, Body, Field, Indicators, Leader, Subfield, embed};
use crate::rule::{Finding, Rule};

/// How a literal `$` is spelled, and the other signs that lines could not hold.
const SPELLED: [(&str, &str); 4] = [
    ("{dollar}", "$"),
    ("{bsol}", "\\"),
    ("{lcub}", "{"),
    ("{rcub}", "}"),
];

/// The next record of the stream.
pub(crate) fn next<R: io::Read>(source: &mut Source<R>) -> io::Result<Option<Frame>> {
    lines::next(source, |line| {
        let line = line.trim_ascii_end();
        let stars = line.len() >= 3 && line.iter().all(|b| *b == b'*');
        if line.is_empty() || stars {
            Line::Separator
        } else if is_leader(line) {
            Line::Opening
        } else {
            Line::Inside
        }
    })
}

fn is_leader(line: &[u8]) -> bool {
    [&b"=LDR"[..], b"=000", b"LDR", b"000 ", b"marker:"]
        .iter()
        .any(|opening| line.starts_with(opening))
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
    let mut found = None;
    let mut fields = Vec::new();
    for line in logical_lines(&decoded.text) {
        if is_leader(line.as_bytes()) {
            let text = line.trim_start_matches(['=', 'L', 'D', 'R']);
            let text = text.strip_prefix("000").unwrap_or(text);
            let text = text.strip_prefix("marker:").unwrap_or(text);
            // A leader may begin with blanks of its own.
            let text = match text.strip_prefix("  ") {
                Some(text) if line.starts_with('=') => text,
                Some(_) | None => text.trim_start(),
            };
            found = Some(leader(&text.replace(['\\', '#', '_'], " "), &mut findings));
        } else if let Some(field) = field(&line, &mut findings) {
            fields.push(field);
        } else {
            let shown: String = line.chars().take(40).collect();
            let detail =
                format!("Строка «{shown}» – не поле: пропущена, осталась в исходных байтах");
            findings.push(Finding::new(Rule::RecordStructure, "", detail));
        }
    }
    if found.is_none() && fields.is_empty() {
        return Parsed::unreadable(findings);
    }
    let mut record = BiblioRecord::new(found.unwrap_or_else(|| {
        let detail = "Маркера нет: принят пустой";
        findings.push(Finding::new(Rule::RecordStructure, "LDR", detail));
        Leader::BLANK
    }));
    record.fields = fields;
    note_fields(&record, &mut findings);
    Parsed::read(record, charset, findings)
}

/// Lines with their continuations, which begin with a blank.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = line.trim_end_matches(['\r', '\u{1a}', '\0']);
        let stars = !line.is_empty() && line.bytes().all(|b| b == b'*');
        if line.trim().is_empty() || stars {
            continue;
        }
        match lines.last_mut().filter(|_| line.starts_with([' ', '\t'])) {
            Some(last) => {
                last.push(' ');
                last.push_str(line.trim_start());
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

fn field(line: &str, findings: &mut Vec<Finding>) -> Option<Field> {
    let maker = line.strip_prefix('=');
    let line = maker.unwrap_or(line);
    let written = line.get(..3).filter(|written| {
        let plain = written.bytes().all(|b| b.is_ascii_alphanumeric());
        let digits = written.bytes().filter(u8::is_ascii_digit).count();
        let damaged = written.bytes().all(|b| b.is_ascii_graphic()) && digits > 0;
        match maker {
            Some(_) => plain || damaged,
            None => plain && digits > 0,
        }
    })?;
    let tag = tag(written);
    let rest = &line[3..];
    let rest = match maker {
        Some(_) => rest.strip_prefix("  ").or(rest.strip_prefix(' ')),
        None => rest.strip_prefix(": ").or(rest.strip_prefix(' ')),
    };
    let rest = rest.unwrap_or(&line[3..]);
    let blank = |c: char| match maker {
        Some(_) => c == '\\',
        None => c == '#' || c == '_',
    };
    if tag.is_control() {
        let data = match maker {
            Some(_) => rest.replace('\\', " "),
            None => rest.to_owned(),
        };
        return Some(Field::control(tag, unspelled(&data)));
    }
    let doubled = rest.replace("$$", "{dollar}");
    let mut parts = doubled.split('$');
    let head = parts.next().unwrap_or_default();
    let sign = |c: char| blank(c) || c.is_ascii_digit() || c == ' ' || c == '|';
    if !doubled.contains('$') && !head.chars().take(2).all(sign) {
        return Some(Field::control(tag, unspelled(head)));
    }
    let mut signs = head.chars().map(|c| if blank(c) { ' ' } else { c });
    let indicators = Indicators(signs.next().unwrap_or(' '), signs.next().unwrap_or(' '));
    let lead: String = head.chars().skip(2).collect();
    if head.chars().count() < 2 {
        let detail = format!("На месте двух индикаторов «{head}»: дополнены пробелами");
        findings.push(Finding::new(Rule::RecordIndicators, tag.as_str(), detail));
    }
    let mut subfields = Vec::new();
    if !lead.trim().is_empty() {
        subfields.push(Subfield::new(Subfield::LEAD, unspelled(&lead)));
    }
    for part in parts {
        let mut signs = part.chars();
        let code = signs.next().unwrap_or(Subfield::LEAD);
        let value = match code {
            // Indicators of an embedded field have blanks to be read too.
            '1' => embedded_opening(signs.as_str(), blank),
            _ => unspelled(signs.as_str()),
        };
        subfields.push(Subfield::new(code, value));
    }
    Some(Field::data(tag, indicators, subfields))
}

fn embedded_opening(value: &str, blank: impl Fn(char) -> bool) -> String {
    let plain = value.starts_with("00") || value.chars().count() != 5;
    if plain {
        return unspelled(value);
    }
    let sign = |c| if blank(c) { ' ' } else { c };
    value.chars().map(sign).collect()
}

fn unspelled(text: &str) -> String {
    if !text.contains('{') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match SPELLED.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, sign)) => {
                out.push_str(sign);
                rest = &rest[name.len()..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Lines of a record and an empty line.
///
/// # Errors
/// What this text cannot hold: line breaks, tags of more than three characters, a character the set
/// lacks.
pub(crate) fn write(record: &BiblioRecord, charset: Charset) -> Result<Vec<u8>, Finding> {
    let mut bytes = format!("=LDR  {}\n", record.leader.as_str()).into_bytes();
    for field in &record.fields {
        bytes.extend_from_slice(&encoded(field, &line(field)?, charset)?);
    }
    bytes.push(b'\n');
    Ok(bytes)
}

fn line(field: &Field) -> Result<String, Finding> {
    let refuse = |what: &str| {
        let detail = format!("Текст mrk не вмещает {what}: выгрузите запись в другом формате");
        Finding::new(Rule::CharacterMissing, field.tag.as_str(), detail)
    };
    if field.tag.as_str().len() != 3 {
        return Err(refuse("метку длиннее трёх знаков"));
    }
    let mut line = format!("={}  ", field.tag);
    let (indicators, subfields): (_, Cow<'_, [Subfield]>) = match &field.body {
        Body::Control(data) => {
            let blanks = field.tag.is_control();
            let text = spelled(data);
            line.push_str(&if blanks {
                text.replace(' ', "\\")
            } else {
                text
            });
            line.push('\n');
            return match data.contains(['\n', '\r']) {
                true => Err(refuse("разрыва строки")),
                false => Ok(line),
            };
        }
        Body::Data(indicators, subfields) => (indicators, Cow::Borrowed(subfields)),
        Body::Linked(indicators, embedded) => (indicators, Cow::Owned(embed::flat(embedded))),
    };
    let blank = |c: char| if c == ' ' { '\\' } else { c };
    line.extend([blank(indicators.0), blank(indicators.1)]);
    for (at, subfield) in subfields.iter().enumerate() {
        let lead = subfield.code == Subfield::LEAD;
        if subfield.value.contains(['\n', '\r']) {
            return Err(refuse("разрыва строки"));
        }
        if !(lead && at == 0) {
            line.push('$');
        }
        if !lead {
            line.push(subfield.code);
        }
        line.push_str(&spelled(&subfield.value));
    }
    line.push('\n');
    Ok(line)
}

fn spelled(text: &str) -> String {
    let spell = |c: char| {
        let sign = c.to_string();
        let known = SPELLED.iter().find(|(_, plain)| *plain == sign);
        known.map_or(sign, |(name, _)| (*name).to_owned())
    };
    text.chars().map(spell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed {
        parse(text.as_bytes(), None)
    }

    #[test]
    fn the_spelling_of_marcmaker_is_read() {
        let parsed = read(
            "=LDR  00755cam  22002414a 4500\n=001  fol1\\\n=008  a\\\\b\n=245  1\\$aA {dollar}5 \\ B$cC\n",
        );
        assert_eq!(parsed.findings, []);
        let record = parsed.record.unwrap();
        assert_eq!(record.control("001"), Some("fol1 "));
        assert_eq!(record.control("008"), Some("a  b"));
        assert_eq!(record.first("245", 'a'), Some("A $5 \\ B"));
        assert_eq!(record.fields[2].indicators(), Indicators('1', ' '));
    }

    #[test]
    fn a_damaged_tag_and_a_leader_of_blanks_are_kept() {
        let parsed = read("=LDR        Z   22        4500\n=30-  \\\\$aX\n=0?2  \\\\$aY\n");
        let record = parsed.record.unwrap();
        assert_eq!(record.leader.as_str(), "      Z   22        4500");
        let tags: Vec<_> = record.fields.iter().map(|f| f.tag.as_str()).collect();
        assert_eq!(tags, ["30-", "0?2"]);
    }

    #[test]
    fn the_text_of_rusmarc_is_read() {
        let parsed = read(
            "LDR 00000nam0 2200000   450 \n001 RU\\NLR\\1\n200 1#$aЦена 5 $$\n    и более$eповесть\n\
             461 _0$1001RU\\NLR\\2$12001#$aСобрание\n",
        );
        assert_eq!(parsed.findings, []);
        let record = parsed.record.unwrap();
        assert_eq!(record.control("001"), Some("RU\\NLR\\1"));
        assert_eq!(record.first("200", 'a'), Some("Цена 5 $ и более"));
        let values: Vec<_> = record.field("461").unwrap().all('1').collect();
        assert_eq!(values, ["001RU\\NLR\\2", "2001 "]);
    }

    #[test]
    fn records_end_at_empty_lines_stars_and_leaders() {
        let text = "=LDR  x\n=001  1\n=LDR  x\n=001  2\n\n=001  3\n***\n=001  4\n";
        let mut source = Source::new(text.as_bytes());
        let mut count = 0;
        while let Some(frame) = next(&mut source).unwrap() {
            count += 1;
            let record = parse(&frame.bytes, None).record.unwrap();
            assert_eq!(record.control("001"), Some(count.to_string().as_str()));
        }
        assert_eq!(count, 4);
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        let tag = |tag: &str| tag.parse().unwrap();
        record.fields.push(Field::control(tag("001"), "RU\\1 {$}"));
        let subfields = vec![Subfield::new('a', "5 $ {x} \\"), Subfield::new('b', "")];
        let indicators = Indicators(' ', '1');
        record
            .fields
            .push(Field::data(tag("200"), indicators, subfields));
        let text = write(&record, Charset::Utf8).unwrap();
        assert_eq!(parse(&text, None).record, Some(record.clone()));
        record.fields.push(Field::control(tag("005"), "a\nb"));
        assert!(write(&record, Charset::Utf8).is_err());
    }

    #[test]
    fn lines_that_are_no_fields_are_reported() {
        let parsed = read("=LDR  00755cam  22002414a 4500\n!!\n=001  1\n");
        assert_eq!(parsed.findings.len(), 1);
        assert_eq!(parsed.record.unwrap().fields.len(), 1);
        assert_eq!(read("hello\n").record, None);
    }
}
