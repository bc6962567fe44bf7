//! Соответствие словарю: RM-31 … RM-37, for fields and for fields embedded in links.

use std::collections::BTreeMap;

use super::super::dictionary::{Dictionary, FieldDef, IndicatorDef, is_local};
use super::super::{BiblioRecord, Body, Field, Subfield};
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
                    report.add(Rule::LinkTechnique, at, detail);
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
    let subfields = of_this_format(tag, subfields);
    if !field.tag.is_link() {
        let rule = if own {
            Rule::IndicatorValue
        } else {
            Rule::LinkInnerValue
        };
        for (number, mark, allowed) in
            [(1, marks.0, &def.indicator1), (2, marks.1, &def.indicator2)]
        {
            if let Some(detail) = indicator(tag, number, mark, allowed.as_ref()) {
                report.add(rule, place, detail);
            }
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
                let rule = if own {
                    Rule::UnknownSubfield
                } else {
                    Rule::LinkInner
                };
                report.add(rule, at, detail);
            }
            Some(known) if count > 1 && !known.repeatable && code != '4' => {
                let detail = format!(
                    "«{}» повторено: оставьте одно или повторите поле",
                    known.label
                );
                let rule = if own {
                    Rule::Repeated
                } else {
                    Rule::LinkInnerValue
                };
                report.add(rule, at, detail);
            }
            Some(_) => {}
        }
    }
    let absent = |code: &char| !seen.contains_key(code);
    owed(place, tag, def, own, absent, report);
}

/// RM-34: what the field must have.
fn owed(
    place: &str,
    tag: &str,
    def: &FieldDef,
    own: bool,
    absent: impl Fn(&char) -> bool,
    report: &mut Report,
) {
    let owed = def.subfields.iter().filter(|(code, known)| {
        let other = matches!(**code, '2') && tag.starts_with('6');
        known.required && !other && absent(code)
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

/// The subfields that speak this format: in 886 what follows the first $b is another format's field.
fn of_this_format<'f>(tag: &str, subfields: &'f [Subfield]) -> &'f [Subfield] {
    let head = subfields.iter().position(|s| s.code == 'b');
    match head.filter(|_| tag == "886") {
        Some(at) => &subfields[..=at],
        None => subfields,
    }
}

/// What is wrong with an indicator.
fn indicator(tag: &str, number: u8, mark: char, allowed: Option<&IndicatorDef>) -> Option<String> {
    let fits = match allowed {
        None => mark == ' ',
        Some(def) => def.codes.is_empty() || def.codes.contains_key(&mark),
    };
    let choice = allowed.map_or("пробел".to_owned(), |def| {
        let codes: Vec<String> = def.codes.keys().map(|c| format!("«{c}»")).collect();
        codes.join(", ")
    });
    (!fits).then(|| {
        format!(
            "Поле {}: индикатор {number} – «{mark}», допустимо: {choice}",
            field_words(tag)
        )
    })
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
    for (place, field) in placed(&record.fields) {
        let none = |codes: &[char]| codes.iter().all(|code| field.first(*code).is_none());
        let missing = match field.tag.as_str() {
            "615" if none(&['a', 'n']) => ("$a", "Впишите предметную категорию словами или кодом"),
            "886" if field.indicators().0 != '0' && none(&['a']) => (
                "$a",
                "Не сказано, из какого поля эти данные: впишите его метку",
            ),
            "146" if none(&['c', 'd']) => ("$c", "Назовите инструмент, голос или ансамбль"),
            _ => continue,
        };
        let (code, detail) = missing;
        report.add(Rule::ConditionalMissing, format!("{place}{code}"), detail);
    }
    for (place, _) in
        placed(&record.fields).filter(|(_, f)| f.tag.as_str() == "856" && f.first('g').is_some())
    {
        let detail = "Имя ресурса URN больше не вводится здесь: впишите адрес";
        report.add(Rule::Deprecated, format!("{place}$g"), detail);
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
    fn a_field_of_another_format_is_not_judged_by_this_one() {
        assert_eq!(
            found("886 2# $2marc21$a650$b #$aOne$aTwo$vNote$vAgain$8x$2y$b1"),
            Vec::<&str>::new()
        );
        assert_eq!(found("886 2# $2marc21$a650$a651$b##"), ["repeated"]);
    }

    #[test]
    fn a_work_as_a_subject_embeds_its_name_and_title() {
        let named = "604 ## $1700#1$aПушкин$bА. С. $150010$aЕвгений Онегин$mрус.$2nlr_sh";
        assert_eq!(found(named), Vec::<&str>::new());
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
        assert_eq!(found("856 4# $uhttp://example.org$gurn:x"), ["deprecated"]);
        assert_eq!(found("615 ## $2local"), ["conditional-missing"]);
        assert_eq!(found("615 ## $n07$2local"), Vec::<&str>::new());
        assert_eq!(found("886 2# $2marc21$b##"), ["conditional-missing"]);
        assert_eq!(found("886 0# $2marc21$b00755cam"), Vec::<&str>::new());
        assert_eq!(found("146 0# $aa"), ["conditional-missing"]);
    }

    #[test]
    fn fields_inside_a_link_keep_to_the_format() {
        let link = |inside: &str| found(&format!("451 #0 {inside}"));
        assert_eq!(link("$12001#$aТропа"), Vec::<&str>::new());
        assert_eq!(link("$12005#$aТропа"), ["link-inner-value"]);
        assert_eq!(link("$12001#$aТропа$vт. 1$vт. 2"), ["link-inner-value"]);
        assert_eq!(link("$12001#$aТропа$qx"), ["link-inner"]);
        assert_eq!(link("$12001#$aТропа $1240##$aX"), ["link-technique"]);
    }
}
