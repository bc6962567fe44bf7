//! The result page: hits, facets, pages; every choice is a link.

use axum::extract::State;
use axum::response::Response;

use ::search::{Facets, Tally, Why};
use catalog::fund::network::LibraryNode;

use crate::api::search::{Ask, audience};
use crate::app::{App, Shared, ask};
use crate::auth::Anyone;
use crate::extract::Query;
use crate::page::{PageFrame, encode, show};
use crate::problem::Problem;
use crate::view::opac::{Chosen, Corrected, Facet, FacetValue, ResultsPage};
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
        let found = app.ask_index(|index| index.search(&question))?;
        let ids = found.hits.iter().map(|hit| hit.id).collect::<Vec<_>>();
        let hits = super::hits(app, &frame, question.audience, &ids)?;
        let kept = without(&pairs, &["q", "page", "exact"]);
        let names = Names::of(app)?;
        let facets = found.facets.as_ref();
        let facets = facets.map_or_else(Vec::new, |facets| facet_list(&names, facets, &pairs));
        let corrected = found.corrected.as_ref().map(|corrected| Corrected {
            shown: corrected.q.clone(),
            typed: asked.q.clone(),
            href: address(&pairs, &[("exact", "1")]),
        });
        let relaxed = found
            .corrected
            .as_ref()
            .is_some_and(|c| c.why == Why::Relaxed);
        let stem = address(&without(&pairs, &["page"]), &[]);
        let chosen = chosen(&names, &pairs);
        let empty = if found.total > 0 {
            beyond(&stem)
        } else {
            nothing(&asked.q, !chosen.is_empty())
        };
        Ok(ResultsPage {
            orders: orders(&frame, &pairs),
            empty,
            chosen,
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

fn nothing(q: &str, narrowed: bool) -> Empty {
    let empty = Empty::new(
        "Ничего не найдено",
        "Проверьте, нет ли опечатки; уберите слово или условие; попробуйте фамилию автора без инициалов.",
    );
    let empty = if narrowed {
        empty.step("Искать без условий", format!("/search?q={}", encode(q)))
    } else {
        empty
    };
    empty.step("На главную", "/")
}

/// A page after the last one.
fn beyond(stem: &str) -> Empty {
    Empty::new(
        "Такой страницы нет",
        "Всё найденное умещается на меньшем числе страниц.",
    )
    .step("На первую страницу", stem)
}

/// What the codes in an address are called.
struct Names(Vec<LibraryNode>);

impl Names {
    fn of(app: &App) -> Result<Self, Problem> {
        Ok(Self(app.libraries()?))
    }

    fn library(&self, code: &str) -> String {
        let node = self.0.iter().find(|node| node.id.as_str() == code);
        node.map_or_else(|| code.to_owned(), |node| node.name.clone())
    }
}

fn language(code: &str) -> String {
    catalog::record::brief::language(code).unwrap_or_else(|| code.to_owned())
}

/// The conditions of an address, each with the search without it: they stay in sight when nothing is
/// found.
fn chosen(names: &Names, pairs: &Pairs) -> Vec<Chosen> {
    let at = |name: &str| value(pairs, name);
    let mut list = Vec::new();
    let mut push = |title: &str, label: String, put: &[(&str, &str)]| {
        list.push(Chosen {
            title: title.to_owned(),
            label,
            href: address(pairs, put),
        });
    };
    if let Some(author) = at("author") {
        push("Автор", author.to_owned(), &[("author", "")]);
    }
    let years = match (at("year_from"), at("year_to")) {
        (Some(from), Some(to)) if from == to => Some(from.to_owned()),
        (Some(from), Some(to)) => Some(format!("{from}–{to}")),
        (Some(from), None) => Some(format!("{from}–")),
        (None, Some(to)) => Some(format!("–{to}")),
        (None, None) => None,
    };
    if let Some(years) = years {
        push("Год", years, &[("year_from", ""), ("year_to", "")]);
    }
    if let Some(kind) = at("kind") {
        push("Вид издания", kind_label(kind), &[("kind", "")]);
    }
    if let Some(code) = at("language") {
        push("Язык", language(code), &[("language", "")]);
    }
    if let Some(code) = at("library") {
        push("Библиотека", names.library(code), &[("library", "")]);
    }
    if at("available").is_some_and(|value| value != "0") {
        push("Наличие", FREE_NOW.to_owned(), &[("available", "")]);
    }
    list
}

/// A value that stands in the address.
fn value<'a>(pairs: &'a Pairs, name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(key, _)| key == name);
    found
        .map(|(_, value)| value.trim())
        .filter(|value| !value.is_empty())
}

fn facet_list(names: &Names, facets: &Facets, pairs: &Pairs) -> Vec<Facet> {
    let library = |code: &str| names.library(code);
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
    push("Год", years(facets, pairs));
    push(
        "Вид издания",
        values(&facets.kinds, "kind", &kind_label, pairs),
    );
    push(
        "Язык",
        values(&facets.languages, "language", &language, pairs),
    );
    if names.0.len() > 1 {
        push(
            "Библиотека",
            values(&facets.libraries, "library", &library, pairs),
        );
    }
    list
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

/// Decades, and the single years once a decade is chosen or there are few.
fn years(facets: &Facets, pairs: &Pairs) -> Vec<FacetValue> {
    let inside = value(pairs, "year_from").is_some() && facets.decades.len() <= 2;
    if inside || facets.years.len() <= VALUES {
        let single = facets.years.iter().take(2 * VALUES);
        return single
            .map(|tally| span(tally, &tally.value, &tally.value, &tally.value, pairs))
            .collect();
    }
    let decades = facets.decades.iter().map(|tally| {
        let from = tally.value.parse::<u16>().unwrap_or_default();
        let to = from.saturating_add(9).to_string();
        span(tally, &format!("{from}–{to}"), &tally.value, &to, pairs)
    });
    decades.collect()
}

fn span(tally: &Tally, label: &str, from: &str, to: &str, pairs: &Pairs) -> FacetValue {
    let here = value(pairs, "year_from") == Some(from) && value(pairs, "year_to") == Some(to);
    let put = |bound: &str| {
        if here {
            String::new()
        } else {
            bound.to_owned()
        }
    };
    FacetValue {
        label: label.to_owned(),
        count: i64::try_from(tally.count).unwrap_or(i64::MAX),
        href: address(pairs, &[("year_from", &put(from)), ("year_to", &put(to))]),
        chosen: here,
    }
}

/// What «Наличие» offers.
const FREE_NOW: &str = "можно взять сейчас";

fn available(count: usize, pairs: &Pairs) -> Facet {
    let here = pairs
        .iter()
        .any(|(key, value)| key == "available" && value == "1");
    let put = if here { "" } else { "1" };
    let value = FacetValue {
        label: FREE_NOW.to_owned(),
        count: i64::try_from(count).unwrap_or(i64::MAX),
        href: address(pairs, &[("available", put)]),
        chosen: here,
    };
    Facet {
        title: "Наличие".to_owned(),
        values: vec![value],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[(&str, &str)]) -> Pairs {
        let pairs = text.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        pairs.collect()
    }

    #[test]
    fn conditions_stay_in_sight_whatever_is_found() {
        let asked = pairs(&[
            ("q", "сказки"),
            ("year_from", "1990"),
            ("year_to", "1999"),
            ("kind", "BOOK"),
            ("available", "1"),
            ("author", ""),
        ]);
        let shown = chosen(&Names(Vec::new()), &asked);
        let shown: Vec<_> = shown
            .iter()
            .map(|c| (c.label.as_str(), c.href.as_str()))
            .collect();
        let q = encode("сказки");
        assert_eq!(shown[0].0, "1990–1999");
        assert_eq!(shown[0].1, format!("/search?q={q}&kind=BOOK&available=1"));
        assert_eq!(shown[1].0, "книга");
        assert_eq!(shown[2].0, FREE_NOW);
        assert_eq!(shown.len(), 3);
    }

    #[test]
    fn many_years_are_offered_by_decade_and_a_decade_by_year() {
        let tally = |value: u16| Tally {
            value: value.to_string(),
            count: 1,
        };
        let facets = Facets {
            years: (1950..2000).map(tally).collect(),
            decades: (195..200).map(|decade| tally(decade * 10)).collect(),
            ..Facets::default()
        };
        let offered = years(&facets, &pairs(&[("q", "")]));
        assert_eq!(offered.len(), 5);
        assert_eq!(offered[0].label, "1950–1959");
        assert_eq!(offered[0].href, "/search?q=&year_from=1950&year_to=1959");
        let one = Facets {
            years: (1950..1960).map(tally).collect(),
            decades: vec![tally(1950)],
            ..Facets::default()
        };
        let asked = pairs(&[("q", ""), ("year_from", "1950"), ("year_to", "1959")]);
        assert_eq!(years(&one, &asked)[3].label, "1953");
    }
}
