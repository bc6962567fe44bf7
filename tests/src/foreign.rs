//! Doors for bytes from outside, one function a reader: what fuzzers drive and what the replay of their
//! corpora drives again. Each must end calmly whatever comes; what it must not do is asserted.
//!
//! Of ours it knows only `catalog` and `search`, so that a fuzzer need not build the server.

#[path = "foreign/stored.rs"]
pub mod stored;

use std::sync::{Mutex, PoisonError};

use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::read::{Incoming, Reader};
use catalog::record::{brief, check, convert, isbd, write};
use catalog::{Catalog, Doing, ImportOrder};
use search::SearchIndex;

/// No piece of a file is longer.
const LONGEST_PIECE: usize = 1 << 20;

/// A door: its name, which is also the name of its corpus, and what goes in by it.
pub type Door = (&'static str, fn(&[u8]));

/// Every door.
pub const DOORS: [Door; 14] = [
    ("any", any_carrier),
    ("iso2709", iso2709),
    ("marcxml", marcxml),
    ("marcjson", marcjson),
    ("irbis", irbis),
    ("mrk", mrk),
    ("csv", csv),
    ("xlsx", xlsx),
    ("post", post),
    ("query", query),
    ("journal", journal),
    ("segment", stored::segment),
    ("packed", stored::packed_segment),
    ("backup", stored::backup),
];

/// A file of records whose carrier is told by its bytes.
pub fn any_carrier(bytes: &[u8]) {
    pieces(bytes, Reader::new(bytes));
}

/// ISO 2709.
pub fn iso2709(bytes: &[u8]) {
    named(bytes, Format::Iso2709);
}

/// MARCXML.
pub fn marcxml(bytes: &[u8]) {
    named(bytes, Format::MarcXml);
}

/// MARC-in-JSON.
pub fn marcjson(bytes: &[u8]) {
    named(bytes, Format::MarcJson);
}

/// Текст обмена ИРБИС.
pub fn irbis(bytes: &[u8]) {
    named(bytes, Format::Irbis);
}

/// Мнемонический текст.
pub fn mrk(bytes: &[u8]) {
    named(bytes, Format::Mrk);
}

/// Таблица CSV.
pub fn csv(bytes: &[u8]) {
    named(bytes, Format::Csv);
}

/// Книга Excel.
pub fn xlsx(bytes: &[u8]) {
    named(bytes, Format::Xlsx);
}

fn named(bytes: &[u8], format: Format) {
    pieces(bytes, Reader::new(bytes).with_format(format));
}

fn pieces(bytes: &[u8], reader: Reader<&[u8]>) {
    let mut last = 0;
    for incoming in reader {
        let incoming = incoming.expect("a slice never fails");
        if incoming.rows.is_some() {
            // Rows of one title may stand apart in a table, and those of a workbook are laid out anew.
            assert!(incoming.source.len() <= LONGEST_PIECE);
            assert!(incoming.record.is_some() || !incoming.findings.is_empty());
            used(&incoming);
            continue;
        }
        let begin = usize::try_from(incoming.offset).unwrap();
        assert!(begin >= last, "pieces stand in the order of the file");
        last = begin + incoming.source.len();
        assert_eq!(&bytes[begin..last], &incoming.source[..]);
        assert!(incoming.source.len() <= LONGEST_PIECE);
        assert!(incoming.record.is_some() || !incoming.findings.is_empty());
        used(&incoming);
    }
}

/// All that is ever done with a record that came in.
fn used(incoming: &Incoming) {
    let Some(record) = &incoming.record else {
        return;
    };
    let (ours, _) = convert::to_rusmarc(record, incoming.dialect);
    let _ = check::check_on(&ours, jiff::civil::date(2026, 1, 31));
    let _ = isbd::describe(&ours, &isbd::Options::default());
    let _ = brief::brief(&ours);
    let (marc21, _) = convert::to_marc21(&ours);
    for format in Format::ALL {
        let _ = write::convert(incoming, format, Charset::Utf8);
        if let Ok(written) = write::write(&marc21, format, Charset::Utf8) {
            let _ = write::differences(&marc21, &written, format, Charset::Utf8);
        }
    }
}

struct Desk {
    catalog: Catalog,
    index: SearchIndex,
    _folder: tempfile::TempDir,
}

/// One library for all that comes; what it takes in stays.
static DESK: Mutex<Option<Desk>> = Mutex::new(None);

fn at_desk(work: impl FnOnce(&Desk)) {
    let mut desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
    work(desk.get_or_insert_with(Desk::new));
}

/// Removes the library from the disk; the next door begins it anew. A fuzzer never comes to this.
pub fn cleared() {
    DESK.lock().unwrap_or_else(PoisonError::into_inner).take();
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path()).unwrap();
        let golden = include_bytes!("../../data/fund/golden-year.json");
        catalog::post(&catalog, &actor(), moment(), None, golden).unwrap();
        let order = ImportOrder {
            file: "records.jsonl".to_owned(),
            library: "MAIN".parse().unwrap(),
            format: None,
            dry_run: false,
        };
        let records = include_bytes!("../../data/samples/records.jsonl");
        let doing = Doing::now(actor(), moment());
        let report = catalog.import(&doing, &order, &records[..], &mut |_, _| ());
        assert!(report.unwrap().saved > 0);
        let index = SearchIndex::open(&folder.path().join("index")).unwrap();
        index.catch_up(&catalog).unwrap();
        Self {
            catalog,
            index,
            _folder: folder,
        }
    }
}

fn actor() -> catalog::id::UserId {
    "fuzzer".parse().unwrap()
}

fn moment() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_790_000_000).unwrap()
}

/// The JSON of `fond post`: read, judged by the fund, posted where it is right.
pub fn post(bytes: &[u8]) {
    at_desk(|desk| {
        let report = catalog::post(&desk.catalog, &actor(), moment(), None, bytes);
        let report = report.expect("a bad file is a report, not a failure");
        let mut refused = report.refused.iter();
        assert!(refused.all(|refusal| !refusal.detail.is_empty()));
    });
}

/// What a reader types: a question and a beginning of one.
pub fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    at_desk(|desk| {
        let mut asked = search::Query::new(text.clone());
        asked.facets = true;
        let page = desk.index.search(&asked).expect("any text has an answer");
        assert!(page.hits.len() <= asked.limit);
        let suggested = desk.index.suggest(&text, 8);
        assert!(suggested.expect("any text has an answer").len() <= 8);
    });
}

/// A batch of the journal, and the payload of an entry.
pub fn journal(bytes: &[u8]) {
    let _ = catalog::probe::journal_batch(bytes);
    let _ = catalog::probe::journal_payload(bytes, &actor());
    let whole = catalog::probe::write_journal_batch(&[bytes.to_vec()], &actor());
    // What the journal wrote is read again up to the change that it should hold.
    let read = catalog::probe::journal_batch(&whole);
    assert_eq!(
        read.is_ok(),
        catalog::probe::journal_payload(bytes, &actor())
    );
}
