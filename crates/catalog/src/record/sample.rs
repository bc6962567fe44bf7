//! Records for tests, written one field a line: `200 1# $aТропа к роднику`.

use super::{BiblioRecord, Body, Field, Indicators, Subfield};

/// A record from a leader and lines; `#` is a blank indicator, `$1` starts an embedded field.
pub(crate) fn record(leader: &str, lines: &[&str]) -> BiblioRecord {
    let mut record = BiblioRecord::new(leader.parse().unwrap());
    record.fields = lines.iter().map(|line| field(line)).collect();
    record
}

/// One field from a line.
pub(crate) fn field(line: &str) -> Field {
    let (tag, rest) = line.split_at(3);
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    if tag.starts_with("00") {
        return Field::control(tag.parse().unwrap(), rest);
    }
    let mut chars = rest.chars().take(2).map(|c| if c == '#' { ' ' } else { c });
    let indicators = Indicators(chars.next().unwrap(), chars.next().unwrap());
    let body: String = rest.chars().skip(2).collect();
    if body.trim_start().starts_with("$1") {
        let inside = body.split("$1").skip(1).map(|f| field(f.trim_end()));
        return Field {
            tag: tag.parse().unwrap(),
            body: Body::Linked(indicators, inside.collect()),
        };
    }
    let subfields = body
        .split('$')
        .skip(1)
        .map(|part| {
            let code = part.chars().next().unwrap();
            Subfield::new(code, &part[code.len_utf8()..])
        })
        .collect();
    Field::data(tag.parse().unwrap(), indicators, subfields)
}
