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
        .map(|base| base - 1);
    let mut best: Option<(i64, Area)> = None;
    for end in [claimed, first_end].into_iter().flatten() {
        // A leader that lost its blanks or holds a wide character shifts the directory.
        for start in [24].into_iter().chain(12..24).chain(25..40) {
            if start > end {
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

fn is_entry(bytes: &[u8]) -> bool {
    bytes.len() == 12
        && bytes[..3].iter().all(|b| (0x21..0x7f).contains(b))
        && bytes[3..].iter().all(u8::is_ascii_digit)
}

/// The entries in order; a torn one keeps its tag, so that its field keeps its place.
fn entries(directory: &[u8], findings: &mut Vec<Finding>) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut at = 0;
    let mut torn = directory.len() % 12 != 0;
    while at + 12 <= directory.len() {
        let bytes = &directory[at..at + 12];
        if is_entry(bytes) {
            entries.push(Entry {
                tag: Tag::from_directory([bytes[0], bytes[1], bytes[2]]),
                length: number(&bytes[3..7]),
                start: number(&bytes[7..12]),
            });
            at += 12;
            continue;
        }
        torn = true;
        // Where the next sound entry begins tells how many bytes this one lost or gained.
        let step = (8..=16)
            .find(|step| {
                directory
                    .get(at + step..at + step + 12)
                    .is_some_and(is_entry)
            })
            .unwrap_or(12);
        if bytes[..3].iter().all(u8::is_ascii_alphanumeric) {
            entries.push(Entry {
                tag: Tag::from_directory([bytes[0], bytes[1], bytes[2]]),
                length: number(&bytes[3..7]),
                start: None,
            });
        }
        at += step;
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
    let fits = |row: usize, content: &[u8]| {
        let length = entries[order[row]].length;
        let characters = String::from_utf8_lossy(content).chars().count();
        length == Some(content.len() + 1) || length == Some(characters + 1)
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
                    let exact = fits(row, &join(column, count));
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
