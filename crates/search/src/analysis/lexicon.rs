//! Words met before and the terms they are kept under: a few thousand words fill most of a catalogue, and a
//! load analyses each of them once.
//!
//! Only a memory: a word has the same terms with it and without it.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::{Word, is_cyrillic, is_known, modern, number, stem, stems, translit};

/// So many words are remembered; then it begins anew.
const WORDS: usize = 50_000;

/// Словарь одной загрузки.
#[derive(Default)]
pub(crate) struct Lexicon(FxHashMap<Box<str>, Known>);

/// What a folded word is kept under, whatever stands around it.
pub(crate) struct Known {
    /// Its stems and that of its modern spelling; the first is the one phrases use.
    stems: Vec<String>,
    /// The number it spells out or is.
    number: Option<u32>,
    /// The number it begins with and the stem of what is counted.
    counted: Option<[String; 2]>,
    /// `skeleton NUL word`, by which a Latin spelling leads to a Cyrillic word.
    pub(crate) skeletons: Vec<String>,
}

impl Lexicon {
    /// The word's terms, looked up or worked out.
    pub(crate) fn know(&mut self, exact: &str) -> &Known {
        if self.0.len() >= WORDS {
            self.0.clear();
        }
        if !self.0.contains_key(exact) {
            self.0.insert(exact.into(), Known::new(exact));
        }
        &self.0[exact]
    }
}

impl Known {
    pub(crate) fn new(exact: &str) -> Self {
        let mut stems = stems(exact);
        // «русскаго» is no word of today; «Мария» is, and no old spelling of anything.
        stems.extend(
            modern(exact)
                .filter(|_| !is_known(exact))
                .map(|modern| stem(&modern)),
        );
        let skeletons = match exact.starts_with(is_cyrillic) {
            true => translit::skeletons(exact),
            false => Vec::new(),
        };
        Self {
            stems,
            number: number::spelt(exact),
            counted: number::counted(exact)
                .map(|(number, rest)| [number::term(number), stem(rest)]),
            skeletons: skeletons
                .into_iter()
                .map(|key| format!("{key}\0{exact}"))
                .collect(),
        }
    }

    /// The stem that phrases and whole titles go by.
    pub(crate) fn stem(&self) -> &str {
        &self.stems[0]
    }

    /// All terms of the word where it stands, in a stemmed field.
    pub(crate) fn terms(&self, word: &Word) -> Vec<Cow<'_, str>> {
        let mut terms: Vec<Cow<'_, str>> = self.stems.iter().map(Cow::from).collect();
        let own = self.number.or_else(|| number::roman(&word.shown));
        terms.extend(own.map(|number| number::term(number).into()));
        terms.extend(word.number.map(|number| number::term(number).into()));
        terms.extend(self.counted.iter().flatten().map(Cow::from));
        terms.extend(word.joined.as_deref().map(|whole| stem(whole).into()));
        terms.dedup();
        terms
    }
}
