//! The power goes in the middle of a long work: an import, a backup, a restoring, the closing and packing of a segment.
//! After it the library is sound, what was said to be done is done, and what was not is finished, or done again.
//!
//! `FOND_POWER_CUTS` asks for more moments than the few of an ordinary run; figures are printed.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use catalog::id::Seq;
use catalog::{Catalog, Until, restore};
use fond_tests::cuts::{Proof, Watched, asked, count_done, opened, printed, verified};
use fond_tests::deeds::{posted, prepared, record};
use fond_tests::disk::{Disk, Op, Record};
use fond_tests::intake::{import, numbered};
use fond_tests::program::{Client, Server, said};
use fond_tests::shared::{quiet, soon, write};
use jiff::Timestamp;

const CUTS: usize = 10;

fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A sync, a name or a promise: where a cut may make a difference.
fn matters(record: &Record) -> bool {
    matches!(
        record.op,
        Op::SyncBegin | Op::SyncEnd | Op::Rename | Op::Unlink | Op::Mkdir | Op::Answer
    )
}

/// The next start finishes what broke off; then all records are there, or nothing of the file was begun.
fn imported(records: u64, done: usize, image: &Path, moment: usize) -> &'static str {
    let data = image.join("data");
    let catalog = opened(&data, moment);
    let came = catalog.record_count().unwrap();
    let broken = catalog.interrupted().unwrap();
    let kind = match (done, broken.len()) {
        (0, 0) if came == 0 => return "not begun",
        (_, 0) => "whole",
        (0, _) => "finished by the next start",
        (_, _) => panic!("moment {moment}: it was told to be done"),
    };
    for job in broken {
        assert!(job.kept.is_some(), "moment {moment}: its file is lost");
        let report = catalog.resume(job.job, Timestamp::UNIX_EPOCH, &mut quiet());
        report.unwrap_or_else(|e| panic!("moment {moment}: {e}"));
    }
    assert_eq!(catalog.record_count().unwrap(), records, "moment {moment}");
    assert!(catalog.interrupted().unwrap().is_empty());
    let kept = fs::read_dir(data.join("jobs")).map_or(0, Iterator::count);
    assert_eq!(kept, 0, "moment {moment}: files of jobs stay");
    verified(&catalog, moment);
    kind
}

#[test]
fn an_import_is_finished_by_the_next_start_when_the_power_goes() {
    let home = tempfile::tempdir().unwrap();
    let Some(watched) = Watched::within(home.path()) else {
        return;
    };
    let count = asked(CUTS);
    let records = if count > CUTS { 3000 } else { 600 };
    let file = home.path().join("записи.mrc");
    fs::write(&file, numbered(1, records)).unwrap();
    let _ = prepared(&watched.program, &watched.data());
    let before = Disk::holding(&watched.root);
    let _ = watched.done(&["import", word(&file)]);
    let trial = watched.since(before);
    let holds = |done: &usize, image: &Path, moment| imported(records, *done, image, moment);
    let proof = Proof {
        note: count_done,
        holds: &holds,
    };
    // From the keeping of the file to its removal; a sync of the tables is no sync for what was imported.
    let jobs = format!("{}/jobs", watched.data().display());
    let journal = format!("{}/journal", watched.data().display());
    let of_it = |record: &Record| record.path.starts_with(&jobs);
    let work =
        |record: &Record| matters(record) && (of_it(record) || record.path.starts_with(&journal));
    let within = trial.span(of_it).start..trial.log.len();
    let tally = trial.tried(&within, count, work, &proof);
    assert!(tally.len() > 1, "{tally:?}");
    let synced =
        |n: &usize| trial.log[*n].op == Op::SyncEnd && trial.log[*n].path.starts_with(&journal);
    let synced: Vec<usize> = within.filter(synced).collect();
    let middle = BTreeSet::from([synced[synced.len() / 2]]);
    trial.fails_without(of_it, &middle, &proof);
    printed("an import", &trial, &tally, "");
}

/// A copy under the final name restores, and to no less than what was told to be in it.
fn copied(heads: [Seq; 2], done: usize, image: &Path, moment: usize) -> &'static str {
    drop(opened(&image.join("data"), moment));
    let copy = image.join("copies/a.backup");
    if !copy.exists() {
        assert_eq!(done, 0, "moment {moment}: the copy is lost");
        return "no copy";
    }
    let restored = image.join("restored");
    let report = restore(&copy, &restored, Until::Head, &mut quiet());
    let report = report.unwrap_or_else(|e| panic!("moment {moment}: {e}"));
    assert!(report.ok, "moment {moment}: {:?}", report.problems);
    let second = report.head >= heads[1];
    assert!(second || report.head == heads[0], "moment {moment}");
    // The third command was the second copy.
    assert!(second || done < 3, "moment {moment}: an old copy");
    if second {
        "the second copy"
    } else {
        "the first copy"
    }
}

/// A library with something in it; its head.
fn filled(watched: &Watched) -> Seq {
    let _ = prepared(&watched.program, &watched.data());
    let catalog = Catalog::open(&watched.data()).unwrap();
    (0..60).for_each(|n| write(&catalog, &format!("читатель-{n}")).unwrap());
    catalog.head().seq
}

#[test]
fn a_copy_is_whole_or_not_there_when_the_power_goes() {
    let home = tempfile::tempdir().unwrap();
    let Some(watched) = Watched::within(home.path()) else {
        return;
    };
    let head = filled(&watched);
    let copies = watched.root.join("copies");
    fs::create_dir(&copies).unwrap();
    let before = Disk::holding(&watched.root);
    let copy = copies.join("a.backup");
    let _ = watched.done(&["backup", word(&copy)]);
    let _ = watched.done(&["library", "add", "SCHOOL8", "--name", "Школа № 8"]);
    let _ = watched.done(&["backup", word(&copy)]);
    let trial = watched.since(before);
    let holds =
        |done: &usize, image: &Path, moment| copied([head, head.next()], *done, image, moment);
    let proof = Proof {
        note: count_done,
        holds: &holds,
    };
    let place = copies.display().to_string();
    let of_it = |record: &Record| record.path.starts_with(&place);
    let work = |record: &Record| matters(record) && of_it(record);
    let within = trial.span(of_it).start..trial.log.len();
    let tally = trial.tried(&within, asked(CUTS), work, &proof);
    let end = BTreeSet::from([trial.log.len()]);
    trial.fails_without(|record| record.path == place, &end, &proof);
    trial.fails_without(|record| record.path.ends_with(".part"), &end, &proof);
    printed("a backup", &trial, &tally, "");
}

/// A library stands there whole, or the same command restores it.
fn restored(copy: &Path, head: Seq, done: usize, image: &Path, moment: usize) -> &'static str {
    let data = image.join("data");
    let kind = if data.join("journal").exists() {
        "whole"
    } else {
        assert_eq!(done, 0, "moment {moment}: it is lost");
        let again = restore(copy, &data, Until::Head, &mut quiet());
        again.unwrap_or_else(|e| panic!("moment {moment}: {e}"));
        "restored by the same command"
    };
    assert_eq!(opened(&data, moment).head().seq, head, "moment {moment}");
    kind
}

#[test]
fn a_library_is_restored_whole_or_by_the_same_command_when_the_power_goes() {
    let home = tempfile::tempdir().unwrap();
    let Some(watched) = Watched::within(home.path()) else {
        return;
    };
    let (copy, elsewhere) = (home.path().join("a.backup"), home.path().join("elsewhere"));
    let head = filled(&watched);
    let _ = said(
        &watched.program,
        &watched.data(),
        &["backup", word(&copy)],
        "",
    );
    fs::rename(watched.data(), elsewhere).unwrap();
    let before = Disk::holding(&watched.root);
    let _ = watched.done(&["restore", word(&copy)]);
    let trial = watched.since(before);
    let holds = |done: &usize, image: &Path, moment| restored(&copy, head, *done, image, moment);
    let proof = Proof {
        note: count_done,
        holds: &holds,
    };
    // At its beginning it is not yet known for its own.
    let _ = trial.tried(&(0..12), 12 * CUTS, matters, &proof);
    let tally = trial.tried(&(0..trial.log.len()), asked(CUTS), matters, &proof);
    let end = BTreeSet::from([trial.log.len()]);
    let root = watched.root.display().to_string();
    trial.fails_without(|record| record.path == root, &end, &proof);
    let segment = |record: &Record| record.path.ends_with(".restoring/journal/0000000001.jnl");
    trial.fails_without(segment, &end, &proof);
    printed("a restoring", &trial, &tally, "");
}

/// Records of a few words whose bytes hardly pack: what is around the words stays in the journal.
fn bulky(first: u64, count: u64) -> String {
    let mut state = 0x9E37_79B9_7F4A_7C15 ^ first;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        // No mark of XML is among these.
        char::from(b'?' + (state >> 40) as u8 % 64)
    };
    let mut file = "<collection xmlns=\"http://www.loc.gov/MARC21/slim\">".to_owned();
    for n in first..first + count {
        let noise: String = (0..900_000).map(|_| noise()).collect();
        let _ = write!(
            file,
            "<record><!-- {noise} --><leader>00000nam0 2200000   450 </leader>\
             <controlfield tag=\"001\">{n}</controlfield><datafield tag=\"200\" ind1=\"1\" ind2=\" \">\
             <subfield code=\"a\">Повесть {n}</subfield></datafield></record>"
        );
    }
    file + "</collection>"
}

fn segment(data: &Path, name: &str) -> PathBuf {
    data.join("journal").join(name)
}

/// A segment of this length is almost full.
const ALMOST: u64 = 62 << 20;
/// Records that close it.
const MORE: u64 = 8;

fn almost_full(data: &Path) -> u64 {
    let catalog = Catalog::open(data).unwrap();
    let mut records = 0;
    while fs::metadata(segment(data, "0000000001.jnl")).unwrap().len() < ALMOST {
        let report = import(
            &catalog,
            "SCHOOL7",
            "много.xml",
            bulky(records, 3).as_bytes(),
        );
        assert_eq!(report.saved, 3);
        records += 3;
    }
    records
}

/// What was told: commands, and the last entry.
#[derive(Default)]
struct Told {
    done: usize,
    seq: u64,
}

fn note(told: &mut Told, answer: &Record) {
    count_done(&mut told.done, answer);
    let text = answer.text();
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    if text.starts_with("HTTP/1.1 2") {
        let seq = body["version"].as_u64().unwrap_or(0);
        told.seq = told.seq.max(seq);
    }
}

/// Every entry that was promised is there, in whichever form its segment is.
fn closed(records: u64, told: &Told, image: &Path, moment: usize) -> &'static str {
    let data = image.join("data");
    let there = |name: &str| segment(&data, name).exists();
    let kind = match (there("0000000001.jnl"), there("0000000001.jnlz")) {
        (true, false) if there("0000000002.jnl") => "closed",
        (true, false) => "open",
        (true, true) => "packed beside the raw one",
        (false, _) => "packed",
    };
    let catalog = opened(&data, moment);
    assert!(catalog.head().seq.get() >= told.seq, "moment {moment}");
    let least = if told.done > 0 {
        records + MORE
    } else {
        records
    };
    assert!(catalog.record_count().unwrap() >= least, "moment {moment}");
    kind
}

#[test]
fn a_segment_is_closed_and_packed_without_loss_when_the_power_goes() {
    let home = tempfile::tempdir().unwrap();
    let Some(watched) = Watched::within(home.path()) else {
        return;
    };
    let data = watched.data();
    let token = prepared(&watched.program, &data);
    let records = almost_full(&data);
    let before = Disk::holding(&watched.root);
    let more = home.path().join("ещё.xml");
    fs::write(&more, bulky(records, MORE)).unwrap();
    let server = Server::launched(watched.command(), &data);
    let client = Client::new(&server.address, &token);
    let _ = watched.done(&["import", word(&more)]);
    (0..10).for_each(|n| assert_eq!(posted(&client, &record(n)).0, 201));
    let raw = segment(&data, "0000000001.jnl");
    soon("the segment is packed", || {
        std::thread::sleep(Duration::from_millis(200));
        !raw.exists()
    });
    (10..15).for_each(|n| assert_eq!(posted(&client, &record(n)).0, 201));
    server.stop();
    let trial = watched.since(before);
    let holds = |told: &Told, image: &Path, moment| closed(records, told, image, moment);
    let proof = Proof {
        note,
        holds: &holds,
    };
    let journal = data.join("journal").display().to_string();
    // From the cutting of the closed one to the removal of what was packed.
    let first = trial
        .log
        .iter()
        .position(|record| record.op == Op::Truncate && record.path.ends_with("/0000000001.jnl"));
    let gone =
        |record: &Record| record.op == Op::Unlink && record.path.ends_with("/0000000001.jnl");
    let within = first.unwrap() - 1..(trial.span(gone).end + 40).min(trial.log.len());
    let likely = |record: &Record| matters(record) && record.path.starts_with(&journal);
    let tally = trial.tried(&within, asked(CUTS / 2), likely, &proof);
    assert!(tally.contains_key("packed"), "{tally:?}");
    let end = BTreeSet::from([trial.log.len()]);
    trial.fails_without(|record| record.path.ends_with(".packing"), &end, &proof);
    // The head of the new segment must be there when its name is.
    let named = |record: &Record| record.op == Op::Rename && record.text().ends_with("02.jnl");
    let named = trial.span(named).end;
    let soon_after: BTreeSet<usize> = (named + 1..named + 6).collect();
    trial.fails_without(
        |record| record.path.ends_with("02.new"),
        &soon_after,
        &proof,
    );
    printed("closing and packing", &trial, &tally, "");
}
