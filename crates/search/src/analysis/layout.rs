//! The wrong keyboard layout: what the same keys give on the other one.
//!
//! Works on the raw text, before words are cut, since `[ ] ; ' , .` are letters on the Russian
//! layout. Whether a swap makes sense is decided where the vocabulary is known.

use super::{is_cyrillic, is_latin};

const LATIN: &str = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~";
const RUSSIAN: &str = "йцукенгшщзхъфывапролджэячсмитьбюёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ";

/// The text as typed with the other layout, if all its letters are of one script.
pub(crate) fn swapped(text: &str) -> Option<String> {
    let latin = text.chars().any(is_latin);
    let cyrillic = text.chars().any(is_cyrillic);
    match (latin, cyrillic) {
        (true, false) => Some(exchange(text, LATIN, RUSSIAN)),
        (false, true) => Some(exchange(text, RUSSIAN, LATIN)),
        (true, true) | (false, false) => None,
    }
}

fn exchange(text: &str, from: &str, to: &str) -> String {
    text.chars()
        .map(|c| {
            let at = from.chars().position(|other| other == c);
            at.and_then(|at| to.chars().nth(at)).unwrap_or(c)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_and_never_a_mixed_text() {
        assert_eq!(swapped("xt[jd").as_deref(), Some("чехов"));
        assert_eq!(swapped(",ekufrjd").as_deref(), Some("булгаков"));
        assert_eq!(swapped("фтшьфд афкь").as_deref(), Some("animal farm"));
        assert_eq!(swapped("Чехов A"), None);
        assert_eq!(swapped("1984"), None);
    }

    #[test]
    fn the_two_rows_have_the_same_length() {
        assert_eq!(LATIN.chars().count(), RUSSIAN.chars().count());
    }
}
