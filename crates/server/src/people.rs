//! People as the server keeps them: names and roles in the journal, what lets them in on the desk.
//!
//! Used by the command line, the sign-in page and the API alike; knows nothing of HTTP.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use catalog::id::{LibraryId, UserId};
use catalog::people::User;
use catalog::{Catalog, Doing, Error};

use crate::auth::secret::{hash_password, new_token, password_fits, token_hash};
use crate::auth::{Credential, Limiter, Person};
use crate::clock::now;
use crate::problem::Problem;

const PASSWORDS: &str = "passwords";
const SESSIONS: &str = "sessions";
const TOKENS: &str = "tokens";
/// A session ends so long after signing in: longer than any working day.
pub(crate) const SESSION_HOURS: i64 = 12;

#[derive(Serialize, Deserialize)]
struct Session {
    user: UserId,
    until: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Token {
    user: UserId,
    made: Timestamp,
}

/// Люди библиотеки.
pub(crate) struct People<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) limiter: &'a Limiter,
    pub(crate) tree: String,
}

/// Why a person was not changed or let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PeopleError {
    /// What was asked does not fit; the text says what to do.
    #[error("{0}")]
    Wrong(String),
    /// The catalogue said no.
    #[error(transparent)]
    Catalog(#[from] Error),
}

impl From<getrandom::Error> for PeopleError {
    fn from(error: getrandom::Error) -> Self {
        Self::Wrong(format!(
            "Система не дала случайных чисел ({error}): повторите"
        ))
    }
}

impl From<PeopleError> for Problem {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Wrong(why) => {
                let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
                Problem::new(status, "refused", "Не записано").detail(why)
            }
            PeopleError::Catalog(error) => error.into(),
        }
    }
}

impl People<'_> {
    /// Заводит человека; without a password nobody can sign in under the name yet.
    pub(crate) fn add(
        &self,
        doing: Doing,
        user: User,
        password: Option<&str>,
    ) -> Result<(), PeopleError> {
        let name = user.id.clone();
        if self.catalog.user(&name)?.is_some() {
            return Err(PeopleError::Wrong(format!(
                "Имя {name} уже занято: выберите другое или смените пароль"
            )));
        }
        if let Some(library) = &user.library {
            self.library(library)?;
        }
        let hash = password
            .map(hash_password)
            .transpose()
            .map_err(PeopleError::Wrong)?;
        self.catalog.set_user(doing, user)?;
        if let Some(hash) = hash {
            self.catalog.desk().put(PASSWORDS, name.as_str(), &hash)?;
        }
        Ok(())
    }

    /// Меняет имя, роль и библиотеку, or opens a closed entrance again.
    pub(crate) fn change(&self, doing: Doing, user: User) -> Result<(), PeopleError> {
        self.known(&user.id)?;
        if let Some(library) = &user.library {
            self.library(library)?;
        }
        Ok(self.catalog.set_user(doing, user)?)
    }

    fn library(&self, library: &LibraryId) -> Result<(), PeopleError> {
        let node = catalog::fund::network::node(self.catalog.view(), library);
        match node.map_err(Error::from)? {
            Some(_) => Ok(()),
            None => Err(PeopleError::Wrong(format!(
                "Библиотеки {library} нет: сначала заведите её"
            ))),
        }
    }

    /// Меняет пароль; every open session of the person ends.
    pub(crate) fn set_password(&self, name: &UserId, password: &str) -> Result<(), PeopleError> {
        self.known(name)?;
        let hash = hash_password(password).map_err(PeopleError::Wrong)?;
        self.catalog.desk().put(PASSWORDS, name.as_str(), &hash)?;
        self.end_sessions(name)
    }

    /// Закрывает вход: sessions and tokens of the person are erased.
    pub(crate) fn disable(&self, doing: Doing, name: &UserId) -> Result<(), PeopleError> {
        let user = self.known(name)?;
        let user = User {
            disabled: true,
            ..user
        };
        self.catalog.set_user(doing, user)?;
        self.end_sessions(name)?;
        for (key, token) in self.catalog.desk().list::<Token>(TOKENS)? {
            if token.user == *name {
                self.catalog.desk().erase(TOKENS, &key)?;
            }
        }
        Ok(())
    }

    /// Выдаёт ключ для программ; only its hash is kept.
    pub(crate) fn token(&self, name: &UserId) -> Result<String, PeopleError> {
        let user = self.known(name)?;
        if user.disabled {
            return Err(PeopleError::Wrong(format!(
                "Вход для {name} закрыт: ключ не выдан"
            )));
        }
        let token = new_token()?;
        let row = Token {
            user: name.clone(),
            made: now(),
        };
        self.catalog.desk().put(TOKENS, &token_hash(&token), &row)?;
        Ok(token)
    }

    /// Впускает по имени и паролю: the token of a new session.
    pub(crate) fn sign_in(
        &self,
        name: &str,
        password: &str,
        address: &str,
    ) -> Result<(String, User), PeopleError> {
        let name_key = format!("name {}", name.to_lowercase());
        let address_key = format!("from {address}");
        let at = Instant::now();
        for key in [&name_key, &address_key] {
            if let Some(wait) = self.limiter.wait(key, at) {
                return Err(PeopleError::Wrong(format!(
                    "Слишком много попыток: повторите через {} с",
                    wait.as_secs() + 1
                )));
            }
        }
        let user = match name.parse::<UserId>() {
            Ok(id) => self.catalog.user(&id)?.filter(|user| !user.disabled),
            Err(_) => None,
        };
        let hash: Option<String> = match &user {
            Some(user) => self.catalog.desk().get(PASSWORDS, user.id.as_str())?,
            None => None,
        };
        let fits = password_fits(password, hash.as_deref());
        let Some(user) = user.filter(|_| fits) else {
            self.limiter.mistake(&name_key, at);
            self.limiter.mistake(&address_key, at);
            return Err(PeopleError::Wrong(
                "Имя или пароль не подходят: проверьте раскладку и повторите".to_owned(),
            ));
        };
        self.limiter.forgive(&name_key);
        self.limiter.forgive(&address_key);
        let token = new_token()?;
        let session = Session {
            user: user.id.clone(),
            until: now() + SignedDuration::from_hours(SESSION_HOURS),
        };
        self.catalog
            .desk()
            .put(SESSIONS, &token_hash(&token), &session)?;
        Ok((token, user))
    }

    /// Выход: the session is erased.
    pub(crate) fn sign_out(&self, token: &str) -> Result<(), PeopleError> {
        Ok(self.catalog.desk().erase(SESSIONS, &token_hash(token))?)
    }

    /// Who shows this; `None` when it opens nothing (any more).
    pub(crate) fn who(&self, credential: &Credential) -> Result<Option<Person>, Problem> {
        let desk = self.catalog.desk();
        let id = match credential {
            Credential::Session(token) => {
                let key = token_hash(token);
                match desk.get::<Session>(SESSIONS, &key)? {
                    Some(session) if session.until > now() => session.user,
                    Some(_) => {
                        desk.erase(SESSIONS, &key)?;
                        return Ok(None);
                    }
                    None => return Ok(None),
                }
            }
            Credential::Token(token) => match desk.get::<Token>(TOKENS, &token_hash(token))? {
                Some(token) => token.user,
                None => return Ok(None),
            },
        };
        let Some(user) = self.catalog.user(&id)?.filter(|user| !user.disabled) else {
            return Ok(None);
        };
        let library_name = match &user.library {
            Some(library) => catalog::fund::network::node(self.catalog.view(), library)?
                .map_or_else(|| library.to_string(), |node| node.name),
            None => self.tree.clone(),
        };
        Ok(Some(Person { user, library_name }))
    }

    fn known(&self, name: &UserId) -> Result<User, PeopleError> {
        self.catalog.user(name)?.ok_or_else(|| {
            PeopleError::Wrong(format!("Имени {name} нет: fond user list покажет всех"))
        })
    }

    fn end_sessions(&self, name: &UserId) -> Result<(), PeopleError> {
        for (key, session) in self.catalog.desk().list::<Session>(SESSIONS)? {
            if session.user == *name {
                self.catalog.desk().erase(SESSIONS, &key)?;
            }
        }
        Ok(())
    }
}
