//! What lets a person in: passwords and keys for programs, set by others or by oneself.

use super::*;

/// Where one's own password is changed: there the present one is asked for.
const OWN: &str = "Свой пароль меняют в «Мой вход»: там спросят нынешний";

impl People<'_> {
    /// Меняет пароль; every open session of the person ends.
    pub(crate) fn set_password(
        &self,
        by: By<'_>,
        name: &UserId,
        password: &str,
    ) -> Result<(), PeopleError> {
        self.known(name)?;
        let hash = hash_password(password, name.as_str()).map_err(PeopleError::Wrong)?;
        self.catalog.desk().put(PASSWORDS, name.as_str(), &hash)?;
        audit::done(self.catalog, name, Deed::PasswordChanged, by);
        self.end_sessions(name)
    }

    /// Меняет пароль другому: whoever finds a session open must not be able to keep it for good.
    pub(crate) fn set_password_of_another(
        &self,
        by: By<'_>,
        name: &UserId,
        password: &str,
    ) -> Result<(), PeopleError> {
        if by.actor == name {
            return Err(PeopleError::Wrong(OWN.to_owned()));
        }
        self.set_password(by, name, password)
    }

    /// Меняет свой пароль: the present one must be known. Every session ends.
    pub(crate) fn change_own_password(
        &self,
        by: By<'_>,
        present: &str,
        new: &str,
    ) -> Result<(), PeopleError> {
        self.must_know(by, present)?;
        self.set_password(by, by.actor, new)
    }

    /// Выдаёт ключ для своих программ: the present password must be known.
    pub(crate) fn own_token(&self, by: By<'_>, present: &str) -> Result<String, PeopleError> {
        self.must_know(by, present)?;
        self.token(by, by.actor)
    }

    /// Выдаёт ключ для программ; only its hash is kept.
    pub(crate) fn token(&self, by: By<'_>, name: &UserId) -> Result<String, PeopleError> {
        let user = self.known(name)?;
        if user.disabled {
            return Err(PeopleError::Wrong(format!(
                "Вход для {name} закрыт: ключ не выдан"
            )));
        }
        // Whoever gets a new key instead of a spoilt one leaves nothing of that behind.
        self.catalog.desk().clear_spoilt(TOKENS)?;
        let token = new_token()?;
        let row = Token {
            user: name.clone(),
            made: now(),
        };
        self.catalog.desk().put(TOKENS, &token_hash(&token), &row)?;
        audit::done(self.catalog, name, Deed::KeyMade, by);
        Ok(token)
    }

    fn must_know(&self, by: By<'_>, present: &str) -> Result<(), PeopleError> {
        let keys = Keys::of(by.actor.as_str(), by.address);
        self.must_not_wait(&keys, Some(by.actor), by.address)?;
        let hash = self.password(by.actor, by.address)?;
        if password_fits(present, hash.as_deref()) {
            return Ok(());
        }
        self.mistaken(&keys);
        audit::note(self.catalog, by.actor, Deed::Refused, by.address);
        Err(PeopleError::Wrong(
            "Нынешний пароль не подходит: проверьте раскладку и повторите".to_owned(),
        ))
    }

    /// The hash of a password; one that is spoilt on the disk fits nothing until it is set anew.
    pub(super) fn password(
        &self,
        name: &UserId,
        address: &str,
    ) -> Result<Option<String>, PeopleError> {
        match self.catalog.desk().get(PASSWORDS, name.as_str()) {
            Err(Error::Damaged(why)) => {
                tracing::error!(%name, why, "A password is spoilt");
                audit::note(self.catalog, name, Deed::PasswordSpoilt, address);
                Err(PeopleError::Wrong(format!(
                    "Пароль повреждён на диске сервера, и войти с ним нельзя: попросите администратора задать новый \
                     (fond user passwd {name})"
                )))
            }
            read => Ok(read?),
        }
    }
}
