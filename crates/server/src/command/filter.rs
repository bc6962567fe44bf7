//! Pure filters over files of records: convert, describe. No data folder, nothing is kept.
//!
//! A damaged record is reported with its place and never stops the rest.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::dialect::Dialect;
use catalog::record::read::{Incoming, Reader};
use catalog::record::{convert, isbd, write};
use catalog::rule::Finding;

use super::args;
use crate::io::{ExitStatus, Io, reason};

impl args::Format {
    /// The container, unless it is to be told by the bytes.
    pub(crate) fn named(self) -> Option<Format> {
        match self {
            args::Format::Auto => None,
            args::Format::Iso2709 => Some(Format::Iso2709),
            args::Format::Marcxml => Some(Format::MarcXml),
            args::Format::Marcjson => Some(Format::MarcJson),
            args::Format::Irbis => Some(Format::Irbis),
            args::Format::Mrk => Some(Format::Mrk),
            args::Format::Csv => Some(Format::Csv),
            args::Format::Xlsx => Some(Format::Xlsx),
        }
    }
}

impl args::Target {
    /// The container to write.
    pub(crate) fn format(self) -> Format {
        match self {
            args::Target::Iso2709 => Format::Iso2709,
            args::Target::Marcxml => Format::MarcXml,
            args::Target::Marcjson => Format::MarcJson,
            args::Target::Irbis => Format::Irbis,
            args::Target::Mrk => Format::Mrk,
        }
    }
}

/// Runs `each` over the records of a file or of stdin.
pub(super) fn over<'a>(
    file: Option<&Path>,
    format: Option<Format>,
    io: &mut Io<'a>,
    mut each: impl FnMut(Incoming, &mut Io<'a>) -> io::Result<ExitStatus>,
) -> Result<ExitStatus, String> {
    let name = file.map_or_else(|| "-".to_owned(), |file| file.display().to_string());
    let failed = |error: io::Error| format!("{name}: {}", reason(&error));
    let mut size = 0;
    let stream: Box<dyn Read + 'a> = match file {
        Some(path) if path.as_os_str() != "-" => {
            let file = File::open(io.path(path)).map_err(failed)?;
            size = file.metadata().map_or(0, |meta| meta.len());
            Box::new(BufReader::new(file))
        }
        Some(_) | None => std::mem::replace(&mut io.stdin, Box::new(io::empty())),
    };
    let mut reader = Reader::new(stream);
    if let Some(format) = format {
        reader = reader.with_format(format);
    }
    let (mut worst, mut seen) = (ExitStatus::Done, false);
    for incoming in reader {
        let incoming = incoming.map_err(failed)?;
        seen = true;
        io.tick(incoming.offset, size, &name);
        let status = each(incoming, io).map_err(failed)?;
        if status != ExitStatus::Done {
            worst = status;
        }
    }
    if !seen {
        io.say(format_args!("{name}: пусто, записей нет"));
        worst = ExitStatus::Findings;
    }
    io.stdout.flush().map_err(failed)?;
    Ok(worst)
}

pub(super) fn ended(result: Result<ExitStatus, String>, io: &mut Io<'_>) -> ExitStatus {
    result.unwrap_or_else(|why| io.cannot(why))
}

/// Names what was found in a record, with its place in the file.
fn report(incoming: &Incoming, findings: &[Finding], io: &mut Io<'_>) {
    for finding in findings {
        io.say(format_args!(
            "запись {}, смещение {}: {finding}",
            incoming.number, incoming.offset
        ));
    }
}

/// `fond convert`
pub(super) fn convert_file(args: &args::Convert, io: &mut Io<'_>) -> ExitStatus {
    let target = args.to.format();
    let mut opened = false;
    let done = over(
        args.file.as_deref(),
        args.from.named(),
        io,
        |incoming, io| {
            report(&incoming, &incoming.findings, io);
            let damaged = incoming.record.is_none()
                || incoming.was_mended()
                || incoming.findings.iter().any(Finding::blocks);
            let (bytes, lost) = converted(&incoming, args.schema, target);
            report(&incoming, &lost, io);
            // Text of an unknown set survives only as the bytes it came as.
            let own = bytes.as_ref().is_ok_and(|made| *made == incoming.source);
            let unsaid = !incoming.charset.is_known() && !own;
            match bytes {
                Ok(bytes) => {
                    if !std::mem::replace(&mut opened, true) {
                        io.stdout.write_all(write::prologue(target).as_bytes())?;
                    }
                    io.stdout.write_all(&bytes)?;
                    Ok(if !damaged && !unsaid {
                        ExitStatus::Done
                    } else {
                        ExitStatus::Findings
                    })
                }
                Err(finding) => {
                    if incoming.record.is_some() {
                        report(&incoming, &[finding], io);
                    }
                    Ok(ExitStatus::Findings)
                }
            }
        },
    );
    // A file that could not even be opened gives nothing, not an empty collection.
    let (head, end) = match (opened, &done) {
        (true, _) => ("", write::epilogue(target)),
        (false, Ok(_)) => (write::prologue(target), write::epilogue(target)),
        (false, Err(_)) => ("", ""),
    };
    let closed = io.stdout.write_all(head.as_bytes());
    let closed = closed.and_then(|()| io.stdout.write_all(end.as_bytes()));
    match closed.and_then(|()| io.stdout.flush()) {
        Ok(()) => ended(done, io),
        Err(error) => io.cannot(reason(&error)),
    }
}

fn converted(
    incoming: &Incoming,
    schema: Option<args::Schema>,
    target: Format,
) -> (Result<Vec<u8>, Finding>, Vec<Finding>) {
    let wanted = match schema {
        None => incoming.dialect,
        Some(args::Schema::Rusmarc) if incoming.dialect == Dialect::Unimarc => incoming.dialect,
        Some(args::Schema::Rusmarc) => Dialect::Rusmarc,
        Some(args::Schema::Marc21) => Dialect::Marc21,
    };
    let Some(record) = incoming
        .record
        .as_ref()
        .filter(|_| wanted != incoming.dialect)
    else {
        // The same container gives the same bytes, in the character set they came in.
        let charset = if target == incoming.format {
            incoming.charset
        } else {
            Charset::Utf8
        };
        let written = write::convert(incoming, target, charset);
        let differ = match (&written, &incoming.record) {
            (Ok(bytes), Some(record)) if target != incoming.format => {
                let mut meant = record.clone();
                if incoming.charset != charset && incoming.dialect.embeds() {
                    write::declare(&mut meant, charset);
                }
                write::differences(&meant, bytes, target, charset)
            }
            (Ok(_) | Err(_), _) => Vec::new(),
        };
        return (written, differ);
    };
    let (mut record, mut lost) = convert::to_rusmarc(record, incoming.dialect);
    if wanted == Dialect::Marc21 {
        let (further, more) = convert::to_marc21(&record);
        record = further;
        lost.extend(more);
    }
    let written = write::write(&record, target, Charset::Utf8);
    if let Ok(bytes) = &written {
        lost.extend(write::differences(&record, bytes, target, Charset::Utf8));
    }
    (written, lost)
}

/// `fond describe`
pub(super) fn describe(args: &args::Describe, io: &mut Io<'_>) -> ExitStatus {
    let done = over(
        args.file.as_deref(),
        args.format.named(),
        io,
        |incoming, io| {
            let Some(record) = &incoming.record else {
                report(&incoming, &incoming.findings, io);
                return Ok(ExitStatus::Findings);
            };
            let (record, _) = convert::to_rusmarc(record, incoming.dialect);
            let described = isbd::describe(&record, &isbd::Options::default());
            writeln!(io.stdout, "{described}\n")?;
            Ok(ExitStatus::Done)
        },
    );
    ended(done, io)
}
