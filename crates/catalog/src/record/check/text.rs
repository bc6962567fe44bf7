//! Текст описания: RM-46, RM-71 … RM-78.

use super::super::BiblioRecord;
use super::super::dictionary::Dictionary;
use super::{Report, placed, values};
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, report: &mut Report) {
    marks(record, report);
    imprint(record, report);
    letters(record, report);
    manner(record, report);
    terms(record, report);
    school(record, report);
}

fn marks(record: &BiblioRecord, report: &mut Report) {
    for (place, field) in placed(&record.fields) {
        let described = field.tag.as_str().starts_with('2');
        for subfield in field.subfields() {
            let at = || format!("{place}${}", subfield.code);
            let value = subfield.value.trim_end();
            let count = |mark| value.chars().filter(|c| *c == mark).count();
            if count('\u{98}') != count('\u{9c}') {
                let detail =
                    "Начало несортируемой части отмечено, а конец нет: поставьте оба знака";
                report.add(Rule::NonSortingMarks, at(), detail);
            }
            let signs = [" /", " :", " ;", " =", ". –", ". -"];
            let typed = described && signs.iter().any(|sign| value.ends_with(sign));
            let material = field.tag.as_str() == "200"
                && subfield.code == 'a'
                && ["[Текст]", "[Электронный ресурс]"]
                    .iter()
                    .any(|mark| value.contains(mark));
            if typed || material {
                let detail = "Знаки между элементами ставит программа: сотрите лишнее в конце";
                report.add(Rule::TypedPunctuation, at(), detail);
            }
        }
    }
}

fn imprint(record: &BiblioRecord, report: &mut Report) {
    for (place, value) in values(record, "210", 'a') {
        let name = value.trim().trim_matches(['[', ']']);
        let full = match name {
            "М." => "Москва",
            "СПб." | "С.-Пб." => "Санкт-Петербург",
            "Л." => "Ленинград",
            "Н. Новгород" => "Нижний Новгород",
            "Ростов н/Д" => "Ростов-на-Дону",
            "К." => "Киев",
            _ => continue,
        };
        let detail = format!("Место «{name}» пишется полностью: {full}");
        report.add(Rule::PlaceAbbreviated, place, detail);
    }
    for (place, value) in values(record, "210", 'd') {
        if !is_date(value.trim()) {
            let detail = format!("Дата «{value}»: нужен год, 2020, 2019-2021, [2015?] или ©2020");
            report.add(Rule::PlaceAbbreviated, place, detail);
        }
    }
}

/// `2020`, `[2015?]`, `©2020`, `cop. 2020`, `2019-2021`, `2005-`, `[199-?]`.
fn is_date(text: &str) -> bool {
    let text = text.trim_start_matches('[').trim_end_matches(']').trim();
    let text = text
        .trim_start_matches('©')
        .trim_start_matches("cop.")
        .trim_start_matches("ок.");
    let text = text.trim().trim_end_matches('?');
    let year = |part: &str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit());
    match text.split_once(['-', '–']) {
        None => year(text),
        Some((from, to)) => {
            let decade = from.len() == 3 && from.bytes().all(|b| b.is_ascii_digit());
            let to = to.trim().trim_end_matches(']');
            (year(from.trim()) || decade) && (to.is_empty() || year(to))
        }
    }
}

/// RM-73: Latin letters inside Cyrillic words and the reverse, double spaces, mixed quotes.
fn letters(record: &BiblioRecord, report: &mut Report) {
    let described = |tag: &str| tag.starts_with(['2', '5', '7']) && !matches!(tag, "206" | "207");
    for (place, field) in placed(&record.fields).filter(|(_, f)| described(f.tag.as_str())) {
        for subfield in field
            .subfields()
            .iter()
            .filter(|s| s.code.is_ascii_alphabetic())
        {
            let at = format!("{place}${}", subfield.code);
            let words = subfield.value.split(|c: char| !c.is_alphabetic());
            if let Some(word) = words.into_iter().find(|word| mixed(word)) {
                let detail =
                    format!("В слове «{word}» смешаны русские и латинские буквы: наберите заново");
                report.add(Rule::MixedAlphabets, at, detail);
            } else if subfield.value.contains("  ") {
                report.add(
                    Rule::MixedAlphabets,
                    at,
                    "Два пробела подряд: оставьте один",
                );
            }
        }
    }
}

/// RM-73: other title information begins small; one value has quotes of one kind.
fn manner(record: &BiblioRecord, report: &mut Report) {
    for (place, value) in values(record, "200", 'e') {
        if begins_large(value) {
            let detail = "Сведения начинаются со строчной буквы, если это не имя собственное";
            report.add(Rule::TextManner, place, detail);
        }
    }
    for (place, field) in placed(&record.fields) {
        if !field.tag.as_str().starts_with(['2', '3', '5']) {
            continue;
        }
        for subfield in field.subfields() {
            let curly = subfield.value.contains(['«', '»', '„', '“', '”']);
            if curly && subfield.value.contains('"') {
                let detail = "Кавычки двух видов в одном тексте: оставьте «ёлочки»";
                report.add(
                    Rule::TextManner,
                    format!("{place}${}", subfield.code),
                    detail,
                );
            }
        }
    }
}

/// A word with a capital that nothing shows to be a name: no second capital, no number follows it.
fn begins_large(value: &str) -> bool {
    let text = value.trim_start_matches(|c: char| !c.is_alphanumeric());
    let bracketed = value.trim_start().starts_with(['[', '"', '«', '„', '“']);
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let mut letters = first.chars();
    let cyrillic = |c: char| ('А'..='Я').contains(&c) || c == 'Ё';
    let large = letters.next().is_some_and(cyrillic);
    let word = first.trim_end_matches(|c: char| !c.is_alphanumeric());
    let small = word.chars().count() > 1 && word.chars().skip(1).all(char::is_lowercase);
    let named = words.any(|word| {
        let sign = word.chars().find(|c| c.is_alphanumeric() || *c == '№');
        sign.is_some_and(|c| c.is_uppercase() || c == '№')
    });
    large && small && !named && !bracketed
}

fn mixed(word: &str) -> bool {
    let cyrillic = word
        .chars()
        .any(|c| ('а'..='я').contains(&c) || ('А'..='Я').contains(&c));
    cyrillic && word.chars().any(|c| c.is_ascii_alphabetic())
}

/// RM-74: terms of content form and medium.
fn terms(record: &BiblioRecord, report: &mut Report) {
    let listed = |list: &str, term: &str| Dictionary::rusmarc().code_name(list, term).is_some();
    for (place, value) in values(record, "203", 'a') {
        if !listed("content-forms-ru", value.trim()) {
            let detail =
                format!("Вида содержания «{value}» нет в списке: выберите, например, Текст");
            report.add(Rule::ContentFormTerm, place, detail);
        }
    }
    for (place, value) in values(record, "203", 'b') {
        let value = value.trim();
        if !qualifies(value) {
            let detail = format!(
                "Характеристики содержания «{value}» нет в списке: выберите, например, картографическое"
            );
            report.add(Rule::ContentFormTerm, place, detail);
        }
    }
    for (place, value) in values(record, "203", 'c') {
        let value = value.trim();
        let stems = [
            "аудио",
            "видео",
            "микроформа",
            "непосредственн",
            "электронн",
            "проекционн",
            "стереографическ",
            "микроскопическ",
        ];
        let known =
            stems.iter().any(|stem| value.starts_with(stem)) || listed("media-types-ru", value);
        if !known {
            let detail = format!(
                "Средства доступа «{value}» нет в списке: выберите, например, непосредственный"
            );
            report.add(Rule::ContentFormTerm, place, detail);
        } else if !agrees(record, value) {
            let detail = format!(
                "«{value}» не согласовано с видом содержания: Текст – непосредственный, Музыка – непосредственная"
            );
            report.add(Rule::ContentFormTerm, place, detail);
        }
    }
}

/// A qualifier of the list in any gender: `знаковая`, `движущееся`, `тактильный`.
fn qualifies(value: &str) -> bool {
    let stem = |word: &str| -> String {
        let endings = ["ая", "яя", "ое", "ее", "ый", "ий", "ые", "ие"];
        let small = word.to_lowercase().replace('ё', "е");
        let cut = endings.iter().find_map(|ending| small.strip_suffix(ending));
        cut.unwrap_or(&small).to_owned()
    };
    let listed = Dictionary::rusmarc().codes("content-qualifiers-ru");
    listed.is_none_or(|list| list.keys().any(|known| stem(known) == stem(value)))
}

fn agrees(record: &BiblioRecord, medium: &str) -> bool {
    let forms: Vec<&str> = record
        .fields("203")
        .flat_map(|f| f.all('a'))
        .map(str::trim)
        .collect();
    let endings: &[&str] = match forms.as_slice() {
        ["Текст" | "Предмет"] => &["ый", "ий"],
        ["Изображение" | "Движение"] => &["ое"],
        ["Музыка" | "Программа" | "Устная речь"] => &["ая"],
        [_, _, ..] | ["Звуки" | "Электронные данные"] => &["ые", "ие"],
        _ => return true,
    };
    ["аудио", "видео", "микроформа"].contains(&medium)
        || record.fields("203").count() > 1
        || endings.iter().any(|ending| medium.ends_with(ending))
}

fn school(record: &BiblioRecord, report: &mut Report) {
    for (place, value) in values(record, "333", 'a') {
        let mark = value.trim();
        let signs = |c: char| c.is_ascii_digit() || c == '+' || c == ' ';
        let marked = !mark.is_empty() && mark.len() <= 4 && mark.chars().all(signs);
        let marked = marked || mark.contains('+') && mark.len() <= 4;
        if marked && !["0+", "6+", "12+", "16+", "18+"].contains(&mark) {
            let detail = format!("Знака «{mark}» нет: бывают 0+, 6+, 12+, 16+, 18+");
            report.add(Rule::AgeMark, place, detail);
        } else if marked && !suits(mark, record) {
            let detail = format!("Знак «{mark}» не согласован с кодами читателей: сверьте их");
            report.add(Rule::AgeMarkCodes, place, detail);
        }
    }
    for (place, field) in super::of_tag(record, "852") {
        if field.first('a').is_none() {
            let detail = "У экземпляра не названа организация или место хранения";
            report.add(Rule::HoldingsPlace, format!("{place}$a"), detail);
        }
    }
    for (place, value) in values(record, "010", 'd') {
        if !is_price(value) {
            let detail = format!("Цена «{value}» не читается: впишите число, 450,00");
            report.add(Rule::PriceShape, place, detail);
        }
    }
}

/// Whether the codes of readers in 100 say nothing against the age mark.
fn suits(mark: &str, record: &BiblioRecord) -> bool {
    let allowed = match mark {
        "0+" => "ab",
        "6+" => "abc",
        "12+" => "de",
        "16+" => "e",
        _ => "em",
    };
    let data = record.first("100", 'a').unwrap_or_default();
    let codes = data.chars().skip(17).take(3);
    let codes: Vec<char> = codes.filter(|c| "abcdekm".contains(*c)).collect();
    codes.is_empty() || codes.iter().any(|code| allowed.contains(*code))
}

/// `450`, `450,00 р.`, `45 р. 00 к.`, `1380.00 RUB`.
fn is_price(text: &str) -> bool {
    let words = ["руб.", "руб", "р.", "RUB", "коп.", "к.", "р"];
    let number = |part: &str| {
        let (whole, rest) = part.split_once([',', '.']).unwrap_or((part, "00"));
        let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
        digits(whole) && digits(rest) && rest.len() <= 2
    };
    let mut numbers = 0;
    for part in text.split([' ', '\u{a0}']).filter(|part| !part.is_empty()) {
        let bare = words
            .iter()
            .find_map(|word| part.strip_suffix(word))
            .unwrap_or(part);
        match bare {
            "" => {}
            _ if number(bare) => numbers += 1,
            _ => return false,
        }
    }
    numbers > 0
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, found_in};
    use super::*;

    #[test]
    fn typed_signs_and_unpaired_marks_are_found() {
        assert_eq!(
            found("200 1# $aТропа к роднику /$fА. В. Лесников"),
            ["typed-punctuation"]
        );
        assert_eq!(found("225 1# $a\u{98}Вып."), ["non-sorting-marks"]);
    }

    #[test]
    fn imprint_is_written_in_full() {
        assert_eq!(found("210 ## $aМ.$cЛира$d2020"), ["place-abbreviated"]);
        assert_eq!(
            found("210 ## $aМосква$cЛира$dдве тысячи"),
            ["place-abbreviated"]
        );
        for date in ["2020", "[2015?]", "©2020", "2019-2021", "2005-", "[199-?]"] {
            assert!(is_date(date), "{date}");
        }
    }

    #[test]
    fn alphabets_and_terms_are_held() {
        assert_eq!(found("200 1# $aТpопа$fА. В. Лесников"), ["mixed-alphabets"]);
        assert_eq!(
            found("203 ## $aТекст$cнепосредственная"),
            ["content-form-term"]
        );
        assert_eq!(
            found("203 ## $aТекстик$cэлектронный"),
            ["content-form-term"]
        );
        assert_eq!(
            found("203 ## $aТекст$bкрасивый$cнепосредственный"),
            ["content-form-term"]
        );
        assert_eq!(
            found("203 ## $aТекст$bтактильный$cнепосредственный"),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn other_information_begins_small_and_quotes_are_of_one_kind() {
        let title = |rest: &str| found(&format!("200 1# $aТропа{rest}$fА. В. Лесников"));
        assert_eq!(title("$eПовесть"), ["text-manner"]);
        assert_eq!(title("$eУчебник для вузов"), ["text-manner"]);
        for sound in [
            "$eповесть",
            "$eФедеральный закон № 78-ФЗ",
            "$eАлександр Пушкин и время",
            "$eЕГЭ",
            "$e[Повесть]",
        ] {
            assert_eq!(title(sound), Vec::<&str>::new(), "{sound}");
        }
        assert_eq!(found("300 ## $aО \"Лесе\" и «поле»"), ["text-manner"]);
    }

    #[test]
    fn school_data_are_held() {
        assert_eq!(found("333 ## $a14+"), ["age-mark"]);
        assert_eq!(found("333 ## $a12"), ["age-mark"]);
        assert_eq!(found("333 ## $a12+"), Vec::<&str>::new());
        assert_eq!(found("333 ## $aДля родителей"), Vec::<&str>::new());
        let leader = "00000nam0 2200000   450 ";
        let of = |codes: &str| {
            let data = format!("100 ## $a20240115d2020    {codes}y0rusy50      ca");
            found_in(leader, &[&data, "333 ## $a18+"])
        };
        assert_eq!(of("b  "), ["age-mark-codes"]);
        assert_eq!(of("m  "), Vec::<&str>::new());
        assert_eq!(found("852 ## $bФонд"), ["holdings-place"]);
        assert_eq!(found("010 ## $dдорого"), ["price-shape"]);
        for price in [
            "450",
            "450,00 р.",
            "45 р. 00 к.",
            "1380.00",
            "1 380,00 руб.",
        ] {
            assert!(is_price(price), "{price}");
        }
    }
}
