//! From a question to a page: which readings are tried, in which order the hits come.
//!
//! Looks only at one state of the index; the audience filter and the deny set are applied to every
//! query that is run here.

use catalog::id::RecordId;
use tantivy::collector::{Collector, Count, DocSetCollector, TopDocs};
use tantivy::query::{BooleanQuery, EnableScoring, Query as Engine};
use tantivy::schema::{Field, Value};
use tantivy::{DocAddress, DocSet, Order, Searcher, TERMINATED, TantivyDocument};

use super::filter;
use super::ordered::By;
use super::pass::Pass;
use super::plan::{Plan, Planner, Reading};
use super::question;
use super::rank::Part;
use super::scales::Scales;
use super::spread::each_segment;
use super::ways::any;
use crate::Error;
use crate::analysis::identifier;
use crate::ask::{Audience, Corrected, Filters, Hit, MAX_LIMIT, Page, Query, Sort, Why};
use crate::facets::{Counts, FacetCollector};
use crate::kept::{AtHand, Key};
use crate::schema::Fields;
use crate::terms::Terms;
use crate::vocabulary::Vocabulary;

/// Beyond this many hits a reader narrows the question instead of paging on.
const MAX_OFFSET: usize = 10_000;

/// A longer question is found by most of its words: to guess at each of them would cost more than it gives.
const GUESSED: usize = 12;

fn corrected(text: &str, why: Why) -> Corrected {
    Corrected {
        q: text.trim().to_owned(),
        why,
    }
}

/// One state of the index, and what is hidden at this moment.
pub(crate) struct Answerer<'a> {
    pub(crate) searcher: &'a Searcher,
    pub(crate) terms: Terms<'a>,
    pub(crate) fields: &'a Fields,
    pub(crate) denied: Vec<RecordId>,
    pub(crate) at_hand: &'a AtHand,
}

impl Answerer<'_> {
    /// The page for a question.
    pub(crate) fn page(&self, ask: &Query) -> Result<Page, Error> {
        let answer = self.answer(ask)?.map(|answer| answer.page);
        Ok(answer.unwrap_or_else(|| Page {
            facets: ask.facets.then(Default::default),
            ..Page::default()
        }))
    }

    fn answer(&self, ask: &Query) -> Result<Option<Answer>, Error> {
        let text = question::clip(&ask.text);
        match self.by_number(&text, ask)? {
            Some(answer) => Ok(Some(answer)),
            None => self.understood(&text, ask),
        }
    }

    /// The first reading of a text that finds something, from what was typed to what is merely near.
    fn understood(&self, text: &str, ask: &Query) -> Result<Option<Answer>, Error> {
        let planner = self.planner();
        if ask.exact {
            let question = question::read(text);
            return self.attempt(&planner, &question, Reading::Exact, ask);
        }
        let typed = planner.as_typed(text)?;
        if let Some(typed) = &typed {
            let question = question::read(&typed.text);
            if let Some(answer) = self.attempt(&planner, &question, Reading::Strict, ask)? {
                return Ok(Some(answer));
            }
        }
        let readings = planner.readings(text)?;
        for meant in readings
            .iter()
            .filter(|meant| typed.as_ref() != Some(meant))
        {
            let question = question::read(&meant.text);
            let found = self.attempt(&planner, &question, Reading::Strict, ask)?;
            if let Some(answer) = found {
                let layout = meant.why.map(|why| corrected(&meant.text, why));
                return Ok(Some(told(answer, layout)));
            }
        }
        let Some(meant) = readings.first() else {
            return Ok(None);
        };
        let found = self.mended(&planner, &question::read(&meant.text), ask)?;
        let layout = meant.why.map(|why| corrected(&meant.text, why));
        Ok(found.map(|answer| told(answer, layout)))
    }

    /// A question that finds nothing as it stands, made more lenient step by step.
    fn mended(
        &self,
        planner: &Planner<'_>,
        asked: &question::Question,
        ask: &Query,
    ) -> Result<Option<Answer>, Error> {
        let apart = asked.unquoted();
        let question = apart.as_ref().unwrap_or(asked);
        if apart.is_some()
            && let Some(mut answer) = self.attempt(planner, question, Reading::Strict, ask)?
        {
            let relaxed = || corrected(&question.text, Why::Relaxed);
            answer.page.corrected.get_or_insert_with(relaxed);
            return Ok(Some(answer));
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
        let mut texts = Vec::new();
        if question.parts.len() <= GUESSED {
            texts.extend(planner.other_spaces(question)?);
            texts.extend(planner.cut_short(question)?);
            texts.extend(planner.near_words(question)?);
        }
        for text in texts {
            let other = question::read(&text);
            if let Some(answer) = self.attempt(planner, &other, Reading::Strict, ask)? {
                let shown = text.replace('"', "");
                return Ok(Some(told(answer, Some(corrected(&shown, Why::Typo)))));
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
    ) -> Result<Option<Answer>, Error> {
        match planner.plan(question, reading)? {
            Some(plan) => self.answered(ask, plan),
            None => Ok(None),
        }
    }

    /// The page of a plan, if the plan finds anything when nothing is narrowed.
    fn answered(&self, ask: &Query, plan: Plan) -> Result<Option<Answer>, Error> {
        if ask.filters == Filters::default() {
            let answer = self.collect(ask, plan)?;
            return Ok((answer.page.total > 0).then_some(answer));
        }
        if self.finds(plan.found.box_clone(), ask.audience)? {
            return self.collect(ask, plan).map(Some);
        }
        Ok(None)
    }

    /// Whether this audience sees any record for a query.
    fn finds(&self, query: Box<dyn Engine>, audience: Audience) -> Result<bool, Error> {
        let seen = filter::audience(self.fields, query, audience, &self.denied);
        let weight = seen.weight(EnableScoring::disabled_from_searcher(self.searcher))?;
        for segment in self.searcher.segment_readers() {
            let mut found = weight.scorer(segment, 1.0)?;
            while found.doc() != TERMINATED {
                if !segment.is_deleted(found.doc()) {
                    return Ok(true);
                }
                found.advance();
            }
        }
        Ok(false)
    }

    /// How many records with a term of a raw field readers see.
    pub(crate) fn seen(&self, field: Field, term: &str) -> Result<usize, Error> {
        let found = filter::exactly(field, term);
        let all = self.searcher.search(&*found, &Count)?;
        // Those that are hidden are few: to count them among these is quicker than to count the rest.
        let hidden = match filter::hidden(self.fields, Audience::Public, &self.denied) {
            Some(hidden) => {
                let both = BooleanQuery::intersection(vec![found, hidden]);
                self.searcher.search(&both, &Count)?
            }
            None => 0,
        };
        Ok(all - hidden)
    }

    pub(crate) fn planner(&self) -> Planner<'_> {
        Planner {
            fields: self.fields,
            vocabulary: Vocabulary::new(&self.terms, self.fields, self.at_hand),
        }
    }

    /// A whole text that is a standard number, a class mark or, for staff, a number of an item.
    fn by_number(&self, text: &str, ask: &Query) -> Result<Option<Answer>, Error> {
        let mut ways: Vec<Box<dyn Engine>> = Vec::new();
        let mut parts = Vec::new();
        if let Some(found) = identifier::printed(text) {
            ways.push(filter::exactly(self.fields.standard, &found));
        }
        if let Some(plan) = self.among_words(text, ask)? {
            ways.push(plan.found);
            parts.extend(plan.parts);
        }
        if text.trim_end().ends_with('*')
            && let Some(beginnings) = identifier::beginnings(text)
        {
            let all = beginnings.iter();
            ways.extend(all.map(|way| filter::beginning(self.fields.standard, way)));
        }
        let mut or_words = false;
        if let Some(mark) = identifier::asked_mark(text) {
            let (found, just) = self.planner().marked(&mark)?;
            ways.push(found);
            parts.push(just);
            or_words |= mark.bytes().all(|b| b.is_ascii_digit());
        }
        let typed = identifier::mark(text);
        if ask.audience == Audience::Staff
            && self.planner().vocabulary.has(self.fields.number, &typed)?
        {
            let number = filter::exactly(self.fields.number, &typed);
            parts.push(Part::First(number.box_clone(), 1.0));
            ways.push(number);
            or_words = true;
        }
        if ways.is_empty() {
            return Ok(None);
        }
        if or_words {
            let question = question::read(text);
            if let Some(plan) = self.planner().plan(&question, Reading::Strict)? {
                ways.push(plan.found);
                parts.extend(plan.parts);
            }
        }
        let plan = Plan {
            found: any(ways),
            parts,
            changed: None,
        };
        self.answered(ask, plan)
    }

    /// Standard numbers beside other words name the book; the words only help to rank.
    fn among_words(&self, text: &str, ask: &Query) -> Result<Option<Plan>, Error> {
        let (numbers, rest) = identifier::among(text);
        if numbers.is_empty() {
            return Ok(None);
        }
        let numbers = numbers.iter();
        let books = numbers.map(|number| filter::exactly(self.fields.standard, number));
        let books = any(books.collect());
        if !self.finds(books.box_clone(), ask.audience)? {
            return Ok(None);
        }
        let planner = self.planner();
        let words = planner.plan(&question::read(&rest), Reading::Strict)?;
        Ok(Some(Plan {
            found: books,
            parts: words.map_or_else(Vec::new, |plan| plan.parts),
            changed: None,
        }))
    }

    /// Every record a question finds, in the order of their numbers, however many.
    pub(crate) fn all(&self, ask: &Query) -> Result<(Vec<RecordId>, Option<Corrected>), Error> {
        let few = Query {
            limit: 0,
            facets: false,
            ..ask.clone()
        };
        let Some(Answer { page, found }) = self.answer(&few)? else {
            return Ok((Vec::new(), None));
        };
        let query = filter::audience(self.fields, found, ask.audience, &self.denied);
        let mut ids = Vec::new();
        for address in self.searcher.search(&*query, &DocSetCollector)? {
            ids.push(self.id(address)?);
        }
        ids.sort_unstable();
        Ok((ids, page.corrected))
    }

    fn collect(&self, ask: &Query, plan: Plan) -> Result<Answer, Error> {
        let found = filter::narrowed(self.fields, plan.found, &ask.filters);
        let limit = ask.limit.min(MAX_LIMIT);
        let offset = ask.offset.min(MAX_OFFSET);
        let scales = Scales::new(&self.terms, &plan.parts)?;
        let by_rank = ask.sort == Sort::Relevance && !scales.is_empty();
        let (total, best, counts) = if by_rank {
            let pass = Pass {
                searcher: self.searcher,
                keys: self.at_hand.keys(),
                found: &*found,
                hidden: filter::hidden(self.fields, ask.audience, &self.denied),
                facets: self.facets(ask),
            };
            let mut passed = pass.run(&scales, offset + limit.max(1))?;
            passed.best.drain(..offset.min(passed.best.len()));
            (passed.total, passed.best, passed.counts)
        } else {
            self.in_order(ask, found.box_clone(), offset, limit)?
        };
        let mut page = Page {
            total,
            facets: counts.map(Counts::into_facets),
            corrected: plan.changed.map(|(q, why)| corrected(&q, why)),
            ..Page::default()
        };
        let beyond = ask.offset > MAX_OFFSET;
        for (score, address) in best.into_iter().take(if beyond { 0 } else { limit }) {
            page.hits.push(self.hit(address, score)?);
        }
        Ok(Answer { page, found })
    }

    fn facets(&self, ask: &Query) -> Option<FacetCollector<'_>> {
        ask.facets.then_some(FacetCollector {
            at_hand: self.at_hand,
        })
    }

    /// The records in an order that does not depend on the question.
    fn in_order(
        &self,
        ask: &Query,
        found: Box<dyn Engine>,
        offset: usize,
        limit: usize,
    ) -> Result<Ordered, Error> {
        let query = filter::audience(self.fields, found, ask.audience, &self.denied);
        let top = || TopDocs::with_limit(limit.max(1)).and_offset(offset);
        let keys = self.at_hand.keys();
        let by = |key| By {
            keys: keys.clone(),
            key,
        };
        let three = |key: fn(usize) -> Key| {
            let part = |at| (by(key(at)), Order::Asc);
            (part(0), part(1), part(2))
        };
        let year = || (by(Key::Year), Order::Desc);
        let id = |order| (by(Key::Id), order);
        let run = Run {
            searcher: self.searcher,
            query: &*query,
            facets: self.facets(ask),
        };
        match ask.sort {
            Sort::Title => {
                let order = (three(Key::Title), year(), id(Order::Asc));
                run.with(top().order_by(order))
            }
            Sort::Author => {
                let order = (three(Key::Author), three(Key::Title), year());
                run.with(top().order_by(order))
            }
            Sort::Newest => run.with(top().order_by(id(Order::Desc))),
            // When nothing ranks one record above another, the newest are the best.
            Sort::Year | Sort::Relevance => run.with(top().order_by((year(), id(Order::Asc)))),
        }
    }

    fn id(&self, address: DocAddress) -> Result<RecordId, Error> {
        let segment = self.searcher.segment_reader(address.segment_ord);
        let keys = self.at_hand.keys().of(segment)?;
        let id = keys.column(Key::Id).first(address.doc_id);
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

/// What was found, and its page.
struct Answer {
    page: Page,
    /// All that was found, narrowed as it was asked.
    found: Box<dyn Engine>,
}

/// How many there are, those of the page with no weight, and the facets.
type Ordered = (usize, Vec<(f32, DocAddress)>, Option<Counts>);

/// One run of a query over the index.
struct Run<'a> {
    searcher: &'a Searcher,
    query: &'a dyn Engine,
    facets: Option<FacetCollector<'a>>,
}

impl Run<'_> {
    fn with<K>(&self, top: impl Collector<Fruit = Vec<(K, DocAddress)>>) -> Result<Ordered, Error> {
        let all = (Count, top, self.facets);
        let unscored = EnableScoring::disabled_from_searcher(self.searcher);
        let weight = self.query.weight(unscored)?;
        let segments = each_segment(self.searcher, |at, segment| {
            let ord = u32::try_from(at).unwrap_or(u32::MAX);
            Ok(all.collect_segment(&*weight, ord, segment)?)
        })?;
        let (total, hits, counts) = all.merge_fruits(segments)?;
        let hits = hits.into_iter().map(|(_, address)| (0.0, address));
        Ok((total, hits.collect(), counts))
    }
}

/// The answer with what the reader is told, unless more is to be told.
fn told(mut answer: Answer, also: Option<Corrected>) -> Answer {
    answer.page.corrected = also.or(answer.page.corrected);
    answer
}
