//! Pure filters over files of records: convert, check, describe. No data folder, nothing is kept.
//!
//! A damaged record is reported with its place and never stops the rest.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;

use serde::Serialize;

use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::dialect::Dialect;
use catalog::record::read::{Incoming, Reader};
use catalog::record::{check, convert, isbd, write};
use catalog::rule::{Finding, Severity};

use super::args;
use crate::clock::today;
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
fn over<'a>(
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
    let mut worst = ExitStatus::Done;
    for incoming in reader {
        let incoming = incoming.map_err(failed)?;
        io.tick(incoming.offset, size, &name);
        let status = each(incoming, io).map_err(failed)?;
        if status != ExitStatus::Done {
            worst = status;
        }
    }
    io.stdout.flush().map_err(failed)?;
    Ok(worst)
}

fn ended(result: Result<ExitStatus, String>, io: &mut Io<'_>) -> ExitStatus {
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
    let prologue = write::prologue(target).as_bytes();
    if let Err(error) = io.stdout.write_all(prologue) {
        return io.cannot(error);
    }
    let done = over(
        args.file.as_deref(),
        args.from.named(),
        io,
        |incoming, io| {
            report(&incoming, &incoming.findings, io);
            let damaged = incoming.record.is_none() || incoming.was_mended();
            let (bytes, lost) = converted(&incoming, args.schema, target);
            report(&incoming, &lost, io);
            match bytes {
                Ok(bytes) => {
                    io.stdout.write_all(&bytes)?;
                    let fine = !damaged;
                    Ok(if fine {
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
    if let Err(error) = io.stdout.write_all(write::epilogue(target).as_bytes()) {
        return io.cannot(error);
    }
    ended(done, io)
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
        let charset = if target == incoming.format && incoming.charset.is_known() {
            incoming.charset
        } else {
            Charset::Utf8
        };
        return (write::convert(incoming, target, charset), Vec::new());
    };
    let (mut record, mut lost) = convert::to_rusmarc(record, incoming.dialect);
    if wanted == Dialect::Marc21 {
        let (further, more) = convert::to_marc21(&record);
        record = further;
        lost.extend(more);
    }
    (write::write(&record, target, Charset::Utf8), lost)
}

/// A finding of a file, as `--json` prints it.
#[derive(Serialize)]
struct Placed<'a> {
    record: u64,
    offset: u64,
    control_number: Option<&'a str>,
    severity: Severity,
    source: &'static str,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// `fond check`
pub(super) fn check(args: &args::Check, io: &mut Io<'_>) -> ExitStatus {
    let (mut records, mut counted, mut first) = (0_u64, 0_u64, true);
    let done = over(
        args.file.as_deref(),
        args.format.named(),
        io,
        |incoming, io| {
            records += 1;
            let mut findings = incoming.findings.clone();
            if let Some(record) = &incoming.record {
                findings.extend(check::check_on(record, today()));
            }
            counted += findings.len() as u64;
            let control = incoming
                .record
                .as_ref()
                .and_then(|record| record.control("001"));
            for finding in &findings {
                if args.json {
                    let mark = if first { "[\n" } else { ",\n" };
                    first = false;
                    io.stdout.write_all(mark.as_bytes())?;
                    let placed = Placed {
                        record: incoming.number,
                        offset: incoming.offset,
                        control_number: control,
                        severity: finding.rule.severity(),
                        source: finding.rule.source(),
                        finding,
                    };
                    serde_json::to_writer(&mut io.stdout, &placed)?;
                } else {
                    let name = control.unwrap_or("без 001");
                    writeln!(io.stdout, "запись {} ({name}): {finding}", incoming.number)?;
                }
            }
            let wrong = findings.iter().any(Finding::blocks) || incoming.record.is_none();
            Ok(if wrong {
                ExitStatus::Findings
            } else {
                ExitStatus::Done
            })
        },
    );
    if args.json {
        let end = if first { "[]\n" } else { "\n]\n" };
        if let Err(error) = io.stdout.write_all(end.as_bytes()) {
            return io.cannot(error);
        }
    }
    io.say(format_args!(
        "Проверено записей: {records}, замечаний: {counted}"
    ));
    ended(done, io)
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
            let described = isbd::describe(record, &isbd::Options::default());
            writeln!(io.stdout, "{described}\n")?;
            Ok(ExitStatus::Done)
        },
    );
    ended(done, io)
}
