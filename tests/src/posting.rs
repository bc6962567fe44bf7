//! Files posted as `fond post` posts them, and what the books say afterwards.

use catalog::fund::books::{json, year_books};
use catalog::id::LibraryId;
use catalog::table::View;
use catalog::{Catalog, PostReport, post};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The golden year as it stands in the data.
///
/// # Panics
/// When the data are not JSON.
#[must_use]
pub fn golden() -> Value {
    serde_json::from_str(include_str!("../../data/fund/golden-year.json")).unwrap()
}

/// A library in a folder of its own, driven by files.
pub struct Shelf {
    _folder: tempfile::TempDir,
    /// The open library.
    pub catalog: Catalog,
}

impl Shelf {
    /// An empty folder.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path()).unwrap();
        Self {
            _folder: folder,
            catalog,
        }
    }

    /// The library of the golden year up to an event.
    ///
    /// # Panics
    /// When the golden year is refused.
    #[must_use]
    pub fn golden(until: &str) -> Self {
        let mut file = golden();
        let events = file["events"].as_array_mut().unwrap();
        let last = events.iter().position(|e| e["id"] == until).unwrap();
        events.truncate(last + 1);
        let shelf = Self::empty();
        assert_eq!(shelf.post(&file).refused, []);
        shelf
    }

    /// Posts a file.
    ///
    /// # Panics
    /// When the catalogue cannot work.
    #[must_use]
    pub fn post(&self, file: &Value) -> PostReport {
        let at = Timestamp::from_second(1_790_000_000).unwrap();
        let actor = "иванова".parse().unwrap();
        post(&self.catalog, &actor, at, None, file.to_string().as_bytes()).unwrap()
    }

    /// Posts events that must be taken as they are.
    ///
    /// # Panics
    /// When one is refused.
    pub fn take(&self, events: Value) {
        let report = self.post(&json!({"events": events}));
        assert_eq!(report.refused, []);
    }

    /// Posts events that must leave no trace; the codes and places of what refused them.
    ///
    /// # Panics
    /// When something was written.
    #[must_use]
    pub fn refuse(&self, events: Value) -> Vec<(String, String)> {
        self.refuse_file(&json!({"events": events}))
    }

    /// As [`Shelf::refuse`], for a whole file.
    ///
    /// # Panics
    /// When something was posted.
    #[must_use]
    pub fn refuse_file(&self, file: &Value) -> Vec<(String, String)> {
        let report = self.post(file);
        assert_eq!(report.posted, Vec::<String>::new());
        let found = report.refused.into_iter();
        found.map(|r| (r.rule.code().to_owned(), r.place)).collect()
    }

    /// The books of a year.
    ///
    /// # Panics
    /// When they cannot be made.
    #[must_use]
    pub fn books(&self, year: i16) -> Value {
        let library = "MAIN".parse().unwrap();
        year_as_json(self.catalog.view(), &library, year)
    }

    /// Nothing is wrong with the sums, and every entry of the journal can be read.
    ///
    /// # Panics
    /// When something is.
    pub fn holds(&self) {
        let report = self.catalog.verify(true, &mut |_, _| ()).unwrap();
        assert!(report.ok, "{report:?}");
    }
}

/// The books of a library for a year, as `fond books --json` has them.
///
/// # Panics
/// When they cannot be made.
#[must_use]
pub fn year_as_json(view: &dyn View, library: &LibraryId, year: i16) -> Value {
    let books = year_books(view, library, year).unwrap();
    serde_json::to_value(json::Year::of(view, &books, None).unwrap()).unwrap()
}

/// A receipt into the main fund by a waybill of its own number.
#[must_use]
pub fn receipt(id: &str, day: &str, lines: Value) -> Value {
    json!({
        "id": id, "type": "RECEIPT", "fund": "MAIN", "date": day, "source": "PURCHASE",
        "document": {"kind": "WAYBILL", "no": id, "date": day}, "lines": lines,
    })
}

/// A write-off from the main fund by an act of its day.
#[must_use]
pub fn write_off(id: &str, day: &str, lines: Value) -> Value {
    json!({
        "id": id, "type": "WITHDRAWAL", "fund": "MAIN", "reason": "WEAR",
        "act": {"date": day, "approved": day}, "lines": lines,
    })
}
