//! Keys and values as they stand in the store: a checksum around every value, chunks of long rows, digests.

use crate::table::TableError;

/// First byte of the keys of chunks.
pub(super) const CHUNK: u8 = 255;
/// Shape of a stored value; changes when the bytes around a row do.
pub(super) const VALUE_VERSION: u8 = 1;
pub(super) const WHOLE: u8 = 0;
pub(super) const CHUNKED: u8 = 1;
pub(super) const PACKED: u8 = 2;
pub(super) const BUNDLE: u8 = 3;
pub(super) const PACKED_BUNDLE: u8 = 4;

pub(super) fn full_key(table: u8, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(key.len() + 1);
    full.push(table);
    full.extend_from_slice(key);
    full
}

pub(super) fn chunk_key(table: u8, key: &[u8], chunk: u32) -> Vec<u8> {
    let mut full = vec![CHUNK, table];
    full.extend_from_slice(&u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
    full.extend_from_slice(key);
    full.extend_from_slice(&chunk.to_be_bytes());
    full
}

/// `version, flag, crc32c, data`; the checksum covers all but itself.
pub(super) fn wrap_value(flag: u8, data: &[u8]) -> Vec<u8> {
    let mut value = vec![VALUE_VERSION, flag];
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&value), data);
    value.extend_from_slice(&checksum.to_le_bytes());
    value.extend_from_slice(data);
    value
}

/// The flag and the data of a stored value, its checksum being right.
pub(super) fn unwrap_value(value: &[u8]) -> Result<(u8, &[u8]), TableError> {
    let (head, data) = value.split_at_checked(6).ok_or_else(bad_row)?;
    let checksum = crc32c::crc32c_append(crc32c::crc32c(&head[..2]), data);
    if head[0] != VALUE_VERSION || head[2..] != checksum.to_le_bytes() {
        return Err(bad_row());
    }
    Ok((head[1], data))
}

/// The data of a value that is never packed nor cut.
pub(super) fn plain(value: &[u8]) -> Result<&[u8], TableError> {
    match unwrap_value(value)? {
        (WHOLE, data) => Ok(data),
        _ => Err(bad_row()),
    }
}

pub(super) fn bad_row() -> TableError {
    TableError("контрольная сумма строки не сходится".into())
}

pub(super) fn chunk_count(value: &[u8]) -> u32 {
    match value {
        [VALUE_VERSION, CHUNKED, _, _, _, _, a, b, c, d] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => 0,
    }
}

pub(super) fn row_digest(table: u8, key: &[u8], row: &[u8]) -> [u64; 4] {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(&[table])
        .update(&(key.len() as u64).to_le_bytes())
        .update(key)
        .update(row);
    let hash = *hasher.finalize().as_bytes();
    std::array::from_fn(|i| u64::from_le_bytes(std::array::from_fn(|j| hash[i * 8 + j])))
}

pub(super) fn shift(digest: [u64; 4], by: [u64; 4], how: impl Fn(u64, u64) -> u64) -> [u64; 4] {
    std::array::from_fn(|i| how(digest[i], by[i]))
}
