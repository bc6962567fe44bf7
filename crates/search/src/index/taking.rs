//! What the index is taking in between two commits: how far it goes, and whether more is to come.

use std::time::Duration;

use catalog::id::{RecordId, Seq};

use super::Position;
use crate::Error;
use crate::feed::Feed;
use crate::schema;

/// How long an import may pause without being taken for ended.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSES: u32 = 10;

/// Changes that are being taken in and are not yet committed.
pub(super) struct Taking {
    /// How far they go.
    pub(super) at: Position,
    pub(super) ids: Vec<RecordId>,
    /// What was hidden after this moment stays hidden at the commit.
    pub(super) moment: u64,
    /// Whether the large writer is at work.
    pub(super) bulk: bool,
}

impl Taking {
    pub(super) fn from(standing: Position, moment: u64) -> Self {
        Self {
            at: Position {
                format: schema::format(),
                ..standing
            },
            ids: Vec::new(),
            moment,
            bulk: false,
        }
    }
}

/// Waits a moment for the feed to move on.
pub(super) fn more_comes(feed: &dyn Feed, seq: Seq) -> Result<bool, Error> {
    for _ in 0..PAUSES {
        if feed.head()?.0 > seq {
            return Ok(true);
        }
        std::thread::sleep(PAUSE);
    }
    Ok(false)
}
