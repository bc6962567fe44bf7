//! `fond serve`: the server's life, from the first word to a quiet end.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use catalog::people::Role;
use tokio::net::TcpListener;

use crate::app::{self, App};
use crate::command::{Settings, relayed, upkeep};
use crate::follow::Follower;
use crate::io::{ExitStatus, Io};
use crate::listen::{self, Tls};
use crate::notify;
use crate::relay;
use crate::resume;

/// Requests under way get so long to end after a signal.
const GOODBYE: Duration = Duration::from_secs(20);

/// Serves until a signal; the library is closed after the last answer.
pub(crate) fn run(app: App, settings: &Settings, io: &mut Io<'_>) -> ExitStatus {
    let tls = match (&settings.tls_cert, &settings.tls_key) {
        (Some(certificate), Some(key)) => match Tls::read(certificate, key) {
            Ok(tls) => Some(tls),
            Err(why) => return io.cannot(why),
        },
        _ => None,
    };
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
    resume::in_background(&app, io);
    let address = listener.local_addr().unwrap_or(settings.listen);
    warn_of_the_unsafe(&app, settings, io);
    let scheme = if tls.is_some() { "https" } else { "http" };
    io.say(format!("listening on {scheme}://{address}"));
    if app.catalog().users().is_ok_and(|users| users.is_empty()) {
        io.say(
            "Здесь ещё никого нет. Заведите библиотеку и первого человека, не останавливая сервер:\n  \
             fond library add КОД --name НАЗВАНИЕ\n  \
             echo ДЛИННЫЙ-ПАРОЛЬ | fond user add ИМЯ --role admin --password-stdin",
        );
    }
    let _ = io.stdout.flush();
    let router = app::router(app);
    runtime.block_on(async {
        if let Some(tls) = tls.clone() {
            tokio::spawn(renew(tls));
        }
        let listening = notify::words(&format!("{scheme}://{address}"));
        notify::tell(&format!("{}\n{listening}", notify::READY));
        until_a_signal(listener, router, tls, settings.proxy).await;
    });
    drop(listening);
    drop(follower);
    runtime.shutdown_timeout(GOODBYE);
    ExitStatus::Done
}

/// What somebody who starts a server for the first time may not know.
fn warn_of_the_unsafe(app: &App, settings: &Settings, io: &mut Io<'_>) {
    if !settings.listen.ip().is_loopback() && !settings.is_https() {
        io.say(
            "Осторожно: сервер виден в сети без https, и пароли идут открыто. Дайте ему --tls-cert и \
             --tls-key или поставьте перед ним прокси и --https",
        );
    }
    let nobody = |users: Vec<catalog::people::User>| {
        !users
            .iter()
            .any(|user| user.role == Role::Admin && !user.disabled)
    };
    if app.catalog().users().is_ok_and(nobody) {
        io.say(
            "Управлять ещё некому: заведите администратора командой \
             fond user add ИМЯ --role admin --password-stdin",
        );
    }
}

/// Reads the certificate anew at each SIGHUP.
async fn renew(tls: Tls) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut told) = signal(SignalKind::hangup()) else {
        return;
    };
    while told.recv().await.is_some() {
        match tls.read_again() {
            Ok(()) => tracing::info!("The certificate was read anew"),
            Err(why) => tracing::error!(why, "The old certificate stays"),
        }
    }
}

async fn until_a_signal(
    listener: TcpListener,
    router: axum::Router,
    tls: Option<Tls>,
    proxy: Option<std::net::IpAddr>,
) {
    let (told, mut hears) = tokio::sync::watch::channel(());
    let ended = async move {
        signal().await;
        tracing::info!("Stopping: no new requests");
        notify::tell(notify::STOPPING);
        drop(told);
    };
    let too_long = async move {
        let _ = hears.changed().await;
        tokio::time::sleep(GOODBYE).await;
    };
    tokio::select! {
        () = listen::serve(listener, router, tls, proxy, ended) => {}
        () = too_long => {}
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
