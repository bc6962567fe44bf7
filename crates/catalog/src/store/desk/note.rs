//! Заметка: the bytes of one note, with a checksum of our own over its bucket, key and value.
//!
//! The sum stands last: `{"key":…,"value":…,"sum":"…"}`. Older programs wrote none; such a note is read, and gets
//! its sum when the desk is opened. Knows nothing of where notes stand.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::error::Error;

#[derive(Serialize, Deserialize)]
pub(super) struct Note<T> {
    pub(super) key: String,
    pub(super) value: T,
}

/// A note of which only the key is asked.
#[derive(Deserialize)]
struct Kept {
    key: String,
}

const SUM: &[u8] = b",\"sum\":\"";
const END: &[u8] = b"\"}";
/// Of a sum in hex.
const HEX: usize = 64;

/// The bytes of a note.
pub(super) fn write<T: Serialize>(bucket: &str, key: &str, value: &T) -> Result<Vec<u8>, Error> {
    let note = Note {
        key: key.to_owned(),
        value,
    };
    let bytes = serde_json::to_vec(&note).map_err(|e| Error::Damaged(e.to_string()))?;
    Ok(summed(bucket, bytes))
}

/// What was written, when it is that.
pub(super) fn read<T: DeserializeOwned>(bucket: &str, note: &[u8]) -> Result<T, Error> {
    let spoilt =
        |why: String| Error::Damaged(format!("Стол, {bucket}: заметка не читается: {why}"));
    if let Some((body, sum)) = parted(note)
        && sum != sum_of(bucket, body).as_bytes()
    {
        return Err(spoilt("контрольная сумма не сходится".to_owned()));
    }
    serde_json::from_slice(note).map_err(|e| spoilt(e.to_string()))
}

/// The key of a note that is what was written.
pub(super) fn key(bucket: &str, note: &[u8]) -> Result<String, Error> {
    read::<Kept>(bucket, note).map(|kept| kept.key)
}

/// A note of an older program, with its sum; nothing when it has one.
pub(super) fn with_sum(bucket: &str, note: &[u8]) -> Option<Vec<u8>> {
    (parted(note).is_none() && note.ends_with(b"}")).then(|| summed(bucket, note.to_vec()))
}

fn summed(bucket: &str, mut note: Vec<u8>) -> Vec<u8> {
    note.pop();
    let sum = sum_of(bucket, &note);
    note.extend_from_slice(SUM);
    note.extend_from_slice(sum.as_bytes());
    note.extend_from_slice(END);
    note
}

/// The note without its end, and its sum.
fn parted(note: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = note.len().checked_sub(SUM.len() + HEX + END.len())?;
    let (body, end) = note.split_at(at);
    Some((body, end.strip_prefix(SUM)?.strip_suffix(END)?))
}

fn sum_of(bucket: &str, body: &[u8]) -> String {
    let mut sum = blake3::Hasher::new();
    sum.update(bucket.as_bytes());
    sum.update(&[0]);
    sum.update(body);
    sum.finalize().to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_bit_is_noticed_or_changes_nothing() {
        let whole = write("tokens", "k", &"s1").unwrap();
        for at in 0..whole.len() * 8 {
            let mut note = whole.clone();
            note[at / 8] ^= 1 << (at % 8);
            if let Ok(note) = read::<Note<String>>("tokens", &note) {
                assert_eq!((note.key.as_str(), note.value.as_str()), ("k", "s1"));
            }
        }
        assert!(read::<Note<String>>("tokens", &whole).is_ok());
        assert!(read::<Note<String>>("sessions", &whole).is_err());
    }

    #[test]
    fn a_note_of_an_older_program_is_read_and_gets_the_sum_it_would_have_now() {
        let old = br#"{"key":"k","value":{"user":"s1"}}"#;
        assert_eq!(key("tokens", old).unwrap(), "k");
        let value = serde_json::json!({"user": "s1"});
        let new = write("tokens", "k", &value).unwrap();
        assert_eq!(with_sum("tokens", old).as_deref(), Some(new.as_slice()));
        assert_eq!(with_sum("tokens", &new), None);
        assert_eq!(with_sum("tokens", b""), None);
    }
}
