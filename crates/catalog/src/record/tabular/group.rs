//! Какие строки – одно издание, и что из них выходит: a record with copies, or rows to be put aside.
//!
//! Rows are one title when all that names an edition is the same in them; the same words make its identity.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use super::super::BiblioRecord;
use super::super::copies::CarriedCopy;
use super::columns::{self, Column, IDENTITY, Role};
use super::text::{self, Shape};
use super::{Piece, Row, Tabular, Taken, cell, copies_of, describe, holdings, line};
use crate::rule::{Finding, Rule};

/// The most rows of one record.
const ROWS: usize = 2000;
/// The most bytes of rows of one record.
const BYTES: usize = 512 * 1024;
/// The most bytes that the rows of one record may come to when they are written in it.
const WRITTEN: usize = 1 << 20;
/// Formula errors and the like that are named one by one in a row.
const NAMED: usize = 20;

/// Columns that are named one by one when nobody knows them.
const LISTED: usize = 40;

/// What is said of rows, a bounded number of findings for each.
#[derive(Default)]
struct Said {
    findings: Vec<Finding>,
    /// How many more there were, by rule.
    unlisted: BTreeMap<Rule, u64>,
}

impl Said {
    /// Adds what is said of one row.
    fn add(&mut self, mut row: Vec<Finding>, place: impl Fn() -> String) {
        let more = row.split_off(row.len().min(NAMED));
        self.findings.append(&mut row);
        let Some((first, rest)) = more.split_first() else {
            return;
        };
        let detail = format!("И ещё замечаний к этой строке: {}", more.len());
        self.findings
            .push(Finding::new(first.rule, place(), detail));
        for finding in rest {
            *self.unlisted.entry(finding.rule).or_default() += 1;
        }
    }
}

/// A title as its rows tell it.
#[derive(Debug)]
pub(crate) struct TableTitle {
    pub(crate) record: BiblioRecord,
    pub(crate) copies: Vec<CarriedCopy>,
    /// What it is known by on the next import.
    pub(crate) identity: String,
}

/// What is given out next.
#[derive(Debug)]
pub(crate) enum Part {
    /// Rows of one title, and which part of them it is when they are too many for a record.
    Title(Vec<u32>, usize),
    /// A row that is no record.
    Bad(u32, String),
    /// Bytes that are no table.
    Bytes(Range<usize>),
}

impl Tabular {
    /// Sorts the rows into titles, in the order of their first rows.
    pub(super) fn settle(&mut self) {
        for at in 0..self.sheets.len() {
            self.sheets[at].ragged |= self.is_ragged(at);
            self.tell_columns(at);
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut known: HashMap<[u8; 32], (usize, usize, usize)> = HashMap::new();
        for (at, row) in (0u32..).zip(&self.rows) {
            let (taken, width) = match self.take(row, &mut Said::default()) {
                Ok(taken) => taken,
                Err(why) => {
                    parts.push(Part::Bad(at, why));
                    continue;
                }
            };
            if repeats_header(&taken) {
                continue;
            }
            if let Some(why) = wrong(&taken, width) {
                parts.push(Part::Bad(at, why));
                continue;
            }
            let length = row.end - row.start;
            let length = length.max(written(&taken) / (WRITTEN / BYTES));
            if length > BYTES {
                let why = "Строка со всеми её экземплярами слишком велика для одной записи: разделите её на несколько";
                parts.push(Part::Bad(at, why.to_owned()));
                continue;
            }
            let entry = known.entry(identity(&taken)).or_insert((usize::MAX, 0, 0));
            match parts.get_mut(entry.0) {
                Some(Part::Title(rows, _)) if rows.len() < ROWS && entry.2 + length <= BYTES => {
                    rows.push(at);
                    entry.2 += length;
                }
                Some(_) => {
                    *entry = (parts.len(), entry.1 + 1, length);
                    parts.push(Part::Title(vec![at], entry.1));
                }
                None => {
                    *entry = (parts.len(), 0, length);
                    parts.push(Part::Title(vec![at], 0));
                }
            }
        }
        // What could not be looked at stands behind what could.
        let rest = std::mem::take(&mut self.left);
        self.left = parts.into_iter().chain(rest).collect();
    }

    /// Whether blank cells at the end of rows are usually left out.
    fn is_ragged(&self, sheet: usize) -> bool {
        let wide = self.sheets[sheet].columns.len();
        let rows = self
            .rows
            .iter()
            .filter(|row| usize::from(row.sheet) == sheet)
            .take(200);
        let (mut short, mut all) = (0, 0);
        for row in rows {
            let (text, _) = text::decode(&self.text[row.start..row.end], self.charset);
            let cells = text::cells(&text, self.sheets[sheet].delimiter, row.shape);
            short += usize::from(cells.len() < wide);
            all += 1;
        }
        short * 5 > all
    }

    /// Says which columns are not known and where their values go.
    fn tell_columns(&mut self, at: usize) {
        let sheet = &self.sheets[at];
        let of = |role: Option<Role>| -> Vec<&str> {
            let columns = sheet.columns.iter().filter(|c| c.role == role);
            columns.map(|c| c.name.as_str()).collect()
        };
        let place = sheet
            .name
            .as_ref()
            .map_or_else(String::new, |name| format!("лист «{name}»"));
        let mut said = Vec::new();
        let unknown = of(None);
        if !unknown.is_empty() {
            let more = match unknown.len().saturating_sub(LISTED) {
                0 => String::new(),
                more => format!(" и ещё {more}"),
            };
            said.push(format!(
                "Столбцы «{}»{more} не узнаны: их значения остались в примечании каталогизатора",
                unknown[..unknown.len().min(LISTED)].join("», «")
            ));
        }
        for name in of(Some(Role::Ordinal)) {
            said.push(format!("Столбец «{name}» – номер строки: он не взят"));
        }
        if !sheet.has_copies() {
            said.push(
                "Столбца с инвентарными номерами или с количеством нет: взяты описания без экземпляров".to_owned(),
            );
        }
        let said = said
            .into_iter()
            .map(|detail| Finding::new(Rule::TableColumn, &place, detail));
        self.about.extend(said.collect::<Vec<_>>());
    }

    /// The cells of a row and how many there were; why not, when it cannot be looked at.
    fn take(&self, row: &Row, said: &mut Said) -> Result<(Taken<'_>, usize), String> {
        let sheet = &self.sheets[usize::from(row.sheet)];
        let mut findings = Vec::new();
        if row.shape == Shape::TooLong || row.end - row.start > text::MAX_ROW {
            return Err(format!(
                "Строка длиннее {} байт: проверьте кавычки и переводы строк",
                text::MAX_ROW
            ));
        }
        let (text, lost) = text::decode(&self.text[row.start..row.end], self.charset);
        let cells = text::cells(&text, sheet.delimiter, row.shape);
        let place = || line(sheet, row.number);
        if lost > 0 {
            let detail = format!("{lost} знаков не читаются в кодировке {}", self.charset);
            findings.push(Finding::new(Rule::RecordText, place(), detail));
        }
        if row.shape == Shape::Torn {
            let detail = "Кавычка открыта и не закрыта: строка прочитана как есть, кавычки остались в тексте";
            findings.push(Finding::new(Rule::TableMended, place(), detail));
        }
        let filled = cells.iter().rposition(|c| !c.trim().is_empty());
        // Blank cells behind the last column are nothing; cells that are not there are missing.
        let width = cells.len().min(sheet.columns.len());
        let width = width.max(filled.map_or(0, |at| at + 1));
        let mut taken = Taken {
            sheet,
            number: row.number,
            cells: Vec::new(),
        };
        for (at, written) in cells.iter().enumerate() {
            if written.len() > cell::MAX_CELL {
                return Err(format!(
                    "В клетке {} больше {} байт: проверьте кавычки",
                    at + 1,
                    cell::MAX_CELL
                ));
            }
            let (value, dirty) = cell::clean(written);
            if dirty {
                let detail = format!("В клетке «{value}» стояли управляющие знаки: они убраны");
                findings.push(Finding::new(
                    Rule::ControlCharacters,
                    taken.place(at),
                    detail,
                ));
            }
            if columns::is_error(&value) {
                let detail = format!(
                    "Формула показала ошибку «{value}»: значения нет, впишите его в записи"
                );
                findings.push(Finding::new(Rule::TableCell, taken.place(at), detail));
            } else if !value.is_empty() {
                taken.cells.push((at, value));
            }
        }
        self.spread(row, &mut taken, &mut findings);
        said.add(findings, place);
        Ok((taken, width))
    }

    /// A merged cell says the same of all its rows; a number of copies in it is counted once.
    fn spread(&self, row: &Row, taken: &mut Taken<'_>, findings: &mut Vec<Finding>) {
        for at in row.spread.iter().map(|at| usize::from(*at)) {
            let once = [Some(Role::Count), Some(Role::Number), Some(Role::Barcode)];
            let role = taken.sheet.columns.get(at).and_then(|column| column.role);
            let detail = if once.contains(&role) {
                taken.cells.retain(|(column, _)| *column != at);
                "Клетка объединена с верхней: значение взято только для верхней строки"
            } else {
                "Клетка объединена с верхней: взято то же значение"
            };
            findings.push(Finding::new(Rule::TableMended, taken.place(at), detail));
        }
    }

    /// The next title or row.
    pub(crate) fn next(&mut self) -> Option<Piece> {
        let part = self.left.pop_front()?;
        let mut piece = match part {
            Part::Bytes(range) => Piece {
                offset: range.start as u64,
                source: self.text[range].to_vec(),
                title: None,
                findings: Vec::new(),
                unlisted: BTreeMap::new(),
                rows: 0,
            },
            Part::Bad(at, why) => {
                let row = &self.rows[at as usize];
                let place = line(&self.sheets[usize::from(row.sheet)], row.number);
                Piece {
                    offset: row.start as u64,
                    source: self.source(&[at]),
                    title: None,
                    findings: vec![Finding::new(Rule::TableRow, place, why)],
                    unlisted: BTreeMap::new(),
                    rows: 1,
                }
            }
            Part::Title(rows, nth) => self.title(&rows, nth),
        };
        piece.findings.splice(0..0, std::mem::take(&mut self.about));
        Some(piece)
    }

    /// The header and these rows, as they stand in the file.
    fn source(&self, rows: &[u32]) -> Vec<u8> {
        let mut source = Vec::new();
        let mut sheet = None;
        for row in rows.iter().map(|at| &self.rows[*at as usize]) {
            if sheet != Some(row.sheet) {
                sheet = Some(row.sheet);
                let header = self.sheets[usize::from(row.sheet)].header.clone();
                source.extend_from_slice(&self.text[header]);
            }
            source.extend_from_slice(&self.text[row.start..row.end]);
            if !source.ends_with(b"\n") {
                source.push(b'\n');
            }
        }
        source
    }

    fn title(&self, rows: &[u32], nth: usize) -> Piece {
        let mut said = Said::default();
        let taken: Vec<Taken<'_>> = rows
            .iter()
            .filter_map(|at| self.take(&self.rows[*at as usize], &mut said).ok())
            .map(|(taken, _)| taken)
            .collect();
        let identity = taken.first().map(identity).unwrap_or_default();
        let part = if nth == 0 {
            String::new()
        } else {
            format!("/{}", nth + 1)
        };
        let identity = format!(
            "table:{}{part}",
            blake3::Hash::from_bytes(identity).to_hex()
        );
        let priced = !taken.iter().any(|row| row.sheet.has_copies());
        let (mut draft, leader) = describe::describe(&taken, priced);
        let shared = shared(&taken);
        let mut copies = Vec::new();
        for (at, row) in taken.iter().enumerate() {
            let carried = match row.sheet.has_copies() {
                true => holdings::take(row, &mut draft),
                false => Vec::new(),
            };
            let told = Told {
                shared: &shared,
                first: at == 0,
                bare: carried.is_empty(),
                priced,
            };
            rest(row, &told, &mut draft);
            copies.extend(carried);
        }
        if nth > 0 {
            let detail = "Строк этого издания слишком много для одной записи: остальные стоят во второй такой же";
            draft.say(
                Rule::TableMended,
                &line(taken[0].sheet, taken[0].number),
                detail.to_owned(),
            );
        }
        let (record, told) = draft.finish(leader);
        said.findings.extend(told);
        Piece {
            offset: rows
                .first()
                .map_or(0, |at| self.rows[*at as usize].start as u64),
            source: self.source(rows),
            title: Some(TableTitle {
                record,
                copies: copies_of(copies),
                identity,
            }),
            findings: said.findings,
            unlisted: said.unlisted,
            rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        }
    }
}

/// The cells that all rows have, by column and text.
fn shared<'a>(rows: &'a [Taken<'_>]) -> HashSet<(usize, &'a str)> {
    let mut shared = HashSet::new();
    for (n, row) in rows.iter().enumerate() {
        let cells = row.cells.iter().map(|(at, text)| (*at, text.as_str()));
        shared = match n {
            0 => cells.collect(),
            _ => cells.filter(|cell| shared.contains(cell)).collect(),
        };
    }
    shared
}

/// What is known of a row when its rest is told.
struct Told<'a> {
    shared: &'a HashSet<(usize, &'a str)>,
    /// It is the first of its title.
    first: bool,
    /// It has brought no copies.
    bare: bool,
    /// The price stands in the description.
    priced: bool,
}

/// What of a row no field has taken goes to the note, under the name of its column.
fn rest(row: &Taken<'_>, told: &Told<'_>, draft: &mut describe::Draft<'_>) {
    let name = |at: usize| match row.sheet.columns.get(at) {
        Some(Column { name, .. }) => name.clone(),
        None => format!("столбец {}", at + 1),
    };
    let mut own = Vec::new();
    for (at, text) in &row.cells {
        let role = row.sheet.columns.get(*at).and_then(|column| column.role);
        let copy = role.is_some_and(|role| role >= Role::Number && role != Role::Ordinal);
        let priced = told.priced && role == Some(Role::Price);
        if role.is_some() && !(copy && told.bare) || priced {
            continue;
        }
        let words = format!("{}: {text}", name(*at));
        if !told.shared.contains(&(*at, text.as_str())) {
            own.push(words);
        } else if told.first {
            draft.note(&words);
        }
    }
    if !own.is_empty() {
        let words = own.join("; ");
        match row.get(Role::Number) {
            Some(number) => draft.note(&format!("Инв. № {number}: {words}")),
            None => draft.note(&words),
        }
    }
}

/// How many bytes a row comes to in a record, roughly: each value under the name of its column.
fn written(row: &Taken<'_>) -> usize {
    let told = |(at, text): &(usize, String)| {
        let name = row.sheet.columns.get(*at).map_or(0, |c| c.name.len());
        text.len() + name + 32
    };
    row.cells.iter().map(told).sum::<usize>() + holdings::size(row)
}

fn repeats_header(row: &Taken<'_>) -> bool {
    let mut cells = row.cells.iter();
    let named = |(at, text): &(usize, String)| {
        row.sheet
            .columns
            .get(*at)
            .is_some_and(|column| column.name == *text)
    };
    row.cells.len() > 1 && cells.all(named)
}

/// Why a row is no record.
fn wrong(row: &Taken<'_>, width: usize) -> Option<String> {
    let expected = row.sheet.columns.len();
    let title = row.get(Role::Title);
    let first = row
        .cells
        .first()
        .map(|(_, text)| text.as_str())
        .unwrap_or_default();
    if columns::is_total(first) && row.cells.len() < 5 && row.get(Role::Number).is_none() {
        return Some(format!("«{first}» – строка итога, а не книга: отложена"));
    }
    if width > expected {
        return Some(format!(
            "Клеток {width}, а столбцов {expected}: похоже, текст с разделителем стоит без кавычек; отложена"
        ));
    }
    if width < expected && !row.sheet.ragged {
        return Some(format!(
            "Клеток {width}, а столбцов {expected}: похоже, строка разорвана; отложена, исправьте её в файле"
        ));
    }
    match title {
        Some(title) if title.chars().any(char::is_alphanumeric) => None,
        Some(title) => Some(format!(
            "Заглавие «{title}» – не текст: отложена, впишите заглавие"
        )),
        None => Some("Заглавия нет: отложена, впишите его и загрузите строку снова".to_owned()),
    }
}

/// The words by which two rows are one title, as a digest.
fn identity(row: &Taken<'_>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for role in IDENTITY {
        let text = row.get(role).unwrap_or_default().to_lowercase();
        hasher.update(text.as_bytes()).update(&[0x1F]);
    }
    hasher.finalize().into()
}
