//! Прерванные загрузки: what a stop of the program broke off is finished by the next start, or said to be lost (D-2).
//!
//! The catalogue keeps the file and knows how far a load has come; here is decided when it goes on and who is told.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use catalog::{Doing, Error, KeptImport, OpenJob};

use crate::app::{App, Shared};
use crate::clock::now;
use crate::command::system_user;
use crate::io::Io;
use crate::jobs;

const BUCKET: &str = "imports-lost";
/// So many days a lost load is named, and a load of another server waits for it.
const DAYS: i64 = 30;
/// A load of another server that is older has most likely stopped.
const LONG: i64 = 60;

/// Почему загрузка не закончена.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Broken {
    /// Её закончит следующий запуск.
    WaitsForStart,
    /// Её файл лежит на другом сервере.
    Elsewhere,
    /// Закончить её нечем.
    Lost,
}

/// Незаконченная загрузка.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Unfinished {
    /// Что загружали.
    pub(crate) work: String,
    /// Когда начали; у потерянной – когда об этом узнали.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// Почему она не закончена.
    pub(crate) why: Broken,
}

/// Begins to finish, behind the pages, what was broken off.
pub(crate) fn in_background(app: &Shared, io: &mut Io<'_>) {
    let broken = sorted_out(app, io);
    if !broken.is_empty() {
        jobs::resume(app, broken);
    }
}

/// Finishes what was broken off before anything else is done.
pub(crate) fn at_once(app: &App, io: &mut Io<'_>) {
    for (job, kept) in sorted_out(app, io) {
        let file = kept.order.file.clone();
        let done = jobs::contained(|| {
            app.catalog().resume(job, now(), &mut |_, bytes| {
                io.tick(bytes, kept.size, &file);
            })
        });
        match done {
            Ok(report) => io.say(format_args!(
                "Прерванная загрузка файла {file} закончена: прочитано {}, сохранено теперь {}",
                report.read, report.saved
            )),
            Err(error) => {
                io.say(format_args!(
                    "Прерванная загрузка файла {file} не закончена: {error}"
                ));
                settle(app, job, &file, &error);
            }
        }
    }
}

/// What can be finished here; the rest is closed and named, or left to the server that has its file.
fn sorted_out(app: &App, io: &mut Io<'_>) -> Vec<(Uuid, KeptImport)> {
    forget_old(app);
    let open = match app.catalog().interrupted() {
        Ok(open) => open,
        Err(error) => {
            io.say(format_args!("Прерванные загрузки не найдены: {error}"));
            return Vec::new();
        }
    };
    let mut broken = Vec::new();
    for job in open {
        if let Some(kept) = job.kept {
            io.say(format_args!(
                "Продолжается прерванная загрузка файла {}",
                kept.order.file
            ));
            broken.push((job.job, kept));
        } else if app.catalog().shared().is_none() || older(job.begun, DAYS * 24 * 60) {
            io.say(format_args!(
                "{}: работа была прервана и закончить её нечем, загрузите файл ещё раз",
                job.work
            ));
            give_up(app, job.job, &job.work);
        }
    }
    broken
}

fn older(at: Option<Timestamp>, minutes: i64) -> bool {
    at.is_some_and(|at| now().duration_since(at).as_mins() >= minutes)
}

/// After a load that ended with an error: one that would end so again is closed and named.
pub(crate) fn settle(app: &App, job: Uuid, file: &str, error: &Error) {
    let hopeless = match error {
        Error::Refused(_)
        | Error::NotFound(_)
        | Error::Stale { .. }
        | Error::KeyReused
        | Error::TooLarge(_)
        | Error::Internal(_) => true,
        Error::Damaged(_)
        | Error::Unavailable(_)
        | Error::NoSpace(_)
        | Error::OutcomeUnknown(_)
        | Error::Io { .. } => false,
    };
    if hopeless {
        give_up(app, job, &format!("Приём записей из файла {file}"));
    }
}

fn give_up(app: &App, job: Uuid, work: &str) {
    let lost = Unfinished {
        work: work.to_owned(),
        at: now(),
        why: Broken::Lost,
    };
    // Named first: what is closed and not named is lost without a word.
    let noted = app.catalog().desk().put(BUCKET, &job.to_string(), &lost);
    let doing = Doing::now(system_user(), now());
    if let Err(error) = noted.and_then(|()| app.catalog().give_up(doing, job)) {
        tracing::warn!(%error, %job, "A lost import was not closed");
    }
}

fn forget_old(app: &App) {
    let desk = app.catalog().desk();
    let forgotten = desk.list::<Unfinished>(BUCKET).and_then(|lost| {
        let mut old = lost
            .into_iter()
            .filter(|(_, lost)| older(Some(lost.at), DAYS * 24 * 60));
        old.try_for_each(|(job, _)| desk.erase(BUCKET, &job))
    });
    if let Err(error) = forgotten {
        tracing::warn!(%error, "Old notes of lost imports stay");
    }
}

impl App {
    /// Loads that are neither over nor at work, and those that were lost of late.
    pub(crate) fn unfinished(&self) -> Result<Vec<Unfinished>, Error> {
        let waits = |job: &OpenJob| {
            let queued = self.jobs().find(job.job);
            !job.at_work && queued.is_none_or(|queued| queued.outcome().is_some())
        };
        let mut found = Vec::new();
        for job in self.catalog().open_jobs()?.into_iter().filter(waits) {
            let why = match job.kept {
                Some(_) => Broken::WaitsForStart,
                None if self.catalog().shared().is_some() && older(job.begun, LONG) => {
                    Broken::Elsewhere
                }
                None => continue,
            };
            let at = job.begun.unwrap_or_else(now);
            let work = job.work;
            found.push(Unfinished { work, at, why });
        }
        let lost = self.catalog().desk().list::<Unfinished>(BUCKET)?;
        let fresh = lost.into_iter().map(|(_, lost)| lost);
        found.extend(fresh.filter(|lost| !older(Some(lost.at), DAYS * 24 * 60)));
        Ok(found)
    }
}
