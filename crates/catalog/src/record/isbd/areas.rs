//! Области 2–8: edition, specific data, publication, extent, series, notes, identifiers.

use super::super::Field;
use super::super::link::{embedded, find, first};
use super::Sheet;
use super::text::{by_signs, clean, clean_title, compose, date, place, ranges};
use super::title::render_codes;

/// Areas 2–5.
pub(super) fn middle(sheet: &Sheet) -> Vec<String> {
    let record = sheet.record;
    let mut areas = Vec::new();
    areas.extend(record.fields("205").map(edition));
    areas.extend(record.fields("206").map(mathematical));
    areas.extend(
        record
            .fields("208")
            .map(|f| by_signs(f, &[('a', " ; "), ('d', " = ")])),
    );
    areas.extend(
        record
            .fields("207")
            .map(|field| compose(field.all('a').map(|value| (" ; ", ranges(value))))),
    );
    areas.extend(publication(sheet));
    areas.extend(record.fields("215").map(|f| extent(f, sheet.options.size)));
    areas
}

/// Area 2.
pub(super) fn edition(field: &Field) -> String {
    let signs = &[
        ('a', " ; "),
        ('b', ", "),
        ('d', " = "),
        ('f', " / "),
        ('g', " ; "),
    ];
    by_signs(field, signs)
}

/// Area 3 of maps.
fn mathematical(field: &Field) -> String {
    compose(field.subfields().iter().filter_map(|s| {
        let value = clean(&s.value);
        match s.code {
            'a' => Some(("", value)),
            'b' => Some((", ", value)),
            'c' => Some((" ; ", value)),
            'd' => Some((" ", format!("({})", value.trim_matches(['(', ')'])))),
            _ => None,
        }
    }))
}

/// Area 4; a part with nothing but a year takes place and publisher from its set.
fn publication(sheet: &Sheet) -> Vec<String> {
    let own: Vec<&Field> = sheet.record.fields("210").collect();
    let bare = own
        .iter()
        .all(|f| f.first('a').is_none() && f.first('c').is_none());
    if sheet.under_set()
        && bare
        && let Some(set) = find(&sheet.set, "210")
    {
        let year = own.first().and_then(|field| field.first('d'));
        return vec![published_as(set, year.or(set.first('d')))];
    }
    own.into_iter().map(published).collect()
}

/// Area 4 of one field.
pub(super) fn published(field: &Field) -> String {
    let (mut line, mut made) = (Vec::new(), Vec::new());
    for subfield in field.subfields() {
        let (sign, value, to) = match subfield.code {
            'a' => (" ; ", place(&subfield.value), &mut line),
            'c' => (" : ", clean(&subfield.value), &mut line),
            'd' => (", ", ranges(&subfield.value), &mut line),
            'e' => (" ; ", place(&subfield.value), &mut made),
            'g' => (" : ", clean(&subfield.value), &mut made),
            'h' => (", ", ranges(&subfield.value), &mut made),
            _ => continue,
        };
        to.push((sign, value));
    }
    let (line, made) = (bracketed(line), bracketed(made));
    match made.as_str() {
        "" => line,
        made => format!("{line} ({made})"),
    }
}

/// Elements with their signs; what stands in brackets side by side stands in one pair.
fn bracketed(parts: Vec<(&str, String)>) -> String {
    let whole = |value: &str| {
        let inside = value.strip_prefix('[').and_then(|v| v.strip_suffix(']'));
        inside.is_some_and(|inside| !inside.contains(['[', ']']))
    };
    let mut line = String::new();
    let mut open = false;
    for (sign, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
        let now = whole(&value);
        if open && now {
            line.pop();
            line.push_str(sign);
            line.push_str(&value[1..]);
        } else {
            line.push_str(if line.is_empty() { "" } else { sign });
            line.push_str(&value);
        }
        open = now;
    }
    line
}

/// Place and publisher of a set with the year of its part.
pub(super) fn published_as(set: &Field, year: Option<&str>) -> String {
    let parts = set.subfields().iter().filter_map(|s| match s.code {
        'a' => Some((" ; ", place(&s.value))),
        'c' => Some((" : ", clean(&s.value))),
        _ => None,
    });
    let year = year.map(|year| (", ", ranges(year)));
    bracketed(parts.chain(year).collect())
}

/// Area 5.
pub(super) fn extent(field: &Field, size: bool) -> String {
    compose(field.subfields().iter().filter_map(|s| match s.code {
        'a' => Some((", ", ranges(&s.value))),
        'c' => Some((" : ", clean(&s.value))),
        'd' if size => Some((" ; ", clean(&s.value))),
        'e' => Some((" + ", clean(&s.value))),
        _ => None,
    }))
}

/// Area 6: every series in brackets of its own, then the set of a part that has its own title.
pub(super) fn series(sheet: &Sheet) -> Option<String> {
    let record = sheet.record;
    let mut rows: Vec<String> = record.fields("225").map(|f| one_series(f, None)).collect();
    let named: Vec<String> = record.fields("225").filter_map(title_of).collect();
    if rows.is_empty() {
        for field in record.fields("410") {
            let inside = embedded(field);
            let issn = first(&inside, "011", 'a');
            rows.extend(find(&inside, "200").map(|title| one_series(title, issn)));
        }
    }
    if !sheet.under_set() {
        for field in record.fields("461") {
            let inside = embedded(field);
            let Some(title) = find(&inside, "200").filter(|f| f.first('a').is_some()) else {
                continue;
            };
            if title_of(title).is_none_or(|title| !named.contains(&title)) {
                rows.push(one_series(title, first(&inside, "011", 'a')));
            }
        }
    }
    let line = compose(
        rows.iter()
            .filter(|row| !row.is_empty())
            .map(|row| (" ", format!("({row})"))),
    );
    (!line.is_empty()).then_some(line)
}

fn title_of(field: &Field) -> Option<String> {
    field.first('a').map(|title| clean(title).to_lowercase())
}

/// Title, responsibility, ISSN, number.
fn one_series(field: &Field, issn: Option<&str>) -> String {
    let mut before = ' ';
    let mut parts = Vec::new();
    let mut numbers = Vec::new();
    for subfield in field.subfields() {
        let value = clean(&subfield.value);
        let sign = match subfield.code {
            'a' | 'h' => ". ",
            'i' if before == 'h' => ", ",
            'i' => ". ",
            'd' => " = ",
            'e' => " : ",
            'f' => " / ",
            'g' => " ; ",
            'x' => ", ",
            'v' => {
                numbers.push((" ; ", value));
                continue;
            }
            _ => continue,
        };
        before = subfield.code;
        let value = match subfield.code {
            'x' => numbered("ISSN", &value),
            'a' => clean_title(&value),
            _ => value,
        };
        parts.push((sign, value));
    }
    if let Some(issn) = issn.filter(|_| field.first('x').is_none()) {
        parts.push((", ", numbered("ISSN", &clean(issn))));
    }
    parts.extend(numbers);
    compose(parts.into_iter())
}

/// Area 7: frequency, requirements, notes, bibliography, then the print run.
pub(super) fn notes(sheet: &Sheet) -> Vec<String> {
    let record = sheet.record;
    let mut notes: Vec<String> = Vec::new();
    for tag in ["326", "337", "300"] {
        notes.extend(record.fields(tag).flat_map(|f| f.all('a')).map(clean));
    }
    notes.extend(record.fields("320").flat_map(|f| f.all('a')).map(ranges));
    if sheet.options.print_run {
        let runs = record.fields("010").flat_map(|f| f.all('9')).map(clean);
        notes.extend(runs.map(|run| {
            if run.chars().all(|c| c.is_ascii_digit() || c == ' ') {
                format!("{run} экз.")
            } else {
                run
            }
        }));
    }
    notes
}

/// Area 8: standard numbers with their price, then addresses and terms of access.
pub(super) fn identifiers(sheet: &Sheet) -> Vec<String> {
    let record = sheet.record;
    let mut rows: Vec<String> = Vec::new();
    for (tag, name) in [("010", "ISBN"), ("011", "ISSN"), ("013", "ISMN")] {
        rows.extend(
            record
                .fields(tag)
                .map(|f| number(f, name, sheet.options.price)),
        );
    }
    if let Some(issn) = first(&sheet.set, "011", 'a')
        && sheet.under_set()
        && record.field("011").is_none()
    {
        rows.push(numbered("ISSN", &clean(issn)));
    }
    if let Some(key) = record.first("530", 'a')
        && let Some(row) = rows.iter_mut().find(|row| row.starts_with("ISSN"))
    {
        row.push_str(" = ");
        row.push_str(&clean(key));
    }
    rows.extend(doi(sheet));
    rows.extend(addresses(sheet));
    rows
}

/// Number, its qualifiers, its price.
fn number(field: &Field, name: &str, with_price: bool) -> String {
    let mut line = match (field.first('a'), field.first('z')) {
        (Some(number), _) => numbered(name, &clean(number)),
        (None, Some(wrong)) => format!("{} (ошибоч.)", numbered(name, &clean(wrong))),
        (None, None) => String::new(),
    };
    let notes = compose(field.all('b').map(|b| (" ; ", clean(b))));
    if !notes.is_empty() && !line.is_empty() {
        line.push_str(&format!(" ({})", notes.trim_matches(['(', ')'])));
    }
    // A price of nothing is a blank of some other program.
    let told =
        |price: &&str| price.contains(|c: char| c.is_alphabetic() || ('1'..='9').contains(&c));
    let price = field
        .first('d')
        .filter(|_| with_price)
        .filter(told)
        .map(clean);
    compose([("", line), (" : ", price.unwrap_or_default())].into_iter())
}

/// `ISBN 978-…`; a label already typed is not doubled.
fn numbered(name: &str, number: &str) -> String {
    match number {
        "" => String::new(),
        _ if number.to_uppercase().starts_with(name) => number.to_owned(),
        _ => format!("{name} {number}"),
    }
}

/// DOI of the thing described.
pub(super) fn doi(sheet: &Sheet) -> Vec<String> {
    let is_doi = |f: &&Field| f.first('2').is_some_and(|s| s.eq_ignore_ascii_case("doi"));
    let fields = sheet.record.fields("017").filter(is_doi);
    fields
        .filter_map(|field| field.first('a'))
        .map(|number| numbered("DOI", &clean(number)))
        .collect()
}

/// Addresses with the day they were seen, then terms of access.
pub(super) fn addresses(sheet: &Sheet) -> Vec<String> {
    let mut rows = Vec::new();
    for field in sheet.record.fields("856") {
        let seen = field
            .first('e')
            .map(seen_on)
            .or(sheet.options.accessed.clone());
        for address in field.all('u') {
            let seen = seen.as_ref().map(|day| format!(" (дата обращения: {day})"));
            rows.push(format!(
                "URL: {}{}",
                clean(address),
                seen.unwrap_or_default()
            ));
        }
    }
    let terms = sheet
        .record
        .fields("371")
        .filter(|f| f.indicators().0 != '1');
    for term in terms.filter_map(|field| field.first('a')).map(clean) {
        let lower = term.to_lowercase();
        rows.push(if lower.starts_with("режим доступа") {
            term
        } else {
            format!("Режим доступа: {term}")
        });
    }
    rows
}

/// The day an address was seen; words already typed before it are not doubled.
fn seen_on(value: &str) -> String {
    let value = value.trim().trim_matches(['(', ')']);
    let small = value.to_lowercase();
    let words = "дата обращения";
    match value
        .get(words.len()..)
        .filter(|_| small.starts_with(words))
    {
        Some(day) => date(day.trim_start_matches([':', ' '])),
        None => date(value),
    }
}

/// Volumes named by a record of a set, one line each.
pub(super) fn volumes(sheet: &Sheet) -> Vec<String> {
    if sheet.record.leader.at(8) != '1' || sheet.record.leader.at(7) != 'm' {
        return Vec::new();
    }
    let links = sheet
        .record
        .fields
        .iter()
        .filter(|field| matches!(field.tag.as_str(), "462" | "463" | "464"));
    links
        .map(|link| volume(sheet, &embedded(link)))
        .filter(|line| !line.is_empty())
        .collect()
}

fn volume(sheet: &Sheet, fields: &[Field]) -> String {
    let title = find(fields, "200").map(|title| {
        let number = title.first('v').map(clean).unwrap_or_default();
        let name = render_codes(title, &['a', 'd', 'e', 'f', 'g', 'h', 'i']);
        compose([("", number), (" : ", name)].into_iter())
    });
    let of = |tag: &'static str| fields.iter().filter(move |field| field.tag.as_str() == tag);
    let mut areas: Vec<String> = title.into_iter().collect();
    areas.extend(of("205").map(edition));
    areas.extend(of("210").map(published));
    areas.extend(of("215").map(|field| extent(field, sheet.options.size)));
    areas.extend(of("010").map(|field| number(field, "ISBN", sheet.options.price)));
    super::text::full_stop(&sheet.join(areas))
}
