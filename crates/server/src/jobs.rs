//! Долгие работы: imports that go on behind a page, with how far they have come and what came of them.
//!
//! They live as long as the server; what an interrupted one left out is made up by running it again.

use std::fs;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use catalog::id::{LibraryId, UserId};
use catalog::{Doing, Error, ImportOrder, ImportReport};

use crate::app::{App, Shared};
use crate::clock::now;
use crate::problem::Problem;

/// Reports kept in memory; older loads are in the list of past ones.
const KEPT: usize = 32;
const BUCKET: &str = "imports";
/// Loads at work at once; each writes as fast as the journal takes.
const AT_ONCE: usize = 4;

/// A file that came with a form: it lies in the data folder until the work is done.
pub(crate) struct Kept {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
}

impl Drop for Kept {
    fn drop(&mut self) {
        // A file that is already gone is what we want.
        let _ = fs::remove_file(&self.path);
    }
}

/// Одна загрузка.
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) order: ImportOrder,
    pub(crate) size: u64,
    read: AtomicU64,
    records: AtomicU64,
    outcome: OnceLock<Result<ImportReport, Problem>>,
}

impl Job {
    /// Bytes and records read so far.
    pub(crate) fn read(&self) -> (u64, u64) {
        (
            self.read.load(Ordering::Relaxed),
            self.records.load(Ordering::Relaxed),
        )
    }

    /// What came of it; `None` while it works.
    pub(crate) fn outcome(&self) -> Option<&Result<ImportReport, Problem>> {
        self.outcome.get()
    }
}

/// A load that is over, as the list of past ones keeps it.
#[derive(Serialize, Deserialize)]
pub(crate) struct Past {
    pub(crate) at: Timestamp,
    pub(crate) actor: UserId,
    pub(crate) library: LibraryId,
    pub(crate) file: String,
    pub(crate) read: u64,
    pub(crate) saved: u64,
    pub(crate) set_aside: u64,
}

/// Работы, which go on or were done since the start.
#[derive(Default)]
pub(crate) struct Jobs(Mutex<Vec<Arc<Job>>>);

impl Jobs {
    /// The job with this id, if the server still knows it.
    pub(crate) fn find(&self, id: Uuid) -> Option<Arc<Job>> {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        jobs.iter().find(|job| job.id == id).cloned()
    }

    /// Keeps a job, unless as many as may be are at work already.
    fn keep(&self, job: Arc<Job>) -> bool {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.iter().filter(|job| job.outcome().is_none()).count() >= AT_ONCE {
            return false;
        }
        if jobs.len() >= KEPT
            && let Some(oldest) = jobs.iter().position(|job| job.outcome().is_some())
        {
            jobs.remove(oldest);
        }
        jobs.push(job);
        true
    }
}

/// Begins an import on a thread of its own; the answer goes out at once. `None` when too many are at work.
pub(crate) fn begin(app: &Shared, actor: UserId, order: ImportOrder, file: Kept) -> Option<Uuid> {
    let id = Uuid::new_v4();
    let job = Arc::new(Job {
        id,
        order,
        size: file.size,
        read: AtomicU64::new(0),
        records: AtomicU64::new(0),
        outcome: OnceLock::new(),
    });
    if !app.jobs().keep(Arc::clone(&job)) {
        return None;
    }
    let (app, unbegun) = (Arc::clone(app), Arc::clone(&job));
    let work = move || {
        let outcome = contained(|| {
            let report = run(&app, &job, &actor, &file)?;
            remember(&app, &job, &actor, &report);
            Ok(report)
        });
        // Set once, by this thread alone.
        let _ = job.outcome.set(outcome.map_err(Problem::from));
    };
    let thread = std::thread::Builder::new().name("fond-import".to_owned());
    if let Err(source) = thread.spawn(work) {
        let what = "поток загрузки".to_owned();
        let _ = unbegun.outcome.set(Err(Error::Io { what, source }.into()));
    }
    Some(id)
}

/// A load that panics has an outcome too: else it would be at work for ever, and take a place.
fn contained(work: impl FnOnce() -> Result<ImportReport, Error>) -> Result<ImportReport, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let why = "Загрузка прервалась из-за ошибки программы: сообщите о ней. Что записано, то записано; \
                   загрузите файл ещё раз, дважды записи не появятся";
        Err(Error::Internal(why.into()))
    })
}

fn run(app: &App, job: &Job, actor: &UserId, file: &Kept) -> Result<ImportReport, Error> {
    let opened = fs::File::open(&file.path).map_err(|source| Error::Io {
        what: file.name.clone(),
        source,
    })?;
    let doing = Doing::now(actor.clone(), now());
    app.catalog().import(
        &doing,
        &job.order,
        BufReader::new(opened),
        &mut |records, bytes| {
            job.records.store(records, Ordering::Relaxed);
            job.read.store(bytes, Ordering::Relaxed);
        },
    )
}

fn remember(app: &App, job: &Job, actor: &UserId, report: &ImportReport) {
    if report.dry_run {
        return;
    }
    let past = Past {
        at: now(),
        actor: actor.clone(),
        library: job.order.library.clone(),
        file: report.file.clone(),
        read: report.read,
        saved: report.saved + report.updated,
        set_aside: report.unreadable + report.authorities + report.deleted,
    };
    if let Err(error) = app.catalog().desk().put(BUCKET, &job.id.to_string(), &past) {
        tracing::warn!(%error, "A finished import was not put on the list of past ones");
    }
}

/// Loads that are over, newest first.
pub(crate) fn past(app: &App) -> Result<Vec<Past>, Error> {
    let kept = app.catalog().desk().list::<Past>(BUCKET)?;
    let mut all: Vec<Past> = kept.into_iter().map(|(_, load)| load).collect();
    all.sort_by_key(|load| std::cmp::Reverse(load.at));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_load_that_panics_has_an_outcome() {
        let outcome = contained(|| panic!("a slip of the program"));
        assert!(matches!(outcome, Err(Error::Internal(_))), "{outcome:?}");
    }
}
