//! Сверка: the journal checked byte by byte, the tables compared with a second reading of it.

use std::path::{Path, PathBuf};

use serde::Serialize;
use uuid::Uuid;

use super::durable;
use super::journal::file::FileJournal;
use super::journal::space::free;
use super::journal::{Journal, JournalError, Position};
use super::open::{Store, replay};
use super::tables::{SledTables, Watermark};
use crate::error::Error;
use crate::fund;
use crate::id::Seq;

/// What a second building of the tables takes besides their size.
const ROOM: u64 = 4 << 20;

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
    /// Отчёт о папке, которая не открывается: what is wrong with its journal, if it is the journal.
    #[must_use]
    pub fn of_unopened(folder: &Path, why: &Error) -> Self {
        let checked = FileJournal::open(&folder.join("journal"), Uuid::nil())
            .and_then(|(journal, _)| journal.reader().check_all());
        let (head, damage) = match &checked {
            Ok(head) => (*head, None),
            Err(error) => (Position::default(), Damage::of(error)),
        };
        Self {
            ok: false,
            head: head.seq,
            head_hash: blake3::Hash::from(head.hash).to_hex().to_string(),
            entries: head.seq.get(),
            rows: 0,
            full: false,
            problems: vec![why.to_string()],
            damage,
        }
    }
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
        let (mut problems, mut damage) = (Vec::new(), None);
        let before = self.tables().watermark();
        let position = match self.reader().check_all() {
            Ok(position) => position,
            Err(error) => {
                damage = Damage::of(&error);
                problems.push(error.to_string());
                self.head()
            }
        };
        let mark = self.tables().watermark();
        if mark.position.seq < self.reader().head().seq && mark == before {
            problems.push(format!(
                "Таблицы отстали: на записи {}, журнал на {}",
                mark.position.seq,
                self.reader().head().seq
            ));
        }
        self.compare_tables(full && problems.is_empty(), progress, &mut problems)?;
        match fund::audit(self.view()) {
            Ok(findings) => problems.extend(findings),
            Err(error) => problems.push(format!("Таблицы: {error}")),
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
        })
    }

    fn compare_tables(
        &self,
        full: bool,
        progress: &mut dyn FnMut(u64, u64),
        problems: &mut Vec<String>,
    ) -> Result<(), Error> {
        let kept = self.tables().watermark();
        match self.tables().scan_all() {
            Ok(seen) if self.tables().watermark() == kept => {
                compare("хранимые", &kept, &seen, problems)
            }
            // Something was written while we read; the digest of a moving table proves nothing.
            Ok(_) => {}
            Err(error) => problems.push(format!("Таблицы: {error}")),
        }
        if full {
            let folder = self.room_to_build()?;
            let again = self.build_again(&folder, progress);
            std::fs::remove_dir_all(&folder).map_err(|e| Error::io(&folder, e))?;
            match again {
                Ok(again) if again.position == kept.position => {
                    compare("построенные заново", &again, &kept, problems);
                }
                Ok(_) => {}
                Err(error) => problems.push(error.to_string()),
            }
        }
        Ok(())
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
                "Для полной сверки нужно {} МБ свободного места на диске данных или во временной папке: \
                 освободите его или выполните fond verify --quick",
                need >> 20
            )))
        }
    }

    fn build_again(
        &self,
        folder: &Path,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Watermark, Error> {
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(|e| Error::io(folder, e))?;
        }
        let tables = SledTables::open(folder, 16 << 20, std::sync::Arc::default())?;
        replay(&tables, self.reader(), progress)?;
        Ok(tables.watermark())
    }
}

fn compare(what: &str, expected: &Watermark, found: &Watermark, problems: &mut Vec<String>) {
    if expected.rows != found.rows || expected.digest != found.digest {
        problems.push(format!(
            "Таблицы не сходятся ({what}): строк {} и {}, дайджесты различаются",
            expected.rows, found.rows
        ));
    }
}
