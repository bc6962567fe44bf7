//! The search index at work: kept up to the journal by one thread.
//!
//! The index is a view; a server without a readable one still keeps the fund and says so in its log.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use catalog::id::Seq;

use crate::app::App;

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
    while !ended.load(Ordering::Relaxed) {
        let goes_on = || !ended.load(Ordering::Relaxed);
        let index = app.index();
        let reached = index.and_then(|index| index.catch_up_while(app.catalog(), &goes_on));
        // Readers do not wait for the sums of the files; an index that does not follow may be mended by them.
        let mended = app.mend_index();
        match reached.and_then(|seq| mended.map(|()| seq)) {
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
