//! What words the index has: the term dictionaries read as a vocabulary.
//!
//! Rules that guess (keyboard layout, typos, transliteration, initials) guess only towards words
//! found here. Counts are those of the segments and include what was deleted but not yet merged.

mod beginnings;
mod near;

use std::collections::{BTreeMap, BTreeSet};

use tantivy::query::Bm25Weight;
use tantivy::schema::Field;
use tantivy::termdict::TermStreamer;
use tantivy::{SegmentReader, Term};

use crate::Error;
use crate::analysis::{self, Word, number, translit};
use crate::kept::AtHand;
use crate::schema::Fields;
use crate::terms::Terms;
use near::Near;

pub(crate) use beginnings::Beginnings;

/// How many terms one prefix is followed through before it is called enough.
const MAX_SCAN: usize = 5000;
/// How many words a masked or mistyped word may stand for.
const MAX_MASKED: usize = 50;
const MAX_NEAR: usize = 4;

/// The words of one state of the index.
pub(crate) struct Vocabulary<'a> {
    terms: &'a Terms<'a>,
    fields: &'a Fields,
    at_hand: &'a AtHand,
}

impl<'a> Vocabulary<'a> {
    pub(crate) fn new(terms: &'a Terms<'a>, fields: &'a Fields, at_hand: &'a AtHand) -> Self {
        Self {
            terms,
            fields,
            at_hand,
        }
    }

    /// How many documents have this term.
    pub(crate) fn count(&self, field: Field, text: &str) -> Result<u64, Error> {
        Ok(self.terms.count(&Term::from_field_text(field, text))?)
    }

    /// The most that a field weighs with these terms in a row.
    pub(crate) fn most(&self, terms: &[Term]) -> Result<f32, Error> {
        if terms.is_empty() {
            return Ok(0.0);
        }
        Ok(Bm25Weight::for_terms(self.terms, terms)?.max_score())
    }

    /// Whether any document has this term.
    pub(crate) fn has(&self, field: Field, text: &str) -> Result<bool, Error> {
        Ok(self.count(field, text)? > 0)
    }

    /// Whether the word is known in any form: as it stands, by stem, or as a number.
    pub(crate) fn knows(&self, word: &Word) -> Result<bool, Error> {
        if self.has(self.fields.all_exact, &word.exact)? {
            return Ok(true);
        }
        for term in analysis::stem_terms(word) {
            if self.has(self.fields.all, &term)? {
                return Ok(true);
            }
        }
        match number::asked(&word.shown, &word.exact) {
            Some(number) => self.has(self.fields.all, &number::term(number)),
            None => Ok(false),
        }
    }

    /// Whether a folded word is known as it stands or by stem.
    pub(crate) fn knows_text(&self, exact: &str) -> Result<bool, Error> {
        Ok(self.has(self.fields.all_exact, exact)?
            || self.has(self.fields.all, &analysis::stem(exact))?)
    }

    /// The Cyrillic words of the index that a Latin word may be, commonest first.
    pub(crate) fn cyrillic_for(&self, shown: &str) -> Result<Vec<String>, Error> {
        if !shown.starts_with(analysis::is_latin) {
            return Ok(Vec::new());
        }
        let words = self.of_skeletons(shown, translit::skeletons(shown))?;
        if words.is_empty() {
            return self.of_skeletons(shown, translit::foreign_skeletons(shown));
        }
        Ok(words)
    }

    fn of_skeletons(&self, shown: &str, keys: Vec<String>) -> Result<Vec<String>, Error> {
        let typed = shown.chars().count();
        let mut words = BTreeMap::new();
        for key in keys {
            // «kkkk» is no «к»: doubled letters fall together, so what is left must be in proportion.
            let left = key.chars().count();
            if left > 0 && (typed < 3 || left >= 2) && typed <= 2 * left + 3 {
                self.scan(self.fields.skeleton, &format!("{key}\0"), &mut words)?;
            }
        }
        let split = |(term, count): (String, u64)| (after_nul(&term).to_owned(), count);
        let near = |(word, _): &(String, u64)| {
            let length = word.chars().count();
            length <= 2 * typed && typed <= 2 * length + 3
        };
        Ok(ranked(words.into_iter().map(split).filter(near), 8))
    }

    /// The Cyrillic words that begin as this Latin beginning may be meant.
    pub(crate) fn cyrillic_beginnings(&self, shown: &str) -> Result<Vec<String>, Error> {
        let mut words = Vec::new();
        for key in translit::skeletons(shown) {
            if !key.is_empty() {
                words.extend(self.most_used(self.fields.skeleton, &key)?);
            }
        }
        let split = |(term, count): (String, u64)| (after_nul(&term).to_owned(), count);
        Ok(ranked(words.into_iter().map(split), 8))
    }

    /// Words that begin so, commonest first.
    pub(crate) fn beginning(&self, prefix: &str) -> Result<Vec<String>, Error> {
        let mut words = BTreeMap::new();
        self.scan(self.fields.all_exact, prefix, &mut words)?;
        Ok(ranked(words.into_iter(), MAX_MASKED))
    }

    /// Whether any term of a raw field begins so.
    pub(crate) fn begins(&self, field: Field, prefix: &str) -> Result<bool, Error> {
        for segment in self.terms.segments() {
            let index = segment.inverted_index(field)?;
            let mut stream = index.terms().range().ge(prefix).into_stream()?;
            if stream.advance() && stream.key().starts_with(prefix.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Titles, headings, subjects or skeletons that begin so with their counts, those of most records first: all
    /// when they are few, else the most used.
    pub(crate) fn most_used(
        &self,
        field: Field,
        beginning: &str,
    ) -> Result<Vec<(String, u64)>, Error> {
        let (mut terms, mut best) = (BTreeMap::new(), BTreeSet::new());
        for segment in self.terms.segments() {
            let beginnings = self.at_hand.beginnings(segment, self.fields)?;
            match beginnings.most_used(field, beginning) {
                Some(terms) => best.extend(terms.iter().cloned()),
                None => in_segment(segment, field, beginning, &mut terms)?,
            }
        }
        // One that is among the best of one segment has records in others too.
        for term in best {
            let count = self.count(field, &term)?;
            terms.insert(term, count);
        }
        let mut terms: Vec<(String, u64)> = terms.into_iter().collect();
        terms.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        Ok(terms)
    }

    /// The nearest known words for an unknown one, commonest first: one slip, or two in a long word.
    pub(crate) fn near(&self, word: &Word) -> Result<Vec<String>, Error> {
        let slips = if word.exact.chars().count() >= 7 {
            2
        } else {
            1
        };
        for field in [self.fields.all_exact, self.fields.all] {
            let wanted = if field == self.fields.all {
                analysis::stem(&word.exact)
            } else {
                word.exact.clone()
            };
            for slips in 1..=slips {
                let near = self.within(field, &wanted, slips, MAX_NEAR)?;
                if !near.is_empty() {
                    return Ok(near);
                }
            }
        }
        Ok(Vec::new())
    }

    /// Known words within so many slips of a word, other than itself, commonest first.
    pub(crate) fn around(&self, exact: &str, slips: u8) -> Result<Vec<String>, Error> {
        let mut near = self.within(self.fields.all_exact, exact, slips, 1 + 2 * MAX_NEAR)?;
        near.retain(|word| word != exact);
        Ok(near)
    }

    fn within(
        &self,
        field: Field,
        wanted: &str,
        slips: u8,
        most: usize,
    ) -> Result<Vec<String>, Error> {
        let length = wanted.chars().count();
        if length < 4 || wanted.bytes().any(|b| b.is_ascii_digit()) {
            return Ok(Vec::new());
        }
        let mut found = BTreeMap::new();
        for segment in self.terms.segments() {
            let index = segment.inverted_index(field)?;
            let stream = index
                .terms()
                .search(Near::new(wanted, slips))
                .into_stream()?;
            gather(stream, "", &mut found);
        }
        found.retain(|term, _| !term.starts_with('#'));
        Ok(ranked(found.into_iter(), most))
    }

    fn scan(
        &self,
        field: Field,
        prefix: &str,
        into: &mut BTreeMap<String, u64>,
    ) -> Result<(), Error> {
        for segment in self.terms.segments() {
            in_segment(segment, field, prefix, into)?;
        }
        Ok(())
    }
}

/// Terms of a segment that begin so, with their counts.
fn in_segment(
    segment: &SegmentReader,
    field: Field,
    prefix: &str,
    into: &mut BTreeMap<String, u64>,
) -> Result<(), Error> {
    let index = segment.inverted_index(field)?;
    let stream = index.terms().range().ge(prefix).into_stream()?;
    gather(stream, prefix, into);
    Ok(())
}

fn gather<A: tantivy_fst::Automaton>(
    mut stream: TermStreamer<'_, A>,
    prefix: &str,
    into: &mut BTreeMap<String, u64>,
) where
    A::State: Clone,
{
    let mut left = MAX_SCAN;
    while left > 0 && stream.advance() {
        let Ok(term) = std::str::from_utf8(stream.key()) else {
            continue;
        };
        if !term.starts_with(prefix) {
            break;
        }
        *into.entry(term.to_owned()).or_default() += u64::from(stream.value().doc_freq);
        left -= 1;
    }
}

fn ranked(words: impl Iterator<Item = (String, u64)>, most: usize) -> Vec<String> {
    let mut words: Vec<(String, u64)> = words.collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.dedup_by(|a, b| a.0 == b.0);
    words.truncate(most);
    words.into_iter().map(|(word, _)| word).collect()
}

fn after_nul(term: &str) -> &str {
    term.split_once('\0').map_or(term, |(_, word)| word)
}
