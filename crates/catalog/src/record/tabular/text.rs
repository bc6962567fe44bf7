//! CSV as bytes: where its rows end, what divides its cells, in which set its text is.
//!
//! A quote that is never closed must not swallow the rows after it: such a line is read as it stands.

use csv::{ReaderBuilder, StringRecord};

use super::super::charset::{self, Charset, Prior};
use super::columns::{self, Column};

/// The longest row, in bytes.
pub(super) const MAX_ROW: usize = 256 * 1024;
/// How many rows may stand above the header.
const ABOVE: u32 = 40;
/// How much of a file votes for its character set.
const VOTES: usize = 4 << 20;
/// What may divide cells.
const DELIMITERS: [u8; 4] = *b";,\t|";

/// One row of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) start: usize,
    /// After its line break.
    pub(super) end: usize,
    /// How a table program counts it, from 1.
    pub(super) number: u32,
    pub(super) shape: Shape,
}

/// How a row could be cut out of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// By the rules.
    Sound,
    /// A quote stands open in it: its quotes are plain characters.
    Torn,
    /// It does not end where a row may: only a piece of it.
    TooLong,
}

/// The header row of a text table.
pub(super) struct Header {
    pub(super) line: Line,
    pub(super) delimiter: u8,
    pub(super) columns: Vec<Column>,
}

/// The set of the text: by its bytes; what is no Cyrillic set and no UTF-8 is taken for Western letters.
pub(super) fn charset(bytes: &[u8], named: Option<Charset>) -> Charset {
    let voted = || charset::survey(&bytes[..bytes.len().min(VOTES)]);
    match named.or_else(voted) {
        None => Charset::Utf8,
        Some(Charset::Utf8) if named.is_none() && !holds_utf8(bytes) => Charset::Windows1252,
        Some(set) if set.is_known() => set,
        Some(_) => Charset::Windows1252,
    }
}

/// Whether nearly all rows with letters above ASCII are UTF-8; letters broken twice are not.
fn holds_utf8(bytes: &[u8]) -> bool {
    let rows = bytes.split(|b| *b == b'\n').filter(|row| !row.is_ascii());
    let (mut all, mut broken) = (0, 0);
    for row in rows.take(10_000) {
        all += 1;
        broken += usize::from(std::str::from_utf8(row).is_err());
    }
    broken * 5 <= all
}

/// The text of a row, and how many of its characters were lost.
pub(super) fn decode(bytes: &[u8], set: Charset) -> (String, usize) {
    let broken = set == Charset::Utf8 && std::str::from_utf8(bytes).is_err();
    let set = match broken {
        true => charset::choose(bytes, Some(Prior::Vote(Charset::Utf8)), None),
        false => set,
    };
    let decoded = set.decode(bytes);
    (decoded.text, decoded.lost)
}

/// The cells of a row.
pub(super) fn cells(text: &str, delimiter: u8, shape: Shape) -> Vec<String> {
    let text = text.trim_end_matches(['\r', '\n']);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .quoting(shape == Shape::Sound)
        .buffer_capacity(text.len().clamp(64, 1 << 16))
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(true) => record.iter().map(str::to_owned).collect(),
        Ok(false) | Err(_) => Vec::new(),
    }
}

/// The row that begins at `start`.
pub(super) fn line(bytes: &[u8], start: usize, number: u32, delimiter: u8) -> Option<Line> {
    let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
    let limit = rest.len().min(MAX_ROW);
    let (mut quoted, mut fresh, mut first_break) = (false, true, None);
    let mut at = 0;
    while at < limit {
        let byte = rest[at];
        let breaks = byte == b'\n' || byte == b'\r' && rest.get(at + 1) != Some(&b'\n');
        if quoted {
            if breaks {
                first_break.get_or_insert(at + 1);
            } else if byte == b'"' && rest.get(at + 1) == Some(&b'"') {
                at += 1;
            } else if byte == b'"' {
                quoted = false;
            }
        } else if breaks {
            return Some(made(start, at + 1, number, Shape::Sound));
        } else if byte == b'"' && fresh {
            quoted = true;
        }
        fresh = byte == delimiter && !quoted;
        at += 1;
    }
    Some(match (quoted, first_break) {
        (true, Some(end)) => made(start, end, number, Shape::Torn),
        (true, None) if limit == rest.len() => made(start, limit, number, Shape::Torn),
        _ if limit == rest.len() => made(start, limit, number, Shape::Sound),
        _ => made(start, limit, number, Shape::TooLong),
    })
}

fn made(start: usize, length: usize, number: u32, shape: Shape) -> Line {
    Line {
        start,
        end: start + length,
        number,
        shape,
    }
}

/// What is left of a row that was too long, as far as one piece may reach.
pub(super) fn tail(bytes: &[u8], after: Line) -> Option<Line> {
    let rest = bytes.get(after.end..).filter(|rest| !rest.is_empty())?;
    if bytes[..after.end].ends_with(b"\n") {
        return None;
    }
    let limit = rest.len().min(MAX_ROW);
    let end = rest[..limit].iter().position(|b| *b == b'\n');
    let length = end.map_or(limit, |at| at + 1);
    Some(made(after.end, length, after.number, Shape::TooLong))
}

/// The row as its first line alone, when it holds several.
pub(super) fn first_line(bytes: &[u8], line: Line) -> Option<Line> {
    let row = &bytes[line.start..line.end];
    let end = row.iter().position(|b| matches!(b, b'\n' | b'\r'))?;
    let end = end + 1 + usize::from(row[end..].starts_with(b"\r\n"));
    (end < row.len()).then(|| made(line.start, end, line.number, Shape::Torn))
}

/// Finds the header: the delimiter and the row by which most columns are known.
pub(super) fn header(bytes: &[u8], set: Charset) -> Option<Header> {
    let mut best: Option<(usize, Header)> = None;
    for delimiter in DELIMITERS {
        let (mut start, mut number) = (beginning(bytes), 1);
        while let Some(line) = line(bytes, start, number, delimiter).filter(|_| number <= ABOVE) {
            let (text, _) = decode(&bytes[line.start..line.end], set);
            let named = cells(&text, delimiter, line.shape);
            let known = columns::known(&named);
            if known > 0 && best.as_ref().is_none_or(|(most, _)| known > *most) {
                let columns = columns::columns(&named);
                let header = Header {
                    line,
                    delimiter,
                    columns,
                };
                best = Some((known, header));
            }
            (start, number) = (line.end, number + 1);
        }
    }
    best.map(|(_, header)| header)
}

/// Whether the beginning of a file is a table with a header that names a title and something else.
pub(super) fn is_table(sample: &[u8]) -> bool {
    let carriers = [0x1D, 0x1E, 0x1F];
    if sample.iter().any(|b| carriers.contains(b)) {
        return false;
    }
    header(sample, charset(sample, None)).is_some_and(|header| {
        let known = header.columns.iter().filter(|c| c.role.is_some()).count();
        known >= 2
    })
}

/// Where the text begins: after the mark of UTF-8 and the line by which Excel is told the delimiter.
fn beginning(bytes: &[u8]) -> usize {
    usize::from(bytes.starts_with(b"\xEF\xBB\xBF")) * 3
}

/// What stands in the first row that holds anything: for a table whose header is not known.
pub(super) fn first_words(bytes: &[u8], set: Charset) -> String {
    let start = beginning(bytes);
    let first = bytes[start..]
        .split(|b| *b == b'\n')
        .find(|line| !line.trim_ascii().is_empty());
    let first = first.unwrap_or_default();
    let (text, _) = decode(&first[..first.len().min(2000)], set);
    text.trim().chars().take(200).collect()
}
