//! Files that say more, less or other than the golden year: what they bring is counted once and where
//! it belongs, or refused where it stands.

use fond_tests::posting::{Shelf, golden, receipt};
use serde_json::{Value, json};

fn codes(refused: &[(String, String)]) -> Vec<&str> {
    refused.iter().map(|(rule, _)| rule.as_str()).collect()
}

fn first_receipt(inv: u64) -> Value {
    let mut file = golden();
    file["events"] = json!([receipt(
        "R",
        "2025-02-01",
        json!([{"title": "T01", "price_kop": 100, "inv": [inv]}])
    )]);
    file
}

#[test]
fn a_refused_policy_holds_the_balances_and_the_events_back() {
    let mut file = golden();
    file["policy"]["ksu3_numbering"] = json!("CONTINUOUS");
    let shelf = Shelf::empty();
    let refused = shelf.refuse_file(&file);
    let events = file["events"].as_array().unwrap().len();
    assert_eq!(codes(&refused)[0], "policy-key");
    assert_eq!(codes(&refused)[1..], vec!["opening-first"; events + 1]);
    assert_eq!(shelf.post(&golden()).refused, []);
}

#[test]
fn counters_of_the_balances_go_on_in_each_fund_that_numbers_its_own() {
    let write_off = |no: u64| {
        json!({"id": "W", "type": "WITHDRAWAL", "fund": "MAIN", "reason": "WEAR", "lines": [{"inv": 3}],
            "act": {"no": no, "date": "2025-02-03", "approved": "2025-02-03"}})
    };
    for (counter, next) in [(json!(4), 5), (json!({"MAIN": 2, "TEXTBOOK": 7}), 3)] {
        let mut file = first_receipt(25);
        file["policy"]["act_numbering"] = json!("PER_FUND");
        file["opening"]["counters"]["acts_last_no_2025"]["WITHDRAWAL"] = counter;
        let shelf = Shelf::empty();
        assert_eq!(shelf.post(&file).refused, []);
        assert_eq!(codes(&shelf.refuse(json!([write_off(1)]))), ["act-number"]);
        shelf.take(json!([write_off(next)]));
        let printed = &shelf.books(2025)["counters_after"]["acts_last_no_2025"]["WITHDRAWAL"];
        assert_eq!(printed["MAIN"], next);
        shelf.holds();
    }
}

#[test]
fn a_part_numbered_by_years_begins_with_one_after_the_balances() {
    let mut file = golden();
    file["policy"]["ksu2_numbering"] = json!("RESTART_YEARLY");
    file["opening"]["counters"]["ksu1_last_no"]["MAIN"] = json!(17);
    let shelf = Shelf::empty();
    assert_eq!(shelf.post(&file).refused, []);
    let books = shelf.books(2025);
    let numbers = |part: &str| -> Vec<Value> {
        let rows = books[part].as_array().unwrap().iter();
        rows.filter(|row| row["fund"] == "MAIN")
            .map(|row| row["record_no"].clone())
            .collect()
    };
    assert_eq!(numbers("ksu_part1"), [1, 2, 3, 4]);
    assert_eq!(numbers("ksu_part2"), [1, 2, 3]);
    shelf.holds();
}

#[test]
fn balances_entered_in_the_middle_of_a_year_stand_in_all_its_quarters() {
    let mut file = golden();
    file["opening"]["as_of"] = json!("2025-07-16");
    file["opening"]["closed_through"] = json!("2025-07-15");
    file["events"] = json!([receipt(
        "R",
        "2025-08-01",
        json!([{"title": "T01", "price_kop": 100}])
    )]);
    let shelf = Shelf::empty();
    assert_eq!(shelf.post(&file).refused, []);
    let quarters = shelf.books(2025)["ksu_part3_quarters"]["MAIN"].clone();
    let quarters = quarters.as_array().unwrap();
    for pair in quarters.windows(2) {
        assert_eq!(pair[0]["closing"], pair[1]["opening"]);
    }
    assert_eq!(
        (
            &quarters[0]["opening"]["copies"],
            &quarters[3]["closing"]["copies"]
        ),
        (&json!(22), &json!(23))
    );
    file["opening"]["as_of"] = json!("2025-08-16");
    let refused = Shelf::empty().refuse_file(&file);
    assert_eq!(
        refused[0],
        ("date-order".to_owned(), "/opening/as_of".to_owned())
    );
}

#[test]
fn a_year_is_closed_when_it_is_over_and_there_is_something_to_close() {
    let close = |date: &str, year: i16| json!([{"id": "C", "type": "YEAR_CLOSE", "date": date, "year": year}]);
    let shelf = Shelf::empty();
    assert_eq!(
        codes(&shelf.refuse(json!([{"id": "C", "type": "YEAR_CLOSE", "year": 2052}]))),
        ["period-order"]
    );
    let shelf = Shelf::golden("E14");
    let refused = shelf.refuse(close("2026-11-30", 2026));
    assert_eq!(refused, [("period-order".to_owned(), "/date".to_owned())]);
    shelf.take(close("2027-01-11", 2026));
}

#[test]
fn a_unit_without_a_number_is_told_and_a_card_without_copies_is_refused() {
    let mut file = golden();
    file["events"] = json!([]);
    let list = file["opening"]["copies"].as_array_mut().unwrap();
    list.push(json!({"title": "T01", "price_kop": 12000}));
    let place = format!("/opening/copies/{}/inv", list.len() - 1);
    let report = Shelf::empty().post(&file);
    let told: Vec<(&str, &str)> = report
        .remarks
        .iter()
        .map(|r| (r.rule.code(), r.place.as_str()))
        .collect();
    assert_eq!(
        (report.refused, told),
        (vec![], vec![("number-missing", place.as_str())])
    );
    let layer = file["opening"]
        .pointer_mut("/batch_cards/0/layers/0")
        .unwrap();
    layer.as_object_mut().unwrap().remove("copies");
    let refused = Shelf::empty().refuse_file(&file);
    let place = "/opening/batch_cards/0/layers/0/copies".to_owned();
    assert_eq!(refused, [("copies-required".to_owned(), place)]);
}

#[test]
fn a_large_opening_names_the_lines_of_the_file() {
    let mut file = golden();
    file["events"] = json!([]);
    let line = |inv: usize, price: i64| json!({"inv": inv, "title": "T01", "price_kop": price});
    let mut copies: Vec<Value> = (1..=4100).map(|n| line(10_000 + n, 100)).collect();
    copies[5] = line(20_001, 0);
    file["opening"]["copies"] = json!(copies);
    file["opening"]["periodicals"] = json!([{"title": "P1", "copies": 0, "price_kop": -5}]);
    file["opening"]["counters"] = json!({});
    let price = |place: &str| ("price-required".to_owned(), place.to_owned());
    let refused = Shelf::empty().refuse_file(&file);
    assert_eq!(refused, [price("/opening/copies/5/price_kop")]);
    copies[5] = line(20_001, 100);
    copies[4003] = line(20_002, 0);
    file["opening"]["copies"] = json!(copies);
    let refused = Shelf::empty().refuse_file(&file);
    let found = [
        price("/opening/copies/4003/price_kop"),
        price("/opening/periodicals/0/layers/0/price_kop"),
    ];
    assert_eq!(refused, found);
}

#[test]
fn words_make_a_workbook_only_where_no_purpose_is_given() {
    let shelf = Shelf::golden("E14");
    let lines = |id: &str| json!([{"title": id, "price_kop": 100}]);
    let title = |id: &str, purpose: Value| json!({"id": id, "title": "Рабочие тетради поэта", "fund": "MAIN", "kind": "BOOK", "bbk": "84", "purpose": purpose});
    let file = json!({
        "titles": [title("N1", json!("FICTION")), title("N2", json!(null))],
        "events": [receipt("R1", "2026-01-12", lines("N1")), receipt("R2", "2026-01-12", lines("N2"))],
    });
    let report = shelf.post(&file);
    assert_eq!(report.posted, ["R1"]);
    assert_eq!(report.refused[0].rule.code(), "consumable-not-fund");
}

#[test]
fn a_copy_lent_twice_on_one_day_without_ids_was_lent_twice() {
    let shelf = Shelf::golden("E14");
    let deed = |kind: &str| json!({"type": kind, "date": "2026-01-12", "inv": 3});
    let day = json!([deed("LOAN"), deed("RETURN"), deed("LOAN")]);
    shelf.take(day.clone());
    assert_eq!(
        shelf.books(2026)["copies_by_inventory_number"][2]["state"],
        "ON_LOAN"
    );
    let again = shelf.post(&json!({"events": day}));
    assert_eq!((again.posted.len(), again.unchanged.len()), (0, 3));
}

#[test]
fn a_file_for_another_library_or_in_other_money_is_not_posted() {
    let mut file = golden();
    file["library"] = json!("S5");
    assert_eq!(
        codes(&Shelf::empty().refuse_file(&file)),
        ["library-unknown"]
    );
    file["library"] = json!("MAIN");
    file["money_unit"] = json!("rouble");
    let refused = Shelf::empty().refuse_file(&file);
    assert_eq!(
        refused,
        [("file-shape".to_owned(), "/money_unit".to_owned())]
    );
    file["money_unit"] = json!("копейка");
    assert_eq!(Shelf::empty().post(&file).refused, []);
}

#[test]
fn a_pair_may_leave_the_day_of_the_write_off_to_its_approval() {
    let mut file = golden();
    let events = file["events"].as_array_mut().unwrap();
    let loss = events.iter_mut().find(|e| e["id"] == "E06").unwrap();
    loss.as_object_mut().unwrap().remove("date");
    let shelf = Shelf::empty();
    assert_eq!(shelf.post(&file).refused, []);
    assert_eq!(
        shelf.books(2025)["ksu_part3"],
        Shelf::golden("E14").books(2025)["ksu_part3"]
    );
}

#[test]
fn a_number_with_a_count_beside_it_must_agree_with_it() {
    let shelf = Shelf::golden("E14");
    let act = json!({"date": "2026-01-12", "approved": "2026-01-12"});
    let wrong = json!([{"id": "W", "type": "WITHDRAWAL", "fund": "MAIN", "reason": "WEAR", "act": act, "lines": [{"inv": 3, "copies": 5}]}]);
    let refused = shelf.refuse(wrong);
    assert_eq!(
        refused,
        [("copies-required".to_owned(), "/lines/0/copies".to_owned())]
    );
}
