//! Записи каталога as they stand in the tables: versions, owners, sources and source keys.
//!
//! Decides identity on import (D-10) and versions; knows nothing of what a record says.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{Hash, LibraryId, RecordId, Seq};
use crate::record::charset::{self, Charset};
use crate::record::{BiblioRecord, Body, Field, write};
use crate::table::{Table, TableError, Tables, View, get, put};

/// Состояние записи.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RecordStatus {
    /// Черновик: findings may stand beside it.
    Draft,
    /// Проверена: no blocking finding stood when it was saved (D-12).
    Final,
    /// Принята из файла как есть.
    Imported,
    /// Снята: kept, shown to staff only.
    Deleted,
}

/// Ключ источника (D-10): who named the record, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceKey {
    /// 801 $b of ind2 = 0, or 003, or the base's name; empty when nobody says.
    pub agency: String,
    /// 001, or `blake3:…` of the record's content when there is none.
    pub control: String,
}

/// Откуда запись: the bytes it came as, and how they were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// File name as given, without its folder.
    pub file: String,
    /// 1-based place in the file.
    pub number: u64,
    /// Byte offset in the file.
    pub offset: u64,
    /// Container by its contract name: `iso2709`, `marcxml`, …
    pub format: String,
    /// Character set it was read as.
    pub charset: String,
    /// `rusmarc`, `unimarc`, `marc21` or `irbis`.
    pub dialect: String,
    /// The record's own bytes, zstd.
    #[serde(with = "crate::table::bytes")]
    pub zstd: Vec<u8>,
}

impl Source {
    /// The record's own bytes as they came; `None` when they cannot be unpacked.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        zstd::decode_all(self.zstd.as_slice()).ok()
    }
}

/// Откуда запись, in short; the bytes themselves are a [`Source`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The entry of the journal that brought it.
    pub entry: Seq,
    /// As [`Source::file`].
    pub file: String,
    /// As [`Source::number`].
    pub number: u64,
    /// As [`Source::charset`].
    pub charset: String,
}

/// One version of a record, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordVersion {
    /// Whose version.
    pub id: RecordId,
    /// The node whose librarians may edit it (D-15).
    pub owner: LibraryId,
    /// Состояние.
    pub status: RecordStatus,
    /// The record, in RUSMARC (D-11).
    pub record: Arc<BiblioRecord>,
    /// How the outer world names it.
    pub key: Option<SourceKey>,
    /// Where it came from; `None` for a version made here.
    pub source: Option<Arc<Source>>,
}

/// A record as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRecord {
    /// Its id.
    pub id: RecordId,
    /// The entry that made this version.
    pub version: Seq,
    /// The entry that made the first version.
    pub created: Seq,
    /// When this version was entered.
    pub saved_at: Timestamp,
    /// Whose it is.
    pub owner: LibraryId,
    /// Состояние.
    pub status: RecordStatus,
    /// The record.
    pub record: Arc<BiblioRecord>,
    /// How the outer world names it.
    pub key: Option<SourceKey>,
    /// Whether somebody edited it here since it came.
    pub edited: bool,
    /// Digest of the content without 005, to tell a repeat from a change.
    pub content: Hash,
}

pub(crate) struct Records;
impl Table for Records {
    const ID: u8 = 1;
    type Key = RecordId;
    type Row = StoredRecord;
}

/// Источники: where the bytes a record came as are to be found; they stay in the journal.
pub(crate) struct Sources;
impl Table for Sources {
    const ID: u8 = 2;
    type Key = RecordId;
    type Row = Origin;
}

pub(crate) struct SourceKeys;
impl Table for SourceKeys {
    const ID: u8 = 3;
    type Key = (String, String);
    type Row = RecordId;
}

/// 001 → how many records carry it, to find one that several agencies use.
pub(crate) struct ControlNumbers;
impl Table for ControlNumbers {
    const ID: u8 = 8;
    type Key = (String, RecordId);
    type Row = RecordId;
}

/// Прежние версии записи: the entries that made them; the last one stands in the record's own row.
pub(crate) struct Versions;
impl Table for Versions {
    const ID: u8 = 9;
    type Key = (RecordId, Seq);
    type Row = Seq;
}

pub(crate) struct Counters;
impl Table for Counters {
    const ID: u8 = 6;
    type Key = String;
    type Row = u64;
}

/// The id that the next new record gets.
pub(crate) fn next_record_id(view: &dyn View) -> Result<RecordId, TableError> {
    Ok(RecordId::new(
        get::<Counters>(view, &"record".to_owned())?.unwrap_or(1),
    ))
}

/// Digest of a record's content: leader without computed positions, fields in order, without 005.
///
/// The character set a record declares is how it was carried, not what it says.
#[must_use]
pub fn content_digest(record: &BiblioRecord) -> Hash {
    let told = charset::declared(record).is_some_and(|declared| declared != Charset::Utf8);
    if told {
        let mut carried = record.clone();
        write::declare(&mut carried, Charset::Utf8);
        return digest(&carried);
    }
    digest(record)
}

fn digest(record: &BiblioRecord) -> Hash {
    let mut hasher = blake3::Hasher::new();
    let leader = record.leader.as_bytes();
    hasher.update(&leader[5..12]).update(&leader[17..]);
    for field in record.fields.iter().filter(|f| f.tag.as_str() != "005") {
        digest_field(field, &mut hasher);
    }
    *hasher.finalize().as_bytes()
}

fn digest_field(field: &Field, hasher: &mut blake3::Hasher) {
    hasher.update(field.tag.as_str().as_bytes());
    let indicators = field.indicators();
    // A sign and the text after it, as one text.
    let mut text = |mark: u8, signs: &[char], text: &str| {
        let mut head = [0; 8];
        let mut length = 0;
        for sign in signs {
            length += sign.encode_utf8(&mut head[length..]).len();
        }
        hasher
            .update(&[mark])
            .update(&((length + text.len()) as u64).to_le_bytes())
            .update(&head[..length])
            .update(text.as_bytes());
    };
    text(0, &[indicators.0, indicators.1], "");
    match &field.body {
        Body::Control(data) => text(1, &[], data),
        Body::Data(_, subfields) => {
            for subfield in subfields {
                text(2, &[subfield.code], &subfield.value);
            }
        }
        Body::Linked(_, fields) => {
            for inner in fields {
                hasher.update(&[3]);
                digest_field(inner, hasher);
            }
        }
    }
    hasher.update(&[4]);
}

/// What a record made here names as its agency.
pub const FOND: &str = "FOND";

/// Every library with Fond counts its records from 1, so the book itself joins the number.
fn own_key(record: &BiblioRecord, agency: String) -> SourceKey {
    let mut hasher = blake3::Hasher::new();
    for (tag, code) in [
        ("200", 'a'),
        ("200", 'e'),
        ("700", 'a'),
        ("210", 'd'),
        ("010", 'a'),
    ] {
        hasher.update(
            record
                .first(tag, code)
                .unwrap_or_default()
                .trim()
                .as_bytes(),
        );
        hasher.update(&[0]);
    }
    let number = record.control("001").unwrap_or_default().trim();
    let book = hasher.finalize().to_hex();
    SourceKey {
        agency,
        control: format!("{number} {}", &book[..16]),
    }
}

/// The key of a record that came from outside (D-10). `base` names the source where nobody does.
///
/// Where nobody at all names the agency, 001 alone proves little (every small file counts from 1),
/// so the title joins it.
#[must_use]
pub fn source_key(record: &BiblioRecord, base: Option<&str>) -> SourceKey {
    let original = record
        .fields("801")
        .find(|f| f.indicators().1 == '0')
        .and_then(|f| f.first('b'));
    let agency = original
        .or_else(|| record.control("003"))
        .or(base)
        .unwrap_or("");
    let agency = agency.trim().to_owned();
    if agency == FOND {
        return own_key(record, agency);
    }
    let control = match record
        .control("001")
        .map(str::trim)
        .filter(|c| !c.is_empty())
    {
        Some(control) if !agency.is_empty() => control.to_owned(),
        Some(control) => {
            let title = record
                .first("200", 'a')
                .or_else(|| record.first("245", 'a'))
                .unwrap_or("");
            format!(
                "{control} {}",
                &blake3::hash(title.as_bytes()).to_hex()[..16]
            )
        }
        None => format!(
            "blake3:{}",
            blake3::Hash::from(content_digest(record)).to_hex()
        ),
    };
    SourceKey { agency, control }
}

/// Applies one version; the same journal gives the same rows.
pub(crate) fn apply(
    version: &RecordVersion,
    seq: Seq,
    at: Timestamp,
    tables: &mut dyn Tables,
) -> Result<(), TableError> {
    let before = get::<Records>(tables, &version.id)?;
    let stored = StoredRecord {
        id: version.id,
        version: seq,
        created: before.as_ref().map_or(seq, |b| b.created),
        saved_at: at,
        owner: version.owner.clone(),
        status: version.status,
        record: Arc::clone(&version.record),
        key: version.key.clone(),
        edited: version.source.is_none() && before.as_ref().is_some_and(|b| b.key.is_some()),
        content: content_digest(&version.record),
    };
    if let Some(control) = version.record.control("001") {
        put::<ControlNumbers>(tables, &(control.to_owned(), version.id), &version.id);
    }
    if let Some(key) = &version.key {
        put::<SourceKeys>(
            tables,
            &(key.agency.clone(), key.control.clone()),
            &version.id,
        );
    }
    if let Some(source) = &version.source {
        let origin = Origin {
            entry: seq,
            file: source.file.clone(),
            number: source.number,
            charset: source.charset.clone(),
        };
        put::<Sources>(tables, &version.id, &origin);
    }
    if next_record_id(tables)? <= version.id {
        put::<Counters>(tables, &"record".to_owned(), &(version.id.get() + 1));
    }
    if let Some(before) = &before {
        put::<Versions>(tables, &(version.id, before.version), &before.version);
    }
    put::<Records>(tables, &version.id, &stored);
    Ok(())
}
