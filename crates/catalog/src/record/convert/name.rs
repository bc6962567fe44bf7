//! Имена: `Фамилия, Имя Отчество` of MARC 21 and surname, initials, full name of RUSMARC.

use super::super::dictionary::Dictionary;
use super::super::{Field, Indicators, Subfield, names};

/// A personal name of MARC 21 as subfields of RUSMARC, in the order of their codes.
pub(super) fn inward(field: &Field) -> (Indicators, Vec<Subfield>) {
    let inverted = field.indicators().0 != '0';
    let mut made = Vec::new();
    let mut put = |code: char, value: &str| {
        let value = value.trim().trim_end_matches(',').trim();
        if !value.is_empty() {
            made.push(Subfield::new(code, value));
        }
    };
    let whole = field.first('a').unwrap_or("").trim().trim_end_matches(',');
    let (surname, given) = match whole.split_once(',') {
        Some((surname, given)) if inverted => (surname, given.trim()),
        Some(_) | None => (whole, ""),
    };
    put('a', surname);
    let short = initials(given);
    put('b', &short);
    field.all('c').for_each(|value| put('c', value));
    field.all('b').for_each(|value| put('d', value));
    field.all('d').for_each(|value| put('f', value));
    let full = field.first('q').map(|q| q.trim_matches(['(', ')', ' ']));
    let full = full.unwrap_or(if given == short { "" } else { given });
    put('g', full);
    field.all('u').for_each(|value| put('p', value));
    field.all('0').for_each(|value| put('3', value));
    roles(field).iter().for_each(|code| put('4', code));
    (Indicators(' ', if inverted { '1' } else { '0' }), made)
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

/// Relator codes of RUSMARC for the roles of a MARC 21 field.
pub(super) fn roles(field: &Field) -> Vec<String> {
    let relators = Dictionary::rusmarc().codes("relators");
    let of = |marc: &str| {
        let marc = marc.trim().trim_end_matches('.');
        let found = relators?
            .iter()
            .find(|(_, def)| def.marc21.as_deref() == Some(marc));
        found.map(|(code, _)| code.to_string())
    };
    let coded: Vec<String> = field.all('4').filter_map(of).collect();
    if !coded.is_empty() {
        return coded;
    }
    field
        .all('e')
        .filter_map(names::role)
        .map(str::to_owned)
        .collect()
}

/// A personal name of RUSMARC as subfields of MARC 21.
pub(super) fn outward(field: &Field) -> (Indicators, Vec<Subfield>) {
    let inverted = field.indicators().1 != '0';
    let name = field.first('a').unwrap_or("").trim();
    let initials = field.first('b').unwrap_or("").trim();
    let sign = if inverted { ", " } else { " " };
    let whole = match initials {
        "" => name.to_owned(),
        _ => format!("{name}{sign}{initials}"),
    };
    let mut made = vec![Subfield::new('a', whole)];
    let mut copy = |from: char, to: char| {
        made.extend(field.all(from).map(|value| Subfield::new(to, value)));
    };
    copy('d', 'b');
    copy('c', 'c');
    if let Some(full) = field.first('g').filter(|_| !initials.is_empty()) {
        made.push(Subfield::new('q', format!("({full})")));
    }
    let mut copy = |from: char, to: char| {
        made.extend(field.all(from).map(|value| Subfield::new(to, value)));
    };
    copy('f', 'd');
    copy('p', 'u');
    copy('3', '0');
    made.extend(
        field
            .all('4')
            .filter_map(marc_role)
            .map(|code| Subfield::new('4', code)),
    );
    (Indicators(if inverted { '1' } else { '0' }, ' '), made)
}

/// The MARC relator code for a role of RUSMARC.
pub(super) fn marc_role(role: &str) -> Option<&'static str> {
    let code = names::role(role)?;
    Dictionary::rusmarc()
        .codes("relators")?
        .get(code)?
        .marc21
        .as_deref()
}
