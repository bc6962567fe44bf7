//! Power cuts: a program at work on a watched disk, and the disk as it may look when the power goes at some moments of
//! that. It knows nothing of what must hold then.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;

use catalog::Catalog;

use crate::disk::{Chances, Disk, Fate, Op, Record, read};
use crate::program::told;
use crate::served::fond;
use crate::shared::quiet;
use crate::shim::Shim;

/// What may become of what was not synced; torn writes twice as often.
const FATES: [Fate; 4] = [Fate::Lost, Fate::Mixed, Fate::Kept, Fate::Mixed];

/// How many cuts are asked for: `FOND_POWER_CUTS`, else those of an ordinary run.
///
/// # Panics
/// When it is no number.
#[must_use]
pub fn asked(ordinary: usize) -> usize {
    std::env::var("FOND_POWER_CUTS").map_or(ordinary, |n| n.parse().unwrap())
}

/// The program at work on a watched disk.
pub struct Watched {
    shim: Shim,
    /// The program.
    pub program: PathBuf,
    /// All that is on the disk.
    pub root: PathBuf,
    home: PathBuf,
}

impl Watched {
    /// An empty disk within a folder; nothing where there is no shim.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn within(home: &Path) -> Option<Self> {
        let shim = Shim::built()?;
        let home = fs::canonicalize(home).unwrap();
        let root = home.join("disk");
        fs::create_dir(&root).unwrap();
        Some(Self {
            shim,
            program: fond(),
            root,
            home,
        })
    }

    /// The data folder on that disk.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    fn log(&self) -> PathBuf {
        self.home.join("log")
    }

    /// The program, watched.
    #[must_use]
    pub fn command(&self) -> Command {
        let log = self.log();
        let settings = [("SHIM_LOG", log.as_path())];
        self.shim.command(&self.program, &self.root, &settings)
    }

    /// A command that ended well is a promise as well; its end stands in the log as an answer.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn done(&self, words: &[&str]) -> String {
        let said = told(self.command(), &self.data(), words, "");
        let mut end = vec![11_u8];
        end.extend([0; 24]);
        end.extend(4_u32.to_le_bytes());
        end.extend(0_u32.to_le_bytes());
        end.extend(b"done");
        let mut log = fs::File::options().append(true).open(self.log()).unwrap();
        std::io::Write::write_all(&mut log, &end).unwrap();
        said
    }

    /// What was written down since the disk looked like this.
    #[must_use]
    pub fn since(&self, before: Disk) -> Trial {
        Trial {
            home: self.home.clone(),
            root: self.root.clone(),
            disks: vec![self.root.clone()],
            before,
            log: read(&self.log()),
        }
    }
}

/// Counts the commands that were done.
pub fn count_done(done: &mut usize, answer: &Record) {
    *done += usize::from(answer.text() == "done");
}

/// What must hold: how an answer is noted, and the proof of an image at a moment, which says what kind it was of.
pub struct Proof<'a, S> {
    /// Notes what an answer promises.
    pub note: fn(&mut S, &Record),
    /// Proves an image, or panics.
    pub holds: &'a dyn Fn(&S, &Path, usize) -> &'static str,
}

/// How often an image was of each kind.
pub type Tally = BTreeMap<&'static str, u32>;

/// Says what a trial did, in the one line that the figures are taken from.
pub fn printed(work: &str, trial: &Trial, tally: &Tally, more: &str) {
    let (cuts, all) = (tally.values().sum::<u32>(), trial.log.len());
    eprintln!("power cuts of {work} {cuts}, of {all} operations, {more}lost 0: {tally:?}");
}

/// A piece of work that was watched.
#[derive(Clone)]
pub struct Trial {
    home: PathBuf,
    root: PathBuf,
    /// Folders that stand each on a disk of its own.
    pub disks: Vec<PathBuf>,
    before: Disk,
    /// What was done.
    pub log: Vec<Record>,
}

impl Trial {
    /// So many cuts within a range: half of them right behind something of this kind, half anywhere, and at the last
    /// moment. A short work is gone through again and again.
    ///
    /// # Panics
    /// When something does not hold.
    pub fn tried<S: Default>(
        &self,
        within: &Range<usize>,
        count: usize,
        likely: impl Fn(&Record) -> bool,
        proof: &Proof<'_, S>,
    ) -> Tally {
        let mut tally = Tally::new();
        let mut left = count;
        for pass in 0.. {
            let part = left.clamp(1, within.len() / 2);
            let chances = Chances::new(2026 + pass);
            let moments = self.moments(within, part, &likely, chances.clone());
            for (kind, times) in self.cut(&moments, &FATES, chances, proof) {
                *tally.entry(kind).or_default() += times;
            }
            left = left.saturating_sub(moments.len());
            if left == 0 {
                break;
            }
        }
        tally
    }

    fn moments(
        &self,
        within: &Range<usize>,
        count: usize,
        likely: impl Fn(&Record) -> bool,
        mut chances: Chances,
    ) -> BTreeSet<usize> {
        let after: Vec<usize> = within
            .clone()
            .filter(|n| likely(&self.log[*n]))
            .map(|n| n + 1)
            .collect();
        assert!(!after.is_empty(), "nothing of the kind was done");
        let mut moments = BTreeSet::from([within.end]);
        while moments.len() < count {
            moments.insert(if chances.below(2) == 0 {
                after[chances.below(after.len())]
            } else {
                within.start + 1 + chances.below(within.len())
            });
        }
        moments
    }

    /// Where something was done first and last.
    #[must_use]
    pub fn span(&self, of: impl Fn(&Record) -> bool) -> Range<usize> {
        let first = self.log.iter().position(&of).expect("it was done");
        let last = self.log.iter().rposition(&of).unwrap_or(first);
        first..last + 1
    }

    /// Cuts the power at these moments and proves what is left.
    fn cut<S: Default>(
        &self,
        moments: &BTreeSet<usize>,
        fates: &[Fate],
        mut chances: Chances,
        proof: &Proof<'_, S>,
    ) -> Tally {
        let (mut disk, mut promised) = (self.before.clone(), S::default());
        let mut tally = Tally::new();
        for (at, record) in self.log.iter().enumerate() {
            disk.play(record);
            if record.op == Op::Answer {
                (proof.note)(&mut promised, record);
            }
            if !moments.contains(&(at + 1)) {
                continue;
            }
            let image = self.home.join("image");
            let _ = fs::remove_dir_all(&image);
            for folder in &self.disks {
                let fate = fates[chances.below(fates.len())];
                let to = image.join(folder.strip_prefix(&self.root).unwrap());
                fs::create_dir_all(&to).unwrap();
                let from = folder.display().to_string();
                disk.after_a_cut(&from, &to, fate, &mut chances);
            }
            *tally
                .entry((proof.holds)(&promised, &image, at + 1))
                .or_default() += 1;
        }
        // The index may still be tidying up behind its back; what it leaves goes with the home.
        let _ = fs::remove_dir_all(self.home.join("image"));
        tally
    }

    /// The trial can fail: had the program not asked for these syncs, something would be lost that must not be.
    ///
    /// # Panics
    /// When nothing is.
    pub fn fails_without<S: Default>(
        &self,
        syncs: impl Fn(&Record) -> bool,
        moments: &BTreeSet<usize>,
        proof: &Proof<'_, S>,
    ) {
        let mut trial = self.clone();
        let mut gone = 0;
        for record in &mut trial.log {
            if matches!(record.op, Op::SyncBegin | Op::SyncEnd) && syncs(record) {
                // In its place nothing is told to nobody, so that the moments stay where they are.
                (record.op, record.data) = (Op::Answer, Vec::new());
                gone += 1;
            }
        }
        assert!(gone > 0, "there are no such syncs");
        let tried = catch_unwind(AssertUnwindSafe(|| {
            trial.cut(moments, &[Fate::Lost], Chances::new(1), proof)
        }));
        assert!(tried.is_err(), "all holds without those syncs: {tried:?}");
    }
}

/// The machine has been started again: a mark of its last boot is one of another boot now. How the tables were left.
///
/// # Panics
/// When the mark cannot be written.
pub fn started_again(data: &Path) -> &'static str {
    let mark = data.join("state/mark");
    let left = fs::read_to_string(&mark).unwrap_or_default();
    if left.starts_with("open ") {
        fs::write(&mark, "open another boot").unwrap();
    }
    match left.as_str() {
        "clean" => "tables closed",
        "" => "no tables yet",
        _ => "tables rebuilt",
    }
}

/// Opens a library after the restart of the machine; all of it is sound.
///
/// # Panics
/// When it is not.
#[must_use]
pub fn opened(data: &Path, moment: usize) -> Catalog {
    let _ = started_again(data);
    let catalog = Catalog::open(data).unwrap_or_else(|e| panic!("moment {moment}: {e}"));
    verified(&catalog, moment);
    catalog
}

/// Reads all of a library.
///
/// # Panics
/// When something in it does not hold.
pub fn verified(catalog: &Catalog, moment: usize) {
    let report = catalog.verify(true, &mut quiet()).unwrap();
    assert!(report.ok, "moment {moment}: {:?}", report.problems);
}
