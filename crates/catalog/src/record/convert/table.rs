//! Таблица соответствия, read from data: which field becomes which, subfield by subfield.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::super::{Body, Field, Indicators, Subfield};
use super::Draft;

/// One row; «ours» is RUSMARC.
pub(super) struct Row {
    ours: String,
    our_marks: [char; 2],
    theirs: String,
    their_marks: [char; 2],
    codes: Vec<(char, char)>,
    added: Option<(char, String)>,
    inward: bool,
    outward: bool,
}

/// The table of MARC 21.
pub(super) static MARC21: LazyLock<Vec<Row>> =
    LazyLock::new(|| rows(include_str!("../../../../../data/rusmarc/marc21.tsv")));

/// The table of native IRBIS fields.
pub(super) static IRBIS: LazyLock<Vec<Row>> =
    LazyLock::new(|| rows(include_str!("../../../../../data/rusmarc/irbis.tsv")));

static COUNTRIES: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("../../../../../data/rusmarc/marc-countries.tsv")
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .collect()
});

fn rows(text: &str) -> Vec<Row> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(row)
        .collect()
}

fn row(line: &str) -> Option<Row> {
    let mut cells = line.split('\t');
    let mut cell = || cells.next();
    let (ours, our_marks, theirs, their_marks) =
        (cell()?, marks(cell()?)?, cell()?, marks(cell()?)?);
    let codes = cell()?.split(' ').filter_map(|pair| {
        let (ours, theirs) = pair.split_once('=')?;
        let theirs = theirs.chars().next()?;
        let theirs = if theirs == '@' {
            Subfield::LEAD
        } else {
            theirs
        };
        Some((ours.chars().next()?, theirs))
    });
    let codes = codes.collect();
    let direction = cell()?;
    let added = cell().and_then(|pair| {
        let (code, value) = pair.split_once('=')?;
        Some((code.chars().next()?, value.to_owned()))
    });
    Some(Row {
        ours: ours.to_owned(),
        our_marks,
        theirs: theirs.to_owned(),
        their_marks,
        codes,
        added,
        inward: direction != ">",
        outward: direction != "<",
    })
}

fn marks(text: &str) -> Option<[char; 2]> {
    let mut chars = text.chars();
    Some([chars.next()?, chars.next()?])
}

fn fits(pattern: [char; 2], marks: Indicators) -> bool {
    let one = |want: char, is: char| want == '*' || want == is;
    one(pattern[0], marks.0) && one(pattern[1], marks.1)
}

fn written(pattern: [char; 2]) -> Indicators {
    let one = |want: char| if want == '*' { ' ' } else { want };
    Indicators(one(pattern[0]), one(pattern[1]))
}

/// A field of theirs into ours; what has no counterpart is kept. `false`: no row for it.
pub(super) fn inward(
    table: &[Row],
    field: &Field,
    subfields: &[Subfield],
    draft: &mut Draft,
) -> bool {
    let tag = field.tag.as_str();
    let mut fitting = table.iter().filter(|row| row.inward && row.theirs == tag);
    let Some(row) = fitting.find(|row| fits(row.their_marks, field.indicators())) else {
        return false;
    };
    let find = |code: char| {
        row.codes
            .iter()
            .find(|pair| pair.1 == code)
            .map(|pair| pair.0)
    };
    let mut mapped = map(subfields, find, field, draft);
    if let Some((code, value)) = row.added.as_ref().filter(|_| !mapped.is_empty()) {
        mapped.push(Subfield::new(*code, value.clone()));
    }
    draft.data(&row.ours, written(row.our_marks), mapped);
    true
}

/// A field of ours into theirs; `marks` overrides the indicators of the row.
pub(super) fn outward(
    table: &[Row],
    field: &Field,
    over: Option<Indicators>,
    draft: &mut Draft,
) -> bool {
    let tag = field.tag.as_str();
    let mut fitting = table.iter().filter(|row| row.outward && row.ours == tag);
    let Some(row) = fitting
        .clone()
        .find(|row| fits(row.our_marks, field.indicators()))
        .or_else(|| fitting.next())
    else {
        return false;
    };
    let find = |code: char| {
        row.codes
            .iter()
            .find(|pair| pair.0 == code)
            .map(|pair| pair.1)
    };
    if matches!(field.body, Body::Linked(..)) {
        return false;
    }
    let mapped = map(field.subfields(), find, field, draft);
    draft.data(
        &row.theirs,
        over.unwrap_or(written(row.their_marks)),
        mapped,
    );
    true
}

/// Subfields that have a counterpart; the others are kept beside, control numbers aside.
fn map(
    subfields: &[Subfield],
    find: impl Fn(char) -> Option<char>,
    field: &Field,
    draft: &mut Draft,
) -> Vec<Subfield> {
    let mut mapped = Vec::new();
    let mut left = Vec::new();
    for subfield in subfields {
        match find(subfield.code) {
            Some(code) => mapped.push(Subfield::new(code, subfield.value.clone())),
            None => left.push(subfield.clone()),
        }
    }
    if !left.is_empty() {
        draft.keep(field, &left);
    }
    mapped
}

/// ISO code of a country by its MARC code.
pub(super) fn country(marc: &str) -> Option<&'static str> {
    let code = marc.trim();
    COUNTRIES
        .get(code)
        .copied()
        .or(match (code.len(), code.chars().last()) {
            (3, Some('u')) => Some("US"),
            (3, Some('k')) => Some("GB"),
            (3, Some('c')) => Some("CA"),
            _ => None,
        })
}

/// MARC code of a country by its ISO code.
pub(super) fn marc_country(iso: &str) -> Option<&'static str> {
    COUNTRIES
        .iter()
        .find(|(_, value)| value.eq_ignore_ascii_case(iso.trim()))
        .map(|(code, _)| *code)
}
