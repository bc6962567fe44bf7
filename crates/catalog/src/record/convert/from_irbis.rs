//! Native fields of ИРБИС → RUSMARC. Fields 9XX, copies among them, keep their tags and texts.

use super::super::{BiblioRecord, Body, Field, Indicators, Leader, Subfield, names};
use super::reading::Reading;
use super::table::{self, IRBIS};
use super::{BLANK, Draft, made};
use crate::rule::Finding;

pub(super) fn convert(record: &BiblioRecord) -> (BiblioRecord, Vec<Finding>) {
    let mut draft = Draft::new("irbis");
    let leader = leader(record);
    if let Some(number) = value(record, "903") {
        draft.control("001", number);
    }
    general(record, leader, &mut draft);
    title(record, &mut draft);
    for field in &record.fields {
        one(record, field, leader, &mut draft);
    }
    draft.finish(leader)
}

/// The text of a field without subfields, or of its first one.
fn text(field: &Field) -> &str {
    match &field.body {
        Body::Control(data) => data.trim(),
        Body::Data(_, subfields) => subfields.first().map_or("", |s| s.value.trim()),
        Body::Linked(..) => "",
    }
}

fn value<'r>(record: &'r BiblioRecord, tag: &str) -> Option<&'r str> {
    record.fields(tag).map(text).find(|text| !text.is_empty())
}

/// The leader from the worksheet code and the kind of document.
fn leader(record: &BiblioRecord) -> Leader {
    let worksheet = value(record, "920").unwrap_or("").to_uppercase();
    let kind = match worksheet.as_str() {
        "NOT" => 'c',
        "KAR" => 'e',
        "ESP" => 'l',
        "MUSP" => 'r',
        _ => record
            .first("900", 't')
            .and_then(|kind| kind.chars().next())
            .map(|kind| kind.to_ascii_lowercase())
            .filter(|kind| "abcdefgijklmr".contains(*kind))
            .unwrap_or('a'),
    };
    let (level, hierarchy) = match worksheet.as_str() {
        "J" => ('s', '1'),
        "NJ" | "NJK" | "NJP" => ('s', '2'),
        "ASP" => ('a', '2'),
        "SPEC" => ('m', '2'),
        _ => ('m', '0'),
    };
    Leader::NEW_BOOK
        .with(6, kind)
        .with(7, level)
        .with(8, hierarchy)
}

fn general(record: &BiblioRecord, leader: Leader, draft: &mut Draft) {
    let entered = record
        .fields("907")
        .filter_map(|field| field.first('a'))
        .filter(|date| date.len() >= 8 && date.bytes().take(8).all(|b| b.is_ascii_digit()))
        .min()
        .and_then(|date| date.get(..8))
        .unwrap_or("19000101");
    let printed = record
        .first("210", 'd')
        .or(record.first("463", 'j'))
        .or(record.first("934", 'a'));
    let digits: String = printed
        .unwrap_or("")
        .chars()
        .filter(char::is_ascii_digit)
        .take(4)
        .collect();
    let kind = match (leader.at(7), digits.len()) {
        ('s', _) if leader.at(8) == '1' => 'a',
        (_, 4) => 'd',
        _ => 'u',
    };
    let data = format!("{entered}{kind}{digits:<4}       y0rusy50      ca");
    draft.data("100", BLANK, vec![Subfield::new('a', data)]);
    for (tag, marks) in [("101", Indicators('0', ' ')), ("102", BLANK)] {
        let codes = record.fields(tag).map(text).filter(|code| !code.is_empty());
        draft.data(
            tag,
            marks,
            codes.map(|code| Subfield::new('a', code)).collect(),
        );
    }
}

/// The field the title comes from: the first one that says anything.
fn titled(record: &BiblioRecord) -> Option<&Field> {
    record.fields("200").find(|field| !text(field).is_empty())
}

/// 200; a volume without a title of its own is called by its number.
fn title(record: &BiblioRecord, draft: &mut Draft) {
    let Some(field) = titled(record) else {
        if let Some(number) = value(record, "936").or(value(record, "935")) {
            let year = value(record, "934")
                .map(|year| format!("{year}, "))
                .unwrap_or_default();
            let name = format!("{year}№ {number}");
            draft
                .fields
                .extend(made("200", Indicators('0', ' '), &[('a', &name)]));
        }
        return;
    };
    let plain = matches!(field.body, Body::Control(_));
    let own = plain || field.first('a').is_some();
    let reading = Reading::of(field);
    let in_set = own && record.field("461").is_some();
    // The number of a volume stands in the link to its set.
    reading.said(|s| s.code == 'v' && in_set);
    let mut subfields = reading.map(|subfield| {
        let code = match subfield.code {
            'a' | 'b' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' => subfield.code,
            'v' if own => 'h',
            'v' => 'a',
            _ => return None,
        };
        Some(Subfield::new(code, subfield.value.clone()))
    });
    if plain {
        subfields.push(Subfield::new('a', text(field)));
    }
    let parallel = record.fields("510").filter_map(|field| field.first('d'));
    // A parallel title follows the title, before everything said of it.
    let after = |s: &Subfield| matches!(s.code, 'a' | 'b' | 'd');
    let at = subfields.iter().rposition(after).map_or(0, |at| at + 1);
    let parallel: Vec<Subfield> = parallel.map(|title| Subfield::new('d', title)).collect();
    subfields.splice(at..at, parallel);
    draft.data(
        "200",
        Indicators(if own { '1' } else { '0' }, ' '),
        subfields,
    );
    draft.rest(&reading);
}

/// Keeps the subfields after the first one, which the field was read by.
fn beyond_first(field: &Field, draft: &mut Draft) {
    if let Some(rest) = field.subfields().get(1..).filter(|rest| !rest.is_empty()) {
        draft.keep(field, rest);
    }
}

fn one(record: &BiblioRecord, field: &Field, leader: Leader, draft: &mut Draft) {
    match field.tag.as_str() {
        "101" | "102" | "903" => beyond_first(field, draft),
        "200" if titled(record).is_some_and(|first| std::ptr::eq(first, field)) => {}
        "215" => extent(field, draft),
        "210" => {
            let field = Field::data(field.tag, BLANK, in_order(field, &['a', 'c', 'd']));
            table::inward(&IRBIS, &field, field.subfields(), draft);
        }
        "461" => set(record, field, draft),
        "463" | "963" if leader.at(7) == 'a' => host(field, draft),
        "510" => {
            let reading = Reading::of(field);
            let title = reading.first('d').or_else(|| reading.first('a'));
            let title = title.unwrap_or(match &field.body {
                Body::Control(data) => data.as_str(),
                Body::Data(..) | Body::Linked(..) => "",
            });
            draft
                .fields
                .extend(made("510", Indicators('1', ' '), &[('a', title)]));
            draft.rest(&reading);
        }
        "700" | "701" | "702" => person(field.tag.as_str(), field, draft),
        "961" => {
            let first = record.field("700").is_none()
                && !draft.fields.iter().any(|made| made.tag.as_str() == "700");
            person(if first { "700" } else { "701" }, field, draft);
        }
        "710" | "711" | "971" | "972" => body(field, draft),
        "951" if field.first('i').is_none() => draft.fields.push(local(field)),
        "900" => {
            draft
                .fields
                .extend(made("333", BLANK, &[('a', field.first('z').unwrap_or(""))]));
            draft.fields.push(local(field));
        }
        _ if table::inward(&IRBIS, field, &parts(field), draft) => {}
        tag if tag.starts_with('9') => draft.fields.push(local(field)),
        _ => draft.keep(field, &parts(field)),
    }
}

/// A local field; plain text becomes its first subfield, as fields of RUSMARC are made.
fn local(field: &Field) -> Field {
    match &field.body {
        Body::Control(data) => {
            Field::data(field.tag, BLANK, vec![Subfield::new('a', data.clone())])
        }
        Body::Data(..) | Body::Linked(..) => field.clone(),
    }
}

/// The subfields; text without any counts as standing before the first.
fn parts(field: &Field) -> Vec<Subfield> {
    match &field.body {
        Body::Control(data) => vec![Subfield::new(Subfield::LEAD, data.clone())],
        Body::Data(_, subfields) => subfields.clone(),
        Body::Linked(..) => Vec::new(),
    }
}

/// Known subfields in the order of a description, the others after them.
fn in_order(field: &Field, codes: &[char]) -> Vec<Subfield> {
    let place = |s: &Subfield| {
        codes
            .iter()
            .position(|c| *c == s.code)
            .unwrap_or(codes.len())
    };
    let mut subfields = field.subfields().to_vec();
    subfields.sort_by_key(place);
    subfields
}

/// 215: the number of pages gets its unit; the print run goes to the standard number.
fn extent(field: &Field, draft: &mut Draft) {
    let reading = Reading::of(field);
    let of = |code| reading.first(code).unwrap_or("");
    let number = match &field.body {
        Body::Control(data) => data.trim(),
        Body::Data(..) | Body::Linked(..) => of('a'),
    };
    let whole = match number.chars().last() {
        Some(last) if last.is_ascii_digit() || last == ']' => {
            format!("{number} {}", reading.first('1').unwrap_or("с."))
        }
        Some(_) | None => number.to_owned(),
    };
    let pairs = [
        ('a', whole.as_str()),
        ('c', of('c')),
        ('d', of('d')),
        ('e', of('e')),
    ];
    draft.fields.extend(made("215", BLANK, &pairs));
    draft.fields.extend(made("010", BLANK, &[('9', of('x'))]));
    draft.rest(&reading);
}

/// 461: the set of a volume.
fn set(record: &BiblioRecord, field: &Field, draft: &mut Draft) {
    let reading = Reading::of(field);
    let of = |code| reading.first(code).unwrap_or("");
    let number = record
        .fields("200")
        .find_map(|field| field.first('v'))
        .unwrap_or("");
    let years = match (of('h'), of('z')) {
        (from, "") => from.to_owned(),
        (from, to) => format!("{from}-{to}"),
    };
    let mut inside: Vec<Field> = Vec::new();
    let title = [
        ('a', of('c')),
        ('e', of('e')),
        ('f', of('f')),
        ('v', number),
    ];
    inside.extend(made("200", Indicators('1', ' '), &title));
    inside.extend(made(
        "210",
        BLANK,
        &[('a', of('d')), ('c', of('g')), ('d', &years)],
    ));
    inside.extend(made("700", Indicators(' ', '1'), &[('a', of('x'))]));
    draft.linked("461", '0', inside);
    draft.rest(&reading);
}

/// 463: the journal with its issue, or the book, that an article stands in.
fn host(field: &Field, draft: &mut Draft) {
    let reading = Reading::of(field);
    let of = |code| reading.first(code).unwrap_or("");
    let issue: Vec<String> = [("Т. ", of('v')), ("№ ", of('h'))]
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(word, value)| {
            let bare = value.starts_with(|c: char| c.is_ascii_digit());
            if bare {
                format!("{word}{value}")
            } else {
                (*value).to_owned()
            }
        })
        .collect();
    let pages = match of('s') {
        pages if pages.starts_with(|c: char| c.is_ascii_digit()) => format!("С. {pages}"),
        pages => pages.to_owned(),
    };
    let number = if of('i').len() <= 9 { "011" } else { "010" };
    let mut inside: Vec<Field> = made(number, BLANK, &[('a', of('i'))]).into_iter().collect();
    if issue.is_empty() && !of('g').is_empty() {
        let title = [
            ('a', of('c')),
            ('e', of('e')),
            ('f', of('f')),
            ('v', pages.as_str()),
        ];
        inside.extend(made("200", Indicators('1', ' '), &title));
        inside.extend(made(
            "210",
            BLANK,
            &[('a', of('d')), ('c', of('g')), ('d', of('j'))],
        ));
        draft.linked("463", '0', inside);
        return draft.rest(&reading);
    }
    inside.extend(made(
        "200",
        Indicators('1', ' '),
        &[('a', of('c')), ('e', of('e'))],
    ));
    draft.linked("461", '0', inside);
    let name = issue.join(", ");
    let mut unit: Vec<Field> = Vec::new();
    unit.extend(made(
        "200",
        Indicators('1', ' '),
        &[('a', &name), ('v', &pages)],
    ));
    unit.extend(made("210", BLANK, &[('d', of('j'))]));
    draft.linked("463", '0', unit);
    draft.rest(&reading);
}

fn person(tag: &str, field: &Field, draft: &mut Draft) {
    let mut subfields = Vec::new();
    let mut left = Vec::new();
    for subfield in field.subfields() {
        match subfield.code {
            'a' | 'b' | 'c' | 'd' | 'f' | 'g' | 'p' | '3' => subfields.push(subfield.clone()),
            '4' => {
                let code =
                    names::role(&subfield.value).map_or(subfield.value.as_str(), |code| code);
                subfields.push(Subfield::new('4', code));
            }
            _ => left.push(subfield.clone()),
        }
    }
    if !left.is_empty() {
        draft.keep(field, &left);
    }
    let inverted = field.first('b').is_some() || field.first('g').is_some();
    draft.data(
        tag,
        Indicators(' ', if inverted { '1' } else { '0' }),
        subfields,
    );
}

/// 710 is the author, 711 another body; 971 and 972 are meetings.
fn body(field: &Field, draft: &mut Draft) {
    let (tag, first) = match field.tag.as_str() {
        "710" => ("710", '0'),
        "971" => ("710", '1'),
        "972" => ("711", '1'),
        _ => ("711", '0'),
    };
    let known = |s: &&Subfield| matches!(s.code, 'a' | 'b' | Subfield::LEAD);
    let parts = parts(field);
    let made: Vec<Subfield> = parts
        .iter()
        .filter(known)
        .map(|s| Subfield::new(if s.code == 'b' { 'b' } else { 'a' }, s.value.clone()))
        .collect();
    let left: Vec<Subfield> = parts.iter().filter(|s| !known(s)).cloned().collect();
    if !left.is_empty() {
        draft.keep(field, &left);
    }
    draft.data(tag, Indicators(first, '2'), made);
}
