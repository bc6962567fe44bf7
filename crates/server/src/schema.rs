//! stub
use catalog::record::BiblioRecord;
use catalog::record::dialect::Dialect;
use catalog::rule::Finding;
pub(crate) fn convert(record: &BiblioRecord, _: Dialect, _: Dialect) -> (BiblioRecord, Vec<Finding>) { (record.clone(), Vec::new()) }
