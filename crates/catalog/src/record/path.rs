//! Путь в записи: `200$a,700$a` – the one way to reach into a record by data.
//!
//! `LDR/6`, `001`, `100$a/9-12`, `200$aeh`, `7..$a`, `461/200$a`, `686[2=rubbk]$a`; a comma joins
//! alternatives, all of which are read in order. It finds values and changes nothing.

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::link::embedded;
use super::{BadShape, BiblioRecord, Body, Field};

/// Путь: alternatives in the order in which their values are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path {
    text: String,
    steps: Vec<Step>,
}

/// One alternative.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    /// The 4XX field to go through.
    link: Option<String>,
    /// Three characters; a point stands for any.
    tag: String,
    /// A subfield that must hold this value.
    only: Option<(char, String)>,
    /// Codes in any order; none: all of them.
    codes: Vec<char>,
    /// Characters from–to, zero-based, both included.
    range: Option<(usize, usize)>,
}

impl Path {
    /// Every value on the path, subfield by subfield, blanks left out.
    #[must_use]
    pub fn values(&self, record: &BiblioRecord) -> Vec<String> {
        let mut found = Vec::new();
        self.visit(record, |_, values| found.extend(values));
        found
    }

    /// One text per field: its values on the path joined by spaces, as for names and headings.
    #[must_use]
    pub fn joined(&self, record: &BiblioRecord) -> Vec<String> {
        let mut found = Vec::new();
        self.visit(record, |_, values| {
            if !values.is_empty() {
                found.push(values.join(" "));
            }
        });
        found
    }

    /// The first value on the path.
    #[must_use]
    pub fn first(&self, record: &BiblioRecord) -> Option<String> {
        self.values(record).into_iter().next()
    }

    /// The path as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn visit(&self, record: &BiblioRecord, mut seen: impl FnMut(&Step, Vec<String>)) {
        for step in &self.steps {
            if step.tag == "LDR" {
                seen(step, step.cut(record.leader.as_str()).into_iter().collect());
                continue;
            }
            match &step.link {
                None => step.each(&record.fields, &mut seen),
                Some(link) => {
                    for field in record.fields(link) {
                        step.each(&embedded(field), &mut seen);
                    }
                }
            }
        }
    }
}

impl Step {
    fn each(&self, fields: &[Field], seen: &mut impl FnMut(&Step, Vec<String>)) {
        for field in fields.iter().filter(|field| self.fits(field)) {
            seen(self, self.read(field));
        }
    }

    fn fits(&self, field: &Field) -> bool {
        let same = |(want, is): (char, char)| want == '.' || want == is;
        let tag = self.tag.chars().zip(field.tag.as_str().chars()).all(same);
        tag && self.only.as_ref().is_none_or(|(code, value)| {
            field
                .all(*code)
                .any(|found| found.eq_ignore_ascii_case(value))
        })
    }

    fn read(&self, field: &Field) -> Vec<String> {
        match &field.body {
            Body::Control(data) => self.cut(data).into_iter().collect(),
            Body::Data(_, subfields) => subfields
                .iter()
                .filter(|s| self.codes.is_empty() || self.codes.contains(&s.code))
                .filter_map(|s| self.cut(&s.value))
                .collect(),
            Body::Linked(..) => Vec::new(),
        }
    }

    fn cut(&self, value: &str) -> Option<String> {
        let part: Cow<'_, str> = match self.range {
            None => Cow::Borrowed(value),
            Some((from, to)) => value.chars().skip(from).take(to + 1 - from).collect(),
        };
        let part = part.trim();
        (!part.is_empty()).then(|| part.to_owned())
    }
}

impl FromStr for Path {
    type Err = BadShape;

    fn from_str(text: &str) -> Result<Self, BadShape> {
        let steps = text
            .split(',')
            .map(|part| step(part.trim()))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| {
                BadShape(format!(
                    "«{text}» – не путь в записи: пример 200$a,461/200$a"
                ))
            })?;
        Ok(Self {
            text: text.to_owned(),
            steps,
        })
    }
}

fn step(text: &str) -> Option<Step> {
    let (link, rest) = match text.split_once('/') {
        Some((link, rest)) if link.len() == 3 && link.starts_with('4') => (Some(link), rest),
        Some(_) | None => (None, text),
    };
    let (head, range) = match rest.rsplit_once('/') {
        Some((head, range)) => (head, Some(span(range)?)),
        None => (rest, None),
    };
    let (head, codes) = match head.split_once('$') {
        Some((head, codes)) => (head, codes.chars().filter(|c| *c != '$').collect()),
        None => (head, Vec::new()),
    };
    let (tag, only) = match head.split_once('[') {
        Some((tag, filter)) => (tag, Some(condition(filter)?)),
        None => (head, None),
    };
    let fits = |c: char| c == '.' || c.is_ascii_alphanumeric();
    (tag.len() == 3 && tag.chars().all(fits)).then(|| Step {
        link: link.map(str::to_owned),
        tag: tag.to_owned(),
        only,
        codes,
        range,
    })
}

fn span(text: &str) -> Option<(usize, usize)> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from <= to).then_some((from, to))
}

fn condition(text: &str) -> Option<(char, String)> {
    let (code, value) = text.strip_suffix(']')?.split_once('=')?;
    let mut codes = code.trim_start_matches('$').chars();
    Some((codes.next()?, value.to_owned())).filter(|_| codes.next().is_none())
}

impl TryFrom<String> for Path {
    type Error = BadShape;
    fn try_from(text: String) -> Result<Self, BadShape> {
        text.parse()
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.text
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::record;
    use super::*;

    fn read(path: &str) -> Vec<String> {
        let record = record(
            "00000nam2 2200000   450 ",
            &[
                "001 17",
                "100 ## $a20240115d2020       y0rusy50      ca",
                "200 1# $aРассказы$eсборник",
                "461 #0 $1001 7 $12001#$aСобрание сочинений$vт. 1",
                "686 ## $a84$2rubbk",
                "686 ## $a17.82$2rugasnti",
                "700 #1 $aЛесников$bА. В.",
                "701 #1 $aГусев",
            ],
        );
        path.parse::<Path>().unwrap().values(&record)
    }

    #[test]
    fn a_path_reaches_fields_subfields_positions_and_links() {
        assert_eq!(read("200$a,700$ab"), ["Рассказы", "Лесников", "А. В."]);
        assert_eq!(read("001"), ["17"]);
        assert_eq!(read("LDR/7"), ["m"]);
        assert_eq!(read("100$a/9-12"), ["2020"]);
        assert_eq!(read("461/200$a"), ["Собрание сочинений"]);
        assert_eq!(read("70.$a"), ["Лесников", "Гусев"]);
        assert_eq!(read("686[2=rubbk]$a"), ["84"]);
    }

    #[test]
    fn joined_gives_one_text_per_field() {
        let path: Path = "700$ab".parse().unwrap();
        let record = record("00000nam0 2200000   450 ", &["700 #1 $aЛесников$bА. В."]);
        assert_eq!(path.joined(&record), ["Лесников А. В."]);
    }

    #[test]
    fn a_misspelt_path_is_refused() {
        for bad in ["", "20$a", "200$a/4-1", "686[rubbk]$a", "200$a,"] {
            assert!(bad.parse::<Path>().is_err(), "{bad}");
        }
    }
}
