//! The last two steps of every legal deed: what it will write, and what it has written.

use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use catalog::fund::act::{Act, ActBody};
use catalog::fund::number::in_runs;
use catalog::fund::{FundChange, FundCommand};
use catalog::id::LibraryId;
use catalog::{Change, Doing, Error};

use super::Pairs;
use super::acts::title;
use super::home::acts_table;
use super::places::Refused;
use crate::app::App;
use crate::auth::{Permission, Person, may};
use crate::clock::now;
use crate::deed;
use crate::problem::Problem;
use crate::view::acts::{ConfirmPage, DonePage};
use crate::view::opac::Fact;
use crate::view::{Frame, Lang, Remark};

/// Lines shown after posting; the act has all of them.
const SHOWN: usize = 100;

/// What would come of a command.
pub(super) struct Tried {
    /// The change it would be; `None` when there is nothing to do.
    pub(super) change: Option<FundChange>,
}

impl Tried {
    /// Sentences on what will be written.
    pub(super) fn will(&self, lang: Lang) -> Vec<String> {
        let sentences = |change: &FundChange| sentences(lang, change);
        self.change.as_ref().map_or_else(Vec::new, sentences)
    }
}

/// Why nothing was posted.
pub(super) enum Failed {
    /// The rules, or the form, say no.
    Refused(Refused),
    /// Something else.
    Problem(Problem),
}

/// Asks the fund to decide, and writes nothing.
pub(super) fn tried(
    app: &App,
    person: &Person,
    library: &LibraryId,
    command: &FundCommand,
) -> Result<Tried, Failed> {
    match deed::tried(app, &person.user.id, library, command) {
        Ok(change) => Ok(Tried { change }),
        Err(error) => Err(Failed::from(error).of(library)),
    }
}

fn sentences(lang: Lang, change: &FundChange) -> Vec<String> {
    let sentences = change.acts().into_iter().map(|act| {
        let row = act.row.as_ref().map_or_else(String::new, |row| {
            let part = match row.part {
                catalog::fund::act::Part::Came => 1,
                catalog::fund::act::Part::Left => 2,
            };
            let words = ", запись № {} в части {} книги суммарного учёта";
            lang.with2(words, row.number, part)
        });
        format!(
            "{}, {}{row}: {}",
            title(lang, act),
            lang.t(act.fund.label()).to_lowercase(),
            lang.worth(act.totals.all.copies, act.totals.all.sum)
        )
    });
    sentences.collect()
}

/// The page of the step before; the caller fills what will be written.
pub(super) fn confirm(frame: Frame, words: &str, action: &str, pairs: &Pairs) -> ConfirmPage {
    ConfirmPage {
        title: frame.t(words).to_owned(),
        will: Vec::new(),
        forever: String::new(),
        facts: Vec::new(),
        lines: crate::view::Table::default(),
        remarks: Vec::new(),
        action: action.to_owned(),
        hidden: pairs.kept(),
        button: String::new(),
        key: Uuid::new_v4().to_string(),
        f: frame.crumb("Рабочий стол", "/staff"),
    }
}

impl Failed {
    /// The same with ways to the rows of the library's inventory book.
    fn of(self, library: &LibraryId) -> Self {
        match self {
            Self::Refused(why) => Self::Refused(why.of(library)),
            problem @ Self::Problem(_) => problem,
        }
    }

    /// The same with rows of the form instead of lines of the parts that were made of it.
    pub(super) fn in_rows(self, parts: &[Vec<usize>]) -> Self {
        match self {
            Self::Refused(why) => Self::Refused(why.in_rows(parts)),
            problem @ Self::Problem(_) => problem,
        }
    }

    /// Puts each refusal that names a row beside its row; what is left is said above the form.
    pub(super) fn beside<'a>(
        self,
        rows: impl Iterator<Item = &'a mut Vec<String>>,
    ) -> Result<Vec<Remark>, Problem> {
        match self {
            Self::Refused(why) => {
                for (row, errors) in rows.enumerate() {
                    errors.extend(why.beside(row));
                }
                Ok(why.remarks)
            }
            Self::Problem(problem) => Err(problem),
        }
    }
}

impl From<Problem> for Failed {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        if let Error::Refused(findings) = &error {
            return Self::Refused(Refused::by(findings));
        }
        Self::Problem(error.into())
    }
}

impl From<Vec<Remark>> for Failed {
    fn from(remarks: Vec<Remark>) -> Self {
        Self::Refused(remarks.into())
    }
}

/// Posts a command; pressing the button twice posts once, by the key of the step before.
pub(super) fn posted(
    app: &App,
    person: &Person,
    library: &LibraryId,
    command: FundCommand,
    key: &str,
) -> Result<Vec<Act>, Failed> {
    let change = written(app, person, library, command, key)?;
    Ok(change.map_or_else(Vec::new, |change| {
        change.acts().into_iter().cloned().collect()
    }))
}

/// Posts a command that may be no act: what was written.
pub(super) fn written(
    app: &App,
    person: &Person,
    library: &LibraryId,
    command: FundCommand,
    key: &str,
) -> Result<Option<FundChange>, Failed> {
    let mut doing = Doing::now(person.user.id.clone(), now());
    doing.command_id = Uuid::parse_str(key).ok();
    match deed::posted(app, doing, library, command) {
        Ok(Some(entry)) => Ok(match entry.change {
            Change::Fund(change) => Some(*change),
            Change::Records(_)
            | Change::Person(_)
            | Change::JobBegun { .. }
            | Change::JobDone { .. } => None,
        }),
        Ok(None) => Ok(None),
        Err(error) => Err(Failed::from(error).of(library)),
    }
}

/// The answer after posting: the word on these acts has an address, so that reload and «назад» send nothing again.
pub(super) fn leads_to(acts: &[Act]) -> Response {
    let Some((first, rest)) = acts.split_first() else {
        return Redirect::to("/staff/acts").into_response();
    };
    let mut path = format!("/staff/acts/{}?done=1", first.id);
    for act in rest {
        path += &format!("&with={}", act.id);
    }
    Redirect::to(&path).into_response()
}

/// What the page of the step after is called, and where to go on.
fn after(act: &Act) -> (&'static str, Option<(&'static str, String)>) {
    match &act.body {
        ActBody::Accession { .. } => (
            "Поступление проведено",
            Some(("Принять ещё", "/staff/deliveries/new".to_owned())),
        ),
        ActBody::Withdrawal { .. } => (
            "Акт проведён",
            Some(("Новый акт", "/staff/withdrawals/new".to_owned())),
        ),
        ActBody::Reversal { of, .. } | ActBody::Correction { of, .. } => (
            "Сторно проведено",
            Some(("Исправленный акт", format!("/staff/acts/{of}"))),
        ),
        ActBody::Opening | ActBody::Revaluation { .. } | ActBody::Reclassification { .. } => {
            ("Акт проведён", None)
        }
    }
}

/// The page of the step after.
pub(super) fn done(
    app: &App,
    person: &Person,
    frame: Frame,
    acts: &[Act],
) -> Result<DonePage, Problem> {
    let (words, goes_on) = acts.first().map_or(("Акт проведён", None), after);
    let keeps = may(person.user.role, Permission::KeepFund);
    let goes_on = goes_on.filter(|_| keeps);
    let mut next: Vec<(String, String)> = goes_on
        .map(|(words, path)| (words.to_owned(), path))
        .into_iter()
        .collect();
    let mut facts = Vec::new();
    for act in acts {
        if let Some(row) = &act.row {
            if !row.numbers.is_empty() {
                facts.push(Fact::text("Инвентарные номера", in_runs(&row.numbers)));
            }
            facts.push(Fact::text("Запись КСУ", row.number.to_string()));
        }
        next.push((
            "Книга суммарного учёта".to_owned(),
            format!(
                "/staff/ksu?library={}&fund={}&year={}",
                act.library,
                act.fund,
                act.date.year()
            ),
        ));
    }
    let mut lines = match acts.first() {
        Some(act) => super::acts::lines(app, frame.lang, act)?,
        None => crate::view::Table::default(),
    };
    if lines.rows.len() > SHOWN {
        lines.rows.truncate(SHOWN);
        if let Some(act) = acts.first() {
            next.insert(
                0,
                ("Весь список".to_owned(), format!("/staff/acts/{}", act.id)),
            );
        }
    }
    for act in acts {
        next.push((title(frame.lang, act), format!("/staff/acts/{}", act.id)));
    }
    let copies: i64 = acts.iter().map(|act| act.totals.all.copies).sum();
    Ok(DonePage {
        title: frame.t(words).to_owned(),
        said: frame.with("Записано в журнал и в книги учёта, экземпляров: {}", copies),
        facts,
        rows: acts_table(
            app,
            frame.lang,
            "Записи книги суммарного учёта",
            acts.to_vec(),
        )?,
        lines,
        next,
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}
