//! What is tried when a question as it stands finds nothing: words run together or torn apart, and
//! known words that are not the ones meant.
//!
//! Each proposal is a whole text; it counts only if it finds something, which the caller asks.

use super::plan::{Planner, is_common};
use super::question::{Ask, Question};
use crate::Error;
use crate::analysis::Word;

/// The longest word that is taken apart, the longest piece, the most pieces.
const MAX_TORN: usize = 48;
const MAX_PIECE: usize = 20;
const MAX_PIECES: usize = 5;
/// So many proposals of each sort, since each costs a search.
const MAX_TRIES: usize = 12;

impl Planner<'_> {
    /// The texts a plain question may be with other spaces.
    pub(crate) fn other_spaces(&self, question: &Question) -> Result<Vec<String>, Error> {
        let words = plain_words(question);
        let mut texts = Vec::new();
        for (at, pair) in words.windows(2).enumerate() {
            let whole = format!("{}{}", pair[0].exact, pair[1].exact);
            let known = self.vocabulary.knows_text(&whole)?;
            if known && whole.chars().count() >= 4 {
                texts.push((
                    self.vocabulary.knows(pair[0])? && self.vocabulary.knows(pair[1])?,
                    replaced(
                        &words,
                        at,
                        2,
                        &format!("{}{}", pair[0].shown, pair[1].shown),
                    ),
                ));
            }
        }
        // A word that is unknown by itself is the likelier half of a torn one.
        texts.sort_by_key(|(known, _)| *known);
        let mut texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
        for (at, word) in words.iter().enumerate() {
            if let Some(pieces) = self.pieces(&word.exact)? {
                let side_by_side = format!("\"{}\"", pieces.join(" "));
                texts.push(replaced(&words, at, 1, &side_by_side));
            }
        }
        texts.truncate(MAX_TRIES);
        Ok(texts)
    }

    /// The fewest known words that a word is made of.
    fn pieces(&self, word: &str) -> Result<Option<Vec<String>>, Error> {
        let letters: Vec<char> = word.chars().collect();
        if !(5..=MAX_TORN).contains(&letters.len()) || letters.iter().any(|c| !c.is_alphabetic()) {
            return Ok(None);
        }
        let mut best: Vec<Option<Vec<String>>> = vec![None; letters.len() + 1];
        best[0] = Some(Vec::new());
        for end in 1..=letters.len() {
            for start in end.saturating_sub(MAX_PIECE)..end {
                let Some(before) = best[start].clone().filter(|b| b.len() < MAX_PIECES) else {
                    continue;
                };
                let fewer = best[end]
                    .as_ref()
                    .is_none_or(|b| b.len() > before.len() + 1);
                let piece: String = letters[start..end].iter().collect();
                if fewer && self.is_piece(&piece)? {
                    best[end] = Some([before, vec![piece]].concat());
                }
            }
        }
        Ok(best.pop().flatten().filter(|pieces| pieces.len() > 1))
    }

    fn is_piece(&self, piece: &str) -> Result<bool, Error> {
        if piece.chars().count() < 3 {
            return Ok(is_common(piece));
        }
        self.vocabulary.has(self.fields.all_exact, piece)
    }

    /// The texts with one word changed for a near one, rarest word first: within one slip, then, beside
    /// other words, within two.
    pub(crate) fn near_words(&self, question: &Question) -> Result<Vec<String>, Error> {
        let words = plain_words(question);
        let mut rare = Vec::new();
        for (at, word) in words.iter().enumerate() {
            if word.exact.chars().count() >= 4 {
                let count = self.vocabulary.count(self.fields.all_exact, &word.exact)?;
                rare.push((count, at, *word));
            }
        }
        rare.sort_by_key(|(count, at, _)| (*count, *at));
        rare.truncate(MAX_TRIES / 4);
        let mut texts = Vec::new();
        for slips in 1..=(if words.len() > 1 { 2 } else { 1 }) {
            for (_, at, word) in &rare {
                if slips == 2 && word.exact.chars().count() < 6 {
                    continue;
                }
                let near = self.vocabulary.around(&word.exact, slips)?;
                texts.extend(near.iter().map(|near| replaced(&words, *at, 1, near)));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        texts.retain(|text| seen.insert(text.clone()));
        texts.truncate(2 * MAX_TRIES);
        Ok(texts)
    }

    /// The text with its unknown words taken for beginnings: «прест достоевского».
    pub(crate) fn cut_short(&self, question: &Question) -> Result<Option<String>, Error> {
        let words = plain_words(question);
        let (mut begun, mut shown) = (false, Vec::new());
        for word in &words {
            let long = word.exact.chars().count() >= 4;
            if long && !self.vocabulary.has(self.fields.all_exact, &word.exact)? {
                begun = true;
                shown.push(format!("{}*", word.shown));
            } else {
                shown.push(word.shown.clone());
            }
        }
        Ok(begun.then(|| shown.join(" ")))
    }
}

/// The words of a question that has nothing else.
fn plain_words(question: &Question) -> Vec<&Word> {
    if !question.is_plain() {
        return Vec::new();
    }
    let words = question.parts.iter().filter_map(|part| match &part.ask {
        Ask::Word(word) => Some(word),
        Ask::Phrase(_) | Ask::Mask(_) | Ask::Initials(_) | Ask::Class(..) => None,
        Ask::Years(..) | Ask::Mark(_) | Ask::Standard(_) | Ask::Standards(_) => None,
        Ask::Nothing => None,
    });
    words.collect()
}

/// The words as a text, `length` of them from `at` on put as `new`.
fn replaced(words: &[&Word], at: usize, length: usize, new: &str) -> String {
    let mut shown = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if index == at {
            shown.push(new);
        } else if !(at..at + length).contains(&index) {
            shown.push(word.shown.as_str());
        }
    }
    shown.join(" ")
}
