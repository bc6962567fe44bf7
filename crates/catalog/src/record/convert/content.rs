//! Вид содержания и средство доступа: 203 of RUSMARC against 336, 337 and 338 of MARC 21.

use super::super::{BiblioRecord, Field, Subfield};
use super::reading::Reading;
use super::{BLANK, Draft, made};

/// Code of MARC 21, content form of RUSMARC, its qualifier.
const FORMS: &[(&str, &str, &str)] = &[
    ("txt", "Текст", ""),
    ("cri", "Изображение", "картографическое"),
    ("tdi", "Изображение", "движущееся"),
    ("sti", "Изображение", "неподвижное"),
    ("sti", "Изображение", ""),
    ("ntm", "Музыка", "знаковая"),
    ("prm", "Музыка", "исполнительская"),
    ("prm", "Музыка", ""),
    ("spw", "Устная речь", ""),
    ("cop", "Программа", ""),
    ("tdf", "Предмет", ""),
];

/// Code of MARC 21 and the beginning of the word of RUSMARC.
const MEDIA: &[(&str, &str)] = &[
    ("n", "непосредственн"),
    ("c", "электронн"),
    ("g", "проекционн"),
    ("p", "микроскопическ"),
    ("e", "стереографическ"),
    ("s", "аудио"),
    ("v", "видео"),
    ("h", "микроформа"),
];

/// 336 and 337 as one statement of content and medium; 338 as 183. What cannot be said is kept.
pub(super) fn inward(record: &BiblioRecord, draft: &mut Draft) {
    let mut said = Vec::new();
    for field in record.fields("336") {
        let reading = Reading::of(field);
        said.extend(form(&reading));
        draft.rest(&reading);
    }
    let ending = match said.first().map(|s: &Subfield| s.value.as_str()) {
        Some("Текст" | "Предмет") => "ый",
        Some("Изображение") => "ое",
        Some(_) | None => "ая",
    };
    let mut media: Vec<String> = Vec::new();
    for field in record.fields("337") {
        let reading = Reading::of(field);
        if !said.is_empty()
            && let Some(word) = medium(&reading, ending)
            && !media.contains(&word)
        {
            media.push(word);
        }
        draft.rest(&reading);
    }
    said.extend(media.iter().map(|word| Subfield::new('c', word.as_str())));
    draft.data("203", BLANK, said);
    for field in record.fields("338") {
        let reading = Reading::of(field);
        let code = reading.text('b');
        if code.is_empty() {
            draft.rest(&reading);
            continue;
        }
        // The word says what the code has said.
        reading.said(|s| s.code == 'a');
        let pairs = [('a', code), ('2', reading.text('2'))];
        draft.fields.extend(made("183", BLANK, &pairs));
        draft.rest(&reading);
    }
}

fn form(reading: &Reading<'_>) -> Vec<Subfield> {
    let own = reading.field();
    let code = own.first('b').unwrap_or("").trim();
    let text = own.first('a').unwrap_or("").trim();
    let known = FORMS.iter().find(|row| row.0 == code);
    let russian = |text: &str| text.starts_with(|c: char| ('А'..='я').contains(&c));
    let (form, qualifier) = match known {
        _ if russian(text) => text.split_once(" (").unwrap_or((text, "")),
        Some((_, form, qualifier)) => (*form, *qualifier),
        None => return Vec::new(),
    };
    reading.said(|s| matches!(s.code, 'a' | 'b' | '2'));
    let mut made = vec![Subfield::new('a', form)];
    let qualifiers = qualifier.trim_end_matches(')').split(" ; ");
    let qualifiers = qualifiers.filter(|q| !q.is_empty());
    made.extend(qualifiers.map(|q| Subfield::new('b', q)));
    made
}

fn medium(reading: &Reading<'_>, ending: &str) -> Option<String> {
    let own = reading.field();
    let code = own.first('b').unwrap_or("").trim();
    let text = own.first('a').unwrap_or("").trim();
    let word = match MEDIA.iter().find(|row| row.0 == code) {
        Some((_, stem)) if stem.ends_with('н') => format!("{stem}{ending}"),
        Some((_, stem)) if stem.ends_with('к') => {
            format!("{stem}{}", if ending == "ый" { "ий" } else { ending })
        }
        Some((_, word)) => (*word).to_owned(),
        None if !text.is_ascii() => text.to_owned(),
        None => return None,
    };
    reading.said(|s| matches!(s.code, 'a' | 'b' | '2'));
    Some(word)
}

/// 203 as 336 and 337; a qualifier stands in brackets after its form.
pub(super) fn outward(field: &Field, draft: &mut Draft) {
    let reading = Reading::of(field);
    let mut forms: Vec<(String, Vec<&str>)> = Vec::new();
    let mut media: Vec<&str> = Vec::new();
    for subfield in field.subfields() {
        let value = subfield.value.trim();
        match (subfield.code, forms.last_mut()) {
            ('a', _) => forms.push((value.to_owned(), Vec::new())),
            ('b', Some((_, qualifiers))) => qualifiers.push(value),
            ('c', _) => media.push(value),
            _ => {}
        }
    }
    let headed = !forms.is_empty();
    reading.said(|s| matches!(s.code, 'a' | 'c') || s.code == 'b' && headed);
    for (form, qualifiers) in forms {
        let fits = |row: &&(&str, &str, &str)| {
            let told = row.2.is_empty() || qualifiers.contains(&row.2);
            row.1 == form && told
        };
        let code = FORMS.iter().find(fits).map_or("", |row| row.0);
        let words = match qualifiers.as_slice() {
            [] => form,
            some => format!("{form} ({})", some.join(" ; ")),
        };
        draft
            .fields
            .extend(listed("336", &words, code, "rdacontent"));
    }
    for word in media {
        let found = MEDIA.iter().find(|row| word.starts_with(row.1));
        let code = found.map_or("", |row| row.0);
        draft.fields.extend(listed("337", word, code, "rdamedia"));
    }
    draft.rest(&reading);
}

fn listed(tag: &str, words: &str, code: &str, list: &str) -> Option<Field> {
    let list = if code.is_empty() { "" } else { list };
    made(tag, BLANK, &[('a', words), ('b', code), ('2', list)])
}
