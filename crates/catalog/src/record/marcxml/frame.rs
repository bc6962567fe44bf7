//! Where one `record` element begins and ends in a stream of XML.
//!
//! It looks at markup only as far as bounds need: comments, CDATA and DTD are stepped over, a record
//! inside a record (OAI-PMH wraps them so) restarts the frame, and one that never ends is cut where the
//! next begins.

use std::io;

use crate::record::read::{Frame, MAX_FRAME, Source};
use crate::rule::{Finding, Rule};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    RecordStart,
    RecordEnd,
    EmptyRecord,
    FieldStart,
    Other,
}

/// The next record; `None` at the end of the stream.
pub(crate) fn next<R: io::Read>(source: &mut Source<R>) -> io::Result<Option<Frame>> {
    let mut at = 0;
    let mut begun: Option<Kind> = None;
    let mut has_fields = false;
    loop {
        let Some((start, end, kind)) = markup(source, at)? else {
            return Ok(last(source, begun, has_fields));
        };
        match (kind, begun) {
            (Kind::EmptyRecord, None) => {
                source.skip(start);
                return Ok(Some(source.take(end - start, Vec::new())));
            }
            (Kind::RecordEnd, Some(Kind::RecordStart)) => {
                return Ok(Some(source.take(end, Vec::new())));
            }
            (Kind::RecordStart | Kind::EmptyRecord, Some(opened)) if has_fields => {
                let findings = match opened {
                    Kind::RecordStart => vec![unclosed()],
                    Kind::RecordEnd | Kind::EmptyRecord | Kind::FieldStart | Kind::Other => {
                        vec![orphan()]
                    }
                };
                return Ok(Some(source.take(start, findings)));
            }
            (Kind::RecordStart, _) | (Kind::FieldStart, None) => {
                source.skip(start);
                begun = Some(kind);
                has_fields = kind == Kind::FieldStart;
                at = end - start;
            }
            (Kind::FieldStart, Some(_)) => {
                has_fields = true;
                at = end;
            }
            (Kind::RecordEnd | Kind::EmptyRecord | Kind::Other, _) => {
                at = end;
                if begun.is_none() {
                    source.skip(end);
                    at = 0;
                }
            }
        }
        if at >= MAX_FRAME {
            return Ok(Some(source.take(at.min(MAX_FRAME), vec![unclosed()])));
        }
    }
}

/// What is left where no more markup can be found: the stream ended, or the limit was reached.
fn last<R: io::Read>(
    source: &mut Source<R>,
    begun: Option<Kind>,
    has_fields: bool,
) -> Option<Frame> {
    let length = source.window().len().min(MAX_FRAME);
    match begun {
        Some(Kind::RecordStart) => Some(source.take(length, vec![unclosed()])),
        Some(_) if has_fields => Some(source.take(length, vec![orphan()])),
        _ if length == MAX_FRAME => Some(source.take(length, vec![unclosed()])),
        _ => {
            source.skip(length);
            None
        }
    }
}

fn unclosed() -> Finding {
    let detail = "Элемент record не закрыт: запись кончается там, где начинается следующая";
    Finding::new(Rule::RecordTerminator, "", detail)
}

fn orphan() -> Finding {
    let detail = "Поля стоят вне элемента record: маркера и начала записи нет";
    Finding::new(Rule::RecordStructure, "", detail)
}

/// The next piece of markup from `from` on: its bounds in the window, and what it is.
fn markup<R: io::Read>(
    source: &mut Source<R>,
    from: usize,
) -> io::Result<Option<(usize, usize, Kind)>> {
    let Some(start) = source.find_from(b"<", from, MAX_FRAME)? else {
        return Ok(None);
    };
    source.ensure(start + 9)?;
    let head = &source.window()[start..];
    for (opening, closing) in [
        (&b"<!--"[..], &b"-->"[..]),
        (b"<![CDATA[", b"]]>"),
        (b"<?", b"?>"),
    ] {
        if head.starts_with(opening) {
            let from = start + opening.len();
            let end = source.find_from(closing, from, MAX_FRAME)?;
            return Ok(end.map(|end| (start, end + closing.len(), Kind::Other)));
        }
    }
    let is_declaration = head.starts_with(b"<!");
    let Some(end) = tag_end(source, start + 1, is_declaration)? else {
        return Ok(None);
    };
    let kind = kind(&source.window()[start + 1..end]);
    Ok(Some((start, end, kind)))
}

/// Past the `>` that ends a tag, minding quotes; a stray `<` ends a tag too.
fn tag_end<R: io::Read>(
    source: &mut Source<R>,
    from: usize,
    declaration: bool,
) -> io::Result<Option<usize>> {
    let (mut quote, mut depth, mut at) = (0, 0_usize, from);
    loop {
        if at >= source.window().len() {
            if at < MAX_FRAME {
                source.ensure(at + 1)?;
            }
            if at >= source.window().len() {
                return Ok(None);
            }
        }
        let byte = source.window()[at];
        match byte {
            _ if quote != 0 => quote = if byte == quote { 0 } else { quote },
            b'"' | b'\'' => quote = byte,
            b'[' if declaration => depth += 1,
            b']' if declaration => depth = depth.saturating_sub(1),
            b'>' if depth == 0 => return Ok(Some(at + 1)),
            b'<' if !declaration => return Ok(Some(at)),
            _ => {}
        }
        // No attribute holds `<`: a quote that swallows one was never closed.
        if byte == b'<' && quote != 0 && !declaration {
            return Ok(Some(at));
        }
        at += 1;
    }
}

fn kind(tag: &[u8]) -> Kind {
    let closing = tag.first() == Some(&b'/');
    let name = tag.strip_prefix(b"/").unwrap_or(tag);
    let length = name
        .iter()
        .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))
        .unwrap_or(name.len());
    let local = name[..length].rsplit(|b| *b == b':').next().unwrap_or(name);
    match (local, closing, tag.ends_with(b"/>")) {
        (b"record", true, _) => Kind::RecordEnd,
        (b"record", false, true) => Kind::EmptyRecord,
        (b"record", false, false) => Kind::RecordStart,
        (b"leader" | b"controlfield" | b"datafield", false, _) => Kind::FieldStart,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &str) -> Vec<(String, usize)> {
        let mut source = Source::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(frame) = next(&mut source).unwrap() {
            let begin = usize::try_from(frame.offset).unwrap();
            assert!(text.as_bytes()[begin..].starts_with(&frame.bytes));
            all.push((
                String::from_utf8(frame.bytes).unwrap(),
                frame.findings.len(),
            ));
        }
        all
    }

    const ONE: &str = "<m:record a='>'><m:leader>x</m:leader></m:record>";

    #[test]
    fn records_are_found_whatever_stands_around_them() {
        let text = format!(
            "<?xml version='1.0'?><!DOCTYPE c [<!ENTITY a '<record>'>]><c><!-- <record> --> {ONE}\n\
             <![CDATA[<record>]]>{ONE}<record/></c>"
        );
        let found = frames(&text);
        assert_eq!(found.len(), 3);
        assert_eq!(found[1], (ONE.to_owned(), 0));
        assert_eq!(found[2].0, "<record/>");
    }

    #[test]
    fn the_inner_record_of_a_harvest_is_the_record() {
        let text = format!("<record><header/><metadata>{ONE}</metadata></record>");
        assert_eq!(frames(&text), [(ONE.to_owned(), 0)]);
    }

    #[test]
    fn an_unclosed_record_ends_where_the_next_begins() {
        let text = format!("<c><record><leader>1</leader>{ONE}<record><leader>2");
        let found = frames(&text);
        assert_eq!(found[0], ("<record><leader>1</leader>".to_owned(), 1));
        assert_eq!(found[1].0, ONE);
        assert_eq!(found[2], ("<record><leader>2".to_owned(), 1));
    }

    #[test]
    fn fields_outside_a_record_are_handed_out_as_they_are() {
        let text = "<c><datafield tag='1'/></c>";
        assert_eq!(frames(text), [("<datafield tag='1'/></c>".to_owned(), 1)]);
    }

    #[test]
    fn endless_text_comes_in_bounded_pieces() {
        let text = format!("<record>{}", "x".repeat(2 * MAX_FRAME));
        assert!(frames(&text).iter().all(|(t, _)| t.len() <= MAX_FRAME));
        assert!(frames(&"<".repeat(2 * MAX_FRAME)).len() <= 2);
    }
}
