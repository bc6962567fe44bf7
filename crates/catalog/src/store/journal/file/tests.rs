//! What the file journal promises: order, chain, a torn end cut, damage named.

use super::*;
use crate::id::UserId;
use std::fs;

fn draft(n: u8) -> Draft {
    Draft {
        kind: 1,
        version: 1,
        command_id: Uuid::from_u128(u128::from(n)),
        actor: "тест".parse::<UserId>().unwrap(),
        on: Some(jiff::civil::date(2025, 2, 10)),
        at: Timestamp::from_second(1_700_000_000 - i64::from(n)).unwrap(),
        payload: vec![n; usize::from(n) * 10],
    }
}

fn open(folder: &Path) -> Result<(FileJournal, Recovered), JournalError> {
    FileJournal::open(folder, Uuid::from_u128(7))
}

/// A journal of 5 batches with 2 entries each.
fn filled(folder: &Path) -> Vec<RawEntry> {
    let (mut journal, _) = open(folder).unwrap();
    (0..5)
        .flat_map(|i| {
            journal
                .append(journal.head(), vec![draft(i * 2), draft(i * 2 + 1)])
                .unwrap()
        })
        .collect()
}

#[test]
fn what_was_appended_is_read_back_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let written = filled(folder.path());
    let (journal, recovered) = open(folder.path()).unwrap();
    assert_eq!(recovered, Recovered::default());
    assert_eq!(journal.reader().read(Seq::default(), 100).unwrap(), written);
    assert_eq!(
        journal.reader().read(Seq::new(3), 2).unwrap(),
        written[3..5]
    );
    assert_eq!(journal.head().seq, Seq::new(10));
}

#[test]
fn entry_time_never_runs_backwards() {
    let folder = tempfile::tempdir().unwrap();
    let written = filled(folder.path());
    assert!(written.windows(2).all(|w| w[0].draft.at < w[1].draft.at));
}

#[test]
fn a_batch_decided_on_another_head_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(folder.path()).unwrap();
    journal.append(Position::default(), vec![draft(1)]).unwrap();
    let answer = journal.append(Position::default(), vec![draft(2)]);
    assert!(matches!(answer, Err(JournalError::Moved { .. })));
}

#[test]
fn a_torn_end_is_cut_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let written = filled(folder.path());
    let path = folder.path().join("0000000001.jnl");
    let end = {
        let (journal, _) = open(folder.path()).unwrap();
        journal.end
    };
    let bytes = fs::read(&path).unwrap();
    for cut in 1..40 {
        let mut torn = bytes.clone();
        let keep = usize::try_from(end).unwrap() - cut;
        torn[keep..].fill(0);
        fs::write(&path, &torn).unwrap();
        let (mut journal, recovered) = open(folder.path()).unwrap();
        assert_eq!(journal.head().seq, Seq::new(8), "cut {cut}");
        assert!(recovered.cut.is_some());
        journal.append(journal.head(), vec![draft(50)]).unwrap();
        assert_eq!(
            journal.reader().read(Seq::new(6), 2).unwrap(),
            written[6..8]
        );
        assert_eq!(open(folder.path()).unwrap().0.head().seq, Seq::new(9));
    }
}

#[test]
fn a_flipped_bit_is_named_or_cuts_the_last_batch_aloud() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let path = folder.path().join("0000000001.jnl");
    let (journal, _) = open(folder.path()).unwrap();
    let (end, reader) = (journal.end, journal.reader());
    let clean = fs::read(&path).unwrap();
    let places = (0..end).step_by(3).chain([end, end + 1, end + 5000]);
    for at in places {
        let mut flipped = clean.clone();
        flipped[usize::try_from(at).unwrap()] ^= 1 << (at % 8);
        fs::write(&path, &flipped).unwrap();
        assert!(
            matches!(reader.check_all(), Err(JournalError::Damaged { .. })),
            "a flip at {at} was not noticed by a check"
        );
    }
    fs::write(&path, &clean).unwrap();
    assert_eq!(reader.check_all().unwrap().seq, Seq::new(10));
}

#[test]
fn damage_before_the_end_refuses_to_open() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let path = folder.path().join("0000000001.jnl");
    let mut bytes = fs::read(&path).unwrap();
    bytes[usize::try_from(HEADER).unwrap() + 60] ^= 4;
    fs::write(&path, &bytes).unwrap();
    match open(folder.path()) {
        Err(JournalError::Damaged { seq, offset, .. }) => {
            assert_eq!((seq.get(), offset), (1, HEADER))
        }
        other => panic!(
            "expected damage, got {:?}",
            other.map(|(j, r)| (j.head(), r))
        ),
    }
}

#[test]
fn a_full_segment_is_followed_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let (mut journal, _) = open(folder.path()).unwrap();
    let big = || Draft {
        payload: vec![1; 4 << 20],
        ..draft(1)
    };
    for _ in 0..18 {
        journal.append(journal.head(), vec![big()]).unwrap();
    }
    drop(journal);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let (journal, _) = open(folder.path()).unwrap();
    assert_eq!(journal.head().seq, Seq::new(18));
    assert_eq!(journal.reader().read(Seq::new(16), 9).unwrap().len(), 2);
    assert_eq!(journal.reader().check_all().unwrap(), journal.head());
}
