//! One field of ISO 2709: indicators and subfields out of bytes, with every oddity named.
//!
//! Nothing is dropped: what is neither indicator nor subfield is kept as leading text.

use std::collections::HashMap;

use super::{RawField, SUBFIELD};
use crate::record::charset::Charset;
use crate::record::{Body, Field, Indicators, Subfield, Tag};
use crate::rule::{Finding, Rule};

/// The fields of a record as text.
pub(crate) fn decode_all(
    raw: &[RawField],
    charset: Charset,
    findings: &mut Vec<Finding>,
) -> Vec<Field> {
    let unmarked = !raw.iter().any(|(_, data)| data.contains(&SUBFIELD));
    let bare = |data: &Vec<u8>| data.first() == Some(&SUBFIELD);
    let bare_count = raw.iter().filter(|(_, data)| bare(data)).count();
    let without_indicators = bare_count > 1 && bare_count * 2 > raw.len();
    if unmarked && raw.iter().any(|(tag, _)| !tag.is_control()) {
        let detail = "В записи нет разделителей подполей: текст полей сохранён как есть";
        findings.push(Finding::new(Rule::RecordIndicators, "", detail));
    } else if without_indicators {
        let detail = "Поля записаны без индикаторов: приняты пробелы";
        findings.push(Finding::new(Rule::RecordIndicators, "", detail));
    }
    let mut seen: HashMap<Tag, usize> = HashMap::new();
    let mut fields = Vec::with_capacity(raw.len());
    for (tag, data) in raw {
        let occurrence = seen.entry(*tag).or_insert(0);
        *occurrence += 1;
        let mut decoder = Decoder {
            charset,
            lost: 0,
            oddity: None,
        };
        let body = match unmarked {
            true => Body::Control(decoder.text(data)),
            false => decoder.body(*tag, data),
        };
        let place = format!("{tag}[{occurrence}]");
        if let Some(oddity) = decoder
            .oddity
            .filter(|_| !(without_indicators && bare(data)))
        {
            findings.push(Finding::new(Rule::RecordIndicators, &place, oddity));
        }
        if decoder.lost > 0 && charset.is_known() {
            let detail = format!(
                "{} знаков не читаются в кодировке {charset}: на их месте «\u{fffd}», исходные байты сохранены",
                decoder.lost
            );
            findings.push(Finding::new(Rule::RecordText, &place, detail));
        }
        let before = findings.len();
        note_content(&body, &place, findings);
        if decoder.lost > 0 {
            let kept = findings.split_off(before);
            findings.extend(kept.into_iter().filter(|f| f.rule != Rule::RecordText));
        }
        fields.push(Field { tag: *tag, body });
    }
    fields
}

struct Decoder {
    charset: Charset,
    lost: usize,
    oddity: Option<String>,
}

impl Decoder {
    fn text(&mut self, bytes: &[u8]) -> String {
        let decoded = self.charset.decode(bytes);
        self.lost += decoded.lost;
        decoded.text
    }

    fn body(&mut self, tag: Tag, data: &[u8]) -> Body {
        let mut parts = data.split(|b| *b == SUBFIELD);
        let head = parts.next().unwrap_or_default();
        let marked = head.len() < data.len();
        if tag.is_control() && !marked {
            return Body::Control(self.text(data));
        }
        let sign = |b: &u8| b.is_ascii_digit() || matches!(b, b' ' | b'|' | b'#');
        let indicated = head.len() >= 2 && head[..2].iter().all(sign);
        if !marked && !indicated {
            self.oddity = Some("Нет ни индикаторов, ни подполей: текст сохранён как есть".into());
            return Body::Control(self.text(data));
        }
        if tag.is_control() {
            self.oddity = Some("У поля 00X не бывает подполей: они сохранены".into());
        }
        let (indicators, lead) = self.head(head);
        let mut subfields = Vec::new();
        if let Some(lead) = lead {
            subfields.push(Subfield::new(Subfield::LEAD, lead));
        }
        for part in parts {
            subfields.push(self.subfield(part));
        }
        Body::Data(indicators, subfields)
    }

    /// Indicators, and the text that stands between them and the first subfield.
    fn head(&mut self, head: &[u8]) -> (Indicators, Option<String>) {
        let text = self.text(head);
        let mut signs = text.chars();
        let first = signs.next().unwrap_or(' ');
        let second = signs.next().unwrap_or(' ');
        let rest = signs.as_str();
        if text.chars().count() != 2 {
            self.oddity.get_or_insert(format!(
                "На месте двух индикаторов «{}»: приняты «{first}{second}»",
                text.chars().take(20).collect::<String>()
            ));
        }
        let lead = (!rest.trim_matches(' ').is_empty()).then(|| rest.to_owned());
        (Indicators(first, second), lead)
    }

    fn subfield(&mut self, part: &[u8]) -> Subfield {
        // The code is taken off before NFC, or a combining mark after it would melt into it.
        match part.split_first() {
            None => Subfield::new(Subfield::LEAD, ""),
            Some((code, value)) if code.is_ascii() => {
                Subfield::new(char::from(*code), self.text(value))
            }
            Some(_) => {
                let text = self.text(part);
                let code = text.chars().next().unwrap_or(Subfield::LEAD);
                Subfield::new(code, &text[code.len_utf8()..])
            }
        }
    }
}

/// Names what is wrong in the text of a field whatever carried it: controls, losses, emptiness.
pub(crate) fn note_content(body: &Body, place: &str, findings: &mut Vec<Finding>) {
    let mut note = |rule, detail: String| findings.push(Finding::new(rule, place, detail));
    let subfields = match body {
        Body::Control(data) => {
            note_text(data, &mut note);
            if data.is_empty() {
                note(Rule::EmptyField, "Поле пусто: удалите его".into());
            }
            return;
        }
        Body::Data(_, subfields) => subfields,
        Body::Linked(_, embedded) => {
            for field in embedded {
                note_content(&field.body, place, findings);
            }
            return;
        }
    };
    if subfields.is_empty() {
        note(Rule::EmptyField, "В поле нет подполей: удалите его".into());
    }
    let odd = |s: &&Subfield| !s.code.is_ascii_alphanumeric() && s.code != Subfield::LEAD;
    for subfield in subfields {
        if odd(&subfield) {
            let code = subfield.code.escape_default();
            note(
                Rule::SubfieldCode,
                format!("Код подполя «{code}» недопустим: сохранён как есть"),
            );
        }
        if subfield.value.is_empty() {
            let code = subfield.code.escape_default();
            note(
                Rule::EmptyField,
                format!("Подполе ${code} пусто: удалите его"),
            );
        }
        note_text(&subfield.value, &mut note);
    }
}

fn note_text(text: &str, note: &mut impl FnMut(Rule, String)) {
    let marks = ['\u{98}', '\u{9c}'];
    if let Some(c) = text.chars().find(|c| c.is_control() && !marks.contains(c)) {
        note(
            Rule::ControlCharacters,
            format!(
                "Управляющий знак U+{:04X} в данных: сохранён, в XML его заменит видимый знак",
                u32::from(c)
            ),
        );
    }
    let lost = text.chars().filter(|c| *c == '\u{fffd}').count();
    if lost > 0 {
        note(
            Rule::RecordText,
            format!("{lost} знаков утрачены до нас («\u{fffd}»): возьмите запись из её источника"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(tag: &str, data: &[u8]) -> (Body, Vec<Rule>) {
        let other = (Tag::from_directory(*b"999"), b"  \x1Fax".to_vec());
        let raw = [(tag.parse().unwrap(), data.to_vec()), other];
        let mut findings = Vec::new();
        let mut fields = decode_all(&raw, Charset::Utf8, &mut findings);
        let rules = findings.iter().map(|f| f.rule).collect();
        (fields.remove(0).body, rules)
    }

    fn data(first: char, second: char, subfields: &[(char, &str)]) -> Body {
        let subfields = subfields.iter().map(|(c, v)| Subfield::new(*c, *v));
        Body::Data(Indicators(first, second), subfields.collect())
    }

    #[test]
    fn missing_and_odd_indicators_are_mended_and_named() {
        let odd = vec![Rule::RecordIndicators];
        let text = [('a', "x")];
        assert_eq!(
            decode("610", b"\x1Fax"),
            (data(' ', ' ', &text), odd.clone())
        );
        assert_eq!(
            decode("610", b"1\x1Fax"),
            (data('1', ' ', &text), odd.clone())
        );
        assert_eq!(
            decode("610", b"   \x1Fax"),
            (data(' ', ' ', &text), odd.clone())
        );
        let lead = [(Subfield::LEAD, "tail"), ('a', "x")];
        assert_eq!(decode("610", b"0 tail\x1Fax"), (data('0', ' ', &lead), odd));
    }

    #[test]
    fn a_bad_subfield_code_is_kept_with_its_text() {
        let (body, rules) = decode("245", "10\u{1f}áActivePerl\u{1f}cX".as_bytes());
        assert_eq!(body, data('1', '0', &[('á', "ActivePerl"), ('c', "X")]));
        assert_eq!(rules, [Rule::SubfieldCode]);
    }

    #[test]
    fn a_combining_mark_does_not_melt_into_the_code() {
        let (body, _) = decode("245", "10\u{1f}a\u{301}x".as_bytes());
        assert_eq!(body, data('1', '0', &[('a', "\u{301}x")]));
    }

    #[test]
    fn losses_controls_and_emptiness_are_named_once_each() {
        assert_eq!(decode("300", b"  \x1Fa\xFF").1, [Rule::RecordText]);
        assert_eq!(
            decode("300", "  \u{1f}a\u{fffd}".as_bytes()).1,
            [Rule::RecordText]
        );
        assert_eq!(decode("300", b"  \x1Fa\x1Bx").1, [Rule::ControlCharacters]);
        assert_eq!(decode("300", b"  \x1Fa").1, [Rule::EmptyField]);
        assert_eq!(decode("300", b"  ").1, [Rule::EmptyField]);
        assert_eq!(decode("001", b"").1, [Rule::EmptyField]);
        assert_eq!(decode("300", "  \u{1f}a\u{98}The \u{9c}x".as_bytes()).1, []);
    }
}
