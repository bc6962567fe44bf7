//! Имена: `Фамилия, Имя Отчество` of MARC 21 and surname, initials, full name of RUSMARC.

use super::super::dictionary::Dictionary;
use super::super::{Indicators, Subfield, names};
use super::reading::Reading;

/// A personal name of MARC 21 as subfields of RUSMARC, in the order of their codes.
pub(super) fn inward(reading: &Reading<'_>) -> (Indicators, Vec<Subfield>) {
    let inverted = reading.field().indicators().0 != '0';
    let mut made = Vec::new();
    let mut put = |code: char, value: &str| {
        let value = value.trim().trim_end_matches(',').trim();
        if !value.is_empty() {
            made.push(Subfield::new(code, value));
        }
    };
    let whole = unstopped(reading.text('a').trim_end_matches(','));
    let (surname, given) = match whole.split_once(',') {
        Some((surname, given)) if inverted => (surname, given.trim()),
        Some(_) | None => (whole, ""),
    };
    put('a', surname);
    let short = initials(given);
    put('b', &short);
    let mut copy = |from: char, to: char| {
        reading
            .all(from)
            .into_iter()
            .for_each(|value| put(to, value));
    };
    copy('c', 'c');
    copy('b', 'd');
    copy('d', 'f');
    let full = reading.first('q').map(|q| q.trim_matches(['(', ')', ' ']));
    let full = full.unwrap_or(if given == short { "" } else { given });
    put('g', full);
    let mut copy = |from: char, to: char| {
        reading
            .all(from)
            .into_iter()
            .for_each(|value| put(to, value));
    };
    copy('u', 'p');
    copy('0', '3');
    roles(reading).iter().for_each(|code| put('4', code));
    (Indicators(' ', if inverted { '1' } else { '0' }), made)
}

/// A name without the point that closed its field; initials keep theirs.
fn unstopped(name: &str) -> &str {
    let Some(bare) = name.strip_suffix('.') else {
        return name;
    };
    let last = bare.rsplit([' ', '.', '-']).next().unwrap_or_default();
    if last.chars().count() > 2 { bare } else { name }
}

/// `Алексей Викторович` gives `А. В.`; initials stay as they are.
fn initials(given: &str) -> String {
    if given.contains('.') || given.is_empty() {
        return given.to_owned();
    }
    let first = |word: &str| word.chars().next().map(|c| format!("{c}."));
    given
        .split_whitespace()
        .filter_map(first)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Relator codes of RUSMARC for the roles of a MARC 21 field; a role without one is left.
pub(super) fn roles(reading: &Reading<'_>) -> Vec<String> {
    let relators = Dictionary::rusmarc().codes("relators");
    let of = |marc: &str| {
        let marc = marc.trim().trim_end_matches('.');
        let found = relators?
            .iter()
            .find(|(_, def)| def.marc21.as_deref() == Some(marc));
        found.map(|(code, _)| code.to_string())
    };
    let coded = reading.map(|s| Some(Subfield::new('4', of(&s.value).filter(|_| s.code == '4')?)));
    if !coded.is_empty() {
        // The words say what the codes have said.
        reading.said(|s| s.code == 'e');
        return coded.into_iter().map(|s| s.value).collect();
    }
    let worded = reading.map(|s| {
        let role = names::role(&s.value).filter(|_| s.code == 'e')?;
        Some(Subfield::new('4', role))
    });
    worded.into_iter().map(|s| s.value).collect()
}

/// A personal name of RUSMARC as subfields of MARC 21.
pub(super) fn outward(reading: &Reading<'_>) -> (Indicators, Vec<Subfield>) {
    let inverted = reading.field().indicators().1 != '0';
    let (name, short, full) = (reading.text('a'), reading.text('b'), reading.text('g'));
    let sign = if inverted { ", " } else { " " };
    let whole = match (short, full) {
        ("", "") => name.to_owned(),
        ("", full) => format!("{name}{sign}{full}"),
        (short, _) => format!("{name}{sign}{short}"),
    };
    let mut made = vec![Subfield::new('a', whole)];
    let mut copy = |from: char, to: char| {
        let values = reading.all(from).into_iter();
        made.extend(values.map(|value| Subfield::new(to, value)));
    };
    copy('d', 'b');
    copy('c', 'c');
    if !short.is_empty() && !full.is_empty() {
        made.push(Subfield::new('q', format!("({full})")));
    }
    let mut copy = |from: char, to: char| {
        let values = reading.all(from).into_iter();
        made.extend(values.map(|value| Subfield::new(to, value)));
    };
    copy('f', 'd');
    copy('p', 'u');
    copy('3', '0');
    made.extend(coded_roles(reading));
    (Indicators(if inverted { '1' } else { '0' }, ' '), made)
}

/// The roles of a field of RUSMARC as codes of MARC; a role without one is left.
pub(super) fn coded_roles(reading: &Reading<'_>) -> Vec<Subfield> {
    reading.map(|s| {
        let role = marc_role(&s.value).filter(|_| s.code == '4')?;
        Some(Subfield::new('4', role))
    })
}

/// The MARC relator code for a role of RUSMARC.
fn marc_role(role: &str) -> Option<&'static str> {
    let code = names::role(role)?;
    Dictionary::rusmarc()
        .codes("relators")?
        .get(code)?
        .marc21
        .as_deref()
}
