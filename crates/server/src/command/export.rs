//! `fond export`: records out of the catalogue.

use std::io::Write;

use catalog::record::detect::Format;
use catalog::record::write;
use catalog::{RecordStatus, StoredRecord};
use search::{Audience, Query};

use super::args;
use crate::app::App;
use crate::exchange::written;
use crate::io::{ExitStatus, Io};

/// `fond export`
pub(super) fn run(args: &args::Export, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let format = args.format.format();
    if let Some(library) = &args.library
        && let Err(error) = app.the_library(Some(library))
    {
        return io.cannot(error);
    }
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
    let question = Query {
        audience: Audience::Staff,
        ..Query::new(query)
    };
    let (ids, corrected) = app.fresh_index()?.all(&question)?;
    if corrected.is_some() {
        io.say("Точно так ничего не найдено: выдано найденное по исправленному запросу");
    }
    let total = ids.len() as u64;
    for (done, id) in (1..).zip(ids) {
        each(app.catalog().record(id)?, io)?;
        io.tick(done, total, "Выдача");
    }
    Ok(())
}
