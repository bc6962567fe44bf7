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

/// A folder with a folder around it: what is cut off is kept beside a journal.
fn within() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("journal");
    fs::create_dir(&folder).unwrap();
    (home, folder)
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

/// A draft of several sectors.
fn long_draft() -> Draft {
    let payload = (0..2500).map(|n| u8::try_from(n % 250 + 1).unwrap());
    Draft {
        payload: payload.collect(),
        ..draft(60)
    }
}

#[test]
fn a_torn_end_is_cut_and_said() {
    let (_home, folder) = within();
    let mut written = filled(&folder);
    let path = folder.join("0000000001.jnl");
    let (begin, end) = {
        let (mut journal, _) = open(&folder).unwrap();
        let begin = journal.end;
        let head = journal.head();
        written.extend(journal.append(head, vec![long_draft()]).unwrap());
        (begin, journal.end)
    };
    let bytes = fs::read(&path).unwrap();
    let sectors = (begin + 1..end).filter(|at| at % 512 == 0);
    for keep in sectors.chain(end - 60..end - 32) {
        let mut torn = bytes.clone();
        torn[usize::try_from(keep).unwrap()..].fill(0);
        fs::write(&path, &torn).unwrap();
        let (mut journal, recovered) = open(&folder).unwrap();
        assert_eq!(journal.head().seq, Seq::new(10), "kept {keep}");
        assert!(recovered.cut.is_some());
        journal.append(journal.head(), vec![draft(50)]).unwrap();
        assert_eq!(
            journal.reader().read(Seq::new(8), 2).unwrap(),
            written[8..10]
        );
        assert_eq!(open(&folder).unwrap().0.head().seq, Seq::new(11));
    }
}

#[test]
fn a_flipped_bit_in_a_last_batch_that_came_whole_is_named_and_cuts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let path = folder.path().join("0000000001.jnl");
    let (mut journal, _) = open(folder.path()).unwrap();
    let begin = journal.end;
    journal
        .append(journal.head(), vec![draft(7), draft(8)])
        .unwrap();
    let end = journal.end;
    drop(journal);
    let whole = fs::read(&path).unwrap();
    for at in (begin..end).chain([end, end + 11, end + 600, end + 9000]) {
        let mut bytes = whole.clone();
        bytes[usize::try_from(at).unwrap()] ^= 1 << (at % 8);
        fs::write(&path, &bytes).unwrap();
        match open(folder.path()).map(|(_, recovered)| recovered) {
            Err(JournalError::Damaged { offset, seq, .. }) => {
                assert_eq!(seq.get(), if at < end { 11 } else { 13 });
                assert!((begin..=at).contains(&offset), "{at}: {offset}");
            }
            other => panic!("at {at}: {other:?}"),
        }
    }
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
    let (_home, folder) = within();
    filled(&folder);
    let path = folder.join("0000000001.jnl");
    let (mut journal, _) = open(&folder).unwrap();
    let end = usize::try_from(journal.end).unwrap();
    journal.append(journal.head(), vec![long_draft()]).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[end..end.next_multiple_of(512)].fill(0);
    fs::write(&path, &bytes).unwrap();
    let (mut journal, recovered) = open(&folder).unwrap();
    assert!(recovered.cut.is_some());
    assert_eq!(journal.head().seq, Seq::new(10));
    assert_eq!(fs::read(&path).unwrap(), bytes, "opening changes nothing");
    journal.settle().unwrap();
    journal.append(journal.head(), vec![draft(1)]).unwrap();
    assert_eq!(journal.reader().check_all().unwrap().seq, Seq::new(11));
    let kept = fs::read(folder.with_extension("cut")).unwrap();
    assert!(bytes[end..].starts_with(&kept), "the bytes are kept aside");
    // The same zeros with a whole batch after them are damage.
    bytes[128..300].fill(0);
    fs::write(&path, &bytes).unwrap();
    assert!(matches!(open(&folder), Err(JournalError::Damaged { .. })));
}

/// Makes the checksum of the batch at `offset` anew.
fn signed(bytes: &mut [u8], offset: usize) {
    let length = u32::from_le_bytes(bytes[offset + 4..offset + 8].try_into().unwrap());
    let body = offset + frame::BATCH_HEAD;
    let checksum = frame::batch_checksum(&bytes[body..body + length as usize]);
    bytes[offset + 8..offset + 12].copy_from_slice(&checksum.to_le_bytes());
}

#[test]
fn a_byte_changed_together_with_its_checksum_is_named_in_the_head_of_a_batch_and_of_a_segment() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path());
    let path = folder.path().join("0000000001.jnl");
    let reader = open(folder.path()).unwrap().0.reader();
    let clean = fs::read(&path).unwrap();
    let header = usize::try_from(HEADER).unwrap();
    // First number, count, number before, time.
    for at in header + frame::BATCH_HEAD..header + frame::BATCH_HEAD + 28 {
        let mut bytes = clean.clone();
        bytes[at] ^= 1;
        signed(&mut bytes, header);
        fs::write(&path, &bytes).unwrap();
        let told = reader.check_all();
        assert!(matches!(told, Err(JournalError::Damaged { .. })), "{at}");
    }
    for at in 0..header - 4 {
        let mut bytes = clean.clone();
        bytes[at] ^= 1;
        let checksum = crc32c::crc32c(&bytes[..header - 4]);
        bytes[header - 4..header].copy_from_slice(&checksum.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        let told = reader.check_all();
        assert!(matches!(told, Err(JournalError::Damaged { .. })), "{at}");
    }
}

#[test]
fn a_number_past_all_journals_and_a_length_past_all_segments_are_damage() {
    let (_home, folder) = within();
    filled(&folder);
    let path = folder.join("0000000001.jnl");
    let whole = fs::read(&path).unwrap();
    for seq in [u64::MAX, u64::MAX >> 1] {
        let mut bytes = whole.clone();
        bytes[32..40].copy_from_slice(&seq.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..124]);
        bytes[124..128].copy_from_slice(&checksum.to_le_bytes());
        fs::write(&path, &bytes).unwrap();
        assert!(matches!(open(&folder), Err(JournalError::Damaged { .. })));
    }
    // A hole takes no room on the disk, but would be read for days.
    fs::write(&path, &whole).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    assert!(matches!(open(&folder), Err(JournalError::Damaged { .. })));
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

fn spoil(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_closed_segment_is_refused_at_the_start() {
    for packs in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = if packs {
            packed(folder.path())
        } else {
            drop(two_segments(folder.path()));
            folder.path().join("0000000001.jnl")
        };
        drop(open(folder.path()).unwrap());
        spoil(&path);
        match open(folder.path()) {
            Err(JournalError::Damaged { file, .. }) => assert_eq!(file, path),
            other => panic!("{:?}", other.err()),
        }
    }
}

#[test]
fn a_damaged_old_segment_of_a_long_journal_stops_changes_and_not_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = packed(folder.path());
    let (mut journal, _) = open(folder.path()).unwrap();
    spoil(&path);
    journal.watch = closed::watch(&journal.shared, 1);
    let begun = std::time::Instant::now();
    let why = loop {
        match journal.claim() {
            Err(JournalError::Poisoned(why)) => break why,
            other => assert!(begun.elapsed().as_secs() < 60, "{other:?}"),
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    assert!(why.contains("0000000001.jnlz"), "{why}");
    let refused = journal.append(journal.head(), vec![draft(3)]);
    assert!(matches!(refused, Err(JournalError::Poisoned(_))));
    let last = Seq::new(journal.head().seq.get() - 1);
    assert_eq!(journal.reader().read(last, 1).unwrap().len(), 1);
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
    // The seal, with its checksum made anew.
    for at in 128 + 64..128 + 124 {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        let checksum = crc32c::crc32c(&bytes[128..252]);
        bytes[252..256].copy_from_slice(&checksum.to_le_bytes());
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
fn a_packing_that_was_interrupted_is_ended_and_takes_nothing_else_away() {
    let (folder, raws) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    drop(two_segments(raws.path()));
    let packed = packed(folder.path());
    let (raw, half) = (
        packed.with_extension("jnl"),
        packed.with_extension("packing"),
    );
    let seq = || Ok::<_, JournalError>(open(folder.path())?.0.reader().check_all()?.seq);
    fs::copy(raws.path().join("0000000001.jnl"), &raw).unwrap();
    fs::write(&half, "half").unwrap();
    assert_eq!(seq().unwrap(), Seq::new(18));
    assert!(packed.exists() && !raw.exists() && !half.exists());
    // What an older copy of the folder, or another one, left beside it.
    let (whole, earlier) = (fs::read(&packed).unwrap(), tempfile::tempdir().unwrap());
    filled(earlier.path());
    let earlier = fs::read(earlier.path().join("0000000001.jnl")).unwrap();
    for strange in [Vec::new(), vec![0; 4096], earlier] {
        fs::write(&raw, &strange).unwrap();
        let told = seq();
        assert!(matches!(&told, Err(JournalError::Damaged { file, .. }) if *file == raw));
        assert!(fs::read(&raw).unwrap() == strange && fs::read(&packed).unwrap() == whole);
    }
    fs::remove_file(&raw).unwrap();
    assert_eq!(seq().unwrap(), Seq::new(18));
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
