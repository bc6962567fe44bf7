//! Кто входил: deeds of signing in, told to the log under `audit` and kept on the desk, the last of each person.
//!
//! A name that nobody bears is never written down: people type passwords where names belong. Changes of people
//! and roles stand in the journal; here is only what lets them in.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use catalog::id::UserId;
use catalog::{Catalog, Error};

use crate::clock::now;

const BUCKET: &str = "sign-ins";
/// Kept of each person.
const KEPT: usize = 20;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Deed {
    SignedIn,
    Refused,
    PasswordSpoilt,
    SignedOut,
    SignedOutEverywhere,
    PasswordChanged,
    KeyMade,
    EntranceClosed,
    NameErased,
}

impl Deed {
    /// In the words of a page.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Deed::SignedIn => "вход",
            Deed::Refused => "не впущен: пароль не подошёл",
            Deed::PasswordSpoilt => "не впущен: пароль повреждён на диске",
            Deed::SignedOut => "выход",
            Deed::SignedOutEverywhere => "все входы закончены",
            Deed::PasswordChanged => "пароль сменён",
            Deed::KeyMade => "выдан ключ для программ",
            Deed::EntranceClosed => "вход закрыт",
            Deed::NameErased => "имя стёрто",
        }
    }
}

/// One line of the list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) at: Timestamp,
    pub(crate) deed: Deed,
    /// From where; empty for the command line.
    #[serde(default)]
    pub(crate) address: String,
}

/// Who does it, and from where; a command on this machine has no address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct By<'a> {
    pub(crate) actor: &'a UserId,
    pub(crate) address: &'a str,
}

/// Notes a deed; a desk that takes no notes keeps nobody out.
pub(crate) fn note(catalog: &Catalog, user: &UserId, deed: Deed, address: &str) {
    tracing::info!(target: "audit", %user, ?deed, address, "Sign-in");
    keep(catalog, user, deed, address);
}

/// Notes what was done to what lets a person in. Where another did it from is for the log alone: the list of the
/// person tells nobody's address but their own.
pub(crate) fn done(catalog: &Catalog, user: &UserId, deed: Deed, by: By<'_>) {
    let By { actor, address } = by;
    tracing::info!(target: "audit", %user, ?deed, by = %actor, address, "Sign-in");
    let own = if actor == user { address } else { "" };
    keep(catalog, user, deed, own);
}

fn keep(catalog: &Catalog, user: &UserId, deed: Deed, address: &str) {
    let line = Line {
        at: now(),
        deed,
        address: address.to_owned(),
    };
    let add = |lines: &mut VecDeque<Line>| {
        lines.push_front(line.clone());
        lines.truncate(KEPT);
        Ok::<_, Error>(())
    };
    if let Err(error) = catalog.desk().update(BUCKET, user.as_str(), add) {
        tracing::warn!(%error, "A sign-in was not noted");
    }
}

/// Forgets when and from where a person came.
///
/// # Errors
/// Those of the desk.
pub(crate) fn forget(catalog: &Catalog, user: &UserId) -> Result<(), Error> {
    catalog.desk().erase(BUCKET, user.as_str())
}

/// Tells of an attempt under a name that nobody bears.
pub(crate) fn stranger(address: &str) {
    tracing::info!(target: "audit", deed = ?Deed::Refused, address, "Sign-in under an unknown name");
}

/// Tells of a try that has to wait; only the log is told, or a stranger would push out what the person should see.
pub(crate) fn waits(user: Option<&UserId>, address: &str) {
    let deed = "Waits";
    match user {
        Some(user) => tracing::info!(target: "audit", %user, deed, address, "Sign-in has to wait"),
        None => tracing::info!(target: "audit", deed, address, "Sign-in has to wait"),
    }
}

/// Tells of a key that opens nothing: nothing of the key itself.
pub(crate) fn no_such_key(route: &str, address: &str) {
    tracing::info!(target: "audit", deed = "NoSuchKey", route, address, "A key opens nothing");
}

/// Tells of what somebody was refused for want of rights.
pub(crate) fn forbidden(user: &UserId, route: &str, address: &str) {
    tracing::info!(target: "audit", %user, deed = "Forbidden", route, address, "Refused for want of rights");
}

/// Tells of a session or a key that is spoilt on the disk: whose it was is not known any more.
pub(crate) fn spoilt(bucket: &str, why: &str) {
    tracing::error!(target: "audit", deed = ?Deed::Refused, bucket, why, "What lets in is spoilt");
}

/// The last deeds of a person, newest first.
pub(crate) fn last(catalog: &Catalog, user: &UserId) -> VecDeque<Line> {
    match catalog.desk().get(BUCKET, user.as_str()) {
        Ok(lines) => lines.unwrap_or_default(),
        Err(error) => {
            tracing::warn!(%error, "The list of sign-ins is not read");
            VecDeque::new()
        }
    }
}
