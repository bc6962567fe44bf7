//! Segments looked through side by side, as far as there are processors with nothing else to do.
//!
//! The one who asks works too. Helpers are counted over the whole program: with many questions at once each is
//! answered by its own thread.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tantivy::{Searcher, SegmentReader};

use crate::Error;

/// With fewer records to look through nobody is called for help: it would cost more than it gives.
const WORTH_HELP: u32 = 20_000;

/// Helpers at work in all the program.
static HELPING: AtomicUsize = AtomicUsize::new(0);

/// Does the work for each segment; the answers come in the order of segments.
pub(super) fn each_segment<T: Send>(
    searcher: &Searcher,
    work: impl Fn(usize, &SegmentReader) -> Result<T, Error> + Sync,
) -> Result<Vec<T>, Error> {
    let segments = searcher.segment_readers();
    // The longest first, so that none is left over at the end.
    let mut order: Vec<usize> = (0..segments.len()).collect();
    order.sort_by_key(|at| segments.get(*at).map_or(0, SegmentReader::max_doc));
    let next = AtomicUsize::new(order.len());
    let answers = Mutex::new(Vec::with_capacity(segments.len()));
    let labour = || {
        while let Ok(left) =
            next.try_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
            && let Some(at) = order.get(left - 1)
            && let Some(segment) = segments.get(*at)
        {
            let answer = work(*at, segment);
            let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.push((*at, answer));
        }
    };
    let long = segments.iter().map(SegmentReader::max_doc);
    let helpers = Helpers::called(long.filter(|records| *records >= WORTH_HELP).count());
    rayon::in_place_scope(|scope| {
        for _ in 0..helpers.0 {
            scope.spawn(|_| labour());
        }
        labour();
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Threads that help with one question, to be given back.
struct Helpers(usize);

impl Helpers {
    /// As many as are free, for so many long segments: one of these its asker takes.
    fn called(long: usize) -> Self {
        let all = rayon::current_num_threads().saturating_sub(1);
        let wanted = long.saturating_sub(1);
        let mut called = 0;
        let called_of = |busy: usize| {
            called = wanted.min(all.saturating_sub(busy));
            (called > 0).then_some(busy + called)
        };
        match HELPING.try_update(Ordering::Relaxed, Ordering::Relaxed, called_of) {
            Ok(_) => Self(called),
            Err(_) => Self(0),
        }
    }
}

impl Drop for Helpers {
    fn drop(&mut self) {
        HELPING.fetch_sub(self.0, Ordering::Relaxed);
    }
}
