//! The result page: hits, facets, pages; every choice is a link.

use axum::extract::State;
use axum::response::Response;

use ::search::{Facets, Tally, Why};

use crate::api::search::{Ask, audience};
use crate::app::{App, Shared, ask};
use crate::auth::Anyone;
use crate::extract::Query;
use crate::page::{PageFrame, encode, show};
use crate::problem::Problem;
use crate::view::opac::{Corrected, Facet, FacetValue, ResultsPage};
use crate::view::{Empty, Frame, Pager, Tab};

/// Hits on a page.
const PAGE: usize = 20;
/// Values of a facet on a page.
const VALUES: usize = 10;

/// What stands in the address of a result page, in this order.
type Pairs = Vec<(String, String)>;

/// `GET /search`
pub(crate) async fn page(
    State(app): State<Shared>,
    anyone: Anyone,
    PageFrame(frame): PageFrame,
    Query(asked): Query<Ask>,
    Query(pairs): Query<Pairs>,
) -> Result<Response, Problem> {
    let page_number = number(&pairs, "page").unwrap_or(1).clamp(1, 500);
    let mut question = asked.question(audience(&anyone))?;
    question.limit = PAGE;
    question.offset = (page_number - 1) * PAGE;
    let page = ask(&app, move |app| {
        let found = app.index()?.search(&question)?;
        let ids = found.hits.iter().map(|hit| hit.id).collect::<Vec<_>>();
        let hits = super::hits(app, &ids)?;
        let kept = without(&pairs, &["q", "page"]);
        let facets = match &found.facets {
            Some(facets) => facet_list(app, facets, &pairs)?,
            None => Vec::new(),
        };
        let corrected = found.corrected.as_ref().map(|corrected| Corrected {
            shown: corrected.q.clone(),
            typed: asked.q.clone(),
            href: address(&pairs, &[("q", &format!("\"{}\"", asked.q))]),
        });
        let relaxed = found
            .corrected
            .as_ref()
            .is_some_and(|c| c.why == Why::Relaxed);
        let stem = address(&without(&pairs, &["page"]), &[]);
        Ok(ResultsPage {
            orders: orders(&frame, &pairs),
            empty: nothing(&asked.q),
            q: asked.q,
            kept,
            corrected: corrected.filter(|_| !relaxed),
            relaxed,
            total: i64::try_from(found.total).unwrap_or(i64::MAX),
            hits,
            facets,
            pager: Pager {
                page: page_number as u64,
                pages: found.total.div_ceil(PAGE).min(500) as u64,
                stem: format!("{stem}&"),
            },
            f: frame,
        })
    });
    Ok(show(&page.await?))
}

fn number(pairs: &Pairs, name: &str) -> Option<usize> {
    let (_, value) = pairs.iter().find(|(key, _)| key == name)?;
    value.parse().ok()
}

fn without(pairs: &Pairs, names: &[&str]) -> Pairs {
    let kept = pairs
        .iter()
        .filter(|(key, value)| !names.contains(&key.as_str()) && !value.is_empty());
    kept.cloned().collect()
}

/// The address with these pairs put in; an empty value takes the pair out.
fn address(pairs: &Pairs, put: &[(&str, &str)]) -> String {
    let names = put
        .iter()
        .map(|(name, _)| *name)
        .chain(["page"])
        .collect::<Vec<_>>();
    let mut all = without(pairs, &names);
    if put.is_empty() {
        all = pairs.clone();
    }
    for (name, value) in put.iter().filter(|(_, value)| !value.is_empty()) {
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    if !all.iter().any(|(key, _)| key == "q") {
        all.insert(0, ("q".to_owned(), String::new()));
    }
    let query = all
        .iter()
        .map(|(key, value)| format!("{key}={}", encode(value)));
    format!("/search?{}", query.collect::<Vec<_>>().join("&"))
}

fn orders(frame: &Frame, pairs: &Pairs) -> Vec<Tab> {
    let now = pairs
        .iter()
        .find(|(key, _)| key == "sort")
        .map_or("relevance", |(_, v)| v);
    let all = [
        ("relevance", "По точности"),
        ("year", "Сначала новые издания"),
        ("title", "По заглавию"),
        ("author", "По автору"),
        ("newest", "Новые в каталоге"),
    ];
    let tabs = all.iter().map(|(code, title)| Tab {
        title: frame.t(title).to_owned(),
        href: address(pairs, &[("sort", code)]),
        here: *code == now,
    });
    tabs.collect()
}

fn nothing(q: &str) -> Empty {
    Empty::new(
        "Ничего не найдено",
        "Проверьте, нет ли опечатки; уберите слово или условие; попробуйте фамилию автора без инициалов.",
    )
    .step("Искать без условий", format!("/search?q={}", encode(q)))
    .step("На главную", "/")
}

fn facet_list(app: &App, facets: &Facets, pairs: &Pairs) -> Result<Vec<Facet>, Problem> {
    let libraries = app.libraries()?;
    let library = |code: &str| {
        let node = libraries.iter().find(|node| node.id.as_str() == code);
        node.map_or_else(|| code.to_owned(), |node| node.name.clone())
    };
    let language =
        |code: &str| catalog::record::brief::language(code).unwrap_or_else(|| code.to_owned());
    let same = |text: &str| text.to_owned();
    let mut list = Vec::new();
    if facets.available > 0 {
        list.push(available(facets.available, pairs));
    }
    let mut push = |title: &str, values: Vec<FacetValue>| {
        if !values.is_empty() {
            let title = title.to_owned();
            list.push(Facet { title, values });
        }
    };
    push("Автор", values(&facets.authors, "author", &same, pairs));
    push("Год", years(&facets.years, pairs));
    push("Вид", values(&facets.kinds, "kind", &kind_label, pairs));
    push(
        "Язык",
        values(&facets.languages, "language", &language, pairs),
    );
    if libraries.len() > 1 {
        push(
            "Библиотека",
            values(&facets.libraries, "library", &library, pairs),
        );
    }
    Ok(list)
}

fn kind_label(code: &str) -> String {
    use catalog::record::brief::Kind;
    let quoted = serde_json::Value::String(code.to_uppercase().replace('-', "_"));
    match serde_json::from_value::<Kind>(quoted) {
        Ok(kind) => super::kind_words(kind).to_owned(),
        Err(_) => code.to_owned(),
    }
}

fn values(
    tallies: &[Tally],
    name: &str,
    label: &dyn Fn(&str) -> String,
    pairs: &Pairs,
) -> Vec<FacetValue> {
    let chosen = pairs
        .iter()
        .find(|(key, value)| key == name && !value.is_empty());
    let values = tallies.iter().take(VALUES).map(|tally| {
        let here = chosen.is_some_and(|(_, value)| *value == tally.value);
        FacetValue {
            label: label(&tally.value),
            count: i64::try_from(tally.count).unwrap_or(i64::MAX),
            href: address(pairs, &[(name, if here { "" } else { &tally.value })]),
            chosen: here,
        }
    });
    values.collect()
}

fn years(tallies: &[Tally], pairs: &Pairs) -> Vec<FacetValue> {
    let at = |name: &str| {
        pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, v)| v.as_str())
    };
    let values = tallies.iter().take(VALUES).map(|tally| {
        let year = tally.value.as_str();
        let here = at("year_from") == Some(year) && at("year_to") == Some(year);
        let put = if here { "" } else { year };
        FacetValue {
            label: tally.value.clone(),
            count: i64::try_from(tally.count).unwrap_or(i64::MAX),
            href: address(pairs, &[("year_from", put), ("year_to", put)]),
            chosen: here,
        }
    });
    values.collect()
}

fn available(count: usize, pairs: &Pairs) -> Facet {
    let here = pairs
        .iter()
        .any(|(key, value)| key == "available" && value == "1");
    let put = if here { "" } else { "1" };
    let value = FacetValue {
        label: "можно взять сейчас".to_owned(),
        count: i64::try_from(count).unwrap_or(i64::MAX),
        href: address(pairs, &[("available", put)]),
        chosen: here,
    };
    Facet {
        title: "Наличие".to_owned(),
        values: vec![value],
    }
}
