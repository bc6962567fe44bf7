//! Индексы: the shapes of УДК, ББК, ГРНТИ and ДКД, RM-67 … RM-69.
//!
//! Shapes only; whether a division exists in the tables is not known here.

use super::super::BiblioRecord;
use super::{Report, of_tag, values};
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, report: &mut Report) {
    for (place, value) in values(record, "675", 'a') {
        if !udc(value.trim()) {
            let detail = format!("Индекс УДК «{value}»: проверьте скобки, точки и знаки");
            report.add(Rule::UdcShape, place, detail);
        }
    }
    for (place, value) in values(record, "676", 'a') {
        if !decimal(value.trim(), &[3]) {
            let detail = format!("Индекс ДКД «{value}»: три цифры, затем точка и цифры");
            report.add(Rule::OtherClassShape, place, detail);
        }
    }
    for (place, field) in of_tag(record, "686") {
        let system = field.first('2').unwrap_or("").to_lowercase();
        let place = format!("{place}$a");
        for value in field.all('a').map(str::trim) {
            if system.starts_with("rubbk") && !bbk(value) {
                let detail =
                    format!("Индекс ББК «{value}»: проверьте скобки; два индекса – в двух полях");
                report.add(Rule::BbkShape, place.clone(), detail);
            } else if system == "rugasnti" && !gasnti(value) {
                let detail = format!("Рубрика ГРНТИ «{value}»: пары цифр через точку, 16.31.61");
                report.add(Rule::OtherClassShape, place.clone(), detail);
            }
        }
    }
}

/// Brackets and quotes closed in their order.
fn balanced(text: &str) -> bool {
    let mut open = Vec::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '(' => open.push(')'),
            '[' => open.push(']'),
            ')' | ']' if open.pop() != Some(c) => return false,
            '"' => quoted = !quoted,
            _ => {}
        }
    }
    open.is_empty() && !quoted
}

fn udc(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_digit());
    let fits = |c: char| c.is_alphanumeric() || " .:+/()=\"-–*[]'’,".contains(c);
    starts && text.chars().all(fits) && balanced(text) && !text.ends_with('.') && groups(text)
}

/// A point after every third digit of the main number.
fn groups(text: &str) -> bool {
    let main: String = text
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    let parts: Vec<&str> = main.trim_end_matches('.').split('.').collect();
    parts.iter().all(|part| part.len() <= 3)
}

/// Two digits, then decimals and divisions; scientific tables start with a Cyrillic capital.
fn bbk(text: &str) -> bool {
    let mut chars = text.chars();
    let (Some(first), Some(second)) = (chars.next(), chars.next()) else {
        return text.len() == 1 && text.chars().all(|c| c.is_ascii_digit());
    };
    let medium = first.is_ascii_digit() && (second.is_ascii_digit() || ".(я".contains(second));
    let scientific =
        ('А'..='Я').contains(&first) && (second.is_ascii_digit() || "(.я".contains(second));
    let fits = |c: char| c.is_alphanumeric() || " .:+/()=-–*'’,\"«»[]".contains(c);
    (medium || scientific)
        && text.chars().all(fits)
        && balanced(text)
        && !text.ends_with('.')
        && !outside_brackets(text).contains('+')
        && (scientific || is_main_number(text))
}

/// Two digits, then up to four groups of one to three after points, and nothing else before a division.
fn is_main_number(text: &str) -> bool {
    let main = text
        .find(|c: char| !c.is_ascii_digit() && !".,".contains(c))
        .map_or(text, |end| &text[..end]);
    let mut groups = main.split('.');
    let first = groups.next().unwrap_or_default();
    let sound =
        |group: &str| (1..=3).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_digit());
    (1..=2).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_digit())
        && groups.clone().count() <= 4
        && groups.all(sound)
}

fn outside_brackets(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            other if depth == 0 => kept.push(other),
            _ => {}
        }
    }
    kept
}

fn gasnti(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let digits = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    parts.len() <= 4
        && parts.iter().all(digits)
        && parts.iter().take(3).all(|part| part.len() == 2)
        && parts.get(3).is_none_or(|part| part.len() >= 2)
}

fn decimal(text: &str, lengths: &[usize]) -> bool {
    let (head, tail) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    lengths.contains(&head.len()) && digits(head) && digits(tail)
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;
    use super::*;

    #[test]
    fn class_marks_of_schools_are_valid() {
        for mark in [
            "84(2=411.2)6-44",
            "84(2Рос=Рус)6",
            "74.266.8",
            "22.1я721",
            "Ю9",
            "81.2Рус-922",
            "28",
            "8",
        ] {
            assert!(bbk(mark), "{mark}");
        }
        for mark in [
            "84(2",
            "74.2+88",
            "74.",
            "Лес",
            "75.1,0",
            "22.3.я72",
            "74.2004",
        ] {
            assert!(!bbk(mark), "{mark}");
        }
    }

    #[test]
    fn universal_decimal_marks_are_checked() {
        for mark in [
            "551.21(571.66)",
            "821.161.1-31",
            "027.8:37",
            "517.977",
            "94(47)\"19\"",
        ] {
            assert!(udc(mark), "{mark}");
        }
        for mark in ["551.", "(551", "5512.1", "Лес", "(075.3)"] {
            assert!(!udc(mark), "{mark}");
        }
    }

    #[test]
    fn shapes_are_reported() {
        assert_eq!(found("675 ## $a551."), ["udc-shape"]);
        assert_eq!(found("686 ## $a84(2$2rubbk"), ["bbk-shape"]);
        assert!(found("686 ## $a1.3$2rugasnti").contains(&"other-class-shape"));
        assert!(found("676 ## $a51").contains(&"other-class-shape"));
    }
}
