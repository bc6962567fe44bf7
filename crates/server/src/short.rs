//! Краткое описание: a RUSMARC record from a few rows, without a single field number on the screen.

mod correct;
#[cfg(test)]
mod tests;

use catalog::FOND;
use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield, Tag};

pub(crate) use correct::{corrected, value};

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

/// A text, with nothing said of its kind, its pictures and its indexes.
const UNSAID: &str = "y   z   000yy";

/// No row of a title page is longer.
const MOST: usize = 1_000;

/// Which row is wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct Wrong {
    pub(crate) row: &'static str,
    pub(crate) why: String,
}

impl From<String> for Wrong {
    fn from(why: String) -> Self {
        Self { row: "title", why }
    }
}

fn judged(get: impl Fn(&str) -> String) -> Result<(), Wrong> {
    let wrong = |row: &'static str, why: &str| {
        let why = why.to_owned();
        Err(Wrong { row, why })
    };
    for (row, label, _) in ROWS {
        if get(row).chars().count() > MOST {
            let why = format!("«{label}»: не больше {MOST} знаков");
            return wrong(row, &why);
        }
    }
    if get("title").is_empty() {
        return wrong(
            "title",
            "Впишите заглавие, как оно стоит на титульном листе",
        );
    }
    let year = get("year");
    if let Some(why) = wrong_year(&year) {
        return wrong("year", &why);
    }
    Ok(())
}

/// Why a year of issue cannot be: books are printed since 1445, and next year's come out in the autumn.
fn wrong_year(year: &str) -> Option<String> {
    if year.is_empty() {
        return None;
    }
    if year.len() != 4 || !year.bytes().all(|b| b.is_ascii_digit()) {
        return Some("Год издания – четыре цифры".to_owned());
    }
    let last = crate::clock::today().year() + 1;
    let fits = year
        .parse()
        .is_ok_and(|year: i16| (1445..=last).contains(&year));
    (!fits).then(|| format!("Год издания – от 1445 до {last}"))
}

/// The record that the rows make; or which of them is wrong.
pub(crate) fn record(row: impl Fn(&str) -> String) -> Result<BiblioRecord, Wrong> {
    let get = |name: &str| row(name).trim().to_owned();
    judged(get)?;
    let (title, year) = (get("title"), get("year"));
    let today = crate::clock::today();
    let entered = today.strftime("%Y%m%d").to_string();
    let shown_year = if year.is_empty() { "    " } else { &year };
    let kind = if year.is_empty() { 'u' } else { 'd' };
    let mut made = Made(BiblioRecord::new(Leader::NEW_BOOK));
    made.put("010", "  ", &[('a', get("isbn"))])?;
    let coded = format!("{entered}{kind}{shown_year}    |  y0rusy50      ca");
    made.put("100", "  ", &[('a', coded)])?;
    // The form does not ask for the language and the country: the letters tell of Russian and of Russia alone.
    let language = if is_russian(&title) { "rus" } else { "und" };
    made.put("101", "0 ", &[('a', language.to_owned())])?;
    if [&title, &get("place"), &get("publisher")]
        .into_iter()
        .any(|text| is_russian(text))
    {
        made.put("102", "  ", &[('a', "RU".to_owned())])?;
    }
    made.put("105", "  ", &[('a', UNSAID.to_owned())])?;
    let author = Author::typed(&get("author"));
    let stated = ('f', author.stated());
    made.put("200", "1 ", &[('a', title), ('e', get("subtitle")), stated])?;
    made.put(
        "210",
        "  ",
        &[('a', get("place")), ('c', get("publisher")), ('d', year)],
    )?;
    made.put("215", "  ", &[('a', extent(get("pages")))])?;
    made.put("686", "  ", &[('a', get("class")), ('2', BBK.to_owned())])?;
    made.put("700", author.marks(), &author.subfields())?;
    // Who made the record and who typed it in: both are this library (D-56).
    let agency = [
        ('a', "RU".to_owned()),
        ('b', FOND.to_owned()),
        ('c', entered),
    ];
    made.put("801", " 0", &agency)?;
    made.put("801", " 1", &agency)?;
    Ok(made.0)
}

/// Журнал или газета: the same rows make a continuing resource. What stands in the row of the ISBN is its ISSN.
pub(crate) fn serial(row: impl Fn(&str) -> String) -> Result<BiblioRecord, Wrong> {
    let mut made = Made(record(&row)?);
    made.0.leader = made.0.leader.with(7, 's');
    let of_book = |field: &Field| ["010", "105"].contains(&field.tag.as_str());
    made.0.fields.retain(|field| !of_book(field));
    let named = [row("title"), row("subtitle")].join(" ").to_lowercase();
    let kind = if named.contains("газет") {
        'c'
    } else {
        'a'
    };
    for (tag, value) in [
        ("011", row("isbn").trim().to_owned()),
        ("110", format!("{kind}||||||||||")),
    ] {
        made.put(tag, "  ", &[('a', value)])?;
        made.bring_home(tag);
    }
    // The first year is not asked for: published, and nobody has said since when.
    let coded = made.0.first("100", 'a').unwrap_or_default();
    let coded = format!("{}c        {}", &coded[..8], &coded[17..]);
    made.set("100", 'a', &coded)?;
    Ok(made.0)
}

fn is_russian(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, 'а'..='я' | 'А'..='Я' | 'ё' | 'Ё'))
}

/// Автор, as the form asks for it: «Носов, Н. Н.» or «Носов, Николай Николаевич».
struct Author {
    family: String,
    given: String,
}

impl Author {
    fn typed(text: &str) -> Self {
        let (family, given) = text.split_once(',').unwrap_or((text, ""));
        Self {
            family: family.trim().to_owned(),
            given: given.trim().to_owned(),
        }
    }

    /// As a title page says it: «Н. Н. Носов».
    fn stated(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }

    /// Второй индикатор of 700 says whether the name stands under a surname.
    fn marks(&self) -> &'static str {
        if self.given.is_empty() { " 0" } else { " 1" }
    }

    /// The heading in 700.
    fn subfields(&self) -> [(char, String); 3] {
        let (initials, full) = self.parts();
        [('a', self.family.clone()), ('b', initials), ('g', full)]
    }

    /// Инициалы for 700 $b, and the names in full for $g where they were typed in full.
    fn parts(&self) -> (String, String) {
        let names: Vec<&str> = self.given.split_whitespace().collect();
        let whole = |name: &&str| name.chars().count() > 2 && name.chars().all(char::is_alphabetic);
        if names.is_empty() || !names.iter().all(whole) {
            return (self.given.clone(), String::new());
        }
        let initial = |name: &&str| name.chars().next().map(|first| format!("{first}."));
        let initials: Vec<String> = names.iter().filter_map(initial).collect();
        (initials.join(" "), self.given.clone())
    }
}

/// Код схемы ББК in 686 $2.
const BBK: &str = "rubbk";

/// «128» is «128 с.»; other words stay as typed.
fn extent(pages: String) -> String {
    let number = !pages.is_empty() && pages.bytes().all(|b| b.is_ascii_digit());
    if number {
        format!("{pages} с.")
    } else {
        pages
    }
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
