//! How much a found record weighs: what each part of a question adds to it, and the most it could add.
//!
//! A word counts by its best field (the others add a little), a question by the sum of its parts. A record
//! whose most is less than what the page already has is left without looking further: in its lesser
//! fields, at the places of its words. The order is the one that looking everywhere would give.
#![expect(clippy::float_arithmetic, reason = "ranks are not money")]

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{Bm25Weight, ConstScoreQuery, Query, Scorer};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Score, TERMINATED};

use crate::schema::weight;

/// A part of a question, as far as it ranks.
pub(crate) enum Part {
    /// A word in its forms, or the beginning of one: each form is a way to have it.
    Word(Vec<Way>),
    /// Anything the engine can weigh by itself.
    Other(Other),
}

/// The fields in which one form of a word counts.
#[derive(Default)]
pub(crate) struct Way {
    pub(super) leaves: Vec<Leaf>,
}

/// One term, or all terms with one beginning, in one field.
pub(super) struct Leaf {
    pub(super) field: Field,
    pub(super) text: String,
    pub(super) weight: Score,
    /// Whether all terms that begin so count as one.
    pub(super) begins: bool,
    /// Whether the field has the whole description: every found record has the word there.
    pub(super) everywhere: bool,
}

/// A query that adds to the weight.
pub(crate) struct Other {
    pub(super) query: Box<dyn Query>,
    /// The most it adds.
    pub(super) most: Score,
    pub(super) asked: Asked,
}

/// When a query is asked whether it has a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// At once: it is cheap, and few records have it.
    First,
    /// When nothing else has ruled the record out.
    Last,
    /// The same, and only of records that have every word in a title, a heading or a subject: no others
    /// can have them there side by side.
    LastOfNear,
}

/// The parts in one segment. Records must come in their order.
pub(super) struct Ranker {
    words: Vec<Word>,
    others: Vec<Here>,
    /// Before this record no leaf that leads and no query that is asked first has any.
    next: DocId,
    /// The most that a record before `next` weighs.
    far_most: Score,
    /// The floor by which the leaves that lead were chosen.
    chosen: Score,
}

/// A word in one segment.
pub(super) struct Word {
    ways: Vec<Ways>,
    near: bool,
}

/// One way to have a word, in one segment.
#[derive(Default)]
pub(super) struct Ways {
    pub(super) near: Vec<Cursor>,
    pub(super) far: Vec<Cursor>,
    pub(super) far_most: Best,
    here: Best,
}

/// The weights of several fields: the best, and all together.
#[derive(Clone, Copy, Default)]
pub(super) struct Best {
    max: Score,
    sum: Score,
}

/// One leaf in one segment.
pub(super) struct Cursor {
    pub(super) most: Score,
    /// Whether a record may come in that has none of the other leaves that lead.
    pub(super) leads: bool,
    pub(super) docs: Docs,
    pub(super) norms: FieldNormReader,
    pub(super) bm25: Bm25Weight,
}

/// The records of a leaf.
pub(super) enum Docs {
    Term(Box<SegmentPostings>),
    Begun(Box<dyn Scorer>),
}

/// A query in one segment.
pub(super) struct Here {
    pub(super) scorer: Box<dyn Scorer>,
    pub(super) most: Score,
    pub(super) asked: Asked,
}

impl Part {
    /// A query that adds the same to each record that it finds.
    pub(super) fn first(query: Box<dyn Query>, weight: Score) -> Self {
        Self::Other(Other {
            query: Box::new(ConstScoreQuery::new(query, weight)),
            most: weight,
            asked: Asked::First,
        })
    }
}

/// A weight times a weight.
pub(super) fn product(one: Score, other: Score) -> Score {
    one * other
}

impl Best {
    pub(super) fn add(&mut self, score: Score) {
        self.max = self.max.max(score);
        self.sum += score;
    }

    fn whole(self) -> Score {
        self.max + (self.sum - self.max) * weight::TIE
    }

    fn with(self, other: Self) -> Self {
        Self {
            max: self.max.max(other.max),
            sum: self.sum + other.sum,
        }
    }
}

impl Cursor {
    fn doc(&self) -> DocId {
        match &self.docs {
            Docs::Term(postings) => postings.doc(),
            Docs::Begun(scorer) => scorer.doc(),
        }
    }

    /// What it adds to this record.
    fn at(&mut self, doc: DocId) -> Option<Score> {
        let times = match &mut self.docs {
            Docs::Term(postings) => is_at(&mut **postings, doc).then(|| postings.term_freq()),
            Docs::Begun(scorer) => is_at(&mut **scorer, doc).then_some(1),
        };
        times.map(|times| self.bm25.score(self.norms.fieldnorm_id(doc), times))
    }
}

/// Whether the set has this record; it is moved there and never back.
pub(super) fn is_at<D: DocSet + ?Sized>(docs: &mut D, doc: DocId) -> bool {
    docs.doc() == doc || docs.doc() < doc && docs.seek(doc) == doc
}

impl Word {
    pub(super) fn new(ways: Vec<Ways>) -> Self {
        Self { ways, near: false }
    }

    /// The most it adds when this is known of each way.
    fn most(&self, known: impl Fn(&Ways) -> Best) -> Score {
        let mut best = Best::default();
        for way in &self.ways {
            best.add(known(way).with(way.far_most).whole());
        }
        best.whole()
    }

    fn look_near(&mut self, doc: DocId) {
        self.near = false;
        for way in &mut self.ways {
            way.here = Best::default();
            for score in way.near.iter_mut().filter_map(|cursor| cursor.at(doc)) {
                way.here.add(score);
                self.near = true;
            }
        }
    }

    fn look_far(&mut self, doc: DocId) -> Score {
        let mut best = Best::default();
        for way in &mut self.ways {
            for score in way.far.iter_mut().filter_map(|cursor| cursor.at(doc)) {
                way.here.add(score);
            }
            best.add(way.here.whole());
        }
        best.whole()
    }
}

impl Ranker {
    pub(super) fn new(words: Vec<Word>, others: Vec<Here>) -> Self {
        let mut ranker = Self {
            words,
            others,
            next: 0,
            far_most: 0.0,
            chosen: Score::MIN,
        };
        ranker.far_most = ranker.behind();
        ranker
    }

    /// The weight of a record; nothing when it is certainly less than `floor`.
    pub(super) fn weigh(&mut self, doc: DocId, floor: Score) -> Option<Score> {
        if doc < self.next && less(self.far_most, floor) {
            return None;
        }
        let mut sure = 0.0;
        for other in self.others.iter_mut().filter(|o| o.asked == Asked::First) {
            sure += other.at(doc);
        }
        for word in &mut self.words {
            word.look_near(doc);
        }
        if floor > self.chosen + self.chosen.abs() * 0.02 {
            self.choose(floor);
        }
        self.next = self.next_leading(doc);
        let words = self.words.iter().map(|word| word.most(|way| way.here));
        let most = sure + words.sum::<Score>() + self.last_most(self.all_near());
        if less(most, floor) {
            return None;
        }
        self.look_on(doc, floor, sure)
    }

    /// Chooses the leaves that lead: a record that has only the others is less than the floor.
    fn choose(&mut self, floor: Score) {
        self.chosen = floor;
        let mut leading = Vec::new();
        for (word, all) in self.words.iter().enumerate() {
            for (way, all) in all.ways.iter().enumerate() {
                let leads = all.near.iter().enumerate().filter(|(_, c)| c.leads);
                leading.extend(leads.map(|(at, cursor)| (cursor.most, word, way, at)));
            }
        }
        leading.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (_, word, way, at) in leading {
            self.lead(word, way, at, false);
            if !less(self.behind(), floor) {
                self.lead(word, way, at, true);
                break;
            }
        }
        self.far_most = self.behind();
    }

    fn lead(&mut self, word: usize, way: usize, at: usize, leads: bool) {
        let way = self.words.get_mut(word).and_then(|w| w.ways.get_mut(way));
        if let Some(cursor) = way.and_then(|way| way.near.get_mut(at)) {
            cursor.leads = leads;
        }
    }

    /// The most that a record weighs in which nothing leads.
    fn behind(&self) -> Score {
        let words = self.words.iter().map(|word| {
            word.most(|way| {
                let mut best = Best::default();
                for cursor in way.near.iter().filter(|cursor| !cursor.leads) {
                    best.add(cursor.most);
                }
                best
            })
        });
        // Side by side words may stand where nothing leads, as soon as each has a leaf that does not.
        let near = self.words.iter().all(|word| {
            let mut leaves = word.ways.iter().flat_map(|way| &way.near);
            leaves.any(|cursor| !cursor.leads)
        });
        words.sum::<Score>() + self.last_most(near)
    }

    fn look_on(&mut self, doc: DocId, floor: Score, sure: Score) -> Option<Score> {
        let near = self.all_near();
        let words = self.words.iter_mut().map(|word| word.look_far(doc));
        let mut sure = sure + words.sum::<Score>();
        if less(sure + self.last_most(near), floor) {
            return None;
        }
        for other in self.others.iter_mut().filter(|o| o.asked.is_last(near)) {
            sure += other.at(doc);
        }
        Some(sure)
    }

    fn all_near(&self) -> bool {
        self.words.iter().all(|word| word.near)
    }

    fn last_most(&self, near: bool) -> Score {
        let last = self.others.iter().filter(|other| other.asked.is_last(near));
        last.map(|other| other.most).sum()
    }

    fn next_leading(&self, doc: DocId) -> DocId {
        let words = self.words.iter().flat_map(|word| &word.ways);
        let leaves = words.flat_map(|way| &way.near).filter(|leaf| leaf.leads);
        let first = self.others.iter().filter(|o| o.asked == Asked::First);
        let all = leaves.map(Cursor::doc);
        let all = all.chain(first.map(|other| other.scorer.doc()));
        let next = all.min().unwrap_or(TERMINATED);
        if next <= doc { doc + 1 } else { next }
    }
}

impl Here {
    fn at(&mut self, doc: DocId) -> Score {
        if is_at(&mut *self.scorer, doc) {
            self.scorer.score()
        } else {
            0.0
        }
    }
}

impl Asked {
    fn is_last(self, near: bool) -> bool {
        match self {
            Self::First => false,
            Self::Last => true,
            Self::LastOfNear => near,
        }
    }
}

/// Whether a sum of weights is less beyond what adding in another order may change.
fn less(most: Score, floor: Score) -> bool {
    most + most * 1e-5 < floor
}
