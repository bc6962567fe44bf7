//! Столы двух дисков made the same: of each bucket the newer copy is the source, whichever side it is on.
//!
//! A bucket that is not there is never a source. Two that each went their own way are not joined.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::folder::{is_note, names};
use super::turn::{Beside, Turn};
use super::{file_name, note};
use crate::error::Error;
use crate::store::durable;

/// Brings the buckets that are behind up to the others.
pub(super) fn level(own: &Path, other: &Path) -> Result<(), Error> {
    durable::make_folder(own)?;
    durable::make_folder(other)?;
    for bucket in buckets(own, other)? {
        let (ours, theirs) = (own.join(&bucket), other.join(&bucket));
        let (here, there) = (Turn::read(&ours)?, Turn::read(&theirs)?);
        match here.beside(&there) {
            // Notes of an older program: the data folder says what stands, unless it says nothing.
            Beside::Same if here.is_none() && notes(&ours)?.is_empty() => copy(&theirs, &ours)?,
            Beside::Same if here.is_none() => copy(&ours, &theirs)?,
            Beside::Same => join(&bucket, &ours, &theirs)?,
            Beside::Newer => copy(&ours, &theirs)?,
            Beside::Older => {
                tracing::warn!(
                    bucket,
                    "The desk is behind its mirror and is brought up to it"
                );
                copy(&theirs, &ours)?;
            }
            Beside::Parted if same(&ours, &theirs)? => copy(&ours, &theirs)?,
            Beside::Parted => return Err(parted(&ours, &theirs)),
        }
    }
    Ok(())
}

/// Gives a folder whose library comes from its mirror the notes that it does not know better itself.
pub(super) fn adopt(mirror: &Path, folder: &Path) -> Result<(), Error> {
    durable::make_folder(folder)?;
    for bucket in buckets(mirror, folder)? {
        let (theirs, ours) = (mirror.join(&bucket), folder.join(&bucket));
        if Turn::read(&ours)?.is_none() {
            copy(&theirs, &ours)?;
        }
    }
    Ok(())
}

fn parted(ours: &Path, theirs: &Path) -> Error {
    Error::Unavailable(format!(
        "Папки стола {} и {} менялись врозь, и неизвестно, чьи пароли и ключи верны: уберите в сторону ту из двух, \
         чьи не нужны, и запустите снова – она возьмётся из другой",
        ours.display(),
        theirs.display()
    ))
}

fn buckets(one: &Path, other: &Path) -> Result<BTreeSet<String>, Error> {
    let mut buckets = BTreeSet::from_iter(names(one)?);
    buckets.extend(names(other)?);
    buckets.retain(|name| one.join(name).is_dir() || other.join(name).is_dir());
    Ok(buckets)
}

/// The names of the notes in a bucket.
fn notes(bucket: &Path) -> Result<BTreeSet<String>, Error> {
    let names = names(bucket)?.into_iter();
    Ok(names.filter(|name| is_note(Path::new(name))).collect())
}

fn same(one: &Path, other: &Path) -> Result<bool, Error> {
    let (ours, theirs) = (notes(one)?, notes(other)?);
    let equal = |name: &String| fs::read(one.join(name)).ok() == fs::read(other.join(name)).ok();
    Ok(ours == theirs && ours.iter().all(equal))
}

/// Gives `to` the notes of `from` and no others, and then its turn.
fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let wanted = notes(from)?;
    durable::make_folder(to)?;
    for name in notes(to)?.difference(&wanted) {
        durable::remove(&to.join(name))?;
    }
    for name in &wanted {
        let path = from.join(name);
        let note = fs::read(&path).map_err(|e| Error::io(&path, e))?;
        if fs::read(to.join(name)).ok().as_ref() != Some(&note) {
            durable::replace(&to.join(name), &note)?;
        }
    }
    let turn = Turn::read(from)?;
    if !turn.is_none() && Turn::read(to)? != turn {
        turn.put(to)?;
    }
    Ok(())
}

/// Of two that saw the same writes: what one of them lost or keeps spoilt comes from the other.
fn join(bucket: &str, ours: &Path, theirs: &Path) -> Result<(), Error> {
    let sound =
        |name: &str, note: &[u8]| note::key(bucket, note).is_ok_and(|key| file_name(&key) == name);
    for name in notes(ours)?.union(&notes(theirs)?) {
        let (here, there) = (ours.join(name), theirs.join(name));
        match (fs::read(&here), fs::read(&there)) {
            (Ok(own), Ok(other)) if own == other => {}
            (Ok(own), Ok(other)) if !sound(name, &own) && sound(name, &other) => {
                tracing::warn!(note = %here.display(), "A spoilt note is taken from the mirror");
                durable::replace(&here, &other)?;
            }
            (Ok(own), _) => durable::replace(&there, &own)?,
            (Err(_), Ok(other)) => durable::replace(&here, &other)?,
            (Err(error), Err(_)) => return Err(Error::io(&here, error)),
        }
    }
    Ok(())
}
