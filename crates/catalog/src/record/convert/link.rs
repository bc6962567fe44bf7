//! Связи MARC 21, 76X–78X: one line of text each, taken apart into embedded fields and put together.

use super::super::{Field, Indicators};
use super::reading::{Inside, Reading};
use super::{BLANK, made};

/// The embedded fields for a linking entry: `$t` title, `$d` imprint, `$w` number and the rest.
pub(super) fn inside(reading: &Reading<'_>) -> Vec<Field> {
    let of = |code| reading.text(code);
    let mut fields = Vec::new();
    let number = of('w');
    if let (Ok(tag), false) = ("001".parse(), number.is_empty()) {
        let number = number.rsplit(')').next().unwrap_or("").trim();
        fields.push(Field::control(tag, number));
    }
    fields.extend(made("010", BLANK, &[('a', of('z'))]));
    fields.extend(made("011", BLANK, &[('a', of('x'))]));
    let title = of('t');
    let (title, said) = title.split_once(" / ").unwrap_or((title, ""));
    let (title, rest) = title.split_once(" : ").unwrap_or((title, ""));
    let named = [('a', title), ('e', rest), ('f', said), ('v', of('g'))];
    fields.extend(made("200", Indicators('1', ' '), &named));
    let edition = of('b');
    let (edition, more) = edition.split_once(", ").unwrap_or((edition, ""));
    fields.extend(made("205", BLANK, &[('a', edition), ('b', more)]));
    let (place, publisher, year) = imprint(of('d'));
    fields.extend(made(
        "210",
        BLANK,
        &[('a', &place), ('c', &publisher), ('d', &year)],
    ));
    fields.extend(made("215", BLANK, &[('a', of('h'))]));
    fields.extend(made("225", BLANK, &[('a', of('k'))]));
    fields.extend(
        reading
            .all('n')
            .into_iter()
            .filter_map(|note| made("300", BLANK, &[('a', note)])),
    );
    let author = of('a');
    let inverted = if author.contains(',') { '1' } else { '0' };
    fields.extend(made("700", Indicators(' ', inverted), &[('a', author)]));
    fields
}

/// `Москва : Лира, 2020` apart.
fn imprint(text: &str) -> (String, String, String) {
    let is_year = |part: &str| part.chars().any(|c| c.is_ascii_digit()) && part.len() <= 12;
    let (before, year) = match text.rsplit_once(", ") {
        Some((before, year)) if is_year(year) => (before, year),
        _ if is_year(text) => ("", text),
        Some(_) | None => (text, ""),
    };
    let (place, publisher) = before.split_once(" : ").unwrap_or((before, ""));
    (place.to_owned(), publisher.to_owned(), year.to_owned())
}

/// The host of an article: journal and issue apart when `$g` names an issue.
pub(super) fn host(reading: &Reading<'_>) -> (Vec<Field>, Vec<Field>) {
    let mut whole = inside(reading);
    let related = reading.text('g');
    let is_pages = |part: &str| {
        let part = part.to_lowercase();
        ["с.", "s.", "p.", "c."]
            .iter()
            .any(|word| part.starts_with(word))
    };
    let is_year = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = related
        .split([',', ';'])
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect();
    let pages = parts
        .iter()
        .find(|part| is_pages(part))
        .copied()
        .unwrap_or("");
    let year = parts
        .iter()
        .find(|part| is_year(part))
        .copied()
        .unwrap_or("");
    let issue: Vec<&str> = parts
        .iter()
        .filter(|part| !is_pages(part) && !is_year(part))
        .copied()
        .collect();
    let issue = issue.join(", ");
    if issue.is_empty() {
        return (Vec::new(), whole);
    }
    whole
        .iter_mut()
        .filter(|f| f.tag.as_str() == "200")
        .for_each(drop_number);
    let mut unit: Vec<Field> = Vec::new();
    unit.extend(made(
        "200",
        Indicators('1', ' '),
        &[('a', &issue), ('v', pages)],
    ));
    unit.extend(made("210", BLANK, &[('d', year)]));
    (whole, unit)
}

fn drop_number(field: &mut Field) {
    if let super::Body::Data(_, subfields) = &mut field.body {
        subfields.retain(|s| s.code != 'v');
    }
}

/// A linking entry for a link: title, number of the part, imprint, numbers.
pub(super) fn entry(inside: &Inside<'_>) -> Vec<super::Subfield> {
    let of = |tag: &str, code| inside.text(tag, code).to_owned();
    let joined = |parts: &[(&str, String)]| {
        parts.iter().fold(String::new(), |mut text, (sign, part)| {
            if !part.is_empty() {
                text.push_str(if text.is_empty() { "" } else { sign });
                text.push_str(part);
            }
            text
        })
    };
    let title = joined(&[
        ("", of("200", 'a')),
        (". ", inside.all("200", 'h').join(", ")),
        (". ", inside.all("200", 'i').join(", ")),
        (" : ", inside.all("200", 'e').join(" : ")),
        (" / ", inside.all("200", 'f').join(" ; ")),
    ]);
    let imprint = joined(&[
        ("", of("210", 'a')),
        (" : ", of("210", 'c')),
        (", ", of("210", 'd')),
    ]);
    let author = joined(&[("", of("700", 'a')), (", ", of("700", 'b'))]);
    let edition = joined(&[("", of("205", 'a')), (", ", of("205", 'b'))]);
    let rows = [
        ('a', author),
        ('t', title),
        ('b', edition),
        ('d', imprint),
        ('g', of("200", 'v')),
        ('h', of("215", 'a')),
        ('k', of("225", 'a')),
        ('n', inside.all("300", 'a').join(". ")),
        ('o', of("856", 'u')),
        ('x', of("011", 'a')),
        ('z', of("010", 'a')),
        ('w', inside.data("001").to_owned()),
    ];
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(code, value)| super::Subfield::new(code, value))
        .collect()
}
