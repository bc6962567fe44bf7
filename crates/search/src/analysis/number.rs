//! Numbers however written: 12, XII, двенадцать, двенадцатый are one term, `#12`.
//!
//! Words from ноль to тысяча, one at a time; tens with a unit («двадцать один») are also their sum.

use std::collections::HashMap;
use std::sync::OnceLock;

/// The term of a number.
pub(crate) fn term(number: u32) -> String {
    format!("#{number}")
}

/// The number a word may stand for: digits, a Roman numeral in capitals, or a number word.
pub(crate) fn values(shown: &str, exact: &str) -> Option<u32> {
    spelt(exact).or_else(|| roman(shown))
}

/// The number of a folded word by itself: digits or a number word.
pub(crate) fn spelt(exact: &str) -> Option<u32> {
    digits(exact).or_else(|| forms().get(exact).copied())
}

/// The same for a word of a query, where Roman numerals come in any case.
pub(crate) fn asked(shown: &str, exact: &str) -> Option<u32> {
    values(shown, exact).or_else(|| roman(&shown.to_uppercase()))
}

/// What a word counts that begins with a number: «пятнадцатилетний» is 15 and «летний».
pub(crate) fn counted(exact: &str) -> Option<(u32, &str)> {
    const COUNTED: [&str; 7] = ["лет", "днев", "том", "этаж", "час", "мест", "недел"];
    let at = COUNTED.iter().filter_map(|thing| exact.find(thing));
    let (number, rest) = at
        .filter_map(|at| exact.split_at_checked(at))
        .find_map(|(number, rest)| Some((*forms().get(number)?, rest)))?;
    Some((number, rest))
}

/// The number that two words side by side make: «девяносто третий» is 93.
pub(crate) fn together(first: &str, second: &str) -> Option<u32> {
    // So begin двадцать, тридцать, сорок, пятьдесят, шестьдесят, восемьдесят, девяносто, сто.
    if !first.starts_with(['д', 'т', 'с', 'п', 'ш', 'в']) {
        return None;
    }
    let (tens, unit) = (*forms().get(first)?, *forms().get(second)?);
    let whole = (20..=100).contains(&tens) && tens % 10 == 0 && (1..=9).contains(&unit);
    whole.then(|| tens + unit)
}

fn digits(exact: &str) -> Option<u32> {
    let fits = exact.len() <= 4 && exact.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| exact.parse().ok()).flatten()
}

/// A canonical Roman numeral in capitals; Cyrillic look-alikes Х, І, С, М count beside a Latin letter,
/// and «ХХ» by itself.
pub(crate) fn roman(shown: &str) -> Option<u32> {
    if !shown.starts_with(['I', 'V', 'X', 'L', 'C', 'D', 'M', 'Х', 'І', 'С', 'М']) {
        return None;
    }
    if shown.chars().count() > 9 {
        return None;
    }
    let latin: String = shown
        .chars()
        .map(|c| match c {
            'Х' => 'X',
            'І' => 'I',
            'С' => 'C',
            'М' => 'M',
            other => other,
        })
        .collect();
    let tens = matches!(shown, "ХХ" | "ХХХ");
    let mixed =
        latin != shown && !tens && !shown.chars().any(|c| c.is_ascii_alphabetic() || c == 'І');
    let alone = shown.chars().count() == 1 && !matches!(shown, "I" | "V" | "X");
    if mixed || alone {
        return None;
    }
    let number = roman_value(&latin)?;
    (roman_text(number) == latin).then_some(number)
}

fn roman_value(text: &str) -> Option<u32> {
    let mut total = 0;
    let mut before = u32::MAX;
    for c in text.chars() {
        let value = ROMAN.iter().find(|(sign, _)| *sign == c.to_string())?.1;
        total += value;
        if before < value {
            total -= 2 * before;
        }
        before = value;
    }
    (total > 0).then_some(total)
}

fn roman_text(mut number: u32) -> String {
    let mut text = String::new();
    for (sign, value) in ROMAN {
        while number >= value {
            text.push_str(sign);
            number -= value;
        }
    }
    text
}

const ROMAN: [(&str, u32); 13] = [
    ("M", 1000),
    ("CM", 900),
    ("D", 500),
    ("CD", 400),
    ("C", 100),
    ("XC", 90),
    ("L", 50),
    ("XL", 40),
    ("X", 10),
    ("IX", 9),
    ("V", 5),
    ("IV", 4),
    ("I", 1),
];

/// Case forms that follow no pattern.
const CARDINALS: [(u32, &str); 16] = [
    (0, "ноль нуль нуля нолю нулю"),
    (1, "один одна одно одного одной одному одним одном одну"),
    (2, "два две двух двум двумя"),
    (3, "три трех трем тремя"),
    (4, "четыре четырех четырем четырьмя"),
    (5, "пять пяти пятью"),
    (6, "шесть шести шестью"),
    (7, "семь семи семью"),
    (8, "восемь восьми восемью"),
    (9, "девять девяти девятью"),
    (40, "сорок сорока"),
    (50, "пятьдесят пятидесяти"),
    (60, "шестьдесят шестидесяти"),
    (90, "девяносто девяноста"),
    (100, "сто ста"),
    (1000, "тысяча тысячи тысяче тысячу тысячей тысяч"),
];

/// Числительные на -ь: одиннадцать … тридцать; a soft sign, -и, -ью.
const SOFT: [(u32, &str); 12] = [
    (10, "десят"),
    (11, "одиннадцат"),
    (12, "двенадцат"),
    (13, "тринадцат"),
    (14, "четырнадцат"),
    (15, "пятнадцат"),
    (16, "шестнадцат"),
    (17, "семнадцат"),
    (18, "восемнадцат"),
    (19, "девятнадцат"),
    (20, "двадцат"),
    (30, "тридцат"),
];

/// Порядковые: the stem before the endings of a hard adjective.
const ORDINALS: [(u32, &str); 15] = [
    (1, "перв"),
    (2, "втор"),
    (4, "четверт"),
    (5, "пят"),
    (6, "шест"),
    (7, "седьм"),
    (8, "восьм"),
    (9, "девят"),
    (40, "сороков"),
    (50, "пятидесят"),
    (60, "шестидесят"),
    (70, "семидесят"),
    (80, "восьмидесят"),
    (90, "девяност"),
    (100, "сот"),
];

const ENDINGS: [&str; 12] = [
    "ый", "ой", "ая", "ое", "ые", "ого", "ому", "ым", "ом", "ую", "ых", "ыми",
];

const THIRD: &str =
    "третий третья третье третьи третьего третьему третьим третьем третью третьей третьих третьими";

fn forms() -> &'static HashMap<String, u32> {
    static FORMS: OnceLock<HashMap<String, u32>> = OnceLock::new();
    FORMS.get_or_init(|| {
        let mut forms = HashMap::new();
        let listed = CARDINALS.iter().copied().chain([(3, THIRD)]);
        for (number, words) in listed {
            forms.extend(words.split(' ').map(|word| (word.to_owned(), number)));
        }
        for (number, stem) in SOFT {
            forms.extend(["ь", "и", "ью"].map(|end| (format!("{stem}{end}"), number)));
        }
        for (number, word) in [(70, "семьдесят"), (80, "восемьдесят")] {
            forms.insert(word.to_owned(), number);
        }
        for (number, word) in [(70, "семидесяти"), (80, "восьмидесяти")] {
            forms.insert(word.to_owned(), number);
        }
        for (number, stem) in ORDINALS.iter().chain(&SOFT) {
            forms.extend(ENDINGS.map(|end| (format!("{stem}{end}"), *number)));
        }
        forms
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_spellings_are_one_number() {
        for (shown, exact) in [
            ("12", "12"),
            ("XII", "xii"),
            ("двенадцать", "двенадцать"),
            ("Двенадцатого", "двенадцатого"),
        ] {
            assert_eq!(values(shown, exact), Some(12), "{shown}");
        }
        assert_eq!(values("ХХ", "хх"), Some(20));
        assert_eq!(values("СС", "сс"), None);
        assert_eq!(values("XХ", "xx"), Some(20));
        assert_eq!(asked("iv", "iv"), Some(4));
    }

    #[test]
    fn numbers_inside_and_beside_words_count_too() {
        assert_eq!(counted("пятнадцатилетний"), Some((15, "летний")));
        assert_eq!(counted("двухтомник"), Some((2, "томник")));
        assert_eq!(counted("летний"), None);
        assert_eq!(counted("атом"), None);
        assert_eq!(together("девяносто", "третий"), Some(93));
        assert_eq!(together("двенадцать", "три"), None);
    }

    #[test]
    fn a_word_that_only_looks_like_a_number_is_none() {
        for word in ["IIII", "С", "семья", "mix", "", "МММММММММММ"] {
            assert_eq!(values(word, &word.to_lowercase()), None, "{word}");
        }
    }
}
