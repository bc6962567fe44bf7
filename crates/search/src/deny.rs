//! The live deny set: a record hidden a moment ago is found by no reader, though the index does not
//! yet know. It lives in memory; what the index has learnt from the feed leaves it again.

use std::collections::BTreeMap;
use std::sync::RwLock;

use catalog::id::RecordId;

/// Records hidden since the index last heard of them, each with the moment it was put here.
#[derive(Debug, Default)]
pub(crate) struct DenySet(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    moment: u64,
    since: BTreeMap<RecordId, u64>,
}

impl DenySet {
    /// Hides these from the next answer on.
    pub(crate) fn hide(&self, ids: &[RecordId]) {
        let mut state = self.0.write().unwrap_or_else(|poison| poison.into_inner());
        state.moment += 1;
        let moment = state.moment;
        state.since.extend(ids.iter().map(|id| (*id, moment)));
    }

    /// The moment now: whatever is hidden later has a later one.
    pub(crate) fn moment(&self) -> u64 {
        self.0
            .read()
            .unwrap_or_else(|poison| poison.into_inner())
            .moment
    }

    /// Lets go of these if they were hidden up to that moment: the index itself knows by now.
    pub(crate) fn settle(&self, ids: &[RecordId], moment: u64) {
        let mut state = self.0.write().unwrap_or_else(|poison| poison.into_inner());
        for id in ids {
            if state.since.get(id).is_some_and(|since| *since <= moment) {
                state.since.remove(id);
            }
        }
    }

    /// Lets go of everything hidden up to that moment.
    pub(crate) fn settle_all(&self, moment: u64) {
        let mut state = self.0.write().unwrap_or_else(|poison| poison.into_inner());
        state.since.retain(|_, since| *since > moment);
    }

    /// All of them.
    pub(crate) fn ids(&self) -> Vec<RecordId> {
        let state = self.0.read().unwrap_or_else(|poison| poison.into_inner());
        state.since.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_hidden_after_the_batch_began_stays_hidden() {
        let deny = DenySet::default();
        let (early, late) = (RecordId::new(1), RecordId::new(2));
        deny.hide(&[early]);
        let began = deny.moment();
        deny.hide(&[late]);
        deny.settle(&[early, late], began);
        assert_eq!(deny.ids(), [late]);
        deny.settle_all(deny.moment());
        assert!(deny.ids().is_empty());
    }
}
