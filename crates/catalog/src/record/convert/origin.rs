//! Язык, страна, учреждение: 100–102 and 801 of RUSMARC against 008, 040, 041, 044 of MARC 21.

use super::super::{BiblioRecord, Indicators, Subfield};
use super::reading::Reading;
use super::table;
use super::{BLANK, Draft, coded};

/// Codes, languages, countries and agencies of a MARC 21 record.
pub(super) fn inward(record: &BiblioRecord, level: char, draft: &mut Draft) {
    codes(record, level, draft);
    agencies(record, draft);
}

/// Languages, countries and agencies of a RUSMARC record.
pub(super) fn outward(record: &BiblioRecord, draft: &mut Draft) {
    languages_out(record, draft);
    countries_out(record, draft);
    agencies_out(record, draft);
}

fn codes(record: &BiblioRecord, level: char, draft: &mut Draft) {
    let data = record.control("008").unwrap_or("");
    let catalogued = record.first("040", 'b').unwrap_or("rus").trim();
    let general = coded::general(data, level, catalogued);
    draft.data("100", BLANK, vec![Subfield::new('a', general)]);
    languages(record, data, draft);
    countries(record, data, draft);
    match (record.leader.at(6), level) {
        ('a' | 't', 'm') if !data.is_empty() => {
            draft.data("105", BLANK, vec![Subfield::new('a', coded::book(data))]);
        }
        ('a', 's') if !data.is_empty() => {
            draft.data("110", BLANK, vec![Subfield::new('a', coded::serial(data))]);
        }
        _ => {}
    }
}

fn languages(record: &BiblioRecord, data: &str, draft: &mut Draft) {
    let fixed: String = data.chars().skip(35).take(3).collect();
    let spoken = record.field("041");
    let mut languages = Vec::new();
    for field in record.fields("041") {
        let reading = Reading::of(field);
        for (theirs, ours) in [
            ('a', 'a'),
            ('k', 'b'),
            ('h', 'c'),
            ('b', 'd'),
            ('f', 'e'),
            ('e', 'h'),
            ('j', 'j'),
        ] {
            for value in reading.all(theirs) {
                let codes = apart(value);
                languages.extend(codes.into_iter().map(|code| Subfield::new(ours, code)));
            }
        }
        draft.rest(&reading);
    }
    if languages.is_empty() && fixed.trim().len() == 3 && fixed != "|||" {
        languages.push(Subfield::new('a', fixed));
    }
    let first = match spoken.map(|field| field.indicators().0) {
        Some('1') => '1',
        Some(_) | None => '0',
    };
    draft.data("101", Indicators(first, ' '), languages);
}

fn countries(record: &BiblioRecord, data: &str, draft: &mut Draft) {
    let country: String = data.chars().skip(15).take(3).collect();
    let mut countries: Vec<Subfield> = Vec::new();
    for field in record.fields("044") {
        let reading = Reading::of(field);
        let of = |code| Some(Subfield::new('a', code));
        countries.extend(reading.map(|s| match s.code {
            'a' => of(table::country(&s.value)?),
            'c' if s.value.trim().len() == 2 => of(s.value.trim()),
            _ => None,
        }));
        draft.rest(&reading);
    }
    if countries.is_empty() {
        let code = table::country(&country);
        countries.extend(code.map(|code| Subfield::new('a', code)));
    }
    let mut told: Vec<String> = Vec::new();
    countries.retain(|s| {
        let fresh = !told.contains(&s.value);
        told.push(s.value.clone());
        fresh
    });
    draft.data("102", BLANK, countries);
}

/// Codes that an old record wrote one after another: `engrus`.
fn apart(value: &str) -> Vec<&str> {
    let value = value.trim();
    let codes = value.len() / 3;
    let plain = value.len() > 3 && value.len().is_multiple_of(3);
    if !plain || !value.bytes().all(|b| b.is_ascii_lowercase()) {
        return vec![value];
    }
    let code = |at: usize| value.get(at * 3..at * 3 + 3);
    (0..codes).filter_map(code).collect()
}

/// 040 as 801: who made the record, who typed it, who changed it.
fn agencies(record: &BiblioRecord, draft: &mut Draft) {
    let entered: String = draft
        .fields
        .first()
        .and_then(|field| field.first('a'))
        .map(|data| data.chars().take(8).collect())
        .unwrap_or_default();
    let changed: String = record
        .control("005")
        .unwrap_or("")
        .chars()
        .take(8)
        .collect();
    let general = draft.fields.first().and_then(|field| field.first('a'));
    let language: String = general.unwrap_or("").chars().skip(22).take(3).collect();
    let sources: Vec<Reading<'_>> = record.fields("040").map(Reading::of).collect();
    let rules = sources
        .iter()
        .find_map(|reading| reading.first('e'))
        .unwrap_or("");
    for reading in &sources {
        for (theirs, second, date) in [
            ('a', '0', &entered),
            ('c', '1', &entered),
            ('d', '2', &changed),
        ] {
            for agency in reading.all(theirs) {
                let rules = if second == '1' { "" } else { rules };
                let pairs = [
                    ('a', "RU"),
                    ('b', agency),
                    ('c', date.as_str()),
                    ('g', rules),
                ];
                draft
                    .fields
                    .extend(super::made("801", Indicators(' ', second), &pairs));
            }
        }
        // The language of cataloguing stands in the codes.
        reading.said(|s| s.code == 'b' && s.value.trim() == language);
        draft.rest(reading);
    }
    let Some(agency) = record.control("003").map(str::trim) else {
        return;
    };
    let named = record.fields("040").any(|field| field.first('a').is_some());
    if !named {
        let pairs = [('a', "RU"), ('b', agency), ('c', entered.as_str())];
        draft
            .fields
            .extend(super::made("801", Indicators(' ', '0'), &pairs));
    } else if let Some(number) = record.control("001").filter(|_| !agency.is_empty()) {
        // Whose number it is would be lost beside another agency.
        let whole = format!("({agency}){}", number.trim());
        draft
            .fields
            .extend(super::made("035", BLANK, &[('a', &whole)]));
    }
}

fn languages_out(record: &BiblioRecord, draft: &mut Draft) {
    let (mut made, mut notes) = (Vec::new(), Vec::new());
    let mut translated = false;
    for field in record.fields("101") {
        let reading = Reading::of(field);
        translated |= field.indicators().0 == '1';
        for (ours, theirs) in [
            ('a', 'a'),
            ('d', 'b'),
            ('h', 'e'),
            ('e', 'f'),
            ('c', 'h'),
            ('j', 'j'),
            ('b', 'k'),
        ] {
            let values = reading.all(ours).into_iter();
            made.extend(values.map(|value| Subfield::new(theirs, value)));
        }
        for (ours, what) in [
            ('f', "Язык титульного листа"),
            ('g', "Язык основного заглавия"),
            ('i', "Язык сопроводительного материала"),
        ] {
            let values = reading.all(ours).into_iter();
            notes.extend(values.map(|code| format!("{what}: {code}")));
        }
        draft.rest(&reading);
    }
    let alone = made.len() == 1 && made.first().is_some_and(|s| s.code == 'a');
    if !alone || translated {
        let first = if translated { '1' } else { '0' };
        draft.data("041", Indicators(first, ' '), made);
    }
    for note in notes {
        draft
            .fields
            .extend(super::made("546", BLANK, &[('a', &note)]));
    }
}

/// 102: 008 holds the first country; 044 all of them when there are more.
fn countries_out(record: &BiblioRecord, draft: &mut Draft) {
    let mut codes: Vec<&str> = Vec::new();
    for field in record.fields("102") {
        let reading = Reading::of(field);
        codes.extend(reading.all('a'));
        draft.rest(&reading);
    }
    let known = codes
        .first()
        .is_none_or(|c| table::marc_country(c).is_some());
    if codes.len() < 2 && known {
        return;
    }
    let made = codes.iter().map(|code| match table::marc_country(code) {
        Some(marc) => Subfield::new('a', marc),
        None => Subfield::new('c', *code),
    });
    draft.data("044", BLANK, made.collect());
}

/// 801 as 040; its dates have no place there, an agency too many is kept.
fn agencies_out(record: &BiblioRecord, draft: &mut Draft) {
    let mut made: Vec<Subfield> = Vec::new();
    let mut rules = None;
    for (second, code) in [('0', 'a'), ('1', 'c'), ('2', 'd')] {
        let fields = record.fields("801");
        for field in fields.filter(|field| field.indicators().1 == second) {
            let taken = made.iter().any(|s| s.code == code) && code != 'd';
            if let (Some(agency), false) = (field.first('b'), taken) {
                made.push(Subfield::new(code, agency));
                rules = rules.or(field.first('g'));
            } else {
                draft.keep(field, field.subfields());
            }
        }
    }
    for field in record.fields("801") {
        if !matches!(field.indicators().1, '0'..='2') {
            draft.keep(field, field.subfields());
        }
    }
    let source = usize::from(made.first().is_some_and(|s| s.code == 'a'));
    if let Some(data) = record.first("100", 'a') {
        let language: String = data.chars().skip(22).take(3).collect();
        if language.trim().len() == 3 && source == 1 {
            made.insert(1, Subfield::new('b', language));
        }
    }
    let at = made
        .iter()
        .take_while(|s| matches!(s.code, 'a' | 'b'))
        .count();
    if let Some(rules) = rules {
        made.insert(at, Subfield::new('e', rules));
    }
    draft.data("040", BLANK, made);
}
