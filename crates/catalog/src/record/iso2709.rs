//! ISO 2709 (ГОСТ 7.14): the envelope of a record, bytes ⇄ fields.
//!
//! `marc` reads every well-formed frame and builds every written one. It panics on a short leader or
//! a false directory, hence [`check`] before it; what fails the check is mended by `recover`, which
//! works on the terminators and trusts lengths only where the bytes confirm them. What the tags mean
//! is not known here.

pub(crate) mod field;
pub(crate) mod frame;
mod recover;
pub(crate) mod write;

use super::charset::{self, Prior};
use super::read::Parsed;
use super::{BiblioRecord, Leader, Tag};
use crate::rule::{Finding, Rule};

/// Разделитель записи.
pub(crate) const RECORD_END: u8 = 0x1D;
/// Разделитель поля.
pub(crate) const FIELD_END: u8 = 0x1E;
/// Разделитель подполя.
pub(crate) const SUBFIELD: u8 = 0x1F;

/// A field still in bytes: the tag of its directory entry and what stands before its terminator.
pub(crate) type RawField = (Tag, Vec<u8>);

/// Reads one frame; never fails where leader and fields can still be told apart.
pub(crate) fn parse(frame: &[u8], prior: Option<Prior>) -> Parsed {
    let mut findings = Vec::new();
    let Some((leader, raw)) = envelope(frame, &mut findings) else {
        return Parsed::unreadable(findings);
    };
    let hundred = Tag::from_directory(*b"100");
    let declared = raw
        .iter()
        .find(|(tag, _)| *tag == hundred)
        .and_then(|(_, data)| charset::declared_in(data));
    let text: Vec<u8> = raw
        .iter()
        .flat_map(|(_, data)| data.iter().copied().chain([FIELD_END]))
        .collect();
    let charset = charset::choose(&text, prior, declared);
    let mut record = BiblioRecord::new(leader);
    record.fields = field::decode_all(&raw, charset, &mut findings);
    Parsed::read(record, charset, findings)
}

fn envelope(frame: &[u8], findings: &mut Vec<Finding>) -> Option<(Leader, Vec<RawField>)> {
    let leader = frame.first_chunk::<24>()?;
    if let Ok(raw) = well_formed(frame) {
        note_leader(leader, findings);
        return Some((Leader::from_bytes(*leader), raw));
    }
    let relengthed = with_true_length(frame, findings);
    if let Some(raw) = relengthed.and_then(|frame| well_formed(&frame).ok()) {
        note_leader(leader, findings);
        return Some((Leader::from_bytes(*leader), raw));
    }
    let (leader, raw) = recover::fields(frame, findings)?;
    if findings.is_empty() {
        let detail = "Строение записи нарушено: поля прочтены по разделителям, сверьте их";
        findings.push(Finding::new(Rule::RecordStructure, "", detail));
    }
    note_leader(&leader, findings);
    Some((Leader::from_bytes(leader), raw))
}

/// The same frame with its real length in the leader, and a finding when the leader lied.
fn with_true_length(frame: &[u8], findings: &mut Vec<Finding>) -> Option<Vec<u8>> {
    if number(&frame[..5]) == Some(frame.len()) {
        return None;
    }
    findings.push(Finding::new(
        Rule::RecordStructure,
        "",
        format!(
            "В маркере длина «{}», на деле запись занимает {} байт: взята действительная длина",
            String::from_utf8_lossy(&frame[..5]),
            frame.len()
        ),
    ));
    let length = format!("{:05}", frame.len());
    let mut copy = frame.to_vec();
    (length.len() == 5).then(|| {
        copy[..5].copy_from_slice(length.as_bytes());
        copy
    })
}

fn note_leader(leader: &[u8; 24], findings: &mut Vec<Finding>) {
    if leader.iter().any(|b| !(0x20..0x7f).contains(b)) {
        findings.push(Finding::new(
            Rule::RecordStructure,
            "LDR",
            "В маркере знаки, которых там быть не может: заменены пробелами",
        ));
    }
}

fn well_formed(frame: &[u8]) -> Result<Vec<RawField>, ()> {
    check(frame)?;
    let record = marc::Record::parse(frame).map_err(|_| ())?;
    let raw = record.fields().map(|field| {
        let tag = field.get_tag();
        let mut bytes = [b'?'; 3];
        bytes.copy_from_slice(tag.as_ref());
        (
            Tag::from_directory(bytes),
            field.get_data::<[u8]>().to_vec(),
        )
    });
    Ok(raw.collect())
}

/// Everything `marc::Record::parse` takes for granted, and that the entries cover the data exactly.
pub(crate) fn check(frame: &[u8]) -> Result<(), ()> {
    let holds = |condition: bool| if condition { Ok(()) } else { Err(()) };
    holds(frame.len() >= 26)?;
    let length = number(&frame[..5]).ok_or(())?;
    let base = number(&frame[12..17]).ok_or(())?;
    holds(length == frame.len() && frame[length - 1] == RECORD_END)?;
    holds(base >= 25 && base < length)?;
    holds(frame[base - 1] == FIELD_END && (base - 25) % 12 == 0)?;
    let mut spans = Vec::new();
    for entry in frame[24..base - 1].chunks_exact(12) {
        let size = number(&entry[3..7]).ok_or(())?;
        let start = number(&entry[7..12]).ok_or(())?;
        let end = base + start + size;
        holds(entry[..3].iter().all(|b| (0x21..0x7f).contains(b)))?;
        holds(size >= 1 && end < length && frame[end - 1] == FIELD_END)?;
        spans.push((start, start + size));
    }
    spans.sort_unstable();
    let mut covered = 0;
    for (start, end) in spans {
        holds(start == covered)?;
        covered = end;
    }
    holds(base + covered == length - 1)
}

/// A number of ASCII digits only.
pub(crate) fn number(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0_usize, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + usize::from(digit - b'0'))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::record::{Body, Indicators};

    /// A frame of these fields (tag, content) with a true leader and directory.
    pub(crate) fn frame(fields: &[(&str, &[u8])]) -> Vec<u8> {
        let mut directory = Vec::new();
        let mut data = Vec::new();
        for (tag, content) in fields {
            directory.extend(format!("{tag}{:04}{:05}", content.len() + 1, data.len()).bytes());
            data.extend_from_slice(content);
            data.push(FIELD_END);
        }
        let base = 25 + directory.len();
        let length = base + data.len() + 1;
        let mut frame = format!("{length:05}nam0 22{base:05}   450 ").into_bytes();
        frame.extend(directory);
        frame.push(FIELD_END);
        frame.extend(data);
        frame.push(RECORD_END);
        frame
    }

    pub(crate) const BOOK: [(&str, &[u8]); 3] = [
        ("001", b"RU\\TEST\\1"),
        ("200", b"1 \x1FaTitle one\x1Fepart"),
        ("700", b" 1\x1FaSmith\x1FbA."),
    ];

    fn rules(parsed: &Parsed) -> Vec<Rule> {
        parsed.findings.iter().map(|f| f.rule).collect()
    }

    #[test]
    fn a_well_formed_frame_is_read_without_findings() {
        let parsed = parse(&frame(&BOOK), None);
        assert_eq!(parsed.findings, []);
        let record = parsed.record.unwrap();
        assert_eq!(record.control("001"), Some("RU\\TEST\\1"));
        assert_eq!(
            record.field("200").unwrap().indicators(),
            Indicators('1', ' ')
        );
        assert_eq!(record.first("700", 'b'), Some("A."));
    }

    #[test]
    fn a_false_length_is_replaced_by_the_true_one() {
        for length in [b"00000", b"99999", b"0001x", b"     "] {
            let mut bytes = frame(&BOOK);
            bytes[..5].copy_from_slice(length);
            let parsed = parse(&bytes, None);
            assert_eq!(rules(&parsed), [Rule::RecordStructure]);
            assert_eq!(parsed.record.unwrap().fields.len(), 3);
        }
    }

    #[test]
    fn lengths_in_characters_are_recovered_by_order() {
        let title = "1 \u{1f}aТропа к роднику".as_bytes();
        let mut bytes = frame(&[("001", b"1"), ("200", title), ("801", b" 0\x1FaRU")]);
        let in_characters = String::from_utf8(title.to_vec()).unwrap().chars().count() + 1;
        bytes[24 + 12 + 3..24 + 12 + 7].copy_from_slice(format!("{in_characters:04}").as_bytes());
        bytes[24 + 24 + 7..24 + 24 + 12]
            .copy_from_slice(format!("{:05}", in_characters + 2).as_bytes());
        let parsed = parse(&bytes, None);
        assert!(rules(&parsed).contains(&Rule::FieldsByOrder));
        let record = parsed.record.unwrap();
        assert_eq!(record.first("200", 'a'), Some("Тропа к роднику"));
        assert_eq!(record.first("801", 'a'), Some("RU"));
    }

    #[test]
    fn a_directory_in_another_order_than_the_data_is_kept() {
        let mut bytes = frame(&BOOK);
        let first = bytes[24..36].to_vec();
        let second = bytes[36..48].to_vec();
        bytes[24..36].copy_from_slice(&second);
        bytes[36..48].copy_from_slice(&first);
        let parsed = parse(&bytes, None);
        assert_eq!(parsed.findings, []);
        let record = parsed.record.unwrap();
        assert_eq!(record.fields[0].tag.as_str(), "200");
        assert_eq!(record.control("001"), Some("RU\\TEST\\1"));
    }

    #[test]
    fn a_record_may_be_nothing_but_its_leader() {
        let parsed = parse(&frame(&[]), None);
        assert_eq!(parsed.record.unwrap().fields, []);
        assert_eq!(parse(b"00026nam", None).record, None);
    }

    #[test]
    fn plain_text_under_a_data_tag_is_kept_whole() {
        let parsed = parse(&frame(&[("200", b"Title"), ("300", b"1 \x1FaNote")]), None);
        assert_eq!(rules(&parsed), [Rule::RecordIndicators]);
        let record = parsed.record.unwrap();
        assert_eq!(record.fields[0].body, Body::Control("Title".into()));
    }
}
