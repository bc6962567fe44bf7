//! A plain HTTP client on one kept connection, and a server of our own to ask: as far from the inside as
//! a browser is.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use crate::page::encode;

/// No answer is waited for longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A kept connection.
pub(super) struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
    token: Option<String>,
}

/// An answer: its status and its body.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl Client {
    pub(super) fn new(address: SocketAddr, token: Option<String>) -> Self {
        Self {
            address,
            stream: None,
            token,
        }
    }

    pub(super) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask("GET", path, None)
    }

    pub(super) fn post(&mut self, path: &str, json: &str) -> io::Result<Answer> {
        self.ask("POST", path, Some(json))
    }

    fn ask(&mut self, method: &str, path: &str, json: Option<&str>) -> io::Result<Answer> {
        let asked = self.once(method, path, json);
        if asked.is_err() {
            self.stream = None;
        }
        asked
    }

    fn once(&mut self, method: &str, path: &str, json: Option<&str>) -> io::Result<Answer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                self.stream.insert(BufReader::new(stream))
            }
        };
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.address);
        if let Some(token) = &self.token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        if let Some(json) = json {
            head.push_str(&format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                json.len()
            ));
        }
        head.push_str("\r\n");
        head.push_str(json.unwrap_or_default());
        stream.get_mut().write_all(head.as_bytes())?;
        answer(stream)
    }
}

fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("no status line"))?;
    let (mut length, mut chunked) = (0, false);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let header = line.trim().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        chunked |= header.starts_with("transfer-encoding:") && header.contains("chunked");
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
            let start = body.len();
            body.resize(start + size + 2, 0);
            stream.read_exact(&mut body[start..])?;
            body.truncate(start + size);
            if size == 0 {
                break;
            }
        }
    } else {
        body.resize(length, 0);
        stream.read_exact(&mut body)?;
    }
    Ok(Answer { status, body })
}

/// A server on a data folder, as a process of its own.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    /// Starts it; the time until it has answered a first search comes with it.
    pub(super) fn start(data: &Path) -> io::Result<(Self, Duration)> {
        let begun = Instant::now();
        let mut child = Command::new(std::env::current_exe()?)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "text",
                "--data",
            ])
            .arg(data)
            .env("FOND_LOG_FILTER", "error")
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        let stderr = child
            .stderr
            .take()
            .ok_or_else(|| io::Error::other("no stderr"))?;
        let address = said_address(stderr)?;
        let server = Self { child, address };
        let mut client = Client::new(address, None);
        let first = client.get(&format!("/api/v1/search?q={}", encode("книга")))?;
        if first.status != 200 {
            return Err(io::Error::other(format!(
                "the first search answered {}",
                first.status
            )));
        }
        Ok((server, begun.elapsed()))
    }

    pub(super) fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Kills it as a power cut of one program would.
    pub(super) fn kill(mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to stop and waits; how long that took.
    pub(super) fn stop(mut self) -> io::Result<Duration> {
        let begun = Instant::now();
        Command::new("kill").arg(self.pid()).status()?;
        self.child.wait()?;
        Ok(begun.elapsed())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn said_address(stderr: ChildStderr) -> io::Result<SocketAddr> {
    let mut lines = BufReader::new(stderr).lines();
    while let Some(line) = lines.next().transpose()? {
        if let Some(address) = line.strip_prefix("listening on http://") {
            let address = address.parse().map_err(io::Error::other);
            // Whatever it says later must not fill the pipe.
            std::thread::spawn(move || lines.for_each(drop));
            return address;
        }
    }
    Err(io::Error::other("the server ended before it listened"))
}
