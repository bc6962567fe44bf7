//! Commands on a folder that a server owns: argv and stdin go in through `DATA/fond.sock`, output comes back.
//!
//! Frames are a kind byte, a length and that many bytes. Who may connect is decided by the socket's mode 0600.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use catalog::id::UserId;

use crate::io::{ExitStatus, Io, Tick};

/// Where the owner of `folder` listens for commands.
pub(crate) fn socket_path(folder: &Path) -> PathBuf {
    folder.join("fond.sock")
}

/// No frame is longer; the reader refuses to allocate more.
const FRAME: u32 = 4 << 20;
/// Of stdin in one frame.
const PIECE: usize = 1 << 16;

/// After a caller that could not be taken in.
const REST: Duration = Duration::from_millis(100);

/// What a client asks of the owner.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) argv: Vec<String>,
    pub(crate) folder: PathBuf,
    pub(crate) actor: UserId,
}

const CALL: u8 = 1;
const STDIN: u8 = 2;
const STDOUT: u8 = 3;
const STDERR: u8 = 4;
const TICK: u8 = 5;
const EXIT: u8 = 6;

fn send(to: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&[kind])?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(bytes)
}

fn receive(from: &mut impl Read) -> io::Result<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head)?;
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    if length > FRAME {
        return Err(io::Error::other("frame too long"));
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    Ok((head[0], bytes))
}

/// Lets the owner of `folder` run the command; `None` when nobody listens there.
///
/// `stdin` is read to its end only when the command wants it.
pub(crate) fn ask(
    folder: &Path,
    argv: &[OsString],
    wants_stdin: bool,
    io: &mut Io<'_>,
    progress: &mut dyn FnMut(Tick),
) -> io::Result<Option<ExitStatus>> {
    let Ok(stream) = UnixStream::connect(socket_path(folder)) else {
        return Ok(None);
    };
    let mut to = BufWriter::new(stream.try_clone()?);
    let argv = argv.iter().map(|a| a.to_string_lossy().into_owned());
    let call = Call {
        argv: argv.collect(),
        folder: io.folder.clone(),
        actor: io.actor.clone(),
    };
    send(&mut to, CALL, &serde_json::to_vec(&call)?)?;
    if wants_stdin {
        let mut piece = vec![0; PIECE];
        loop {
            let length = io.stdin.read(&mut piece)?;
            if length == 0 {
                break;
            }
            send(&mut to, STDIN, &piece[..length])?;
        }
    }
    send(&mut to, STDIN, &[])?;
    to.flush()?;
    let mut from = BufReader::new(stream);
    loop {
        let (kind, bytes) = receive(&mut from)?;
        match kind {
            STDOUT => io.stdout.write_all(&bytes)?,
            STDERR => io.stderr.write_all(&bytes)?,
            TICK => progress(serde_json::from_slice(&bytes)?),
            EXIT => {
                io.stdout.flush()?;
                return Ok(Some(serde_json::from_slice(&bytes)?));
            }
            _ => return Err(io::Error::other("unknown frame")),
        }
    }
}

/// Listens on the folder's socket; each command runs on a thread of its own by `run`.
///
/// The socket is removed when the returned value is dropped.
pub(crate) fn listen(
    folder: &Path,
    run: impl Fn(Vec<String>, &mut Io<'_>) -> ExitStatus + Send + Sync + 'static,
) -> io::Result<Listening> {
    let path = socket_path(folder);
    // We own the folder, so a socket that is still here belonged to a process that died.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    let run = Arc::new(run);
    let spool = folder.join("uploads");
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    let thread = std::thread::Builder::new()
        .name("fond-sock".to_owned())
        .spawn(move || {
            accept_all(listener.incoming(), &stopping, |stream| {
                let (run, spool) = (Arc::clone(&run), spool.clone());
                let spawned = std::thread::Builder::new()
                    .name("fond-command".to_owned())
                    .spawn(move || {
                        if let Err(error) = serve(stream, &spool, run.as_ref()) {
                            tracing::warn!(%error, "A relayed command lost its caller");
                        }
                    });
                if let Err(error) = spawned {
                    tracing::error!(%error, "No thread for a relayed command");
                }
            });
        })?;
    Ok(Listening {
        path,
        stop,
        thread: Some(thread),
    })
}

/// Serves callers until it is told to stop; one who cannot be taken in hinders none of those after.
fn accept_all<S>(
    callers: impl Iterator<Item = io::Result<S>>,
    stopping: &AtomicBool,
    mut serve: impl FnMut(S),
) {
    for caller in callers {
        if stopping.load(Ordering::SeqCst) {
            break;
        }
        match caller {
            Ok(caller) => serve(caller),
            Err(error) => {
                // Out of files, most likely: they come back when others are done.
                tracing::warn!(%error, "A relayed command was not taken in");
                std::thread::sleep(REST);
            }
        }
    }
}

/// The socket exists as long as this value, and so does what its commands hold: the library above all.
pub(crate) struct Listening {
    path: PathBuf,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // A caller of our own wakes the thread, which then lets the library go.
        let woken = UnixStream::connect(&self.path).is_ok();
        let _ = std::fs::remove_file(&self.path);
        if let Some(thread) = self.thread.take().filter(|_| woken)
            && thread.join().is_err()
        {
            tracing::error!("The thread of relayed commands ended by a panic");
        }
    }
}

type Wire = Arc<Mutex<BufWriter<UnixStream>>>;

/// All of the caller's stdin, on disk: it may be longer than memory. The file has no name any more.
fn whole_input(from: &mut impl Read, spool: &Path) -> io::Result<File> {
    let path = spool.join(format!("{}.stdin", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(spool)?;
    let mut file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    loop {
        let (kind, bytes) = receive(from)?;
        if kind != STDIN {
            return Err(io::Error::other("stdin comes after the call"));
        }
        if bytes.is_empty() {
            file.rewind()?;
            return Ok(file);
        }
        file.write_all(&bytes)?;
    }
}

fn serve(
    stream: UnixStream,
    spool: &Path,
    run: &(impl Fn(Vec<String>, &mut Io<'_>) -> ExitStatus + ?Sized),
) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut from = BufReader::new(stream.try_clone()?);
    let (kind, bytes) = receive(&mut from)?;
    if kind != CALL {
        return Err(io::Error::other("a call comes first"));
    }
    let call: Call = serde_json::from_slice(&bytes)?;
    let input = whole_input(&mut from, spool)?;
    let wire: Wire = Arc::new(Mutex::new(BufWriter::new(stream)));
    let status = {
        let stdout = Out::new(&wire, STDOUT);
        let stderr = Out::new(&wire, STDERR);
        let ticks = Arc::clone(&wire);
        let progress = move |tick: Tick| {
            if let Ok(bytes) = serde_json::to_vec(&tick) {
                let _ = frame(&ticks, TICK, &bytes);
            }
        };
        let mut io = Io::new(input, stdout, stderr, call.folder, call.actor, progress);
        let status = run(call.argv, &mut io);
        io.stdout.flush()?;
        io.stderr.flush()?;
        status
    };
    frame(&wire, EXIT, &serde_json::to_vec(&status)?)
}

fn frame(wire: &Wire, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let mut to = wire.lock().unwrap_or_else(PoisonError::into_inner);
    send(&mut *to, kind, bytes)?;
    to.flush()
}

/// A stream of a relayed command: gathers small writes into frames.
struct Out {
    wire: Wire,
    kind: u8,
    held: Vec<u8>,
}

impl Out {
    fn new(wire: &Wire, kind: u8) -> Self {
        Self {
            wire: Arc::clone(wire),
            kind,
            held: Vec::new(),
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= 1 << 16 || (self.kind == STDERR && bytes.ends_with(b"\n")) {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.held.is_empty() {
            frame(&self.wire, self.kind, &self.held)?;
            self.held.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_that_cannot_be_taken_in_does_not_end_the_listening() {
        let out_of_files = || Err(io::Error::from_raw_os_error(24));
        let callers = [out_of_files(), Ok(1), out_of_files(), Ok(2)];
        let mut served = Vec::new();
        let stopping = AtomicBool::new(false);
        accept_all(callers.into_iter(), &stopping, |caller| served.push(caller));
        assert_eq!(served, [1, 2]);
    }

    fn io<'a>(input: &'a [u8], out: &'a mut Vec<u8>, err: &'a mut Vec<u8>) -> Io<'a> {
        let folder = PathBuf::from("here");
        Io::new(input, out, err, folder, "иванова".parse().unwrap(), |_| {})
    }

    #[test]
    fn a_relayed_command_gives_the_same_streams_and_status() {
        let folder = tempfile::tempdir().unwrap();
        let _listening = listen(folder.path(), |argv, io| {
            let mut input = String::new();
            io.stdin.read_to_string(&mut input).unwrap();
            let actor = io.actor.clone();
            writeln!(io.stdout, "{argv:?} {input} {actor}").unwrap();
            io.say("готово");
            ExitStatus::Findings
        })
        .unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let argv = [OsString::from("fond"), OsString::from("verify")];
        let status = ask(
            folder.path(),
            &argv,
            true,
            &mut io(b"abc", &mut out, &mut err),
            &mut |_| {},
        );
        assert_eq!(status.unwrap(), Some(ExitStatus::Findings));
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "[\"fond\", \"verify\"] abc иванова\n"
        );
        assert_eq!(String::from_utf8(err).unwrap(), "готово\n");
    }

    #[test]
    fn a_long_stdin_comes_whole() {
        let folder = tempfile::tempdir().unwrap();
        let _listening = listen(folder.path(), |_, io| {
            let read = io::copy(&mut io.stdin, &mut io::sink()).unwrap();
            writeln!(io.stdout, "{read}").unwrap();
            ExitStatus::Done
        })
        .unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let long = vec![7; 70 << 20];
        let mut io = io(&long, &mut out, &mut err);
        let status = ask(folder.path(), &[], true, &mut io, &mut |_| {});
        assert_eq!(status.unwrap(), Some(ExitStatus::Done));
        drop(io);
        assert_eq!(
            String::from_utf8(out).unwrap().trim(),
            (70 << 20).to_string()
        );
    }

    #[test]
    fn nobody_listening_is_not_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut io = io(b"", &mut out, &mut err);
        let status = ask(folder.path(), &[], false, &mut io, &mut |_| {});
        assert!(matches!(status, Ok(None)));
    }

    #[test]
    fn only_the_owner_of_the_process_may_connect() {
        let folder = tempfile::tempdir().unwrap();
        let _listening = listen(folder.path(), |_, _| ExitStatus::Done).unwrap();
        let mode = std::fs::metadata(socket_path(folder.path()))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
