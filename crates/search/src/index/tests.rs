//! Claims about finding, over the small library of `sample.rs`.

use tempfile::TempDir;

use super::*;
use crate::ask::{Audience, Filters, Sort, SuggestionKind, Why};
use crate::sample::Shelf;

fn library() -> (TempDir, Shelf, SearchIndex) {
    let home = tempfile::tempdir().unwrap();
    let shelf = Shelf::books();
    let index = SearchIndex::open(home.path()).unwrap();
    index.catch_up(&shelf).unwrap();
    (home, shelf, index)
}

fn ids(index: &SearchIndex, text: &str) -> Vec<u64> {
    let page = index.search(&Query::new(text)).unwrap();
    page.hits.iter().map(|hit| hit.id.get()).collect()
}

fn first(index: &SearchIndex, text: &str) -> Option<u64> {
    ids(index, text).first().copied()
}

fn why(index: &SearchIndex, text: &str) -> Option<Why> {
    let page = index.search(&Query::new(text)).unwrap();
    page.corrected.map(|corrected| corrected.why)
}

/// Each question and the record that must come first, with what was done to the question.
const FIRST: [(&str, u64, Option<Why>); 38] = [
    ("евгения онегина", 1, None),
    ("капитанской дочке", 2, None),
    ("ЧЁРНЫЙ МОНАХ", 5, None),
    ("первой любви", 15, None),
    ("мухе-цокотухе", 18, None),
    ("салтыков щедрин", 19, None),
    ("Бѣсы", 11, None),
    ("Исторія Государства Россійскаго", 17, None),
    ("Князь Сeрeбряный", 9, None),
    ("мы", 21, None),
    ("12 стульев", 13, None),
    ("петр 1", 10, None),
    ("палата 6", 6, None),
    ("вокруг света за 80 дней", 20, None),
    ("xthysq vjyf[", 5, Some(Why::Layout)),
    ("еру рщиише", 25, Some(Why::Layout)),
    ("Dostoevsky Idiot", 12, Some(Why::Translit)),
    ("kapitanskaya dochka", 2, Some(Why::Translit)),
    ("меахника", 24, Some(Why::Typo)),
    ("достоевзкий бесы", 11, Some(Why::Typo)),
    ("сереб толстой", 9, Some(Why::Typo)),
    ("капит пушк", 2, Some(Why::Typo)),
    ("отечественная война восемьсот", 7, Some(Why::Relaxed)),
    ("Толстой А.К.", 9, None),
    ("А. К. Толстой", 9, None),
    ("вл пушкин", 3, None),
    ("5-05-000018-5", 2, None),
    ("ISBN 978 5 17 120442 6", 14, None),
    ("9780261102217", 25, None),
    ("22.161", 23, None),
    ("ббк 63.3", 17, None),
    ("мещёр*", 14, None),
    ("«война и мир»", 7, None),
    ("автор:чехов палата", 6, None),
    ("загл:пушкин", 4, None),
    ("тема:антиутопии год:1989 мы", 21, None),
    ("толстой -война -князь -пётр", 8, None),
    ("the hobbit", 25, None),
];

#[test]
fn forms_without_a_common_ending_are_found() {
    let (_home, _shelf, index) = library();
    // «Отцы и дети».
    assert_eq!(first(&index, "отец ребёнок"), Some(16));
}

#[test]
fn all_that_a_question_finds_is_more_than_its_pages_show() {
    let feed = Shelf::blank(10_150);
    let home = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(home.path()).unwrap();
    index.rebuild(&feed, &mut |_| ()).unwrap();
    let (ids, _) = index.all(&Query::new("")).unwrap();
    assert_eq!(ids.len(), 10_150);
}

#[test]
fn every_rule_finds_what_was_meant() {
    let (_home, _shelf, index) = library();
    for (text, wanted, done) in FIRST {
        assert_eq!(first(&index, text), Some(wanted), "{text}");
        assert_eq!(why(&index, text), done, "{text}");
    }
}

#[test]
fn initials_with_stops_are_required() {
    let (_home, _shelf, index) = library();
    let mut found = ids(&index, "Пушкин А. С.");
    found.sort_unstable();
    assert_eq!(found, [1, 2]);
    assert_eq!(why(&index, "Толстой Я. Б."), Some(Why::Relaxed));
}

#[test]
fn a_beginning_in_a_named_field_finds_rare_names_too() {
    let common = ('а'..='я').flat_map(|a| ['л', 'м'].map(|b| format!("кар{a}{b}")));
    let titles: String = common
        .map(|word| format!("|||{word} {word}||||||rus\n|||{word}||||||rus\n"))
        .collect();
    let shelf = Shelf::listed(&format!(
        "{titles}Карбышев|Д. М.|Дмитрий Михайлович|Крепости||1936||||rus"
    ));
    let home = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(home.path()).unwrap();
    index.rebuild(&shelf, &mut |_| ()).unwrap();
    assert_eq!(ids(&index, "автор:кар*"), [129]);
    assert_eq!(ids(&index, "автор:карбышев*"), [129]);
    assert_eq!(ids(&index, "тема:кар*"), [0; 0]);
}

#[test]
fn four_digits_are_a_title_or_a_year_and_no_class_mark() {
    let (_home, _shelf, index) = library();
    assert_eq!(first(&index, "1984"), Some(22));
    assert_eq!(ids(&index, "год:1937-1957").len(), 3);
}

#[test]
fn nonsense_finds_nothing() {
    let (_home, _shelf, index) = library();
    for text in ["щшгмнклрп", "xqzvwkjpt", "-", "«»", "загл:неттакого"] {
        let page = index.search(&Query::new(text)).unwrap();
        assert!(
            page.total == 0 || page.total == 25,
            "{text}: {}",
            page.total
        );
    }
    assert_eq!(ids(&index, "щшгмнклрп"), [0; 0]);
}

#[test]
fn facets_count_and_narrow() {
    let (_home, _shelf, index) = library();
    let mut query = Query::new("роман");
    query.facets = true;
    let page = index.search(&query).unwrap();
    let facets = page.facets.unwrap();
    let author = facets.authors.first().unwrap().clone();
    assert_eq!(
        facets.libraries.iter().map(|t| t.count).sum::<usize>(),
        page.total
    );
    assert_eq!(
        facets.decades.iter().map(|t| t.count).sum::<usize>(),
        page.total
    );
    query.filters.author = Some(author.value);
    assert_eq!(index.search(&query).unwrap().total, author.count);
    query.filters = Filters {
        library: Some("A".parse().unwrap()),
        available: true,
        ..Filters::default()
    };
    assert_eq!(index.search(&query).unwrap().total, facets.available);
    query.filters = Filters {
        language: Some("eng".to_owned()),
        year_from: Some(1930),
        year_to: Some(1940),
        ..Filters::default()
    };
    query.text = String::new();
    assert_eq!(index.search(&query).unwrap().total, 1);
}

#[test]
fn orders_and_pages_are_kept() {
    let (_home, _shelf, index) = library();
    let mut query = Query::new("");
    query.sort = Sort::Year;
    query.limit = 2;
    let page = index.search(&query).unwrap();
    assert_eq!((page.total, page.hits[0].id.get()), (25, 23));
    query.sort = Sort::Title;
    assert_eq!(index.search(&query).unwrap().hits[0].id.get(), 22);
    query.sort = Sort::Newest;
    query.offset = 24;
    assert_eq!(index.search(&query).unwrap().hits[0].id.get(), 1);
    query.offset = usize::MAX;
    assert!(index.search(&query).unwrap().hits.is_empty());
}

#[test]
fn a_hidden_record_is_found_on_no_public_path() {
    let (_home, shelf, index) = library();
    let gone = |index: &SearchIndex| {
        for text in [
            "идиот",
            "Dostoevsky Idiot",
            "700012",
            "идио*",
            "загл:идиот",
            "болван идиот",
        ] {
            assert!(!ids(index, text).contains(&12), "{text}");
        }
        let mut query = Query::new("");
        query.limit = 100;
        query.facets = true;
        let page = index.search(&query).unwrap();
        assert_eq!((page.total, page.hits.len()), (24, 24));
        assert!(
            page.facets
                .unwrap()
                .years
                .iter()
                .all(|year| year.value != "1983")
        );
        assert!(index.suggest("иди", 10).unwrap().is_empty());
        query.audience = Audience::Staff;
        assert_eq!(index.search(&query).unwrap().total, 25);
    };
    index.hide(&[RecordId::new(12)]);
    gone(&index);
    shelf.change(12, |source| source.hidden = true);
    index.catch_up(&shelf).unwrap();
    assert!(index.deny.ids().is_empty());
    gone(&index);
    shelf.change(12, |source| source.hidden = false);
    index.catch_up(&shelf).unwrap();
    assert_eq!(first(&index, "идиот"), Some(12));
}

#[test]
fn staff_find_by_inventory_number_and_readers_do_not() {
    let (_home, _shelf, index) = library();
    let mut query = Query::new("700014");
    assert_eq!(index.search(&query).unwrap().total, 0);
    query.audience = Audience::Staff;
    assert_eq!(index.search(&query).unwrap().hits[0].id.get(), 14);
}

#[test]
fn changes_are_followed_and_verified() {
    let (_home, shelf, index) = library();
    assert_eq!(index.verify(&shelf).unwrap(), []);
    shelf.add(40, "Слепой музыкант");
    shelf.remove(21);
    shelf.change(1, |source| source.holdings.clear());
    assert_eq!(index.catch_up(&shelf).unwrap(), Seq::new(28));
    assert_eq!(first(&index, "слепого музыканта"), Some(40));
    assert_eq!(index.verify(&shelf).unwrap(), []);
}

#[test]
fn a_flipped_bit_in_a_file_of_the_index_is_named() {
    let (home, shelf, index) = library();
    drop(index);
    let file = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "idx"))
        .unwrap();
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    fs::write(&file, bytes).unwrap();
    let index = SearchIndex::open(home.path()).unwrap();
    let name = std::path::PathBuf::from(file.file_name().unwrap());
    assert_eq!(index.verify(&shelf).unwrap(), [Difference::Damaged(name)]);
}

#[test]
fn no_flipped_bit_in_a_list_of_terms_ends_the_program_that_follows() {
    let (home, shelf, index) = library();
    drop(index);
    let terms = |path: &std::path::PathBuf| path.extension().is_some_and(|e| e == "term");
    let files = fs::read_dir(home.path()).unwrap();
    let files = files.map(|entry| entry.unwrap().path()).filter(terms);
    for path in files.collect::<Vec<_>>() {
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(whole.len().div_ceil(300)) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, &bytes).unwrap();
            let followed = std::panic::catch_unwind(|| {
                let index = SearchIndex::open(home.path()).unwrap();
                let _ = index.catch_up(&shelf);
            });
            assert!(followed.is_ok(), "byte {at} of {}", path.display());
        }
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn the_position_survives_and_a_strange_journal_leads_to_a_rebuild() {
    let (home, shelf, index) = library();
    drop(index);
    let index = SearchIndex::open(home.path()).unwrap();
    assert_eq!((index.position(), index.len()), (Seq::new(25), 25));
    assert_eq!(index.catch_up(&shelf).unwrap(), Seq::new(25));
    drop(index);
    let other = Shelf::books().with_salt(9);
    other.remove(3);
    let index = SearchIndex::open(home.path()).unwrap();
    index.catch_up(&other).unwrap();
    assert_eq!((index.position(), index.len()), (Seq::new(26), 24));
    assert_eq!(index.verify(&other).unwrap(), []);
}

#[test]
fn a_damaged_folder_starts_anew() {
    let (home, shelf, index) = library();
    drop(index);
    fs::write(home.path().join("meta.json"), "{").unwrap();
    let index = SearchIndex::open(home.path()).unwrap();
    assert_eq!((index.position(), index.len()), (Seq::default(), 0));
    index.catch_up(&shelf).unwrap();
    assert_eq!(index.verify(&shelf).unwrap(), []);
}

#[test]
fn an_index_that_lost_any_of_its_files_starts_anew() {
    for end in ["idx", "pos", "term", "store", "fast", "fieldnorm", "json"] {
        let (home, shelf, index) = library();
        drop(index);
        let files = fs::read_dir(home.path()).unwrap();
        let mut lost = files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == end));
        let lost = lost.next().unwrap();
        fs::remove_file(&lost).unwrap();
        // Another thing of its name is no help.
        fs::create_dir(&lost).unwrap();
        let index = SearchIndex::open(home.path()).unwrap();
        index.catch_up(&shelf).unwrap();
        let found = index.search(&Query::new("\"капитанская дочка\"")).unwrap();
        assert_eq!(found.total, 1, "{end}");
        assert_eq!(index.verify(&shelf).unwrap(), []);
    }
}

#[test]
fn deletions_of_a_commit_that_a_power_cut_took_back_are_swept() {
    let (home, shelf, index) = library();
    let before = fs::read(home.path().join("meta.json")).unwrap();
    let managed = fs::read(home.path().join(".managed.json")).unwrap();
    shelf.remove(3);
    index.catch_up(&shelf).unwrap();
    drop(index);
    fs::write(home.path().join("meta.json"), before).unwrap();
    fs::write(home.path().join(".managed.json"), managed).unwrap();
    let index = SearchIndex::open(home.path()).unwrap();
    index.catch_up(&shelf).unwrap();
    assert_eq!(index.verify(&shelf).unwrap(), []);
}

#[test]
fn suggestions_name_what_they_are() {
    let (_home, _shelf, index) = library();
    let texts = |typed: &str| -> Vec<(String, SuggestionKind, usize)> {
        let found = index.suggest(typed, 10).unwrap().into_iter();
        found.map(|s| (s.text, s.kind, s.count)).collect()
    };
    let tolstoy = texts("толст");
    assert!(
        tolstoy
            .iter()
            .all(|(_, kind, _)| *kind == SuggestionKind::Author)
    );
    assert_eq!(tolstoy[0].2, 2);
    assert_eq!(texts("njkcn"), tolstoy);
    assert_eq!(texts("tolst"), tolstoy);
    assert_eq!(texts("капит")[0].1, SuggestionKind::Title);
    assert_eq!(texts("антиу")[0].1, SuggestionKind::Subject);
    assert!(texts("").is_empty());
}

#[test]
fn any_text_has_an_answer() {
    let (_home, _shelf, index) = library();
    proptest::proptest!(|(text in "\\PC{0,40}|[а-яa-z«»\"*:().,0-9 -]{0,40}")| {
        index.search(&Query::new(text.clone())).unwrap();
        index.suggest(&text, 5).unwrap();
    });
    let long = "слово ".repeat(500);
    index.search(&Query::new(long)).unwrap();
}
