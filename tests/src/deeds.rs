//! The mixed work that fault tests put a server under: records and receipts of them, each under a key.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use uuid::Uuid;

use crate::program::{Client, Deed, said};
use crate::served::short_record;

const RECORDS: &str = "/api/v1/records";

/// The `n`th write of a writer: a record, or a receipt of the last one.
///
/// # Panics
/// When `last` is no number.
#[must_use]
pub fn deed(round: u64, writer: u64, n: u64, last: Option<&str>) -> Deed {
    let key = Uuid::from_u64_pair(round << 8 | writer, n + 1);
    let Some(record) = last.filter(|_| !n.is_multiple_of(3)) else {
        let title = format!("Повесть {round}-{writer}-{n}");
        return Deed {
            key,
            path: RECORDS.to_owned(),
            seen: None,
            body: short_record(&title),
        };
    };
    let number = format!("{round}-{writer}-{n}");
    let record: u64 = record.parse().unwrap();
    Deed {
        key,
        path: "/api/v1/deliveries".to_owned(),
        seen: None,
        body: json!({
            "date": "2026-02-10", "source": "PURCHASE", "supplier": "Книжный дом", "fund": "MAIN",
            "document": {"kind": "WAYBILL", "no": number, "date": "2026-02-09", "total_kop": 70_000},
            "lines": [{"record": record, "copies": 2, "price_kop": 35_000}],
        }),
    }
}

/// The `n`th record of one writer.
#[must_use]
pub fn record(n: u64) -> Deed {
    deed(1, 1, n, None)
}

/// Posts it and gives the status and the type of the problem, if it is one.
///
/// # Panics
/// When nothing is answered.
#[must_use]
pub fn posted(client: &Client, deed: &Deed) -> (u16, String) {
    let answer = client.done(deed);
    let (status, answer) = answer.expect("the server answers");
    let problem = answer["type"].as_str().unwrap_or_default();
    (status, problem.to_owned())
}

/// The catalogue shows so many records, at once or within the second that the index may take.
///
/// # Panics
/// When it does not.
pub fn holds(client: &Client, records: u64) {
    let begun = Instant::now();
    loop {
        let shown = client.get("/api/v1/search?q=&limit=1")["total"].clone();
        if shown == records {
            return;
        }
        let late = begun.elapsed() > Duration::from_secs(5);
        assert!(!late, "{shown} records are shown, not {records}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A library with one head of it; returns a key for programs.
#[must_use]
pub fn prepared(program: &Path, data: &Path) -> String {
    prepared_at(program, data, &[])
}

/// As [`prepared`], with more words on every command line.
#[must_use]
pub fn prepared_at(program: &Path, data: &Path, more: &[&str]) -> String {
    let told = |words: &[&str]| said(program, data, &[words, more].concat(), "");
    let _ = told(&["library", "add", "SCHOOL7", "--name", "Школа № 7"]);
    let vera = ["user", "add", "vera", "--role", "head"];
    let _ = told(&[&vera[..], &["--library", "SCHOOL7"]].concat());
    told(&["user", "token", "vera"])
}
