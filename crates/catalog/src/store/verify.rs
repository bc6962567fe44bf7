//! Сверка: the journal checked byte by byte, the tables compared with a second reading of it.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::durable;
use super::journal::file::FileJournal;
use super::journal::postgres::SharedJournal;
use super::journal::space::free;
use super::journal::{Journal, JournalError, Position};
use super::mirror;
use super::open::{JournalHome, Store, replay_to};
use super::tables::{SledTables, Watermark};
use crate::error::Error;
use crate::fund;
use crate::id::Seq;
use crate::people;
use crate::table::TableError;

/// What a second building of the tables takes besides their size.
const ROOM: u64 = 4 << 20;
/// So long an entry may be on its way from the journal to the tables.
const APPLIED: Duration = Duration::from_secs(10);
/// So often the sums of moving tables are read before they are held still.
const TRIES: usize = 3;

/// Отчёт сверки.
#[derive(Clone, Debug, Serialize)]
pub struct VerifyReport {
    /// Nothing differs.
    pub ok: bool,
    /// Number of the last entry.
    pub head: Seq,
    /// Its hash, in hex: printed on a closed year, it proves everything before.
    pub head_hash: String,
    /// How many entries were read and checked.
    pub entries: u64,
    /// How many rows the tables hold.
    pub rows: u64,
    /// Whether the tables were also built a second time from the journal.
    pub full: bool,
    /// What differs, in Russian; empty when all is well.
    pub problems: Vec<String>,
    /// The first place of the journal that is not what was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<Damage>,
    /// The unfinished write that this opening cut off the journal's end; it had not been acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
}

/// Первое повреждённое место журнала.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Damage {
    /// The segment.
    pub segment: PathBuf,
    /// Where in it, bytes.
    pub offset: u64,
    /// The first entry that cannot be trusted.
    pub seq: Seq,
    /// What does not hold.
    pub what: String,
}

impl Damage {
    fn of(error: &JournalError) -> Option<Self> {
        let JournalError::Damaged {
            file,
            offset,
            seq,
            what,
        } = error
        else {
            return None;
        };
        Some(Self {
            segment: file.clone(),
            offset: *offset,
            seq: *seq,
            what: what.clone(),
        })
    }
}

impl VerifyReport {
    /// Отчёт о папке, которая не открывается: what is wrong with its journal or its mirror, if it is these. Where none
    /// stands, none is begun.
    #[must_use]
    pub fn of_unopened(folder: &Path, home: &JournalHome, why: &Error) -> Self {
        let mut checked = match home {
            JournalHome::Postgres(address) => vec![check(SharedJournal::open_standing(address))],
            JournalHome::Folder => vec![check_folder(folder)],
            JournalHome::Mirrored(mirror) => vec![check_folder(folder), check_folder(mirror)],
        };
        // The head is that of the journal which is damaged, not of the one that is whole.
        let damaged = checked.iter().position(|(_, damage)| damage.is_some());
        let (head, damage) = checked.swap_remove(damaged.unwrap_or(0));
        Self {
            ok: false,
            head: head.seq,
            head_hash: blake3::Hash::from(head.hash).to_hex().to_string(),
            entries: head.seq.get(),
            rows: 0,
            full: false,
            problems: vec![why.to_string()],
            damage,
            cut: None,
        }
    }
}

/// How far a journal goes and the first place in it that is damaged.
fn check<J: Journal>(opened: Result<J, JournalError>) -> (Position, Option<Damage>) {
    let checked = opened.map(|journal| (journal.head(), journal.reader().check_all()));
    match checked {
        Ok((_, Ok(head))) => (head, None),
        Ok((head, Err(error))) => (head, Damage::of(&error)),
        Err(error) => (Position::default(), Damage::of(&error)),
    }
}

fn check_folder(folder: &Path) -> (Position, Option<Damage>) {
    let journal = folder.join("journal");
    // What cannot be listed was the reason of not opening, and is told as such.
    if mirror::is_empty(&journal).unwrap_or(true) {
        return (Position::default(), None);
    }
    check(FileJournal::open(&journal, Uuid::nil()).map(|(journal, _)| journal))
}

impl Store {
    /// Checks chain, watermark, digests and sums; with `full`, also builds the tables a second time.
    ///
    /// # Errors
    /// Only when checking itself cannot be done; what is wrong is in the report.
    pub(crate) fn verify(
        &self,
        full: bool,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<VerifyReport, Error> {
        if full {
            // Told before the long reading and not after it.
            self.room_to_build()?;
        }
        let (mut problems, mut damage) = (Vec::new(), None);
        let head = self.reader().head().seq;
        let position = match self.reader().check_all() {
            Ok(position) => position,
            Err(error) => {
                damage = Damage::of(&error);
                problems.push(error.to_string());
                self.head()
            }
        };
        problems.extend(self.behind(head));
        match self.tables().scan_all() {
            Ok((kept, seen)) => compare("хранимые", &kept, &seen, &mut problems),
            Err(error) => problems.push(format!("Таблицы: {error}")),
        }
        let full = full && problems.is_empty();
        problems.extend(self.desk_problems());
        if full {
            self.compare_rebuilt(progress, &mut problems)?;
        } else {
            match self.audit() {
                Ok(findings) => problems.extend(findings),
                Err(error) => problems.push(format!("Таблицы: {error}")),
            }
        }
        Ok(VerifyReport {
            ok: problems.is_empty(),
            head: position.seq,
            head_hash: blake3::Hash::from(position.hash).to_hex().to_string(),
            entries: position.seq.get(),
            rows: self.tables().watermark().rows,
            full,
            problems,
            damage,
            cut: self.cut().map(str::to_owned),
        })
    }

    /// What is wrong with the notes beside the journal.
    fn desk_problems(&self) -> Vec<String> {
        let people = people::users(self.view()).map_err(Error::from);
        let problems = people.and_then(|people| self.desk().problems(&people));
        problems.unwrap_or_else(|error| vec![format!("Стол не читается: {error}")])
    }

    /// What is wrong when the tables do not come to an entry that the journal has.
    fn behind(&self, head: Seq) -> Option<String> {
        if self.head().seq < head {
            // What was written a moment ago is being applied.
            self.wait_past(Seq::new(head.get() - 1), APPLIED);
        }
        let at = self.head().seq;
        (at < head).then(|| format!("Таблицы отстали: на записи {at}, журнал на {head}"))
    }

    /// The sums of the books as they stand; moving tables are read again, and held still when they move on.
    fn audit(&self) -> Result<Vec<String>, TableError> {
        for _ in 0..TRIES {
            let before = self.tables().watermark();
            let found = fund::audit(self.view());
            if found.as_ref().is_ok_and(Vec::is_empty) || self.tables().watermark() == before {
                return found;
            }
        }
        self.tables().standing(|| fund::audit(self.view()))
    }

    /// Builds the tables again up to the entry where they stand now, and compares; the sums are taken from
    /// these, which no one writes to.
    fn compare_rebuilt(
        &self,
        progress: &mut dyn FnMut(u64, u64),
        problems: &mut Vec<String>,
    ) -> Result<(), Error> {
        let _alone = self
            .building()
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let folder = self.room_to_build()?;
        let kept = self.tables().watermark();
        match self.build_again(&folder, kept.position, progress) {
            Ok(again) => {
                compare("построенные заново", &again.watermark(), &kept, problems);
                match fund::audit(&again) {
                    Ok(findings) => problems.extend(findings),
                    Err(error) => problems.push(format!("Таблицы, построенные заново: {error}")),
                }
            }
            Err(error) => problems.push(error.to_string()),
        }
        std::fs::remove_dir_all(&folder).map_err(|e| Error::io(&folder, e))
    }

    /// Room that a full verification takes, and what is free for it, bytes.
    pub(crate) fn room_to_verify(&self) -> (u64, u64) {
        let state = self.folder().join("state");
        let need = durable::size(&state) + ROOM;
        (need, free(&state).max(free(&std::env::temp_dir())))
    }

    /// Where the tables can be built a second time: beside the first, or where the system keeps what is
    /// temporary when there is no room there.
    fn room_to_build(&self) -> Result<PathBuf, Error> {
        let state = self.folder().join("state");
        let need = durable::size(&state) + ROOM;
        let elsewhere = std::env::temp_dir();
        if free(&state) >= need {
            Ok(state.join("verify"))
        } else if free(&elsewhere) >= need {
            Ok(elsewhere.join(format!("fond-verify-{}", std::process::id())))
        } else {
            Err(Error::NoSpace(format!(
                "Для полной сверки нужно {} МБ свободного места на диске данных или во временной папке, а свободно {} МБ: \
                 освободите место или выполните fond verify --quick",
                need.div_ceil(1 << 20),
                free(&state).max(free(&elsewhere)) >> 20
            )))
        }
    }

    fn build_again(
        &self,
        folder: &Path,
        upto: Position,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<SledTables, Error> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        }
        let tables = SledTables::open(folder, 16 << 20, std::sync::Arc::default())?;
        replay_to(&tables, self.reader(), upto, progress)?;
        Ok(tables)
    }
}

fn compare(what: &str, expected: &Watermark, found: &Watermark, problems: &mut Vec<String>) {
    if expected.position != found.position {
        problems.push(format!(
            "Таблицы построены по другому журналу ({what}): на записи {} хеши различаются",
            found.position.seq
        ));
    } else if expected.rows != found.rows || expected.digest != found.digest {
        problems.push(format!(
            "Таблицы не сходятся ({what}): строк {} и {}, дайджесты различаются",
            expected.rows, found.rows
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use jiff::Timestamp;

    use super::*;
    use crate::change::Change;
    use crate::people::{KeptUser, Role, User};
    use crate::store::Doing;

    fn write(store: &Store, number: u64) {
        let user = User {
            id: format!("u{number}").parse().unwrap(),
            title: String::new(),
            role: Role::Reader,
            library: None,
            disabled: false,
        };
        let user = KeptUser::clear(user);
        let doing = Doing::now("иванова".parse().unwrap(), Timestamp::UNIX_EPOCH);
        let decide = Box::new(move |_: &dyn crate::table::View| Ok(Some(Change::Person(user))));
        store.run(doing, [0; 32], decide).unwrap();
    }

    #[test]
    fn checks_at_once_amid_writing_each_find_a_row_that_the_journal_does_not_have() {
        let home = tempfile::tempdir().unwrap();
        let store = Store::open(home.path(), &JournalHome::Folder, &mut |_, _| ()).unwrap();
        (0..300).for_each(|number| write(&store, number));
        let verified = |store: &Store| store.verify(true, &mut |_, _| ()).unwrap();
        let (ended, written) = (AtomicBool::new(false), AtomicU64::new(300));
        let amid_writing = |count: usize| {
            ended.store(false, Ordering::Relaxed);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !ended.load(Ordering::Relaxed) {
                        write(&store, written.fetch_add(1, Ordering::Relaxed));
                    }
                });
                let checks: Vec<_> = (0..count)
                    .map(|_| scope.spawn(|| (store.head(), verified(&store), store.head())))
                    .collect();
                let reports: Vec<_> = checks.into_iter().map(|c| c.join().unwrap()).collect();
                ended.store(true, Ordering::Relaxed);
                reports
            })
        };
        for (before, report, after) in amid_writing(3) {
            assert!(after.seq > before.seq, "it was written meanwhile");
            assert!(report.ok && report.full, "{:?}", report.problems);
        }
        let planted = [((7, b"planted".to_vec()), Some(vec![1]))];
        let at = store.tables().watermark().position;
        store.tables().commit(&planted.into(), at).unwrap();
        for (_, report, _) in amid_writing(2) {
            let named = |problem: &String| problem.contains("построенные заново");
            assert!(report.problems.iter().any(named), "{:?}", report.problems);
        }
    }
}
