//! From a question to a page: which readings are tried, in which order the hits come.
//!
//! Looks only at one state of the index; the audience filter and the deny set are applied to every
//! query that is run here.

use catalog::id::RecordId;
use tantivy::collector::sort_key::{SortBySimilarityScore, SortByStaticFastValue};
use tantivy::collector::{Collector, Count, DocSetCollector, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query as Engine};
use tantivy::schema::Value;
use tantivy::{DocAddress, Order, Searcher, TantivyDocument};

use super::filter;
use super::plan::{Plan, Planner, Reading};
use super::question;
use crate::Error;
use crate::analysis::identifier;
use crate::ask::{Audience, Corrected, Hit, MAX_LIMIT, Page, Query, Sort, Why};
use crate::facets::FacetCollector;
use crate::schema::{Fields, SORT_AUTHOR, SORT_TITLE};
use crate::vocabulary::Vocabulary;

/// Beyond this many hits a reader narrows the question instead of paging on.
const MAX_OFFSET: usize = 10_000;

/// What is run, and what the reader is told.
type Found = (Box<dyn Engine>, Option<Corrected>);

fn corrected(text: &str, why: Why) -> Corrected {
    Corrected {
        q: text.trim().to_owned(),
        why,
    }
}

/// One state of the index, and what is hidden at this moment.
pub(crate) struct Answerer<'a> {
    pub(crate) searcher: &'a Searcher,
    pub(crate) fields: &'a Fields,
    pub(crate) denied: Vec<RecordId>,
}

impl Answerer<'_> {
    /// The page for a question.
    pub(crate) fn page(&self, ask: &Query) -> Result<Page, Error> {
        let text = question::clip(&ask.text);
        if let Some(direct) = self.by_number(&text, ask)? {
            return self.collect(ask, direct, None);
        }
        match self.understood(&text, ask)? {
            Some((query, corrected)) => self.collect(ask, query, corrected),
            None => Ok(Page {
                facets: ask.facets.then(Default::default),
                ..Page::default()
            }),
        }
    }

    /// The first reading of a text that finds something, from what was typed to what is merely near.
    fn understood(&self, text: &str, ask: &Query) -> Result<Option<Found>, Error> {
        let planner = self.planner();
        if ask.exact {
            let question = question::read(text);
            return self.attempt(&planner, &question, Reading::Exact, ask);
        }
        let readings = planner.readings(text)?;
        for meant in &readings {
            let question = question::read(&meant.text);
            let found = self.attempt(&planner, &question, Reading::Strict, ask)?;
            if let Some((query, changed)) = found {
                let layout = meant.why.map(|why| corrected(&meant.text, why));
                return Ok(Some((query, layout.or(changed))));
            }
        }
        let Some(meant) = readings.first() else {
            return Ok(None);
        };
        let found = self.mended(&planner, &question::read(&meant.text), ask)?;
        let layout = meant.why.map(|why| corrected(&meant.text, why));
        Ok(found.map(|(query, changed)| (query, layout.or(changed))))
    }

    /// A question that finds nothing as it stands, made more lenient step by step.
    fn mended(
        &self,
        planner: &Planner<'_>,
        asked: &question::Question,
        ask: &Query,
    ) -> Result<Option<Found>, Error> {
        let apart = asked.unquoted();
        let question = apart.as_ref().unwrap_or(asked);
        if apart.is_some()
            && let Some((query, changed)) = self.attempt(planner, question, Reading::Strict, ask)?
        {
            let relaxed = || corrected(&question.text, Why::Relaxed);
            return Ok(Some((query, Some(changed.unwrap_or_else(relaxed)))));
        }
        if let Some(other) = question.otherwise() {
            let found = self.attempt(planner, &other, Reading::Strict, ask)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let typos = self.attempt(planner, question, Reading::Typos, ask)?;
        if typos.is_some() {
            return Ok(typos);
        }
        let mut texts = planner.other_spaces(question)?;
        texts.extend(planner.cut_short(question)?);
        texts.extend(planner.near_words(question)?);
        for text in texts {
            let other = question::read(&text);
            if let Some((query, _)) = self.attempt(planner, &other, Reading::Strict, ask)? {
                let shown = text.replace('"', "");
                return Ok(Some((query, Some(corrected(&shown, Why::Typo)))));
            }
        }
        self.attempt(planner, question, Reading::Loose, ask)
    }

    /// One reading of one question, if it finds anything.
    fn attempt(
        &self,
        planner: &Planner<'_>,
        question: &question::Question,
        reading: Reading,
        ask: &Query,
    ) -> Result<Option<Found>, Error> {
        let Some(Plan { query, changed }) = planner.plan(question, reading)? else {
            return Ok(None);
        };
        let found = self.count(query.box_clone(), ask.audience)? > 0;
        Ok(found.then(|| (query, changed.map(|(q, why)| corrected(&q, why)))))
    }

    /// How many records this audience sees for a query.
    pub(crate) fn count(&self, query: Box<dyn Engine>, audience: Audience) -> Result<usize, Error> {
        let seen = filter::audience(self.fields, query, audience, &self.denied);
        Ok(self.searcher.search(&seen, &Count)?)
    }

    pub(crate) fn planner(&self) -> Planner<'_> {
        Planner {
            fields: self.fields,
            vocabulary: Vocabulary::new(self.searcher, self.fields),
        }
    }

    /// A whole text that is a standard number, a class mark or, for staff, a number of an item.
    fn by_number(&self, text: &str, ask: &Query) -> Result<Option<Box<dyn Engine>>, Error> {
        let mut ways: Vec<Box<dyn Engine>> = Vec::new();
        if let Some(found) = identifier::printed(text) {
            ways.push(filter::exactly(self.fields.standard, &found));
        }
        ways.extend(self.among_words(text, ask)?);
        if text.trim_end().ends_with('*')
            && let Some(beginnings) = identifier::beginnings(text)
        {
            let all = beginnings.iter();
            ways.extend(all.map(|way| filter::beginning(self.fields.standard, way)));
        }
        if let Some(mark) = identifier::asked_mark(text) {
            ways.push(self.planner().marked(&mark)?);
            let number = mark.bytes().all(|b| b.is_ascii_digit());
            let plan = self
                .planner()
                .plan(&question::read(text), Reading::Strict)?;
            ways.extend(plan.filter(|_| number).map(|plan| plan.query));
        }
        let typed = identifier::mark(text);
        if ask.audience == Audience::Staff
            && Vocabulary::new(self.searcher, self.fields).has(self.fields.number, &typed)?
        {
            ways.push(filter::exactly(self.fields.number, &typed));
            let plan = self
                .planner()
                .plan(&question::read(text), Reading::Strict)?;
            ways.extend(plan.map(|plan| plan.query));
        }
        let query: Box<dyn Engine> = Box::new(BooleanQuery::union(ways));
        let found = self.count(query.box_clone(), ask.audience)? > 0;
        Ok(found.then_some(query))
    }

    /// Standard numbers beside other words name the book; the words only help to rank.
    fn among_words(&self, text: &str, ask: &Query) -> Result<Option<Box<dyn Engine>>, Error> {
        let (numbers, rest) = identifier::among(text);
        let numbers = numbers.iter();
        let books: Vec<Box<dyn Engine>> = numbers
            .map(|number| filter::exactly(self.fields.standard, number))
            .collect();
        let books: Box<dyn Engine> = Box::new(BooleanQuery::union(books));
        if self.count(books.box_clone(), ask.audience)? == 0 {
            return Ok(None);
        }
        let mut clauses = vec![(Occur::Must, books)];
        let planner = self.planner();
        let words = planner.plan(&question::read(&rest), Reading::Strict)?;
        clauses.extend(words.map(|plan| (Occur::Should, plan.query)));
        Ok(Some(Box::new(BooleanQuery::new(clauses))))
    }

    /// Every record a question finds, in the order of their numbers, however many.
    pub(crate) fn all(&self, ask: &Query) -> Result<(Vec<RecordId>, Option<Corrected>), Error> {
        let text = question::clip(&ask.text);
        let found = match self.by_number(&text, ask)? {
            Some(direct) => Some((direct, None)),
            None => self.understood(&text, ask)?,
        };
        let Some((query, corrected)) = found else {
            return Ok((Vec::new(), None));
        };
        let query = filter::narrowed(self.fields, query, &ask.filters);
        let query = filter::audience(self.fields, query, ask.audience, &self.denied);
        let mut ids = Vec::new();
        for address in self.searcher.search(&*query, &DocSetCollector)? {
            ids.push(self.id(address)?);
        }
        ids.sort_unstable();
        Ok((ids, corrected))
    }

    fn collect(
        &self,
        ask: &Query,
        query: Box<dyn Engine>,
        corrected: Option<Corrected>,
    ) -> Result<Page, Error> {
        let query = filter::narrowed(self.fields, query, &ask.filters);
        let query = filter::audience(self.fields, query, ask.audience, &self.denied);
        let limit = ask.limit.min(MAX_LIMIT);
        let offset = ask.offset.min(MAX_OFFSET);
        let top = || TopDocs::with_limit(limit.max(1)).and_offset(offset);
        let year = || (SortByStaticFastValue::<u64>::for_field("year"), Order::Desc);
        let id = |order| (SortByStaticFastValue::<u64>::for_field("id"), order);
        let by = |[first, second, third]: [&str; 3]| {
            let part = |name| (SortByStaticFastValue::<u64>::for_field(name), Order::Asc);
            (part(first), part(second), part(third))
        };
        let run = Run {
            answerer: self,
            query: &*query,
            facets: ask.facets,
        };
        let found = match ask.sort {
            Sort::Relevance => {
                let order = (SortBySimilarityScore, year(), id(Order::Asc));
                run.with(top().order_by(order), |(score, ..)| score)
            }
            Sort::Title => run.with(
                top().order_by((by(SORT_TITLE), year(), id(Order::Asc))),
                |_| 0.0,
            ),
            Sort::Author => {
                let order = (by(SORT_AUTHOR), by(SORT_TITLE), year());
                run.with(top().order_by(order), |_| 0.0)
            }
            Sort::Year => run.with(top().order_by((year(), id(Order::Asc))), |_| 0.0),
            Sort::Newest => run.with(top().order_by(id(Order::Desc)), |_| 0.0),
        };
        let (mut page, hits) = found?;
        let beyond = ask.offset > MAX_OFFSET;
        for (score, address) in hits.into_iter().take(if beyond { 0 } else { limit }) {
            page.hits.push(self.hit(address, score)?);
        }
        page.corrected = corrected;
        Ok(page)
    }

    fn id(&self, address: DocAddress) -> Result<RecordId, Error> {
        let segment = self.searcher.segment_reader(address.segment_ord);
        let id = segment.fast_fields().u64("id")?.first(address.doc_id);
        Ok(RecordId::new(id.unwrap_or_default()))
    }

    fn hit(&self, address: DocAddress, score: f32) -> Result<Hit, Error> {
        let doc: TantivyDocument = self.searcher.doc(address)?;
        let number = doc.get_first(self.fields.control_number);
        Ok(Hit {
            id: self.id(address)?,
            control_number: number.and_then(|v| v.as_str().map(str::to_owned)),
            score,
        })
    }
}

/// One run of a query over the index.
struct Run<'a> {
    answerer: &'a Answerer<'a>,
    query: &'a dyn Engine,
    facets: bool,
}

impl Run<'_> {
    fn with<K>(
        &self,
        top: impl Collector<Fruit = Vec<(K, DocAddress)>>,
        score: impl Fn(K) -> f32,
    ) -> Result<(Page, Vec<(f32, DocAddress)>), Error> {
        let facets = self.facets.then_some(FacetCollector);
        let (total, hits, counts) = self
            .answerer
            .searcher
            .search(self.query, &(Count, top, facets))?;
        let page = Page {
            total,
            facets: counts.map(|counts| counts.into_facets()),
            ..Page::default()
        };
        let hits = hits.into_iter().map(|(key, address)| (score(key), address));
        Ok((page, hits.collect()))
    }
}
