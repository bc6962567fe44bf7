//! kill -9 of a server under mixed work through HTTP: what was answered is there, what was not is done
//! once by its retry, and the library verifies clean.
//!
//! `FOND_KILL_ROUNDS` asks for more rounds than the few of an ordinary run; figures are printed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fond_tests::deeds::{deed, prepared};
use fond_tests::program::{Client, Deed, Server, said};
use fond_tests::served::{fond, short_record};
use serde_json::{Value, json};

const ROUNDS: u64 = 6;
const WRITERS: u64 = 4;
/// How many of the newest are looked for one by one after a kill; all of them every [`WHOLE`] rounds and at the end.
const NEWEST: usize = 150;
const WHOLE: u64 = 25;
/// What readers ask for while others write.
const ASKED: [&str; 4] = [
    "/api/v1/search?q=повесть",
    "/api/v1/suggest?q=пов",
    "/api/v1/records?limit=3",
    "/api/v1/books?year=2026&limit=1",
];

/// What a deed does.
#[derive(Clone)]
enum Does {
    Record,
    Edit { record: u64 },
    Receipt,
    Lend { copy: u64 },
    Return { copy: u64 },
}

/// A deed that was sent.
type Sent = (Does, Deed);

/// What the writers know of the library.
#[derive(Default)]
struct Known {
    /// Records in the order in which they were told of, and the last title of each that has been told.
    records: Vec<u64>,
    titles: BTreeMap<u64, String>,
    acts: Vec<u64>,
    /// Copies by their inventory numbers, which grow, and whether they are lent.
    copies: BTreeMap<u64, bool>,
    edits: usize,
    movements: usize,
    unknown: Vec<Sent>,
}

/// One writer's place in the day: a book is described, mended, received, a copy of it lent and returned.
#[derive(Default)]
struct Writer {
    round: u64,
    number: u64,
    done: u64,
    /// The record at work and its version.
    record: Option<(u64, u64)>,
    copy: Option<u64>,
}

impl Writer {
    fn next(&self) -> Sent {
        let n = self.done;
        let plain = |last: Option<u64>, n: u64| {
            let last = last.map(|record| record.to_string());
            deed(self.round, self.number, n, last.as_deref())
        };
        match (n % 6, self.record, self.copy) {
            (1, Some((record, version)), _) => {
                let title = format!("Повесть {}-{}-{n}, исправленная", self.round, self.number);
                let edit = Deed {
                    path: format!("/api/v1/records/{record}"),
                    seen: Some(version),
                    body: short_record(&title),
                    ..plain(None, n)
                };
                (Does::Edit { record }, edit)
            }
            (3, _, Some(copy)) => (Does::Lend { copy }, moved("LOAN", copy, plain(None, n))),
            (5, _, Some(copy)) => (Does::Return { copy }, moved("RETURN", copy, plain(None, n))),
            (2 | 4, Some((record, _)), _) => (Does::Receipt, plain(Some(record), n)),
            _ => (Does::Record, plain(None, n)),
        }
    }

    /// Goes on from what an answer says.
    fn learn(&mut self, does: &Does, answer: &Value) {
        self.done += 1;
        let version = answer["version"].as_u64().unwrap_or_default();
        match does {
            Does::Record => {
                *self = Self {
                    record: Some((number(&answer["id"]), version)),
                    copy: None,
                    ..std::mem::take(self)
                }
            }
            Does::Edit { record } => self.record = Some((*record, version)),
            Does::Receipt if self.copy.is_none() => self.copy = copies(answer).into_iter().next(),
            Does::Receipt | Does::Lend { .. } | Does::Return { .. } => {}
        }
    }
}

fn moved(kind: &str, copy: u64, deed: Deed) -> Deed {
    Deed {
        path: "/api/v1/movements".to_owned(),
        body: json!({"type": kind, "date": "2026-02-11", "lines": [{"inv": [copy.to_string()]}]}),
        ..deed
    }
}

fn number(value: &Value) -> u64 {
    value.to_string().trim_matches('"').parse().unwrap()
}

/// The title of a record that is sent.
fn title(deed: &Deed) -> String {
    let title = &deed.body["fields"][1]["200"]["subfields"][0]["a"];
    title.as_str().unwrap().to_owned()
}

/// The inventory numbers that a receipt gave.
fn copies(answer: &Value) -> Vec<u64> {
    let numbers = answer["acts"][0]["row"]["inv"].as_array().unwrap();
    numbers.iter().map(number).collect()
}

/// Notes what an answer says is now in the library.
fn note(known: &mut Known, (does, deed): &Sent, status: u16, answer: &Value) {
    assert!(
        (200..300).contains(&status),
        "{}: {status} {answer}",
        deed.path
    );
    match does {
        Does::Record => {
            let record = number(&answer["id"]);
            known.records.push(record);
            known.titles.insert(record, title(deed));
        }
        Does::Edit { record } => {
            known.edits += 1;
            known.titles.insert(*record, title(deed));
        }
        Does::Receipt => {
            known.acts.push(number(&answer["acts"][0]["id"]));
            let copies = copies(answer).into_iter();
            known.copies.extend(copies.map(|copy| (copy, false)));
        }
        Does::Lend { copy } | Does::Return { copy } => {
            known.movements += 1;
            let lent = matches!(does, Does::Lend { .. });
            known.copies.insert(*copy, lent);
        }
    }
}

fn work(client: &Client, mut writer: Writer, known: &Mutex<Known>) {
    loop {
        let sent = writer.next();
        match client.done(&sent.1) {
            Some((503, _)) => {}
            Some((status, answer)) => {
                note(&mut known.lock().unwrap(), &sent, status, &answer);
                writer.learn(&sent.0, &answer);
            }
            None => {
                known.lock().unwrap().unknown.push(sent);
                return;
            }
        }
    }
}

/// Asks as readers do until it is over; whatever the others do, an answer is there, or «come again».
fn read(client: &Client, over: &AtomicBool, answered: &AtomicUsize) {
    for path in ASKED.into_iter().cycle() {
        if over.load(Ordering::Relaxed) {
            return;
        }
        if let Some((status, said)) = client.tried(path) {
            assert!([200, 503].contains(&status), "{path}: {status} {said}");
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Does again what had no answer, with its keys; tells how many there were.
fn retried(client: &Client, known: &Mutex<Known>) -> usize {
    let unknown = std::mem::take(&mut known.lock().unwrap().unknown);
    for sent in &unknown {
        let (status, answer) = client.done(&sent.1).expect("the server answers");
        note(&mut known.lock().unwrap(), sent, status, &answer);
    }
    unknown.len()
}

/// How many of the last ones are not as they were told.
fn changed(told: impl DoubleEndedIterator<Item = bool>, newest: usize) -> usize {
    told.rev().take(newest).filter(|stands| !stands).count()
}

/// Counts what was told and is lost: the last `newest` looked for one by one, the others by the totals of the
/// catalogue and the books, which hold nothing else.
fn lost(client: &Client, known: &Known, newest: usize) -> usize {
    // The catalogue shows a change within a second; what was retried just now may still be on its way.
    let mut health = client.get("/health");
    for _ in 0..100 {
        if health["index_behind"] == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
        health = client.get("/health");
    }
    let records = changed(
        known.records.iter().map(|record| {
            let found = client.find(&format!("/api/v1/records/{record}"));
            let title = format!("\"{}\"", known.titles[record]);
            found.is_some_and(|found| found.to_string().contains(&title))
        }),
        newest,
    );
    let acts = changed(
        known.acts.iter().map(|act| {
            let found = client.find(&format!("/api/v1/acts/{act}"));
            found.is_some_and(|found| number(&found["id"]) == *act)
        }),
        newest,
    );
    let copies = changed(
        known.copies.iter().map(|(copy, lent)| {
            let found = client.find(&format!("/api/v1/inventory?inv={copy}"));
            let state = if *lent { "ON_LOAN" } else { "AVAILABLE" };
            found.is_some_and(|found| found["items"][0]["state"] == state)
        }),
        newest,
    );
    let once: BTreeSet<&u64> = known.acts.iter().collect();
    assert_eq!(once.len(), known.acts.len(), "an act is told of once");
    let total = known.records.len();
    assert_eq!(health["records"], total, "{health}, {records} lost");
    let listed = client.get("/api/v1/acts?limit=1")["total"].clone();
    assert_eq!(listed, known.acts.len(), "{acts} lost");
    if newest == usize::MAX {
        let book = client.get("/api/v1/books?year=2026");
        let rows = book["ksu_part1"].as_array().unwrap().len();
        assert_eq!(rows, known.acts.len(), "each act has a row");
    }
    records + acts + copies
}

#[test]
fn nothing_answered_is_lost_and_nothing_retried_is_done_twice() {
    let program = fond();
    let folder = tempfile::tempdir().unwrap();
    let token = prepared(&program, folder.path());
    let rounds = std::env::var("FOND_KILL_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |n| n.parse().unwrap());
    let known = Mutex::new(Known::default());
    let answered = AtomicUsize::new(0);
    let (mut repeats, mut losses) = (0, 0);
    for round in 1..=rounds {
        let server = Server::start(&program, folder.path());
        let client = Client::new(&server.address, &token);
        repeats += retried(&client, &known);
        let newest = if round % WHOLE == 0 {
            usize::MAX
        } else {
            NEWEST
        };
        losses += lost(&client, &known.lock().unwrap(), newest);
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for number in 0..WRITERS {
                let client = Client::new(&server.address, &token);
                let known = &known;
                let writer = Writer {
                    round,
                    number,
                    ..Writer::default()
                };
                scope.spawn(move || work(&client, writer, known));
            }
            let reader = Client::new(&server.address, &token);
            let (over, answered) = (&over, &answered);
            scope.spawn(move || read(&reader, over, answered));
            // A moment that differs from round to round.
            let moment = 120 + (round * 7919) % 400;
            std::thread::sleep(Duration::from_millis(moment));
            server.kill();
            over.store(true, Ordering::Relaxed);
        });
    }
    // What the last kill left is looked at too.
    let server = Server::start(&program, folder.path());
    let client = Client::new(&server.address, &token);
    repeats += retried(&client, &known);
    losses += lost(&client, &known.lock().unwrap(), usize::MAX);
    server.kill();
    let verified = said(&program, folder.path(), &["verify"], "");
    assert!(verified.contains("сходятся"), "{verified}");
    let known = known.into_inner().unwrap();
    let _ = writeln!(
        std::io::stderr(),
        "kills {rounds}, records {}, edits {}, receipts {}, loans and returns {}, answers to readers {}, \
         unknown and retried {repeats}, lost {losses}",
        known.records.len(),
        known.edits,
        known.acts.len(),
        known.movements,
        answered.into_inner(),
    );
    assert_eq!(losses, 0);
}
