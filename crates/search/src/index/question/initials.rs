//! Lonely letters of a question that may be somebody's initials.
//!
//! Only the text is looked at; whether such a person is known is asked where the index is.

use super::{Ask, Initials, Part};
use crate::analysis::Word;

/// Letters that are words by themselves, and what they are in Latin.
const WORDS: &str = "ивоскуаяivoskuay";

/// Turns runs of lonely letters into initials of the words beside them.
pub(super) fn gather(parts: &mut Vec<Part>) {
    let mut at = 0;
    while at < parts.len() {
        let run = run_at(parts, at);
        let Some(first) = run.first() else {
            at += 1;
            continue;
        };
        let length = run.len();
        let sure = first.dotted;
        let before = at.checked_sub(1).and_then(|i| surname(&parts[i]));
        let after = parts.get(at + length).and_then(surname);
        let meant = sure || length > 1 || is_likely(parts, at, first);
        let names: Vec<String> = before.into_iter().chain(after).collect();
        if names.is_empty() || !meant {
            at += length;
            continue;
        }
        let found = Initials {
            letters: run.iter().map(|word| word.exact.as_str()).collect(),
            words: run,
            names,
            sure,
        };
        let part = Part {
            ask: Ask::Initials(found),
            ..parts[at].clone()
        };
        parts.splice(at..at + length, [part]);
        at += 1;
    }
}

/// The lonely letters from here, three at most; after one with a stop the next may lack it if it is a
/// capital, and a letter with a stop never ends a run of others.
fn run_at(parts: &[Part], at: usize) -> Vec<Word> {
    let mut run: Vec<Word> = Vec::new();
    for part in parts[at..].iter().take(3) {
        let Some(word) = lonely(part) else {
            break;
        };
        let fits = match run.first() {
            None => true,
            Some(first) if first.dotted => {
                word.dotted || word.shown.chars().all(char::is_uppercase)
            }
            Some(_) => !word.dotted,
        };
        if !fits {
            break;
        }
        run.push(word.clone());
    }
    run
}

fn lonely(part: &Part) -> Option<&Word> {
    let Ask::Word(word) = &part.ask else {
        return None;
    };
    let mut letters = word.exact.chars();
    let letter = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
    (letter && !part.excluded && !word.tail).then_some(word)
}

/// A single letter without a stop: never a preposition, unless it stands last or is a capital inside.
fn is_likely(parts: &[Part], at: usize, word: &Word) -> bool {
    let last = at > 0 && at + 1 == parts.len();
    let capital = at > 0 && word.shown.chars().all(char::is_uppercase);
    last || capital || !WORDS.contains(word.exact.as_str())
}

fn surname(part: &Part) -> Option<String> {
    let Ask::Word(word) = &part.ask else {
        return None;
    };
    let long = word.exact.chars().count() > 1 && word.exact.chars().all(char::is_alphabetic);
    (long && !part.excluded).then(|| word.exact.clone())
}
