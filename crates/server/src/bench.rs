//! `fond bench`: loads and questions that anyone can repeat, with figures as JSON.
//!
//! Everything is made by a seed; nothing here is part of the work of a library.

mod book;
mod chance;
mod client;
mod figures;
mod generate;
mod load;
mod mixed;
mod open;
mod queries;
mod recall;
mod search;
mod words;

use std::fmt::Display;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use catalog::Error;
use catalog::id::UserId;
use catalog::people::{Role, User};

use crate::app::App;
use crate::io::{ExitStatus, Io, reason};

/// What may be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Сделать каталог из выдуманных книг и выдать его на стандартный вывод
    Generate(Generate),
    /// Принять файл в пустую папку: от первого байта до последней найденной записи
    Load {
        /// Файл записей
        #[arg(value_name = "ФАЙЛ")]
        file: PathBuf,
    },
    /// Напечатать набор вопросов, которыми меряют поиск
    Questions,
    /// Задать все вопросы указателю: p50, p95, p99 по видам вопросов
    Search {
        /// Сколько раз задать каждый
        #[arg(long, default_value_t = 3, value_name = "ЧИСЛО")]
        rounds: usize,
    },
    /// Сколько форм слова сходятся в поиске; пары и словарь делает scripts/lemmas --recall
    Recall {
        /// Ещё один словарь, кроме вложенного
        #[arg(long, value_name = "ФАЙЛ")]
        dictionary: Option<PathBuf>,
        /// Пары: вид, слово, слово через табуляцию
        #[arg(value_name = "ПАРЫ")]
        pairs: PathBuf,
    },
    /// Открывать папку сервером снова и снова: после остановки и после убийства
    Open {
        /// Сколько раз
        #[arg(long, default_value_t = 3, value_name = "ЧИСЛО")]
        rounds: usize,
    },
    /// Страницы одна за другой, затем все сразу через HTTP: поиск, записи, подсказки, выдачи (они остаются в журнале)
    Mixed {
        /// Запросов в секунду
        #[arg(long, default_value_t = 50, value_name = "ЧИСЛО")]
        rate: u64,
        /// Сколько секунд
        #[arg(long, default_value_t = 30, value_name = "ЧИСЛО")]
        seconds: u64,
        /// Сколько экземпляров с номерами 1, 2, 3… стоит в фонде
        #[arg(long, default_value_t = 0, value_name = "ЧИСЛО")]
        items: u64,
        /// Сколько соединений: больше запросов без ответа одновременно не бывает
        #[arg(long, default_value_t = 256, value_name = "ЧИСЛО")]
        clients: u64,
    },
}

/// Copies of one made record.
const MOST_COPIES: u64 = 10_000;

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Сколько записей
    #[arg(long, default_value_t = 10_000, value_name = "ЧИСЛО")]
    records: u64,
    /// Сколько экземпляров на все записи
    #[arg(long, default_value_t = 0, value_name = "ЧИСЛО")]
    items: u64,
    /// Зерно: то же зерно даёт те же байты
    #[arg(long, default_value_t = 1, value_name = "ЧИСЛО")]
    seed: u64,
    /// rusmarc – ISO 2709; irbis – текст ИРБИС, экземпляры которого встают на учёт
    #[arg(long, value_enum, default_value_t = Shape::Rusmarc, value_name = "ВИД")]
    format: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shape {
    Rusmarc,
    Irbis,
}

/// Runs what needs no library.
pub(crate) fn without_library(bench: &Bench, io: &mut Io<'_>) -> Option<ExitStatus> {
    match bench {
        Bench::Generate(asked) => {
            let order = generate::Order {
                records: asked.records,
                items: asked.items,
                seed: asked.seed,
                irbis: asked.format == Shape::Irbis,
            };
            if order.items / order.records.max(1) > MOST_COPIES {
                return Some(io.cannot(format!(
                    "Больше {MOST_COPIES} экземпляров на запись не делается: увеличьте --records"
                )));
            }
            Some(match generate::write_all(&order, &mut io.stdout) {
                Ok(()) => ExitStatus::Done,
                Err(error) => io.cannot(reason(&error)),
            })
        }
        Bench::Questions => Some(match io.stdout.write_all(queries::made().as_bytes()) {
            Ok(()) => ExitStatus::Done,
            Err(error) => io.cannot(reason(&error)),
        }),
        Bench::Recall { dictionary, pairs } => Some(recalled(dictionary.as_deref(), pairs, io)),
        Bench::Load { .. } | Bench::Search { .. } | Bench::Open { .. } | Bench::Mixed { .. } => {
            None
        }
    }
}

fn recalled(dictionary: Option<&Path>, pairs: &Path, io: &mut Io<'_>) -> ExitStatus {
    let pairs = std::fs::read_to_string(io.path(pairs));
    let other = dictionary.map(|file| std::fs::read(io.path(file)));
    let (pairs, other) = match (pairs, other.transpose()) {
        (Ok(pairs), Ok(other)) => (pairs, other),
        (Err(error), _) | (_, Err(error)) => return io.cannot(reason(&error)),
    };
    let (table, enough) = match recall::run(&pairs, other.as_deref()) {
        Ok(measured) => measured,
        Err(why) => return io.cannot(why),
    };
    match io.stdout.write_all(table.as_bytes()) {
        Ok(()) if enough => ExitStatus::Done,
        Ok(()) => ExitStatus::Findings,
        Err(error) => io.cannot(reason(&error)),
    }
}

/// Runs what owns the data folder.
pub(crate) fn on_library(bench: &Bench, app: App, io: &mut Io<'_>) -> ExitStatus {
    let figures = match bench {
        Bench::Generate(_) | Bench::Questions | Bench::Recall { .. } => return ExitStatus::Done,
        Bench::Load { file } => as_json(load_fresh(&io.path(file), app, io)),
        Bench::Search { rounds } => {
            let found = app
                .fresh_index()
                .and_then(|index| search::run(index, *rounds));
            as_json(found)
        }
        Bench::Open { rounds } => {
            through_http(app, |data, token, _| open::run(data, &token, *rounds))
        }
        Bench::Mixed {
            rate,
            seconds,
            items,
            clients,
        } => through_http(app, |data, token, records| {
            let (rate, seconds, items, clients) = (*rate, *seconds, *items, *clients);
            let order = mixed::Order {
                rate,
                seconds,
                records,
                items,
                clients,
                token,
            };
            mixed::run(data, &order)
        }),
    };
    let printed = match figures {
        Ok(figures) => io.json(&figures),
        Err(why) => return io.cannot(why),
    };
    match printed {
        Ok(()) => ExitStatus::Done,
        Err(error) => io.cannot(reason(&error)),
    }
}

fn as_json<T: Serialize, E: Display>(figures: Result<T, E>) -> Result<serde_json::Value, String> {
    let figures = figures.map_err(|error| error.to_string())?;
    serde_json::to_value(figures).map_err(|error| error.to_string())
}

/// Gives the folder to servers of its own; `work` is told the folder, a key and the number of records.
fn through_http<T: Serialize>(
    app: App,
    work: impl FnOnce(&Path, String, u64) -> std::io::Result<T>,
) -> Result<serde_json::Value, String> {
    let said = |error: &dyn Display| error.to_string();
    let library = app.the_library(None).map_err(|e| said(&e))?;
    let id = "bench".parse::<UserId>().map_err(|e| said(&e))?;
    let user = User {
        id,
        title: "Замер".to_owned(),
        role: Role::Head,
        library: Some(library),
        disabled: false,
    };
    let token = app.admit(user).map_err(|e| said(&e))?;
    let records = app.catalog().record_count().map_err(|e| said(&e))?;
    app.fresh_index().map_err(|e| said(&e))?;
    let data = app.catalog().folder().to_owned();
    drop(app);
    as_json(work(&data, token, records))
}

fn load_fresh(file: &Path, app: App, io: &mut Io<'_>) -> Result<load::Loaded, Error> {
    if app.catalog().head().seq.get() > 0 {
        return Err(Error::Unavailable(
            "Папка не пуста: для замера назовите новую через --data".to_owned(),
        ));
    }
    load::run(file, app, io)
}
