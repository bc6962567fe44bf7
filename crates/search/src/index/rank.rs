//! How much a found record weighs: what each part of a question adds to it, and the most it could add.
//!
//! A word counts by its best field (the others add a little), a question by the sum of its parts. A record
//! whose most is less than what the page already has is left without looking further: in its lesser
//! fields, at the places of its words. The order is the one that looking everywhere would give.
#![expect(clippy::float_arithmetic, reason = "ranks are not money")]

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, SegmentPostings};
use tantivy::query::{Bm25Weight, Query, Scorer, Weight};
use tantivy::schema::Field;
use tantivy::{DocId, DocSet, Score, SeekDangerResult, SegmentReader, TERMINATED};

use crate::Error;
use crate::schema::weight;

/// A part of a question, as far as it ranks.
pub(crate) enum Part {
    /// A word in its forms, or the beginning of one: each form is a way to have it.
    Word(Vec<Way>),
    /// A query that few records have, and what each of them is given for it.
    First(Box<dyn Query>, Score),
    /// Words side by side.
    Last(Aside),
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

/// Queries that add to the weight when nothing else has ruled a record out: their places are costly to look at.
pub(crate) struct Aside {
    /// The fields they are asked in, with what each counts: the best one, and a little of the others.
    pub(super) ways: Vec<(Box<dyn Query>, Score)>,
    /// The most they add.
    pub(super) most: Score,
    pub(super) asked: Asked,
}

/// Of which records words side by side are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Of all.
    OfAll,
    /// Only of those that have every word in a title, a heading or a subject: no others can have them there
    /// side by side.
    OfNear,
}

/// The parts in one segment. Records must come in their order.
pub(super) struct Ranker<'a> {
    words: Vec<Word>,
    firsts: Vec<First>,
    lasts: Vec<Last<'a>>,
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

/// The records of a query that is asked first, in one segment.
pub(super) struct First {
    docs: Box<dyn Scorer>,
    adds: Score,
}

/// Words side by side in one segment.
pub(super) struct Last<'a> {
    ways: Vec<Row<'a>>,
    most: Score,
    asked: Asked,
}

/// Words side by side in one field, looked at only where they are asked: to look for the next such record might go
/// through all.
struct Row<'a> {
    segment: &'a SegmentReader,
    weight: &'a dyn Weight,
    boost: Score,
    scorer: Option<Box<dyn Scorer>>,
    /// No record before this one has them, but for the one that was found last.
    next: DocId,
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

    /// Looks into the near fields; the most it adds to this record by what it has there.
    fn look_near(&mut self, doc: DocId) -> Score {
        self.near = false;
        let mut most = Best::default();
        for way in &mut self.ways {
            way.here = Best::default();
            for score in way.near.iter_mut().filter_map(|cursor| cursor.at(doc)) {
                way.here.add(score);
                self.near = true;
            }
            most.add(way.here.with(way.far_most).whole());
        }
        most.whole()
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

impl<'a> Ranker<'a> {
    pub(super) fn new(words: Vec<Word>, firsts: Vec<First>, lasts: Vec<Last<'a>>) -> Self {
        let mut ranker = Self {
            words,
            firsts,
            lasts,
            next: 0,
            far_most: 0.0,
            chosen: Score::MIN,
        };
        ranker.far_most = ranker.behind();
        ranker
    }

    /// Whether every record from the last one to this is certainly less than `floor`.
    pub(super) fn passes_over(&self, doc: DocId, floor: Score) -> bool {
        doc < self.next && less(self.far_most, floor)
    }

    /// The weight of a record; nothing when it is certainly less than `floor`.
    pub(super) fn weigh(&mut self, doc: DocId, floor: Score) -> Result<Option<Score>, Error> {
        if self.passes_over(doc, floor) {
            return Ok(None);
        }
        let sure = self.firsts.iter_mut().map(|first| first.at(doc)).sum();
        let words = self.words.iter_mut().map(|word| word.look_near(doc));
        let words: Score = words.sum();
        if floor > self.chosen + self.chosen.abs() * 0.02 {
            self.choose(floor);
        }
        self.next = self.next_leading(doc);
        let most = sure + words + self.last_most(self.all_near());
        if less(most, floor) {
            return Ok(None);
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

    fn look_on(&mut self, doc: DocId, floor: Score, sure: Score) -> Result<Option<Score>, Error> {
        let near = self.all_near();
        let words = self.words.iter_mut().map(|word| word.look_far(doc));
        let mut sure = sure + words.sum::<Score>();
        if less(sure + self.last_most(near), floor) {
            return Ok(None);
        }
        for last in self.lasts.iter_mut().filter(|last| last.asked.is_of(near)) {
            sure += last.at(doc)?;
        }
        Ok(Some(sure))
    }

    fn all_near(&self) -> bool {
        self.words.iter().all(|word| word.near)
    }

    fn last_most(&self, near: bool) -> Score {
        let lasts = self.lasts.iter().filter(|last| last.asked.is_of(near));
        lasts.map(Last::most).sum()
    }

    fn next_leading(&self, doc: DocId) -> DocId {
        let words = self.words.iter().flat_map(|word| &word.ways);
        let leaves = words.flat_map(|way| &way.near).filter(|leaf| leaf.leads);
        let all = leaves.map(Cursor::doc);
        let all = all.chain(self.firsts.iter().map(|first| first.docs.doc()));
        let next = all.min().unwrap_or(TERMINATED);
        if next <= doc { doc + 1 } else { next }
    }
}

impl First {
    pub(super) fn new(docs: Box<dyn Scorer>, adds: Score) -> Self {
        Self { docs, adds }
    }

    fn at(&mut self, doc: DocId) -> Score {
        if is_at(&mut *self.docs, doc) {
            self.adds
        } else {
            0.0
        }
    }
}

impl<'a> Last<'a> {
    pub(super) fn new(
        segment: &'a SegmentReader,
        ways: impl Iterator<Item = (&'a dyn Weight, Score)>,
        most: Score,
        asked: Asked,
    ) -> Self {
        let row = |(weight, boost)| Row {
            segment,
            weight,
            boost,
            scorer: None,
            next: 0,
        };
        Self {
            ways: ways.map(row).collect(),
            most,
            asked,
        }
    }

    /// The most it adds from here on.
    fn most(&self) -> Score {
        if self.ways.iter().all(|row| row.next == TERMINATED) {
            0.0
        } else {
            self.most
        }
    }

    fn at(&mut self, doc: DocId) -> Result<Score, Error> {
        let mut best = Best::default();
        for row in &mut self.ways {
            if let Some(score) = row.at(doc)? {
                best.add(score);
            }
        }
        Ok(best.whole())
    }
}

impl Row<'_> {
    /// What it adds to this record. Each record may be asked once.
    fn at(&mut self, doc: DocId) -> Result<Option<Score>, Error> {
        if doc < self.next {
            return Ok(None);
        }
        let (met, scorer) = match &mut self.scorer {
            Some(scorer) => (scorer.seek_danger(doc), scorer),
            None => {
                let begun = self.weight.scorer_danger(self.segment, doc, self.boost)?;
                (begun.0, self.scorer.insert(begun.1))
            }
        };
        Ok(match met {
            SeekDangerResult::Found => Some(scorer.score()),
            SeekDangerResult::SeekLowerBound(next) => {
                self.next = next;
                None
            }
        })
    }
}

impl Asked {
    fn is_of(self, near: bool) -> bool {
        match self {
            Self::OfAll => true,
            Self::OfNear => near,
        }
    }
}

/// Whether a sum of weights is less beyond what adding in another order may change.
fn less(most: Score, floor: Score) -> bool {
    most + most * 1e-5 < floor
}
