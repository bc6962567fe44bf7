//! People as the server keeps them: names and roles in the journal, what lets them in on the desk.
//!
//! Used by the command line, the sign-in page and the API alike; knows nothing of HTTP.

mod erase;
mod name;
mod secrets;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use catalog::id::{LibraryId, UserId};
use catalog::people::{Role, User, names};
use catalog::table::View;
use catalog::{Catalog, Doing, Error};

use crate::audit::{self, By, Deed};
use crate::auth::limiter::{ADDRESS, NAME};
use crate::auth::secret::{hash_password, new_token, password_fits, token_hash};
use crate::auth::{Credential, Limiter, Person};
use crate::clock::now;
use crate::problem::Problem;

const PASSWORDS: &str = "passwords";
const SESSIONS: &str = "sessions";
const TOKENS: &str = "tokens";
/// A session ends so long after signing in: longer than any working day.
pub(crate) const SESSION_HOURS: i64 = 12;
/// A session that nobody used for so long ends too: longer than a lesson or a dinner, shorter than a walk home.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// The use of a session is noted no oftener.
const NOTED: SignedDuration = SignedDuration::from_mins(5);

#[derive(Serialize, Deserialize)]
struct Session {
    user: UserId,
    until: Timestamp,
    /// When it was used last; sessions of older programs do not say.
    #[serde(default)]
    used: Option<Timestamp>,
}

impl Session {
    fn ends(&self) -> Timestamp {
        let idle = self.used.map(|used| used.saturating_add(IDLE));
        idle.and_then(Result::ok)
            .map_or(self.until, |idle| idle.min(self.until))
    }
}

#[derive(Serialize, Deserialize)]
struct Token {
    user: UserId,
    made: Timestamp,
}

/// What tries are counted by.
struct Keys {
    name: String,
    address: String,
}

impl Keys {
    fn of(name: &str, address: &str) -> Self {
        Self {
            name: format!("name {}", name.to_lowercase()),
            address: format!("from {address}"),
        }
    }
}

/// Люди библиотеки.
pub(crate) struct People<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) limiter: &'a Limiter,
    pub(crate) tree: String,
}

/// What is to be different about a person; `None` leaves it as it stands.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Right {
    pub(crate) title: Option<String>,
    pub(crate) powers: Option<(Role, Option<LibraryId>)>,
    pub(crate) disabled: Option<bool>,
}

impl Right {
    fn of(self, user: User) -> User {
        let (role, library) = self.powers.unwrap_or((user.role, user.library));
        User {
            title: self.title.unwrap_or(user.title),
            role,
            library,
            disabled: self.disabled.unwrap_or(user.disabled),
            id: user.id,
        }
    }
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
        let given = names(self.catalog.view()).map_err(Error::from)?;
        if let Some(why) = name::unfit(&name, &given) {
            return Err(PeopleError::Wrong(why));
        }
        if let Some(library) = &user.library {
            self.library(library)?;
        }
        let hash = password
            .map(|password| hash_password(password, name.as_str()))
            .transpose()
            .map_err(PeopleError::Wrong)?;
        // A stop between the two writes leaves a person without a password: the same words then end what they began.
        let kept: Option<String> = self.catalog.desk().get(PASSWORDS, name.as_str())?;
        let unfinished = hash.is_some() && kept.is_none();
        // Why the name was not given, if so; nothing when this is a repeat of what was done before.
        let judged = Arc::new(Mutex::new(None));
        let tells = Arc::clone(&judged);
        // The digest of a request stands in the journal for ever: none is taken of the password.
        let doing = Doing {
            request: None,
            ..doing
        };
        let request = user.clone();
        let decide = move |stands: Option<User>, view: &dyn View| {
            let why = match stands {
                Some(stands) if unfinished && stands == user => None,
                Some(_) => Some(taken(&user.id)),
                // Whoever came in since the name was looked at may bear one like it.
                None => name::unfit(&user.id, &names(view)?),
            };
            let given = why.is_none();
            *tells.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
            Ok(given.then(|| user.clone()))
        };
        self.catalog
            .edit_user(doing, &request, name.clone(), decide)?;
        let judged = judged.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Some(why)) = judged {
            return Err(PeopleError::Wrong(why));
        }
        if let Some(hash) = hash.filter(|_| judged.is_some() || kept.is_none()) {
            self.catalog.desk().put(PASSWORDS, name.as_str(), &hash)?;
        }
        Ok(())
    }

    /// Меняет имя, роль и библиотеку, opens or closes the entrance; what is not named stays as it stands. Answers with
    /// the person as written, by a repeat as the first one wrote; nothing when there was nothing to write.
    pub(crate) fn change(
        &self,
        doing: Doing,
        name: &UserId,
        right: Right,
    ) -> Result<Option<User>, PeopleError> {
        self.known(name)?;
        if let Some((_, Some(library))) = &right.powers {
            self.library(library)?;
        }
        let request = ("change", name, right.clone());
        let closes = right.disabled == Some(true);
        let decide =
            move |stands: Option<User>, _: &dyn View| Ok(stands.map(|user| right.clone().of(user)));
        let written = self
            .catalog
            .edit_user(doing, &request, name.clone(), decide)?;
        if closes {
            self.shut_out(name)?;
        }
        Ok(written)
    }

    /// Sessions and keys go with the entrance; if somebody has opened it again since, they stay.
    fn shut_out(&self, name: &UserId) -> Result<(), PeopleError> {
        if !self.known(name)?.disabled {
            return Ok(());
        }
        audit::note(self.catalog, name, Deed::EntranceClosed, "");
        self.end_sessions(name)?;
        for (key, token) in self.catalog.desk().list::<Token>(TOKENS)? {
            if token.user == *name {
                self.catalog.desk().erase(TOKENS, &key)?;
            }
        }
        Ok(())
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

    /// Заканчивает все входы человека.
    pub(crate) fn sign_out_everywhere(&self, name: &UserId) -> Result<(), PeopleError> {
        audit::note(self.catalog, name, Deed::SignedOutEverywhere, "");
        self.end_sessions(name)
    }

    /// Закрывает вход: sessions and tokens of the person are erased.
    pub(crate) fn disable(&self, doing: Doing, name: &UserId) -> Result<Option<User>, PeopleError> {
        let right = Right {
            disabled: Some(true),
            ..Right::default()
        };
        self.change(doing, name, right)
    }

    /// Впускает по имени и паролю: the token of a new session.
    pub(crate) fn sign_in(
        &self,
        name: &str,
        password: &str,
        address: &str,
    ) -> Result<(String, User), PeopleError> {
        let keys = Keys::of(name, address);
        let user = match name.parse::<UserId>() {
            Ok(id) => self.catalog.user(&id)?.filter(|user| !user.disabled),
            Err(_) => None,
        };
        self.must_not_wait(&keys, user.as_ref().map(|user| &user.id), address)?;
        let hash = match &user {
            Some(user) => self.password(&user.id, address)?,
            None => None,
        };
        let fits = password_fits(password, hash.as_deref());
        if !fits {
            self.mistaken(&keys);
            match &user {
                Some(user) => audit::note(self.catalog, &user.id, Deed::Refused, address),
                None => audit::stranger(address),
            }
        }
        let Some(user) = user.filter(|_| fits) else {
            return Err(PeopleError::Wrong(
                "Имя или пароль не подходят: проверьте раскладку и повторите".to_owned(),
            ));
        };
        // The address is not forgiven: one's own password is no cover for guessing others'.
        self.limiter.forgive(&keys.name);
        audit::note(self.catalog, &user.id, Deed::SignedIn, address);
        Ok((self.new_session(&user.id)?, user))
    }

    /// Opens a session and gives its token; sessions that are over are swept on the way.
    fn new_session(&self, user: &UserId) -> Result<String, PeopleError> {
        let at = now();
        self.catalog.desk().clear_spoilt(SESSIONS)?;
        for (key, session) in self.catalog.desk().list::<Session>(SESSIONS)? {
            if session.ends() <= at {
                self.catalog.desk().erase(SESSIONS, &key)?;
            }
        }
        let token = new_token()?;
        let session = Session {
            user: user.clone(),
            until: at + SignedDuration::from_hours(SESSION_HOURS),
            used: Some(at),
        };
        self.catalog
            .desk()
            .put(SESSIONS, &token_hash(&token), &session)?;
        Ok(token)
    }

    /// How long one who would sign in as this, from there, has to wait after too many mistakes.
    pub(crate) fn has_to_wait(&self, name: &str, address: &str) -> Option<Duration> {
        self.wait(&Keys::of(name, address))
    }

    fn wait(&self, keys: &Keys) -> Option<Duration> {
        let at = Instant::now();
        let name = self.limiter.wait(&keys.name, NAME, at);
        name.or_else(|| self.limiter.wait(&keys.address, ADDRESS, at))
    }

    fn must_not_wait(
        &self,
        keys: &Keys,
        user: Option<&UserId>,
        address: &str,
    ) -> Result<(), PeopleError> {
        let Some(wait) = self.wait(keys) else {
            return Ok(());
        };
        audit::waits(user, address);
        Err(PeopleError::Wrong(format!(
            "Слишком много попыток: повторите через {} с",
            wait.as_secs() + 1
        )))
    }

    fn mistaken(&self, keys: &Keys) {
        let at = Instant::now();
        self.limiter.mistake(&keys.name, NAME, at);
        self.limiter.mistake(&keys.address, ADDRESS, at);
    }

    /// Выход: the session is erased.
    pub(crate) fn sign_out(&self, token: &str) -> Result<(), PeopleError> {
        let key = token_hash(token);
        if let Some(session) = self.opened::<Session>(SESSIONS, &key)? {
            audit::note(self.catalog, &session.user, Deed::SignedOut, "");
        }
        Ok(self.catalog.desk().erase(SESSIONS, &key)?)
    }

    /// Who shows this; `None` when it opens nothing (any more).
    pub(crate) fn who(&self, credential: &Credential) -> Result<Option<Person>, Problem> {
        let desk = self.catalog.desk();
        let id = match credential {
            Credential::Session(token) => {
                let key = token_hash(token);
                match self.opened::<Session>(SESSIONS, &key)? {
                    Some(session) if session.ends() > now() => self.used(&key, session),
                    Some(_) => {
                        desk.erase(SESSIONS, &key)?;
                        return Ok(None);
                    }
                    None => return Ok(None),
                }
            }
            Credential::Token(token) => match self.opened::<Token>(TOKENS, &token_hash(token))? {
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

    /// A session or a key; one that is spoilt on the disk opens nothing.
    fn opened<T: DeserializeOwned>(&self, bucket: &str, key: &str) -> Result<Option<T>, Error> {
        match self.catalog.desk().get(bucket, key) {
            Err(Error::Damaged(why)) => {
                audit::spoilt(bucket, &why);
                Ok(None)
            }
            read => read,
        }
    }

    /// Notes the use of a session, now and then, and says whose it is; a desk that takes no notes keeps nobody out.
    fn used(&self, key: &str, session: Session) -> UserId {
        let at = now();
        let stale = session
            .used
            .is_none_or(|used| at.duration_since(used) > NOTED);
        if stale {
            let session = Session {
                used: Some(at),
                user: session.user.clone(),
                until: session.until,
            };
            // One that was ended meanwhile stays ended.
            if let Err(error) = self.catalog.desk().renew(SESSIONS, key, &session) {
                tracing::warn!(%error, "The use of a session was not noted");
            }
        }
        session.user
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

fn taken(name: &UserId) -> String {
    format!("Имя {name} уже занято: выберите другое или смените пароль")
}

#[cfg(test)]
mod tests;
