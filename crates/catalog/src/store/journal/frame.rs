//! Bytes of the journal: a batch is one frame, written and synced at once; an entry is a part of it.
//!
//! All integers are little-endian. A batch is
//! `magic u32 | length u32 | crc32c u32 | body`, its body
//! `first seq u64 | count u32 | last durable seq u64 | time i64 µs | entries`, an entry
//! `length u32 | kind u8 | version u16 | command id 16 | actor u16+n | on i32 | at i64 µs | payload u32+n | hash 32`.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use super::{Draft, Position, RawEntry};
use crate::id::{Hash, Seq, UserId};

/// First bytes of a batch.
pub(crate) const BATCH_MAGIC: [u8; 4] = *b"FBT1";
/// Magic, length and checksum before the body.
pub(crate) const BATCH_HEAD: usize = 12;
/// No batch is longer; a longer length is damage, not a reason to allocate.
pub(crate) const BATCH_LIMIT: usize = 64 << 20;
/// No change is longer (D-2).
pub(crate) const PAYLOAD_LIMIT: usize = 4 << 20;
/// No entry is longer, with its envelope; a longer one is damage.
const ENTRY_LIMIT: usize = PAYLOAD_LIMIT + 4096;
/// First seq, count, last durable seq and time.
const BODY_HEAD: usize = 28;
const NO_DATE: i32 = i32::MIN;

/// Numbers, times and hashes the drafts after `after` and writes them as one batch.
///
/// `last` is the time of the entry before: entry time is max(clock, last + 1 µs) (D-1).
pub(crate) fn write_batch(
    library: &Uuid,
    after: Position,
    last: Timestamp,
    drafts: Vec<Draft>,
) -> (Vec<u8>, Vec<RawEntry>) {
    let mut entries = Vec::with_capacity(drafts.len());
    let (mut position, mut time) = (after, last);
    for draft in drafts {
        let entry = next_entry(library, position, time, draft);
        time = entry.draft.at;
        position = Position {
            seq: entry.seq,
            hash: entry.hash,
        };
        entries.push(entry);
    }
    let mut body = Vec::new();
    body.extend_from_slice(&after.seq.next().get().to_le_bytes());
    body.extend_from_slice(
        &u32::try_from(entries.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    body.extend_from_slice(&after.seq.get().to_le_bytes());
    body.extend_from_slice(&time.as_microsecond().to_le_bytes());
    for entry in &entries {
        write_entry(entry, &mut body);
    }
    let mut frame = Vec::with_capacity(BATCH_HEAD + body.len());
    frame.extend_from_slice(&BATCH_MAGIC);
    frame.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    frame.extend_from_slice(&batch_checksum(&body).to_le_bytes());
    frame.extend_from_slice(&body);
    (frame, entries)
}

/// Время записи: max(clock, last + 1 µs), in whole microseconds (D-1).
pub(crate) fn entry_time(asked: Timestamp, last: Timestamp) -> Timestamp {
    let next = last
        .checked_add(jiff::SignedDuration::from_micros(1))
        .unwrap_or(last);
    micros(asked).max(next)
}

/// Numbers, times and hashes one draft after `after`; what [`write_batch`] does for many.
pub(crate) fn next_entry(
    library: &Uuid,
    after: Position,
    last: Timestamp,
    mut draft: Draft,
) -> RawEntry {
    draft.at = entry_time(draft.at, last);
    let seq = after.seq.next();
    let hash = entry_hash(library, &after.hash, seq, &draft);
    RawEntry { seq, draft, hash }
}

/// The checksum covers the length as well, so that no bit of the head is free.
pub(crate) fn batch_checksum(body: &[u8]) -> u32 {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    crc32c::crc32c_append(crc32c::crc32c(&length), body)
}

/// Reads a batch's body that follows `after`; `Err` says what does not hold.
pub(crate) fn read_batch(
    library: &Uuid,
    after: Position,
    body: &[u8],
) -> Result<Vec<RawEntry>, String> {
    let mut from = Bytes(body);
    let entries = read_entries(library, after, &mut from)?;
    if from.0.is_empty() {
        Ok(entries)
    } else {
        Err("лишние байты в конце пакета".into())
    }
}

/// Whether all entries of a batch that follows `after` stand here, whatever its head says and whatever is behind them.
pub(crate) fn is_whole(library: &Uuid, after: Position, body: &[u8]) -> bool {
    read_entries(library, after, &mut Bytes(body)).is_ok_and(|entries| !entries.is_empty())
}

fn read_entries(
    library: &Uuid,
    after: Position,
    from: &mut Bytes<'_>,
) -> Result<Vec<RawEntry>, String> {
    let (first, count) = (from.u64()?, from.u32()?);
    let (durable, time) = (from.u64()?, from.i64()?);
    if first != after.seq.next().get() || durable != after.seq.get() {
        return Err(format!(
            "начинается с записи {first} после {durable}, ожидалась {} после {}",
            after.seq.next(),
            after.seq
        ));
    }
    let mut position = after;
    let mut entries = Vec::new();
    for _ in 0..count {
        let entry = read_entry(from, position.seq.next())?;
        if entry.hash != entry_hash(library, &position.hash, entry.seq, &entry.draft) {
            return Err(format!("хеш записи {} не сходится с цепью", entry.seq));
        }
        position = Position {
            seq: entry.seq,
            hash: entry.hash,
        };
        entries.push(entry);
    }
    let last = entries.last().map(|entry| entry.draft.at.as_microsecond());
    if last.is_some_and(|last| last != time) {
        return Err("время пакета не то, что у последней его записи".into());
    }
    Ok(entries)
}

/// The first number in a batch's body, without checking the rest.
pub(crate) fn first_seq(body: &[u8]) -> Option<(Seq, u32)> {
    let mut from = Bytes(body);
    (body.len() >= BODY_HEAD).then_some(())?;
    Some((Seq::new(from.u64().ok()?), from.u32().ok()?))
}

fn write_entry(entry: &RawEntry, out: &mut Vec<u8>) {
    let frame = envelope(&entry.draft);
    out.extend_from_slice(
        &u32::try_from(frame.len() + 32)
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    out.extend_from_slice(&frame);
    out.extend_from_slice(&entry.hash);
}

/// The bytes of an entry without its length and hash: what the hash covers, after the chain's part.
pub(crate) fn envelope(draft: &Draft) -> Vec<u8> {
    let actor = draft.actor.as_str().as_bytes();
    let mut out = Vec::with_capacity(64 + actor.len() + draft.payload.len());
    out.push(draft.kind);
    out.extend_from_slice(&draft.version.to_le_bytes());
    out.extend_from_slice(draft.command_id.as_bytes());
    out.extend_from_slice(&u16::try_from(actor.len()).unwrap_or(u16::MAX).to_le_bytes());
    out.extend_from_slice(actor);
    out.extend_from_slice(&draft.on.map_or(NO_DATE, date_number).to_le_bytes());
    out.extend_from_slice(&draft.at.as_microsecond().to_le_bytes());
    out.extend_from_slice(
        &u32::try_from(draft.payload.len())
            .unwrap_or(u32::MAX)
            .to_le_bytes(),
    );
    out.extend_from_slice(&draft.payload);
    out
}

/// Reads an entry from its [`envelope`] and checks its hash against the chain.
pub(crate) fn read_envelope(
    library: &Uuid,
    after: Position,
    envelope: &[u8],
    hash: Hash,
) -> Result<RawEntry, String> {
    let seq = after.seq.next();
    let draft = read_draft(&mut Bytes(envelope), seq)?;
    if hash != entry_hash(library, &after.hash, seq, &draft) {
        return Err(format!("хеш записи {seq} не сходится с цепью"));
    }
    Ok(RawEntry { seq, draft, hash })
}

fn entry_hash(library: &Uuid, previous: &Hash, seq: Seq, draft: &Draft) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(previous)
        .update(library.as_bytes())
        .update(&seq.get().to_le_bytes());
    hasher.update(&envelope(draft));
    *hasher.finalize().as_bytes()
}

fn read_entry(from: &mut Bytes<'_>, seq: Seq) -> Result<RawEntry, String> {
    let length = from.u32()? as usize;
    if length > ENTRY_LIMIT {
        return Err(format!("длина записи {seq} невозможна: {length}"));
    }
    let envelope = length.checked_sub(32).ok_or("запись короче своего хеша")?;
    let draft = read_draft(&mut Bytes(from.take(envelope)?), seq)?;
    let hash = from.array()?;
    Ok(RawEntry { seq, draft, hash })
}

fn read_draft(entry: &mut Bytes<'_>, seq: Seq) -> Result<Draft, String> {
    let kind = entry.take(1)?[0];
    let version = u16::from_le_bytes(entry.array()?);
    let command_id = Uuid::from_bytes(entry.array()?);
    let actor_length = usize::from(u16::from_le_bytes(entry.array()?));
    let actor = std::str::from_utf8(entry.take(actor_length)?).map_err(|e| e.to_string())?;
    let actor: UserId = actor
        .parse()
        .map_err(|e| format!("имя в записи {seq}: {e}"))?;
    let on = match i32::from_le_bytes(entry.array()?) {
        NO_DATE => None,
        number => Some(number_date(number).ok_or_else(|| format!("дата в записи {seq}"))?),
    };
    let at = Timestamp::from_microsecond(entry.i64()?).map_err(|e| e.to_string())?;
    let payload_length = entry.u32()? as usize;
    let payload = entry.take(payload_length)?.to_vec();
    if !entry.0.is_empty() {
        return Err(format!("лишние байты в записи {seq}"));
    }
    Ok(Draft {
        kind,
        version,
        command_id,
        actor,
        on,
        at,
        payload,
    })
}

/// A date as `yyyymmdd`, readable in a hex dump.
fn date_number(date: Date) -> i32 {
    i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
}

fn number_date(number: i32) -> Option<Date> {
    let year = i16::try_from(number.div_euclid(10_000)).ok()?;
    let month = i8::try_from(number.rem_euclid(10_000) / 100).ok()?;
    let day = i8::try_from(number.rem_euclid(100)).ok()?;
    Date::new(year, month, day).ok()
}

fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// A slice that is eaten from the front and never read past its end.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self
            .0
            .split_at_checked(length)
            .ok_or("пакет короче, чем сказано в нём самом")?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        self.take(N)?
            .try_into()
            .map_err(|_| "пакет оборван".to_owned())
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn i64(&mut self) -> Result<i64, String> {
        Ok(i64::from_le_bytes(self.array()?))
    }
}
