//! Staff screens: each fills the structs of `view` and hands what was decided to the catalogue.
//!
//! No rule of the fund is judged here; a refusal comes back as findings and is shown beside its row.

pub(crate) mod acts;
pub(crate) mod admin;
pub(crate) mod books;
pub(crate) mod checks;
pub(crate) mod delivery;
pub(crate) mod describe;
mod drafts;
pub(crate) mod home;
pub(crate) mod import;
pub(crate) mod inventory;
pub(crate) mod people;
pub(crate) mod periods;
mod places;
mod post;
pub(crate) mod records;
pub(crate) mod reversal;
pub(crate) mod status;
mod units;
pub(crate) mod withdrawal;

use std::ops::Range;

use catalog::fund::axis::Fund;
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::id::UserId;

use crate::app::App;
use crate::auth::Person;
use crate::problem::Problem;
use crate::view::delivery::Fold;
use crate::view::parts::Pick;
use crate::view::{Choice, Field, Lang, Pager, Remark, Table};

/// Pairs of a form or a query, in order; the first of a name counts unless a list is meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    /// The first value under a name, trimmed; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// Every value under a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = move |(key, _): &&(String, String)| key == name;
        self.0.iter().filter(same).map(|(_, value)| value.as_str())
    }

    /// What is too long to be written into the journal, each as a remark beside its field.
    pub(crate) fn too_long(&self, limits: &[(&str, usize)]) -> Vec<Remark> {
        let long = |(name, most): &&(&str, usize)| self.get(name).chars().count() > *most;
        let long = limits.iter().filter(long);
        long.map(|(name, most)| {
            Remark::bad(format!("Слишком длинно: не больше {most} знаков"), *name)
        })
        .collect()
    }

    /// Everything but the buttons, to be sent again.
    pub(crate) fn kept(&self) -> Vec<(String, String)> {
        let buttons = ["do", "key"];
        let kept = self
            .0
            .iter()
            .filter(|(key, _)| !buttons.contains(&key.as_str()));
        kept.cloned().collect()
    }
}

/// The legal libraries whose fund the person may see, in the order of their codes.
pub(crate) fn libraries_of(app: &App, person: &Person) -> Result<Vec<LibraryNode>, Problem> {
    let mut seen = Vec::new();
    for node in app.libraries()? {
        let inside = match &person.user.library {
            Some(home) => app.stands_under(&node.id, home)?,
            None => true,
        };
        if inside && node.kind != NodeKind::Building {
            seen.push(node);
        }
    }
    // Schools keep books; a municipality does when it has nobody below.
    seen.sort_by_key(|node| node.kind != NodeKind::School);
    Ok(seen)
}

/// The library that a screen is about: the one asked for, or the person's own.
pub(crate) fn workplace(app: &App, person: &Person, asked: &str) -> Result<LibraryNode, Problem> {
    let all = libraries_of(app, person)?;
    if asked.is_empty() {
        let first = all.into_iter().next();
        return first.ok_or_else(|| {
            Problem::not_found("Библиотек ещё нет: заведите первую на странице «Библиотеки»")
        });
    }
    all.into_iter()
        .find(|node| node.id.as_str() == asked)
        .ok_or_else(|| Problem::no_such("Библиотеки {} нет среди ваших", asked))
}

/// A list of libraries to choose from; empty when there is nothing to choose.
pub(crate) fn library_choice(
    app: &App,
    person: &Person,
    chosen: &LibraryNode,
) -> Result<Option<Choice>, Problem> {
    let all = libraries_of(app, person)?;
    if all.len() < 2 {
        return Ok(None);
    }
    let picks = all
        .iter()
        .map(|node| Pick::new(node.id.as_str(), &node.name));
    let picks = picks.collect();
    Ok(Some(Choice::new(
        "library",
        "Библиотека",
        chosen.id.as_str(),
        picks,
    )))
}

/// How a person of the journal is called on pages: by name, and the command line in words.
pub(crate) fn called(app: &App, id: &UserId) -> Result<String, Problem> {
    let title = app.catalog().user(id)?.map(|user| user.title);
    Ok(match title.filter(|title| !title.is_empty()) {
        Some(title) => title,
        None if id.as_str().starts_with("console") => "командная строка".to_owned(),
        None => id.to_string(),
    })
}

/// Leaves one page of a table; `all` leaves everything, for printing.
pub(crate) fn page_of(table: &mut Table, asked: &str, rows: usize, stem: String) -> Pager {
    let pages = if asked == "all" {
        1
    } else {
        table.rows.len().div_ceil(rows).max(1)
    };
    let page = asked.parse::<usize>().unwrap_or(1).clamp(1, pages);
    if pages > 1 {
        let first = (page - 1) * rows;
        table.rows = table.rows.drain(first..).take(rows).collect();
    }
    Pager {
        page: page as u64,
        pages: pages as u64,
        stem,
    }
}

/// A list of funds to choose from.
pub(crate) fn fund_choice(chosen: Fund) -> Choice {
    let picks = Fund::ALL
        .iter()
        .map(|fund| Pick::new(fund.code(), fund.label()));
    Choice::new("fund", "Фонд", chosen.code(), picks.collect())
}

/// The fund that is named, or the main one.
pub(crate) fn fund_of(code: &str) -> Fund {
    code.parse().unwrap_or(Fund::Main)
}

/// The fund that a form names: none at all is the main one, one that nobody knows is refused by name.
pub(crate) fn named_fund(lang: Lang, pairs: &Pairs, remarks: &mut Vec<Remark>) -> Fund {
    let code = pairs.get("fund");
    if !code.is_empty() && code.parse::<Fund>().is_err() {
        remarks.push(Remark::bad(no_fund(lang, code), "fund"));
    }
    fund_of(code)
}

/// Said of a fund that nobody knows.
pub(crate) fn no_fund(lang: Lang, code: &str) -> String {
    lang.with("Фонда «{}» нет: выберите его из списка", code)
}

/// Puts each remark beside the field it belongs to.
pub(crate) fn beside(remarks: &[Remark], fields: &mut [Field], choices: &mut [Choice]) {
    let of = |name: &str| {
        let of_field = remarks.iter().filter(|remark| remark.field == name);
        of_field.map(|remark| remark.text.clone()).collect()
    };
    for field in fields {
        field.errors = of(&field.name);
    }
    for choice in choices {
        choice.errors = of(&choice.name);
    }
}

/// Which of `lines` a form shows on a page, from 0, and the frame of the others.
pub(crate) fn folds(page: usize, lines: usize, rows: usize) -> (Fold, Range<usize>) {
    let pages = lines.div_ceil(rows).max(1);
    let page = page.min(pages - 1);
    let first = page * rows;
    let shown = first..(first + rows).min(lines);
    let fold = Fold {
        first,
        page,
        pages,
        ..Fold::default()
    };
    (fold, shown)
}
