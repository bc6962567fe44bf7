//! Identifiers and class marks, brought to one written form for index and query alike.
//!
//! A wrong check digit does not make a number worthless: books are printed with such numbers, so it
//! is kept and looked for as it stands; only a right ISBN-10 is written out as an ISBN-13.

use super::to_cyrillic;

/// The most digits a printed number has, wrong ones too.
const MAX_DIGITS: usize = 17;

/// Reads a whole text as an ISBN or ISSN: 8, 10 or 13 digits with any dashes and spaces, also after
/// the name («ISBN-13: …»). A letter for a digit (О, З, l) counts where the check digit then fits.
pub(crate) fn standard(text: &str) -> Option<String> {
    let number = plain(text)?;
    let fits = matches!(number.len(), 8 | 10 | 13);
    fits.then(|| kept(number))
}

/// The same of any length: a number misprinted in the book is looked for as it is printed.
pub(crate) fn printed(text: &str) -> Option<String> {
    plain(text).map(kept)
}

/// The form kept in the index of a number as it stands in a record, with whatever follows it.
pub(crate) fn recorded(value: &str) -> Option<String> {
    let number = value.split(['(', ';', ',']).next()?;
    printed(number)
}

/// `978550…*`: how a number begins, long enough to say something.
pub(crate) fn beginnings(text: &str) -> Option<[String; 2]> {
    let number = digits_of(unnamed(text.trim().trim_end_matches('*')))?;
    let fits = (6..=13).contains(&number.len()) && !number.contains('X');
    fits.then(|| [format!("978{number}"), number])
}

/// The ISBN and ISSN among other words, and the text that is left.
pub(crate) fn among(text: &str) -> (Vec<String>, String) {
    let (mut found, mut rest) = (Vec::new(), Vec::new());
    let chunks: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    while at < chunks.len() {
        // A number may be written with spaces: five groups at most, the longest reading first.
        let reading = (1..=5.min(chunks.len() - at)).rev().find_map(|length| {
            let run = chunks[at..at + length].join(" ");
            let bare = |c: char| !c.is_alphanumeric();
            let number = standard(run.trim_matches(bare))?;
            sure(&number, chunks[at]).then_some((number, length))
        });
        match reading {
            Some((number, length)) => {
                found.push(number);
                at += length;
            }
            None => {
                rest.push(chunks[at]);
                at += 1;
            }
        }
    }
    (found, rest.join(" "))
}

/// Whether a number among words is meant as one: its check digit fits; eight digits need a dash, or
/// they are two years.
fn sure(number: &str, first: &str) -> bool {
    let dashed = number.len() != 8 || first.contains(is_dash) || first.chars().any(is_letter);
    check_digit(number) && dashed
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic()
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn plain(text: &str) -> Option<String> {
    let shown: String = text.chars().filter(|c| !super::is_ignored(*c)).collect();
    let body = unnamed(shown.trim());
    let exact = digits_of(body);
    exact.or_else(|| digits_of(&misread(body)).filter(|number| check_digit(number)))
}

/// The text after «ISBN», «ISBN-13:» and the like.
fn unnamed(text: &str) -> &str {
    let names = ["isbn", "issn", "исбн"];
    let named = |name: &&str| {
        let (head, rest) = text.split_at_checked(name.len())?;
        (head.to_lowercase() == **name).then_some(rest)
    };
    let Some(rest) = names.iter().find_map(named) else {
        return text;
    };
    let size = ["-13", "-10", "13:", "10:"];
    let rest = rest.trim_start();
    let sized = size.iter().find_map(|size| rest.strip_prefix(size));
    sized.unwrap_or(rest)
}

/// Letters that are taken for digits by the eye.
fn misread(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'О' | 'о' | 'O' | 'o' => '0',
            'З' | 'з' => '3',
            'l' | 'I' | '|' => '1',
            other => other,
        })
        .collect()
}

fn digits_of(body: &str) -> Option<String> {
    let mut number = String::new();
    for c in body.trim_end_matches(['.', ',', ';']).chars() {
        match c {
            '0'..='9' => number.push(c),
            'X' | 'Х' | 'x' | 'х' => number.push('X'),
            c if is_dash(c) || c.is_whitespace() || c == ':' => {}
            _ => return None,
        }
    }
    let stray = number.chars().rev().skip(1).any(|c| c == 'X');
    let fits = (5..=MAX_DIGITS).contains(&number.len()) && !stray;
    fits.then_some(number)
}

fn kept(number: String) -> String {
    if check_digit(&number) {
        long_form(number)
    } else {
        number
    }
}

fn digits(number: &str) -> impl DoubleEndedIterator<Item = u32> + '_ {
    number.chars().map(|c| c.to_digit(10).unwrap_or(10))
}

fn check_digit(number: &str) -> bool {
    if !matches!(number.len(), 8 | 10 | 13) {
        return false;
    }
    if number.len() == 13 {
        return thirteen(number).is_multiple_of(10) && !number.ends_with('X');
    }
    let weighted = digits(number).rev().zip(1..).map(|(d, w)| d * w);
    weighted.sum::<u32>().is_multiple_of(11)
}

/// The sum with weights 1 and 3 in turn.
fn thirteen(number: &str) -> u32 {
    let weights = [1, 3].into_iter().cycle();
    digits(number).zip(weights).map(|(d, w)| d * w).sum()
}

/// ISBN-10 as ISBN-13, so that either finds the other.
fn long_form(number: String) -> String {
    if number.len() != 10 {
        return number;
    }
    let body = format!("978{}", &number[..9]);
    format!("{body}{}", (10 - thirteen(&body) % 10) % 10)
}

/// A class or shelf mark in its indexed form: no spaces, lower case, look-alikes Cyrillic.
pub(crate) fn mark(text: &str) -> String {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    to_cyrillic(&compact)
        .chars()
        .flat_map(char::to_lowercase)
        .map(|c| if c == 'ё' { 'е' } else { c })
        .take(64)
        .collect()
}

/// What stands before a mark of ББК and of УДК where the scheme is named, in the index as well.
pub(crate) const BBK: &str = "ббк:";
pub(crate) const UDK: &str = "удк:";

/// The mark without its scheme.
pub(crate) fn without_scheme(mark: &str) -> &str {
    [BBK, UDK]
        .iter()
        .find_map(|scheme| mark.strip_prefix(scheme))
        .unwrap_or(mark)
}

/// A whole text that looks like a class or shelf mark: digits first, then a point or a bracket, an
/// author sign («81 С57»), or up to three digits; also after the word ББК or УДК. Four digits
/// («1984») stay a word.
pub(crate) fn asked_mark(text: &str) -> Option<String> {
    let trimmed = text.trim().trim_end_matches('*').trim_end();
    let lower = trimmed.to_lowercase();
    let named = [("ббк", BBK), ("удк", UDK), ("шифр", "")]
        .iter()
        .find_map(|(name, scheme)| Some((*scheme, lower.strip_prefix(name)?)));
    let (scheme, body) = named.unwrap_or(("", &lower));
    let body = body.trim_start_matches([':', ' ']);
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let pointed = body.contains(['.', '(']) && !body.ends_with('.');
    let short = body.len() <= 3 && digits == body.len();
    let signed = digits <= 3
        && body
            .split_once(char::is_whitespace)
            .is_some_and(|(class, sign)| class.len() == digits && is_author_sign(sign));
    let whole = body.chars().all(is_of_mark) && body.len() <= 64;
    let marked = pointed || short || signed || (named.is_some() && !body.ends_with('.'));
    (digits > 0 && whole && marked).then(|| format!("{scheme}{}", mark(body)))
}

/// A mark among other words; only one that cannot be a number.
pub(crate) fn mark_among(chunk: &str) -> Option<String> {
    let bare = chunk.trim_end_matches(['.', ',', ';']);
    let pointed = bare.contains(['.', '(']) && !bare.contains([' ', '-']);
    let class = bare.chars().take_while(char::is_ascii_digit).count();
    ((1..=3).contains(&class) && pointed)
        .then(|| asked_mark(bare))
        .flatten()
}

/// «П12», «В 81»: авторский знак, the last part of a shelf mark.
pub(crate) fn is_author_sign(text: &str) -> bool {
    let trimmed = text.trim();
    let letters = trimmed.chars().take_while(|c| c.is_alphabetic()).count();
    let rest: String = trimmed.chars().skip(letters).collect();
    let digits = rest.trim_start().trim_end_matches(char::is_alphabetic);
    (1..=2).contains(&letters)
        && (1..=3).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
}

fn is_of_mark(c: char) -> bool {
    c.is_alphanumeric() || c.is_whitespace() || ".()[]=/:;+-–'\"«»,".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isbn_of_ten_is_one_of_thirteen() {
        let short = standard("ISBN 5-709-04320-6").unwrap();
        assert_eq!(short.len(), 13);
        assert_eq!(Some(short), recorded("5-709-04320-6 (в пер.)"));
        assert_eq!(standard("978–5050985118").as_deref(), Some("9785050985118"));
    }

    #[test]
    fn a_cyrillic_ha_is_a_check_digit() {
        assert_eq!(standard("0869-608х").as_deref(), Some("0869608X"));
        assert!(check_digit("01307673"));
    }

    #[test]
    fn words_and_broken_numbers_are_no_standard_numbers() {
        for text in [
            "",
            "1984",
            "война и мир",
            "X123456789",
            "12345678901234",
            "ISBN",
        ] {
            assert_eq!(standard(text), None, "{text}");
        }
        assert_eq!(standard("5-05-000018-5").as_deref(), Some("5050000185"));
    }

    #[test]
    fn a_number_is_read_as_it_is_written_down() {
        let wanted = standard("978-5-17-120442-6");
        assert!(wanted.is_some());
        for text in [
            "978-5-17-120442-6.",
            "ISBN-13: 978-5-17-120442-6",
            "isbn 978 5 17 120442 6",
            "9785171204426",
            "978\u{ad}5\u{ad}17\u{ad}120442\u{ad}6",
            "978517l2О4426",
        ] {
            assert_eq!(standard(text), wanted, "{text}");
        }
        assert_eq!(standard("О-кей, 12345"), None);
        assert_eq!(recorded("5-298-009999-9").as_deref(), Some("52980099999"));
        assert_eq!(standard("5-298-009999-9"), None);
    }

    #[test]
    fn numbers_are_picked_out_of_words() {
        let (found, rest) = among("Знамя 0130-1616, 978 5 17 120442 6 сторона");
        assert_eq!(found, ["01301616", "9785171204426"]);
        assert_eq!(rest, "Знамя сторона");
        assert_eq!(among("хроника 1917 1918 годов").0, [""; 0]);
        assert_eq!(
            beginnings("978517*").map(|b| b[1].clone()).as_deref(),
            Some("978517")
        );
    }

    #[test]
    fn class_marks_are_told_from_numbers() {
        assert_eq!(asked_mark("84(4Фра)").as_deref(), Some("84(4фра)"));
        assert_eq!(asked_mark("159.9").as_deref(), Some("159.9"));
        assert_eq!(asked_mark("ББК 22").as_deref(), Some("ббк:22"));
        assert_eq!(
            asked_mark("84 (2Рос=Рус)1 П12").as_deref(),
            Some("84(2рос=рус)1п12")
        );
        assert_eq!(asked_mark("81 С57").as_deref(), Some("81с57"));
        assert_eq!(asked_mark("84(4Фра)*").as_deref(), Some("84(4фра)"));
        assert_eq!(mark_among("22.161").as_deref(), Some("22.161"));
        assert_eq!(mark_among("12"), None);
        assert_eq!(asked_mark("1984"), None);
        assert_eq!(asked_mark("12 стульев"), None);
        assert_eq!(asked_mark("война"), None);
    }
}
