//! CSV as bytes: where its rows end, what divides its cells, in which set its text is.
//!
//! A quote that is never closed must not swallow the rows after it: such a line is read as it stands.

use csv::{ReaderBuilder, StringRecord};

use super::super::charset::{self, Charset, Prior};
use super::columns::{self, Column};

/// The longest row, in bytes.
pub(super) const MAX_ROW: usize = 256 * 1024;
/// The longest header row, in bytes: it stands above every row that is put aside or kept.
pub(super) const MAX_HEADER: usize = 16 * 1024;
/// How many lines a row may take before its open quote is taken for a plain character.
const REACH: usize = 200;
/// The same once the patience is at its end.
const SHORT_REACH: usize = 8;
/// How many bytes may be looked at in vain.
const PATIENCE: usize = 256 << 20;
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

/// What was looked at in vain: a file full of open quotes must not be walked again for each of them.
#[derive(Default)]
pub(super) struct Patience {
    spent: usize,
}

impl Patience {
    /// Notes bytes that will be looked at once more.
    pub(super) fn vain(&mut self, bytes: usize) {
        self.spent = self.spent.saturating_add(bytes);
    }

    fn reach(&self) -> usize {
        match self.spent < PATIENCE {
            true => REACH,
            false => SHORT_REACH,
        }
    }
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
pub(super) fn line(
    bytes: &[u8],
    start: usize,
    number: u32,
    delimiter: u8,
    patience: &mut Patience,
) -> Option<Line> {
    let rest = bytes.get(start..).filter(|rest| !rest.is_empty())?;
    let (limit, mut reach) = (rest.len().min(MAX_ROW), patience.reach());
    let (mut quoted, mut fresh, mut first_break) = (false, true, None);
    let mut at = 0;
    while at < limit && reach > 0 {
        let byte = rest[at];
        let breaks = byte == b'\n' || byte == b'\r' && rest.get(at + 1) != Some(&b'\n');
        if quoted {
            if breaks {
                first_break.get_or_insert(at + 1);
                reach -= 1;
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
    let ended = at >= rest.len();
    Some(match first_break {
        _ if ended && !quoted => made(start, limit, number, Shape::Sound),
        Some(end) => {
            patience.vain(at - end);
            made(start, end, number, Shape::Torn)
        }
        None if ended => made(start, limit, number, Shape::Torn),
        None => made(start, limit, number, Shape::TooLong),
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
        let (mut start, mut number, mut patience) = (beginning(bytes), 1, Patience::default());
        while let Some(line) =
            line(bytes, start, number, delimiter, &mut patience).filter(|_| number <= ABOVE)
        {
            let row = &bytes[line.start..line.end];
            let (text, _) = decode(if row.len() > MAX_HEADER { b"" } else { row }, set);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8], patience: &mut Patience) -> Vec<Line> {
        let (mut lines, mut start, mut number) = (Vec::new(), 0, 1);
        while let Some(line) = line(bytes, start, number, b';', patience) {
            lines.push(line);
            (start, number) = (line.end, number + 1);
        }
        lines
    }

    #[test]
    fn a_file_of_open_quotes_is_not_walked_again_for_each_of_them() {
        let (row, count) = ("z\"z;\"y\n", 20_000);
        let mut patience = Patience::default();
        let lines = walk(row.repeat(count).as_bytes(), &mut patience);
        assert_eq!(lines.len(), count);
        assert!(
            patience.spent <= count * row.len() * 200,
            "{}",
            patience.spent
        );
        let mut patience = Patience { spent: PATIENCE };
        assert_eq!(
            walk(row.repeat(count).as_bytes(), &mut patience).len(),
            count
        );
        let spent = patience.spent - PATIENCE;
        assert!(spent <= count * row.len() * 8, "{spent}");
    }

    #[test]
    fn a_cell_of_many_lines_is_one_cell() {
        let text = format!("a;\"{}\"\nb;c\n", "line\n".repeat(REACH - 1));
        let lines = walk(text.as_bytes(), &mut Patience::default());
        let shapes: Vec<Shape> = lines.iter().map(|line| line.shape).collect();
        assert_eq!(shapes, [Shape::Sound, Shape::Sound]);
    }
}
