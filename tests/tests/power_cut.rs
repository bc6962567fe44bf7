//! The power goes while a server is at work: the disk is rebuilt as it may look then, and everything that
//! was answered before that moment is there.
//!
//! `FOND_POWER_CUTS` asks for more moments than the few of an ordinary run; figures are printed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use catalog::id::RecordId;
use catalog::{Catalog, JournalHome};
use fond_tests::cuts::{Proof, Trial, Watched, asked, opened, printed, started_again, verified};
use fond_tests::deeds::{deed, prepared};
use fond_tests::disk::{Chances, Disk, Fate, Op, Record};
use fond_tests::program::{Client, Server};
use fond_tests::shared::quiet;
use search::SearchIndex;
use serde_json::Value;

const CUTS: usize = 20;
const WRITERS: u64 = 3;

/// What was promised to somebody up to a moment.
#[derive(Default)]
struct Promised {
    records: BTreeSet<RecordId>,
    seq: u64,
    commands: usize,
}

/// From an empty disk to a library that was at work for a while and was stopped.
fn work(watched: &Watched, time: Duration) {
    let _ = watched.done(&["library", "add", "SCHOOL7", "--name", "Школа № 7"]);
    let _ = watched.done(&["user", "add", "vera", "--role", "head"]);
    let token = watched.done(&["user", "token", "vera"]);
    let server = Server::launched(watched.command(), &watched.data());
    written(&server, &token, time);
    server.stop();
}

fn written(server: &Server, token: &str, time: Duration) {
    std::thread::scope(|scope| {
        for writer in 0..WRITERS {
            let client = Client::new(&server.address, token);
            scope.spawn(move || write(&client, writer, time));
        }
    });
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

/// All records that were promised are there.
fn has_all(catalog: &Catalog, promised: &Promised, moment: usize) {
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
}

/// Opens the image after the restart of the machine and says what it is like; all that was promised is there.
fn proved(promised: &Promised, image: &Path, moment: usize) -> &'static str {
    let data = image.join("data");
    let left = started_again(&data);
    let catalog = opened(&data, moment);
    has_all(&catalog, promised, moment);
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
    left
}

/// The test can fail: on a disk that takes no sync for one, nothing of the work is left.
fn a_disk_without_syncs_would_lose_it(log: &[Record], watched: &Watched, home: &Path) {
    let root = watched.root.display().to_string();
    let mut disk = Disk::of(&root);
    let unsynced = log.iter().filter(|record| record.op != Op::SyncEnd);
    unsynced.for_each(|record| disk.play(record));
    let image = home.join("unsynced");
    fs::create_dir(&image).unwrap();
    disk.after_a_cut(&root, &image, Fate::Lost, &mut Chances::new(1));
    assert!(!image.join("data/journal").exists());
}

/// How much somebody was told to be done.
fn promised(trial: &Trial) -> usize {
    let mut promised = Promised::default();
    let answers = trial.log.iter().filter(|record| record.op == Op::Answer);
    answers.for_each(|record| note(&mut promised, record));
    assert!(
        promised.records.len() > 20,
        "too few answers to prove anything"
    );
    promised.records.len()
}

#[test]
fn nothing_answered_is_lost_when_the_power_goes() {
    let home = tempfile::tempdir().unwrap();
    let Some(watched) = Watched::within(home.path()) else {
        return;
    };
    let count = asked(CUTS);
    work(&watched, Duration::from_secs(3 + count as u64 / 100));
    let trial = watched.since(Disk::of(&watched.root.display().to_string()));
    let proof = Proof {
        note,
        holds: &proved,
    };
    let answer = |record: &Record| record.op == Op::Answer;
    let tally = trial.tried(&(0..trial.log.len()), count, answer, &proof);
    a_disk_without_syncs_would_lose_it(&trial.log, &watched, home.path());
    // The last moment is after a clean stop.
    assert!(tally.contains_key("tables closed"), "{tally:?}");
    let told = format!("{} records promised, ", promised(&trial));
    printed("a server", &trial, &tally, &told);
}

/// After the cut both disks are there, or only one of them.
fn proved_mirrored(promised: &Promised, image: &Path, moment: usize) -> &'static str {
    let [data, mirror] = ["data", "mirror"].map(|name| image.join(name));
    let both = JournalHome::Mirrored(mirror.clone());
    let open = || {
        let opened = Catalog::open_at(&data, &both, &mut quiet());
        opened.unwrap_or_else(|e| panic!("moment {moment}: {e}"))
    };
    started_again(&data);
    match moment % 3 {
        0 => {
            has_all(&opened(&data, moment), promised, moment);
            "without the mirror"
        }
        1 => {
            fs::remove_dir_all(&data).unwrap();
            let catalog = open();
            verified(&catalog, moment);
            has_all(&catalog, promised, moment);
            "from the mirror alone"
        }
        _ => {
            let catalog = open();
            verified(&catalog, moment);
            has_all(&catalog, promised, moment);
            let head = catalog.head();
            drop(catalog);
            assert_eq!(opened(&mirror, moment).head(), head, "moment {moment}");
            "level"
        }
    }
}

#[test]
fn what_was_answered_stands_on_the_disk_and_on_that_of_the_mirror_when_the_power_goes() {
    let home = tempfile::tempdir().unwrap();
    let Some(watched) = Watched::within(home.path()) else {
        return;
    };
    let count = asked(12);
    let (data, mirror) = (watched.data(), watched.root.join("mirror"));
    fs::create_dir(&mirror).unwrap();
    let token = prepared(&watched.program, &data);
    let before = Disk::holding(&watched.root);
    let mut command = watched.command();
    command.env("FOND_MIRROR", &mirror);
    let server = Server::launched(command, &data);
    written(&server, &token, Duration::from_secs(3));
    server.stop();
    let mut trial = watched.since(before);
    trial.disks = vec![data.clone(), mirror.clone()];
    let proof = Proof {
        note,
        holds: &proved_mirrored,
    };
    // Before the first answer the mirror may not be one yet.
    let answers = trial.span(|record| record.op == Op::Answer);
    let within = answers.start..trial.log.len();
    let tally = trial.tried(&within, count, |record| record.op == Op::Answer, &proof);
    for (disk, alone) in [(data, 0), (mirror, 1)] {
        let journal = disk.join("journal/").display().to_string();
        let last = within.clone().rev().find(|n| n % 3 == alone).unwrap();
        trial.fails_without(
            |record| record.path.starts_with(&journal),
            &BTreeSet::from([last]),
            &proof,
        );
    }
    let told = format!("{} records promised, ", promised(&trial));
    printed("a library with a mirror", &trial, &tally, &told);
}
