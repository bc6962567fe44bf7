//! One record as a MARCXML element.
//!
//! Embedded fields are written flat, in the form every reader takes. Characters that XML 1.0 forbids
//! are replaced by their visible pictures; the reader has named them in a finding.

use std::fmt::Write;

use crate::record::{BiblioRecord, Body, Indicators, Subfield, embed};

/// The element and a line break.
pub(crate) fn write(record: &BiblioRecord) -> String {
    let mut out = String::from("<record>\n");
    element(
        &mut out,
        "  <leader>",
        record.leader.as_str(),
        "</leader>\n",
    );
    for field in &record.fields {
        let flat;
        let (indicators, subfields): (_, &[Subfield]) = match &field.body {
            Body::Control(data) => {
                let start = format!("  <controlfield tag=\"{}\">", escaped(field.tag.as_str()));
                element(&mut out, &start, data, "</controlfield>\n");
                continue;
            }
            Body::Data(indicators, subfields) => (indicators, subfields),
            Body::Linked(indicators, embedded) => {
                flat = embed::flat(embedded);
                (indicators, &flat)
            }
        };
        let Indicators(first, second) = indicators;
        let [first, second] = [first, second].map(|c| escaped(c.encode_utf8(&mut [0; 4])));
        let tag = escaped(field.tag.as_str());
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "  <datafield tag=\"{tag}\" ind1=\"{first}\" ind2=\"{second}\">"
        );
        for subfield in subfields {
            let code = match subfield.code {
                Subfield::LEAD => String::new(),
                code => escaped(code.encode_utf8(&mut [0; 4])),
            };
            let start = format!("    <subfield code=\"{code}\">");
            element(&mut out, &start, &subfield.value, "</subfield>\n");
        }
        out.push_str("  </datafield>\n");
    }
    out.push_str("</record>\n");
    out
}

fn element(out: &mut String, start: &str, text: &str, end: &str) {
    out.push_str(start);
    out.push_str(&escaped(text));
    out.push_str(end);
}

/// Text for an element or an attribute; line breaks and tabs survive the parser's normalisation.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            '\u{85}' => out.push_str("&#133;"),
            '\u{2028}' => out.push_str("&#8232;"),
            '\0'..='\u{1f}' => {
                out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'))
            }
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::record::{Field, Leader};

    #[test]
    fn a_record_comes_back_from_its_element() {
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        record
            .fields
            .push(Field::control("001".parse().unwrap(), "RU\\1 <&>\"'"));
        let subfields = vec![
            Subfield::new(Subfield::LEAD, "lead"),
            Subfield::new('a', " line\r\nbreak\t\u{98}The \u{9c}"),
            Subfield::new('"', ""),
        ];
        record.fields.push(Field::data(
            "200".parse().unwrap(),
            Indicators('<', ' '),
            subfields,
        ));
        let parsed = parse(write(&record).as_bytes(), None);
        assert_eq!(parsed.record.unwrap(), record);
    }

    #[test]
    fn what_xml_forbids_is_shown_as_a_picture() {
        assert_eq!(escaped("a\u{1b}b\0"), "a\u{241b}b\u{2400}");
    }
}
