//! Аналитическое описание: a part, ` // `, and the book, journal or site it stands in.

use super::super::link::{find, first};
use super::areas::{addresses, doi, edition, published, published_as};
use super::text::{capital, clean, is_designation, ranges};
use super::title::{area, render, render_codes};
use super::{Sheet, content};

/// The whole description of a part; its own number and kind of content precede the host.
pub(super) fn analytic(sheet: &Sheet) -> String {
    let mut part = vec![area(sheet)];
    part.extend(doi(sheet));
    part.extend(content::area(sheet));
    let part = sheet.join(part);
    let mut host = if find(&sheet.set, "200").is_some() {
        in_series(sheet)
    } else {
        in_book(sheet)
    };
    host.extend(addresses(sheet));
    format!("{part} // {}", sheet.join(host))
}

/// An issue of a journal or a volume of a set: title, year, issue, pages.
fn in_series(sheet: &Sheet) -> Vec<String> {
    let (set, unit) = (&sheet.set, &sheet.unit);
    let issue = first(unit, "200", 'a').unwrap_or("");
    let own = find(unit, "210");
    let of_set = find(set, "210");
    let placed = own.is_some_and(|field| field.first('a').is_some());
    // A volume of a set bears its imprint; an issue of a serial only its year.
    let serial = first(set, "011", 'a').is_some();
    let part = first(set, "200", 'v').unwrap_or(issue);
    let volume = !serial
        && is_designation(part)
        && !issue.contains('№')
        && of_set.is_some_and(|f| f.first('c').is_some());
    let year = own.and_then(|field| field.first('d'));
    let published = match (own, of_set) {
        (Some(own), _) if placed => published(own),
        (_, Some(of_set)) if volume => published_as(of_set, year.or(of_set.first('d'))),
        (own, of_set) => {
            let year = year.or_else(|| own.or(of_set).and_then(|field| field.first('d')));
            year.map(ranges).unwrap_or_default()
        }
    };
    let codes: &[char] = if placed || volume {
        &['a', 'd', 'e', 'f', 'g', 'h', 'i']
    } else {
        &['a', 'e', 'h', 'i']
    };
    let title = find(set, "200").map(|f| render_codes(f, codes));
    let mut rows: Vec<String> = title.into_iter().collect();
    rows.push(published);
    let own = find(unit, "200").map(|field| render_codes(field, &['a', 'e', 'h', 'i']));
    let number = first(set, "200", 'v').map(clean).unwrap_or_default();
    rows.push(numbered(&number, &own.unwrap_or_default()));
    rows.extend(pages(sheet));
    rows
}

/// A book or a site: its description without extent, then pages.
fn in_book(sheet: &Sheet) -> Vec<String> {
    let unit = &sheet.unit;
    let of = |tag: &'static str| unit.iter().filter(move |field| field.tag.as_str() == tag);
    let mut rows: Vec<String> = of("200").take(1).map(render).collect();
    rows.extend(of("205").map(edition));
    rows.extend(of("210").map(published));
    rows.extend(pages(sheet));
    rows
}

/// The number of a volume with the name or number of what stands in it, said once.
fn numbered(number: &str, own: &str) -> String {
    let sign = if own.contains('№') || is_designation(own) {
        ", "
    } else {
        " : "
    };
    match (number, own) {
        (number, own) if number.is_empty() || own.starts_with(number) => own.to_owned(),
        (number, "") => ranges(number),
        (number, own) => format!("{number}{sign}{own}"),
    }
}

/// Where in the host the part stands: every designation in its order, or the pages of an extent.
fn pages(sheet: &Sheet) -> Vec<String> {
    let unit = find(&sheet.unit, "200");
    let said: Vec<String> = unit
        .into_iter()
        .flat_map(|field| field.all('v').map(ranges))
        .collect();
    if !said.is_empty() {
        return said;
    }
    let extents = [
        first(&sheet.unit, "215", 'a'),
        sheet.record.first("215", 'a'),
    ];
    let mut pages = extents.into_iter().flatten().map(str::trim).filter(|text| {
        ["С.", "C.", "с. ", "c. ", "P.", "p. ", "S."]
            .iter()
            .any(|word| text.starts_with(word))
    });
    pages
        .next()
        .map(|text| capital(&ranges(text)))
        .into_iter()
        .collect()
}
