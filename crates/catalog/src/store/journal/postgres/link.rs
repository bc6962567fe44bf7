//! One connection to PostgreSQL, made again when it breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres::error::{DbError, Severity};

use super::client::{Client, Failure, OnNotice};
use super::secure::{self, Dial};
use crate::id::Seq;
use crate::store::journal::JournalError;

/// A server that has gone is noticed after so long.
const SILENCE: Duration = Duration::from_secs(10);
/// After a failed attempt nobody knocks again for so long: many writers would do nothing but knock.
const REST: Duration = Duration::from_millis(200);
/// An answer is waited for so long: longer than the database itself waits for a lock.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// A lock is waited for, and an idle transaction kept, no longer than this (milliseconds).
const OPTIONS: &str = "-c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000 \
                       -c application_name=fond -c client_min_messages=warning";

/// Связь: the address, and a connection while there is one.
pub(crate) struct Link {
    /// One for each host of the address, in its order.
    hosts: Vec<Config>,
    dial: Dial,
    client: Option<Client>,
    patience: Duration,
    /// When the connection last failed, and how.
    failed: Option<(Instant, String)>,
    warned: Arc<AtomicBool>,
}

impl Link {
    pub(crate) fn new(address: &str) -> Result<Self, JournalError> {
        Self::with_patience(address, PATIENCE)
    }

    /// A link on which no answer is waited for longer than this.
    pub(crate) fn with_patience(address: &str, patience: Duration) -> Result<Self, JournalError> {
        let (mut config, dial) = secure::read(address)
            .map_err(|why| JournalError::Unreachable(format!("адрес не читается: {why}")))?;
        config.options(OPTIONS);
        Ok(Self {
            hosts: each_host(&config),
            dial,
            client: None,
            patience,
            failed: None,
            warned: Arc::new(AtomicBool::new(false)),
        })
    }

    /// When the connection last failed, and how.
    pub(crate) fn failed(&self) -> Option<&(Instant, String)> {
        self.failed.as_ref()
    }

    /// The connection, made now if there is none.
    pub(crate) fn client(&mut self) -> Result<&mut Client, JournalError> {
        if self.client.as_ref().is_some_and(Client::is_closed) {
            self.client = None;
        }
        let client = match self.client.take() {
            Some(client) => client,
            None => self.connect()?,
        };
        Ok(self.client.insert(client))
    }

    fn connect(&mut self) -> Result<Client, JournalError> {
        if let Some((when, why)) = &self.failed
            && when.elapsed() < REST
        {
            return Err(JournalError::Unreachable(why.clone()));
        }
        let warned = Arc::clone(&self.warned);
        let on_notice: OnNotice = Arc::new(move |notice: &DbError| {
            // The other severity is in the language of the server.
            if notice.parsed_severity() == Some(Severity::Warning) {
                warned.store(true, Ordering::SeqCst);
            }
            tracing::warn!(%notice, "PostgreSQL says");
        });
        let mut why = "в адресе нет ни одного сервера".to_owned();
        for host in &self.hosts {
            // A host that accepts and says nothing must not keep us from the next.
            let long = SILENCE.min(self.patience);
            match Client::connect(host, &self.dial, long, self.patience, &on_notice) {
                Ok(client) => {
                    self.failed = None;
                    return Ok(client);
                }
                Err(failure) => why = failure.to_string(),
            }
        }
        self.failed = Some((Instant::now(), why.clone()));
        Err(JournalError::Unreachable(why))
    }

    /// Ends the connection; an open transaction is rolled back by that.
    pub(crate) fn drop_client(&mut self) {
        self.client = None;
    }

    /// What an error in a transaction means: nothing was written, begin anew.
    pub(crate) fn broken(&mut self, failure: &Failure) -> JournalError {
        self.drop_client();
        // A question that was refused is no failure of the connection.
        if !matches!(failure, Failure::Said(error) if error.as_db_error().is_some()) {
            self.failed = Some((Instant::now(), failure.to_string()));
        }
        unreachable(failure)
    }

    pub(crate) fn forget_warning(&self) {
        self.warned.store(false, Ordering::SeqCst);
    }

    /// Whether the server warned since [`Link::forget_warning`]: a commit then may not be as safe as
    /// it says.
    pub(crate) fn warned(&self) -> bool {
        self.warned.load(Ordering::SeqCst)
    }
}

pub(crate) fn unreachable(failure: &Failure) -> JournalError {
    JournalError::Unreachable(failure.to_string())
}

/// The same address with one host in each.
fn each_host(all: &Config) -> Vec<Config> {
    let (hosts, addresses, ports) = (all.get_hosts(), all.get_hostaddrs(), all.get_ports());
    let one = |at: usize| {
        let mut config = Config::new();
        match hosts.get(at) {
            Some(Host::Tcp(name)) => config.host(name),
            #[cfg(unix)]
            Some(Host::Unix(path)) => config.host_path(path),
            None => &mut config,
        };
        addresses.get(at).map(|address| config.hostaddr(*address));
        let port = ports.get(at).or(ports.first());
        port.map(|port| config.port(*port));
        all.get_user().map(|user| config.user(user));
        all.get_password().map(|password| config.password(password));
        all.get_dbname().map(|name| config.dbname(name));
        all.get_options().map(|options| config.options(options));
        config
            .ssl_mode(all.get_ssl_mode())
            .ssl_negotiation(all.get_ssl_negotiation())
            .channel_binding(all.get_channel_binding())
            .target_session_attrs(all.get_target_session_attrs())
            .connect_timeout(SILENCE)
            .keepalives_idle(SILENCE)
            .keepalives_interval(SILENCE)
            .tcp_user_timeout(SILENCE);
        config
    };
    (0..hosts.len().max(addresses.len())).map(one).collect()
}

/// A number as PostgreSQL keeps it.
pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}
