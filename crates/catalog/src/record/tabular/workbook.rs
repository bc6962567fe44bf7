//! Книга Excel as rows of text: what each sheet shows, laid out as CSV.
//!
//! The one host of `calamine` and `zip`. The archive is measured before it is believed, cells come one by
//! one, and nothing is taken from formulas but what they last showed.

#[cfg(test)]
pub(super) mod sample;

use std::collections::HashMap;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx, XlsxError};
use zip::ZipArchive;

use super::cell::MAX_CELL;

/// The most that all parts of a workbook may come to when unpacked, in bytes.
const UNPACKED: u64 = 512 << 20;
/// The most parts that it may have; pictures are parts too.
const PARTS: usize = 10_000;
/// The most that its table of texts may come to.
const TEXTS: u64 = 96 << 20;
/// The most that its sheets may come to as text.
const LAID_OUT: usize = 128 << 20;
/// The most columns that are looked at.
const COLUMNS: u32 = 1024;
/// The most rows of all sheets.
const ROWS: usize = 1 << 20;
/// What is said of a workbook that would be more.
const TOO_MUCH: &str = "в книге слишком много строк: разделите её на части";
/// What divides cells in the text.
pub(super) const DELIMITER: u8 = b';';

/// A workbook laid out as text.
#[derive(Default)]
pub(super) struct Book {
    pub(super) text: Vec<u8>,
    pub(super) sheets: Vec<(String, Vec<BookRow>)>,
    /// It holds macros, which nobody reads.
    pub(super) macros: bool,
}

/// A row of a sheet.
pub(super) struct BookRow {
    pub(super) number: u32,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Columns that share a merged cell with the row above.
    pub(super) spread: Box<[u16]>,
}

/// Whether the beginning of a file is that of a workbook.
pub(super) fn is_book(start: &[u8]) -> bool {
    let holds = |name: &[u8]| start.windows(name.len()).any(|w| w == name);
    start.starts_with(b"PK\x03\x04")
        && (holds(b"xl/") || holds(b"[Content_Types].xml") && !holds(b"word/"))
}

/// Reads a workbook; the reason in words when it cannot be.
pub(super) fn read(bytes: &[u8]) -> Result<Book, String> {
    let macros = measured(bytes)?;
    // A foreign reader meets foreign bytes here: its panic must stay a reason, not an end.
    let read = catch_unwind(AssertUnwindSafe(|| sheets(bytes)));
    let mut book = match read {
        Ok(Ok(book)) => book,
        Ok(Err(why)) => return Err(why),
        Err(_) => return Err("файл повреждён".to_owned()),
    };
    book.macros = macros;
    Ok(book)
}

/// Unpacks every part to nowhere, so that a small file cannot become an endless one.
fn measured(bytes: &[u8]) -> Result<bool, String> {
    let broken = |_| "архив повреждён".to_owned();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    if archive.len() > PARTS {
        return Err("в книге слишком много частей: разделите её или уберите картинки".to_owned());
    }
    let (mut left, mut macros) = (UNPACKED, false);
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(broken)?;
        let name = part.name().map_err(broken)?.into_owned();
        let texts = name.to_lowercase().ends_with("sharedstrings.xml");
        macros |= name.ends_with("vbaProject.bin");
        let limit = if texts { left.min(TEXTS) } else { left };
        let broken = |_| "архив повреждён".to_owned();
        let length = io::copy(&mut (&mut part).take(limit + 1), &mut io::sink()).map_err(broken)?;
        if length > limit {
            return Err("распакованная книга слишком велика: разделите её на части".to_owned());
        }
        left -= length;
    }
    Ok(macros)
}

fn sheets(bytes: &[u8]) -> Result<Book, String> {
    let mut book = Book::default();
    let mut file: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(why)?;
    for name in file.sheet_names() {
        let merged = file.merge_cells_by_sheet_name(&name).unwrap_or_default();
        let mut spans = HashMap::new();
        for span in merged.iter().filter(|span| span.end.0 > span.start.0) {
            spans.insert(span.start, span.end.0);
        }
        let mut sheet = Sheet {
            spans,
            ..Sheet::default()
        };
        let mut cells = match file.worksheet_cells_reader(&name) {
            Ok(cells) => cells,
            // A sheet of charts has no cells.
            Err(XlsxError::NotAWorksheet(_)) => continue,
            Err(error) => return Err(why(error)),
        };
        let mut at = None;
        while let Some(cell) = cells.next_cell().map_err(why)? {
            let (y, x) = cell.get_position();
            if at.is_some_and(|at| at != y) {
                sheet.lay(at.unwrap_or(0), &mut book)?;
            }
            at = Some(y);
            let value = cell.get_value();
            if text_of(value).is_some_and(|text| text.len() > MAX_CELL) {
                return Err(format!(
                    "на листе «{name}» в строке {} есть клетка длиннее {} КБ: сократите её",
                    y.saturating_add(1),
                    MAX_CELL >> 10
                ));
            }
            let text = shown(value);
            if x < COLUMNS && !text.is_empty() {
                sheet.put(x as usize, &text, LAID_OUT.saturating_sub(book.text.len()))?;
            } else if !text.is_empty() {
                return Err(format!(
                    "на листе «{name}» больше {COLUMNS} столбцов: удалите лишние"
                ));
            }
        }
        if let Some(at) = at {
            sheet.lay(at, &mut book)?;
        }
        book.sheets.push((name, sheet.rows));
    }
    Ok(book)
}

/// A sheet being read.
#[derive(Default)]
struct Sheet {
    rows: Vec<BookRow>,
    /// The row that is being read, and how many bytes its cells are.
    row: Vec<String>,
    size: usize,
    /// Merged cells of several rows: where each begins, and its last row.
    spans: HashMap<(u32, u32), u32>,
    /// Column → the last row and the value of the merged cell that stands open in it.
    held: HashMap<u32, (u32, String)>,
}

impl Sheet {
    /// Puts a text into the row, as long as there is room: one text may stand in a thousand cells.
    fn put(&mut self, x: usize, text: &str, room: usize) -> Result<(), String> {
        self.size += text.len();
        if self.size > room {
            return Err(TOO_MUCH.to_owned());
        }
        self.row.resize_with(self.row.len().max(x + 1), String::new);
        text.clone_into(&mut self.row[x]);
        Ok(())
    }

    /// Writes the row as CSV, with the merged cells that reach into it.
    fn lay(&mut self, y: u32, book: &mut Book) -> Result<(), String> {
        let mut spread = Vec::new();
        let mut held = std::mem::take(&mut self.held);
        held.retain(|_, (last, _)| *last >= y);
        for (x, (_, value)) in &held {
            let x = *x as usize;
            if self.row.get(x).is_none_or(String::is_empty) {
                self.put(x, value, LAID_OUT.saturating_sub(book.text.len()))?;
                spread.extend(u16::try_from(x));
            }
        }
        self.held = held;
        self.size = 0;
        let row = std::mem::take(&mut self.row);
        for (x, value) in (0u32..).zip(&row) {
            if let Some(last) = self.spans.get(&(y, x)).filter(|_| !value.is_empty()) {
                self.held.insert(x, (*last, value.clone()));
            }
        }
        if row.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        let start = book.text.len();
        let mut writer = csv::WriterBuilder::new()
            .delimiter(DELIMITER)
            .flexible(true)
            .from_writer(&mut book.text);
        let written = writer.write_record(&row).is_ok() && writer.flush().is_ok();
        drop(writer);
        let total: usize = book.sheets.iter().map(|(_, rows)| rows.len()).sum();
        if !written || book.text.len() > LAID_OUT || total + self.rows.len() >= ROWS {
            return Err(TOO_MUCH.to_owned());
        }
        self.rows.push(BookRow {
            number: y.saturating_add(1),
            start,
            end: book.text.len(),
            spread: spread.into(),
        });
        Ok(())
    }
}

/// The text that a cell holds as such.
fn text_of<'a>(value: &'a DataRef<'_>) -> Option<&'a str> {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            Some(text)
        }
        DataRef::SharedString(text) => Some(text),
        DataRef::Int(_)
        | DataRef::Float(_)
        | DataRef::Bool(_)
        | DataRef::DateTime(_)
        | DataRef::Error(_)
        | DataRef::Empty => None,
    }
}

/// What a cell shows, as a librarian would type it.
fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => {
            // A table program shows fifteen digits; the rest is noise of its arithmetic.
            let shown = format!("{number:.14e}").parse::<f64>().unwrap_or(*number);
            shown.to_string()
        }
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "да".to_owned(),
        DataRef::Bool(false) => "нет".to_owned(),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, _, _) = moment.to_ymd_hms_milli();
            match (hour, minute) {
                (0, 0) => format!("{day:02}.{month:02}.{year}"),
                _ => format!("{day:02}.{month:02}.{year} {hour}:{minute:02}"),
            }
        }
        DataRef::DateTime(length) => length.as_f64().to_string(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// Why a workbook cannot be read, in a librarian's words.
fn why(error: XlsxError) -> String {
    let text = error.to_string();
    match text.to_lowercase().contains("password") {
        true => "книга закрыта паролем: снимите пароль".to_owned(),
        false => "файл повреждён".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_no_more_than_there_is_room_however_often_a_text_stands_in_it() {
        let (mut sheet, text) = (Sheet::default(), "х".repeat(500));
        let put = (0..1024).map(|x| sheet.put(x, &text, 10_000).is_ok());
        assert_eq!(put.take_while(|ok| *ok).count(), 10);
        let held: usize = sheet.row.iter().map(String::len).sum();
        assert_eq!(held, 10_000);
    }

    #[test]
    fn a_merged_cell_takes_no_more_than_there_is_room_either() {
        let (mut sheet, mut book) = (Sheet::default(), Book::default());
        book.text = vec![b' '; LAID_OUT - 2000];
        let text = "х".repeat(500);
        sheet.held = (1..9).map(|x| (x, (9, text.clone()))).collect();
        assert_eq!(sheet.put(0, "Степь", 2000), Ok(()));
        assert_eq!(sheet.lay(3, &mut book), Err(TOO_MUCH.to_owned()));
        assert_eq!(book.text.len(), LAID_OUT - 2000);
    }
}
