//! Знаки описания: what happens to a value on its way to print.
//!
//! Nothing here knows a tag.

use super::super::Field;

/// Subfields joined by the signs that stand before them; the first one printed gets none.
pub(super) fn compose<'v>(parts: impl Iterator<Item = (&'v str, String)>) -> String {
    let mut line = String::new();
    for (sign, value) in parts.filter(|(_, value)| !value.is_empty()) {
        if !line.is_empty() {
            line = joined(line, sign);
        }
        line.push_str(&value);
    }
    line
}

/// A line ready for the next element: a point typed at its end neither doubles nor stands before
/// another sign, unless it ends an abbreviation.
fn joined(mut line: String, sign: &str) -> String {
    if line.ends_with('.') && sign.starts_with('.') {
        line.push_str(&sign[1..]);
        return line;
    }
    if sign.starts_with(' ') && ends_a_sentence(&line) {
        line.pop();
    }
    line.push_str(sign);
    line
}

/// Whether the last point ends a sentence: Russian abbreviations break off at a consonant.
pub(super) fn ends_a_sentence(line: &str) -> bool {
    let Some(before) = line.strip_suffix('.').filter(|text| !text.ends_with('.')) else {
        return false;
    };
    if before.ends_with([']', ')']) {
        return true;
    }
    let word = before.rsplit([' ', '.', '-']).next().unwrap_or_default();
    if !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    let small = |c: char| c.is_lowercase();
    let whole = word.chars().count() >= 3 && word.chars().skip(1).all(small);
    whole && word.ends_with(['а', 'е', 'и', 'о', 'у', 'ы', 'э', 'ю', 'я', 'ё', 'ь', 'й'])
}

/// The same, when every subfield has one sign of a table; codes out of the table are not printed.
pub(super) fn by_signs(field: &Field, signs: &'static [(char, &'static str)]) -> String {
    compose(field.subfields().iter().filter_map(|subfield| {
        let sign = signs.iter().find(|row| row.0 == subfield.code)?.1;
        Some((sign, clean(&subfield.value)))
    }))
}

/// A value without non-sorting marks, outer spaces and punctuation typed for the next element.
pub(super) fn clean(value: &str) -> String {
    let bare: String = value
        .chars()
        .filter(|c| !matches!(c, '\u{98}' | '\u{9c}'))
        .collect();
    let mut value = bare.trim();
    // A comma is never the last sign of an element.
    value = value.trim_end_matches(',').trim_end();
    for sign in [" /", " :", " ;", " =", " ,", ". –", ". -", ". —"] {
        if let Some(rest) = value.strip_suffix(sign) {
            value = rest.trim_end();
        }
    }
    value.to_owned()
}

/// A title without a general material designation typed into it.
pub(super) fn clean_title(value: &str) -> String {
    let value = clean(value);
    let marks = [
        "[Текст]",
        "[Электронный ресурс]",
        "[Звукозапись]",
        "[Карты]",
        "[Ноты]",
    ];
    let mark = marks.iter().find_map(|mark| value.strip_suffix(mark));
    mark.map_or(value.clone(), |rest| rest.trim_end().to_owned())
}

/// Ranges with an en dash: `2019-2021` and `С. 12-18`; an open date ends with a spaced dash.
pub(super) fn ranges(value: &str) -> String {
    let chars: Vec<char> = clean(value).chars().collect();
    let digit = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(char::is_ascii_digit)
    };
    let mut line = String::new();
    for (at, c) in chars.iter().enumerate() {
        if *c != '-' && *c != '–' {
            line.push(*c);
        } else if at + 1 == chars.len() && at > 0 {
            line.truncate(line.trim_end().len());
            line.push_str(" – ");
        } else if digit(at.checked_sub(1)) && digit(Some(at + 1)) {
            line.push('–');
        } else {
            line.push(*c);
        }
    }
    line
}

/// Places written out in full, brackets kept: `[М.]` gives `[Москва]`.
pub(super) fn place(value: &str) -> String {
    let value = clean(value);
    let name = value.trim_start_matches('[').trim_end_matches(']').trim();
    let full = match name {
        "М." | "M." | "М" => "Москва",
        "СПб." | "СПб" | "С.-Пб." | "С.-Петербург" | "СПБ." => {
            "Санкт-Петербург"
        }
        "Л." | "Л" => "Ленинград",
        "Н. Новгород" => "Нижний Новгород",
        "Ростов н/Д" | "Ростов н/Д." | "Ростов-н/Д" => "Ростов-на-Дону",
        "К." => "Киев",
        _ => return value,
    };
    value.replacen(name, full, 1)
}

/// The first letter raised.
pub(super) fn capital(value: &str) -> String {
    let mut chars = value.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// The word for a part written out: `Т. 2` gives `Том 2`.
pub(super) fn written_out(value: &str) -> String {
    let words = [
        ("Т.", "Том"),
        ("Ч.", "Часть"),
        ("Кн.", "Книга"),
        ("Вып.", "Выпуск"),
    ];
    let value = clean(value);
    for (short, full) in words {
        if let Some(rest) = value.strip_prefix(short) {
            return format!("{full} {}", rest.trim_start());
        }
    }
    value
}

/// Whether a title only says which part it is: `Ч. 1`, `Том 2`, `Вып. 12`.
pub(super) fn is_designation(value: &str) -> bool {
    let value = clean(value).to_lowercase();
    let words = ["т", "том", "ч", "часть", "кн", "книга", "вып", "выпуск"];
    let (word, number) = value
        .split_once('.')
        .or_else(|| value.split_once(' '))
        .unwrap_or((&value, ""));
    let number = number.trim();
    let counted = |c: char| c.is_ascii_digit() || "ivxlc-–,./ ".contains(c);
    words.contains(&word.trim()) && !number.is_empty() && number.chars().all(counted)
}

/// A date of a record shown as people write it: `20240901` gives `01.09.2024`.
pub(super) fn date(value: &str) -> String {
    let digits: Vec<char> = value.chars().take(8).collect();
    if digits.len() == 8 && digits.iter().all(char::is_ascii_digit) {
        let part = |from: usize, to: usize| digits[from..to].iter().collect::<String>();
        format!("{}.{}.{}", part(6, 8), part(4, 6), part(0, 4))
    } else {
        value.trim().to_owned()
    }
}

/// The text closed by one full stop.
pub(super) fn full_stop(text: &str) -> String {
    if text.is_empty() || text.ends_with('.') || text.ends_with('…') {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_between_digits_become_dashes_and_open_dates_stay_open() {
        assert_eq!(ranges("2019-2021"), "2019–2021");
        assert_eq!(ranges("2005, № 1-"), "2005, № 1 – ");
        assert_eq!(ranges("CD-ROM"), "CD-ROM");
    }

    #[test]
    fn a_point_typed_before_a_sign_is_neither_doubled_nor_kept() {
        let parts =
            |first: &str, sign| compose([("", first.to_owned()), (sign, "x".into())].into_iter());
        assert_eq!(parts("Модная книга.", ". "), "Модная книга. x");
        assert_eq!(parts("Лесная школа.", " : "), "Лесная школа : x");
        assert_eq!(parts("Часть 1.", " : "), "Часть 1 : x");
        assert_eq!(parts("А. Ильин [и др.].", " ; "), "А. Ильин [и др.] ; x");
        assert_eq!(parts("Сб.", " / "), "Сб. / x");
        assert_eq!(parts("Лермонтов М. Ю.", " / "), "Лермонтов М. Ю. / x");
        assert_eq!(parts("Продолжение...", " / "), "Продолжение... / x");
        assert_eq!(clean("у Н. Новикова,"), "у Н. Новикова");
    }

    #[test]
    fn places_are_written_out_inside_their_brackets() {
        assert_eq!(place("[М.]"), "[Москва]");
        assert_eq!(place("СПб."), "Санкт-Петербург");
        assert_eq!(place("Уфа"), "Уфа");
    }

    #[test]
    fn a_number_of_a_part_is_told_from_a_title() {
        assert!(is_designation("Ч. 1"));
        assert!(is_designation("Том II"));
        assert!(!is_designation("Т. Мор"));
        assert!(!is_designation("Рассказы"));
    }
}
