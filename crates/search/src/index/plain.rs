//! Words ranked by BM25 in one field and nothing else: what every other engine can be asked too.
//!
//! For measurements. Readers are answered by `answer.rs`; no rule for Russian text is applied here
//! but folding and, when it is asked, stems.

use tantivy::Term;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::IndexRecordOption;

use super::ways::{any, in_a_row, side_by_side};
use super::{SearchIndex, filter};
use crate::Error;
use crate::analysis::{self, Word};

/// What a word of a plain question is met by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainWords {
    /// The same word.
    AsTheyStand,
    /// Any of its forms.
    ByStem,
}

impl SearchIndex {
    /// How many records have all these words in any field, the ten best being found on the way.
    ///
    /// In quotation marks the words must stand side by side; a last word with `*` is a beginning.
    ///
    /// # Errors
    /// [`Error::Engine`] when the index cannot be read.
    pub fn plain(&self, text: &str, by: PlainWords) -> Result<usize, Error> {
        let searcher = self.reader.searcher();
        let mut words = analysis::words(text);
        let last = text.ends_with('*').then(|| words.pop()).flatten();
        let mut clauses: Vec<Box<dyn Query>> = Vec::new();
        if text.starts_with('"') && words.len() > 1 {
            clauses.push(self.row(&words, by));
        } else {
            clauses.extend(words.iter().map(|word| self.word(word, by)));
        }
        let beginning = |word: Word| filter::beginning(self.fields.all_exact, &word.exact);
        clauses.extend(last.map(beginning));
        let query: Box<dyn Query> = match <[_; 1]>::try_from(clauses) {
            Ok([only]) => only,
            Err(clauses) => {
                let all = clauses.into_iter().map(|query| (Occur::Must, query));
                Box::new(BooleanQuery::new(all.collect()))
            }
        };
        let top = TopDocs::with_limit(10).order_by_score();
        let (count, _) = searcher.search(&query, &(Count, top))?;
        Ok(count)
    }

    fn word(&self, word: &Word, by: PlainWords) -> Box<dyn Query> {
        let (field, terms) = match by {
            PlainWords::AsTheyStand => (self.fields.all_exact, vec![word.exact.clone()]),
            PlainWords::ByStem => (self.fields.all, analysis::stem_terms(word)),
        };
        let terms = terms.iter().map(|text| -> Box<dyn Query> {
            let term = Term::from_field_text(field, text);
            Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
        });
        any(terms.collect())
    }

    fn row(&self, words: &[Word], by: PlainWords) -> Box<dyn Query> {
        match by {
            PlainWords::ByStem => in_a_row(side_by_side(self.fields.all, words)),
            PlainWords::AsTheyStand => {
                let field = self.fields.all_exact;
                let terms = words.iter();
                let terms = terms.map(|word| Term::from_field_text(field, &word.exact));
                Box::new(PhraseQuery::new(terms.collect()))
            }
        }
    }
}
