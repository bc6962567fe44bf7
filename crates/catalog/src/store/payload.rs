//! An entry's payload: the change and the digest of the request that asked for it, as CBOR.
//!
//! A long payload is packed with zstd: an import writes the same words thousands of times. The journal
//! is never rewritten: a new version of the shapes comes with a reader for the old ones.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::Read as _;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::journal::RawEntry;
use super::journal::frame::PAYLOAD_LIMIT;
use crate::change::{Change, Entry};
use crate::error::Error;
use crate::id::{Hash, RecordId};
use crate::table::encode;

/// What stands in an entry's payload.
#[derive(Serialize, Deserialize)]
struct Payload<'a> {
    request: Hash,
    change: Cow<'a, Change>,
}

/// Version of an entry whose payload is packed; what is inside has [`Change::VERSION`].
const PACKED: u16 = 2;
/// Version of an entry in which a name is sealed or erased: an older program must not take it for an empty one.
const VEILED: u16 = 3;
/// Shorter payloads are written as they are.
const WORTH_PACKING: usize = 4096;
/// The quickest level: the writing thread is waited for.
const LEVEL: i32 = 1;
/// No payload unpacks to more; a longer one is damage, not a reason to allocate.
const UNPACKED_LIMIT: u64 = 256 << 20;
/// No payload longer than this is packed and written: every reader of the journal has to hold it whole.
const PLAIN_LIMIT: usize = 64 << 20;

/// Writes the payload of an entry, and reads it back: what could not be read would stop every reader
/// of the journal for ever. The number is the version it is written in.
///
/// # Errors
/// [`Error::TooLarge`] before packing and after it: what repeats itself packs into little and unpacks into much.
pub(crate) fn write_payload(request: Hash, change: &Change) -> Result<(u16, Vec<u8>), Error> {
    write_within(PLAIN_LIMIT, request, change)
}

fn write_within(limit: usize, request: Hash, change: &Change) -> Result<(u16, Vec<u8>), Error> {
    let plain = encode(&Payload {
        request,
        change: Cow::Borrowed(change),
    });
    // The same words over and over pack into little, and would never be unpacked again.
    not_above(limit, plain.len())?;
    let read: Result<Payload<'static>, _> = cbor4ii::serde::from_slice(&plain);
    if !read.is_ok_and(|read| *read.change == *change) {
        return Err(Error::Internal(
            "Действие не выполнено, ничего не записано: его запись в журнале нельзя было бы прочесть. Проверьте номера и тексты и сообщите об ошибке программы".into(),
        ));
    }
    if change.veiled().is_some() {
        not_above(PAYLOAD_LIMIT, plain.len())?;
        // What is sealed does not pack.
        return Ok((VEILED, plain));
    }
    if plain.len() < WORTH_PACKING {
        return Ok((Change::VERSION, plain));
    }
    let (version, payload) = match zstd::bulk::compress(&plain, LEVEL) {
        Ok(packed) => (PACKED, packed),
        Err(_) => (Change::VERSION, plain),
    };
    not_above(PAYLOAD_LIMIT, payload.len())?;
    Ok((version, payload))
}

fn not_above(limit: usize, length: usize) -> Result<(), Error> {
    if length <= limit {
        return Ok(());
    }
    Err(Error::TooLarge(format!(
        "Одно изменение занимает {} МБ, а может не больше {}: разделите его на части. Ничего не записано",
        length.div_ceil(1 << 20),
        limit >> 20
    )))
}

/// Reads an entry of any version; `Err` says what does not hold.
pub(crate) fn read_entry(raw: RawEntry) -> Result<Entry, String> {
    let plain = plain(&raw)?;
    let payload: Payload<'static> = decode(&raw, &plain)?;
    drop(plain);
    Ok(entry(raw, payload.request, payload.change.into_owned()))
}

/// What an entry touches, without making its records: they are many in an import.
pub(crate) enum Touched {
    /// These records.
    Records(Vec<RecordId>),
    /// Whatever the change says.
    ByChange(Box<Entry>),
}

/// As [`read_entry`], for one who asks only for ids.
pub(crate) fn read_touched(raw: RawEntry) -> Result<Touched, String> {
    #[derive(Deserialize)]
    struct OnlyId {
        id: RecordId,
    }
    #[derive(Deserialize)]
    enum OnlyRecords {
        Records(Vec<OnlyId>),
    }
    #[derive(Deserialize)]
    struct OnlyIds {
        change: OnlyRecords,
    }
    if raw.draft.kind != Change::Records(Vec::new()).kind() {
        return read_entry(raw).map(|entry| Touched::ByChange(Box::new(entry)));
    }
    let only: OnlyIds = decode(&raw, &plain(&raw)?)?;
    let OnlyRecords::Records(records) = only.change;
    let ids = records.into_iter().map(|record| record.id);
    Ok(Touched::Records(ids.collect()))
}

/// The payload as CBOR.
pub(crate) fn plain(raw: &RawEntry) -> Result<Cow<'_, [u8]>, String> {
    match raw.draft.version {
        Change::VERSION | VEILED => Ok(Cow::Borrowed(&raw.draft.payload)),
        PACKED => unpack(&raw.draft.payload)
            .map(Cow::Owned)
            .map_err(|error| unreadable(raw, &error)),
        newer => Err(format!(
            "запись {} сделана более новой программой (версия {newer})",
            raw.seq
        )),
    }
}

fn decode<T: DeserializeOwned>(raw: &RawEntry, plain: &[u8]) -> Result<T, String> {
    cbor4ii::serde::from_slice(plain).map_err(|error| unreadable(raw, &error))
}

fn unreadable(raw: &RawEntry, error: &dyn Display) -> String {
    format!("запись {} не читается: {error}", raw.seq)
}

fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    zstd::Decoder::new(packed)?
        .take(UNPACKED_LIMIT)
        .read_to_end(&mut plain)?;
    Ok(plain)
}

/// The entry of a payload that is known already: for the one who has just written it.
pub(crate) fn entry(raw: RawEntry, request: Hash, change: Change) -> Entry {
    Entry {
        seq: raw.seq,
        hash: raw.hash,
        command_id: raw.draft.command_id,
        actor: raw.draft.actor,
        on: raw.draft.on,
        at: raw.draft.at,
        request,
        change,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::fund::axis::Fund;
    use crate::fund::change::FundChange;
    use crate::fund::item::Item;
    use crate::fund::number::InventoryNumber;
    use crate::fund::state::ItemState;
    use crate::id::{ItemId, Seq};
    use crate::store::journal::Draft;

    fn raw(change: &Change, version: u16, payload: Vec<u8>) -> RawEntry {
        let draft = Draft {
            kind: change.kind(),
            version,
            command_id: Uuid::from_u128(1),
            actor: "кто-то".parse().unwrap(),
            on: None,
            at: jiff::Timestamp::UNIX_EPOCH,
            payload,
        };
        RawEntry {
            seq: Seq::new(1),
            draft,
            hash: [1; 32],
        }
    }

    #[test]
    fn a_long_payload_comes_back_from_a_shorter_one() {
        for work in ["коротко".to_owned(), "очень длинно ".repeat(1000)] {
            let job = Uuid::from_u128(1);
            let change = Change::JobBegun {
                job,
                work: work.clone(),
            };
            let (version, payload) = write_payload([7; 32], &change).unwrap();
            assert!(payload.len() < 200, "{} bytes", payload.len());
            let entry = read_entry(raw(&change, version, payload)).unwrap();
            assert_eq!((entry.change, entry.request), (change, [7; 32]));
        }
    }

    #[test]
    fn what_would_not_be_unpacked_again_is_never_written() {
        let change = |length: usize| Change::JobBegun {
            job: Uuid::from_u128(1),
            work: "а".repeat(length),
        };
        assert!(write_within(20_000, [7; 32], &change(5000)).is_ok());
        let packs = write_within(usize::MAX, [7; 32], &change(20_000)).unwrap();
        assert!(packs.1.len() < 20_000);
        let refused = write_within(20_000, [7; 32], &change(20_000));
        assert!(matches!(refused, Err(Error::TooLarge(_))));
    }

    #[test]
    fn what_packs_well_is_measured_before_it_is_packed() {
        let job = Uuid::from_u128(1);
        let work = "а".repeat(PLAIN_LIMIT / 2);
        let change = Change::JobBegun { job, work };
        let refused = write_payload([7; 32], &change).map(|(_, payload)| payload.len());
        assert!(matches!(refused, Err(Error::TooLarge(_))), "{refused:?}");
        // One that an earlier program wrote is read all the same.
        let plain = encode(&Payload {
            request: [7; 32],
            change: Cow::Borrowed(&change),
        });
        let payload = zstd::bulk::compress(&plain, LEVEL).unwrap();
        let entry = read_entry(raw(&change, PACKED, payload)).unwrap();
        assert!(entry.change == change);
    }

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
