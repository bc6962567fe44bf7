//! Сверка стола: every note is read, and each that is not what was written is named with what to do about it.
//!
//! Changes nothing. The buckets whose loss somebody has to mend are known here by name.

use super::{Desk, Found, file_name, note};
use crate::error::Error;
use crate::people::User;

const PASSWORDS: &str = "passwords";
const TOKENS: &str = "tokens";
const SESSIONS: &str = "sessions";

impl Desk {
    /// What is wrong with the desk of these people.
    pub(crate) fn problems(&self, people: &[User]) -> Result<Vec<String>, Error> {
        let notes = self.raw_both()?;
        let spoilt = notes.iter().filter(|found| found.key().is_err());
        let mut problems: Vec<String> = spoilt.map(|found| said(found, people)).collect();
        let lets_in = |found: &Found| [PASSWORDS, TOKENS].contains(&found.bucket.as_str());
        if self.begun_anew() && people.iter().any(|p| !p.disabled) && !notes.iter().any(lets_in) {
            problems.push(
                "Папка стола пропала вместе с паролями и ключами, и не войдёт никто: верните её из копии \
                 (fond restore) или задайте пароли заново: fond user passwd ИМЯ --password-stdin"
                    .to_owned(),
            );
        }
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

fn said(found: &Found, people: &[User]) -> String {
    let place = &found.place;
    match found.bucket.as_str() {
        PASSWORDS => {
            let whose = people.iter().find(|user| found.is_of(user.id.as_str()));
            let name = whose.map_or("ИМЯ", |user| user.id.as_str());
            format!(
                "Пароль повреждён ({place}): задайте новый командой fond user passwd {name} --password-stdin"
            )
        }
        TOKENS => format!(
            "Ключ для программ повреждён ({place}): чья программа перестала входить, тому выдайте новый командой \
             fond user token ИМЯ; повреждённый при этом уберётся"
        ),
        SESSIONS => format!(
            "Вход повреждён ({place}): человек войдёт заново; повреждённый уберётся при ближайшем входе"
        ),
        _ => format!(
            "Заметка стола повреждена ({place}): остановите программу и уберите её; пропадёт только начатое в ней \
             (черновик, отметка, список входов)"
        ),
    }
}
