//! Учебник: RM-77. Subject, grades and the federal list, with the time it holds.

use jiff::civil::Date;

use super::super::BiblioRecord;
use super::Report;
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, today: Option<Date>, report: &mut Report) {
    let title: String = record
        .fields("200")
        .flat_map(|field| {
            field
                .subfields()
                .iter()
                .map(|s| s.value.to_lowercase() + " ")
        })
        .collect();
    let listed = record.fields("017").any(|field| {
        field
            .first('2')
            .is_some_and(|s| s.eq_ignore_ascii_case("fpu"))
    });
    let coded = record.first("105", 'a').and_then(|codes| codes.get(4..8));
    let textbook = title.contains("учебник") || coded.is_some_and(|codes| codes.contains('j'));
    let school = title.contains("класс") && !title.contains("рабочая тетрадь");
    let asked = listed || textbook && school;
    if !asked {
        return;
    }
    let subject = ["606", "610"]
        .iter()
        .any(|tag| record.first(tag, 'a').is_some());
    let mut missing = |place: &str, detail: &str| report.add(Rule::TextbookData, place, detail);
    if !subject {
        missing(
            "606",
            "У учебника не назван предмет: добавьте рубрику или ключевое слово",
        );
    }
    match grades(&title).as_slice() {
        [] => missing("200$e", "У учебника не назван класс: впишите «5 класс»"),
        found if found.iter().any(|grade| !(1..=11).contains(grade)) => {
            missing("200$e", "Классы школы – с 1 по 11: проверьте номер класса");
        }
        _ => {}
    }
    let cited = record.first("321", 'a').map(str::to_lowercase);
    if !listed {
        // Many a textbook of the fund stands in no list: only a list that is named needs a number.
        if cited.is_some_and(|text| text.contains("перечн") || text.contains("приказ"))
        {
            missing(
                "017",
                "Назван федеральный перечень, но не номер в нём: впишите номер",
            );
        }
        return;
    }
    match record.first("321", 'a').and_then(last_date) {
        None => missing(
            "321$a",
            "Не сказано, до какого дня действует перечень: впишите приказ и срок, «до 31.08.2027»",
        ),
        Some(until) if today.is_some_and(|today| until < today) => {
            let shown = until.strftime("%d.%m.%Y");
            let detail = format!("Срок по федеральному перечню истёк {shown}: сверьтесь с новым");
            report.add(Rule::TextbookListExpired, "321$a", detail);
        }
        Some(_) => {}
    }
}

/// The numbers that stand before the word «класс»: `7 класс`, `10–11 классы`.
fn grades(title: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for (at, _) in title.match_indices("класс") {
        let before =
            title[..at].trim_end_matches(|c: char| c.is_whitespace() || c == '-' || c == 'й');
        let tail: Vec<char> = before
            .chars()
            .rev()
            .take_while(|c| c.is_ascii_digit() || "-–,и ".contains(*c))
            .collect();
        let tail: String = tail.into_iter().rev().collect();
        let numbers = tail.split(|c: char| !c.is_ascii_digit());
        found.extend(numbers.filter_map(|number| number.parse::<u32>().ok()));
    }
    found
}

/// The last date `31.08.2027` in a text.
fn last_date(text: &str) -> Option<Date> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    words
        .filter_map(|word| date(word.trim_matches('.')))
        .next_back()
}

fn date(word: &str) -> Option<Date> {
    let mut parts = word.split('.');
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::super::super::sample;
    use super::super::tests::SOUND;
    use super::super::{check, check_on};

    const LIST: &[&str] = &[
        "017 70 $a1.1.2.5.1.7.2$2fpu",
        "321 ## $aПриказ № 858 от 21.09.2022, до 31.08.2027",
        "606 ## $aБиология$2local",
    ];

    fn codes(title: &str, lines: &[&str]) -> Vec<&'static str> {
        let mut all: Vec<&str> = SOUND
            .iter()
            .filter(|l| !l.starts_with("200"))
            .copied()
            .collect();
        all.push(title);
        all.extend(lines);
        let record = sample::record("00000nam0 2200000   450 ", &all);
        check(&record).iter().map(|f| f.rule.code()).collect()
    }

    #[test]
    fn a_school_textbook_names_subject_grades_and_its_place_in_the_list() {
        let title = "200 1# $aБиология$e7 класс$eучебник$fА. В. Лесников";
        assert_eq!(codes(title, LIST), Vec::<&str>::new());
        assert_eq!(codes(title, &LIST[..2]), ["textbook-data"]);
        assert_eq!(codes(title, &LIST[1..]), ["textbook-data"]);
        assert_eq!(codes(title, &LIST[2..]), Vec::<&str>::new());
        assert_eq!(codes(title, &[LIST[0], LIST[2]]), ["textbook-data"]);
        let twelfth = "200 1# $aБиология$e10–12 классы$eучебник$fА. В. Лесников";
        assert_eq!(codes(twelfth, LIST), ["textbook-data"]);
        let ungraded = "200 1# $aБиология$eучебник$fА. В. Лесников";
        assert_eq!(codes(ungraded, LIST), ["textbook-data"]);
        // A textbook for students is no school textbook.
        assert_eq!(codes(ungraded, &[]), Vec::<&str>::new());
    }

    #[test]
    fn an_expired_list_is_told_when_today_is_known() {
        let mut all = SOUND.to_vec();
        all.extend(LIST);
        all.retain(|line| !line.starts_with("200"));
        all.push("200 1# $aБиология$e7 класс$eучебник$fА. В. Лесников");
        let record = sample::record("00000nam0 2200000   450 ", &all);
        let on = |year| {
            let today = jiff::civil::date(year, 9, 1);
            let found = check_on(&record, today);
            found.iter().map(|f| f.rule.code()).collect::<Vec<_>>()
        };
        assert_eq!(on(2027), ["textbook-list-expired"]);
        assert_eq!(on(2026), Vec::<&str>::new());
    }
}
