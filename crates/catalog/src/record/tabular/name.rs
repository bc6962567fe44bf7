//! Имя автора из клетки: where the surname stands, and how several names are told apart.
//!
//! What cannot be told is kept whole in direct order; nobody is guessed to be a surname.

use super::super::{Field, Indicators, Subfield, Tag};
use super::columns;

/// A name of a cell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    /// Whether it is one person or several cannot be told.
    pub(super) doubtful: bool,
}

/// The names in one cell; `full` when the column says that the surname stands first.
pub(super) fn names(text: &str, full: bool) -> Vec<Name> {
    let whole = text.replace(['\n', '#', '|'], ";");
    let mut names = Vec::new();
    for part in whole.split(';') {
        let part = part.trim();
        let bare = ["и др.", "и др", "[и др.]", "et al."]
            .iter()
            .find_map(|tail| part.strip_suffix(tail));
        told_apart(
            bare.unwrap_or(part).trim_end_matches([' ', ',']),
            full,
            &mut names,
        );
    }
    names
}

/// Tells the names between commas apart: «Иванов И. И., Петров П. П.» are two people, «Иванов, Иван» is one.
fn told_apart(part: &str, full: bool, names: &mut Vec<Name>) {
    let mut pieces: Vec<&str> = part.split(',').map(str::trim).collect();
    pieces.retain(|piece| !piece.is_empty());
    let joined = |piece: &str| -> Vec<String> {
        // «И. Ильф и Е. Петров»
        let both: Vec<&str> = piece.split(" и ").map(str::trim).collect();
        let sure = both.len() > 1 && both.iter().all(|name| name.contains('.'));
        let names = if sure { both } else { vec![piece] };
        names.into_iter().map(str::to_owned).collect()
    };
    let mut told: Vec<String> = Vec::new();
    for piece in pieces.iter().flat_map(|piece| joined(piece)) {
        match told.last_mut() {
            // What only ends a name belongs to the surname before it.
            Some(last) if is_surname(last) && ends_name(&piece) => {
                *last = format!("{last}, {piece}");
            }
            _ => told.push(piece),
        }
    }
    let any = |sign: char| told.iter().any(|name| name.contains(sign));
    let words = told.iter().all(|name| name.contains(' '));
    let small = |name: &String| name.starts_with(char::is_lowercase);
    let several = any(',') || any('.') || words || told.len() > 2;
    let sure = |text: String| Name {
        text,
        doubtful: false,
    };
    if told.len() < 2 || several && !told.iter().any(small) {
        names.extend(told.into_iter().map(sure));
    } else {
        let inverted = full && told.len() == 2;
        names.push(Name {
            text: pieces.join(", "),
            doubtful: !inverted,
        });
    }
}

/// Whether it may be a surname by itself.
fn is_surname(text: &str) -> bool {
    let mut words = text.split_whitespace();
    !text.contains([',', '.'])
        && text.split_whitespace().count() < 4
        && words.all(|word| !columns::is_given(word) && !is_patronymic(word))
}

/// Whether it is what stands behind a surname: initials, or first names with what follows them.
fn ends_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let follows = |word: &&str| {
        let small = word.starts_with(char::is_lowercase);
        small || is_initials(word) || is_patronymic(word) || columns::is_given(word)
    };
    match words.as_slice() {
        [] => false,
        [first, second] if !is_initials(first) && is_patronymic(second) => true,
        [first, rest @ ..] if columns::is_given(first) => rest.iter().all(follows),
        all => all.iter().all(|word| is_initials(word)),
    }
}

/// The heading of a name; `full` when the column says that the surname stands first.
pub(super) fn heading(tag: Tag, name: &Name, full: bool) -> Field {
    let parts = match name.doubtful {
        true => None,
        false => parts(&name.text, full),
    };
    let Some((surname, rest)) = parts else {
        let whole = vec![Subfield::new('a', name.text.as_str())];
        return Field::data(tag, Indicators(' ', '0'), whole);
    };
    let mut subfields = vec![Subfield::new('a', surname)];
    if is_initials(&rest) {
        subfields.push(Subfield::new('b', spaced(&rest)));
    } else if !rest.is_empty() {
        subfields.push(Subfield::new('b', initials(&rest)));
        subfields.push(Subfield::new('g', rest));
    }
    Field::data(tag, Indicators(' ', '1'), subfields)
}

/// Surname and the other names, when it can be told which is which.
fn parts(name: &str, full: bool) -> Option<(String, String)> {
    if let Some((surname, rest)) = name.split_once(',') {
        return Some((surname.trim().to_owned(), rest.trim().to_owned()));
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    let leading = words.iter().take_while(|word| is_initials(word)).count();
    let trailing = words
        .iter()
        .rev()
        .take_while(|word| is_initials(word))
        .count();
    let (surname, rest) = match words.as_slice() {
        [] => return None,
        [only] => (vec![*only], Vec::new()),
        _ if leading == words.len() => return None,
        _ if trailing > 0 => {
            let at = words.len() - trailing;
            (words[..at].to_vec(), words[at..].to_vec())
        }
        _ if leading > 0 => (words[leading..].to_vec(), words[..leading].to_vec()),
        [first, second, third] if is_patronymic(second) => (vec![*third], vec![*first, *second]),
        [first, second, third] if is_patronymic(third) => (vec![*first], vec![*second, *third]),
        [first, rest @ ..] if full => (vec![*first], rest.to_vec()),
        _ => return None,
    };
    Some((surname.join(" "), rest.join(" ")))
}

/// «А.», «А.С.», «А. С.»
fn is_initials(text: &str) -> bool {
    let mut parts = text.split('.').map(str::trim).peekable();
    let mut any = false;
    while let Some(part) = parts.next() {
        if part.is_empty() && parts.peek().is_none() {
            return any;
        }
        let letters: usize = part
            .split('-')
            .map(|p| p.chars().count())
            .max()
            .unwrap_or(0);
        if letters != 1 || !part.chars().all(|c| c.is_uppercase() || c == '-') {
            return false;
        }
        any = true;
    }
    false
}

fn is_patronymic(word: &str) -> bool {
    let small = word.to_lowercase();
    let endings = ["ович", "евич", "ьич", "овна", "евна", "ична", "инична"];
    endings.iter().any(|ending| small.ends_with(ending))
}

fn spaced(text: &str) -> String {
    let letters = text
        .split('.')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    letters
        .map(|l| format!("{l}."))
        .collect::<Vec<_>>()
        .join(" ")
}

fn initials(names: &str) -> String {
    let first = |word: &str| word.chars().next().map(|c| format!("{c}."));
    names
        .split_whitespace()
        .filter_map(first)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, full: bool) -> String {
        let name = names(name, full).remove(0);
        let field = heading("700".parse().unwrap(), &name, full);
        let parts = field
            .subfields()
            .iter()
            .map(|s| format!("{}{}", s.code, s.value));
        format!(
            "{}|{}",
            field.indicators().1,
            parts.collect::<Vec<_>>().join("|")
        )
    }

    #[test]
    fn the_surname_is_found_where_it_can_be_told() {
        for (name, full, expected) in [
            ("Лесников А. В.", false, "1|aЛесников|bА. В."),
            ("А.В. Лесников", false, "1|aЛесников|bА. В."),
            ("Лесникова, Анна", false, "1|aЛесникова|bА.|gАнна"),
            (
                "Лесников Андрей Викторович",
                false,
                "1|aЛесников|bА. В.|gАндрей Викторович",
            ),
            (
                "Андрей Викторович Лесников",
                false,
                "1|aЛесников|bА. В.|gАндрей Викторович",
            ),
            ("Лесникова Анна", true, "1|aЛесникова|bА.|gАнна"),
            ("Анна Лесникова", false, "0|aАнна Лесникова"),
            ("Гомер", false, "1|aГомер"),
            ("А. В.", false, "0|aА. В."),
        ] {
            assert_eq!(told(name, full), expected, "{name}");
        }
    }

    #[test]
    fn several_names_of_one_cell_are_told_apart() {
        let told = |text: &str| -> Vec<String> {
            let names = names(text, false).into_iter();
            names.filter(|n| !n.doubtful).map(|n| n.text).collect()
        };
        for (cell, expected) in [
            (
                "Ёлкин И. И., Лесников А. В. и др.",
                &["Ёлкин И. И.", "Лесников А. В."][..],
            ),
            ("Лесников, Андрей", &["Лесников, Андрей"]),
            ("Ёлкин И.;Лесников А.#", &["Ёлкин И.", "Лесников А."]),
            ("Ёлкин, Лесников, Рощин", &["Ёлкин", "Лесников", "Рощин"]),
            ("Ёлкин И., Лесников", &["Ёлкин И.", "Лесников"]),
            (
                "Ёлкин, И. И., Лесников, А.",
                &["Ёлкин, И. И.", "Лесников, А."],
            ),
            ("Ёлкин, Пётр, Рощин", &["Ёлкин, Пётр", "Рощин"]),
            ("Ёлкин, Пётр Ильич", &["Ёлкин, Пётр Ильич"]),
            ("Ёлкин, Аристарх Ильич", &["Ёлкин, Аристарх Ильич"]),
            ("Ёлкин, Антон П.", &["Ёлкин, Антон П."]),
            ("Роща Маркес, Габриэль", &["Роща Маркес, Габриэль"]),
            ("И. Ёлкин и Е. Рощин", &["И. Ёлкин", "Е. Рощин"]),
            ("Ёлкин, Рощин и др.", &[]),
            ("Лес Иван, Пётр", &[]),
            ("Министерство лугов, отдел рощ", &[]),
        ] {
            assert_eq!(told(cell), expected, "{cell}");
        }
    }

    #[test]
    fn two_bare_surnames_are_kept_whole_unless_the_column_says_what_they_are() {
        assert_eq!(told("Ёлкин, Рощин", false), "0|aЁлкин, Рощин");
        assert_eq!(told("Ёлкин, Рощин", true), "1|aЁлкин|bР.|gРощин");
    }
}
