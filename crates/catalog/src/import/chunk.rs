//! One entry of an import: what each record is to the catalogue, decided on the state it is shown.

use std::collections::HashMap;
use std::sync::Arc;

use zstd::bulk::Compressor;

use super::ImportOrder;
use crate::error::Error;
use crate::fund::network::stands_under;
use crate::id::{Hash, LibraryId, RecordId};
use crate::record::BiblioRecord;
use crate::record::convert::into_rusmarc;
use crate::record::copies::{CarriedCopy, carried};
use crate::record::dialect::Dialect;
use crate::record::read::Incoming;
use crate::rule::Finding;
use crate::shelf::{
    ControlNumbers, RecordStatus, RecordVersion, Records, Source, SourceKey, SourceKeys,
    content_digest, next_record_id, source_key,
};
use crate::table::{View, all, get};

/// What the frame of a field and of a subfield come to in an entry, in bytes.
const FIELD: usize = 48;
const SUBFIELD: usize = 16;

/// A record from the file on its way into the catalogue.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) number: u64,
    pub(super) offset: u64,
    pub(super) record: Arc<BiblioRecord>,
    pub(super) key: SourceKey,
    /// Digest of the record's content.
    pub(super) content: Hash,
    pub(super) source: Arc<Source>,
    /// Copies it carries, when they are the library's own.
    pub(super) copies: Vec<CarriedCopy>,
}

impl Candidate {
    /// How many bytes it adds to an entry, roughly: rows of a table may say much more than they hold.
    pub(super) fn size(&self, source: usize) -> usize {
        let mut written = self.record.fields.len() * FIELD;
        self.record
            .each_text(&mut |text| written += text.len() + SUBFIELD);
        written.max(source)
    }
}

/// What becomes of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// A new record; `shared` when a record of another source has the same 001.
    New { id: RecordId, shared: bool },
    /// A new version of a record that nobody edited here.
    Updated(RecordId),
    /// It is there already.
    Unchanged(RecordId),
    /// It was edited here and differs: left as it stands.
    Conflict(RecordId),
    /// It differs and another library answers for it: left as it stands (D-15).
    Foreign(RecordId),
}

impl Fate {
    /// The record it became or already is.
    pub(super) fn record(self) -> RecordId {
        match self {
            Fate::New { id, .. }
            | Fate::Updated(id)
            | Fate::Unchanged(id)
            | Fate::Conflict(id)
            | Fate::Foreign(id) => id,
        }
    }
}

/// What an entry would hold, and what becomes of each candidate.
pub(super) struct Outcome {
    pub(super) versions: Vec<RecordVersion>,
    pub(super) fates: Vec<Fate>,
}

/// Converts an incoming record to RUSMARC and packs its source bytes.
pub(super) fn candidate(
    incoming: &Incoming,
    record: BiblioRecord,
    order: &ImportOrder,
    packer: &mut Compressor<'_>,
) -> Result<(Candidate, Vec<Finding>), Error> {
    let numbered = record.control("001").is_some_and(|c| !c.trim().is_empty());
    let own = numbered.then(|| source_key(&record, None));
    let copies = match (&incoming.rows, incoming.dialect) {
        (Some(rows), _) => rows.copies.clone(),
        (None, Dialect::Irbis) => carried(&record, incoming.dialect),
        (None, Dialect::Rusmarc | Dialect::Unimarc | Dialect::Marc21) => Vec::new(),
    };
    // A table of one library is known by its titles: rows may be added and mended between imports.
    let own = own.or_else(|| {
        incoming.rows.as_ref().map(|rows| SourceKey {
            agency: order.library.to_string(),
            control: rows.identity.clone(),
        })
    });
    let (record, findings) = into_rusmarc(record, incoming.dialect);
    // Without a number a record is known by what it is here, so that its export is known too.
    let key = own.unwrap_or_else(|| source_key(&record, None));
    let zstd = packer
        .compress(&incoming.source)
        .map_err(|source| Error::Io {
            what: order.file.clone(),
            source,
        })?;
    let source = Source {
        file: order.file.clone(),
        number: incoming.number,
        offset: incoming.offset,
        format: incoming.format.name().to_owned(),
        charset: incoming.charset.name().to_owned(),
        dialect: incoming.dialect.name().to_owned(),
        zstd,
    };
    let (number, offset) = (incoming.number, incoming.offset);
    Ok((
        Candidate {
            number,
            offset,
            content: content_digest(&record),
            record: Arc::new(record),
            key,
            source: Arc::new(source),
            copies,
        },
        findings,
    ))
}

/// Decides each candidate in order; later ones see what earlier ones in the same entry do.
pub(super) fn decide(
    candidates: &[Candidate],
    view: &dyn View,
    owner: &LibraryId,
) -> Result<Outcome, Error> {
    let mut next = next_record_id(view)?;
    let mut here: HashMap<SourceKey, usize> = HashMap::new();
    let mut contents: Vec<Hash> = Vec::new();
    let mut outcome = Outcome {
        versions: Vec::new(),
        fates: Vec::new(),
    };
    for candidate in candidates {
        let content = candidate.content;
        let fate = if let Some(&index) = here.get(&candidate.key) {
            let version = &mut outcome.versions[index];
            if contents[index] == content {
                Fate::Unchanged(version.id)
            } else {
                contents[index] = content;
                version.record = Arc::clone(&candidate.record);
                version.source = Some(Arc::clone(&candidate.source));
                Fate::Updated(version.id)
            }
        } else {
            stored_fate(candidate, content, &mut next, view, owner)?
        };
        if let Some(id) = to_write(fate)
            && !here.contains_key(&candidate.key)
        {
            here.insert(candidate.key.clone(), outcome.versions.len());
            contents.push(content);
            outcome.versions.push(version(id, candidate, owner, view)?);
        }
        outcome.fates.push(fate);
    }
    Ok(outcome)
}

fn to_write(fate: Fate) -> Option<RecordId> {
    match fate {
        Fate::New { id, .. } | Fate::Updated(id) => Some(id),
        Fate::Unchanged(_) | Fate::Conflict(_) | Fate::Foreign(_) => None,
    }
}

/// Identity by D-10 against the tables.
fn stored_fate(
    candidate: &Candidate,
    content: Hash,
    next: &mut RecordId,
    view: &dyn View,
    owner: &LibraryId,
) -> Result<Fate, Error> {
    let key = (candidate.key.agency.clone(), candidate.key.control.clone());
    let Some(id) = get::<SourceKeys>(view, &key)? else {
        let namesakes = with_control_number(&candidate.record, view)?;
        if let Some(id) = came_back(&namesakes, content, view)? {
            return Ok(Fate::Unchanged(id));
        }
        let (id, shared) = (*next, !namesakes.is_empty());
        *next = RecordId::new(id.get() + 1);
        return Ok(Fate::New { id, shared });
    };
    let stored = get::<Records>(view, &id)?
        .ok_or_else(|| Error::Damaged(format!("записи {id} нет на месте")))?;
    Ok(if stored.content == content {
        Fate::Unchanged(id)
    } else if stored.edited {
        Fate::Conflict(id)
    } else if !stands_under(view, &stored.owner, owner)? {
        Fate::Foreign(id)
    } else {
        Fate::Updated(id)
    })
}

/// The records of any source with its 001.
fn with_control_number(record: &BiblioRecord, view: &dyn View) -> Result<Vec<RecordId>, Error> {
    match record.control("001") {
        Some(control) => Ok(all::<ControlNumbers>(view, &control.to_owned())?),
        None => Ok(Vec::new()),
    }
}

/// The record made or numbered here that this one is, content and number alike: an export come back.
fn came_back(
    namesakes: &[RecordId],
    content: Hash,
    view: &dyn View,
) -> Result<Option<RecordId>, Error> {
    for id in namesakes {
        let stands = get::<Records>(view, id)?;
        if stands.is_some_and(|stored| stored.content == content) {
            return Ok(Some(*id));
        }
    }
    Ok(None)
}

fn version(
    id: RecordId,
    candidate: &Candidate,
    owner: &LibraryId,
    view: &dyn View,
) -> Result<RecordVersion, Error> {
    let owner = get::<Records>(view, &id)?.map_or_else(|| owner.clone(), |stored| stored.owner);
    Ok(RecordVersion {
        id,
        owner,
        status: RecordStatus::Imported,
        record: Arc::clone(&candidate.record),
        key: Some(candidate.key.clone()),
        source: Some(Arc::clone(&candidate.source)),
    })
}
