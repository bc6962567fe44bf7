//! Words as they stand, ranked by BM25 and nothing else: what every other engine can be asked too.
//!
//! For measurements. Readers are answered by `answer.rs`; no rule for Russian text is applied here
//! but folding.

use tantivy::Term;
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::IndexRecordOption;

use super::{SearchIndex, filter};
use crate::Error;
use crate::analysis;

impl SearchIndex {
    /// How many records have all these words in any field, the ten best being found on the way.
    ///
    /// In quotation marks the words must stand side by side; a last word with `*` is a beginning.
    ///
    /// # Errors
    /// [`Error::Engine`] when the index cannot be read.
    pub fn plain(&self, text: &str) -> Result<usize, Error> {
        let searcher = self.reader.searcher();
        let field = self.fields.all_exact;
        let mut words = analysis::words(text);
        let last = text.ends_with('*').then(|| words.pop()).flatten();
        let term = |word: &analysis::Word| Term::from_field_text(field, &word.exact);
        let terms: Vec<Term> = words.iter().map(term).collect();
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        if text.starts_with('"') && terms.len() > 1 {
            clauses.push((Occur::Must, Box::new(PhraseQuery::new(terms))));
        } else {
            clauses.extend(terms.into_iter().map(|term| -> (Occur, Box<dyn Query>) {
                let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
                (Occur::Must, Box::new(query))
            }));
        }
        clauses.extend(last.map(|word| (Occur::Must, filter::beginning(field, &word.exact))));
        let query: Box<dyn Query> = match <[_; 1]>::try_from(clauses) {
            Ok([(_, only)]) => only,
            Err(clauses) => Box::new(BooleanQuery::new(clauses)),
        };
        let top = TopDocs::with_limit(10).order_by_score();
        let (count, _) = searcher.search(&query, &(Count, top))?;
        Ok(count)
    }
}
