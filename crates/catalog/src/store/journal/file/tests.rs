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
fn a_batch_whose_first_sector_a_power_cut_took_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let path = folder.path().join("0000000001.jnl");
    let (mut journal, _) = open(folder.path()).unwrap();
    let end = usize::try_from(journal.end).unwrap();
    journal.append(journal.head(), vec![draft(90)]).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[end..end + 512].fill(0);
    fs::write(&path, &bytes).unwrap();
    let (mut journal, recovered) = open(folder.path()).unwrap();
    assert!(recovered.cut.is_some());
    assert_eq!(journal.head().seq, Seq::new(10));
    assert_eq!(fs::read(&path).unwrap(), bytes, "opening changes nothing");
    journal.settle().unwrap();
    journal.append(journal.head(), vec![draft(1)]).unwrap();
    assert_eq!(journal.reader().check_all().unwrap().seq, Seq::new(11));
    let kept = fs::read(folder.path().with_extension("cut")).unwrap();
    assert!(bytes[end..].starts_with(&kept), "the bytes are kept aside");
    fs::remove_file(folder.path().with_extension("cut")).unwrap();
    // The same zeros with a whole batch after them are damage.
    bytes[128..300].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(
        open(folder.path()),
        Err(JournalError::Damaged { .. })
    ));
}

/// Two segments, the first of them closed; 4 MiB an entry.
fn two_segments(folder: &Path) -> FileJournal {
    let (mut journal, _) = open(folder).unwrap();
    for n in 0..18 {
        let mut payload: Vec<u8> = b"0123456789abcdef".repeat(1 << 18);
        payload[usize::from(n) * 1000] = n;
        let big = Draft {
            payload,
            ..draft(1)
        };
        journal.append(journal.head(), vec![big]).unwrap();
    }
    journal
}

/// As [`two_segments`], with the first one packed.
fn packed(folder: &Path) -> PathBuf {
    let mut journal = two_segments(folder);
    journal.packer.work();
    let packed = folder.join("0000000001.jnlz");
    let begun = std::time::Instant::now();
    while folder.join("0000000001.jnl").exists() {
        assert!(begun.elapsed().as_secs() < 120, "the segment is packed");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    packed
}

#[test]
fn a_closed_segment_is_packed_and_read_as_before() {
    let folder = tempfile::tempdir().unwrap();
    let whole = tempfile::tempdir().unwrap();
    let raw = two_segments(whole.path());
    let all = raw.reader().read(Seq::new(15), 9).unwrap();
    let path = packed(folder.path());
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    assert!(size(&path) * 4 < size(&whole.path().join("0000000001.jnl")));
    let (mut journal, _) = open(folder.path()).unwrap();
    let (reader, seen) = (journal.reader(), Seq::new(15));
    assert_eq!(reader.check_all().unwrap(), raw.head());
    assert_eq!(reader.read(seen, 9).unwrap(), all);
    journal.append(journal.head(), vec![draft(3)]).unwrap();
    assert_eq!(reader.check_all().unwrap().seq, Seq::new(19));
}

#[test]
fn any_changed_byte_of_a_packed_segment_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = packed(folder.path());
    let whole = fs::read(&path).unwrap();
    let journal = open(folder.path()).unwrap().0;
    let reader = journal.reader();
    let named = |at: usize| match reader.check_all() {
        Err(JournalError::Damaged { file, .. }) => assert_eq!(file, path, "byte {at}"),
        other => panic!("byte {at}: {other:?}"),
    };
    let early = (0..900).step_by(23);
    let later = (1..12).map(|n| n * (whole.len() - 1) / 11);
    for at in early.chain(later) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, &bytes).unwrap();
        named(at);
    }
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    named(whole.len());
    assert!(matches!(
        open(folder.path()),
        Err(JournalError::Damaged { .. })
    ));
    fs::write(&path, &whole).unwrap();
    assert_eq!(reader.check_all().unwrap().seq, Seq::new(18));
}

#[test]
fn a_packing_that_was_interrupted_leaves_the_raw_segment_as_the_one() {
    let folder = tempfile::tempdir().unwrap();
    drop(two_segments(folder.path()));
    let raw = folder.path().join("0000000001.jnl");
    for (name, bytes) in [("0000000001.packing", "half"), ("0000000001.jnlz", "whole")] {
        fs::write(folder.path().join(name), bytes).unwrap();
        let (journal, _) = open(folder.path()).unwrap();
        assert_eq!(journal.reader().check_all().unwrap().seq, Seq::new(18));
        assert!(raw.exists() && !folder.path().join(name).exists());
    }
}

#[test]
fn a_full_segment_is_followed_by_another() {
    let folder = tempfile::tempdir().unwrap();
    drop(two_segments(folder.path()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    let (journal, _) = open(folder.path()).unwrap();
    assert_eq!(journal.head().seq, Seq::new(18));
    assert_eq!(journal.reader().read(Seq::new(16), 9).unwrap().len(), 2);
    assert_eq!(journal.reader().check_all().unwrap(), journal.head());
}
