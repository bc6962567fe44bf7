//! Bytes from outside: the corpora of the fuzzers played again, and endless garbage that must not grow a process.
//!
//! The long form, 4 GB a kind: `FOND_GARBAGE_MB=4096 cargo test -p fond-tests --test foreign_bytes -- --nocapture`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fond_tests::foreign::{self, DOORS, stored};
use fond_tests::house::root;
use fond_tests::served::fond;

/// A process that only reads may keep no more than this, in kilobytes.
const MOST_KB: u64 = 192 << 10;
/// One that reads a file of acts: its text as a whole, twice for a moment, before anything is built of it.
const ACTS_KB: u64 = 256 << 10;
/// From so many megabytes on a process that kept them all would be seen.
const SEEN_MB: usize = 16;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    files.sort();
    files
}

#[test]
fn every_door_stands_the_corpus_of_its_fuzzer() {
    let corpus = root().join("fuzz/corpus");
    for (name, door) in DOORS {
        let target = root().join(format!("fuzz/fuzz_targets/{name}.rs"));
        assert!(target.exists(), "no fuzz target drives the door {name}");
        let seeds = files(&corpus.join(name));
        assert!(!seeds.is_empty(), "no corpus for the door {name}");
        for seed in seeds {
            let bytes = fs::read(&seed).unwrap();
            // A panic in a door names the seed it died of.
            let _last = Named(&seed);
            door(&bytes);
        }
    }
    foreign::cleared();
}

/// `FOND_SEEDS=write` writes them anew.
#[test]
fn seeds_of_what_lies_on_a_disk_are_what_their_maker_makes_and_are_read_as_it_says() {
    let corpus = root().join("fuzz/corpus");
    let payload = |n: usize| fs::read(corpus.join(format!("journal/payload-{n}"))).unwrap();
    let payloads: Vec<Vec<u8>> = (0..8).map(payload).collect();
    for (door, name, bytes, accepted) in stored::seeds(&payloads) {
        let path = corpus.join(door).join(name);
        if std::env::var("FOND_SEEDS").is_ok_and(|word| word == "write") {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert!(fs::read(&path).unwrap() == bytes, "{}", path.display());
        let read = match door {
            "segment" => stored::segment_walked(&bytes),
            "packed" => stored::packed_walked(&bytes),
            _ => stored::backup_read(&bytes),
        };
        assert_eq!(read.is_some(), accepted, "{door}/{name}: {read:?}");
    }
}

struct Named<'a>(&'a Path);

impl Drop for Named<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("died of {}", self.0.display());
        }
    }
}

/// Kinds of garbage, each a pattern that goes on for ever; so many megabytes of it in an ordinary run, less of what is
/// read slowly.
fn garbage() -> Vec<(&'static str, usize, Vec<u8>)> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let noise = (0..1 << 20).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    });
    let open_tag = [b"<record a='".to_vec(), vec![b'y'; 1 << 16]].concat();
    vec![
        ("noise", 4, noise.collect()),
        ("zeros", 64, vec![0; 1 << 16]),
        ("one line", 64, vec![b'x'; 1 << 16]),
        ("opening tags", 1, b"<record><datafield>".repeat(1 << 10)),
        ("an open tag", 64, open_tag),
        ("open braces", 24, b"{\"fields\":[".repeat(1 << 10)),
        ("leaders", 2, b"99999nam0 2200025   450 ".repeat(1 << 10)),
        ("fields without end", 1, b"#200: ^Ax\n".repeat(1 << 10)),
    ]
}

/// Feeds garbage to a command; its exit status and the most memory of its own it had, in kilobytes.
fn fed(program: &Path, words: &[&str], pattern: &[u8], megabytes: usize) -> (i32, u64) {
    fed_after(program, words, b"", pattern, megabytes)
}

/// The same of garbage behind a beginning.
fn fed_after(
    program: &Path,
    words: &[&str],
    begins: &[u8],
    pattern: &[u8],
    megabytes: usize,
) -> (i32, u64) {
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(begins).unwrap();
    let mut written = 0;
    let mut looked = 0;
    while written < megabytes << 20 {
        if stdin.write_all(pattern).is_err() {
            break;
        }
        written += pattern.len();
        if written - looked > 4 << 20 {
            looked = written;
            most = most.max(anonymous(&status));
        }
    }
    most = most.max(anonymous(&status));
    drop(stdin);
    (child.wait().unwrap().code().unwrap_or(-1), most)
}

fn anonymous(status: &str) -> u64 {
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

#[test]
fn garbage_without_end_does_not_grow_a_process() {
    let named = std::env::var("FOND_GARBAGE_MB").ok();
    let named: Option<usize> = named.map(|mb| mb.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let convert = ["convert", "--from", "auto", "--to", "marcxml"];
    let import = ["import", "--data", folder, "--dry-run", "-"];
    let commands: [&[&str]; 3] = [&["check"], &convert, &import];
    let program = fond();
    for (kind, ordinary, pattern) in garbage() {
        let megabytes = named.unwrap_or(ordinary);
        for words in commands {
            let (status, most) = fed(&program, words, &pattern, megabytes);
            println!(
                "{kind} × {megabytes} MB to {}: status {status}, {most} kB",
                words[0]
            );
            assert!(
                (0..=3).contains(&status),
                "{kind}: {words:?} ended with {status}"
            );
            assert!(most < MOST_KB, "{kind}: {words:?} took {most} kB");
            if ordinary >= SEEN_MB {
                let (_, little) = fed(&program, words, &pattern, 1);
                let growth = (ordinary as u64 / 2 + 8) << 10;
                assert!(
                    most < little + growth,
                    "{kind}: {words:?} took {little} kB of 1 MB and {most} kB of {megabytes} MB"
                );
            }
        }
    }
}

#[test]
fn a_file_of_acts_is_not_built_in_memory_when_it_is_too_much() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let post = ["post", "--data", folder, "-"];
    let program = fond();
    let kinds: [(&str, &[u8], &[u8]); 4] = [
        ("short events", b"{\"events\":[", b"{\"id\":1},"),
        ("open braces", b"", b"{\"events\":["),
        ("spaces", b"{\"events\":[", b" "),
        ("zeros", b"", &[0]),
    ];
    for (kind, begins, pattern) in kinds {
        for megabytes in [4, 40, 100] {
            let garbage = pattern.repeat(1 << 12);
            let (status, most) = fed_after(&program, &post, begins, &garbage, megabytes);
            println!("{kind} × {megabytes} MB to post: status {status}, {most} kB");
            assert!((1..=3).contains(&status), "{kind}: {status}");
            assert!(most < ACTS_KB, "{kind} × {megabytes} MB took {most} kB");
        }
    }
}
