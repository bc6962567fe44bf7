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
    let short = field.first('b').unwrap_or("").trim();
    if inverted && !short.is_empty() && !is_initials(short) {
        let detail =
            format!("Инициалы «{short}» у «{name}»: нужны прописные буквы с точками, А. В.");
        report.add(Rule::InitialsShape, format!("{place}$b"), detail);
    }
    let full = field.first('g').unwrap_or("").trim();
    if !short.is_empty() && !full.is_empty() && !begin_alike(short, full) {
        let detail = format!("Инициалы и полное имя у «{name}» начинаются по-разному: сверьте");
        report.add(Rule::NameWithoutInitials, format!("{place}$g"), detail);
    }
}

/// Words that stand between or after initials and are written small.
const PARTICLES: &[&str] = &[
    "де", "ди", "да", "дю", "дер", "ден", "дос", "фон", "ван", "ла", "ле", "ль", "оглы", "оглу",
    "кызы", "кизи", "заде", "улы", "уулу", "аль", "эль", "бен", "ибн", "бин", "оф", "мл", "ст",
    "de", "di", "da", "du", "des", "der", "den", "del", "della", "van", "von", "zu", "la", "le",
    "of", "al", "el", "ben", "ibn", "bin", "jr", "sr",
];

/// `А. В.`, `Дж. К.`, `Ж.-Ж.`, `Ю. де`: one to three letters, the first of them a capital.
fn is_initials(text: &str) -> bool {
    if !text
        .chars()
        .all(|c| c.is_alphabetic() || " .-‑–’'".contains(c))
    {
        return true;
    }
    let mut pieces = text
        .split([' ', '.', '-', '‑', '–'])
        .filter(|piece| !piece.is_empty());
    let initial = |piece: &str| {
        let mut letters = piece.chars().filter(|c| c.is_alphabetic());
        let capital = letters.next().is_some_and(char::is_uppercase);
        capital && letters.clone().count() <= 2 && letters.all(char::is_lowercase)
    };
    pieces.next().is_some_and(initial)
        && pieces.all(|piece| initial(piece) || PARTICLES.contains(&piece.to_lowercase().as_str()))
}

/// Whether every initial begins the word of the full name in its place.
fn begin_alike(short: &str, full: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let words = text.split([' ', '.', '-', '‑', '–']);
        let small = words.map(str::to_lowercase);
        small
            .filter(|word| !word.is_empty() && !PARTICLES.contains(&word.as_str()))
            .collect()
    };
    let (short, full) = (words(short), words(full));
    let first = |word: &str| word.chars().next();
    let mut pairs = short.iter().zip(&full);
    pairs.all(|(one, two)| first(one) == first(two))
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
    let authors = names::authors(&record.fields, record.leader.at(6));
    if authors.len() >= 4 && record.field("700").is_some() {
        let detail =
            "Авторов четыре и больше: описание начинается с заглавия, имена – альтернативные";
        report.add(Rule::HeadingOfFour, "700", detail);
    }
}

fn subjects(record: &BiblioRecord, report: &mut Report) {
    let tags = ["600", "601", "602", "604", "605", "606", "607", "608"];
    for (place, field) in placed(&record.fields) {
        let tag = field.tag.as_str();
        let embedded = field.embedded().iter().any(|f| f.first('2').is_some());
        if tags.contains(&tag) && field.first('2').is_none() && !embedded {
            let detail = "Не названа система рубрик: для своих рубрик – local";
            report.add(Rule::SubjectSystem, format!("{place}$2"), detail);
        }
        let listed = Dictionary::rusmarc().codes("subject-systems");
        let systems = field.all('2').map(str::trim);
        for system in systems.filter(|_| tags.contains(&tag)) {
            if !listed.is_some_and(|list| list.contains_key(system)) {
                let detail =
                    format!("Системы рубрик «{system}» нет в списке: для своих рубрик – local");
                report.add(Rule::SubjectSystemUnknown, format!("{place}$2"), detail);
            }
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
    use super::super::tests::{found, found_in};

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
    fn initials_are_capitals_with_points() {
        for wrong in ["а. в.", "Алексей", "де", "А. алексеевич"] {
            let line = format!("700 #1 $aЛесников$b{wrong}$4070");
            assert_eq!(found(&line), ["initials-shape"], "{wrong}");
        }
        for sound in [
            "А. В.",
            "А.В.",
            "Дж. К.",
            "Ж.-Ж.",
            "Ю. де",
            "А. М. оглы",
            "А.",
        ] {
            let line = format!("700 #1 $aЛесников$b{sound}$4070");
            assert_eq!(found(&line), Vec::<&str>::new(), "{sound}");
        }
        assert_eq!(
            found("700 #1 $aЛесников$bА. В.$gАлексей Петрович"),
            ["name-without-initials"]
        );
        assert_eq!(
            found("700 #1 $aТургенев$bИ. С.$gИван Сергеевич"),
            Vec::<&str>::new()
        );
        assert_eq!(
            found("700 #1 $aРоулинг$bДж. К.$gДжоан Кэтлин"),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn four_authors_have_no_heading_of_one() {
        let more = ["Гусев", "Белов", "Котов"].map(|name| format!("701 #1 $a{name}$bП. С.$4070"));
        let lines: Vec<&str> = more.iter().map(String::as_str).collect();
        let leader = "00000nam0 2200000   450 ";
        assert_eq!(found_in(leader, &lines), ["heading-of-four"]);
        assert_eq!(found_in(leader, &lines[1..]), Vec::<&str>::new());
    }

    #[test]
    fn subjects_name_their_system() {
        assert_eq!(found("606 ## $aЛес$2mine"), ["subject-system-unknown"]);
        assert_eq!(found("606 ## $aЛес"), ["subject-system"]);
        assert_eq!(found("610 0# $aлес; поле"), ["keywords-joined"]);
    }
}
