//! Where one record ends and the next begins in a stream of ISO 2709.
//!
//! The length in the leader is believed only when a record terminator stands at its end. It does not
//! look inside a record; whatever it cannot frame it hands out as an unreadable piece, byte for byte.

use std::io;

use super::{FIELD_END, RECORD_END, check, number};
use crate::record::read::{Frame, MAX_FRAME, Source};
use crate::rule::{Finding, Rule};

/// The next frame; `None` at the end of the stream.
pub(crate) fn next<R: io::Read>(source: &mut Source<R>) -> io::Result<Option<Frame>> {
    skip_between(source)?;
    source.ensure(5)?;
    if source.window().is_empty() {
        return Ok(None);
    }
    let claimed = source.window().get(..5).and_then(number).unwrap_or(0);
    source.ensure(claimed)?;
    if honest(source.window(), claimed) {
        return Ok(Some(source.take(claimed, Vec::new())));
    }
    let end = source.find(RECORD_END, MAX_FRAME)?;
    let length = end.map_or(source.window().len().min(MAX_FRAME), |at| at + 1);
    let seen = &source.window()[..length];
    let starts_well = is_leader(seen);
    let next_leader = (1..length).find(|at| begins(seen, *at, starts_well));
    let mut findings = Vec::new();
    let length = match next_leader {
        Some(at) => {
            if starts_well {
                findings.push(unterminated("следующая запись начинается без разделителя"));
            }
            at
        }
        None => {
            if end.is_none() {
                findings.push(unterminated("до конца файла разделителя нет"));
            }
            length
        }
    };
    Ok(Some(source.take(length, findings)))
}

/// Whether the claimed length ends at a terminator, and nothing inside tells against it.
fn honest(window: &[u8], claimed: usize) -> bool {
    let Some(frame) = window.get(..claimed).filter(|frame| frame.len() >= 26) else {
        return false;
    };
    frame[claimed - 1] == RECORD_END
        && (check(frame).is_ok()
            || !frame[..claimed - 1].contains(&RECORD_END)
                && !(1..claimed).any(|at| opens(&frame[at..])))
}

/// Whether another record begins at `at` of a piece that ends at a terminator, or at the limit.
///
/// Where a leader stood first, text that looks like one does not count: it must follow a separator,
/// or what it says of itself must be true to the last byte.
fn begins(seen: &[u8], at: usize, starts_well: bool) -> bool {
    let rest = &seen[at..];
    is_leader(rest) && (!starts_well || matches!(seen[at - 1], 0..=0x20)) || opens(rest)
}

/// Whether a leader stands here whose length or directory is true: the rest of a torn record is its own.
fn opens(rest: &[u8]) -> bool {
    let Some(length) = rest.get(..5).and_then(number) else {
        return false;
    };
    if length == rest.len() && rest.ends_with(&[RECORD_END]) {
        return is_leader(rest) || check(rest).is_ok();
    }
    is_leader(rest) && has_directory(rest)
}

/// Whether the base address ends a directory of nothing but whole entries.
fn has_directory(record: &[u8]) -> bool {
    let base = record.get(12..17).and_then(number).unwrap_or(0);
    base > 36
        && (base - 25).is_multiple_of(12)
        && record.get(base - 1) == Some(&FIELD_END)
        && record[24..base - 1]
            .chunks(12)
            .all(|entry| entry[3..].iter().all(u8::is_ascii_digit))
}

fn unterminated(what: &str) -> Finding {
    Finding::new(
        Rule::RecordTerminator,
        "",
        format!("Нет разделителя записи 1D: {what}; прочтено то, что осталось"),
    )
}

/// Line breaks, padding, a byte order mark and lone terminators between records.
fn skip_between<R: io::Read>(source: &mut Source<R>) -> io::Result<()> {
    loop {
        source.ensure(24)?;
        let window = source.window();
        let padding = |b: &&u8| matches!(b, 0 | b'\t' | b'\n' | b'\r' | 0x1A | 0x1D | 0x1E);
        let mut skipped = window.iter().take_while(padding).count();
        if window.starts_with(b"\xEF\xBB\xBF") {
            skipped = 3;
        }
        if skipped == 0 {
            let blanks = window.iter().take_while(|b| **b == b' ').count();
            // A leader may have five blanks where its length should be.
            let leader = blanks >= 5 && window.get(blanks).is_some_and(u8::is_ascii_lowercase);
            skipped = if leader { blanks - 5 } else { blanks };
        }
        if skipped == 0 {
            return Ok(());
        }
        source.skip(skipped);
    }
}

/// Whether a leader stands here: length, status, `22`, base address, `45`.
fn is_leader(bytes: &[u8]) -> bool {
    bytes.len() >= 24
        && number(&bytes[..5]).is_some()
        && (bytes[5].is_ascii_lowercase() || bytes[5] == b' ')
        && &bytes[10..12] == b"22"
        && number(&bytes[12..17]).is_some()
        && &bytes[20..22] == b"45"
}

#[cfg(test)]
mod tests {
    use super::super::tests::{BOOK, frame};
    use super::*;

    fn frames(stream: &[u8]) -> Vec<(u64, Vec<u8>, usize)> {
        let mut source = Source::new(stream);
        let mut all = Vec::new();
        while let Some(frame) = next(&mut source).unwrap() {
            all.push((frame.offset, frame.bytes, frame.findings.len()));
        }
        all
    }

    #[test]
    fn padding_between_records_is_stepped_over() {
        let book = frame(&BOOK);
        let mut stream = b"\xEF\xBB\xBF\r\n".to_vec();
        for between in [&b"\r\n"[..], b"\0\0\0", b"\x1A", b"   ", b"\x1D\x1D"] {
            stream.extend_from_slice(&book);
            stream.extend_from_slice(between);
        }
        let found = frames(&stream);
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|(_, bytes, n)| *bytes == book && *n == 0));
        assert_eq!(found[0].0, 5);
        assert_eq!(found[1].0, 5 + book.len() as u64 + 2);
    }

    #[test]
    fn a_false_length_does_not_lose_the_next_record() {
        let good = frame(&BOOK);
        for length in [b"00010", b"99999", b"abcde", b"00050"] {
            let mut bad = good.clone();
            bad[..5].copy_from_slice(length);
            let stream = [bad.clone(), good.clone()].concat();
            let found = frames(&stream);
            assert_eq!(found.len(), 2);
            assert_eq!(found[0].1, bad);
            assert_eq!(found[1].1, good);
        }
    }

    #[test]
    fn a_lost_terminator_does_not_glue_two_records() {
        let good = frame(&BOOK);
        let mut open = good.clone();
        open.pop();
        let found = frames(&[open.clone(), good.clone()].concat());
        assert_eq!(found.len(), 2);
        assert_eq!((&found[0].1, found[0].2), (&open, 1));
        assert_eq!((&found[1].1, found[1].2), (&good, 0));
    }

    #[test]
    fn a_torn_record_leaves_the_next_one_whole_wherever_it_is_cut() {
        let fields: Vec<(&str, &[u8])> = BOOK
            .iter()
            .copied()
            .chain([("300", &b"  \x1FaNote 00123 of 45"[..])])
            .collect();
        let torn = frame(&fields);
        let mut false_length = frame(&BOOK);
        false_length[..5].copy_from_slice(b"00099");
        for good in [frame(&BOOK), false_length] {
            for cut in 1..torn.len() {
                let stream = [&torn[..cut], &good[..], &good[..]].concat();
                let found = frames(&stream);
                assert_eq!(found.len(), 3, "cut at {cut}");
                assert_eq!(found[0].1, torn[..cut], "cut at {cut}");
                assert_eq!(found[1].1, good, "cut at {cut}");
                assert_eq!(found[2].1, good, "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_file_without_terminators_is_looked_through_once() {
        let mut open = frame(&BOOK);
        open.pop();
        let stream = open.repeat(40_000);
        let begun = std::time::Instant::now();
        assert_eq!(frames(&stream).len(), 40_000);
        assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    }

    #[test]
    fn rubbish_before_a_leader_is_a_piece_of_its_own() {
        let good = frame(&BOOK);
        let found = frames(&[b"rubbish".to_vec(), good.clone()].concat());
        assert_eq!(found[0].1, b"rubbish");
        assert_eq!(found[1].1, good);
    }

    #[test]
    fn a_leader_may_lack_its_length() {
        let mut blank = frame(&BOOK);
        blank[..5].copy_from_slice(b"     ");
        let found = frames(&[b"  ".to_vec(), blank.clone()].concat());
        assert_eq!(found[0].1, blank);
    }

    #[test]
    fn a_stream_of_leaders_is_searched_once() {
        // Each leader is a piece; to search a megabyte for the end of each would take hours.
        let stream = b"99999nam0 2200025   450 ".repeat(1 << 16);
        let found = frames(&stream);
        assert_eq!(found.len(), 1 << 16);
        let ended = [stream, vec![RECORD_END]].concat();
        assert_eq!(frames(&ended).len(), 1 << 16);
    }

    #[test]
    fn endless_rubbish_comes_in_pieces() {
        let stream = vec![b'x'; 3 * MAX_FRAME + 5];
        let found = frames(&stream);
        assert_eq!(found.len(), 4);
        assert!(found.iter().all(|(_, bytes, _)| bytes.len() <= MAX_FRAME));
        let joined: usize = found.iter().map(|(_, bytes, _)| bytes.len()).sum();
        assert_eq!(joined, stream.len());
    }
}
