//! Tables with everything that goes wrong in them: each value is in the record or named, no row is lost.

mod bounds;

use super::super::charset::Charset;
use super::super::read::{Incoming, Reader};
use super::super::{Field, Subfield};
use super::workbook::sample::{book, number, rows, text};
use super::*;

fn read(bytes: &[u8]) -> Vec<Incoming> {
    Reader::new(bytes).map(Result::unwrap).collect()
}

/// A field as `$aText$bText`.
fn shown(field: &Field) -> String {
    let shown = |s: &Subfield| format!("${}{}", s.code, s.value);
    field.subfields().iter().map(shown).collect()
}

fn fields(incoming: &Incoming, tag: &str) -> Vec<String> {
    let record = incoming.record.as_ref().unwrap();
    record.fields(tag).map(shown).collect()
}

fn rules(incoming: &Incoming) -> Vec<(&'static str, &str)> {
    let found = incoming.findings.iter();
    found.map(|f| (f.rule.code(), f.place.as_str())).collect()
}

fn copies(incoming: &Incoming) -> Vec<(Option<&str>, Option<&str>, u32)> {
    let copies = incoming.rows.as_ref().unwrap().copies.iter();
    let told = |c| -> (Option<&str>, Option<&str>, u32) {
        let c: &CarriedCopy = c;
        (c.number.as_deref(), c.price.as_deref(), c.count)
    };
    copies.map(told).collect()
}

const HEAD: &str =
    "Название;Автор;Год издания;Издательство;Инв. №;Цена;Дата поступления;Полка у окна\n";

#[test]
fn a_row_becomes_a_short_record_with_its_copy() {
    let row = "Тропа к роднику : повесть;Лесников А. В.;2005 г.;Детская книга;1015;1 250,50;15.10.2006;3\n";
    let all = read(format!("{HEAD}{row}").as_bytes());
    assert_eq!((all.len(), all[0].format), (1, Format::Csv));
    assert_eq!(
        fields(&all[0], "200"),
        ["$aТропа к роднику$eповесть$fЛесников А. В."]
    );
    assert_eq!(fields(&all[0], "700"), ["$aЛесников$bА. В."]);
    assert_eq!(fields(&all[0], "210"), ["$cДетская книга$d2005"]);
    assert_eq!(fields(&all[0], "910"), ["$a0$b1015$c20061015$e1 250,50"]);
    assert_eq!(fields(&all[0], "830"), ["$aПолка у окна: 3"]);
    assert_eq!(copies(&all[0]), [(Some("1015"), Some("1 250,50"), 1)]);
    assert_eq!(rules(&all[0]), [("table-column", "")]);
    assert!(all[0].findings[0].detail.contains("«Полка у окна»"));
    assert_eq!(all[0].source, format!("{HEAD}{row}").as_bytes());
}

#[test]
fn rows_of_one_title_are_one_record_wherever_they_stand() {
    let table = format!(
        "{HEAD}Степь;Лесников А.;2001;;1;10;;\nРоща;;;;2;20;;\nСТЕПЬ;Лесников А.;2001;;3;12;;\nСтепь;Лесников А.;2002;;4;12;;\n"
    );
    let all = read(table.as_bytes());
    let numbers: Vec<Vec<_>> = all.iter().map(copies).collect();
    assert_eq!(
        numbers[0],
        [(Some("1"), Some("10"), 1), (Some("3"), Some("12"), 1)]
    );
    assert_eq!((numbers[1].len(), numbers[2].len(), all.len()), (1, 1, 3));
    let identity = |at: usize| &all[at].rows.as_ref().unwrap().identity;
    assert_ne!(identity(0), identity(2));
    // A row more makes the same title, so the next import finds it.
    let more = read(format!("{HEAD}Степь;Лесников А.;2001;;9;10;;\n").as_bytes());
    assert_eq!(&more[0].rows.as_ref().unwrap().identity, identity(0));
}

#[test]
fn every_set_of_letters_and_every_delimiter_is_told_by_the_bytes() {
    let table = "Список книг школы\nЗаглавие;Автор;Кол-во\nМещёрская сторона и другие повести;Лесников А. В.;2\n";
    for set in [
        Charset::Utf8,
        Charset::Windows1251,
        Charset::Cp866,
        Charset::Koi8R,
    ] {
        for delimiter in [";", ",", "\t"] {
            let text = table.replace(';', delimiter).replace('\n', "\r\n");
            let all = read(&set.encode(&text).unwrap());
            assert_eq!((all.len(), all[0].charset), (1, set), "{set} {delimiter:?}");
            let title = all[0].record.as_ref().unwrap().first("200", 'a');
            assert_eq!(title, Some("Мещёрская сторона и другие повести"));
            assert_eq!(copies(&all[0]), [(None, None, 2)]);
            assert!(all[0].findings[0].detail.contains("Список книг школы"));
        }
    }
    let marked = read(format!("\u{feff}sep=;\r\n{table}").as_bytes());
    assert_eq!(copies(&marked[0]).len(), 1);
    let western = read(b"Book-Title,Book-Author,Year\nCaf\xE9 in Par\xEDs,Ann Beattie,2002\n");
    assert_eq!(fields(&western[0], "200"), ["$aCafé in París$fAnn Beattie"]);
}

#[test]
fn bad_rows_are_put_aside_with_their_reason_and_their_bytes() {
    let table = format!(
        "{HEAD}Степь;;;;1;10;;\n;Лесников;;;2;10;;\nРоща;лес;сад;;3;10;;;лишнее\nЛуг;поле\n«…»;;;;4;;;\n\n;;;;;;;\nИтого;;;;;40;;\nПоле;;;;5;10;;\nНива;;;;6;10;;\nСад;;;;7;10;;\n"
    );
    let all = read(table.as_bytes());
    let bad: Vec<_> = all.iter().filter(|i| i.record.is_none()).collect();
    let said: Vec<(&str, &str)> = bad
        .iter()
        .flat_map(|i| rules(i))
        .filter(|(rule, _)| *rule == "table-row")
        .collect();
    let places = ["строка 3", "строка 4", "строка 5", "строка 6", "строка 9"];
    assert_eq!(said, places.map(|place| ("table-row", place)));
    assert_eq!(all.len() - bad.len(), 4);
    assert_eq!(
        bad[0].source,
        format!("{HEAD};Лесников;;;2;10;;\n").as_bytes()
    );
    // What was put aside can be mended and read again: the header stands above every row.
    let mended = String::from_utf8(bad.iter().flat_map(|i| i.source.clone()).collect()).unwrap();
    let again = read(mended.replace(";Лесников", "Перелесок;Лесников").as_bytes());
    assert_eq!(again.iter().filter(|i| i.record.is_some()).count(), 1);
}

#[test]
fn what_a_cell_does_not_say_is_named_and_kept() {
    let head = "Название;ISBN;Год;Инв. №;Цена;Дата поступления;Язык;Кол-во\n";
    let row =
        "Сте\u{1}пь;9,78E+12;20О5;1;12,5О;31.02.2020;марсианский;1\nЛуг;#Н/Д;2001;2;5;;;много\n";
    let all = read(format!("{head}{row}").as_bytes());
    let first = "строка 2, «";
    let expected = [
        ("control-characters", "Название"),
        ("table-cell", "ISBN"),
        ("table-cell", "Год"),
        ("table-cell", "Язык"),
        ("table-cell", "Дата поступления"),
    ];
    let expected: Vec<(&str, String)> = expected
        .iter()
        .map(|(r, c)| (*r, format!("{first}{c}»")))
        .collect();
    let found = rules(&all[0]);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    assert!(
        found
            .iter()
            .zip(&expected)
            .all(|(f, e)| f.0 == e.0 && f.1 == e.1),
        "{found:?}"
    );
    assert_eq!(fields(&all[0], "010"), ["$z9,78E+12"]);
    assert_eq!(fields(&all[0], "910"), ["$a0$b1$c31.02.2020$e12,5О"]);
    assert_eq!(fields(&all[0], "830"), ["$aЯзык: марсианский"]);
    assert_eq!(copies(&all[1]), []);
    let notes = fields(&all[1], "830").join(" ");
    assert!(
        notes.contains("много") && notes.contains("Инв. №: 2") && notes.contains("Цена: 5"),
        "{notes}"
    );
    assert_eq!(rules(&all[1])[0], ("table-cell", "строка 3, «ISBN»"));
}

#[test]
fn a_written_off_row_is_no_standing_copy() {
    let head = "Название;Инв. №;Дата списания;Акт списания;Статус\n";
    let lines = "А;1;02.06.2019;;\nБ;2;нет;;в наличии\nВ;3;;31;\nГ;4;;;списана\nД;5;31.02.2019;;\n";
    let all = read(format!("{head}{lines}").as_bytes());
    let acts: Vec<_> = all
        .iter()
        .map(|i| i.rows.as_ref().unwrap().copies[0].withdrawal_act.clone())
        .collect();
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(
        acts,
        [
            said("2019/списано 02.06.2019"),
            None,
            said("0000/31"),
            said("0000/списано до ввода"),
            said("0000/списано 31.02.2019")
        ]
    );
    let status = |at: usize| all[at].rows.as_ref().unwrap().copies[0].status.clone();
    assert_eq!(
        (status(0), status(1), status(4)),
        (said("6"), said("0"), said("6"))
    );
    assert_eq!(
        rules(&all[4]),
        [("table-cell", "строка 6, «Дата списания»")]
    );
}

#[test]
fn a_quote_that_is_not_closed_swallows_no_rows() {
    let lines = "\"Степь;;;;1;10;;\nРоща;;;;2;10;;\n\"Луг, \"\"поле\"\";\nвторая строка\";;;;3;10;;\nСад;\"и\nогород\";;;4;10;;\n";
    let all = read(format!("{HEAD}{lines}").as_bytes());
    let titles: Vec<_> = all
        .iter()
        .filter_map(|i| i.record.as_ref()?.first("200", 'a'))
        .collect();
    assert_eq!(
        titles,
        ["\"Степь", "Роща", "Луг, \"поле\"; вторая строка", "Сад"]
    );
    assert!(rules(&all[0]).contains(&("table-mended", "строка 2")));
    let endless =
        read(format!("{HEAD}Степь;;;;1;10;;\n\"Роща;;;;2;10;;\nСад;;;;3;10;;\n").as_bytes());
    assert_eq!(endless.len(), 3);
}

#[test]
fn a_cell_and_a_row_without_end_are_put_aside_in_bounded_pieces() {
    let long = "х".repeat(400_000);
    let all = read(format!("{HEAD}Степь;{long};;;1;;;\nРоща;;;;2;;;\n").as_bytes());
    assert!(all.iter().all(|i| i.source.len() <= 1 << 20));
    assert_eq!(all.iter().filter(|i| i.record.is_some()).count(), 1);
    let kept: usize = all
        .iter()
        .filter(|i| i.record.is_none())
        .map(|i| i.source.len())
        .sum();
    assert!(kept >= long.len());
    let cell = "х".repeat(40_000);
    let all = read(format!("{HEAD}Степь;{cell};;;1;;;\n").as_bytes());
    assert!(
        all[0].record.is_none()
            && all[0]
                .findings
                .iter()
                .any(|f| f.detail.contains("клетке 2"))
    );
}

#[test]
fn one_number_for_many_copies_and_lists_of_numbers_are_said() {
    let head = "Название;Инв. №;Кол-во;Цена\n";
    let lines = "А;7;3;10\nБ;11-13;3;10\nВ;21, 22;5;10\nГ;б/н;1;10\nД;;0;10\n";
    let all = read(format!("{head}{lines}").as_bytes());
    assert_eq!(copies(&all[0]), [(Some("7"), Some("10"), 3)]);
    assert_eq!(rules(&all[0]), [("table-cell", "строка 2, «Инв. №»")]);
    let numbers = |at: usize| {
        copies(&all[at])
            .iter()
            .map(|c| c.0.map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let of = |n: &[&str]| n.iter().map(|n| Some((*n).to_owned())).collect::<Vec<_>>();
    assert_eq!(numbers(1), of(&["11", "12", "13"]));
    assert_eq!(
        numbers(2),
        [of(&["21", "22"]), vec![None, None, None]].concat()
    );
    assert_eq!((numbers(4).len(), rules(&all[4])[0].0), (0, "table-mended"));
}

fn fund(rows_of: &[&[super::workbook::sample::CellOf<'_>]], merged: &[&str]) -> Vec<u8> {
    book(&[("Фонд", rows(rows_of, merged))], &[])
}

#[test]
fn a_workbook_is_read_as_it_looks() {
    let head = [
        text("Название"),
        text("Автор"),
        text("ISBN"),
        text("Инв. №"),
        text("Цена"),
        text("Год"),
    ];
    let row = [
        text("Степь"),
        text("Лесников А."),
        number("9785213014884"),
        number("15"),
        number("223.30000000000001"),
        number("2005.0"),
    ];
    let broken = [
        text("Луг"),
        ("e", "#N/A"),
        number("2005018"),
        number("16"),
        number("1.1E2"),
        text("2001"),
    ];
    let all = read(&fund(
        &[&[text("Фонд школы")], &head, &row, &[], &broken],
        &["A1:F1"],
    ));
    assert_eq!((all.len(), all[0].format), (2, Format::Xlsx));
    assert_eq!(copies(&all[0]), [(Some("15"), Some("223.3"), 1)]);
    assert_eq!(fields(&all[0], "010"), ["$a9785213014884"]);
    assert_eq!(fields(&all[0], "210"), ["$d2005"]);
    assert_eq!(fields(&all[1], "010"), ["$a0002005018"]);
    assert_eq!(copies(&all[1]), [(Some("16"), Some("110"), 1)]);
    assert!(rules(&all[1]).contains(&("table-cell", "строка 5, «Автор»")));
    assert!(rules(&all[1]).contains(&("table-mended", "строка 5, «ISBN»")));
}

#[test]
fn merged_cells_say_the_same_of_all_their_rows_but_count_once() {
    let head = [
        text("Название"),
        text("Инв. №"),
        text("Цена"),
        text("Кол-во"),
    ];
    let rows = [
        &head[..],
        &[text("Степь"), text("1"), text("10,00"), text("2")],
        &[text(""), text("2")],
        &[text("Луг"), text("3"), text("5")],
    ];
    let all = read(&fund(&rows, &["A2:A3", "C2:C3", "D2:D3"]));
    assert_eq!(all.len(), 2);
    let told = copies(&all[0]);
    assert_eq!(told.last(), Some(&(Some("2"), Some("10,00"), 1)));
    assert!(rules(&all[0]).contains(&("table-mended", "строка 3, «Название»")));
}

#[test]
fn sheets_without_a_header_and_macros_are_named() {
    let head = [text("Название"), text("Инв. №")];
    let sheets = [
        ("Титул", rows(&[&[text("Опись")]], &[])),
        ("Фонд", rows(&[&head, &[text("Степь"), text("1")]], &[])),
        (
            "Дары",
            rows(
                &[
                    &head,
                    &[text("Луг"), text("2")],
                    &[text("Степь"), text("3")],
                ],
                &[],
            ),
        ),
    ];
    let all = read(&book(&sheets, &[("xl/vbaProject.bin", b"macros")]));
    let about: String = all[0].findings.iter().map(|f| f.detail.as_str()).collect();
    assert!(
        about.contains("макросы") && about.contains("Лист «Титул» не взят"),
        "{about}"
    );
    assert_eq!(copies(&all[0]).len(), 2);
    let places: Vec<_> = all[1]
        .rows
        .as_ref()
        .unwrap()
        .copies
        .iter()
        .map(|c| c.stands_at.clone())
        .collect();
    assert_eq!(places, [Some("лист «Дары», строка 2".to_owned())]);
}

#[test]
fn a_book_that_cannot_be_read_is_kept_whole_and_called_what_it_is() {
    let good = fund(&[&[text("Название"), text("Автор")], &[text("Степь")]], &[]);
    let bomb = book(
        &[("А", rows(&[], &[]))],
        &[("xl/sharedStrings.xml", &vec![b' '; 97 << 20])],
    );
    assert!(bomb.len() < 1 << 20);
    let names: Vec<String> = (0..10_000).map(|n| format!("xl/media/{n}")).collect();
    let parts: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let crowd = book(&[("А", rows(&[], &[]))], &parts);
    let huge =
        rows(&[&[text("Название"), text("Автор")]], &[]).replace("A1", "A99999999999999999999");
    let wide = rows(&[&[text("Название"), text("Автор")]], &[]).replace("B1", "XFD1048576");
    let headless = fund(&[&[text("Раз"), text("Два")]], &[]);
    let cases = [
        (good[..good.len() - 40].to_vec(), "повреждён"),
        (bomb, "слишком велика"),
        (crowd, "слишком много частей"),
        (book(&[("А", huge)], &[]), ""),
        (book(&[("А", wide)], &[]), "столбцов"),
        (headless, "строки заголовков"),
    ];
    for (bytes, why) in cases {
        let all = read(&bytes);
        assert!(all.iter().all(|i| i.record.is_none()), "{why}");
        let kept: Vec<u8> = all.iter().flat_map(|i| i.source.clone()).collect();
        assert_eq!(kept, bytes, "{why}");
        assert!(
            all[0].findings[0].detail.contains(why),
            "{:?}",
            all[0].findings
        );
    }
}

#[test]
fn a_table_without_a_known_header_is_refused_by_name() {
    let bytes = "Раз;Два\n1;2\n".as_bytes();
    let all: Vec<Incoming> = Reader::new(bytes)
        .with_format(Format::Csv)
        .map(Result::unwrap)
        .collect();
    assert_eq!((all.len(), &all[0].source[..]), (1, bytes));
    assert_eq!(all[0].findings[0].rule, Rule::TableHeader);
    assert!(all[0].findings[0].detail.contains("Раз;Два"));
}

#[test]
fn no_other_file_is_taken_for_a_table() {
    let others: [&[u8]; 6] = [
        "#200: ^AНазвание;Автор;Год\n#700: ^AЛесников\n*****\n".as_bytes(),
        "200 1#$aНазвание;Автор\n".as_bytes(),
        "{\"Название\": \"Степь\", \"Автор\": \"\"}\n".as_bytes(),
        "<Название>;<Автор>".as_bytes(),
        b"00755cam  22002414a 4500001;title;author\x1E",
        "Название\nСтепь\n".as_bytes(),
    ];
    for bytes in others {
        assert_eq!(detect(bytes), None, "{}", String::from_utf8_lossy(bytes));
    }
    let irbis = read(others[0]);
    assert_eq!(irbis[0].format, Format::Irbis);
}
