//! The pages in a real browser: journeys of a reader, a librarian and an auditor, and accessibility.
//!
//! Starts `fond demo` on a free port and lets `tests/browser/*.mjs` drive Chromium. Where Chromium, node or
//! the two packages are missing it says so and passes: a browser is not a part of the toolchain.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use fond_tests::served::fond;

/// Filling the sample library may take a while on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(300);

struct Demo {
    child: Child,
    address: String,
    logins: Vec<(String, String)>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Demo {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(fond())
            .args(["demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, lines) = mpsc::channel();
        follow(child.stdout.take().unwrap(), send.clone());
        follow(child.stderr.take().unwrap(), send);
        let mut demo = Self {
            child,
            address: String::new(),
            logins: Vec::new(),
        };
        let all = ["librarian", "auditor", "admin"];
        while demo.address.is_empty() || all.iter().any(|role| demo.login(role).is_none()) {
            let line = lines.recv_timeout(PATIENCE);
            demo.learn(&line.expect("`fond demo` says its address and logins in time"));
        }
        demo
    }

    fn learn(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["login", name, password, role] = words[..] {
            let login = format!("{name}:{password}");
            self.logins.push((role.to_owned(), login));
        }
        if let Some((_, rest)) = line.split_once("listening on ") {
            self.address = rest.trim().trim_end_matches('/').to_owned();
        }
    }

    fn login(&self, role: &str) -> Option<&str> {
        let found = self.logins.iter().find(|(has, _)| has == role);
        found.map(|(_, login)| login.as_str())
    }

    fn run(&self, folder: &Path, script: &str) -> bool {
        let status = Command::new("node")
            .arg(script)
            .current_dir(folder)
            .env("FOND_URL", &self.address)
            .env("FOND_LIBRARIAN", self.login("librarian").unwrap())
            .env("FOND_AUDITOR", self.login("auditor").unwrap())
            .env("FOND_ADMIN", self.login("admin").unwrap())
            .env("CHROMIUM", chromium().unwrap())
            .status();
        status.unwrap().success()
    }
}

fn follow(stream: impl std::io::Read + Send + 'static, to: mpsc::Sender<String>) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            // Keep draining after nobody listens, so that the server never blocks on a full pipe.
            let _ = to.send(line);
        }
    });
}

fn chromium() -> Option<PathBuf> {
    let named = std::env::var_os("CHROMIUM").map(PathBuf::from);
    let usual = [
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];
    let mut places = named.into_iter().chain(usual.map(PathBuf::from));
    places.find(|place| place.exists())
}

#[test]
fn people_reach_their_ends_and_nobody_is_shut_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let packages = folder.join("node_modules/playwright-core").exists();
    if chromium().is_none() || !packages {
        // Straight to the stream: what goes through `eprintln!` is hidden when a test passes.
        let why = "browser tests skipped: install chromium and run `npm ci` in tests/browser";
        let _ = writeln!(std::io::stderr(), "{why}");
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path());
    assert!(
        demo.run(&folder, "journeys.mjs"),
        "a journey broke; its lines are above"
    );
    assert!(
        demo.run(&folder, "accessibility.mjs"),
        "a page shuts somebody out; its lines are above"
    );
}
