//! What may be typed of libraries and of people: `fond library …` and `fond user …`.

use std::path::PathBuf;

use catalog::id::{LibraryId, UserId};
use catalog::people::Role;
use clap::{Args, Subcommand, ValueEnum};

use super::TEMPLATE;

#[derive(Debug, Subcommand)]
pub(crate) enum Library {
    /// Завести библиотеку
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  fond library add SCHOOL12 --name \"Школа № 12\" --parent RAION --kind school")]
    Add(AddLibrary),
    /// Назвать иначе или переставить библиотеку, которая есть
    #[command(help_template = TEMPLATE, after_help = "Примеры:\n  fond library change SCHOOL12 --name \"Школа № 12 имени Чехова\"\n  fond library change SCHOOL12 --parent RAION\n  fond library change SCHOOL12 --policy политика.json")]
    Change(ChangeLibrary),
    /// Показать дерево библиотек
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  fond library list\n\nВ строке через табуляцию: код, вид, кому подчинена (или -), название.")]
    List,
}

#[derive(Debug, Args)]
pub(crate) struct ChangeLibrary {
    /// Код
    #[arg(value_name = "КОД")]
    pub(crate) code: LibraryId,
    /// Новое название
    #[arg(long, value_name = "НАЗВАНИЕ")]
    pub(crate) name: Option<String>,
    /// Кому подчинена теперь
    #[arg(long, value_name = "КОД")]
    pub(crate) parent: Option<LibraryId>,
    /// Учётная политика: файл JSON
    #[arg(long, value_name = "ФАЙЛ")]
    pub(crate) policy: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AddLibrary {
    /// Код: латинские буквы, цифры, - _ .
    #[arg(value_name = "КОД")]
    pub(crate) code: LibraryId,
    /// Название
    #[arg(long, value_name = "НАЗВАНИЕ")]
    pub(crate) name: String,
    /// Кому подчинена
    #[arg(long, value_name = "КОД")]
    pub(crate) parent: Option<LibraryId>,
    /// Что это
    #[arg(long, value_enum, default_value_t = Kind::School, value_name = "ВИД")]
    pub(crate) kind: Kind,
    /// Учётная политика: файл JSON
    #[arg(long, value_name = "ФАЙЛ")]
    pub(crate) policy: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Region,
    Municipality,
    School,
    Building,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Завести человека
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  echo ваш-длинный-пароль | fond user add иванова --role librarian --library SCHOOL12 --password-stdin")]
    Add(AddUser),
    /// Сменить пароль
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  echo ваш-длинный-пароль | fond user passwd иванова --password-stdin")]
    Passwd {
        /// Имя для входа
        #[arg(value_name = "ИМЯ")]
        name: UserId,
        /// Пароль первой строкой стандартного ввода
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// Показать всех
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  fond user list")]
    List,
    /// Закрыть вход
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  fond user disable иванова\n\nСеансы и ключи человека кончаются сразу; его дела остаются в журнале.")]
    Disable {
        /// Имя для входа
        #[arg(value_name = "ИМЯ")]
        name: UserId,
    },
    /// Стереть имя читателя и закрыть вход; вернуть имя нельзя
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  fond user erase иванова\n\nСтирается, как зовут читателя, его пароль, ключи и список входов; имя для входа остаётся в журнале.\nИмена сотрудников не стираются. В резервных копиях, снятых раньше, ключ имени ещё есть.")]
    Erase {
        /// Имя для входа
        #[arg(value_name = "ИМЯ")]
        name: UserId,
    },
    /// Выдать ключ для программ; он печатается один раз
    #[command(help_template = TEMPLATE, after_help = "Пример:\n  fond user token обмен\n\nПрограмма передаёт его так: Authorization: Bearer КЛЮЧ")]
    Token {
        /// Имя для входа
        #[arg(value_name = "ИМЯ")]
        name: UserId,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddUser {
    /// Имя для входа
    #[arg(value_name = "ИМЯ")]
    pub(crate) name: UserId,
    /// admin, head, librarian, auditor или reader
    #[arg(long, value_parser = role, value_name = "РОЛЬ")]
    pub(crate) role: Role,
    /// Где работает; без кода – во всей сети
    #[arg(long, value_name = "КОД")]
    pub(crate) library: Option<LibraryId>,
    /// Пароль первой строкой стандартного ввода
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

fn role(code: &str) -> Result<Role, String> {
    Role::by_code(code).ok_or_else(|| "роли: admin, head, librarian, auditor, reader".to_owned())
}
