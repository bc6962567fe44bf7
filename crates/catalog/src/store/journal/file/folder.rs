//! The files of a journal's folder: which there are, how one is made, how an unfinished end is cut.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};

use super::super::packed::{PACKED, is_of};
use super::super::segment::{End, FILL, HEADER, Header, Segment};
use super::super::{JournalError, Position};
use super::{Recovered, Shared};
use crate::id::Seq;
use crate::store::durable;

fn io(path: &Path) -> impl Fn(std::io::Error) -> JournalError {
    |source| JournalError::Io {
        path: path.to_owned(),
        source,
    }
}

/// The segments in order; what an interrupted work left is removed.
pub(super) fn segment_paths(folder: &Path) -> Result<Vec<PathBuf>, JournalError> {
    let mut making = DirBuilder::new();
    let made = making.recursive(true).mode(0o700).create(folder);
    made.map_err(io(folder))?;
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(io(folder))? {
        let path = entry.map_err(io(folder))?.path();
        match path.extension().and_then(|e| e.to_str()) {
            Some("jnl") if path.with_extension(PACKED).exists() => {
                remove_packed_away(&path, &path.with_extension(PACKED))?;
            }
            Some("jnl" | PACKED) => paths.push(path),
            // A segment whose making or packing was interrupted; it holds nothing of its own.
            Some("new" | "packing") => fs::remove_file(&path).map_err(io(&path))?,
            Some(_) | None => {}
        }
    }
    paths.sort();
    Ok(paths)
}

/// Ends a packing that was interrupted before the raw segment went. Where the two are not the same, one of them came
/// from elsewhere, an older copy of the folder perhaps: nothing tells which, and nothing is removed.
fn remove_packed_away(raw: &Path, packed: &Path) -> Result<(), JournalError> {
    match is_of(packed, raw) {
        Ok(true) => fs::remove_file(raw).map_err(io(raw)),
        Err(error) if error.kind() != ErrorKind::InvalidData => Err(io(packed)(error)),
        Ok(false) | Err(_) => {
            let name = packed.file_name().unwrap_or_default().to_string_lossy();
            Err(JournalError::Damaged {
                file: raw.to_owned(),
                offset: 0,
                seq: Seq::default(),
                what: format!(
                    "рядом лежит {name}, и в них не одно и то же: один из двух файлов попал сюда из другой папки или \
                     старой копии. Ничего не стёрто: уберите лишний и повторите"
                ),
            })
        }
    }
}

/// Every header must read, be of one library and be numbered without a gap.
pub(super) fn check_headers(shared: &mut Shared) -> Result<(), JournalError> {
    let mut told: Option<Position> = None;
    for (i, path) in shared.segments.iter().enumerate() {
        let segment = Segment::open(path, false)?;
        let before = segment.header.before;
        if i == 0 {
            shared.library = segment.header.library;
        }
        if segment.header.library != shared.library
            || segment.header.number != i as u64 + 1
            || told.is_some_and(|end| end != before)
        {
            let what = "сегмент чужой или не на своём месте".to_owned();
            return Err(segment.damaged(0, before.seq.next(), what));
        }
        told = segment.told_end();
        shared.marks.insert(before.seq, (i, HEADER, before));
    }
    Ok(())
}

/// What an end that is not clean is called.
pub(super) fn unfinished(last: &Segment, end: u64, how: End) -> Recovered {
    let name = last.path.file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    let cut = match how {
        End::Clean => None,
        End::Torn => Some(format!("{name}: незаконченный пакет со смещения {end}")),
        End::Dirt(at) => Some(format!(
            "{name}: пакет без начала со смещения {end}, первый его байт на {at}"
        )),
    };
    Recovered { cut }
}

/// Cuts an unfinished last batch, so that what is appended next stands on zeros. The bytes are kept beside
/// the journal, for whoever wants to know what they were.
pub(super) fn cut(folder: &Path, last: &Segment, end: u64) -> Result<(), JournalError> {
    let bytes = last.rest(end, last.header.before.seq)?;
    let aside = folder.with_extension("cut");
    fs::write(&aside, bytes).map_err(io(&aside))?;
    let file = last.file()?;
    file.set_len(end).map_err(|e| last.io(e))?;
    file.sync_all().map_err(|e| last.io(e))
}

/// Makes a segment with its first zeros.
pub(super) fn create_segment(folder: &Path, header: Header) -> Result<PathBuf, JournalError> {
    let path = folder.join(format!("{:010}.jnl", header.number));
    let making = path.with_extension("new");
    let mut bytes = header.write().to_vec();
    bytes.resize(usize::try_from(FILL).unwrap_or(0), 0);
    let write = || -> std::io::Result<()> {
        let file = durable::make_file(&making)?;
        file.write_all_at(&bytes, 0)?;
        file.sync_all()?;
        fs::rename(&making, &path)
    };
    write().map_err(|error| {
        let _ = fs::remove_file(&making);
        io(&making)(error)
    })?;
    sync_folder(folder)?;
    Ok(path)
}

pub(super) fn sync_folder(folder: &Path) -> Result<(), JournalError> {
    File::open(folder)
        .and_then(|f| f.sync_all())
        .map_err(io(folder))
}
