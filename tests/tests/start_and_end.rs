//! What `fond serve` says of itself: to the one who started it, that it is ready and that it ends; to the one who
//! collects its log as JSON, nothing that is not JSON.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use fond_tests::program::{Client, Server, told};
use fond_tests::served::fond;
use serde_json::Value;

/// So long a start may take on a loaded machine.
const STARTED: Duration = Duration::from_secs(120);

/// What a socket is told next that begins so.
fn next(socket: &UnixDatagram, begins: &str) -> String {
    let mut room = [0; 4096];
    loop {
        let length = socket.recv(&mut room).expect("it is told in time");
        let told = String::from_utf8(room[..length].to_vec()).unwrap();
        if told.starts_with(begins) {
            return told;
        }
        assert!(told.starts_with("STATUS="), "{told}");
    }
}

fn tells_its_life_to(socket: &UnixDatagram, named: &str) {
    socket.set_read_timeout(Some(STARTED)).unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut program = Command::new(fond());
    program.env("NOTIFY_SOCKET", named);
    let server = Server::launched(program, home.path());
    let ready = next(socket, "READY=1");
    assert_eq!(ready, format!("READY=1\nSTATUS={}", server.address));
    let health = || Client::new(&server.address, "").status("/health");
    assert_eq!(health(), 200);
    // A command that the server does for another process is no start and no end.
    let mut command = Command::new(fond());
    command.env("NOTIFY_SOCKET", named);
    let _ = told(command, home.path(), &["library", "list"], "");
    assert_eq!(health(), 200);
    server.stop();
    assert_eq!(next(socket, "STOPPING=1"), "STOPPING=1");
    socket.set_nonblocking(true).unwrap();
    assert!(socket.recv(&mut [0; 9]).is_err(), "nothing else is told");
}

#[test]
fn the_one_who_started_the_server_is_told_when_it_is_ready_and_when_it_ends() {
    let home = tempfile::tempdir().unwrap();
    let named = home.path().join("notify");
    let socket = UnixDatagram::bind(&named).unwrap();
    tells_its_life_to(&socket, named.to_str().unwrap());
}

#[test]
#[cfg(target_os = "linux")]
fn a_socket_without_a_file_is_told_too() {
    use std::os::linux::net::SocketAddrExt as _;
    use std::os::unix::net::SocketAddr;
    let name = format!("fond-{}", uuid::Uuid::new_v4());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    tells_its_life_to(&socket, &format!("@{name}"));
}

#[test]
fn a_server_starts_although_nobody_hears_that_it_is_ready() {
    let home = tempfile::tempdir().unwrap();
    let mut program = Command::new(fond());
    program.env("NOTIFY_SOCKET", home.path().join("nobody"));
    let server = Server::launched(program, home.path());
    assert_eq!(Client::new(&server.address, "").status("/health"), 200);
}

/// The messages of a log in which every line must be JSON of one shape: how bad they are and what they say.
fn events(log: &str) -> Vec<(String, String)> {
    let event = |line: &str| {
        let event: Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        let text = |value: &Value| value.as_str().map(str::to_owned).unwrap();
        let time: Result<jiff::Timestamp, _> = text(&event["timestamp"]).parse();
        assert!(time.is_ok(), "{line}");
        assert!(event["target"].is_string(), "{line}");
        // A request is told by its figures alone.
        let message = event["fields"]["message"].as_str().unwrap_or_default();
        (text(&event["level"]), message.to_owned())
    };
    log.lines().map(event).collect()
}

fn serve(data: &Path, listen: &str) -> Command {
    let mut program = Command::new(fond());
    program
        .args(["serve", "--listen", listen, "--data"])
        .arg(data);
    program
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    program
}

/// The whole log of a server that is asked for a page once, and its address.
fn life(mut program: Command) -> (String, String) {
    let mut child = program.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut log = String::new();
    while !log.contains("listening on ") {
        assert!(said.read_line(&mut log).unwrap() > 0, "{log}");
    }
    let (_, address) = log.split_once("listening on ").unwrap();
    let address = address.split(['"', '\n']).next().unwrap().to_owned();
    assert_eq!(Client::new(&address, "").status("/search?q=Повесть"), 200);
    let ended = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(ended.unwrap().success());
    said.read_to_string(&mut log).unwrap();
    assert!(child.wait().unwrap().success());
    (log, address)
}

#[test]
fn a_log_of_json_has_no_other_line() {
    let home = tempfile::tempdir().unwrap();
    let mut program = serve(home.path(), "127.0.0.1:0");
    program.env("FOND_LOG", "json");
    let (log, _) = life(program);
    let events = events(&log);
    for words in [
        "listening on http://",
        "Управлять ещё некому",
        "Здесь ещё никого нет",
        "Stopping",
    ] {
        let told = events.iter().find(|(_, message)| message.contains(words));
        assert_eq!(
            told.map(|(level, _)| level.as_str()),
            Some("INFO"),
            "{words}: {log}"
        );
    }
    // Without it the same words are for a person.
    let (log, _) = life(serve(home.path(), "127.0.0.1:0"));
    assert!(
        log.lines()
            .any(|line| line.starts_with("listening on http://")),
        "{log}"
    );
}

#[test]
fn a_log_that_nobody_can_write_any_more_stops_no_answer() {
    for log in ["text", "json"] {
        let data = tempfile::tempdir().unwrap();
        let mut program = serve(data.path(), "127.0.0.1:0");
        let mut child = program.args(["--log", log]).spawn().unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening on ") {
            line.clear();
            assert!(said.read_line(&mut line).unwrap() > 0);
        }
        let (_, address) = line.split_once("listening on ").unwrap();
        let client = Client::new(address.split(['"', '\n']).next().unwrap(), "");
        drop(said);
        for path in ["/", "/health", "/search?q=Повесть", "/no-such"] {
            let expected = if path == "/no-such" { 404 } else { 200 };
            assert_eq!(client.status(path), expected, "{log} {path}");
        }
        let ended = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status();
        assert!(ended.unwrap().success());
        assert!(child.wait().unwrap().success(), "{log}");
    }
}

#[test]
fn a_start_that_fails_says_so_in_json_too() {
    let (home, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(&fond(), home.path());
    let taken = server.address.trim_start_matches("http://");
    for (data, listen, code) in [
        // Another server has the folder, the address; no address at all.
        (home.path(), "127.0.0.1:0", 3),
        (other.path(), taken, 3),
        (other.path(), "nowhere", 2),
    ] {
        let said = serve(data, listen)
            .env("FOND_LOG", "json")
            .output()
            .unwrap();
        assert_eq!(said.status.code(), Some(code), "{listen}");
        let log = String::from_utf8(said.stderr).unwrap();
        let events = events(&log);
        assert!(events.iter().any(|(level, _)| level == "ERROR"), "{log}");
    }
}

#[test]
fn a_database_on_another_machine_without_tls_is_warned_of() {
    let told = |place: &str| {
        let home = tempfile::tempdir().unwrap();
        let address = format!("postgres://fond:secret@{place}");
        let mut program = serve(home.path(), "127.0.0.1:0");
        let said = program.args(["--journal", &address]).output().unwrap();
        assert_eq!(said.status.code(), Some(3), "{place}: nobody is there");
        String::from_utf8(said.stderr).unwrap()
    };
    // An address that is no machine's own, where nobody listens.
    for (place, warned) in [
        ("0.0.0.0:1/fond", true),
        ("127.0.0.1:1,0.0.0.0:1/fond?sslmode=disable", true),
        ("/fond?host=0.0.0.0&port=1", true),
        // Nobody insists, so it is plain.
        ("0.0.0.0:1/fond?sslmode=prefer", true),
        ("0.0.0.0:1/fond?sslmode=require", false),
        ("127.0.0.1:1/fond", false),
        ("[::1]:1/fond", false),
        ("localhost:1/fond", false),
        ("%2Fno%2Fsuch/fond", false),
    ] {
        let said = told(place);
        assert_eq!(said.contains("без TLS"), warned, "{place}: {said}");
        assert!(!said.contains("secret"), "{place}: {said}");
    }
}

#[test]
fn what_is_wrong_with_a_library_at_its_opening_stands_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    Server::start(&fond(), home.path()).kill();
    // A write that a power cut broke off: its beginning never came to the disk.
    let segments = std::fs::read_dir(home.path().join("journal")).unwrap();
    let last = segments.map(|entry| entry.unwrap().path()).max().unwrap();
    let mut last = std::fs::OpenOptions::new().append(true).open(last).unwrap();
    last.write_all(&[[0; 4096], [7; 4096]].concat()).unwrap();
    drop(last);
    let mut program = serve(home.path(), "127.0.0.1:0");
    program.env("FOND_LOG", "json");
    let (log, _) = life(program);
    let cut = |(level, message): &(String, String)| {
        level == "WARN" && message.contains("unfinished write")
    };
    assert!(events(&log).iter().any(cut), "{log}");
}
