//! What tells a retry from another request under the same key (D-8), when a reader's name stands in the request.
//!
//! The digest of a request stands in the journal for ever. Of one with a name nobody may try names on it once the name
//! is erased: there it is a digest under the reader's key.

use crate::change::Change;
use crate::id::Hash;
use crate::people::{KeptUser, ReaderKey};

/// Отпечаток запроса.
pub(crate) struct Request {
    plain: Hash,
    keyed: Option<Box<Hash>>,
}

impl From<Hash> for Request {
    fn from(plain: Hash) -> Self {
        Self { plain, keyed: None }
    }
}

impl Request {
    /// Of a request about a reader with this key.
    pub(crate) fn about(plain: Hash, key: Option<&ReaderKey>) -> Self {
        let keyed = key.map(|key| Box::new(key.digest(&plain)));
        Self { plain, keyed }
    }

    /// Whether this request made the entry where this digest stands.
    pub(crate) fn made(&self, stands: &Hash) -> bool {
        self.plain == *stands || self.keyed.as_deref() == Some(stands)
    }

    /// What is to stand in the entry of this change.
    pub(crate) fn digest(&self, change: &Change) -> Hash {
        let sealed = change.veiled().and_then(KeptUser::sealed);
        let keyed = self.keyed.as_deref().filter(|_| sealed.is_some());
        keyed.copied().unwrap_or(self.plain)
    }
}
