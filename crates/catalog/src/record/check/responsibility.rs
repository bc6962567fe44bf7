//! Ответственность и предметы: RM-61, RM-63 … RM-66, RM-70.

use super::super::dictionary::Dictionary;
use super::super::{BiblioRecord, names};
use super::{Report, placed};
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, report: &mut Report) {
    roles(record, report);
    main(record, report);
    subjects(record, report);
}

fn roles(record: &BiblioRecord, report: &mut Report) {
    let relators = Dictionary::rusmarc().codes("relators");
    for (place, field) in placed(&record.fields).filter(|(_, f)| f.tag.as_str().starts_with('7')) {
        let tag = field.tag.as_str();
        for value in field.all('4') {
            let known = relators.is_some_and(|list| list.contains_key(value.trim()));
            match names::role(value) {
                _ if known => {}
                Some(code) => {
                    let detail = format!("Роль «{value}» записана словами: поставьте код {code}");
                    report.add(Rule::RoleAsText, format!("{place}$4"), detail);
                }
                None => {
                    let detail = format!("Роли «{value}» нет в списке: выберите роль");
                    report.add(Rule::RoleCode, format!("{place}$4"), detail);
                }
            }
        }
        let name = field.first('a').unwrap_or("");
        if tag == "702" && field.first('4').is_none() {
            let detail = format!("Для «{name}» не названа роль: редактор, составитель, художник…");
            report.add(Rule::RoleMissing, format!("{place}$4"), detail);
        }
        if matches!(tag, "700" | "701" | "702") {
            initials(&place, field, report);
        }
    }
}

fn initials(place: &str, field: &super::Field, report: &mut Report) {
    let name = field.first('a').unwrap_or("");
    let inverted = field.indicators().1 == '1';
    if inverted && field.first('b').is_none() && field.first('g').is_none() {
        let detail = format!("У «{name}» нет инициалов: добавьте их отдельно от фамилии");
        report.add(Rule::NameWithoutInitials, format!("{place}$b"), detail);
    }
    let first = |code| {
        field
            .first(code)
            .and_then(|text: &str| text.trim().chars().next())
    };
    if let (Some(short), Some(full)) = (first('b'), first('g'))
        && short.to_lowercase().ne(full.to_lowercase())
    {
        let detail = format!("Инициалы и полное имя у «{name}» начинаются по-разному: сверьте");
        report.add(Rule::NameWithoutInitials, format!("{place}$g"), detail);
    }
}

fn main(record: &BiblioRecord, report: &mut Report) {
    let main = ["700", "710", "720", "740"];
    let count = record
        .fields
        .iter()
        .filter(|f| main.contains(&f.tag.as_str()))
        .count();
    if count > 1 {
        let detail = "Первичная ответственность названа не раз: остальные имена – альтернативные";
        report.add(Rule::MainHeadings, "700", detail);
    }
}

fn subjects(record: &BiblioRecord, report: &mut Report) {
    let tags = ["600", "601", "602", "604", "605", "606", "607", "608"];
    for (place, field) in placed(&record.fields) {
        let tag = field.tag.as_str();
        if tags.contains(&tag) && field.first('2').is_none() {
            let detail = "Не названа система рубрик: для своих рубрик – local";
            report.add(Rule::SubjectSystem, format!("{place}$2"), detail);
        }
        if tag == "610"
            && field
                .all('a')
                .any(|words| words.contains(';') || words.contains(", "))
        {
            let detail = "Ключевые слова перечислены подряд: разделите их, каждое отдельно";
            report.add(Rule::KeywordsJoined, format!("{place}$a"), detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::found;

    #[test]
    fn roles_are_codes_of_the_list() {
        assert_eq!(found("702 #1 $aРябов$bО. О.$4440"), Vec::<&str>::new());
        assert_eq!(found("702 #1 $aРябов$bО. О.$4ред."), ["role-as-text"]);
        assert_eq!(found("702 #1 $aРябов$bО. О.$4???"), ["role-code"]);
        assert_eq!(found("702 #1 $aРябов$bО. О."), ["role-missing"]);
    }

    #[test]
    fn names_have_initials_and_one_is_first() {
        assert_eq!(found("700 #1 $aЛесников"), ["name-without-initials"]);
        assert_eq!(
            found("700 #1 $aЛесников$bА. В.$gПетр"),
            ["name-without-initials"]
        );
        assert_eq!(found("710 02 $aШкола № 5"), ["main-headings"]);
    }

    #[test]
    fn subjects_name_their_system() {
        assert_eq!(found("606 ## $aЛес"), ["subject-system"]);
        assert_eq!(found("610 0# $aлес; поле"), ["keywords-joined"]);
    }
}
