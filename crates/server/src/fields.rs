//! A record field by field, as a cataloguer reads it.

use catalog::record::{BiblioRecord, Body, Field, Indicators};

use crate::view::opac::MarcLine;

/// The leader and every field in order; embedded fields are indented by `$1`.
pub(crate) fn lines(record: &BiblioRecord) -> Vec<MarcLine> {
    let leader = MarcLine {
        number: "LDR".to_owned(),
        indicators: String::new(),
        subfields: vec![(String::new(), record.leader.to_string())],
    };
    let fields = record.fields.iter().map(line);
    std::iter::once(leader).chain(fields).collect()
}

fn line(field: &Field) -> MarcLine {
    let (indicators, subfields) = match &field.body {
        Body::Control(data) => (String::new(), vec![(String::new(), data.clone())]),
        Body::Data(indicators, subfields) => {
            let subfields = subfields
                .iter()
                .map(|s| (s.code.to_string(), shown(&s.value)));
            (marks(*indicators), subfields.collect())
        }
        Body::Linked(indicators, fields) => (
            marks(*indicators),
            fields.iter().flat_map(embedded).collect(),
        ),
    };
    MarcLine {
        number: field.tag.to_string(),
        indicators,
        subfields,
    }
}

fn embedded(field: &Field) -> Vec<(String, String)> {
    let inner = line(field);
    let head = format!("{}{}", inner.number, inner.indicators);
    let mut out = vec![("1".to_owned(), head)];
    out.extend(inner.subfields);
    out
}

fn marks(Indicators(first, second): Indicators) -> String {
    let shown = |c: char| if c == ' ' { '#' } else { c };
    format!("{}{}", shown(first), shown(second))
}

/// Non-sorting marks are control characters; a person sees angle brackets.
fn shown(value: &str) -> String {
    value.replace('\u{98}', "‹").replace('\u{9c}', "›")
}
