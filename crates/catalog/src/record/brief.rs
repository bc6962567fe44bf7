//! Краткие сведения: the plain facts of a record for lists and screens, in words without tags.
//!
//! It reports what the record says and guesses nothing about the fund: how a thing is counted is
//! decided elsewhere.

use serde::{Deserialize, Serialize};

use super::dictionary::Dictionary;
use super::link::{find, first, target};
use super::{BiblioRecord, Field, isbd, names};

/// Вид документа, as the record describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// Книга.
    Book,
    /// Брошюра: 5–48 pages.
    Brochure,
    /// Журнал.
    Journal,
    /// Газета.
    Newspaper,
    /// Листовое, нотное, картографическое издание.
    Sheet,
    /// Аудиовизуальный документ.
    Av,
    /// Микроформа.
    Microform,
    /// Электронный документ на носителе.
    ECarrier,
    /// Сетевой документ.
    ERemote,
    /// Неопубликованный документ.
    Unpublished,
    /// Статья, part of something else; never counted by itself.
    Article,
    /// Другое.
    Other,
}

/// Краткие сведения о документе.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    /// Заглавие; a volume carries the title of its set.
    pub title: String,
    /// Сведения, относящиеся к заглавию.
    pub subtitle: Option<String>,
    /// Авторы: `Лесников, А. В.`
    pub authors: Vec<String>,
    /// Составители, редакторы, художники, организации.
    pub contributors: Vec<String>,
    /// Сведения об ответственности as printed.
    pub responsibility: Option<String>,
    /// Издание.
    pub edition: Option<String>,
    /// Место издания.
    pub place: Option<String>,
    /// Издательство.
    pub publisher: Option<String>,
    /// Год издания.
    pub year: Option<u16>,
    /// Дата издания as printed: `2005–`.
    pub date: Option<String>,
    /// Объём as printed.
    pub extent: Option<String>,
    /// Число страниц.
    pub pages: Option<u32>,
    /// Серии.
    pub series: Vec<String>,
    /// ISBN as written.
    pub isbn: Vec<String>,
    /// ISSN as written.
    pub issn: Vec<String>,
    /// Вид документа.
    pub kind: Kind,
    /// Коды языков текста.
    pub languages: Vec<String>,
    /// Язык in words.
    pub language: Option<String>,
    /// Индексы ББК.
    pub bbk: Vec<String>,
    /// Индексы УДК.
    pub udc: Vec<String>,
    /// Предметы.
    pub subjects: Vec<String>,
    /// Ключевые слова.
    pub keywords: Vec<String>,
    /// Возрастной знак: `12+`.
    pub age: Option<String>,
    /// Аннотация.
    pub summary: Option<String>,
    /// Цена as written in the record.
    pub price: Option<String>,
    /// Адрес в сети.
    pub url: Option<String>,
    /// Источник: the book or journal of an article.
    pub host: Option<String>,
}

impl Brief {
    /// Краткое описание in one line, for registers and pick lists.
    #[must_use]
    pub fn short(&self) -> String {
        let head = self.authors.first().map(|name| isbd::stopped(name));
        let start = match head {
            Some(head) => format!("{head} {}", self.title),
            None => self.title.clone(),
        };
        let made = [self.place.as_deref(), self.publisher.as_deref()];
        let made: Vec<&str> = made.into_iter().flatten().collect();
        let imprint = [made.join(" : "), self.date.clone().unwrap_or_default()];
        let imprint: Vec<&str> = imprint
            .iter()
            .map(String::as_str)
            .filter(|t| !t.trim().is_empty())
            .collect();
        if imprint.is_empty() {
            start
        } else {
            format!("{} – {}", isbd::stopped(&start), imprint.join(", "))
        }
    }

    /// Индекс for the register: ББК, else УДК.
    #[must_use]
    pub fn class_mark(&self) -> Option<&str> {
        self.bbk.first().or(self.udc.first()).map(String::as_str)
    }
}

/// The facts of a record in RUSMARC.
#[must_use]
pub fn brief(record: &BiblioRecord) -> Brief {
    let (set, unit) = (target(record, "461"), target(record, "463"));
    let kind = kind(record);
    let host = if kind == Kind::Article {
        first(&set, "200", 'a')
            .or(first(&unit, "200", 'a'))
            .map(plain)
    } else {
        None
    };
    let of = |tag: &str, code| record.first(tag, code).map(plain);
    let date = of("210", 'd')
        .or_else(|| first(&unit, "210", 'd').map(plain))
        .or_else(|| coded(record, 9..13).filter(|year| !year.trim().is_empty()));
    let languages = all(record, "101", 'a');
    Brief {
        title: isbd::title(record),
        subtitle: joined(&all(record, "200", 'e'), " : "),
        authors: authors(record, &set),
        contributors: contributors(record),
        responsibility: of("200", 'f'),
        edition: of("205", 'a'),
        place: of("210", 'a').or_else(|| first(&set, "210", 'a').map(plain)),
        publisher: of("210", 'c').or_else(|| first(&set, "210", 'c').map(plain)),
        year: date
            .as_deref()
            .and_then(year)
            .or_else(|| year(&coded(record, 9..13)?)),
        date,
        extent: of("215", 'a'),
        pages: pages(record),
        series: all(record, "225", 'a'),
        isbn: all(record, "010", 'a'),
        issn: all(record, "011", 'a'),
        kind,
        language: languages.first().and_then(|code| language(code)),
        languages,
        bbk: classes(record, &["rubbk", "rubbks", "rubbkm", "bbk"]),
        udc: all(record, "675", 'a'),
        subjects: subjects(record),
        keywords: all(record, "610", 'a'),
        age: of("333", 'a'),
        summary: of("330", 'a'),
        price: of("010", 'd'),
        url: of("856", 'u'),
        host,
    }
}

/// The kind of document by leader, coded data and pages.
#[must_use]
pub fn kind(record: &BiblioRecord) -> Kind {
    let unpublished = record.field("210").is_some_and(|f| f.indicators().1 == '1');
    let (type_, level) = (record.leader.at(6), record.leader.at(7));
    let microform = record
        .first("182", 'a')
        .is_some_and(|code| code.starts_with('c'))
        || record.first("203", 'c') == Some("микроформа");
    match (type_, level) {
        (_, 'a') => Kind::Article,
        _ if microform => Kind::Microform,
        ('l', _) if record.field("856").is_some() && record.field("215").is_none() => Kind::ERemote,
        ('l', _) => Kind::ECarrier,
        ('a' | 'b', 's' | 'i') => match record.first("110", 'a').and_then(|a| a.chars().next()) {
            Some('c') => Kind::Newspaper,
            Some('b') => Kind::Book,
            Some(_) | None if says_newspaper(record) => Kind::Newspaper,
            Some(_) | None => Kind::Journal,
        },
        _ if unpublished => Kind::Unpublished,
        ('a' | 'b', _) => match pages(record) {
            Some(1..=4) => Kind::Sheet,
            Some(5..=48) if record.leader.at(8) != '1' => Kind::Brochure,
            Some(_) | None => Kind::Book,
        },
        ('c' | 'd' | 'e' | 'f', _) => match pages(record) {
            Some(49..) => Kind::Book,
            Some(_) | None => Kind::Sheet,
        },
        ('g' | 'i' | 'j', _) => Kind::Av,
        ('k', _) => Kind::Sheet,
        _ => Kind::Other,
    }
}

fn says_newspaper(record: &BiblioRecord) -> bool {
    record
        .fields("200")
        .flat_map(|field| field.all('e'))
        .any(|words| words.to_lowercase().contains("газета"))
}

/// Without marks of non-sorting words and outer spaces.
fn plain(value: &str) -> String {
    let kept = |c: &char| !matches!(c, '\u{98}' | '\u{9c}');
    value
        .chars()
        .filter(kept)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn all(record: &BiblioRecord, tag: &str, code: char) -> Vec<String> {
    let values = record
        .fields(tag)
        .flat_map(|field| field.all(code))
        .map(plain);
    values.filter(|value| !value.is_empty()).collect()
}

fn joined(values: &[String], sign: &str) -> Option<String> {
    (!values.is_empty()).then(|| values.join(sign))
}

fn coded(record: &BiblioRecord, range: std::ops::Range<usize>) -> Option<String> {
    let data = record.first("100", 'a')?;
    Some(data.chars().skip(range.start).take(range.len()).collect())
}

/// The first four digits in a row that can be a year.
fn year(text: &str) -> Option<u16> {
    let chars: Vec<char> = text.chars().collect();
    chars
        .windows(4)
        .filter(|window| window.iter().all(char::is_ascii_digit))
        .filter_map(|window| window.iter().collect::<String>().parse().ok())
        .find(|year| (1400..2200).contains(year))
}

/// The largest number that stands before «с.» or alone in the extent.
fn pages(record: &BiblioRecord) -> Option<u32> {
    let text = record.first("215", 'a')?.to_lowercase();
    let counted = ["т.", "ч.", "кн.", "диск", "карт", "л.", "вып"];
    if counted.iter().any(|word| text.contains(word)) && !text.contains("с.") {
        return None;
    }
    let before = text.split(" с").next().unwrap_or(&text);
    let numbers = before.split(|c: char| !c.is_ascii_digit());
    numbers
        .filter_map(|number| number.parse().ok())
        .filter(|n| *n < 10_000)
        .max()
}

fn name(field: &Field) -> String {
    if field.tag.as_str().starts_with("71") {
        let parts = field
            .subfields()
            .iter()
            .filter(|s| matches!(s.code, 'a' | 'b'));
        let parts: Vec<String> = parts.map(|s| plain(&s.value)).collect();
        return parts.join(". ");
    }
    isbd::person_name(field)
}

fn authors(record: &BiblioRecord, set: &[Field]) -> Vec<String> {
    let kind = record.leader.at(6);
    let mut found = names::authors(&record.fields, kind);
    if found.is_empty() && find(&record.fields, "700").is_none() {
        found = names::authors(set, kind);
    }
    let mut names: Vec<String> = found.into_iter().map(name).collect();
    names.extend(record.fields("710").map(name));
    names
}

fn contributors(record: &BiblioRecord) -> Vec<String> {
    let authors = names::authors(&record.fields, record.leader.at(6));
    let named = |field: &&Field| {
        matches!(field.tag.as_str(), "700" | "701" | "702" | "711" | "712")
            && !authors.iter().any(|author| std::ptr::eq(*author, *field))
    };
    let fields = record.fields.iter().filter(named);
    fields.map(name).filter(|name| !name.is_empty()).collect()
}

fn classes(record: &BiblioRecord, systems: &[&str]) -> Vec<String> {
    let system = |field: &&Field| {
        let code = field.first('2').unwrap_or("").to_lowercase();
        systems.iter().any(|system| code.starts_with(system))
    };
    let fields = record.fields("686").filter(system);
    fields.flat_map(|field| field.all('a')).map(plain).collect()
}

fn subjects(record: &BiblioRecord) -> Vec<String> {
    let tags = ["600", "601", "602", "605", "606", "607"];
    let fields = record
        .fields
        .iter()
        .filter(|f| tags.contains(&f.tag.as_str()));
    fields
        .map(|field| {
            let person = field.tag.as_str() == "600";
            let head = if person {
                name(field)
            } else {
                field.first('a').map(plain).unwrap_or_default()
            };
            let rest = field
                .subfields()
                .iter()
                .filter(|s| matches!(s.code, 'x' | 'y' | 'z' | 'j'));
            let mut parts = vec![head];
            parts.extend(rest.map(|s| plain(&s.value)));
            parts.retain(|part| !part.is_empty());
            parts.join(" – ")
        })
        .filter(|text| !text.is_empty())
        .collect()
}

/// The Russian name of a language.
#[must_use]
pub fn language(code: &str) -> Option<String> {
    let code = code.trim().to_lowercase();
    Dictionary::rusmarc()
        .code_name("languages", &code)
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::sample::record;
    use super::*;

    const BOOK: &str = "00000nam0 2200000   450 ";

    #[test]
    fn a_book_gives_its_plain_facts() {
        let lines = [
            "010 ## $a978-5-00000-001-4$d450 р.",
            "101 0# $arus",
            "200 1# $aТропа к роднику$eповесть$fА. В. Лесников",
            "210 ## $aМосква$cЛира$d[2020?]",
            "215 ## $a238, [2] с.$cил.",
            "606 ## $aЛес$xОхрана",
            "686 ## $a84(2=411.2)6$2rubbk",
            "700 #1 $aЛесников$bА. В.$4070",
            "702 #1 $aРябов$bО. О.$4440",
        ];
        let facts = brief(&record(BOOK, &lines));
        assert_eq!(facts.title, "Тропа к роднику");
        assert_eq!(facts.authors, ["Лесников, А. В."]);
        assert_eq!(facts.contributors, ["Рябов, О. О."]);
        assert_eq!(
            (facts.year, facts.pages, facts.kind),
            (Some(2020), Some(238), Kind::Book)
        );
        assert_eq!(facts.language.as_deref(), Some("русский"));
        assert_eq!(facts.bbk, ["84(2=411.2)6"]);
        assert_eq!(facts.subjects, ["Лес – Охрана"]);
        assert_eq!(
            facts.short(),
            "Лесников, А. В. Тропа к роднику. – Москва : Лира, [2020?]"
        );
    }

    #[test]
    fn pages_tell_a_brochure_from_a_book() {
        let of = |extent: &str| kind(&record(BOOK, &[extent]));
        assert_eq!(of("215 ## $a48 с."), Kind::Brochure);
        assert_eq!(of("215 ## $a49 с."), Kind::Book);
        assert_eq!(of("215 ## $a2 т."), Kind::Book);
        assert_eq!(of("215 ## $a424"), Kind::Book);
    }

    #[test]
    fn a_volume_is_called_by_its_set() {
        let lines = [
            "200 0# $aТ. 2",
            "461 #0 $12001#$aСобрание сочинений $1700#1$aЛесников$bА. В.",
        ];
        let facts = brief(&record("00000nam2 2200000   450 ", &lines));
        assert_eq!(facts.title, "Собрание сочинений. Том 2");
        assert_eq!(facts.authors, ["Лесников, А. В."]);
    }
}
