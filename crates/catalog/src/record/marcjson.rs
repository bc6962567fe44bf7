//! MARC-in-JSON: one object a record, one record a line, or an array of them.
//!
//! Embedded fields are written as objects under `"1"`, and accepted as plain strings too. Text before
//! the first subfield has the empty key. JSON is always UTF-8.

use std::io;

use serde_json::{Map, Value};

use super::charset::Charset;
use super::marcxml::{leader, note_fields, tag};
use super::read::{Frame, MAX_FRAME, Parsed, Source};
use super::{BiblioRecord, Body, Field, Indicators, Leader, Subfield, embed};
use crate::rule::{Finding, Rule};

/// The next object; brackets, commas and blanks between objects are stepped over.
pub(crate) fn next<R: io::Read>(source: &mut Source<R>) -> io::Result<Option<Frame>> {
    loop {
        source.ensure(3)?;
        let between = |b: &&u8| b.is_ascii_whitespace() || b"[],\0\x1A\x1E".contains(b);
        let window = source.window();
        let skipped = match window.starts_with(b"\xEF\xBB\xBF") {
            true => 3,
            false => window.iter().take_while(between).count(),
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
pub(crate) fn parse(bytes: &[u8]) -> Parsed {
    let unreadable =
        |detail: String| Parsed::unreadable(vec![Finding::new(Rule::RecordStructure, "", detail)]);
    let decoded = Charset::Utf8.decode(bytes);
    let object = match serde_json::from_str::<Value>(&decoded.text) {
        Ok(Value::Object(object)) => object,
        Ok(_) => return unreadable("Это не объект JSON с полями leader и fields".into()),
        Err(error) => return unreadable(format!("JSON не читается: {error}")),
    };
    let mut findings = Vec::new();
    if decoded.lost > 0 {
        let detail = format!("{} знаков не читаются в UTF-8", decoded.lost);
        findings.push(Finding::new(Rule::RecordText, "", detail));
    }
    let Some(Value::Array(listed)) = object.get("fields") else {
        return unreadable("В объекте JSON нет списка fields".into());
    };
    let leader = match object.get("leader").and_then(Value::as_str) {
        Some(text) => leader(text, &mut findings),
        None => {
            let detail = "Маркера нет: принят пустой";
            findings.push(Finding::new(Rule::RecordStructure, "LDR", detail));
            Leader::BLANK
        }
    };
    let mut record = BiblioRecord::new(leader);
    for entry in listed {
        match entry.as_object() {
            Some(entry) => record.fields.extend(fields(entry, &mut findings)),
            None => {
                let detail = "В списке fields стоит не объект: пропущено";
                findings.push(Finding::new(Rule::RecordStructure, "", detail));
            }
        }
    }
    if record.fields.is_empty() && !listed.is_empty() {
        return unreadable("Поля записаны не по MARC-in-JSON: ни одно не прочтено".into());
    }
    note_fields(&record, &mut findings);
    Parsed::read(record, Charset::Utf8, findings)
}

/// The fields of one object, `{"200": …}`; usually one.
fn fields(entry: &Map<String, Value>, findings: &mut Vec<Finding>) -> Vec<Field> {
    let field = |(written, value): (&String, &Value)| {
        let tag = tag(written);
        if tag.as_str() != written {
            let detail = format!("Метка поля «{written}» неверна: принята «{tag}»");
            findings.push(Finding::new(Rule::RecordDirectory, tag.as_str(), detail));
        }
        let Some(object) = value.as_object() else {
            return Field::control(tag, text(value));
        };
        let indicator = |name| {
            let written = object.get(name).and_then(Value::as_str);
            written.and_then(|text| text.chars().next()).unwrap_or(' ')
        };
        let listed = object.get("subfields").and_then(Value::as_array);
        let subfields = listed
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .flatten()
            .flat_map(|(code, value)| subfields(code, value, findings))
            .collect();
        let indicators = Indicators(indicator("ind1"), indicator("ind2"));
        Field::data(tag, indicators, subfields)
    };
    entry.iter().map(field).collect()
}

/// One subfield, or the flat sequence of the fields embedded in it.
fn subfields(code: &str, value: &Value, findings: &mut Vec<Finding>) -> Vec<Subfield> {
    match value {
        Value::Object(embedded) if code == "1" => embed::flat(&fields(embedded, findings)),
        Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_) => {
            let code = code.chars().next().unwrap_or(Subfield::LEAD);
            vec![Subfield::new(code, text(value))]
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        // The value was cleaned with the whole text; escapes may have brought in more.
        Value::String(text) => Charset::Utf8.decode(text.as_bytes()).text,
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
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
        assert_eq!(parse(found[0].as_bytes()).record, None);
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
        let [first, second] = [objects, strings].map(|t| parse(t.as_bytes()).record.unwrap());
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
        assert_eq!(parse(line.as_bytes()).record, Some(record));
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
            assert_eq!(parse(text.as_bytes()).record, None, "{text}");
        }
    }
}
