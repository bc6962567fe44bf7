//! Сверка стола: every note is read, and each that is not what was written is named with what to do about it.
//!
//! Changes nothing. The buckets whose loss somebody has to mend are known here by name.

use super::readers::READER_KEYS;
use super::{Desk, Found, file_name, note};
use crate::error::Error;
use crate::people::KeptUser;

const PASSWORDS: &str = "passwords";
const TOKENS: &str = "tokens";
const SESSIONS: &str = "sessions";

impl Desk {
    /// What is wrong with the desk of these people.
    pub(crate) fn problems(&self, people: &[KeptUser]) -> Result<Vec<String>, Error> {
        let notes = self.raw_both()?;
        let spoilt = notes.iter().filter(|found| found.key().is_err());
        let mut problems: Vec<String> = spoilt.map(|found| said(found, people)).collect();
        let lets_in = |found: &Found| [PASSWORDS, TOKENS].contains(&found.bucket.as_str());
        if self.begun_anew() && people.iter().any(|p| !p.disabled()) && !notes.iter().any(lets_in) {
            problems.push(
                "Папка стола пропала вместе с паролями и ключами, и не войдёт никто: верните её из копии \
                 (fond restore) или задайте пароли заново: fond user passwd ИМЯ --password-stdin"
                    .to_owned(),
            );
        }
        problems.extend(self.name_problems(people)?);
        Ok(problems)
    }
}

impl Found {
    /// Its key, when it is what was written under it.
    pub(super) fn key(&self) -> Result<String, Error> {
        let key = note::key(&self.bucket, &self.note)?;
        if self.is_of(&key) {
            return Ok(key);
        }
        Err(Error::Damaged(format!(
            "Стол, {}: на месте заметки лежит другая",
            self.bucket
        )))
    }

    fn is_of(&self, key: &str) -> bool {
        self.name == file_name(key)
    }
}

fn said(found: &Found, people: &[KeptUser]) -> String {
    let place = &found.place;
    match found.bucket.as_str() {
        PASSWORDS => {
            let name = whose(found, people);
            format!(
                "Пароль повреждён ({place}): задайте новый командой fond user passwd {name} --password-stdin"
            )
        }
        TOKENS => format!(
            "Ключ для программ повреждён ({place}): чья программа перестала входить, тому выдайте новый командой \
             fond user token ИМЯ; повреждённый при этом уберётся"
        ),
        READER_KEYS => {
            let name = whose(found, people);
            format!(
                "Ключ имени читателя повреждён ({place}): верните стол из копии (fond restore) или сотрите имя командой \
                 fond user erase {name} и впишите его заново"
            )
        }
        SESSIONS => format!(
            "Вход повреждён ({place}): человек войдёт заново; повреждённый уберётся при ближайшем входе"
        ),
        _ => format!(
            "Заметка стола повреждена ({place}): остановите программу и уберите её; пропадёт только начатое в ней \
             (черновик, отметка, список входов)"
        ),
    }
}

/// The login name that the note is of.
fn whose<'a>(found: &Found, people: &'a [KeptUser]) -> &'a str {
    let whose = people.iter().find(|user| found.is_of(user.id().as_str()));
    whose.map_or("ИМЯ", |user| user.id().as_str())
}
