//! Beginnings that many terms of a segment share, each with the most used of these.
//!
//! «п» begins tens of thousands of titles: to read them all for eight is slow, and to read the first of them
//! finds those of the alphabet instead of Пушкин. So all are read once, when the segment is met first.

use std::collections::HashMap;

use tantivy::schema::Field;
use tantivy::{SegmentReader, TantivyError};

use crate::schema::Fields;

/// A beginning of more terms than this is kept; a shorter list is read when it is asked for.
const MANY: usize = 500;
/// The most used of a beginning that are kept.
const BEST: usize = 24;
/// Beginnings of so many characters; a longer one is read as it stands.
const DEEP: usize = 24;

/// The long beginnings of one segment: of whole titles, headings and subjects, and of the skeletons of words.
pub(crate) struct Beginnings([(Field, Long); 2]);

/// Those of one field, each with its most used terms.
type Long = HashMap<Box<str>, Vec<String>>;

/// A term by its number in the dictionary, and how many records have it.
#[derive(Clone, Copy)]
struct Used {
    records: u32,
    ord: u64,
}

/// A beginning while its terms are read.
#[derive(Default)]
struct Open {
    /// Bytes of the beginning.
    length: usize,
    terms: usize,
    best: Vec<Used>,
}

impl Beginnings {
    /// Reads all terms of a segment.
    pub(crate) fn of(segment: &SegmentReader, fields: &Fields) -> tantivy::Result<Self> {
        let read = |field| Ok::<_, TantivyError>((field, long(segment, field)?));
        Ok(Self([read(fields.phrase)?, read(fields.skeleton)?]))
    }

    /// The most used terms of a field that begin so, most used first; nothing when they are so few that they can
    /// be read.
    pub(crate) fn most_used(&self, field: Field, beginning: &str) -> Option<&[String]> {
        let (_, long) = self.0.iter().find(|(of, _)| *of == field)?;
        long.get(beginning).map(Vec::as_slice)
    }
}

/// Reads all terms of a field, in their order.
fn long(segment: &SegmentReader, field: Field) -> tantivy::Result<Long> {
    let index = segment.inverted_index(field)?;
    let dictionary = index.terms();
    let mut stream = dictionary.stream()?;
    let (mut open, mut before) = (Vec::<Open>::new(), String::new());
    let mut long: Vec<(Box<str>, Vec<Used>)> = Vec::new();
    while stream.advance() {
        let key = std::str::from_utf8(stream.key()).unwrap_or_default();
        let shared = shared(&before, key);
        close(&mut open, shared, &before, &mut long);
        let deepest = open.last().map_or(0, |open| open.length);
        let deeper = key.char_indices().map(|(at, c)| at + c.len_utf8());
        for length in deeper.take(DEEP).filter(|length| *length > deepest) {
            open.push(Open {
                length,
                ..Open::default()
            });
        }
        if let Some(deepest) = open.last_mut() {
            deepest.terms += 1;
            deepest.add(&[Used {
                records: stream.value().doc_freq,
                ord: stream.term_ord(),
            }]);
        }
        before.clear();
        before.push_str(key);
    }
    close(&mut open, 0, &before, &mut long);
    let mut kept = HashMap::new();
    for (beginning, mut best) in long {
        best.truncate(BEST);
        let mut terms = Vec::with_capacity(best.len());
        for used in best {
            let mut term = Vec::new();
            dictionary.ord_to_term(used.ord, &mut term)?;
            terms.extend(String::from_utf8(term));
        }
        kept.insert(beginning, terms);
    }
    Ok(kept)
}

/// Ends the beginnings that are longer than what the next term shares; each gives its best to the shorter one.
fn close(open: &mut Vec<Open>, shared: usize, term: &str, long: &mut Vec<(Box<str>, Vec<Used>)>) {
    while let Some(ended) = open.pop_if(|open| open.length > shared) {
        let mut ended = ended;
        ended.sort();
        if ended.terms > MANY
            && let Some(beginning) = term.get(..ended.length)
        {
            long.push((beginning.into(), ended.best.clone()));
        }
        if let Some(shorter) = open.last_mut() {
            shorter.terms += ended.terms;
            if shorter.best.is_empty() {
                shorter.best = ended.best;
            } else {
                shorter.add(&ended.best);
            }
        }
    }
}

impl Open {
    fn add(&mut self, used: &[Used]) {
        self.best.extend_from_slice(used);
        if self.best.len() > 4 * BEST {
            self.sort();
        }
    }

    /// The most used first, then by the alphabet; the rest is let go.
    fn sort(&mut self) {
        let order = |used: &Used| (std::cmp::Reverse(used.records), used.ord);
        self.best.sort_unstable_by_key(order);
        self.best.truncate(BEST);
    }
}

/// Bytes that both begin with, up to the end of a character.
fn shared(one: &str, other: &str) -> usize {
    let pairs = one.chars().zip(other.chars());
    pairs
        .take_while(|(one, other)| one == other)
        .map(|(c, _)| c.len_utf8())
        .sum()
}

#[cfg(test)]
mod tests {
    use crate::index::SearchIndex;
    use crate::sample::Shelf;
    use crate::{Query, Suggestion};

    /// So many books that no beginning of one letter is read to its end.
    const BOOKS: usize = 7000;

    fn library() -> (tempfile::TempDir, SearchIndex) {
        let title = |book: usize| format!("ад{:05}", book * 7919 % BOOKS);
        let author = |book: usize| match book % 100 {
            0..3 => "Аяев",
            3..5 => "Агеев",
            5 => "Адамов",
            _ => "Борисов",
        };
        let lines = (0..BOOKS).map(|book| {
            let (title, author) = (title(book), author(book));
            format!("{author}|||{title}||1990||84||rus")
        });
        let feed = Shelf::listed(&lines.collect::<Vec<_>>().join("\n"));
        let home = tempfile::tempdir().unwrap();
        let index = SearchIndex::open(home.path()).unwrap();
        index.catch_up(&feed).unwrap();
        // A second segment, where one author has more, and records taken back.
        for book in 0..BOOKS as u64 {
            if book % 100 == 5 {
                feed.change(book + 1, |source| source.hidden = book % 200 == 5);
            }
        }
        index.catch_up(&feed).unwrap();
        (home, index)
    }

    fn texts(found: Vec<Suggestion>) -> Vec<(String, usize)> {
        found.into_iter().map(|s| (s.text, s.count)).collect()
    }

    #[test]
    fn of_a_long_beginning_the_most_used_are_suggested_with_their_true_counts() {
        let (_home, index) = library();
        let found = texts(index.suggest("а", 3).unwrap());
        let expected = [("Аяев", 210), ("Агеев", 140), ("Адамов", 35)];
        let expected = expected.map(|(text, count)| (text.to_owned(), count));
        assert_eq!(found, expected);
        for (text, count) in found {
            let query = Query::new(format!("автор:{text}"));
            assert_eq!(index.search(&query).unwrap().total, count, "{text}");
        }
    }
}
