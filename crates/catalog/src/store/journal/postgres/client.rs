//! One conversation with PostgreSQL in which no answer is waited for without end.
//!
//! A database may accept every byte and say nothing: its disk hangs, it is stopped, something between drops what
//! passes. Silence then ends the conversation like a break; what to think of it is for the caller.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_postgres::error::DbError;
use tokio_postgres::types::ToSql;
use tokio_postgres::{AsyncMessage, Config, Connection, Row};

use super::secure::Dial;

type Given<'a> = &'a [&'a (dyn ToSql + Sync)];
/// Told of every notice of the server.
pub(super) type OnNotice = Arc<dyn Fn(&DbError) + Send + Sync>;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The database or the way to it says no.
    Said(tokio_postgres::Error),
    /// Nothing came for so long.
    Silent(Duration),
    /// This machine cannot even ask.
    Here(std::io::Error),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Said(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use std::error::Error as _;
        match self {
            // The text of the driver alone says little.
            Failure::Said(error) => match error.source() {
                Some(cause) => write!(f, "{error} ({cause})"),
                None => write!(f, "{error}"),
            },
            Failure::Silent(long) => write!(f, "база данных молчит {} с", long.as_secs()),
            Failure::Here(error) => write!(f, "{error}"),
        }
    }
}

/// Разговор с базой.
pub(crate) struct Client {
    /// Taken when the conversation ends.
    runtime: Option<Runtime>,
    client: tokio_postgres::Client,
    heard: UnboundedReceiver<()>,
    patience: Duration,
}

impl Drop for Client {
    fn drop(&mut self) {
        // A search for a name that hangs is left behind.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Client {
    /// Begins a conversation with one host, within `long`; every answer may take `patience`.
    pub(super) fn connect(
        config: &Config,
        dial: &Dial,
        long: Duration,
        patience: Duration,
        on_notice: &OnNotice,
    ) -> Result<Self, Failure> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::Here)?;
        let (tell, heard) = unbounded_channel();
        let on_notice = Arc::clone(on_notice);
        let begun = wait(&runtime, long, async {
            let client = match dial {
                Dial::Plain => {
                    let (client, connection) = config.connect(tokio_postgres::NoTls).await?;
                    tokio::spawn(carry(connection, tell, on_notice));
                    client
                }
                Dial::Tls(tls) => {
                    let (client, connection) = config.connect(tls.as_ref().clone()).await?;
                    tokio::spawn(carry(connection, tell, on_notice));
                    client
                }
            };
            Ok(client)
        });
        match begun {
            Ok(client) => Ok(Self {
                runtime: Some(runtime),
                client,
                heard,
                patience,
            }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, Failure> {
        match &self.runtime {
            Some(runtime) => wait(runtime, self.patience, work),
            None => Err(Failure::Silent(Duration::ZERO)),
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(super) fn batch_execute(&self, sql: &str) -> Result<(), Failure> {
        self.wait(self.client.batch_execute(sql))
    }

    pub(super) fn execute(&self, sql: &str, given: Given<'_>) -> Result<u64, Failure> {
        self.wait(self.client.execute(sql, given))
    }

    pub(super) fn query(&self, sql: &str, given: Given<'_>) -> Result<Vec<Row>, Failure> {
        self.wait(self.client.query(sql, given))
    }

    pub(super) fn query_one(&self, sql: &str, given: Given<'_>) -> Result<Row, Failure> {
        self.wait(self.client.query_one(sql, given))
    }

    pub(super) fn query_opt(&self, sql: &str, given: Given<'_>) -> Result<Option<Row>, Failure> {
        self.wait(self.client.query_opt(sql, given))
    }

    /// Waits for a notification no longer than this; says whether one came.
    pub(super) fn hear(&mut self, long: Duration) -> bool {
        let Some(runtime) = &self.runtime else {
            return false;
        };
        let heard = runtime.block_on(async { tokio::time::timeout(long, self.heard.recv()).await });
        // One look does for all that have come.
        while self.heard.try_recv().is_ok() {}
        heard.is_ok()
    }
}

fn wait<T>(
    runtime: &Runtime,
    patience: Duration,
    work: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Failure> {
    let answered = runtime.block_on(async { tokio::time::timeout(patience, work).await });
    Ok(answered.map_err(|_| Failure::Silent(patience))??)
}

/// Carries bytes both ways while an answer is waited for, until the conversation ends.
async fn carry<S, T>(
    mut connection: Connection<S, T>,
    tell: tokio::sync::mpsc::UnboundedSender<()>,
    on_notice: OnNotice,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
        match message {
            AsyncMessage::Notice(notice) => on_notice(&notice),
            AsyncMessage::Notification(_) => {
                // Nobody may listen on this connection.
                let _ = tell.send(());
            }
            _ => {}
        }
    }
}
