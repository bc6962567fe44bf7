//! Connections: how many at once, how slow they may be, over TLS or not, and whose they are.
//!
//! Knows nothing of routes. A client that is slow with its words loses its connection, never the server its places.

mod patience;
mod tls;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, Version, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower::ServiceExt as _;

use patience::{Paced, Patient};
pub(crate) use tls::Tls;

/// The most connections at once; fewer when the system gives the process fewer files.
const CONNECTIONS: u64 = 4096;
/// Files that are not connections: segments, tables, index.
const OTHER_FILES: u64 = 512;
/// The head of a request comes within this time; an idle connection is closed after it too.
const HEAD: Duration = Duration::from_secs(10);
/// The head of a request is no longer.
const HEAD_BYTES: usize = 32 << 10;
const HEADERS: usize = 64;
/// A handshake of TLS takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// От кого: the address that a request comes from, as far as it can be known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller(pub(crate) IpAddr);

/// The address in words; empty when it is not known.
pub(crate) fn address(caller: Option<&Caller>) -> String {
    caller.map_or_else(String::new, |caller| caller.0.to_string())
}

/// Beside a request of HTTP/1.1 that names no host, or two.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NamesNoHost;

/// What each connection is given.
#[derive(Clone)]
struct Given {
    router: Router,
    tls: Option<Tls>,
    /// The proxy before us, whose word about the caller is taken.
    proxy: Option<IpAddr>,
}

/// Serves connections until `ended`, then waits for requests under way.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Tls>,
    proxy: Option<IpAddr>,
    ended: impl Future<Output = ()>,
) {
    let given = Given { router, tls, proxy };
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(places()));
    let accepting = async {
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, from)) => {
                    let watcher = graceful.watcher();
                    tokio::spawn(connection(stream, from, given.clone(), watcher, place));
                }
                Err(error) => {
                    // No more files, or a client gone before it was here: neither is our end.
                    tracing::warn!(%error, "A connection was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = ended => {}
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Asks the system for as many files as it gives, and says how many connections that makes.
fn places() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = CONNECTIONS + OTHER_FILES;
    let most = limit.maximum.unwrap_or(u64::MAX);
    if limit.current.is_some_and(|now| now < wanted.min(most)) {
        let raised = Rlimit {
            current: Some(wanted.min(most)),
            maximum: limit.maximum,
        };
        if let Err(error) = setrlimit(Resource::Nofile, raised) {
            tracing::warn!(%error, "The limit of open files stays low");
        }
    }
    let files = getrlimit(Resource::Nofile).current.unwrap_or(wanted);
    let places = files.saturating_sub(OTHER_FILES).clamp(64, CONNECTIONS);
    usize::try_from(places).unwrap_or(64)
}

async fn connection(
    stream: TcpStream,
    from: SocketAddr,
    given: Given,
    watcher: Watcher,
    place: OwnedSemaphorePermit,
) {
    // Answers are whole; waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let stream = Patient::new(stream);
    match given.tls.as_ref().map(Tls::acceptor) {
        None => talk(stream, from.ip(), given, watcher).await,
        Some(acceptor) => {
            let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await;
            if let Ok(Ok(stream)) = shaken {
                talk(stream, from.ip(), given, watcher).await;
            }
        }
    }
    drop(place);
}

async fn talk<S>(stream: S, peer: IpAddr, given: Given, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let named = names_its_host(request.version(), request.headers());
        let caller = caller(peer, given.proxy, request.headers());
        let mut request = request.map(|body| Body::new(Paced::new(body)));
        request.extensions_mut().insert(caller);
        let router = given.router.clone();
        if !named {
            request.extensions_mut().insert(NamesNoHost);
        }
        router.oneshot(request)
    });
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(HEAD_BYTES)
        .max_headers(HEADERS);
    let talk = watcher.watch(builder.serve_connection(TokioIo::new(stream), service));
    if let Err(error) = talk.await {
        tracing::debug!(%error, "A connection broke off");
    }
}

/// Whether it is said whom the request is for: proxies and caches before us may each take two names, or none, for
/// another.
fn names_its_host(version: Version, headers: &HeaderMap) -> bool {
    let names = headers.get_all(header::HOST).iter().count();
    names == 1 || names == 0 && version != Version::HTTP_11
}

/// The peer, or whom the proxy names last: what stands before that, anybody may have written.
fn caller(peer: IpAddr, proxy: Option<IpAddr>, headers: &HeaderMap) -> Caller {
    if proxy != Some(peer) {
        return Caller(peer);
    }
    let named = headers.get_all("x-forwarded-for").into_iter().next_back();
    let named = named.and_then(|value| value.to_str().ok());
    let last = named.and_then(|value| value.rsplit(',').next());
    Caller(last.and_then(|ip| ip.trim().parse().ok()).unwrap_or(peer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, proxy: Option<&str>, forwarded: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let proxy = proxy.map(|ip| ip.parse().unwrap());
        caller(peer.parse().unwrap(), proxy, &headers).0.to_string()
    }

    #[test]
    fn only_the_named_proxy_is_believed_and_only_its_own_word() {
        assert_eq!(seen("10.0.0.9", None, "1.2.3.4"), "10.0.0.9");
        assert_eq!(seen("10.0.0.9", Some("10.0.0.1"), "1.2.3.4"), "10.0.0.9");
        assert_eq!(
            seen("10.0.0.1", Some("10.0.0.1"), "6.6.6.6, 1.2.3.4"),
            "1.2.3.4"
        );
        assert_eq!(seen("10.0.0.1", Some("10.0.0.1"), "rubbish"), "10.0.0.1");
    }
}
