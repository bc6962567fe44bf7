//! `fond serve`: the server's life, from the first word to a quiet end.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::app::{self, App};
use crate::command::{Log, Settings, relayed, upkeep};
use crate::follow::Follower;
use crate::io::{ExitStatus, Io};
use crate::relay;

/// Requests under way get so long to end after a signal.
const GOODBYE: Duration = Duration::from_secs(20);

/// Serves until a signal; the library is closed after the last answer.
pub(crate) fn run(app: App, settings: &Settings, io: &mut Io<'_>) -> ExitStatus {
    log_to_stderr(settings.log);
    let app = Arc::new(app);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return io.cannot(format!("Сервер не запускается: {error}")),
    };
    let listener = match runtime.block_on(TcpListener::bind(settings.listen)) {
        Ok(listener) => listener,
        Err(error) => {
            return io.cannot(format!(
                "Адрес {} занят или недоступен ({error}): назовите другой через --listen",
                settings.listen
            ));
        }
    };
    // Whoever comes at once finds what is there: answers from half an index look like lost books.
    upkeep::follow(&app, io);
    let follower = match Follower::start(&app) {
        Ok(follower) => follower,
        Err(error) => return io.cannot(format!("Сервер не запускается: {error}")),
    };
    let commands = Arc::clone(&app);
    let folder = app.catalog().folder().to_owned();
    let listening = relay::listen(&folder, move |argv, io| relayed(argv, &commands, io));
    if let Err(error) = &listening {
        io.say(format!("Команды к работающему серверу не дойдут: {error}"));
    }
    let address = listener.local_addr().unwrap_or(settings.listen);
    io.say(format!("listening on http://{address}"));
    let _ = io.stdout.flush();
    let ended = runtime.block_on(until_a_signal(listener, app::router(app)));
    drop(listening);
    drop(follower);
    runtime.shutdown_timeout(GOODBYE);
    match ended {
        Ok(()) => ExitStatus::Done,
        Err(error) => io.cannot(format!("Сервер остановлен сбоем: {error}")),
    }
}

async fn until_a_signal(listener: TcpListener, router: axum::Router) -> std::io::Result<()> {
    let (told, mut hears) = tokio::sync::watch::channel(());
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        signal().await;
        tracing::info!("Stopping: no new requests");
        drop(told);
    });
    let too_long = async move {
        let _ = hears.changed().await;
        tokio::time::sleep(GOODBYE).await;
    };
    tokio::select! {
        ended = serving => ended,
        () = too_long => Ok(()),
    }
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupted.await;
        }
    }
}

fn log_to_stderr(log: Log) {
    let filter = EnvFilter::try_from_env("FOND_LOG_FILTER")
        .unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // A second start in one process, as tests do, keeps the first log.
    let _ = match log {
        Log::Text => builder.try_init(),
        Log::Json => builder.json().try_init(),
    };
}
