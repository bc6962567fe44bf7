//! Which library a request is about, and whether the one who asks may look into its books.

use std::ops::Range;

use serde::Deserialize;
use utoipa::IntoParams;

use catalog::fund::network::{self, LibraryNode, NodeKind};
use catalog::id::LibraryId;

use crate::app::App;
use crate::auth::Person;
use crate::problem::Problem;

/// Whose books.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Whose {
    /// Код библиотеки; можно не называть, если она у вас одна.
    #[param(value_type = Option<String>)]
    pub(crate) library: Option<LibraryId>,
}

/// The legal library that is meant: the one named, or the only one of the person.
pub(super) fn place(
    app: &App,
    person: &Person,
    asked: Option<&LibraryId>,
) -> Result<LibraryNode, Problem> {
    if let Some(asked) = asked {
        let found = network::legal_library(app.catalog().view(), asked)?
            .ok_or_else(|| Problem::not_found(format!("Библиотеки {asked} нет в сети")))?;
        person.must_work_in(app, &found.id)?;
        return Ok(found);
    }
    let mut own = Vec::new();
    for node in app.libraries()? {
        if node.kind == NodeKind::School && person.must_work_in(app, &node.id).is_ok() {
            own.push(node);
        }
    }
    match own.as_mut_slice() {
        [_] => Ok(own.remove(0)),
        [] => Err(Problem::not_found(
            "Библиотек у вас ещё нет: заведите первую через POST /api/v1/libraries",
        )),
        [..] => {
            let codes: Vec<&str> = own.iter().map(|node| node.id.as_str()).collect();
            Err(Problem::bad_request(format!(
                "Назовите библиотеку в параметре library: {}",
                codes.join(", ")
            )))
        }
    }
}

/// The part of a list that is asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Span {
    /// Сколько строк, не больше 500; обычно 50.
    limit: Option<usize>,
    /// Сколько строк пропустить.
    offset: Option<usize>,
}

impl Span {
    pub(super) fn limit(&self) -> usize {
        limit(self.limit)
    }

    /// Which of so many rows.
    pub(super) fn of(&self, all: usize) -> Range<usize> {
        let first = self.offset.unwrap_or(0).min(all);
        first..first.saturating_add(self.limit()).min(all)
    }
}

/// How many rows an answer holds when so many are asked for.
pub(super) fn limit(asked: Option<usize>) -> usize {
    asked.unwrap_or(50).clamp(1, 500)
}

/// A year that books may be kept for.
pub(super) fn year(asked: i16) -> Result<i16, Problem> {
    if (1900..=2200).contains(&asked) {
        Ok(asked)
    } else {
        Err(Problem::bad_request("Год – четыре цифры, например 2026"))
    }
}
