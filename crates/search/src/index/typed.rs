//! What a reader may have meant by the keys that were pressed: the other keyboard layout, for the
//! whole text or for a part of it, and signs for ь and ъ among Latin letters.
//!
//! Evidence is counted in letters of words the index knows; lonely letters are none. Nothing is
//! searched here: the caller tries the readings in their order.

use super::plan::{Planner, is_common};
use crate::Error;
use crate::analysis::{self, Word, layout, translit};
use crate::ask::Why;

/// A text that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Meant {
    /// The text.
    pub(crate) text: String,
    /// What was done to the one that was typed.
    pub(crate) why: Option<Why>,
}

/// How much of a text is known, in letters.
#[derive(Clone, Copy)]
struct Share {
    known: usize,
    all: usize,
    /// The longest known word.
    longest: usize,
}

impl Share {
    fn whole(self) -> bool {
        self.known > 0 && self.known == self.all
    }

    fn more_than(self, other: Self) -> bool {
        self.known * other.all.max(1) > other.known * self.all.max(1)
    }
}

/// Which words count as known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Words of the index as they stand.
    Letters,
    /// Also Latin words that lead to Russian ones.
    Sound,
}

impl Planner<'_> {
    /// The text as it was typed, when every word of it is known: then no other reading comes before it.
    pub(crate) fn as_typed(&self, text: &str) -> Result<Option<Meant>, Error> {
        let softened = text
            .split(' ')
            .any(|chunk| translit::without_soft_marks(chunk).is_some());
        let known = !softened && self.share(text, By::Letters)?.with_keys(text).whole();
        Ok(known.then(|| Meant {
            text: text.to_owned(),
            why: None,
        }))
    }

    /// The readings of a typed text, the likeliest first; always at least one.
    pub(crate) fn readings(&self, text: &str) -> Result<Vec<Meant>, Error> {
        let plain = self.without_soft_marks(text)?;
        let typed = Meant {
            text: plain.unwrap_or_else(|| text.to_owned()),
            why: None,
        };
        let mut readings = vec![typed];
        let mut add = |text: String, first: bool| {
            let why = Some(Why::Layout);
            let at = if first { 0 } else { readings.len() };
            readings.insert(at, Meant { text, why });
        };
        let mut whole = false;
        if let Some(swapped) = self.swapped(text)? {
            let typed = self.share(text, By::Sound)?.with_keys(text);
            let meant = self.share(&swapped, By::Letters)?;
            let all = meant.whole() && !typed.whole() && meant.longest >= 3;
            let most = meant.more_than(typed) && 3 * meant.known >= 2 * meant.all;
            let better = all || (most && meant.longest >= 4);
            whole = better && meant.whole();
            if better || (meant.whole() && meant.longest >= 3) {
                add(swapped, better);
            }
        }
        if !whole && let Some((mended, sure)) = self.partly_swapped(text)? {
            add(mended, sure);
        }
        Ok(readings)
    }

    /// The text on the other layout; a stop or a comma after a word stays one unless it is a letter
    /// of a known word.
    fn swapped(&self, text: &str) -> Result<Option<String>, Error> {
        let Some(whole) = layout::swapped(text) else {
            return Ok(None);
        };
        let mut chunks = Vec::new();
        for chunk in text.split(' ') {
            let bare = chunk.trim_end_matches(['.', ',', ';']);
            let other = layout::swapped(chunk).unwrap_or_else(|| chunk.to_owned());
            let stopped = layout::swapped(bare).filter(|_| bare.len() < chunk.len());
            match stopped {
                Some(stopped)
                    if !self.share(&other, By::Letters)?.whole()
                        && self.share(&stopped, By::Letters)?.whole() =>
                {
                    chunks.push(format!("{stopped}{}", &chunk[bare.len()..]));
                }
                Some(_) | None => chunks.push(other),
            }
        }
        Ok((!whole.is_empty()).then(|| chunks.join(" ")))
    }

    /// The text with the chunks swapped that are unknown as typed and known swapped; and whether none
    /// of them could be Russian in Latin letters.
    fn partly_swapped(&self, text: &str) -> Result<Option<(String, bool)>, Error> {
        let chunks: Vec<&str> = text.split(' ').collect();
        let (mut mended, mut changed, mut sure) = (Vec::new(), 0, true);
        for chunk in &chunks {
            let other = self.swapped(chunk)?.filter(|_| chunk.chars().count() > 2);
            let Some(other) = other else {
                mended.push((*chunk).to_owned());
                continue;
            };
            let typed = self.share(chunk, By::Letters)?.with_keys(chunk);
            let meant = self.share(&other, By::Letters)?;
            if typed.whole() || !meant.whole() || meant.longest < 3 {
                mended.push((*chunk).to_owned());
                continue;
            }
            sure &= !self.share(chunk, By::Sound)?.with_keys(chunk).whole();
            changed += 1;
            mended.push(other);
        }
        Ok((changed > 0 && changed < chunks.len()).then(|| (mended.join(" "), sure)))
    }

    /// The text with the signs for ь and ъ taken out of those Latin words that then are Russian ones.
    fn without_soft_marks(&self, text: &str) -> Result<Option<String>, Error> {
        let mut changed = false;
        let mut plain = Vec::new();
        for chunk in text.split(' ') {
            let bare = translit::without_soft_marks(chunk);
            if let Some(bare) = bare
                && let [word] = analysis::words(&bare).as_slice()
                && !self.vocabulary.cyrillic_for(&word.shown)?.is_empty()
            {
                changed = true;
                plain.push(bare);
            } else {
                plain.push(chunk.to_owned());
            }
        }
        Ok(changed.then(|| plain.join(" ")))
    }

    fn share(&self, text: &str, by: By) -> Result<Share, Error> {
        let mut share = Share {
            known: 0,
            all: 0,
            longest: 0,
        };
        for word in analysis::words(text) {
            let letters = word.exact.chars().count();
            if letters < 2 {
                continue;
            }
            share.all += letters;
            if self.is_known(&word, by)? {
                share.known += letters;
                share.longest = share.longest.max(letters);
            }
        }
        Ok(share)
    }

    fn is_known(&self, word: &Word, by: By) -> Result<bool, Error> {
        let sounds = |word: &Word| -> Result<bool, Error> {
            Ok(by == By::Sound && !self.vocabulary.cyrillic_for(&word.shown)?.is_empty())
        };
        Ok(is_common(&word.exact) || self.vocabulary.knows(word)? || sounds(word)?)
    }
}

impl Share {
    /// Keys between letters that are letters themselves on the other layout: as typed they are no part
    /// of any word.
    fn with_keys(mut self, text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let keys = letters.windows(2).filter(|pair| {
            analysis::is_latin(pair[0])
                && matches!(pair[1], '[' | ']' | ';' | '\'' | ',' | '.' | '`')
                || matches!(pair[0], '[' | ']' | ';' | '\'' | ',' | '.' | '`')
                    && analysis::is_latin(pair[1])
        });
        self.all += keys.count();
        self
    }
}
