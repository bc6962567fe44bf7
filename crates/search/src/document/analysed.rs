//! The values of one record taken apart: most of them stand in several fields of the table, and the work
//! is done once.

use rustc_hash::FxHashMap;

use crate::analysis::lexicon::Lexicon;
use crate::analysis::{self, Word, written};

/// Values by where they stand in the record, which does not change meanwhile.
pub(super) struct Analysed<'a> {
    lexicon: &'a mut Lexicon,
    values: FxHashMap<(*const u8, usize), Words>,
}

/// One value.
pub(super) struct Words {
    pub(super) words: Vec<Word>,
    /// Its terms in a stemmed field.
    pub(super) stems: String,
    /// Its terms in a field of exact words.
    pub(super) exact: String,
    /// Its stems as one key, so that any case form of a title meets it.
    pub(super) stem_key: String,
}

impl Words {
    fn read(value: &str, lexicon: &mut Lexicon) -> Self {
        let words = analysis::words(value);
        let (mut stems, mut exact) = (String::new(), String::new());
        let mut stem_key = String::new();
        for word in &words {
            let known = lexicon.know(&word.exact);
            written::push(&mut stems, known.terms(word).iter().map(AsRef::as_ref));
            written::push(&mut exact, analysis::exact_terms(word));
            if !stem_key.is_empty() {
                stem_key.push(' ');
            }
            stem_key.push_str(known.stem());
        }
        Self {
            words,
            stems,
            exact,
            stem_key,
        }
    }
}

impl<'a> Analysed<'a> {
    pub(super) fn new(lexicon: &'a mut Lexicon) -> Self {
        Self {
            lexicon,
            values: FxHashMap::default(),
        }
    }

    pub(super) fn words(&mut self, value: &str) -> &Words {
        let place = (value.as_ptr(), value.len());
        self.values
            .entry(place)
            .or_insert_with(|| Words::read(value, self.lexicon))
    }

    /// `skeleton NUL word` of every Cyrillic word that was read.
    pub(super) fn skeletons(&mut self) -> Vec<String> {
        let words = self.values.values().flat_map(|value| &value.words);
        let mut words: Vec<&str> = words.map(|word| word.exact.as_str()).collect();
        words.sort_unstable();
        words.dedup();
        let mut keys = Vec::new();
        for word in words {
            keys.extend_from_slice(&self.lexicon.know(word).skeletons);
        }
        keys
    }
}
