//! Имена в записи: which person fields name authors, and roles written as words.
//!
//! Text of a role is read as a code for this purpose only; the record keeps what it has.

use super::Field;
use super::dictionary::Dictionary;

/// Roles in real records written as words; longer words first.
const WORDS: &[(&str, &str)] = &[
    ("авт. предисл", "080"),
    ("авт", "070"),
    ("отв. ред", "340"),
    ("науч. ред", "340"),
    ("науч. рук", "727"),
    ("ред", "340"),
    ("сост", "220"),
    ("пер", "730"),
    ("ил", "440"),
    ("худож", "440"),
    ("комп", "230"),
    ("фот", "600"),
    ("рец", "675"),
    ("исполн", "590"),
    ("реж", "300"),
];

/// The relator code behind `$4`: `070`, `340 ред.` and `ред.` are understood.
#[must_use]
pub fn role(value: &str) -> Option<&'static str> {
    let value = value.trim().to_lowercase();
    let relators = Dictionary::rusmarc().codes("relators")?;
    let code: String = value.chars().take(3).collect();
    if let Some((code, _)) = relators.get_key_value(code.as_str()) {
        return Some(code.as_ref());
    }
    let (_, code) = WORDS.iter().find(|(word, _)| value.starts_with(word))?;
    Some(code)
}

/// The authors among 700 and 701: no role, author, dissertant, or composer where music speaks.
#[must_use]
pub fn authors(fields: &[Field], kind: char) -> Vec<&Field> {
    let author = |value: &str| match role(value) {
        Some("070" | "305") => true,
        Some("230") => matches!(kind, 'c' | 'd' | 'i' | 'j'),
        Some(_) | None => false,
    };
    let is_author = |field: &&Field| {
        let mut roles = field.all('4').filter(|r| !r.trim().is_empty()).peekable();
        roles.peek().is_none() || roles.any(author)
    };
    ["700", "701"]
        .iter()
        .flat_map(|tag| fields.iter().filter(move |f| f.tag.as_str() == *tag))
        .filter(|field| field.first('a').is_some_and(|name| !name.trim().is_empty()))
        .filter(is_author)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::field;
    use super::*;

    #[test]
    fn roles_are_understood_as_codes_and_as_words() {
        assert_eq!(role("070"), Some("070"));
        assert_eq!(role("340 ред."), Some("340"));
        assert_eq!(role("сост."), Some("220"));
        assert_eq!(role("волшебник"), None);
    }

    #[test]
    fn an_editor_in_701_is_no_author() {
        let fields = [
            field("700 #1 $aА"),
            field("701 #1 $aБ$4340"),
            field("701 #1 $aВ$4авт."),
        ];
        assert_eq!(authors(&fields, 'a').len(), 2);
    }
}
