//! Обязательные элементы: RM-18 … RM-30.

use jiff::civil::Date;

use super::super::link::embedded;
use super::super::{BiblioRecord, Body};
use super::Report;
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, today: Option<Date>, report: &mut Report) {
    number_and_time(record, today, report);
    heart(record, report);
    agency(record, report);
    origin(record, report);
    coded(record, report);
    description(record, report);
}

fn number_and_time(record: &BiblioRecord, today: Option<Date>, report: &mut Report) {
    let numbers: Vec<_> = record.fields("001").collect();
    let blank = numbers
        .iter()
        .all(|f| matches!(&f.body, Body::Control(d) if d.trim().is_empty()));
    if numbers.len() > 1 {
        let detail = "Идентификатор записи повторён: оставьте один";
        report.add(Rule::ControlNumber, "001[2]", detail);
    } else if blank {
        let detail = "Нет идентификатора записи: он будет дан при сохранении";
        report.add(Rule::ControlNumber, "001", detail);
    }
    let time = record.control("005").unwrap_or("");
    let shaped = time.len() == 16
        && time.as_bytes()[14] == b'.'
        && time
            .bytes()
            .enumerate()
            .all(|(at, b)| at == 14 || b.is_ascii_digit());
    if !shaped {
        let detail = "Время последней правки не записано: оно ставится при сохранении";
        report.add(Rule::UpdateTime, "005", detail);
    } else if let Some(today) = today
        && time.get(..8) > Some(today.strftime("%Y%m%d").to_string().as_str())
    {
        let detail = "Время последней правки позже сегодняшнего дня: сохраните запись ещё раз";
        report.add(Rule::UpdateTime, "005", detail);
    }
}

fn heart(record: &BiblioRecord, report: &mut Report) {
    let processing = record.fields("100").count();
    let data = record.first("100", 'a').unwrap_or("");
    if processing != 1 || data.is_empty() {
        let detail = "Данные общей обработки нужны один раз: дата ввода, тип даты, годы, язык";
        report.add(Rule::ProcessingData, "100$a", detail);
    }
    let title = record.first("200", 'a').unwrap_or("").trim();
    if title.is_empty() {
        report.add(
            Rule::TitleMissing,
            "200$a",
            "Нет заглавия: впишите его с титульного листа",
        );
    } else if record.fields("200").count() > 1 {
        let detail = "Заглавие записано дважды: второе перенесите в варианты заглавия";
        report.add(Rule::TitleMissing, "200[2]", detail);
    }
}

fn agency(record: &BiblioRecord, report: &mut Report) {
    let whole = |f: &&super::Field| f.first('a').is_some() && f.first('b').is_some();
    let agencies = record.fields("801").filter(whole).count();
    if agencies == 0 {
        let detail = "Нет источника записи: укажите страну и код библиотеки";
        report.add(Rule::AgencyMissing, "801", detail);
    } else if agencies == 1 {
        let detail = "Источник записи назван один раз: добавьте, кто ввёл её в машинную форму";
        report.add(Rule::AgencySingle, "801", detail);
    }
}

fn origin(record: &BiblioRecord, report: &mut Report) {
    let kind = record.leader.at(6);
    if matches!(kind, 'a' | 'b' | 'e' | 'i') && record.first("101", 'a').is_none() {
        report.add(
            Rule::LanguageMissing,
            "101$a",
            "Не назван язык текста: выберите его из списка",
        );
    }
    if record.first("102", 'a').is_none() {
        report.add(
            Rule::CountryMissing,
            "102$a",
            "Не названа страна издания: выберите её из списка",
        );
    }
    if !matches!(record.leader.at(8), ' ' | '0' | '1') || record.leader.at(7) == 'a' {
        return;
    }
    let embedded_year = ["461", "463"].iter().any(|tag| {
        record
            .fields(tag)
            .any(|f| super::super::link::find(&embedded(f), "210").is_some())
    });
    if record.first("210", 'd').is_none() && !embedded_year {
        let detail =
            "Нет даты издания: впишите год, предполагаемый – в скобках с вопросом, [2015?]";
        report.add(Rule::YearMissing, "210$d", detail);
    }
    let published = record.field("210").is_none_or(|f| f.indicators().1 != '1');
    let missing = |code| record.first("210", code).is_none();
    if published && missing('a') {
        report.add(
            Rule::ImprintMissing,
            "210$a",
            "Нет места издания: впишите его или [Б. м.]",
        );
    }
    if published && missing('c') && !matches!(record.leader.at(7), 's' | 'i') {
        report.add(
            Rule::ImprintMissing,
            "210$c",
            "Нет издательства: впишите его или [б. и.]",
        );
    }
}

fn coded(record: &BiblioRecord, report: &mut Report) {
    let (kind, level, hierarchy) = (
        record.leader.at(6),
        record.leader.at(7),
        record.leader.at(8),
    );
    let mut need = |tag: &str, what: &str| {
        if record.field(tag).is_none() {
            let detail = format!("Не заполнены {what}: откройте их и выберите значения");
            report.add(Rule::BookCodesMissing, tag, detail);
        }
    };
    let electronic = record.field("135").is_some();
    if (kind, level) == ('a', 'm') && !electronic {
        need("105", "кодированные данные о книге");
    }
    if level == 's' && hierarchy == '1' {
        need("110", "кодированные данные о периодичности");
    }
    if matches!(kind, 'e' | 'f') && matches!(hierarchy, ' ' | '0' | '1') && level != 'a' {
        need("120", "кодированные данные о карте");
        need(
            "123",
            "масштаб в кодах («масштаб не указан» – тоже значение)",
        );
        need("206", "масштаб и проекция");
    }
    if kind == 'l' {
        need("135", "кодированные данные об электронном ресурсе");
    }
    if (kind, level) == ('a', 'm') && electronic && record.field("105").is_none() {
        let detail = "Кодированные данные о книге не заполнены: откройте их и выберите значения";
        report.add(Rule::BookCodesAdvised, "105", detail);
    }
}

fn description(record: &BiblioRecord, report: &mut Report) {
    let (kind, level, hierarchy) = (
        record.leader.at(6),
        record.leader.at(7),
        record.leader.at(8),
    );
    let single = level == 'm' && hierarchy != '1' && kind != 'l';
    if single && record.first("215", 'a').is_none() {
        report.add(
            Rule::ExtentMissing,
            "215$a",
            "Не указан объём: впишите число страниц, «238 с.»",
        );
    }
    let coded = record.field("181").is_some() && record.field("182").is_some();
    if record.field("203").is_none() && !coded {
        let detail = "Нет вида содержания: для печатной книги – Текст, непосредственный";
        report.add(Rule::ContentFormMissing, "203", detail);
    }
    let bbk = record
        .fields("686")
        .any(|f| f.first('2').is_some_and(|s| s.starts_with("rubbk")));
    if !bbk && record.first("675", 'a').is_none() {
        report.add(
            Rule::ClassMarkMissing,
            "686$a",
            "Нет индекса: впишите ББК или УДК",
        );
    }
    let said = record.first("200", 'f').is_some();
    let named = ["700", "701", "702", "710", "711", "712"];
    let named = named.iter().any(|tag| record.field(tag).is_some());
    let volume = hierarchy == '2' && record.field("461").is_some();
    if named && !said && !volume {
        let detail = "Имена есть, а сведений об ответственности нет: впишите их с титульного листа";
        report.add(Rule::ResponsibilityMismatch, "200$f", detail);
    } else if said && !named {
        let detail = "Сведения об ответственности есть, а имён для поиска нет: добавьте авторов";
        report.add(Rule::ResponsibilityMismatch, "700", detail);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SOUND, found, found_in};
    use super::super::{super::sample, check_on};

    #[test]
    fn each_mandatory_element_is_missed_by_its_own_rule() {
        for (tag, rule) in [
            ("001", "control-number"),
            ("005", "update-time"),
            ("100", "processing-data"),
            ("101", "language-missing"),
            ("102", "country-missing"),
            ("105", "book-codes-missing"),
            ("203", "content-form-missing"),
            ("215", "extent-missing"),
            ("686", "class-mark-missing"),
            ("700", "responsibility-mismatch"),
            ("801", "agency-missing"),
        ] {
            assert_eq!(found(tag), [rule], "{tag}");
        }
        assert!(found("200").contains(&"title-missing"));
        assert!(found("210").contains(&"year-missing"));
        assert_eq!(
            found("210 ## $d2020"),
            ["imprint-missing", "imprint-missing"]
        );
        assert_eq!(found("801 #0 $aRU$bSCHOOL"), ["agency-single"]);
        assert_eq!(found("200 1# $aТропа"), ["responsibility-mismatch"]);
    }

    #[test]
    fn an_electronic_copy_is_only_advised_to_have_the_codes_of_a_book() {
        let lines = ["105", "135 ## $adrcn#"];
        let found = found_in("00000nam0 2200000   450 ", &lines);
        assert!(found.contains(&"book-codes-advised"), "{found:?}");
        assert!(!found.contains(&"book-codes-missing"), "{found:?}");
        let serial = found_in("00000nas1 2200000   450 ", &["105"]);
        assert!(serial.contains(&"book-codes-missing"), "{serial:?}");
    }

    #[test]
    fn a_map_needs_its_scale() {
        let map = found_in(
            "00000nem0 2200000   450 ",
            &["105", "203 ## $aИзображение$cнепосредственное"],
        );
        assert_eq!(map, ["book-codes-missing"; 3]);
    }

    #[test]
    fn a_time_of_tomorrow_is_found_when_today_is_known() {
        let record = sample::record("00000nam0 2200000   450 ", SOUND);
        let today = jiff::civil::date(2024, 1, 14);
        let codes: Vec<_> = check_on(&record, today)
            .iter()
            .map(|f| f.rule.code())
            .collect();
        assert_eq!(codes, ["update-time", "entry-date"]);
    }
}
