//! Russian words in Latin letters: both scripts are reduced to one skeleton, whichever of the many
//! systems (ГОСТ 7.79, ISO 9, ICAO, ALA-LC, plain habit) was used.
//!
//! A skeleton is coarse on purpose; it only ever leads to words the index really has.

use unicode_normalization::UnicodeNormalization;

use super::{is_cyrillic, is_ignored, is_latin};

/// The skeletons a word may have: one for a Cyrillic word, up to three for a Latin one.
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
    fn mixed_words_and_numbers_have_no_skeleton() {
        assert!(skeletons("1984").is_empty());
        assert!(skeletons("aб").is_empty());
    }
}
