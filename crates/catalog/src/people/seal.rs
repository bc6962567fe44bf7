//! Имя под печатью: a reader's name as the journal keeps it, and the key that opens it.
//!
//! The key lies outside the journal and may be destroyed; then nothing opens the name any more. Knows nothing of where
//! keys stand.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use crate::id::{Hash, UserId};
use crate::table::bytes;

/// What the derived keys are for; neither tells anything of the key.
const MARK: &str = "fond: the mark of a reader's key";
const REQUEST: &str = "fond: digests of requests about a reader";
const NONCE: usize = 24;
/// Names are filled up to a multiple of this: their length would help to guess them.
const FILL: usize = 64;
/// Ends the name; what follows is filling.
const END: u8 = 0x80;

/// Примета ключа: tells one key of a reader from the next, and nothing else of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyMark(u64);

/// Имя под печатью.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sealed {
    /// Of the key that it is sealed with.
    pub(crate) key: KeyMark,
    /// A nonce, and what it was sealed to.
    #[serde(with = "bytes")]
    text: Vec<u8>,
}

/// Ключ имени одного читателя.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ReaderKey([u8; 32]);

impl ReaderKey {
    /// A fresh one, by the random numbers of the system.
    pub(crate) fn fresh() -> std::io::Result<Self> {
        random().map(Self)
    }

    /// One that was written as hex; nothing when it is none.
    pub(crate) fn of_hex(hex: &str) -> Option<Self> {
        let key = blake3::Hash::from_hex(hex).ok()?;
        Some(Self(*key.as_bytes()))
    }

    pub(crate) fn to_hex(&self) -> String {
        blake3::Hash::from_bytes(self.0).to_hex().to_string()
    }

    pub(crate) fn mark(&self) -> KeyMark {
        let [a, b, c, d, e, f, g, h, ..] = blake3::derive_key(MARK, &self.0);
        KeyMark(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }

    /// Digest of a request in which the name may stand: without the key nobody can try names on it.
    pub(crate) fn digest(&self, request: &Hash) -> Hash {
        let key = blake3::derive_key(REQUEST, &self.0);
        *blake3::keyed_hash(&key, request).as_bytes()
    }

    /// Seals a name, for the person with this login name alone.
    pub(crate) fn seal(&self, name: &str, of: &UserId) -> std::io::Result<Sealed> {
        let nonce: [u8; NONCE] = random()?;
        let mut plain = name.as_bytes().to_vec();
        plain.push(END);
        plain.resize(plain.len().next_multiple_of(FILL), 0);
        let payload = Payload {
            msg: &plain,
            aad: of.as_str().as_bytes(),
        };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Sealed {
            key: self.mark(),
            text: [nonce.as_slice(), &sealed].concat(),
        })
    }

    /// The name, when this key sealed it for this person and no bit of it has changed.
    pub(crate) fn open(&self, sealed: &Sealed, of: &UserId) -> Option<String> {
        let (nonce, text) = sealed.text.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: text,
            aad: of.as_str().as_bytes(),
        };
        let mut plain = self.cipher().decrypt(&XNonce::from(*nonce), payload).ok()?;
        let end = plain.iter().rposition(|byte| *byte == END)?;
        plain.truncate(end);
        String::from_utf8(plain).ok()
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

fn random<const N: usize>() -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> UserId {
        "anna".parse().unwrap()
    }

    #[test]
    fn a_sealed_name_opens_with_its_key_for_its_person_alone() {
        let key = ReaderKey::fresh().unwrap();
        for name in ["", "Анна", &"я".repeat(500), "\u{80}\0"] {
            let sealed = key.seal(name, &anna()).unwrap();
            assert_eq!(key.open(&sealed, &anna()).as_deref(), Some(name));
            assert_eq!(key.open(&sealed, &"boris".parse().unwrap()), None);
            let other = ReaderKey::fresh().unwrap();
            assert_ne!(other.mark(), key.mark());
            assert_eq!(other.open(&sealed, &anna()), None);
        }
        let back = ReaderKey::of_hex(&key.to_hex()).unwrap();
        assert!(back == key);
    }

    #[test]
    fn any_changed_bit_is_noticed() {
        let key = ReaderKey::fresh().unwrap();
        let sealed = key.seal("Анна", &anna()).unwrap();
        for at in 0..sealed.text.len() * 8 {
            let mut flipped = sealed.clone();
            flipped.text[at / 8] ^= 1 << (at % 8);
            assert_eq!(key.open(&flipped, &anna()), None, "bit {at}");
        }
        for length in 0..sealed.text.len() {
            let mut cut = sealed.clone();
            cut.text.truncate(length);
            assert_eq!(key.open(&cut, &anna()), None, "{length} bytes");
        }
    }

    #[test]
    fn a_short_name_looks_as_long_as_another() {
        let key = ReaderKey::fresh().unwrap();
        let length = |name| key.seal(name, &anna()).unwrap().text.len();
        assert_eq!(length("Ян"), length("Константинопольский К. К."));
    }
}
