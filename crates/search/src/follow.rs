//! The catalogue as a feed: its journal names what changed, its tables say how it stands now.
//!
//! A record that is taken out (снята) is hidden from readers, not removed: staff still find it.

use std::sync::Arc;

use catalog::fund::item::{Card, Item};
use catalog::fund::state::ItemState;
use catalog::fund::tables::{Cards, Items, RecordCards, RecordItems};
use catalog::id::{RecordId, Seq};
use catalog::record::BiblioRecord;
use catalog::table::{self, TableError};
use catalog::{Catalog, RecordStatus};

use crate::Error;
use crate::feed::{ChainHash, Changed, Feed, HoldingFact, Source};

impl Feed for Catalog {
    fn head(&self) -> Result<(Seq, ChainHash), Error> {
        let head = Catalog::head(self);
        Ok((head.seq, head.hash))
    }

    fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error> {
        Catalog::hash_at(self, seq).map_err(Error::feed)
    }

    fn changed_since(&self, seq: Seq, limit: usize) -> Result<Changed, Error> {
        let (records, last) = self.touched_since(seq, limit).map_err(Error::feed)?;
        let (upto, hash) = match last {
            Some(last) => (last.seq, last.hash),
            None => (seq, Feed::hash_at(self, seq)?.unwrap_or_default()),
        };
        Ok(Changed {
            records,
            upto,
            hash,
        })
    }

    fn source(&self, id: RecordId) -> Result<Option<Source>, Error> {
        if let Some(fresh) = self.fresh(id) {
            return whole(self, id, fresh.record, fresh.status).map(Some);
        }
        match self.record(id) {
            Ok(stored) => whole(self, id, stored.record, stored.status).map(Some),
            Err(catalog::Error::NotFound(_)) => Ok(None),
            Err(other) => Err(Error::feed(other)),
        }
    }

    fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error> {
        let stored = self.records_after(after, limit).map_err(Error::feed)?;
        stored
            .into_iter()
            .map(|stored| whole(self, stored.id, stored.record, stored.status))
            .collect()
    }
}

fn whole(
    catalog: &Catalog,
    id: RecordId,
    record: Arc<BiblioRecord>,
    status: RecordStatus,
) -> Result<Source, Error> {
    let holdings = holdings(catalog, id).map_err(Error::feed)?;
    Ok(Source {
        id,
        record,
        holdings,
        hidden: status == RecordStatus::Deleted,
    })
}

fn holdings(catalog: &Catalog, record: RecordId) -> Result<Vec<HoldingFact>, TableError> {
    let view = catalog.view();
    let mut holdings = Vec::new();
    for id in table::all::<RecordItems>(view, &record)? {
        holdings.extend(table::get::<Items>(view, &id)?.and_then(of_item));
    }
    for id in table::all::<RecordCards>(view, &record)? {
        let card = table::get::<Cards>(view, &id)?.filter(|card| card.copies() > 0);
        holdings.extend(card.into_iter().flat_map(of_card));
    }
    Ok(holdings)
}

fn of_item(item: Item) -> Option<HoldingFact> {
    if !item.state.on_record() {
        return None;
    }
    let class_mark = item.title.map(|title| title.class_mark);
    Some(HoldingFact {
        library: item.place.unwrap_or(item.library),
        available: item.state == ItemState::Available,
        shelfmark: filled(Some(item.shelfmark)).or(filled(class_mark)),
        numbers: item.number.iter().map(ToString::to_string).collect(),
    })
}

fn of_card(card: Card) -> impl Iterator<Item = HoldingFact> {
    let rows = card.by_place().into_iter();
    rows.map(move |(place, _, free)| HoldingFact {
        available: free > 0,
        library: place.unwrap_or_else(|| card.library.clone()),
        shelfmark: filled(Some(card.title.class_mark.clone())),
        numbers: Vec::new(),
    })
}

fn filled(mark: Option<String>) -> Option<String> {
    mark.filter(|mark| !mark.is_empty())
}

#[cfg(test)]
mod tests {
    use catalog::record::{BiblioRecord, Field, Indicators, Leader, Subfield};
    use catalog::{Doing, RecordDraft};
    use jiff::Timestamp;

    use super::*;
    use crate::{Audience, Query, SearchIndex};

    fn draft(title: &str, replaces: Option<(RecordId, Seq)>, status: RecordStatus) -> RecordDraft {
        let mut record = BiblioRecord::new(Leader::NEW_BOOK);
        let title = vec![Subfield::new('a', title)];
        let title = Field::data("200".parse().unwrap(), Indicators('1', ' '), title);
        record.fields.push(title);
        RecordDraft {
            replaces,
            owner: "MAIN".parse().unwrap(),
            status,
            record,
        }
    }

    fn doing() -> Doing {
        let moment = Timestamp::from_second(1_760_000_000).unwrap();
        Doing::now("иванова".parse().unwrap(), moment)
    }

    #[test]
    fn a_saved_a_changed_and_a_withdrawn_record_are_followed() {
        let home = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&home.path().join("library")).unwrap();
        let index = SearchIndex::open(&home.path().join("index")).unwrap();
        let total = |text: &str, audience| {
            index.catch_up(&catalog).unwrap();
            let mut query = Query::new(text);
            query.audience = audience;
            index.search(&query).unwrap().total
        };
        let first = draft("Мещёрская сторона", None, RecordStatus::Draft);
        let saved = catalog.save_record(doing(), first).unwrap();
        assert_eq!(total("мещерской стороной", Audience::Public), 1);
        let changed = draft("Повесть о лесах", Some(saved), RecordStatus::Draft);
        let saved = catalog.save_record(doing(), changed).unwrap();
        assert_eq!(total("мещерская", Audience::Public), 0);
        assert_eq!(total("повести", Audience::Public), 1);
        let gone = draft("Повесть о лесах", Some(saved), RecordStatus::Deleted);
        catalog.save_record(doing(), gone).unwrap();
        assert_eq!(total("повести", Audience::Public), 0);
        assert_eq!(total("повести", Audience::Staff), 1);
        assert_eq!(index.verify(&catalog).unwrap(), []);
        assert_eq!(index.position(), Catalog::head(&catalog).seq);
    }

    #[test]
    fn a_loan_alone_takes_the_book_from_those_that_can_be_had() {
        let home = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&home.path().join("library")).unwrap();
        let index = SearchIndex::open(&home.path().join("index")).unwrap();
        let post = |events: &str| {
            let titles = r#"[{"id": "T", "fund": "MAIN", "kind": "BOOK"}]"#;
            let file = format!(r#"{{"titles": {titles}, "events": {events}}}"#);
            let report = catalog::post(&catalog, &doing().actor, doing().at, None, file.as_bytes());
            let refused = report.unwrap().refused;
            assert!(refused.is_empty(), "{refused:?}");
        };
        let free = || {
            index.catch_up(&catalog).unwrap();
            let mut query = Query::new("");
            query.facets = true;
            let page = index.search(&query).unwrap();
            assert_eq!(page.total, 1, "found");
            page.facets.map_or(0, |facets| facets.available)
        };
        post(
            r#"[{"id": "R", "type": "RECEIPT", "date": "2025-02-10", "fund": "MAIN",
            "source": "PURCHASE", "supplier": "Книжный дом",
            "document": {"kind": "WAYBILL", "no": "1", "date": "2025-02-10", "total_kop": 35000},
            "lines": [{"title": "T", "copies": 1, "price_kop": 35000}]}]"#,
        );
        assert_eq!(free(), 1);
        post(r#"[{"id": "L", "type": "LOAN", "date": "2025-03-01", "lines": [{"inv": ["1"]}]}]"#);
        assert_eq!(free(), 0);
        assert_eq!(index.verify(&catalog).unwrap(), []);
    }
}
