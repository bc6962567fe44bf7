//! Связи: RM-54, RM-56, RM-59. What a link points to in the catalogue is not looked up here.

use super::super::link::{embedded, find, first};
use super::super::{BiblioRecord, Body, isbd};
use super::{Report, field_words, placed};
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, report: &mut Report) {
    for (place, field) in placed(&record.fields).filter(|(_, field)| field.tag.is_link()) {
        let nested = field.embedded().iter().any(|inner| inner.tag.is_link());
        let mixed = match &field.body {
            // An ill-written `$1` keeps to its technique; a subfield before it belongs to another.
            Body::Data(_, subfields) => {
                subfields.iter().any(|s| s.code == '1')
                    && subfields.first().is_some_and(|s| s.code != '1')
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
        let numbered = find(&inside, "001").is_some_and(|number| match &number.body {
            Body::Control(data) => !data.trim().is_empty(),
            Body::Data(..) | Body::Linked(..) => false,
        });
        let titled = first(&inside, "200", 'a').is_some_and(|title| !title.trim().is_empty());
        let named = numbered || titled;
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
    if record.leader.at(7) != 'a' {
        return;
    }
    if record.field("461").is_none() {
        let unit = record.field("463").map(embedded).unwrap_or_default();
        let title = first(&unit, "200", 'a').unwrap_or_default();
        if isbd::is_designation(title) {
            let detail = format!("Указан номер «{title}», но не журнал: впишите его заглавие");
            report.add(Rule::HostIncomplete, "461", detail);
        }
        return;
    }
    let Some(unit) = record.field("463") else {
        let detail = "Назван журнал, но не номер: укажите год, номер и страницы";
        report.add(Rule::HostIncomplete, "463", detail);
        return;
    };
    let inside = embedded(unit);
    // Pages stand in 200 $v, or as the extent of the part: in the link, or «С. 5-10» of the record itself.
    let own = record.first("215", 'a');
    let pages = first(&inside, "200", 'v')
        .or(first(&inside, "215", 'a'))
        .or(own.filter(|extent| extent.starts_with(['С', 'с', 'P', 'p', 'S'])));
    let missing: Vec<&str> = [(first(&inside, "200", 'a'), "номер"), (pages, "страницы")]
        .iter()
        .filter(|(found, _)| found.is_none())
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
        assert_eq!(found("451 #0 $1700#1$aЛесников$bА. В."), ["link-empty"]);
        assert_eq!(found("451 #0 $150010$aТропа"), ["link-empty"]);
        assert!(found("461 #0 $12001#$vт. 1").contains(&"link-empty"));
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
        let paged = "463 #0 $12001#$a№ 4$1215##$aС. 1-2";
        assert_eq!(found_in(leader, &[journal, paged]), Vec::<&str>::new());
        let bare = "463 #0 $12001#$a№ 4";
        assert_eq!(found_in(leader, &[journal, bare]), ["host-incomplete"]);
        let issue = "463 #0 $12001#$a№ 4$vС. 1-2";
        assert_eq!(found_in(leader, &[journal, issue]), Vec::<&str>::new());
        assert_eq!(found_in(leader, &[issue]), ["host-incomplete"]);
        let book = "463 #0 $12001#$aСборник$vС. 1-2";
        assert_eq!(found_in(leader, &[book]), Vec::<&str>::new());
    }
}
