//! Остатки файла: judged whole before the first of their parts is written; the events wait for them.

use serde_json::Value;

use super::opening::{self, OpeningPart};
use super::titles::Titles;
use super::{Poster, reader};
use crate::Error;
use crate::fund::act::OuterEvent;
use crate::fund::draft::{FundCommand, Order};
use crate::fund::read;
use crate::fund::{Context, FundError, decide};
use crate::rule::{Finding, Rule};

impl Poster<'_> {
    /// Whether the books stand open for the events of the file.
    pub(super) fn opening(&mut self, file: &Value, titles: &Titles) -> Result<bool, Error> {
        let Some(given) = file.get("opening").filter(|o| !o.is_null()) else {
            return Ok(true);
        };
        let known = titles.of(self.catalog.view(), &self.library)?;
        let (parts, remarks) = opening::read(given, &known);
        known.undamaged()?;
        self.remark("opening", remarks);
        let parts = match parts {
            Ok(parts) => parts,
            Err(findings) => {
                self.refuse("opening", findings);
                return self.has_books();
            }
        };
        let digest = reader::digest(given);
        if let Err(findings) = self.all_or_none(&parts)? {
            self.refuse("opening", in_file(&parts, findings));
            return self.has_books();
        }
        for (n, part) in parts.iter().enumerate() {
            let id = if n == 0 {
                "opening".to_owned()
            } else {
                format!("opening#{}", n + 1)
            };
            let on = part.draft.closed_through;
            let event = OuterEvent {
                id: id.clone(),
                digest: digest.clone(),
            };
            let known = read::event(self.catalog.view(), &self.library, &event)?;
            // Other balances are not a changed event but balances for a library that has some.
            let event = known
                .is_none_or(|mark| mark.digest == event.digest)
                .then_some(event);
            let answer = self.run(event, Order::Open(part.draft.clone()), on)?;
            let answer = answer.map_err(|findings| {
                let right = |finding: Finding| Finding {
                    place: part.in_file(&finding.place),
                    ..finding
                };
                findings.into_iter().map(right).collect()
            });
            self.settle(&id, answer);
        }
        self.has_books()
    }

    /// Judges the parts of a large opening together before the first of them is written.
    fn all_or_none(&self, parts: &[OpeningPart]) -> Result<Result<(), Vec<Finding>>, Error> {
        let order = |part: &OpeningPart| FundCommand {
            event: None,
            order: Order::Open(part.draft.clone()),
        };
        let books = read::book_state(self.catalog.view(), &self.library)?;
        if parts.len() < 2 || books.opened.is_some() {
            return Ok(Ok(()));
        }
        let command = FundCommand {
            event: None,
            order: Order::Together(parts.iter().map(order).collect()),
        };
        let context = Context {
            library: self.library.clone(),
            actor: self.actor.clone(),
            at: self.at,
        };
        match decide(&command, &context, self.catalog.view()) {
            Ok(_) => Ok(Ok(())),
            Err(FundError::Refused(findings)) => Ok(Err(findings)),
            Err(FundError::Table(error)) => Err(error.into()),
        }
    }

    /// Numbers given before the balances are in would be wrong for ever, so without books the
    /// events of a file that brings balances wait.
    fn has_books(&self) -> Result<bool, Error> {
        let opened = read::book_state(self.catalog.view(), &self.library)?;
        let (part, parts) = opened.opening_parts;
        Ok(opened.opened.is_some() && part == parts || !opened.last_rows.is_empty())
    }
}

/// What was found in parts judged together, with places in the file. A part after a refused one is
/// out of turn only because of it.
fn in_file(parts: &[OpeningPart], findings: Vec<Finding>) -> Vec<Finding> {
    let mut found = Vec::new();
    for mut finding in findings {
        let inner = finding.place.strip_prefix("/together/");
        let inner = inner.and_then(|rest| rest.split_once('/'));
        if let Some((n, place)) = inner
            && let Some((n, part)) = n.parse().ok().and_then(|n: usize| Some((n, parts.get(n)?)))
        {
            if n > 0 && finding.rule == Rule::OpeningOnce {
                continue;
            }
            finding.place = part.in_file(&format!("/{place}"));
        }
        found.push(finding);
    }
    found
}
