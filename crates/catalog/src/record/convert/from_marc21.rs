//! MARC 21 → RUSMARC. Signs of ISBD typed at the ends of subfields are left behind.

use super::super::{BiblioRecord, Body, Field, Indicators, Subfield, isbd};
use super::reading::Reading;
use super::table::{self, MARC21};
use super::{BLANK, Draft, coded, content, link, name, origin, script};
use crate::rule::Finding;

/// Linking entries with one counterpart: MARC 21 tag, second indicator or `*`, RUSMARC tag.
const LINKS: &[(&str, char, &str)] = &[
    ("770", '*', "421"),
    ("772", '*', "422"),
    ("780", '0', "430"),
    ("780", '1', "431"),
    ("780", '2', "432"),
    ("780", '3', "433"),
    ("780", '4', "436"),
    ("780", '5', "434"),
    ("785", '0', "440"),
    ("785", '1', "441"),
    ("785", '2', "442"),
    ("785", '3', "443"),
    ("785", '4', "444"),
    ("785", '6', "446"),
    ("785", '8', "448"),
    ("775", '*', "451"),
    ("776", '*', "452"),
    ("767", '*', "453"),
    ("765", '*', "454"),
    ("774", '*', "464"),
    ("787", '*', "488"),
];

pub(super) fn convert(record: &BiblioRecord) -> (BiblioRecord, Vec<Finding>) {
    let mut draft = Draft::new("marc21");
    let record = &script::restored(record, &mut draft);
    let leader = coded::leader_in(record);
    origin::inward(record, leader.at(7), &mut draft);
    content::inward(record, &mut draft);
    let mut main = false;
    for field in &record.fields {
        one(record, field, &mut main, &mut draft);
    }
    draft.finish(leader)
}

fn one(record: &BiblioRecord, field: &Field, main: &mut bool, draft: &mut Draft) {
    let subfields = trimmed(field, record.leader.at(18));
    let reading = Reading::with(field, &subfields);
    match field.tag.as_str() {
        "001" | "005" => {
            if let Body::Control(data) = &field.body {
                draft.control(field.tag.as_str(), data.clone());
            }
        }
        // Read already, or said by the agency and the codes.
        "003" | "008" | "040" | "041" | "044" | "336" | "337" | "338" => {}
        "020" => isbn(&reading, draft),
        "245" => title(&reading, draft),
        "260" | "264" => imprint(&reading, draft),
        "100" | "700" | "600" => person(&reading, main, draft),
        "110" | "111" | "710" | "711" => body(&reading, main, draft),
        "501" => bound_with(&reading, draft),
        "505" => contents(&reading, draft),
        "773" => host(record, &reading, draft),
        "830" => series(&reading, draft),
        "886" => restored(field, draft),
        "952" => draft.fields.push(field.clone()),
        tag => {
            let second = field.indicators().1;
            let link = LINKS
                .iter()
                .find(|row| row.0 == tag && (row.1 == '*' || row.1 == second));
            match link {
                Some((_, _, ours)) => {
                    draft.linked(ours, '0', link::inside(&reading));
                    draft.rest(&reading);
                }
                None if table::inward(&MARC21, field, &subfields, draft) => {}
                None => draft.keep(field, field.subfields()),
            }
        }
    }
}

/// Values without the sign of the next element.
fn trimmed(field: &Field, form: char) -> Vec<Subfield> {
    let described = field.tag.as_str().starts_with(['2', '3', '4']);
    let punctuated = matches!(form, 'a' | 'i');
    let last = field.subfields().len().saturating_sub(1);
    let bare = |(at, subfield): (usize, &Subfield)| {
        let mut value = subfield.value.trim();
        for sign in [" /", " :", " ;", " =", " +", ","] {
            value = value.strip_suffix(sign).unwrap_or(value).trim_end();
        }
        let closing = matches!(field.tag.as_str(), "245" | "260" | "264");
        let long = value.len() > 12 && !value.ends_with("..") && field.tag.as_str() == "245";
        if at == last && closing && (punctuated && long || isbd::ends_a_sentence(value)) {
            value = value.strip_suffix('.').unwrap_or(value);
        }
        Subfield::new(subfield.code, value)
    };
    if described {
        field.subfields().iter().enumerate().map(bare).collect()
    } else {
        field.subfields().to_vec()
    }
}

/// 020: `$a 978-… (в пер.) : 450 р.` of older records apart.
fn isbn(reading: &Reading<'_>, draft: &mut Draft) {
    let (number, price) = match reading.text('a').split_once(" : ") {
        Some((number, price)) => (number, price),
        None => (reading.text('a'), ""),
    };
    let (number, binding) = number.split_once('(').unwrap_or((number, ""));
    let binding = binding.trim().trim_end_matches([')', ' ', ':']);
    let number = number.trim().trim_end_matches(':').trim();
    let mut made = vec![('a', number), ('b', binding), ('d', price.trim())];
    for (theirs, ours) in [('q', 'b'), ('c', 'd'), ('z', 'z')] {
        for value in reading.all(theirs) {
            let value = value.trim().trim_end_matches([':', ';', ' ']);
            let inner = value.strip_prefix('(').and_then(|v| v.strip_suffix(')'));
            made.push((ours, inner.unwrap_or(value)));
        }
    }
    draft.fields.extend(super::made("010", BLANK, &made));
    draft.rest(reading);
}

/// 245: `$b` apart into other information and parallel titles, `$c` into statements.
fn title(reading: &Reading<'_>, draft: &mut Draft) {
    let field = reading.field();
    let mut parallel = field
        .first('a')
        .is_some_and(|a| a.trim_end().ends_with('='));
    let skipped = field.indicators().1.to_digit(10).unwrap_or(0) as usize;
    let mut made: Vec<Subfield> = Vec::new();
    let parts = reading.map(|subfield| {
        matches!(subfield.code, 'a' | 'b' | 'c' | 'h' | 'n' | 'p').then(|| subfield.clone())
    });
    for subfield in parts {
        match subfield.code {
            'a' if made.is_empty() => {
                made.push(Subfield::new('a', marked(&subfield.value, skipped)))
            }
            'a' => made.push(subfield),
            'b' => {
                for piece in subfield.value.split(" : ") {
                    for (at, part) in piece.split(" = ").enumerate() {
                        let code = if std::mem::take(&mut parallel) || at > 0 {
                            'd'
                        } else {
                            'e'
                        };
                        made.push(Subfield::new(code, part.trim()));
                    }
                }
            }
            'c' => {
                for (at, part) in subfield.value.split(" ; ").enumerate() {
                    made.push(Subfield::new(if at == 0 { 'f' } else { 'g' }, part.trim()));
                }
            }
            'h' => made.push(Subfield::new('b', subfield.value)),
            'n' => made.push(Subfield::new('h', subfield.value)),
            _ => made.push(Subfield::new('i', subfield.value)),
        }
    }
    draft.data("200", Indicators('1', ' '), made);
    draft.rest(reading);
}

/// The title with the words that sorting skips between their marks.
fn marked(title: &str, skipped: usize) -> String {
    let at = title.char_indices().nth(skipped).map(|(at, _)| at);
    match at.filter(|at| *at > 0 && !title.contains('\u{98}')) {
        Some(at) => format!("\u{98}{}\u{9c}{}", &title[..at], &title[at..]),
        None => title.to_owned(),
    }
}

fn imprint(reading: &Reading<'_>, draft: &mut Draft) {
    let field = reading.field();
    let of_264 = |second| field.tag.as_str() == "264" && field.indicators().1 == second;
    let maker = of_264('3');
    if of_264('4') {
        return draft.keep(field, field.subfields());
    }
    let code = |theirs: char| match theirs {
        'a' if maker => Some('e'),
        'b' if maker => Some('g'),
        'c' if maker => Some('h'),
        'a' => Some('a'),
        'b' => Some('c'),
        'c' => Some('d'),
        'e' | 'f' | 'g' => Some(match theirs {
            'e' => 'e',
            'f' => 'g',
            _ => 'h',
        }),
        _ => None,
    };
    let made = reading.map(|s| Some(Subfield::new(code(s.code)?, s.value.clone())));
    draft.data("210", BLANK, made);
    draft.rest(reading);
}

/// 505: contents joined by dashes, apart.
fn contents(reading: &Reading<'_>, draft: &mut Draft) {
    let made: Vec<Subfield> = reading
        .all('a')
        .into_iter()
        .flat_map(|text| text.split(" -- "))
        .map(|part| Subfield::new('a', part.trim().trim_end_matches(" --")))
        .collect();
    let first = match reading.field().indicators().0 {
        kind @ ('0' | '1' | '2') => kind,
        _ => ' ',
    };
    let first = if first == '0' { '1' } else { first };
    draft.data("327", Indicators(first, ' '), made);
    draft.rest(reading);
}

/// 501: what the item is bound with, told in words.
fn bound_with(reading: &Reading<'_>, draft: &mut Draft) {
    let title = super::made("200", Indicators('1', ' '), &[('a', reading.text('a'))]);
    draft.linked("481", '0', title.into_iter().collect());
    draft.rest(reading);
}

/// 1XX is first; the first 7XX without a role is an author, with a role a contributor.
fn person(reading: &Reading<'_>, main: &mut bool, draft: &mut Draft) {
    let field = reading.field();
    let (marks, mut subfields) = name::inward(reading);
    let family = field.indicators().0 == '3';
    let author = subfields
        .iter()
        .filter(|s| s.code == '4')
        .all(|s| s.value == "070");
    let tag = match field.tag.as_str() {
        "600" if family => "602",
        "600" => "600",
        "100" if family => "720",
        "100" => "700",
        _ if family => "721",
        _ if author => "701",
        _ => "702",
    };
    if field.tag.as_str() == "600" {
        // A subject has no role.
        let roles = field.subfields().iter().filter(|s| s.code == '4');
        let roles: Vec<Subfield> = roles.cloned().collect();
        if subfields.iter().any(|s| s.code == '4') && !roles.is_empty() {
            draft.keep(field, &roles);
        }
        subfields.retain(|s| s.code != '4');
        for (theirs, ours) in [('x', 'x'), ('z', 'y'), ('y', 'z'), ('v', 'j'), ('2', '2')] {
            let values = reading.all(theirs).into_iter();
            subfields.extend(values.map(|value| Subfield::new(ours, value)));
        }
    }
    *main |= tag == "700";
    draft.data(tag, marks, subfields);
    draft.rest(reading);
}

fn body(reading: &Reading<'_>, main: &mut bool, draft: &mut Draft) {
    let field = reading.field();
    let meeting = field.tag.as_str().ends_with("11");
    let code = |theirs: char| match (theirs, meeting) {
        ('a', _) => Some('a'),
        ('b', false) | ('e', true) => Some('b'),
        ('n', _) => Some('d'),
        ('d', _) => Some('f'),
        ('c', _) => Some('e'),
        ('u', _) => Some('p'),
        ('0', _) => Some('3'),
        _ => None,
    };
    let mut made = reading.map(|s| {
        let value = s.value.trim_end_matches([',', '.']);
        Some(Subfield::new(code(s.code)?, value))
    });
    let roles = name::roles(reading);
    made.extend(roles.iter().map(|role| Subfield::new('4', role.as_str())));
    let tag = match field.tag.as_str() {
        "110" | "111" if !*main => "710",
        _ if roles.is_empty() => "711",
        _ => "712",
    };
    let first = if meeting { '1' } else { '0' };
    let second = if matches!(field.indicators().0, '0'..='2') {
        field.indicators().0
    } else {
        '2'
    };
    draft.data(tag, Indicators(first, second), made);
    draft.rest(reading);
}

/// 773: the set of a volume, the journal and issue of an article, the book of a chapter.
fn host(record: &BiblioRecord, reading: &Reading<'_>, draft: &mut Draft) {
    if !matches!(record.leader.at(7), 'a' | 'b') {
        draft.linked("461", '0', link::inside(reading));
        return draft.rest(reading);
    }
    let (whole, unit) = link::host(reading);
    if whole.is_empty() {
        draft.linked("463", '0', unit);
    } else {
        draft.linked("461", '0', whole);
        draft.linked("463", '0', unit);
    }
    draft.rest(reading);
}

fn series(reading: &Reading<'_>, draft: &mut Draft) {
    let title = reading.text('a').trim_end_matches([' ', ';']);
    let pairs = [
        ('a', title),
        ('h', reading.text('n')),
        ('i', reading.text('p')),
        ('v', reading.text('v')),
    ];
    let issn = [('a', reading.text('x'))];
    let mut inside: Vec<Field> = super::made("011", BLANK, &issn).into_iter().collect();
    inside.extend(super::made("200", Indicators('1', ' '), &pairs));
    draft.linked("410", '0', inside);
    draft.rest(reading);
}

/// A field once kept from RUSMARC comes back as it was.
fn restored(field: &Field, draft: &mut Draft) {
    let ours = field.first('2') == Some("rusmarc");
    let Some(tag) = field.first('a').filter(|_| ours) else {
        return draft.fields.push(field.clone());
    };
    if field.indicators().0 == '1' {
        return draft.control(tag, field.first('b').unwrap_or_default());
    }
    let mut marks = field.first('b').unwrap_or("  ").chars();
    let indicators = Indicators(marks.next().unwrap_or(' '), marks.next().unwrap_or(' '));
    draft.data(
        tag,
        indicators,
        field.subfields().iter().skip(3).cloned().collect(),
    );
}
