//! Reads what a file journal has made durable, on any thread, and checks all of it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use uuid::Uuid;

use super::super::segment::{HEADER, Segment};
use super::super::{JournalError, JournalReader, Position, RawEntry};
use super::closed::walked;
use super::{MARK_EVERY, Shared};
use crate::id::Seq;

/// One reading stops after so many bytes, so that long entries do not fill the memory.
const READ_BYTES: u64 = 16 << 20;
/// How often and how long a check waits for a batch that is being written.
const CHECK_TRIES: u32 = 20;
const CHECK_PAUSE: Duration = Duration::from_millis(5);

pub(super) struct FileReader(pub(super) Arc<RwLock<Shared>>);

/// Where a reading begins, and which segments there are.
struct Start {
    segments: Vec<PathBuf>,
    index: usize,
    offset: u64,
    position: Position,
    head: Position,
}

impl FileReader {
    fn start(&self, after: Seq) -> Start {
        let shared = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mark = shared
            .marks
            .range(..=after)
            .next_back()
            .map(|(_, mark)| *mark);
        let (index, offset, position) = mark.unwrap_or((0, HEADER, Position::default()));
        Start {
            segments: shared.segments.clone(),
            index,
            offset,
            position,
            head: shared.head,
        }
    }

    /// Remembers a place that a reading came to, for the next one.
    fn remember(&self, index: usize, offset: u64, position: Position) {
        let mut shared = self.0.write().unwrap_or_else(PoisonError::into_inner);
        shared.marks.insert(position.seq, (index, offset, position));
    }

    fn check_once(&self) -> Result<Position, JournalError> {
        let Start { segments, head, .. } = self.start(Seq::default());
        let mut position = Position::default();
        for (path, number) in segments.iter().zip(1..) {
            let segment = Segment::open(path, false)?;
            if segment.header.before != position || segment.header.number != number {
                let what = "сегмент не продолжает предыдущий".to_owned();
                return Err(segment.damaged(0, position.seq.next(), what));
            }
            position = walked(&segment, position)?;
        }
        if position.seq < head.seq {
            let last = segments.last().map_or(Path::new(""), PathBuf::as_path);
            let segment = Segment::open(last, false)?;
            return Err(segment.damaged(
                HEADER,
                position.seq.next(),
                "журнал короче, чем был".into(),
            ));
        }
        Ok(position)
    }
}

impl JournalReader for FileReader {
    fn head(&self) -> Position {
        self.0.read().unwrap_or_else(PoisonError::into_inner).head
    }

    fn read(&self, after: Seq, limit: usize) -> Result<Vec<RawEntry>, JournalError> {
        let Start {
            segments,
            index: first,
            mut offset,
            mut position,
            head,
        } = self.start(after);
        let (mut out, mut bytes, mut walked) = (Vec::new(), 0, 0);
        for (index, path) in segments.iter().enumerate().skip(first) {
            let segment = Segment::open(path, false)?;
            while position.seq < head.seq && out.len() < limit && bytes < READ_BYTES {
                let Some((entries, next)) = segment.batch_at(offset, position)? else {
                    break;
                };
                if let Some(last) = entries.last() {
                    position = Position {
                        seq: last.seq,
                        hash: last.hash,
                    };
                }
                out.extend(
                    entries
                        .into_iter()
                        .filter(|e| e.seq > after && e.seq <= head.seq),
                );
                if !out.is_empty() {
                    bytes += next - offset;
                }
                offset = next;
                walked += 1;
                if walked >= MARK_EVERY {
                    walked = 0;
                    self.remember(index, offset, position);
                }
            }
            if position.seq >= head.seq || out.len() >= limit || bytes >= READ_BYTES {
                break;
            }
            offset = HEADER;
        }
        out.truncate(limit);
        if out.is_empty() && after < head.seq && limit > 0 {
            return Err(JournalError::Damaged {
                file: segments.last().cloned().unwrap_or_default(),
                offset,
                seq: position.seq.next(),
                what: "записи нет на месте".into(),
            });
        }
        Ok(out)
    }

    fn library(&self) -> Uuid {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .library
    }

    fn check_all(&self) -> Result<Position, JournalError> {
        let mut tries = 0;
        loop {
            let before = self.head();
            match self.check_once() {
                // A batch in the making looks like damage at the end; it is gone or whole soon.
                Err(JournalError::Damaged { seq, .. })
                    if seq > before.seq && tries < CHECK_TRIES =>
                {
                    tries += 1;
                    std::thread::sleep(CHECK_PAUSE);
                }
                answer => return answer,
            }
        }
    }
}
