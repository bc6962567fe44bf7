//! `fond bench mixed`: pages one after another, then everybody at once through HTTP.
//!
//! The crowd is an open loop as far as its connections go: requests come by the clock, whether or not earlier ones
//! were answered, and a time counts from the moment the request was due; a server that stalls cannot hide it.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;

use super::chance::Chance;
use super::client::{Client, Server};
use super::figures::{Times, anonymous_kib, load_average, millis};
use super::queries::{self, Question};
use super::search::{self, Class};
use crate::page::encode;

/// What is asked of a server.
#[derive(Clone)]
pub(super) struct Order {
    /// Requests a second.
    pub(super) rate: u64,
    pub(super) seconds: u64,
    /// Records in the base: pages of these are opened.
    pub(super) records: u64,
    /// Numbered copies in the fund: these are lent and come back; without them records are saved.
    pub(super) items: u64,
    /// Connections: as many requests at most wait for an answer at once, and the clock goes on.
    pub(super) clients: u64,
    pub(super) token: String,
}

/// What the work cost.
#[derive(Serialize)]
pub(super) struct Mixed {
    ready_ms: u64,
    /// Result pages, one at a time.
    pages: BTreeMap<String, Times>,
    /// Kinds of requests in the crowd.
    crowd: BTreeMap<&'static str, Times>,
    requests_per_second: u64,
    answers: BTreeMap<u16, u64>,
    /// Anonymous memory of the server at the end.
    anonymous_mib: u64,
    stop_ms: u64,
    load_average: String,
}

/// Kinds of requests and how many of a hundred they are.
const KINDS: [(&str, u64); 4] = [
    ("search page", 40),
    ("record page", 20),
    ("suggestion", 25),
    ("small commit", 15),
];
pub(super) fn run(data: &Path, order: &Order) -> io::Result<Mixed> {
    let (server, ready) = Server::start(data)?;
    let questions = queries::committed();
    let pages = pages(&server, &questions)?;
    let (crowd, answers) = crowd(&server, order, &questions)?;
    let anonymous_mib = anonymous_kib(&server.pid()) / 1024;
    let asked: u64 = answers.values().sum();
    Ok(Mixed {
        ready_ms: millis(ready),
        pages,
        crowd,
        requests_per_second: asked / order.seconds.max(1),
        answers,
        anonymous_mib,
        stop_ms: millis(server.stop()?),
        load_average: load_average(),
    })
}

fn pages(server: &Server, questions: &[Question]) -> io::Result<BTreeMap<String, Times>> {
    let mut client = Client::new(server.address, None);
    let mut pages = BTreeMap::new();
    for class in search::names(questions) {
        let asked: Vec<&Question> = search::of(questions, class).collect();
        let Class { times, .. } = search::time(&asked, 1, |question| {
            seen(
                &mut client,
                &format!("/search?q={}", encode(&question.text)),
            )
        })?;
        pages.insert(class.to_owned(), times);
    }
    let typed = queries::beginnings(questions);
    let Class { times, .. } = search::time(&typed, 1, |typed| {
        seen(&mut client, &format!("/api/v1/suggest?q={}", encode(typed)))
    })?;
    pages.insert("suggestion".to_owned(), times);
    Ok(pages)
}

fn seen(client: &mut Client, path: &str) -> io::Result<u64> {
    let answer = client.get(path)?;
    match answer.status {
        200 => Ok(1),
        other => Err(io::Error::other(format!("{path} answered {other}"))),
    }
}

/// Time of each request by kind, and how many answers of each status.
type Outcome = (BTreeMap<&'static str, Vec<Duration>>, BTreeMap<u16, u64>);

/// Times by kind, and how many answers of each status.
type Crowd = (BTreeMap<&'static str, Times>, BTreeMap<u16, u64>);

fn crowd(server: &Server, order: &Order, questions: &[Question]) -> io::Result<Crowd> {
    let next = AtomicU64::new(0);
    let begun = Instant::now();
    let outcomes: Vec<io::Result<Outcome>> = std::thread::scope(|scope| {
        let run = || one_of_the_crowd(server, order, questions, &next, begun);
        let threads: Vec<_> = (0..order.clients.max(1))
            .map(|_| scope.spawn(run))
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended
            .map(|end| end.unwrap_or_else(|_| Err(io::Error::other("a thread ended early"))))
            .collect()
    });
    let (mut times, mut answers) = (BTreeMap::<_, Vec<Duration>>::new(), BTreeMap::new());
    for outcome in outcomes {
        let (took, said) = outcome?;
        for (kind, took) in took {
            times.entry(kind).or_default().extend(took);
        }
        for (status, count) in said {
            *answers.entry(status).or_default() += count;
        }
    }
    Ok((
        times
            .into_iter()
            .map(|(kind, times)| (kind, Times::of(times)))
            .collect(),
        answers,
    ))
}

fn one_of_the_crowd(
    server: &Server,
    order: &Order,
    questions: &[Question],
    next: &AtomicU64,
    begun: Instant,
) -> io::Result<Outcome> {
    let mut client = Client::new(server.address, Some(order.token.clone()));
    let (mut times, mut answers) = Outcome::default();
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let due =
            begun + Duration::from_micros(number.saturating_mul(1_000_000) / order.rate.max(1));
        if due > begun + Duration::from_secs(order.seconds) {
            return Ok((times, answers));
        }
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        let (kind, answer) = ask(&mut client, order, questions, number);
        times.entry(kind).or_default().push(due.elapsed());
        // A broken connection counts as an answer of nobody.
        *answers
            .entry(answer.map_or(0, |answer| answer.status))
            .or_default() += 1;
    }
}

fn ask(
    client: &mut Client,
    order: &Order,
    questions: &[Question],
    number: u64,
) -> (&'static str, io::Result<super::client::Answer>) {
    let mut chance = Chance::at(number, 1 << 52);
    let mut share = chance.next() % 100;
    let kind = KINDS.iter().find(|(_, part)| {
        let found = share < *part;
        share = share.saturating_sub(*part);
        found
    });
    let kind = kind.map_or("suggestion", |(kind, _)| *kind);
    let question = &chance.one(questions).text;
    let answer = match kind {
        "search page" => client.get(&format!("/search?q={}", encode(question))),
        "record page" => client.get(&format!(
            "/records/{}",
            1 + chance.next() % order.records.max(1)
        )),
        "small commit" => commit(client, order, number),
        _ => {
            let typed: String = question.chars().take(1 + chance.below(6)).collect();
            client.get(&format!("/api/v1/suggest?q={}", encode(&typed)))
        }
    };
    (kind, answer)
}

/// A copy is lent; where there are none, a record is saved.
fn commit(client: &mut Client, order: &Order, number: u64) -> io::Result<super::client::Answer> {
    if order.items == 0 {
        let (round, at) = (usize::MAX, usize::try_from(number).unwrap_or(0));
        return client.post("/api/v1/records", &new_record(round, at));
    }
    // Every copy once, in no order that the tables would like.
    let copy = 1 + number.wrapping_mul(0x9E37_79B9) % order.items;
    let lines = format!("[{{\"inv\": [\"{copy}\"]}}]");
    let event = format!("{{\"type\": \"LOAN\", \"date\": \"2026-11-21\", \"lines\": {lines}}}");
    client.post("/api/v1/movements", &event)
}

/// A short record as a program sends it.
pub(super) fn new_record(round: usize, number: usize) -> String {
    let title = format!("Новая книга {round}-{number}");
    serde_json::json!({
        "leader": "00000nam0 2200000   450 ",
        "fields": [
            {"100": {"ind1": " ", "ind2": " ", "subfields": [{"a": "20260115d2026    k  y0rusy0189    ca"}]}},
            {"101": {"ind1": "0", "ind2": " ", "subfields": [{"a": "rus"}]}},
            {"200": {"ind1": "1", "ind2": " ", "subfields": [{"a": title}]}},
        ],
    })
    .to_string()
}
