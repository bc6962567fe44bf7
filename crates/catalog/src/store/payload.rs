//! An entry's payload: the change and the digest of the request that asked for it, as CBOR.
//!
//! The journal is never rewritten: a new version of the shapes comes with a reader for the old ones.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::journal::RawEntry;
use crate::change::{Change, Entry};
use crate::error::Error;
use crate::id::Hash;
use crate::table::encode;

/// What stands in an entry's payload.
#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    request: Hash,
    change: Cow<'a, Change>,
}

/// Writes the payload of an entry, and reads it back: what could not be read would stop every reader
/// of the journal for ever.
pub(crate) fn write_payload(request: Hash, change: &Change) -> Result<Vec<u8>, Error> {
    let payload = encode(&Payload {
        request,
        change: Cow::Borrowed(change),
    });
    let read: Result<Payload<'static>, _> = ciborium::from_reader(payload.as_slice());
    match read {
        Ok(read) if *read.change == *change => Ok(payload),
        Ok(_) | Err(_) => Err(Error::Internal(
            "Действие не выполнено, ничего не записано: его запись в журнале нельзя было бы прочесть. Проверьте номера и тексты и сообщите об ошибке программы".into(),
        )),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fund::axis::Fund;
    use crate::fund::change::FundChange;
    use crate::fund::item::Item;
    use crate::fund::number::InventoryNumber;
    use crate::fund::state::ItemState;
    use crate::id::ItemId;

    #[test]
    fn what_could_not_be_read_back_is_never_written() {
        let voided = |number: InventoryNumber| {
            let library = "MAIN".parse().unwrap();
            let item = Item {
                number: Some(number),
                ..Item::blank(ItemId::new(1), library, Fund::Main, ItemState::Voided)
            };
            Change::Fund(Box::new(FundChange::Voided {
                items: vec![item],
                numbers: Vec::new(),
                event: None,
            }))
        };
        assert!(write_payload([0; 32], &voided(InventoryNumber::from(7))).is_ok());
        for number in [
            InventoryNumber::from(u64::MAX),
            InventoryNumber::in_series("-", 7),
            InventoryNumber::in_series("1", 7),
        ] {
            assert!(write_payload([0; 32], &voided(number)).is_err());
        }
    }
}
