//! The turn of a command that waits for the writing thread: either it is begun, or its sender gives up.
//!
//! A shared journal may hang. Who waits must be told in time, and told the truth: a command that was never begun is
//! certainly not written, one that was begun may be (D-8).

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use crate::error::Error;

/// So long a command waits to be begun.
pub(crate) const QUEUE: Duration = Duration::from_secs(20);
/// So long the answer to a begun command is waited for.
pub(crate) const OUTCOME: Duration = Duration::from_secs(60);

/// So long a question that writes nothing waits for either.
pub(crate) const SOON: Duration = Duration::from_secs(5);

const WAITING: u8 = 0;
const BEGUN: u8 = 1;
const GIVEN_UP: u8 = 2;

/// Очередь: where one command stands.
#[derive(Default)]
pub(crate) struct Turn(AtomicU8);

impl Turn {
    /// The writing thread begins it, unless its sender has gone.
    pub(crate) fn begin(&self) -> bool {
        self.leave_waiting(BEGUN)
    }

    fn give_up(&self) -> bool {
        self.leave_waiting(GIVEN_UP)
    }

    fn leave_waiting(&self, next: u8) -> bool {
        let left = self
            .0
            .compare_exchange(WAITING, next, Ordering::SeqCst, Ordering::SeqCst);
        left.is_ok()
    }

    /// Waits for the answer as long as it makes sense.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it was not begun in time, [`Error::OutcomeUnknown`] when it was begun and not
    /// answered.
    pub(crate) fn wait<T>(
        &self,
        answered: &Receiver<Result<T, Error>>,
        queue: Duration,
        outcome: Duration,
    ) -> Result<T, Error> {
        let answer = match answered.recv_timeout(queue) {
            Err(RecvTimeoutError::Timeout) if self.give_up() => {
                return Err(Error::Unavailable(format!(
                    "Журнал не отвечает {} с: ничего не записано, повторите через минуту",
                    queue.as_secs()
                )));
            }
            Err(RecvTimeoutError::Timeout) => answered.recv_timeout(outcome),
            early => early,
        };
        match answer {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Disconnected) if self.give_up() => Err(Error::Unavailable(
                "Запись остановлена: программа завершает работу".into(),
            )),
            Err(RecvTimeoutError::Disconnected) => Err(Error::OutcomeUnknown(
                "Запись прервалась ошибкой программы: изменение могло быть записано. Перезапустите программу и \
                 повторите с тем же ключом: дважды не запишется"
                    .into(),
            )),
            Err(RecvTimeoutError::Timeout) => Err(Error::OutcomeUnknown(format!(
                "Журнал не ответил за {} с: изменение могло быть записано. Повторите с тем же ключом: дважды не \
                 запишется",
                outcome.as_secs()
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::*;

    const AT_ONCE: Duration = Duration::from_millis(5);

    #[test]
    fn a_command_that_was_never_begun_is_certainly_not_written() {
        let (turn, (_answer, answered)) = (Turn::default(), sync_channel::<Result<(), Error>>(1));
        let said = turn.wait(&answered, AT_ONCE, AT_ONCE);
        assert!(matches!(said, Err(Error::Unavailable(_))), "{said:?}");
        assert!(!turn.begin(), "nobody may begin it any more");
    }

    #[test]
    fn a_command_that_was_begun_and_not_answered_may_be_written() {
        let (turn, (_answer, answered)) = (Turn::default(), sync_channel::<Result<(), Error>>(1));
        assert!(turn.begin());
        let said = turn.wait(&answered, AT_ONCE, AT_ONCE);
        assert!(matches!(said, Err(Error::OutcomeUnknown(_))), "{said:?}");
    }

    #[test]
    fn a_writing_thread_that_ended_may_have_written_only_what_it_had_begun() {
        let (waiting, (answer, answered)) = (Turn::default(), sync_channel::<Result<(), Error>>(1));
        drop(answer);
        let said = waiting.wait(&answered, AT_ONCE, AT_ONCE);
        assert!(matches!(said, Err(Error::Unavailable(_))), "{said:?}");
        let (begun, (answer, answered)) = (Turn::default(), sync_channel::<Result<(), Error>>(1));
        assert!(begun.begin());
        drop(answer);
        let said = begun.wait(&answered, AT_ONCE, AT_ONCE);
        assert!(matches!(said, Err(Error::OutcomeUnknown(_))), "{said:?}");
    }

    #[test]
    fn an_answer_in_time_is_the_answer() {
        let (turn, (answer, answered)) = (Turn::default(), sync_channel(1));
        assert!(turn.begin());
        answer.send(Ok(7)).unwrap();
        assert!(matches!(turn.wait(&answered, AT_ONCE, AT_ONCE), Ok(7)));
    }
}
