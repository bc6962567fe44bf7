//! What every writing call says about itself.

use jiff::{Timestamp, civil::Date};
use uuid::Uuid;

use crate::id::{Hash, UserId};

/// Кто, когда и под каким ключом: what every writing call says about itself.
#[derive(Clone, Debug)]
pub struct Doing {
    /// Who acts.
    pub actor: UserId,
    /// The moment of entry, by the caller's clock.
    pub at: Timestamp,
    /// Дата документа, where there is a paper.
    pub on: Option<Date>,
    /// The command's unique name; a retry carries the same one (D-8). `None` makes a fresh one.
    pub command_id: Option<Uuid>,
    /// Digest of the request as the caller got it, when that says better than the command what a
    /// retry is: a command may carry facts that its first run has changed.
    pub request: Option<Hash>,
}

impl Doing {
    /// An action without a paper's date and with a fresh command id.
    #[must_use]
    pub fn now(actor: UserId, at: Timestamp) -> Self {
        Self {
            actor,
            at,
            on: None,
            command_id: None,
            request: None,
        }
    }
}
