//! The embedded home of the journal: segments in a folder, one writer, group commit by its caller.
//!
//! Durability points: `append` returns after `fdatasync`; a new segment is written under another
//! name, synced, renamed, and its folder synced.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;
use uuid::Uuid;

use super::segment::{End, FILL, HEADER, Header, Segment};
use super::{Draft, Journal, JournalError, JournalReader, Position, RawEntry, frame};
use crate::id::Seq;

/// A segment is closed when it is longer.
const SEGMENT_LIMIT: u64 = 64 << 20;
/// Every so many batches a place is remembered, so that reading from the middle need not walk.
const MARK_EVERY: usize = 64;
/// One reading stops after so many bytes, so that long entries do not fill the memory.
const READ_BYTES: u64 = 16 << 20;
/// How often and how long a check waits for a batch that is being written.
const CHECK_TRIES: u32 = 20;
const CHECK_PAUSE: std::time::Duration = std::time::Duration::from_millis(5);

/// Журнал в папке.
pub(crate) struct FileJournal {
    folder: PathBuf,
    last: Segment,
    end: u64,
    filled: u64,
    time: Timestamp,
    batches: usize,
    poisoned: Option<String>,
    shared: Arc<RwLock<Shared>>,
}

/// What readers may know: only what is durable.
struct Shared {
    library: Uuid,
    head: Position,
    segments: Vec<PathBuf>,
    /// Position before a batch → segment index, offset.
    marks: BTreeMap<Seq, (usize, u64, Position)>,
}

/// What opening found and did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recovered {
    /// Bytes of an unfinished last batch that were cut; it had never been acknowledged.
    pub(crate) cut: Option<String>,
}

impl FileJournal {
    /// Opens the journal in `folder`, making a new one with `library` as its name when empty.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] when what stands there is not what was written.
    pub(crate) fn open(folder: &Path, library: Uuid) -> Result<(Self, Recovered), JournalError> {
        let io = |source| JournalError::Io {
            path: folder.to_owned(),
            source,
        };
        fs::create_dir_all(folder).map_err(io)?;
        let mut paths = segment_paths(folder)?;
        if paths.is_empty() {
            let header = Header {
                library,
                number: 1,
                before: Position::default(),
            };
            paths.push(create_segment(folder, header)?);
            sync_folder(folder.parent().unwrap_or(folder))?;
        }
        let mut shared = Shared {
            library,
            head: Position::default(),
            segments: paths,
            marks: BTreeMap::new(),
        };
        check_headers(&mut shared)?;
        let last_path = shared.segments.last().cloned().unwrap_or_default();
        let last = Segment::open(&last_path, true)?;
        let index = shared.segments.len() - 1;
        let (mut batches, mut time) = (0, Timestamp::UNIX_EPOCH);
        let mut position = last.header.before;
        let (end, head, how) = last.walk(HEADER, position, &mut |offset, entries| {
            if batches % MARK_EVERY == 0 {
                shared.marks.insert(position.seq, (index, offset, position));
            }
            batches += 1;
            if let Some(entry) = entries.last() {
                position = Position {
                    seq: entry.seq,
                    hash: entry.hash,
                };
                time = entry.draft.at;
            }
        })?;
        shared.head = head;
        let recovered = mend_tail(&last, end, &how)?;
        let filled = last.file.metadata().map_err(io)?.len();
        let shared = Arc::new(RwLock::new(shared));
        let mut journal = Self {
            folder: folder.to_owned(),
            last,
            end,
            filled,
            time,
            batches,
            poisoned: None,
            shared,
        };
        journal.time_of_previous_segment(head)?;
        Ok((journal, recovered))
    }

    /// A fresh segment has no entry to take the last time from; look at the one before.
    fn time_of_previous_segment(&mut self, head: Position) -> Result<(), JournalError> {
        if self.time == Timestamp::UNIX_EPOCH && head.seq > Seq::default() {
            let before = Seq::new(head.seq.get() - 1);
            if let Some(entry) = self.reader().read(before, 1)?.first() {
                self.time = entry.draft.at;
            }
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let need = self.end + bytes.len() as u64;
        if need > self.filled {
            let zeros = vec![0; usize::try_from(need - self.filled + FILL).unwrap_or(0)];
            self.last
                .file
                .write_all_at(&zeros, self.filled)
                .map_err(|e| self.last.io(e))?;
            self.last.file.sync_all().map_err(|e| self.last.io(e))?;
            self.filled += zeros.len() as u64;
        }
        self.last
            .file
            .write_all_at(bytes, self.end)
            .map_err(|e| self.last.io(e))?;
        self.last.file.sync_data().map_err(|e| self.last.io(e))?;
        self.end = need;
        Ok(())
    }

    fn roll(&mut self, head: Position) -> Result<(), JournalError> {
        self.last
            .file
            .set_len(self.end)
            .map_err(|e| self.last.io(e))?;
        self.last.file.sync_all().map_err(|e| self.last.io(e))?;
        let header = Header {
            library: self.last.header.library,
            number: self.last.header.number + 1,
            before: head,
        };
        let path = create_segment(&self.folder, header)?;
        self.last = Segment::open(&path, true)?;
        self.end = HEADER;
        self.filled = self
            .last
            .file
            .metadata()
            .map_err(|e| self.last.io(e))?
            .len();
        self.batches = 0;
        self.shared
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .segments
            .push(path);
        Ok(())
    }

    fn append_batch(
        &mut self,
        after: Position,
        drafts: Vec<Draft>,
    ) -> Result<Vec<RawEntry>, JournalError> {
        if self.end > SEGMENT_LIMIT {
            self.roll(after)?;
        }
        let (bytes, entries) =
            frame::write_batch(&self.last.header.library, after, self.time, drafts);
        let offset = self.end;
        self.write(&bytes)?;
        let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
        if self.batches.is_multiple_of(MARK_EVERY) {
            let index = shared.segments.len() - 1;
            shared.marks.insert(after.seq, (index, offset, after));
        }
        self.batches += 1;
        if let Some(last) = entries.last() {
            self.time = last.draft.at;
            shared.head = Position {
                seq: last.seq,
                hash: last.hash,
            };
        }
        Ok(entries)
    }
}

impl Journal for FileJournal {
    fn head(&self) -> Position {
        self.shared
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .head
    }

    fn claim(&mut self) -> Result<Position, JournalError> {
        match &self.poisoned {
            Some(why) => Err(JournalError::Poisoned(why.clone())),
            None => Ok(self.head()),
        }
    }

    fn release(&mut self) {}

    fn refresh(&mut self) -> Result<Position, JournalError> {
        Ok(self.head())
    }

    fn append(
        &mut self,
        after: Position,
        drafts: Vec<Draft>,
    ) -> Result<Vec<RawEntry>, JournalError> {
        if let Some(why) = &self.poisoned {
            return Err(JournalError::Poisoned(why.clone()));
        }
        let head = self.head();
        if head != after {
            return Err(JournalError::Moved {
                expected: after.seq,
                found: head.seq,
            });
        }
        self.append_batch(after, drafts)
            .inspect_err(|error| self.poisoned = Some(error.to_string()))
    }

    fn last_time(&self) -> Timestamp {
        self.time
    }

    fn reader(&self) -> Box<dyn JournalReader> {
        Box::new(FileReader(Arc::clone(&self.shared)))
    }
}

struct FileReader(Arc<RwLock<Shared>>);

impl FileReader {
    /// Where to start walking for entries after `after`, and which segments there are.
    fn start(&self, after: Seq) -> (Vec<PathBuf>, usize, u64, Position, Position) {
        let shared = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mark = shared
            .marks
            .range(..=after)
            .next_back()
            .map(|(_, mark)| *mark);
        let (index, offset, position) = mark.unwrap_or((0, HEADER, Position::default()));
        (
            shared.segments.clone(),
            index,
            offset,
            position,
            shared.head,
        )
    }
}

impl JournalReader for FileReader {
    fn head(&self) -> Position {
        self.0.read().unwrap_or_else(PoisonError::into_inner).head
    }

    fn read(&self, after: Seq, limit: usize) -> Result<Vec<RawEntry>, JournalError> {
        let (segments, first, mut offset, mut position, head) = self.start(after);
        let (mut out, mut bytes) = (Vec::new(), 0);
        for path in &segments[first..] {
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

impl FileReader {
    fn check_once(&self) -> Result<Position, JournalError> {
        let (segments, _, _, _, head) = self.start(Seq::default());
        let mut position = Position::default();
        for path in &segments {
            let segment = Segment::open(path, false)?;
            if segment.header.before != position {
                let what = "сегмент не продолжает предыдущий".to_owned();
                return Err(segment.damaged(0, position.seq.next(), what));
            }
            let (end, reached, how) = segment.walk(HEADER, position, &mut |_, _| ())?;
            position = reached;
            if matches!(how, End::Torn) {
                return Err(segment.damaged(end, position.seq.next(), "пакет повреждён".into()));
            }
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

/// Cuts an unfinished last batch, so that what is appended next stands on zeros.
fn mend_tail(last: &Segment, end: u64, how: &End) -> Result<Recovered, JournalError> {
    match how {
        End::Clean => Ok(Recovered::default()),
        End::Torn => {
            let length = last.file.metadata().map_err(|e| last.io(e))?.len();
            last.file.set_len(end).map_err(|e| last.io(e))?;
            last.file.sync_all().map_err(|e| last.io(e))?;
            let name = last
                .path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let cut = format!(
                "{name}: незаконченный пакет с смещения {end} отрезан ({} байт)",
                length - end
            );
            Ok(Recovered { cut: Some(cut) })
        }
    }
}

/// Every header must read, be of one library and be numbered without a gap.
fn check_headers(shared: &mut Shared) -> Result<(), JournalError> {
    for (i, path) in shared.segments.iter().enumerate() {
        let segment = Segment::open(path, false)?;
        if i == 0 {
            shared.library = segment.header.library;
        }
        if segment.header.library != shared.library || segment.header.number != i as u64 + 1 {
            let what = "сегмент чужой или не на своём месте".to_owned();
            return Err(segment.damaged(0, segment.header.before.seq.next(), what));
        }
        shared.marks.insert(
            segment.header.before.seq,
            (i, HEADER, segment.header.before),
        );
    }
    Ok(())
}

fn segment_paths(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let io = |source| JournalError::Io {
        path: folder.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        match path.extension().and_then(|e| e.to_str()) {
            Some("jnl") => paths.push(path),
            // A segment whose making was interrupted; nothing was ever written into it.
            Some("new") => fs::remove_file(&path).map_err(io)?,
            Some(_) | None => {}
        }
    }
    paths.sort();
    Ok(paths)
}

fn create_segment(folder: &Path, header: Header) -> Result<PathBuf, JournalError> {
    let path = folder.join(format!("{:010}.jnl", header.number));
    let making = path.with_extension("new");
    let io = |source| JournalError::Io {
        path: making.clone(),
        source,
    };
    let file = File::create(&making).map_err(io)?;
    let mut bytes = header.write().to_vec();
    bytes.resize(usize::try_from(FILL).unwrap_or(0), 0);
    file.write_all_at(&bytes, 0).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::rename(&making, &path).map_err(io)?;
    sync_folder(folder)?;
    Ok(path)
}

fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    let io = |source| JournalError::Io {
        path: folder.to_owned(),
        source,
    };
    File::open(folder).and_then(|f| f.sync_all()).map_err(io)
}

#[cfg(test)]
mod tests;
