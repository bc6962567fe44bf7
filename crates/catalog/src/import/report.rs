//! Отчёт о приёме: what was read, what became of it, what was noticed and where.

use std::collections::BTreeMap;

use serde::Serialize;

use super::copies::CopiesReport;
use crate::id::RecordId;
use crate::rule::{Finding, Rule, Severity};

/// Отчёт о приёме файла.
#[derive(Clone, Debug, Serialize)]
pub struct ImportReport {
    /// Имя файла.
    pub file: String,
    /// Only a trial: nothing was saved.
    pub dry_run: bool,
    /// The container, once something was read.
    pub format: Option<String>,
    /// Прочитано: pieces of the file, unreadable ones included.
    pub read: u64,
    /// Строк таблицы behind the pieces read; 0 for other files.
    pub rows: u64,
    /// Сохранено новых.
    pub saved: u64,
    /// Обновлено: new versions of records that came before.
    pub updated: u64,
    /// Без изменений.
    pub unchanged: u64,
    /// Правлены здесь и отличаются: left as they stand.
    pub conflicts: u64,
    /// Не прочитаны: kept in the quarantine file.
    pub unreadable: u64,
    /// Авторитетные: kept in the quarantine file, never among the books.
    pub authorities: u64,
    /// Удалённые у источника: kept in the quarantine file; what stands here stays.
    pub deleted: u64,
    /// Экземпляры.
    pub copies: CopiesReport,
    /// Where the unread bytes are kept.
    pub quarantine: Option<String>,
    /// Замечаний по правилам.
    pub by_rule: BTreeMap<String, u64>,
    /// Замечания: the first [`LISTED`](Self::LISTED) of them, all are counted in `by_rule`.
    pub findings: Vec<ImportFinding>,
    /// Записи, which the file's records became or already were, in the file's order.
    #[serde(skip)]
    pub records: Vec<RecordId>,
}

/// Замечание с местом в файле.
#[derive(Clone, Debug, Serialize)]
pub struct ImportFinding {
    /// Файл.
    pub file: String,
    /// Номер записи в файле.
    pub record: u64,
    /// Смещение, bytes.
    pub offset: u64,
    /// 001, if it has one.
    pub control_number: Option<String>,
    /// Вес.
    pub severity: Severity,
    /// Источник правила.
    pub source: &'static str,
    /// The finding itself.
    #[serde(flatten)]
    pub finding: Finding,
}

impl ImportReport {
    /// Findings listed one by one; the rest are only counted by rule, so that a report stays readable.
    pub const LISTED: usize = 2000;

    pub(super) fn new(file: &str, dry_run: bool) -> Self {
        Self {
            file: file.to_owned(),
            dry_run,
            format: None,
            read: 0,
            rows: 0,
            saved: 0,
            updated: 0,
            unchanged: 0,
            conflicts: 0,
            unreadable: 0,
            authorities: 0,
            deleted: 0,
            copies: CopiesReport::default(),
            quarantine: None,
            by_rule: BTreeMap::new(),
            findings: Vec::new(),
            records: Vec::new(),
        }
    }

    /// Отказано: records that were neither saved nor already here.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.conflicts + self.unreadable + self.authorities + self.deleted
    }

    /// Whether something in the file did not become or match a record, or a copy did not enter the fund;
    /// an empty file is as wrong as an unreadable one.
    #[must_use]
    pub fn has_refusals(&self) -> bool {
        self.read == 0 || self.refused() + self.copies.not_taken > 0
    }

    pub(super) fn saved(&mut self, id: RecordId) {
        self.saved += 1;
        self.records.push(id);
    }

    pub(super) fn updated(&mut self, id: RecordId) {
        self.updated += 1;
        self.records.push(id);
    }

    pub(super) fn unchanged(&mut self, id: RecordId) {
        self.unchanged += 1;
        self.records.push(id);
    }

    pub(super) fn note(
        &mut self,
        record: u64,
        offset: u64,
        control: Option<&str>,
        findings: &[Finding],
    ) {
        for finding in findings {
            *self
                .by_rule
                .entry(finding.rule.code().to_owned())
                .or_default() += 1;
            if self.findings.len() < Self::LISTED {
                self.findings.push(ImportFinding {
                    file: self.file.clone(),
                    record,
                    offset,
                    control_number: control.map(str::to_owned),
                    severity: finding.rule.severity(),
                    source: finding.rule.source(),
                    finding: finding.clone(),
                });
            }
        }
    }

    /// Counts findings that nobody listed.
    pub(super) fn count(&mut self, unlisted: &BTreeMap<Rule, u64>) {
        for (rule, count) in unlisted {
            *self.by_rule.entry(rule.code().to_owned()).or_default() += count;
        }
    }
}
