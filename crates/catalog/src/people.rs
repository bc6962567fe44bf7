//! Сотрудники и читатели со входом: names and roles, as journal entries.
//!
//! Passwords and tokens are not here: their hashes lie on the desk, where they can be erased. So do the keys of readers'
//! names: of a reader the journal keeps a sealed name (`seal`).

pub(crate) mod seal;

use serde::{Deserialize, Serialize};

use crate::id::{LibraryId, UserId};
use crate::table::{Table, TableError, Tables, View, all, get, put};

pub(crate) use seal::{KeyMark, ReaderKey, Sealed};

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

/// Учётная запись, as the journal and the tables keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptUser {
    id: UserId,
    /// Как обращаться, in the clear: of staff, and of readers in entries of older programs.
    title: String,
    role: Role,
    library: Option<LibraryId>,
    disabled: bool,
    /// What stands instead of the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    veil: Option<Veil>,
}

/// Что стоит вместо имени.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Veil {
    /// The name under a key of the desk.
    Sealed(Sealed),
    /// Nothing any more; the key with this mark is to be destroyed.
    Erased(Option<KeyMark>),
}

/// Shown in the place of a name that was erased, or whose key is gone.
pub(crate) const ERASED: &str = "имя стёрто";
/// Shown in the place of a name that its key does not open.
pub(crate) const UNREADABLE: &str = "имя не прочитать";

/// The key that stands for a reader, as it was found.
#[derive(Clone)]
pub(crate) enum KeyFound {
    Key(ReaderKey),
    /// There is a note, and it is not what was written.
    Spoilt,
    Nothing,
}

impl KeyFound {
    pub(crate) fn key(&self) -> Option<&ReaderKey> {
        match self {
            KeyFound::Key(key) => Some(key),
            KeyFound::Spoilt | KeyFound::Nothing => None,
        }
    }
}

impl KeptUser {
    pub(crate) fn id(&self) -> &UserId {
        &self.id
    }

    pub(crate) fn role(&self) -> Role {
        self.role
    }

    pub(crate) fn disabled(&self) -> bool {
        self.disabled
    }

    pub(crate) fn veil(&self) -> Option<&Veil> {
        self.veil.as_ref()
    }

    /// The name as it was sealed, if it is.
    pub(crate) fn sealed(&self) -> Option<&Sealed> {
        match &self.veil {
            Some(Veil::Sealed(sealed)) => Some(sealed),
            Some(Veil::Erased(_)) | None => None,
        }
    }

    /// With the name in the clear.
    pub(crate) fn clear(user: User) -> Self {
        Self {
            id: user.id,
            title: user.title,
            role: user.role,
            library: user.library,
            disabled: user.disabled,
            veil: None,
        }
    }

    fn veiled(user: User, veil: Veil) -> Self {
        Self {
            title: String::new(),
            veil: Some(veil),
            ..Self::clear(user)
        }
    }

    /// Of somebody whose name is erased and whose entrance is closed.
    pub(crate) fn erased(self, key: Option<KeyMark>) -> Self {
        Self {
            title: String::new(),
            disabled: true,
            veil: Some(Veil::Erased(key)),
            ..self
        }
    }

    /// As it is shown; a name that cannot be opened is replaced by words that say so.
    pub(crate) fn shown(&self, key: &KeyFound) -> User {
        User {
            id: self.id.clone(),
            title: self.name(key).unwrap_or_else(str::to_owned),
            role: self.role,
            library: self.library.clone(),
            disabled: self.disabled,
        }
    }

    /// The name, or the words instead of it.
    fn name(&self, found: &KeyFound) -> Result<String, &'static str> {
        match (&self.veil, found) {
            (None, _) => Ok(self.title.clone()),
            (Some(Veil::Sealed(sealed)), KeyFound::Key(key)) if key.mark() == sealed.key => {
                key.open(sealed, &self.id).ok_or(UNREADABLE)
            }
            (Some(Veil::Sealed(_)), KeyFound::Spoilt) => Err(UNREADABLE),
            (Some(_), _) => Err(ERASED),
        }
    }

    /// Whether what cannot be opened came in the place of the name.
    fn is_shut(&self, found: &KeyFound) -> bool {
        self.name(found).is_err()
    }

    /// What is to stand of somebody who is to be `right`; nothing where a reader's name needs a key that is not there.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub(crate) fn following(
        stands: Option<&Self>,
        right: User,
        found: &KeyFound,
    ) -> std::io::Result<Option<Self>> {
        // Who posts the words that stood in the place of a name has named nobody.
        let no_name = [ERASED, UNREADABLE].contains(&right.title.as_str());
        if let Some(stands) = stands
            && let Some(veil) = &stands.veil
        {
            let same = no_name || stands.name(found).is_ok_and(|name| name == right.title);
            if same && (right.role == Role::Reader || stands.is_shut(found)) {
                return Ok(Some(Self::veiled(right, veil.clone())));
            }
        }
        if right.role != Role::Reader || right.title.is_empty() {
            return Ok(Some(Self::clear(right)));
        }
        let erased = match stands.and_then(Self::veil) {
            Some(Veil::Erased(key)) => *key,
            Some(Veil::Sealed(_)) | None => None,
        };
        // The key of a name that was erased is never used again.
        let key = found.key().filter(|key| erased != Some(key.mark()));
        let Some(key) = key else { return Ok(None) };
        let sealed = key.seal(&right.title, &right.id)?;
        Ok(Some(Self::veiled(right, Veil::Sealed(sealed))))
    }
}

/// People by login name.
pub(crate) struct Users;
impl Table for Users {
    const ID: u8 = 5;
    type Key = String;
    type Row = KeptUser;
}

/// The person with this login name.
pub(crate) fn user(view: &dyn View, id: &UserId) -> Result<Option<KeptUser>, TableError> {
    get::<Users>(view, &id.to_string())
}

/// Everybody, by login name.
pub(crate) fn users(view: &dyn View) -> Result<Vec<KeptUser>, TableError> {
    all::<Users>(view, &())
}

/// Login names of everybody, in their order.
///
/// # Errors
/// [`TableError`] when the state is damaged.
pub fn names(view: &dyn View) -> Result<Vec<UserId>, TableError> {
    Ok(users(view)?.into_iter().map(|user| user.id).collect())
}

pub(crate) fn apply(user: &KeptUser, tables: &mut dyn Tables) {
    put::<Users>(tables, &user.id.to_string(), user);
}
