//! Records going out: the bytes they came as while nobody has edited them, else written anew (D-11).

use axum::http::header;
use axum::response::{IntoResponse, Response};

use catalog::id::RecordId;
use catalog::record::detect::Format;
use catalog::record::write::{self, Carried};
use catalog::rule::Finding;
use catalog::{Catalog, Error, Source, StoredRecord};

use crate::problem::Problem;

/// One record in this format, in UTF-8.
pub(crate) fn written(
    catalog: &Catalog,
    stored: &StoredRecord,
    format: Format,
) -> Result<Result<Vec<u8>, Finding>, Error> {
    let source = match stored.edited {
        true => None,
        false => catalog.source(stored.id)?,
    };
    Ok(as_it_came(stored, source.as_deref(), format))
}

fn as_it_came(
    stored: &StoredRecord,
    source: Option<&Source>,
    format: Format,
) -> Result<Vec<u8>, Finding> {
    let carried = source.and_then(|source| {
        Some(Carried {
            bytes: source.bytes()?,
            format: source.format.parse().ok()?,
            charset: source.charset.parse().ok()?,
        })
    });
    write::outward(&stored.record, carried.as_ref(), format)
}

/// What a record is saved as: by its number, by nothing that stands in it.
pub(crate) fn saved_as(id: RecordId, ending: &str) -> String {
    format!("attachment; filename=\"record-{id}.{ending}\"")
}

/// One record as the whole answer to a request.
pub(crate) fn answer(
    catalog: &Catalog,
    stored: &StoredRecord,
    media_type: &'static str,
    format: Format,
) -> Result<Response, Problem> {
    let mut bytes = write::prologue(format).as_bytes().to_vec();
    let source = match stored.edited {
        true => None,
        false => match catalog.source_soon(stored.id) {
            // Readers are given the record all the same while a shared journal does not answer.
            Err(Error::Unavailable(_)) => None,
            source => source?,
        },
    };
    let written = as_it_came(stored, source.as_deref(), format)
        .map_err(|finding| Problem::refused("В этом виде запись не выдаётся", vec![finding]))?;
    bytes.extend(written);
    bytes.extend(write::epilogue(format).as_bytes());
    let ending = match format {
        Format::MarcXml => "xml",
        Format::MarcJson => "json",
        Format::Iso2709 => "mrc",
        Format::Irbis | Format::Mrk => "txt",
        Format::Csv => "csv",
        Format::Xlsx => "xlsx",
    };
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::VARY, "Accept".to_owned()),
        (header::CONTENT_DISPOSITION, saved_as(stored.id, ending)),
    ];
    Ok((headers, bytes).into_response())
}
