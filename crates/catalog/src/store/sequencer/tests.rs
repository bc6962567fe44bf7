//! A command pressed twice while the disk is busy: both presses get one answer. Tables that stop: nobody is told to come
//! and look.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Doing;
use crate::change::Change;
use crate::error::Error;
use crate::store::apply::OpenJobs;
use crate::store::{JournalHome, Store};
use crate::table::{Table, key_bytes};

#[test]
fn two_presses_that_meet_in_one_batch_get_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &JournalHome::Folder, &mut |_, _| ()).unwrap();
    let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    let doing = |id: u128| Doing {
        command_id: Some(Uuid::from_u128(id)),
        ..Doing::now("иванова".parse().unwrap(), at)
    };
    let (open, gate) = channel::<()>();
    let (first, pressed) = std::thread::scope(|scope| {
        let store = &store;
        // The writer stands at this one while the two presses queue up behind it.
        let first = scope.spawn(move || {
            let held = Box::new(move |_: &dyn crate::table::View| {
                gate.recv().map_err(|e| Error::Damaged(e.to_string()))?;
                Ok(Some(Change::Records(Vec::new())))
            });
            store.run(doing(1), [1; 32], held).unwrap().unwrap().seq
        });
        std::thread::sleep(Duration::from_millis(100));
        let press = || {
            scope.spawn(move || {
                let decide =
                    Box::new(|_: &dyn crate::table::View| Ok(Some(Change::Records(Vec::new()))));
                store.run(doing(2), [2; 32], decide)
            })
        };
        let presses = [press(), press(), press()];
        std::thread::sleep(Duration::from_millis(300));
        open.send(()).unwrap();
        let pressed = presses.map(|press| press.join().unwrap());
        (first.join().unwrap(), pressed)
    });
    let pressed = pressed.map(|answer| answer.unwrap().unwrap().seq);
    assert_eq!(pressed[0].get(), first.get() + 1);
    assert!(pressed.iter().all(|seq| *seq == pressed[0]), "{pressed:?}");
    assert_eq!(store.head().seq, pressed[0], "written once");
}

#[test]
fn a_head_that_the_tables_never_reached_wakes_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &JournalHome::Folder, &mut |_, _| ()).unwrap();
    let job = Uuid::from_u128(1);
    let key = key_bytes(&crate::store::apply::CommandKey::from(job.as_u128()));
    store.tables().spoil(OpenJobs::ID, &key);
    let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    let doing = Doing::now("иванова".parse().unwrap(), at);
    let work = "загрузка".to_owned();
    let decide =
        Box::new(move |_: &dyn crate::table::View| Ok(Some(Change::JobBegun { job, work })));
    let written = store.run(doing, [1; 32], decide).unwrap().unwrap();
    let head = store.head().seq;
    assert!(written.seq > head, "the tables did not follow");
    let (begun, time) = (Instant::now(), Duration::from_millis(200));
    assert_eq!(store.wait_past(head, time), head);
    assert!(begun.elapsed() >= time, "it waits instead of turning round");
}
