//! What several servers of one library write on their common desk at once: nothing of it is lost.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use catalog::Error;
use fond_tests::Postgres;
use fond_tests::screens::{House, pairs};
use fond_tests::shared::open;

#[test]
fn a_note_that_two_programs_change_at_once_has_what_both_wrote() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("note");
    let home = tempfile::tempdir().unwrap();
    let catalogs = ["a", "b"].map(|name| open(&home.path().join(name), &address));
    std::thread::scope(|scope| {
        for (at, catalog) in (0..).zip(&catalogs) {
            scope.spawn(move || {
                for n in 0..50 {
                    let add = |all: &mut Vec<i32>| {
                        all.push(at * 100 + n);
                        Ok::<_, Error>(())
                    };
                    catalog.desk().update("marks", "1", add).unwrap();
                }
            });
        }
    });
    let mut all: Vec<i32> = catalogs[0].desk().get("marks", "1").unwrap().unwrap();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 100);
}

#[test]
fn a_connection_that_the_database_closed_is_no_end_of_the_question_that_meets_it() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("closed");
    let home = tempfile::tempdir().unwrap();
    let catalog = open(home.path(), &address);
    catalog.desk().put("passwords", "u1", &"хеш").unwrap();
    for _ in 0..5 {
        let all = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE application_name = 'fond'";
        assert_ne!(postgres.ask("closed", all).trim(), "0");
        let hash: Option<String> = catalog.desk().get("passwords", "u1").unwrap();
        assert_eq!(hash.as_deref(), Some("хеш"));
    }
}

/// Scans these numbers one by one through one server.
async fn scan(house: &House, page: &str, who: &str, numbers: &[String]) {
    for number in numbers {
        let form = pairs(&[("scan", number), ("do", "scan")]);
        let answer = house.post(page, who, &form).await;
        answer.must_be(StatusCode::OK).must_say(number);
    }
}

#[test]
fn marks_of_a_check_scanned_through_two_servers_at_once_are_all_there() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("marks");
    let [one, two] = House::two_of_the_golden_year(&address);
    let who = one.librarian();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(scan_through_both([&one, &two], &who));
}

async fn scan_through_both([one, two]: [&House; 2], who: &str) {
    let start = pairs(&[
        ("fund", "MAIN"),
        ("date", "2026-11-20"),
        ("order", "Приказ 41"),
    ]);
    let begun = one.post("/staff/checks", who, &start).await;
    begun.must_be(StatusCode::SEE_OTHER);
    let page = begun.location.as_str();
    let since = Instant::now();
    while two.get(page, who).await.status != StatusCode::OK {
        assert!(since.elapsed() < Duration::from_secs(20), "it follows");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    let numbers = one.free();
    // Numbers of no book of ours, which lie in one note: whoever writes it whole writes over the other.
    let strange = |from: u64| (0..25).map(move |n| (640_000 + from + 128 * n).to_string());
    let (mut left, mut right) = (
        strange(0).collect::<Vec<_>>(),
        strange(64).collect::<Vec<_>>(),
    );
    let half = numbers.len() / 2;
    left.extend_from_slice(&numbers[..half]);
    right.extend_from_slice(&numbers[half..]);
    tokio::join!(scan(one, page, who, &left), scan(two, page, who, &right));
    let seen = two.get(page, who).await;
    for number in strange(0).chain(strange(64)) {
        seen.must_say(&number);
    }
    // Each has an outcome, so nothing keeps the check open.
    let close = two.post(page, who, &pairs(&[("do", "close")])).await;
    close
        .must_be(StatusCode::OK)
        .must_say("посмотрите перед записью");
}

#[tokio::test]
async fn marks_that_lie_as_an_earlier_version_kept_them_go_on() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let start = pairs(&[
        ("fund", "MAIN"),
        ("date", "2026-11-20"),
        ("order", "Приказ 41"),
    ]);
    let begun = house.post("/staff/checks", &who, &start).await;
    begun.must_be(StatusCode::SEE_OTHER);
    let page = begun.location.as_str();
    let id = page.split(['/', '?']).nth(3).unwrap();
    let numbers = house.free();
    let (last, marked) = numbers.split_last().unwrap();
    let desk = house.app.catalog().desk();
    let key = format!("{}/{id}", house.library);
    let old = serde_json::json!({"seen": marked, "missing": [last], "last": []});
    desk.put("stock-checks", &key, &old).unwrap();
    let words = format!("{last}: нет на месте");
    house.get(page, &who).await.must_say(&words);

    scan(&house, page, &who, std::slice::from_ref(last)).await;
    let old: Option<serde_json::Value> = desk.get("stock-checks", &key).unwrap();
    assert_eq!(old, None, "it lies where marks lie now");
    let again = pairs(&[("scan", marked[0].as_str()), ("do", "scan")]);
    let again = house.post(page, &who, &again).await;
    again.must_say("второй раз не считается");
    let close = house.post(page, &who, &pairs(&[("do", "close")])).await;
    close.must_be(StatusCode::OK);
    assert!(!close.text.contains(&words));
}
