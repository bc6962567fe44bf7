//! Every entry that was ever written is read for ever: journals of each version stand in `tests/golden`,
//! and whoever changes how a change is written sees this fail.
//!
//! Within a version a field may be added that has a default; nothing may be renamed, removed or written
//! otherwise. For that there is a new number in `Change::VERSION`, a reader for the old one in `payload`, and a
//! new journal beside the old ones: `FOND_GOLDEN_FROM=journal:journal cargo test -p catalog golden` takes what these
//! have and no earlier one shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use ciborium::Value;
use uuid::Uuid;

use super::journal::file::FileJournal;
use super::journal::frame::next_entry;
use super::journal::segment::{HEADER, Segment};
use super::journal::{Draft, Journal, Position, RawEntry};
use super::payload::{plain, read_entry, write_payload};
use crate::change::Change;
use crate::fund::change::FundChange;
use crate::id::Seq;

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden")
}

/// What an entry is made of: each place in its payload with the kind, or the short name, of what stands there.
fn shape(value: &Value, place: &str, found: &mut BTreeSet<String>) {
    if let Value::Array(items) = value {
        found.insert(format!("{place}[]"));
        for item in items {
            shape(item, &format!("{place}[]"), found);
        }
        return;
    }
    if let Value::Map(pairs) = value {
        for (key, value) in pairs {
            let key = key.as_text().unwrap_or("?");
            shape(value, &format!("{place}.{key}"), found);
        }
        return;
    }
    let is_name = |text: &&str| text.len() > 3 && text.chars().all(|c| c.is_ascii_alphabetic());
    let kind = match value.as_text().filter(is_name) {
        Some(name) => name,
        None if value.is_text() => "text",
        None if value.is_null() => "null",
        None if value.is_bool() => "bool",
        None => "other",
    };
    found.insert(format!("{place}={kind}"));
}

fn shapes(entry: &RawEntry) -> BTreeSet<String> {
    let mut found = BTreeSet::from([format!("version {}", entry.draft.version)]);
    shape(&value(&plain(entry).unwrap()), "", &mut found);
    found
}

/// The golden journals, oldest first.
fn journals() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(home())
        .unwrap()
        .map(|folder| folder.unwrap().path())
        .collect();
    all.sort();
    all
}

fn entries(journal: &Path) -> (Segment, Vec<RawEntry>) {
    let segment = Segment::open(&journal.join("0000000001.jnl"), false).unwrap();
    let mut entries = Vec::new();
    let walked = segment.walk(HEADER, Position::default(), &mut |_, batch| {
        entries.extend(batch)
    });
    walked.unwrap();
    (segment, entries)
}

/// The first place of what was written that is not written so any more.
fn lost(was: &Value, is: &Value, place: &str) -> Option<String> {
    match (was, is) {
        (Value::Map(was), Value::Map(is)) => was.iter().find_map(|(key, value)| {
            let place = format!("{place}.{}", key.as_text().unwrap_or("?"));
            match is.iter().find(|(other, _)| other == key) {
                Some((_, stands)) => lost(value, stands, &place),
                None => Some(place),
            }
        }),
        (Value::Array(was), Value::Array(is)) if was.len() == is.len() => {
            let mut pairs = was.iter().zip(is);
            pairs.find_map(|(was, is)| lost(was, is, &format!("{place}[]")))
        }
        // A place that was empty said nothing.
        (Value::Null, _) => None,
        (was, is) => (was != is).then(|| format!("{place}: {was:?}, now {is:?}")),
    }
}

fn value(payload: &[u8]) -> Value {
    ciborium::from_reader(payload).unwrap()
}

/// Takes from the named journals the entries that show something new, and writes them as a journal.
fn write_golden(from: &str) {
    let (mut seen, mut kept) = (BTreeSet::new(), Vec::<Draft>::new());
    for journal in journals() {
        for entry in entries(&journal).1 {
            seen.extend(shapes(&entry));
        }
    }
    for folder in from.split(':') {
        let (journal, _) = FileJournal::open(Path::new(folder), Uuid::nil()).unwrap();
        let mut at = Seq::default();
        while at < journal.head().seq {
            for entry in journal.reader().read(at, 100).unwrap() {
                at = entry.seq;
                let found = shapes(&entry);
                if !found.is_subset(&seen) && entry.draft.payload.len() < 20_000 {
                    seen.extend(found);
                    kept.push(entry.draft);
                }
            }
        }
    }
    let target = home().join(format!("journal-{}", journals().len() + 1));
    let making = tempfile::tempdir().unwrap();
    let (mut journal, _) = FileJournal::open(making.path(), Uuid::from_u128(0x0F0D)).unwrap();
    for draft in kept {
        journal.append(journal.head(), vec![draft]).unwrap();
    }
    let segment = Segment::open(&making.path().join("0000000001.jnl"), false).unwrap();
    fs::create_dir_all(&target).unwrap();
    let bytes = segment.rest(0, Seq::default()).unwrap();
    fs::write(target.join("0000000001.jnl"), bytes).unwrap();
}

#[test]
fn every_entry_ever_written_is_read_and_what_it_says_is_written_the_same() {
    if let Ok(from) = std::env::var("FOND_GOLDEN_FROM") {
        write_golden(&from);
    }
    let (mut kinds, mut names) = (BTreeSet::new(), BTreeSet::new());
    for journal in journals() {
        let (segment, entries) = entries(&journal);
        let library = segment.header.library;
        let mut before = Position::default();
        let mut last = jiff::Timestamp::MIN;
        assert!(!entries.is_empty(), "{}", journal.display());
        for raw in entries {
            let again = next_entry(&library, before, last, raw.draft.clone());
            assert_eq!(again, raw, "the envelope or its hash");
            (before.seq, before.hash, last) = (raw.seq, raw.hash, raw.draft.at);
            let (was, seq) = (value(&plain(&raw).unwrap()), raw.seq);
            let written_by = raw.draft.version;
            let entry = read_entry(raw).unwrap();
            kinds.insert((entry.change.kind(), written_by));
            if let Change::Fund(change) = &entry.change {
                note(change, &mut names);
            }
            let (written_as, written) = write_payload(entry.request, &entry.change).unwrap();
            let (request, change) = (entry.request, entry.change);
            let newer = RawEntry {
                seq,
                hash: before.hash,
                draft: Draft {
                    kind: change.kind(),
                    version: written_as,
                    command_id: entry.command_id,
                    actor: entry.actor,
                    on: entry.on,
                    at: entry.at,
                    payload: written,
                },
            };
            // All versions that there are have the same inside.
            let lost = lost(&was, &value(&plain(&newer).unwrap()), "");
            assert_eq!(lost, None, "entry {seq} is written otherwise");
            let read = read_entry(newer).unwrap();
            let same = (read.request, read.change) == (request, change);
            assert!(
                same,
                "entry {seq} is read otherwise when it is written again"
            );
        }
    }
    let seen: BTreeSet<u8> = kinds.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(seen, (1..=5).collect(), "kinds of change with an example");
    let versions: BTreeSet<u16> = kinds.iter().map(|(_, version)| *version).collect();
    assert_eq!(versions, [1, 2, 3].into(), "versions with an example");
    assert_eq!(names.len(), FUND_CHANGES, "{names:?} have an example");
}

/// Kinds of changes of the fund: as many as [`note`] knows.
const FUND_CHANGES: usize = 12;

fn note(change: &FundChange, names: &mut BTreeSet<&'static str>) {
    let name = match change {
        FundChange::LibraryAdded(_) => "LibraryAdded",
        FundChange::PolicySet { .. } => "PolicySet",
        FundChange::TitlesNoted { .. } => "TitlesNoted",
        FundChange::Posted(_) => "Posted",
        FundChange::Opened { .. } => "Opened",
        FundChange::Voided { .. } => "Voided",
        FundChange::Moved { .. } => "Moved",
        FundChange::Relocated { .. } => "Relocated",
        FundChange::Checked { .. } => "Checked",
        FundChange::PeriodSet { .. } => "PeriodSet",
        FundChange::ReportSubmitted { .. } => "ReportSubmitted",
        FundChange::Together(changes) => {
            changes.iter().for_each(|change| note(change, names));
            "Together"
        }
    };
    names.insert(name);
}
