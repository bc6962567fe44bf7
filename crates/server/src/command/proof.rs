//! Проба копии: a library restored from it beside the real one, compared and taken away.
//!
//! A copy is bad only when it was read and does not hold. A trial for which there is no room, or which the
//! disk broke off, says nothing of the copy.

use std::fs;
use std::path::Path;

use catalog::{Error, Until, restore};

use crate::app::App;
use crate::io::{ExitStatus, Io};
use crate::standing::{Deed, space};

/// The trial keeps room aside as every library does, and the one beside it must go on.
const ROOM: u64 = 32 << 20;
/// A journal is so many times as long as its copy.
const PACKED: u64 = 4;
/// With less than this left, whatever went wrong went wrong for want of room.
const NONE: u64 = 4 << 20;

/// Tries the copy and notes how it ended.
pub(super) fn of(file: &Path, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let library = app.catalog().folder();
    let trial = library.join("backup-proof");
    // What an interrupted trial left is nobody's.
    let _ = fs::remove_dir_all(&trial);
    let need = room(size(file), size(&library.join("state")));
    let (free, whole) = space(library);
    if whole > 0 && free < need {
        return unproved(io, &no_room(need, free));
    }
    let done = restore(file, &trial, Until::Head, &mut |done, total| {
        io.tick(done, total, "Проба копии");
    });
    let (left, whole) = space(library);
    let _ = fs::remove_dir_all(&trial);
    match done {
        Ok(report) => {
            app.note_deed(Deed::BackupProved, true, report.head.get(), file);
            let said = writeln!(
                io.stdout,
                "Копия проверена: восстановлена на пробу и сходится"
            );
            said.map_or_else(|error| io.cannot(error), |()| ExitStatus::Done)
        }
        Err(_) if whole > 0 && left < NONE => unproved(io, &no_room(need, left)),
        Err(error) if is_bad(&error) => {
            app.note_deed(Deed::BackupProved, false, 0, file);
            io.say(format_args!("Копия не годится: {error}"));
            ExitStatus::Findings
        }
        Err(error) => unproved(io, &error.to_string()),
    }
}

fn unproved(io: &mut Io<'_>, why: &str) -> ExitStatus {
    io.say(format_args!(
        "Копия сделана, но не проверена: {why}. Устраните причину и повторите fond backup --prove"
    ));
    ExitStatus::Findings
}

fn no_room(need: u64, free: u64) -> String {
    format!(
        "для пробы нужно {} МБ на диске данных, свободно {} МБ",
        need.div_ceil(1 << 20),
        free >> 20
    )
}

/// What a trial takes: the journal, the tables, and the tables once more to be compared.
fn room(copy: u64, state: u64) -> u64 {
    (PACKED * copy)
        .saturating_add(2 * state)
        .saturating_add(ROOM)
}

/// Whether the copy itself was found wanting.
fn is_bad(error: &Error) -> bool {
    match error {
        Error::Damaged(_) => true,
        Error::Refused(_)
        | Error::NotFound(_)
        | Error::Stale { .. }
        | Error::KeyReused
        | Error::Unavailable(_)
        | Error::NoSpace(_)
        | Error::OutcomeUnknown(_)
        | Error::TooLarge(_)
        | Error::Internal(_)
        | Error::Io { .. } => false,
    }
}

/// Bytes of a file, or of all files below a folder.
fn size(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => fs::read_dir(path)
            .map(|inside| inside.flatten().map(|entry| size(&entry.path())).sum())
            .unwrap_or(0),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    }
}
