//! MARC-in-JSON: one object a record, one record a line, or an array of them.
//!
//! Embedded fields are written as objects under `"1"`, and accepted as plain strings too. Text before
//! the first subfield has the empty key. JSON is always UTF-8.

mod fields;

use std::io;

use serde_json::{Map, Value};

use super::charset::{self, Prior};
use super::json::{Json, find};
use super::marcxml::{leader, note_fields};
use super::read::{Frame, MAX_FRAME, Parsed, Source};
use super::{BiblioRecord, Body, Field, Leader, Subfield};
use crate::rule::{Finding, Rule};

/// The next object; brackets, commas and blanks between objects are stepped over.
pub(crate) fn next<R: io::Read>(source: &mut Source<R>) -> io::Result<Option<Frame>> {
    loop {
        source.ensure(3)?;
        // A brace that closes nothing here closes the wrapping of the list.
        let between = |b: &&u8| b.is_ascii_whitespace() || b"[],}\0\x1A\x1E".contains(b);
        source.ensure(64)?;
        let window = source.window();
        let skipped = match window.starts_with(b"\xEF\xBB\xBF") {
            true => 3,
            false => window.iter().take_while(between).count(),
        };
        let skipped = match skipped {
            0 => wrapping(window).unwrap_or(0),
            some => some,
        };
        if skipped == 0 {
            break;
        }
        source.skip(skipped);
    }
    if source.window().is_empty() {
        return Ok(None);
    }
    let length = object_end(source)?;
    Ok(Some(source.take(length, Vec::new())))
}

/// How long the opening of a wrapped list is: `{"records": [`, `{"collection": {"record": [`.
fn wrapping(window: &[u8]) -> Option<usize> {
    let key = window
        .strip_prefix(b"{")?
        .trim_ascii_start()
        .strip_prefix(b"\"")?;
    let names: [&[u8]; 6] = [
        b"records",
        b"record",
        b"collection",
        b"items",
        b"data",
        b"docs",
    ];
    let name = names.iter().find(|name| {
        key.strip_prefix(**name)
            .is_some_and(|rest| rest.starts_with(b"\""))
    })?;
    let value = key[name.len() + 1..]
        .trim_ascii_start()
        .strip_prefix(b":")?;
    let value = value.trim_ascii_start();
    matches!(value.first(), Some(b'[' | b'{')).then(|| window.len() - value.len())
}

/// Past the object that begins here; where none ends, past all that was searched for its end.
fn object_end<R: io::Read>(source: &mut Source<R>) -> io::Result<usize> {
    let (mut depth, mut in_string, mut escaped, mut at) = (0_usize, false, false, 0);
    loop {
        if at >= source.window().len() && at < MAX_FRAME {
            source.ensure(at + 1)?;
        }
        if at >= source.window().len().min(MAX_FRAME) {
            return Ok(at);
        }
        let byte = source.window()[at];
        if byte == b'\n' {
            source.ensure(at + 64)?;
            if depth == 0 || begins_record(&source.window()[at + 1..]) {
                return Ok(at + 1);
            }
        }
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Ok(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// Whether a record begins on this line, whatever was left open before it.
fn begins_record(line: &[u8]) -> bool {
    let Some(inner) = line.trim_ascii_start().strip_prefix(b"{") else {
        return false;
    };
    let key = inner.trim_ascii_start();
    key.starts_with(b"\"leader\"") || key.starts_with(b"\"fields\"")
}

/// Reads one object.
pub(crate) fn parse(bytes: &[u8], prior: Option<Prior>) -> Parsed {
    let unreadable =
        |detail: String| Parsed::unreadable(vec![Finding::new(Rule::RecordStructure, "", detail)]);
    let charset = charset::choose(bytes, prior, None);
    let decoded = charset.decode(bytes);
    let object = match serde_json::from_str::<Json>(&decoded.text) {
        Ok(Json::Object(object)) => object,
        Ok(_) => return unreadable("Это не объект JSON с полями leader и fields".into()),
        Err(error) => return unreadable(format!("JSON не читается: {error}")),
    };
    let mut findings = Vec::new();
    if decoded.lost > 0 {
        let detail = format!("{} знаков не читаются в кодировке {charset}", decoded.lost);
        findings.push(Finding::new(Rule::RecordText, "", detail));
    }
    let leader = match find(&object, "leader").and_then(Json::text) {
        Some(text) => leader(text, &mut findings),
        None => {
            let detail = "Маркера нет: принят пустой";
            findings.push(Finding::new(Rule::RecordStructure, "LDR", detail));
            Leader::BLANK
        }
    };
    let mut record = BiblioRecord::new(leader);
    let Some(read) = fields::of_record(&object, &mut findings) else {
        return unreadable("В объекте JSON нет списка fields".into());
    };
    record.fields = read;
    if record.fields.is_empty() && !findings.is_empty() {
        return unreadable("Поля записаны не по MARC-in-JSON: ни одно не прочтено".into());
    }
    note_fields(&record, &mut findings);
    Parsed::read(record, charset, findings)
}

/// One line.
pub(crate) fn write(record: &BiblioRecord) -> String {
    let fields: Vec<Value> = record.fields.iter().map(object).collect();
    let mut whole = Map::new();
    whole.insert("leader".into(), record.leader.as_str().into());
    whole.insert("fields".into(), fields.into());
    format!("{}\n", Value::Object(whole))
}

fn object(field: &Field) -> Value {
    let (indicators, subfields): (_, Vec<Value>) = match &field.body {
        Body::Control(data) => return single(field.tag.as_str(), data.as_str().into()),
        Body::Data(indicators, subfields) => {
            let pair = |s: &Subfield| {
                let code = match s.code {
                    Subfield::LEAD => String::new(),
                    code => code.to_string(),
                };
                single(&code, s.value.as_str().into())
            };
            (indicators, subfields.iter().map(pair).collect())
        }
        Body::Linked(indicators, embedded) => {
            let link = |inner: &Field| single("1", object(inner));
            (indicators, embedded.iter().map(link).collect())
        }
    };
    let mut content = Map::new();
    content.insert("ind1".into(), indicators.0.to_string().into());
    content.insert("ind2".into(), indicators.1.to_string().into());
    content.insert("subfields".into(), subfields.into());
    single(field.tag.as_str(), content.into())
}

fn single(key: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value)]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Indicators;
    use crate::record::charset::Charset;

    fn pieces(text: &str) -> Vec<String> {
        let mut source = Source::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(frame) = next(&mut source).unwrap() {
            all.push(String::from_utf8(frame.bytes).unwrap());
        }
        all
    }

    const ONE: &str = r#"{"leader":"00000nam0 2200000   450 ","fields":[{"001":"}\"{"}]}"#;

    #[test]
    fn objects_are_found_in_lines_and_in_arrays() {
        assert_eq!(pieces(&format!("{ONE}\n{ONE}\n")), [ONE, ONE]);
        assert_eq!(pieces(&format!("[\n {ONE},\n {ONE}\n]")), [ONE, ONE]);
    }

    #[test]
    fn a_torn_line_does_not_take_the_next_with_it() {
        let torn = &ONE[..50];
        let found = pieces(&format!("{torn}\n{ONE}\nrubbish\n{ONE}\n{torn}"));
        assert_eq!(found[1], ONE);
        assert_eq!(found[3], ONE);
        assert_eq!(found.len(), 5);
        assert_eq!(parse(found[0].as_bytes(), None).record, None);
    }

    #[test]
    fn a_list_wrapped_in_an_object_is_unwrapped() {
        for text in [
            format!("{{\"records\":[{ONE},{ONE}]}}"),
            format!("{{ \"collection\" : {{\"record\": [{ONE},\n{ONE}]}} }}"),
        ] {
            assert_eq!(pieces(&text), [ONE, ONE], "{text}");
        }
    }

    #[test]
    fn a_key_written_twice_is_two_subfields_and_two_fields() {
        let text = r#"{"leader":"00000nam0 2200000   450 ","fields":[{"001":"1","200":{"ind1":"1","ind2":" ",
            "subfields":[{"a":"x","a":"y"}]},"200":{"ind1":"1","ind2":" ","subfields":[]}}]}"#;
        let record = parse(text.as_bytes(), None).record.unwrap();
        assert_eq!(record.fields.len(), 3);
        assert_eq!(record.fields[1].all('a').collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn json_of_another_character_set_is_read_by_its_bytes() {
        let text = r#"{"leader":"00000nam0 2200000   450 ","fields":[{"001":"Тропа к роднику и другие повести"}]}"#;
        let bytes = Charset::Windows1251.encode(text).unwrap();
        let parsed = parse(&bytes, None);
        assert_eq!(parsed.charset, Charset::Windows1251);
        let record = parsed.record.unwrap();
        assert_eq!(
            record.control("001"),
            Some("Тропа к роднику и другие повести")
        );
    }

    #[test]
    fn what_never_closes_is_given_up_in_bounded_pieces() {
        let found = pieces(&"{\n".repeat(MAX_FRAME));
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|piece| piece.len() <= MAX_FRAME));
    }

    #[test]
    fn links_are_read_as_objects_and_as_strings() {
        let objects = r#"{"leader":"00000nam0 2200000   450 ","fields":[{"461":{"ind1":" ","ind2":"0",
            "subfields":[{"1":{"001":"RU1"}},{"1":{"200":{"ind1":"1","ind2":" ","subfields":[{"a":"T"}]}}}]}}]}"#;
        let strings = r#"{"leader":"00000nam0 2200000   450 ","fields":[{"461":{"ind1":" ","ind2":"0",
            "subfields":[{"1":"001RU1"},{"1":"2001 "},{"a":"T"}]}}]}"#;
        let [first, second] = [objects, strings].map(|t| parse(t.as_bytes(), None).record.unwrap());
        assert_eq!(first, second);
        assert_eq!(first.first("461", 'a'), Some("T"));
    }

    #[test]
    fn a_record_comes_back_from_its_line() {
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        record
            .fields
            .push(Field::control("001".parse().unwrap(), "\"\\\n\u{1b}"));
        let subfields = vec![Subfield::new(Subfield::LEAD, "x"), Subfield::new('a', "Ж")];
        let indicators = Indicators('1', ' ');
        record
            .fields
            .push(Field::data("200".parse().unwrap(), indicators, subfields));
        let line = write(&record);
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(parse(line.as_bytes(), None).record, Some(record));
    }

    #[test]
    fn what_is_no_record_is_unreadable() {
        for text in [
            "{}",
            "7",
            "{\"fields\":7}",
            "{\"leader\":\"\\ud800\"}",
            "{\"fields\":[[1]]}",
        ] {
            assert_eq!(parse(text.as_bytes(), None).record, None, "{text}");
        }
    }
}
