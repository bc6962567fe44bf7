//! Conditions that narrow and never rank: facets, years, class marks, and who may see what.
//!
//! [`audience`] is the one place where a record is kept from readers; every way to an answer leads
//! through it.

use std::ops::Bound;

use catalog::id::RecordId;
use tantivy::Term;
use tantivy::query::{
    BooleanQuery, ConstScoreQuery, Occur, Query, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use crate::ask::{Audience, Filters};
use crate::schema::Fields;

/// The query seen by this audience: for readers without what is hidden, in the index or a moment ago.
pub(crate) fn audience(
    fields: &Fields,
    query: Box<dyn Query>,
    audience: Audience,
    denied: &[RecordId],
) -> Box<dyn Query> {
    match hidden(fields, audience, denied) {
        None => query,
        Some(hidden) => Box::new(BooleanQuery::new(vec![
            (Occur::Must, query),
            (Occur::MustNot, hidden),
        ])),
    }
}

/// What this audience must not see.
pub(crate) fn hidden(
    fields: &Fields,
    audience: Audience,
    denied: &[RecordId],
) -> Option<Box<dyn Query>> {
    match audience {
        Audience::Staff => None,
        Audience::Public => {
            let hidden = Term::from_field_u64(fields.hidden, 1);
            let hidden = Box::new(TermQuery::new(hidden, IndexRecordOption::Basic));
            if denied.is_empty() {
                return Some(hidden);
            }
            let ids = denied
                .iter()
                .map(|id| Term::from_field_u64(fields.id, id.get()));
            let ids = Box::new(TermSetQuery::new(ids));
            Some(Box::new(BooleanQuery::union(vec![hidden, ids])))
        }
    }
}

/// The query narrowed by the chosen facets.
pub(crate) fn narrowed(
    fields: &Fields,
    query: Box<dyn Query>,
    filters: &Filters,
) -> Box<dyn Query> {
    if *filters == Filters::default() {
        return query;
    }
    let mut clauses: Vec<Box<dyn Query>> = Vec::new();
    let words = [
        (fields.author_facet, filters.author.as_deref()),
        (fields.language, filters.language.as_deref()),
        (fields.kind, filters.kind.as_deref()),
    ];
    for (field, value) in words {
        clauses.extend(value.map(|value| exactly(field, value)));
    }
    let library = filters.library.as_ref().map(|library| library.as_str());
    if filters.available {
        clauses.push(exactly(fields.available, library.unwrap_or("*")));
    } else {
        clauses.extend(library.map(|code| exactly(fields.library, code)));
    }
    if filters.year_from.is_some() || filters.year_to.is_some() {
        let (from, to) = (
            filters.year_from.unwrap_or(0),
            filters.year_to.unwrap_or(u16::MAX),
        );
        clauses.push(years(fields, from, to));
    }
    let unranked = |query| -> (Occur, Box<dyn Query>) {
        (Occur::Must, Box::new(ConstScoreQuery::new(query, 0.0)))
    };
    let mut all: Vec<(Occur, Box<dyn Query>)> = clauses.into_iter().map(unranked).collect();
    all.push((Occur::Must, query));
    Box::new(BooleanQuery::new(all))
}

/// Records of these years; an upside-down span has none.
pub(crate) fn years(fields: &Fields, from: u16, to: u16) -> Box<dyn Query> {
    if from > to {
        return Box::new(tantivy::query::EmptyQuery);
    }
    let bound = |year: u16| Bound::Included(Term::from_field_u64(fields.year, u64::from(year)));
    Box::new(ConstScoreQuery::new(
        Box::new(RangeQuery::new(bound(from), bound(to))),
        0.0,
    ))
}

/// Terms that begin so.
pub(crate) fn beginning(field: Field, prefix: &str) -> Box<dyn Query> {
    let after = format!("{prefix}{}", char::MAX);
    Box::new(RangeQuery::new(
        Bound::Included(Term::from_field_text(field, prefix)),
        Bound::Excluded(Term::from_field_text(field, &after)),
    ))
}

/// One term of a field without ranks.
pub(crate) fn exactly(field: Field, text: &str) -> Box<dyn Query> {
    let term = Term::from_field_text(field, text);
    Box::new(ConstScoreQuery::new(
        Box::new(TermQuery::new(term, IndexRecordOption::Basic)),
        1.0,
    ))
}
