//! Records made of lines: where a text record ends, for the carriers that are plain text.
//!
//! It knows lines and separators only; what a line says is told by the carrier.

use std::io;

use super::read::{Frame, MAX_FRAME, Source};
use crate::rule::{Finding, Rule};

/// What a line does to the record that is being gathered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// It belongs to the record.
    Inside,
    /// It ends the record.
    Separator,
    /// It begins another record.
    Opening,
}

/// The next record: the lines up to a separator or to the opening line of another.
pub(crate) fn next<R: io::Read>(
    source: &mut Source<R>,
    mut judge: impl FnMut(&[u8]) -> Line,
) -> io::Result<Option<Frame>> {
    let mut at = 0;
    let mut begun = false;
    loop {
        source.ensure(3)?;
        if at == 0 && source.window().starts_with(b"\xEF\xBB\xBF") {
            source.skip(3);
        }
        let end = match source.find_from(b"\n", at, MAX_FRAME)? {
            Some(found) => found + 1,
            None => source.window().len().min(MAX_FRAME),
        };
        if end == at && begun {
            return Ok(Some(source.take(at, too_long(at))));
        }
        if end == at {
            source.skip(at);
            return Ok(None);
        }
        let line = &source.window()[at..end];
        let blank = line
            .iter()
            .all(|b| b.is_ascii_whitespace() || matches!(b, 0 | 0x1A));
        match judge(line) {
            Line::Separator if begun => return Ok(Some(source.take(end, Vec::new()))),
            Line::Opening if begun => return Ok(Some(source.take(at, Vec::new()))),
            Line::Separator => {
                source.skip(end);
                at = 0;
            }
            Line::Inside if blank && !begun => {
                source.skip(end);
                at = 0;
            }
            Line::Inside | Line::Opening => {
                begun = true;
                at = end;
            }
        }
    }
}

fn too_long(length: usize) -> Vec<Finding> {
    if length < MAX_FRAME {
        return Vec::new();
    }
    let detail =
        format!("Запись длиннее {MAX_FRAME} байт разрезана: проверьте разделители записей");
    vec![Finding::new(Rule::RecordTerminator, "", detail)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(line: &[u8]) -> Line {
        match line {
            b"*\n" | b"*" => Line::Separator,
            b">\n" => Line::Opening,
            _ => Line::Inside,
        }
    }

    fn pieces(text: &str) -> Vec<String> {
        let mut source = Source::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(frame) = next(&mut source, judge).unwrap() {
            all.push(String::from_utf8(frame.bytes).unwrap());
        }
        all
    }

    #[test]
    fn records_end_at_separators_openings_and_the_end() {
        assert_eq!(
            pieces("\u{feff}\na\nb\n*\n*\n\nc\n>\nd"),
            ["a\nb\n*\n", "c\n", ">\nd"]
        );
        assert_eq!(pieces("a\n*"), ["a\n*"]);
        assert_eq!(pieces("\n\n"), Vec::<String>::new());
    }

    #[test]
    fn endless_lines_come_in_bounded_pieces() {
        let found = pieces(&"x".repeat(2 * MAX_FRAME + 7));
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|piece| piece.len() <= MAX_FRAME));
        let found = pieces(&"x\n".repeat(MAX_FRAME));
        assert!(found.iter().all(|piece| piece.len() <= MAX_FRAME));
    }
}
