//! Reading the shared journal, each entry checked against the chain, and hearing that it has grown.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::client::{Client, Failure};
use super::link::{Link, number};
use super::{Known, damaged, hash_of};
use crate::id::Seq;
use crate::store::journal::{
    JournalError, JournalReader, Position, RawEntry, SharedHead, Wakes, frame,
};

/// Rows asked for at once: an entry may be 4 MiB long.
const ROWS: usize = 32;
/// One reading gives no more bytes, as that of a folder: what is read at once is written as one batch by a copy.
const READ_BYTES: usize = 16 << 20;
/// Rows are many bytes: an answer may take so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Whoever heard nothing looks all the same.
const LOOK: Duration = Duration::from_secs(1);

/// Читатель общего журнала.
pub(crate) struct SharedReader {
    known: Arc<Known>,
    link: Mutex<Option<Link>>,
}

impl SharedReader {
    pub(super) fn new(known: Arc<Known>) -> Self {
        Self {
            known,
            link: Mutex::new(None),
        }
    }

    fn ask<T>(
        &self,
        work: impl FnOnce(&mut Client) -> Result<T, Failure>,
    ) -> Result<T, JournalError> {
        let mut kept = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        let link = match kept.take() {
            Some(link) => kept.insert(link),
            None => kept.insert(Link::with_patience(&self.known.address, PATIENCE)?),
        };
        let answer = work(link.client()?);
        answer.map_err(|e| link.broken(&e))
    }

    /// Entries after `after`, whose hash is known, or is read with them.
    fn read_after(
        &self,
        after: Seq,
        known: Option<Position>,
        limit: usize,
    ) -> Result<Vec<RawEntry>, JournalError> {
        let rows = i64::try_from(limit.min(ROWS) + 1).unwrap_or(i64::MAX);
        let rows = self.ask(|client| {
            client.query(
                "SELECT seq, frame, hash FROM journal WHERE seq >= $1 ORDER BY seq LIMIT $2",
                &[&number(after), &rows],
            )
        })?;
        let mut rows = rows.into_iter();
        let mut position = known.unwrap_or_default();
        if after > Seq::default() {
            let Some(first) = rows
                .next()
                .filter(|row| row.get::<_, i64>(0) == number(after))
            else {
                return Err(damaged(after, "записи нет на месте".to_owned()));
            };
            position = Position {
                seq: after,
                hash: hash_of(first.get(2)),
            };
            if known.is_some_and(|known| known != position) {
                let what = "хеш не тот, что был прочтён раньше".to_owned();
                return Err(damaged(after, what));
            }
        }
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for row in rows.take(limit) {
            if bytes >= READ_BYTES {
                break;
            }
            bytes += row.get::<_, &[u8]>(1).len();
            let seq = position.seq.next();
            if row.get::<_, i64>(0) != number(seq) {
                return Err(damaged(seq, "записи нет на месте".to_owned()));
            }
            let hash = hash_of(row.get(2));
            let entry = frame::read_envelope(&self.known.library, position, row.get(1), hash)
                .map_err(|what| damaged(seq, what))?;
            position = Position { seq, hash };
            entries.push(entry);
        }
        if entries.is_empty() && limit > 0 && after < self.known.head().seq {
            return Err(damaged(after.next(), "записи нет на месте".to_owned()));
        }
        Ok(entries)
    }
}

impl JournalReader for SharedReader {
    fn head(&self) -> Position {
        self.known.head()
    }

    fn library(&self) -> Uuid {
        self.known.library
    }

    fn shared(&self) -> Option<SharedHead> {
        Some(self.known.seen())
    }

    fn read(&self, after: Seq, limit: usize) -> Result<Vec<RawEntry>, JournalError> {
        self.read_after(after, None, limit)
    }

    fn read_on(&self, after: Position, limit: usize) -> Result<Vec<RawEntry>, JournalError> {
        self.read_after(after.seq, Some(after), limit)
    }

    fn check_all(&self) -> Result<Position, JournalError> {
        let row = self.ask(|client| client.query_one("SELECT seq, hash FROM sequencer", &[]))?;
        let head = Position {
            seq: Seq::new(row.get::<_, i64>(0).unsigned_abs()),
            hash: hash_of(row.get(1)),
        };
        let mut position = Position::default();
        while position.seq < head.seq {
            let entries = self.read_after(position.seq, Some(position), ROWS)?;
            let Some(last) = entries.iter().rfind(|entry| entry.seq <= head.seq) else {
                let what = "журнал короче, чем был".to_owned();
                return Err(damaged(position.seq.next(), what));
            };
            position = Position {
                seq: last.seq,
                hash: last.hash,
            };
        }
        if position == head {
            Ok(position)
        } else {
            let what = "хеш последней записи не тот, что у общего счётчика".to_owned();
            Err(damaged(head.seq, what))
        }
    }
}

/// Hears when anybody has appended.
pub(super) struct Listener {
    address: String,
    link: Option<Link>,
}

impl Listener {
    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            link: None,
        }
    }

    fn hear(&mut self) -> Result<(), JournalError> {
        let link = match self.link.take() {
            Some(link) => self.link.insert(link),
            None => {
                let mut link = Link::new(&self.address)?;
                let listening = link.client()?.batch_execute("LISTEN fond_journal");
                listening.map_err(|e| link.broken(&e))?;
                self.link.insert(link)
            }
        };
        let client = link.client()?;
        if !client.hear(LOOK) {
            // Nobody wrote, or nobody is there any more.
            let answer = client.batch_execute("SELECT 1");
            answer.map_err(|e| link.broken(&e))?;
        }
        Ok(())
    }
}

impl Wakes for Listener {
    fn wait(&mut self) {
        if let Err(error) = self.hear() {
            tracing::warn!(%error, "The shared journal is not heard; looking every second");
            self.link = None;
            std::thread::sleep(LOOK);
        }
    }
}
