//! Claims about the order of what is found: what is left unweighed would not have come in.

use super::*;
use crate::ask::{Hit, MAX_LIMIT};
use crate::sample::Shelf;

const WORDS: [&str; 12] = [
    "лес",
    "леса",
    "вода",
    "книга",
    "книги",
    "война",
    "мир",
    "и",
    "город",
    "лесной",
    "12",
    "сказка",
];
const NAMES: [&str; 4] = ["Лесков", "Пушкин", "Толстой", "Водин"];

/// Books of few words, so that many have the same ones; the titles longer and shorter.
fn lines(count: u64) -> String {
    let mut state = 7u64;
    let mut below = |most: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % most
    };
    let mut lines = Vec::new();
    for _ in 0..count {
        let mut words = |most: usize| {
            let length = 1 + below(most);
            let words: Vec<&str> = (0..length).map(|_| WORDS[below(WORDS.len())]).collect();
            words.join(" ")
        };
        let (title, other, subject) = (words(4), words(6), words(2));
        let (name, year) = (NAMES[below(4)], 1950 + below(60));
        lines.push(format!(
            "{name}|А. С.|Александр Сергеевич|{title}|{other}|{year}|{subject}|84(2)||rus"
        ));
    }
    lines.join("\n")
}

fn page(index: &SearchIndex, text: &str, offset: usize, limit: usize) -> (usize, Vec<Hit>) {
    let page = index.search(&Query {
        offset,
        limit,
        facets: true,
        ..Query::new(text)
    });
    let page = page.unwrap();
    (page.total, page.hits)
}

#[test]
fn a_short_page_begins_as_the_whole_list_does() {
    let feed = Shelf::listed(&lines(900));
    let home = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(home.path()).unwrap();
    index.catch_up(&feed).unwrap();
    for id in (1..900).step_by(7) {
        feed.change(id, |source| source.hidden = true);
        // Several segments, some records in none of them.
        if id % 210 == 1 {
            index.catch_up(&feed).unwrap();
        }
    }
    index.catch_up(&feed).unwrap();
    for text in [
        "лес",
        "лес вода",
        "книга и мир",
        "лес*",
        "кни* лес",
        "\"лес вода\"",
        "Лесков",
        "Пушкин лес",
        "А. С. Пушкин",
        "загл:лес",
        "тема:вода лес",
        "лес -вода",
        "les",
        "12 книг",
        "84",
        "год:1960-1980 лес",
        "и",
        "кнега вода",
        "лес вода книга война мир город сказка",
    ] {
        let (total, _) = page(&index, text, 0, 1);
        assert!(total > 3, "{text} finds {total}");
        let mut whole = Vec::new();
        while whole.len() < total {
            // The farther a page, the less is left unweighed; with the last one, nothing.
            let from = total.saturating_sub(whole.len() + MAX_LIMIT);
            let (_, mut hits) = page(&index, text, from, total - whole.len() - from);
            hits.append(&mut whole);
            whole = hits;
        }
        let ids = |hits: &[Hit]| hits.iter().map(|hit| hit.id).collect::<Vec<_>>();
        for few in [1, 3, 20] {
            let (_, hits) = page(&index, text, 0, few);
            assert_eq!(ids(&hits), ids(&whole[..few.min(total)]), "{text}");
        }
        let weights: Vec<f32> = whole.iter().map(|hit| hit.score).collect();
        assert!(weights.is_sorted_by(|a, b| a >= b), "{text}");
    }
}
