//! Workbooks for tests, made part by part: what no table program would write can be written too.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A cell as it stands in the sheet: `t` of the cell and its value.
pub(in super::super) type CellOf<'a> = (&'a str, &'a str);

/// A text cell.
pub(in super::super) fn text(value: &str) -> CellOf<'_> {
    ("str", value)
}

/// A number as a table program stores it.
pub(in super::super) fn number(value: &str) -> CellOf<'_> {
    ("n", value)
}

/// The rows of a sheet, from row 1 and column A; blank texts make no cells.
pub(in super::super) fn rows(rows: &[&[CellOf<'_>]], merged: &[&str]) -> String {
    let mut xml = String::from(
        "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>",
    );
    for (y, row) in rows.iter().enumerate() {
        write!(xml, "<row r=\"{}\">", y + 1).unwrap();
        for (x, (kind, value)) in row.iter().enumerate() {
            let column = char::from(b'A' + u8::try_from(x).unwrap());
            if !value.is_empty() {
                write!(
                    xml,
                    "<c r=\"{column}{}\" t=\"{kind}\"><v>{value}</v></c>",
                    y + 1
                )
                .unwrap();
            }
        }
        xml.push_str("</row>");
    }
    xml.push_str("</sheetData>");
    if !merged.is_empty() {
        xml.push_str("<mergeCells>");
        for span in merged {
            write!(xml, "<mergeCell ref=\"{span}\"/>").unwrap();
        }
        xml.push_str("</mergeCells>");
    }
    xml.push_str("</worksheet>");
    xml
}

/// A workbook of named sheets, with more parts beside them.
pub(in super::super) fn book(sheets: &[(&str, String)], more: &[(&str, &[u8])]) -> Vec<u8> {
    let mut related = String::new();
    for n in 1..=sheets.len() {
        write!(
            related,
            "<Relationship Id=\"rId{n}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
        )
        .unwrap();
    }
    book_of(sheets, &related, more)
}

/// The same with relations of its own, the sheets among them.
pub(in super::super) fn book_of(
    sheets: &[(&str, String)],
    related: &str,
    more: &[(&str, &[u8])],
) -> Vec<u8> {
    let mut listed = String::new();
    for (n, (name, _)) in sheets.iter().enumerate() {
        let n = n + 1;
        write!(
            listed,
            "<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>"
        )
        .unwrap();
    }
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let mut parts: Vec<(String, Vec<u8>)> = vec![
        ("[Content_Types].xml".into(), b"<Types/>".to_vec()),
        (
            "_rels/.rels".into(),
            format!("<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>").into(),
        ),
        (
            "xl/workbook.xml".into(),
            format!("<workbook xmlns:r=\"{office}\"><sheets>{listed}</sheets></workbook>").into(),
        ),
        (
            "xl/_rels/workbook.xml.rels".into(),
            format!("<Relationships xmlns=\"{package}\">{related}</Relationships>").into(),
        ),
    ];
    for (n, (_, xml)) in sheets.iter().enumerate() {
        parts.push((
            format!("xl/worksheets/sheet{}.xml", n + 1),
            xml.clone().into(),
        ));
    }
    parts.extend(
        more.iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())),
    );
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in parts {
        writer.start_file(name, options).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
