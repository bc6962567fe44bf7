//! `fond bench recall`: how many forms of a word meet in search, and how many that are of other words.
//!
//! The pairs are drawn by `scripts/lemmas --recall`, which needs dictionaries that are not part of the program; it
//! makes the dictionary without a fifth of all words too, so that unknown words are measured.

use std::fmt::Write as _;

use ::search::{Lemmas, stemmed};

/// Of ten thousand pairs of forms so many have to meet.
const WANTED: u64 = 9_550;

/// Whose pair it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Two forms of one word.
    Form,
    /// The same, of a word that was held out of the second dictionary.
    Held,
    /// Forms of two words that begin alike.
    Other,
}

struct Pair<'a> {
    kind: Kind,
    left: &'a str,
    right: &'a str,
}

/// The table and whether every dictionary brings enough together; or the line that is no pair.
pub(super) fn run(pairs: &str, other: Option<&[u8]>) -> Result<(String, bool), String> {
    let pairs = read(pairs)?;
    let shipped = Lemmas::shipped().ok_or("Словарь, вложенный в программу, не читается.")?;
    let held = other.map(|bytes| Lemmas::read(bytes).ok_or("Это не словарь."));
    let held = held.transpose()?;
    let mut table = String::from(
        "| | forms of a word that meet, % | of the words held out, % | other words that meet, % | terms a word, % |\n|---|---|---|---|---|\n",
    );
    let dictionary = Tally::of(&pairs, |word| shipped.terms(word));
    let mut enough = dictionary.is_enough();
    let mut rows = vec![
        ("Snowball", Tally::of(&pairs, |word| vec![stemmed(word)])),
        ("the dictionary", dictionary),
    ];
    if let Some(held) = &held {
        let tally = Tally::of(&pairs, |word| held.terms(word));
        enough &= tally.is_enough();
        rows.push(("without a fifth of its words", tally));
    }
    for (name, tally) in rows {
        let all = percent(tally.forms.0 + tally.held.0, tally.forms.1 + tally.held.1);
        let (unknown, others) = (
            percent(tally.held.0, tally.held.1),
            percent(tally.others.0, tally.others.1),
        );
        let terms = percent(tally.terms, 2 * tally.pairs());
        // Writing into a string does not fail.
        let _ = writeln!(table, "| {name} | {all} | {unknown} | {others} | {terms} |");
    }
    Ok((table, enough))
}

fn read(text: &str) -> Result<Vec<Pair<'_>>, String> {
    let pairs = text.lines().map(|line| {
        let mut columns = line.split('\t');
        let (kind, left, right) = (columns.next(), columns.next(), columns.next());
        let kind = match kind {
            Some("form") => Some(Kind::Form),
            Some("held") => Some(Kind::Held),
            Some("other") => Some(Kind::Other),
            Some(_) | None => None,
        };
        let pair = kind.zip(left).zip(right);
        pair.map(|((kind, left), right)| Pair { kind, left, right })
            .ok_or_else(|| format!("Не пара: «{line}»."))
    });
    pairs.collect()
}

/// How many of how many meet.
#[derive(Default)]
struct Tally {
    forms: (u64, u64),
    held: (u64, u64),
    others: (u64, u64),
    terms: u64,
}

impl Tally {
    fn of(pairs: &[Pair<'_>], terms: impl Fn(&str) -> Vec<String>) -> Self {
        let mut tally = Self::default();
        for pair in pairs {
            let (left, right) = (terms(pair.left), terms(pair.right));
            tally.terms += (left.len() + right.len()) as u64;
            let of = match pair.kind {
                Kind::Form => &mut tally.forms,
                Kind::Held => &mut tally.held,
                Kind::Other => &mut tally.others,
            };
            of.0 += u64::from(left.iter().any(|term| right.contains(term)));
            of.1 += 1;
        }
        tally
    }

    fn pairs(&self) -> u64 {
        self.forms.1 + self.held.1 + self.others.1
    }

    fn is_enough(&self) -> bool {
        let (met, all) = (self.forms.0 + self.held.0, self.forms.1 + self.held.1);
        met * 10_000 >= all * WANTED
    }
}

/// A share in percent with two digits.
fn percent(part: u64, whole: u64) -> String {
    let share = (part * 10_000).checked_div(whole).unwrap_or_default();
    format!("{}.{:02}", share / 100, share % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_forms_that_meet_are_told() {
        let (table, enough) = run("form\tвойны\tвойною\nother\tмонах\tмонета\n", None).unwrap();
        assert!(enough, "{table}");
        assert!(
            table.contains("| the dictionary | 100.00 | 0.00 | 0.00 | 125.00 |"),
            "{table}"
        );
        let (table, enough) = run("form\tвойны\tвойною\nheld\tмонах\tмонета\n", None).unwrap();
        assert!(!enough, "{table}");
        assert!(run("form\tвойны\n", None).is_err());
        assert!(run("", Some(b"lemmas 2\n")).is_err());
    }
}
