//! Проведение файла: titles, opening balances and acts of whole years, through the same door as people.
//!
//! Reads the shape of `data/fund/golden-year.json` (policy, titles, opening, events). Each event is
//! posted whole or not at all; a refusal is reported and the rest go on.

mod acts;
mod balances;
mod checks;
mod event;
mod heading;
mod lines;
mod opening;
mod pairs;
mod reader;
mod titles;
mod transfers;
mod weight;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::fund::act::OuterEvent;
use crate::fund::draft::{FundCommand, Order};
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

/// The values of one file take no more memory: a quarter of a million lines with a dozen facts each.
const MOST_MEMORY: usize = 512 << 20;
/// And no more than so many times its text, beside what any file may take.
const GROWS: usize = 16;
const ANY: usize = 64 << 20;
/// So many events are posted at once.
const MOST_EVENTS: usize = 100_000;
/// So many refusals, and as many remarks, are told one by one.
const MOST_TOLD: usize = 10_000;

/// An event ready to be posted, or the findings that keep it from being.
struct Ready {
    id: String,
    /// Whether the file gives it no id.
    unnamed: bool,
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
        untold: (0, 0),
    };
    poster.file(library, text)?;
    Ok(poster.told())
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
    /// Refusals and remarks that are only counted.
    untold: (usize, usize),
}

impl Poster<'_> {
    fn file(&mut self, library: Option<&LibraryId>, text: &[u8]) -> Result<(), Error> {
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        if text.trim_ascii().is_empty() {
            self.unreadable("файл пуст");
            return Ok(());
        }
        let most = text.len().saturating_mul(GROWS).saturating_add(ANY);
        if !weight::fits(text, most.min(MOST_MEMORY)) {
            self.too_large("", "в файле слишком много значений для одного раза");
            return Ok(());
        }
        let file: Value = match serde_json::from_slice(text) {
            Ok(file @ Value::Object(_)) => file,
            Ok(_) => {
                self.unreadable("ожидается объект с ключами policy, titles, opening, events");
                return Ok(());
            }
            Err(error) => {
                let at = format!("строка {}, знак {}", error.line(), error.column());
                self.unreadable(&format!("{at}: {error}"));
                return Ok(());
            }
        };
        let events = file.get("events").and_then(Value::as_array);
        if events.is_some_and(|events| events.len() > MOST_EVENTS) {
            self.too_large("/events", "событий больше 100 000");
            return Ok(());
        }
        if !self.money_unit(&file) || !self.settle_library(library, &file)? {
            return Ok(());
        }
        let settled = self.policy(&file)?;
        let titles = self.titles(&file)?;
        let waits = if !settled {
            self.hold_opening(&file);
            Some("учётной политике")
        } else if self.opening(&file, &titles)? {
            None
        } else {
            Some("остаткам")
        };
        self.events(&file, &titles, waits)
    }

    /// The report, with a last word of what was only counted.
    fn told(mut self) -> PostReport {
        let (refusals, remarks) = self.untold;
        for (to, untold) in [
            (&mut self.report.refused, refusals),
            (&mut self.report.remarks, remarks),
        ] {
            if untold > 0 {
                let detail = format!(
                    "Показаны первые {MOST_TOLD}, не показано ещё {untold}: исправьте эти и проведите файл снова"
                );
                to.extend(rows(
                    "file",
                    vec![Finding::new(Rule::FileShape, "", detail)],
                ));
            }
        }
        self.report
    }

    fn unreadable(&mut self, why: &str) {
        let detail = format!("Файл не читается как JSON: {why}. Исправьте файл и проведите снова");
        self.refuse("file", vec![Finding::new(Rule::FileShape, "", detail)]);
    }

    fn too_large(&mut self, place: &str, why: &str) {
        let detail =
            format!("Не проведено ничего: {why}. Разделите файл по времени и проведите по порядку");
        self.refuse("file", vec![Finding::new(Rule::FileShape, place, detail)]);
    }

    fn refuse(&mut self, event: &str, findings: Vec<Finding>) {
        self.untold.0 += tell(&mut self.report.refused, event, findings);
    }

    fn remark(&mut self, event: &str, findings: Vec<Finding>) {
        self.untold.1 += tell(&mut self.report.remarks, event, findings);
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

    /// Nothing is entered under a policy that was refused.
    fn hold_opening(&mut self, file: &Value) {
        if file
            .get("opening")
            .is_some_and(|opening| !opening.is_null())
        {
            self.refuse("opening", vec![waits("учётной политике")]);
        }
    }

    fn events(
        &mut self,
        file: &Value,
        titles: &Titles,
        wait_for: Option<&str>,
    ) -> Result<(), Error> {
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
        let mut ready: Vec<Ready> = {
            let known = titles.of(self.catalog.view(), &self.library)?;
            let read = given.iter().map(|event| acts::read(event, &known));
            let read = read.collect();
            known.undamaged()?;
            read
        };
        tell_apart(&mut ready);
        for event in ready.iter().filter(|event| event.order.is_ok()) {
            self.remark(&event.id, event.remarks.clone());
        }
        if let Some(refused) = wait_for {
            for event in &ready {
                self.refuse(&event.id, vec![waits(refused)]);
            }
            return Ok(());
        }
        let mut done = vec![false; ready.len()];
        for n in 0..ready.len() {
            if done[n] {
                continue;
            }
            done[n] = true;
            match pairs::partner(&ready, n) {
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
}

/// Adds what was found while there is room; says how many there was no room for.
fn tell(to: &mut Vec<Refusal>, event: &str, findings: Vec<Finding>) -> usize {
    let room = MOST_TOLD.saturating_sub(to.len());
    let untold = findings.len().saturating_sub(room);
    to.extend(rows(event, findings).take(room));
    untold
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

fn waits(refused: &str) -> Finding {
    Finding::new(
        Rule::OpeningFirst,
        "",
        format!(
            "Не проведено, потому что {refused} этого файла отказано: исправьте и проведите файл снова"
        ),
    )
}

/// Events without ids of their own that say the same are the first, the second and so on of their
/// file, so that a copy lent, returned and lent again on one day was lent twice.
fn tell_apart(ready: &mut [Ready]) {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for event in ready.iter_mut().filter(|event| event.unnamed) {
        let times = seen.entry(event.id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            event.id = format!("{}#{times}", event.id);
            event.outer.id.clone_from(&event.id);
        }
    }
}
