//! An entry's payload: the change and the digest of the request that asked for it, as CBOR.
//!
//! The journal is never rewritten: a new version of the shapes comes with a reader for the old ones.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::journal::RawEntry;
use crate::change::{Change, Entry};
use crate::id::Hash;
use crate::table::encode;

/// What stands in an entry's payload.
#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    request: Hash,
    change: Cow<'a, Change>,
}

/// Writes the payload of an entry.
pub(crate) fn write_payload(request: Hash, change: &Change) -> Vec<u8> {
    encode(&Payload {
        request,
        change: Cow::Borrowed(change),
    })
}

/// Reads an entry of any version; `Err` says what does not hold.
pub(crate) fn read_entry(raw: RawEntry) -> Result<Entry, String> {
    if raw.draft.version != Change::VERSION {
        return Err(format!(
            "запись {} сделана более новой программой (версия {})",
            raw.seq, raw.draft.version
        ));
    }
    let payload: Payload<'static> = ciborium::from_reader(raw.draft.payload.as_slice())
        .map_err(|error| format!("запись {} не читается: {error}", raw.seq))?;
    Ok(Entry {
        seq: raw.seq,
        hash: raw.hash,
        command_id: raw.draft.command_id,
        actor: raw.draft.actor,
        on: raw.draft.on,
        at: raw.draft.at,
        request: payload.request,
        change: payload.change.into_owned(),
    })
}
