//! Столбцы таблиц: what a header says and what the words in cells mean, read from `data/tables/`.
//!
//! It judges headers and single words; what becomes of a value is told by whoever asks.

use std::collections::HashMap;
use std::sync::LazyLock;

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident $code:literal)*) => {
        /// Роль столбца.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(super) enum Role { $($(#[$doc])* $name,)* }

        impl Role {
            fn of_code(code: &str) -> Option<Role> {
                match code { $($code => Some(Role::$name),)* _ => None }
            }
        }
    };
}

roles! {
    Title "title"
    Subtitle "subtitle"
    Volume "volume"
    Responsibility "responsibility"
    Author "author"
    AuthorFull "author-full"
    Coauthor "coauthor"
    Editor "editor"
    Place "place"
    Publisher "publisher"
    Year "year"
    Edition "edition"
    Extent "extent"
    Isbn "isbn"
    Issn "issn"
    Language "language"
    Series "series"
    Subject "subject"
    Keyword "keyword"
    Bbk "bbk"
    Udc "udc"
    Grnti "grnti"
    Summary "summary"
    Note "note"
    Age "age"
    Kind "kind"
    Url "url"
    SourceId "source-id"
    Number "number"
    Barcode "barcode"
    Price "price"
    Received "received"
    Count "count"
    Shelfmark "shelfmark"
    Location "location"
    Withdrawn "withdrawn"
    WithdrawalAct "withdrawal-act"
    Status "status"
    Ksu "ksu"
    Document "document"
    Channel "channel"
    /// The number of the row itself: told again by the place in the file.
    Ordinal "ordinal"
}

/// What makes two rows one title.
pub(super) const IDENTITY: [Role; 13] = [
    Role::Title,
    Role::Subtitle,
    Role::Volume,
    Role::Responsibility,
    Role::Author,
    Role::AuthorFull,
    Role::Coauthor,
    Role::Publisher,
    Role::Year,
    Role::Edition,
    Role::Isbn,
    Role::Issn,
    Role::Kind,
];

/// The longest name of a column, in characters.
const NAME: usize = 200;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// The header as written; «столбец 5» where there is none.
    pub(super) name: String,
    /// What it says; `None` when nobody knows, and for the second column of one meaning.
    pub(super) role: Option<Role>,
}

/// The columns of a header row.
pub(super) fn columns(header: &[String]) -> Vec<Column> {
    let mut taken = Vec::new();
    let column = |(at, written): (usize, &String)| {
        let written = written.split_whitespace().collect::<Vec<_>>().join(" ");
        let role = role(&written).filter(|role| !taken.contains(role));
        taken.extend(role);
        let name = match written.is_empty() {
            true => format!("столбец {}", at + 1),
            // The name stands before each value that goes to the note.
            false => written.chars().take(NAME).collect(),
        };
        Column { name, role }
    };
    header.iter().enumerate().map(column).collect()
}

/// How many columns of a possible header row are known; none when it names no title.
pub(super) fn known(header: &[String]) -> usize {
    let mut roles: Vec<Role> = header.iter().filter_map(|name| role(name)).collect();
    roles.sort_unstable();
    roles.dedup();
    match roles.contains(&Role::Title) {
        true => roles.len(),
        false => 0,
    }
}

fn role(header: &str) -> Option<Role> {
    if header.is_empty() || header.len() > 200 {
        return None;
    }
    let whole = plain(header);
    let found = |name: &str| HEADERS.get(name.trim()).copied();
    let cut = |sign: char| {
        whole
            .split(sign)
            .next()
            .map(|name| name.trim_end_matches('.'))
    };
    found(&whole)
        .or_else(|| cut('(').and_then(found))
        .or_else(|| cut(',').and_then(found))
        .or_else(|| cut(':').and_then(found))
}

/// A header as it is compared: small letters, single blanks, no marks around it.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace('ё', "е");
    let text = text.replace(['"', '«', '»', '*', '\u{a0}', '_'], " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").trim_end_matches(['.', ':', ' ']).to_owned()
}

static HEADERS: LazyLock<HashMap<String, Role>> = LazyLock::new(|| {
    let text = include_str!("../../../../../data/tables/columns.tsv");
    let mut headers = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some((code, names)) = line.split_once('\t') else {
            continue;
        };
        let Some(role) = Role::of_code(code) else {
            continue;
        };
        headers.extend(names.split(" | ").map(|name| (plain(name), role)));
    }
    headers
});

/// Words of one sort: code → words.
type Words = HashMap<&'static str, Vec<(&'static str, Vec<String>)>>;

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let text = include_str!("../../../../../data/tables/words.tsv");
    let mut words = Words::new();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let mut parts = line.split('\t');
        if let (Some(sort), Some(code), Some(list)) = (parts.next(), parts.next(), parts.next()) {
            let list = list.split(" | ").map(str::to_lowercase).collect();
            words.entry(sort).or_default().push((code, list));
        }
    }
    words
});

fn by_word(sort: &str, fits: impl Fn(&str) -> bool) -> Option<&'static str> {
    let rows = WORDS.get(sort)?;
    let row = rows
        .iter()
        .find(|(_, words)| words.iter().any(|word| fits(word)));
    row.map(|(code, _)| *code)
}

/// Leader positions 06 and 07 for a kind of document in words.
pub(super) fn kind(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    by_word("kind", |word| text.contains(word))
}

/// The code of a language named by a word or by its code.
pub(super) fn language(text: &str) -> Option<&str> {
    let small = text.trim().to_lowercase();
    let small = small.trim_end_matches(" язык").trim_end_matches('.');
    if let Some(code) = by_word("language", |word| word == small) {
        return Some(code);
    }
    let code = text.trim();
    (code.len() == 3 && code.bytes().all(|b| b.is_ascii_lowercase())).then_some(code)
}

/// Whether the cell says in words that there is nothing.
pub(super) fn is_blank(text: &str) -> bool {
    let small = text.trim().to_lowercase();
    small.is_empty() || by_word("blank", |word| word == small).is_some()
}

/// Whether a column of withdrawals says in one word that the copy has left.
pub(super) fn is_left(text: &str) -> bool {
    let small = text.trim().to_lowercase();
    let bare = small.trim_end_matches('.');
    is_gone(text) || by_word("left", |word| word == bare).is_some()
}

/// Whether the word is a first name that many bear.
pub(super) fn is_given(word: &str) -> bool {
    let small = word.to_lowercase().replace('ё', "е");
    by_word("given", |word| word == small).is_some()
}

/// Whether a state in words means that the copy has left.
pub(super) fn is_gone(text: &str) -> bool {
    let small = text.trim().to_lowercase();
    by_word("gone", |word| small.starts_with(word)).is_some()
}

/// Whether the text is that of a line of totals.
pub(super) fn is_total(text: &str) -> bool {
    let small = text.trim().to_lowercase();
    let bare = small.trim_end_matches([':', '.', ' ']);
    by_word("total", |word| {
        bare.strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', ':']))
    })
    .is_some()
}

/// Whether a formula left its error instead of a value.
pub(super) fn is_error(text: &str) -> bool {
    if !text.starts_with('#') {
        return false;
    }
    let small = text.trim().to_lowercase();
    by_word("error", |word| {
        small == word || word == "####" && small.chars().all(|c| c == '#') && small.len() > 3
    })
    .is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(header: &[&str]) -> Vec<Option<Role>> {
        let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
        columns(&header).into_iter().map(|c| c.role).collect()
    }

    #[test]
    fn headers_of_librarians_and_programs_are_known() {
        let written = [
            "«Название»",
            "АВТОР (ФИО)",
            "Автор",
            "Год издания",
            "Инв. №",
            "Цена, руб.",
            "Кол-во",
            "Book-Title",
            "Дата списания\nкниги",
            "Кол-во выдач",
            "",
        ];
        assert_eq!(
            roles(&written),
            [
                Some(Role::Title),
                Some(Role::AuthorFull),
                Some(Role::Author),
                Some(Role::Year),
                Some(Role::Number),
                Some(Role::Price),
                Some(Role::Count),
                None,
                Some(Role::Withdrawn),
                None,
                None
            ]
        );
    }

    #[test]
    fn every_row_of_the_data_is_of_a_role_and_no_header_has_two() {
        let text = include_str!("../../../../../data/tables/columns.tsv");
        let mut seen: HashMap<String, &str> = HashMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (code, names) = line.split_once('\t').unwrap();
            assert!(Role::of_code(code).is_some(), "{code}");
            for name in names.split(" | ") {
                let before = seen.insert(plain(name), code);
                assert!(
                    before.is_none_or(|b| b == code),
                    "{name}: {before:?}, {code}"
                );
            }
        }
    }

    #[test]
    fn words_in_cells_are_told_from_titles() {
        assert!(is_blank(" — ") && !is_blank("Нет имени"));
        assert!(
            is_total("Итого:") && is_total("ВСЕГО по фонду") && !is_total("Итоговая аттестация")
        );
        assert!(is_error("#Н/Д") && is_error("########") && !is_error("#Selfmama"));
        assert_eq!((kind("Аудиокнига"), kind("Книга")), (Some("im"), None));
        assert_eq!(
            (language("Русский язык"), language("tat")),
            (Some("rus"), Some("tat"))
        );
        assert_eq!(language("древний"), None);
    }
}
