//! What a reader sees: the start page, results, a record. Works without scripts and without signing in.
//!
//! Every answer goes through the audience filter of the search crate; staff screens are elsewhere.

pub(crate) mod record;
pub(crate) mod search;

use axum::extract::State;
use axum::response::Response;

use ::search::{Audience, Query, Sort};
use catalog::fund::network::NodeKind;
use catalog::record::brief;

use crate::app::{App, Shared, ask};
use crate::holdings;
use crate::page::{PageFrame, encode, show};
use crate::problem::Problem;
use crate::view::Frame;
use crate::view::opac::{Availability, Hit, StartPage};

/// How many new records the start page shows.
const NEWEST: usize = 6;
/// Questions to try: they show that forms of words do not matter.
const TRIES: [&str; 4] = ["сказки Пушкина", "капитанской дочке", "природа", "Толстой"];

/// `GET /`
pub(crate) async fn start(
    State(app): State<Shared>,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, |app| {
        let question = Query {
            sort: Sort::Newest,
            limit: NEWEST,
            ..Query::new("")
        };
        let page = app.ask_index(|index| index.search(&question))?;
        let records = i64::try_from(page.total).unwrap_or(i64::MAX);
        let newest = page.hits.iter().map(|hit| hit.id).collect::<Vec<_>>();
        let libraries = app.libraries()?;
        let schools = libraries
            .iter()
            .filter(|node| node.kind == NodeKind::School);
        let libraries = i64::try_from(schools.count()).unwrap_or(i64::MAX);
        let newest = hits(app, &frame, question.audience, &newest)?;
        Ok(StartPage {
            f: frame,
            records,
            copies: holdings::all_copies(app.catalog())?,
            libraries,
            tries: TRIES
                .iter()
                .map(|q| ((*q).to_owned(), format!("/search?q={}", encode(q))))
                .collect(),
            newest,
        })
    });
    Ok(show(&page.await?))
}

/// Lines of a list; a record that has just gone is left out.
fn hits(
    app: &App,
    frame: &Frame,
    audience: Audience,
    ids: &[catalog::id::RecordId],
) -> Result<Vec<Hit>, Problem> {
    let mut lines = Vec::new();
    for id in ids {
        let stored = app.catalog().record(*id)?;
        if !audience.sees(stored.status) {
            // The journal is ahead of the index: the record has just been withdrawn.
            continue;
        }
        let brief = brief::brief(&stored.record);
        let held = holdings::of_record(app.catalog(), *id)?;
        let shelf = held.iter().find_map(|h| h.shelfmark.clone());
        let imprint = [brief.place, brief.publisher, brief.date]
            .into_iter()
            .flatten();
        lines.push(Hit {
            href: format!("/records/{id}"),
            title: brief.title,
            subtitle: brief.subtitle.unwrap_or_default(),
            author: brief
                .authors
                .first()
                .cloned()
                .or(brief.responsibility)
                .unwrap_or_default(),
            imprint: imprint.collect::<Vec<_>>().join(", "),
            kind: kind_words(brief.kind).to_owned(),
            shelf: shelf
                .or_else(|| brief.bbk.first().cloned())
                .unwrap_or_default(),
            availability: availability(frame, &held),
        });
    }
    Ok(lines)
}

fn availability(frame: &Frame, held: &[holdings::Holding]) -> Availability {
    let copies: u32 = held.iter().map(|h| h.copies).sum();
    let free: u32 = held.iter().map(|h| h.free).sum();
    let (tone, words) = match (copies, free) {
        (0, _) => ("none", frame.t("экземпляров нет").to_owned()),
        (_, 0) => ("out", frame.t("все выданы").to_owned()),
        (copies, free) => ("free", frame.with2("{} из {} на месте", free, copies)),
    };
    Availability { tone, words }
}

/// Вид документа in a reader's words.
fn kind_words(kind: brief::Kind) -> &'static str {
    match kind {
        brief::Kind::Book => "книга",
        brief::Kind::Brochure => "брошюра",
        brief::Kind::Journal => "журнал",
        brief::Kind::Newspaper => "газета",
        brief::Kind::Sheet => "лист, ноты, карта",
        brief::Kind::Av => "звук и видео",
        brief::Kind::Microform => "микроформа",
        brief::Kind::ECarrier => "диск",
        brief::Kind::ERemote => "сетевой документ",
        brief::Kind::Unpublished => "рукопись",
        brief::Kind::Article => "статья",
        brief::Kind::Other => "документ",
    }
}
