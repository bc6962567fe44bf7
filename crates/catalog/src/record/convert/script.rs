//! Письмо подлинника: fields 880 of MARC 21 take the place of the romanised fields they repeat.
//!
//! Only Cyrillic ones do; what stood in the field before is kept beside. Nothing is transliterated.

use super::super::{BiblioRecord, Field, Tag};
use super::Draft;

/// The record with Cyrillic in its own fields; romanised twins go to 886.
pub(super) fn restored(record: &BiblioRecord, draft: &mut Draft) -> BiblioRecord {
    let mut record = record.clone();
    let (scripts, mut fields): (Vec<Field>, Vec<Field>) = std::mem::take(&mut record.fields)
        .into_iter()
        .partition(|field| field.tag.as_str() == "880" && is_cyrillic(field));
    for script in scripts {
        let Some((tag, number)) = target(&script) else {
            fields.push(script);
            continue;
        };
        let own = without_link(&script, tag);
        let twin = fields
            .iter_mut()
            .find(|field| field.tag == tag && number != "00" && link_number(field) == Some(number));
        match twin {
            Some(twin) => {
                let romanised = std::mem::replace(twin, own);
                let kept = without_link(&romanised, romanised.tag);
                draft.keep(&kept, kept.subfields());
            }
            None => fields.push(own),
        }
    }
    record.fields = fields;
    record
}

fn is_cyrillic(field: &Field) -> bool {
    let values = field.subfields().iter().filter(|s| s.code != '6');
    let mut letters = values.flat_map(|s| s.value.chars());
    letters.any(|c| matches!(c, '\u{400}'..='\u{52f}'))
}

/// The field an 880 repeats and the number of the pair: `245-01/(N` gives 245 and 01.
fn target(field: &Field) -> Option<(Tag, &str)> {
    let link = field.first('6')?;
    let (tag, rest) = (link.get(..3)?, link.get(4..6)?);
    Some((tag.parse().ok()?, rest))
}

fn link_number(field: &Field) -> Option<&str> {
    field.first('6')?.strip_prefix("880-")?.get(..2)
}

/// The field under this tag without its `$6`.
fn without_link(field: &Field, tag: Tag) -> Field {
    let subfields = field.subfields().iter().filter(|s| s.code != '6');
    Field::data(tag, field.indicators(), subfields.cloned().collect())
}
