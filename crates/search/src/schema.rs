//! The field table: name → where in the record → how analysed → weight. The index holds only this.
//!
//! How a record is reached and written out stands in `document.rs`; what a query does with the
//! weights in `index/plan.rs`. A change here changes [`format`], and with it every index is rebuilt.

use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, STORED, Schema, SchemaBuilder, TextFieldIndexing,
    TextOptions,
};

use crate::analysis::{self, written};

/// The number of this table; raised when a field or a path changes.
const VERSION: u32 = 3;

/// What an index must have been made by to be read by this program.
pub(crate) fn format() -> String {
    format!("{VERSION}/{}", analysis::VERSION)
}

/// One searchable field of words.
pub(crate) struct Row {
    /// Its name in the index.
    pub(crate) name: &'static str,
    /// Its sources: `tag$code` with commas; `60.` is any tag of 600–609, `$*` any lettered subfield.
    pub(crate) path: &'static str,
}

/// Заглавия.
pub(crate) const TITLE: Row = Row {
    name: "title",
    path: "200$a,200$d,200$i,500$a,501$a,503$a,51.$a,53.$a,54.$a,46.$t,46.>200$a",
};
/// The titles a record may be asked for in full.
pub(crate) const WHOLE_TITLE: Row = Row {
    name: "title_key",
    path: "200$a,510$a,517$a,518$a,500$a",
};
/// Авторы и другие лица, как в записи.
pub(crate) const AUTHOR: Row = Row {
    name: "author",
    path: "70.$*,71.$*,200$f,200$g,4..>70.$*",
};
/// Темы.
pub(crate) const SUBJECT: Row = Row {
    name: "subject",
    path: "60.$*,610$a,200$e",
};
/// Издательство.
pub(crate) const PUBLISHER: Row = Row {
    name: "publisher",
    path: "210$c,214$c",
};
/// Серия.
pub(crate) const SERIES: Row = Row {
    name: "series",
    path: "225$a,225$i,410$t,410>200$a",
};
/// The full description: every word of blocks 2–7 except class marks.
pub(crate) const ALL: Row = Row {
    name: "all",
    path: "2..$*,3..$*,4..$*,4..>2..$*,4..>7..$*,5..$*,60.$*,61.$*,62.$*,70.$*,71.$*,72.$*",
};

/// Weights of a word in each field, by form; a phrase and a whole title stand apart.
pub(crate) mod weight {
    /// An exact word of a title.
    pub(crate) const TITLE_EXACT: f32 = 4.5;
    /// A stem of a title.
    pub(crate) const TITLE: f32 = 4.0;
    /// A stem of a name.
    pub(crate) const AUTHOR: f32 = 3.5;
    /// A stem of a subject.
    pub(crate) const SUBJECT: f32 = 1.6;
    /// An exact word anywhere.
    pub(crate) const ALL_EXACT: f32 = 1.2;
    /// A stem anywhere.
    pub(crate) const ALL: f32 = 1.0;
    /// Words side by side, as asked.
    pub(crate) const PHRASE: f32 = 3.0;
    /// The title is just what was asked.
    pub(crate) const WHOLE_TITLE: f32 = 12.0;
    /// The title in another case form.
    pub(crate) const WHOLE_STEMS: f32 = 9.0;
    /// Surname and initials that were only guessed.
    pub(crate) const SOFT_INITIALS: f32 = 60.0;
    /// The surname of an author begins as the question does.
    pub(crate) const BEGUN_NAME: f32 = 12.0;
    /// The question is just the name of an author: above any title with the word.
    pub(crate) const NAME: f32 = 150.0;
    /// The class mark itself, before those that only begin so.
    pub(crate) const JUST_MARK: f32 = 20.0;
    /// A title that is just the name asked.
    pub(crate) const TITLE_OF_NAME: f32 = 300.0;
    /// A Russian word for a Latin one.
    pub(crate) const TRANSLIT: f32 = 0.8;
    /// A near word for a mistyped one.
    pub(crate) const TYPO: f32 = 0.7;
    /// How much the lesser fields of a word add.
    pub(crate) const TIE: f32 = 0.15;
}

/// Columns of the sort key of a title.
pub(crate) const SORT_TITLE: [&str; 3] = ["sort_title_1", "sort_title_2", "sort_title_3"];
/// Columns of the sort key of a heading.
pub(crate) const SORT_AUTHOR: [&str; 3] = ["sort_author_1", "sort_author_2", "sort_author_3"];

/// Handles of all fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// [`catalog::id::RecordId`].
    pub(crate) id: Field,
    /// A sum over all that was indexed, for `verify`.
    pub(crate) digest: Field,
    /// 1 when readers must not see it.
    pub(crate) hidden: Field,
    /// Field 001.
    pub(crate) control_number: Field,
    /// Stems of [`TITLE`].
    pub(crate) title: Field,
    /// Exact words of [`TITLE`].
    pub(crate) title_exact: Field,
    /// [`WHOLE_TITLE`] folded, and as stems after `~`.
    pub(crate) title_key: Field,
    /// Stems of [`AUTHOR`].
    pub(crate) author: Field,
    /// Surname and initials, `пушкин_ас`; surname and names, `пушкин=александр сергеевич`.
    pub(crate) author_key: Field,
    /// Stems of [`SUBJECT`].
    pub(crate) subject: Field,
    /// Stems of [`PUBLISHER`].
    pub(crate) publisher: Field,
    /// Stems of [`SERIES`].
    pub(crate) series: Field,
    /// Stems of [`ALL`].
    pub(crate) all: Field,
    /// Exact words of [`ALL`]: also the vocabulary.
    pub(crate) all_exact: Field,
    /// `skeleton NUL word`: a map from skeletons to the Cyrillic words of the index.
    pub(crate) skeleton: Field,
    /// ISBN and ISSN.
    pub(crate) standard: Field,
    /// ББК, УДК and shelf marks; the first two also after the name of their scheme.
    pub(crate) mark: Field,
    /// Inventory numbers and barcodes.
    pub(crate) number: Field,
    /// `folded NUL kind NUL text`: what can be suggested.
    pub(crate) phrase: Field,
    /// Facet: the heading.
    pub(crate) author_facet: Field,
    /// Facet: year of publication.
    pub(crate) year: Field,
    /// Facet: language codes.
    pub(crate) language: Field,
    /// Facet: kind of document.
    pub(crate) kind: Field,
    /// Facet: libraries that hold it.
    pub(crate) library: Field,
    /// Libraries where it can be had now; `*` for any.
    pub(crate) available: Field,
    /// Sort key of the title, its first letters first.
    pub(crate) sort_title: [Field; 3],
    /// Sort key of the heading.
    pub(crate) sort_author: [Field; 3],
}

/// The schema and its handles.
pub(crate) fn build() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let fields = Fields {
        id: schema.add_u64_field("id", INDEXED | FAST),
        digest: schema.add_u64_field("digest", FAST),
        hidden: schema.add_u64_field("hidden", INDEXED | FAST),
        control_number: schema.add_text_field("control_number", STORED),
        title: words(&mut schema, TITLE.name),
        title_exact: words(&mut schema, "title_exact"),
        title_key: raw(&mut schema, WHOLE_TITLE.name),
        author: words(&mut schema, AUTHOR.name),
        author_key: raw(&mut schema, "author_key"),
        subject: words(&mut schema, SUBJECT.name),
        publisher: words(&mut schema, PUBLISHER.name),
        series: words(&mut schema, SERIES.name),
        all: words(&mut schema, ALL.name),
        all_exact: words(&mut schema, "all_exact"),
        skeleton: raw(&mut schema, "skeleton"),
        standard: raw(&mut schema, "standard"),
        mark: raw(&mut schema, "mark"),
        number: raw(&mut schema, "number"),
        phrase: raw(&mut schema, "phrase"),
        author_facet: facet(&mut schema, "author_facet"),
        year: schema.add_u64_field("year", INDEXED | FAST),
        language: facet(&mut schema, "language"),
        kind: facet(&mut schema, "kind"),
        library: facet(&mut schema, "library"),
        available: facet(&mut schema, "available"),
        sort_title: SORT_TITLE.map(|name| schema.add_u64_field(name, FAST)),
        sort_author: SORT_AUTHOR.map(|name| schema.add_u64_field(name, FAST)),
    };
    (schema.build(), fields)
}

/// Words with positions; they come analysed.
fn words(schema: &mut SchemaBuilder, name: &str) -> Field {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(written::NAME)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    schema.add_text_field(name, TextOptions::default().set_indexing_options(indexing))
}

/// Whole values, unranked.
fn raw(schema: &mut SchemaBuilder, name: &str) -> Field {
    schema.add_text_field(name, raw_options())
}

fn facet(schema: &mut SchemaBuilder, name: &str) -> Field {
    schema.add_text_field(name, raw_options().set_fast("raw"))
}

fn raw_options() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    TextOptions::default().set_indexing_options(indexing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether every value that the narrow step leads to is one of the wide step.
    fn covers(wide: &str, narrow: &str) -> bool {
        let parts = |step: &str| -> Option<(String, String)> {
            let (place, code) = step.split_once('$')?;
            Some((place.to_owned(), code.to_owned()))
        };
        let (Some((wide, any)), Some((narrow, code))) = (parts(wide), parts(narrow)) else {
            return false;
        };
        let mut signs = wide.chars().zip(narrow.chars());
        wide.len() == narrow.len()
            && signs.all(|(wide, narrow)| wide == '.' || wide == narrow)
            && (any == "*" || any == code)
    }

    #[test]
    fn the_full_description_has_every_word_that_ranks() {
        let all: Vec<&str> = ALL.path.split(',').collect();
        for row in [&TITLE, &AUTHOR, &SUBJECT] {
            for step in row.path.split(',') {
                assert!(
                    all.iter().any(|wide| covers(wide, step)),
                    "{} has {step}, which the full description has not",
                    row.name
                );
            }
        }
    }
}
