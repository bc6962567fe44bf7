//! Имя автора из клетки: where the surname stands, and how several names are told apart.
//!
//! What cannot be told is kept whole in direct order; nobody is guessed to be a surname.

use super::super::{Field, Indicators, Subfield, Tag};

/// The names in one cell.
pub(super) fn names(text: &str) -> Vec<String> {
    let whole = text.replace(['\n', '#', '|'], ";");
    let mut names = Vec::new();
    for part in whole.split(';') {
        let commas: Vec<&str> = part.split(',').map(str::trim).collect();
        // «Иванов И. И., Петров П. П.» are two people; «Иванов, Иван» is one.
        let several = commas.len() > 1 && commas.iter().all(|name| name.contains([' ', '.']));
        match several {
            true => names.extend(commas.into_iter().map(str::to_owned)),
            false => names.push(part.trim().to_owned()),
        }
    }
    for name in &mut names {
        let bare = ["и др.", "и др", "[и др.]", "et al."]
            .iter()
            .find_map(|tail| name.strip_suffix(tail));
        if let Some(bare) = bare {
            *name = bare.trim_end_matches([' ', ',']).to_owned();
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The heading of a name; `full` when the column says that the surname stands first.
pub(super) fn heading(tag: Tag, name: &str, full: bool) -> Field {
    let (surname, rest) = match parts(name, full) {
        Some(parts) => parts,
        None => {
            let whole = vec![Subfield::new('a', name)];
            return Field::data(tag, Indicators(' ', '0'), whole);
        }
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
        let field = heading("700".parse().unwrap(), name, full);
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
        assert_eq!(
            names("Ёлкин И. И., Лесников А. В. и др."),
            ["Ёлкин И. И.", "Лесников А. В."]
        );
        assert_eq!(names("Лесников, Андрей"), ["Лесников, Андрей"]);
        assert_eq!(names("Ёлкин И.;Лесников А.#"), ["Ёлкин И.", "Лесников А."]);
    }
}
