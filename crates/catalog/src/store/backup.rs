//! Резервная копия: the journal up to one entry and the desk, in one file.
//!
//! The tables and the index are not in it: they are built from the journal. The copy is made from
//! entries, each checked on its way, so it is the same for every home of the journal and needs no lock.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::desk::{Turn, file_name};
use super::durable;
use super::journal::segment::Header;
use super::journal::{Draft, JournalReader, Position, frame};
use super::open::Store;
use crate::error::Error;
use crate::id::Seq;

/// Name of the first file in a backup.
pub(super) const MANIFEST: &str = "manifest.json";
/// Shape of a backup.
pub(super) const FORMAT: u32 = 1;
/// A segment of a copy is built in memory; it is closed when it is longer.
const SEGMENT: usize = 32 << 20;
/// Entries read at once.
const STEP: usize = 256;
const ZSTD_LEVEL: i32 = 3;
/// A half of a copy that nobody has written to for so long is finished by nobody.
const ABANDONED: Duration = Duration::from_secs(3600);
/// What a file packed by zstd begins with (RFC 8878, 3.1.1).
const ZSTD: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];

/// Опись копии: what it holds, to be compared with what is read from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Shape of the file.
    pub format: u32,
    /// The library.
    pub library: Uuid,
    /// Number of the last entry.
    pub head: Seq,
    /// Its hash in hex, which proves everything before it.
    pub head_hash: String,
    /// When the copy was begun.
    pub made: Timestamp,
    /// Version of the program that made it.
    pub program: String,
    /// How far each bucket of the desk had come; older programs do not say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) desk: BTreeMap<String, Turn>,
}

impl Store {
    /// Writes a backup of everything up to the present head to `file`; work goes on meanwhile.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Damaged`] names the first entry that does not hold.
    pub(crate) fn backup(
        &self,
        file: &Path,
        made: Timestamp,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Manifest, Error> {
        let reader = self.reader();
        let head = reader.head();
        let manifest = Manifest {
            format: FORMAT,
            library: reader.library(),
            head: head.seq,
            head_hash: blake3::Hash::from(head.hash).to_hex().to_string(),
            made,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            // Before the notes: a note that comes meanwhile is then only taken for older than it is.
            desk: self.desk().turns()?,
        };
        may_become_a_copy(file, self.folder())?;
        sweep(&durable::above(file));
        let making = Making::beside(file);
        let io = |source| Error::io(&making.0, source);
        let out = BufWriter::new(durable::make_file(&making.0).map_err(io)?);
        let mut zstd = zstd::Encoder::new(out, ZSTD_LEVEL).map_err(io)?;
        zstd.include_checksum(true).map_err(io)?;
        let mut copy = Copy {
            tar: tar::Builder::new(zstd),
            making: &making.0,
            made,
        };
        let text =
            serde_json::to_vec_pretty(&manifest).map_err(|e| Error::Damaged(e.to_string()))?;
        copy.put(MANIFEST, &text)?;
        for (bucket, key, note) in self.desk().notes()? {
            copy.put(&format!("desk/{bucket}/{}", file_name(&key)), &note)?;
        }
        copy.journal(reader, head, progress)?;
        let zstd = copy.tar.into_inner().map_err(io)?;
        let out = zstd.finish().map_err(io)?;
        let out = out.into_inner().map_err(|e| io(e.into_error()))?;
        out.sync_all().map_err(io)?;
        fs::rename(&making.0, file).map_err(io)?;
        durable::sync_folder(&durable::above(file))?;
        Ok(manifest)
    }
}

/// Removes what killed programs left of their copies. One that is still made is written to all the time.
fn sweep(folder: &Path) {
    let left = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        let making = name.starts_with(".fond-") && name.ends_with(".part");
        let written = making.then(|| fs::metadata(path).ok()?.modified().ok())??;
        written.elapsed().ok().filter(|since| *since > ABANDONED)
    };
    for path in durable::inside(folder).unwrap_or_default() {
        if left(&path).is_some() {
            let _ = fs::remove_file(&path);
        }
    }
}

/// The file that a copy is written to, removed when nothing came of it.
struct Making(PathBuf);

impl Making {
    fn beside(file: &Path) -> Self {
        let name = format!(".fond-{}.part", Uuid::new_v4().simple());
        Self(durable::above(file).join(name))
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        // A copy that is done has its own name by now.
        let _ = fs::remove_file(&self.0);
    }
}

/// A copy takes the place of nothing but an earlier copy, and stands in no folder of the library itself.
fn may_become_a_copy(file: &Path, library: &Path) -> Result<(), Error> {
    let refused = |why: &str| {
        Err(Error::Unavailable(format!(
            "Копия не может лечь в {}: {why}. Назовите другой файл, лучше на другом диске",
            file.display()
        )))
    };
    if file.file_name().is_none_or(|name| name == "-") {
        return refused("это не имя файла");
    }
    let place = |path: &Path| path.canonicalize().map_err(|e| Error::io(path, e));
    let above = place(&durable::above(file))?;
    let library = place(library)?;
    if above.starts_with(&library) && above != library {
        return refused("это папка самой библиотеки");
    }
    match fs::symlink_metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io(file, error)),
        Ok(meta) if !meta.is_file() => refused("там стоит не файл"),
        Ok(meta) if meta.len() == 0 && above != library => Ok(()),
        Ok(_) => {
            let mut begins = [0; 4];
            let read = File::open(file).and_then(|mut file| file.read_exact(&mut begins));
            match read {
                Ok(()) if begins == ZSTD => Ok(()),
                Ok(()) | Err(_) => refused("там стоит файл, который не копия"),
            }
        }
    }
}

/// A backup in the making.
struct Copy<'a, W: Write> {
    tar: tar::Builder<W>,
    making: &'a Path,
    made: Timestamp,
}

impl<W: Write> Copy<'_, W> {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let mut head = tar::Header::new_gnu();
        head.set_size(bytes.len() as u64);
        head.set_mode(0o600);
        head.set_mtime(u64::try_from(self.made.as_second()).unwrap_or(0));
        self.tar
            .append_data(&mut head, name, bytes)
            .map_err(|e| Error::io(self.making, e))
    }

    fn journal(
        &mut self,
        reader: &dyn JournalReader,
        head: Position,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<(), Error> {
        let library = reader.library();
        let mut at = Position::default();
        let mut number = 1;
        loop {
            let header = Header {
                library,
                number,
                before: at,
            };
            let mut bytes = header.write().to_vec();
            while at.seq < head.seq && bytes.len() < SEGMENT {
                at = copy_step(reader, at, head, &mut bytes)?;
                progress(at.seq.get(), head.seq.get());
            }
            self.put(&format!("journal/{number:010}.jnl"), &bytes)?;
            if at.seq >= head.seq {
                return Ok(());
            }
            number += 1;
        }
    }
}

/// Copies some entries after `at` as one batch; the hashes come out as they were.
fn copy_step(
    reader: &dyn JournalReader,
    at: Position,
    head: Position,
    bytes: &mut Vec<u8>,
) -> Result<Position, Error> {
    let left = usize::try_from(head.seq.get() - at.seq.get()).unwrap_or(STEP);
    let entries = reader.read(at.seq, left.min(STEP))?;
    let last = entries.last().map(|entry| Position {
        seq: entry.seq,
        hash: entry.hash,
    });
    let drafts: Vec<Draft> = entries.into_iter().map(|entry| entry.draft).collect();
    let (batch, copied) = frame::write_batch(&reader.library(), at, Timestamp::MIN, drafts);
    let reached = copied.last().map(|entry| Position {
        seq: entry.seq,
        hash: entry.hash,
    });
    if reached != last || reached.is_none() {
        return Err(Error::Damaged(format!(
            "Запись {} копируется с другим хешем: выполните fond verify",
            at.seq.next()
        )));
    }
    bytes.extend_from_slice(&batch);
    Ok(reached.unwrap_or(at))
}
