//! The one thread that writes: drains the queue, decides each command, syncs once, applies, answers.
//!
//! Group commit is ours: everything that waits when a sync ends goes into the next batch.

mod outcome;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel};
use std::thread::JoinHandle;

use jiff::Timestamp;
use uuid::Uuid;

use super::apply::{self, Commands};
use super::batch::Batch;
use super::bell::HeadBell;
use super::doing::Doing;
use super::fresh::Fresh;
use super::journal::frame::entry_time;
use super::journal::{Draft, Journal, JournalError, Position, RawEntry};
use super::open::replay;
use super::payload::{entry, read_entry, write_payload};
use super::request::Request;
use super::tables::SledTables;
use super::turn::{OUTCOME, QUEUE, SOON, Turn};
use crate::change::{Change, Entry};
use crate::error::Error;
use crate::id::Seq;
use crate::table::{View, get};

use outcome::{Decided, Made, Outcome, Said, Written, not_written};

/// At most so many commands share a sync.
const BATCH_COMMANDS: usize = 256;
/// A batch is closed when its payloads are longer.
const BATCH_BYTES: usize = 8 << 20;
/// Stack of the writing thread, bytes; a test gives it little, so that what grows with every batch is seen.
const STACK: usize = if cfg!(test) { 512 << 10 } else { 4 << 20 };

/// What a command decides on the state it is shown: a change, or nothing to do.
pub(crate) type Decide = Box<dyn FnOnce(&dyn View) -> Result<Option<Change>, Error> + Send>;

/// What the writing thread is given.
enum Work {
    /// Do this.
    Command(Command),
    /// Others may have appended: look.
    Look,
    /// End; everything before is done.
    End,
}

struct Command {
    turn: Arc<Turn>,
    doing: Doing,
    request: Request,
    decide: Decide,
    answer: SyncSender<Result<Option<Entry>, Error>>,
}

/// The answer to a command that is still in the queue.
pub(crate) struct Promise {
    turn: Arc<Turn>,
    answered: Receiver<Result<Option<Entry>, Error>>,
}

impl Promise {
    /// Waits for the end of the command. `Ok(Some)` is on disk; `Ok(None)` found nothing to do.
    pub(crate) fn keep(self) -> Result<Option<Entry>, Error> {
        self.turn.wait(&self.answered, QUEUE, OUTCOME)
    }

    /// As [`Promise::keep`], of a question: who asks it has little time.
    pub(crate) fn keep_soon(self) -> Result<Option<Entry>, Error> {
        self.turn.wait(&self.answered, SOON, SOON)
    }
}

/// A handle on the writing thread; dropping it lets the queue run dry and ends the thread.
pub(crate) struct Sequencer {
    queue: Sender<Work>,
    thread: Option<JoinHandle<()>>,
}

impl Sequencer {
    pub(crate) fn start(
        journal: Box<dyn Journal>,
        tables: Arc<SledTables>,
        bell: Arc<HeadBell>,
        fresh: Arc<Fresh>,
    ) -> Result<Self, Error> {
        let (queue, work) = channel();
        let failed = |source| Error::Io {
            what: "поток записи".into(),
            source,
        };
        if let Some(mut wakes) = journal.wakes() {
            let queue = queue.clone();
            let listen = move || {
                while queue.send(Work::Look).is_ok() {
                    wakes.wait();
                }
            };
            let thread = std::thread::Builder::new().name("listener".into());
            thread.spawn(listen).map_err(failed)?;
        }
        let thread = std::thread::Builder::new()
            .name("sequencer".into())
            .stack_size(STACK)
            .spawn(move || {
                Writer {
                    journal,
                    tables,
                    bell,
                    fresh,
                    again: VecDeque::new(),
                    lost: None,
                }
                .run(&work);
            })
            .map_err(failed)?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Puts a command into the queue; commands of one caller are done in the order they were put.
    pub(crate) fn submit(
        &self,
        doing: Doing,
        request: Request,
        decide: Decide,
    ) -> Result<Promise, Error> {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let turn = Arc::new(Turn::default());
        let command = Command {
            turn: Arc::clone(&turn),
            doing,
            request,
            decide,
            answer,
        };
        // A thread that has ended drops the command, and with it the answer: the wait tells.
        drop(self.queue.send(Work::Command(command)));
        Ok(Promise { turn, answered })
    }
}

impl Drop for Sequencer {
    fn drop(&mut self) {
        let _ = self.queue.send(Work::End);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("The writing thread ended by a panic");
        }
    }
}

struct Writer {
    journal: Box<dyn Journal>,
    tables: Arc<SledTables>,
    bell: Arc<HeadBell>,
    fresh: Arc<Fresh>,
    /// Commands that met their own first press in a batch: they begin the next one.
    again: VecDeque<Command>,
    /// Why the tables can no longer be trusted, if so.
    lost: Option<String>,
}

/// One command that panics answers for itself; the thread goes on with the others.
fn contained<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // What the command had done to the batch is taken back as after any error.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let why =
            "Действие не выполнено из-за ошибки программы, ничего не записано: сообщите о ней";
        Err(Error::Internal(why.into()))
    })
}

impl Writer {
    fn run(mut self, work: &Receiver<Work>) {
        let mut flow = ControlFlow::Continue(());
        while flow.is_continue() {
            flow = match work.recv() {
                Ok(Work::Command(first)) => self.batch(first, work),
                Ok(Work::Look) => {
                    self.look();
                    ControlFlow::Continue(())
                }
                Ok(Work::End) | Err(_) => ControlFlow::Break(()),
            };
            while let Some(first) = self.again.pop_front() {
                if self.batch(first, work).is_break() {
                    flow = ControlFlow::Break(());
                }
            }
        }
    }

    /// What waits, if anything does.
    fn next(&mut self, work: &Receiver<Work>) -> Option<Work> {
        let again = self.again.pop_front().map(Work::Command);
        again.or_else(|| work.try_recv().ok())
    }

    /// Answers this command and all that wait; none of them was begun.
    fn refuse_all(
        &mut self,
        first: Command,
        work: &Receiver<Work>,
        why: &Error,
    ) -> ControlFlow<()> {
        let mut next = Some(Work::Command(first));
        while let Some(given) = next {
            match given {
                Work::Command(command) => {
                    drop(command.answer.send(Err(not_written(why))));
                }
                Work::Look => {}
                Work::End => return ControlFlow::Break(()),
            }
            next = self.next(work);
        }
        ControlFlow::Continue(())
    }

    /// Everything that waits becomes one batch; breaks when the end was met on the way.
    fn batch(&mut self, first: Command, work: &Receiver<Work>) -> ControlFlow<()> {
        if let Err(error) = self.begin() {
            return self.refuse_all(first, work, &error);
        }
        let (mut next, mut flow) = (Some(first), ControlFlow::Continue(()));
        let tables = Arc::clone(&self.tables);
        let mut batch = Batch::new(&tables);
        let (mut decided, mut bytes) = (Vec::new(), 0);
        let (mut again, mut held) = (VecDeque::new(), Vec::new());
        while let Some(command) = next.take() {
            let last = decided
                .last()
                .map_or(self.journal.last_time(), |d: &Decided| d.draft.at);
            if self.repeats(&batch, &command) {
                again.push_back(command);
            } else {
                match self.decide(command, &mut batch, decided.len(), last) {
                    Outcome::Write(done) => {
                        bytes += done.draft.payload.len();
                        decided.push(done);
                    }
                    Outcome::Say(said) if decided.is_empty() => said.tell(),
                    // «It is there already» may speak of what this batch brings: true when that is on disk.
                    Outcome::Say(said) => held.push(said),
                    Outcome::Gone => {}
                }
            }
            while next.is_none() && decided.len() < BATCH_COMMANDS && bytes < BATCH_BYTES {
                match self.next(work) {
                    Some(Work::Command(command)) => next = Some(command),
                    // The batch itself looks.
                    Some(Work::Look) => {}
                    Some(Work::End) => {
                        flow = ControlFlow::Break(());
                        break;
                    }
                    None => break,
                }
            }
        }
        if decided.is_empty() {
            self.journal.release();
        } else if let Err(why) = self.write(&batch, decided) {
            for said in &mut held {
                said.said = Err(not_written(&why));
            }
        }
        held.into_iter().for_each(Said::tell);
        // What still waits there came later: the queue is asked when nothing does.
        again.append(&mut self.again);
        self.again = again;
        flow
    }

    /// Whether the first of the same command is in this very batch: its answer is that of the batch (D-8).
    fn repeats(&self, batch: &Batch<'_>, command: &Command) -> bool {
        let Some(id) = command.doing.command_id else {
            return false;
        };
        let first = get::<Commands>(batch, &id.as_u128().into());
        first.is_ok_and(|row| {
            row.is_some_and(|row| {
                row.seq > self.journal.head().seq && command.request.made(&row.request)
            })
        })
    }

    /// Claims the journal with the tables at its head.
    fn begin(&mut self) -> Result<(), Error> {
        if let Some(why) = &self.lost {
            return Err(Error::Unavailable(why.clone()));
        }
        // Most of what others wrote is read before the claim, so that the claim is short.
        let head = self.journal.refresh()?;
        self.follow(head)?;
        let head = self.journal.claim()?;
        self.follow(head).inspect_err(|_| self.journal.release())
    }

    fn look(&mut self) {
        let looked = match self.journal.refresh() {
            Ok(head) => self.follow(head),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = looked {
            tracing::warn!(%error, "The journal was not followed");
        }
    }

    /// Applies what others have appended up to `head`.
    fn follow(&mut self, head: Position) -> Result<(), Error> {
        let at = self.tables.watermark().position;
        if at == head {
            return Ok(());
        }
        if at.seq >= head.seq {
            return Err(self.apart(at, head));
        }
        self.fresh.forget();
        let reader = self.journal.reader();
        let followed = replay(&self.tables, reader.as_ref(), &mut |_, _| ());
        if let Err(Error::Damaged(why)) = &followed {
            tracing::error!(%why, "The journal does not go on from the tables");
            return Err(self.apart(at, head));
        }
        followed?;
        self.bell.ring(self.tables.watermark().position.seq);
        Ok(())
    }

    /// The tables know what the journal does not.
    fn apart(&mut self, at: Position, head: Position) -> Error {
        let why = format!(
            "Таблицы на записи {}, журнал на {} и другой: перезапустите программу, таблицы построятся заново",
            at.seq, head.seq
        );
        self.lost = Some(why.clone());
        Error::Unavailable(why)
    }

    /// Decides one command on the tables and what this batch did.
    fn decide(
        &mut self,
        command: Command,
        batch: &mut Batch<'_>,
        before: usize,
        last: Timestamp,
    ) -> Outcome {
        let Command {
            turn,
            mut doing,
            request,
            decide,
            answer,
        } = command;
        if !turn.begin() {
            return Outcome::Gone;
        }
        let run = || -> Result<Result<Made, Option<Entry>>, Error> {
            let command_id = doing.command_id.unwrap_or_else(Uuid::new_v4);
            if let Some(first) = self.earlier(batch, command_id, &request)? {
                return Ok(Err(Some(first)));
            }
            let Some(change) = decide(&*batch)? else {
                return Ok(Err(None));
            };
            // The very time that the journal will give it: the tables must say what a replay says.
            doing.at = entry_time(doing.at, last);
            let seq = Seq::new(self.journal.head().seq.get() + 1 + before as u64);
            let request = request.digest(&change);
            apply::apply(&change, seq, doing.at, command_id, request, batch)?;
            let (version, payload) = write_payload(request, &change)?;
            let draft = Draft {
                kind: change.kind(),
                version,
                command_id,
                actor: doing.actor.clone(),
                on: doing.on,
                at: doing.at,
                payload,
            };
            Ok(Ok((draft, request, change)))
        };
        let said = match contained(run) {
            Ok(Ok((draft, request, change))) => {
                batch.keep();
                return Outcome::Write(Decided::of(draft, request, change, answer));
            }
            Ok(Err(earlier)) => Ok(earlier),
            Err(error) => Err(error),
        };
        batch.take_back();
        Outcome::Say(Said { answer, said })
    }

    /// The first answer to a command id that came before (D-8).
    fn earlier(
        &self,
        batch: &Batch<'_>,
        id: Uuid,
        request: &Request,
    ) -> Result<Option<Entry>, Error> {
        let Some(row) = get::<Commands>(batch, &id.as_u128().into())? else {
            return Ok(None);
        };
        if !request.made(&row.request) {
            return Err(Error::KeyReused);
        }
        if row.seq > self.journal.head().seq {
            return Err(Error::Unavailable(
                "Этот запрос уже выполняется: повторите через секунду".into(),
            ));
        }
        let before = Seq::new(row.seq.get() - 1);
        let raw = self.journal.reader().read(before, 1)?;
        raw.into_iter()
            .next()
            .map(|raw| read_entry(raw).map_err(Error::Damaged))
            .transpose()
    }

    /// Writes a batch and tells all who wait for it.
    ///
    /// # Errors
    /// That of the journal, also told to them.
    fn write(&mut self, batch: &Batch<'_>, decided: Vec<Decided>) -> Result<(), Error> {
        let (drafts, waiting): (Vec<_>, Vec<_>) =
            decided.into_iter().map(|d| (d.draft, d.written)).unzip();
        let head = self.journal.head();
        match self.journal.append(head, drafts) {
            Ok(entries) => {
                self.publish(batch, entries, waiting);
                Ok(())
            }
            Err(error) => {
                let why = error.to_string();
                tracing::error!(error = %why, "The journal refused a batch of {}", waiting.len());
                // Where it is certain that nothing was written, the next batch may try again.
                let certain = error.nothing_was_written();
                if !error.may_go_on() {
                    self.lost = Some(JournalError::Poisoned(why.clone()).to_string());
                }
                let error = Error::from(error);
                for written in waiting {
                    let told = if certain {
                        not_written(&error)
                    } else {
                        Error::OutcomeUnknown(JournalError::Unknown(why.clone()).to_string())
                    };
                    drop(written.answer.send(Err(told)));
                }
                Err(error)
            }
        }
    }

    fn publish(&mut self, batch: &Batch<'_>, entries: Vec<RawEntry>, waiting: Vec<Written>) {
        let Some(last) = entries.last() else { return };
        let position = Position {
            seq: last.seq,
            hash: last.hash,
        };
        let done = entries.into_iter().zip(waiting).map(|(raw, written)| {
            let done = entry(raw, written.request, written.change);
            (done, written.answer)
        });
        let done: Vec<_> = done.collect();
        // Before the tables: who sees the new head there must not be given what stood before it.
        for (entry, _) in &done {
            self.fresh.remember(entry);
        }
        if let Err(error) = self.tables.commit(batch.writes(), position) {
            let why = format!(
                "Таблицы остановились: {error}. Перезапустите программу, они построятся заново"
            );
            tracing::error!(error = %error, "Tables lost at {}", position.seq);
            self.lost = Some(why);
        }
        // Who is told of an entry looks for it in the tables: what they never reached calls nobody.
        self.bell.ring(self.tables.watermark().position.seq);
        for (entry, answer) in done {
            drop(answer.send(Ok(Some(entry))));
        }
    }
}
