//! RUSMARC → MARC 21. Signs of ISBD are not added: leader/18 says so.

use super::super::dictionary::Dictionary;
use super::super::link::embedded;
use super::super::{BiblioRecord, Body, Field, Indicators, Subfield};
use super::reading::{Inside, Reading};
use super::table::{self, MARC21};
use super::{Draft, coded, content, link, name, origin};
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
    origin::outward(record, &mut draft);
    kinds(record, &mut draft);
    for field in &record.fields {
        one(record, field, &mut draft);
    }
    draft.finish(coded::leader_out(record))
}

fn one(record: &BiblioRecord, field: &Field, draft: &mut Draft) {
    let named = |tag: &str| record.field(tag).is_some();
    let reading = Reading::of(field);
    match field.tag.as_str() {
        "001" | "005" => draft.fields.push(field.clone()),
        "003" => address(field, draft),
        // Said by 008, 040, 041 and 044.
        "100" | "101" | "102" | "105" | "106" | "110" | "801" => {}
        "181" | "182" if named("203") => {}
        "010" => standard_number(&reading, draft),
        "200" => title(record, &reading, draft),
        "203" => content::outward(field, draft),
        "210" => imprint(&reading, draft),
        "327" => contents(&reading, draft),
        "500" if !named("700") => {
            table::outward(&MARC21, field, Some(Indicators('0', ' ')), draft);
        }
        "600" => subject(&reading, draft),
        "604" if !field.embedded().is_empty() => work(field, draft),
        tag @ ("601" | "605" | "606" | "607" | "608") => {
            let source = if field.first('2').is_some() { '7' } else { '4' };
            let first = if tag == "601" { '2' } else { ' ' };
            table::outward(&MARC21, field, Some(Indicators(first, source)), draft);
        }
        "700" => person("100", &reading, draft),
        "701" | "702" | "703" => person("700", &reading, draft),
        "710" if !named("700") => body("110", &reading, draft),
        "710" | "711" | "712" => body("710", &reading, draft),
        "410" => series(field, draft),
        "461" | "463" => host(record, field, draft),
        "886" if field.first('2') == Some("marc21") => restored(field, draft),
        "886" => draft.fields.push(field.clone()),
        tag if tag.starts_with('9') => draft.fields.push(field.clone()),
        tag => match LINKS.iter().find(|row| row.0 == tag) {
            Some((_, theirs, second)) => linking(theirs, *second, field, draft),
            None if table::outward(&MARC21, field, None, draft) => {}
            None => draft.keep(field, field.subfields()),
        },
    }
}

/// Kinds of text in 105 that 008 has no code for, as forms in words.
fn kinds(record: &BiblioRecord, draft: &mut Draft) {
    for code in coded::unsaid_kinds(record) {
        let known = Dictionary::rusmarc().field("105").and_then(|field| {
            let position = field.subfields.get(&'a')?.positions.get("04-07")?;
            position.codes.get(code.to_string().as_str())
        });
        if let Some(kind) = known {
            let form = super::made("655", Indicators(' ', '4'), &[('a', &kind.label)]);
            draft.fields.extend(form);
        }
    }
}

/// 003 is the address of the record.
fn address(field: &Field, draft: &mut Draft) {
    if let Body::Control(data) = &field.body {
        let pairs = [('a', data.as_str()), ('2', "uri")];
        let made = super::made("024", Indicators('7', ' '), &pairs);
        draft.fields.extend(made);
    }
}

/// 010: MARC 21 writes the number without hyphens; the print run is a note.
fn standard_number(reading: &Reading<'_>, draft: &mut Draft) {
    let bare = |number: &str| -> String {
        let kept = |c: &char| !matches!(c, '-' | '–' | '‑');
        number.chars().filter(kept).collect()
    };
    let made = reading.map(|s| match s.code {
        'a' | 'z' => Some(Subfield::new(s.code, bare(&s.value))),
        'b' => Some(Subfield::new('q', s.value.clone())),
        'd' => Some(Subfield::new('c', s.value.clone())),
        _ => None,
    });
    draft.data("020", super::BLANK, made);
    for run in reading.all('9') {
        let note = format!("Тираж: {run}");
        let note = super::made("500", super::BLANK, &[('a', &note)]);
        draft.fields.extend(note);
    }
    draft.rest(reading);
}

/// 327: contents in one line.
fn contents(reading: &Reading<'_>, draft: &mut Draft) {
    let joined = reading.all('a').join(" -- ");
    let first = match reading.field().indicators().0 {
        '2' => '2',
        '1' => '0',
        _ => '1',
    };
    let made = super::made("505", Indicators(first, ' '), &[('a', &joined)]);
    draft.fields.extend(made);
    draft.rest(reading);
}

/// A link with one counterpart; what the entry cannot hold is kept.
fn linking(theirs: &str, second: char, field: &Field, draft: &mut Draft) {
    let fields = embedded(field);
    let inside = Inside::of(&fields);
    let entry = link::entry(&inside);
    if theirs == "501" {
        let words: Vec<&str> = entry.iter().map(|s| s.value.as_str()).collect();
        let note = super::made("501", super::BLANK, &[('a', &words.join(". "))]);
        draft.fields.extend(note);
    } else {
        draft.data(theirs, Indicators('0', second), entry);
    }
    draft.rest_inside(field, &inside);
}

/// 604: a name and its title as a subject.
fn work(field: &Field, draft: &mut Draft) {
    let fields = field.embedded();
    let name = fields.iter().find(|f| f.tag.as_str() == "700");
    let title = fields.iter().find(|f| f.tag.as_str() == "500");
    let (Some(name), Some(title), 2) = (name, title, fields.len()) else {
        return draft.keep(field, &[]);
    };
    let (name, title) = (Reading::of(name), Reading::of(title));
    let (marks, mut subfields) = name::outward(&name);
    for (ours, theirs) in [
        ('a', 't'),
        ('h', 'n'),
        ('i', 'p'),
        ('m', 'l'),
        ('x', 'x'),
        ('y', 'z'),
        ('z', 'y'),
        ('j', 'v'),
        ('2', '2'),
    ] {
        let values = title.all(ours).into_iter();
        subfields.extend(values.map(|value| Subfield::new(theirs, value)));
    }
    let source = if subfields.iter().any(|s| s.code == '2') {
        '7'
    } else {
        '4'
    };
    draft.data("600", Indicators(marks.0, source), subfields);
    draft.rest(&name);
    draft.rest(&title);
}

fn title(record: &BiblioRecord, reading: &Reading<'_>, draft: &mut Draft) {
    let field = reading.field();
    let said = statements(reading);
    let titles = reading.all('a');
    let mut rest: Vec<String> = Vec::new();
    let parallel = reading.all('d').join(" = ");
    if !parallel.is_empty() {
        rest.push(format!("= {parallel}"));
    }
    rest.extend(reading.all('e').into_iter().map(str::to_owned));
    // The designation of material is obsolete; the kind of content has said it.
    let material = reading.all('b').join(" ");
    let pairs = [
        ('a', titles.join(" ; ")),
        ('n', reading.all('h').join(", ")),
        ('p', reading.all('i').join(", ")),
        ('h', material.replace("[]", "")),
        ('b', rest.join(" : ")),
        ('c', said),
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
    draft.rest(reading);
}

/// Statements of responsibility in one text; a work of another author stands among them.
fn statements(reading: &Reading<'_>) -> String {
    let mut text = String::new();
    let mut before = ' ';
    let made = reading.map(|s| matches!(s.code, 'f' | 'g' | 'c').then(|| s.clone()));
    for subfield in made {
        let sign = match (subfield.code, before) {
            (_, ' ') => "",
            ('c', _) => ". ",
            (_, 'c') => " / ",
            _ => " ; ",
        };
        text.push_str(sign);
        text.push_str(subfield.value.trim());
        before = subfield.code;
    }
    text
}

fn imprint(reading: &Reading<'_>, draft: &mut Draft) {
    let mut made = Vec::new();
    let published = reading.map(|subfield| {
        let (code, maker) = match subfield.code {
            'a' => ('a', false),
            'c' => ('b', false),
            'd' => ('c', false),
            'e' => ('a', true),
            'g' => ('b', true),
            'h' => ('c', true),
            _ => return None,
        };
        let subfield = Subfield::new(code, subfield.value.clone());
        if maker {
            made.push(subfield);
            return Some(Subfield::new(Subfield::LEAD, ""));
        }
        Some(subfield)
    });
    let real = |s: &Subfield| s.code != Subfield::LEAD;
    draft.data(
        "264",
        Indicators(' ', '1'),
        published.into_iter().filter(real).collect(),
    );
    draft.data("264", Indicators(' ', '3'), made);
    draft.rest(reading);
}

fn person(tag: &str, reading: &Reading<'_>, draft: &mut Draft) {
    let (marks, subfields) = name::outward(reading);
    draft.data(tag, marks, subfields);
    draft.rest(reading);
}

fn subject(reading: &Reading<'_>, draft: &mut Draft) {
    let (marks, mut subfields) = name::outward(reading);
    for (ours, theirs) in [('x', 'x'), ('y', 'z'), ('z', 'y'), ('j', 'v'), ('2', '2')] {
        let values = reading.all(ours).into_iter();
        subfields.extend(values.map(|value| Subfield::new(theirs, value)));
    }
    let coded = subfields.iter().any(|s| s.code == '2');
    draft.data(
        "600",
        Indicators(marks.0, if coded { '7' } else { '4' }),
        subfields,
    );
    draft.rest(reading);
}

fn body(tag: &str, reading: &Reading<'_>, draft: &mut Draft) {
    let marks = reading.field().indicators();
    let meeting = marks.0 == '1';
    let tag = match (tag, meeting) {
        ("110", true) => "111",
        ("710", true) => "711",
        (tag, _) => tag,
    };
    let mut made = reading.map(|s| {
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
            _ => return None,
        };
        Some(Subfield::new(code, s.value.clone()))
    });
    made.extend(name::coded_roles(reading));
    draft.data(tag, Indicators(marks.1, ' '), made);
    draft.rest(reading);
}

fn series(field: &Field, draft: &mut Draft) {
    let fields = embedded(field);
    let inside = Inside::of(&fields);
    let pairs = [
        ('a', inside.text("200", 'a')),
        ('n', inside.text("200", 'h')),
        ('p', inside.text("200", 'i')),
        ('v', inside.text("200", 'v')),
        ('x', inside.text("011", 'a')),
    ];
    draft
        .fields
        .extend(super::made("830", Indicators(' ', '0'), &pairs));
    draft.rest_inside(field, &inside);
}

/// 461 and 463 of an article make one 773; the issue and year go to `$g`.
fn host(record: &BiblioRecord, field: &Field, draft: &mut Draft) {
    let article = record.leader.at(7) == 'a';
    let first = |tag: &str| record.field(tag).filter(|_| article);
    let is_first = |tag: &str| first(tag).is_some_and(|found| std::ptr::eq(found, field));
    let whole = first("461");
    if whole.is_some() && is_first("463") {
        return;
    }
    let fields = embedded(field);
    let inside = Inside::of(&fields);
    let mut entry = link::entry(&inside);
    if let (true, Some(unit)) = (is_first("461"), record.field("463")) {
        let parts = embedded(unit);
        let issue = Inside::of(&parts);
        let own: Vec<String> = entry
            .iter()
            .filter(|s| s.code == 'g')
            .map(|s| s.value.clone())
            .collect();
        let mut related: Vec<&str> = vec![issue.text("210", 'd')];
        related.extend(own.iter().map(String::as_str));
        related.extend([issue.text("200", 'a'), issue.text("200", 'v')]);
        related.retain(|part| !part.is_empty());
        entry.retain(|s| s.code != 'g');
        if !related.is_empty() {
            entry.push(Subfield::new('g', related.join(", ")));
        }
        draft.rest_inside(unit, &issue);
    }
    draft.data("773", Indicators('0', '8'), entry);
    draft.rest_inside(field, &inside);
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
