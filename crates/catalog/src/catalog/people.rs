//! People through the door: of a reader the journal gets a sealed name, and who reads gets it opened.
//!
//! The key lies on the desk before the entry is written, and is destroyed after the entry that erases the name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Catalog, request_hash};
use crate::change::{Change, Entry};
use crate::error::Error;
use crate::id::UserId;
use crate::people::{self, KeptUser, KeyFound, KeyMark, Role, User, Veil};
use crate::store::{Doing, Request};
use crate::table::View;

/// A key that comes and goes while its reader is changed is asked for no oftener.
const TRIES: usize = 8;

/// Why a change of a person was put off: the key that was brought along is not the one it needs.
#[derive(Clone, Copy)]
enum Needs {
    /// One for a new name; a key with this mark is to be destroyed first.
    Key(Option<KeyMark>),
    /// The one that opens what stands.
    Opened(KeyMark),
}

impl Catalog {
    /// Заводит или меняет человека; nothing is written when nothing changes.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Unavailable`].
    pub fn set_user(&self, doing: Doing, user: User) -> Result<(), Error> {
        let request = user.clone();
        let name = user.id.clone();
        let edit = move |_: Option<User>, _: &dyn View| Ok(Some(user.clone()));
        self.edit_user(doing, &request, name, edit)?;
        Ok(())
    }

    /// Решает о человеке по тому, что о нём записано: `edit` is shown who bears the name when it is decided,
    /// and the state beside, and says who is to bear it; nothing is written when it says nothing or the same. It is
    /// asked again when the reader needs another key. `request` tells a repeat from another request under the same
    /// key. Answers with what was written, by a repeat what the first one wrote, as far as its name still opens.
    ///
    /// # Errors
    /// As [`Catalog::set_user`]; [`Error::Damaged`] when a new name would need a key that is spoilt.
    pub fn edit_user(
        &self,
        doing: Doing,
        request: &impl serde::Serialize,
        name: UserId,
        edit: impl Fn(Option<User>, &dyn View) -> Result<Option<User>, Error> + Send + Sync + 'static,
    ) -> Result<Option<User>, Error> {
        let plain = doing.request.unwrap_or_else(|| request_hash(request));
        let edit = Arc::new(edit);
        // The mark of a key that was looked for and not found.
        let mut lost = None;
        for _ in 0..TRIES {
            let found = self.desk().reader_key(&name)?;
            let needs = Arc::new(Mutex::new(None));
            let decide = {
                let (edit, needs) = (Arc::clone(&edit), Arc::clone(&needs));
                let (found, name) = (found.clone(), name.clone());
                move |view: &dyn View| {
                    let stands = people::user(view, &name)?;
                    let put_off = |why| {
                        *needs.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                        Err(busy(&name))
                    };
                    let sealed = stands.as_ref().and_then(KeptUser::sealed);
                    if let Some(sealed) = sealed
                        && found.key().map(people::ReaderKey::mark) != Some(sealed.key)
                        && lost != Some(sealed.key)
                    {
                        return put_off(Needs::Opened(sealed.key));
                    }
                    let shown = stands.as_ref().map(|stands| stands.shown(&found));
                    let right = edit(shown.clone(), view)?;
                    let right = right.filter(|right| shown.as_ref() != Some(right));
                    let Some(right) = right else { return Ok(None) };
                    let follows = KeptUser::following(stands.as_ref(), right, &found);
                    match follows.map_err(no_chance)? {
                        Some(follows) => Ok(Some(Change::Person(follows))),
                        None => put_off(Needs::Key(erased_key(stands.as_ref()))),
                    }
                }
            };
            let request = Request::about(plain, found.key());
            let done = self.store.run(doing.clone(), request, Box::new(decide));
            let needs = *needs.lock().unwrap_or_else(PoisonError::into_inner);
            match needs {
                None => return Ok(person(done?)?.map(|written| written.shown(&found))),
                Some(Needs::Opened(key)) => lost = Some(key),
                Some(Needs::Key(_)) if matches!(found, KeyFound::Spoilt) => {
                    return Err(Error::Damaged(format!(
                        "Ключ имени читателя {name} повреждён: верните стол из копии (fond restore) или сотрите имя \
                         (fond user erase {name}) и впишите его заново"
                    )));
                }
                Some(Needs::Key(old)) => {
                    if old.is_some() {
                        self.desk().destroy_reader_key(&name, old)?;
                    }
                    self.desk().make_reader_key(&name)?;
                }
            }
        }
        Err(busy(&name))
    }

    /// Стирает имя читателя: the entrance is closed and nobody opens the name any more. Says whether it was a reader's;
    /// names of staff stay. What a stop has left half done, a repeat finishes.
    ///
    /// # Errors
    /// [`Error::NotFound`]; else as [`Catalog::set_user`].
    pub fn erase_name(&self, doing: Doing, name: &UserId) -> Result<bool, Error> {
        let request = doing
            .request
            .unwrap_or_else(|| request_hash(&("erase", name)));
        let found = self.desk().reader_key(name)?;
        let reader = name.clone();
        self.store.run(
            doing,
            request,
            Box::new(move |view| {
                let stands = known(people::user(view, &reader)?, &reader)?;
                let key = match stands.veil() {
                    Some(Veil::Sealed(sealed)) => Some(sealed.key),
                    Some(Veil::Erased(key)) if key.is_some() => *key,
                    // What earlier names were sealed with, if there were any.
                    Some(Veil::Erased(_)) | None => found.key().map(people::ReaderKey::mark),
                };
                let erased = matches!(stands.veil(), Some(Veil::Erased(_))) && stands.disabled();
                if erased || stands.role() != Role::Reader {
                    return Ok(None);
                }
                Ok(Some(Change::Person(stands.erased(key))))
            }),
        )?;
        let stands = known(people::user(self.view(), name)?, name)?;
        // If somebody has named the reader again meanwhile, the key of the name before is destroyed already.
        if let Some(Veil::Erased(key)) = stands.veil() {
            self.desk().destroy_reader_key(name, *key)?;
        }
        Ok(stands.role() == Role::Reader)
    }

    /// One person.
    ///
    /// # Errors
    /// [`Error::Damaged`]; [`Error::Unavailable`] when the desk does not answer.
    pub fn user(&self, id: &UserId) -> Result<Option<User>, Error> {
        let Some(stands) = people::user(self.view(), id)? else {
            return Ok(None);
        };
        let found = match stands.sealed() {
            Some(_) => self.desk().reader_key(id)?,
            None => KeyFound::Nothing,
        };
        Ok(Some(stands.shown(&found)))
    }

    /// Everybody, by login name.
    ///
    /// # Errors
    /// As [`Catalog::user`].
    pub fn users(&self) -> Result<Vec<User>, Error> {
        let all = people::users(self.view())?;
        let mut keys = BTreeMap::new();
        if all.iter().any(|user| user.sealed().is_some()) {
            keys = self.desk().reader_keys()?;
        }
        let mut shown = Vec::with_capacity(all.len());
        for user in all {
            let found = match keys.remove(user.id().as_str()) {
                Some(key) => KeyFound::Key(key),
                // Spoilt, or made a moment ago.
                None if user.sealed().is_some() => self.desk().reader_key(user.id())?,
                None => KeyFound::Nothing,
            };
            shown.push(user.shown(&found));
        }
        Ok(shown)
    }

    /// Ends what erasing a name began before a stop; whoever has an old desk under a newer journal loses its keys.
    pub(super) fn finish_erasures(&self) {
        let people = people::users(self.view()).map_err(Error::from);
        if let Err(error) = people.and_then(|people| self.desk().finish_erasures(&people)) {
            tracing::warn!(%error, "The keys of erased names were not looked after");
        }
    }
}

/// Whom an entry speaks of.
fn person(entry: Option<Entry>) -> Result<Option<KeptUser>, Error> {
    match entry.map(|entry| entry.change) {
        Some(Change::Person(user)) => Ok(Some(user)),
        None => Ok(None),
        Some(
            Change::Records(_) | Change::Fund(_) | Change::JobBegun { .. } | Change::JobDone { .. },
        ) => Err(Error::KeyReused),
    }
}

fn known(found: Option<KeptUser>, name: &UserId) -> Result<KeptUser, Error> {
    found.ok_or_else(|| Error::NotFound(format!("Имени {name} нет")))
}

/// The key of the name that was erased.
fn erased_key(stands: Option<&KeptUser>) -> Option<KeyMark> {
    match stands.and_then(KeptUser::veil) {
        Some(Veil::Erased(key)) => *key,
        Some(Veil::Sealed(_)) | None => None,
    }
}

fn busy(name: &UserId) -> Error {
    Error::Unavailable(format!(
        "Имя читателя {name} меняет кто-то ещё: ничего не записано, повторите через секунду"
    ))
}

fn no_chance(source: std::io::Error) -> Error {
    Error::Io {
        what: "случайные числа системы".into(),
        source,
    }
}
