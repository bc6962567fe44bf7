//! Doors for what lies on a disk: a segment of the journal, raw or packed, and a backup.
//!
//! Checksums stop foreign bytes at once. So the first byte says which of them the door makes anew before the reader
//! sees the rest, and a lie of the fuzzer's goes as deep as one of somebody who knows the format.

use std::fs;
use std::path::Path;

use catalog::probe::{self, Walked};

/// The head of a segment and its checksum are made anew.
pub const HEAD: u8 = 1;
/// The checksums of batches, and of what is packed.
pub const SUMS: u8 = 2;
/// The chain: numbers, times and hashes.
pub const CHAIN: u8 = 4;
/// What follows is plain: the door packs it first.
pub const PLAIN: u8 = 8;

/// Bytes before the first batch, and those of the seal of a packed segment.
const HEADER: usize = 128;
const SEAL: usize = 128;
/// So many raw bytes in a frame of a packed segment.
const FRAME: usize = 1 << 20;
/// Magic, length and checksum of a batch; first number, count, number before and time of its body.
const BATCH_HEAD: usize = 12;
const BODY_HEAD: usize = 28;
const BATCH_MAGIC: &[u8] = b"FBT1";
const HASH: usize = 32;
/// A block of a tar archive.
const BLOCK: usize = 512;

/// The library of the seeds.
const NIL: &str = "00000000-0000-0000-0000-000000000000";

/// How far a chain goes.
#[derive(Clone, Copy, Default)]
pub struct Reached {
    seq: u64,
    hash: [u8; HASH],
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

fn put(bytes: &mut [u8], at: usize, what: &[u8]) {
    if let Some(room) = bytes.get_mut(at..at + what.len()) {
        room.copy_from_slice(what);
    }
}

fn put_sum(bytes: &mut [u8], at: usize, length: usize) {
    if let Some(covered) = bytes.get(at..at + length) {
        let sum = crc32c::crc32c(covered);
        put(bytes, at + length, &sum.to_le_bytes());
    }
}

/// Makes right in a segment what `how` asks for; where its chain comes to.
pub fn mend(how: u8, bytes: &mut [u8]) -> Reached {
    if bytes.len() < HEADER {
        return Reached::default();
    }
    if how & HEAD != 0 {
        put(bytes, 0, b"FONDJNL1");
        bytes[72..124].fill(0);
        put_sum(bytes, 0, 124);
    }
    let mut reached = Reached {
        seq: u64::from_le_bytes(bytes[32..40].try_into().unwrap()),
        hash: bytes[40..72].try_into().unwrap(),
    };
    let library: [u8; 16] = bytes[8..24].try_into().unwrap();
    let mut at = HEADER;
    while bytes.get(at..at + 4) == Some(BATCH_MAGIC) {
        let Some(length) = word(bytes, at + 4).filter(|n| at + BATCH_HEAD + n <= bytes.len())
        else {
            break;
        };
        let body = &mut bytes[at + BATCH_HEAD..at + BATCH_HEAD + length];
        if how & CHAIN != 0 {
            reached = chained(&library, reached, body);
        }
        let sum = crc32c::crc32c(&u32::try_from(length).unwrap().to_le_bytes());
        let sum = crc32c::crc32c_append(sum, body);
        if how & SUMS != 0 {
            put(bytes, at + 8, &sum.to_le_bytes());
        }
        at += BATCH_HEAD + length;
    }
    reached
}

/// Numbers and hashes the entries of a batch after that one.
fn chained(library: &[u8], mut reached: Reached, body: &mut [u8]) -> Reached {
    let Some(count) = word(body, 8) else {
        return reached;
    };
    put(body, 0, &reached.seq.wrapping_add(1).to_le_bytes());
    put(body, 12, &reached.seq.to_le_bytes());
    let mut at = BODY_HEAD;
    for _ in 0..count {
        let length = word(body, at).filter(|n| *n >= HASH && at + 4 + n <= body.len());
        let Some(length) = length else { break };
        let hashed = at + 4 + length - HASH;
        let mut hasher = blake3::Hasher::new();
        let seq = reached.seq.wrapping_add(1);
        hasher.update(&reached.hash).update(library);
        hasher.update(&seq.to_le_bytes());
        hasher.update(&body[at + 4..hashed]);
        let hash = *hasher.finalize().as_bytes();
        put(body, hashed, &hash);
        // Kind, version, command and the length of the name stand before the name, the day behind it.
        let name = body[at + 23..].first_chunk().copied().unwrap_or_default();
        let moment = at + 25 + usize::from(u16::from_le_bytes(name)) + 4;
        if let Some(moment) = body.get(moment..moment + 8).map(<[u8]>::to_vec) {
            put(body, 20, &moment);
        }
        reached = Reached { seq, hash };
        at += 4 + length;
    }
    reached
}

/// A folder in memory, where there is such a disk: a fuzzer makes thousands of them in a second.
fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let made = tempfile::tempdir_in(memory).or_else(|_| tempfile::tempdir());
    made.expect("a folder can be made")
}

/// What a start reads there. What it accepts it accepts again, and nothing is left to be cut then.
fn walked(journal: &Path) -> Option<Walked> {
    let first = probe::journal_folder(journal).ok()?;
    assert!(first.numbers.iter().copied().eq(1..=first.head));
    let again = probe::journal_folder(journal).expect("what was accepted is accepted again");
    assert_eq!((&again.numbers, again.cut), (&first.numbers, false));
    Some(first)
}

/// Сегмент журнала: its header, batches, chain and the zeros filled ahead.
pub fn segment(bytes: &[u8]) {
    let _ = segment_walked(bytes);
}

/// As [`segment`]; what was read of it, if it was accepted.
#[must_use]
pub fn segment_walked(bytes: &[u8]) -> Option<Walked> {
    let (how, bytes) = bytes.split_first()?;
    let mut bytes = bytes.to_vec();
    mend(*how, &mut bytes);
    let home = folder();
    let journal = home.path().join("journal");
    fs::create_dir(&journal).unwrap();
    fs::write(journal.join("0000000001.jnl"), &bytes).unwrap();
    walked(&journal)
}

/// Packs a segment as the program does; a lie is a place and what is done to the byte there before the sums.
fn packed(raw: &[u8], end: Reached) -> Vec<u8> {
    let frames: Vec<Vec<u8>> = raw
        .chunks(FRAME)
        .map(|frame| zstd::bulk::compress(frame, 1).unwrap())
        .collect();
    let mut out = raw[..HEADER].to_vec();
    out.extend(b"FONDPCK1");
    out.extend((raw.len() as u64).to_le_bytes());
    out.extend(u32::try_from(frames.len()).unwrap().to_le_bytes());
    out.extend(u32::try_from(FRAME).unwrap().to_le_bytes());
    out.extend(end.seq.to_le_bytes());
    out.extend(end.hash);
    out.resize(HEADER + SEAL, 0);
    for frame in &frames {
        out.extend(u32::try_from(frame.len()).unwrap().to_le_bytes());
        out.extend([0; 4]);
    }
    out.extend([0; 4]);
    out.extend(frames.concat());
    out
}

/// Makes the sums of a packed segment right.
fn seal(bytes: &mut [u8]) {
    put_sum(bytes, 0, 124);
    put_sum(bytes, HEADER, 124);
    let count = word(bytes, HEADER + 16).unwrap_or(0);
    let index = HEADER + SEAL;
    let Some(mut frame) = count.checked_mul(8).map(|n| index + n + 4) else {
        return;
    };
    if frame > bytes.len() {
        return;
    }
    for n in 0..count {
        let Some(length) = word(bytes, index + n * 8) else {
            break;
        };
        let Some(packed) = bytes.get(frame..frame + length) else {
            break;
        };
        let sum = crc32c::crc32c(packed);
        put(bytes, index + n * 8 + 4, &sum.to_le_bytes());
        frame += length;
    }
    put_sum(bytes, index, count * 8);
}

/// Сжатый сегмент, closed by another one that follows it.
pub fn packed_segment(bytes: &[u8]) {
    let _ = packed_walked(bytes);
}

/// As [`packed_segment`]; what was read of it, if it was accepted.
///
/// Behind the first byte stands a lie: a place, and what is changed there in what was packed.
#[must_use]
pub fn packed_walked(bytes: &[u8]) -> Option<Walked> {
    let (how, bytes) = bytes.split_first()?;
    let (lie, bytes) = bytes.split_first_chunk::<3>()?;
    let mut bytes = bytes.to_vec();
    if how & PLAIN != 0 {
        if bytes.len() < HEADER {
            return None;
        }
        let end = mend(*how, &mut bytes);
        bytes = packed(&bytes, end);
        let place = usize::from(u16::from_le_bytes([lie[0], lie[1]]));
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= lie[2];
        }
    }
    if how & SUMS != 0 {
        seal(&mut bytes);
    }
    let home = folder();
    let journal = home.path().join("journal");
    fs::create_dir(&journal).unwrap();
    fs::write(journal.join("0000000001.jnlz"), &bytes).unwrap();
    // The one behind it begins where this one says that it ends.
    let mut next = bytes.get(..HEADER)?.to_vec();
    put(&mut next, 24, &2_u64.to_le_bytes());
    put(&mut next, 32, bytes.get(HEADER + 24..HEADER + 64)?);
    put_sum(&mut next, 0, 124);
    fs::write(journal.join("0000000002.jnl"), next).unwrap();
    walked(&journal)
}

/// Makes right in a tar archive the sums of heads, the segments, and the hash in the list.
fn mend_archive(how: u8, bytes: &mut [u8]) {
    let mut at = 0;
    let mut reached = Reached::default();
    while let Some(head) = bytes.get_mut(at..at + BLOCK) {
        if head.iter().all(|byte| *byte == 0) {
            break;
        }
        head[148..156].fill(b' ');
        let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
        head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let digits: Vec<u8> = head[124..135].to_vec();
        let size = std::str::from_utf8(&digits).ok();
        let Some(size) = size.and_then(|text| usize::from_str_radix(text.trim(), 8).ok()) else {
            break;
        };
        let of_journal = head.starts_with(b"journal/");
        at += BLOCK;
        let Some(inside) = bytes.get_mut(at..at.saturating_add(size)) else {
            break;
        };
        if of_journal {
            reached = mend(how, inside);
        }
        at += size.next_multiple_of(BLOCK);
    }
    let told = b"\"head_hash\": \"";
    let place = bytes.windows(told.len()).position(|here| here == told);
    if let Some(place) = place.filter(|_| how & CHAIN != 0) {
        let hash = blake3::Hash::from(reached.hash).to_hex();
        put(bytes, place + told.len(), hash.as_bytes());
    }
}

/// Резервная копия.
pub fn backup(bytes: &[u8]) {
    let _ = backup_read(bytes);
}

/// As [`backup`]; what was read of it, if it was accepted.
#[must_use]
pub fn backup_read(bytes: &[u8]) -> Option<Walked> {
    let (how, bytes) = bytes.split_first()?;
    let mut bytes = bytes.to_vec();
    if how & PLAIN != 0 {
        if how & SUMS != 0 {
            mend_archive(*how, &mut bytes);
        }
        bytes = zstd::bulk::compress(&bytes, 1).unwrap();
    }
    let home = folder();
    let (file, into) = (home.path().join("copy"), home.path().join("library"));
    fs::write(&file, &bytes).unwrap();
    fs::create_dir(&into).unwrap();
    let head = probe::backup(&file, &into).ok()?;
    let beside = fs::read_dir(home.path()).unwrap().count();
    assert_eq!(beside, 2, "nothing is written out of the folder");
    let found = walked(&into.join("journal")).expect("what was restored opens");
    assert_eq!((found.head, found.cut), (head, false));
    Some(found)
}

/// Seeds of these doors: a door, the name of the seed, its bytes, and whether it is accepted.
///
/// Made of payloads of a real little library, so that they are the same wherever they are made.
#[must_use]
pub fn seeds(payloads: &[Vec<u8>]) -> Vec<(&'static str, &'static str, Vec<u8>, bool)> {
    let sums = HEAD | SUMS | CHAIN;
    let with = |how: &[u8], bytes: &[u8]| [how, bytes].concat();
    let whole = raw(&[&payloads[..3], &payloads[4..6]], 700);
    let short = raw(&[&payloads[5..6]], 0);
    let mut torn = raw(&[&payloads[..1], &payloads[4..5]], 0);
    torn.truncate(torn.len() - 40);
    torn.resize(torn.len() + 600, 0);
    let mut dirt = raw(&[&payloads[..1]], 900);
    let end = dirt.len();
    dirt[end - 3..].fill(7);
    let mut middle = whole.clone();
    middle[HEADER + 60] ^= 1;
    let pack = sums | PLAIN;
    let archive = archive(&whole);
    let squeezed = zstd::bulk::compress(&archive, 3).unwrap();
    let mut whole_packed = packed(&whole, mend(CHAIN, &mut whole.clone()));
    seal(&mut whole_packed);
    vec![
        ("segment", "whole", with(&[sums], &whole), true),
        ("segment", "as-it-is", with(&[0], &whole), true),
        ("segment", "empty", with(&[sums], &raw(&[], 0)), true),
        ("segment", "short", with(&[SUMS], &short), true),
        ("segment", "torn", with(&[0], &torn), true),
        ("segment", "dirt", with(&[0], &dirt), true),
        ("segment", "damaged", with(&[0], &middle), false),
        ("packed", "whole", with(&[pack, 0, 0, 0], &whole), true),
        ("packed", "as-it-is", with(&[0; 4], &whole_packed), true),
        ("packed", "short", with(&[pack, 0, 0, 0], &short), true),
        // The raw length, the length of a frame and the last number are not what they are.
        ("packed", "long", with(&[pack, 136, 0, 1], &whole), false),
        ("packed", "frame", with(&[pack, 0, 1, 1], &whole), false),
        ("packed", "end", with(&[pack, 152, 0, 1], &whole), false),
        ("backup", "whole", with(&[pack], &archive), true),
        ("backup", "as-it-is", with(&[0], &squeezed), true),
        ("backup", "half", with(&[pack], &archive[..2048]), false),
    ]
}

/// A segment with these batches and so many zeros behind them.
fn raw(batches: &[&[Vec<u8>]], zeros: usize) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[24] = 1;
    for payloads in batches {
        let body = probe::write_journal_batch(payloads, &super::actor());
        bytes.extend(BATCH_MAGIC);
        bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(body);
    }
    bytes.resize(bytes.len() + zeros, 0);
    mend(HEAD | SUMS | CHAIN, &mut bytes);
    bytes
}

/// A backup before it is packed: its list, a note of the desk and a segment.
fn archive(segment: &[u8]) -> Vec<u8> {
    let end = mend(CHAIN, &mut segment.to_vec());
    let list = format!(
        "{{\n  \"format\": 1,\n  \"library\": \"{NIL}\",\n  \"head\": {},\n  \"head_hash\": \"{}\",\n  \"made\": \
         \"2026-01-31T09:00:00Z\",\n  \"program\": \"0.1.0\"\n}}",
        end.seq,
        blake3::Hash::from(end.hash).to_hex()
    );
    let mut out = Vec::new();
    let files: [(&str, &[u8]); 3] = [
        ("manifest.json", list.as_bytes()),
        ("desk/tokens/6162.json", b"{}"),
        ("journal/0000000001.jnl", segment),
    ];
    for (name, inside) in files {
        let mut head = [0; BLOCK];
        put(&mut head, 0, name.as_bytes());
        put(&mut head, 100, b"0000600\0");
        put(&mut head, 124, format!("{:011o}", inside.len()).as_bytes());
        put(&mut head, 136, b"15137371620");
        put(&mut head, 156, b"0");
        put(&mut head, 257, b"ustar  \0");
        out.extend(head);
        out.extend(inside);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    mend_archive(SUMS, &mut out);
    out
}
