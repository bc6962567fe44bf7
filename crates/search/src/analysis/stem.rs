//! The terms under which a word is kept: what all its forms have in common.
//!
//! Snowball cuts by endings alone and takes «монах» for a form of «мон», «Белов» for one of «бел».
//! A word that ends in a consonant may well be its own base, so it is kept under both. Fleeting
//! vowels (отец, отца) and the few nouns that change their base (мать, день) are evened out here.

use std::sync::OnceLock;

use frostem::{Algorithm, Stemmer};

use super::is_cyrillic;

/// Nouns whose forms share no beginning that a rule could cut out: the base, then the forms.
const IRREGULAR: [(&str, &str); 27] = [
    ("дн", "день днем дней дням днями днях"),
    ("пн", "пень пнем пней пням пнями пнях"),
    ("сн", "сон сном снов снам снами снах"),
    ("льв", "лев львом львов львам львами львах"),
    ("льд", "лед льдом льдов льдам льдами льдах"),
    ("лб", "лоб лбом лбов лбам лбами лбах"),
    ("рт", "рот ртом ртов ртам ртами ртах"),
    ("мх", "мох мхом мхов мхам мхами мхах"),
    ("пс", "пес псом псов псам псами псах"),
    ("рж", "рожь рожью"),
    ("лж", "ложь ложью"),
    ("тьм", "тьмой тьмою"),
    ("матер", "мать"),
    ("дочер", "дочь дочерьми"),
    ("имен", "имя"),
    ("времен", "время"),
    ("племен", "племя"),
    ("знамен", "знамя"),
    ("пламен", "пламя"),
    ("друг", "друзья друзей друзьям друзьями друзьях"),
    ("сын", "сыновья сыновей сыновьям сыновьями сыновьях"),
    ("писм", "писем"),
    ("судб", "судеб"),
    ("свадб", "свадеб"),
    ("зайц", "заяц"),
    ("яйц", "яиц"),
    ("человек", "люди людей людям людьми людях"),
];

const VOWELS: &str = "аеиоуыэюя";

/// The stem of a folded word; phrases and whole titles go by this one.
pub(crate) fn stem(exact: &str) -> String {
    static STEMMERS: OnceLock<(Stemmer, Stemmer)> = OnceLock::new();
    let (russian, english) = STEMMERS.get_or_init(|| {
        (
            Stemmer::new(Algorithm::Russian),
            Stemmer::new(Algorithm::English),
        )
    });
    if exact.chars().any(is_cyrillic) {
        irregular(exact)
            .or_else(|| of_one_syllable(exact))
            .unwrap_or_else(|| evened(&russian.stem(exact), exact))
    } else if exact.bytes().all(|b| b.is_ascii_lowercase()) {
        english.stem(exact).into_owned()
    } else {
        exact.to_owned()
    }
}

/// What the endings of a word are put to when the word itself is the first form: `монах` of монаха,
/// `белов` of Белова; nothing for a word that does not end in a consonant.
pub(crate) fn base(exact: &str) -> Option<String> {
    if irregular(exact).is_some() {
        return None;
    }
    let closed = |c: char| is_cyrillic(c) && !VOWELS.contains(c) && !"йьъ".contains(c);
    if exact.ends_with(closed) {
        return Some(evened(exact, exact));
    }
    // «Русь», «летопись»: taken for a reflexive verb.
    let noun = exact.strip_suffix('ь')?;
    noun.ends_with('с').then(|| evened(noun, exact))
}

/// All stems of a folded word, the one for phrases first.
pub(crate) fn stems(exact: &str) -> Vec<String> {
    let mut stems = vec![stem(exact)];
    stems.extend(base(exact).filter(|base| *base != stems[0]));
    stems.extend(young(exact));
    stems
}

/// «утёнок» and «утята», «волчонок» and «волчата»: one word whose number changes the suffix.
fn young(exact: &str) -> Option<String> {
    let endings = ["", "а", "у", "е", "ом"];
    let one = endings
        .iter()
        .filter_map(|ending| exact.strip_suffix(ending))
        .find_map(|body| {
            body.strip_suffix("онок")
                .or_else(|| body.strip_suffix("онк"))
                .map(|root| (root, "ат"))
                .or_else(|| {
                    let root = body
                        .strip_suffix("енок")
                        .or_else(|| body.strip_suffix("енк"));
                    root.map(|root| (root, "ят"))
                })
        })?;
    let (root, many) = one;
    let hushing = many == "ят" || root.ends_with(['ч', 'ш', 'ж']);
    (hushing && root.chars().count() >= 2).then(|| format!("{root}{many}"))
}

fn irregular(exact: &str) -> Option<String> {
    static FORMS: OnceLock<std::collections::HashMap<&str, &str>> = OnceLock::new();
    let forms = FORMS.get_or_init(|| {
        let listed = IRREGULAR.iter();
        listed
            .flat_map(|(base, forms)| forms.split(' ').map(move |form| (form, *base)))
            .collect()
    });
    forms.get(exact).map(|base| evened(base, exact))
}

/// «дня», «сны», «тьмы»: too short for Snowball, which cuts nothing off the only syllable.
fn of_one_syllable(exact: &str) -> Option<String> {
    let mut vowels = exact.char_indices().filter(|(_, c)| VOWELS.contains(*c));
    let (at, vowel) = vowels.next()?;
    let last = at + vowel.len_utf8() == exact.len();
    let long = exact[..at].chars().count() >= 2;
    (last && long).then(|| evened(&exact[..at], exact))
}

/// A stem without the vowel or the soft sign that other case forms drop: любов(ь) and любв(и), отец and
/// отц(а), боец and бойц(а), конек and коньк(а).
fn evened(stem: &str, exact: &str) -> String {
    let mut ends = stem.char_indices().rev();
    let (Some((last_at, last)), Some((at, inner)), Some((_, before))) =
        (ends.next(), ends.next(), ends.next())
    else {
        return stem.to_owned();
    };
    let (head, tail) = (&stem[..at], &stem[last_at..]);
    let fleeting = matches!(inner, 'о' | 'е') && is_cyrillic(before);
    let after_vowel = VOWELS.contains(before);
    // «Чехов» keeps its vowel, «любовь» does not.
    let drops = "клнрц".contains(last) || (last == 'в' && exact.ends_with("овь"));
    if fleeting && !after_vowel && ends.next().is_some() && drops {
        return format!("{}{tail}", head.trim_end_matches('ь'));
    }
    if inner == 'е' && after_vowel && matches!(last, 'ц' | 'к') {
        return format!("{head}й{tail}");
    }
    if inner == 'ь' && "клнрцмбг".contains(last) {
        return format!("{head}{tail}");
    }
    stem.to_owned()
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
}
