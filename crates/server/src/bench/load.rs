//! `fond bench load`: a file from its first byte to the last record found by search.
//!
//! The way of the bytes is that of `fond import`: read, check, journal, tables, copies into the fund,
//! index; with marks on the way that show whether a record costs more as the base grows.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use catalog::{Doing, Error, ImportOrder};

use super::figures::{self, MemoryWatch, bytes_under, millis, rate};
use crate::app::App;
use crate::clock::now;
use crate::follow::Follower;
use crate::io::Io;

/// What a load cost.
#[derive(Serialize)]
pub(super) struct Loaded {
    file_bytes: u64,
    records: u64,
    items: u64,
    /// Until everything was in the journal and the tables.
    import_ms: u64,
    /// Until everything was found by search too: the whole.
    whole_ms: u64,
    /// Until the segments of the index were joined too, as a server does a minute after the last change.
    joined_ms: u64,
    records_per_second: u64,
    processor_ms: u64,
    peak_anonymous_mib: u64,
    journal_bytes: u64,
    tables_bytes: u64,
    index_bytes: u64,
    /// Records read, milliseconds since the start: after each tenth of the file.
    marks: Vec<(u64, u64)>,
    load_average: String,
}

/// Loads a file into an empty folder.
pub(super) fn run(file: &Path, app: App, io: &mut Io<'_>) -> Result<Loaded, Error> {
    let failed = |source| Error::Io {
        what: file.display().to_string(),
        source,
    };
    let library = app.the_library_or_main(None, &io.actor)?;
    let app = Arc::new(app);
    let watch = MemoryWatch::start();
    let stream = File::open(file).map_err(failed)?;
    let size = stream.metadata().map_or(0, |meta| meta.len());
    let (begun, spent) = (Instant::now(), figures::processor_time());
    let follower = Follower::start(&app).map_err(failed)?;
    let order = ImportOrder {
        file: file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        library,
        format: None,
        dry_run: false,
    };
    let mut marks = Vec::new();
    let doing = Doing::now(io.actor.clone(), now());
    let report = app.catalog().import(
        &doing,
        &order,
        BufReader::new(stream),
        &mut |done, bytes| {
            if bytes * 10 >= size * (marks.len() as u64 + 1) {
                marks.push((done, millis(begun.elapsed())));
            }
            io.tick(bytes, size, &order.file);
        },
    )?;
    let import_ms = millis(begun.elapsed());
    while app.index_position() < app.catalog().head().seq.get() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let whole = begun.elapsed();
    drop(follower);
    join(&app)?;
    let joined = begun.elapsed();
    let processor_ms = millis(figures::processor_time().saturating_sub(spent));
    let folder = app.catalog().folder().to_owned();
    let copies = &report.copies;
    let loaded = Loaded {
        file_bytes: size,
        records: report.saved,
        items: copies.counted + copies.set_aside,
        import_ms,
        whole_ms: millis(whole),
        joined_ms: millis(joined),
        records_per_second: rate(report.saved, whole),
        processor_ms,
        peak_anonymous_mib: watch.peak_mib(),
        journal_bytes: bytes_under(&folder.join("journal")),
        tables_bytes: bytes_under(&folder.join("state")),
        index_bytes: bytes_under(&folder.join("index")),
        marks,
        load_average: figures::load_average(),
    };
    Ok(loaded)
}

/// Joins the short segments of the index.
fn join(app: &App) -> Result<(), Error> {
    let engine = |error: search::Error| Error::Io {
        what: "index".to_owned(),
        source: std::io::Error::other(error),
    };
    let index = app.fresh_index().map_err(engine)?;
    let Some(mut joining) = index.begin_joining().map_err(engine)? else {
        return Ok(());
    };
    while !index.has_joined(&mut joining).map_err(engine)? {
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
