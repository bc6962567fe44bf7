//! What the door answers instead of an answer.

use crate::id::Seq;
use crate::rule::Finding;
use crate::table::TableError;

/// Every way in which the catalogue says no.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library's rules say no; all reasons at once, nothing was written.
    #[error("{}", findings_text(.0))]
    Refused(Vec<Finding>),
    /// There is no such thing; the text names it.
    #[error("{0}")]
    NotFound(String),
    /// Somebody changed it meanwhile.
    #[error(
        "Запись изменена другим сотрудником (версия {found}, у вас {expected}): откройте её заново"
    )]
    Stale {
        /// The version that the caller had seen.
        expected: Seq,
        /// The version that stands.
        found: Seq,
    },
    /// The same command id came with another request (D-8).
    #[error("Ключ повторного запроса уже использован для другого действия")]
    KeyReused,
    /// What stands on disk is not what was written.
    #[error("{0}")]
    Damaged(String),
    /// The folder belongs to another process, or the writer has stopped.
    #[error("{0}")]
    Unavailable(String),
    /// There is no room on the disk; nothing was written.
    #[error("{0}")]
    NoSpace(String),
    /// The disk failed in the middle of writing: after a restart the change may stand there or not.
    #[error("{0}")]
    OutcomeUnknown(String),
    /// The change is longer than one entry of the journal may be; nothing was written.
    #[error("{0}")]
    TooLarge(String),
    /// The program itself is wrong; nothing was written.
    #[error("{0}")]
    Internal(String),
    /// The disk said no.
    #[error("{what}: {}", reason(source))]
    Io {
        /// What was being done, with the path.
        what: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl Error {
    /// An I/O error with the path it happened at.
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io {
            what: path.display().to_string(),
            source,
        }
    }
}

/// The answers of a disk that a person can do something about, in their words.
fn reason(source: &std::io::Error) -> String {
    use std::io::ErrorKind;
    let known = [
        (
            ErrorKind::StorageFull,
            "на диске кончилось место: освободите его и повторите",
        ),
        (
            ErrorKind::ReadOnlyFilesystem,
            "диск открыт только для чтения: проверьте его и подключите для записи",
        ),
        (
            ErrorKind::PermissionDenied,
            "нет прав: откройте доступ или запустите под другим именем",
        ),
    ];
    let found = known.iter().find(|(kind, _)| *kind == source.kind());
    found.map_or_else(|| source.to_string(), |(_, words)| (*words).to_owned())
}

fn findings_text(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

impl From<TableError> for Error {
    fn from(error: TableError) -> Self {
        Self::Damaged(format!(
            "Таблицы: {error}. Перезапустите программу: таблицы построятся заново"
        ))
    }
}
