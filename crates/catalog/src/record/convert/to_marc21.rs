//! RUSMARC → MARC 21. Signs of ISBD are not added: leader/18 says so.

use super::super::link::{embedded, first};
use super::super::{BiblioRecord, Body, Field, Indicators, Subfield};
use super::table::{self, MARC21};
use super::{Draft, coded, link, name};
use crate::rule::Finding;

/// Linking fields with one counterpart: RUSMARC tag, MARC 21 tag and second indicator.
const LINKS: &[(&str, &str, char)] = &[
    ("412", "787", ' '),
    ("413", "787", ' '),
    ("421", "770", ' '),
    ("422", "772", ' '),
    ("430", "780", '0'),
    ("431", "780", '1'),
    ("432", "780", '2'),
    ("433", "780", '3'),
    ("434", "780", '5'),
    ("436", "780", '4'),
    ("440", "785", '0'),
    ("441", "785", '1'),
    ("442", "785", '2'),
    ("443", "785", '3'),
    ("444", "785", '4'),
    ("446", "785", '6'),
    ("448", "785", '8'),
    ("451", "775", ' '),
    ("452", "776", ' '),
    ("453", "767", ' '),
    ("454", "765", ' '),
    ("455", "776", ' '),
    ("456", "776", ' '),
    ("464", "774", '8'),
    ("470", "787", ' '),
    ("481", "501", ' '),
    ("488", "787", ' '),
];

pub(super) fn convert(record: &BiblioRecord) -> (BiblioRecord, Vec<Finding>) {
    let mut draft = Draft::new("rusmarc");
    draft.control("008", coded::fixed(record));
    languages(record, &mut draft);
    agencies(record, &mut draft);
    contents(record, &mut draft);
    for field in &record.fields {
        one(record, field, &mut draft);
    }
    draft.finish(coded::leader_out(record))
}

fn one(record: &BiblioRecord, field: &Field, draft: &mut Draft) {
    let named = |tag: &str| record.field(tag).is_some();
    match field.tag.as_str() {
        "001" | "005" => draft.fields.push(field.clone()),
        // Said by 008, 040, 041 and 33X.
        "100" | "101" | "102" | "105" | "106" | "110" | "181" | "182" | "203" | "801" => {}
        "200" => title(record, field, draft),
        "210" => imprint(field, draft),
        "500" if !named("700") => {
            table::outward(&MARC21, field, Some(Indicators('0', ' ')), draft);
        }
        "600" => subject(field, draft),
        tag @ ("601" | "605" | "606" | "607" | "608") => {
            let source = if field.first('2').is_some() { '7' } else { '4' };
            let first = if tag == "601" { '2' } else { ' ' };
            table::outward(&MARC21, field, Some(Indicators(first, source)), draft);
        }
        "700" => person("100", field, draft),
        "701" | "702" | "703" => person("700", field, draft),
        "710" if !named("700") => body("110", field, draft),
        "710" | "711" | "712" => body("710", field, draft),
        "410" => series(field, draft),
        "461" | "463" => host(record, field, draft),
        "886" if field.first('2') == Some("marc21") => restored(field, draft),
        "886" => draft.fields.push(field.clone()),
        tag if tag.starts_with('9') => draft.fields.push(field.clone()),
        tag => match LINKS.iter().find(|row| row.0 == tag) {
            Some((_, theirs, second)) => {
                draft.data(theirs, Indicators('0', *second), link::entry(field));
            }
            None if table::outward(&MARC21, field, None, draft) => {}
            None => draft.keep(field, field.subfields()),
        },
    }
}

fn languages(record: &BiblioRecord, draft: &mut Draft) {
    let Some(field) = record.field("101") else {
        return;
    };
    let mut made = Vec::new();
    for (ours, theirs) in [
        ('a', 'a'),
        ('d', 'b'),
        ('h', 'e'),
        ('e', 'f'),
        ('c', 'h'),
        ('j', 'j'),
        ('b', 'k'),
    ] {
        made.extend(field.all(ours).map(|value| Subfield::new(theirs, value)));
    }
    let marks = Indicators(
        if field.indicators().0 == '1' {
            '1'
        } else {
            '0'
        },
        ' ',
    );
    if made.len() > 1 || marks.0 == '1' {
        draft.data("041", marks, made);
    }
}

fn agencies(record: &BiblioRecord, draft: &mut Draft) {
    let of = |second: char| {
        record
            .fields("801")
            .filter(move |f| f.indicators().1 == second)
            .filter_map(|f| f.first('b'))
    };
    let mut made: Vec<Subfield> = of('0').take(1).map(|a| Subfield::new('a', a)).collect();
    if let Some(data) = record.first("100", 'a') {
        let language: String = data.chars().skip(22).take(3).collect();
        if language.trim().len() == 3 && !made.is_empty() {
            made.push(Subfield::new('b', language));
        }
    }
    made.extend(
        record
            .first("801", 'g')
            .map(|rules| Subfield::new('e', rules)),
    );
    made.extend(of('1').take(1).map(|a| Subfield::new('c', a)));
    made.extend(of('2').map(|a| Subfield::new('d', a)));
    draft.data("040", super::BLANK, made);
}

/// 203 as 336 and 337.
fn contents(record: &BiblioRecord, draft: &mut Draft) {
    for field in record.fields("203") {
        for subfield in field.subfields() {
            let value = subfield.value.trim();
            let code = match value {
                "Текст" => "txt",
                "Изображение" if field.all('b').any(|b| b.starts_with("картогр")) => {
                    "cri"
                }
                "Изображение" if field.all('b').any(|b| b.starts_with("движ")) => {
                    "tdi"
                }
                "Изображение" => "sti",
                "Музыка" if field.all('b').any(|b| b.starts_with("знак")) => "ntm",
                "Музыка" => "prm",
                "Устная речь" => "spw",
                "Программа" => "cop",
                "Предмет" => "tdf",
                "аудио" => "s",
                "видео" => "v",
                "микроформа" => "h",
                _ if value.starts_with("непосредств") => "n",
                _ if value.starts_with("электрон") => "c",
                _ if value.starts_with("проекц") => "g",
                _ => "",
            };
            let (tag, list) = match subfield.code {
                'a' => ("336", "rdacontent"),
                'c' => ("337", "rdamedia"),
                _ => continue,
            };
            let pairs = [
                ('a', value),
                ('b', code),
                ('2', if code.is_empty() { "" } else { list }),
            ];
            draft.fields.extend(super::made(tag, super::BLANK, &pairs));
        }
    }
}

fn title(record: &BiblioRecord, field: &Field, draft: &mut Draft) {
    let joined = |codes: &str, sign: &str| {
        let values = field.subfields().iter().filter(|s| codes.contains(s.code));
        values
            .map(|s| s.value.as_str())
            .collect::<Vec<_>>()
            .join(sign)
    };
    let titles: Vec<&str> = field.all('a').collect();
    let mut rest: Vec<String> = Vec::new();
    let parallel = joined("d", " = ");
    if !parallel.is_empty() {
        rest.push(format!("= {parallel}"));
    }
    rest.extend(field.all('e').map(str::to_owned));
    let pairs = [
        ('a', titles.join(" ; ")),
        ('n', joined("h", ", ")),
        ('p', joined("i", ", ")),
        ('h', joined("b", " ").replace("[]", "")),
        ('b', rest.join(" : ")),
        ('c', joined("fg", " ; ")),
    ];
    let pairs: Vec<(char, &str)> = pairs
        .iter()
        .map(|(code, value)| (*code, value.as_str()))
        .collect();
    let marked = titles.first().and_then(|title| {
        let (inside, _) = title.split_once('\u{9c}')?;
        Some(inside.chars().filter(|c| *c != '\u{98}').count().min(9))
    });
    let skipped = u32::try_from(marked.unwrap_or(0)).unwrap_or(0);
    let second = char::from_digit(skipped, 10).unwrap_or('0');
    let under_name = ["700", "710", "720"]
        .iter()
        .any(|tag| record.field(tag).is_some());
    let first = if under_name && field.indicators().0 != '0' {
        '1'
    } else {
        '0'
    };
    draft
        .fields
        .extend(super::made("245", Indicators(first, second), &pairs));
}

fn imprint(field: &Field, draft: &mut Draft) {
    let mut published = Vec::new();
    let mut made = Vec::new();
    for subfield in field.subfields() {
        let (code, to) = match subfield.code {
            'a' => ('a', &mut published),
            'c' => ('b', &mut published),
            'd' => ('c', &mut published),
            'e' => ('a', &mut made),
            'g' => ('b', &mut made),
            'h' => ('c', &mut made),
            _ => {
                draft.keep(field, std::slice::from_ref(subfield));
                continue;
            }
        };
        to.push(Subfield::new(code, subfield.value.clone()));
    }
    draft.data("264", Indicators(' ', '1'), published);
    draft.data("264", Indicators(' ', '3'), made);
}

fn person(tag: &str, field: &Field, draft: &mut Draft) {
    let (marks, subfields) = name::outward(field);
    draft.data(tag, marks, subfields);
}

fn subject(field: &Field, draft: &mut Draft) {
    let (marks, mut subfields) = name::outward(field);
    for (ours, theirs) in [('x', 'x'), ('y', 'z'), ('z', 'y'), ('j', 'v'), ('2', '2')] {
        subfields.extend(field.all(ours).map(|value| Subfield::new(theirs, value)));
    }
    let source = if field.first('2').is_some() { '7' } else { '4' };
    draft.data("600", Indicators(marks.0, source), subfields);
}

fn body(tag: &str, field: &Field, draft: &mut Draft) {
    let meeting = field.indicators().0 == '1';
    let tag = match (tag, meeting) {
        ("110", true) => "111",
        ("710", true) => "711",
        (tag, _) => tag,
    };
    let made = field.subfields().iter().filter_map(|s| {
        let code = match s.code {
            'a' => 'a',
            'b' if meeting => 'e',
            'b' => 'b',
            'c' => 'g',
            'd' => 'n',
            'e' => 'c',
            'f' => 'd',
            'p' => 'u',
            '3' => '0',
            '4' => return name::marc_role(&s.value).map(|role| Subfield::new('4', role)),
            _ => return None,
        };
        Some(Subfield::new(code, s.value.clone()))
    });
    let marks = Indicators(field.indicators().1, ' ');
    draft.data(tag, marks, made.collect());
}

fn series(field: &Field, draft: &mut Draft) {
    let inside = embedded(field);
    let of = |tag: &str, code| first(&inside, tag, code).unwrap_or("");
    let pairs = [
        ('a', of("200", 'a')),
        ('v', of("200", 'v')),
        ('x', of("011", 'a')),
    ];
    draft
        .fields
        .extend(super::made("830", Indicators(' ', '0'), &pairs));
}

/// 461 and 463 of an article make one 773; the issue and year go to `$g`.
fn host(record: &BiblioRecord, field: &Field, draft: &mut Draft) {
    let article = record.leader.at(7) == 'a';
    let serial = record.field("461").is_some();
    if article && serial && field.tag.as_str() == "463" {
        return;
    }
    let mut entry = link::entry(field);
    if let (true, Some(unit)) = (article && serial, record.field("463")) {
        let inside = embedded(unit);
        let parts = [("210", 'd'), ("200", 'a'), ("200", 'v')];
        let parts: Vec<&str> = parts
            .iter()
            .filter_map(|(tag, code)| first(&inside, tag, *code))
            .collect();
        entry.retain(|s| s.code != 'g');
        entry.push(Subfield::new('g', parts.join(", ")));
    }
    draft.data("773", Indicators('0', '8'), entry);
}

/// A field once kept from MARC 21 comes back as it was.
fn restored(field: &Field, draft: &mut Draft) {
    let Some(tag) = field.first('a') else {
        return draft.fields.push(field.clone());
    };
    let head = field.first('b').unwrap_or("  ");
    if field.indicators().0 == '1' {
        return draft.control(tag, head);
    }
    let mut marks = head.chars();
    let indicators = Indicators(marks.next().unwrap_or(' '), marks.next().unwrap_or(' '));
    let Body::Data(_, subfields) = &field.body else {
        return;
    };
    draft.data(tag, indicators, subfields.iter().skip(3).cloned().collect());
}
