//! Состояние: how the library and its server are, for watchers, for the administrator and for programs.
//!
//! Everything here is read; deeds of upkeep are noted on the desk when they are done.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use catalog::{Doing, Error};

use crate::app::App;
use crate::clock::now;
use crate::command::system_user;
use crate::resume::Unfinished;

/// An answer of the writing thread is good for so long.
const FRESH: Duration = Duration::from_secs(2);
const BUCKET: &str = "upkeep";
/// What is said while tables are at work that the disk has damaged.
pub(crate) const SPOILT: &str =
    "Таблицы на диске повреждены. Перезапустите программу: они построятся заново из журнала";

/// Состояние библиотеки и сервера.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Standing {
    /// Версия программы.
    pub(crate) version: &'static str,
    /// Секунд с запуска.
    pub(crate) uptime_seconds: u64,
    /// Последняя запись журнала.
    pub(crate) seq: u64,
    /// Её хеш: доказывает всё, что до неё.
    pub(crate) head_hash: String,
    /// Журнал принимает изменения.
    pub(crate) writable: bool,
    /// Почему не принимает.
    pub(crate) why_not: Option<String>,
    /// Общий журнал: последняя запись у всех серверов вместе.
    pub(crate) shared: Option<SharedJournal>,
    /// На сколько записей поиск отстал от таблиц этого сервера.
    pub(crate) index_behind: u64,
    /// Поиск отвечает; `false`, пока повреждённый строится заново.
    pub(crate) index_readable: bool,
    /// Записей в поиске.
    pub(crate) records: u64,
    /// Свободно на диске с данными, байт.
    pub(crate) disk_free_bytes: u64,
    /// Весь диск с данными, байт.
    pub(crate) disk_bytes: u64,
    /// Последняя полная сверка.
    pub(crate) verified: Option<Upkeep>,
    /// Последняя резервная копия.
    pub(crate) backed_up: Option<Upkeep>,
    /// Последняя копия, из которой библиотека была восстановлена на пробу.
    pub(crate) backup_proved: Option<Upkeep>,
    /// Загрузки, которые прервались.
    pub(crate) unfinished: Vec<Unfinished>,
    /// Запросов в работе, по их весу.
    #[schema(value_type = Object)]
    pub(crate) at_work: BTreeMap<&'static str, usize>,
    /// Запросов, которым сказано прийти позже.
    pub(crate) turned_away: u64,
}

/// Конец общего журнала, как его видели в последний раз.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SharedJournal {
    /// Последняя запись в PostgreSQL.
    pub(crate) seq: u64,
    /// На сколько записей от неё отстали таблицы этого сервера.
    pub(crate) behind: u64,
    /// Сколько секунд назад PostgreSQL это сообщил.
    pub(crate) age_seconds: u64,
}

/// A deed of upkeep, as the desk keeps it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Upkeep {
    /// Когда.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// По какую запись журнала.
    pub(crate) seq: u64,
    /// Всё сошлось.
    pub(crate) ok: bool,
    /// Когда всё сошлось в последний раз.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) agreed: Option<Timestamp>,
    /// Файл копии, без папки.
    #[serde(default)]
    pub(crate) file: String,
}

impl Upkeep {
    /// When all agreed last: a deed that failed is not one that was done.
    pub(crate) fn agreed(&self) -> Option<Timestamp> {
        if self.ok { Some(self.at) } else { self.agreed }
    }
}

/// Дело, which is noted when it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Verified,
    BackedUp,
    BackupProved,
}

impl Deed {
    fn key(self) -> &'static str {
        match self {
            Deed::Verified => "verified",
            Deed::BackedUp => "backed-up",
            Deed::BackupProved => "backup-proved",
        }
    }
}

/// What the writing thread said last, and when.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Known>);

type Known = Option<(Instant, Result<(), String>)>;

impl App {
    /// Whether the journal takes changes now: asked of the thread that writes it, seldom.
    pub(crate) fn ready(&self) -> Result<(), String> {
        if self.catalog().tables_are_spoilt() {
            return Err(SPOILT.to_owned());
        }
        let mut known = self
            .readiness()
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((asked, answer)) = &*known
            && asked.elapsed() < FRESH
        {
            return answer.clone();
        }
        let asked = self.catalog().ready(Doing::now(system_user(), now()));
        let answer = asked.map_err(|error| error.to_string());
        *known = Some((Instant::now(), answer.clone()));
        answer
    }

    /// Brings the tables up to what other servers have written by now, for whoever decides by them; a journal that did
    /// not answer a moment ago is not waited for again.
    pub(crate) fn level(&self) {
        let silent = |known: &Known| {
            let told = known.as_ref();
            told.is_some_and(|(asked, answer)| answer.is_err() && asked.elapsed() < FRESH)
        };
        let known = self.readiness().0.try_lock();
        if known.as_ref().is_ok_and(|known| silent(known)) {
            return;
        }
        drop(known);
        let asked = self.catalog().ready(Doing::now(system_user(), now()));
        if let Err(error) = asked
            && let Ok(mut known) = self.readiness().0.try_lock()
        {
            *known = Some((Instant::now(), Err(error.to_string())));
        }
    }

    /// How things stand.
    pub(crate) fn standing(&self) -> Result<Standing, Error> {
        Ok(Standing {
            verified: self.done_last(Deed::Verified)?,
            backed_up: self.done_last(Deed::BackedUp)?,
            backup_proved: self.done_last(Deed::BackupProved)?,
            unfinished: self.unfinished()?,
            ..self.standing_without_desk()
        })
    }

    /// How things stand, for a watcher who must be answered whatever happens; and whether the desk was asked: where
    /// the database is silent, it is not waited for once more for each note.
    pub(crate) fn standing_at_any_rate(&self) -> (Standing, bool) {
        let silent = self.catalog().shared().is_some() && self.ready().is_err();
        let asked = (!silent).then(|| self.standing().ok()).flatten();
        let known = asked.is_some();
        (asked.unwrap_or_else(|| self.standing_without_desk()), known)
    }

    fn standing_without_desk(&self) -> Standing {
        let head = self.catalog().head();
        let ready = self.ready();
        let (disk_free_bytes, disk_bytes) = space(self.catalog().folder());
        let hash = head.hash.iter().map(|byte| format!("{byte:02x}"));
        Standing {
            version: env!("CARGO_PKG_VERSION"),
            uptime_seconds: self.started().elapsed().as_secs(),
            seq: head.seq.get(),
            head_hash: hash.collect(),
            writable: ready.is_ok(),
            why_not: ready.err(),
            shared: self.shared_journal(head.seq.get()),
            index_behind: self.index_behind(),
            index_readable: self.index_readable(),
            records: self.index().map_or(0, search::SearchIndex::len),
            disk_free_bytes,
            disk_bytes,
            verified: None,
            backed_up: None,
            backup_proved: None,
            unfinished: Vec::new(),
            at_work: self.admission().at_work().into_iter().collect(),
            turned_away: self.admission().turned_away(),
        }
    }

    /// The end of the shared journal, and how far from it these tables are.
    fn shared_journal(&self, here: u64) -> Option<SharedJournal> {
        let seen = self.catalog().shared()?;
        let seq = seen.position.seq.get();
        Some(SharedJournal {
            seq,
            behind: seq.saturating_sub(here),
            age_seconds: seen.age.as_secs(),
        })
    }

    /// Entries of the journal that searches do not know yet.
    pub(crate) fn index_behind(&self) -> u64 {
        let head = self.catalog().head().seq.get();
        head.saturating_sub(self.index_position())
    }

    /// Notes a deed of upkeep; a desk that takes no notes spoils no deed.
    pub(crate) fn note_deed(&self, deed: Deed, ok: bool, seq: u64, file: &Path) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let at = now();
        let before = || self.done_last(deed).ok().flatten();
        let agreed = if ok {
            Some(at)
        } else {
            before().and_then(|last| last.agreed())
        };
        let note = Upkeep {
            at,
            seq,
            ok,
            agreed,
            file: name.into_owned(),
        };
        if let Err(error) = self.catalog().desk().put(BUCKET, deed.key(), &note) {
            tracing::warn!(%error, "A deed of upkeep was not noted");
        }
    }

    fn done_last(&self, deed: Deed) -> Result<Option<Upkeep>, Error> {
        self.catalog().desk().get(BUCKET, deed.key())
    }
}

/// Free for us and all, in bytes; zeros when the system does not tell.
pub(crate) fn space(folder: &Path) -> (u64, u64) {
    rustix::fs::statvfs(folder).map_or((0, 0), |disk| {
        (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize)
    })
}
