//! Records going out: the bytes they came as while nobody has edited them, else written anew (D-11).

use axum::http::header;
use axum::response::{IntoResponse, Response};

use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::write;
use catalog::rule::Finding;
use catalog::{Catalog, Error, StoredRecord};

use crate::problem::Problem;

/// One record in this format, in UTF-8 or as it came.
pub(crate) fn written(
    catalog: &Catalog,
    stored: &StoredRecord,
    format: Format,
) -> Result<Result<Vec<u8>, Finding>, Error> {
    if !stored.edited
        && let Some(source) = catalog.source(stored.id)?
        && source.format == format.name()
        && source.charset == Charset::Utf8.name()
        && source.dialect == "rusmarc"
        && let Some(bytes) = source.bytes()
    {
        return Ok(Ok(bytes));
    }
    Ok(write::write(&stored.record, format, Charset::Utf8))
}

/// One record as the whole answer to a request.
pub(crate) fn answer(
    catalog: &Catalog,
    stored: &StoredRecord,
    media_type: &'static str,
    format: Format,
) -> Result<Response, Problem> {
    let mut bytes = write::prologue(format).as_bytes().to_vec();
    let written = written(catalog, stored, format)?
        .map_err(|finding| Problem::refused("В этом виде запись не выдаётся", vec![finding]))?;
    bytes.extend(written);
    bytes.extend(write::epilogue(format).as_bytes());
    let headers = [(header::CONTENT_TYPE, media_type), (header::VARY, "Accept")];
    Ok((headers, bytes).into_response())
}
