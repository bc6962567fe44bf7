//! What a command speaks through: three streams, a place for relative paths, and a way to say how far it is.
//!
//! A command sees the same `Io` whether it runs in its own process or inside the server that owns the folder.

use std::cell::Cell;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use catalog::id::UserId;

use crate::command::Log;
use crate::voice::{self, Level};

/// How a command ended; the numbers are the outside contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitStatus {
    /// Done.
    Done = 0,
    /// Done, but something was refused or is wrong; the report says what.
    Findings = 1,
    /// Wrong usage.
    Usage = 2,
    /// Cannot run.
    Cannot = 3,
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}

/// The commonest answers of a system, in the words of the one who reads them.
const REASONS: [(io::ErrorKind, &str); 6] = [
    (
        io::ErrorKind::NotFound,
        "такого файла нет: проверьте имя и папку",
    ),
    (
        io::ErrorKind::PermissionDenied,
        "нет прав: откройте доступ к файлу или запустите под другим именем",
    ),
    (io::ErrorKind::IsADirectory, "это папка: назовите файл"),
    (
        io::ErrorKind::StorageFull,
        "на диске нет места: освободите его и повторите",
    ),
    (
        io::ErrorKind::BrokenPipe,
        "читающая программа закрылась раньше времени",
    ),
    (
        io::ErrorKind::AddrInUse,
        "адрес занят другой программой: назовите другой",
    ),
];

/// Why the system said no.
pub(crate) fn reason(error: &io::Error) -> String {
    let known = REASONS.iter().find(|(kind, _)| *kind == error.kind());
    known.map_or_else(|| error.to_string(), |(_, words)| (*words).to_owned())
}

/// How far a long work has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Tick {
    pub(crate) done: u64,
    /// 0 when nobody knows.
    pub(crate) total: u64,
    pub(crate) what: String,
}

impl Tick {
    /// In words.
    pub(crate) fn worded(&self) -> String {
        match self.total {
            0 => format!("{}: {}", self.what, self.done),
            total => format!("{}: {} из {total}", self.what, self.done),
        }
    }
}

/// The streams of a command and who runs it.
pub(crate) struct Io<'a> {
    pub(crate) stdin: Box<dyn Read + 'a>,
    pub(crate) stdout: Box<dyn Write + 'a>,
    pub(crate) stderr: Box<dyn Write + 'a>,
    /// Relative paths of the command line are meant from here.
    pub(crate) folder: PathBuf,
    pub(crate) actor: UserId,
    /// How it speaks beside its results.
    log: Log,
    progress: Box<dyn FnMut(Tick) + 'a>,
    begun: Instant,
    shown: Option<Instant>,
}

/// Nothing is shown for a work shorter than this.
const QUIET: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_millis(100);

impl<'a> Io<'a> {
    pub(crate) fn new(
        stdin: impl Read + 'a,
        stdout: impl Write + 'a,
        stderr: impl Write + 'a,
        folder: PathBuf,
        actor: UserId,
        progress: impl FnMut(Tick) + 'a,
    ) -> Self {
        Self {
            stdin: Box::new(stdin),
            stdout: Box::new(stdout),
            stderr: Box::new(stderr),
            folder,
            actor,
            log: Log::Text,
            progress: Box::new(progress),
            begun: Instant::now(),
            shown: None,
        }
    }

    /// The same, speaking so.
    pub(crate) fn speaking(self, log: Log) -> Self {
        Self { log, ..self }
    }

    /// The path as the person who typed it meant it.
    pub(crate) fn path(&self, typed: &Path) -> PathBuf {
        self.folder.join(typed)
    }

    /// Says how far the work is; cheap enough for every record.
    pub(crate) fn tick(&mut self, done: u64, total: u64, what: &str) {
        let now = Instant::now();
        let due = self.shown.map_or(self.begun + QUIET, |last| last + EVERY);
        if now >= due {
            self.shown = Some(now);
            let what = what.to_owned();
            (self.progress)(Tick { done, total, what });
        }
    }

    /// One line for the person, not a result. A closed stderr is nobody's failure.
    pub(crate) fn say(&mut self, line: impl std::fmt::Display) {
        self.utter(Level::Info, &line.to_string());
    }

    /// Says why the command cannot run.
    pub(crate) fn cannot(&mut self, why: impl std::fmt::Display) -> ExitStatus {
        self.utter(Level::Error, &why.to_string());
        ExitStatus::Cannot
    }

    fn utter(&mut self, level: Level, words: &str) {
        // One write for the whole line: stderr keeps nothing back, and a file may earn a million lines.
        let line = voice::worded(self.log, level, words);
        let _ = self.stderr.write_all(line.as_bytes());
    }

    /// One value as pretty JSON on stdout.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut self.stdout, value)?;
        writeln!(self.stdout)
    }
}

/// Whether the program that reads our output has closed it: then nothing more is said, and nothing is wrong.
#[derive(Clone, Default)]
pub(crate) struct ReaderLeft(Rc<Cell<bool>>);

impl ReaderLeft {
    /// Whether it is gone.
    pub(crate) fn is_gone(&self) -> bool {
        self.0.get()
    }

    /// The results: a broken pipe is noticed.
    pub(crate) fn watching<W: Write>(&self, stream: W) -> Piped<W> {
        let (left, results) = (self.clone(), true);
        Piped {
            stream,
            left,
            results,
        }
    }

    /// What is said beside them: silent once the reader is gone.
    pub(crate) fn quieting<W: Write>(&self, stream: W) -> Piped<W> {
        let (left, results) = (self.clone(), false);
        Piped {
            stream,
            left,
            results,
        }
    }
}

/// A stream of this process that knows whether anybody reads the results.
pub(crate) struct Piped<W> {
    stream: W,
    left: ReaderLeft,
    results: bool,
}

impl<W: Write> Piped<W> {
    fn noticed<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if let (true, Err(error)) = (self.results, &done)
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            self.left.0.set(true);
        }
        done
    }
}

impl<W: Write> Write for Piped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.results && self.left.is_gone() {
            return Ok(bytes.len());
        }
        let done = self.stream.write(bytes);
        self.noticed(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.stream.flush();
        self.noticed(done)
    }
}

/// How far a long work is, when nobody looks: a line so often.
const LINE: Duration = Duration::from_secs(10);

/// Draws progress on the terminal of this process; where stderr is not one, or a program reads it, a line now and then.
pub(crate) fn terminal_progress(log: Log) -> Box<dyn FnMut(Tick)> {
    if log == Log::Json || !io::IsTerminal::is_terminal(&io::stderr()) {
        return Box::new(lines(LINE, move |line| voice::say(log, Level::Info, &line)));
    }
    let bar = indicatif::ProgressBar::hidden();
    bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
    let style = indicatif::ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    Box::new(move |tick| {
        if tick.total > 0 {
            bar.set_length(tick.total);
        }
        bar.set_message(tick.what);
        bar.set_position(tick.done);
        if tick.total > 0 && tick.done >= tick.total {
            bar.finish_and_clear();
        }
    })
}

/// A line so often while a work lasts, and one at the end of a work of which something was said.
fn lines(every: Duration, mut write: impl FnMut(String)) -> impl FnMut(Tick) {
    let mut begun: Option<(String, Instant, bool)> = None;
    move |tick| {
        let known = begun.take().filter(|(what, _, _)| *what == tick.what);
        let (what, last, said) = known.unwrap_or((tick.what.clone(), Instant::now(), false));
        let ended = tick.total > 0 && tick.done >= tick.total;
        let due = last.elapsed() >= every || (said && ended);
        if due {
            write(tick.worded());
        }
        let last = if due { Instant::now() } else { last };
        begun = Some((what, last, said || due));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(every: Duration) -> Vec<String> {
        let mut said = Vec::new();
        let mut tick = lines(every, |line| said.push(line));
        for done in [100, 1000] {
            let what = "Таблицы".to_owned();
            tick(Tick {
                done,
                total: 1000,
                what,
            });
        }
        drop(tick);
        said
    }

    #[test]
    fn without_a_terminal_a_long_work_says_how_far_it_is_and_a_short_one_nothing() {
        assert!(said(Duration::from_secs(3600)).is_empty());
        let all = ["Таблицы: 100 из 1000", "Таблицы: 1000 из 1000"];
        assert_eq!(said(Duration::ZERO), all);
    }
}
