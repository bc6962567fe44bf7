//! Two servers on one journal: whoever wrote through one finds it at once through the other, on every page; and each
//! says how far it is behind the database.

use std::time::{Duration, Instant};

use catalog::Catalog;
use fond_tests::Postgres;
use fond_tests::deeds::prepared_at;
use fond_tests::program::Server;
use fond_tests::served::{fond, short_record};
use fond_tests::shared::soon;
use fond_tests::strait::{Strait, Weather};
use serde_json::Value;

/// What is asked of one server, with what another said.
struct Asker {
    agent: ureq::Agent,
    token: String,
}

impl Asker {
    fn new(token: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0);
        Self {
            agent: config.build().into(),
            token: token.trim().to_owned(),
        }
    }

    fn made(&self, server: &Server, title: &str) -> (String, u64) {
        let request = self
            .agent
            .post(format!("{}/api/v1/records", server.address));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        let request = request.header("Content-Type", "application/json");
        let mut answer = request.send(short_record(title).to_string()).unwrap();
        assert_eq!(answer.status().as_u16(), 201);
        let seq = answer.headers().get("x-fond-seq");
        let seq = seq.and_then(|seq| seq.to_str().ok()?.parse().ok());
        assert!(
            answer.headers().get("set-cookie").is_none(),
            "a program has no cookies"
        );
        let body: Value =
            serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        (body["id"].to_string(), seq.unwrap_or(0))
    }

    /// Status and body of what is read with this header or cookie.
    fn read(&self, server: &Server, path: &str, with: (&str, &str)) -> (u16, String) {
        let request = self.agent.get(format!("{}{path}", server.address));
        let mut answer = request.header(with.0, with.1).call().unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        (answer.status().as_u16(), text)
    }
}

impl Asker {
    /// The status of a change of a record, by its version at the one server, made through the other.
    fn changed(&self, seen: &Server, by: &Server, id: &str) -> u16 {
        let with = format!("Bearer {}", self.token);
        let (seen, by) = [seen, by]
            .map(|server| format!("{}/api/v1/records/{id}", server.address))
            .into();
        let read = self
            .agent
            .get(seen)
            .header("Authorization", &with)
            .call()
            .unwrap();
        let version = read.headers().get("etag").unwrap().to_str().unwrap();
        let request = self.agent.put(by).header("Authorization", &with);
        let request = request.header("If-Match", version);
        let request = request.header("Content-Type", "application/json");
        let answer = request.send(short_record("Зарянка").to_string()).unwrap();
        answer.status().as_u16()
    }
}

/// So long a server waits for what it has not followed yet.
const WAITS: Duration = Duration::from_secs(2);

/// Two servers on one database, the second over a slow way; and a key.
fn two(postgres: &Postgres, name: &str) -> (tempfile::TempDir, Strait, [Server; 2], String) {
    let home = tempfile::tempdir().unwrap();
    let strait = Strait::open(&postgres.socket());
    let (near, far) = (postgres.database(name), strait.address(name));
    let program = fond();
    let token = prepared_at(&program, &home.path().join("a"), &["--journal", &near]);
    let start = |folder: &str, journal: &str| {
        Server::start_with(&program, &home.path().join(folder), &["--journal", journal])
    };
    let servers = [start("a", &near), start("b", &far)];
    strait.turn(Weather::Slow(60));
    (home, strait, servers, token)
}

#[test]
fn what_was_written_through_one_server_is_changed_through_the_other_though_nobody_names_it() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let (_home, _strait, [a, b], token) = two(&postgres, "changed");
    let asker = Asker::new(&token);
    for _ in 0..4 {
        let (id, _) = asker.made(&a, "Зяблик");
        assert_eq!(asker.changed(&a, &b, &id), 200);
    }
}

#[test]
fn what_was_written_through_one_server_is_found_at_once_through_the_other() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let (_home, _strait, [a, b], token) = two(&postgres, "seen");
    let asker = Asker::new(&token);
    for n in 0..12 {
        let word = format!("Зяблик{n}");
        let (id, seq) = asker.made(&a, &word);
        assert!(seq > 0, "the answer says its entry");
        let (header, cookie) = (seq.to_string(), format!("x=1; fond_seq={seq}"));
        let with = match n % 2 {
            0 => ("X-Fond-Seq", header.as_str()),
            _ => ("Cookie", cookie.as_str()),
        };
        let (page, search) = (format!("/records/{id}"), format!("/search?q={word}"));
        let api = format!("/api/v1/search?q={word}");
        let path = [page, search, api][n / 2 % 3].clone();
        let link = format!("/records/{id}");
        let found = |status: u16, text: &str| match serde_json::from_str::<Value>(text) {
            Ok(answer) => answer["total"] == 1,
            // The words that were asked stand on the page of a search in any case.
            Err(_) if path.starts_with("/search") => text.contains(&link),
            Err(_) => status == 200 && text.contains(&word),
        };
        // On a machine that is too busy to come there in time it answers from what it has, but no earlier.
        let begun = Instant::now();
        loop {
            let asked = Instant::now();
            let (status, text) = asker.read(&b, &path, with);
            if found(status, &text) {
                break;
            }
            assert!(
                asked.elapsed() >= WAITS,
                "{path}: {status} after {:?}",
                asked.elapsed()
            );
            assert!(begun.elapsed() < 20 * WAITS, "{path}");
        }
    }
    // A number that never comes holds nobody for long.
    let begun = Instant::now();
    let (status, _) = asker.read(&b, "/", ("X-Fond-Seq", "99999999"));
    assert_eq!(status, 200);
    let waited = begun.elapsed();
    assert!(
        waited > Duration::from_secs(1) && waited < Duration::from_secs(10),
        "{waited:?}"
    );
}

#[test]
fn a_person_who_changes_something_carries_its_number_in_a_cookie() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let (_home, _strait, [a, _b], token) = two(&postgres, "cookie");
    let asker = Asker::new(&token);
    let (_, before) = asker.made(&a, "Метель");
    let request = asker.agent.post(format!("{}/settings", a.address));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    let answer = request.send("theme=dark&back=%2F").unwrap();
    assert!(
        answer.status().is_redirection(),
        "{} {:?}",
        answer.status(),
        answer.headers()
    );
    let cookies = answer.headers().get_all("set-cookie");
    let cookie = cookies
        .iter()
        .filter_map(|cookie| cookie.to_str().ok())
        .find(|cookie| cookie.starts_with("fond_seq="));
    let cookie = cookie.expect("the number").to_owned();
    assert!(
        cookie.starts_with(&format!("fond_seq={before};")),
        "{cookie}"
    );
    for part in ["HttpOnly", "SameSite=Lax", "Max-Age=60"] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[test]
fn a_server_that_does_not_hear_the_database_says_how_long_and_how_far() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let (_home, strait, [a, b], token) = two(&postgres, "behind");
    strait.turn(Weather::Fair);
    let asker = Asker::new(&token);
    let gauge = |server: &Server, name: &str| -> Option<u64> {
        let (_, text) = asker.read(server, "/metrics", ("X-None", ""));
        let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
        values.next()?.trim().parse().ok()
    };
    let (_, seq) = asker.made(&a, "Метель");
    soon("it follows", || {
        gauge(&b, "fond_shared_journal_entries ") == Some(seq)
    });
    assert_eq!(gauge(&b, "fond_shared_journal_behind_entries "), Some(0));
    strait.turn(Weather::Silent);
    soon("it says since when", || {
        gauge(&b, "fond_shared_journal_age_seconds ").is_some_and(|age| age >= 3)
    });
    assert_eq!(gauge(&b, "fond_journal_writable "), Some(0));
    let near = gauge(&a, "fond_shared_journal_age_seconds ");
    assert!(near.is_some_and(|age| age < 3), "{near:?}");
}

#[test]
fn a_library_of_one_server_speaks_of_no_other() {
    let home = tempfile::tempdir().unwrap();
    drop(Catalog::open(home.path()).unwrap());
    let server = Server::start(&fond(), home.path());
    let asker = Asker::new("");
    let (_, text) = asker.read(&server, "/metrics", ("X-None", ""));
    assert!(!text.contains("fond_shared_journal"), "{text}");
    let begun = Instant::now();
    let (status, _) = asker.read(&server, "/", ("X-Fond-Seq", "99999999"));
    assert!(status == 200 && begun.elapsed() < Duration::from_secs(1));
}
