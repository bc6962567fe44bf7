//! `fond bench open`: how soon a server answers after a clean stop and after a kill, and what it weighs.

use std::io;
use std::path::Path;

use serde::Serialize;

use super::client::{Client, Server};
use super::figures::{anonymous_kib, load_average, millis};

/// What opening cost.
#[derive(Serialize)]
pub(super) struct Opened {
    /// From the start of the process to the answer of a first search.
    after_clean_stop_ms: Vec<u64>,
    after_kill_ms: Vec<u64>,
    clean_stop_ms: Vec<u64>,
    /// Anonymous memory after the first answer.
    anonymous_mib: Vec<u64>,
    load_average: String,
}

/// Opens the folder again and again; every second time the server is killed after a write.
pub(super) fn run(data: &Path, token: &str, rounds: usize) -> io::Result<Opened> {
    let mut opened = Opened {
        after_clean_stop_ms: Vec::new(),
        after_kill_ms: Vec::new(),
        clean_stop_ms: Vec::new(),
        anonymous_mib: Vec::new(),
        load_average: String::new(),
    };
    // The first start may have to mend what the load left behind; it is not counted.
    Server::start(data)?.0.stop()?;
    for round in 0..rounds {
        let (server, ready) = Server::start(data)?;
        opened.after_clean_stop_ms.push(millis(ready));
        opened
            .anonymous_mib
            .push(anonymous_kib(&server.pid()) / 1024);
        write_something(&server, token, round)?;
        server.kill()?;
        let (server, ready) = Server::start(data)?;
        opened.after_kill_ms.push(millis(ready));
        opened.clean_stop_ms.push(millis(server.stop()?));
    }
    opened.load_average = load_average();
    Ok(opened)
}

fn write_something(server: &Server, token: &str, round: usize) -> io::Result<()> {
    let mut client = Client::new(server.address, Some(token.to_owned()));
    for number in 0..50 {
        let answer = client.post("/api/v1/records", &super::mixed::new_record(round, number))?;
        if answer.status >= 300 {
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(io::Error::other(format!("a record was refused: {said}")));
        }
    }
    Ok(())
}
