//! Russian words in Latin letters: both scripts are reduced to one skeleton, whichever of the many
//! systems (ГОСТ 7.79, ISO 9, ICAO, ALA-LC, plain habit) was used.
//!
//! A skeleton is coarse on purpose; it only ever leads to words the index really has.

use unicode_normalization::UnicodeNormalization;

use super::{is_cyrillic, is_ignored, is_latin};

/// Marks that stand for ь and ъ in Latin letters.
pub(crate) fn is_soft_mark(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '"' | '’' | '‘' | '´' | '\u{02B9}' | '\u{02BA}' | '\u{02BC}' | '′' | '″'
    )
}

/// A text whose Latin words have lost these marks; nothing when there are none.
pub(crate) fn without_soft_marks(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        if is_soft_mark(c)
            && (is_latin(before) || is_soft_mark(before) && plain.ends_with(is_latin))
        {
            before = c;
            continue;
        }
        plain.push(c);
        before = c;
    }
    (plain != text).then_some(plain)
}

/// The skeletons a word may have: one for a Cyrillic word, a few for a Latin one.
pub(crate) fn skeletons(shown: &str) -> Vec<String> {
    let lower: String = shown.nfc().flat_map(char::to_lowercase).collect();
    if lower.chars().all(is_cyrillic) {
        return vec![collapse(&lower.chars().map(cyrillic).collect::<String>())];
    }
    if !lower.chars().all(is_latin) {
        return Vec::new();
    }
    let mut readings = vec![latin(&lower)];
    if lower.contains('j') {
        readings.push(latin(&lower.replace('j', "zh")));
    }
    if lower.contains('x') {
        readings.push(latin(&lower.replace('x', "ks")));
    }
    readings.dedup();
    readings
}

/// The skeletons of a Latin word by the habits of other languages, for one that leads nowhere else.
pub(crate) fn foreign_skeletons(shown: &str) -> Vec<String> {
    let lower: String = shown.nfc().flat_map(char::to_lowercase).collect();
    let mut keys = Vec::new();
    for (signs, pairs) in HABITS {
        if signs.iter().any(|sign| lower.contains(sign)) {
            let plain = pairs
                .iter()
                .fold(lower.clone(), |text, (from, to)| text.replace(from, to));
            keys.push(latin(&voiced(&plain)));
            keys.push(latin(&plain));
        }
    }
    keys.push(latin(&voiced(&lower)));
    keys
}

/// A German s before a vowel, which is з at the beginning and after a voiced letter.
fn voiced(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let sounds = |c: char, more: &str| "aeiouyäöüj".contains(c) || more.contains(c);
    letters
        .iter()
        .enumerate()
        .map(|(at, c)| {
            let after = at == 0 || sounds(letters[at - 1], "lmnr");
            let before = letters.get(at + 1).is_some_and(|next| sounds(*next, ""));
            if *c == 's' && after && before {
                'z'
            } else {
                *c
            }
        })
        .collect()
}

/// How other languages write Russian words: what gives the habit away, and its letters in ours; the
/// stand-ins keep a finished group from being read again.
type Habit = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);
const HABITS: [Habit; 4] = [
    // German.
    (
        &["w", "sch", "ch", "z"],
        &[
            ("schtsch", "\u{2}"),
            ("tsch", "\u{1}"),
            ("sch", "sh"),
            ("ch", "kh"),
            ("z", "ts"),
            ("\u{1}", "ch"),
            ("\u{2}", "shch"),
        ],
    ),
    // German with sh for ж.
    (&["sh"], &[("sh", "zh")]),
    // Polish.
    (
        &["sz", "cz", "w", "ch", "ł", "ż"],
        &[
            ("ch", "kh"),
            ("szcz", "shch"),
            ("sz", "sh"),
            ("cz", "ch"),
            ("ł", "l"),
            ("ż", "zh"),
        ],
    ),
    // French.
    (
        &["ou", "ch", "io", "gu"],
        &[
            ("chtch", "\u{2}"),
            ("tch", "\u{1}"),
            ("ch", "sh"),
            ("iou", "iu"),
            ("ou", "u"),
            ("io", "e"),
            ("gu", "g"),
            ("\u{1}", "ch"),
            ("\u{2}", "shch"),
        ],
    ),
];

fn cyrillic(c: char) -> &'static str {
    match c {
        'а' => "a",
        'б' => "b",
        'в' => "v",
        'г' | 'ґ' => "g",
        'д' => "d",
        'е' | 'ё' | 'э' | 'ѣ' | 'є' => "e",
        'ж' => "J",
        'з' => "z",
        'и' | 'й' | 'ы' | 'і' | 'ї' | 'ѵ' => "i",
        'к' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' => "s",
        'т' => "t",
        'у' | 'ю' => "u",
        'ф' | 'ѳ' => "f",
        'х' => "h",
        'ц' => "C",
        'ч' => "Q",
        'ш' => "W",
        'щ' => "WQ",
        'я' => "ia",
        _ => "",
    }
}

/// Latin letter groups, longest first; each stands for what the Cyrillic table gives.
const GROUPS: [(&str, &str); 46] = [
    ("shch", "WQ"),
    ("šč", "WQ"),
    ("sch", "WQ"),
    ("shh", "WQ"),
    ("tch", "Q"),
    ("zh", "J"),
    ("kh", "h"),
    ("ts", "C"),
    ("tz", "C"),
    ("cz", "C"),
    ("ch", "Q"),
    ("sh", "W"),
    ("ck", "k"),
    ("ph", "f"),
    ("th", "t"),
    ("yu", "u"),
    ("iu", "u"),
    ("ju", "u"),
    ("ya", "ia"),
    ("ja", "ia"),
    ("yo", "e"),
    ("jo", "e"),
    ("ye", "e"),
    ("je", "e"),
    ("ž", "J"),
    ("č", "Q"),
    ("š", "W"),
    ("ŝ", "WQ"),
    ("â", "ia"),
    ("û", "u"),
    ("ë", "e"),
    ("è", "e"),
    ("c", "C"),
    ("j", "i"),
    ("y", "i"),
    ("w", "v"),
    ("x", "h"),
    ("q", "k"),
    ("h", "h"),
    ("a", "a"),
    ("e", "e"),
    ("i", "i"),
    ("o", "o"),
    ("u", "u"),
    ("ü", "u"),
    ("ö", "e"),
];

fn latin(lower: &str) -> String {
    let mut out = String::new();
    let mut rest = lower;
    while let Some(first) = rest.chars().next() {
        if let Some((group, key)) = GROUPS.iter().find(|(group, _)| rest.starts_with(group)) {
            out.push_str(key);
            rest = &rest[group.len()..];
        } else {
            out.extend(first.nfd().filter(|part| !is_ignored(*part)));
            rest = &rest[first.len_utf8()..];
        }
    }
    collapse(&out)
}

/// Evens out what systems differ in: щ as сч, ц as тс, ию, ие, and doubled letters.
fn collapse(raw: &str) -> String {
    let even = raw
        .replace("sQ", "WQ")
        .replace("tQ", "Q")
        .replace("ts", "C")
        .replace("iu", "u")
        .replace("ie", "e");
    let mut out = String::with_capacity(even.len());
    for c in even.chars() {
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_leads_to_the_russian_word() {
        for (latin, russian) in [
            ("arkhipelag", "архипелаг"),
            ("zaŝita", "защита"),
            ("lužina", "лужина"),
            ("zhivoe", "живое"),
            ("dyadya", "дядя"),
            ("solnechnoy", "солнечной"),
            ("ulitsy", "улицы"),
            ("bratskaia", "братская"),
            ("gvardiya", "гвардия"),
            ("vasutkino", "васюткино"),
            ("patriarha", "патриарха"),
            ("khozyaykam", "хозяйкам"),
            ("prikliucheniia", "приключения"),
            ("Dostoevsky", "достоевский"),
            ("Tchekhov", "чехов"),
            ("Tolstoy", "толстой"),
            ("Yesenin", "есенин"),
            ("jurnal", "журнал"),
            ("Maxim", "максим"),
            ("shchedrin", "щедрин"),
        ] {
            let keys = skeletons(latin);
            let wanted = skeletons(russian);
            assert!(
                wanted.iter().all(|key| keys.contains(key)),
                "{latin}: {keys:?} {wanted:?}"
            );
        }
    }

    #[test]
    fn habits_of_other_languages_lead_there_too() {
        for (latin, russian) in [
            ("puteschestwie", "путешествие"),
            ("kasza", "каша"),
            ("meszczjorskaja", "мещерская"),
            ("semlja", "земля"),
            ("Kiseliov", "киселев"),
            ("Tchoukovski", "чуковски"),
        ] {
            let keys = foreign_skeletons(latin);
            assert!(keys.contains(&skeletons(russian)[0]), "{latin}: {keys:?}");
        }
    }

    #[test]
    fn soft_marks_are_no_letters() {
        for (latin, plain) in [
            ("sud'ba", "sudba"),
            ("sudʹba cheloveka", "sudba cheloveka"),
            ("Arsen`ev", "Arsenev"),
            ("ob``yavlenie", "obyavlenie"),
        ] {
            assert_eq!(without_soft_marks(latin).as_deref(), Some(plain), "{latin}");
        }
        assert_eq!(without_soft_marks("«объявление»"), None);
    }

    #[test]
    fn mixed_words_and_numbers_have_no_skeleton() {
        assert!(skeletons("1984").is_empty());
        assert!(skeletons("aб").is_empty());
    }
}
