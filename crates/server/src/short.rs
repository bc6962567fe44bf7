//! Краткое описание: a RUSMARC record from a few rows, without a single field number on the screen.

use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield, Tag};

/// Rows of the form: name, label, whether it must be filled.
pub(crate) const ROWS: [(&str, &str, bool); 9] = [
    ("title", "Заглавие", true),
    (
        "subtitle",
        "Сведения к заглавию (учебник для 5 класса)",
        false,
    ),
    ("author", "Автор: Фамилия, И. О.", false),
    ("place", "Место издания", false),
    ("publisher", "Издательство", false),
    ("year", "Год издания", false),
    ("pages", "Страниц", false),
    ("isbn", "ISBN", false),
    ("class", "ББК", false),
];

/// The record that the rows make; a text says what is still missing.
pub(crate) fn record(row: impl Fn(&str) -> String) -> Result<BiblioRecord, String> {
    let get = |name: &str| row(name).trim().to_owned();
    let title = get("title");
    if title.is_empty() {
        return Err("Впишите заглавие, как оно стоит на титульном листе".to_owned());
    }
    let year = get("year");
    if !year.is_empty() && (year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit())) {
        return Err("Год издания – четыре цифры".to_owned());
    }
    let today = crate::clock::today();
    let entered = today.strftime("%Y%m%d").to_string();
    let shown_year = if year.is_empty() { "    " } else { &year };
    let kind = if year.is_empty() { 'u' } else { 'd' };
    let mut made = Made(BiblioRecord::new(Leader::NEW_BOOK));
    made.put("010", "  ", &[('a', get("isbn"))])?;
    let coded = format!("{entered}{kind}{shown_year}    |  y0rusy50      ca");
    made.put("100", "  ", &[('a', coded)])?;
    made.put("101", "0 ", &[('a', "rus".to_owned())])?;
    made.put("102", "  ", &[('a', "RU".to_owned())])?;
    let author = get("author");
    made.put(
        "200",
        "1 ",
        &[('a', title), ('e', get("subtitle")), ('f', author.clone())],
    )?;
    made.put(
        "210",
        "  ",
        &[('a', get("place")), ('c', get("publisher")), ('d', year)],
    )?;
    let pages = get("pages");
    let pages = if pages.bytes().all(|b| b.is_ascii_digit()) && !pages.is_empty() {
        format!("{pages} с.")
    } else {
        pages
    };
    made.put("215", "  ", &[('a', pages)])?;
    made.put(
        "686",
        "  ",
        &[('a', get("class")), ('2', "rubbk".to_owned())],
    )?;
    if let Some((family, given)) = author.split_once(',') {
        let parts = [
            ('a', family.trim().to_owned()),
            ('b', given.trim().to_owned()),
        ];
        made.put("700", " 1", &parts)?;
    } else {
        made.put("700", " 0", &[('a', author)])?;
    }
    made.put(
        "801",
        " 0",
        &[
            ('a', "RU".to_owned()),
            ('b', "FOND".to_owned()),
            ('c', entered),
        ],
    )?;
    Ok(made.0)
}

struct Made(BiblioRecord);

impl Made {
    /// Puts a field in, unless its first subfield is empty.
    fn put(&mut self, tag: &str, marks: &str, parts: &[(char, String)]) -> Result<(), String> {
        if parts.first().is_none_or(|(_, value)| value.is_empty()) && tag != "210" {
            return Ok(());
        }
        let filled = parts.iter().filter(|(_, value)| !value.is_empty());
        let subfields: Vec<Subfield> = filled
            .map(|(code, value)| Subfield::new(*code, value.as_str()))
            .collect();
        if subfields.is_empty() {
            return Ok(());
        }
        let tag: Tag = tag
            .parse()
            .map_err(|_| format!("Поле {tag} не записывается"))?;
        let mut marks = marks.chars();
        let marks = Indicators(marks.next().unwrap_or(' '), marks.next().unwrap_or(' '));
        self.0.fields.push(Field::data(tag, marks, subfields));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_rows_make_a_record_that_a_check_lets_be_final() {
        let rows = |name: &str| {
            let value = match name {
                "title" => "Мещёрская сторона",
                "author" => "Паустовский, К. Г.",
                "place" => "Москва",
                "publisher" => "Детская литература",
                "year" => "2019",
                "pages" => "128",
                "class" => "84(2=411.2)6",
                _ => "",
            };
            value.to_owned()
        };
        let record = record(rows).unwrap();
        assert_eq!(record.first("700", 'b'), Some("К. Г."));
        let blocking: Vec<String> = catalog::record::check::check(&record)
            .into_iter()
            .filter(catalog::rule::Finding::blocks)
            // 001 is given when the record is saved or exported under a number.
            .filter(|finding| finding.rule.code() != "control-number")
            .map(|finding| finding.to_string())
            .collect();
        assert_eq!(blocking, Vec::<String>::new());
        assert!(super::record(|_| String::new()).is_err());
    }
}
