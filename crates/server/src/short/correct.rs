//! The rows of a record that stands, and the record with its rows typed anew.

use catalog::record::{BiblioRecord, Body, Field, Subfield};

use super::{Author, BBK, MOST, Made, ROWS, UNSAID, extent, wrong_year};

/// What stands in a row of the form, by the record.
pub(crate) fn value(record: &BiblioRecord, row: &str) -> String {
    if row == "author" {
        let family = record.first("700", 'a').unwrap_or_default();
        return match record.first("700", 'g').or(record.first("700", 'b')) {
            Some(given) => format!("{family}, {given}"),
            None => family.to_owned(),
        };
    }
    let place = PLACES.iter().find(|(name, ..)| *name == row);
    let found = place.and_then(|(_, tag, code)| {
        let field = &record.fields[shown_field(record, tag, *code)?];
        field.first(*code)
    });
    found.unwrap_or_default().to_owned()
}

/// Rows that are one subfield each.
const PLACES: [(&str, &str, char); 8] = [
    ("title", "200", 'a'),
    ("subtitle", "200", 'e'),
    ("place", "210", 'a'),
    ("publisher", "210", 'c'),
    ("year", "210", 'd'),
    ("pages", "215", 'a'),
    ("isbn", "010", 'a'),
    ("class", "686", 'a'),
];

/// The field that a row shows and changes: the first of the tag with that subfield. A class mark of another scheme
/// than the ББК is no row of the form.
fn shown_field(record: &BiblioRecord, tag: &str, code: char) -> Option<usize> {
    let other_scheme = |field: &Field| {
        let scheme = field.first('2');
        tag == "686" && scheme.is_some_and(|scheme| scheme != BBK)
    };
    record.fields.iter().position(|field| {
        field.tag.as_str() == tag && field.first(code).is_some() && !other_scheme(field)
    })
}

/// The record with the rows as typed; what the rows do not show, and every row left alone, stays to the byte. The
/// coded year follows the year, and a printed book without 105 gets one that says nothing.
pub(crate) fn corrected(
    record: &BiblioRecord,
    row: impl Fn(&str) -> String,
) -> Result<BiblioRecord, String> {
    let mut made = Made(record.clone());
    let typed = |name: &str| row(name).trim().to_owned();
    if typed("title").is_empty() {
        return Err("Впишите заглавие, как оно стоит на титульном листе".to_owned());
    }
    for (name, label, _) in ROWS {
        let length = typed(name).chars().count();
        if length > MOST && length > value(record, name).chars().count() {
            return Err(format!("«{label}»: не больше {MOST} знаков"));
        }
    }
    for (name, tag, code) in PLACES {
        let (before, after) = (value(record, name), typed(name));
        if before.trim() == after {
            continue;
        }
        match name {
            "year" => made.year(&after)?,
            "pages" => {
                made.set(tag, code, &extent(after))?;
                continue;
            }
            _ => {}
        }
        made.set(tag, code, &after)?;
    }
    let (before, after) = (value(record, "author"), typed("author"));
    if before.trim() != after {
        let (was, is) = (Author::typed(&before), Author::typed(&after));
        made.author(&is)?;
        // The words of the title page follow only where they were the same.
        let stated = record.first("200", 'f').unwrap_or_default();
        if stated.is_empty() || stated == before || stated == was.stated() {
            made.set("200", 'f', &is.stated())?;
        }
    }
    let printed_book = record.leader.to_string().get(6..8) == Some("am");
    if printed_book && record.fields("105").next().is_none() {
        made.set("105", 'a', UNSAID)?;
    }
    Ok(made.0)
}

impl Made {
    /// Puts a value into the field that shows it, else into the first of the tag that may; an empty one takes the
    /// subfield away, and the field with it when no words are left.
    pub(super) fn set(&mut self, tag: &str, code: char, value: &str) -> Result<(), String> {
        let may = |field: &Field| {
            // A number that is no ISBN, and a mark of another scheme, keep their own field.
            let other = (tag == "010" && field.first('z').is_some()) || tag == "686";
            field.tag.as_str() == tag && !other
        };
        let shown = shown_field(&self.0, tag, code);
        let Some(at) = shown.or_else(|| self.0.fields.iter().position(may)) else {
            return self.insert(tag, code, value);
        };
        let Body::Data(_, subfields) = &mut self.0.fields[at].body else {
            return Err(format!("Поле {tag} этой записи правят целиком, а не здесь"));
        };
        match subfields.iter().position(|subfield| subfield.code == code) {
            Some(found) if value.is_empty() => {
                subfields.remove(found);
            }
            Some(found) => value.clone_into(&mut subfields[found].value),
            None if value.is_empty() => {}
            None => {
                let place = subfields
                    .iter()
                    .position(|s| s.code > code && s.code.is_ascii_lowercase());
                let place = place.unwrap_or(subfields.len());
                subfields.insert(place, Subfield::new(code, value));
            }
        }
        // A scheme without its mark, a relator without its person say nothing.
        let only_codes = subfields.iter().all(|s| s.code.is_ascii_digit());
        if only_codes {
            self.0.fields.remove(at);
        }
        Ok(())
    }

    /// Puts a field of one value where its tag belongs.
    fn insert(&mut self, tag: &str, code: char, value: &str) -> Result<(), String> {
        let marks = if tag == "200" { "1 " } else { "  " };
        let mut parts = vec![(code, value.to_owned())];
        if tag == "686" {
            parts.push(('2', BBK.to_owned()));
        }
        self.put(tag, marks, &parts)?;
        self.bring_home(tag);
        Ok(())
    }

    /// Moves a field just put in from the end to its place by its tag.
    pub(super) fn bring_home(&mut self, tag: &str) {
        let after = |field: &Field| field.tag.as_str() > tag;
        if let Some(field) = self.0.fields.pop_if(|field| field.tag.as_str() == tag) {
            let place = self.0.fields.iter().position(after);
            let place = place.unwrap_or(self.0.fields.len());
            self.0.fields.insert(place, field);
        }
    }

    /// Заголовок автора: the first 700, with the mark that says whether the name is given under a surname.
    fn author(&mut self, author: &Author) -> Result<(), String> {
        let of_tag = |field: &Field| field.tag.as_str() == "700";
        if !self.0.fields.iter().any(of_tag) {
            self.put("700", author.marks(), &author.subfields())?;
            self.bring_home("700");
            return Ok(());
        }
        if author.family.is_empty() {
            let first = self.0.fields.iter().position(of_tag);
            first.map(|at| self.0.fields.remove(at));
            return Ok(());
        }
        for (code, value) in author.subfields() {
            self.set("700", code, &value)?;
        }
        let heading = self.0.fields.iter_mut().find(|field| of_tag(field));
        if let Some(Body::Data(marks, _)) = heading.map(|field| &mut field.body) {
            marks.1 = if author.given.is_empty() { '0' } else { '1' };
        }
        Ok(())
    }

    /// The year in the coded data follows the year of the imprint.
    fn year(&mut self, year: &str) -> Result<(), String> {
        if let Some(why) = wrong_year(year) {
            return Err(why);
        }
        let coded = self.0.first("100", 'a').unwrap_or_default();
        if coded.is_ascii() && coded.len() >= 13 {
            let (kind, shown) = match (year, coded.get(8..9)) {
                ("", _) => ("u", "    "),
                (year, Some("u") | None) => ("d", year),
                (year, Some(kind)) => (kind, year),
            };
            let coded = format!("{}{kind}{shown}{}", &coded[..8], &coded[13..]);
            self.set("100", 'a', &coded)?;
        }
        Ok(())
    }
}
