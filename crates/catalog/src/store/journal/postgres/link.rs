//! One connection to PostgreSQL, made again when it breaks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use postgres::error::Severity;
use postgres::{Client, Config};

use super::secure::{self, Dial};
use crate::id::Seq;
use crate::store::journal::JournalError;

/// A server that has gone is noticed after so long.
const SILENCE: Duration = Duration::from_secs(10);
/// After a failed attempt nobody knocks again for so long: many writers would do nothing but knock.
const REST: Duration = Duration::from_millis(200);
/// A lock is waited for, and an idle transaction kept, no longer than this (milliseconds).
const OPTIONS: &str = "-c lock_timeout=20000 -c idle_in_transaction_session_timeout=60000 \
                       -c application_name=fond -c client_min_messages=warning";

/// Связь: the address, and a connection while there is one.
pub(crate) struct Link {
    config: Config,
    dial: Dial,
    client: Option<Client>,
    /// When the last attempt to connect failed, and how.
    failed: Option<(Instant, String)>,
    warned: Arc<AtomicBool>,
}

impl Link {
    pub(crate) fn new(address: &str) -> Result<Self, JournalError> {
        let (mut config, dial) = secure::read(address)
            .map_err(|why| JournalError::Unreachable(format!("адрес не читается: {why}")))?;
        let warned = Arc::new(AtomicBool::new(false));
        let hears = Arc::clone(&warned);
        config
            .options(OPTIONS)
            .connect_timeout(SILENCE)
            .keepalives_idle(SILENCE)
            .tcp_user_timeout(SILENCE)
            .notice_callback(move |notice| {
                // The other severity is in the language of the server.
                if notice.parsed_severity() == Some(Severity::Warning) {
                    hears.store(true, Ordering::SeqCst);
                }
                tracing::warn!(%notice, "PostgreSQL says");
            });
        Ok(Self {
            config,
            dial,
            client: None,
            failed: None,
            warned,
        })
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
        let made = self.dial.connect(&self.config).map_err(|e| described(&e));
        self.failed = made.as_ref().err().map(|why| (Instant::now(), why.clone()));
        made.map_err(JournalError::Unreachable)
    }

    /// Ends the connection; an open transaction is rolled back by that.
    pub(crate) fn drop_client(&mut self) {
        self.client = None;
    }

    /// What an error in a transaction means: nothing was written, begin anew.
    pub(crate) fn broken(&mut self, error: &postgres::Error) -> JournalError {
        self.drop_client();
        unreachable(error)
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

pub(crate) fn unreachable(error: &postgres::Error) -> JournalError {
    JournalError::Unreachable(described(error))
}

/// The error with its cause: the text of the driver alone says little.
fn described(error: &postgres::Error) -> String {
    use std::error::Error as _;
    let cause = error.source().map(|cause| format!(" ({cause})"));
    format!("{error}{}", cause.unwrap_or_default())
}

/// A number as PostgreSQL keeps it.
pub(crate) fn number(seq: Seq) -> i64 {
    i64::try_from(seq.get()).unwrap_or(i64::MAX)
}
