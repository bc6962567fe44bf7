//! Requests that would take a server down: too many, too long, too slow, too deep; and the same over TLS.
//!
//! Each drives the running program over its sockets; nothing here waits longer than the server's own patience.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fond_tests::house::root;
use fond_tests::program::{Server, said};
use fond_tests::served::fond;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const PASSWORD: &str = "три слова подряд";

fn place(server: &Server) -> &str {
    let (_, place) = server.address.split_once("://").unwrap();
    place
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(place(server)).unwrap();
    let patience = Some(Duration::from_secs(40));
    stream.set_read_timeout(patience).unwrap();
    stream.set_write_timeout(patience).unwrap();
    stream
}

/// What comes back to these bytes until the server closes the connection.
fn answer(server: &Server, bytes: &[u8]) -> String {
    let mut stream = connect(server);
    // A refusal may come, and the connection close, before everything is sent.
    let _ = stream.write_all(bytes);
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said);
    String::from_utf8_lossy(&said).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split_whitespace().nth(1).unwrap_or("nothing")
}

fn get(path: &str, more: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n")
}

fn served() -> (tempfile::TempDir, Server) {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(&fond(), data.path());
    (data, server)
}

#[test]
fn what_is_too_long_is_refused_or_cut_and_the_server_goes_on() {
    let (_data, server) = served();
    let long = "а".repeat(30_000);
    let cases = [
        (
            "a long address",
            get(&format!("/search?q={}", "x".repeat(60_000)), ""),
            ["414", "431"],
        ),
        (
            "a long question",
            get(&format!("/api/v1/search?q={}", "x".repeat(400)), ""),
            ["200", "200"],
        ),
        (
            "many headers",
            get("/", &"X-A: b\r\n".repeat(500)),
            ["431", "431"],
        ),
        (
            "a long header",
            get("/", &format!("X-A: {long}\r\n")),
            ["431", "400"],
        ),
        (
            "a long form",
            "POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: 99999999\r\n\r\nname=a"
                .to_owned(),
            ["413", "413"],
        ),
        (
            "not HTTP",
            "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(),
            ["400", "400"],
        ),
    ];
    for (what, request, expected) in cases {
        let answer = answer(&server, request.as_bytes());
        let got = status(&answer);
        assert!(
            expected.contains(&got),
            "{what}: {got}, {expected:?} expected"
        );
    }
    assert_eq!(
        status(&answer(&server, get("/health", "").as_bytes())),
        "200"
    );
}

#[test]
fn a_request_that_does_not_say_whom_it_asks_is_refused() {
    let (_data, server) = served();
    let ask = |head: &str| {
        let said = answer(&server, format!("GET /health {head}\r\n\r\n").as_bytes());
        status(&said).to_owned()
    };
    assert_eq!(ask("HTTP/1.1\r\nConnection: close"), "400");
    assert_eq!(
        ask("HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close"),
        "400"
    );
    assert_eq!(ask("HTTP/1.1\r\nHost: a\r\nConnection: close"), "200");
    assert_eq!(ask("HTTP/1.0"), "200", "an old client knows of no Host");
    // The refusal binds a browser as any other answer does.
    let said = answer(&server, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").to_lowercase();
    for header in [
        "x-content-type-options: nosniff",
        "frame-ancestors 'none'",
        "cache-control: no-store",
        "x-request-id: ",
    ] {
        assert!(said.contains(header), "{header}: {said}");
    }
}

#[test]
fn a_body_of_two_lengths_is_not_taken_for_two_requests() {
    let (_data, server) = served();
    let ask = |lengths: &str, body: &str| {
        let request = format!("POST /login HTTP/1.1\r\nHost: x\r\n{lengths}\r\n\r\n{body}");
        let end = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        answer(&server, (request + end).as_bytes())
    };
    let two = ask("Content-Length: 4\r\nContent-Length: 5", "name");
    assert_eq!(status(&two), "400", "{two}");
    assert_eq!(two.matches("HTTP/1.1 ").count(), 1, "{two}");
    // Chunks go before a length: what stands in them is never a request of its own.
    let hidden = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
    let chunks = format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len());
    let both = ask("Content-Length: 4\r\nTransfer-Encoding: chunked", &chunks);
    assert!(!both.contains("fond_journal_entries"), "{both}");
    assert!(both.matches("HTTP/1.1 ").count() <= 2, "{both}");
}

#[test]
fn a_question_full_of_masks_and_a_page_without_end_are_answered_at_once() {
    let (_data, server) = served();
    let masks = "%D0%B0*+".repeat(30);
    let begun = Instant::now();
    for path in [
        format!("/api/v1/search?q={masks}"),
        format!("/api/v1/search?q=%22{masks}"),
        "/api/v1/search?q=a&offset=18446744073709551615&limit=18446744073709551615".to_owned(),
        "/api/v1/suggest?q=%D0%B0&limit=18446744073709551615".to_owned(),
        format!("/api/v1/suggest?q={}", "x".repeat(5000)),
    ] {
        let answer = answer(&server, get(&path, "").as_bytes());
        assert!(
            ["200", "400"].contains(&status(&answer)),
            "{path}: {answer}"
        );
    }
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_client_that_sends_its_head_a_letter_at_a_time_loses_its_connection() {
    let (_data, server) = served();
    let mut slow: Vec<TcpStream> = (0..200).map(|_| connect(&server)).collect();
    let begun = Instant::now();
    for stream in &mut slow {
        stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").unwrap();
    }
    // Others are served meanwhile.
    assert_eq!(status(&answer(&server, get("/", "").as_bytes())), "200");
    let mut rest = Vec::new();
    let _ = slow[0].read_to_end(&mut rest);
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "the slow one is still there"
    );
}

/// A form, of which only the first so many bytes are sent.
fn form(path: &str, fields: &str, sent: usize) -> String {
    let whole = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        fields.len()
    );
    whole + &fields[..sent]
}

#[test]
fn forms_that_do_not_come_to_their_end_hold_no_place() {
    let (_data, server) = served();
    let half = |path| {
        let mut stream = connect(&server);
        let half = form(path, "name=a&password=b&language=ru", 9);
        stream.write_all(half.as_bytes()).unwrap();
        stream
    };
    let paths = ["/login", "/settings", "/account", "/logout"];
    let held: Vec<TcpStream> = (0..400).map(|n| half(paths[n % 4])).collect();
    std::thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    for _ in 0..3 {
        let fields = "name=a&password=b";
        let tried = answer(&server, form("/login", fields, fields.len()).as_bytes());
        assert_eq!(status(&tried), "422", "{tried}");
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "they waited");
    // Whoever does not go on is let go.
    let mut rest = String::new();
    for mut stream in held.into_iter().take(2) {
        stream.read_to_string(&mut rest).unwrap();
    }
    assert_eq!(status(&rest), "408", "{rest}");
}

#[test]
fn what_is_turned_away_says_when_to_come_again() {
    let (_data, server) = served();
    // More passwords at once than are tried and wait.
    let answers: Vec<String> = std::thread::scope(|scope| {
        let fields = "name=a&password=b";
        let sent = form("/login", fields, fields.len());
        let tries = (0..80).map(|_| {
            let (server, sent) = (&server, sent.clone());
            scope.spawn(move || answer(server, sent.as_bytes()))
        });
        let tries: Vec<_> = tries.collect();
        tries.into_iter().map(|done| done.join().unwrap()).collect()
    });
    let busy = answers.iter().find(|answer| status(answer) == "503");
    let busy = busy.expect("one was turned away");
    assert!(busy.to_lowercase().contains("retry-after: 5"), "{busy}");
    // Readers and watchers do not notice.
    assert_eq!(status(&answer(&server, get("/", "").as_bytes())), "200");
    let metrics = answer(&server, get("/metrics", "").as_bytes());
    assert!(
        metrics.contains("fond_requests_turned_away_total"),
        "{metrics}"
    );
    assert!(
        !metrics.contains("fond_requests_turned_away_total 0"),
        "{metrics}"
    );
}

fn tls() -> (String, String) {
    let file = |name: &str| {
        root()
            .join("tests/data/tls")
            .join(name)
            .display()
            .to_string()
    };
    (file("certificate.pem"), file("key.pem"))
}

async fn over_tls(place: &str, certificate: &str, request: &str) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(certificate).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = tokio::net::TcpStream::connect(place).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await?;
    stream.write_all(request.as_bytes()).await?;
    let mut said = Vec::new();
    let _ = stream.read_to_end(&mut said).await;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test]
async fn over_tls_a_session_is_bound_to_tls_and_to_the_host() {
    let data = tempfile::tempdir().unwrap();
    let add = ["user", "add", "anna", "--role", "admin", "--password-stdin"];
    let _ = said(&fond(), data.path(), &add, PASSWORD);
    let (certificate, key) = tls();
    let more = ["--tls-cert", &certificate, "--tls-key", &key];
    let server = Server::start_with(&fond(), data.path(), &more);
    assert!(server.address.starts_with("https://"), "{}", server.address);
    let health = over_tls(place(&server), &certificate, &get("/health", ""))
        .await
        .unwrap();
    assert_eq!(status(&health), "200", "{health}");
    let health = health.to_lowercase();
    assert!(
        health.contains("strict-transport-security: max-age=63072000"),
        "{health}"
    );
    let nobody = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    let refused = over_tls(place(&server), &certificate, nobody)
        .await
        .unwrap();
    assert_eq!(status(&refused), "400", "{refused}");
    let refused = refused.to_lowercase();
    assert!(
        refused.contains("strict-transport-security: max-age=63072000"),
        "{refused}"
    );
    let body = "name=anna&password=%D1%82%D1%80%D0%B8+%D1%81%D0%BB%D0%BE%D0%B2%D0%B0+\
                %D0%BF%D0%BE%D0%B4%D1%80%D1%8F%D0%B4";
    let sign_in = form("/login", body, body.len());
    let let_in = over_tls(place(&server), &certificate, &sign_in)
        .await
        .unwrap();
    let cookie = let_in
        .lines()
        .find(|line| line.to_lowercase().starts_with("set-cookie:"));
    let cookie = cookie.unwrap_or_else(|| panic!("no cookie: {let_in}"));
    for part in [
        "__Host-fond_session=",
        "Secure",
        "HttpOnly",
        "SameSite=Lax",
        "Path=/",
    ] {
        assert!(cookie.contains(part), "{part} is not in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    // Plain HTTP on this port is no HTTP at all.
    assert_eq!(status(&answer(&server, get("/", "").as_bytes())), "nothing");
}

#[tokio::test]
async fn over_tls_the_cookies_of_taste_are_bound_too_and_are_heard() {
    let data = tempfile::tempdir().unwrap();
    let (certificate, key) = tls();
    let more = ["--tls-cert", &certificate, "--tls-key", &key];
    let server = Server::start_with(&fond(), data.path(), &more);
    let body = "back=/&theme=dark&lang=en";
    let chosen = form("/settings", body, body.len());
    let chosen = over_tls(place(&server), &certificate, &chosen)
        .await
        .unwrap();
    let mut names = Vec::new();
    for line in chosen.lines() {
        let Some((name, set)) = line.split_once(": ") else {
            continue;
        };
        if name.eq_ignore_ascii_case("set-cookie") {
            for part in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
                assert!(set.contains(part), "{part} is not in {set}");
            }
            names.push(set.split(';').next().unwrap().to_owned());
        }
    }
    assert_eq!(names, ["__Host-fond_scheme=dark", "__Host-fond_lang=en"]);
    for (cookie, lang) in [(names[1].as_str(), "en"), ("fond_lang=en", "ru")] {
        let ask = get("/", &format!("Cookie: {cookie}\r\n"));
        let shown = over_tls(place(&server), &certificate, &ask).await.unwrap();
        assert!(shown.contains(&format!("lang=\"{lang}\"")), "{cookie}");
    }
}

#[test]
fn a_key_that_does_not_fit_its_certificate_is_said_before_the_server_starts() {
    let data = tempfile::tempdir().unwrap();
    let (certificate, _) = tls();
    let done = std::process::Command::new(fond())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(Path::new(data.path()))
        .args(["--tls-cert", &certificate, "--tls-key", &certificate])
        .output()
        .unwrap();
    assert_eq!(done.status.code(), Some(3));
    let why = String::from_utf8_lossy(&done.stderr);
    assert!(why.contains("PEM"), "{why}");
}
