//! Отметки на столе: where the marks of a check lie while it goes on (D-3).
//!
//! Several people scan at once, through several servers of one library. The marks of a check lie in some dozens of
//! notes by number: a scan changes one short note, and whoever changes the same one meanwhile loses nothing.

use std::collections::BTreeMap;

use catalog::Error;
use catalog::fund::number::InventoryNumber;
use catalog::fund::stock_check::StockCheck;

use super::progress::Progress;
use crate::app::App;
use crate::problem::Problem;
use crate::view::stock::Scan;

/// Into so many notes numbers are laid: a note stays short, and a page reads them all.
const SHELVES: u64 = 64;
/// What was counted by lines of cards.
const COUNTED: &str = "counted";
/// The last marks, as they are shown.
const LAST: &str = "last";
/// Where all marks of a check were one note.
const WHOLE: &str = "stock-checks";

/// Отметки одной проверки.
pub(super) struct Marks<'a> {
    app: &'a App,
    bucket: String,
    whole: String,
}

/// Numbers by the note they lie in, each with what belongs to it.
pub(super) type Shelves<T> = BTreeMap<u64, Vec<(InventoryNumber, T)>>;

/// The note of a number: neighbours lie apart, so that two people rarely change one.
pub(super) fn shelf(number: &InventoryNumber) -> u64 {
    number.number % SHELVES
}

impl<'a> Marks<'a> {
    pub(super) fn of(app: &'a App, check: &StockCheck) -> Self {
        Self {
            app,
            bucket: bucket(check.library.as_str(), check.id),
            whole: format!("{}/{}", check.library, check.id),
        }
    }

    /// All marks together.
    pub(super) fn read(&self) -> Result<Progress, Problem> {
        let desk = self.app.catalog().desk();
        let mut all = Progress::default();
        all.join(desk.get(WHOLE, &self.whole)?.unwrap_or_default());
        for (_, part) in desk.list::<Progress>(&self.bucket)? {
            all.join(part);
        }
        Ok(all)
    }

    /// Changes the marks of these numbers; `work` may be done again on what others changed meanwhile.
    pub(super) fn change<T, R>(
        &self,
        shelves: &Shelves<T>,
        mut work: impl FnMut(&mut Progress, &[(InventoryNumber, T)]) -> Result<R, Problem>,
    ) -> Result<Vec<R>, Problem> {
        self.take_over()?;
        let shelves = shelves.iter();
        let done = shelves.map(|(shelf, numbers)| {
            self.update(&format!("{shelf:02}"), |marks| work(marks, numbers))
        });
        done.collect()
    }

    /// Changes what was counted.
    pub(super) fn count(
        &self,
        mut work: impl FnMut(&mut BTreeMap<String, u32>),
    ) -> Result<(), Problem> {
        self.take_over()?;
        self.update(COUNTED, |marks| {
            work(&mut marks.counted);
            Ok(())
        })
    }

    /// Shows marks among the last ones.
    pub(super) fn say(&self, scans: &[Scan]) -> Result<(), Problem> {
        self.update(LAST, |marks| {
            marks.say(scans);
            Ok(())
        })
    }

    fn update<R>(
        &self,
        key: &str,
        work: impl FnMut(&mut Progress) -> Result<R, Problem>,
    ) -> Result<R, Problem> {
        self.app.catalog().desk().update(&self.bucket, key, work)
    }

    /// Lays the one note of an earlier version where marks lie now.
    fn take_over(&self) -> Result<(), Problem> {
        let desk = self.app.catalog().desk();
        let Some(whole) = desk.get::<Progress>(WHOLE, &self.whole)? else {
            return Ok(());
        };
        for (key, part) in parts(&whole) {
            self.update(&key, |marks| {
                marks.join(part.clone());
                Ok(())
            })?;
        }
        Ok::<_, Error>(desk.erase(WHOLE, &self.whole)?).map_err(Into::into)
    }
}

/// A bucket is a folder of the desk and of a copy of it, where a point has no place; codes of libraries have no small
/// letters, so none meets another.
fn bucket(library: &str, check: u64) -> String {
    format!("stock-check-{}-{check}", library.replace('.', "d"))
}

/// Marks by the note they lie in.
fn parts(whole: &Progress) -> BTreeMap<String, Progress> {
    let mut parts: BTreeMap<String, Progress> = (0..SHELVES)
        .map(|shelf| (format!("{shelf:02}"), Progress::default()))
        .collect();
    for (all, of) in whole.sets().into_iter().zip(0..) {
        for number in all {
            let part = parts.entry(format!("{:02}", shelf(number))).or_default();
            if let Some(set) = part.sets_mut().into_iter().nth(of) {
                set.insert(number.clone());
            }
        }
    }
    let counted = parts.entry(COUNTED.to_owned()).or_default();
    counted.counted = whole.counted.clone();
    parts.entry(LAST.to_owned()).or_default().last = whole.last.clone();
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_marks_of_every_library_lie_where_a_copy_is_restored_from() {
        let plain = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let buckets = ["A.B", "A-B", "A_B", "AB"].map(|library| bucket(library, 7));
        assert!(
            buckets.iter().all(|name| name.chars().all(plain)),
            "{buckets:?}"
        );
        let different: std::collections::BTreeSet<_> = buckets.iter().collect();
        assert_eq!(different.len(), buckets.len());
    }
}
