//! Reading the journal for people who wait for a page: a shared one may fall silent, and they are told in a moment.
//!
//! One reads at a time. What is read goes on behind those who gave up, and is there for the next who ask.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;

/// So long somebody at a page waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Чтение в стороне.
#[derive(Clone, Default)]
pub(crate) struct Aside(Arc<Reading>);

#[derive(Default)]
struct Reading {
    /// Since when somebody reads.
    since: Mutex<Option<Instant>>,
    free: Condvar,
}

/// The turn of the one who reads; it ends with this value.
struct Turn(Aside);

impl Drop for Turn {
    fn drop(&mut self) {
        let Aside(reading) = &self.0;
        *reading.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        reading.free.notify_one();
    }
}

impl Aside {
    /// Reads when it is our turn, however long that takes.
    pub(crate) fn read<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let _turn = self.turn(None);
        work()
    }

    /// Reads on a thread of its own and waits no longer than this for its turn and the answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is none so soon; at once, when the one who reads has waited longer already.
    pub(crate) fn read_within<T: Send + 'static>(
        &self,
        long: Duration,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let asked = Instant::now();
        let turn = self.turn(Some(long)).ok_or_else(silent)?;
        let (tell, told) = sync_channel(1);
        let read = move || {
            let answer = work();
            drop(turn);
            // Who asked may have gone.
            drop(tell.send(answer));
        };
        let thread = std::thread::Builder::new().name("reader".into());
        thread.spawn(read).map_err(|source| Error::Io {
            what: "поток чтения".into(),
            source,
        })?;
        match told.recv_timeout(long.saturating_sub(asked.elapsed())) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(silent()),
            Err(RecvTimeoutError::Disconnected) => Err(Error::Internal(
                "Чтение журнала прервано ошибкой программы: сообщите о ней".into(),
            )),
        }
    }

    /// The turn to read; nothing when somebody reads longer than this.
    fn turn(&self, long: Option<Duration>) -> Option<Turn> {
        let asked = Instant::now();
        let Self(reading) = self;
        let mut since = reading.since.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(begun) = *since {
            since = match long {
                None => reading.free.wait(since),
                Some(long) => {
                    // Whoever has read so long will not be done in a moment.
                    let left = (begun.min(asked) + long).checked_duration_since(Instant::now());
                    let waited = reading.free.wait_timeout(since, left?);
                    Ok(waited.map_or_else(|poison| poison.into_inner().0, |(since, _)| since))
                }
            }
            .unwrap_or_else(PoisonError::into_inner);
        }
        *since = Some(Instant::now());
        Some(Turn(self.clone()))
    }
}

fn silent() -> Error {
    Error::Unavailable(
        "Журнал не отвечает: то, что стоит только в нём, сейчас не прочесть, повторите через минуту"
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::channel;

    use super::*;

    const LONG: Duration = Duration::from_millis(300);

    /// Whether a reading that ends at once is answered, and after how long.
    fn asked(aside: &Aside) -> (bool, Duration) {
        let begun = Instant::now();
        let answer = aside.read_within(LONG, || Ok(7));
        let told = matches!(answer, Ok(7) | Err(Error::Unavailable(_)));
        assert!(told, "{answer:?}");
        (answer.is_ok(), begun.elapsed())
    }

    #[test]
    fn nobody_waits_for_a_reading_that_hangs_and_the_next_is_answered_when_it_ends() {
        let aside = Aside::default();
        let (open, gate) = channel::<()>();
        let (tell, done) = channel();
        let begun = Instant::now();
        let first = aside.read_within(LONG, move || {
            // For ever, were it waited for.
            let _ = gate.recv_timeout(100 * LONG);
            tell.send(()).unwrap();
            Ok(1)
        });
        assert!(matches!(first, Err(Error::Unavailable(_))), "{first:?}");
        assert!((LONG..20 * LONG).contains(&begun.elapsed()));
        // Those who come later do not even wait.
        let begun = Instant::now();
        assert!((0..40).all(|_| !asked(&aside).0));
        assert!(begun.elapsed() < 20 * LONG, "{:?}", begun.elapsed());
        open.send(()).unwrap();
        done.recv().unwrap();
        assert_eq!(aside.read(|| Ok(8)).unwrap(), 8);
        assert!(asked(&aside).0);
    }

    #[test]
    fn a_reading_that_panics_gives_its_turn_back() {
        let aside = Aside::default();
        let answer = aside.read_within::<()>(100 * LONG, || panic!("a slip of the program"));
        assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        assert!(asked(&aside).0);
    }

    #[test]
    fn quick_readings_are_all_answered_one_after_another() {
        let (aside, at_once) = (Aside::default(), Arc::new(AtomicUsize::new(0)));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                let at_once = Arc::clone(&at_once);
                let read = move || {
                    let others = at_once.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_millis(20));
                    at_once.fetch_sub(1, Ordering::SeqCst);
                    Ok(others)
                };
                scope.spawn(|| assert_eq!(aside.read_within(100 * LONG, read).unwrap(), 0));
            }
        });
    }
}
