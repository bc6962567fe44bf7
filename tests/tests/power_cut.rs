//! The power goes while a server is at work: the disk is rebuilt as it may look then, and everything that
//! was answered before that moment is there.
//!
//! `FOND_POWER_CUTS` asks for more moments than the few of an ordinary run; figures are printed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use catalog::Catalog;
use catalog::id::RecordId;
use fond_tests::deeds::deed;
use fond_tests::disk::{Chances, Disk, Fate, Op, Record, read};
use fond_tests::program::{Client, Server, told};
use fond_tests::served::fond;
use fond_tests::shim::Shim;
use search::SearchIndex;
use serde_json::Value;

const CUTS: usize = 20;
const WRITERS: u64 = 3;
const FATES: [Fate; 4] = [Fate::Lost, Fate::Mixed, Fate::Kept, Fate::Mixed];

/// What was promised to somebody up to a moment.
#[derive(Default)]
struct Promised {
    records: BTreeSet<RecordId>,
    seq: u64,
    commands: usize,
}

/// The program at work on a watched disk.
struct Watched<'a> {
    shim: &'a Shim,
    program: PathBuf,
    root: PathBuf,
    log: PathBuf,
}

impl Watched<'_> {
    fn command(&self) -> Command {
        let settings = [("SHIM_LOG", self.log.as_path())];
        self.shim.command(&self.program, &self.root, &settings)
    }

    fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// A command that ended well is a promise as well; its end stands in the log as an answer.
    fn done(&self, words: &[&str]) -> String {
        let said = told(self.command(), &self.data(), words, "");
        let mut end = vec![11_u8];
        end.extend([0; 24]);
        end.extend(4_u32.to_le_bytes());
        end.extend(0_u32.to_le_bytes());
        end.extend(b"done");
        let mut log = fs::read(&self.log).unwrap();
        log.extend(end);
        fs::write(&self.log, log).unwrap();
        said
    }

    /// From an empty disk to a library that was at work for a while and was stopped.
    fn work(&self, time: Duration) {
        let _ = self.done(&["library", "add", "SCHOOL7", "--name", "Школа № 7"]);
        let _ = self.done(&["user", "add", "vera", "--role", "head"]);
        let token = self.done(&["user", "token", "vera"]);
        let server = Server::launched(self.command(), &self.data());
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let client = Client::new(&server.address, &token);
                scope.spawn(move || write(&client, writer, time));
            }
        });
        server.stop();
    }
}

fn write(client: &Client, writer: u64, time: Duration) {
    let begun = Instant::now();
    let mut last: Option<String> = None;
    for n in 0.. {
        if begun.elapsed() > time {
            return;
        }
        let deed = deed(1, writer, n, last.as_deref());
        let (status, answer) = client.done(&deed).unwrap();
        assert!((200..300).contains(&status), "{status} {answer}");
        last = answer["id"].as_u64().map(|id| id.to_string()).or(last);
    }
}

/// Notes what an answer promises.
fn note(promised: &mut Promised, answer: &Record) {
    let text = answer.text();
    if text == "done" {
        promised.commands += 1;
    }
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return;
    };
    if !head.starts_with("HTTP/1.1 2") {
        return;
    }
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    if let (Some(id), Some(version)) = (body["id"].as_u64(), body["version"].as_u64()) {
        promised.records.insert(RecordId::new(id));
        promised.seq = promised.seq.max(version);
    }
    promised.seq = promised.seq.max(body["seq"].as_u64().unwrap_or(0));
}

/// Opens the image after the restart of the machine and says what it is like; all that was promised is there.
fn proved(data: &Path, promised: &Promised, moment: usize) -> &'static str {
    let mark = data.join("state/mark");
    let left = fs::read_to_string(&mark).unwrap_or_default();
    if left.starts_with("open ") {
        fs::write(&mark, "open another boot").unwrap();
    }
    let catalog = Catalog::open(data).unwrap_or_else(|e| panic!("moment {moment}: {e}"));
    let report = catalog.verify(true, &mut |_, _| ()).unwrap();
    assert!(report.ok, "moment {moment}: {:?}", report.problems);
    let head = catalog.head().seq.get();
    assert!(
        head >= promised.seq,
        "moment {moment}: {head} < {}",
        promised.seq
    );
    for id in &promised.records {
        let found = catalog.record(*id);
        assert!(found.is_ok(), "moment {moment}: record {id} is lost");
    }
    if promised.commands >= 2 {
        assert_eq!(catalog.users().unwrap().len(), 1, "moment {moment}");
    }
    if promised.commands >= 3 {
        let notes = catalog.desk().list::<Value>("tokens").unwrap();
        assert_eq!(notes.len(), 1, "moment {moment}: the key is lost");
    }
    let index = SearchIndex::open(&data.join("index")).unwrap();
    index.catch_up(&catalog).unwrap();
    let differences = index.verify(&catalog).unwrap();
    assert!(differences.is_empty(), "moment {moment}: {differences:?}");
    match left.as_str() {
        "clean" => "tables closed",
        "" => "no tables yet",
        _ => "tables rebuilt",
    }
}

/// Moments: half of them right behind an answer, half anywhere.
fn moments(log: &[Record], count: usize, chances: &mut Chances) -> BTreeSet<usize> {
    let answers: Vec<usize> = (0..log.len())
        .filter(|n| log[*n].op == Op::Answer)
        .map(|n| n + 1)
        .collect();
    let mut moments = BTreeSet::from([log.len()]);
    while moments.len() < count {
        moments.insert(if moments.len() % 2 == 0 {
            answers[chances.below(answers.len())]
        } else {
            1 + chances.below(log.len())
        });
    }
    moments
}

/// The test can fail: on a disk that takes no sync for one, nothing of the work is left.
fn a_disk_without_syncs_would_lose_it(log: &[Record], root: &str, home: &Path) {
    let mut disk = Disk::of(root);
    let unsynced = log.iter().filter(|record| record.op != Op::SyncEnd);
    unsynced.for_each(|record| disk.play(record));
    let image = home.join("unsynced");
    fs::create_dir(&image).unwrap();
    disk.after_a_cut(root, &image, Fate::Lost, &mut Chances::new(1));
    assert!(!image.join("data/journal").exists());
}

#[test]
fn nothing_answered_is_lost_when_the_power_goes() {
    let Some(shim) = Shim::built() else {
        return;
    };
    let count = std::env::var("FOND_POWER_CUTS").map_or(CUTS, |n| n.parse().unwrap());
    let home = tempfile::tempdir().unwrap();
    let home = fs::canonicalize(home.path()).unwrap();
    let watched = Watched {
        shim: &shim,
        program: fond(),
        root: home.join("disk"),
        log: home.join("log"),
    };
    fs::create_dir(&watched.root).unwrap();
    watched.work(Duration::from_secs(3 + count as u64 / 100));
    let log = read(&watched.log);
    let root = watched.root.display().to_string();
    let mut chances = Chances::new(2026);
    let moments = moments(&log, count, &mut chances);
    let (mut disk, mut promised) = (Disk::of(&root), Promised::default());
    let mut tally: BTreeMap<&str, u32> = BTreeMap::new();
    for (at, record) in log.iter().enumerate() {
        disk.play(record);
        if record.op == Op::Answer {
            note(&mut promised, record);
        }
        if moments.contains(&(at + 1)) {
            let image = home.join(format!("image-{at}"));
            fs::create_dir(&image).unwrap();
            let fate = FATES[chances.below(FATES.len())];
            disk.after_a_cut(&root, &image, fate, &mut chances);
            let outcome = proved(&image.join("data"), &promised, at + 1);
            *tally.entry(outcome).or_default() += 1;
            // The index may still be tidying up behind its back; what it leaves goes with the home.
            let _ = fs::remove_dir_all(&image);
        }
    }
    assert!(
        promised.records.len() > 20,
        "too few answers to prove anything"
    );
    a_disk_without_syncs_would_lose_it(&log, &root, &home);
    // The last moment is after a clean stop.
    assert!(tally.contains_key("tables closed"), "{tally:?}");
    eprintln!(
        "power cuts {}, of {} operations, {} records promised, lost 0: {tally:?}",
        moments.len(),
        log.len(),
        promised.records.len()
    );
}
