//! Search for programs.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use catalog::record::brief::brief;
use search::{Audience, Filters, Page, Query as Question, Sort};

use crate::app::{App, Shared, ask};
use crate::auth::{Anyone, Permission, may};
use crate::extract::Query;
use crate::problem::Problem;

/// What may be asked.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Ask {
    /// What was typed.
    pub(crate) q: String,
    /// How many hits, at most 100.
    pub(crate) limit: Option<usize>,
    /// How many to skip, at most 10,000.
    pub(crate) offset: Option<usize>,
    /// `relevance`, `title`, `author`, `year`, `newest`.
    #[param(value_type = Option<String>)]
    pub(crate) sort: Option<Sort>,
    /// Автор, as a facet named it.
    pub(crate) author: Option<String>,
    /// Год издания, the first that counts.
    pub(crate) year_from: Option<u16>,
    /// Год издания, the last that counts.
    pub(crate) year_to: Option<u16>,
    /// Код языка.
    pub(crate) language: Option<String>,
    /// Вид документа.
    pub(crate) kind: Option<String>,
    /// Код библиотеки.
    pub(crate) library: Option<String>,
    /// Только то, что можно взять сейчас: `1`.
    pub(crate) available: Option<String>,
    /// Искать точно так, без догадок: `1`.
    pub(crate) exact: Option<String>,
}

/// No list is read further than this.
const DEEPEST: usize = 10_000;
/// A question is repeated in every link of the result page: only so many characters of it count.
pub(crate) const LONGEST: usize = 300;

impl Ask {
    /// The question to the index; what does not fit any value is a problem.
    pub(crate) fn question(&self, audience: Audience) -> Result<Question, Problem> {
        let text = |value: &Option<String>| value.clone().filter(|v| !v.trim().is_empty());
        let library = text(&self.library)
            .map(|code| code.parse())
            .transpose()
            .map_err(|error: catalog::id::BadName| Problem::bad_request(error.to_string()))?;
        Ok(Question {
            text: self.q.chars().take(LONGEST).collect(),
            filters: Filters {
                author: text(&self.author),
                year_from: self.year_from,
                year_to: self.year_to,
                language: text(&self.language),
                kind: text(&self.kind),
                library,
                available: text(&self.available).is_some_and(|v| v != "0"),
            },
            sort: self.sort.unwrap_or_default(),
            exact: text(&self.exact).is_some_and(|v| v != "0"),
            offset: self.offset.unwrap_or(0).min(DEEPEST),
            limit: self.limit.unwrap_or(10).min(search::MAX_LIMIT),
            facets: true,
            audience,
        })
    }
}

/// Who asks, as the index sees it.
pub(crate) fn audience(anyone: &Anyone) -> Audience {
    match &anyone.0 {
        Some(person) if may(person.user.role, Permission::SeeStaff) => Audience::Staff,
        Some(_) | None => Audience::Public,
    }
}

/// Найденная запись.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hit {
    /// The record's id.
    id: String,
    /// Field 001 as it came in.
    control_number: Option<String>,
    title: String,
    authors: Vec<String>,
    publisher: Option<String>,
    year: Option<u16>,
    isbn: Vec<String>,
    languages: Vec<String>,
}

/// Страница найденного.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    total: usize,
    /// Best first.
    hits: Vec<Hit>,
    /// Counts over all answers.
    #[schema(value_type = Object)]
    facets: Option<search::Facets>,
    /// The question that was answered instead, and why.
    #[schema(value_type = Option<Object>)]
    corrected: Option<search::Corrected>,
}

fn found(app: &App, page: Page, audience: Audience) -> Result<Found, Problem> {
    let mut hits = Vec::new();
    for hit in page.hits {
        let stored = app.catalog().record(hit.id)?;
        if !audience.sees(stored.status) {
            // The journal is ahead of the index: the record has just been withdrawn.
            continue;
        }
        let brief = brief(&stored.record);
        hits.push(Hit {
            id: hit.id.to_string(),
            control_number: hit.control_number,
            title: brief.title,
            authors: brief.authors,
            publisher: brief.publisher,
            year: brief.year,
            isbn: brief.isbn,
            languages: brief.languages,
        });
    }
    Ok(Found {
        total: page.total,
        hits,
        facets: page.facets,
        corrected: page.corrected,
    })
}

/// Найти записи.
#[utoipa::path(get, path = "/api/v1/search", tag = "search", params(Ask),
    responses((status = 200, body = Found)))]
pub(crate) async fn search(
    State(app): State<Shared>,
    anyone: Anyone,
    Query(asked): Query<Ask>,
) -> Result<Json<Found>, Problem> {
    let question = asked.question(audience(&anyone))?;
    let answer = ask(&app, move |app| {
        let page = app.ask_index(|index| index.search(&question))?;
        found(app, page, question.audience)
    });
    Ok(Json(answer.await?))
}

/// What has been typed so far.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Typed {
    /// The beginning of a word or several.
    #[serde(default)]
    q: String,
    /// How many suggestions, at most 20.
    #[serde(default)]
    limit: Option<usize>,
}

/// Подсказать, пока набирают.
#[utoipa::path(get, path = "/api/v1/suggest", tag = "search", params(Typed),
    responses((status = 200, body = Vec<Object>)))]
pub(crate) async fn suggest(
    State(app): State<Shared>,
    Query(typed): Query<Typed>,
) -> Result<Json<Vec<search::Suggestion>>, Problem> {
    let limit = typed.limit.unwrap_or(8).min(20);
    let answer = ask(&app, move |app| {
        app.ask_index(|index| index.suggest(&typed.q, limit))
    });
    Ok(Json(answer.await?))
}
