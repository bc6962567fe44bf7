//! Черёд: how far each bucket of a folder desk has come, so that of two copies the newer is known.
//!
//! An empty-handed file beside the notes, `turn-N`, is renamed with every note that is written or erased: the sync of
//! the folder that the note needs makes it durable as well. In it stands which openings wrote, each from which turn
//! on: a copy that is behind is known from one that went its own way.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::store::durable;

/// Openings that are remembered; one that is forgotten is taken for a common one.
const OPENINGS: usize = 200;
const NAME: &str = "turn-";

/// Черёд одного ящика.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Turn {
    /// Rises with every write; 0 where none was counted yet.
    number: u64,
    /// From which turn on which opening wrote.
    openings: Vec<(u64, String)>,
}

/// How one copy of a bucket stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    Same,
    Newer,
    Older,
    /// Each was written without the other.
    Parted,
}

impl Turn {
    /// As it stands in the folder of a bucket.
    pub(super) fn read(bucket: &Path) -> Result<Self, Error> {
        let mut last = Self::default();
        for (number, path) in files(bucket)? {
            if number >= last.number {
                let text = fs::read_to_string(&path).map_err(|e| Error::io(&path, e))?;
                let opening = |line: &str| {
                    let (from, opening) = line.split_once(' ')?;
                    Some((from.parse().ok()?, opening.to_owned()))
                };
                let openings = text.lines().filter_map(opening).collect();
                last = Self { number, openings };
            }
        }
        Ok(last)
    }

    /// Of notes that came without one: whoever has another one has come another way.
    pub(super) fn first(opening: &str) -> Self {
        Self::default().next(opening)
    }

    /// The one after this, written by this opening.
    pub(super) fn next(&self, opening: &str) -> Self {
        let mut next = self.clone();
        next.number += 1;
        if next.openings.last().is_none_or(|(_, last)| last != opening) {
            next.openings.push((next.number, opening.to_owned()));
            let over = next.openings.len().saturating_sub(OPENINGS);
            next.openings.drain(..over);
        }
        next
    }

    /// Whether nothing was counted.
    pub(super) fn is_none(&self) -> bool {
        self.number == 0
    }

    pub(super) fn beside(&self, other: &Self) -> Beside {
        let common = self.number.min(other.number);
        if common > 0
            && let (Some(ours), Some(theirs)) = (self.writer(common), other.writer(common))
            && ours != theirs
        {
            return Beside::Parted;
        }
        match self.number.cmp(&other.number) {
            std::cmp::Ordering::Equal => Beside::Same,
            std::cmp::Ordering::Greater => Beside::Newer,
            std::cmp::Ordering::Less => Beside::Older,
        }
    }

    fn writer(&self, number: u64) -> Option<&str> {
        let known = self.openings.iter().rev();
        let mut by = known.skip_while(|(from, _)| *from > number);
        by.next().map(|(_, opening)| opening.as_str())
    }

    /// Puts it in the place of the one before; the caller syncs the folder.
    pub(super) fn follow(&self, before: &Self, bucket: &Path) -> Result<(), Error> {
        let (old, new) = (before.path(bucket), self.path(bucket));
        if self.openings == before.openings && fs::rename(&old, &new).is_ok() {
            return Ok(());
        }
        self.put(bucket)
    }

    /// Writes it into the folder of a bucket, instead of any other.
    pub(super) fn put(&self, bucket: &Path) -> Result<(), Error> {
        let line = |(from, opening): &(u64, String)| format!("{from} {opening}\n");
        let text: String = self.openings.iter().map(line).collect();
        let path = self.path(bucket);
        durable::replace(&path, text.as_bytes())?;
        for (_, other) in files(bucket)?
            .into_iter()
            .filter(|(_, other)| *other != path)
        {
            durable::remove(&other)?;
        }
        Ok(())
    }

    fn path(&self, bucket: &Path) -> PathBuf {
        bucket.join(format!("{NAME}{}", self.number))
    }
}

/// The files of turns in the folder of a bucket: one, or two after a power cut.
fn files(bucket: &Path) -> Result<Vec<(u64, PathBuf)>, Error> {
    let numbered = |name: String| {
        let number = name.strip_prefix(NAME)?.parse().ok()?;
        Some((number, bucket.join(name)))
    };
    let names = super::folder::names(bucket)?;
    Ok(names.into_iter().filter_map(numbered).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_behind_is_known_from_one_that_went_its_own_way() {
        let common = Turn::first("a").next("a");
        let (own, other) = (common.next("b").next("b"), common.next("c"));
        assert_eq!(own.beside(&common), Beside::Newer);
        assert_eq!(common.beside(&own), Beside::Older);
        assert_eq!(own.beside(&other), Beside::Parted);
        assert_eq!(common.next("b").beside(&other), Beside::Parted);
        assert_eq!(Turn::default().beside(&own), Beside::Older);
        assert_eq!(own.beside(&own.clone()), Beside::Same);
    }

    #[test]
    fn it_stands_in_the_folder_as_it_was_put_there_and_alone() {
        let bucket = tempfile::tempdir().unwrap();
        let (one, mut last) = (Turn::first("a"), Turn::first("a"));
        one.follow(&Turn::default(), bucket.path()).unwrap();
        for opening in ["a", "a", "b", "b"] {
            let next = last.next(opening);
            next.follow(&last, bucket.path()).unwrap();
            last = next;
            assert_eq!(Turn::read(bucket.path()).unwrap(), last);
            assert_eq!(fs::read_dir(bucket.path()).unwrap().count(), 1);
        }
    }
}
