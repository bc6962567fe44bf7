//! The segment of a journal as bytes: where its batches lie, for tests that spoil its end.
//!
//! A batch is a magic, its length, its checksum and so many bytes (see `journal/frame.rs`); zeros follow the last.

use std::fs;
use std::ops::Range;
use std::path::Path;

/// Where the first batch stands.
const HEADER: usize = 128;
/// Magic, length and checksum of a batch.
const HEAD: usize = 12;
const MAGIC: &[u8] = b"FBT1";
/// What a disk writes whole.
const SECTOR: usize = 512;

/// The places of the batches in a segment.
///
/// # Panics
/// When what stands there is no segment.
#[must_use]
pub fn batches(segment: &[u8]) -> Vec<Range<usize>> {
    let (mut found, mut at) = (Vec::new(), HEADER);
    while segment.get(at..at + 4) == Some(MAGIC) {
        let length = segment[at + 4..at + 8].try_into().unwrap();
        let end = at + HEAD + u32::from_le_bytes(length) as usize;
        found.push(at..end);
        at = end;
    }
    found
}

fn change(segment: &Path, work: impl FnOnce(&mut Vec<u8>, &[Range<usize>])) {
    let mut bytes = fs::read(segment).unwrap();
    let places = batches(&bytes);
    work(&mut bytes, &places);
    fs::write(segment, bytes).unwrap();
}

/// Takes the last batches away, as if they had never come.
///
/// # Panics
/// When there are not so many.
pub fn take_away(segment: &Path, count: usize) {
    change(segment, |bytes, places| {
        bytes[places[places.len() - count].start..].fill(0);
    });
}

/// Flips a bit of the last batch, at this share of it.
///
/// # Panics
/// When there is none.
pub fn flip_in_the_last(segment: &Path, share: f64, bit: u32) {
    change(segment, |bytes, places| {
        let last = places.last().unwrap().clone();
        let at = last.start + (last.len() as f64 * share) as usize;
        bytes[at] ^= 1 << (bit % 8);
    });
}

/// Takes the last sector of the last batch away.
///
/// # Panics
/// When there is none.
pub fn tear_the_last(segment: &Path) {
    change(segment, |bytes, places| {
        let last = places.last().unwrap().clone();
        let sector = (last.end - 1) / SECTOR * SECTOR;
        bytes[last.start.max(sector)..last.end].fill(0);
    });
}

/// Adds the beginning of a batch that was being written when its program was killed.
///
/// # Panics
/// When the segment is full.
pub fn begin_another(segment: &Path) {
    change(segment, |bytes, places| {
        let end = places.last().map_or(HEADER, |last| last.end);
        let (length, written) = (9000_u32, (end / SECTOR + 3) * SECTOR);
        bytes[end..written].fill(0xa5);
        bytes[end..end + 4].copy_from_slice(MAGIC);
        bytes[end + 4..end + 8].copy_from_slice(&length.to_le_bytes());
    });
}
