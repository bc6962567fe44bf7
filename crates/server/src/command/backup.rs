//! `fond backup`, `fond restore`, `fond move`: a copy, a library from a copy, another home of the journal.

use std::path::Path;

use catalog::id::Seq;
use catalog::{JournalHome, Until, restore, transfer};

use super::{args, proof, upkeep};
use crate::app::App;
use crate::clock::{end_of, now};
use crate::io::{ExitStatus, Io};
use crate::standing::Deed;
use crate::view::lang::grouped;

/// `fond backup`
pub(super) fn run(args: &args::Backup, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let Ok(_alone) = app.copying().try_lock() else {
        return io.cannot("Копия уже делается другой командой: дождитесь её конца и повторите");
    };
    let file = io.path(&args.file);
    let done = app.catalog().backup(&file, now(), &mut |done, total| {
        io.tick(done, total, "Копия");
    });
    let manifest = match done {
        Ok(manifest) => manifest,
        Err(error) => return io.cannot(error),
    };
    let size = std::fs::metadata(&file).map_or(0, |meta| meta.len());
    let said = writeln!(
        io.stdout,
        "Копия {}: записей журнала {}, хеш {}, {} байт",
        file.display(),
        manifest.head,
        manifest.head_hash,
        grouped(i64::try_from(size).unwrap_or(i64::MAX))
    );
    app.note_deed(Deed::BackedUp, true, manifest.head.get(), &file);
    match said {
        Ok(()) if args.prove => proof::of(&file, app, io),
        Ok(()) => ExitStatus::Done,
        Err(error) => io.cannot(error),
    }
}

/// `fond restore`: needs no open library, so it runs before one is opened.
pub(super) fn restore_here(args: &args::Restore, data: &Path, io: &mut Io<'_>) -> ExitStatus {
    let until = match (args.to_seq, args.to_date) {
        (Some(seq), _) => Until::Entry(Seq::new(seq)),
        (None, Some(day)) => match end_of(day) {
            Some(end) => Until::Moment(end),
            None => return io.cannot("Такого дня нет в календаре: проверьте дату"),
        },
        (None, None) => Until::Head,
    };
    let file = io.path(&args.file);
    let done = restore(&file, data, until, &mut |done, total| {
        io.tick(done, total, "Восстановление");
    });
    let report = match done {
        Ok(report) => report,
        Err(error) => return io.cannot(error),
    };
    let said = writeln!(
        io.stdout,
        "Восстановлено в {}: записей журнала {}, хеш {}. Журнал, таблицы и книги сходятся",
        data.display(),
        report.head,
        report.head_hash
    );
    if let Some(cut) = &report.cut {
        io.say(upkeep::was_cut(cut));
    }
    match said {
        Ok(()) => ExitStatus::Done,
        Err(error) => io.cannot(error),
    }
}

/// `fond move`: the journal to its other home; nobody may have the folder open.
pub(super) fn move_here(
    args: &args::Move,
    data: &Path,
    from: &JournalHome,
    io: &mut Io<'_>,
) -> ExitStatus {
    let done = transfer(data, from, &args.to, &mut |done, total| {
        io.tick(done, total, "Перенос");
    });
    let moved = match done {
        Ok(moved) => moved,
        Err(error) => return io.cannot(error),
    };
    if let Some(cut) = &moved.cut {
        io.say(format_args!(
            "В конце прежнего журнала осталось недописанное ({cut}): о нём никому не отвечено, что записано"
        ));
    }
    let how = match &args.to {
        JournalHome::Folder | JournalHome::Mirrored(_) => "теперь журнал в папке данных",
        JournalHome::Postgres(_) => "теперь журнал в PostgreSQL: называйте его через --journal",
    };
    match writeln!(io.stdout, "Перенесено записей {}: {how}", moved.head.seq) {
        Ok(()) => ExitStatus::Done,
        Err(error) => io.cannot(error),
    }
}
