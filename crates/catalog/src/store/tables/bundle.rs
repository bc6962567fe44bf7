//! Связки: rows whose keys differ in the last bits of a number stand together as one value.
//!
//! The store keeps a few hundred bytes of memory for every sixteen values, however short they are: a row by itself
//! costs more there than on the disk. Which tables are kept so is said in `store/apply.rs`, with their shape.

use super::value::{BUNDLE, PACKED_BUNDLE, VALUE_VERSION, bad_row};
use crate::store::apply::{Together, together};
use crate::table::TableError;

/// Longer rows of a bundle stand apart, cut into chunks.
pub(super) const APART: usize = 4096;
/// Where all rows together are longer, the longest stand apart: sled puts a page of more than 128 KiB into a file of its
/// own, and sixteen values may stand on one.
const ALL: usize = 8000;
/// Instead of a length: the row stands apart.
const IS_APART: u16 = u16::MAX;

/// Where a row stands that is kept in a bundle.
pub(super) struct Place {
    /// Table and key of the bundle.
    pub(super) full: Vec<u8>,
    /// The rest of the row's key: low bits of the number, and the end of an empty text after it, if there is one.
    pub(super) slot: Vec<u8>,
}

/// A row of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// The row.
    Here(Vec<u8>),
    /// So many chunks of it.
    Apart(u32),
}

/// The longest row of a bundle whose rows are too long together.
pub(super) fn too_long(bundle: &Bundle) -> Option<usize> {
    let lengths = bundle.iter().map(|(_, held)| match held {
        Held::Here(row) => row.len(),
        Held::Apart(_) => 0,
    });
    let all: usize = lengths.clone().sum();
    let longest = lengths.enumerate().max_by_key(|(_, length)| *length);
    longest.filter(|_| all > ALL).map(|(at, _)| at)
}

/// Rows in the order of their keys.
pub(super) type Bundle = Vec<(Vec<u8>, Held)>;

/// The place of a row; nothing where the table keeps its rows one by one, the key has no number, or something follows
/// the number: of what follows there may be any many, and they would make one bundle without end.
pub(super) fn place(table: u8, key: &[u8]) -> Option<Place> {
    let (full, at) = bundle_of(table, key)?;
    let (low, rest) = key.get(at..)?.split_first()?;
    let nothing_follows = match together(table)?.texts {
        None => rest.is_empty(),
        Some(_) => rest == [0],
    };
    let low = low ^ full.last()?;
    let slot = [&[low], rest].concat();
    nothing_follows.then_some(Place { full, slot })
}

/// The full key of the bundle that rows with this number would stand in, whatever follows it.
pub(super) fn around(table: u8, key: &[u8]) -> Option<Vec<u8>> {
    bundle_of(table, key).map(|(full, _)| full)
}

/// Whether single rows may stand between the rows of a bundle.
pub(super) fn is_mixed(table: u8) -> bool {
    together(table).is_some_and(|together| together.texts.is_some())
}

/// The full key of a bundle, and where in the key of the row the number has its last byte.
fn bundle_of(table: u8, key: &[u8]) -> Option<(Vec<u8>, usize)> {
    let Together { bits, texts } = together(table)?;
    let at = match texts {
        None => key.len().checked_sub(1)?,
        Some(texts) => {
            let mut ends = (0..key.len()).filter(|at| key.get(*at) == Some(&0));
            ends.nth(texts.checked_sub(1)?)? + size_of::<u64>()
        }
    };
    let last = key.get(at)?;
    let mut full = Vec::with_capacity(at + 2);
    full.push(table);
    full.extend_from_slice(key.get(..at)?);
    full.push(last & !((1 << bits) - 1));
    Some((full, at))
}

/// Whether a stored value is a bundle.
pub(super) fn is_one(value: &[u8]) -> bool {
    matches!(value, [VALUE_VERSION, BUNDLE | PACKED_BUNDLE, ..])
}

/// The key of a row, from the full key of its bundle.
pub(super) fn key(full: &[u8], slot: &[u8]) -> Vec<u8> {
    let mut key = full.get(1..).unwrap_or_default().to_vec();
    if let (Some(last), Some((low, rest))) = (key.last_mut(), slot.split_first()) {
        *last |= low;
        key.extend_from_slice(rest);
    }
    key
}

/// The bytes of a bundle: for each row the length of its slot, the slot, the length of the row, the row.
pub(super) fn write(bundle: &Bundle) -> Result<Vec<u8>, TableError> {
    let mut bytes = Vec::new();
    for (slot, held) in bundle {
        bytes.push(u8::try_from(slot.len()).map_err(|_| bad_row())?);
        bytes.extend_from_slice(slot);
        match held {
            Held::Here(row) => {
                let length = u16::try_from(row.len()).map_err(|_| bad_row())?;
                bytes.extend_from_slice(&length.to_le_bytes());
                bytes.extend_from_slice(row);
            }
            Held::Apart(chunks) => {
                bytes.extend_from_slice(&IS_APART.to_le_bytes());
                bytes.extend_from_slice(&chunks.to_le_bytes());
            }
        }
    }
    Ok(bytes)
}

/// All rows of a bundle.
pub(super) fn read(bytes: &[u8]) -> Result<Bundle, TableError> {
    let mut bundle = Bundle::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (slot, held) = next(&mut rest).ok_or_else(bad_row)?;
        bundle.push((slot.to_vec(), held.own()));
    }
    Ok(bundle)
}

/// One row of a bundle.
pub(super) fn find(bytes: &[u8], slot: &[u8]) -> Result<Option<Held>, TableError> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let (here, held) = next(&mut rest).ok_or_else(bad_row)?;
        if here == slot {
            return Ok(Some(held.own()));
        }
    }
    Ok(None)
}

/// A row of a bundle that is not copied yet.
enum Seen<'a> {
    Here(&'a [u8]),
    Apart(u32),
}

impl Seen<'_> {
    fn own(self) -> Held {
        match self {
            Self::Here(row) => Held::Here(row.to_vec()),
            Self::Apart(chunks) => Held::Apart(chunks),
        }
    }
}

fn next<'a>(rest: &mut &'a [u8]) -> Option<(&'a [u8], Seen<'a>)> {
    let (length, after) = rest.split_first()?;
    let (slot, after) = after.split_at_checked(usize::from(*length))?;
    let (length, after) = after.split_first_chunk()?;
    let (held, after) = match u16::from_le_bytes(*length) {
        IS_APART => {
            let (chunks, after) = after.split_first_chunk()?;
            (Seen::Apart(u32::from_le_bytes(*chunks)), after)
        }
        length => {
            let (row, after) = after.split_at_checked(usize::from(length))?;
            (Seen::Here(row), after)
        }
    };
    *rest = after;
    Some((slot, held))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fund::number::InventoryNumber;
    use crate::fund::tables::{ItemNumbers, Items};
    use crate::id::ItemId;
    use crate::table::{Table, key_bytes};

    #[test]
    fn keys_keep_their_order_and_come_back() {
        let library: crate::id::LibraryId = "MAIN".parse().unwrap();
        let mut keys: Vec<(u8, Vec<u8>)> = (0..600)
            .map(|n| (Items::ID, key_bytes(&ItemId::new(n))))
            .collect();
        let numbered = |number: String| {
            let number: InventoryNumber = number.parse().unwrap();
            key_bytes(&(library.clone(), number))
        };
        for number in 1..=400 {
            keys.push((ItemNumbers::ID, numbered(format!("У-{number}"))));
            let followed = numbered(format!("У-{number}а"));
            assert!(place(ItemNumbers::ID, &followed).is_none());
        }
        let placed = keys.iter().map(|(table, bytes)| {
            let place = place(*table, bytes).unwrap();
            assert_eq!(key(&place.full, &place.slot), *bytes);
            (place.full, place.slot)
        });
        let placed: Vec<_> = placed.collect();
        assert!(placed.is_sorted());
        let mut bundles: Vec<_> = placed.into_iter().map(|(full, _)| full).collect();
        bundles.dedup();
        assert!(bundles.len() * 10 < keys.len(), "{}", bundles.len());
    }

    #[test]
    fn a_bundle_comes_back_and_a_spoilt_one_is_told() {
        let bundle = vec![
            (vec![1], Held::Here(vec![7; 300])),
            (vec![1, 0xd0, 0xb0, 0], Held::Here(Vec::new())),
            (vec![9], Held::Apart(3)),
        ];
        let bytes = write(&bundle).unwrap();
        assert_eq!(read(&bytes).unwrap(), bundle);
        assert_eq!(find(&bytes, &[9]).unwrap(), Some(Held::Apart(3)));
        assert_eq!(find(&bytes, &[2]).unwrap(), None);
        for end in 1..bytes.len() {
            let known = [304, 311].contains(&end);
            assert_eq!(read(&bytes[..end]).is_ok(), known, "{end}");
        }
    }
}
