//! One file of the journal: a header, then batches, then zeros that were filled ahead; a closed one may
//! be packed.
//!
//! Knows where batches lie and whether what lies after the last one is a torn write or damage.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::frame::{self, BATCH_HEAD, BATCH_LIMIT, BATCH_MAGIC};
use super::packed::{PACKED, Packed};
use super::{JournalError, Position, RawEntry, torn};
use crate::id::{Hash, Seq};

/// Bytes before the first batch.
pub(crate) const HEADER: u64 = 128;
const MAGIC: [u8; 8] = *b"FONDJNL1";
/// How much is zero-filled ahead at once, so that a sync need not change the file's length.
pub(crate) const FILL: u64 = 1 << 20;

/// No segment is longer: it is closed behind the batch that comes over 64 MB, and a batch has no more. What is
/// longer is damage, not a reason to take it into memory.
const LONGEST: u64 = 256 << 20;
/// No journal goes further: a database counts its entries in as many bits.
const LAST: u64 = i64::MAX as u64;

/// What a segment's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// The library this journal belongs to.
    pub(crate) library: Uuid,
    /// Number of the segment, from 1.
    pub(crate) number: u64,
    /// Position before its first entry.
    pub(crate) before: Position,
}

impl Header {
    pub(crate) fn write(&self) -> [u8; HEADER as usize] {
        let mut out = [0_u8; HEADER as usize];
        out[..8].copy_from_slice(&MAGIC);
        out[8..24].copy_from_slice(self.library.as_bytes());
        out[24..32].copy_from_slice(&self.number.to_le_bytes());
        out[32..40].copy_from_slice(&self.before.seq.get().to_le_bytes());
        out[40..72].copy_from_slice(&self.before.hash);
        let checksum = crc32c::crc32c(&out[..124]);
        out[124..].copy_from_slice(&checksum.to_le_bytes());
        out
    }

    pub(crate) fn read(bytes: &[u8; HEADER as usize]) -> Option<Self> {
        let checksum = u32::from_le_bytes(bytes[124..].try_into().ok()?);
        let room = &bytes[72..124];
        if bytes[..8] != MAGIC
            || crc32c::crc32c(&bytes[..124]) != checksum
            || room.iter().any(|byte| *byte != 0)
        {
            return None;
        }
        let hash: Hash = bytes[40..72].try_into().ok()?;
        let seq = u64::from_le_bytes(bytes[32..40].try_into().ok()?);
        let seq = (seq < LAST).then_some(Seq::new(seq))?;
        Some(Self {
            library: Uuid::from_bytes(bytes[8..24].try_into().ok()?),
            number: u64::from_le_bytes(bytes[24..32].try_into().ok()?),
            before: Position { seq, hash },
        })
    }
}

/// A segment file open for reading, and for writing when it is the last.
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    body: Body,
}

/// Where the bytes of a segment are.
enum Body {
    Raw(File),
    Packed(Box<Packed>),
}

/// How the batches of a segment end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Zeros, or the end of the file.
    Clean,
    /// A torn write at this offset, with nothing valid after it.
    Torn,
    /// Zeros where a batch would begin, then a byte at this offset, with nothing valid after it: a batch
    /// whose beginning a power cut took.
    Dirt(u64),
}

impl Segment {
    pub(crate) fn open(path: &Path, writable: bool) -> Result<Self, JournalError> {
        let io = |source| JournalError::Io {
            path: path.to_owned(),
            source,
        };
        let (path, file) = match OpenOptions::new().read(true).write(writable).open(path) {
            // Packed since its name was looked up.
            Err(error) if error.kind() == ErrorKind::NotFound && !writable => {
                let packed = path.with_extension(PACKED);
                let file = File::open(&packed).map_err(|_| io(error))?;
                (packed, file)
            }
            opened => (path.to_owned(), opened.map_err(io)?),
        };
        let path = path.as_path();
        let mut bytes = [0; HEADER as usize];
        let damaged = |what: &str| JournalError::Damaged {
            file: path.to_owned(),
            offset: 0,
            seq: Seq::default(),
            what: what.to_owned(),
        };
        file.read_exact_at(&mut bytes, 0)
            .map_err(|_| damaged("заголовок сегмента оборван"))?;
        let header =
            Header::read(&bytes).ok_or_else(|| damaged("заголовок сегмента не читается"))?;
        let body = if path.extension().is_some_and(|e| e == PACKED) {
            let packed = Packed::open(file).map_err(|error| {
                if error.kind() != ErrorKind::InvalidData {
                    return io(error);
                }
                JournalError::Damaged {
                    file: path.to_owned(),
                    offset: 0,
                    seq: header.before.seq.next(),
                    what: error.to_string(),
                }
            })?;
            Body::Packed(Box::new(packed))
        } else {
            Body::Raw(file)
        };
        let segment = Self {
            path: path.to_owned(),
            header,
            body,
        };
        if segment.length()? > LONGEST {
            return Err(segment.damaged(
                0,
                header.before.seq.next(),
                "длина невозможна".to_owned(),
            ));
        }
        Ok(segment)
    }

    /// The file to write into; only a raw segment has one.
    pub(crate) fn file(&self) -> Result<&File, JournalError> {
        match &self.body {
            Body::Raw(file) => Ok(file),
            Body::Packed(_) => Err(self.damaged(
                0,
                self.header.before.seq.next(),
                "последний сегмент сжат, а в сжатый не пишут".to_owned(),
            )),
        }
    }

    /// Where a packed segment says it ends.
    pub(crate) fn told_end(&self) -> Option<Position> {
        match &self.body {
            Body::Raw(_) => None,
            Body::Packed(packed) => Some(packed.end),
        }
    }

    fn length(&self) -> Result<u64, JournalError> {
        match &self.body {
            Body::Raw(file) => Ok(file.metadata().map_err(|e| self.io(e))?.len()),
            Body::Packed(packed) => Ok(packed.len()),
        }
    }

    /// Reads until the buffer is full or the segment ends; returns how much was read.
    fn read_up_to(&self, buffer: &mut [u8], offset: u64, seq: Seq) -> Result<usize, JournalError> {
        let mut done = 0;
        while done < buffer.len() {
            let (rest, at) = (&mut buffer[done..], offset + done as u64);
            let got = match &self.body {
                Body::Raw(file) => file.read_at(rest, at),
                Body::Packed(packed) => packed.read_at(rest, at),
            };
            match got {
                Ok(0) => break,
                Ok(got) => done += got,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::InvalidData => {
                    return Err(self.damaged(at, seq, error.to_string()));
                }
                Err(error) => return Err(self.io(error)),
            }
        }
        Ok(done)
    }

    /// The batch at `offset` that follows `after`: its entries and the offset behind it.
    ///
    /// `Ok(None)` when only zeros, or nothing, stand where a batch would begin.
    pub(crate) fn batch_at(
        &self,
        offset: u64,
        after: Position,
    ) -> Result<Option<(Vec<RawEntry>, u64)>, JournalError> {
        let Some(body) = self.body_at(offset, after.seq.next())? else {
            return Ok(None);
        };
        let entries = frame::read_batch(&self.header.library, after, &body)
            .map_err(|what| self.damaged(offset, after.seq.next(), what))?;
        Ok(Some((entries, offset + (BATCH_HEAD + body.len()) as u64)))
    }

    fn body_at(&self, offset: u64, seq: Seq) -> Result<Option<Vec<u8>>, JournalError> {
        let mut head = [0; BATCH_HEAD];
        let got = self.read_up_to(&mut head, offset, seq)?;
        if head[..got].iter().all(|b| *b == 0) {
            return Ok(None);
        }
        let bad = |what: &str| self.damaged(offset, seq, what.to_owned());
        if got < BATCH_HEAD || head[..4] != BATCH_MAGIC {
            return Err(bad("пакет начинается не так"));
        }
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let checksum = u32::from_le_bytes([head[8], head[9], head[10], head[11]]);
        if length > BATCH_LIMIT {
            return Err(bad("длина пакета невозможна"));
        }
        let mut body = vec![0; length];
        let got = self.read_up_to(&mut body, offset + BATCH_HEAD as u64, seq)?;
        if got < length {
            return Err(bad("пакет оборван концом файла"));
        }
        if frame::batch_checksum(&body) != checksum {
            return Err(bad("контрольная сумма пакета не сходится"));
        }
        Ok(Some(body))
    }

    /// Walks all batches from `offset`; tells each and where and how they end.
    pub(crate) fn walk(
        &self,
        mut offset: u64,
        mut position: Position,
        each: &mut dyn FnMut(u64, Vec<RawEntry>),
    ) -> Result<(u64, Position, End), JournalError> {
        loop {
            match self.batch_at(offset, position) {
                Ok(Some((entries, next))) => {
                    if let Some(last) = entries.last() {
                        position = Position {
                            seq: last.seq,
                            hash: last.hash,
                        };
                    }
                    each(offset, entries);
                    offset = next;
                }
                Ok(None) => {
                    let Some(dirt) = self.first_byte_after(offset, position.seq.next())? else {
                        return Ok((offset, position, End::Clean));
                    };
                    if self.valid_batch_after(offset + 1, position.seq)?
                        || !self.is_torn(offset, position)?
                    {
                        return Err(self.dirty(dirt, position.seq.next()));
                    }
                    return Ok((offset, position, End::Dirt(dirt)));
                }
                // The disk did not answer: that is neither a torn write nor damage.
                Err(error @ JournalError::Io { .. }) => return Err(error),
                Err(error) => {
                    // A later valid batch proves that this one was whole once: damage, not a torn write.
                    if self.valid_batch_after(offset + 1, position.seq)?
                        || !self.is_torn(offset, position)?
                    {
                        return Err(error);
                    }
                    return Ok((offset, position, End::Torn));
                }
            }
        }
    }

    /// The first byte that is not zero in the space filled ahead.
    fn first_byte_after(&self, offset: u64, seq: Seq) -> Result<Option<u64>, JournalError> {
        let mut at = offset;
        let mut chunk = vec![0; 1 << 16];
        loop {
            let got = self.read_up_to(&mut chunk, at, seq)?;
            if let Some(dirty) = chunk[..got].iter().position(|b| *b != 0) {
                return Ok(Some(at + dirty as u64));
            }
            if got < chunk.len() {
                return Ok(None);
            }
            at += got as u64;
        }
    }

    /// Everything from `offset` to the end, without the zeros after it.
    pub(crate) fn rest(&self, offset: u64, seq: Seq) -> Result<Vec<u8>, JournalError> {
        let length = self.length()?.saturating_sub(offset);
        let mut rest = vec![0; usize::try_from(length).unwrap_or(0)];
        let got = self.read_up_to(&mut rest, offset, seq)?;
        let used = rest[..got].iter().rposition(|b| *b != 0);
        rest.truncate(used.map_or(0, |last| last + 1));
        Ok(rest)
    }

    fn is_torn(&self, offset: u64, after: Position) -> Result<bool, JournalError> {
        let rest = self.rest(offset, after.seq.next())?;
        Ok(torn::is_torn(&self.header.library, after, offset, &rest))
    }

    fn valid_batch_after(&self, offset: u64, seq: Seq) -> Result<bool, JournalError> {
        let rest = self.rest(offset, seq.next())?;
        let mut from = 0;
        while let Some(found) = rest[from..].windows(4).position(|w| w == BATCH_MAGIC) {
            let at = from + found;
            let later =
                |body: &Vec<u8>| frame::first_seq(body).is_some_and(|(first, _)| first > seq);
            if let Ok(Some(body)) = self.body_at(offset + at as u64, seq)
                && later(&body)
            {
                return Ok(true);
            }
            from = at + 1;
        }
        Ok(false)
    }

    /// A byte that nobody wrote, in the space filled ahead (D-6).
    pub(crate) fn dirty(&self, offset: u64, seq: Seq) -> JournalError {
        self.damaged(
            offset,
            seq,
            "ненулевой байт за концом записанного".to_owned(),
        )
    }

    pub(crate) fn damaged(&self, offset: u64, seq: Seq, what: String) -> JournalError {
        JournalError::Damaged {
            file: self.path.clone(),
            offset,
            seq,
            what,
        }
    }

    pub(crate) fn io(&self, source: std::io::Error) -> JournalError {
        JournalError::Io {
            path: self.path.clone(),
            source,
        }
    }
}
