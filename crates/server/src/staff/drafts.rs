//! Незаконченное: a long form that was begun and not posted, kept on the desk for its person (D-3).
//!
//! The form still carries everything; this is the copy that outlives a closed tab, a lost session and «назад». No
//! register reads it, and a posted form is forgotten for good: a late copy of it is not kept again.

use catalog::Error;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Pairs;
use crate::app::App;
use crate::auth::Person;
use crate::clock::now;
use crate::problem::Problem;
use crate::view::delivery::Offer;
use crate::view::{Lang, Remark};

const BUCKET: &str = "drafts";
/// So many forms of one kind a person may have begun; the oldest goes first.
const KEPT: usize = 12;
/// Fields that say that a form was begun even when its list is empty.
const WORTH: [&str; 7] = [
    "supplier",
    "doc.number",
    "total",
    "receiver",
    "note",
    "new.title",
    "new.isbn",
];

#[derive(Serialize, Deserialize)]
struct Kept {
    saved: Timestamp,
    pairs: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Listed {
    id: Uuid,
    /// Posted or thrown away: never to come back.
    ended: bool,
}

/// What lies under the name of a form.
enum Found {
    Whole(Kept),
    Spoilt,
    Nothing,
}

/// The begun forms of one kind of one person.
pub(super) struct Drafts<'a> {
    app: &'a App,
    own: String,
    form: Form,
}

/// A kind of form that is kept.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) code: &'static str,
    /// «Незаконченное поступление».
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    /// How many lines of its list pairs hold.
    pub(super) lines: fn(&[(String, String)]) -> usize,
}

impl<'a> Drafts<'a> {
    pub(super) fn of(app: &'a App, person: &Person, form: Form) -> Self {
        let own = format!("{}/{}", person.user.id, form.code);
        Self { app, own, form }
    }

    fn key(&self, id: Uuid) -> String {
        format!("{}/{id}", self.own)
    }

    /// What is listed; a list that is spoilt is begun anew with the next form that is kept.
    fn listed(&self) -> Result<Vec<Listed>, Error> {
        match self.app.catalog().desk().get(BUCKET, &self.own) {
            Err(Error::Damaged(why)) => {
                tracing::warn!(why, "A list of drafts is spoilt");
                Ok(Vec::new())
            }
            listed => Ok(listed?.unwrap_or_default()),
        }
    }

    /// Changes the list; one that is spoilt gives way to a new one.
    fn change<R>(&self, work: impl Fn(&mut Vec<Listed>) -> Result<R, Error>) -> Result<R, Error> {
        let desk = self.app.catalog().desk();
        match desk.update(BUCKET, &self.own, &work) {
            Err(Error::Damaged(_)) => {
                desk.erase(BUCKET, &self.own)?;
                desk.update(BUCKET, &self.own, &work)
            }
            done => done,
        }
    }

    /// A form as it lies on the desk.
    fn read(&self, id: Uuid) -> Result<Found, Error> {
        match self.app.catalog().desk().get(BUCKET, &self.key(id)) {
            Ok(Some(kept)) => Ok(Found::Whole(kept)),
            Ok(None) => Ok(Found::Nothing),
            Err(Error::Damaged(why)) => {
                tracing::warn!(why, "A draft is spoilt");
                Ok(Found::Spoilt)
            }
            Err(error) => Err(error),
        }
    }

    fn erase(&self, dropped: &[Listed]) -> Result<(), Error> {
        let desk = self.app.catalog().desk();
        let mut dropped = dropped.iter();
        dropped.try_for_each(|one| desk.erase(BUCKET, &self.key(one.id)))
    }

    /// Keeps the form as it stands. A desk that cannot write is no reason to stop the work of the form.
    pub(super) fn keep(&self, id: &str, pairs: Vec<(String, String)>) {
        let worth = pairs
            .iter()
            .any(|(name, value)| WORTH.contains(&name.as_str()) && !value.trim().is_empty());
        let begun = worth || (self.form.lines)(&pairs) > 0;
        let Some(id) = id.parse::<Uuid>().ok().filter(|_| begun) else {
            return;
        };
        if let Err(error) = self.kept(id, pairs) {
            tracing::warn!(%error, "A draft was not kept");
        }
    }

    fn kept(&self, id: Uuid, pairs: Vec<(String, String)>) -> Result<(), Error> {
        let add = |listed: &mut Vec<Listed>| {
            if let Some(one) = listed.iter().find(|one| one.id == id) {
                return Ok((one.ended, Vec::new()));
            }
            listed.push(Listed { id, ended: false });
            Ok((false, oldest(listed)))
        };
        let (ended, dropped) = self.change(add)?;
        self.erase(&dropped)?;
        if ended {
            return Ok(());
        }
        let saved = now();
        let desk = self.app.catalog().desk();
        desk.put(BUCKET, &self.key(id), &Kept { saved, pairs })
    }

    /// The form as it was kept; `None` when it was posted, thrown away, never begun or is spoilt.
    pub(super) fn open(&self, id: &str) -> Result<Option<Pairs>, Problem> {
        let Ok(id) = id.parse::<Uuid>() else {
            return Ok(None);
        };
        Ok(match self.read(id)? {
            Found::Whole(kept) => Some(Pairs(kept.pairs)),
            Found::Spoilt | Found::Nothing => None,
        })
    }

    /// What to say of a form that is asked for and does not open; nothing of one that was never kept.
    pub(super) fn lost(&self, lang: Lang, id: &str) -> Result<Option<Remark>, Problem> {
        let Ok(id) = id.parse::<Uuid>() else {
            return Ok(None);
        };
        let why = match self.read(id)? {
            Found::Spoilt => SPOILT,
            Found::Whole(_) | Found::Nothing => {
                let ended = self.listed()?.iter().any(|one| one.id == id && one.ended);
                return Ok(ended.then(|| warning(lang, GONE)));
            }
        };
        Ok(Some(warning(lang, why)))
    }

    /// Forgets the form for good: it was posted, or its person wants it no more.
    pub(super) fn forget(&self, id: &str) {
        let Ok(id) = id.parse::<Uuid>() else { return };
        let forgotten = || -> Result<(), Error> {
            let end = |listed: &mut Vec<Listed>| {
                listed.retain(|one| one.id != id);
                listed.push(Listed { id, ended: true });
                Ok(oldest(listed))
            };
            let dropped = self.change(end)?;
            self.erase(&dropped)?;
            self.app.catalog().desk().erase(BUCKET, &self.key(id))
        };
        if let Err(error) = forgotten() {
            tracing::warn!(%error, "A draft was not forgotten");
        }
    }

    /// What was begun and not ended, the newest first.
    pub(super) fn offers(&self, lang: Lang) -> Result<Vec<Offer>, Problem> {
        let mut offers = Vec::new();
        for one in self.listed()?.iter().rev().filter(|one| !one.ended) {
            match self.read(one.id)? {
                Found::Whole(kept) => offers.push(self.offer(lang, one.id, &kept)),
                Found::Spoilt => offers.push(Offer {
                    words: lang.t(SPOILT).to_owned(),
                    id: one.id.to_string(),
                    open: String::new(),
                    action: self.form.path.to_owned(),
                }),
                Found::Nothing => {}
            }
        }
        Ok(offers)
    }

    fn offer(&self, lang: Lang, id: Uuid, kept: &Kept) -> Offer {
        let lines = (self.form.lines)(&kept.pairs);
        let saved = kept.saved.to_zoned(TimeZone::system());
        let from = kept.pairs.iter().find(|(name, value)| {
            ["supplier", "receiver"].contains(&name.as_str()) && !value.is_empty()
        });
        let from = from.map_or_else(String::new, |(_, value)| format!(", {value}"));
        Offer {
            words: lang.fill(
                "{} от {}: строк {}{}",
                &[
                    &lang.t(self.form.name),
                    &saved.strftime("%d.%m.%Y, %H:%M"),
                    &lines,
                    &from,
                ],
            ),
            id: id.to_string(),
            open: address(self.form, &id.to_string()),
            action: self.form.path.to_owned(),
        }
    }
}

/// Takes out what is more than is kept.
fn oldest(listed: &mut Vec<Listed>) -> Vec<Listed> {
    let more = listed.len().saturating_sub(KEPT);
    listed.drain(..more).collect()
}

/// Where a kept form is opened again.
pub(super) fn address(form: Form, id: &str) -> String {
    format!("{}?draft={id}", form.path)
}

/// Where the step before writing of a kept form is seen.
pub(super) fn preview(form: Form, id: &str) -> String {
    format!("{}&step=preview", address(form, id))
}

/// Said when a form is asked for that is kept no more.
const GONE: &str = "Этой незаконченной работы больше нет: она проведена или удалена. Проведённое стоит в списке актов, а здесь начинается новая";
/// Said of a form that the disk has changed.
const SPOILT: &str = "Незаконченная работа не читается: она повреждена на диске сервера. Начните её заново и скажите об этом администратору";

fn warning(lang: Lang, why: &'static str) -> Remark {
    Remark {
        tone: "warn",
        ..Remark::bad(lang.t(why), "")
    }
}

/// The name of a form: the one it travels under, or a new one for a form that begins.
pub(super) fn id_of(pairs: &Pairs) -> String {
    let named = pairs.get("draft").parse::<Uuid>();
    named.unwrap_or_else(|_| Uuid::new_v4()).to_string()
}
