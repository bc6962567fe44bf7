//! Соответствие словарю: RM-31 … RM-37, for fields and for fields embedded in links.

use std::collections::BTreeMap;

use super::super::dictionary::{Dictionary, FieldDef, IndicatorDef, is_local};
use super::super::{BiblioRecord, Body, Field};
use super::{Report, field_words, placed};
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, report: &mut Report) {
    let mut local: Vec<&str> = Vec::new();
    for (place, field) in placed(&record.fields) {
        let tag = field.tag.as_str();
        match Dictionary::rusmarc().field(tag) {
            Some(def) => one(&place, field, def, true, report),
            None if is_local(tag) => {
                if !local.contains(&tag) {
                    local.push(tag);
                }
            }
            None => {
                let detail =
                    format!("Поля {tag} нет в формате: перенесите данные в подходящее поле");
                report.add(Rule::UnknownField, place.clone(), detail);
            }
        }
        for (inner, inside) in placed(field.embedded()) {
            let at = format!("{place}/{inner}");
            match Dictionary::rusmarc().field(inside.tag.as_str()) {
                Some(def) => one(&at, inside, def, false, report),
                None if is_local(inside.tag.as_str()) => {}
                None => {
                    let detail = "Такого поля нет в формате: соберите связь заново";
                    report.add(Rule::LinkInner, at, detail);
                }
            }
        }
    }
    if let Some(first) = local.first() {
        let detail = format!("Местные поля {} хранятся как есть", local.join(", "));
        report.add(Rule::LocalFields, *first, detail);
    }
    repeats(record, report);
    conditions(record, report);
}

fn repeats(record: &BiblioRecord, report: &mut Report) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for field in &record.fields {
        *counts.entry(field.tag.as_str()).or_default() += 1;
    }
    for (tag, count) in counts {
        let once = Dictionary::rusmarc()
            .field(tag)
            .is_some_and(|def| !def.repeatable);
        // These are asked for by name in the mandatory elements.
        let named = matches!(tag, "001" | "100" | "200");
        if count > 1 && once && !named {
            let detail = format!("Поле {} повторено: оставьте одно", field_words(tag));
            report.add(Rule::Repeated, format!("{tag}[2]"), detail);
        }
    }
}

fn one(place: &str, field: &Field, def: &FieldDef, own: bool, report: &mut Report) {
    let tag = field.tag.as_str();
    if own && (def.deprecated || matches!(tag, "079" | "145" | "229" | "899")) {
        let detail = format!(
            "Поле {} устарело: новые данные вводите в его замену",
            field_words(tag)
        );
        report.add(Rule::Deprecated, place, detail);
    }
    let Body::Data(marks, subfields) = &field.body else {
        return;
    };
    if own && !field.tag.is_link() {
        for (number, mark, allowed) in
            [(1, marks.0, &def.indicator1), (2, marks.1, &def.indicator2)]
        {
            indicator(place, tag, number, mark, allowed.as_ref(), report);
        }
    }
    let mut seen: BTreeMap<char, usize> = BTreeMap::new();
    for subfield in subfields {
        *seen.entry(subfield.code).or_default() += 1;
    }
    for (&code, &count) in &seen {
        let at = format!("{place}${code}");
        match def.subfields.get(&code) {
            None => {
                let detail = format!(
                    "В поле {} нет такого подполя: проверьте код",
                    field_words(tag)
                );
                report.add(Rule::UnknownSubfield, at, detail);
            }
            Some(known) if count > 1 && !known.repeatable && code != '4' => {
                let detail = format!(
                    "«{}» повторено: оставьте одно или повторите поле",
                    known.label
                );
                report.add(Rule::Repeated, at, detail);
            }
            Some(_) => {}
        }
    }
    let owed = def.subfields.iter().filter(|(code, known)| {
        let other = matches!(**code, '2') && tag.starts_with('6');
        known.required && !other && !seen.contains_key(code)
    });
    let excused = ["100", "200", "801", "210", "101", "852"].contains(&tag);
    for (code, known) in owed.filter(|_| !excused) {
        let detail = format!("В поле {} не заполнено «{}»", field_words(tag), known.label);
        let rule = if own {
            Rule::SubfieldMissing
        } else {
            Rule::LinkInner
        };
        report.add(rule, format!("{place}${code}"), detail);
    }
}

fn indicator(
    place: &str,
    tag: &str,
    number: u8,
    mark: char,
    allowed: Option<&IndicatorDef>,
    report: &mut Report,
) {
    let fits = match allowed {
        None => mark == ' ',
        Some(def) => def.codes.is_empty() || def.codes.contains_key(&mark),
    };
    if !fits {
        let choice = allowed.map_or("пробел".to_owned(), |def| {
            let codes: Vec<String> = def.codes.keys().map(|c| format!("«{c}»")).collect();
            codes.join(", ")
        });
        let detail = format!(
            "Поле {}: индикатор {number} – «{mark}», допустимо: {choice}",
            field_words(tag)
        );
        report.add(Rule::IndicatorValue, place, detail);
    }
}

/// RM-36 and the deprecated designation of material.
fn conditions(record: &BiblioRecord, report: &mut Report) {
    for tag in ["200", "225"] {
        for (place, field) in placed(&record.fields).filter(|(_, f)| f.tag.as_str() == tag) {
            if field.first('d').is_some() && field.first('z').is_none() {
                let detail = "У параллельного заглавия назовите язык";
                report.add(Rule::ConditionalMissing, format!("{place}$z"), detail);
            }
        }
    }
    let translated = record.field("101").is_some_and(|f| f.indicators().0 == '1');
    if translated && record.first("101", 'c').is_none() {
        let detail = "Это перевод: назовите язык оригинала";
        report.add(Rule::ConditionalMissing, "101$c", detail);
    }
    if record.first("200", 'b').is_some() && record.field("203").is_some() {
        let detail = "Общее обозначение материала больше не печатается: хватит вида содержания";
        report.add(Rule::Deprecated, "200$b", detail);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    #[test]
    fn what_the_format_does_not_know_is_found() {
        assert_eq!(found("240 ## $aЧто-то"), ["unknown-field"]);
        assert_eq!(found("215 ## $a238 с.$qЧто-то"), ["unknown-subfield"]);
        assert_eq!(found("951 ## $aМестное"), ["local-fields"]);
        assert_eq!(found("200 5# $aТропа$fА. В. Лесников"), ["indicator-value"]);
        assert_eq!(found("215 #1 $a238 с."), ["indicator-value"]);
    }

    #[test]
    fn repeats_and_gaps_are_found() {
        assert_eq!(found("215 ## $a238 с.$cил.$cкарты"), ["repeated"]);
        assert_eq!(found("606 ## $xОхрана$2nlr-sh"), ["subfield-missing"]);
    }

    #[test]
    fn conditions_between_data_are_held() {
        assert_eq!(
            found("200 1# $aСловарь$dDictionary$fА. В. Лесников"),
            ["conditional-missing"]
        );
        assert_eq!(found("101 1# $arus"), ["conditional-missing"]);
        assert_eq!(found("899 ## $aРГБ"), ["deprecated"]);
    }
}
