//! What a file is: the container by its first bytes.
//!
//! It names the container only; character set and dialect are told by the records themselves.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::BadShape;

/// Формат обмена: how records are carried in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// ISO 2709 (ГОСТ 7.14).
    Iso2709,
    /// MARCXML: slim or marcxchange.
    MarcXml,
    /// MARC-in-JSON, one record a line.
    MarcJson,
    /// Текст обмена ИРБИС.
    Irbis,
    /// Mnemonic text: MARCMaker and the text form of RUSMARC.
    Mrk,
    /// Таблица CSV: read only.
    Csv,
    /// Книга Excel: read only.
    Xlsx,
}

impl Format {
    /// Every carrier of whole records, read and written, in the order of the command line.
    pub const ALL: [Format; 5] = [
        Format::Iso2709,
        Format::MarcXml,
        Format::MarcJson,
        Format::Irbis,
        Format::Mrk,
    ];

    /// Tables, whose rows are made into records; nothing is written as one.
    pub const TABLES: [Format; 2] = [Format::Csv, Format::Xlsx];

    /// Whether it is a table.
    #[must_use]
    pub const fn is_table(self) -> bool {
        match self {
            Format::Csv | Format::Xlsx => true,
            Format::Iso2709 | Format::MarcXml | Format::MarcJson | Format::Irbis | Format::Mrk => {
                false
            }
        }
    }

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Iso2709 => "iso2709",
            Format::MarcXml => "marcxml",
            Format::MarcJson => "marcjson",
            Format::Irbis => "irbis",
            Format::Mrk => "mrk",
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }

    /// The container by the first bytes of a file; `None` when they look like none of ours.
    #[must_use]
    pub fn detect(start: &[u8]) -> Option<Format> {
        let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start);
        let blank = |b: &u8| b.is_ascii_whitespace() || matches!(b, 0 | 0x1A | 0x1D | 0x1E);
        let skipped = start.iter().take_while(|b| blank(b)).count();
        let start = &start[skipped..];
        let first_line = start.split(|b| *b == b'\n').next().unwrap_or_default();
        if looks_like_mnemonic(first_line) {
            return Some(Format::Mrk);
        }
        match start.first()? {
            b'<' => Some(Format::MarcXml),
            b'{' | b'[' => Some(Format::MarcJson),
            b'#' | b'*' => Some(Format::Irbis),
            _ if start.contains(&0x1E) || starts_with_digits(start, 5) => Some(Format::Iso2709),
            _ if looks_like_irbis(first_line) => Some(Format::Irbis),
            _ => None,
        }
    }
}

/// What other kind of file this is, and what to do with it; for files given by mistake.
#[must_use]
pub fn foreign(start: &[u8]) -> Option<&'static str> {
    let kinds: [(&[u8], &str); 11] = [
        (b"\x1F\x8B", "сжатый файл GZIP: распакуйте его"),
        (b"BZh", "сжатый файл BZIP2: распакуйте его"),
        (b"\xFD7zXZ", "сжатый файл XZ: распакуйте его"),
        (
            b"PK\x03\x04",
            "архив ZIP или документ: распакуйте архив, а таблицу сохраните как .xlsx или CSV",
        ),
        (b"Rar!", "архив RAR: распакуйте его"),
        (b"7z\xBC\xAF", "архив 7-Zip: распакуйте его"),
        (
            b"%PDF-",
            "документ PDF: записи выгрузите из своей программы",
        ),
        (
            b"\xD0\xCF\x11\xE0",
            "документ Word или старой программы Excel: таблицу сохраните как .xlsx или CSV",
        ),
        (b"\x89PNG", "рисунок: записи выгрузите из своей программы"),
        (
            b"\xFF\xD8\xFF",
            "рисунок: записи выгрузите из своей программы",
        ),
        (
            b"SQLite format",
            "база данных SQLite: записи выгрузите из своей программы",
        ),
    ];
    let wide = [&b"\xFF\xFE"[..], b"\xFE\xFF", b"<\0", b"\0<"];
    if wide.iter().any(|mark| start.starts_with(mark)) {
        return Some("текст в UTF-16: сохраните его в UTF-8");
    }
    let found = kinds.iter().find(|(mark, _)| start.starts_with(mark));
    found.map(|(_, words)| *words)
}

fn starts_with_digits(bytes: &[u8], count: usize) -> bool {
    bytes.len() >= count && bytes[..count].iter().all(u8::is_ascii_digit)
}

/// `=LDR  …`, `LDR …`, `000 …` or a field line `200 1#$a…`.
fn looks_like_mnemonic(line: &[u8]) -> bool {
    let is_tag = |tag: &[u8]| {
        tag.len() == 3
            && tag.iter().all(u8::is_ascii_alphanumeric)
            && tag.iter().any(u8::is_ascii_digit)
    };
    if line.first() == Some(&b'=') {
        return line.len() > 4 && (line[1..].starts_with(b"LDR") || is_tag(&line[1..4]));
    }
    if line.starts_with(b"LDR") || line.starts_with(b"marker:") || line.starts_with(b"000 ") {
        return true;
    }
    let no_delimiters = !line.contains(&0x1E) && !line.contains(&0x1F);
    no_delimiters && line.len() > 5 && is_tag(&line[..3]) && line[3] == b' '
}

/// `200: ^AТекст` without the mark `#` at the start: a damaged first line.
fn looks_like_irbis(line: &[u8]) -> bool {
    let digits = line.iter().take_while(|b| b.is_ascii_digit()).count();
    (1..=5).contains(&digits) && matches!(line.get(digits), Some(b':' | b' '))
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = BadShape;
    fn from_str(text: &str) -> Result<Self, BadShape> {
        Self::ALL
            .into_iter()
            .chain(Self::TABLES)
            .find(|format| format.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                BadShape(format!("Формата «{text}» нет: назовите один из {names}"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_is_known_by_its_first_bytes() {
        let cases: [(&[u8], Option<Format>); 13] = [
            (b"00755cam  22002414a 4500001", Some(Format::Iso2709)),
            (
                b"\r\n\x1A\x0000755cam  22002414a 4500",
                Some(Format::Iso2709),
            ),
            (b"     nam  22 4500001\x1e", Some(Format::Iso2709)),
            (b"\xEF\xBB\xBF<?xml version", Some(Format::MarcXml)),
            (b"\n<collection>", Some(Format::MarcXml)),
            (b"{\"leader\":", Some(Format::MarcJson)),
            (b" [ {\"leader\":", Some(Format::MarcJson)),
            (b"#920: PAZK\n", Some(Format::Irbis)),
            (b"920: PAZK\n", Some(Format::Irbis)),
            (b"=LDR  00755cam\n", Some(Format::Mrk)),
            (b"200 1#$aText\n", Some(Format::Mrk)),
            (b"", None),
            (b"hello", None),
        ];
        for (start, expected) in cases {
            assert_eq!(
                Format::detect(start),
                expected,
                "{}",
                String::from_utf8_lossy(start)
            );
        }
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
        }
        assert!("xls".parse::<Format>().is_err());
    }
}
