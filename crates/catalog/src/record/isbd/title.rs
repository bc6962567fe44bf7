//! Заголовок и первая область: under whose name, and what it is called.
//!
//! Names are taken in the form of the record; no name is inverted or shortened here.

use super::super::link::{embedded, find};
use super::super::{BiblioRecord, Field, names};
use super::Sheet;
use super::text::{capital, clean, clean_title, compose, full_stop, written_out};

/// The heading with its point.
pub(super) fn heading(sheet: &Sheet) -> Option<String> {
    heading_name(sheet).map(|name| full_stop(&name))
}

/// The heading without its point: a person when there are at most three authors, else a body.
pub(super) fn heading_name(sheet: &Sheet) -> Option<String> {
    let own = &sheet.record.fields;
    let borrowed = sheet.under_set() && find(own, "700").is_none();
    let mut authors = names::authors(own, sheet.record.leader.at(6));
    if authors.is_empty() && borrowed {
        authors = names::authors(&sheet.set, sheet.record.leader.at(6));
    }
    if (1..=3).contains(&authors.len()) && !more_than_named(sheet) {
        return authors.first().map(|field| person(field));
    }
    let body = find(own, "710").or_else(|| find(own, "740"));
    if !authors.is_empty() {
        return None;
    }
    body.map(corporate).filter(|name| !name.is_empty())
}

/// Whether the statement of responsibility says that there are more authors than it names.
fn more_than_named(sheet: &Sheet) -> bool {
    let marks = ["и др.", "[et al.]", "и другие"];
    let own = sheet.record.first("200", 'f').unwrap_or("");
    // What follows the first statement speaks of editors and others.
    let own = own.split(" ; ").next().unwrap_or("").trim_start();
    let others = ["под ", "сост", "ред", "пер"];
    let of_authors = !others.iter().any(|word| own.starts_with(word));
    of_authors && marks.iter().any(|mark| own.contains(mark))
}

/// `Лесников, А. В.`; a name in direct order keeps it: `Петр I`.
pub(super) fn person(field: &Field) -> String {
    let part = |code| field.first(code).map(clean).unwrap_or_default();
    let (name, initials, number) = (part('a'), part('b'), part('d'));
    let initials = if initials.is_empty() {
        part('g')
    } else {
        initials
    };
    let mut text = name;
    if !initials.is_empty() && !text.contains(',') {
        let sign = if field.indicators().1 == '0' {
            " "
        } else {
            ", "
        };
        text.push_str(sign);
        text.push_str(&spaced(&initials));
    }
    if !number.is_empty() {
        text.push(' ');
        text.push_str(&number);
    }
    let epithet = part('c');
    let named = epithet.chars().next().is_some_and(char::is_uppercase);
    if field.indicators().1 == '0' && named {
        text.push(' ');
        text.push_str(&epithet);
    }
    text
}

/// Initials apart, as headings print them: `Д.Г.` gives `Д. Г.`
fn spaced(initials: &str) -> String {
    let mut text = String::with_capacity(initials.len() + 2);
    for c in initials.chars() {
        if text.ends_with('.') && c.is_uppercase() {
            text.push(' ');
        }
        text.push(c);
    }
    text
}

/// `Российская Федерация. Законы`; a conference adds its number, year and place.
fn corporate(field: &Field) -> String {
    let names = field
        .subfields()
        .iter()
        .filter(|s| matches!(s.code, 'a' | 'b' | 't'))
        .map(|s| (". ", clean(&s.value)));
    let name = compose(names);
    let meeting = compose(
        ['d', 'f', 'e']
            .iter()
            .filter_map(|code| Some((" ; ", clean(field.first(*code)?)))),
    );
    if field.tag.as_str() == "710" && field.indicators().0 == '1' && !meeting.is_empty() {
        format!("{name} ({meeting})")
    } else {
        name
    }
}

/// The first area.
pub(super) fn area(sheet: &Sheet) -> String {
    if sheet.under_set() {
        return under_set(sheet);
    }
    let own = sheet.record.field("200").map(render).unwrap_or_default();
    let others = sheet.record.fields("423").filter_map(|field| {
        let inside = embedded(field);
        find(&inside, "200").map(render)
    });
    compose(std::iter::once(own).chain(others).map(|part| (". ", part)))
}

/// The title alone, for lists.
pub(super) fn proper(sheet: &Sheet) -> String {
    let own = |field: &Field| {
        let parts = field.subfields().iter().filter_map(|s| match s.code {
            'a' => Some((" ; ", clean_title(&s.value))),
            'h' | 'i' => Some((". ", clean(&s.value))),
            _ => None,
        });
        compose(parts)
    };
    let title = sheet.record.field("200").map(own).unwrap_or_default();
    if !sheet.under_set() {
        return title;
    }
    let set = find(&sheet.set, "200").map(own).unwrap_or_default();
    let part = if serial(sheet.record) {
        title
    } else {
        written_out(&title)
    };
    compose([(". ", set), (". ", part)].into_iter())
}

/// Field 200 with its signs, in the order of the record.
pub(super) fn render(field: &Field) -> String {
    render_codes(field, &['a', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])
}

/// The same, of these subfields only.
pub(super) fn render_codes(field: &Field, codes: &[char]) -> String {
    let (mut before, mut said) = (' ', false);
    let mut parts = Vec::new();
    for subfield in field.subfields() {
        let code = subfield.code;
        if !codes.contains(&code) {
            continue;
        }
        let sign = match code {
            'c' | 'h' => ". ",
            'd' => " = ",
            'e' => " : ",
            'f' if before != 'f' => " / ",
            'g' if !said => " / ",
            'i' if before == 'h' => ", ",
            'i' => ". ",
            // Another work of the same author, another statement.
            _ => " ; ",
        };
        let value = if code == 'a' {
            clean_title(&subfield.value)
        } else {
            clean(&subfield.value)
        };
        if !value.is_empty() {
            before = code;
            // Another title begins its own statements.
            said = matches!(code, 'f' | 'g') || said && !matches!(code, 'a' | 'c');
            parts.push((sign, value));
        }
    }
    compose(parts.into_iter())
}

/// A part that has only a number: the set speaks first.
fn under_set(sheet: &Sheet) -> String {
    let (Some(set), Some(own)) = (find(&sheet.set, "200"), sheet.record.field("200")) else {
        return String::new();
    };
    let rest = render_codes(own, &['e', 'h', 'i']);
    let rest_sign = match own.subfields().iter().find(|s| "ehi".contains(s.code)) {
        Some(first) if first.code == 'e' => " : ",
        Some(_) | None => ". ",
    };
    let number = own.first('a').map(clean).unwrap_or_default();
    let said = render_codes(set, &['f', 'g']);
    let said = if said.is_empty() {
        render_codes(own, &['f', 'g'])
    } else {
        said
    };
    let name = render_codes(set, &['a', 'd', 'h', 'i']);
    let about = |sign| set.all('e').map(move |e| (sign, clean(e)));
    let mut parts = vec![("", name)];
    if serial(sheet.record) {
        parts.push((". ", number));
        parts.push((rest_sign, rest));
        parts.extend(about(" : "));
    } else {
        parts.extend(about(". ").map(|(sign, e)| (sign, capital(&e))));
        parts.push((". ", written_out(&number)));
        parts.push((rest_sign, rest));
    }
    parts.push((" / ", said));
    compose(parts.into_iter())
}

fn serial(record: &BiblioRecord) -> bool {
    record.leader.at(7) == 's'
}
