//! `fond post`: titles, opening balances and acts from a file of the exchange shape.

use std::io::{self, Read, Write};

use catalog::{PostReport, Refusal, post};

use super::args;
use crate::app::App;
use crate::clock::now;
use crate::io::{ExitStatus, Io, reason};

/// A whole year of a large library is a few megabytes; more is no year.
const MAX_BYTES: u64 = 64 << 20;

/// Posts the file.
pub(super) fn run(args: &args::Post, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let text = match read(args, io) {
        Ok(text) => text,
        Err(error) => return io.cannot(format!("{}: {}", args.file.display(), reason(&error))),
    };
    let library = match app.the_library_or_main(args.library.as_ref(), &io.actor) {
        Ok(library) => library,
        Err(error) => return io.cannot(error),
    };
    let report = match post(app.catalog(), &io.actor, now(), Some(&library), &text) {
        Ok(report) => report,
        Err(error) => return io.cannot(error),
    };
    let printed = if args.json {
        io.json(&report)
    } else {
        print(&report, &mut io.stdout)
    };
    match printed {
        Err(error) => io.cannot(error),
        Ok(()) if report.refused.is_empty() => ExitStatus::Done,
        Ok(()) => ExitStatus::Findings,
    }
}

fn read(args: &args::Post, io: &mut Io<'_>) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    if args.file.as_os_str() == "-" {
        io.stdin
            .by_ref()
            .take(MAX_BYTES + 1)
            .read_to_end(&mut text)?;
    } else {
        let file = std::fs::File::open(io.path(&args.file))?;
        file.take(MAX_BYTES + 1).read_to_end(&mut text)?;
    }
    if text.len() as u64 > MAX_BYTES {
        return Err(io::Error::other(
            "файл больше 64 МБ: разделите его по годам и проведите по порядку",
        ));
    }
    Ok(text)
}

fn print(report: &PostReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "Проведено {}, без изменений {}, отказано {}, записей заведено {}",
        report.posted.len(),
        report.unchanged.len(),
        report.refused.len(),
        report.records_saved
    )?;
    rows(&report.refused, out)?;
    if !report.remarks.is_empty() {
        writeln!(out, "Замечания, {}:", report.remarks.len())?;
    }
    rows(&report.remarks, out)
}

fn rows(refusals: &[Refusal], out: &mut dyn Write) -> io::Result<()> {
    for refusal in refusals {
        let place = if refusal.place.is_empty() {
            String::new()
        } else {
            format!(" {}", refusal.place)
        };
        writeln!(
            out,
            "  {}{place}: {} [{}, {}]",
            refusal.event,
            refusal.detail,
            refusal.rule.code(),
            refusal.source
        )?;
    }
    Ok(())
}
