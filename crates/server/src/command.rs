//! The command line: what may be typed, and where each command runs.
//!
//! Pure filters run here and now; commands on a folder run in the folder's owner: this process, or the server
//! that already has it. What a command does stands in the file of its name.

mod apart;
mod args;
mod backup;
mod books;
mod check;
mod export;
mod filter;
mod import;
mod library;
mod post;
mod proof;
pub(crate) mod upkeep;
mod usage;
mod user;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;

use catalog::id::UserId;
use catalog::{Error, JournalHome};

use crate::app::App;
use crate::follow::Follower;
use crate::io::{ExitStatus, Io, ReaderLeft, Tick, terminal_progress};
use crate::voice::{self, Level};
use crate::{bench, demo, notify, relay, resume, serve};
use args::{Cli, Command};
pub(crate) use args::{Log, Settings};

/// How long a command waits for a folder that another command is just finishing with.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the program with this command line; the streams are those of the process.
#[must_use]
pub fn main(argv: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(&argv) {
        Ok(cli) => cli,
        Err(told) => {
            let words = usage::worded(&told);
            if !told.use_stderr() {
                // Whoever has read enough of a help page closes the pipe.
                let _ = std::io::stdout().write_all(words.as_bytes());
                return ExitStatus::Done.into();
            }
            voice::say(voice::asked_for(&argv), Level::Error, words.trim_end());
            return ExitStatus::Usage.into();
        }
    };
    let serves = cli.command.serves();
    if let Some(log) = serves {
        voice::begin(log);
    }
    let log = serves.unwrap_or(Log::Text);
    let folder = std::env::current_dir().unwrap_or_default();
    let (stdin, stdout) = (std::io::stdin().lock(), std::io::stdout().lock());
    let reader = ReaderLeft::default();
    let mut io = Io::new(
        stdin,
        std::io::BufWriter::new(reader.watching(stdout)),
        reader.quieting(std::io::stderr()),
        folder,
        console_user(),
        progress(serves),
    )
    .speaking(log);
    let status = start(cli, &argv, &mut io);
    let flushed = io.stdout.flush();
    match (flushed, status) {
        // Whoever reads our output has read enough; that is how `| head` ends.
        (_, ExitStatus::Cannot) if reader.is_gone() => ExitStatus::Done.into(),
        (Err(_), status) if reader.is_gone() => status.into(),
        (Err(_), _) => ExitStatus::Cannot.into(),
        (Ok(()), status) => status.into(),
    }
}

/// How this process shows how far it is; who started a server is told too.
fn progress(serves: Option<Log>) -> Box<dyn FnMut(Tick)> {
    let mut shown = terminal_progress(serves.unwrap_or(Log::Text));
    if serves.is_none() {
        return shown;
    }
    Box::new(move |tick| {
        notify::tell(&notify::words(&tick.worded()));
        shown(tick);
    })
}

/// Where a library stands.
struct Place {
    data: PathBuf,
    journal: JournalHome,
}

fn start(cli: Cli, argv: &[OsString], io: &mut Io<'_>) -> ExitStatus {
    let journal = match (cli.journal, cli.mirror) {
        (journal, None) => journal,
        (JournalHome::Folder | JournalHome::Mirrored(_), Some(mirror)) => {
            let (data, mirror) = (io.path(&cli.data), io.path(&mirror));
            if !apart::apart(&data, &mirror) {
                io.say(format_args!(
                    "Зеркало {} и папка данных {} лежат одна в другой: назовите в --mirror папку вне папки данных, лучше \
                     на другом диске",
                    mirror.display(),
                    data.display()
                ));
                return ExitStatus::Usage;
            }
            JournalHome::Mirrored(mirror)
        }
        (JournalHome::Postgres(_), Some(_)) => {
            io.say("Зеркало бывает у журнала в папке; общий журнал хранит PostgreSQL: уберите --mirror или --journal");
            return ExitStatus::Usage;
        }
    };
    let place = Place {
        data: io.path(&cli.data),
        journal,
    };
    if !stands(&place, &cli.command) {
        return nothing_stands(&place, io);
    }
    if cli.command.serves().is_some() && place.journal.is_in_the_open() {
        io.say(
            "Осторожно: база журнала стоит на другой машине, а связь с ней без TLS, и всё, что в ней лежит, идёт по сети \
             открыто. Допишите к её адресу sslmode=verify-full&sslrootcert=ФАЙЛ",
        );
    }
    match cli.command {
        Command::Convert(convert) => filter::convert_file(&convert, io),
        Command::Check(check) => check::run(&check, io),
        Command::Describe(describe) => filter::describe(&describe, io),
        Command::Licences => licences(io),
        Command::Serve(settings) => alone(&place, io, |app, io| {
            serve::run(app.over_https(settings.is_https()), &settings, io)
        }),
        Command::Demo(settings) => alone(&place, io, |app, io| {
            demo::run(app.over_https(settings.is_https()), &settings, io)
        }),
        Command::Reindex => alone(&place, io, |app, io| upkeep::reindex(&app, io)),
        Command::Restore(restore) => backup::restore_here(&restore, &place.data, io),
        Command::Move(target) => backup::move_here(&target, &place.data, &place.journal, io),
        Command::Bench(asked) => match bench::without_library(&asked, io) {
            Some(status) => status,
            None => alone(&place, io, |app, io| bench::on_library(&asked, app, io)),
        },
        command @ (Command::Import(_)
        | Command::Export(_)
        | Command::Post(_)
        | Command::Books(_)
        | Command::Verify(_)
        | Command::Backup(_)
        | Command::Library(_)
        | Command::User(_)) => on_folder(&place, command, argv, io),
    }
}

/// Runs a command on the library; both this process and a server come through here.
fn run(command: Command, app: &App, io: &mut Io<'_>) -> ExitStatus {
    match command {
        Command::Import(import) => import::run(&import, app, io),
        Command::Export(export) => export::run(&export, app, io),
        Command::Post(file) => post::run(&file, app, io),
        Command::Books(books) => books::run(&books, app, io),
        Command::Verify(verify) => upkeep::verify(&verify, app, io),
        Command::Backup(backup) => backup::run(&backup, app, io),
        Command::Library(library) => library::run(library, app, io),
        Command::User(user) => user::run(user, app, io),
        Command::Convert(convert) => filter::convert_file(&convert, io),
        Command::Check(check) => check::run(&check, io),
        Command::Describe(describe) => filter::describe(&describe, io),
        Command::Licences => licences(io),
        Command::Serve(_)
        | Command::Demo(_)
        | Command::Reindex
        | Command::Restore(_)
        | Command::Bench(_)
        | Command::Move(_) => io.cannot(format!(
            "Папкой данных владеет сервер (pid {}): остановите его и повторите команду.",
            std::process::id()
        )),
    }
}

/// `fond licences`
fn licences(io: &mut Io<'_>) -> ExitStatus {
    let all = include_bytes!("../../../data/licences.txt");
    match io.stdout.write_all(all) {
        Ok(()) => ExitStatus::Done,
        Err(error) => io.cannot(error),
    }
}

/// What the server does with a command that came through the socket.
pub(crate) fn relayed(argv: Vec<String>, app: &App, io: &mut Io<'_>) -> ExitStatus {
    match Cli::try_parse_from(argv) {
        Ok(cli) => run(cli.command, app, io),
        Err(told) => {
            io.say(usage::worded(&told));
            ExitStatus::Usage
        }
    }
}

/// Runs a command that must own the folder.
fn alone(
    place: &Place,
    io: &mut Io<'_>,
    work: impl FnOnce(App, &mut Io<'_>) -> ExitStatus,
) -> ExitStatus {
    match open(place, io) {
        Ok(app) => work(app, io),
        Err(error) => io.cannot(error),
    }
}

/// Whether a library may stand here, so that a mistyped folder is told and not made into an empty library.
///
/// A lock without a journal is left by a creation that was killed: that opens as empty (D-5), and so does a folder
/// with nothing in it for the one who proves that it is whole.
fn stands(place: &Place, command: &Command) -> bool {
    let own = |name: &str| place.data.join(name).exists();
    let nothing = || std::fs::read_dir(&place.data).is_ok_and(|mut inside| inside.next().is_none());
    command.may_begin()
        || place.journal != JournalHome::Folder && !place.journal.is_bare()
        || own("journal")
        || own("lock")
        || matches!(command, Command::Verify(_)) && nothing()
}

fn nothing_stands(place: &Place, io: &mut Io<'_>) -> ExitStatus {
    if place.journal != JournalHome::Folder {
        return io.cannot(
            "По адресу журнала библиотеки нет: проверьте --journal. Новую начинают fond serve или fond library add, \
             готовую переносят fond move",
        );
    }
    io.cannot(format!(
        "В папке {} библиотеки нет: проверьте --data. Новую начинают fond library add КОД --name НАЗВАНИЕ \
         или fond import, образец – fond demo.",
        place.data.display()
    ))
}

fn open(place: &Place, io: &mut Io<'_>) -> Result<App, Error> {
    let app = App::open_at(&place.data, &place.journal, &mut |done, total| {
        io.tick(done, total, "Таблицы строятся по журналу");
    })?;
    if let Some(cut) = app.catalog().cut() {
        io.say(upkeep::was_cut(cut));
    }
    Ok(app)
}

/// Runs a command in this process; what an import or a file of acts brings is found as soon as it ends.
fn with_index(command: Command, app: App, io: &mut Io<'_>) -> ExitStatus {
    if !matches!(command, Command::Import(_) | Command::Post(_)) {
        return run(command, &app, io);
    }
    let app = Arc::new(app);
    // One thread reads the file, one writes, one indexes.
    let following = Follower::start(&app);
    if matches!(&command, Command::Import(import) if !import.dry_run) {
        resume::at_once(&app, io);
    }
    let status = run(command, &app, io);
    drop(following);
    upkeep::follow(&app, io);
    status
}

fn on_folder(place: &Place, command: Command, argv: &[OsString], io: &mut Io<'_>) -> ExitStatus {
    let begun = Instant::now();
    loop {
        let taken = match open(place, io) {
            Ok(app) => return with_index(command, app, io),
            Err(taken @ Error::Unavailable(_)) => taken,
            // A damaged library cannot be opened, but what is wrong with it can be told.
            Err(error @ Error::Damaged(_)) if let Command::Verify(verify) = &command => {
                return upkeep::unopened(verify, (&place.data, &place.journal), &error, io);
            }
            Err(error) => return io.cannot(error),
        };
        let mut progress = terminal_progress(Log::Text);
        match relay::ask(&place.data, argv, command.wants_stdin(), io, &mut progress) {
            Ok(Some(status)) => return status,
            Ok(None) if begun.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(None) => return io.cannot(taken),
            Err(error) => {
                return io.cannot(format!(
                    "Связь с сервером оборвалась ({error}): исход неизвестен, повторите команду."
                ));
            }
        }
    }
}

/// Who works at the console, for the journal: the name of the account, if it can be one of ours.
fn console_user() -> UserId {
    let account = std::env::var("USER").unwrap_or_default();
    if account.is_empty() {
        return system_user();
    }
    let name = format!("console:{account}");
    name.parse().unwrap_or_else(|_| system_user())
}

/// The actor of what the program does by itself.
#[must_use]
pub(crate) fn system_user() -> UserId {
    let name = "console".parse::<UserId>();
    assert!(name.is_ok(), "the built-in name is a login name");
    name.unwrap_or_else(|_| std::process::abort())
}
