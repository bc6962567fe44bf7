//! What the server says on stderr, beside its answers: words for a person, or a line of JSON for each.
//!
//! Whoever collects the log as JSON gets nothing else there: the first words of a start, its last words, a panic and a
//! mistyped command have the shape of any other event.

use std::ffi::OsString;
use std::io::Write as _;
use std::panic;

use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::clock::now;
use crate::command::Log;

/// How bad it is, in the words of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Info,
    Error,
}

/// A message as it is written, with its end of line.
pub(crate) fn worded(log: Log, level: Level, message: &str) -> String {
    let level = match level {
        Level::Info => "INFO",
        Level::Error => "ERROR",
    };
    match log {
        Log::Text => format!("{message}\n"),
        Log::Json => {
            // In the order of the log itself.
            let (timestamp, message) = (json!(now()), json!(message));
            format!(
                r#"{{"timestamp":{timestamp},"level":"{level}","fields":{{"message":{message}}},"target":"fond"}}"#
            ) + "\n"
        }
    }
}

/// Writes a message of this process; a closed stderr is nobody's failure.
pub(crate) fn say(log: Log, level: Level, message: &str) {
    let line = worded(log, level, message);
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Begins the log of a server: before the library opens, for that has something to say too.
pub(crate) fn begin(log: Log) {
    let filter = EnvFilter::try_from_env("FOND_LOG_FILTER")
        .unwrap_or_else(|_| EnvFilter::new("info,tantivy=warn"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would say on stderr that stderr cannot be written, and panic at that in every request.
        .log_internal_errors(false);
    // A second start in one process, as tests do, keeps the first log.
    let _ = match log {
        Log::Text => builder.try_init(),
        Log::Json => builder.json().try_init(),
    };
    if log == Log::Json {
        panic::set_hook(Box::new(move |slip| {
            say(log, Level::Error, &slip.to_string());
        }));
    }
}

/// Whether a command line that cannot be read asks for a server that speaks JSON.
pub(crate) fn asked_for(argv: &[OsString]) -> Log {
    let words = || argv.iter().map(|word| word.to_string_lossy());
    let serves = words().any(|word| word == "serve" || word == "demo");
    let follows = words().zip(words().skip(1));
    let typed = words().any(|word| word == "--log=json")
        || follows
            .into_iter()
            .any(|pair| pair == ("--log".into(), "json".into()));
    let set = std::env::var_os("FOND_LOG").is_some_and(|set| set == "json");
    if serves && (typed || set) {
        Log::Json
    } else {
        Log::Text
    }
}
