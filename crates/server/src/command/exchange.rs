//! `fond import` and `fond export`: files of records in and out of the catalogue.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use serde::Serialize;

use catalog::record::detect::Format;
use catalog::record::write;
use catalog::{Doing, Error, ImportOrder, ImportReport, RecordStatus, StoredRecord};
use search::{Audience, Filters, Query};

use super::args;
use crate::app::App;
use crate::clock::now;
use crate::exchange::written;
use crate::io::{ExitStatus, Io};

/// Findings printed as text; the JSON report has them all.
const SHOWN: usize = 200;

#[derive(Serialize)]
struct Reports<'a> {
    files: &'a [ImportReport],
}

/// `fond import`
pub(super) fn import(args: &args::Import, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let library = match app.the_library(args.library.as_ref(), &io.actor) {
        Ok(library) => library,
        Err(why) => return io.cannot(why),
    };
    let mut reports = Vec::new();
    for file in &args.files {
        let order = ImportOrder {
            file: file
                .file_name()
                .map_or_else(|| "-".to_owned(), |n| n.to_string_lossy().into()),
            library: library.clone(),
            format: args.format.named(),
            dry_run: args.dry_run,
        };
        match import_one(file, &order, app, io) {
            Ok(report) => reports.push(report),
            Err(error) => return io.cannot(format!("{}: {error}", file.display())),
        }
    }
    let printed = if args.json {
        io.json(&Reports { files: &reports })
    } else {
        reports.iter().try_for_each(|report| print(report, io))
    };
    if let Err(error) = printed {
        return io.cannot(error);
    }
    if reports.iter().any(ImportReport::has_refusals) {
        ExitStatus::Findings
    } else {
        ExitStatus::Done
    }
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
        let mut bytes = Vec::new();
        io.stdin.read_to_end(&mut bytes).map_err(failed)?;
        return app
            .catalog()
            .import(&doing, order, io::Cursor::new(bytes), &mut |_, _| ());
    }
    let stream = File::open(io.path(file)).map_err(failed)?;
    let size = stream.metadata().map_or(0, |meta| meta.len());
    app.catalog()
        .import(&doing, order, BufReader::new(stream), &mut |_, bytes| {
            io.tick(bytes, size, &order.file);
        })
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
        report.conflicts + report.unreadable + report.authorities
    )?;
    let refused = [
        ("правлены здесь и оставлены как есть", report.conflicts),
        ("не прочитаны и отложены", report.unreadable),
        ("авторитетные и отложены", report.authorities),
    ];
    for (what, count) in refused.into_iter().filter(|(_, count)| *count > 0) {
        writeln!(io.stdout, "  {what}: {count}")?;
    }
    if let Some(path) = &report.quarantine {
        writeln!(io.stdout, "  отложенное лежит в {path}")?;
    }
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
    if report.findings.len() > SHOWN {
        writeln!(
            io.stdout,
            "  … показаны первые {SHOWN}; все – с параметром --json"
        )?;
    }
    Ok(())
}

/// `fond export`
pub(super) fn export(args: &args::Export, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let format = args.format.format();
    match export_all(args, format, app, io) {
        Ok(0) => ExitStatus::Done,
        Ok(refused) => {
            io.say(format_args!("Не выдано записей: {refused}"));
            ExitStatus::Findings
        }
        Err(error) => io.cannot(error),
    }
}

type Failure = Box<dyn std::error::Error>;

fn export_all(
    args: &args::Export,
    format: Format,
    app: &App,
    io: &mut Io<'_>,
) -> Result<u64, Failure> {
    io.stdout.write_all(write::prologue(format).as_bytes())?;
    let mut refused = 0;
    let mut each = |stored: StoredRecord, io: &mut Io<'_>| -> Result<(), Failure> {
        let ours = match &args.library {
            Some(library) => app.stands_under(&stored.owner, library)?,
            None => true,
        };
        if stored.status == RecordStatus::Deleted || !ours {
            return Ok(());
        }
        match written(app.catalog(), &stored, format)? {
            Ok(bytes) => io.stdout.write_all(&bytes)?,
            Err(finding) => {
                refused += 1;
                io.say(format_args!("запись {}: {finding}", stored.id));
            }
        }
        Ok(())
    };
    match &args.query {
        Some(query) => found(query, app, io, &mut each)?,
        None => {
            let total = app.catalog().record_count()?;
            let (mut last, mut done) = (None, 0);
            loop {
                let batch = app.catalog().records_after(last, 500)?;
                let Some(end) = batch.last() else { break };
                last = Some(end.id);
                for stored in batch {
                    each(stored, io)?;
                    done += 1;
                }
                io.tick(done, total, "Выдача");
            }
        }
    }
    io.stdout.write_all(write::epilogue(format).as_bytes())?;
    io.stdout.flush()?;
    Ok(refused)
}

fn found(
    query: &str,
    app: &App,
    io: &mut Io<'_>,
    each: &mut dyn FnMut(StoredRecord, &mut Io<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let index = app.fresh_index()?;
    let mut question = Query {
        filters: Filters::default(),
        audience: Audience::Staff,
        limit: search::MAX_LIMIT,
        ..Query::new(query)
    };
    loop {
        let page = index.search(&question)?;
        if page.corrected.is_some() {
            io.say("Точно так ничего не найдено: выдано найденное по исправленному запросу");
        }
        for hit in &page.hits {
            each(app.catalog().record(hit.id)?, io)?;
        }
        question.offset += page.hits.len();
        if page.hits.is_empty() || question.offset >= page.total {
            return Ok(());
        }
    }
}
