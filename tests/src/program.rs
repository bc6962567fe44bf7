//! The program `fond` at work, and programs that talk to it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use uuid::Uuid;

/// A running `fond serve`; ends with the test.
pub struct Server {
    child: Child,
    /// `http://…`
    pub address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts it on a free port and waits until it listens.
    ///
    /// # Panics
    /// When it ends before it listens.
    #[must_use]
    pub fn start(program: &Path, data: &Path) -> Self {
        Self::launched(Command::new(program), data)
    }

    /// As [`Server::start`], with more words on its command line.
    ///
    /// # Panics
    /// When it ends before it listens.
    #[must_use]
    pub fn start_with(program: &Path, data: &Path, more: &[&str]) -> Self {
        Self::launched_with(Command::new(program), data, more)
    }

    /// As [`Server::start`], of a program that was prepared.
    ///
    /// # Panics
    /// When it ends before it listens.
    #[must_use]
    pub fn launched(program: Command, data: &Path) -> Self {
        Self::launched_with(program, data, &[])
    }

    fn launched_with(mut program: Command, data: &Path, more: &[&str]) -> Self {
        let mut child = program
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(more)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = said.next().expect("`fond serve` says its address").unwrap();
            if let Some((_, address)) = line.split_once("listening on ") {
                // In a log of JSON a quotation mark follows.
                let end = address.find('"').unwrap_or(address.len());
                break address[..end].trim().to_owned();
            }
        };
        // Keep draining, so that the server never blocks on a full pipe.
        std::thread::spawn(move || said.map_while(Result::ok).for_each(drop));
        Self { child, address }
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Panics
    /// When it cannot be asked.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(asked.unwrap().success());
        let _ = self.child.wait();
    }

    /// Ends it as a power cut of its own would: nothing is told, nothing is closed.
    ///
    /// # Panics
    /// When it is gone already.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        let _ = self.child.wait();
    }
}

/// What a command printed; it must end well.
///
/// # Panics
/// When it does not.
#[must_use]
pub fn said(program: &Path, data: &Path, words: &[&str], typed: &str) -> String {
    told(Command::new(program), data, words, typed)
}

/// As [`said`], of a program that was prepared.
///
/// # Panics
/// When it does not end well.
#[must_use]
pub fn told(mut program: Command, data: &Path, words: &[&str], typed: &str) -> String {
    let mut child = program
        .args(words)
        .arg("--data")
        .arg(data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(typed.as_bytes())
        .unwrap();
    let done = child.wait_with_output().unwrap();
    let told = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{words:?}: {told}");
    told
}

/// The body of an answer, however long: a program that has worked for hours has long books.
fn whole(answer: &mut ureq::http::Response<ureq::Body>) -> Result<String, ureq::Error> {
    let body = answer.body_mut().with_config();
    body.limit(u64::MAX).read_to_string()
}

/// One write: its key, where it goes and what it says. A retry is the same in all three.
#[derive(Clone)]
pub struct Deed {
    /// Its `Idempotency-Key`.
    pub key: Uuid,
    /// Where it is posted.
    pub path: String,
    /// The version of the record that it changes, if it changes one: it is put there then.
    pub seen: Option<u64>,
    /// What it says.
    pub body: Value,
}

/// Somebody's program.
pub struct Client {
    address: String,
    token: String,
    agent: ureq::Agent,
}

impl Client {
    /// One that signs in with this key.
    #[must_use]
    pub fn new(address: &str, token: &str) -> Self {
        let config = ureq::Agent::config_builder().http_status_as_error(false);
        Self {
            address: address.to_owned(),
            token: token.trim().to_owned(),
            agent: config.build().into(),
        }
    }

    /// What is read there.
    ///
    /// # Panics
    /// When the answer is no.
    #[must_use]
    pub fn get(&self, path: &str) -> Value {
        self.find(path).unwrap_or_else(|| panic!("{path}: 404"))
    }

    /// What is read there; `None` when there is no such thing.
    ///
    /// # Panics
    /// When the answer is another no.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<Value> {
        let (status, found) = self.asked(path);
        assert!(
            status == 404 || (200..300).contains(&status),
            "{path}: {status} {found}"
        );
        (status != 404).then_some(found)
    }

    /// What is answered there, whatever it is: status and JSON.
    ///
    /// # Panics
    /// When nothing is answered.
    #[must_use]
    pub fn asked(&self, path: &str) -> (u16, Value) {
        self.tried(path).expect("the server answers")
    }

    /// As [`Self::asked`]; `None` when the connection broke.
    #[must_use]
    pub fn tried(&self, path: &str) -> Option<(u16, Value)> {
        let request = self.agent.get(format!("{}{path}", self.address));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        let mut answer = request.call().ok()?;
        let body = whole(&mut answer).ok()?;
        let body = serde_json::from_str(&body).unwrap_or(Value::Null);
        Some((answer.status().as_u16(), body))
    }

    /// The status of what is answered there to anybody.
    ///
    /// # Panics
    /// When nothing is answered.
    #[must_use]
    pub fn status(&self, path: &str) -> u16 {
        let request = self.agent.get(format!("{}{path}", self.address));
        request.call().unwrap().status().as_u16()
    }

    /// What is answered to these bytes: status and body.
    ///
    /// # Panics
    /// When nothing is answered.
    #[must_use]
    pub fn send(&self, path: &str, kind: &str, body: &[u8]) -> (u16, Value) {
        let request = self.agent.post(format!("{}{path}", self.address));
        let request = request.header("Authorization", format!("Bearer {}", self.token));
        let mut answer = request.header("Content-Type", kind).send(body).unwrap();
        let body = whole(&mut answer).unwrap();
        let body = serde_json::from_str(&body).unwrap_or(Value::Null);
        (answer.status().as_u16(), body)
    }

    /// What is answered to JSON.
    ///
    /// # Panics
    /// When the answer is no.
    pub fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(path, "application/json", body.to_string().as_bytes());
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Sends a deed under its key; `None` when the connection broke, so that the outcome is unknown.
    #[must_use]
    pub fn done(&self, deed: &Deed) -> Option<(u16, Value)> {
        let Deed {
            key,
            path,
            seen,
            body,
        } = deed;
        let address = format!("{}{path}", self.address);
        let request = match seen {
            None => self.agent.post(address),
            Some(version) => self
                .agent
                .put(address)
                .header("If-Match", format!("\"{version}\"")),
        };
        let request = request
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key.to_string());
        let mut answer = request.send(body.to_string()).ok()?;
        let body = whole(&mut answer).ok()?;
        let body = serde_json::from_str(&body).unwrap_or(Value::Null);
        Some((answer.status().as_u16(), body))
    }
}
