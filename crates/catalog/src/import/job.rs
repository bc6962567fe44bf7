//! Работа приёма: one file from its order to its `JobDone`, also over a stop of the program (D-2).
//!
//! An import that breaks off leaves its file and an open job; whoever opens the folder next carries it out again
//! under the same command ids, so that what is written is not written twice.

use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use uuid::Uuid;

use super::{ImportOrder, ImportReport, kept};
use crate::catalog::{Catalog, request_hash};
use crate::change::Change;
use crate::error::Error;
use crate::id::UserId;
use crate::store::{Commands, Doing, OpenJobs};
use crate::table::{all, get};

/// Незаконченная работа.
#[derive(Clone, Debug)]
pub struct OpenJob {
    /// Its name.
    pub job: Uuid,
    /// What it is, in words.
    pub work: String,
    /// When it was begun; `None` when nothing of it is written yet.
    pub begun: Option<Timestamp>,
    /// Its file, when this folder has it.
    pub kept: Option<KeptImport>,
    /// Whether this process is at it.
    pub at_work: bool,
}

/// Файл незаконченного приёма.
#[derive(Clone, Debug)]
pub struct KeptImport {
    /// What was asked.
    pub order: ImportOrder,
    /// By whom.
    pub actor: UserId,
    /// How long the file is.
    pub size: u64,
}

impl Catalog {
    /// Принимает файл записей; `progress` is told (records read, bytes read).
    ///
    /// The file is kept until all of it is in: an import that breaks off is finished by [`Catalog::resume`]. Running
    /// the same file again saves nothing twice.
    ///
    /// # Errors
    /// [`Error::NoSpace`] when there is no room to keep the file, nothing is written then; [`Error::Io`] when the
    /// stream or the disk fails: what was saved before stays.
    pub fn import(
        &self,
        doing: &Doing,
        order: &ImportOrder,
        stream: impl Read,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<ImportReport, Error> {
        let job = doing.command_id.unwrap_or_else(Uuid::new_v4);
        if order.dry_run {
            return self.take_in(job, job, doing, order, stream, progress);
        }
        let _entered = self.at_work().enter(job)?;
        if kept::find(self.folder(), job).is_some() {
            // A repeat under its key of what broke off: should the bytes differ, the kept ones are the first ones.
            let report = self.take_in(job, job, doing, order, stream, progress)?;
            kept::forget(self.folder(), job);
            return Ok(report);
        }
        kept::spool(self.folder(), job, doing, order, stream)?;
        self.carry_out(job, doing, progress)
    }

    /// Keeps a file that lies in the data folder already, for [`Catalog::resume`]: it is moved. The job is the command
    /// id of `doing`.
    ///
    /// # Errors
    /// [`Error::Io`]; nothing is kept then.
    pub fn keep_import(
        &self,
        doing: &Doing,
        order: &ImportOrder,
        file: &Path,
    ) -> Result<Uuid, Error> {
        let job = doing.command_id.unwrap_or_else(Uuid::new_v4);
        kept::adopt(self.folder(), job, doing, order, file)?;
        Ok(job)
    }

    /// Заканчивает прерванный приём from its kept file.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such file here; else as [`Catalog::import`].
    pub fn resume(
        &self,
        job: Uuid,
        at: Timestamp,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<ImportReport, Error> {
        let _entered = self.at_work().enter(job)?;
        let kept = self.kept(job)?;
        let doing = Doing {
            on: kept.on,
            ..Doing::now(kept.actor, at)
        };
        self.carry_out(job, &doing, progress)
    }

    fn kept(&self, job: Uuid) -> Result<kept::Kept, Error> {
        kept::find(self.folder(), job).ok_or_else(|| {
            Error::NotFound("Файла этой загрузки здесь нет: загрузите его ещё раз".to_owned())
        })
    }

    /// From the kept file to the end; the file goes unless there is something to go on with.
    fn carry_out(
        &self,
        job: Uuid,
        doing: &Doing,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<ImportReport, Error> {
        let kept = self.kept(job)?;
        let mut take_in =
            |commands| self.take_in(job, commands, doing, &kept.order, kept.read()?, progress);
        let done = match take_in(job) {
            // A later program may read a file otherwise than the one that began: then the entries have names of
            // their own, and what a record is (D-10) keeps it from coming twice.
            Err(Error::KeyReused) if self.is_open(job).unwrap_or(false) => take_in(Uuid::new_v4()),
            done => done,
        };
        let over = match &done {
            Ok(_) => true,
            // The beginning of the job may stand in the journal.
            Err(Error::OutcomeUnknown(_)) => false,
            Err(_) => !self.is_open(job).unwrap_or(true),
        };
        if over {
            kept::forget(self.folder(), job);
        }
        done
    }

    fn is_open(&self, job: Uuid) -> Result<bool, Error> {
        Ok(get::<OpenJobs>(self.view(), &job.as_u128().into())?.is_some())
    }

    /// Works that were begun and are not over: those of the journal, and those whose file is kept here and of which
    /// nothing is written yet.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn open_jobs(&self) -> Result<Vec<OpenJob>, Error> {
        let mut open = Vec::new();
        for (job, work, seq) in all::<OpenJobs>(self.view(), &())? {
            // A damaged entry is for the verification to name; a silent journal holds nobody who looks.
            let entry = self.entry_soon(seq).ok().flatten();
            let begun = entry.map(|entry| entry.at);
            open.push(self.open_job(job, work, begun));
        }
        for job in kept::jobs(self.folder()) {
            if get::<Commands>(self.view(), &job.as_u128().into())?.is_none() {
                let mut unbegun = self.open_job(job, String::new(), None);
                if let Some(kept) = &unbegun.kept {
                    unbegun.work = work(&kept.order);
                    open.push(unbegun);
                }
            }
        }
        Ok(open)
    }

    fn open_job(&self, job: Uuid, work: String, begun: Option<Timestamp>) -> OpenJob {
        let kept = kept::find(self.folder(), job).map(|kept| KeptImport {
            size: kept.length,
            order: kept.order,
            actor: kept.actor,
        });
        OpenJob {
            job,
            work,
            begun,
            kept,
            at_work: self.at_work().has(job),
        }
    }

    /// As [`Catalog::open_jobs`], for one who has just opened the folder: files of works that are over go.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn interrupted(&self) -> Result<Vec<OpenJob>, Error> {
        let open = self.open_jobs()?;
        for job in kept::jobs(self.folder()) {
            if !open
                .iter()
                .any(|open| open.job == job && open.kept.is_some())
            {
                kept::forget(self.folder(), job);
            }
        }
        Ok(open)
    }

    /// Закрывает работу, которую нечем закончить: what it wrote stays.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unavailable`].
    pub fn give_up(&self, doing: Doing, job: Uuid) -> Result<(), Error> {
        if self.is_open(job)? {
            self.close(doing, job)?;
        }
        kept::forget(self.folder(), job);
        Ok(())
    }

    /// Writes the end of a job.
    pub(super) fn close(&self, doing: Doing, job: Uuid) -> Result<(), Error> {
        let last = Uuid::from_u128(job.as_u128().wrapping_sub(1));
        let doing = Doing {
            command_id: Some(last),
            ..doing
        };
        self.run(doing, request_hash(&job), move |_| {
            Ok(Some(Change::JobDone { job }))
        })?;
        Ok(())
    }
}

/// What an import is called in the journal.
pub(super) fn work(order: &ImportOrder) -> String {
    format!("Приём записей из файла {}", order.file)
}
