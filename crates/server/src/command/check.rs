//! `fond check`: the findings of every record of a file, then what the records are beside each other.
//!
//! No data folder, nothing is kept; records of other formats are judged as they would be taken in.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;

use catalog::record::check::{self, Among};
use catalog::record::convert;
use catalog::record::read::Incoming;
use catalog::rule::{Finding, Severity};

use super::args;
use super::filter::{ended, over};
use crate::clock::today;
use crate::io::{ExitStatus, Io};

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

/// Where a record stands in the file and what it is called.
#[derive(Default)]
struct Place {
    number: u64,
    offset: u64,
    control: Option<String>,
}

/// What has been printed so far.
struct Printed {
    json: bool,
    counted: u64,
}

impl Printed {
    fn print(&mut self, place: &Place, findings: &[Finding], io: &mut Io<'_>) -> io::Result<()> {
        for finding in findings {
            self.counted += 1;
            if !self.json {
                let name = place.control.as_deref().unwrap_or("без 001");
                writeln!(io.stdout, "запись {} ({name}): {finding}", place.number)?;
                continue;
            }
            let mark = if self.counted == 1 { "[\n" } else { ",\n" };
            io.stdout.write_all(mark.as_bytes())?;
            let placed = Placed {
                record: place.number,
                offset: place.offset,
                control_number: place.control.as_deref(),
                severity: finding.rule.severity(),
                source: finding.rule.source(),
                finding,
            };
            serde_json::to_writer(&mut io.stdout, &placed)?;
        }
        Ok(())
    }

    fn end(&self, io: &mut Io<'_>) -> io::Result<()> {
        if self.json {
            let end = if self.counted == 0 { "[]\n" } else { "\n]\n" };
            io.stdout.write_all(end.as_bytes())?;
        }
        io.stdout.flush()
    }
}

/// Runs the command.
pub(super) fn run(args: &args::Check, io: &mut Io<'_>) -> ExitStatus {
    let mut printed = Printed {
        json: args.json,
        counted: 0,
    };
    let (mut records, mut among) = (0_u64, Among::default());
    let mut places: HashMap<u64, Place> = HashMap::new();
    let format = args.format.named();
    let done = over(args.file.as_deref(), format, io, |incoming, io| {
        records += 1;
        let before = among.left_out();
        let (place, findings) = judged(&incoming, &mut among);
        printed.print(&place, &findings, io)?;
        // Only what is compared is named once more at the end; rubbish without end must not be remembered.
        if incoming.record.is_some() && among.left_out() == before {
            places.insert(place.number, place);
        }
        Ok(status(&findings, incoming.record.is_none()))
    });
    let mut together = |io: &mut Io<'_>| -> io::Result<ExitStatus> {
        let mut worst = ExitStatus::Done;
        for (number, finding) in among.findings() {
            let place = places.remove(&number).unwrap_or_default();
            let findings = [finding];
            printed.print(&place, &findings, io)?;
            if status(&findings, false) != ExitStatus::Done {
                worst = ExitStatus::Findings;
            }
            places.insert(number, place);
        }
        printed.end(io)?;
        Ok(worst)
    };
    let beside = match together(io) {
        Ok(status) => status,
        Err(error) => return io.cannot(error),
    };
    if among.left_out() > 0 {
        io.say(format_args!(
            "Записей не сравнено с другими: {}; разделите файл",
            among.left_out()
        ));
    }
    io.say(format_args!(
        "Проверено записей: {records}, замечаний: {}",
        printed.counted
    ));
    match ended(done, io) {
        ExitStatus::Done => beside,
        other @ (ExitStatus::Findings | ExitStatus::Usage | ExitStatus::Cannot) => other,
    }
}

fn judged(incoming: &Incoming, among: &mut Among) -> (Place, Vec<Finding>) {
    let mut findings = incoming.findings.clone();
    let record = incoming.record.as_ref();
    if let Some(record) = record {
        let (ours, _) = convert::to_rusmarc(record, incoming.dialect);
        if !check::is_authority(&ours) {
            findings.extend(check::check_on(&ours, today()));
        }
        among.add(incoming.number, &ours);
    }
    let place = Place {
        number: incoming.number,
        offset: incoming.offset,
        control: record.and_then(|r| r.control("001")).map(str::to_owned),
    };
    (place, findings)
}

fn status(findings: &[Finding], unread: bool) -> ExitStatus {
    if unread || findings.iter().any(Finding::blocks) {
        ExitStatus::Findings
    } else {
        ExitStatus::Done
    }
}
