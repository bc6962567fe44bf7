//! kill -9 of a server under mixed work through HTTP: what was answered is there, what was not is done
//! once by its retry, and the library verifies clean.
//!
//! `FOND_KILL_ROUNDS` asks for more rounds than the few of an ordinary run; figures are printed.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;

use fond_tests::deeds::{Deed, deed, prepared};
use fond_tests::program::{Client, Server, said};
use fond_tests::served::fond;
use serde_json::Value;

const ROUNDS: u64 = 6;
const WRITERS: u64 = 4;
/// How many of the newest are looked for one by one after a kill; all of them every [`WHOLE`] rounds and at the end.
const NEWEST: usize = 300;
const WHOLE: u64 = 25;

/// What the writers know of the library.
#[derive(Default)]
struct Known {
    records: Vec<String>,
    acts: Vec<String>,
    unknown: Vec<Deed>,
}

/// Notes what an answer says is now in the library.
fn note(known: &mut Known, deed: &Deed, status: u16, answer: &Value) -> Option<String> {
    assert!(
        (200..300).contains(&status),
        "{}: {status} {answer}",
        deed.path
    );
    if deed.path == "/api/v1/records" {
        let id = &answer["id"];
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        known.records.push(id.clone());
        return Some(id);
    }
    let act = answer["acts"][0]["id"].as_str().map(str::to_owned);
    known
        .acts
        .push(act.unwrap_or_else(|| answer["acts"][0]["id"].to_string()));
    None
}

fn work(client: &Client, round: u64, writer: u64, known: &Mutex<Known>) {
    let mut last: Option<String> = None;
    for n in 0.. {
        let deed = deed(round, writer, n, last.as_deref());
        match client.post_once(deed.path, deed.key, &deed.body) {
            Some((503, _)) => {}
            Some((status, answer)) => {
                let mut known = known.lock().unwrap();
                last = note(&mut known, &deed, status, &answer).or(last);
            }
            None => {
                known.lock().unwrap().unknown.push(deed);
                return;
            }
        }
    }
}

/// Does again what had no answer, with its keys; tells how many there were.
fn retried(client: &Client, known: &Mutex<Known>) -> usize {
    let unknown = std::mem::take(&mut known.lock().unwrap().unknown);
    for deed in &unknown {
        let answer = client.post_once(deed.path, deed.key, &deed.body);
        let (status, answer) = answer.expect("the server answers");
        let _ = note(&mut known.lock().unwrap(), deed, status, &answer);
    }
    unknown.len()
}

/// How many of these do not stand at their addresses.
fn missing(client: &Client, under: &str, told: &[String]) -> usize {
    let stands = |id: &&String| {
        let found = client.find(&format!("{under}/{id}"));
        found.is_some_and(|found| found["id"].to_string().trim_matches('"') == id.as_str())
    };
    told.len() - told.iter().filter(stands).count()
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
    let last = |told: &[String]| told.len().saturating_sub(newest);
    let (records, acts) = (&known.records, &known.acts);
    let records = missing(client, "/api/v1/records", &records[last(records)..]);
    let acts = missing(client, "/api/v1/acts", &acts[last(acts)..]);
    let once: BTreeSet<&String> = known.acts.iter().collect();
    assert_eq!(once.len(), known.acts.len(), "an act is told of once");
    assert_eq!(health["records"], known.records.len() - records, "{health}");
    let listed = client.get("/api/v1/acts?limit=1")["total"].clone();
    assert_eq!(listed, known.acts.len() - acts, "no act is there unasked");
    if newest == usize::MAX {
        let book = client.get("/api/v1/books?year=2026");
        let rows = book["ksu_part1"].as_array().unwrap().len();
        assert_eq!(rows, known.acts.len() - acts, "each act has a row");
    }
    records + acts
}

#[test]
fn nothing_answered_is_lost_and_nothing_retried_is_done_twice() {
    let program = fond();
    let folder = tempfile::tempdir().unwrap();
    let token = prepared(&program, folder.path());
    let rounds = std::env::var("FOND_KILL_ROUNDS");
    let rounds = rounds.map_or(ROUNDS, |n| n.parse().unwrap());
    let known = Mutex::new(Known::default());
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
        std::thread::scope(|scope| {
            for writer in 0..WRITERS {
                let client = Client::new(&server.address, &token);
                let known = &known;
                scope.spawn(move || work(&client, round, writer, known));
            }
            // A moment that differs from round to round.
            let moment = 120 + (round * 7919) % 400;
            std::thread::sleep(Duration::from_millis(moment));
            server.kill();
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
        "kills {rounds}, records {}, receipts {}, unknown and retried {repeats}, lost {losses}",
        known.records.len(),
        known.acts.len()
    );
    assert_eq!(losses, 0);
}
