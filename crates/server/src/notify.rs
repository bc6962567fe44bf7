//! Tells the one who started the server (systemd, `Type=notify`) that it is ready, how far it is before, that it ends.
//!
//! Who it is stands in `NOTIFY_SOCKET`; where nothing stands there, nobody is told. Nothing hangs on it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixDatagram;

/// It listens, and what it has is found.
pub(crate) const READY: &str = "READY=1";
/// It takes no new requests.
pub(crate) const STOPPING: &str = "STOPPING=1";

/// Tells a state; a line of its own more says it in words.
pub(crate) fn tell(state: &str) {
    let Some(socket) = std::env::var_os("NOTIFY_SOCKET") else {
        return;
    };
    if let Err(error) = send(&socket, state.as_bytes()) {
        tracing::warn!(%error, state, "The one who started the server was not told");
    }
}

/// The words alone, before it is ready and after.
pub(crate) fn words(words: &str) -> String {
    format!("STATUS={}", words.replace('\n', " "))
}

fn send(socket: &OsStr, state: &[u8]) -> io::Result<()> {
    let ours = UnixDatagram::unbound()?;
    // Nobody who reads too slowly holds the server.
    ours.set_nonblocking(true)?;
    #[cfg(target_os = "linux")]
    if let Some(name) = socket.as_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt as _;
        let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
        return ours.send_to_addr(state, &address).map(|_| ());
    }
    ours.send_to(state, socket).map(|_| ())
}
