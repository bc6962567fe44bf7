//! `fond import`: files and folders of records into the catalogue, with one report.
//!
//! A file that cannot be opened is said and does not stop the others.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use catalog::{CopiesReport, Doing, Error, ImportOrder, ImportReport};

use super::args;
use crate::app::App;
use crate::clock::now;
use crate::io::{ExitStatus, Io, reason};

/// Findings printed as text; the JSON report lists [`ImportReport::LISTED`] of each file.
const SHOWN: usize = 200;

/// What `--json` prints: the sums of all files, their findings, and each file by itself.
#[derive(Serialize)]
struct Whole {
    read: u64,
    saved: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    findings: Vec<Value>,
    files: Vec<Value>,
    /// Files that could not be opened, with the reason.
    failed: Vec<Failed>,
}

#[derive(Serialize)]
struct Failed {
    file: String,
    why: String,
}

/// Runs the command.
pub(super) fn run(args: &args::Import, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let library = match app.the_library_or_main(args.library.as_ref(), &io.actor) {
        Ok(library) => library,
        Err(why) => return io.cannot(why),
    };
    let (mut reports, mut failed) = (Vec::new(), Vec::new());
    for file in files(&args.files, io) {
        let order = ImportOrder {
            file: file
                .file_name()
                .map_or_else(|| "-".to_owned(), |n| n.to_string_lossy().into()),
            library: library.clone(),
            format: args.format.named(),
            dry_run: args.dry_run,
        };
        match import_one(&file, &order, app, io) {
            Ok(report) => reports.push(report),
            Err(error) => {
                let file = file.display().to_string();
                let why = if let Error::Io { source, .. } = &error {
                    reason(source)
                } else {
                    error.to_string()
                };
                io.say(format_args!("{file}: {why}"));
                failed.push(Failed { file, why });
            }
        }
    }
    let nothing = reports.is_empty();
    let refusals = !failed.is_empty() || reports.iter().any(ImportReport::has_refusals);
    let printed = if args.json {
        whole(&reports, failed).and_then(|whole| io.json(&whole))
    } else {
        reports.iter().try_for_each(|report| print(report, io))
    };
    match printed {
        Err(error) => io.cannot(error),
        Ok(()) if nothing => ExitStatus::Cannot,
        Ok(()) if refusals => ExitStatus::Findings,
        Ok(()) => ExitStatus::Done,
    }
}

/// The files that are meant: a folder means every file in it, by name.
fn files(named: &[PathBuf], io: &Io<'_>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut left: Vec<PathBuf> = named.iter().rev().cloned().collect();
    while let Some(path) = left.pop() {
        match fs::read_dir(io.path(&path)) {
            Ok(entries) => {
                let mut inside: Vec<PathBuf> = entries
                    .filter_map(Result::ok)
                    // A link may lead back up, a pipe never ends; a dot hides what is not meant for us.
                    .filter(|entry| {
                        let kind = entry.file_type();
                        kind.is_ok_and(|kind| kind.is_file() || kind.is_dir())
                    })
                    .map(|entry| path.join(entry.file_name()))
                    .filter(|path| !hidden(path))
                    .collect();
                inside.sort();
                left.extend(inside.into_iter().rev());
            }
            Err(_) => files.push(path),
        }
    }
    files
}

fn hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

fn import_one(
    file: &Path,
    order: &ImportOrder,
    app: &App,
    io: &mut Io<'_>,
) -> Result<ImportReport, Error> {
    let failed = |source| Error::Io {
        what: order.file.clone(),
        source,
    };
    let doing = Doing::now(io.actor.clone(), now());
    if file.as_os_str() == "-" {
        return app
            .catalog()
            .import(&doing, order, &mut io.stdin, &mut |_, _| ());
    }
    let stream = File::open(io.path(file)).map_err(failed)?;
    let size = stream.metadata().map_or(0, |meta| meta.len());
    app.catalog()
        .import(&doing, order, BufReader::new(stream), &mut |_, bytes| {
            io.tick(bytes, size, &order.file);
        })
}

fn whole(reports: &[ImportReport], failed: Vec<Failed>) -> io::Result<Whole> {
    let sum = |of: fn(&ImportReport) -> u64| reports.iter().map(of).sum();
    let mut whole = Whole {
        read: sum(|report| report.read),
        saved: sum(|report| report.saved),
        updated: sum(|report| report.updated),
        unchanged: sum(|report| report.unchanged),
        refused: sum(ImportReport::refused),
        findings: Vec::new(),
        files: Vec::new(),
        failed,
    };
    for report in reports {
        let mut file = serde_json::to_value(report)?;
        if let Value::Object(file) = &mut file {
            if let Some(Value::Array(findings)) = file.remove("findings") {
                whole.findings.extend(findings);
            }
            file.insert("refused".to_owned(), report.refused().into());
        }
        whole.files.push(file);
    }
    Ok(whole)
}

fn print(report: &ImportReport, io: &mut Io<'_>) -> io::Result<()> {
    let trial = if report.dry_run {
        " (проба, ничего не сохранено)"
    } else {
        ""
    };
    writeln!(io.stdout, "{}{trial}", report.file)?;
    writeln!(
        io.stdout,
        "  прочитано {}, сохранено {}, обновлено {}, без изменений {}, отказано {}",
        report.read,
        report.saved,
        report.updated,
        report.unchanged,
        report.refused()
    )?;
    if report.rows > 0 {
        writeln!(io.stdout, "  строк таблицы прочитано: {}", report.rows)?;
    }
    let refused = [
        ("правлены здесь и оставлены как есть", report.conflicts),
        ("не прочитаны и отложены", report.unreadable),
        ("авторитетные и отложены", report.authorities),
        ("удалены у источника и отложены", report.deleted),
    ];
    for (what, count) in refused.into_iter().filter(|(_, count)| *count > 0) {
        writeln!(io.stdout, "  {what}: {count}")?;
    }
    if let Some(path) = &report.quarantine {
        writeln!(io.stdout, "  отложенное лежит в {path}")?;
    }
    print_copies(&report.copies, io)?;
    for (rule, count) in &report.by_rule {
        writeln!(io.stdout, "  {rule}: {count}")?;
    }
    for found in report.findings.iter().take(SHOWN) {
        writeln!(
            io.stdout,
            "  запись {}, смещение {}: {}",
            found.record, found.offset, found.finding
        )?;
    }
    let found: u64 = report.by_rule.values().sum();
    if report.findings.len() > SHOWN {
        writeln!(
            io.stdout,
            "  … показаны первые {SHOWN} замечаний из {found}; с параметром --json – до {}",
            ImportReport::LISTED
        )?;
    }
    Ok(())
}

fn print_copies(copies: &CopiesReport, io: &mut Io<'_>) -> io::Result<()> {
    if copies.read == 0 {
        return Ok(());
    }
    writeln!(
        io.stdout,
        "  экземпляров прочитано {}, учтено {} на {} ₽",
        copies.read, copies.counted, copies.counted_sum
    )?;
    let rest = [
        ("отложено без номера", copies.set_aside),
        ("списаны раньше", copies.withdrawn),
        ("уже стоят в фонде", copies.known),
        ("не взяты", copies.not_taken),
        ("номеров до последнего в файле нет", copies.unexplained),
    ];
    for (what, count) in rest.into_iter().filter(|(_, count)| *count > 0) {
        writeln!(io.stdout, "  {what}: {count}")?;
    }
    Ok(())
}
