//! What came of a command, until whoever waits for it is told.

use std::sync::mpsc::SyncSender;

use crate::change::{Change, Entry};
use crate::error::Error;
use crate::id::Hash;
use crate::store::journal::Draft;

/// What is to be written, the digest of its request, and the change.
pub(super) type Made = (Draft, Hash, Change);

/// A command that will be answered when the batch is on disk.
pub(super) struct Decided {
    pub(super) draft: Draft,
    pub(super) written: Written,
}

/// What came of a command.
pub(super) enum Outcome {
    /// To be answered when the batch is on disk.
    Write(Decided),
    /// Nothing to write: what is said of it rests on the tables and on this batch.
    Say(Said),
    /// Nobody waits any more.
    Gone,
}

/// An answer, and who gets it.
pub(super) struct Said {
    pub(super) answer: SyncSender<Result<Option<Entry>, Error>>,
    pub(super) said: Result<Option<Entry>, Error>,
}

/// What was asked and decided, and who waits for it.
pub(super) struct Written {
    pub(super) request: Hash,
    pub(super) change: Change,
    pub(super) answer: SyncSender<Result<Option<Entry>, Error>>,
}

impl Decided {
    pub(super) fn of(
        draft: Draft,
        request: Hash,
        change: Change,
        answer: SyncSender<Result<Option<Entry>, Error>>,
    ) -> Self {
        let written = Written {
            request,
            change,
            answer,
        };
        Self { draft, written }
    }
}

impl Said {
    pub(super) fn tell(self) {
        // Who asked may have gone.
        drop(self.answer.send(self.said));
    }
}

/// The same refusal for one more command: nothing of it was written.
pub(super) fn not_written(why: &Error) -> Error {
    if let Error::NoSpace(why) = why {
        return Error::NoSpace(why.clone());
    }
    Error::Unavailable(why.to_string())
}
