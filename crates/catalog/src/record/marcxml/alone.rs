//! Whether one `record` element may stand in a file that is not its own.
//!
//! An element taken out of its file loses the prefixes and entities that the file declared, and what a
//! forgiving reader let pass would spoil the file it is put into. Nothing is mended here.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// Whether the bytes are one well-formed element that needs nothing declared outside it.
pub(crate) fn stands_alone(source: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(source) else {
        return false;
    };
    if !text.starts_with("<record") || !text.chars().all(is_allowed) {
        return false;
    }
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = true;
    config.check_comments = true;
    config.allow_dangling_amp = false;
    let mut scopes: Vec<Vec<String>> = Vec::new();
    let mut closed = false;
    loop {
        let Ok(event) = reader.read_event() else {
            return false;
        };
        let fits = match &event {
            Event::Start(element) | Event::Empty(element) => {
                let declared = declared(element);
                let Some(declared) = declared.filter(|_| !closed) else {
                    return false;
                };
                scopes.push(declared);
                let fits = is_bound(element, &scopes);
                if matches!(event, Event::Empty(_)) {
                    scopes.pop();
                    closed = scopes.is_empty();
                }
                fits
            }
            Event::End(_) => {
                let inside = scopes.pop().is_some();
                closed = scopes.is_empty();
                inside
            }
            Event::Text(text) => {
                let plain = !text.contains("]]>");
                plain && (!scopes.is_empty() || text.trim().is_empty())
            }
            Event::CData(_) => !scopes.is_empty(),
            Event::GeneralRef(reference) => {
                let name: &str = reference;
                let known = ["amp", "lt", "gt", "quot", "apos"].contains(&name);
                known || matches!(reference.resolve_char_ref(), Ok(Some(c)) if is_allowed(c))
            }
            Event::Comment(_) => true,
            Event::PI(_) => !scopes.is_empty(),
            Event::Decl(_) | Event::DocType(_) => false,
            Event::Eof => return closed,
        };
        if !fits {
            return false;
        }
    }
}

/// The prefixes an element declares; `None` when its attributes are not well-formed.
fn declared(element: &BytesStart<'_>) -> Option<Vec<String>> {
    let mut prefixes = Vec::new();
    for attribute in element.attributes().with_checks(true) {
        let attribute = attribute.ok()?;
        let value: &str = &attribute.value;
        if value.contains('<') || !references_are_known(value) {
            return None;
        }
        if let Some(prefix) = attribute.key.0.strip_prefix("xmlns:") {
            prefixes.push(prefix.to_owned());
        }
    }
    Some(prefixes)
}

/// Whether every prefix of an element and of its attributes is declared inside.
fn is_bound(element: &BytesStart<'_>, scopes: &[Vec<String>]) -> bool {
    let bound = |name: &str| match name.split_once(':') {
        None | Some(("xml" | "xmlns", _)) => true,
        Some((prefix, _)) => scopes.iter().flatten().any(|known| known == prefix),
    };
    let mut attributes = element.attributes().flatten();
    bound(element.name().0) && attributes.all(|attribute| bound(attribute.key.0))
}

/// Whether an attribute refers only to characters and to the five entities of XML itself.
fn references_are_known(value: &str) -> bool {
    value.split('&').skip(1).all(|rest| {
        let Some((name, _)) = rest.split_once(';') else {
            return false;
        };
        let number = name.strip_prefix('#').and_then(|digits| {
            let code = match digits.strip_prefix('x') {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => digits.parse(),
            };
            char::from_u32(code.ok()?)
        });
        ["amp", "lt", "gt", "quot", "apos"].contains(&name) || number.is_some_and(is_allowed)
    })
}

/// Whether XML 1.0 allows the character.
fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_that_needs_its_file_does_not_stand_alone() {
        let field = "<controlfield tag=\"001\">A &amp; &#1046;</controlfield>";
        for alone in [
            format!("<record>{field}</record>"),
            format!("<record xmlns=\"http://www.loc.gov/MARC21/slim\" xml:id='a'>{field}</record>"),
            format!("<record xmlns:m=\"x\"><m:leader/>{field}</record>"),
        ] {
            assert!(stands_alone(alone.as_bytes()), "{alone}");
        }
        for bound in [
            format!("<record xsi:type='Bib'>{field}</record>"),
            format!("<m:record>{field}</m:record>"),
            format!("<record><m:leader>x</m:leader>{field}</record>"),
            "<record><leader>&pub;</leader></record>".to_owned(),
            "<record type=\"&pub;\"><leader>x</leader></record>".to_owned(),
            "<record><leader>A & B</leader></record>".to_owned(),
            "<record><leader>x</lider></record>".to_owned(),
            "<record a='1' a='2'><leader>x</leader></record>".to_owned(),
            "<record><leader>x\u{1}</leader></record>".to_owned(),
            "<record><leader>&#1;</leader></record>".to_owned(),
            "<record><leader>x</leader>".to_owned(),
        ] {
            assert!(!stands_alone(bound.as_bytes()), "{bound}");
        }
    }
}
