//! Сотрудники и читатели со входом: names and roles, as journal entries.
//!
//! Passwords and tokens are not here: their hashes lie on the desk, where they can be erased.

use serde::{Deserialize, Serialize};

use crate::id::{LibraryId, UserId};
use crate::table::{Table, TableError, Tables, View, all, get, put};

/// Роль: what a person may do; what each role may is one table in `server`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Администратор: people, libraries, settings.
    Admin,
    /// Заведующий: everything of the library, approval and closing of periods.
    Head,
    /// Библиотекарь: records, deliveries, acts.
    Librarian,
    /// Проверяющий: sees everything, changes nothing.
    Auditor,
    /// Читатель.
    Reader,
}

impl Role {
    /// All roles, in the order of their powers.
    pub const ALL: [Role; 5] = [
        Role::Admin,
        Role::Head,
        Role::Librarian,
        Role::Auditor,
        Role::Reader,
    ];

    /// The role's public name, as on the command line.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Head => "head",
            Role::Librarian => "librarian",
            Role::Auditor => "auditor",
            Role::Reader => "reader",
        }
    }

    /// The role in Russian.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Role::Admin => "администратор",
            Role::Head => "заведующий",
            Role::Librarian => "библиотекарь",
            Role::Auditor => "проверяющий",
            Role::Reader => "читатель",
        }
    }

    /// The role with this public name.
    #[must_use]
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// Учётная запись человека.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Имя для входа.
    pub id: UserId,
    /// Как обращаться; may be empty.
    pub title: String,
    /// Роль.
    pub role: Role,
    /// The node whose subtree the person works in; `None` is the whole tree.
    pub library: Option<LibraryId>,
    /// Вход закрыт.
    pub disabled: bool,
}

/// People by login name.
pub(crate) struct Users;
impl Table for Users {
    const ID: u8 = 5;
    type Key = String;
    type Row = User;
}

/// The person with this login name.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn user(view: &dyn View, id: &UserId) -> Result<Option<User>, TableError> {
    get::<Users>(view, &id.to_string())
}

/// Everybody, by login name.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn users(view: &dyn View) -> Result<Vec<User>, TableError> {
    all::<Users>(view, &())
}

pub(crate) fn apply(user: &User, tables: &mut dyn Tables) {
    put::<Users>(tables, &user.id.to_string(), user);
}
