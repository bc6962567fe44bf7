//! Закрытые сегменты: each must still be what was written, from its header to that of the next one.
//!
//! A start looks through the newest, which takes no time, and refuses a damaged journal. The older ones of a long
//! journal are looked through at work by a thread of its own: damage found there stops changes, never reading.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use super::super::segment::{End, HEADER, Segment};
use super::super::{JournalError, Position};
use super::Shared;
use super::worker::Worker;

/// So many closed segments are looked through before the first word.
const AT_ONCE: usize = 2;

/// Looks through the newest closed segments; how many older ones are left.
pub(super) fn check_newest(segments: &[PathBuf]) -> Result<usize, JournalError> {
    let closed = segments.len().saturating_sub(1);
    let left = closed.saturating_sub(AT_ONCE);
    for index in left..closed {
        if let Err(error) = check(segments, index) {
            // The first damage is told, however old.
            let older = (0..left).find_map(|older| check(segments, older).err());
            return Err(older.unwrap_or(error));
        }
    }
    Ok(left)
}

/// Walks one segment that must be whole; where it comes to.
pub(super) fn walked(segment: &Segment, before: Position) -> Result<Position, JournalError> {
    let (end, reached, how) = segment.walk(HEADER, before, &mut |_, _| ())?;
    let next = reached.seq.next();
    match how {
        End::Clean => {}
        End::Torn => return Err(segment.damaged(end, next, "пакет повреждён".into())),
        End::Dirt(at) => return Err(segment.dirty(at, next)),
    }
    if segment.told_end().is_some_and(|told| told != reached) {
        let what = "сжатый сегмент кончается не там, где по его описи".to_owned();
        return Err(segment.damaged(0, next, what));
    }
    Ok(reached)
}

fn check(segments: &[PathBuf], index: usize) -> Result<(), JournalError> {
    let segment = Segment::open(&segments[index], false)?;
    let reached = walked(&segment, segment.header.before)?;
    let following = Segment::open(&segments[index + 1], false)?;
    if reached != following.header.before {
        let what = "сегмент кончается не там, где начинается следующий".to_owned();
        return Err(segment.damaged(HEADER, reached.seq.next(), what));
    }
    Ok(())
}

/// Looks through the first `left` segments on a thread of its own, the oldest first.
pub(super) fn watch(shared: &Arc<RwLock<Shared>>, left: usize) -> Worker {
    let mut worker = Worker::default();
    let shared = Arc::clone(shared);
    if left > 0 {
        worker.begin("journal-watch", move |stop| look(&shared, left, stop));
    }
    worker
}

fn look(shared: &RwLock<Shared>, left: usize, stop: &AtomicBool) {
    for index in 0..left {
        let begun = Instant::now();
        let segments = {
            let shared = shared.read().unwrap_or_else(PoisonError::into_inner);
            shared.segments.clone()
        };
        if let Err(error) = check(&segments, index) {
            tracing::error!(%error, "The journal takes no changes any more");
            let mut shared = shared.write().unwrap_or_else(PoisonError::into_inner);
            shared.damaged = Some(error.to_string());
            return;
        }
        // Others have more need of the processor and the disk.
        std::thread::park_timeout(begun.elapsed());
        if stop.load(Ordering::Relaxed) {
            return;
        }
    }
}
