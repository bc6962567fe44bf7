//! A command pressed twice while the disk is busy: both presses get one answer. Tables that stop: nobody is told to come
//! and look. Tables that are about to move: whoever sees them moved is given what moved them.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Doing;
use crate::change::Change;
use crate::error::Error;
use crate::id::{RecordId, Seq};
use crate::record::{BiblioRecord, Leader};
use crate::shelf::{RecordStatus, RecordVersion};
use crate::store::apply::OpenJobs;
use crate::store::{JournalHome, Store};
use crate::table::{Table, View, get, key_bytes};

fn opened(folder: &Path) -> Store {
    Store::open(folder, &JournalHome::Folder, &mut |_, _| ()).unwrap()
}

/// A command under this key.
fn doing(key: u128) -> Doing {
    let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    Doing {
        command_id: Some(Uuid::from_u128(key)),
        ..Doing::now("иванова".parse().unwrap(), at)
    }
}

#[test]
fn two_presses_that_meet_in_one_batch_get_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path());
    let (open, gate) = channel::<()>();
    let (first, pressed) = std::thread::scope(|scope| {
        let store = &store;
        // The writer stands at this one while the two presses queue up behind it.
        let first = scope.spawn(move || {
            let held = Box::new(move |_: &dyn View| {
                gate.recv().map_err(|e| Error::Damaged(e.to_string()))?;
                Ok(Some(Change::Records(Vec::new())))
            });
            store.run(doing(1), [1; 32], held).unwrap().unwrap().seq
        });
        std::thread::sleep(Duration::from_millis(100));
        let press = || {
            scope.spawn(move || {
                let decide = Box::new(|_: &dyn View| Ok(Some(Change::Records(Vec::new()))));
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
fn pressers_who_never_cease_to_meet_are_answered_one_batch_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path());
    let (pairs, many) = (2, 1000);
    std::thread::scope(|scope| {
        for presser in 0..2 * pairs {
            let first = presser / 2 * many;
            let press = |key| {
                let decide = Box::new(|_: &dyn View| {
                    // Long enough for the other press to come into the same batch.
                    std::thread::sleep(Duration::from_millis(1));
                    Ok(Some(Change::Records(Vec::new())))
                });
                store.run(doing(key), [1; 32], decide).unwrap().unwrap()
            };
            scope.spawn(move || (1..=many).for_each(|n| drop(press(first + n))));
        }
    });
    let written = u128::from(store.head().seq.get());
    assert_eq!(written, pairs * many, "each is written once");
}

#[test]
fn an_answer_that_rests_on_a_neighbour_in_the_batch_comes_when_that_is_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path());
    let stands = |view: &dyn View| {
        let key = crate::store::apply::CommandKey::from(1);
        get::<OpenJobs>(view, &key).unwrap().is_some()
    };
    let (open, gate) = channel::<()>();
    let seen = std::thread::scope(|scope| {
        let store = &store;
        let first = scope.spawn(move || {
            let held = Box::new(move |_: &dyn View| {
                gate.recv().map_err(|e| Error::Damaged(e.to_string()))?;
                let (job, work) = (Uuid::from_u128(1), "Приём файла".to_owned());
                Ok(Some(Change::JobBegun { job, work }))
            });
            store.run(doing(1), [1; 32], held).unwrap().unwrap()
        });
        std::thread::sleep(Duration::from_millis(100));
        let press = |number: u128| {
            scope.spawn(move || {
                let decide = Box::new(move |view: &dyn View| match (stands(view), number) {
                    (true, 2) => Ok(None),
                    (there, _) => Err(Error::NotFound(there.to_string())),
                });
                let answer = store.run(doing(number), [2; 32], decide);
                (answer.map(|_| ()), stands(store.tables()))
            })
        };
        let presses = [press(2), press(3)];
        std::thread::sleep(Duration::from_millis(200));
        open.send(()).unwrap();
        first.join().unwrap();
        presses.map(|press| press.join().unwrap())
    });
    let [(nothing_to_do, there), (refused, there_too)] = seen;
    nothing_to_do.unwrap();
    assert!(matches!(refused, Err(Error::NotFound(met)) if met == "true"));
    assert!(there && there_too, "what they speak of is in the tables");
}

#[test]
fn a_head_that_the_tables_never_reached_wakes_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path());
    let job = Uuid::from_u128(1);
    let key = key_bytes(&crate::store::apply::CommandKey::from(job.as_u128()));
    store.tables().spoil(OpenJobs::ID, &key);
    let work = "загрузка".to_owned();
    let decide = Box::new(move |_: &dyn View| Ok(Some(Change::JobBegun { job, work })));
    let written = store.run(doing(1), [1; 32], decide).unwrap().unwrap();
    let head = store.head().seq;
    assert!(written.seq > head, "the tables did not follow");
    let (begun, time) = (Instant::now(), Duration::from_millis(200));
    assert_eq!(store.wait_past(head, time), head);
    assert!(begun.elapsed() >= time, "it waits instead of turning round");
}

#[test]
fn whoever_sees_an_entry_in_the_tables_is_given_its_record_and_no_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = opened(folder.path());
    let id = RecordId::new(1);
    let save = |key, status| {
        let version = RecordVersion {
            id,
            owner: "MAIN".parse().unwrap(),
            status,
            record: Arc::new(BiblioRecord::new(Leader::NEW_BOOK)),
            key: None,
            source: None,
        };
        let decide = Box::new(move |_: &dyn View| Ok(Some(Change::Records(vec![version]))));
        store.run(doing(key), [1; 32], decide).unwrap().unwrap().seq
    };
    let first = save(1, RecordStatus::Draft);
    std::thread::scope(|scope| {
        let second = store.tables().standing(|| {
            let second = scope.spawn(|| save(2, RecordStatus::Final));
            // The tables cannot have moved; from the moment they do, nobody may be given the first version.
            let fresh = || store.fresh(id).map(|record| record.status);
            let begun = Instant::now();
            while fresh() != Some(RecordStatus::Final) {
                assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", fresh());
                std::thread::sleep(Duration::from_millis(5));
            }
            assert_eq!(store.head().seq, first);
            assert_eq!(store.touched(first, 9).unwrap(), (Vec::new(), None));
            let before = store.touched(Seq::default(), 9).unwrap();
            assert_eq!(before.1.map(|upto| upto.seq), Some(first));
            second
        });
        assert_eq!(second.join().unwrap(), first.next());
    });
    assert_eq!(store.head().seq, first.next());
    assert_eq!(store.touched(first, 9).unwrap().0, [id]);
}
