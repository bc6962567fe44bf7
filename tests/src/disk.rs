//! A disk that loses power: what the shim wrote down, and the folder as it may look afterwards.
//!
//! What was synced stands. What was not may stand, be lost, or be torn at a sector of 512 bytes; a name
//! that was made, moved or removed counts only after its folder was synced. It knows nothing of what the
//! files mean.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

mod log;

pub use log::{Op, Record, read};

/// Bytes that a disk writes whole, at a multiple of them.
const SECTOR: usize = 512;

/// A source of chances that can be asked again from the same seed.
#[derive(Clone, Debug)]
pub struct Chances(u64);

impl Chances {
    /// From a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % limit.max(1)
    }
}

/// What becomes of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// All of it is lost.
    Lost,
    /// All of it stands, though nobody asked.
    Kept,
    /// Each piece by its own chance; a write may be torn.
    Mixed,
}

/// A change of a file's bytes that was not synced.
#[derive(Clone, Debug)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Clone, Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<(usize, Change)>,
}

/// A name: a folder, or a file by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Folder,
    File(usize),
}

/// A change of names that was not synced.
#[derive(Clone, Debug)]
enum Names {
    Add(String, Node),
    Remove(String),
    Move(String, String),
}

type Tree = BTreeMap<String, Node>;

/// The disk as far as the log was played.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: Vec<File>,
    inodes: HashMap<u64, usize>,
    /// Present names, for telling which object a name means.
    present: Tree,
    durable: Tree,
    pending: Vec<(usize, Names)>,
    begun: HashMap<u64, usize>,
    played: usize,
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write(at, data) => {
            if bytes.len() < at + data.len() {
                bytes.resize(at + data.len(), 0);
            }
            bytes[*at..at + data.len()].copy_from_slice(data);
        }
        Change::Length(length) => bytes.resize(*length, 0),
    }
}

fn rename(tree: &mut Tree, from: &str, to: &str) {
    let inside = format!("{from}/");
    let moved: Vec<String> = tree
        .range(from.to_owned()..)
        .map(|(path, _)| path.clone())
        .take_while(|path| path.starts_with(from))
        .filter(|path| path == from || path.starts_with(&inside))
        .collect();
    for path in moved {
        if let Some(node) = tree.remove(&path) {
            tree.insert(format!("{to}{}", &path[from.len()..]), node);
        }
    }
}

fn apply_names(tree: &mut Tree, names: &Names) {
    match names {
        Names::Add(path, node) => {
            tree.insert(path.clone(), node.clone());
        }
        Names::Remove(path) => {
            tree.remove(path);
        }
        Names::Move(from, to) => rename(tree, from, to),
    }
}

fn above(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(above, _)| above)
}

impl Disk {
    /// A disk with this one empty folder.
    #[must_use]
    pub fn of(folder: &str) -> Self {
        let tree = Tree::from([(folder.to_owned(), Node::Folder)]);
        Self {
            present: tree.clone(),
            durable: tree,
            ..Self::default()
        }
    }

    /// A disk with this folder and all that stands in it, synced.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn holding(folder: &Path) -> Self {
        let mut disk = Self::of(&folder.display().to_string());
        disk.take_in(folder);
        disk.present = disk.durable.clone();
        disk
    }

    fn take_in(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("the folder can be read").path();
            let about = fs::symlink_metadata(&path).expect("it stands there");
            let name = path.display().to_string();
            if about.is_dir() {
                self.durable.insert(name, Node::Folder);
                self.take_in(&path);
            } else if about.is_file() {
                let durable = fs::read(&path).expect("the file can be read");
                let number = self.files.len();
                self.files.push(File {
                    durable,
                    pending: Vec::new(),
                });
                self.inodes.insert(about.ino(), number);
                self.durable.insert(name, Node::File(number));
            }
        }
    }

    /// Plays one record.
    pub fn play(&mut self, record: &Record) {
        self.played += 1;
        match record.op {
            Op::Open => {
                let made = record.a == 1;
                let number = self.object(record, made);
                if record.b == 1 && !made {
                    self.change(number, Change::Length(0));
                }
            }
            Op::Write => {
                let number = self.object(record, false);
                let at = usize::try_from(record.a).expect("an offset");
                self.change(number, Change::Write(at, record.data.clone()));
            }
            Op::Truncate => {
                let number = self.object(record, false);
                let length = usize::try_from(record.a).expect("a length");
                self.change(number, Change::Length(length));
            }
            Op::SyncBegin => {
                self.begun.insert(record.a, self.played);
            }
            Op::SyncEnd => self.synced(record),
            Op::Rename => self.names(Names::Move(record.path.clone(), record.text())),
            Op::Unlink | Op::Rmdir => self.names(Names::Remove(record.path.clone())),
            Op::Mkdir => self.names(Names::Add(record.path.clone(), Node::Folder)),
            Op::Link => {
                if let Some(node) = self.present.get(&record.path).cloned() {
                    self.names(Names::Add(record.text(), node));
                }
            }
            Op::Close => {
                let _ = self.object(record, false);
            }
            Op::Answer => {}
            Op::Alien => panic!("{} is changed past the log: {}", record.path, record.text()),
        }
    }

    /// How many records were played.
    #[must_use]
    pub fn played(&self) -> usize {
        self.played
    }

    fn change(&mut self, number: usize, change: Change) {
        self.files[number].pending.push((self.played, change));
    }

    fn names(&mut self, names: Names) {
        apply_names(&mut self.present, &names);
        self.pending.push((self.played, names));
    }

    /// The object behind a record; one that has another name now was moved past the log.
    fn object(&mut self, record: &Record, made: bool) -> usize {
        let known = self.inodes.get(&record.inode).copied().filter(|_| !made);
        if let Some(number) = known {
            let stands = self.present.get(&record.path) == Some(&Node::File(number));
            let gone = record.path.ends_with(" (deleted)");
            if !stands && !gone {
                let mut names = self.present.iter();
                let was = names.find(|(_, node)| **node == Node::File(number));
                if let Some(was) = was.map(|(was, _)| was.clone()) {
                    self.names(Names::Move(was, record.path.clone()));
                }
            }
            return number;
        }
        let number = self.files.len();
        self.files.push(File::default());
        self.inodes.insert(record.inode, number);
        self.names(Names::Add(record.path.clone(), Node::File(number)));
        number
    }

    fn synced(&mut self, record: &Record) {
        let begun = self.begun.remove(&record.a).expect("a sync that began");
        let file = self.inodes.get(&record.inode).copied();
        if let Some(number) = file.filter(|_| self.present.get(&record.path) != Some(&Node::Folder))
        {
            let file = &mut self.files[number];
            let later = file.pending.partition_point(|(at, _)| *at <= begun);
            for (_, change) in file.pending.drain(..later) {
                apply(&mut file.durable, &change);
            }
            return;
        }
        let folder = record.path.as_str();
        for (at, names) in std::mem::take(&mut self.pending) {
            let here = match &names {
                Names::Add(path, _) | Names::Remove(path) => above(path) == folder,
                Names::Move(from, to) => above(from) == folder || above(to) == folder,
            };
            if here && at <= begun {
                apply_names(&mut self.durable, &names);
            } else {
                self.pending.push((at, names));
            }
        }
    }

    /// Writes the folder `from` into `to` as it may look when the power goes now.
    pub fn after_a_cut(&self, from: &str, to: &Path, fate: Fate, chances: &mut Chances) {
        let mut tree = self.durable.clone();
        for (_, names) in &self.pending {
            if kept(fate, chances) {
                apply_names(&mut tree, names);
            }
        }
        for (path, node) in &tree {
            let Some(inside) = path.strip_prefix(from) else {
                continue;
            };
            let target = to.join(inside.trim_start_matches('/'));
            // A name in a folder whose own name was lost is lost with it.
            if !inside.is_empty() && !target.parent().is_some_and(Path::is_dir) {
                continue;
            }
            match node {
                Node::Folder => fs::create_dir_all(&target).expect("the image can be written"),
                Node::File(number) => {
                    let bytes = self.bytes(*number, fate, chances);
                    fs::write(&target, bytes).expect("the image can be written");
                }
            }
        }
    }

    fn bytes(&self, number: usize, fate: Fate, chances: &mut Chances) -> Vec<u8> {
        let file = &self.files[number];
        let mut bytes = file.durable.clone();
        for (_, change) in &file.pending {
            match change {
                _ if !kept(fate, chances) => {}
                Change::Write(at, data) if fate == Fate::Mixed && chances.below(2) == 0 => {
                    let mut from = 0;
                    while from < data.len() {
                        let left = SECTOR - (at + from) % SECTOR;
                        let part = from..data.len().min(from + left);
                        from = part.end;
                        if chances.below(2) == 0 {
                            let torn = Change::Write(at + part.start, data[part].to_vec());
                            apply(&mut bytes, &torn);
                        }
                    }
                }
                Change::Write(..) | Change::Length(_) => apply(&mut bytes, change),
            }
        }
        bytes
    }
}

fn kept(fate: Fate, chances: &mut Chances) -> bool {
    match fate {
        Fate::Lost => false,
        Fate::Kept => true,
        Fate::Mixed => chances.below(2) == 0,
    }
}
