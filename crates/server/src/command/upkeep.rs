//! `fond verify` and `fond reindex`: proof that the base is whole, and the index built anew.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use catalog::{Error, JournalHome, VerifyReport};
use search::Difference;

use super::args;
use crate::app::App;
use crate::io::{ExitStatus, Io};
use crate::standing::Deed;

/// What `verify` prints: the report of the catalogue, and the index beside it.
#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    report: VerifyReport,
    /// Where the index differs from the catalogue; `null` when it was not compared.
    index_differences: Option<u64>,
}

/// `fond verify`
pub(super) fn verify(args: &args::Verify, app: &App, io: &mut Io<'_>) -> ExitStatus {
    if !args.quick {
        let (need, free) = app.catalog().room_to_verify();
        io.say(format_args!(
            "Полная сверка построит таблицы второй раз: на диске нужно {} МБ, свободно {} МБ",
            need.div_ceil(1 << 20),
            free >> 20
        ));
    }
    let report = app.catalog().verify(!args.quick, &mut |done, total| {
        io.tick(done, total, "Сверка");
    });
    let mut report = match report {
        Ok(report) => report,
        Err(error) => return io.cannot(error),
    };
    let mut index_differences = None;
    if !args.quick {
        let compared = app
            .fresh_index()
            .and_then(|index| index.verify(app.catalog()));
        match compared {
            Ok(differences) => {
                index_differences = Some(differences.len() as u64);
                let said = differences.iter().take(SHOWN).map(difference);
                report.problems.extend(said);
                if differences.len() > SHOWN {
                    let rest = differences.len() - SHOWN;
                    report
                        .problems
                        .push(format!("Поиск: и ещё расхождений {rest}"));
                }
            }
            Err(error) => report.problems.push(format!(
                "Поиск не читается ({error}): выполните fond reindex"
            )),
        }
    }
    report.ok = report.problems.is_empty();
    if !args.quick {
        app.note_deed(Deed::Verified, report.ok, report.head.get(), Path::new(""));
    }
    told(args, report, index_differences, io)
}

/// `fond verify` of a folder that does not open.
pub(super) fn unopened(
    args: &args::Verify,
    (data, journal): (&Path, &JournalHome),
    why: &Error,
    io: &mut Io<'_>,
) -> ExitStatus {
    told(
        args,
        VerifyReport::of_unopened(data, journal, why),
        None,
        io,
    )
}

/// What is said of a write that was cut off the journal's end.
pub(super) fn was_cut(cut: &str) -> String {
    format!(
        "Отрезано недописанное в конце журнала ({cut}): программа остановилась, не ответив, что записано. \
         Байты сохранены в journal.cut"
    )
}

fn told(
    args: &args::Verify,
    report: VerifyReport,
    index_differences: Option<u64>,
    io: &mut Io<'_>,
) -> ExitStatus {
    let whole = Whole {
        report,
        index_differences,
    };
    let printed = if args.json {
        io.json(&whole)
    } else {
        print(args, &whole, io)
    };
    match printed {
        Err(error) => io.cannot(error),
        Ok(()) if whole.report.ok => ExitStatus::Done,
        Ok(()) => ExitStatus::Findings,
    }
}

/// Differences of the index named one by one; the rest are counted.
const SHOWN: usize = 20;

fn difference(difference: &Difference) -> String {
    let what = match difference {
        Difference::Damaged(file) => format!("файл {} повреждён", file.display()),
        Difference::Missing(id) => format!("записи {id} в нём нет"),
        Difference::Extra(id) => format!("запись {id} в нём лишняя"),
        Difference::Twice(id) => format!("запись {id} стоит в нём дважды"),
        Difference::Stale(id) => format!("запись {id} в нём прежняя"),
    };
    format!("Поиск: {what}; остановите сервер и выполните fond reindex")
}

fn print(args: &args::Verify, whole: &Whole, io: &mut Io<'_>) -> io::Result<()> {
    let report = &whole.report;
    writeln!(
        io.stdout,
        "Записей журнала {}, последняя {}, хеш {}",
        report.entries, report.head, report.head_hash
    )?;
    writeln!(io.stdout, "Строк в таблицах {}", report.rows)?;
    if let Some(cut) = &report.cut {
        writeln!(io.stdout, "{}", was_cut(cut))?;
    }
    if report.ok {
        let how = if report.full {
            "Журнал, таблицы, книги и поиск сходятся"
        } else {
            "Журнал и суммы сходятся"
        };
        return writeln!(io.stdout, "{how}");
    }
    if let Some(damage) = &report.damage {
        writeln!(
            io.stdout,
            "Первое повреждение: запись {}, сегмент {}, смещение {}",
            damage.seq,
            damage.segment.display(),
            damage.offset
        )?;
    }
    for problem in &report.problems {
        writeln!(io.stdout, "Расхождение: {problem}")?;
    }
    if !args.quick && !report.full {
        let why = "Второй раз таблицы не строились: сначала устраните расхождения";
        writeln!(io.stdout, "{why}")?;
    }
    Ok(())
}

/// An index this many journal entries behind is built anew: that is faster than to follow.
const FAR: u64 = 5_000;
/// To follow so many entries takes long enough to be said; each may hold hundreds of records.
const LONG: u64 = 20;

/// Brings the index up to the journal, so that the first question after a load finds what was loaded.
/// An index that does not come up is said and hinders nothing else.
pub(crate) fn follow(app: &App, io: &mut Io<'_>) {
    let done = app.index().and_then(|index| {
        let head = app.catalog().head().seq.get();
        let behind = head.saturating_sub(index.position().get());
        if behind < FAR || 2 * behind < head {
            if behind >= LONG {
                io.say(format_args!(
                    "Поиск принимает новое: записей журнала {behind}"
                ));
            }
            return index.catch_up(app.catalog());
        }
        let total = app.catalog().record_count().map_err(search::Error::feed)?;
        index.rebuild(app.catalog(), &mut |done| io.tick(done, total, "Поиск"))
    });
    if let Err(error) = done {
        io.say(format!(
            "Поиск пока не видит новых записей ({error}): остановите сервер и выполните fond reindex"
        ));
    }
}

/// `fond reindex`
pub(super) fn reindex(app: &App, io: &mut Io<'_>) -> ExitStatus {
    let built = app
        .catalog()
        .record_count()
        .map_err(search::Error::feed)
        .and_then(|total| {
            let feed = app.catalog();
            app.index()?
                .rebuild(feed, &mut |done| io.tick(done, total, "Поиск"))
        });
    match built {
        Ok(seq) => {
            let count = app.index().map_or(0, search::SearchIndex::len);
            io.say(format_args!(
                "Поиск построен: записей {count}, по журналу {seq}"
            ));
            ExitStatus::Done
        }
        Err(error) => io.cannot(format!("Поиск не построен: {error}")),
    }
}
