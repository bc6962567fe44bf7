//! What may be typed: commands, options, help with examples. Does nothing by itself.

mod people;

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::str::FromStr as _;

use clap::{Args, Parser, Subcommand, ValueEnum};

use catalog::JournalHome;
use catalog::id::LibraryId;

pub(crate) use people::{AddLibrary, ChangeLibrary, Kind, Library, User};

use crate::bench::Bench;

const TEMPLATE: &str = "{about}\n\nВызов: {usage}\n\n{all-args}{after-help}";

/// Fond: каталог и учёт библиотечного фонда.
#[derive(Debug, Parser)]
#[command(
    name = "fond",
    version,
    about = "Фонд: каталог и учёт библиотечного фонда",
    help_template = TEMPLATE,
    subcommand_help_heading = "Команды",
    next_help_heading = "Параметры",
    max_term_width = 100,
    after_help = "Примеры:\n  fond demo                              показать на образце школьной библиотеки\n  fond import --library MAIN книги.mrc   принять записи\n  fond books --year 2025                 книга суммарного учёта за год\n\nЗавершение: 0 сделано; 1 сделано, но что-то отказано или неверно; 2 неверный вызов; 3 выполнить нельзя."
)]
pub(crate) struct Cli {
    /// Папка данных
    #[arg(
        long,
        global = true,
        env = "FOND_DATA",
        default_value = "fond-data",
        value_name = "ПАПКА"
    )]
    pub(crate) data: PathBuf,
    /// Где журнал: file (в папке данных) или postgres://… (общий для нескольких серверов)
    #[arg(
        long,
        global = true,
        env = "FOND_JOURNAL",
        default_value = "file",
        value_parser = JournalHome::from_str,
        hide_env_values = true,
        value_name = "ЖУРНАЛ"
    )]
    pub(crate) journal: JournalHome,
    /// Зеркало журнала: папка на другом диске; каждая запись ложится в обе, прежде чем сказано «готово»
    #[arg(long, global = true, env = "FOND_MIRROR", value_name = "ПАПКА")]
    pub(crate) mirror: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Наполнить пустую папку образцом школьной библиотеки и открыть её в браузере
    #[command(
        help_template = TEMPLATE,
        after_help = "Пример:\n  fond demo --data образец --listen 127.0.0.1:8080\n\nНа стандартный вывод идут строки: login ИМЯ ПАРОЛЬ РОЛЬ"
    )]
    Demo(Settings),
    /// Сервер: каталог для читателя, рабочее место, JSON API
    #[command(
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond serve --data /srv/fond --listen 127.0.0.1:8080 --https --proxy 127.0.0.1   за прокси\n  fond serve --data /srv/fond --listen 0.0.0.0:443 --tls-cert fond.crt --tls-key fond.key"
    )]
    Serve(Settings),
    /// Принять записи (и экземпляры, где они есть) из файлов
    #[command(
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond import книги.iso\n  fond import --format irbis --library SCHOOL12 --json irbis.txt\n  fond import --dry-run *.mrc\n  fond import фонд.xlsx                        таблица Excel или CSV: описания и экземпляры по заголовкам столбцов\n\nОдин и тот же файл второй раз ничего не добавит."
    )]
    Import(Import),
    /// Выдать записи на стандартный вывод
    #[command(
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond export > все.mrc\n  fond export --format marcxml --query \"author:Пушкин\""
    )]
    Export(Export),
    /// Перевести записи из формата в формат; папка данных не нужна
    #[command(
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond convert --from iso2709 --to marcxml книги.mrc > книги.xml\n  fond convert --from irbis --to iso2709 --schema rusmarc < irbis.txt > книги.iso"
    )]
    Convert(Convert),
    /// Проверить записи по правилам RUSMARC; папка данных не нужна
    #[command(
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond check книги.iso\n  fond check --json < книги.iso"
    )]
    Check(Check),
    /// Напечатать библиографическое описание каждой записи; папка данных не нужна
    #[command(
        help_template = TEMPLATE,
        after_help = "Пример:\n  fond describe книги.iso"
    )]
    Describe(Describe),
    /// Провести остатки и акты из файла
    #[command(
        help_template = TEMPLATE,
        after_help = "Пример:\n  fond post --library MAIN год-2025.json\n\nКаждый акт проводится целиком или никак; отчёт называет каждый отказ с его правилом."
    )]
    Post(Post),
    /// Напечатать книги учёта за год
    #[command(
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond books --year 2025\n  fond books --year 2025 --library SCHOOL12 --json"
    )]
    Books(Books),
    /// Сверить журнал с таблицами, книгами и поиском
    #[command(
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond verify\n  fond verify --quick --json\n\nЛюбое расхождение: завершение 1 и первая повреждённая запись."
    )]
    Verify(Verify),
    /// Построить поиск заново по журналу
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  fond reindex")]
    Reindex,
    /// Сделать резервную копию работающей или остановленной библиотеки
    #[command(help_template = TEMPLATE, after_help = "Примеры:\n  fond backup /mnt/disk/fond-2026-11-21.backup\n  fond backup --prove /mnt/disk/fond.backup   и восстановить её на пробу")]
    Backup(Backup),
    /// Восстановить библиотеку из копии в пустую папку; восстановленное сверяется
    #[command(
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond restore --data /srv/fond fond.backup\n  fond restore --data /srv/fond --to-date 2026-11-20 fond.backup\n  fond restore --data /srv/fond /mnt/disk2/fond-mirror      из папки зеркала"
    )]
    Restore(Restore),
    /// Перенести библиотеку в общий журнал или обратно; цепь записей остаётся той же
    #[command(
        name = "move",
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond move --data /srv/fond postgres://fond@db/fond      из папки в PostgreSQL\n  fond move --data /srv/fond --journal postgres://fond@db/fond file   и обратно"
    )]
    Move(Move),
    /// Библиотеки: дерево регион – муниципалитет – школа – здание
    #[command(
        subcommand,
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond library add SCHOOL12 --name \"Школа № 12\" --kind school\n  fond library list"
    )]
    Library(Library),
    /// Люди: вход, роли, ключи для программ
    #[command(
        subcommand,
        help_template = TEMPLATE,
        after_help = "Примеры:\n  echo ваш-длинный-пароль | fond user add иванова --role librarian --password-stdin\n  fond user token иванова"
    )]
    User(User),
    /// Лицензии всего, что вложено в программу
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  fond licences")]
    Licences,
    /// Замеры: сделать каталог, принять его, спросить; итоги в JSON
    #[command(
        subcommand,
        help_template = TEMPLATE,
        after_help = "Примеры:\n  fond bench generate --records 100000 > книги.mrc\n  fond bench load --data замер книги.mrc"
    )]
    Bench(Bench),
}

impl Command {
    /// How a server speaks; nothing for a command that ends by itself.
    pub(crate) fn serves(&self) -> Option<Log> {
        if let Command::Serve(settings) | Command::Demo(settings) = self {
            Some(settings.log)
        } else {
            None
        }
    }

    /// Whether the command may begin a library where there is none, or needs none.
    pub(crate) fn may_begin(&self) -> bool {
        match self {
            Command::Demo(_)
            | Command::Serve(_)
            | Command::Import(_)
            | Command::Post(_)
            | Command::Restore(_)
            | Command::Move(_)
            | Command::Convert(_)
            | Command::Check(_)
            | Command::Describe(_)
            | Command::Licences
            | Command::Bench(_)
            | Command::Library(Library::Add(_))
            | Command::User(User::Add(_)) => true,
            Command::Export(_)
            | Command::Books(_)
            | Command::Verify(_)
            | Command::Reindex
            | Command::Backup(_)
            | Command::Library(Library::Change(_) | Library::List)
            | Command::User(
                User::Passwd { .. }
                | User::List
                | User::Disable { .. }
                | User::Erase { .. }
                | User::Token { .. },
            ) => false,
        }
    }

    /// Whether the command may read stdin.
    pub(crate) fn wants_stdin(&self) -> bool {
        match self {
            Command::User(User::Add(_) | User::Passwd { .. }) => true,
            Command::Import(import) => import.files.iter().any(|f| f.as_os_str() == "-"),
            Command::Post(post) => post.file.as_os_str() == "-",
            Command::Demo(_)
            | Command::Serve(_)
            | Command::Export(_)
            | Command::Convert(_)
            | Command::Check(_)
            | Command::Describe(_)
            | Command::Books(_)
            | Command::Verify(_)
            | Command::Reindex
            | Command::Backup(_)
            | Command::Restore(_)
            | Command::Move(_)
            | Command::Library(_)
            | Command::Licences
            | Command::Bench(_)
            | Command::User(
                User::List | User::Disable { .. } | User::Erase { .. } | User::Token { .. },
            ) => false,
        }
    }
}

/// Settings of the server, read once.
#[derive(Clone, Debug, Args)]
pub(crate) struct Settings {
    /// Адрес (или имя) и порт
    #[arg(
        long,
        env = "FOND_LISTEN",
        default_value = "127.0.0.1:8080",
        value_parser = address,
        value_name = "АДРЕС"
    )]
    pub(crate) listen: SocketAddr,
    /// Журнал событий сервера: текстом или по строке JSON на событие
    #[arg(long, env = "FOND_LOG", value_enum, default_value_t = Log::Text, value_name = "ВИД")]
    pub(crate) log: Log,
    /// Библиотека доступна по https: печеньки входа отдаются только ему
    #[arg(long, env = "FOND_HTTPS")]
    pub(crate) https: bool,
    /// Сертификат (цепочка, PEM): сервер сам говорит по https; по SIGHUP читается заново
    #[arg(long, env = "FOND_TLS_CERT", requires = "tls_key", value_name = "ФАЙЛ")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Ключ к сертификату (PEM)
    #[arg(long, env = "FOND_TLS_KEY", requires = "tls_cert", value_name = "ФАЙЛ")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Адрес прокси перед сервером: откуда пришёл человек, говорит его X-Forwarded-For
    #[arg(long, env = "FOND_PROXY", value_name = "IP")]
    pub(crate) proxy: Option<IpAddr>,
}

/// An address to listen on; of a name, the first of its addresses.
fn address(typed: &str) -> Result<SocketAddr, String> {
    let known = typed.to_socket_addrs().ok().and_then(|mut all| all.next());
    known.ok_or_else(|| {
        "такого адреса у этого компьютера нет: назовите IP и порт, например 127.0.0.1:8080"
            .to_owned()
    })
}

impl Settings {
    /// Whether people come by https, to us or to the proxy before us.
    pub(crate) fn is_https(&self) -> bool {
        self.https || self.tls_cert.is_some()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Log {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Auto,
    Iso2709,
    Marcxml,
    Marcjson,
    Irbis,
    Mrk,
    Csv,
    Xlsx,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    Iso2709,
    Marcxml,
    Marcjson,
    Irbis,
    Mrk,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Schema {
    Rusmarc,
    Marc21,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Формат файлов
    #[arg(long, value_enum, default_value_t = Format::Auto, value_name = "ФОРМАТ")]
    pub(crate) format: Format,
    /// Чьи это записи и экземпляры; единственную библиотеку можно не называть
    #[arg(long, value_name = "КОД")]
    pub(crate) library: Option<LibraryId>,
    /// Только отчёт: ничего не сохранять
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Отчёт в виде JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Файлы; «-» читает стандартный ввод
    #[arg(required = true, value_name = "ФАЙЛ")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// Формат вывода
    #[arg(long, value_enum, default_value_t = Target::Iso2709, value_name = "ФОРМАТ")]
    pub(crate) format: Target,
    /// Только найденное этим запросом
    #[arg(long, value_name = "ЗАПРОС")]
    pub(crate) query: Option<String>,
    /// Только записи этой библиотеки и её подчинённых
    #[arg(long, value_name = "КОД")]
    pub(crate) library: Option<LibraryId>,
}

#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// Из какого формата
    #[arg(long, value_enum, value_name = "ФОРМАТ")]
    pub(crate) from: Format,
    /// В какой формат
    #[arg(long, value_enum, value_name = "ФОРМАТ")]
    pub(crate) to: Target,
    /// В какую схему; без неё записи остаются в своей
    #[arg(long, value_enum, value_name = "СХЕМА")]
    pub(crate) schema: Option<Schema>,
    /// Файл; без него читается стандартный ввод
    #[arg(value_name = "ФАЙЛ")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Формат файла
    #[arg(long, value_enum, default_value_t = Format::Auto, value_name = "ФОРМАТ")]
    pub(crate) format: Format,
    /// Замечания в виде JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Файл; без него читается стандартный ввод
    #[arg(value_name = "ФАЙЛ")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Describe {
    /// Формат файла
    #[arg(long, value_enum, default_value_t = Format::Auto, value_name = "ФОРМАТ")]
    pub(crate) format: Format,
    /// Файл; без него читается стандартный ввод
    #[arg(value_name = "ФАЙЛ")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Post {
    /// Чей фонд; единственную библиотеку можно не называть
    #[arg(long, value_name = "КОД")]
    pub(crate) library: Option<LibraryId>,
    /// Отчёт в виде JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Файл; «-» читает стандартный ввод
    #[arg(value_name = "ФАЙЛ")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Books {
    /// Год
    #[arg(long, value_name = "ГОД", value_parser = clap::value_parser!(i16).range(1800..=9999))]
    pub(crate) year: i16,
    /// Чей фонд; единственную библиотеку можно не называть
    #[arg(long, value_name = "КОД")]
    pub(crate) library: Option<LibraryId>,
    /// В виде JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Только цепочка журнала, отметки и суммы
    #[arg(long)]
    pub(crate) quick: bool,
    /// Отчёт в виде JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// Восстановить копию на пробу и сверить: место на диске нужно ещё раз
    #[arg(long)]
    pub(crate) prove: bool,
    /// Куда; существующий файл заменяется, когда копия готова
    #[arg(value_name = "ФАЙЛ")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Move {
    /// Куда: file или postgres://…; адрес с паролем лучше дать через переменную среды
    #[arg(
        value_parser = JournalHome::from_str,
        value_name = "КУДА",
        env = "FOND_MOVE_TO",
        hide_env_values = true
    )]
    pub(crate) to: JournalHome,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Только записи журнала по эту
    #[arg(long, value_name = "НОМЕР", conflicts_with = "to_date")]
    pub(crate) to_seq: Option<u64>,
    /// Только записанное по этот день включительно
    #[arg(long, value_name = "ГГГГ-ММ-ДД")]
    pub(crate) to_date: Option<jiff::civil::Date>,
    /// Резервная копия или папка зеркала
    #[arg(value_name = "ФАЙЛ")]
    pub(crate) file: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_listens_on_the_first_address_of_a_name() {
        for (typed, loopback) in [
            ("localhost:8080", true),
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("0.0.0.0:8080", false),
        ] {
            let cli = Cli::try_parse_from(["fond", "serve", "--listen", typed]).unwrap();
            let Command::Serve(settings) = cli.command else {
                panic!("{typed} is no command");
            };
            assert_eq!(settings.listen.port(), 8080);
            assert_eq!(settings.listen.ip().is_loopback(), loopback, "{typed}");
        }
        for typed in ["localhost", "8080", "no such name:8080"] {
            let refused = Cli::try_parse_from(["fond", "serve", "--listen", typed]).unwrap_err();
            assert!(refused.to_string().contains("127.0.0.1:8080"), "{refused}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }
}
