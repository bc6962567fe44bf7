//! The catalogue as a feed: its journal names what changed, its tables say how it stands now.
//!
//! A record that is taken out (снята) is hidden from readers, not removed: staff still find it.

use std::sync::Arc;

use catalog::fund::item::{Card, Item};
use catalog::fund::state::ItemState;
use catalog::fund::tables::{Cards, Items, RecordCards, RecordItems};
use catalog::id::{RecordId, Seq};
use catalog::table::{self, TableError};
use catalog::{Catalog, RecordStatus, StoredRecord};

use crate::Error;
use crate::feed::{ChainHash, Changed, Feed, HoldingFact, Source};

impl Feed for Catalog {
    fn head(&self) -> Result<(Seq, ChainHash), Error> {
        let head = Catalog::head(self);
        Ok((head.seq, head.hash))
    }

    fn hash_at(&self, seq: Seq) -> Result<Option<ChainHash>, Error> {
        let Some(before) = seq.get().checked_sub(1) else {
            return Ok(None);
        };
        let entries = self
            .changes_since(Seq::new(before), 1)
            .map_err(Error::feed)?;
        Ok(entries.first().map(|entry| entry.hash))
    }

    fn changed_since(&self, seq: Seq, limit: usize) -> Result<Changed, Error> {
        let entries = self.changes_since(seq, limit).map_err(Error::feed)?;
        let last = entries.last();
        let mut records = Vec::new();
        for entry in &entries {
            records.extend(entry.change.records(self.view()).map_err(Error::feed)?);
        }
        Ok(Changed {
            records,
            upto: last.map_or(seq, |entry| entry.seq),
            hash: last.map_or([0; 32], |entry| entry.hash),
        })
    }

    fn source(&self, id: RecordId) -> Result<Option<Source>, Error> {
        match self.record(id) {
            Ok(stored) => whole(self, stored).map(Some),
            Err(catalog::Error::NotFound(_)) => Ok(None),
            Err(other) => Err(Error::feed(other)),
        }
    }

    fn all(&self, after: Option<RecordId>, limit: usize) -> Result<Vec<Source>, Error> {
        let stored = self.records_after(after, limit).map_err(Error::feed)?;
        stored
            .into_iter()
            .map(|stored| whole(self, stored))
            .collect()
    }
}

fn whole(catalog: &Catalog, stored: StoredRecord) -> Result<Source, Error> {
    let holdings = holdings(catalog, stored.id).map_err(Error::feed)?;
    Ok(Source {
        id: stored.id,
        record: Arc::new(stored.record),
        holdings,
        hidden: stored.status == RecordStatus::Deleted,
    })
}

fn holdings(catalog: &Catalog, record: RecordId) -> Result<Vec<HoldingFact>, TableError> {
    let view = catalog.view();
    let mut holdings = Vec::new();
    for id in table::all::<RecordItems>(view, &record)? {
        holdings.extend(table::get::<Items>(view, &id)?.and_then(of_item));
    }
    for id in table::all::<RecordCards>(view, &record)? {
        let card = table::get::<Cards>(view, &id)?;
        holdings.extend(card.into_iter().flat_map(of_card));
    }
    Ok(holdings)
}

fn of_item(item: Item) -> Option<HoldingFact> {
    let available = match item.state {
        ItemState::Withdrawn | ItemState::Voided => return None,
        ItemState::Available => true,
        ItemState::InProcessing | ItemState::OnLoan | ItemState::LentOut => false,
        ItemState::InRepair | ItemState::Restricted | ItemState::LostClaimed => false,
        ItemState::Missing | ItemState::SelectedForWithdrawal => false,
    };
    Some(HoldingFact {
        library: item.place.unwrap_or(item.library),
        available,
        shelfmark: Some(item.shelfmark).filter(|mark| !mark.is_empty()),
        numbers: item.number.iter().map(ToString::to_string).collect(),
    })
}

fn of_card(card: Card) -> impl Iterator<Item = HoldingFact> {
    let rows = card.by_place().into_iter();
    rows.map(move |(place, _, free)| HoldingFact {
        available: free > 0,
        library: place.unwrap_or_else(|| card.library.clone()),
        shelfmark: None,
        numbers: Vec::new(),
    })
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
}
