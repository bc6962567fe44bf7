//! Сжатый сегмент: a closed segment as independent zstd frames behind its own header.
//!
//! `segment header 128 | magic 8 | raw length u64 | frames u32 | frame length u32 | last seq u64 | last hash 32 |
//! zeros | crc32c u32 | (length u32, crc32c u32) of each frame | crc32c u32 | frames`, little-endian. Every byte
//! stands under a checksum and the length of the file is known, so that no change goes unnoticed. It is
//! read like the raw segment, at the same offsets; a frame is unpacked at a time.

use std::fs::{self, File};
use std::io::{Error as IoError, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::Position;
use super::segment::HEADER;
use crate::id::Seq;
use crate::store::durable;

/// Extension of a packed segment.
pub(crate) const PACKED: &str = "jnlz";
const MAGIC: [u8; 8] = *b"FONDPCK1";
/// The block after the segment's header.
const SEAL: usize = 128;
/// So many raw bytes in a frame.
const FRAME: usize = 1 << 20;
const LEVEL: i32 = 3;

/// A packed segment open for reading.
pub(crate) struct Packed {
    file: File,
    raw: u64,
    frames: Vec<Frame>,
    /// The last entry in it.
    pub(crate) end: Position,
    last: Mutex<Option<(usize, Arc<Vec<u8>>)>>,
}

#[derive(Clone, Copy)]
struct Frame {
    offset: u64,
    length: u32,
    checksum: u32,
}

fn damaged(what: String) -> IoError {
    IoError::new(ErrorKind::InvalidData, what)
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from(word(bytes, at)) | u64::from(word(bytes, at + 4)) << 32
}

impl Packed {
    /// Reads and checks what stands before the frames.
    ///
    /// # Errors
    /// Of kind `InvalidData` when it is not what was written.
    pub(crate) fn open(file: File) -> std::io::Result<Self> {
        let bad = || damaged("опись сжатого сегмента не сходится".to_owned());
        let mut seal = [0; SEAL];
        file.read_exact_at(&mut seal, HEADER).map_err(|_| bad())?;
        let room = &seal[64..124];
        if seal[..8] != MAGIC
            || crc32c::crc32c(&seal[..124]) != word(&seal, 124)
            || room.iter().any(|byte| *byte != 0)
        {
            return Err(bad());
        }
        let (raw, count, frame) = (long(&seal, 8), word(&seal, 16), word(&seal, 20));
        let length = file.metadata()?.len();
        let begin = HEADER + SEAL as u64;
        let list = u64::from(count) * 8 + 4;
        if frame as usize != FRAME
            || raw.div_ceil(FRAME as u64) != u64::from(count)
            || begin + list > length
        {
            return Err(bad());
        }
        let mut index = vec![0; usize::try_from(list).unwrap_or(0)];
        file.read_exact_at(&mut index, begin).map_err(|_| bad())?;
        let (pairs, checksum) = index.split_at(index.len() - 4);
        if crc32c::crc32c(pairs) != word(checksum, 0) {
            return Err(bad());
        }
        let mut offset = begin + list;
        let mut frames = Vec::with_capacity(count as usize);
        for pair in pairs.chunks_exact(8) {
            let (length, checksum) = (word(pair, 0), word(pair, 4));
            frames.push(Frame {
                offset,
                length,
                checksum,
            });
            offset += u64::from(length);
        }
        if offset != length {
            return Err(damaged(format!(
                "длина сжатого сегмента {length}, по описи {offset}"
            )));
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(&seal[32..64]);
        let end = Position {
            seq: Seq::new(long(&seal, 24)),
            hash,
        };
        Ok(Self {
            file,
            raw,
            frames,
            end,
            last: Mutex::new(None),
        })
    }

    /// Length of the raw segment.
    pub(crate) fn len(&self) -> u64 {
        self.raw
    }

    /// As `File::read_at` of the raw segment.
    pub(crate) fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        if offset >= self.raw {
            return Ok(0);
        }
        let number = usize::try_from(offset / FRAME as u64).unwrap_or(usize::MAX);
        let frame = self.frame(number)?;
        let from = usize::try_from(offset % FRAME as u64).unwrap_or(0);
        let rest = frame.get(from..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }

    fn frame(&self, number: usize) -> std::io::Result<Arc<Vec<u8>>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((kept, bytes)) = last.as_ref()
            && *kept == number
        {
            return Ok(Arc::clone(bytes));
        }
        let Some(frame) = self.frames.get(number) else {
            return Err(damaged("куска сжатого сегмента нет".to_owned()));
        };
        let bad = || {
            damaged(format!(
                "сжатый кусок со смещения {} повреждён",
                frame.offset
            ))
        };
        let mut packed = vec![0; frame.length as usize];
        self.file
            .read_exact_at(&mut packed, frame.offset)
            .map_err(|_| bad())?;
        if crc32c::crc32c(&packed) != frame.checksum {
            return Err(bad());
        }
        let bytes = zstd::bulk::decompress(&packed, FRAME).map_err(|_| bad())?;
        let before = number as u64 * FRAME as u64;
        if bytes.len() as u64 != (self.raw - before).min(FRAME as u64) {
            return Err(bad());
        }
        let bytes = Arc::new(bytes);
        *last = Some((number, Arc::clone(&bytes)));
        Ok(bytes)
    }
}

/// Packs the closed segment at `raw`, reads the result back, compares, and puts it beside; the raw file
/// is then the caller's to remove. `None` when `stop` was set meanwhile: nothing is left behind.
///
/// A frame is in memory at a time.
pub(crate) fn pack(
    raw: &Path,
    end: Position,
    stop: &AtomicBool,
) -> std::io::Result<Option<PathBuf>> {
    let segment = Raw::open(raw)?;
    let making = raw.with_extension("packing");
    let done = write_packed(&segment, &making, end, stop).and_then(|whole| {
        if whole && !same(&segment, &making)? {
            return Err(damaged("сжатое не совпало с исходным".to_owned()));
        }
        Ok(whole)
    });
    if !matches!(done, Ok(true)) {
        let _ = fs::remove_file(&making);
    }
    if !done? {
        return Ok(None);
    }
    let path = raw.with_extension(PACKED);
    fs::rename(&making, &path)?;
    File::open(raw.parent().unwrap_or(raw))?.sync_all()?;
    Ok(Some(path))
}

/// A closed segment as it was written, taken frame by frame.
struct Raw {
    file: File,
    length: u64,
}

impl Raw {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }

    /// The bytes of each frame, in order.
    fn frames(&self) -> impl Iterator<Item = std::io::Result<Vec<u8>>> {
        let steps = (0..self.length).step_by(FRAME);
        steps.map(|from| {
            let length = (self.length - from).min(FRAME as u64);
            let mut bytes = vec![0; usize::try_from(length).unwrap_or(FRAME)];
            self.file.read_exact_at(&mut bytes, from)?;
            Ok(bytes)
        })
    }
}

fn write_packed(
    raw: &Raw,
    making: &Path,
    end: Position,
    stop: &AtomicBool,
) -> std::io::Result<bool> {
    let mut head = vec![0; usize::try_from(HEADER).unwrap_or(0)];
    let short = |_| damaged("сегмент короче заголовка".to_owned());
    raw.file.read_exact_at(&mut head, 0).map_err(short)?;
    let count = raw.length.div_ceil(FRAME as u64);
    let file = durable::make_file(making)?;
    let mut offset = HEADER + SEAL as u64 + count * 8 + 4;
    let mut index = Vec::new();
    for frame in raw.frames() {
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        let packed = zstd::bulk::compress(&frame?, LEVEL)?;
        let length = u32::try_from(packed.len()).map_err(IoError::other)?;
        index.extend_from_slice(&length.to_le_bytes());
        index.extend_from_slice(&crc32c::crc32c(&packed).to_le_bytes());
        file.write_all_at(&packed, offset)?;
        offset += u64::from(length);
    }
    let mut seal = [0; SEAL];
    seal[..8].copy_from_slice(&MAGIC);
    seal[8..16].copy_from_slice(&raw.length.to_le_bytes());
    let count = u32::try_from(count).map_err(IoError::other)?;
    seal[16..20].copy_from_slice(&count.to_le_bytes());
    seal[20..24].copy_from_slice(&u32::try_from(FRAME).unwrap_or(0).to_le_bytes());
    seal[24..32].copy_from_slice(&end.seq.get().to_le_bytes());
    seal[32..64].copy_from_slice(&end.hash);
    let checksum = crc32c::crc32c(&seal[..124]);
    seal[124..].copy_from_slice(&checksum.to_le_bytes());
    let checksum = crc32c::crc32c(&index);
    index.extend_from_slice(&checksum.to_le_bytes());
    head.extend_from_slice(&seal);
    head.extend_from_slice(&index);
    file.write_all_at(&head, 0)?;
    file.sync_all()?;
    Ok(true)
}

/// Whether a packed segment unpacks to the very bytes of this raw one.
///
/// # Errors
/// `InvalidData` when the packed one cannot be read, else what the disk says.
pub(crate) fn is_of(packed: &Path, raw: &Path) -> std::io::Result<bool> {
    same(&Raw::open(raw)?, packed)
}

/// Whether what stands on disk unpacks to the very bytes of the segment.
fn same(raw: &Raw, making: &Path) -> std::io::Result<bool> {
    let packed = Packed::open(File::open(making)?)?;
    let mut frames = raw.frames().enumerate();
    let equal = frames.try_fold(true, |equal, (number, frame)| {
        Ok::<_, IoError>(equal && *packed.frame(number)? == frame?)
    })?;
    Ok(equal && packed.len() == raw.length)
}
