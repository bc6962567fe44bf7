//! Отметка о состоянии таблиц: whether the last program that had them closed them, and in which boot it ran.
//!
//! sled does not sync what it acknowledges. Its files may be trusted after a clean stop (we synced them
//! ourselves) and after a kill in this same boot (the page cache outlived the program). After anything
//! else, a power cut above all, the tables are built anew. The mark says which of these it was.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::durable;
use crate::error::Error;

/// The tables were closed and synced.
const CLEAN: &str = "clean";
/// Where the system says which boot this is.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// How the last program left the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Closed and synced.
    Closed,
    /// Killed in this boot: what it wrote is in the page cache.
    Killed,
    /// The machine went down under it, or nobody knows.
    Unknown,
}

fn path(state: &Path) -> PathBuf {
    state.join("mark")
}

fn open_word() -> String {
    let boot = fs::read_to_string(BOOT).unwrap_or_default();
    format!("open {}", boot.trim())
}

/// How the tables in `state` were left.
pub(crate) fn left(state: &Path) -> Left {
    match fs::read_to_string(path(state)) {
        Ok(mark) if mark == CLEAN => Left::Closed,
        // A system that does not name its boots cannot tell a kill from a power cut.
        Ok(mark) if mark == open_word() && mark.len() > "open ".len() => Left::Killed,
        Ok(_) | Err(_) => Left::Unknown,
    }
}

/// Nothing is known of the tables from here on; for the time while they are built.
pub(crate) fn forget(state: &Path) -> Result<(), Error> {
    durable::remove(&path(state))
}

/// Told by the tables when they met something that must not be; the next start then builds them anew.
#[derive(Default)]
pub(crate) struct Spoiled {
    told: AtomicBool,
    state: Option<PathBuf>,
}

impl Spoiled {
    /// For the tables in this folder.
    pub(crate) fn of(state: &Path) -> Arc<Self> {
        Arc::new(Self {
            told: AtomicBool::new(false),
            state: Some(state.to_owned()),
        })
    }

    /// Whether it was told.
    pub(crate) fn is_told(&self) -> bool {
        self.told.load(Ordering::SeqCst)
    }

    /// They must not be trusted any more, however this program ends.
    pub(crate) fn tell(&self) {
        if !self.told.swap(true, Ordering::SeqCst)
            && let Some(state) = &self.state
            && let Err(error) = forget(state)
        {
            tracing::warn!(%error, "The mark of the tables was not removed");
        }
    }
}

/// Tables in use. When it is dropped, after the tables themselves, they are synced and marked as closed.
pub(crate) struct InUse {
    state: PathBuf,
    generation: PathBuf,
    spoiled: Arc<Spoiled>,
}

impl InUse {
    /// Marks the tables as used from now on; `spoiled` tells at the end that they must not be trusted.
    pub(crate) fn begin(
        state: &Path,
        generation: &Path,
        spoiled: Arc<Spoiled>,
    ) -> Result<Self, Error> {
        durable::replace(&path(state), open_word().as_bytes())?;
        Ok(Self {
            state: state.to_owned(),
            generation: generation.to_owned(),
            spoiled,
        })
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        if self.spoiled.is_told() {
            return;
        }
        let closed = durable::sync_tree(&self.generation)
            .and_then(|()| durable::sync_folder(&self.state))
            .and_then(|()| durable::replace(&path(&self.state), CLEAN.as_bytes()));
        if let Err(error) = closed {
            tracing::warn!(%error, "The tables were not marked as closed; they will be built anew if needed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_trusted_after_a_clean_stop_and_after_a_kill_in_this_boot_only() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let generation = state.join("gen-1");
        fs::create_dir(&generation).unwrap();
        assert_eq!(left(state), Left::Unknown);
        let spoiled = Spoiled::of(state);
        let used = InUse::begin(state, &generation, Arc::clone(&spoiled)).unwrap();
        assert_eq!(left(state), Left::Killed);
        drop(used);
        assert_eq!(left(state), Left::Closed);
        fs::write(path(state), "open another boot").unwrap();
        assert_eq!(left(state), Left::Unknown);
        let used = InUse::begin(state, &generation, Arc::clone(&spoiled)).unwrap();
        spoiled.tell();
        drop(used);
        assert_eq!(left(state), Left::Unknown);
    }
}
