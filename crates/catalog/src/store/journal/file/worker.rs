//! A thread that works beside the journal and ends with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// The thread, while there is one; told to stop and waited for when this goes.
#[derive(Default)]
pub(super) struct Worker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(super) fn is_at_work(&self) -> bool {
        self.thread.as_ref().is_some_and(|t| !t.is_finished())
    }

    /// Begins; the work looks now and then whether it is to stop, and is unparked then.
    pub(super) fn begin(&mut self, name: &str, work: impl FnOnce(&AtomicBool) + Send + 'static) {
        let stop = Arc::clone(&self.stop);
        let spawned = std::thread::Builder::new().name(name.into());
        match spawned.spawn(move || work(&stop)) {
            Ok(thread) => self.thread = Some(thread),
            Err(error) => tracing::warn!(%error, name, "No thread to work beside the journal"),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            if thread.join().is_err() {
                tracing::error!("A thread beside the journal ended by a panic");
            }
        }
    }
}
