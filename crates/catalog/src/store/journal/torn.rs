//! Whether a batch that does not hold, at the end of a journal, is a write that was torn or damage.
//!
//! A batch is written into zeros that were synced before, and what is written comes to the disk in whole sectors, from
//! the page cache in whole pages. So of a torn write a sector is missing and still reads as zeros; a batch of which
//! every sector came was whole once, and somebody may have been told «done». Knows nothing of files.

use uuid::Uuid;

use super::Position;
use super::frame::{self, BATCH_HEAD, BATCH_LIMIT, BATCH_MAGIC};

/// A disk writes at least so many bytes at once, at a multiple of it.
const SECTOR: u64 = 512;
/// An entry ends with its hash, which is never all zeros.
const HASH: usize = 32;

/// Whether `rest`, all that stands from the bad batch at `offset` to the last byte that is not zero, is what a torn
/// write leaves. `after` is the entry before it.
pub(super) fn is_torn(library: &Uuid, after: Position, offset: u64, rest: &[u8]) -> bool {
    // One bit among zeros: no batch has left it.
    if rest.iter().map(|byte| byte.count_ones()).sum::<u32>() == 1 {
        return false;
    }
    let head_missing = pieces(offset, rest.len().max(BATCH_HEAD))
        .take_while(|(from, _)| *from < BATCH_HEAD)
        .any(|piece| is_missing(rest, piece));
    if head_missing {
        return true;
    }
    let mut bytes = rest.to_vec();
    bytes.resize(rest.len().max(BATCH_HEAD) + HASH, 0);
    // All entries stand there: it is the head that was changed.
    if frame::is_whole(library, after, &bytes[BATCH_HEAD..]) {
        return false;
    }
    let length = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]) as usize;
    let end = BATCH_HEAD + length;
    // What stands after it was written when it was whole.
    if bytes[..4] != BATCH_MAGIC || length > BATCH_LIMIT || rest.len() > end {
        return false;
    }
    rest.len() + HASH <= end || pieces(offset, end).any(|piece| is_missing(rest, piece))
}

/// The parts of `length` bytes from `offset` that lie in one sector each.
fn pieces(offset: u64, length: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let left = SECTOR - (offset + from as u64) % SECTOR;
        let to = length.min(from + usize::try_from(left).unwrap_or(length));
        let piece = (from, to);
        from = to;
        (piece.0 < piece.1).then_some(piece)
    })
}

fn is_missing(rest: &[u8], (from, to): (usize, usize)) -> bool {
    let there = rest.get(from..to.min(rest.len())).unwrap_or_default();
    there.iter().all(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::super::Draft;
    use super::*;

    fn library() -> Uuid {
        Uuid::from_u128(7)
    }

    /// A batch of so many entries with payloads of this length.
    fn batch(entries: usize, length: usize) -> Vec<u8> {
        let draft = |n: usize| Draft {
            kind: 1,
            version: 1,
            command_id: Uuid::from_u128(n as u128 + 1),
            actor: "тест".parse().unwrap(),
            on: None,
            at: Timestamp::from_second(1_700_000_000).unwrap(),
            payload: (0..length).map(|i| ((i * 7 + n) % 251) as u8 | 1).collect(),
        };
        let drafts = (0..entries).map(draft).collect();
        let start = Position::default();
        frame::write_batch(&library(), start, Timestamp::UNIX_EPOCH, drafts).0
    }

    fn torn(offset: u64, bytes: &[u8]) -> bool {
        let used = bytes.iter().rposition(|byte| *byte != 0);
        let rest = &bytes[..used.map_or(0, |last| last + 1)];
        is_torn(&library(), Position::default(), offset, rest)
    }

    #[test]
    fn no_flipped_bit_of_a_batch_that_was_whole_looks_like_a_torn_write() {
        for (entries, length) in [(1, 0), (1, 90), (3, 700), (1, 4096)] {
            let whole = batch(entries, length);
            for offset in [0, 1, 128, 500, 505, 511] {
                for bit in 0..whole.len() * 8 {
                    let mut bytes = whole.clone();
                    bytes[bit / 8] ^= 1 << (bit % 8);
                    // The last sector may hold a single byte, and that a single bit: then nobody can tell.
                    let last = (offset as usize + whole.len() - 1) % 512;
                    if last == 0 && bytes.last() == Some(&0) {
                        continue;
                    }
                    assert!(
                        !torn(offset, &bytes),
                        "bit {bit} of {} at {offset}",
                        whole.len()
                    );
                }
            }
        }
    }

    #[test]
    fn whichever_sectors_a_power_cut_takes_of_a_batch_it_is_torn() {
        for (entries, length) in [(1, 0), (1, 90), (3, 700), (1, 2200)] {
            let whole = batch(entries, length);
            for offset in [0, 1, 128, 480, 500, 501, 505, 511] {
                let parts: Vec<_> = pieces(offset, whole.len()).collect();
                // All of them gone is no end at all; none of them gone is a batch.
                for lost in 1..(1_u32 << parts.len()) - 1 {
                    let mut bytes = whole.clone();
                    let gone = (0..parts.len()).filter(|n| lost >> n & 1 == 1);
                    gone.for_each(|n| bytes[parts[n].0..parts[n].1].fill(0));
                    assert!(
                        torn(offset, &bytes),
                        "{lost:b} of {} at {offset}",
                        whole.len()
                    );
                }
            }
        }
    }

    #[test]
    fn a_bad_batch_with_a_torn_one_behind_it_is_damage() {
        let (first, second) = (batch(2, 300), batch(3, 700));
        for bit in 0..first.len() * 8 {
            let mut bytes = first.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            bytes.extend_from_slice(&second[..900]);
            assert!(!torn(128, &bytes), "bit {bit}");
        }
    }

    #[test]
    fn a_bit_in_the_space_filled_ahead_is_damage() {
        for at in [0, 11, 12, 500, 511, 512, 70_000] {
            let mut bytes = vec![0; at + 1];
            bytes[at] = 16;
            assert!(!torn(128, &bytes), "{at}");
        }
    }
}
