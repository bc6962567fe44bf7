//! Таблицы (CSV, Excel) как записи: rows of one title become one record with its copies.
//!
//! A table is held whole, since rows of one title may stand apart; its size is bounded. Nothing is saved
//! here. What a row says is told by the rooms below; which record it is on the next import, by its identity.

mod cell;
mod columns;
mod describe;
mod group;
mod holdings;
mod leaving;
mod name;
#[cfg(test)]
mod tests;
mod text;
mod workbook;

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::charset::Charset;
use super::copies::CarriedCopy;
use super::detect::Format;
use crate::rule::{Finding, Rule};

use columns::{Column, Role};
use text::{Patience, Shape};

pub(crate) use group::TableTitle;

/// The largest table file, in bytes.
pub(crate) const MAX_TABLE: usize = 64 << 20;
/// The most rows of a text table.
const ROWS: usize = 1 << 20;
/// How many bytes above a header are told of.
const ABOVE: usize = 4096;
/// How many bytes of a table that cannot be read are put aside at once.
const PIECE: usize = 1 << 20;

/// A table being given out title by title.
#[derive(Debug)]
pub(crate) struct Tabular {
    pub(crate) format: Format,
    pub(crate) charset: Charset,
    text: Vec<u8>,
    sheets: Vec<Sheet>,
    rows: Vec<Row>,
    left: VecDeque<group::Part>,
    /// What is to be said of the file; goes with its first piece.
    about: Vec<Finding>,
}

/// What a table gives out: rows of one title, or rows that are none.
pub(crate) struct Piece {
    pub(crate) offset: u64,
    /// The header and the rows.
    pub(crate) source: Vec<u8>,
    pub(crate) title: Option<TableTitle>,
    pub(crate) findings: Vec<Finding>,
    /// Findings that are not listed, by rule.
    pub(crate) unlisted: BTreeMap<Rule, u64>,
    /// How many rows it is; none for bytes that are no table.
    pub(crate) rows: u32,
}

/// A sheet with a header that is understood.
#[derive(Debug)]
struct Sheet {
    /// Its name, when the file has several.
    name: Option<String>,
    columns: Vec<Column>,
    /// Where the header row stands in the text.
    header: Range<usize>,
    delimiter: u8,
    /// Short rows are usual in it: blank cells at the end are left out.
    ragged: bool,
}

/// A row below the header.
#[derive(Debug)]
struct Row {
    sheet: u16,
    number: u32,
    start: usize,
    end: usize,
    shape: Shape,
    spread: Box<[u16]>,
}

/// A row with the text of its cells.
struct Taken<'a> {
    sheet: &'a Sheet,
    number: u32,
    /// Column and text of every cell that says something.
    cells: Vec<(usize, String)>,
}

impl Sheet {
    fn holds(&self, role: Role) -> bool {
        self.columns.iter().any(|column| column.role == Some(role))
    }

    /// Whether its rows tell of copies, not of titles only.
    fn has_copies(&self) -> bool {
        [Role::Number, Role::Count, Role::Barcode]
            .iter()
            .any(|role| self.holds(*role))
    }
}

impl Taken<'_> {
    fn find(&self, role: Role) -> Option<(usize, &str)> {
        let at = self
            .sheet
            .columns
            .iter()
            .position(|c| c.role == Some(role))?;
        let (_, text) = self.cells.iter().find(|(column, _)| *column == at)?;
        Some((at, text))
    }

    fn get(&self, role: Role) -> Option<&str> {
        self.find(role).map(|(_, text)| text)
    }

    /// «строка 12», with the sheet where there are several.
    fn line(&self) -> String {
        line(self.sheet, self.number)
    }

    fn place(&self, column: usize) -> String {
        let name = self
            .sheet
            .columns
            .get(column)
            .map_or("", |c| c.name.as_str());
        format!("{}, «{name}»", self.line())
    }

    fn place_of(&self, role: Role) -> String {
        self.find(role)
            .map_or_else(|| self.line(), |(at, _)| self.place(at))
    }

    fn name_of(&self, role: Role) -> &str {
        let column = self.sheet.columns.iter().find(|c| c.role == Some(role));
        column.map_or("", |column| column.name.as_str())
    }
}

fn line(sheet: &Sheet, number: u32) -> String {
    match &sheet.name {
        Some(name) => format!("лист «{name}», строка {number}"),
        None => format!("строка {number}"),
    }
}

/// The kind of table that the beginning of a file is.
pub(crate) fn detect(start: &[u8]) -> Option<Format> {
    if workbook::is_book(start) {
        return Some(Format::Xlsx);
    }
    text::is_table(start).then_some(Format::Csv)
}

impl Tabular {
    /// Reads a whole file. A file that is no table is given out in pieces that are no records.
    pub(crate) fn open(bytes: Vec<u8>, named: Option<Charset>) -> Self {
        if bytes.starts_with(b"PK\x03\x04") {
            return match workbook::read(&bytes) {
                Ok(book) => Self::of_book(book, &bytes),
                Err(why) => Self::refused(
                    bytes,
                    Format::Xlsx,
                    format!("Книга Excel не читается: {why}"),
                ),
            };
        }
        let charset = text::charset(&bytes, named);
        let Some(header) = text::header(&bytes, charset) else {
            let detail = format!(
                "Строка заголовков не узнана: нужна строка не длиннее {} КБ со столбцом «Название» или «Заглавие»; в начале файла стоит «{}»",
                text::MAX_HEADER >> 10,
                text::first_words(&bytes, charset)
            );
            return Self::refused(bytes, Format::Csv, detail);
        };
        let mut table = Self::empty(bytes, Format::Csv, charset);
        table.add_text(header);
        table.settle();
        table
    }

    fn empty(text: Vec<u8>, format: Format, charset: Charset) -> Self {
        Self {
            format,
            charset,
            text,
            sheets: Vec::new(),
            rows: Vec::new(),
            left: VecDeque::new(),
            about: Vec::new(),
        }
    }

    fn refused(bytes: Vec<u8>, format: Format, detail: String) -> Self {
        let mut table = Self::empty(bytes, format, Charset::Unknown);
        table
            .about
            .push(Finding::new(Rule::TableHeader, "", detail));
        let length = table.text.len();
        let pieces = (0..length)
            .step_by(PIECE)
            .map(|at| at..length.min(at + PIECE));
        table.left = pieces.map(group::Part::Bytes).collect();
        table
    }

    fn add_text(&mut self, header: text::Header) {
        let columns = header.columns;
        let sheet = Sheet {
            name: None,
            header: header.line.start..header.line.end,
            delimiter: header.delimiter,
            ragged: false,
            columns,
        };
        self.tell_above(header.line.start, header.line.number);
        let mut patience = Patience::default();
        let mut next = text::line(
            &self.text,
            header.line.end,
            header.line.number + 1,
            sheet.delimiter,
            &mut patience,
        );
        while let Some(line) = next {
            let line = self.mended(line, &sheet, &mut patience);
            self.add_row(line, sheet.delimiter);
            let tail = text::tail(&self.text, line).filter(|_| line.shape == Shape::TooLong);
            let number = line.number.saturating_add(1);
            let mut after =
                || text::line(&self.text, line.end, number, sheet.delimiter, &mut patience);
            next = tail.or_else(&mut after);
            if self.rows.len() >= ROWS && next.is_some() {
                self.leave_rest(line.end);
                break;
            }
        }
        self.sheets.push(sheet);
    }

    /// Takes a row, unless it is blank.
    fn add_row(&mut self, line: text::Line, delimiter: u8) {
        let blank = |b: &u8| b.is_ascii_whitespace() || *b == delimiter || matches!(b, 0 | 0x1A);
        if !self.text[line.start..line.end].iter().all(blank) {
            self.rows.push(Row {
                sheet: 0,
                number: line.number,
                start: line.start,
                end: line.end,
                shape: line.shape,
                spread: Box::default(),
            });
        }
    }

    /// Puts aside what stands behind the last row that is looked at.
    fn leave_rest(&mut self, start: usize) {
        let detail = format!(
            "Строк больше {ROWS}: остальное, с байта {start}, не прочитано; разделите файл"
        );
        self.about.push(Finding::new(Rule::TableRow, "", detail));
        let end = self.text.len();
        let rest = (start..end).step_by(PIECE);
        let part = |at: usize| group::Part::Bytes(at..end.min(at + PIECE));
        self.left = rest.map(part).collect();
    }

    /// A quote that opens a cell and is closed rows later has joined rows that are whole by themselves.
    fn mended(&self, line: text::Line, sheet: &Sheet, patience: &mut Patience) -> text::Line {
        if line.shape != Shape::Sound {
            return line;
        }
        let wide = |line: &text::Line| {
            let (text, _) = text::decode(&self.text[line.start..line.end], self.charset);
            text::cells(&text, sheet.delimiter, line.shape).len()
        };
        let whole = |line: &text::Line| wide(line) == sheet.columns.len();
        match text::first_line(&self.text, line).filter(whole) {
            Some(first) if !whole(&line) => {
                patience.vain(line.end - first.end);
                first
            }
            Some(_) | None => line,
        }
    }

    /// Names what stands above the header: it belongs to no record.
    fn tell_above(&mut self, end: usize, number: u32) {
        let (text, _) = text::decode(&self.text[..end.min(ABOVE)], self.charset);
        let words: Vec<&str> = text
            .split(['\n', '\r', ';', '\t', '\u{feff}'])
            .map(str::trim)
            .collect();
        let words: Vec<&str> = words
            .into_iter()
            .filter(|w| !w.is_empty() && !w.starts_with("sep="))
            .collect();
        if !words.is_empty() {
            let shown: String = words.join(" / ").chars().take(300).collect();
            let detail = format!("Над строкой заголовков ({number}) стоит «{shown}»: это не взято");
            self.about.push(Finding::new(Rule::TableColumn, "", detail));
        }
    }

    fn of_book(book: workbook::Book, bytes: &[u8]) -> Self {
        let mut table = Self::empty(book.text, Format::Xlsx, Charset::Utf8);
        if book.macros {
            let detail = "В книге есть макросы: они не читаются и не выполняются";
            table
                .about
                .push(Finding::new(Rule::TableColumn, "", detail));
        }
        let several = book
            .sheets
            .iter()
            .filter(|(_, rows)| !rows.is_empty())
            .count()
            > 1;
        for (name, rows) in book.sheets {
            table.add_sheet(name, rows, several);
        }
        if table.sheets.is_empty() {
            let detail = "Ни на одном листе нет строки заголовков со столбцом «Название» или «Заглавие»: подпишите столбцы";
            return Self::refused(bytes.to_vec(), Format::Xlsx, detail.to_owned());
        }
        table.settle();
        table
    }

    fn add_sheet(&mut self, name: String, rows: Vec<workbook::BookRow>, several: bool) {
        let cells = |row: &workbook::BookRow| {
            if row.end - row.start > text::MAX_HEADER {
                return Vec::new();
            }
            let text = String::from_utf8_lossy(&self.text[row.start..row.end]);
            text::cells(&text, workbook::DELIMITER, Shape::Sound)
        };
        let header =
            (0..rows.len().min(40)).max_by_key(|at| (columns::known(&cells(&rows[*at])), 40 - at));
        let header = header.filter(|at| columns::known(&cells(&rows[*at])) > 0);
        let Some(at) = header else {
            if !rows.is_empty() {
                let detail =
                    format!("Лист «{name}» не взят: на нём нет столбца «Название» или «Заглавие»");
                self.about.push(Finding::new(Rule::TableColumn, "", detail));
            }
            return;
        };
        let columns = columns::columns(&cells(&rows[at]));
        let sheet = u16::try_from(self.sheets.len()).unwrap_or(u16::MAX);
        if let (Some(first), true) = (rows.first(), at > 0) {
            let end = rows[at].start.min(first.start + ABOVE);
            let above = &self.text[first.start..end];
            let words = String::from_utf8_lossy(above).replace([';', '"', '\n'], " ");
            let words: Vec<&str> = words.split_whitespace().collect();
            let shown: String = words.join(" ").chars().take(300).collect();
            let detail = format!(
                "Над строкой заголовков ({}) стоит «{shown}»: это не взято",
                rows[at].number
            );
            self.about.push(Finding::new(Rule::TableColumn, "", detail));
        }
        self.sheets.push(Sheet {
            name: several.then_some(name),
            columns,
            header: rows[at].start..rows[at].end,
            delimiter: workbook::DELIMITER,
            ragged: true,
        });
        self.rows
            .extend(rows.into_iter().skip(at + 1).map(|row| Row {
                sheet,
                number: row.number,
                start: row.start,
                end: row.end,
                shape: Shape::Sound,
                spread: row.spread,
            }));
    }
}

/// The copies of a title, each number once.
fn copies_of(mut copies: Vec<CarriedCopy>) -> Vec<CarriedCopy> {
    super::copies::unrepeated(&mut copies);
    copies
}
