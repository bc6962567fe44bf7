//! MARC 21 → RUSMARC. Signs of ISBD typed at the ends of subfields are left behind.

use super::super::{BiblioRecord, Body, Field, Indicators, Subfield};
use super::table::{self, MARC21};
use super::{BLANK, Draft, coded, link, name};
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
    ("501", '*', "481"),
];

pub(super) fn convert(record: &BiblioRecord) -> (BiblioRecord, Vec<Finding>) {
    let mut draft = Draft::new("marc21");
    let leader = coded::leader_in(record);
    codes(record, leader.at(7), &mut draft);
    agencies(record, &mut draft);
    let mut main = false;
    for field in &record.fields {
        one(record, field, &mut main, &mut draft);
    }
    draft.finish(leader)
}

fn one(record: &BiblioRecord, field: &Field, main: &mut bool, draft: &mut Draft) {
    let subfields = trimmed(field, record.leader.at(18));
    match field.tag.as_str() {
        "001" | "005" => {
            if let Body::Control(data) = &field.body {
                draft.control(field.tag.as_str(), data.clone());
            }
        }
        // Read already, or said by the agency and the codes.
        "003" | "008" | "040" | "041" | "044" => {}
        "245" => title(field, &subfields, draft),
        "260" | "264" => imprint(field, &subfields, draft),
        "336" => content(record, draft),
        "337" | "338" => {}
        "100" | "700" | "600" => person(field, main, draft),
        "110" | "111" | "710" | "711" => body(field, &subfields, main, draft),
        "773" => host(record, field, draft),
        "830" => series(field, draft),
        "886" => restored(field, draft),
        "952" => draft.fields.push(field.clone()),
        tag => {
            let second = field.indicators().1;
            let link = LINKS
                .iter()
                .find(|row| row.0 == tag && (row.1 == '*' || row.1 == second));
            match link {
                Some((_, _, ours)) => {
                    let inside = link::inside(field);
                    draft.linked(ours, '0', inside);
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
        let sentence = value.len() > 12 && !value.ends_with("..") && field.tag.as_str() == "245";
        if punctuated && at == last && sentence {
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

fn codes(record: &BiblioRecord, level: char, draft: &mut Draft) {
    let data = record.control("008").unwrap_or("");
    draft.data(
        "100",
        BLANK,
        vec![Subfield::new('a', coded::general(data, level))],
    );
    let fixed: String = data.chars().skip(35).take(3).collect();
    let spoken = record.field("041");
    let mut languages = Vec::new();
    for (theirs, ours) in [
        ('a', 'a'),
        ('k', 'b'),
        ('h', 'c'),
        ('b', 'd'),
        ('f', 'e'),
        ('e', 'h'),
        ('j', 'j'),
    ] {
        let values = spoken.into_iter().flat_map(|field| field.all(theirs));
        languages.extend(values.map(|value| Subfield::new(ours, value)));
    }
    if languages.is_empty() && fixed.trim().len() == 3 && fixed != "|||" {
        languages.push(Subfield::new('a', fixed));
    }
    let first = match spoken.map(|field| field.indicators().0) {
        Some('1') => '1',
        Some(_) | None => '0',
    };
    draft.data("101", Indicators(first, ' '), languages);
    let country: String = data.chars().skip(15).take(3).collect();
    let countries: Vec<Subfield> = record
        .fields("044")
        .flat_map(|field| field.all('a').filter_map(table::country))
        .chain(table::country(&country).filter(|_| record.field("044").is_none()))
        .map(|code| Subfield::new('a', code))
        .collect();
    draft.data("102", BLANK, countries);
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
    let sources: Vec<&Field> = record.fields("040").collect();
    let rules = sources
        .iter()
        .find_map(|field| field.first('e'))
        .unwrap_or("");
    for field in sources {
        for (theirs, second, date) in [
            ('a', '0', &entered),
            ('c', '1', &entered),
            ('d', '2', &changed),
        ] {
            for agency in field.all(theirs) {
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
    }
    if let (None, Some(agency)) = (record.field("040"), record.control("003")) {
        let pairs = [('a', "RU"), ('b', agency), ('c', entered.as_str())];
        draft
            .fields
            .extend(super::made("801", Indicators(' ', '0'), &pairs));
    }
}

/// 245: `$b` apart into other information and parallel titles, `$c` into statements.
fn title(field: &Field, subfields: &[Subfield], draft: &mut Draft) {
    let mut made = Vec::new();
    let mut parallel = field
        .first('a')
        .is_some_and(|a| a.trim_end().ends_with('='));
    for subfield in subfields {
        match subfield.code {
            'a' => made.push(Subfield::new('a', subfield.value.clone())),
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
            'h' => made.push(Subfield::new('b', subfield.value.clone())),
            'n' => made.push(Subfield::new('h', subfield.value.clone())),
            'p' => made.push(Subfield::new('i', subfield.value.clone())),
            _ => draft.keep(field, std::slice::from_ref(subfield)),
        }
    }
    draft.data("200", Indicators('1', ' '), made);
}

fn imprint(field: &Field, subfields: &[Subfield], draft: &mut Draft) {
    let maker = field.tag.as_str() == "264" && field.indicators().1 == '3';
    let copyright = field.tag.as_str() == "264" && field.indicators().1 == '4';
    if copyright {
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
    let made = subfields
        .iter()
        .filter_map(|s| Some(Subfield::new(code(s.code)?, s.value.clone())));
    draft.data("210", BLANK, made.collect());
}

/// 336 and 337 as one statement of content and medium.
fn content(record: &BiblioRecord, draft: &mut Draft) {
    if draft.fields.iter().any(|field| field.tag.as_str() == "203") {
        return;
    }
    let mut made = Vec::new();
    for field in record.fields("336") {
        let (form, qualifier) = match field.first('b').map(str::trim) {
            Some("txt") => ("Текст", ""),
            Some("cri") => ("Изображение", "картографическое"),
            Some("sti") => ("Изображение", "неподвижное"),
            Some("tdi") => ("Изображение", "движущееся"),
            Some("ntm") => ("Музыка", "знаковая"),
            Some("prm") => ("Музыка", "исполнительская"),
            Some("spw") => ("Устная речь", ""),
            Some("cop") => ("Программа", ""),
            Some("tdf") => ("Предмет", ""),
            Some(_) | None => {
                let text = field.first('a').unwrap_or("").trim();
                text.split_once(" (").unwrap_or((text, ""))
            }
        };
        let qualifier = qualifier.trim_end_matches(')');
        if ("А".."я").contains(&form) && !form.is_empty() {
            made.push(Subfield::new('a', form));
            if !qualifier.is_empty() {
                made.push(Subfield::new('b', qualifier));
            }
        }
    }
    let form = made.first().map_or("", |s: &Subfield| s.value.as_str());
    let ending = match form {
        "Текст" | "Предмет" => "ый",
        "Изображение" => "ое",
        _ => "ая",
    };
    let medium = record.first("337", 'b').unwrap_or("").trim();
    let medium = match medium {
        "n" => format!("непосредственн{ending}"),
        "c" => format!("электронн{ending}"),
        "s" => "аудио".to_owned(),
        "v" => "видео".to_owned(),
        "h" => "микроформа".to_owned(),
        _ => record.first("337", 'a').unwrap_or("").trim().to_owned(),
    };
    if !made.is_empty() && !medium.is_empty() && !medium.is_ascii() {
        made.push(Subfield::new('c', medium));
    }
    draft.data("203", BLANK, made);
}

/// 1XX is first; the first 7XX without a role is an author, with a role a contributor.
fn person(field: &Field, main: &mut bool, draft: &mut Draft) {
    let (marks, mut subfields) = name::inward(field);
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
        subfields.retain(|s| s.code != '4');
        for (theirs, ours) in [('x', 'x'), ('z', 'y'), ('y', 'z'), ('v', 'j'), ('2', '2')] {
            subfields.extend(field.all(theirs).map(|value| Subfield::new(ours, value)));
        }
    }
    *main |= tag == "700";
    draft.data(tag, marks, subfields);
}

fn body(field: &Field, subfields: &[Subfield], main: &mut bool, draft: &mut Draft) {
    let meeting = field.tag.as_str().ends_with("11");
    let code = |theirs: char| match (theirs, meeting) {
        ('a', _) => Some('a'),
        ('b', false) | ('e', true) => Some('b'),
        ('n', _) => Some('d'),
        ('d', _) => Some('f'),
        ('c', _) => Some('e'),
        ('0', _) => Some('3'),
        _ => None,
    };
    let mut made: Vec<Subfield> = subfields
        .iter()
        .filter_map(|s| {
            Some(Subfield::new(
                code(s.code)?,
                s.value.trim_end_matches([',', '.']),
            ))
        })
        .collect();
    let roles = name::roles(field);
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
}

/// 773: the set of a volume, the journal and issue of an article, the book of a chapter.
fn host(record: &BiblioRecord, field: &Field, draft: &mut Draft) {
    if !matches!(record.leader.at(7), 'a' | 'b') {
        return draft.linked("461", '0', link::inside(field));
    }
    let (whole, unit) = link::host(field);
    if whole.is_empty() {
        draft.linked("463", '0', unit);
    } else {
        draft.linked("461", '0', whole);
        draft.linked("463", '0', unit);
    }
}

fn series(field: &Field, draft: &mut Draft) {
    let title = field.first('a').unwrap_or("").trim_end_matches([' ', ';']);
    let pairs = [('a', title), ('v', field.first('v').unwrap_or(""))];
    let mut inside: Vec<Field> =
        super::made("011", BLANK, &[('a', field.first('x').unwrap_or(""))])
            .into_iter()
            .collect();
    inside.extend(super::made("200", Indicators('1', ' '), &pairs));
    draft.linked("410", '0', inside);
}

/// A field once kept from RUSMARC comes back as it was.
fn restored(field: &Field, draft: &mut Draft) {
    let ours = field.first('2') == Some("rusmarc") && field.indicators().0 == '2';
    let Some(tag) = field.first('a').filter(|_| ours) else {
        return draft.fields.push(field.clone());
    };
    let mut marks = field.first('b').unwrap_or("  ").chars();
    let indicators = Indicators(marks.next().unwrap_or(' '), marks.next().unwrap_or(' '));
    draft.data(
        tag,
        indicators,
        field.subfields().iter().skip(3).cloned().collect(),
    );
}
