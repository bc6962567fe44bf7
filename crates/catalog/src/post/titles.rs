//! Издания файла: each becomes a short record (or is found by its 001) and facts for its units.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::reader::Reader;
use crate::catalog::request_hash;
use crate::fund::axis::{Fund, Grades, Kind, Purpose, Registration, Term};
use crate::fund::policy::Workbooks;
use crate::fund::read;
use crate::fund::title::TitleFacts;
use crate::id::{LibraryId, RecordId};
use crate::record::{BiblioRecord, Field, Indicators, Leader, Subfield};
use crate::rule::{Finding, Rule};
use crate::shelf::{RecordStatus, RecordVersion, Records, SourceKeys, next_record_id, source_key};
use crate::table::{TableError, View, get};
use crate::titles::title_facts;
use crate::{Catalog, Change, Doing, Error};

/// The titles of a file, by their ids.
#[derive(Default)]
pub(super) struct Titles(BTreeMap<String, TitleFacts>);

/// The titles of a file and, behind them, those the library knows from earlier files.
pub(super) struct Known<'a> {
    workbooks: Workbooks,
    titles: &'a Titles,
    view: &'a dyn View,
    library: &'a LibraryId,
    /// The first thing that could not be read; whoever asked for titles asks for it at the end.
    damage: RefCell<Option<TableError>>,
}

/// What came of reading the titles.
pub(super) struct Taken {
    pub(super) titles: Titles,
    pub(super) refusals: Vec<(String, Vec<Finding>)>,
    pub(super) remarks: Vec<(String, Vec<Finding>)>,
    pub(super) saved: u64,
}

impl Titles {
    pub(super) fn of<'a>(
        &'a self,
        view: &'a dyn View,
        library: &'a LibraryId,
    ) -> Result<Known<'a>, TableError> {
        Ok(Known {
            workbooks: read::policy(view, library)?.workbooks,
            titles: self,
            view,
            library,
            damage: RefCell::default(),
        })
    }

    /// The titles whose facts the library does not know yet, or knows otherwise.
    pub(super) fn changed(
        &self,
        view: &dyn View,
        library: &LibraryId,
    ) -> Result<Vec<TitleFacts>, TableError> {
        let mut changed = Vec::new();
        for (outer, facts) in &self.0 {
            if read::title_by_outer(view, library, outer)?.as_ref() != Some(facts) {
                changed.push(facts.clone());
            }
        }
        Ok(changed)
    }
}

impl Known<'_> {
    /// Whether workbooks are taken into the fund, in sum only. Rule: FA-46.
    pub(super) fn keeps_workbooks(&self) -> bool {
        self.workbooks == Workbooks::TemporaryStorage
    }

    /// The facts of the title that a line names under `key`, or by our id under `record`.
    pub(super) fn title(&self, line: &mut Reader<'_>, key: &str) -> Option<TitleFacts> {
        if line.get("record").is_some() {
            return self.by_record(line);
        }
        let id = line.text(key);
        if id.is_empty() {
            return None;
        }
        if let Some(facts) = self.titles.0.get(&id) {
            return Some(facts.clone());
        }
        let known = self.read(read::title_by_outer(self.view, self.library, &id));
        if known.is_none() {
            let detail =
                format!("Издания «{id}» нет ни в файле, ни в библиотеке: добавьте его в titles");
            line.slip(Rule::TitleUnknown, key, detail);
        }
        known
    }

    fn by_record(&self, line: &mut Reader<'_>) -> Option<TitleFacts> {
        let id = RecordId::new(line.whole("record")?);
        if let Some(facts) = self.read(read::title(self.view, self.library, id)) {
            return Some(facts);
        }
        let stored = self.read(get::<Records>(self.view, &id));
        if stored.is_none() {
            let detail = format!("Записи {id} нет в каталоге: сначала сохраните описание");
            line.slip(Rule::TitleUnknown, "record", detail);
        }
        stored.map(|stored| title_facts(id, &stored.record))
    }

    fn read<T>(&self, answer: Result<Option<T>, TableError>) -> Option<T> {
        answer.unwrap_or_else(|error| {
            self.damage.borrow_mut().get_or_insert(error);
            None
        })
    }

    /// Asked when everything is read: what is damaged is no title unknown.
    pub(super) fn undamaged(self) -> Result<(), TableError> {
        self.damage.into_inner().map_or(Ok(()), Err)
    }
}

/// Reads the titles, finds or saves their records.
pub(super) fn take_in(
    catalog: &Catalog,
    doing: &Doing,
    library: &LibraryId,
    file: &Value,
) -> Result<Taken, Error> {
    let (mut titles, mut refusals, mut new) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut remarks = Vec::new();
    let mut seen = BTreeSet::new();
    let mut whole = match Reader::new(file, "") {
        Ok(whole) => whole,
        Err(finding) => {
            return Ok(Taken {
                titles: Titles(titles),
                refusals: vec![("file".to_owned(), vec![finding])],
                remarks,
                saved: 0,
            });
        }
    };
    whole.may_hold(FILE_KEYS);
    let implied = workbooks_by_name(catalog, library, file)?;
    let implied = implied
        .iter()
        .filter_map(|value| Reader::new(value, "/events").ok());
    for mut given in whole.list("titles").into_iter().chain(implied) {
        let (facts, record) = read_title(&mut given);
        let id = facts.outer.clone();
        remarks.push((format!("title {id}"), given.unknown()));
        if !given.findings.is_empty() {
            refusals.push((format!("title {id}"), given.findings));
        } else if !seen.insert(id.clone()) {
            let detail = format!("Издание «{id}» стоит в файле дважды: оставьте одно");
            let finding = Finding::new(Rule::FileShape, given.place("id"), detail);
            refusals.push((format!("title {id}"), vec![finding]));
        } else {
            match record_of(catalog, library, &id, &record)? {
                Some(found) => {
                    let known = title_facts(found, &catalog.record(found)?.record);
                    let description = Some(known.description).filter(|text| !text.is_empty());
                    let description = description.unwrap_or(facts.description);
                    titles.insert(
                        id,
                        TitleFacts {
                            record: found,
                            description,
                            ..facts
                        },
                    );
                }
                None => new.push((facts, record)),
            }
        }
    }
    remarks.push(("file".to_owned(), whole.unknown()));
    if !whole.findings.is_empty() {
        refusals.push(("file".to_owned(), whole.findings));
    }
    let saved = new.len() as u64;
    save_new(catalog, doing, library, new, &mut titles)?;
    Ok(Taken {
        titles: Titles(titles),
        refusals,
        remarks,
        saved,
    })
}

fn save_new(
    catalog: &Catalog,
    doing: &Doing,
    library: &LibraryId,
    new: Vec<(TitleFacts, BiblioRecord)>,
    titles: &mut BTreeMap<String, TitleFacts>,
) -> Result<(), Error> {
    for chunk in new.chunks(500) {
        let records: Vec<BiblioRecord> = chunk.iter().map(|(_, record)| record.clone()).collect();
        let ids = save(catalog, doing, library, records)?;
        for ((facts, _), record) in chunk.iter().zip(ids) {
            let facts = TitleFacts {
                record,
                ..facts.clone()
            };
            titles.insert(facts.outer.clone(), facts);
        }
    }
    Ok(())
}

/// What a file may hold beside titles; `expected` and `scenarios` are for whoever checks the result.
const FILE_KEYS: &[&str] = &[
    "schema_version",
    "id",
    "spec",
    "money_unit",
    "library",
    "policy",
    "opening",
    "events",
    "expected",
    "scenarios",
];

/// Workbooks that receipts name only in words, where the policy takes them into the fund.
fn workbooks_by_name(
    catalog: &Catalog,
    library: &LibraryId,
    file: &Value,
) -> Result<Vec<Value>, Error> {
    if read::policy(catalog.view(), library)?.workbooks != Workbooks::TemporaryStorage {
        return Ok(Vec::new());
    }
    let of = |value: &Value, key: &str| -> Vec<Value> {
        value
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut found: BTreeMap<String, Value> = BTreeMap::new();
    for event in of(file, "events") {
        let parts = of(&event, "parts").into_iter().chain([event]);
        for (part, line) in parts.flat_map(|part| {
            of(&part, "lines")
                .into_iter()
                .map(move |l| (part.clone(), l))
        }) {
            let Ok(mut reader) = Reader::new(&line, "") else {
                continue;
            };
            let name = line
                .get("description")
                .and_then(Value::as_str)
                .map(str::trim);
            if let Some(name) = name.filter(|name| !name.is_empty())
                && line.get("title").is_none_or(Value::is_null)
                && (coded_workbook(&mut reader) || worded_workbook(&reader))
            {
                let fund = part.get("fund").cloned().unwrap_or_default();
                let title = json!({"id": name, "title": name, "fund": fund, "purpose": "WORKBOOK", "registration": "SUMMARY_ONLY", "grade": line.get("grade")});
                found.entry(name.to_owned()).or_insert(title);
            }
        }
    }
    Ok(found.into_values().collect())
}

/// The record of a title that came before: by the library's own memory, else by its source key.
fn record_of(
    catalog: &Catalog,
    library: &LibraryId,
    outer: &str,
    record: &BiblioRecord,
) -> Result<Option<RecordId>, Error> {
    match read::title_by_outer(catalog.view(), library, outer)? {
        Some(facts) => Ok(Some(facts.record)),
        None => match catalog.by_source_key(&source_key(record, None))? {
            Some(found) => Ok(Some(found)),
            None => imported(catalog, outer),
        },
    }
}

/// The one record with this 001 that an agency gave its number; short records made from other
/// files count their titles from 1 and prove nothing.
fn imported(catalog: &Catalog, control: &str) -> Result<Option<RecordId>, Error> {
    let mut found = Vec::new();
    for id in catalog.by_control_number(control)? {
        if catalog
            .record(id)?
            .key
            .is_some_and(|key| !key.agency.is_empty())
        {
            found.push(id);
        }
    }
    Ok(if found.len() == 1 { found.pop() } else { None })
}

fn save(
    catalog: &Catalog,
    doing: &Doing,
    library: &LibraryId,
    records: Vec<BiblioRecord>,
) -> Result<Vec<RecordId>, Error> {
    let owner = library.clone();
    let keys: Vec<_> = records
        .iter()
        .map(|record| source_key(record, None))
        .collect();
    let lookup = keys.clone();
    catalog.run(doing.clone(), request_hash(&records), move |view| {
        let mut next = next_record_id(view)?.get();
        let mut versions = Vec::new();
        for (record, key) in records.into_iter().zip(keys) {
            let name = (key.agency.clone(), key.control.clone());
            if get::<SourceKeys>(view, &name)?.is_none() {
                versions.push(RecordVersion {
                    id: RecordId::new(next),
                    owner: owner.clone(),
                    status: RecordStatus::Draft,
                    record: Arc::new(record),
                    key: Some(key),
                    source: None,
                });
                next += 1;
            }
        }
        Ok((!versions.is_empty()).then_some(Change::Records(versions)))
    })?;
    let mut ids = Vec::new();
    for key in lookup {
        let found = catalog.by_source_key(&key)?;
        ids.push(found.ok_or_else(|| Error::NotFound("Запись издания не сохранилась".to_owned()))?);
    }
    Ok(ids)
}

/// A title as facts and as a short record: 001, 200 $a, 686. Rule: D-27.
fn read_title(given: &mut Reader<'_>) -> (TitleFacts, BiblioRecord) {
    let id = given.text("id");
    if id.is_empty() {
        given.slip(Rule::FileShape, "id", "У издания нет id: впишите его");
    }
    let mut name = given.text("title");
    if name.is_empty() {
        name.clone_from(&id);
    }
    let mark = given.text("bbk");
    let mut record = BiblioRecord::new(Leader::NEW_BOOK);
    let mut field = |tag: &str, body: Vec<Subfield>| {
        if let Ok(tag) = tag.parse() {
            record
                .fields
                .push(Field::data(tag, Indicators(' ', ' '), body));
        }
    };
    field("200", vec![Subfield::new('a', name.clone())]);
    if !mark.is_empty() {
        field(
            "686",
            vec![
                Subfield::new('a', mark.clone()),
                Subfield::new('2', "rubbk"),
            ],
        );
    }
    if let Ok(tag) = "001".parse() {
        record.fields.insert(0, Field::control(tag, id.clone()));
    }
    let workbook = says_workbook(given, &name);
    let fund = given.code("fund").unwrap_or(Fund::Main);
    let kind = match given.get("kind").and_then(Value::as_str) {
        Some("WORKBOOK") => Kind::Book,
        _ => given.code("kind").unwrap_or(Kind::Book),
    };
    let mut facts = TitleFacts::new(RecordId::default(), name);
    facts.registration = given
        .code("registration")
        .unwrap_or(if kind.is_periodical() {
            Registration::PeriodicalCard
        } else if fund.counts_by_grade() {
            Registration::BatchCard
        } else {
            Registration::Inventory
        });
    facts.outer = id;
    facts.class_mark = mark;
    facts.fund = fund;
    facts.kind = kind;
    facts.content = Some(given.text("content")).filter(|c| !c.is_empty());
    facts.grades = given.code::<Grades>("grade");
    facts.reference = given.flag("reference").unwrap_or(false);
    facts.purpose = match given.get("purpose").and_then(Value::as_str) {
        _ if workbook => Some(Purpose::Workbook),
        Some(_) => given.code("purpose"),
        None => None,
    };
    facts.on_balance = given.flag("on_balance").filter(|_| !workbook);
    facts.term = given.code("storage_term").unwrap_or(Term::Permanent);
    let language = given.text("language");
    if !language.is_empty() {
        facts.language = language;
    }
    facts.reader = Some(given.text("reader_purpose")).filter(|r| !r.is_empty());
    facts.protected = given.flag("protected").unwrap_or(false);
    (facts, record)
}

/// Whether a title is a workbook: by a code, else by its words where no purpose is given.
fn says_workbook(given: &mut Reader<'_>, name: &str) -> bool {
    let unsaid = given.get("purpose").is_none();
    coded_workbook(given) || unsaid && (worded_workbook(given) || workbook_words(name))
}

/// Whether a title or a line says by a code that it is a workbook.
pub(super) fn coded_workbook(given: &mut Reader<'_>) -> bool {
    let named = ["purpose", "kind"].iter().any(|key| {
        let value = given.get(key).and_then(Value::as_str);
        matches!(value, Some("WORKBOOK" | "CONSUMABLE"))
    });
    named || given.get("consumable").and_then(Value::as_bool) == Some(true)
}

/// Whether its words say so; they decide only where no purpose is given.
pub(super) fn worded_workbook(given: &Reader<'_>) -> bool {
    let words = given.get("description").and_then(Value::as_str);
    given.get("purpose").is_none() && words.is_some_and(workbook_words)
}

fn workbook_words(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("рабоч") && text.contains("тетрад")
        || text.starts_with("прописи")
        || text.contains("workbook")
}
