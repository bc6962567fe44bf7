//! Fields of a frame whose leader or directory lies.
//!
//! Tags come from the directory, contents from the field terminators; the two are matched by order,
//! and by lengths where their counts differ. A tag is never guessed: content without an entry stays
//! in the source bytes and is named in a finding.

use super::{FIELD_END, RECORD_END, RawField, number};
use crate::record::Tag;
use crate::rule::{Finding, Rule};

/// One entry of the directory, as far as it can be read.
#[derive(Clone, Copy, Debug)]
struct Entry {
    tag: Tag,
    length: Option<usize>,
    start: Option<usize>,
}

/// The largest table of matches that is worth computing for one record.
const MAX_CELLS: usize = 4_000_000;

/// Leader and fields; `None` when no directory can be made out.
pub(super) fn fields(
    frame: &[u8],
    findings: &mut Vec<Finding>,
) -> Option<([u8; 24], Vec<RawField>)> {
    let end = match frame.last() {
        Some(&RECORD_END) => frame.len() - 1,
        _ => frame.len(),
    };
    let area = directory_area(&frame[..end])?;
    let mut leader = [b' '; 24];
    let kept = area.start.min(24);
    leader[..kept].copy_from_slice(&frame[..kept]);
    let entries = entries(&frame[area.start..area.end], findings);
    let data = &frame[area.data.min(end)..end];
    // Without a single terminator this is some other text, and no entry can be trusted.
    if !frame.contains(&FIELD_END) {
        return None;
    }
    // Nor where neither a whole entry nor the constant signs of a leader stand.
    let directory = &frame[area.start..area.end];
    let constant = frame.get(10..12) == Some(b"22") || frame.get(20..22) == Some(b"45");
    if !constant && !directory.windows(12).any(is_entry) {
        return None;
    }
    if entries.is_empty() {
        return data.is_empty().then_some((leader, Vec::new()));
    }
    if area.mended {
        findings.push(Finding::new(
            Rule::RecordStructure,
            "LDR",
            format!(
                "Базовый адрес в маркере «{}» неверен: данные начинаются с байта {}",
                String::from_utf8_lossy(&frame[12..17]),
                area.data
            ),
        ));
    }
    let raw = by_offsets(&entries, data, findings)
        .unwrap_or_else(|| by_terminators(&entries, data, findings));
    Some((leader, raw))
}

/// Where the directory stands and where the data begin.
struct Area {
    start: usize,
    end: usize,
    data: usize,
    mended: bool,
}

fn directory_area(frame: &[u8]) -> Option<Area> {
    let first_end = frame.iter().skip(8).position(|b| *b == FIELD_END);
    let first_end = first_end.map(|at| at + 8);
    let claimed = frame
        .get(12..17)
        .and_then(number)
        .filter(|base| *base >= 25 && *base <= frame.len())
        .map(|base| base - 1)
        .filter(|end| frame[*end] == FIELD_END || is_chain(&frame[24..*end]));
    let mut best: Option<(i64, Area)> = None;
    for end in [claimed, first_end].into_iter().flatten() {
        // A leader that lost its blanks or holds a wide character shifts the directory.
        let displaced = frame.get(20..22) != Some(b"45");
        for start in [24].into_iter().chain(12..24).chain(25..40) {
            if start > end || start != 24 && !displaced {
                continue;
            }
            let whole = frame[start..end].chunks(12).filter(|e| is_entry(e)).count();
            let broken = (end - start).div_ceil(12) - whole;
            let points = i64::try_from(whole).ok()? - 2 * i64::try_from(broken).ok()?;
            if best.as_ref().is_none_or(|(most, _)| points > *most) {
                let area = Area {
                    start,
                    end,
                    data: end + 1,
                    mended: claimed != Some(end),
                };
                best = Some((points, area));
            }
        }
    }
    best.map(|(_, area)| area)
}

/// Whether these are whole entries, each beginning where the one before ends.
fn is_chain(directory: &[u8]) -> bool {
    let mut expected = 0;
    directory.chunks(12).all(|entry| {
        let follows = is_entry(entry) && number(&entry[7..]) == Some(expected);
        expected += entry.get(3..7).and_then(number).unwrap_or(0);
        follows
    })
}

fn is_entry(bytes: &[u8]) -> bool {
    bytes.len() == 12
        && bytes[..3].iter().all(|b| (0x20..0x7f).contains(b))
        && bytes[..3].iter().any(u8::is_ascii_alphanumeric)
        && bytes[3..].iter().all(u8::is_ascii_digit)
}

/// The entries in order; a torn one keeps its tag, so that its field keeps its place.
fn entries(directory: &[u8], findings: &mut Vec<Finding>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut at = 0;
    let mut torn = !directory.len().is_multiple_of(12);
    let mut strange = 0;
    let mut expected = 0;
    while at + 12 <= directory.len() {
        let bytes = &directory[at..at + 12];
        let tag = Tag::from_directory([bytes[0], bytes[1], bytes[2]]);
        let length = number(&bytes[3..7]);
        let start = number(&bytes[7..12]);
        let aligned = (directory.len() - at).is_multiple_of(12);
        let sound = |step: &usize| {
            let next = directory.get(at + step..at + step + 12);
            next.is_some_and(is_entry)
        };
        let whole = |step: &usize| (directory.len() - at - step).is_multiple_of(12);
        // Before the tear entries continue each other, after it they fill the rest exactly.
        let tear = (8..=16).find(|step| sound(step) && whole(step));
        let doubtful = !aligned && start != Some(expected) && tear.is_some();
        if is_entry(bytes) && !doubtful {
            strange += usize::from(bytes[..3].contains(&b' '));
            expected = start
                .zip(length)
                .map_or(0, |(start, length)| start + length);
            entries.push(Entry { tag, length, start });
            at += 12;
            continue;
        }
        torn = true;
        if bytes[..3].iter().all(u8::is_ascii_alphanumeric) {
            entries.push(Entry {
                tag,
                length: length.filter(|_| aligned),
                start: None,
            });
        }
        at += tear.or((8..=16).find(sound)).unwrap_or(12);
    }
    if strange > 0 {
        let detail = format!("В {strange} метках пробелы: на их месте «?», поправьте метки");
        findings.push(Finding::new(Rule::RecordDirectory, "", detail));
    }
    if torn {
        findings.push(Finding::new(
            Rule::RecordDirectory,
            "",
            format!(
                "Справочник повреждён: из {} байт прочтено меток – {}",
                directory.len(),
                entries.len()
            ),
        ));
    }
    entries
}

/// By the offsets, when every one of them begins and ends where a field does.
fn by_offsets(
    entries: &[Entry],
    data: &[u8],
    findings: &mut Vec<Finding>,
) -> Option<Vec<RawField>> {
    let mut raw = Vec::new();
    let mut spans = Vec::new();
    for entry in entries {
        let start = entry.start?;
        let end = start + entry.length.filter(|length| *length > 0)?;
        let bounded = data.get(end - 1) == Some(&FIELD_END)
            && (start == 0 || data.get(start - 1) == Some(&FIELD_END));
        if !bounded {
            return None;
        }
        spans.push((start, end));
        raw.push((entry.tag, data[start..end - 1].to_vec()));
    }
    spans.sort_unstable();
    if spans.windows(2).any(|pair| pair[0].1 > pair[1].0) {
        return None;
    }
    let covered: usize = spans.iter().map(|(start, end)| end - start).sum();
    if covered < data.len() {
        findings.push(Finding::new(
            Rule::RecordStructure,
            "",
            format!(
                "{} байт записи не описаны справочником: остались в исходных байтах",
                data.len() - covered
            ),
        ));
    }
    Some(raw)
}

fn by_terminators(entries: &[Entry], data: &[u8], findings: &mut Vec<Finding>) -> Vec<RawField> {
    let mut chunks: Vec<&[u8]> = data.split(|b| *b == FIELD_END).collect();
    // Nothing stands after the last terminator of a whole record.
    if chunks.last().is_some_and(|last| last.is_empty()) {
        chunks.pop();
    } else {
        let detail = "Последнее поле не закончено: прочтено то, что осталось";
        findings.push(Finding::new(Rule::RecordTerminator, "", detail));
    }
    let order = physical_order(entries);
    let same_count = order.len() == chunks.len();
    let pairs: Vec<(usize, Vec<u8>)> = if same_count {
        let content = chunks.iter().map(|chunk| chunk.to_vec());
        order.iter().copied().zip(content).collect()
    } else {
        matched(entries, &order, &chunks)
    };
    let mut detail = format!("Справочник неверен: поля взяты по порядку, {}", pairs.len());
    if !same_count {
        detail.push_str(&format!(
            " (меток {}, полей {}; сопоставлены по длине)",
            order.len(),
            chunks.len()
        ));
    }
    findings.push(Finding::new(Rule::FieldsByOrder, "", detail));
    note_lost(entries, &pairs, findings);
    let mut pairs = pairs;
    pairs.sort_by_key(|(entry, _)| *entry);
    pairs
        .into_iter()
        .map(|(entry, content)| (entries[entry].tag, content))
        .collect()
}

/// The entries by where their data stand, when the starts can tell; else as they come.
fn physical_order(entries: &[Entry]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    let mut starts: Vec<usize> = entries.iter().filter_map(|entry| entry.start).collect();
    starts.sort_unstable();
    starts.dedup();
    if starts.len() == entries.len() {
        order.sort_by_key(|at| entries[*at].start);
    }
    order
}

fn note_lost(entries: &[Entry], pairs: &[(usize, Vec<u8>)], findings: &mut Vec<Finding>) {
    let found = |at: usize| pairs.iter().any(|(entry, _)| *entry == at);
    for (_, entry) in entries.iter().enumerate().filter(|(at, _)| !found(*at)) {
        let detail = "Поле названо в справочнике, но данных его нет";
        findings.push(Finding::new(
            Rule::RecordStructure,
            entry.tag.as_str(),
            detail,
        ));
    }
}

/// What a directory may have counted for a piece with its terminator: bytes, or characters.
fn measure(chunk: &&[u8]) -> (usize, usize) {
    // A byte that continues a UTF-8 sequence is not counted as a character.
    let characters = chunk.iter().filter(|b| **b & 0xC0 != 0x80).count();
    (chunk.len() + 1, characters + 1)
}

/// The cheapest way to lay entries over pieces, both in order.
///
/// Equal length (in bytes or in characters) costs nothing; a field may span pieces when a stray
/// terminator stands inside it; leaving out an entry or a piece costs less than two false pairs.
fn matched(entries: &[Entry], order: &[usize], chunks: &[&[u8]]) -> Vec<(usize, Vec<u8>)> {
    const FALSE_LENGTH: u32 = 4;
    const LEFT_OUT: u32 = 3;
    const JOINED: u32 = 1;
    let (rows, columns) = (order.len() + 1, chunks.len() + 1);
    if rows.saturating_mul(columns) > MAX_CELLS {
        let content = chunks.iter().map(|chunk| chunk.to_vec());
        return order.iter().copied().zip(content).collect();
    }
    let mut costs = vec![(u32::MAX, 0_usize); rows * columns];
    costs[0].0 = 0;
    let join = |from: usize, count: usize| chunks[from..from + count].join(&FIELD_END);
    let sizes: Vec<(usize, usize)> = chunks.iter().map(measure).collect();
    let fits = |row: usize, from: usize, count: usize| {
        let of_chunks = &sizes[from..from + count];
        let bytes: usize = of_chunks.iter().map(|size| size.0).sum();
        let characters: usize = of_chunks.iter().map(|size| size.1).sum();
        let length = entries[order[row]].length;
        length == Some(bytes) || length == Some(characters)
    };
    // Each step says how many pieces the entry took; `LEFT` marks a piece without an entry.
    const LEFT: usize = usize::MAX;
    for row in 0..rows {
        for column in 0..columns {
            let (cost, _) = costs[row * columns + column];
            let mut relax = |row: usize, column: usize, more: u32, step: usize| {
                let cell = &mut costs[row * columns + column];
                if cost.saturating_add(more) < cell.0 {
                    *cell = (cost.saturating_add(more), step);
                }
            };
            if column + 1 < columns {
                relax(row, column + 1, LEFT_OUT, LEFT);
            }
            if row + 1 < rows {
                relax(row + 1, column, LEFT_OUT, 0);
            }
            for count in 1..=3 {
                if row + 1 < rows && column + count < columns {
                    let exact = fits(row, column, count);
                    match (count, exact) {
                        (1, true) => relax(row + 1, column + 1, 0, 1),
                        (1, false) => relax(row + 1, column + 1, FALSE_LENGTH, 1),
                        (_, true) => relax(row + 1, column + count, JOINED, count),
                        (_, false) => {}
                    }
                }
            }
        }
    }
    let mut pairs = Vec::new();
    let (mut row, mut column) = (rows - 1, columns - 1);
    while row > 0 || column > 0 {
        match costs[row * columns + column].1 {
            LEFT => column -= 1,
            0 => row -= 1,
            count => {
                row -= 1;
                column -= count;
                pairs.push((order[row], join(column, count)));
            }
        }
    }
    pairs.reverse();
    pairs
}

#[cfg(test)]
mod tests {
    use super::super::tests::{BOOK, frame};
    use super::*;

    fn recovered(frame: &[u8]) -> (Vec<(String, String)>, Vec<Rule>) {
        let mut findings = Vec::new();
        let (_, raw) = fields(frame, &mut findings).unwrap();
        let shown = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            raw.into_iter()
                .map(|(tag, content)| (tag.to_string(), shown(content)))
                .collect(),
            findings.iter().map(|f| f.rule).collect(),
        )
    }

    fn book() -> Vec<(String, String)> {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        BOOK.iter()
            .map(|(tag, content)| ((*tag).to_owned(), text(content)))
            .collect()
    }

    #[test]
    fn a_false_base_address_is_told_by_the_end_of_the_directory() {
        for base in [b"00000", b"99999", b"0x061", b"00062"] {
            let mut bytes = frame(&BOOK);
            bytes[12..17].copy_from_slice(base);
            let (found, rules) = recovered(&bytes);
            assert_eq!(found, book());
            assert_eq!(rules, [Rule::RecordStructure]);
        }
    }

    #[test]
    fn a_lost_end_of_the_directory_is_told_by_the_base_address() {
        let mut bytes = frame(&BOOK);
        let end = bytes.iter().position(|b| *b == FIELD_END).unwrap();
        bytes[end] = b'\x1F';
        assert_eq!(recovered(&bytes).0, book());
    }

    #[test]
    fn a_torn_entry_keeps_its_tag_and_the_order() {
        let mut gained = frame(&BOOK);
        gained.insert(24 + 12 + 5, b'0');
        let mut spoilt = frame(&BOOK);
        spoilt[24 + 12 + 4] = b'x';
        for bytes in [gained, spoilt] {
            let (found, rules) = recovered(&bytes);
            assert_eq!(found, book());
            assert!(rules.contains(&Rule::RecordDirectory));
            assert!(rules.contains(&Rule::FieldsByOrder));
        }
    }

    #[test]
    fn a_leader_that_lost_its_blanks_does_not_hide_the_directory() {
        let sound = frame(&BOOK);
        let mut bytes = sound[..5].to_vec();
        bytes.extend_from_slice(&sound[9..21]);
        bytes.extend_from_slice(&sound[24..]);
        assert_eq!(recovered(&bytes).0, book());
    }

    #[test]
    fn a_stray_terminator_inside_a_field_stays_inside() {
        let broken: [(&str, &[u8]); 3] = [BOOK[0], ("300", b"  \x1Faone\x1Etwo"), BOOK[2]];
        let mut bytes = frame(&broken);
        // A false start makes the offsets useless.
        bytes[24 + 12 + 11] = b'9';
        let (found, rules) = recovered(&bytes);
        assert_eq!(found[1].1, "  \u{1f}aone\u{1e}two");
        assert_eq!(found[2].0, "700");
        assert!(rules.contains(&Rule::FieldsByOrder));
    }

    #[test]
    fn content_without_an_entry_does_not_take_another_tag() {
        let mut bytes = frame(&[BOOK[0], BOOK[1], ("300", b"  \x1Fa between"), BOOK[2]]);
        bytes.drain(24 + 24..24 + 36);
        let (found, _) = recovered(&bytes);
        assert_eq!(found, book());
    }

    #[test]
    fn what_is_cut_off_keeps_the_fields_before_the_cut() {
        let bytes = frame(&BOOK);
        let (found, rules) = recovered(&bytes[..bytes.len() - 6]);
        assert_eq!(found[..2], book()[..2]);
        assert_eq!(found.len(), 3);
        assert!(rules.contains(&Rule::RecordTerminator));
    }

    #[test]
    fn text_that_is_no_record_has_no_fields() {
        assert!(fields(&[b'x'; 200], &mut Vec::new()).is_none());
        let noise = b"\x01PNG....................abcdefghijkl\x1Edata\x1E\x1D";
        assert!(fields(noise, &mut Vec::new()).is_none());
        assert!(fields(b"00026nam0 2200025   450 \x1Edata", &mut Vec::new()).is_none());
    }
}
