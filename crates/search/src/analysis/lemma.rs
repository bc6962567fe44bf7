//! The dictionary: of which words a form may be a form, and what a word it does not have is probably a form of.
//!
//! A file of three parts that stand in it as they are used, so that nothing is read or built at a start:
//! rules by number, forms with the number of their rules, endings (from the last letter on) with theirs.
//! `examples/lemmas.rs` writes it, `scripts/lemmas` says of what.

use std::sync::OnceLock;

use tantivy_fst::raw::Fst;

/// What the program brings along. Not under the licence of the program: see `LICENSE` beside it.
static SHIPPED: &[u8] = include_bytes!("../../../../data/lemmas/ru.lemmas");

/// How the file begins; another number is another layout.
const MARK: &[u8] = b"lemmas 1\n";

/// Shorter words are not guessed at.
const GUESSED: usize = 4;

/// Словарь начальных форм.
pub struct Lemmas<'a> {
    rules: Rules<'a>,
    forms: Fst<&'a [u8]>,
    endings: Fst<&'a [u8]>,
}

impl Lemmas<'static> {
    /// The dictionary that is part of the program.
    #[must_use]
    pub fn shipped() -> Option<&'static Self> {
        static READ: OnceLock<Option<Lemmas<'static>>> = OnceLock::new();
        READ.get_or_init(|| Lemmas::read(SHIPPED)).as_ref()
    }
}

impl<'a> Lemmas<'a> {
    /// A dictionary by its bytes, if they are one.
    #[must_use]
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MARK)?;
        let mut part = || {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
            let (part, after) = after.split_at_checked(length)?;
            rest = after;
            Some(part)
        };
        let rules = Rules(part()?);
        let forms = Fst::new(part()?).ok()?;
        let endings = Fst::new(part()?).ok()?;
        Some(Self {
            rules,
            forms,
            endings,
        })
    }

    /// The words of which this folded form is one, the likeliest first; none for a word that is not in the
    /// dictionary.
    pub(super) fn known(&self, exact: &str) -> Vec<String> {
        let number = self.forms.get(exact);
        number.map_or_else(Vec::new, |number| self.rules.applied(number.value(), exact))
    }

    /// Whether the dictionary has the form.
    pub(super) fn knows(&self, exact: &str) -> bool {
        self.forms.contains_key(exact)
    }

    /// What forms with such an ending are mostly forms of; none where nothing speaks for a guess.
    pub(super) fn guessed(&self, exact: &str) -> Vec<String> {
        let russian = exact.chars().all(|c| matches!(c, 'а'..='я'));
        if !russian || exact.chars().count() < GUESSED {
            return Vec::new();
        }
        self.ending(exact)
            .map_or_else(Vec::new, |number| self.rules.applied(number, exact))
    }

    /// The rules of the longest ending that is known and leaves something before it.
    fn ending(&self, exact: &str) -> Option<u64> {
        let mut node = self.endings.root();
        let (mut sum, mut longest) = (0, None);
        for (at, letter) in exact.char_indices().rev().filter(|(at, _)| *at > 0) {
            for byte in exact[at..at + letter.len_utf8()].bytes() {
                let Some(way) = node.find_input(byte) else {
                    return longest;
                };
                let step = node.transition(way);
                sum += step.out.value();
                node = self.endings.node(step.addr);
            }
            if node.is_final() {
                longest = Some(sum + node.final_output().value());
            }
        }
        longest
    }
}

/// Rules by number: how many there are, where each begins and the last ends, then the rules themselves.
/// One is any number of steps: letters to cut off, bytes to add, the bytes.
struct Rules<'a>(&'a [u8]);

impl<'a> Rules<'a> {
    fn applied(&self, number: u64, exact: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut steps = self.steps(number).unwrap_or_default();
        while let Some(([cut, length], after)) = steps.split_first_chunk::<2>() {
            let Some((added, after)) = after.split_at_checked(usize::from(*length)) else {
                break;
            };
            steps = after;
            let mut head = exact.chars();
            if *cut > 0 {
                head.nth_back(usize::from(*cut) - 1);
            }
            if let Ok(added) = std::str::from_utf8(added) {
                words.push(format!("{}{added}", head.as_str()));
            }
        }
        words
    }

    fn steps(&self, number: u64) -> Option<&'a [u8]> {
        let number = usize::try_from(number).ok()?;
        let count = self.place(0)?;
        let texts = self.0.get(4 * (count + 2)..)?;
        if number >= count {
            return None;
        }
        texts.get(self.place(number + 1)?..self.place(number + 2)?)
    }

    fn place(&self, at: usize) -> Option<usize> {
        let bytes = self.0.get(4 * at..)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::VERSION;

    #[test]
    fn another_dictionary_is_another_version() {
        let hash = SHIPPED
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let named = format!("{hash:016x}");
        assert!(VERSION.contains(&named), "{VERSION} has to name {named}");
    }

    #[test]
    fn the_likeliest_word_comes_first() {
        let lemmas = Lemmas::shipped().unwrap();
        assert_eq!(lemmas.known("стали"), ["стать", "сталь"]);
        assert_eq!(lemmas.known("чехов"), ["чехов", "чех"]);
        assert_eq!(lemmas.known("войною"), ["война"]);
        assert!(lemmas.known("войнаю").is_empty());
    }

    #[test]
    fn what_is_no_dictionary_is_not_read() {
        for bytes in [
            &SHIPPED[..20],
            &SHIPPED[1..],
            &SHIPPED[..SHIPPED.len() - 1],
            b"",
        ] {
            assert!(Lemmas::read(bytes).is_none());
        }
    }

    proptest::proptest! {
        #[test]
        fn any_word_is_looked_up(word in "\\PC{0,30}|[а-я]{0,12}") {
            let lemmas = Lemmas::shipped().unwrap();
            lemmas.known(&word);
            lemmas.guessed(&word);
        }
    }
}
