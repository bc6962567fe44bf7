//! One record: a page for a person, the record itself for a program, by what it accepts.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use catalog::StoredRecord;
use catalog::id::RecordId;
use catalog::record::brief::{Brief, brief};
use catalog::record::detect::Format;
use catalog::record::isbd;

use crate::api::search::audience;
use crate::app::{App, Shared, ask};
use crate::auth::{Anyone, Permission, may};
use crate::exchange;
use crate::extract::{Path, Query};
use crate::fields;
use crate::holdings;
use crate::page::{PageFrame, encode, show};
use crate::problem::Problem;
use crate::view::opac::{Fact, Holding, RecordPage};
use crate::view::table::Kind;
use crate::view::{Cell, Column, Frame, Row, Table};

/// The forms of a record besides the page: media type and format.
const FORMS: [(&str, Format); 3] = [
    ("application/marc", Format::Iso2709),
    ("application/marcxml+xml", Format::MarcXml),
    ("application/json", Format::MarcJson),
];

#[derive(serde::Deserialize)]
pub(crate) struct Wanted {
    /// The format by name, for a link that cannot set `Accept`.
    format: Option<String>,
}

/// `GET /records/{id}`
pub(crate) async fn page(
    State(app): State<Shared>,
    anyone: Anyone,
    PageFrame(frame): PageFrame,
    headers: HeaderMap,
    Path(id): Path<RecordId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    let form = match &wanted.format {
        Some(name) => FORMS.into_iter().find(|(_, format)| format.name() == name),
        None => preferred(accept.unwrap_or("text/html")),
    };
    let audience = audience(&anyone);
    let edits = anyone
        .0
        .is_some_and(|p| may(p.user.role, Permission::SeeStaff));
    let answer = ask(&app, move |app| {
        let stored = app.catalog().record(id)?;
        if !audience.sees(stored.status) {
            return Err(Problem::no_such("Записи {} нет в каталоге", id));
        }
        match form {
            Some((media_type, format)) => {
                exchange::answer(app.catalog(), &stored, media_type, format)
            }
            None => Ok(show(&filled(app, frame, &stored, edits)?)),
        }
    });
    answer.await
}

/// The form wanted most, by the weights of `Accept`; a page where it is wanted as much, so that a
/// browser always gets one.
fn preferred(accept: &str) -> Option<(&'static str, Format)> {
    let mut best: (u32, Option<(&'static str, Format)>) = (0, None);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(Some(1000), thousandths)
            .unwrap_or(0);
        let page = matches!(
            name.as_str(),
            "text/html" | "application/xhtml+xml" | "text/*" | "*/*"
        );
        let form = FORMS
            .into_iter()
            .find(|(media_type, _)| *media_type == name);
        let wanted = if page {
            weight >= best.0
        } else {
            weight > best.0
        };
        if weight > 0 && wanted && (page && !(name == "*/*" && best.0 > 0) || form.is_some()) {
            best = (weight, form);
        }
    }
    best.1
}

/// A weight such as `0.5`, in thousandths.
fn thousandths(weight: &str) -> Option<u32> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    let number = whole.parse::<u32>().ok()? * 1000 + digits.parse::<u32>().ok()?;
    Some(number.min(1000))
}

fn filled(
    app: &App,
    frame: Frame,
    stored: &StoredRecord,
    staff: bool,
) -> Result<RecordPage, Problem> {
    let record = &stored.record;
    let facts_of = brief(record);
    let held = holdings::of_record(app.catalog(), stored.id)?;
    let id = stored.id;
    let mut actions = Vec::new();
    if staff {
        actions.push((
            "Открыть на рабочем месте".to_owned(),
            format!("/staff/records/{id}"),
        ));
    }
    let names = [
        ("RUSMARC (ISO 2709)", "iso2709"),
        ("MARCXML", "marcxml"),
        ("JSON", "marcjson"),
    ];
    let formats = names.iter().map(|(title, format)| {
        (
            (*title).to_owned(),
            format!("/records/{id}?format={format}"),
        )
    });
    Ok(RecordPage {
        title: facts_of.title.clone(),
        subtitle: facts_of.subtitle.clone().unwrap_or_default(),
        responsibility: facts_of
            .responsibility
            .clone()
            .unwrap_or_else(|| facts_of.authors.join("; ")),
        description: isbd::describe(record, &isbd::Options::default()),
        annotation: facts_of.summary.clone().unwrap_or_default(),
        facts: facts(&frame, &facts_of),
        holdings: by_library(app, &frame, &held)?,
        availability: super::availability(&frame, &held),
        marc: fields::lines(record),
        formats: formats.collect(),
        actions,
        f: frame.crumb("Каталог", "/search?q="),
    })
}

fn facts(frame: &Frame, brief: &Brief) -> Vec<Fact> {
    let search = |words: &[String]| {
        let links = words
            .iter()
            .map(|word| (word.clone(), format!("/search?q={}", encode(word))));
        links.collect::<Vec<_>>()
    };
    let linked = [
        ("Автор", search(&brief.authors)),
        ("Участвовали", search(&brief.contributors)),
        ("Предмет", search(&brief.subjects)),
        ("Ключевые слова", search(&brief.keywords)),
        ("Серия", search(&brief.series)),
    ];
    let mut facts: Vec<Fact> = linked
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(label, values)| Fact {
            label: label.to_owned(),
            values,
        })
        .collect();
    let imprint = [&brief.place, &brief.publisher, &brief.date]
        .into_iter()
        .flatten();
    let imprint = imprint.cloned().collect::<Vec<_>>().join(", ");
    let plain = [
        ("Издано", imprint),
        ("Объём", brief.extent.clone().unwrap_or_default()),
        ("ISBN", brief.isbn.join(", ")),
        ("ISSN", brief.issn.join(", ")),
        ("ББК", brief.bbk.join("; ")),
        ("УДК", brief.udc.join("; ")),
        (
            "Язык",
            frame
                .t(brief.language.as_deref().unwrap_or_default())
                .to_owned(),
        ),
        ("Возраст", brief.age.clone().unwrap_or_default()),
    ];
    let plain = plain.into_iter().filter(|(_, value)| !value.is_empty());
    facts.extend(plain.map(|(label, value)| Fact::text(label, value)));
    facts
}

fn by_library(
    app: &App,
    frame: &Frame,
    held: &[holdings::Holding],
) -> Result<Vec<Holding>, Problem> {
    let mut list = Vec::new();
    for node in app.libraries()? {
        let here: Vec<&holdings::Holding> = held.iter().filter(|h| h.library == node.id).collect();
        if here.is_empty() {
            continue;
        }
        let mut copies = Table::new(
            "Экземпляры",
            vec![
                Column::new("Инв. №", Kind::Short),
                Column::new("Шифр", Kind::Short),
                Column::new("Экз.", Kind::Number),
                Column::new("Состояние", Kind::Text),
            ],
        );
        for unit in &here {
            copies.push(Row::new(vec![
                Cell::text(
                    unit.number
                        .clone()
                        .unwrap_or_else(|| "без номера".to_owned()),
                ),
                Cell::text(unit.shelfmark.clone().unwrap_or_default()),
                Cell::number(i64::from(unit.copies)),
                Cell::text(unit.state(frame.lang)),
            ]));
        }
        let (all, free) = here
            .iter()
            .fold((0, 0), |(a, f), u| (a + u.copies, f + u.free));
        let tone = if free > 0 { "free" } else { "out" };
        list.push(Holding {
            library: node.name,
            availability: crate::view::opac::Availability {
                tone,
                words: frame.with2("{} из {} на месте", free, all),
            },
            copies,
        });
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::preferred;

    #[test]
    fn the_weights_of_accept_are_heard() {
        let name = |accept: &str| preferred(accept).map(|(media_type, _)| media_type);
        for (accept, wanted) in [
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                None,
            ),
            ("application/json;q=0.1, text/html", None),
            (
                "text/html;q=0.5, application/json",
                Some("application/json"),
            ),
            (
                "application/json;q=0, application/marc;q=0.2",
                Some("application/marc"),
            ),
            ("Application/MARC", Some("application/marc")),
            (
                "application/marcxml+xml, */*;q=0.1",
                Some("application/marcxml+xml"),
            ),
            ("application/json, */*", Some("application/json")),
            ("application/json;q=nonsense", None),
            ("*/*", None),
        ] {
            assert_eq!(name(accept), wanted, "{accept}");
        }
    }
}
