//! Кодированные данные: RM-38 … RM-45.
//!
//! Codes are compared after look-alike letters are folded; the record keeps what was typed.

use jiff::civil::Date;

use super::super::dictionary::{Dictionary, PositionDef, SubfieldDef};
use super::super::{BiblioRecord, Field};
use super::{Report, field_words, fold, placed, values};
use crate::rule::Rule;

/// Terminological codes and the bibliographic ones asked for instead.
const TERMINOLOGICAL: &[(&str, &str)] = &[
    ("deu", "ger"),
    ("fra", "fre"),
    ("zho", "chi"),
    ("ces", "cze"),
    ("kat", "geo"),
    ("hye", "arm"),
    ("nld", "dut"),
    ("ell", "gre"),
    ("isl", "ice"),
    ("mkd", "mac"),
    ("mya", "bur"),
    ("fas", "per"),
    ("ron", "rum"),
    ("slk", "slo"),
    ("sqi", "alb"),
    ("eus", "baq"),
    ("bod", "tib"),
    ("cym", "wel"),
    ("msa", "may"),
    ("mri", "mao"),
];

pub(super) fn check(record: &BiblioRecord, today: Option<Date>, report: &mut Report) {
    for (place, field) in placed(&record.fields) {
        let tag = field.tag.as_str();
        if tag.starts_with('1')
            && let Some(def) = Dictionary::rusmarc().field(tag)
        {
            for (code, known) in &def.subfields {
                for value in field.all(*code) {
                    positions(&format!("{place}${code}"), tag, known, value, report);
                }
            }
        }
    }
    look_alikes(record, report);
    if let Some(data) = record.first("100", 'a') {
        entry_date(data, today, report);
        date_type(data, report);
        same_year(record, data, report);
        language("100$a/22-24", &cut(data, 22, 24), report);
    }
    languages(record, report);
    for (place, value) in values(record, "102", 'a').chain(values(record, "801", 'a')) {
        country(&place, value, report);
    }
}

fn cut(data: &str, from: usize, to: usize) -> String {
    data.chars().skip(from).take(to + 1 - from).collect()
}

fn positions(place: &str, tag: &str, known: &SubfieldDef, value: &str, report: &mut Report) {
    let length = value.chars().count();
    if let Some(wanted) = known.length.filter(|wanted| *wanted != length) {
        let detail = format!(
            "Поле {}: знаков {length}, нужно {wanted}; заполните недостающие позиции",
            field_words(tag)
        );
        report.add(Rule::CodedLength, place, detail);
    }
    let value = fold(value);
    for (key, position) in &known.positions {
        if tag == "100" && matches!(key.as_ref(), "00-07" | "22-24") {
            continue;
        }
        let part = cut(&value, position.start, position.end);
        element(&format!("{place}/{key}"), tag, position, &part, report);
    }
    if !known.codes.is_empty() && !known.codes.contains_key(value.trim()) && value.trim() != "|" {
        let detail = format!("«{}»: кода «{value}» нет в формате", known.label);
        report.add(Rule::CodedValue, place, detail);
    }
}

/// One element: a code, or several side by side.
fn element(place: &str, tag: &str, position: &PositionDef, part: &str, report: &mut Report) {
    let width = position
        .code_length
        .unwrap_or(position.end + 1 - position.start)
        .max(1);
    let list = position
        .codelist
        .as_deref()
        .and_then(|list| Dictionary::rusmarc().codes(list));
    if position.codes.is_empty() && list.is_none() {
        return;
    }
    let chars: Vec<char> = part.chars().collect();
    let codes: Vec<String> = chars.chunks(width).map(|c| c.iter().collect()).collect();
    let blank = |code: &str| code.chars().all(|c| c == ' ');
    for code in &codes {
        let empty = code.chars().all(|c| match c {
            // The type of date must be said.
            ' ' => !(tag == "100" && position.start == 8),
            '|' => may_be_filled(tag, position.start),
            _ => false,
        });
        let listed = position.codes.contains_key(code.as_str())
            || list.is_some_and(|list| list.contains_key(code.as_str()));
        // How many bits a picture has is a number, not a code.
        let counted = tag == "135" && position.start == 5;
        let counted = counted && code.chars().all(|c| c.is_ascii_digit());
        if !empty && !listed && !counted {
            let detail = format!(
                "«{}»: кода «{code}» нет в формате, выберите из списка",
                position.label
            );
            report.add(Rule::CodedValue, place, detail);
        }
    }
    let gap = codes
        .windows(2)
        .any(|pair| blank(&pair[0]) && !blank(&pair[1]) && pair[1] != "|");
    let alone = |code: &&String| matches!(code.as_str(), "x" | "y");
    let company = codes.iter().filter(|code| !blank(code)).count() > 1;
    if codes.len() > 1 && (gap || company && codes.iter().any(|c| alone(&c)) && tag != "110") {
        let detail = format!(
            "«{}»: коды ставятся слева подряд, «не применяется» – один",
            position.label
        );
        report.add(Rule::CodedOrder, place, detail);
    }
}

/// Whether the fill character may stand here: everywhere but in the heart of 100 $a.
fn may_be_filled(tag: &str, start: usize) -> bool {
    tag != "100" || !matches!(start, 0..=8 | 21..=24 | 26..=29)
}

fn look_alikes(record: &BiblioRecord, report: &mut Report) {
    let coded = |field: &Field, code: char| {
        matches!(
            field.tag.as_str(),
            "101" | "102" | "100" | "105" | "106" | "110"
        ) || matches!(code, '2') && field.tag.as_str().starts_with('6')
            || field.tag.as_str() == "801" && matches!(code, 'a' | '2')
    };
    for (place, field) in placed(&record.fields) {
        for subfield in field.subfields().iter().filter(|s| coded(field, s.code)) {
            let folded = fold(&subfield.value);
            if !subfield.value.is_ascii() && folded.is_ascii() && !subfield.value.contains('¦') {
                let detail = format!(
                    "В коде «{}» русские буквы: наберите латиницей",
                    subfield.value
                );
                report.add(
                    Rule::LookAlikeLetters,
                    format!("{place}${}", subfield.code),
                    detail,
                );
            }
        }
    }
}

fn entry_date(data: &str, today: Option<Date>, report: &mut Report) {
    let number = |from, to| cut(data, from, to).parse::<i16>().ok();
    let date = number(0, 3).zip(number(4, 5)).zip(number(6, 7));
    let date = date.and_then(|((year, month), day)| {
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        Date::new(year, month, day).ok()
    });
    match (date, today) {
        (None, _) => {
            let detail = "Дата ввода записи – не дата: нужно ГГГГММДД";
            report.add(Rule::EntryDate, "100$a/00-07", detail);
        }
        (Some(date), Some(today)) if date > today => {
            let detail = "Дата ввода записи позже сегодняшнего дня: поставьте день ввода";
            report.add(Rule::EntryDate, "100$a/00-07", detail);
        }
        (Some(_), _) => {}
    }
}

/// RM-42: the type of date against the dates.
fn date_type(data: &str, report: &mut Report) {
    let data = fold(data);
    let kind = cut(&data, 8, 8);
    let (one, two) = (cut(&data, 9, 12), cut(&data, 13, 16));
    let empty = |date: &str| date.chars().all(|c| c == ' ' || c == '|');
    let known = |date: &str| !empty(date) && date.chars().all(|c| c.is_ascii_digit());
    let year = |date: &str| empty(date) || date.chars().all(|c| c.is_ascii_digit() || c == 'u');
    for (date, place) in [(&one, "100$a/09-12"), (&two, "100$a/13-16")] {
        if !year(date) {
            let detail = format!("«{date}» – не год: нужны четыре цифры, неизвестные заменяет u");
            report.add(Rule::DateType, place, detail);
            return;
        }
    }
    if kind == "a" && known(&two) && two != "9999" {
        let detail = "Издание продолжается: сотрите вторую дату или смените тип даты";
        report.add(Rule::OpenDate, "100$a/13-16", detail);
    }
    let said = match kind.as_str() {
        "d" if empty(&one) => "Для одной даты впишите первый год",
        "d" if !empty(&two) && one != two => {
            "Две даты не подходят к типу «издано в одном году»: сотрите вторую или смените тип"
        }
        "g" | "b" | "e" | "h" | "i" | "k" if empty(&one) || empty(&two) => {
            "Этот тип даты требует двух дат"
        }
        "f" if empty(&one) || empty(&two) => {
            "Для неточной даты впишите границы: с какого по какой год"
        }
        "j" if !month_and_day(&two) => "Для точной даты вторая дата – месяц и день, ММДД",
        "a" if empty(&one) => "Впишите год начала издания",
        _ => "",
    };
    if !said.is_empty() {
        report.add(Rule::DateType, "100$a/08-16", said);
    } else if !matches!(kind.as_str(), "j" | "e" | "h" | "k")
        && known(&one)
        && known(&two)
        && one > two
    {
        let detail = format!("Первая дата {one} позже второй {two}: поменяйте их местами");
        report.add(Rule::DateType, "100$a/09-16", detail);
    }
}

fn month_and_day(date: &str) -> bool {
    let number = |from, to| cut(date, from, to).parse::<u8>().unwrap_or(0);
    (1..=12).contains(&number(0, 1)) && (1..=31).contains(&number(2, 3))
}

fn same_year(record: &BiblioRecord, data: &str, report: &mut Report) {
    let year = cut(data, 9, 12);
    let is_year =
        |text: &str| text.chars().count() == 4 && text.chars().all(|c| c.is_ascii_digit());
    let Some(printed) = record.first("210", 'd') else {
        return;
    };
    let mut printed = printed
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| is_year(part));
    let first = printed.next();
    if let Some(first) = first.filter(|first| is_year(&year) && *first != year) {
        let detail = format!("В выходных данных {first}, в кодах {year}: исправьте одно из двух");
        report.add(Rule::YearDiffers, "100$a/09-12", detail);
    }
}

fn languages(record: &BiblioRecord, report: &mut Report) {
    for (place, field) in placed(&record.fields) {
        let tag = field.tag.as_str();
        for subfield in field.subfields() {
            if tag == "101" && subfield.code.is_ascii_alphabetic()
                || tag == "200" && subfield.code == 'z'
            {
                // The fill character leaves the element uncoded.
                if subfield.value.trim() != "|||" {
                    let place = format!("{place}${}", subfield.code);
                    language(&place, &subfield.value, report);
                }
            }
        }
    }
}

fn language(place: &str, code: &str, report: &mut Report) {
    let code = fold(code.trim());
    let listed = Dictionary::rusmarc()
        .code_name("languages", &code)
        .is_some();
    if listed {
        return;
    }
    match TERMINOLOGICAL.iter().find(|row| row.0 == code) {
        Some((_, instead)) => {
            let detail = format!("Код языка «{code}» – из другого списка: здесь пишут «{instead}»");
            report.add(Rule::LanguageCodeOther, place, detail);
        }
        None => {
            let detail = format!("Кода языка «{code}» нет в списке: выберите язык, русский – rus");
            report.add(Rule::LanguageCode, place, detail);
        }
    }
}

fn country(place: &str, code: &str, report: &mut Report) {
    let code = fold(code.trim());
    if Dictionary::rusmarc()
        .code_name("countries", &code)
        .is_none()
    {
        let detail = format!("Кода страны «{code}» нет в списке: две прописные буквы, Россия – RU");
        report.add(Rule::CountryCode, place, detail);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, found_in};

    fn general(data: &str) -> Vec<&'static str> {
        found(&format!("100 ## $a{data}"))
    }

    #[test]
    fn lengths_and_codes_are_held() {
        assert_eq!(general("20240115d2020       y0rusy50"), ["coded-length"]);
        assert_eq!(
            general("20240115d2020    9  y0rusy50      ca"),
            ["coded-value"]
        );
        assert_eq!(
            general("20240115q2020       y0rusy50      ca"),
            ["coded-value"]
        );
        assert_eq!(
            general("20240115d2020     a y0rusy50      ca"),
            ["coded-order"]
        );
        assert_eq!(found("105 ## $ayb  z   000yy"), ["coded-order"]);
        let picture = found("135 ## $adacaa024|||||");
        assert!(!picture.contains(&"coded-value"), "{picture:?}");
        let words = found("135 ## $adacaa02x|||||");
        assert!(words.contains(&"coded-value"), "{words:?}");
    }

    #[test]
    fn the_fill_character_stands_where_it_may() {
        assert_eq!(found("105 ## $ay   z   |||yy"), Vec::<&str>::new());
        assert_eq!(found("105 ## $a||||||||||||||"), ["coded-length"]);
        assert_eq!(found("105 ## $a|||||||||||||"), Vec::<&str>::new());
        let serial = found_in("00000nas0 2200000   450 ", &["105", "110 ## $aafa||||||||"]);
        assert!(!serial.contains(&"coded-value"), "{serial:?}");
        for (data, rule) in [
            ("20240115d2020    |||y|rusy50      ca", "coded-value"),
            ("20240115d2020    |||y0|||y50      ca", "language-code"),
            ("20240115d2020       y0rusy||||    ca", "coded-value"),
            ("20240115|2020       y0rusy50      ca", "coded-value"),
        ] {
            assert_eq!(general(data)[0], rule, "{data}");
        }
        assert_eq!(
            general("20240115d2020    ||||0rus|50  ||||||"),
            Vec::<&str>::new()
        );
        assert_eq!(found("101 0# $a|||"), Vec::<&str>::new());
    }

    #[test]
    fn dates_are_real_and_agree() {
        assert_eq!(
            general("20241315d2020       y0rusy50      ca"),
            ["entry-date"]
        );
        assert_eq!(
            general("20240115g2020       y0rusy50      ca"),
            ["date-type"]
        );
        assert_eq!(
            general("20240115d20x0       y0rusy50      ca"),
            ["date-type"]
        );
        assert_eq!(
            general("20240115a20202021   y0rusy50      ca"),
            ["open-date"]
        );
        assert_eq!(
            general("20240115a20209999   y0rusy50      ca"),
            Vec::<&str>::new()
        );
        assert_eq!(
            general("20240115g20202018   y0rusy50      ca"),
            ["date-type"]
        );
        assert_eq!(
            general("20240115d2019       y0rusy50      ca"),
            ["year-differs"]
        );
    }

    #[test]
    fn codes_of_languages_and_countries_are_listed() {
        assert_eq!(found("101 0# $aqqx"), ["language-code"]);
        assert_eq!(found("101 0# $adeu"), ["language-code-other"]);
        assert_eq!(found("102 ## $aru"), ["country-code"]);
        assert_eq!(
            found("101 0# $arуs"),
            ["look-alike-letters", "language-code"]
        );
        assert_eq!(
            general("20240115d2020       y0xxxy50      ca"),
            ["language-code"]
        );
    }
}
