//! Справка и неверный вызов: what the parser of the command line says, in Russian.

use std::error::Error as _;
use std::num::ParseIntError;

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Words of the parser's own in a help page and in a call, longer ones before their parts.
const WORDS: [(&str, &str); 15] = [
    ("Commands:", "Команды:"),
    ("Usage:", "Вызов:"),
    ("Options:", "Параметры команды:"),
    ("Arguments:", "Что назвать:"),
    ("[OPTIONS]", "[ПАРАМЕТРЫ]"),
    ("[COMMAND]", "[КОМАНДА]"),
    ("<COMMAND>", "<КОМАНДА>"),
    ("[default: ", "[по умолчанию: "),
    ("[possible values: ", "[бывает: "),
    ("[env: ", "[переменная среды: "),
    (
        "Print this message or the help of the given subcommand(s)",
        "Показать эту справку или справку о команде",
    ),
    (
        "Print help (see more with '--help')",
        "Показать справку (подробнее: --help)",
    ),
    (
        "Print help (see a summary with '-h')",
        "Показать справку (короче: -h)",
    ),
    ("Print help", "Показать справку"),
    ("Print version", "Показать версию"),
];

/// What the parser says instead of a parsed call: a help page, a version, or what is wrong and how it is called.
pub(super) fn worded(told: &Error) -> String {
    use ErrorKind::{DisplayHelp, DisplayHelpOnMissingArgumentOrSubcommand, DisplayVersion};
    let kind = told.kind();
    if matches!(
        kind,
        DisplayHelp | DisplayHelpOnMissingArgumentOrSubcommand | DisplayVersion
    ) {
        in_russian(&told.to_string())
    } else {
        wrong(told)
    }
}

fn in_russian(text: &str) -> String {
    let replaced = |text: String, (word, ours): &(&str, &str)| text.replace(word, ours);
    WORDS.iter().fold(text.to_owned(), replaced)
}

/// What is wrong, what was perhaps meant, how the command is called.
fn wrong(told: &Error) -> String {
    let mut text = what(told);
    let meant = [
        (ContextKind::SuggestedSubcommand, "Может быть"),
        (ContextKind::SuggestedArg, "Может быть"),
        (ContextKind::SuggestedValue, "Может быть"),
        (ContextKind::ValidValue, "Бывает"),
    ];
    for (kind, word) in meant {
        let named = named(told, kind);
        if !named.is_empty() {
            text.push_str(&format!("\n{word}: {named}"));
        }
    }
    let call = named(told, ContextKind::Usage);
    if !call.is_empty() {
        text.push_str(&format!("\n\n{}", in_russian(call.trim_end())));
    }
    text.push_str("\n\nСправка: fond --help, о команде: fond КОМАНДА --help\n");
    text
}

fn what(told: &Error) -> String {
    let (argument, value) = (
        named(told, ContextKind::InvalidArg),
        named(told, ContextKind::InvalidValue),
    );
    match told.kind() {
        ErrorKind::InvalidSubcommand => {
            let command = named(told, ContextKind::InvalidSubcommand);
            format!("Нет команды «{command}»")
        }
        ErrorKind::MissingSubcommand => "Не названа команда".to_owned(),
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("Нет параметра {argument}")
        }
        ErrorKind::UnknownArgument => format!("Лишнее в вызове: {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument}: нужно значение"),
        ErrorKind::InvalidValue => format!("{argument}: «{value}» не годится"),
        ErrorKind::ValueValidation => {
            format!("{argument}: «{value}» не годится. {}", reason(told))
        }
        ErrorKind::MissingRequiredArgument => format!("Не названо: {argument}"),
        ErrorKind::ArgumentConflict => {
            let other = named(told, ContextKind::PriorArg);
            if other.is_empty() || other == argument {
                format!("{argument} называют один раз")
            } else {
                format!("{argument} и {other} вместе не называют")
            }
        }
        ErrorKind::TooManyValues => format!("{argument}: значение «{value}» лишнее"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("{argument}: не то число значений")
        }
        ErrorKind::InvalidUtf8 => "В вызове есть знаки не в UTF-8".to_owned(),
        ErrorKind::NoEquals | ErrorKind::Io | ErrorKind::Format => told.to_string(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => told.to_string(),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | _ => told.to_string(),
    }
}

/// Why a value does not fit.
fn reason(told: &Error) -> String {
    let Some(source) = told.source() else {
        return String::new();
    };
    let text = source.to_string();
    if source.is::<ParseIntError>() {
        return "Нужно целое число".to_owned();
    }
    match text.split_once(" is not in ") {
        Some((_, bounds)) => {
            let bounds = bounds.trim_start_matches("the required range of ");
            format!("Нужно число из {bounds}")
        }
        None => text,
    }
}

/// What an error names under this kind, side by side.
fn named(told: &Error, kind: ContextKind) -> String {
    match told.get(kind) {
        Some(ContextValue::String(one)) => one.clone(),
        Some(ContextValue::Strings(all)) => all.join(", "),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;
    use crate::command::args::Cli;

    fn told(typed: &[&str]) -> String {
        let argv = std::iter::once("fond").chain(typed.iter().copied());
        worded(&Cli::try_parse_from(argv).unwrap_err())
    }

    #[test]
    fn a_wrong_call_is_told_in_russian_with_what_may_be_meant() {
        for (typed, expected) in [
            (
                &["imprt"][..],
                &["Нет команды «imprt»", "Может быть: export, import"][..],
            ),
            (
                &["import", "--format", "x", "a"],
                &["--format <ФОРМАТ>: «x» не годится", "Бывает: auto"],
            ),
            (
                &["books"],
                &["Не названо: --year <ГОД>", "Вызов: fond books"],
            ),
            (
                &["books", "--year", "x"],
                &["«x» не годится. Нужно целое число"],
            ),
            (&["books", "--year", "1"], &["Нужно число из 1800"]),
            (
                &["restore", "a", "--to-date", "0000-00-00"],
                &["Нужно число из 1..=12"],
            ),
            (
                &["serve", "--listen"],
                &["--listen <АДРЕС>: нужно значение"],
            ),
            (&["serve", "--foo"], &["Нет параметра --foo", "[ПАРАМЕТРЫ]"]),
            (&["serve", "foo"], &["Лишнее в вызове: foo"]),
            (&["library"], &["Команды:"]),
            (&["user", "add", "x", "--role", "foo"], &["роли: admin"]),
            (
                &["reindex", "--data", "a", "--data", "b"],
                &["--data <ПАПКА> называют один раз"],
            ),
        ] {
            let told = told(typed);
            for words in expected {
                assert!(told.contains(words), "{typed:?}: {told}");
            }
            is_russian(&told);
        }
    }

    /// None of the parser's own words is left.
    fn is_russian(text: &str) {
        for word in [
            "error",
            "tip:",
            "invalid",
            "value",
            "Usage",
            "Options",
            "OPTIONS",
            "Arguments",
            "COMMAND",
            "default",
            "Print",
            "env:",
            "For more",
            "required",
        ] {
            assert!(!text.contains(word), "{word}: {text}");
        }
    }

    #[test]
    fn every_help_page_is_in_russian() {
        let mut commands = vec![(Vec::<String>::new(), Cli::command())];
        let mut pages = 0;
        while let Some((path, command)) = commands.pop() {
            let mut typed: Vec<&str> = path.iter().map(String::as_str).collect();
            typed.push("--help");
            is_russian(&told(&typed));
            pages += 1;
            for inner in command.get_subcommands() {
                let path = [&path[..], &[inner.get_name().to_owned()]].concat();
                commands.push((path, inner.clone()));
            }
        }
        assert!(pages > 25, "{pages}");
    }
}
