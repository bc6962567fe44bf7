//! Проведение файла: titles, opening balances and acts of whole years, through the same door as people.
//!
//! Reads the shape of `data/fund/golden-year.json` (policy, titles, opening, events). Each event is
//! posted whole or not at all; a refusal is reported and the rest go on.

mod acts;
mod checks;
mod event;
mod lines;
mod opening;
mod reader;
mod titles;
mod transfers;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::fund::act::OuterEvent;
use crate::fund::draft::{FundCommand, OpeningDraft, Order};
use crate::fund::network::{self, LibraryNode, NodeKind};
use crate::fund::policy::Policy;
use crate::fund::read;
use crate::fund::{Context, FundError, decide};
use crate::id::{LibraryId, UserId};
use crate::rule::{Finding, Rule};
use crate::{Catalog, Doing, Error};

pub use event::{Event, event};
use titles::Titles;

/// What became of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PostReport {
    /// Events that were posted now.
    pub posted: Vec<String>,
    /// Events that were posted before, with the same content.
    pub unchanged: Vec<String>,
    /// Every reason why an event was not posted.
    pub refused: Vec<Refusal>,
    /// What was not understood and changed nothing.
    pub remarks: Vec<Refusal>,
    /// Records made for titles that the catalogue did not have.
    pub records_saved: u64,
}

/// Отказ: one broken rule of one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Which rule.
    pub rule: Rule,
    /// Where the rule comes from.
    pub source: &'static str,
    /// Which event; `policy`, `opening` and titles by their ids.
    pub event: String,
    /// Where in it.
    pub place: String,
    /// What is wrong and what to do next.
    pub detail: String,
}

/// An event ready to be posted, or the findings that keep it from being.
struct Ready {
    id: String,
    pair: Option<String>,
    date: Option<jiff::civil::Date>,
    outer: OuterEvent,
    order: Result<Order, Vec<Finding>>,
    remarks: Vec<Finding>,
}

/// Проводит файл: `text` is JSON of the shape of the golden year. Posting the same file again
/// changes nothing.
///
/// # Errors
/// Only when the catalogue cannot work; refusals are in the report.
pub fn post(
    catalog: &Catalog,
    actor: &UserId,
    at: Timestamp,
    library: Option<&LibraryId>,
    text: &[u8],
) -> Result<PostReport, Error> {
    let mut poster = Poster {
        catalog,
        actor: actor.clone(),
        at,
        library: main_library()?,
        report: PostReport::default(),
    };
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    if text.trim_ascii().is_empty() {
        return Ok(poster.unreadable("файл пуст"));
    }
    let file: Value = match serde_json::from_slice(text) {
        Ok(file @ Value::Object(_)) => file,
        Ok(_) => {
            return Ok(
                poster.unreadable("ожидается объект с ключами policy, titles, opening, events")
            );
        }
        Err(error) => {
            let detail = format!("строка {}, знак {}: {error}", error.line(), error.column());
            return Ok(poster.unreadable(&detail));
        }
    };
    if !poster.settle_library(library)? {
        return Ok(poster.report);
    }
    poster.policy(&file)?;
    let titles = poster.titles(&file)?;
    let opened = poster.opening(&file, &titles)?;
    poster.events(&file, &titles, opened)?;
    Ok(poster.report)
}

fn main_library() -> Result<LibraryId, Error> {
    "MAIN"
        .parse()
        .map_err(|error: crate::id::BadName| Error::NotFound(error.to_string()))
}

struct Poster<'c> {
    catalog: &'c Catalog,
    actor: UserId,
    at: Timestamp,
    library: LibraryId,
    report: PostReport,
}

impl Poster<'_> {
    fn unreadable(mut self, why: &str) -> PostReport {
        let detail = format!("Файл не читается как JSON: {why}. Исправьте файл и проведите снова");
        self.refuse("file", vec![Finding::new(Rule::FileShape, "", detail)]);
        self.report
    }

    fn refuse(&mut self, event: &str, findings: Vec<Finding>) {
        self.report.refused.extend(rows(event, findings));
    }

    fn remark(&mut self, event: &str, findings: Vec<Finding>) {
        self.report.remarks.extend(rows(event, findings));
    }

    /// The library named, or the only one; an empty folder gets MAIN.
    fn settle_library(&mut self, named: Option<&LibraryId>) -> Result<bool, Error> {
        let nodes = network::nodes(self.catalog.view())?;
        if nodes.is_empty() && named.is_none_or(|id| *id == self.library) {
            let node = LibraryNode {
                id: self.library.clone(),
                name: "Библиотека".to_owned(),
                parent: None,
                kind: NodeKind::School,
            };
            if let Err(findings) = self.run(None, Order::AddLibrary(node), None)? {
                self.refuse("file", findings);
            }
            return Ok(self.report.refused.is_empty());
        }
        let legal: Vec<&LibraryNode> = nodes
            .iter()
            .filter(|n| n.kind == NodeKind::School)
            .collect();
        let found = match (named, legal.as_slice()) {
            (Some(id), _) => network::legal_library(self.catalog.view(), id)?.map(|n| n.id),
            (None, [only]) => Some(only.id.clone()),
            (None, _) => None,
        };
        if let Some(id) = found {
            self.library = id;
            return Ok(true);
        }
        let codes: Vec<String> = nodes.iter().map(|n| n.id.to_string()).collect();
        let detail = format!(
            "Назовите библиотеку ключом --library; в сети есть: {}",
            codes.join(", ")
        );
        self.refuse(
            "file",
            vec![Finding::new(Rule::LibraryUnknown, "/library", detail)],
        );
        Ok(false)
    }

    fn policy(&mut self, file: &Value) -> Result<(), Error> {
        let Some(given) = file.get("policy").filter(|p| !p.is_null()) else {
            return Ok(());
        };
        match Policy::parse(given) {
            Ok(policy) => {
                let answer = self.run(None, Order::SetPolicy(policy), None)?;
                self.settle("policy", answer);
            }
            Err(findings) => self.refuse("policy", findings),
        }
        Ok(())
    }

    /// Runs one order; `Ok(None)` when nothing had to be done.
    fn run(
        &self,
        event: Option<OuterEvent>,
        order: Order,
        on: Option<jiff::civil::Date>,
    ) -> Result<Result<Option<()>, Vec<Finding>>, Error> {
        let doing = Doing {
            on,
            ..Doing::now(self.actor.clone(), self.at)
        };
        let command = FundCommand { event, order };
        match self.catalog.fund(doing, &self.library, command) {
            Ok(entry) => Ok(Ok(entry.map(|_| ()))),
            Err(Error::Refused(findings)) => Ok(Err(findings)),
            Err(
                error @ (Error::NotFound(_)
                | Error::Stale { .. }
                | Error::KeyReused
                | Error::Internal(_)
                | Error::Damaged(_)
                | Error::Unavailable(_)
                | Error::NoSpace(_)
                | Error::OutcomeUnknown(_)
                | Error::TooLarge(_)
                | Error::Io { .. }),
            ) => Err(error),
        }
    }

    fn settle(&mut self, event: &str, answer: Result<Option<()>, Vec<Finding>>) {
        match answer {
            Ok(Some(())) => self.report.posted.push(event.to_owned()),
            Ok(None) => self.report.unchanged.push(event.to_owned()),
            Err(findings) => self.refuse(event, findings),
        }
    }

    fn titles(&mut self, file: &Value) -> Result<Titles, Error> {
        let taken = titles::take_in(
            self.catalog,
            &Doing::now(self.actor.clone(), self.at),
            &self.library,
            file,
        )?;
        for (event, findings) in taken.refusals {
            self.refuse(&event, findings);
        }
        for (event, findings) in taken.remarks {
            self.remark(&event, findings);
        }
        self.report.records_saved += taken.saved;
        let titles = taken.titles;
        let noted = titles.changed(self.catalog.view(), &self.library)?;
        for chunk in noted.chunks(1000) {
            let answer = self.run(None, Order::NoteTitles(chunk.to_vec()), None)?;
            if let Err(findings) = answer {
                self.refuse("titles", findings);
            }
        }
        Ok(titles)
    }

    /// Whether the books stand open for the events of the file.
    fn opening(&mut self, file: &Value, titles: &Titles) -> Result<bool, Error> {
        let Some(given) = file.get("opening").filter(|o| !o.is_null()) else {
            return Ok(true);
        };
        let (drafts, remarks) =
            opening::read(given, &titles.of(self.catalog.view(), &self.library));
        self.remark("opening", remarks);
        let drafts = match drafts {
            Ok(drafts) => drafts,
            Err(findings) => {
                self.refuse("opening", findings);
                return self.has_books();
            }
        };
        let digest = reader::digest(given);
        if let Err(findings) = self.all_or_none(&drafts)? {
            self.refuse("opening", findings);
            return self.has_books();
        }
        for (n, draft) in drafts.into_iter().enumerate() {
            let id = if n == 0 {
                "opening".to_owned()
            } else {
                format!("opening#{}", n + 1)
            };
            let on = draft.closed_through;
            let event = OuterEvent {
                id: id.clone(),
                digest: digest.clone(),
            };
            let known = read::event(self.catalog.view(), &self.library, &event)?;
            // Other balances are not a changed event but balances for a library that has some.
            let event = known
                .is_none_or(|mark| mark.digest == event.digest)
                .then_some(event);
            let answer = self.run(event, Order::Open(draft), on)?;
            self.settle(&id, answer);
        }
        self.has_books()
    }

    /// Judges the parts of a large opening together before the first of them is written.
    fn all_or_none(&self, drafts: &[OpeningDraft]) -> Result<Result<(), Vec<Finding>>, Error> {
        let order = |draft: &OpeningDraft| FundCommand {
            event: None,
            order: Order::Open(draft.clone()),
        };
        let books = read::book_state(self.catalog.view(), &self.library)?;
        if drafts.len() < 2 || books.opened.is_some() {
            return Ok(Ok(()));
        }
        let command = FundCommand {
            event: None,
            order: Order::Together(drafts.iter().map(order).collect()),
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

    fn events(&mut self, file: &Value, titles: &Titles, opened: bool) -> Result<(), Error> {
        let given = match file.get("events") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(events)) => events,
            Some(_) => {
                let detail = "events – это список событий: исправьте файл";
                self.refuse(
                    "file",
                    vec![Finding::new(Rule::FileShape, "/events", detail)],
                );
                return Ok(());
            }
        };
        let ready: Vec<Ready> = {
            let known = titles.of(self.catalog.view(), &self.library);
            given
                .iter()
                .map(|event| acts::read(event, &known))
                .collect()
        };
        for event in ready.iter().filter(|event| event.order.is_ok()) {
            self.remark(&event.id, event.remarks.clone());
        }
        if !opened {
            for event in &ready {
                self.refuse(&event.id, vec![waits()]);
            }
            return Ok(());
        }
        let mut done = vec![false; ready.len()];
        for n in 0..ready.len() {
            if done[n] {
                continue;
            }
            done[n] = true;
            match partner(&ready, n) {
                Ok(None) => self.single(&ready[n])?,
                Ok(Some(other)) => {
                    done[other] = true;
                    self.pair(&ready[n], &ready[other])?;
                }
                Err(finding) => self.refuse(&ready[n].id, vec![finding]),
            }
        }
        Ok(())
    }

    fn single(&mut self, event: &Ready) -> Result<(), Error> {
        match &event.order {
            Err(findings) => self.refuse(&event.id, findings.clone()),
            Ok(order) => {
                let answer = self.run(Some(event.outer.clone()), order.clone(), event.date)?;
                self.settle(&event.id, answer);
            }
        }
        Ok(())
    }

    /// Both events as one change, the receipt first. Rule: D-21.
    fn pair(&mut self, one: &Ready, two: &Ready) -> Result<(), Error> {
        let receipt_second = matches!(two.order, Ok(Order::Receive(_)));
        let (first, second) = if receipt_second {
            (two, one)
        } else {
            (one, two)
        };
        let (Ok(a), Ok(b)) = (&first.order, &second.order) else {
            for (event, other) in [(first, second), (second, first)] {
                let findings = match &event.order {
                    Err(findings) => findings.clone(),
                    Ok(_) => vec![left_out(&other.id)],
                };
                self.refuse(&event.id, findings);
            }
            return Ok(());
        };
        let command = |event: &Ready, order: &Order| FundCommand {
            event: Some(event.outer.clone()),
            order: order.clone(),
        };
        let order = Order::Together(vec![command(first, a), command(second, b)]);
        match self.run(None, order, first.date)? {
            Err(findings) => {
                let (mine, theirs): (Vec<_>, Vec<_>) = findings
                    .into_iter()
                    .partition(|finding| !finding.place.starts_with("/together/1"));
                for (event, mut found, other) in
                    [(first, mine, &second.id), (second, theirs, &first.id)]
                {
                    for finding in &mut found {
                        finding.place = finding.place.chars().skip("/together/0".len()).collect();
                    }
                    if found.is_empty() {
                        found.push(left_out(other));
                    }
                    self.refuse(&event.id, found);
                }
            }
            Ok(answer) => {
                self.settle(&first.id, Ok(answer));
                self.settle(&second.id, Ok(answer));
            }
        }
        Ok(())
    }
}

fn rows(event: &str, findings: Vec<Finding>) -> impl Iterator<Item = Refusal> {
    findings.into_iter().map(move |finding| Refusal {
        rule: finding.rule,
        source: finding.rule.source(),
        event: event.to_owned(),
        place: finding.place,
        detail: finding.detail,
    })
}

fn waits() -> Finding {
    Finding::new(
        Rule::OpeningFirst,
        "",
        "Не проведено, потому что остаткам этого файла отказано: исправьте их и проведите файл снова",
    )
}

fn left_out(other: &str) -> Finding {
    Finding::new(
        Rule::PairBroken,
        "/paired_with",
        format!("Не проведено, потому что отказано парному событию {other}: исправьте его"),
    )
}

/// The event that the n-th is paired with; the two name each other and stand on one day.
fn partner(ready: &[Ready], n: usize) -> Result<Option<usize>, Finding> {
    let event = &ready[n];
    let Some(named) = &event.pair else {
        return Ok(None);
    };
    let broken = |why: &str| {
        let detail =
            format!("Пара {named}: {why}. Парные события называют друг друга и стоят в один день");
        Finding::new(Rule::PairBroken, "/paired_with", detail)
    };
    let other = ready
        .iter()
        .position(|other| other.id == *named)
        .filter(|other| *other != n)
        .ok_or_else(|| broken("такого события в файле нет"))?;
    if ready[other].pair.as_deref() != Some(event.id.as_str()) {
        return Err(broken("оно не называет это событие"));
    }
    if ready[other].date != event.date {
        return Err(broken("даты разные"));
    }
    Ok(Some(other))
}
