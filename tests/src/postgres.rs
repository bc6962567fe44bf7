//! A PostgreSQL of a test's own: in a temporary folder, on a socket, gone with the test.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The account of a test that runs as root: PostgreSQL refuses to be run by it.
const NOBODY: u32 = 65_534;

/// A running server.
pub struct Postgres {
    programs: PathBuf,
    home: tempfile::TempDir,
    child: Option<Child>,
    /// The port where it speaks TLS too; 0 for the socket alone.
    port: u16,
}

impl Postgres {
    /// Starts one, or says that PostgreSQL is not installed here.
    ///
    /// # Panics
    /// When it is installed and does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::started(None)
    }

    /// As [`Postgres::start`], and over TLS with this certificate and its key on a port of its own.
    ///
    /// # Panics
    /// As [`Postgres::start`].
    #[must_use]
    pub fn start_over_tls(certificate: &Path, key: &Path) -> Option<Self> {
        Self::started(Some((certificate, key)))
    }

    fn started(secret: Option<(&Path, &Path)>) -> Option<Self> {
        let Some(programs) = programs() else {
            let _ = writeln!(
                std::io::stderr(),
                "shared journal: skipped, install postgresql to run this test"
            );
            return None;
        };
        let home = tempfile::tempdir().expect("a temporary folder");
        if is_root() {
            std::os::unix::fs::chown(home.path(), Some(NOBODY), Some(NOBODY)).expect("chown");
        }
        let data = home.path().join("data");
        let made = as_nobody(&programs.join("initdb"))
            .args(["-A", "trust", "-U", "fond", "--no-sync", "-E", "UTF8", "-D"])
            .arg(&data)
            .stdout(Stdio::null())
            .current_dir(home.path())
            .status();
        assert!(made.expect("initdb runs").success(), "initdb");
        let mut server = Self {
            programs,
            home,
            child: None,
            port: 0,
        };
        if let Some((certificate, key)) = secret {
            server.settle_tls(certificate, key);
        }
        server.run();
        Some(server)
    }

    /// Starts the server on its folder and waits until it answers. Right after a kill it may end at once, while
    /// the killed workers still hold the shared memory; then it is started again.
    ///
    /// # Panics
    /// When it does not answer within a minute.
    pub fn run(&mut self) {
        let begun = Instant::now();
        let mut child = self.spawn();
        while !self.answers() {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "postgres answers: {}",
                fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
            );
            if child.try_wait().is_ok_and(|ended| ended.is_some()) {
                child = self.spawn();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.child = Some(child);
    }

    fn settle_tls(&mut self, certificate: &Path, key: &Path) {
        for (from, to) in [(certificate, "server.crt"), (key, "server.key")] {
            let to = self.home.path().join("data").join(to);
            fs::copy(from, &to).expect("a copy");
            fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).expect("chmod");
            if is_root() {
                std::os::unix::fs::chown(&to, Some(NOBODY), Some(NOBODY)).expect("chown");
            }
        }
        // Nobody else may come in the open.
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";
        fs::write(self.home.path().join("data/pg_hba.conf"), rules).expect("rules");
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        self.port = free.local_addr().expect("a port").port();
    }

    /// The address of [`Postgres::database`] over TLS.
    #[must_use]
    pub fn over_tls(&self, name: &str, query: &str) -> String {
        format!("postgres://fond@localhost:{}/{name}?{query}", self.port)
    }

    fn spawn(&self) -> Child {
        let listen = match self.port {
            0 => vec!["listen_addresses=".to_owned()],
            port => vec![
                "listen_addresses=127.0.0.1".to_owned(),
                format!("port={port}"),
                "ssl=on".to_owned(),
            ],
        };
        let home = self.home.path();
        let log = fs::File::create(home.join("log")).expect("a log");
        let child = as_nobody(&self.programs.join("postgres"))
            .arg("-D")
            .arg(home.join("data"))
            .arg("-k")
            .arg(home)
            .args(["-c", "max_connections=50"])
            .args(listen.iter().flat_map(|setting| ["-c", setting]))
            .stdout(Stdio::null())
            .stderr(log)
            .current_dir(home)
            .spawn();
        child.expect("postgres runs")
    }

    fn port_words(&self) -> Vec<String> {
        let named = (self.port != 0).then(|| vec!["-p".to_owned(), self.port.to_string()]);
        named.unwrap_or_default()
    }

    fn answers(&self) -> bool {
        let asked = Command::new(self.programs.join("pg_isready"))
            .arg("-h")
            .arg(self.home.path())
            .args(self.port_words())
            .stdout(Stdio::null())
            .status();
        asked.is_ok_and(|status| status.success())
    }

    /// Kills it as a power cut would.
    ///
    /// # Panics
    /// When there is nothing to kill.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("a running server");
        // The whole group: its workers would go on for a moment.
        let group = format!("-{}", child.id());
        let killed = Command::new("kill").args(["-9", "--", &group]).status();
        assert!(killed.expect("kill runs").success());
        let _ = child.wait();
    }

    /// Does something in a database past the program.
    ///
    /// # Panics
    /// When it is refused.
    pub fn sql(&self, database: &str, words: &str) {
        let done = Command::new(self.programs.join("psql"))
            .args(["-q", "-v", "ON_ERROR_STOP=1", "-U", "fond", "-h"])
            .arg(self.home.path())
            .args(self.port_words())
            .args(["-d", database, "-c", words])
            .status();
        assert!(done.expect("psql runs").success(), "{words}");
    }

    /// The one value that a question in a database brings, past the program.
    ///
    /// # Panics
    /// When it cannot be asked; an empty text when it is refused.
    #[must_use]
    pub fn ask(&self, database: &str, words: &str) -> String {
        let done = Command::new(self.programs.join("psql"))
            .args(["-qAt", "-U", "fond", "-h"])
            .arg(self.home.path())
            .args(self.port_words())
            .args(["-d", database, "-c", words])
            .stderr(Stdio::null())
            .output();
        let told = done.expect("psql runs").stdout;
        String::from_utf8_lossy(&told).trim().to_owned()
    }

    /// The socket it listens on.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        let port = if self.port == 0 { 5432 } else { self.port };
        self.home.path().join(format!(".s.PGSQL.{port}"))
    }

    /// The address of a database of its own, made now.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn database(&self, name: &str) -> String {
        let made = Command::new(self.programs.join("createdb"))
            .arg("-h")
            .arg(self.home.path())
            .args(self.port_words())
            .args(["-U", "fond", name])
            .status();
        assert!(made.expect("createdb runs").success(), "createdb {name}");
        let socket = self.home.path().display().to_string().replace('/', "%2F");
        format!("postgres://fond@{socket}/{name}")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
    }
}

fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0)
}

fn as_nobody(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.process_group(0);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
