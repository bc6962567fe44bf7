//! One flipped bit in a library that was stopped, or killed: in the journal it is always named, in the tables and the
//! index it is named or changes nothing that is read. A journal whose tail is cut is named as well. Rule: D-6.
//!
//! `FOND_FLIPS` asks for more flips than the few of an ordinary run; figures are printed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fond_tests::batches::flip_in_the_last;
use fond_tests::deeds::deed;
use fond_tests::house::root;
use fond_tests::program::{Client, Server, said};
use fond_tests::served::fond;
use fond_tests::shared::copy;
use serde_json::Value;

const FLIPS: usize = 24;
const PLACES: [&str; 3] = ["journal", "state", "index"];
const SEGMENT: &str = "journal/0000000001.jnl";

fn run(program: &Path, data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(words).arg("--data").arg(data);
    command.output().unwrap()
}

fn library(program: &Path, data: &Path) {
    let samples = root().join("data/samples");
    let records = samples.join("records.jsonl");
    let year = root().join("data/fund/golden-year.json");
    for words in [
        ["import", records.to_str().unwrap()],
        ["post", year.to_str().unwrap()],
    ] {
        assert!(run(program, data, &words).status.success(), "{words:?}");
    }
    let verified = run(program, data, &["verify"]);
    assert!(verified.status.success(), "{verified:?}");
}

fn files(folder: &Path, found: &mut Vec<(PathBuf, u64)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let meta = fs::metadata(&path).unwrap();
        if meta.is_dir() {
            files(&path, found);
        } else if meta.len() > 0 {
            found.push((path, meta.len()));
        }
    }
    found.sort();
}

/// All that a folder answers: every record, some searches, the books.
fn answers(program: &Path, data: &Path) -> Vec<Vec<u8>> {
    let asked: [&[&str]; 5] = [
        &["export", "--format", "marcjson"],
        &["export", "--query", "пушкин"],
        &["export", "--query", "математика"],
        &["export", "--query", "title:повести"],
        &["books", "--year", "2025", "--json"],
    ];
    let answer = |words: &&[&str]| {
        let answer = run(program, data, words);
        assert!(answer.status.success(), "{words:?}: {answer:?}");
        answer.stdout
    };
    asked.iter().map(answer).collect()
}

/// The names of the generations of the tables.
fn generations(data: &Path) -> Vec<String> {
    let names = fs::read_dir(data.join("state")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.filter(|name| name.starts_with("gen-")).collect()
}

/// Flips a bit of the byte that stands at this share of all bytes of the folder.
fn flip(folder: &Path, share: f64, bit: u32) -> String {
    let mut found = Vec::new();
    files(folder, &mut found);
    let total: u64 = found.iter().map(|(_, length)| length).sum();
    let mut at = (total as f64 * share) as u64;
    for (path, length) in found {
        if at < length {
            let mut bytes = fs::read(&path).unwrap();
            bytes[usize::try_from(at).unwrap()] ^= 1 << (bit % 8);
            fs::write(&path, bytes).unwrap();
            return format!("{} at {at}", path.display());
        }
        at -= length;
    }
    unreachable!("the share is below one")
}

/// The report names a segment and a place in the journal, not only that something is wrong.
fn names_the_damage(verified: &Output, told: &str) {
    let report: Value = serde_json::from_slice(&verified.stdout)
        .unwrap_or_else(|error| panic!("{told}: {error}: {verified:?}"));
    assert_eq!(report["ok"], false, "{told}: {report}");
    let damage = &report["damage"];
    let segment = damage["segment"].as_str().unwrap_or_default();
    assert!(segment.contains("0000000001"), "{told}: {report}");
    assert!(damage["offset"].is_u64(), "{told}: {report}");
    assert!(damage["seq"].is_u64(), "{told}: {report}");
}

/// Cuts the end of the journal at so many places; the tables remember what it held. Rule: «журнал короче».
fn cuts(program: &Path, whole: &Path, damaged: &Path, count: usize) {
    let bytes = fs::read(whole.join(SEGMENT)).unwrap();
    let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
    for n in 0..count {
        copy(whole, damaged);
        let at = written * n / count;
        fs::write(damaged.join(SEGMENT), &bytes[..at]).unwrap();
        let verified = run(program, damaged, &["verify", "--json"]);
        let status = verified.status.code();
        assert_eq!(status, Some(1), "cut at {at}: {verified:?}");
        fs::remove_dir_all(damaged).unwrap();
    }
}

/// Flips so many bits, one a copy, and tells what came of each; where it `was_killed`, half of those of the journal
/// strike its last batch.
fn flips(program: &Path, whole: &Path, damaged: &Path, count: usize, was_killed: bool) {
    let control = damaged.with_extension("control");
    copy(whole, &control);
    let verified = run(program, &control, &["verify"]);
    assert!(verified.status.success(), "{verified:?}");
    let (asked, tables) = (answers(program, &control), generations(whole));
    let mut tally: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut share = 0.377;
    for n in 0..count {
        // The golden ratio spreads the shares evenly over the folder, however many there are.
        share = (share + 0.618_033_988_75) % 1.0;
        let place = PLACES[n % PLACES.len()];
        copy(whole, damaged);
        let bit = u32::try_from(n).unwrap();
        let told = if was_killed && n % (2 * PLACES.len()) == 0 {
            flip_in_the_last(&damaged.join(SEGMENT), share, bit);
            format!("the last batch at {share}")
        } else {
            flip(&damaged.join(place), share, bit)
        };
        let verified = run(program, damaged, &["verify", "--json"]);
        let outcome = match verified.status.code() {
            Some(1) if place == "journal" => {
                names_the_damage(&verified, &told);
                "named"
            }
            Some(1 | 3) if place != "journal" => "named",
            // Nothing was found wrong: then nothing that can be asked is answered otherwise.
            Some(0) => {
                assert_ne!(place, "journal", "{told}: not noticed");
                assert_eq!(answers(program, damaged), asked, "{told}: not noticed");
                match place {
                    "state" if generations(damaged) != tables => "built anew",
                    _ => "in what is not read",
                }
            }
            other => panic!("{told}: status {other:?}: {verified:?}"),
        };
        *tally.entry((place, outcome)).or_default() += 1;
        fs::remove_dir_all(damaged).unwrap();
    }
    let how = if was_killed { "killed" } else { "stopped" };
    let _ = writeln!(std::io::stderr(), "{how}, flips {count}: {tally:?}");
}

fn asked_for() -> usize {
    std::env::var("FOND_FLIPS").map_or(FLIPS, |n| n.parse().unwrap())
}

#[test]
fn a_flipped_bit_is_named_or_changes_nothing() {
    let program = fond();
    let home = tempfile::tempdir().unwrap();
    let (whole, damaged) = (home.path().join("whole"), home.path().join("damaged"));
    library(&program, &whole);
    let count = asked_for();
    flips(&program, &whole, &damaged, count, false);
    cuts(&program, &whole, &damaged, count / 4);
    let _ = writeln!(std::io::stderr(), "tails cut {}, all named", count / 4);
}

#[test]
fn a_flipped_bit_after_a_kill_is_named_or_changes_nothing() {
    let program = fond();
    let home = tempfile::tempdir().unwrap();
    let (whole, damaged) = (home.path().join("whole"), home.path().join("damaged"));
    library(&program, &whole);
    let _ = said(
        &program,
        &whole,
        &["user", "add", "vera", "--role", "head"],
        "",
    );
    let token = said(&program, &whole, &["user", "token", "vera"], "");
    let server = Server::start(&program, &whole);
    let client = Client::new(&server.address, &token);
    for n in 0..12 {
        let deed = deed(1, 1, n, None);
        let (status, answer) = client.done(&deed).unwrap();
        assert_eq!(status, 201, "{answer}");
    }
    server.kill();
    flips(&program, &whole, &damaged, asked_for(), true);
}
