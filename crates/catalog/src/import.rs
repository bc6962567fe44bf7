//! Приём записей из файла: who they are, what is new, what stays as it stands (D-10, D-11).
//!
//! A job of many entries: each holds at most a few hundred records and happens whole or not at all,
//! so an interrupted import is finished by running it again (`import/job.rs`). Nothing is refused for a finding; what
//! cannot be read is kept byte for byte in a quarantine file. Copies that the records carry become
//! items by an opening act (D-14, `import/copies.rs`).

mod chunk;
mod copies;
mod job;
mod kept;
mod numbers;
mod price;
mod report;
mod standing;

use std::collections::VecDeque;
use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;
use zstd::bulk::Compressor;

use crate::catalog::{Catalog, request_hash};
use crate::change::Change;
use crate::error::Error;
use crate::id::LibraryId;
use crate::record::detect::Format;
use crate::record::read::{Incoming, Reader};
use crate::record::{BiblioRecord, check};
use crate::rule::{Finding, Rule};
use crate::shelf::{SourceKeys, source_key};
use crate::store::{Doing, Promise, durable};
use crate::table::get;

use chunk::{Candidate, Fate, Outcome};
use copies::Copies;
pub use copies::CopiesReport;
pub use job::{KeptImport, OpenJob};
pub(crate) use kept::AtWork;
pub use report::{ImportFinding, ImportReport};

/// Records in one entry, at most.
const CHUNK_RECORDS: usize = 250;
/// Bytes of records or of their sources in one entry, at most; both together stay under 4 MiB (D-2).
const CHUNK_BYTES: usize = 1 << 20;
/// So many entries wait for the writing thread before the reading one does.
const AHEAD: usize = 3;
/// How hard source bytes are packed.
const ZSTD_LEVEL: i32 = 3;

/// Что и куда принимать.
#[derive(Clone, Debug)]
pub struct ImportOrder {
    /// The file's name, without its folder: for reports and the quarantine.
    pub file: String,
    /// The library that owns the new records and whose fund the copies enter.
    pub library: LibraryId,
    /// The container, when the caller knows better than the bytes.
    pub format: Option<Format>,
    /// Only report what would be done.
    pub dry_run: bool,
}

impl Catalog {
    /// Reads a file to its end; its entries are named after `commands`, which is the job as a rule.
    fn take_in(
        &self,
        job: Uuid,
        commands: Uuid,
        doing: &Doing,
        order: &ImportOrder,
        stream: impl Read,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<ImportReport, Error> {
        let mut import = Import {
            catalog: self,
            doing,
            order,
            job,
            commands,
            begun: commands != job,
            chunks: 0,
            pending: Vec::new(),
            pending_bytes: 0,
            quarantine: None,
            copies: Copies::default(),
            sent: VecDeque::new(),
            packer: Compressor::new(ZSTD_LEVEL).map_err(|source| Error::Io {
                what: order.file.clone(),
                source,
            })?,
            report: ImportReport::new(&order.file, order.dry_run),
        };
        let mut reader = Reader::new(stream);
        if let Some(format) = order.format {
            reader = reader.with_format(format);
        }
        for incoming in reader {
            let incoming = incoming.map_err(|source| Error::Io {
                what: order.file.clone(),
                source,
            })?;
            progress(
                incoming.number,
                incoming.offset + incoming.source.len() as u64,
            );
            import.take(incoming)?;
        }
        import.finish()
    }
}

/// An import under way.
struct Import<'a> {
    catalog: &'a Catalog,
    doing: &'a Doing,
    order: &'a ImportOrder,
    job: Uuid,
    /// Before the name of the first entry.
    commands: Uuid,
    begun: bool,
    chunks: u32,
    pending: Vec<Candidate>,
    pending_bytes: usize,
    quarantine: Option<(PathBuf, fs::File)>,
    copies: Copies,
    /// The entries that are being written while the next one is read.
    sent: VecDeque<Sent>,
    packer: Compressor<'static>,
    report: ImportReport,
}

/// An entry on its way to the disk.
struct Sent {
    candidates: Arc<Vec<Candidate>>,
    /// Told by the writing thread when it decides.
    fates: Arc<Mutex<Vec<Fate>>>,
    answer: Promise,
}

impl Import<'_> {
    fn take(&mut self, mut incoming: Incoming) -> Result<(), Error> {
        self.report.read += 1;
        self.report.count(&incoming.unlisted);
        let rows = incoming.rows.as_ref().map_or(0, |rows| rows.count);
        self.report.rows += u64::from(rows);
        self.report
            .format
            .get_or_insert_with(|| incoming.format.name().to_owned());
        let Some(record) = incoming.record.take() else {
            self.report.unreadable += 1;
            self.note(&incoming, None, &incoming.findings);
            return self.set_aside(&incoming.source);
        };
        let control = record.control("001").map(str::to_owned);
        self.note(&incoming, control.as_deref(), &incoming.findings);
        if record.fields.is_empty() {
            self.report.unreadable += 1;
            let detail = "В записи нет ни одного поля: она не принята и отложена без изменений";
            let finding = Finding::new(Rule::RecordStructure, "", detail);
            self.note(&incoming, None, &[finding]);
            return self.set_aside(&incoming.source);
        }
        if is_authority(&record, &incoming) {
            self.report.authorities += 1;
            let finding = Finding::new(
                Rule::AuthorityRecord,
                "",
                "Это авторитетная запись: она не становится книгой и отложена без изменений",
            );
            self.note(&incoming, control.as_deref(), &[finding]);
            return self.set_aside(&incoming.source);
        }
        if record.leader.at(5) == 'd' {
            self.report.deleted += 1;
            let finding = self.deleted_at_source(&record)?;
            self.note(&incoming, control.as_deref(), &[finding]);
            return self.set_aside(&incoming.source);
        }
        let (candidate, findings) =
            chunk::candidate(&incoming, record, self.order, &mut self.packer)?;
        self.note(&incoming, control.as_deref(), &findings);
        let size = candidate.size(incoming.source.len());
        if self.pending_bytes + size > CHUNK_BYTES {
            self.save()?;
        }
        self.pending_bytes += size;
        self.pending.push(candidate);
        if self.pending.len() >= CHUNK_RECORDS || self.pending_bytes >= CHUNK_BYTES {
            self.save()?;
        }
        Ok(())
    }

    fn note(&mut self, incoming: &Incoming, control: Option<&str>, findings: &[Finding]) {
        self.report
            .note(incoming.number, incoming.offset, control, findings);
    }

    /// Sends what waits to be saved as one entry, and reports on an entry sent before it.
    ///
    /// So one thread reads the file while another writes, and neither waits for the other's every breath.
    fn save(&mut self) -> Result<(), Error> {
        let candidates = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        if candidates.is_empty() {
            return Ok(());
        }
        if self.order.dry_run {
            let outcome = chunk::decide(&candidates, self.catalog.view(), &self.order.library)?;
            return self.tell(&candidates, outcome.fates);
        }
        let sent = self.send(candidates)?;
        self.sent.push_back(sent);
        match self.sent.len() > AHEAD {
            true => self
                .sent
                .pop_front()
                .map_or(Ok(()), |earlier| self.settle(earlier)),
            false => Ok(()),
        }
    }

    fn send(&mut self, candidates: Vec<Candidate>) -> Result<Sent, Error> {
        self.begin()?;
        self.chunks += 1;
        let command_id = Some(Uuid::from_u128(
            self.commands
                .as_u128()
                .wrapping_add(u128::from(self.chunks)),
        ));
        let doing = Doing {
            command_id,
            ..self.doing.clone()
        };
        let request = request_hash(
            &candidates
                .iter()
                .map(|c| (&c.key, &c.content))
                .collect::<Vec<_>>(),
        );
        let fates = Arc::new(Mutex::new(Vec::new()));
        let candidates = Arc::new(candidates);
        let (told, shared) = (Arc::clone(&fates), Arc::clone(&candidates));
        let library = self.order.library.clone();
        let answer = self.catalog.submit(doing, request, move |view| {
            let Outcome { versions, fates } = chunk::decide(&shared, view, &library)?;
            *told.lock().unwrap_or_else(PoisonError::into_inner) = fates;
            Ok((!versions.is_empty()).then_some(Change::Records(versions)))
        })?;
        Ok(Sent {
            candidates,
            fates,
            answer,
        })
    }

    /// Waits for an entry and reports what became of each of its records.
    fn settle(&mut self, sent: Sent) -> Result<(), Error> {
        let entry = sent.answer.keep()?;
        let fates = std::mem::take(&mut *sent.fates.lock().unwrap_or_else(PoisonError::into_inner));
        let fates = match (fates.is_empty(), entry) {
            // A retry of a chunk that was written before: it is all there.
            (true, Some(_)) => {
                let (view, library) = (self.catalog.view(), &self.order.library);
                chunk::decide(&sent.candidates, view, library)?.fates
            }
            _ => fates,
        };
        self.tell(&sent.candidates, fates)
    }

    fn tell(&mut self, candidates: &[Candidate], fates: Vec<Fate>) -> Result<(), Error> {
        for (candidate, fate) in candidates.iter().zip(fates) {
            self.count(candidate, fate);
            if candidate.copies.is_empty() {
                continue;
            }
            let (library, view) = (&self.order.library, self.catalog.view());
            let (record, carried) = (&candidate.record, &candidate.copies);
            let said = self
                .copies
                .take(fate.record(), record, carried, library, view)?;
            let control = candidate.record.control("001");
            self.report
                .note(candidate.number, candidate.offset, control, &said);
            match self.copies.is_full() {
                true if self.order.dry_run => self.copies.forget(),
                true => self
                    .copies
                    .post(self.catalog, self.doing, &self.order.library)?,
                false => {}
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Error> {
        if !self.begun {
            self.begun = true;
            let (job, work) = (self.job, job::work(self.order));
            let doing = Doing {
                command_id: Some(job),
                ..self.doing.clone()
            };
            let change = Change::JobBegun {
                job,
                work: work.clone(),
            };
            self.catalog
                .run(doing, request_hash(&work), move |_| Ok(Some(change)))?;
        }
        Ok(())
    }

    fn count(&mut self, candidate: &Candidate, fate: Fate) {
        let finding = match fate {
            Fate::New { id, shared: false } => {
                self.report.saved(id);
                None
            }
            Fate::New { id, shared: true } => {
                self.report.saved(id);
                let control = candidate.record.control("001").unwrap_or_default();
                Some(Finding::new(
                    Rule::SharedControlNumber,
                    "001",
                    format!(
                        "Номер 001 «{control}» есть и у записи другого источника: сохранены обе"
                    ),
                ))
            }
            Fate::Updated(id) => {
                self.report.updated(id);
                None
            }
            Fate::Unchanged(id) => {
                self.report.unchanged(id);
                None
            }
            Fate::Conflict(id) => {
                self.report.conflicts += 1;
                Some(Finding::new(
                    Rule::ImportConflict,
                    "",
                    format!(
                        "Запись {id} правили здесь, а в файле она другая: осталась наша, \
                         сравните и решите сами"
                    ),
                ))
            }
            Fate::Foreign(id) => {
                self.report.conflicts += 1;
                Some(Finding::new(
                    Rule::ImportConflict,
                    "",
                    format!(
                        "Запись {id} ведёт другая библиотека, а в файле она иная: осталась её запись, \
                         экземпляры приняты к ней; об отличиях сообщите той библиотеке"
                    ),
                ))
            }
        };
        let control = candidate.record.control("001");
        self.report.note(
            candidate.number,
            candidate.offset,
            control,
            finding.as_slice(),
        );
    }

    /// What is said of a record that its source has deleted: it neither replaces ours nor becomes one.
    fn deleted_at_source(&self, record: &BiblioRecord) -> Result<Finding, Error> {
        let key = source_key(record, None);
        let here = get::<SourceKeys>(self.catalog.view(), &(key.agency, key.control))?;
        let control = record.control("001").unwrap_or_default();
        let same = self.catalog.by_control_number(control)?;
        let detail = match here.as_ref().or(same.first()) {
            Some(id) => format!(
                "Источник удалил эту запись; запись {id} осталась здесь как есть: снимите её, если она не нужна"
            ),
            None => "Источник удалил эту запись, здесь её нет: она не принята".to_owned(),
        };
        Ok(Finding::new(Rule::DeletedAtSource, "LDR/05", detail))
    }

    /// Keeps bytes that became no record, so that nothing is lost.
    fn set_aside(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.order.dry_run {
            return Ok(());
        }
        if self.quarantine.is_none() {
            let folder = self.catalog.folder().join("quarantine");
            durable::make_folder(&folder)?;
            let name = Path::new(&self.order.file)
                .file_name()
                .unwrap_or_default()
                .to_string_lossy();
            // A name of a file has 255 bytes at most; its end tells more than its beginning.
            let cut = name.chars().count().saturating_sub(80);
            let name: String = name.chars().skip(cut).collect();
            // Rows of a workbook are kept as text.
            let end =
                if bytes.starts_with(b"PK") || self.report.rows == 0 || !name.ends_with(".xlsx") {
                    ""
                } else {
                    ".csv"
                };
            let path = folder.join(format!("{}-{name}{end}", self.job.simple()));
            let file = durable::make_file(&path).map_err(|e| Error::io(&path, e))?;
            durable::sync_folder(&folder)?;
            self.report.quarantine = Some(path.display().to_string());
            self.quarantine = Some((path, file));
        }
        match &mut self.quarantine {
            Some((path, file)) => file.write_all(bytes).map_err(|e| Error::io(path, e)),
            None => Ok(()),
        }
    }

    fn finish(mut self) -> Result<ImportReport, Error> {
        self.save()?;
        if self.report.read == 0 {
            let detail = "Файл пуст, записей в нём нет: проверьте, тот ли это файл";
            let finding = Finding::new(Rule::RecordStructure, "", detail);
            self.report.note(0, 0, None, &[finding]);
        }
        while let Some(sent) = self.sent.pop_front() {
            self.settle(sent)?;
        }
        let mut copies = std::mem::take(&mut self.copies);
        if self.order.dry_run {
            self.report.copies = copies.report;
        } else {
            copies.post(self.catalog, self.doing, &self.order.library)?;
            let (report, said) = copies.finish();
            self.report.copies = report;
            self.report.note(0, 0, None, &said);
        }
        if let Some((path, file)) = &self.quarantine {
            file.sync_all().map_err(|e| Error::io(path, e))?;
        }
        if self.begun {
            self.catalog.close(self.doing.clone(), self.job)?;
        }
        Ok(self.report)
    }
}

/// Authority records go to a file of their own, never among the books (D-11).
fn is_authority(record: &BiblioRecord, incoming: &Incoming) -> bool {
    match incoming.format {
        Format::Irbis | Format::Csv | Format::Xlsx => false,
        Format::Iso2709 | Format::MarcXml | Format::MarcJson | Format::Mrk => {
            check::is_authority(record)
        }
    }
}
