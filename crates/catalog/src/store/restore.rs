//! Восстановление: a folder from a backup, proved before it takes its place.
//!
//! Everything happens in a folder beside the target; it is renamed only after the journal was checked
//! entry by entry, the tables were built, and a verification found nothing.

use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use uuid::Uuid;

use super::backup::{FORMAT, MANIFEST, Manifest};
use super::desk::Desk;
use super::durable;
use super::journal::file::FileJournal;
use super::journal::{Journal, JournalReader};
use super::lock::owner;
use super::mirror;
use super::open::{JournalHome, Store};
use super::transfer::copy_entries;
use super::verify::VerifyReport;
use crate::error::Error;
use crate::id::Seq;

/// No file in a backup is longer.
const LONGEST: u64 = 128 << 20;
/// No name in it is longer: its path is kept whole in memory, whatever length the copy claims.
const LONGEST_NAME: u64 = 4096;

/// До какого места восстановить.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Всё.
    Head,
    /// По запись с этим номером.
    Entry(Seq),
    /// Всё записанное до этого мгновения.
    Moment(Timestamp),
}

/// Restores a backup, or the folder of a mirror, into `folder`, which must be absent or empty.
///
/// # Errors
/// [`Error::Unavailable`] when the folder is taken, [`Error::Damaged`] when the backup is not what was
/// written or does not verify; the folder is then left as it was.
pub fn restore(
    file: &Path,
    folder: &Path,
    until: Until,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<VerifyReport, Error> {
    must_be_free(folder)?;
    let making = beside(folder);
    begin(&making)?;
    let report = restore_into(file, &making, until, progress).inspect_err(|_| {
        // Nothing of a failed attempt is kept; the backup itself is untouched.
        let _ = fs::remove_dir_all(&making);
    })?;
    durable::sync_tree(&making)?;
    if folder.is_symlink() {
        fs::remove_file(folder).map_err(|e| Error::io(folder, e))?;
    }
    // Takes the place of an empty folder and of no other, whoever came there meanwhile.
    fs::rename(&making, folder).map_err(|e| Error::io(folder, e))?;
    durable::sync_folder(&durable::above(folder))?;
    durable::remove(&folder.join(MARK))?;
    Ok(report)
}

/// Stands in the folder that a restoring makes until it is over: only what bears it may be thrown away.
const MARK: &str = "restoring";

/// Makes the folder where the library is built; what an attempt left there that was broken off goes.
fn begin(making: &Path) -> Result<(), Error> {
    let io = |source| Error::io(making, source);
    match fs::symlink_metadata(making) {
        Ok(meta) if meta.is_dir() && making.join(MARK).is_file() => return clear(making),
        Ok(meta) if meta.is_dir() && fs::read_dir(making).map_err(io)?.next().is_none() => {}
        Ok(_) => {
            return Err(Error::Unavailable(format!(
                "Восстановление строит библиотеку в {0}, а там уже стоит что-то чужое: переименуйте его, а если это \
                 остаток прерванного восстановления прежней версией – удалите, и повторите",
                making.display()
            )));
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(io(error)),
    }
    durable::make_folder(making)?;
    write(&making.join(MARK), b"")?;
    // Before anything else stands there: what a power cut leaves must be known for ours.
    durable::sync_folder(making)
}

/// Removes all but the mark, so that an attempt that is broken off here is known as well.
fn clear(making: &Path) -> Result<(), Error> {
    let mark = making.join(MARK);
    for path in durable::inside(making)? {
        let gone = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false if path == mark => Ok(()),
            false => fs::remove_file(&path),
        };
        gone.map_err(|e| Error::io(&path, e))?;
    }
    durable::sync_folder(making)
}

fn must_be_free(folder: &Path) -> Result<(), Error> {
    if let Some(pid) = owner(folder) {
        return Err(Error::Unavailable(format!(
            "Папка {} занята другим процессом (pid {pid}): остановите его",
            folder.display()
        )));
    }
    let mut inside = match fs::read_dir(folder) {
        Ok(inside) => inside,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io(folder, error)),
    };
    if inside.next().is_some() {
        return Err(Error::Unavailable(format!(
            "Папка {} не пуста: восстановите в новую папку через --data, а эту сохраните",
            folder.display()
        )));
    }
    Ok(())
}

fn beside(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".restoring");
    folder.with_file_name(name)
}

fn restore_into(
    file: &Path,
    making: &Path,
    until: Until,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<VerifyReport, Error> {
    let journal = making.join("journal");
    let (whole, cut) = if file.is_dir() {
        from_mirror(file, making, &journal)?
    } else {
        (from_backup(file, making, &journal)?, None)
    };
    let reader = whole.reader();
    must_lie_within(until, reader.as_ref())?;
    if until != Until::Head {
        let shorter = making.join("journal.shorter");
        let within = |seq: Seq, at: Timestamp| match until {
            Until::Head => true,
            Until::Entry(last) => seq <= last,
            Until::Moment(end) => at < end,
        };
        let (mut copy, _) = FileJournal::open(&shorter, reader.library())?;
        copy_entries(reader.as_ref(), &mut copy, &within, progress)?;
        drop(copy);
        drop(whole);
        fs::remove_dir_all(&journal).map_err(|e| Error::io(&journal, e))?;
        fs::rename(&shorter, &journal).map_err(|e| Error::io(&journal, e))?;
    } else {
        drop(whole);
    }
    let store = Store::open(making, &JournalHome::Folder, progress)?;
    let report = store.verify(true, progress)?;
    if report.ok {
        Ok(VerifyReport { cut, ..report })
    } else {
        Err(Error::Damaged(format!(
            "Восстановленное не сходится: {}",
            report.problems.join("; ")
        )))
    }
}

/// Whether there is anything to be restored up to that place, and the place itself.
fn must_lie_within(until: Until, reader: &dyn JournalReader) -> Result<(), Error> {
    let head = reader.head().seq;
    let first = reader.read(Seq::default(), 1)?;
    let first = first.first().map(|entry| entry.draft.at);
    match until {
        Until::Entry(last) if last > head || last == Seq::default() => {
            Err(Error::NotFound(format!(
                "Записи {last} в копии нет, последняя в ней – {head}: назовите --to-seq от 1 до {head}"
            )))
        }
        Until::Moment(end) if first.is_none_or(|first| first >= end) => {
            let since = first.map_or_else(
                || "в ней нет ни одной".to_owned(),
                |at| {
                    format!(
                        "первая в ней сделана {}",
                        at.strftime("%d.%m.%Y в %H:%M UTC")
                    )
                },
            );
            Err(Error::NotFound(format!(
                "К этому дню в копии записей нет, {since}: назовите --to-date позже"
            )))
        }
        Until::Head | Until::Entry(_) | Until::Moment(_) => Ok(()),
    }
}

/// The journal of a mirror and what is cut off it: it has no list of its own, only a note of how far it was closed, and
/// an unfinished end is cut as at any opening.
fn from_mirror(
    mirror: &Path,
    making: &Path,
    journal: &Path,
) -> Result<(FileJournal, Option<String>), Error> {
    mirror::copy_into(mirror, making)?;
    let (mut whole, recovered) = FileJournal::open(journal, Uuid::nil())?;
    whole.settle()?;
    whole.reader().check_all()?;
    mirror::whole_by_its_note(mirror, whole.reader().as_ref())?;
    Ok((whole, recovered.cut))
}

/// The journal of a backup, whole by its list.
pub(crate) fn from_backup(
    file: &Path,
    making: &Path,
    journal: &Path,
) -> Result<FileJournal, Error> {
    let manifest = unpack(file, making)?;
    Desk::set_turns(&making.join("desk"), &manifest.desk)?;
    let (whole, _) = FileJournal::open(journal, manifest.library)?;
    let head = whole.reader().check_all()?;
    let hash = blake3::Hash::from(head.hash).to_hex().to_string();
    if head.seq != manifest.head || hash != manifest.head_hash {
        return Err(Error::Damaged(format!(
            "Копия неполна: в описи последняя запись {}, прочтена {}. Возьмите другую копию",
            manifest.head, head.seq
        )));
    }
    Ok(whole)
}

/// Unpacks only what a backup consists of; all of it is synced at the end.
fn unpack(file: &Path, making: &Path) -> Result<Manifest, Error> {
    let io = |source| Error::io(file, source);
    let stream = zstd::Decoder::new(BufReader::new(File::open(file).map_err(io)?));
    let broken = |error: std::io::Error| {
        Error::Damaged(format!(
            "{}: это не резервная копия или она оборвана ({error})",
            file.display()
        ))
    };
    let mut tar = tar::Archive::new(stream.map_err(broken)?);
    let mut manifest = None;
    let mut long = None;
    // As they stand: what the package would put together by itself it takes into memory without a bound.
    for entry in tar.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        if entry.header().entry_type().is_gnu_longname() {
            let name = whole(&mut entry, LONGEST_NAME).map_err(broken)?;
            long = Some(
                String::from_utf8_lossy(&name)
                    .trim_end_matches('\0')
                    .to_owned(),
            );
            continue;
        }
        let short = entry.path().map_err(broken)?.to_string_lossy().into_owned();
        let name = long.take().unwrap_or(short);
        if !entry.header().entry_type().is_file() {
            return Err(superfluous(&name));
        }
        let bytes = whole(&mut entry, LONGEST).map_err(broken)?;
        if name == MANIFEST {
            let read: Manifest = serde_json::from_slice(&bytes).map_err(|e| broken(e.into()))?;
            if read.format != FORMAT {
                return Err(Error::Damaged(format!(
                    "Копия сделана более новой программой ({}): обновите fond",
                    read.program
                )));
            }
            manifest = Some(read);
        } else if expected(&name) {
            write(&making.join(&name), &bytes)?;
        } else {
            return Err(superfluous(&name));
        }
    }
    // What stands behind the end is no part of the copy: somebody has written into the file.
    let behind = std::io::copy(&mut tar.into_inner(), &mut std::io::sink()).map_err(broken)?;
    if behind > PADDING {
        return Err(broken(std::io::Error::other(
            "за её концом стоит ещё что-то",
        )));
    }
    manifest.ok_or_else(|| Error::Damaged("В копии нет описи".to_owned()))
}

fn superfluous(name: &str) -> Error {
    Error::Damaged(format!("В копии лишний файл {name}"))
}

/// All bytes of what stands in the archive; they must be as many as it says, and no more than this.
fn whole<R: Read>(entry: &mut tar::Entry<'_, R>, limit: u64) -> std::io::Result<Vec<u8>> {
    let told = entry.header().entry_size()?;
    if told > limit {
        return Err(std::io::Error::other(format!("длина {told} невозможна")));
    }
    let mut bytes = Vec::new();
    entry.by_ref().take(told).read_to_end(&mut bytes)?;
    match bytes.len() as u64 {
        all if all == told => Ok(bytes),
        read => Err(std::io::Error::other(format!(
            "прочтено {read} байт файла из {told}"
        ))),
    }
}

/// An archive ends with two empty blocks, of which the reader may leave one.
const PADDING: u64 = 512;

/// Only `journal/NNNNNNNNNN.jnl` and `desk/BUCKET/HEX.json`: no name leads out of the folder.
fn expected(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
    };
    match name.split('/').collect::<Vec<_>>().as_slice() {
        ["journal", file] => file.strip_suffix(".jnl").is_some_and(plain),
        ["desk", bucket, file] => plain(bucket) && file.strip_suffix(".json").is_some_and(plain),
        _ => false,
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let io = |source| Error::io(path, source);
    if let Some(folder) = path.parent() {
        durable::make_folder(folder)?;
    }
    let mut file = durable::make_file(path).map_err(io)?;
    file.write_all(bytes).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive with this in it, by type, name and bytes.
    fn archive(inside: &[(tar::EntryType, &str, &[u8])]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (kind, name, bytes) in inside {
            let mut head = tar::Header::new_gnu();
            head.set_entry_type(*kind);
            head.set_size(bytes.len() as u64);
            tar.append_data(&mut head, name, *bytes).unwrap();
        }
        tar.into_inner().unwrap()
    }

    /// What is said of such an archive, unpacked into this folder.
    fn told(archive: &[u8], home: &Path) -> String {
        let file = home.join("copy");
        fs::write(&file, zstd::bulk::compress(archive, 1).unwrap()).unwrap();
        unpack(&file, &home.join("into")).unwrap_err().to_string()
    }

    #[test]
    fn a_name_without_end_is_refused_before_it_is_in_memory() {
        let home = tempfile::tempdir().unwrap();
        let name = vec![b'a'; 8 << 20];
        let archive = archive(&[(tar::EntryType::GNULongName, "name", &name)]);
        let said = told(&archive, home.path());
        assert!(said.contains("длина 8388608 невозможна"), "{said}");
    }

    #[test]
    fn nothing_but_files_is_taken_from_a_copy() {
        use tar::EntryType::{GNULongLink, Link, Symlink, XGlobalHeader, XHeader};
        for kind in [Symlink, Link, GNULongLink, XHeader, XGlobalHeader] {
            let home = tempfile::tempdir().unwrap();
            let archive = archive(&[(kind, "desk/tokens/61.json", b"")]);
            let said = told(&archive, home.path());
            assert!(said.contains("лишний файл"), "{kind:?}: {said}");
        }
    }

    #[test]
    fn a_note_with_a_long_name_comes_back() {
        let home = tempfile::tempdir().unwrap();
        let name = format!("desk/tokens/{}.json", "6".repeat(200));
        let archive = archive(&[(tar::EntryType::Regular, &name, b"{}")]);
        let said = told(&archive, home.path());
        assert!(said.contains("нет описи"), "{said}");
        assert_eq!(
            fs::read(home.path().join("into").join(name)).unwrap(),
            b"{}"
        );
    }

    #[test]
    fn a_copy_that_ends_within_a_file_is_told_as_broken_off() {
        let home = tempfile::tempdir().unwrap();
        let name = "desk/tokens/61.json";
        let archive = archive(&[(tar::EntryType::Regular, name, &[b'a'; 1000])]);
        let said = told(&archive[..512 + 700], home.path());
        assert!(said.contains("оборвана"), "{said}");
        assert!(!home.path().join("into").join(name).exists());
    }
}
