//! The terms under which a word is kept: what all its forms have in common.
//!
//! A Russian word is kept under its first forms, as the dictionary has them or, where it has none, as the ending
//! lets guess: «стали» is of «стать» and of «сталь». Endings that say nothing are cut off by Snowball, English
//! ones always.

use std::sync::OnceLock;

use frostem::{Algorithm, Stemmer};

use super::is_cyrillic;
use super::lemma::Lemmas;

/// The likeliest term of a folded word; phrases and whole titles go by this one.
pub(crate) fn stem(exact: &str) -> String {
    stems(exact).swap_remove(0)
}

/// All terms of a folded word, the one for phrases first.
pub(crate) fn stems(exact: &str) -> Vec<String> {
    stems_by(Lemmas::shipped(), exact)
}

/// Whether the dictionary has the word: others may be mistyped or spelt as long ago.
pub(crate) fn is_known(exact: &str) -> bool {
    Lemmas::shipped().is_some_and(|lemmas| lemmas.knows(exact))
}

fn stems_by(lemmas: Option<&Lemmas<'_>>, exact: &str) -> Vec<String> {
    let (mut stems, sure) = first_forms(lemmas, exact);
    if !sure && !stems.iter().any(|stem| stem == exact) {
        stems.push(exact.to_owned());
    }
    stems
}

/// The first forms of a folded word, and whether the dictionary or the language says so.
fn first_forms(lemmas: Option<&Lemmas<'_>>, exact: &str) -> (Vec<String>, bool) {
    // «Ш.» is an initial, «широта» on maps only.
    let word = exact.contains(is_cyrillic) && exact.chars().nth(1).is_some();
    if let Some(lemmas) = lemmas.filter(|_| word) {
        let known = lemmas.known(exact);
        if !known.is_empty() {
            return (known, true);
        }
        let guessed = lemmas.guessed(exact);
        if !guessed.is_empty() {
            return (guessed, false);
        }
    }
    (vec![cut(exact)], true)
}

/// What Snowball leaves of a folded word.
fn cut(exact: &str) -> String {
    static STEMMERS: OnceLock<(Stemmer, Stemmer)> = OnceLock::new();
    let (russian, english) = STEMMERS.get_or_init(|| {
        (
            Stemmer::new(Algorithm::Russian),
            Stemmer::new(Algorithm::English),
        )
    });
    if exact.contains(is_cyrillic) {
        russian.stem(exact).into_owned()
    } else if exact.bytes().all(|b| b.is_ascii_lowercase()) {
        english.stem(exact).into_owned()
    } else {
        exact.to_owned()
    }
}

/// A word as the first of its own forms, where it may be that: `петров` is not only of «Пётр», and who
/// stands in a heading stands there in the first form.
pub(crate) fn base(exact: &str) -> Option<String> {
    let closed = |c: char| is_cyrillic(c) && !"аеиоуыэюяйьъ".contains(c);
    let (stems, sure) = first_forms(Lemmas::shipped(), exact);
    let own = stems.iter().any(|stem| stem == exact);
    (own || (!sure && exact.ends_with(closed))).then(|| exact.to_owned())
}

impl Lemmas<'_> {
    /// The terms of a folded word by this dictionary, to measure it.
    #[must_use]
    pub fn terms(&self, exact: &str) -> Vec<String> {
        stems_by(Some(self), exact)
    }
}

/// What Snowball alone makes of a folded word, to measure against it.
#[must_use]
pub fn stemmed(exact: &str) -> String {
    cut(exact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meet(left: &str, right: &str) -> bool {
        let right = stems(right);
        stems(left).iter().any(|stem| right.contains(stem))
    }

    #[test]
    fn the_first_form_meets_the_others() {
        for (left, right) in [
            ("петров", "петрова"),
            ("петров", "петровой"),
            ("белов", "беловым"),
            ("тютчев", "тютчева"),
            ("никитин", "никитиной"),
            ("солженицын", "солженицына"),
            ("монах", "монахов"),
            ("туман", "туманом"),
            ("роман", "романов"),
            ("визит", "визитом"),
            ("билет", "билетов"),
            ("храм", "храмами"),
        ] {
            assert!(meet(left, right), "{left} {right}");
        }
        assert!(!meet("белов", "белоусов"));
    }

    #[test]
    fn vowels_come_and_go() {
        for (left, right) in [
            ("русь", "руси"),
            ("летопись", "летописью"),
            ("день", "дня"),
            ("мать", "матери"),
            ("письмо", "писем"),
            ("лев", "льва"),
            ("сон", "сны"),
            ("тьма", "тьму"),
            ("конек", "коньком"),
            ("огонек", "огонька"),
            ("палец", "пальцев"),
            ("боец", "бойца"),
            ("кольцо", "колец"),
            ("песня", "песен"),
            ("сестра", "сестер"),
            ("сказка", "сказок"),
            ("чайка", "чаек"),
            ("церковь", "церкви"),
            ("чехов", "чеховым"),
            ("яйцо", "яиц"),
            ("утенок", "утят"),
            ("волчонка", "волчат"),
            ("человек", "людей"),
        ] {
            assert!(meet(left, right), "{left} {right}");
        }
    }

    #[test]
    fn forms_that_share_no_ending_meet() {
        for (left, right) in [
            ("идти", "шел"),
            ("ребенок", "детей"),
            ("хороший", "лучшие"),
            ("иванович", "ивановны"),
            ("писать", "пишет"),
            ("стали", "сталью"),
            ("стали", "станет"),
            ("мать", "матерями"),
            ("имя", "имен"),
        ] {
            assert!(meet(left, right), "{left} {right}");
        }
    }

    #[test]
    fn an_initial_is_nothing_but_itself() {
        for letter in ["ш", "т", "д"] {
            assert_eq!(stems(letter), [letter]);
        }
    }

    #[test]
    fn words_that_only_look_alike_stay_apart() {
        for (left, right) in [
            ("часть", "часто"),
            ("имени", "именно"),
            ("друга", "другого"),
            ("монах", "монета"),
        ] {
            assert!(!meet(left, right), "{left} {right}");
        }
    }

    #[test]
    fn forms_of_a_word_that_no_dictionary_has_meet() {
        for (left, right) in [
            ("кадырбаев", "кадырбаевой"),
            ("кадырбаева", "кадырбаевым"),
            ("хоббитания", "хоббитании"),
            ("бурундукология", "бурундукологии"),
            ("бымбурского", "бымбурскими"),
        ] {
            assert!(!is_known(left) && !is_known(right), "{left} {right}");
            assert!(meet(left, right), "{left} {right}");
        }
    }
}
