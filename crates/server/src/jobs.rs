//! Долгие работы: imports that go on behind a page, with how far they have come and what came of them.
//!
//! What is shown of them lives as long as the server; the file of a load lies in the catalogue's keeping until all of it
//! is in, so that the next start goes on with it.

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
use catalog::{Doing, Error, ImportOrder, ImportReport, KeptImport};

use crate::app::{App, Shared};
use crate::clock::now;
use crate::problem::Problem;
use crate::resume;

/// Reports kept in memory; older loads are in the list of past ones.
const KEPT: usize = 32;
const BUCKET: &str = "imports";
/// Loads at work at once; each writes as fast as the journal takes.
const AT_ONCE: usize = 4;

/// A file that came with a form: it lies in the data folder until it is taken over or the trial is done.
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
    actor: UserId,
    read: AtomicU64,
    records: AtomicU64,
    outcome: OnceLock<Result<ImportReport, Problem>>,
}

impl Job {
    fn new(id: Uuid, kept: KeptImport) -> Arc<Self> {
        Arc::new(Self {
            id,
            order: kept.order,
            size: kept.size,
            actor: kept.actor,
            read: AtomicU64::new(0),
            records: AtomicU64::new(0),
            outcome: OnceLock::new(),
        })
    }

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

    /// Those that are not over, the oldest first.
    pub(crate) fn at_work(&self) -> Vec<Arc<Job>> {
        let jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at_work = jobs.iter().filter(|job| job.outcome().is_none());
        at_work.cloned().collect()
    }

    /// Keeps a job, unless as many as may be are at work already.
    fn keep(&self, job: Arc<Job>) -> bool {
        let free = self.at_work().len() < AT_ONCE;
        if free {
            self.push(job);
        }
        free
    }

    fn push(&self, job: Arc<Job>) {
        let mut jobs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if jobs.len() >= KEPT
            && let Some(oldest) = jobs.iter().position(|job| job.outcome().is_some())
        {
            jobs.remove(oldest);
        }
        jobs.push(job);
    }
}

/// Begins an import on a thread of its own; when this returns, not even a kill loses it. `None` when too many are at
/// work.
///
/// # Errors
/// [`Error::Io`] when the file cannot be kept; nothing is begun then.
pub(crate) fn begin(
    app: &Shared,
    actor: UserId,
    order: ImportOrder,
    file: Kept,
) -> Result<Option<Uuid>, Error> {
    let id = Uuid::new_v4();
    let size = file.size;
    let doing = Doing {
        command_id: Some(id),
        ..Doing::now(actor.clone(), now())
    };
    let job = Job::new(id, KeptImport { order, actor, size });
    if !app.jobs().keep(Arc::clone(&job)) {
        return Ok(None);
    }
    let trial = if job.order.dry_run {
        Some(file)
    } else {
        let kept = app.catalog().keep_import(&doing, &job.order, &file.path);
        if let Err(error) = kept {
            let why = "Файл загрузки не сохранён".to_owned();
            let _ = job.outcome.set(Err(Error::Unavailable(why).into()));
            return Err(error);
        }
        None
    };
    behind(app, vec![job], trial);
    Ok(Some(id))
}

/// Puts loads that were broken off among those at work; they are finished one after the other.
pub(crate) fn resume(app: &Shared, broken: Vec<(Uuid, KeptImport)>) {
    let jobs = broken.into_iter().map(|(id, kept)| Job::new(id, kept));
    let jobs: Vec<_> = jobs.collect();
    for job in &jobs {
        app.jobs().push(Arc::clone(job));
    }
    behind(app, jobs, None);
}

/// Carries loads out on a thread of their own.
fn behind(app: &Shared, jobs: Vec<Arc<Job>>, trial: Option<Kept>) {
    let (app, unbegun) = (Arc::clone(app), jobs.clone());
    let work = move || {
        for job in jobs {
            let outcome = contained(|| {
                let report = run(&app, &job, trial.as_ref())?;
                remember(&app, &job, &report);
                Ok(report)
            });
            if let Err(error) = &outcome {
                tracing::warn!(%error, job = %job.id, "An import ended with an error");
                resume::settle(&app, job.id, &job.order.file, error);
            }
            // Set once, by this thread alone.
            let _ = job.outcome.set(outcome.map_err(Problem::from));
        }
    };
    let thread = std::thread::Builder::new().name("fond-import".to_owned());
    if let Err(error) = thread.spawn(work) {
        tracing::error!(%error, "No thread for an import");
        for job in unbegun {
            let why = "Загрузка не начата: серверу не хватает потоков. Она начнётся при следующем запуске";
            let _ = job.outcome.set(Err(Error::Unavailable(why.into()).into()));
        }
    }
}

/// A load that panics has an outcome too: else it would be at work for ever, and take a place.
pub(crate) fn contained(
    work: impl FnOnce() -> Result<ImportReport, Error>,
) -> Result<ImportReport, Error> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let why = "Загрузка прервалась из-за ошибки программы: сообщите о ней. Что записано, то записано; \
                   загрузите файл ещё раз, дважды записи не появятся";
        Err(Error::Internal(why.into()))
    })
}

fn run(app: &App, job: &Job, trial: Option<&Kept>) -> Result<ImportReport, Error> {
    let mut progress = |records, bytes| {
        job.records.store(records, Ordering::Relaxed);
        job.read.store(bytes, Ordering::Relaxed);
    };
    let Some(file) = trial else {
        return app.catalog().resume(job.id, now(), &mut progress);
    };
    let opened = fs::File::open(&file.path).map_err(|source| Error::Io {
        what: file.name.clone(),
        source,
    })?;
    let (doing, stream) = (Doing::now(job.actor.clone(), now()), BufReader::new(opened));
    app.catalog()
        .import(&doing, &job.order, stream, &mut progress)
}

fn remember(app: &App, job: &Job, report: &ImportReport) {
    if report.dry_run {
        return;
    }
    let past = Past {
        at: now(),
        actor: job.actor.clone(),
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
