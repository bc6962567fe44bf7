//! Вопросы к поиску: an index that the disk has changed under work is found out, said, and built anew without a restart.
//!
//! A question that breaks off only raises a suspicion, for a slip of the program breaks off too: the sums of the files
//! decide, in the thread that follows the journal. They are looked at after each start and once a day besides, since a
//! flipped bit may also hide a book without breaking a question off. Until it is built anew, a damaged index answers
//! nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::StatusCode;
use search::SearchIndex;

use crate::app::App;
use crate::problem::Problem;

/// All files are read to be summed, so that is not done oftener, however much is suspected.
const AGAIN: Duration = Duration::from_secs(60);
/// And so often where nothing is.
const ANYWAY: Duration = Duration::from_hours(24);

/// What is known of the files of the index.
#[derive(Default)]
pub(crate) struct IndexFiles {
    suspected: AtomicBool,
    damaged: AtomicBool,
    summed: Mutex<Option<Summed>>,
}

/// When they were summed last, and whether that was for a reason.
#[derive(Clone, Copy)]
struct Summed {
    at: Instant,
    suspected: bool,
}

impl IndexFiles {
    /// Whether it is time to sum them.
    fn are_due(&self) -> bool {
        let suspected = self.suspected.load(Ordering::SeqCst);
        let mut summed = self.summed.lock().unwrap_or_else(PoisonError::into_inner);
        let due = summed.is_none_or(|last| match (last.suspected, suspected) {
            (true, true) => last.at.elapsed() >= AGAIN,
            (false, true) => true,
            (_, false) => last.at.elapsed() >= ANYWAY,
        });
        if due {
            let at = Instant::now();
            *summed = Some(Summed { at, suspected });
        }
        due
    }
}

impl App {
    /// Whether the search answers: `false` while a damaged index is built anew.
    pub(crate) fn index_readable(&self) -> bool {
        !self.index_files().damaged.load(Ordering::SeqCst)
    }

    /// Something that needs the index did not come to its end.
    pub(crate) fn suspect_index(&self) {
        self.index_files().suspected.store(true, Ordering::SeqCst);
    }

    /// Asks the index.
    pub(crate) fn ask_index<T>(
        &self,
        question: impl FnOnce(&SearchIndex) -> Result<T, search::Error>,
    ) -> Result<T, Problem> {
        if !self.index_readable() {
            return Err(unreadable());
        }
        let index = self.index()?;
        // The engine panics at what it did not write.
        let why = match catch_unwind(AssertUnwindSafe(|| question(index))) {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error @ search::Error::Feed(_))) => return Err(error.into()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the engine broke off".to_owned(),
        };
        tracing::error!(why, "A question to the index broke off");
        self.suspect_index();
        Err(unreadable())
    }

    /// As [`App::ask_index`], of an index that has come up to the journal.
    pub(crate) fn ask_fresh_index<T>(
        &self,
        question: impl FnOnce(&SearchIndex) -> Result<T, search::Error>,
    ) -> Result<T, Problem> {
        self.ask_index(|index| {
            index.catch_up(self.catalog())?;
            question(index)
        })
    }

    /// Sums the files of the index when it is time to, and builds a damaged one anew.
    pub(crate) fn mend_index(&self) -> Result<(), search::Error> {
        let files = self.index_files();
        if !files.are_due() {
            return Ok(());
        }
        let index = self.index()?;
        if !index.files_are_whole() {
            tracing::error!("The index is damaged on the disk and is built anew");
            files.damaged.store(true, Ordering::SeqCst);
            // Should it not come to its end, it is tried again.
            self.suspect_index();
            index.rebuild(self.catalog(), &mut |_| ())?;
            files.damaged.store(false, Ordering::SeqCst);
        } else if files.suspected.load(Ordering::SeqCst) {
            tracing::warn!(
                "The files of the index are whole: a question broke off at something else"
            );
        }
        files.suspected.store(false, Ordering::SeqCst);
        Ok(())
    }
}

fn unreadable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "search-unreadable",
        "Поиск сейчас не читается",
    )
    .detail(
        "Он проверяется и, если повреждён на диске, строится заново сам: повторите через несколько минут. Если не \
         поможет, остановите сервер и выполните fond reindex",
    )
}
