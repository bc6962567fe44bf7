//! Стол in the shared database: the same notes for all servers (D-3).

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::client::{Client, Failure};
use super::link::Link;
use crate::error::Error;
use crate::store::desk::{Found, file_name};
use crate::store::journal::JournalError;

/// Every page of a signed-in person asks the desk: it must not wait long for a database that is silent.
const PATIENCE: Duration = Duration::from_secs(5);
/// A question that failed sooner than this met no silence, and is asked once more after a pause.
const AT_ONCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(300);

/// Общий стол.
pub(crate) struct SharedDesk(Mutex<Link>);

impl SharedDesk {
    pub(crate) fn open(address: &str) -> Result<Self, Error> {
        Ok(Self(Mutex::new(Link::with_patience(address, PATIENCE)?)))
    }

    fn ask<T>(&self, work: impl FnOnce(&mut Client) -> Result<T, Failure>) -> Result<T, Error> {
        let asked = Instant::now();
        let mut link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // It failed while we stood in the queue: each would wait in its turn only to hear the same.
        if let Some((when, why)) = link.failed()
            && *when > asked
        {
            return Err(JournalError::Unreachable(why.clone()).into());
        }
        let answer = work(link.client()?);
        Ok(answer.map_err(|e| link.broken(&e))?)
    }

    /// As [`SharedDesk::ask`], of a question that changes nothing: a connection that the database has closed meanwhile
    /// is noticed by whoever asks first, and must not be the end of that.
    fn read<T>(&self, work: impl Fn(&mut Client) -> Result<T, Failure>) -> Result<T, Error> {
        let asked = Instant::now();
        match self.ask(&work) {
            Err(Error::Unavailable(_)) if asked.elapsed() < AT_ONCE => {
                std::thread::sleep(PAUSE);
                self.ask(work)
            }
            answer => answer,
        }
    }

    pub(crate) fn get(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let sql = "SELECT value FROM desk WHERE bucket = $1 AND key = $2";
        let row = self.read(|client| client.query_opt(sql, &[&bucket, &key]))?;
        Ok(row.map(|row| row.get(0)))
    }

    pub(crate) fn put(&self, bucket: &str, key: &str, value: &[u8]) -> Result<(), Error> {
        let sql = "INSERT INTO desk (bucket, key, value) VALUES ($1, $2, $3) \
                   ON CONFLICT (bucket, key) DO UPDATE SET value = excluded.value, updated = now()";
        self.ask(|client| client.execute(sql, &[&bucket, &key, &value]))?;
        Ok(())
    }

    /// Writes over a note that stands.
    pub(crate) fn renew(&self, bucket: &str, key: &str, value: &[u8]) -> Result<(), Error> {
        let sql = "UPDATE desk SET value = $3, updated = now() WHERE bucket = $1 AND key = $2";
        self.ask(|client| client.execute(sql, &[&bucket, &key, &value]))?;
        Ok(())
    }

    /// Writes a note, or erases it, when what stands is what was read; says whether it did.
    pub(crate) fn swap(
        &self,
        bucket: &str,
        key: &str,
        stands: Option<&[u8]>,
        note: Option<&[u8]>,
    ) -> Result<bool, Error> {
        let done = self.ask(|client| match (stands, note) {
            (Some(stands), Some(note)) => client.execute(
                "UPDATE desk SET value = $3, updated = now() WHERE bucket = $1 AND key = $2 AND value = $4",
                &[&bucket, &key, &note, &stands],
            ),
            (Some(stands), None) => client.execute(
                "DELETE FROM desk WHERE bucket = $1 AND key = $2 AND value = $3",
                &[&bucket, &key, &stands],
            ),
            (None, Some(note)) => client.execute(
                "INSERT INTO desk (bucket, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                &[&bucket, &key, &note],
            ),
            (None, None) => Ok(0),
        })?;
        Ok(done > 0)
    }

    pub(crate) fn erase(&self, bucket: &str, key: &str) -> Result<(), Error> {
        let sql = "DELETE FROM desk WHERE bucket = $1 AND key = $2";
        self.ask(|client| client.execute(sql, &[&bucket, &key]))?;
        Ok(())
    }

    /// Every note of one bucket, or of all, with the name of its bucket.
    pub(crate) fn list(&self, bucket: Option<&str>) -> Result<Vec<Found>, Error> {
        let sql = "SELECT bucket, key, value FROM desk WHERE $1::text IS NULL OR bucket = $1 \
                   ORDER BY bucket, key";
        let rows = self.read(|client| client.query(sql, &[&bucket]))?;
        let found = rows.into_iter().map(|row| {
            let key: String = row.get(1);
            Found {
                bucket: row.get(0),
                name: file_name(&key),
                place: key,
                note: row.get(2),
            }
        });
        Ok(found.collect())
    }
}
