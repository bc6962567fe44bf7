//! What a table may not do: write off what stands, make one person of several, or grow beyond what it holds.

use super::super::workbook::sample;
use super::*;

fn status(incoming: &Incoming) -> Option<&str> {
    let copies = &incoming.rows.as_ref().unwrap().copies;
    copies[0].status.as_deref()
}

#[test]
fn a_word_that_is_no_withdrawal_writes_nothing_off_and_is_said() {
    let head = "Название;Инв. №;Цена;Списано\n";
    let lines = "А;1;10;0\nБ;2;10;ложь\nВ;3;10;0000-00-00\nГ;4;10;1\nД;5;10;в ремонте\nЕ;6;10;2019\nЖ;7;10;Списано\nЗ;8;10;Акт № 5\n";
    let all = read(format!("{head}{lines}").as_bytes());
    let standing: Vec<_> = all.iter().map(|i| status(i) == Some("0")).collect();
    assert_eq!(
        standing,
        [true, true, true, true, true, false, false, false]
    );
    for (at, said) in [(0, None), (1, None), (2, None), (3, Some("«1»"))] {
        let detail = all[at].findings.first().map(|f| f.detail.as_str());
        assert_eq!(said.is_some(), detail.is_some(), "{detail:?}");
        assert!(said.is_none_or(|said| detail.unwrap().contains(said)));
    }
    let note = fields(&all[4], "830").join(" ");
    assert!(note.contains("Списано: в ремонте"), "{note}");
    let act = all[5].rows.as_ref().unwrap().copies[0]
        .withdrawal_act
        .clone();
    assert_eq!(act.as_deref(), Some("2019/списано 2019"));
    assert_eq!(all[6].findings, []);
}

#[test]
fn two_surnames_in_a_cell_are_never_one_person() {
    let head = "Название;Автор\n";
    let lines = "А;\"Маршак, Барто, Чуковский\"\nБ;\"Ильф, Петров\"\nВ;\"Лесникова, Анна\"\n";
    let all = read(format!("{head}{lines}").as_bytes());
    assert_eq!(fields(&all[0], "700"), ["$aМаршак"]);
    assert_eq!(fields(&all[0], "701"), ["$aБарто", "$aЧуковский"]);
    assert_eq!(fields(&all[1], "700"), ["$aИльф, Петров"]);
    assert_eq!(
        rules(&all[1]).last(),
        Some(&("table-cell", "строка 3, «Автор»"))
    );
    assert_eq!(fields(&all[2], "700"), ["$aЛесникова$bА.$gАнна"]);
    assert!(
        all[2]
            .findings
            .iter()
            .all(|f| f.rule != crate::rule::Rule::TableCell)
    );
}

#[test]
fn copies_beyond_the_numbers_of_a_cell_are_all_there() {
    let head = "Название;Инв. №;Кол-во;Цена\n";
    let all = read(format!("{head}А;11, 12;5000;10\nБ;21, 22;4;10\n").as_bytes());
    let one = |number| (number, Some("10"), 1);
    assert_eq!(
        copies(&all[0]),
        [one(Some("11")), one(Some("12")), (None, Some("10"), 4998)]
    );
    assert!(all[0].findings[0].detail.contains("4998"));
    let written = |at: usize| -> Vec<_> {
        let copies = all[at].rows.as_ref().unwrap().copies.iter();
        copies.map(|c| c.number_as_written.as_deref()).collect()
    };
    assert_eq!(written(1), [Some("21"), Some("22"), None, None]);
    assert_eq!(written(0), [Some("11"), Some("12"), None]);
}

#[test]
fn what_is_said_of_one_row_takes_nothing_from_the_next() {
    let many = 25;
    let columns: String = (0..many).map(|n| format!(";Графа {n}")).collect();
    let bad = ";#Н/Д".repeat(many);
    let blank = ";".repeat(many - 1);
    let table = format!("Название;Автор{columns}\nСтепь;{bad}\nСтепь;;#Н/Д{blank}\n");
    let all = read(table.as_bytes());
    let cells = |line: &str| {
        let found = all[0].findings.iter();
        found.filter(|f| f.place.starts_with(line)).count()
    };
    assert_eq!((cells("строка 2"), cells("строка 3")), (21, 1));
    let listed = all[0].findings.iter();
    let listed = listed.filter(|f| f.rule == Rule::TableCell).count() as u64;
    assert_eq!(listed + all[0].unlisted[&Rule::TableCell], many as u64 + 1);
}

#[test]
fn a_text_that_a_workbook_says_over_and_over_is_not_kept_over_and_over() {
    let shared = |length: usize| {
        format!(
            "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><si><t>{}</t></si></sst>",
            "x".repeat(length)
        )
    };
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relations = [
        ("worksheet", "worksheets/sheet1.xml"),
        ("sharedStrings", "sharedStrings.xml"),
    ];
    let related: String = (1..)
        .zip(relations)
        .map(|(n, (kind, target))| {
            format!("<Relationship Id=\"rId{n}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
        })
        .collect();
    let head = [text("Название"), text("Автор")];
    let row = [text("Степь"), ("s", "0")];
    let cells = sample::rows(&[&head, &row], &[]);
    for (length, sound) in [(60 * 1024, true), (70 * 1024, false)] {
        let texts = shared(length);
        let sheets = [("Фонд", cells.clone())];
        let bytes = sample::book_of(
            &sheets,
            &related,
            &[("xl/sharedStrings.xml", texts.as_bytes())],
        );
        let all = read(&bytes);
        assert_eq!(all[0].record.is_some(), sound, "{:?}", all[0].findings);
        let said = all[0].findings[0].detail.contains("клетка длиннее 64 КБ");
        assert_eq!(said, !sound, "{:?}", all[0].findings);
    }
}

#[test]
fn a_row_that_no_record_can_hold_is_put_aside_and_the_others_come_in() {
    let long = "x".repeat(60_000);
    let head = ["Название", "Автор", "Серия", "Тема", "Место", "Том"].map(text);
    let fat = [
        text("Степь"),
        text(&long),
        text(&long),
        text(&long),
        text(&long),
        text(&long),
    ];
    let all = read(&fund(&[&head, &fat, &[text("Роща")]], &[]));
    let sound: Vec<bool> = all.iter().map(|i| i.record.is_some()).collect();
    assert_eq!(sound, [false, true]);
    assert!(all[0].findings.iter().any(|f| f.detail.contains("длиннее")));

    // Two thousand copies, each with the same long words.
    let head = "Название;Инв. №;Кол-во;Место хранения\n";
    let table = format!("{head}Степь;1-2000;2000;{}\nРоща;1;1;3\n", "х".repeat(2000));
    let all = read(table.as_bytes());
    let sound: Vec<bool> = all.iter().map(|i| i.record.is_some()).collect();
    assert_eq!(sound, [false, true]);
}

#[test]
fn the_name_of_a_column_is_not_written_without_end() {
    let name = "Примета ".repeat(1000);
    let rows: String = (0..1100).map(|n| format!("Степь;{n}\n")).collect();
    let all = read(format!("Название;Автор;{name}\n{}", rows.replace(';', ";;")).as_bytes());
    let mut size = 0;
    for incoming in &all {
        let record = incoming.record.as_ref().unwrap();
        record.each_text(&mut |text| size += text.len());
    }
    assert!(size < 2 << 20, "{size}");
    // No row of a table is that long.
    let endless = format!("Название;Автор;{}\n{rows}", "Примета".repeat(20_000));
    let all = read(endless.as_bytes());
    assert!(all.iter().all(|i| i.record.is_none()));
}
