//! Ключи читателей: one key a reader, which opens that reader's name in the journal (D-3).
//!
//! A key stands here, durable, before the journal has a name that it opens; to erase a name is to destroy its key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Desk;
use crate::error::Error;
use crate::id::UserId;
use crate::people::{KeptUser, KeyFound, KeyMark, ReaderKey, Veil};

/// The bucket; keys are login names.
pub(super) const READER_KEYS: &str = "reader-keys";

/// As it stands in a note.
#[derive(Default, Serialize, Deserialize)]
struct Kept {
    /// In hex.
    key: String,
}

impl Desk {
    /// The key of this reader's name.
    pub(crate) fn reader_key(&self, reader: &UserId) -> Result<KeyFound, Error> {
        match self.get::<Kept>(READER_KEYS, reader.as_str()) {
            Ok(None) => Ok(KeyFound::Nothing),
            Ok(Some(kept)) => {
                Ok(ReaderKey::of_hex(&kept.key).map_or(KeyFound::Spoilt, KeyFound::Key))
            }
            Err(Error::Damaged(_)) => Ok(KeyFound::Spoilt),
            Err(error) => Err(error),
        }
    }

    /// The keys of all readers whose notes are sound.
    pub(crate) fn reader_keys(&self) -> Result<BTreeMap<String, ReaderKey>, Error> {
        let kept = self.list::<Kept>(READER_KEYS)?.into_iter();
        Ok(kept
            .filter_map(|(name, kept)| Some((name, ReaderKey::of_hex(&kept.key)?)))
            .collect())
    }

    /// Gives a reader a key where none stands; when this returns, it is durable.
    pub(crate) fn make_reader_key(&self, reader: &UserId) -> Result<(), Error> {
        let fresh = ReaderKey::fresh().map_err(no_chance)?.to_hex();
        self.update(READER_KEYS, reader.as_str(), |kept: &mut Kept| {
            if kept.key.is_empty() {
                kept.key = fresh.clone();
            }
            Ok(())
        })
    }

    /// Destroys the key with this mark, and one that is spoilt: neither opens anything any more. A newer one stays.
    pub(crate) fn destroy_reader_key(
        &self,
        reader: &UserId,
        mark: Option<KeyMark>,
    ) -> Result<(), Error> {
        self.erase_if(READER_KEYS, reader.as_str(), |kept: Option<Kept>| {
            let key = kept.and_then(|kept| ReaderKey::of_hex(&kept.key));
            key.is_none_or(|key| Some(key.mark()) == mark)
        })
    }

    /// Destroys the keys of erased names that a stop or an old copy of the desk has left.
    pub(crate) fn finish_erasures(&self, people: &[KeptUser]) -> Result<(), Error> {
        let gone: Vec<_> = people.iter().filter_map(erased).collect();
        if gone.is_empty() {
            return Ok(());
        }
        let keys = self.reader_keys()?;
        for (reader, mark) in gone {
            if keys
                .get(reader.as_str())
                .is_some_and(|key| key.mark() == mark)
            {
                self.destroy_reader_key(reader, Some(mark))?;
            }
        }
        Ok(())
    }

    /// Names that nobody opens any more though they were not erased, and keys of names that were.
    pub(super) fn name_problems(&self, people: &[KeptUser]) -> Result<Vec<String>, Error> {
        let mut problems = Vec::new();
        let mut keys = None;
        for person in people.iter().filter(|person| person.veil().is_some()) {
            if keys.is_none() {
                keys = Some(self.reader_keys()?);
            }
            let name = person.id();
            let key = keys.as_ref().and_then(|keys| keys.get(name.as_str()));
            let erased =
                erased(person).is_some_and(|(_, mark)| key.is_some_and(|key| key.mark() == mark));
            if erased {
                problems.push(format!(
                    "Имя читателя {name} стёрто, но его ключ ещё лежит на столе: выполните fond user erase {name}"
                ));
            }
            let Some(sealed) = person.sealed() else {
                continue;
            };
            match key.filter(|key| key.mark() == sealed.key) {
                // The note is named already.
                None if matches!(self.reader_key(name)?, KeyFound::Spoilt) => {}
                None => problems.push(format!(
                    "Ключ имени читателя {name} потерян, хотя имя не стирали: верните стол из копии (fond restore) или \
                     впишите имя заново"
                )),
                Some(key) if key.open(sealed, name).is_none() => problems.push(format!(
                    "Имя читателя {name} не открывается своим ключом: впишите его заново"
                )),
                Some(_) => {}
            }
        }
        Ok(problems)
    }
}

/// Whose name was erased, and which key it had.
fn erased(person: &KeptUser) -> Option<(&UserId, KeyMark)> {
    match person.veil() {
        Some(Veil::Erased(Some(mark))) => Some((person.id(), *mark)),
        Some(Veil::Erased(None) | Veil::Sealed(_)) | None => None,
    }
}

fn no_chance(source: std::io::Error) -> Error {
    Error::Io {
        what: "случайные числа системы".into(),
        source,
    }
}
