//! От записи к изданию: what an act must know of a title, taken from its record once, at posting.
//!
//! The one place where the two wings meet: the record wing says what the record is, the fund wing
//! gets it as text and marks. Everything here is a proposal that a librarian may change in the form.

use crate::fund::axis::{Fund, Grades, Kind, Purpose, Registration, Term};
use crate::fund::title::TitleFacts;
use crate::id::RecordId;
use crate::record::BiblioRecord;
use crate::record::brief::{self, Brief, brief};

/// Сведения об издании from its record, as a librarian would fill them in.
#[must_use]
pub fn title_facts(id: RecordId, record: &BiblioRecord) -> TitleFacts {
    let brief = brief(record);
    let kind = fund_kind(brief.kind);
    let purpose = purpose(&brief, record);
    let fund = match purpose {
        Some(Purpose::Textbook | Purpose::Workbook) => Fund::Textbook,
        Some(_) | None => Fund::Main,
    };
    TitleFacts {
        record: id,
        outer: record.control("001").unwrap_or_default().to_owned(),
        description: brief.short(),
        class_mark: brief.bbk.first().cloned().unwrap_or_default(),
        fund,
        kind,
        content: None,
        grades: grades(&brief),
        reference: purpose == Some(Purpose::Reference),
        purpose,
        registration: registration(fund, kind),
        on_balance: None,
        term: Term::Permanent,
        language: brief
            .languages
            .first()
            .map_or("ru", |code| if code == "rus" { "ru" } else { code })
            .to_owned(),
        reader: audience(record),
        protected: false,
    }
}

fn fund_kind(kind: brief::Kind) -> Kind {
    match kind {
        brief::Kind::Book => Kind::Book,
        brief::Kind::Brochure => Kind::Brochure,
        brief::Kind::Journal => Kind::Journal,
        brief::Kind::Newspaper => Kind::Newspaper,
        brief::Kind::Sheet => Kind::Sheet,
        brief::Kind::Av => Kind::Av,
        brief::Kind::Microform => Kind::Microform,
        brief::Kind::ECarrier => Kind::ECarrier,
        brief::Kind::ERemote => Kind::ERemote,
        brief::Kind::Unpublished => Kind::Unpublished,
        brief::Kind::Article | brief::Kind::Other => Kind::Other,
    }
}

fn registration(fund: Fund, kind: Kind) -> Registration {
    if kind.is_periodical() {
        Registration::PeriodicalCard
    } else if kind == Kind::ERemote {
        Registration::Network
    } else if fund == Fund::Textbook {
        Registration::BatchCard
    } else {
        Registration::Inventory
    }
}

/// What the title says it is; the words stand in the subtitle of every Russian schoolbook.
fn purpose(brief: &Brief, record: &BiblioRecord) -> Option<Purpose> {
    let words = format!(
        "{} {}",
        brief.title,
        brief.subtitle.as_deref().unwrap_or("")
    )
    .to_lowercase();
    let coded = record
        .first("105", 'a')
        .map_or("", |codes| codes.get(4..8).unwrap_or(""));
    if words.contains("рабочая тетрадь") || words.contains("прописи") {
        Some(Purpose::Workbook)
    } else if words.contains("учебное пособие") || words.contains("сборник задач")
    {
        Some(Purpose::Aid)
    } else if words.contains("учебник") || coded.contains('j') {
        Some(Purpose::Textbook)
    } else if words.contains("словарь")
        || words.contains("справочник")
        || words.contains("энциклопедия")
    {
        Some(Purpose::Reference)
    } else if words.contains("методическ") {
        Some(Purpose::Methodical)
    } else if brief
        .class_mark()
        .is_some_and(|mark| mark.starts_with("84"))
    {
        Some(Purpose::Fiction)
    } else {
        None
    }
}

/// «5 класс», «7–9 классы»: the grades that title or subtitle name.
fn grades(brief: &Brief) -> Option<Grades> {
    let words = format!(
        "{} {}",
        brief.title,
        brief.subtitle.as_deref().unwrap_or("")
    )
    .to_lowercase();
    let before = words
        .find("класс")
        .map(|at| words[..at].trim_end().to_owned())?;
    let number = |text: &str| {
        text.parse::<u8>()
            .ok()
            .filter(|grade| (1..=11).contains(grade))
    };
    let tail: String = before
        .chars()
        .rev()
        .take_while(|c| c.is_ascii_digit() || "-–— ".contains(*c))
        .collect();
    let tail: String = tail.chars().rev().collect();
    let mut parts = tail
        .split(['-', '–', '—'])
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let from = number(parts.next()?)?;
    let to = parts.next_back().and_then(number).unwrap_or(from);
    Some(Grades(from.min(to), from.max(to)))
}

/// Читательское назначение from the coded audience: pre-school books have a column of their own.
fn audience(record: &BiblioRecord) -> Option<String> {
    let coded: Vec<char> = record.first("100", 'a')?.chars().skip(17).take(3).collect();
    (coded.first() == Some(&'b')).then(|| "PRESCHOOL_1_2".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Field, Indicators, Leader, Subfield};

    fn titled(title: &str, subtitle: &str, mark: &str) -> TitleFacts {
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        let data = |tag: &str, subfields: &[(char, &str)]| {
            let subfields = subfields
                .iter()
                .map(|(c, v)| Subfield::new(*c, *v))
                .collect();
            Field::data(tag.parse().unwrap(), Indicators(' ', ' '), subfields)
        };
        record
            .fields
            .push(data("200", &[('a', title), ('e', subtitle)]));
        record.fields.push(data("215", &[('a', "238 с.")]));
        record
            .fields
            .push(data("686", &[('a', mark), ('2', "rubbk")]));
        title_facts(RecordId::new(1), &record)
    }

    #[test]
    fn a_textbook_goes_to_the_textbook_fund_by_its_grade() {
        let facts = titled("Математика", "учебник для 5 класса", "22.1");
        assert_eq!(
            (facts.fund, facts.registration),
            (Fund::Textbook, Registration::BatchCard)
        );
        assert_eq!(facts.grades, Some(Grades(5, 5)));
        assert_eq!(
            titled("Химия", "10–11 классы : учебник", "24").grades,
            Some(Grades(10, 11))
        );
    }

    #[test]
    fn a_story_goes_to_the_main_fund_with_its_class_mark() {
        let facts = titled("Степь", "повесть", "84(2)5");
        assert_eq!(
            (facts.fund, facts.registration),
            (Fund::Main, Registration::Inventory)
        );
        assert_eq!((facts.class_mark.as_str(), facts.grades), ("84(2)5", None));
        assert_eq!(facts.purpose, Some(Purpose::Fiction));
    }

    #[test]
    fn a_workbook_is_known_as_a_consumable() {
        assert_eq!(
            titled("Математика", "рабочая тетрадь", "22.1").purpose,
            Some(Purpose::Workbook)
        );
    }
}
