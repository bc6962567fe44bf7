//! Область 9, вида содержания и средства доступа: by its field, by codes, or by the kind of record.

use super::super::{BiblioRecord, Field};
use super::Sheet;
use super::text::clean;

/// How a word about the medium must agree with the form of content.
#[derive(Clone, Copy)]
enum Agreement {
    Masculine,
    Feminine,
    Neuter,
    Plural,
}

/// The area; none when switched off or when nothing can be said.
pub(super) fn area(sheet: &Sheet) -> Option<String> {
    if !sheet.options.content_form {
        return None;
    }
    let record = sheet.record;
    let typed: Vec<String> = record
        .fields("203")
        .map(render)
        .filter(|t| !t.is_empty())
        .collect();
    if typed.is_empty() {
        coded(record).or_else(|| by_kind(record))
    } else {
        Some(typed.join(" + "))
    }
}

/// Field 203 in the order of the record: `Музыка (исполнительская). Устная речь : аудио`.
fn render(field: &Field) -> String {
    let mut line = String::new();
    let mut qualified = false;
    let mut after_medium = false;
    let close = |line: &mut String, open: &mut bool| {
        if std::mem::take(open) {
            line.push(')');
        }
    };
    for subfield in field.subfields() {
        let value = clean(&subfield.value);
        if value.is_empty() || !matches!(subfield.code, 'a' | 'b' | 'c') {
            continue;
        }
        if subfield.code == 'b' {
            line.push_str(if qualified { " ; " } else { " (" });
            line.push_str(value.trim_matches(['(', ')']));
            qualified = true;
            continue;
        }
        close(&mut line, &mut qualified);
        let sign = match (subfield.code, after_medium) {
            ('a', true) => " + ",
            ('a', false) => ". ",
            _ => " : ",
        };
        after_medium = subfield.code == 'c';
        line.push_str(if line.is_empty() { "" } else { sign });
        line.push_str(&value);
    }
    close(&mut line, &mut qualified);
    line
}

/// Forms of content and the medium from 181 and 182.
fn coded(record: &BiblioRecord) -> Option<String> {
    let mut forms: Vec<(&str, Agreement, String)> = Vec::new();
    for field in record.fields("181") {
        let Some((name, agreement)) = field.first('a').and_then(|code| form(code.chars().next()?))
        else {
            continue;
        };
        let qualifiers = field.first('b').map(|codes| qualifiers(codes, agreement));
        forms.push((name, agreement, qualifiers.unwrap_or_default()));
    }
    let code = record.first("182", 'a')?.chars().next()?;
    let agreement = match forms.as_slice() {
        [] => return None,
        [only] => only.1,
        _ => Agreement::Plural,
    };
    let medium = medium(code, agreement)?;
    let names: Vec<String> = forms
        .iter()
        .map(|(name, _, qualifiers)| format!("{name}{qualifiers}"))
        .collect();
    Some(format!("{} : {medium}", names.join(". ")))
}

fn form(code: char) -> Option<(&'static str, Agreement)> {
    Some(match code {
        'a' => ("Электронные данные", Agreement::Plural),
        'b' => ("Изображение", Agreement::Neuter),
        'c' => ("Движение", Agreement::Neuter),
        'd' => ("Музыка", Agreement::Feminine),
        'e' => ("Предмет", Agreement::Masculine),
        'f' => ("Программа", Agreement::Feminine),
        'g' => ("Звуки", Agreement::Plural),
        'h' => ("Устная речь", Agreement::Feminine),
        'i' => ("Текст", Agreement::Masculine),
        _ => return None,
    })
}

/// ` (картографическое ; неподвижное ; двухмерное)`; seeing is not said of what is simply read.
fn qualifiers(codes: &str, agreement: Agreement) -> String {
    let mut words = Vec::new();
    for (at, code) in codes.chars().enumerate() {
        let stem = match (at, code) {
            (0, 'a') => "знаков",
            (0, 'b') => "исполнительск",
            (0, 'c') => "картографическ",
            (1, 'a') => "движущ",
            (1, 'b') => "неподвижн",
            (2, '2') => "двухмерн",
            (2, '3') => "трехмерн",
            (3..=5, 'a') => "слухов",
            (3..=5, 'b') => "вкусов",
            (3..=5, 'c') => "обонятельн",
            (3..=5, 'd') => "тактильн",
            _ => continue,
        };
        words.push(adjective(stem, agreement));
    }
    if words.is_empty() {
        String::new()
    } else {
        format!(" ({})", words.join(" ; "))
    }
}

/// The medium agreeing with its form of content.
fn medium(code: char, agreement: Agreement) -> Option<String> {
    Some(match code {
        'a' => "аудио".to_owned(),
        'b' => adjective("электронн", agreement),
        'c' => "микроформа".to_owned(),
        'd' => adjective("микроскопическ", agreement),
        'e' => adjective("проекционн", agreement),
        'f' => adjective("стереографическ", agreement),
        'g' => "видео".to_owned(),
        'n' => adjective("непосредственн", agreement),
        _ => return None,
    })
}

fn adjective(stem: &str, agreement: Agreement) -> String {
    let soft = stem.ends_with(['к', 'г', 'х']);
    let stressed = matches!(stem, "слухов" | "вкусов");
    let ending = match (agreement, stem) {
        (Agreement::Masculine, "движущ") => "ийся",
        (Agreement::Feminine, "движущ") => "аяся",
        (Agreement::Neuter, "движущ") => "ееся",
        (Agreement::Plural, "движущ") => "иеся",
        (Agreement::Masculine, _) if stressed => "ой",
        (Agreement::Masculine, _) if soft => "ий",
        (Agreement::Masculine, _) => "ый",
        (Agreement::Feminine, _) => "ая",
        (Agreement::Neuter, _) => "ое",
        (Agreement::Plural, _) if soft => "ие",
        (Agreement::Plural, _) => "ые",
    };
    format!("{stem}{ending}")
}

/// What a record says by its kind alone.
fn by_kind(record: &BiblioRecord) -> Option<String> {
    let online = record.field("135").is_some()
        || (record.field("856").is_some() && record.field("215").is_none());
    let medium_of = |code: char, agreement| {
        let code = if online { 'b' } else { code };
        medium(code, agreement).unwrap_or_default()
    };
    let tactile = record.fields("106").any(|f| f.first('a') == Some("f"));
    let masculine = Agreement::Masculine;
    Some(match record.leader.at(6) {
        'a' | 'b' if tactile => format!("Текст (тактильный) : {}", medium_of('n', masculine)),
        'a' | 'b' => format!("Текст : {}", medium_of('n', masculine)),
        'c' | 'd' => format!(
            "Музыка (знаковая) : {}",
            medium_of('n', Agreement::Feminine)
        ),
        'e' | 'f' => format!(
            "Изображение (картографическое) : {}",
            medium_of('n', Agreement::Neuter)
        ),
        'g' => "Изображение (движущееся) : видео".to_owned(),
        'i' => "Устная речь : аудио".to_owned(),
        'j' => "Музыка (исполнительская) : аудио".to_owned(),
        'k' => format!("Изображение : {}", medium_of('n', Agreement::Neuter)),
        'l' => "Электронные данные : электронные".to_owned(),
        'r' => "Предмет : непосредственный".to_owned(),
        _ => return None,
    })
}
