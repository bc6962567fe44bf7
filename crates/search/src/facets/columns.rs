//! What is kept at hand of each segment for counting: whose value is which, and the words of the values.
//!
//! In the index both stand packed. To unpack one block for each name of a page, or a value for each of
//! a hundred thousand records, costs more than all the rest of an answer. Year, language, kind and holdings of a
//! record are together one of a few thousand combinations: at hand a record has the number of its own, and only
//! its authors beside it. All goes when the segment goes.

use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};

use rustc_hash::FxHashMap;
use tantivy::columnar::{Column, ColumnIndex};
use tantivy::{DocId, SegmentReader};

use super::{AUTHORS, COLUMNS, WORDS};

/// So many counters of a segment are kept for the next questions.
const SPARE: usize = 4;

/// The columns of one segment.
pub(crate) struct Columns {
    /// Which authors a record has, by the numbers of `by_use`.
    pub(super) authors: Values,
    /// The places of authors among the words, those of most records first: their counters stand side by side, and
    /// most of what is counted stays in the nearest memory.
    pub(super) by_use: Vec<u32>,
    /// Which combination a record has.
    pub(super) combination: Numbers,
    pub(super) combinations: Combinations,
    /// The words of authors and of the columns that make combinations.
    pub(super) words: [Words; WORDS],
    /// The year of the first place of its column.
    pub(super) first_year: u64,
    /// Counters that were used and are zero again.
    spare: Mutex<Vec<[Counter; 2]>>,
}

/// A column of words.
#[derive(Default)]
pub(super) struct Words {
    /// All words, one after another.
    text: String,
    ends: Vec<u32>,
}

/// What the combinations of values are.
#[derive(Default)]
pub(super) struct Combinations {
    /// Column and place in it, one combination after another.
    values: Vec<(u8, u32)>,
    ends: Vec<u32>,
}

/// The values of records, in the order of records.
#[derive(Default)]
pub(super) struct Values {
    /// Where the values of each record begin; nothing when each has just one.
    starts: Option<Vec<u32>>,
    values: Numbers,
}

/// Few different values take half the room.
pub(super) enum Numbers {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

/// How often each value was met.
#[derive(Default)]
pub(super) struct Counter {
    counts: Vec<u32>,
    /// Those that were met at all.
    met: Vec<u32>,
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Narrow(Vec::new())
    }
}

impl From<Vec<u32>> for Numbers {
    fn from(values: Vec<u32>) -> Self {
        let narrow = values.iter().map(|value| u16::try_from(*value));
        match narrow.collect() {
            Ok(narrow) => Self::Narrow(narrow),
            Err(_) => Self::Wide(values),
        }
    }
}

impl Columns {
    pub(crate) fn unpacked(segment: &SegmentReader) -> tantivy::Result<Self> {
        let fast = segment.fast_fields();
        let mut words: [Words; WORDS] = Default::default();
        let (mut authors, mut by_use) = (Values::default(), Vec::new());
        let mut places: Vec<(u8, Column<u64>)> = Vec::new();
        for (at, (words, name)) in (0..).zip(words.iter_mut().zip(COLUMNS)) {
            let Some(column) = fast.str(name)? else {
                continue;
            };
            let mut stream = column.dictionary().stream()?;
            while stream.advance() {
                words.push(&String::from_utf8_lossy(stream.key()));
            }
            words.text.shrink_to_fit();
            words.ends.shrink_to_fit();
            match usize::from(at) {
                AUTHORS => (authors, by_use) = Values::of(column.ords(), segment.max_doc()),
                _ => places.push((at, column.ords().clone())),
            }
        }
        let years = fast.u64("year")?;
        let first_year = years.min_value();
        let mut known: FxHashMap<Box<[(u8, u32)]>, u32> = FxHashMap::default();
        let mut combinations = Combinations::default();
        let mut combination = Vec::with_capacity(segment.max_doc() as usize);
        let mut here = Vec::new();
        for doc in 0..segment.max_doc() {
            here.clear();
            for (at, column) in &places {
                let values = column.values_for_doc(doc);
                here.extend(values.map(|value| (*at, place(value))));
            }
            let years = years.values_for_doc(doc);
            here.extend(years.map(|year| (YEARS, place(year - first_year))));
            let number = match known.get(here.as_slice()) {
                Some(number) => *number,
                None => {
                    let number = combinations.add(&here);
                    known.insert(here.as_slice().into(), number);
                    number
                }
            };
            combination.push(number);
        }
        combinations.values.shrink_to_fit();
        Ok(Self {
            authors,
            by_use,
            combination: combination.into(),
            combinations,
            words,
            first_year,
            spare: Mutex::default(),
        })
    }

    /// Counters for authors and for combinations, at zero.
    pub(super) fn counters(&self) -> [Counter; 2] {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.pop().unwrap_or_else(|| {
            let counts = [self.by_use.len(), self.combinations.ends.len()];
            counts.map(|count| Counter {
                counts: vec![0; count],
                met: Vec::new(),
            })
        })
    }

    /// Takes counters back.
    pub(super) fn put_away(&self, mut counters: [Counter; 2]) {
        counters.iter_mut().for_each(Counter::clear);
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE {
            spare.push(counters);
        }
    }
}

/// The column of years in a combination, after those of words.
pub(super) const YEARS: u8 = WORDS as u8;

fn place(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

impl Words {
    fn push(&mut self, word: &str) {
        self.text.push_str(word);
        self.ends.push(place(self.text.len() as u64));
    }

    pub(super) fn get(&self, ord: usize) -> Option<&str> {
        let end = *self.ends.get(ord)? as usize;
        let start = ord.checked_sub(1).and_then(|before| self.ends.get(before));
        self.text.get(start.map_or(0, |start| *start as usize)..end)
    }
}

impl Combinations {
    fn add(&mut self, values: &[(u8, u32)]) -> u32 {
        self.values.extend_from_slice(values);
        self.ends.push(place(self.values.len() as u64));
        place(self.ends.len() as u64 - 1)
    }

    /// Columns and places of one.
    pub(super) fn get(&self, number: usize) -> &[(u8, u32)] {
        let end = self.ends.get(number).map_or(0, |end| *end as usize);
        let before = number.checked_sub(1).and_then(|at| self.ends.get(at));
        let start = before.map_or(0, |start| *start as usize);
        self.values.get(start..end).unwrap_or_default()
    }
}

impl Values {
    /// The values of these records, numbered by use, and the places of those numbers.
    fn of(column: &Column<u64>, records: DocId) -> (Self, Vec<u32>) {
        let (mut values, mut starts) = (Vec::new(), Vec::new());
        if matches!(column.index, ColumnIndex::Empty { .. }) {
            return Default::default();
        }
        for doc in 0..records {
            starts.push(place(values.len() as u64));
            values.extend(column.values_for_doc(doc).map(place));
        }
        starts.push(place(values.len() as u64));
        let by_use = number_by_use(&mut values);
        let values = Self {
            starts: (!matches!(column.index, ColumnIndex::Full)).then_some(starts),
            values: values.into(),
        };
        (values, by_use)
    }

    /// Counts the values of these records, each at its own place.
    pub(super) fn count(&self, docs: &[DocId], counter: &mut Counter) {
        let starts = self.starts.as_deref();
        match &self.values {
            Numbers::Narrow(values) => counter.add_all(docs, starts, values),
            Numbers::Wide(values) => counter.add_all(docs, starts, values),
        }
    }
}

/// Gives the commonest value the least number; returns the values of the numbers.
fn number_by_use(values: &mut [u32]) -> Vec<u32> {
    let most = values.iter().max().map_or(0, |most| *most as usize + 1);
    let mut uses = vec![0_u32; most];
    for value in values.iter() {
        uses[*value as usize] += 1;
    }
    let mut by_use: Vec<u32> = (0..place(most as u64)).collect();
    by_use.sort_by_key(|value| Reverse(uses[*value as usize]));
    let mut numbers = uses;
    for (number, value) in (0..).zip(&by_use) {
        numbers[*value as usize] = number;
    }
    for value in values {
        *value = numbers[*value as usize];
    }
    by_use
}

impl Numbers {
    /// Counts the numbers of these records: each has just one.
    pub(super) fn count(&self, docs: &[DocId], counter: &mut Counter) {
        match self {
            Self::Narrow(values) => counter.add_all(docs, None, values),
            Self::Wide(values) => counter.add_all(docs, None, values),
        }
    }
}

impl Counter {
    fn add_all<N: Copy + Into<u32>>(
        &mut self,
        docs: &[DocId],
        starts: Option<&[u32]>,
        values: &[N],
    ) {
        for doc in docs {
            let doc = *doc as usize;
            match starts {
                None => values
                    .get(doc)
                    .into_iter()
                    .for_each(|value| self.add(*value)),
                Some(starts) => {
                    let (Some(start), Some(end)) = (starts.get(doc), starts.get(doc + 1)) else {
                        continue;
                    };
                    let here = values.get(*start as usize..*end as usize);
                    here.into_iter()
                        .flatten()
                        .for_each(|value| self.add(*value));
                }
            }
        }
    }

    fn add<N: Into<u32>>(&mut self, value: N) {
        let value: u32 = value.into();
        if let Some(count) = self.counts.get_mut(value as usize) {
            if *count == 0 {
                self.met.push(value);
            }
            *count += 1;
        }
    }

    /// Places and counts of what was met.
    pub(super) fn met(&self) -> impl Iterator<Item = (usize, usize)> {
        self.met.iter().map(|value| {
            let at = *value as usize;
            (at, self.counts.get(at).map_or(0, |count| *count as usize))
        })
    }

    fn clear(&mut self) {
        for value in self.met.drain(..) {
            if let Some(count) = self.counts.get_mut(value as usize) {
                *count = 0;
            }
        }
    }
}
