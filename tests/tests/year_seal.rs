//! A closed year bears the entry that closed it and its hash: on the screen, in print, in the books of the command.

use catalog::Doing;
use catalog::fund::draft::{PeriodDraft, ReopenDraft};
use catalog::fund::{FundCommand, Order};
use catalog::id::Seq;
use catalog::people::Role;
use fond_tests::program::said;
use fond_tests::screens::House;
use fond_tests::served::fond;
use serde_json::Value;

/// Number and hash of the last step of the periods, as they stand in the journal.
fn last_step(house: &House) -> (String, String) {
    let entries = house.app.catalog().changes_since(Seq::default(), 100_000);
    let steps = entries.unwrap().into_iter().rev();
    let mut steps = steps.filter(|entry| format!("{:?}", entry.change).contains("PeriodSet"));
    let step = steps.next().expect("a period was closed");
    let hash = step.hash.iter().map(|byte| format!("{byte:02x}"));
    (step.seq.to_string(), hash.collect())
}

fn step(house: &House, order: Order) {
    let library = house.library.parse().unwrap();
    // The same moment as all that was posted: times alone would not tell it from its neighbours.
    let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    let doing = Doing::now("иванова".parse().unwrap(), at);
    let command = FundCommand { event: None, order };
    let catalog = house.app.catalog();
    catalog.fund(doing, &library, command).unwrap();
}

#[tokio::test]
async fn the_summary_book_of_a_closed_year_names_the_entry_and_the_hash_that_prove_it() {
    let house = House::of_the_golden_year();
    house.add_library("LATER", None);
    let who = house.person("auditor", Role::Auditor, Some(&house.library));
    let book = |year: i16| format!("/staff/ksu?library={}&year={year}", house.library);
    let (seq, hash) = last_step(&house);
    let page = house.get(&book(2025), &who).await;
    page.must_say(&format!("№ {seq}, её хеш {hash}"));
    let open = house.get(&book(2026), &who).await;
    assert!(!open.text.contains(&hash), "a year that is open has none");

    step(
        &house,
        Order::ReopenPeriod(ReopenDraft {
            date: None,
            year: 2025,
            reason: "Ошибка в накладной".to_owned(),
        }),
    );
    let page = house.get(&book(2025), &who).await;
    assert!(!page.text.contains("её хеш"), "it is open again");
    step(
        &house,
        Order::ClosePeriod(PeriodDraft {
            date: None,
            year: 2025,
            quarter: None,
        }),
    );
    let (again, other) = last_step(&house);
    assert!(again != seq && other != hash);
    let page = house.get(&book(2025), &who).await;
    page.must_say(&format!("№ {again}, её хеш {other}"));
}

#[test]
fn the_books_of_the_command_name_it_too() {
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../data/fund/golden-year.json");
    let _ = said(&program, &data, &["post", file], "");
    let books = said(&program, &data, &["books", "--year", "2025", "--json"], "");
    let books: Value = serde_json::from_str(&books).unwrap();
    let verified = said(&program, &data, &["verify", "--quick", "--json"], "");
    let verified: Value = serde_json::from_str(&verified).unwrap();
    // The year was the last thing that the file closed.
    assert_eq!(books["closed_by"]["seq"], verified["head"]);
    assert_eq!(books["closed_by"]["head_hash"], verified["head_hash"]);
    let text = said(&program, &data, &["books", "--year", "2025"], "");
    assert!(text.contains(verified["head_hash"].as_str().unwrap()));
    let open = said(&program, &data, &["books", "--year", "2026", "--json"], "");
    assert!(!open.contains("closed_by"));
}
