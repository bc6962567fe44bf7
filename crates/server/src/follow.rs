//! The search index at work: kept up to the journal by one thread, and put in order while the library is at rest.
//!
//! The index is a view; a server without a readable one still keeps the fund and says so in its log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use catalog::id::Seq;
use search::Joining;

use crate::app::App;

/// Without a change for so long the library is at rest.
const REST: Duration = Duration::from_secs(60);
/// Segments are not joined oftener.
const AGAIN: Duration = Duration::from_hours(1);

/// The follower: ends with this value.
pub(crate) struct Follower {
    ended: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Follower {
    /// Keeps the index up to the journal, well within a second of each change.
    pub(crate) fn start(app: &Arc<App>) -> std::io::Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let (app, end) = (Arc::clone(app), Arc::clone(&ended));
        let thread = std::thread::Builder::new()
            .name("fond-follow".to_owned())
            .spawn(move || follow(&app, &end))?;
        Ok(Self {
            ended,
            thread: Some(thread),
        })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn follow(app: &App, ended: &AtomicBool) {
    let mut failing = false;
    let mut named = Seq::default();
    let mut order = Order::at(named);
    while !ended.load(Ordering::Relaxed) {
        let goes_on = || !ended.load(Ordering::Relaxed);
        let index = app.index();
        let reached = index.and_then(|index| index.catch_up_while(app.catalog(), &goes_on));
        let reached = reached.and_then(|seq| warm(app, seq, &goes_on).map(|()| seq));
        // Readers do not wait for the sums of the files; an index that does not follow may be mended by them.
        let mended = app.mend_index();
        let reached = reached.and_then(|seq| mended.map(|()| seq));
        match reached.and_then(|seq| order.keep(app, seq).map(|()| seq)) {
            Ok(seq) => {
                failing = false;
                // Another server on the same journal may have named the library anew.
                if seq != named && app.name_the_tree().is_ok() {
                    named = seq;
                }
                let _ = app.catalog().wait_past(seq, Duration::from_millis(500));
            }
            Err(error) => {
                if !failing {
                    tracing::error!(%error, "The index does not follow; searches answer from before");
                }
                if matches!(error, search::Error::Engine(_)) {
                    app.suspect_index();
                }
                failing = true;
                std::thread::sleep(Duration::from_secs(1));
            }
        }
    }
}

/// Makes ready what answers need at hand; a change that comes meanwhile is taken in first.
fn warm(app: &App, seq: Seq, goes_on: &dyn Fn() -> bool) -> Result<(), search::Error> {
    let index = app.index()?;
    while goes_on() && app.catalog().head().seq == seq && index.warm_next()? {}
    Ok(())
}

/// When segments of the index were joined, and when the library was last at work.
struct Order {
    seq: Seq,
    moved: Instant,
    begun: Option<Instant>,
    joining: Option<Joining>,
}

impl Order {
    fn at(seq: Seq) -> Self {
        Self {
            seq,
            moved: Instant::now(),
            begun: None,
            joining: None,
        }
    }

    /// Joins segments when nothing has changed for a while.
    fn keep(&mut self, app: &App, seq: Seq) -> Result<(), search::Error> {
        if self.seq != seq {
            (self.seq, self.moved) = (seq, Instant::now());
        }
        let index = app.index()?;
        if let Some(mut joining) = self.joining.take() {
            if !index.has_joined(&mut joining)? {
                self.joining = Some(joining);
            }
        } else if self.moved.elapsed() >= REST && self.begun.is_none_or(|at| at.elapsed() >= AGAIN)
        {
            self.begun = Some(Instant::now());
            self.joining = index.begin_joining()?;
        }
        Ok(())
    }
}
