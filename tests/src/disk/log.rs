//! The log of the shim, read.

use std::fs;
use std::path::Path;

/// What was done; the numbers are those of `tests/shim/disk.c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// A file was opened for writing or made.
    Open,
    /// Bytes were written at `a`.
    Write,
    /// The file is `a` long.
    Truncate,
    /// Sync number `a` begins.
    SyncBegin,
    /// It has succeeded.
    SyncEnd,
    /// A name was moved.
    Rename,
    /// A name was removed.
    Unlink,
    /// A folder was made.
    Mkdir,
    /// A folder was removed.
    Rmdir,
    /// A second name.
    Link,
    /// Something was told to somebody.
    Answer,
    /// A file was closed.
    Close,
    /// Something that the log cannot follow.
    Alien,
}

const OPS: [Op; 13] = [
    Op::Open,
    Op::Write,
    Op::Truncate,
    Op::SyncBegin,
    Op::SyncEnd,
    Op::Rename,
    Op::Unlink,
    Op::Mkdir,
    Op::Rmdir,
    Op::Link,
    Op::Answer,
    Op::Close,
    Op::Alien,
];

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Record {
    /// What.
    pub op: Op,
    /// To which file.
    pub inode: u64,
    /// First number.
    pub a: u64,
    /// Second number.
    pub b: u64,
    /// Under which name.
    pub path: String,
    /// With which bytes, or to which name.
    pub data: Vec<u8>,
}

impl Record {
    /// The bytes as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.data).into_owned()
    }
}

/// Reads a whole log; a last record that was cut by a kill is left out.
///
/// # Panics
/// When it is not a log.
#[must_use]
pub fn read(path: &Path) -> Vec<Record> {
    let bytes = fs::read(path).expect("the log is there");
    let mut rest = bytes.as_slice();
    let mut records = Vec::new();
    while let Some((record, after)) = one(rest) {
        records.push(record);
        rest = after;
    }
    records
}

fn one(bytes: &[u8]) -> Option<(Record, &[u8])> {
    let (op, rest) = bytes.split_first()?;
    let long = |at: usize| Some(u64::from_le_bytes(rest.get(at..at + 8)?.try_into().ok()?));
    let word =
        |at: usize| Some(u32::from_le_bytes(rest.get(at..at + 4)?.try_into().ok()?) as usize);
    let (inode, a, b) = (long(0)?, long(8)?, long(16)?);
    let (first, second) = (word(24)?, word(28)?);
    let (texts, after) = rest.get(32..)?.split_at_checked(first + second)?;
    let (one, two) = texts.split_at(first);
    // An answer stands in the first text.
    let op = OPS[usize::from(*op) - 1];
    let (path, data) = if op == Op::Answer {
        (two, one)
    } else {
        (one, two)
    };
    let record = Record {
        op,
        inode,
        a,
        b,
        path: String::from_utf8_lossy(path).into_owned(),
        data: data.to_vec(),
    };
    Some((record, after))
}
