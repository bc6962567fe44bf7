//! The shared home of the journal: one table in PostgreSQL that several servers append to in one order.
//!
//! One row, the sequencer, is locked for each batch: no gaps, one chain. The frames are the very bytes
//! that were hashed, so the chain is that of a folder of segments. Design: D-1, D-9.

mod client;
mod desk;
mod link;
mod reader;
mod secure;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use uuid::Uuid;

use super::{
    Draft, Journal, JournalError, JournalReader, Position, RawEntry, SharedHead, Wakes, frame,
};
use crate::id::{Hash, Seq};

use client::Failure;
pub(crate) use desk::SharedDesk;
use link::{Link, number, unreachable};
use reader::{Listener, SharedReader};
pub(crate) use secure::is_in_the_open;

const SCHEMA: &str = "
BEGIN;
SELECT pg_advisory_xact_lock(70010771077);
CREATE TABLE IF NOT EXISTS journal (
    seq bigint PRIMARY KEY, command_id uuid NOT NULL UNIQUE, frame bytea NOT NULL, hash bytea NOT NULL);
CREATE TABLE IF NOT EXISTS sequencer (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), library uuid NOT NULL,
    seq bigint NOT NULL, hash bytea NOT NULL, at bigint NOT NULL, closed boolean NOT NULL DEFAULT false);
CREATE TABLE IF NOT EXISTS desk (
    bucket text, key text, value bytea NOT NULL, updated timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (bucket, key));
COMMIT";

/// How long the outcome of a broken COMMIT is asked for before it is called unknown: who asked has gone by then.
const RESOLVE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(300);

/// Общий журнал.
pub(crate) struct SharedJournal {
    link: Link,
    known: Arc<Known>,
    /// Entry time of the last entry.
    time: Timestamp,
    /// Whoever moves a journal here writes while nobody else may.
    moving: bool,
}

/// What the journal, its readers and its listener know together.
pub(crate) struct Known {
    address: String,
    library: Uuid,
    /// The head, and when it was seen there.
    head: RwLock<(Position, Instant)>,
}

impl Known {
    fn head(&self) -> Position {
        self.seen().position
    }

    fn seen(&self) -> SharedHead {
        let (position, at) = *self.head.read().unwrap_or_else(PoisonError::into_inner);
        SharedHead {
            position,
            age: at.elapsed(),
        }
    }

    fn set_head(&self, head: Position) {
        let seen = (head, Instant::now());
        *self.head.write().unwrap_or_else(PoisonError::into_inner) = seen;
    }
}

fn damaged(seq: Seq, what: String) -> JournalError {
    JournalError::Damaged {
        file: PathBuf::from("общий журнал"),
        offset: 0,
        seq,
        what,
    }
}

impl SharedJournal {
    /// Opens the journal at a `postgres://` address; an empty database becomes `library`.
    ///
    /// # Errors
    /// [`JournalError::Unreachable`]; [`JournalError::Closed`] when it was moved elsewhere.
    pub(crate) fn open(address: &str, library: Uuid) -> Result<Self, JournalError> {
        let mut journal = Self::begun(address, library, false)?;
        journal.moving = false;
        journal.refresh()?;
        Ok(journal)
    }

    /// As [`SharedJournal::open`], also when it was moved elsewhere or is being moved here; for moving alone. What
    /// begins here is closed from its first moment: nobody may take it for an empty library before all has come.
    pub(crate) fn open_closed(address: &str, library: Uuid) -> Result<Self, JournalError> {
        Self::begun(address, library, true)
    }

    /// As [`SharedJournal::open_closed`], of a database that must have a journal; nothing is begun there.
    ///
    /// # Errors
    /// [`JournalError::Absent`], else as [`SharedJournal::open`].
    pub(crate) fn open_standing(address: &str) -> Result<Self, JournalError> {
        let mut link = Link::new(address)?;
        let there = "SELECT to_regclass('sequencer') IS NOT NULL";
        let answer = link.client()?.query_one(there, &[]);
        let there: bool = answer.map_err(|e| unreachable(&e))?.get(0);
        if !there {
            return Err(JournalError::Absent);
        }
        Self::of(link, address)
    }

    fn begun(address: &str, library: Uuid, closed: bool) -> Result<Self, JournalError> {
        let mut link = Link::new(address)?;
        let client = link.client()?;
        client.batch_execute(SCHEMA).map_err(|e| unreachable(&e))?;
        let zero: &[u8] = &[0; 32];
        let begin = Timestamp::UNIX_EPOCH.as_microsecond();
        client
            .execute(
                "INSERT INTO sequencer (library, seq, hash, at, closed) VALUES ($1, 0, $2, $3, $4) \
                 ON CONFLICT DO NOTHING",
                &[&library, &zero, &begin, &closed],
            )
            .map_err(|e| unreachable(&e))?;
        Self::of(link, address)
    }

    fn of(mut link: Link, address: &str) -> Result<Self, JournalError> {
        let row = link
            .client()?
            .query_opt("SELECT library FROM sequencer", &[])
            .map_err(|e| unreachable(&e))?;
        let mut journal = Self {
            link,
            known: Arc::new(Known {
                address: address.to_owned(),
                library: row.ok_or(JournalError::Absent)?.get(0),
                head: RwLock::new((Position::default(), Instant::now())),
            }),
            time: Timestamp::UNIX_EPOCH,
            moving: true,
        };
        journal.look("")?;
        Ok(journal)
    }

    /// Lets nobody append any more.
    pub(crate) fn close(&mut self) -> Result<(), JournalError> {
        self.set_closed(true)
    }

    /// Lets it be appended to again.
    pub(crate) fn open_again(&mut self) -> Result<(), JournalError> {
        self.set_closed(false)
    }

    fn set_closed(&mut self, closed: bool) -> Result<(), JournalError> {
        let client = self.link.client()?;
        let done = client.execute("UPDATE sequencer SET closed = $1", &[&closed]);
        done.map_err(|e| self.link.broken(&e))?;
        self.look("")?;
        Ok(())
    }

    /// Whether nobody may append.
    pub(crate) fn is_closed(&mut self) -> Result<bool, JournalError> {
        self.look("")
    }

    /// Reads the sequencer's row; `how` locks it or does not. True when the journal is closed.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] when its last entry is not there: what is appended would stand behind a hole. A
    /// lock is not asked that: whoever waited for it sees the new row and the entries as they were before.
    fn look(&mut self, how: &str) -> Result<bool, JournalError> {
        let stands = match how {
            "" => {
                "seq = 0 OR EXISTS (SELECT FROM journal \
                 WHERE journal.seq = sequencer.seq AND journal.hash = sequencer.hash)"
            }
            _ => "true",
        };
        let sql = format!("SELECT seq, hash, at, closed, {stands} FROM sequencer {how}");
        let answer = self.link.client()?.query_one(&sql, &[]);
        let row = answer.map_err(|e| self.link.broken(&e))?;
        let (seq, hash, at): (i64, &[u8], i64) = (row.get(0), row.get(1), row.get(2));
        let head = Position {
            seq: Seq::new(seq.unsigned_abs()),
            hash: hash.try_into().unwrap_or_default(),
        };
        let (closed, stands): (bool, bool) = (row.get(3), row.get(4));
        if !stands {
            let what = "последней записи нет на месте".to_owned();
            self.link.drop_client();
            return Err(damaged(head.seq, what));
        }
        self.time = Timestamp::from_microsecond(at).unwrap_or(Timestamp::UNIX_EPOCH);
        self.known.set_head(head);
        Ok(closed)
    }

    /// The head, unless the journal is closed.
    fn open_head(&mut self, how: &str) -> Result<Position, JournalError> {
        if self.look(how)? && !self.moving {
            self.link.drop_client();
            return Err(JournalError::Closed);
        }
        Ok(self.known.head())
    }

    fn insert(&mut self, entries: &[RawEntry], head: Position) -> Result<(), JournalError> {
        let column = |of: fn(&RawEntry) -> Vec<u8>| entries.iter().map(of).collect::<Vec<_>>();
        let seqs: Vec<i64> = entries.iter().map(|entry| number(entry.seq)).collect();
        let ids: Vec<Uuid> = entries.iter().map(|entry| entry.draft.command_id).collect();
        let frames = column(|entry| frame::envelope(&entry.draft));
        let hashes = column(|entry| entry.hash.to_vec());
        let at = entries
            .last()
            .map_or(0, |entry| entry.draft.at.as_microsecond());
        let client = self.link.client()?;
        let write = || -> Result<(), Failure> {
            client.execute(
                "INSERT INTO journal SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bytea[], $4::bytea[])",
                &[&seqs, &ids, &frames, &hashes],
            )?;
            client.execute(
                "UPDATE sequencer SET seq = $1, hash = $2, at = $3",
                &[&number(head.seq), &head.hash.as_slice(), &at],
            )?;
            client.batch_execute("NOTIFY fond_journal")
        };
        let written = write();
        written.map_err(|e| self.link.broken(&e))
    }

    /// Commits; a broken or doubted COMMIT is asked about until it is known.
    fn commit(&mut self, head: Position) -> Result<(), JournalError> {
        self.link.forget_warning();
        let answer = self.link.client()?.batch_execute("COMMIT");
        if answer.is_ok() && !self.link.warned() {
            return Ok(());
        }
        tracing::warn!("The outcome of a commit at {} is unknown; asking", head.seq);
        self.link.drop_client();
        let begun = Instant::now();
        while begun.elapsed() < RESOLVE {
            if let Ok(written) = self.written(head) {
                return if written {
                    Ok(())
                } else {
                    Err(JournalError::Unreachable("запись не прошла".to_owned()))
                };
            }
            self.link.drop_client();
            std::thread::sleep(PAUSE);
        }
        Err(JournalError::Undecided(format!(
            "общий журнал не ответил, стоит ли в нём запись {}",
            head.seq
        )))
    }

    /// Whether the entry stands. A commit of our own comes first: when it is confirmed without a
    /// warning, everything before it is as safe as it will ever be.
    fn written(&mut self, head: Position) -> Result<bool, JournalError> {
        self.link.forget_warning();
        let client = self.link.client()?;
        client
            .batch_execute(
                "BEGIN; SELECT 1 FROM sequencer FOR UPDATE; UPDATE sequencer SET at = at; COMMIT",
            )
            .map_err(|e| unreachable(&e))?;
        if self.link.warned() {
            return Err(JournalError::Unreachable(
                "запись не подтверждена вторым сервером".to_owned(),
            ));
        }
        let found = self
            .link
            .client()?
            .query_opt(
                "SELECT hash FROM journal WHERE seq = $1",
                &[&number(head.seq)],
            )
            .map_err(|e| unreachable(&e))?;
        Ok(found.is_some_and(|row| row.get::<_, &[u8]>(0) == head.hash.as_slice()))
    }
}

impl Journal for SharedJournal {
    fn head(&self) -> Position {
        self.known.head()
    }

    fn claim(&mut self) -> Result<Position, JournalError> {
        let begun = self.link.client()?.batch_execute("BEGIN");
        begun.map_err(|e| self.link.broken(&e))?;
        self.open_head("FOR UPDATE")
    }

    fn release(&mut self) {
        let ended = self
            .link
            .client()
            .map(|client| client.batch_execute("ROLLBACK"));
        if !matches!(ended, Ok(Ok(()))) {
            self.link.drop_client();
        }
    }

    fn refresh(&mut self) -> Result<Position, JournalError> {
        self.open_head("")
    }

    fn append(
        &mut self,
        after: Position,
        drafts: Vec<Draft>,
    ) -> Result<Vec<RawEntry>, JournalError> {
        let found = self.head();
        if found != after {
            self.release();
            return Err(JournalError::Moved {
                expected: after.seq,
                found: found.seq,
            });
        }
        let (mut entries, mut head, mut time) = (Vec::new(), after, self.time);
        for draft in drafts {
            let entry = frame::next_entry(&self.known.library, head, time, draft);
            head = Position {
                seq: entry.seq,
                hash: entry.hash,
            };
            time = entry.draft.at;
            entries.push(entry);
        }
        self.insert(&entries, head)?;
        self.commit(head)?;
        self.time = time;
        self.known.set_head(head);
        Ok(entries)
    }

    fn last_time(&self) -> Timestamp {
        self.time
    }

    fn reader(&self) -> Box<dyn JournalReader> {
        Box::new(SharedReader::new(Arc::clone(&self.known)))
    }

    fn wakes(&self) -> Option<Box<dyn Wakes>> {
        Some(Box::new(Listener::new(self.known.address.clone())))
    }
}

/// Hash of a row; a hash of another length proves nothing.
fn hash_of(bytes: &[u8]) -> Hash {
    bytes.try_into().unwrap_or_default()
}
