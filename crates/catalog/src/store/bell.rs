//! Звонок: tells those who wait that the head of the journal has moved. It says nothing of what was written.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::id::Seq;

/// The head that others may wait for.
#[derive(Default)]
pub(crate) struct HeadBell {
    head: Mutex<Seq>,
    moved: Condvar,
}

impl HeadBell {
    pub(crate) fn ring(&self, head: Seq) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = head;
        self.moved.notify_all();
    }

    /// Waits until the head is past `seq` or the time is over; returns the head.
    pub(crate) fn wait_past(&self, seq: Seq, time: Duration) -> Seq {
        let head = self.head.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .moved
            .wait_timeout_while(head, time, |head| *head <= seq);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}
