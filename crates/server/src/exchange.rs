//! Records going out: the bytes they came as while nobody has edited them, else written anew (D-11).

use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::write;
use catalog::rule::Finding;
use catalog::{Catalog, Error, StoredRecord};

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
