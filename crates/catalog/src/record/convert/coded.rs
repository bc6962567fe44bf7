//! Маркер и кодированные данные: leader, 008 of MARC 21 and 100, 105, 110 of RUSMARC.

use super::super::{BiblioRecord, Leader};

/// RUSMARC code first, MARC 21 code second.
type Pairs = &'static [(char, char)];

const DATE_TYPES: Pairs = &[
    ('a', 'c'),
    ('b', 'd'),
    ('c', 'u'),
    ('d', 's'),
    ('e', 'r'),
    ('f', 'q'),
    ('g', 'm'),
    ('h', 't'),
    ('i', 'p'),
    ('j', 'e'),
    ('l', 'i'),
    ('u', 'n'),
    ('k', 's'),
];
const AUDIENCE: Pairs = &[
    ('b', 'a'),
    ('c', 'b'),
    ('d', 'c'),
    ('e', 'd'),
    ('a', 'j'),
    ('k', 'f'),
    ('m', 'e'),
    ('m', 'g'),
    ('u', ' '),
];
const GOVERNMENT: Pairs = &[
    ('y', ' '),
    ('a', 'f'),
    ('b', 's'),
    ('c', 'l'),
    ('d', 'l'),
    ('e', 'm'),
    ('f', 'i'),
    ('g', 'z'),
    ('h', 'o'),
    ('u', 'u'),
    ('z', 'z'),
];
const CONTENTS: Pairs = &[
    ('a', 'b'),
    ('b', 'c'),
    ('c', 'i'),
    ('d', 'a'),
    ('e', 'd'),
    ('f', 'e'),
    ('g', 'r'),
    ('i', 's'),
    ('k', 'j'),
    ('l', 'u'),
    ('m', 'm'),
    ('n', 'l'),
    ('o', 's'),
    ('p', 't'),
    ('r', 'n'),
    ('s', 'z'),
    ('t', '6'),
    ('v', 'm'),
];
const FREQUENCY: Pairs = &[
    ('a', 'd'),
    ('b', 'c'),
    ('c', 'w'),
    ('d', 'e'),
    ('e', 's'),
    ('f', 'm'),
    ('g', 'b'),
    ('h', 'q'),
    ('i', 't'),
    ('j', 'f'),
    ('k', 'a'),
    ('l', 'g'),
    ('m', 'h'),
    ('n', 'i'),
    ('o', 'j'),
];

fn ours(pairs: Pairs, marc: char) -> Option<char> {
    pairs.iter().find(|pair| pair.1 == marc).map(|pair| pair.0)
}

fn theirs(pairs: Pairs, rusmarc: char) -> Option<char> {
    pairs
        .iter()
        .find(|pair| pair.0 == rusmarc)
        .map(|pair| pair.1)
}

/// The leader of RUSMARC for a MARC 21 record.
pub(super) fn leader_in(record: &BiblioRecord) -> Leader {
    let marc = record.leader;
    let status = if matches!(marc.at(5), 'a' | 'p') {
        'c'
    } else {
        marc.at(5)
    };
    let kind = match marc.at(6) {
        't' => 'b',
        'm' => 'l',
        'o' | 'p' => 'm',
        other => other,
    };
    let level = match marc.at(7) {
        'b' => 'a',
        'd' => 'm',
        other => other,
    };
    let part = record.fields("773").next().is_some();
    let whole = record.fields("774").next().is_some() || marc.at(19) == 'a';
    let hierarchy = match (level, part, whole) {
        ('a', _, _) | (_, true, _) => '2',
        ('s', false, _) | (_, false, true) => '1',
        (_, false, false) => '0',
    };
    let fullness = match marc.at(17) {
        '1' | '2' => '1',
        '5' => '3',
        '8' => '2',
        _ => ' ',
    };
    let form = if marc.at(18) == 'u' { 'x' } else { ' ' };
    Leader::NEW_BOOK
        .with(5, status)
        .with(6, kind)
        .with(7, level)
        .with(8, hierarchy)
        .with(17, fullness)
        .with(18, form)
}

/// The leader of MARC 21 for a RUSMARC record.
pub(super) fn leader_out(record: &BiblioRecord) -> Leader {
    let ours = record.leader;
    let kind = match ours.at(6) {
        'b' => 't',
        'l' => 'm',
        'm' => 'o',
        other => other,
    };
    let level = match ours.at(7) {
        'a' if record.field("461").is_some() => 'b',
        other => other,
    };
    let part = match ours.at(8) {
        '1' if level == 'm' => 'a',
        '2' if level == 'm' => 'b',
        _ => ' ',
    };
    let fullness = match ours.at(17) {
        '1' => '1',
        '2' => '8',
        '3' => '5',
        _ => ' ',
    };
    let form = match ours.at(18) {
        'n' => ' ',
        'x' => 'u',
        _ => 'c',
    };
    let base = Leader::from_bytes(*b"00000nam a2200000   4500");
    base.with(5, ours.at(5))
        .with(6, kind)
        .with(7, level)
        .with(17, fullness)
        .with(18, form)
        .with(19, part)
}

fn at(text: &[char], position: usize) -> char {
    text.get(position).copied().unwrap_or(' ')
}

fn cut(text: &[char], from: usize, length: usize) -> String {
    (from..from + length)
        .map(|position| at(text, position))
        .collect()
}

/// 100 $a for a 008; `entered` when 008 has no date.
pub(super) fn general(data: &str, level: char, catalogued: &str) -> String {
    let text: Vec<char> = data.chars().collect();
    let entered = cut(&text, 0, 6);
    let century = match entered.get(..2).and_then(|year| year.parse::<u8>().ok()) {
        Some(year) if year < 70 => "20",
        Some(_) => "19",
        None => "",
    };
    let entered = match century {
        "" => "19000101".to_owned(),
        _ => format!("{century}{entered}"),
    };
    let kind = at(&text, 6);
    let kind = if level == 's' && kind == 's' {
        'a'
    } else {
        ours(DATE_TYPES, kind).unwrap_or('u')
    };
    let audience = match at(&text, 22) {
        '|' => '|',
        code => ours(AUDIENCE, code).filter(|_| code != ' ').unwrap_or(' '),
    };
    let blank = if audience == '|' { "||" } else { "  " };
    let government = ours(GOVERNMENT, at(&text, 28)).unwrap_or('y');
    let title = "ca";
    let language = match catalogued.len() {
        3 if catalogued.bytes().all(|b| b.is_ascii_lowercase()) => catalogued,
        _ => "rus",
    };
    format!(
        "{entered}{kind}{}{}{audience}{blank}{government}0{language}y50      {title}",
        cut(&text, 7, 4),
        cut(&text, 11, 4)
    )
}

/// 105 $a for a 008 of a book.
pub(super) fn book(data: &str) -> String {
    let text: Vec<char> = data.chars().collect();
    let illustrations: Vec<char> = (18..22)
        .map(|position| at(&text, position))
        .filter(|code| ('a'..='p').contains(code))
        .map(|code| match code {
            'o' => 'a',
            'p' => 'o',
            other => other,
        })
        .collect();
    let contents = (24..28).filter_map(|position| ours(CONTENTS, at(&text, position)));
    let contents: Vec<char> = contents.collect();
    let flag = |position| match at(&text, position) {
        '1' => '1',
        '0' => '0',
        _ => '|',
    };
    let literary = match at(&text, 33) {
        '0' => 'y',
        '1' => 'a',
        'd' => 'b',
        'e' => 'c',
        'f' => 'a',
        'h' => 'd',
        'i' => 'e',
        'j' => 'f',
        'p' => 'g',
        's' => 'h',
        _ => '|',
    };
    let biography = match at(&text, 34) {
        code @ 'a'..='d' => code,
        ' ' => 'y',
        _ => '|',
    };
    let pad = |codes: Vec<char>, none: char| {
        let codes = if codes.is_empty() { vec![none] } else { codes };
        let text: String = codes.into_iter().collect();
        format!("{text:<4}")
    };
    format!(
        "{}{}{}{}{}{literary}{biography}",
        pad(illustrations, 'y'),
        pad(contents, 'z'),
        flag(29),
        flag(30),
        flag(31)
    )
}

/// 110 $a for a 008 of a serial.
pub(super) fn serial(data: &str) -> String {
    let text: Vec<char> = data.chars().collect();
    let kind = match at(&text, 21) {
        'm' => 'b',
        'n' => 'c',
        'p' => 'a',
        _ => 'z',
    };
    let frequency = ours(FREQUENCY, at(&text, 18)).unwrap_or('u');
    let regularity = match at(&text, 19) {
        'r' => 'a',
        'n' => 'b',
        'x' => 'y',
        _ => 'u',
    };
    format!("{kind}{frequency}{regularity}||||||||")
}

/// 008 for a RUSMARC record: 40 characters.
pub(super) fn fixed(record: &BiblioRecord) -> String {
    let data: Vec<char> = record.first("100", 'a').unwrap_or("").chars().collect();
    let serial = matches!(record.leader.at(7), 's' | 'i');
    let kind = theirs(DATE_TYPES, at(&data, 8)).unwrap_or('|');
    let country = record
        .first("102", 'a')
        .and_then(super::table::marc_country)
        .unwrap_or("xx");
    let middle = if serial {
        serial_out(record)
    } else {
        book_out(record, &data)
    };
    let language = record.first("101", 'a').unwrap_or("   ");
    format!(
        "{}{kind}{}{}{country:<3}{middle}{language:<3.3} c",
        cut(&data, 2, 6),
        cut(&data, 9, 4),
        cut(&data, 13, 4)
    )
}

/// Kinds of text in 105/04–07 that 008 has no code for.
pub(super) fn unsaid_kinds(record: &BiblioRecord) -> Vec<char> {
    let codes = record.first("105", 'a').unwrap_or("").chars();
    let kinds = codes.skip(4).take(4).filter(|c| c.is_ascii_alphanumeric());
    kinds
        .filter(|code| !matches!(code, 'y' | 'z') && theirs(CONTENTS, *code).is_none())
        .collect()
}

/// Positions 18–34 of a book.
fn book_out(record: &BiblioRecord, general: &[char]) -> String {
    let codes: Vec<char> = record.first("105", 'a').unwrap_or("").chars().collect();
    let illustrations: String = (0..4)
        .map(|position| match at(&codes, position) {
            'o' => 'p',
            code @ 'a'..='m' => code,
            _ => ' ',
        })
        .collect();
    let audience = theirs(AUDIENCE, at(general, 17)).unwrap_or(' ');
    let contents: String = (4..8)
        .map(|position| theirs(CONTENTS, at(&codes, position)).unwrap_or(' '))
        .collect();
    let government = theirs(GOVERNMENT, at(general, 20)).unwrap_or(' ');
    let flag = |position| match at(&codes, position) {
        code @ ('0' | '1') => code,
        _ => '|',
    };
    let literary = match at(&codes, 11) {
        'a' => '1',
        'b' => 'd',
        'c' => 'e',
        'd' => 'h',
        'e' => 'i',
        'f' => 'j',
        'g' => 'p',
        'h' => 's',
        'y' => '0',
        _ => '|',
    };
    let biography = match at(&codes, 12) {
        code @ 'a'..='d' => code,
        'y' => ' ',
        _ => '|',
    };
    let form = match record.first("106", 'a') {
        Some("d") => 'd',
        Some("f") => 'f',
        Some("s") => 's',
        Some(_) | None => ' ',
    };
    format!(
        "{illustrations}{audience}{form}{contents}{government}{}{}{} {literary}{biography}",
        flag(8),
        flag(9),
        flag(10)
    )
}

/// Positions 18–34 of a serial.
fn serial_out(record: &BiblioRecord) -> String {
    let codes: Vec<char> = record.first("110", 'a').unwrap_or("").chars().collect();
    let frequency = theirs(FREQUENCY, at(&codes, 1)).unwrap_or('u');
    let regularity = match at(&codes, 2) {
        'a' => 'r',
        'b' => 'n',
        'y' => 'x',
        _ => 'u',
    };
    let kind = match at(&codes, 0) {
        'b' => 'm',
        'c' => 'n',
        'a' => 'p',
        _ => ' ',
    };
    format!("{frequency}{regularity} {kind}             ")
}
