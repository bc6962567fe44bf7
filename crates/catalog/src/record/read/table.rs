//! Reading a table: the whole file is held, and each title of it is a piece like any other.
//!
//! What rows mean is told by `tabular`; here they only take their place in the stream of records.

use std::io::{self, Read};

use super::{Incoming, Prior, Reader, shorten};
use crate::record::copies::CarriedCopy;
use crate::record::dialect::Dialect;
use crate::record::tabular::{self, Tabular};

/// Строки таблицы behind a piece.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableRows {
    /// How many rows.
    pub count: u32,
    /// What the title is known by in the tables of one library; empty for rows that are no record.
    pub identity: String,
    /// Its copies.
    pub copies: Vec<CarriedCopy>,
}

impl<R: Read> Reader<R> {
    /// Takes the whole file as a table, unless it is too large for that.
    pub(super) fn hold_table(&mut self) -> io::Result<()> {
        self.source.ensure(tabular::MAX_TABLE + 1)?;
        let length = self.source.window().len();
        if length > tabular::MAX_TABLE {
            self.foreign = Some("таблица больше 64 МБ: разделите её на части");
        } else if length > 0 {
            let named = match self.charset {
                Some(Prior::Named(charset)) => Some(charset),
                Some(Prior::Vote(_)) | None => None,
            };
            let bytes = self.source.take(length, Vec::new()).bytes;
            self.table = Some(Tabular::open(bytes, named));
        }
        Ok(())
    }

    /// The next title of the table.
    pub(super) fn of_table(&mut self) -> Option<Incoming> {
        let table = self.table.as_mut()?;
        let (piece, format, charset) = (table.next()?, table.format, table.charset);
        self.number += 1;
        let mut incoming = Incoming {
            number: self.number,
            offset: piece.offset,
            source: piece.source,
            record: None,
            format,
            charset,
            dialect: Dialect::Rusmarc,
            findings: piece.findings,
            unlisted: piece.unlisted,
            rows: (piece.rows > 0).then(|| {
                TableRows {
                    count: piece.rows,
                    ..TableRows::default()
                }
                .into()
            }),
        };
        if let Some(title) = piece.title {
            incoming.record = Some(title.record);
            incoming.rows = Some(Box::new(TableRows {
                count: piece.rows,
                identity: title.identity,
                copies: title.copies,
            }));
        }
        shorten(&mut incoming.findings, &mut incoming.unlisted);
        Some(incoming)
    }
}
