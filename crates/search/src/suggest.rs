//! Suggestions while typing: authors, titles and subjects that begin as the reader does.
//!
//! What is suggested has at least one record that readers may see; a hidden title is not let out here.

use std::collections::BTreeSet;

use crate::Error;
use crate::analysis;
use crate::ask::{Suggestion, SuggestionKind};
use crate::document::capital;
use crate::index::{Answerer, clip};

/// The most suggestions at once.
const MAX: usize = 20;

/// Suggestions for a beginning, most used first.
pub(crate) fn suggest(
    answerer: &Answerer<'_>,
    typed: &str,
    limit: usize,
) -> Result<Vec<Suggestion>, Error> {
    let clipped = clip(typed);
    let mut prefixes = vec![analysis::key(&clipped)];
    prefixes.extend(analysis::layout::swapped(&clipped).map(|swapped| analysis::key(&swapped)));
    let found = first_found(answerer, &prefixes, limit)?;
    if !found.is_empty() || !clipped.trim().starts_with(analysis::is_latin) {
        return Ok(found);
    }
    let planner = answerer.planner();
    let meant = planner.vocabulary.cyrillic_beginnings(clipped.trim())?;
    first_found(answerer, &meant, limit)
}

fn first_found(
    answerer: &Answerer<'_>,
    prefixes: &[String],
    limit: usize,
) -> Result<Vec<Suggestion>, Error> {
    for prefix in prefixes.iter().filter(|prefix| !prefix.is_empty()) {
        let found = beginning(answerer, prefix, limit.min(MAX))?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(Vec::new())
}

fn beginning(
    answerer: &Answerer<'_>,
    prefix: &str,
    limit: usize,
) -> Result<Vec<Suggestion>, Error> {
    let field = answerer.fields.phrase;
    let vocabulary = answerer.planner().vocabulary;
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (term, _) in vocabulary.most_used(field, prefix)? {
        if found.len() >= limit {
            break;
        }
        let mut parts = term.splitn(3, '\0');
        let (Some(key), Some(kind), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let count = answerer.seen(field, &term)?;
        if count > 0 && seen.insert((key.to_owned(), kind.to_owned())) {
            found.push(Suggestion {
                text: Some(text.to_owned())
                    .filter(|text| !text.is_empty())
                    .unwrap_or_else(|| capital(key)),
                kind: match kind {
                    "a" => SuggestionKind::Author,
                    "s" => SuggestionKind::Subject,
                    _ => SuggestionKind::Title,
                },
                count,
            });
        }
    }
    Ok(found)
}
