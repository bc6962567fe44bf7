//! Связи: RM-54, RM-56, RM-59. What a link points to in the catalogue is not looked up here.

use super::super::link::{embedded, find, first};
use super::super::{BiblioRecord, Body};
use super::{Report, field_words, placed};
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, report: &mut Report) {
    for (place, field) in placed(&record.fields).filter(|(_, field)| field.tag.is_link()) {
        let nested = field.embedded().iter().any(|inner| inner.tag.is_link());
        let mixed = match &field.body {
            Body::Data(_, subfields) => {
                subfields.iter().any(|s| s.code == '1') && subfields.iter().any(|s| s.code != '1')
            }
            Body::Control(_) => true,
            Body::Linked(..) => false,
        };
        if nested || mixed {
            let detail = format!(
                "Поле {} составлено двумя способами сразу: соберите связь заново",
                field_words(field.tag.as_str())
            );
            report.add(Rule::LinkTechnique, place.clone(), detail);
            continue;
        }
        let inside = embedded(field);
        let named = find(&inside, "001").is_some()
            || ["200", "500"].iter().any(|tag| {
                find(&inside, tag)
                    .is_some_and(|title| title.first('a').or(title.first('v')).is_some())
            })
            || find(&inside, "700").is_some();
        if !named {
            let detail = format!(
                "Поле {} не говорит, с чем связана запись: укажите заглавие или номер записи",
                field_words(field.tag.as_str())
            );
            report.add(Rule::LinkEmpty, place, detail);
        }
    }
    article(record, report);
}

/// RM-59: an article of a journal names journal, issue and pages.
fn article(record: &BiblioRecord, report: &mut Report) {
    if record.leader.at(7) != 'a' || record.field("461").is_none() {
        return;
    }
    let Some(unit) = record.field("463") else {
        let detail = "Назван журнал, но не номер: укажите год, номер и страницы";
        report.add(Rule::HostIncomplete, "463", detail);
        return;
    };
    let inside = embedded(unit);
    let missing: Vec<&str> = [('a', "номер"), ('v', "страницы")]
        .iter()
        .filter(|(code, _)| first(&inside, "200", *code).is_none())
        .map(|(_, what)| *what)
        .collect();
    if !missing.is_empty() {
        let detail = format!("У источника статьи не указано: {}", missing.join(", "));
        report.add(Rule::HostIncomplete, "463/200", detail);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, found_in};

    #[test]
    fn a_link_says_what_it_links_with() {
        assert_eq!(found("451 #0 $1205##$a2-е изд."), ["link-empty"]);
        assert_eq!(found("451 #0 $12001#$aТропа"), Vec::<&str>::new());
        assert_eq!(
            found("451 #0 $12001#$aТропа $14611#$aНабор"),
            ["link-technique"]
        );
    }

    #[test]
    fn an_article_names_issue_and_pages() {
        let journal = "461 #0 $12001#$aЖурнал";
        let leader = "00000naa2 2200000   450 ";
        assert_eq!(found_in(leader, &[journal]), ["host-incomplete"]);
        let issue = "463 #0 $12001#$a№ 4$vС. 1-2";
        assert_eq!(found_in(leader, &[journal, issue]), Vec::<&str>::new());
    }
}
