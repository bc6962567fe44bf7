//! Whether what goes to the database of a shared journal can be read on its way.

use catalog::JournalHome;

/// What is said of it at the start of a server.
pub(super) const WARNING: &str = "Осторожно: база журнала стоит на другой машине, а связь с ней без TLS, и всё, что в \
    ней лежит, идёт по сети открыто. Допишите к её адресу sslmode=verify-full&sslrootcert=ФАЙЛ";

/// Whether the database is on another machine and nothing asks for TLS.
pub(super) fn is_read_on_the_way(journal: &JournalHome) -> bool {
    let address = match journal {
        JournalHome::Postgres(address) => address.as_str(),
        JournalHome::Folder | JournalHome::Mirrored(_) => return false,
    };
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let pairs = || query.split('&').filter_map(|pair| pair.split_once('='));
    let secret = pairs().any(|(name, value)| name == "sslmode" && value != "disable");
    let place = place.split('/').next().unwrap_or_default();
    let (_, hosts) = place.rsplit_once('@').unwrap_or(("", place));
    let named = pairs().filter(|(name, _)| ["host", "hostaddr"].contains(name));
    let mut hosts = hosts
        .split(',')
        .map(without_port)
        .chain(named.flat_map(|(_, hosts)| hosts.split(',')));
    !secret && hosts.any(|host| !is_here(host))
}

fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// A socket in a folder, the name of this machine for itself, or an address of it.
fn is_here(host: &str) -> bool {
    let ip = host.parse::<std::net::IpAddr>();
    host.is_empty()
        || host.starts_with('/')
        || host.starts_with("%2")
        || host == "localhost"
        || ip.is_ok_and(|ip| ip.is_loopback())
}
