//! What the log of a server says of those who come in, under `audit`: who did it, from where, and who was kept out.
//!
//! Each drives the running program and reads what it wrote on stderr.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use fond_tests::program::said;
use fond_tests::served::fond;
use serde_json::{Value, json};

const PASSWORD: &str = "три слова подряд";

struct Logged {
    child: Child,
    stderr: BufReader<ChildStderr>,
    place: String,
}

impl Logged {
    fn start(data: &Path, log: &str) -> Self {
        let mut child = Command::new(fond())
            .args(["serve", "--listen", "127.0.0.1:0", "--log", log, "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let place = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it listens");
            if let Some((_, place)) = line.split_once("listening on http://") {
                break place.split(['"', '\n']).next().unwrap().to_owned();
            }
        };
        Self {
            child,
            stderr,
            place,
        }
    }

    /// The whole answer to a request with these lines of a head.
    fn ask(&self, method: &str, path: &str, head: &str, body: &str) -> String {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(&self.place).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).unwrap();
        said
    }

    /// What it has written until it ended.
    fn log(mut self) -> String {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.unwrap().success());
        let mut log = String::new();
        self.stderr.read_to_string(&mut log).unwrap();
        self.child.wait().unwrap();
        log
    }
}

fn bearer(key: &str) -> String {
    format!("Authorization: Bearer {key}\r\nContent-Type: application/json\r\n")
}

fn status(answer: &str) -> &str {
    answer.split_whitespace().nth(1).unwrap_or("nothing")
}

/// The fields of what was told under `audit`.
fn audit(log: &str) -> Vec<Value> {
    let events = log.lines().map(|line| serde_json::from_str(line).unwrap());
    let told = events.filter(|event: &Value| event["target"] == "audit");
    told.map(|event| event["fields"].clone()).collect()
}

/// A folder where anna looks after people and petr after books, and anna's key.
fn folder() -> (tempfile::TempDir, String) {
    let data = tempfile::tempdir().unwrap();
    for (name, role) in [("anna", "admin"), ("petr", "librarian")] {
        let add = ["user", "add", name, "--role", role, "--password-stdin"];
        let _ = said(&fond(), data.path(), &add, PASSWORD);
    }
    let key = said(&fond(), data.path(), &["user", "token", "anna"], "");
    (data, key.trim().to_owned())
}

#[test]
fn the_log_says_who_let_whom_in_and_who_was_refused_what() {
    let (data, anna) = folder();
    let server = Logged::start(data.path(), "json");
    let new = json!({"password": "новые три слова"}).to_string();
    let path = "/api/v1/users/petr/password";
    assert_eq!(
        status(&server.ask("POST", path, &bearer(&anna), &new)),
        "204"
    );
    let made = server.ask("POST", "/api/v1/users/petr/token", &bearer(&anna), "{}");
    let (_, body) = made.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let petr = body["token"].as_str().unwrap().to_owned();
    let refused = server.ask("GET", "/api/v1/users", &bearer(&petr), "");
    assert_eq!(status(&refused), "403", "{refused}");
    let foreign = "a-key-that-nobody-has";
    let unknown = server.ask("GET", "/api/v1/me", &bearer(foreign), "");
    assert_eq!(status(&unknown), "401", "{unknown}");
    let log = server.log();
    let from = "127.0.0.1";
    let told = audit(&log);
    for expected in [
        json!({"user": "petr", "deed": "PasswordChanged", "by": "anna", "address": from}),
        json!({"user": "petr", "deed": "KeyMade", "by": "anna", "address": from}),
        json!({"user": "petr", "deed": "Forbidden", "route": "/api/v1/users", "address": from}),
        json!({"deed": "NoSuchKey", "route": "/api/v1/me", "address": from}),
    ] {
        let fields = expected.as_object().unwrap();
        let fits = |event: &Value| fields.iter().all(|(name, value)| event[name] == *value);
        assert_eq!(
            told.iter().filter(|event| fits(event)).count(),
            1,
            "{expected}: {log}"
        );
    }
    for secret in [foreign, &anna, &petr] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn the_log_says_of_a_try_that_has_to_wait_whose_it_is_and_of_a_stranger_no_name() {
    let (data, _) = folder();
    let server = Logged::start(data.path(), "json");
    let head = "Content-Type: application/x-www-form-urlencoded\r\n";
    for name in ["petr", "my-secret-typed-as-a-name"] {
        for n in 0..11 {
            let body = format!("name={name}&password=wrong");
            let answer = server.ask("POST", "/login", head, &body);
            let expected = if n < 10 { "422" } else { "429" };
            assert_eq!(status(&answer), expected, "{name} {n}");
        }
    }
    let log = server.log();
    let told = audit(&log);
    let waits = told.iter().filter(|event| event["deed"] == "Waits");
    let whose: Vec<&Value> = waits.map(|event| &event["user"]).collect();
    assert_eq!(whose, [&json!("petr"), &Value::Null], "{log}");
    let from = told.iter().all(|event| event["address"] == "127.0.0.1");
    assert!(from && !log.contains("my-secret"), "{log}");
}

#[test]
fn a_number_that_a_stranger_gives_a_request_cannot_look_like_another_field() {
    let (data, _) = folder();
    let server = Logged::start(data.path(), "text");
    let number = |given: &str| {
        let said = server.ask("GET", "/health", given, "");
        let line = said.lines().find(|line| {
            let (name, _) = line.split_once(':').unwrap_or_default();
            name.eq_ignore_ascii_case("x-request-id")
        });
        let (_, number) = line.expect("each answer has one").split_once(": ").unwrap();
        number.to_owned()
    };
    let ours = "1f0c-A.b_c:2";
    assert_eq!(number(&format!("x-request-id: {ours}\r\n")), ours);
    let long = "7".repeat(65);
    for given in ["9 status=200 user=anna", "", "9ё", &long] {
        let made = number(&format!("x-request-id: {given}\r\n"));
        assert!(uuid::Uuid::parse_str(&made).is_ok(), "{given}: {made}");
    }
    let twice = number("x-request-id: one\r\nx-request-id: two\r\n");
    assert!(uuid::Uuid::parse_str(&twice).is_ok(), "{twice}");
    let log = server.log();
    assert!(log.contains(&format!("\"{ours}\"")), "{log}");
    for given in ["user=anna", long.as_str()] {
        assert!(!log.contains(given), "{log}");
    }
}
