//! Маркер: RM-11 … RM-17.

use super::super::BiblioRecord;
use super::super::dictionary::Dictionary;
use super::super::link::{embedded, find};
use super::{Report, fold, of_tag, values};
use crate::rule::Rule;

pub(super) fn check(record: &BiblioRecord, report: &mut Report) {
    codes(record, report);
    constants(record, report);
    part(record, report);
    kind(record, report);
    if record.leader.at(17) != ' ' {
        let detail = "Запись неполная: дополните её по изданию и снимите отметку полноты";
        report.add(Rule::RecordIncomplete, "LDR/17", detail);
    }
}

fn codes(record: &BiblioRecord, report: &mut Report) {
    let Some(leader) = Dictionary::rusmarc().field("LDR") else {
        return;
    };
    for (key, name) in [
        ("05", "Статус записи"),
        ("06", "Тип записи"),
        ("07", "Библиографический уровень"),
        ("08", "Иерархический уровень"),
        ("09", "Тип контроля"),
        ("17", "Полнота записи"),
        ("18", "Форма описания"),
    ] {
        let Some(position) = leader.positions.get(key) else {
            continue;
        };
        let code = record.leader.at(position.start);
        if !position.codes.contains_key(code.to_string().as_str()) {
            let detail = format!("{name}: кода «{code}» нет в формате, выберите другой");
            report.add(Rule::LeaderCode, format!("LDR/{key}"), detail);
        }
    }
}

fn constants(record: &BiblioRecord, report: &mut Report) {
    let leader = record.leader.as_str();
    if leader.get(10..12) != Some("22") || leader.get(20..23) != Some("450") {
        let detail = "Постоянные знаки маркера будут поставлены при записи файла";
        report.add(Rule::LeaderConstant, "LDR", detail);
    }
}

/// What a part is a part of.
fn part(record: &BiblioRecord, report: &mut Report) {
    let (level, hierarchy) = (record.leader.at(7), record.leader.at(8));
    let named = |tag: &str| {
        record.fields(tag).any(|field| {
            let inside = embedded(field);
            find(&inside, "001").is_some()
                || find(&inside, "200").is_some_and(|title| title.first('a').is_some())
        })
    };
    if hierarchy == '2' && !["461", "462", "463"].iter().any(|tag| named(tag)) {
        let detail = "Это часть, но не сказано чего: укажите набор, журнал или книгу";
        report.add(Rule::PartWithoutWhole, "LDR/08", detail);
    }
    if level == 'a' && (hierarchy != '2' || !(named("463") || named("461"))) {
        let detail = "У статьи укажите источник и отметьте, что запись – часть целого";
        report.add(Rule::ArticleWithoutHost, "LDR/07", detail);
    }
    if hierarchy == '1' {
        for (place, _) in of_tag(record, "852").chain(of_tag(record, "899")).take(1) {
            let detail = "Экземпляры бывают у томов: перенесите их в записи томов";
            report.add(Rule::SetWithCopies, place, detail);
        }
    }
}

fn kind(record: &BiblioRecord, report: &mut Report) {
    let kind = record.leader.at(6);
    let forms = content_forms(record);
    if let [(place, form)] = forms.as_slice()
        && contradicts(kind, form)
    {
        let detail =
            format!("Вид содержания «{form}» не подходит к типу записи: исправьте одно из двух");
        report.add(Rule::KindContradicts, place.as_str(), detail);
    }
    let named = |tag: &str| record.field(tag).is_some();
    if record.leader.at(7) == 's' && !named("110") {
        let detail = "У журнала или газеты заполните кодированные данные: вид и периодичность";
        report.add(Rule::SerialCodesMissing, "110", detail);
    }
    // At the other levels their absence is told as a mandatory element.
    let part = record.leader.at(8) == '2';
    if kind == 'e' && part && !(named("120") && named("206")) {
        let detail = "У карты заполните кодированные данные и масштаб";
        report.add(Rule::SerialCodesMissing, "120", detail);
    }
    if matches!(kind, 'c' | 'd') && !(named("125") && named("208")) {
        let detail = "У нот можно заполнить кодированные данные и форму изложения";
        report.add(Rule::MusicCodesAdvised, "125", detail);
    }
}

/// The kinds of content a record names, in words or, where there are none, in codes.
fn content_forms(record: &BiblioRecord) -> Vec<(String, String)> {
    let worded: Vec<_> = values(record, "203", 'a')
        .map(|(place, form)| (place, form.trim().to_owned()))
        .collect();
    if !worded.is_empty() {
        return worded;
    }
    let named = |code: &str| match code.chars().next() {
        Some('b') => "Изображение",
        Some('c') => "Движение",
        Some('d') => "Музыка",
        Some('e') => "Предмет",
        Some('f') => "Программа",
        Some('g') => "Звуки",
        Some('h') => "Устная речь",
        Some('i') => "Текст",
        Some(_) | None => "",
    };
    values(record, "181", 'a')
        .map(|(place, code)| (place, named(&fold(code)).to_owned()))
        .collect()
}

/// Whether a type of record cannot have this one kind of content.
fn contradicts(kind: char, form: &str) -> bool {
    match form {
        "Музыка" => matches!(kind, 'a' | 'b' | 'e' | 'f' | 'k'),
        "Текст" => matches!(kind, 'c' | 'd' | 'e' | 'f' | 'i' | 'j' | 'r'),
        "Устная речь" => matches!(kind, 'a'..='f' | 'k' | 'r'),
        "Изображение" => matches!(kind, 'a'..='d' | 'i' | 'j'),
        "Предмет" | "Программа" | "Звуки" => matches!(kind, 'a'..='f'),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{found, found_in};

    #[test]
    fn codes_and_constants_of_the_leader_are_held() {
        assert_eq!(found_in("00000nzm0 2200000   450 ", &[]), ["leader-code"]);
        assert_eq!(
            found_in("00000nam0 2200000   4500", &[]),
            Vec::<&str>::new()
        );
        assert_eq!(
            found_in("00000nam0 2200000   999 ", &[]),
            ["leader-constant"]
        );
        assert_eq!(
            found_in("00000nam0 22000001  450 ", &[]),
            ["record-incomplete"]
        );
    }

    #[test]
    fn a_part_names_its_whole() {
        assert_eq!(
            found_in("00000nam2 2200000   450 ", &[]),
            ["part-without-whole"]
        );
        let whole = "461 #0 $1001 7 $12001#$aСобрание";
        assert_eq!(
            found_in("00000nam2 2200000   450 ", &[whole]),
            Vec::<&str>::new()
        );
        let article = found_in("00000naa0 2200000   450 ", &[]);
        assert!(article.contains(&"article-without-host"));
    }

    #[test]
    fn kind_of_record_agrees_with_content() {
        assert_eq!(
            found("203 ## $aМузыка$cнепосредственная"),
            ["kind-contradicts"]
        );
        assert_eq!(
            found("203 ## $aИзображение$cнепосредственное"),
            ["kind-contradicts"]
        );
        let coded = ["203", "181 #0 $ab#$bxb2e##", "182 #0 $an"];
        let coded = found_in("00000nam0 2200000   450 ", &coded);
        assert_eq!(coded, ["kind-contradicts"]);
        for leader in ["00000nas1 2200000   450 ", "00000nas2 2200000   450 "] {
            let serial = found_in(leader, &["105"]);
            assert!(serial.contains(&"serial-codes-missing"));
        }
        let music = found_in("00000ncm0 2200000   450 ", &["105"]);
        assert!(music.contains(&"music-codes-advised"));
        let set = found_in("00000nam1 2200000   450 ", &["852 ## $aРГБ"]);
        assert!(set.contains(&"set-with-copies"));
    }
}
