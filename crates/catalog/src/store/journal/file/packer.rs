//! Packs closed segments on a thread of its own. A reader that is at a raw segment finds the packed one.
//!
//! Nothing waits for it and nothing is lost when it stops: the raw segment goes only after the packed one
//! was read back, compared and synced.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use super::super::packed::pack;
use super::super::segment::Segment;
use super::super::{JournalError, Position};
use super::Shared;
use super::folder::sync_folder;
use super::worker::Worker;

/// The thread that packs, when there is something to pack.
pub(super) struct Packer {
    shared: Arc<RwLock<Shared>>,
    worker: Worker,
}

impl Packer {
    pub(super) fn new(shared: Arc<RwLock<Shared>>) -> Self {
        Self {
            shared,
            worker: Worker::default(),
        }
    }

    /// Starts on what is closed and raw, unless it is at work.
    pub(super) fn work(&mut self) {
        if self.worker.is_at_work() || next(&self.shared, None).is_none() {
            return;
        }
        let shared = Arc::clone(&self.shared);
        self.worker.begin("packer", move |stop| {
            let mut tried = None;
            while let Some((index, path, end)) = next(&shared, tried) {
                tried = Some(index);
                match one(&shared, index, &path, end, stop) {
                    Ok(true) => tracing::info!(segment = %path.display(), "A segment was packed"),
                    Ok(false) => return,
                    Err(error) => tracing::warn!(%error, "A segment stays as it is"),
                }
            }
        });
    }
}

/// The first raw closed segment after `tried`, and where it ends by the header of the next.
fn next(shared: &RwLock<Shared>, tried: Option<usize>) -> Option<(usize, PathBuf, Position)> {
    let segments = {
        let shared = shared.read().unwrap_or_else(PoisonError::into_inner);
        shared.segments.clone()
    };
    let from = tried.map_or(0, |index| index + 1);
    let raw = |path: &Path| path.extension().is_some_and(|e| e == "jnl");
    let index = (from..segments.len().saturating_sub(1)).find(|i| raw(&segments[*i]))?;
    let following = Segment::open(&segments[index + 1], false).ok()?;
    Some((index, segments[index].clone(), following.header.before))
}

fn one(
    shared: &RwLock<Shared>,
    index: usize,
    path: &Path,
    end: Position,
    stop: &AtomicBool,
) -> Result<bool, JournalError> {
    let io = |source| JournalError::Io {
        path: path.to_owned(),
        source,
    };
    let Some(packed) = pack(path, end, stop).map_err(io)? else {
        return Ok(false);
    };
    shared
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .segments[index] = packed;
    std::fs::remove_file(path).map_err(io)?;
    sync_folder(path.parent().unwrap_or(path))?;
    Ok(true)
}
