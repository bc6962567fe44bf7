//! What lies between a server and its database: a way that may be slow, silent or cut, as a test wants.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How bytes pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// At once.
    Fair,
    /// Each piece waits so many milliseconds.
    Slow(u64),
    /// Nothing passes, and nobody is told.
    Silent,
    /// Every connection is broken, a new one at once.
    Cut,
    /// The next COMMIT arrives and its connection is silent from then on; the others are fair.
    LoseAnswer,
    /// As that, but the COMMIT itself is lost.
    LoseCommit,
}

/// Пролив: listens on a port of its own and passes to the socket of a database.
pub struct Strait {
    weather: Arc<Mutex<Weather>>,
    over: Arc<AtomicBool>,
    port: u16,
}

impl Drop for Strait {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

/// One piece of bytes is asked for so long.
const LOOK: Duration = Duration::from_millis(20);

impl Strait {
    /// Opens it in fair weather.
    ///
    /// # Panics
    /// When this machine has no free port.
    #[must_use]
    pub fn open(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        listener.set_nonblocking(true).expect("a listener");
        let strait = Self {
            weather: Arc::new(Mutex::new(Weather::Fair)),
            over: Arc::new(AtomicBool::new(false)),
            port,
        };
        let (weather, over) = (Arc::clone(&strait.weather), Arc::clone(&strait.over));
        let socket = socket.to_owned();
        std::thread::spawn(move || receive(&listener, &socket, &weather, &over));
        strait
    }

    /// The address of a database on the other side.
    #[must_use]
    pub fn address(&self, database: &str) -> String {
        format!("postgres://fond@127.0.0.1:{}/{database}", self.port)
    }

    /// Changes the weather.
    ///
    /// # Panics
    /// When a thread of it has died.
    pub fn turn(&self, weather: Weather) {
        *self.weather.lock().unwrap() = weather;
    }

    /// The weather now; what is lost once is fair again afterwards.
    ///
    /// # Panics
    /// When a thread of it has died.
    #[must_use]
    pub fn weather(&self) -> Weather {
        *self.weather.lock().unwrap()
    }
}

fn receive(
    listener: &TcpListener,
    socket: &PathBuf,
    weather: &Arc<Mutex<Weather>>,
    over: &Arc<AtomicBool>,
) {
    while !over.load(Ordering::SeqCst) {
        let Ok((client, _)) = listener.accept() else {
            std::thread::sleep(LOOK);
            continue;
        };
        if *weather.lock().unwrap() == Weather::Cut {
            continue;
        }
        let Ok(database) = UnixStream::connect(socket) else {
            continue;
        };
        client.set_nonblocking(false).expect("a stream");
        let ship = Arc::new(Ship {
            client,
            database,
            weather: Arc::clone(weather),
            over: Arc::clone(over),
            lost: AtomicBool::new(false),
        });
        for towards_database in [true, false] {
            let ship = Arc::clone(&ship);
            std::thread::spawn(move || {
                ship.carry(towards_database);
                ship.sink();
            });
        }
    }
}

/// One connection.
struct Ship {
    client: TcpStream,
    database: UnixStream,
    weather: Arc<Mutex<Weather>>,
    over: Arc<AtomicBool>,
    /// Nothing passes any more, whatever the weather.
    lost: AtomicBool,
}

impl Ship {
    fn sink(&self) {
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.database.shutdown(Shutdown::Both);
    }

    fn carry(&self, towards_database: bool) {
        let _ = self.client.set_read_timeout(Some(LOOK));
        let _ = self.database.set_read_timeout(Some(LOOK));
        let mut piece = vec![0; 1 << 16];
        while !self.over.load(Ordering::SeqCst) {
            let read = match towards_database {
                true => (&self.client).read(&mut piece),
                false => (&self.database).read(&mut piece),
            };
            let read = match read {
                Ok(0) => return,
                Ok(read) => read,
                Err(e) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&e.kind()) => {
                    if *self.weather.lock().unwrap() == Weather::Cut {
                        return;
                    }
                    continue;
                }
                Err(_) => return,
            };
            if !self.may_pass(towards_database, &piece[..read]) {
                continue;
            }
            let written = match towards_database {
                true => (&self.database).write_all(&piece[..read]),
                false => (&self.client).write_all(&piece[..read]),
            };
            if written.is_err() {
                return;
            }
        }
    }

    /// Waits while the weather holds a piece; false when it is lost.
    fn may_pass(&self, towards_database: bool, piece: &[u8]) -> bool {
        loop {
            if self.lost.load(Ordering::SeqCst) || self.over.load(Ordering::SeqCst) {
                return false;
            }
            let mut weather = self.weather.lock().unwrap();
            let commits = towards_database && piece.windows(6).any(|word| word == b"COMMIT");
            match *weather {
                Weather::Fair => return true,
                Weather::Slow(wait) => {
                    drop(weather);
                    std::thread::sleep(Duration::from_millis(wait));
                    return true;
                }
                Weather::LoseAnswer | Weather::LoseCommit if !commits => return true,
                Weather::LoseAnswer => {
                    *weather = Weather::Fair;
                    self.lost.store(true, Ordering::SeqCst);
                    return true;
                }
                Weather::LoseCommit => {
                    *weather = Weather::Fair;
                    self.lost.store(true, Ordering::SeqCst);
                    return false;
                }
                Weather::Cut => {
                    self.lost.store(true, Ordering::SeqCst);
                    drop(weather);
                    self.sink();
                    return false;
                }
                Weather::Silent => {}
            }
            drop(weather);
            std::thread::sleep(LOOK);
        }
    }
}
