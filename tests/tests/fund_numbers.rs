//! Numbers and sums at their edges: nothing that is taken may stop a later reading or writing.

use fond_tests::posting::{Shelf, golden, receipt, write_off};
use serde_json::{Value, json};

fn code(refused: &[(String, String)]) -> Vec<&str> {
    refused.iter().map(|(rule, _)| rule.as_str()).collect()
}

#[test]
fn a_number_that_could_not_be_read_again_is_never_given() {
    let shelf = Shelf::empty();
    let title = json!([{"id": "T1", "fund": "MAIN", "kind": "BOOK", "bbk": "84"}]);
    let opening = json!({"as_of": "2025-01-01", "copies": [{"inv": 999_999_999_999_u64, "title": "T1", "price_kop": 100}]});
    let opened = shelf.post(&json!({"titles": title, "opening": opening}));
    assert_eq!(opened.refused, []);
    let next = receipt(
        "R",
        "2025-02-01",
        json!([{"title": "T1", "price_kop": 100}]),
    );
    assert_eq!(code(&shelf.refuse(json!([next]))), ["out-of-bounds"]);
    for prefix in ["-", "семнадцать-букв-и", "Ф\u{7}", "1", "2-"] {
        let line = json!([{"title": "T1", "price_kop": 100, "prefix": prefix}]);
        let refused = shelf.refuse(json!([receipt("P", "2025-02-01", line)]));
        let place = ("out-of-bounds".to_owned(), "/lines/0/prefix".to_owned());
        assert_eq!(refused, [place], "{prefix}");
    }
    shelf.holds();
}

#[test]
fn a_second_series_may_be_named_after_its_branch() {
    let shelf = Shelf::golden("E14");
    let lines = json!([{"title": "T01", "price_kop": 100, "copies": 3, "prefix": "Ф2-"}]);
    shelf.take(json!([
        receipt("R1", "2026-01-12", lines),
        write_off("W1", "2026-01-13", json!([{"inv": "Ф2-2"}])),
        receipt(
            "R2",
            "2026-01-14",
            json!([{"title": "T01", "price_kop": 100, "inv": ["Ф2-4"]}])
        ),
    ]));
    let books = shelf.books(2026);
    assert_eq!(
        books["ksu_part1"][0]["inventory_numbers"],
        json!(["Ф2-1", "Ф2-2", "Ф2-3"])
    );
    assert_eq!(books["ksu_part2"][0]["inventory_numbers"], json!(["Ф2-2"]));
    assert_eq!(books["counters_after"]["next_inventory_no"], 32);
    shelf.holds();
}

#[test]
fn a_number_voided_beside_a_receipt_may_stand_among_those_it_gives() {
    let shelf = Shelf::golden("E14");
    let line = |inv: Value| json!([{"title": "T01", "price_kop": 100, "inv": inv}]);
    let voided = |list: &[u64]| {
        let one = |n: &u64| json!({"inv": n, "reason": "испорчен ярлык"});
        Value::Array(list.iter().map(one).collect())
    };
    let mut middle = receipt("R1", "2026-01-12", line(json!([32, 34])));
    middle["voided"] = voided(&[33, 35]);
    let mut before = receipt(
        "R2",
        "2026-01-13",
        json!([{"title": "T01", "price_kop": 100, "copies": 2}]),
    );
    before["voided"] = voided(&[37]);
    shelf.take(json!([middle, before]));
    let books = shelf.books(2026);
    assert_eq!(books["ksu_part1"][1]["inventory_numbers"], json!([36, 38]));
    assert_eq!(books["counters_after"]["next_inventory_no"], 39);
    for (inv, gone, rule) in [
        (json!([39]), vec![41], "inventory-number-order"),
        (json!([40]), vec![], "inventory-number-order"),
        (json!([39]), vec![33], "duplicate-inventory-number"),
        (json!([39]), vec![40, 40], "duplicate-inventory-number"),
    ] {
        let mut wrong = receipt("R3", "2026-01-14", line(inv));
        wrong["voided"] = voided(&gone);
        assert_eq!(code(&shelf.refuse(json!([wrong]))), [rule], "{gone:?}");
    }
    shelf.holds();
}

/// The golden opening with one value changed.
fn opening_with(place: &str, value: Value) -> Value {
    let mut file = golden();
    *file["opening"].pointer_mut(place).unwrap() = value;
    file["events"] = json!([]);
    file
}

#[test]
fn an_opening_beyond_all_bounds_is_refused() {
    for (place, value) in [
        ("/batch_cards/0/layers/0/layer", json!(u32::MAX)),
        ("/batch_cards/0/layers/0/copies", json!(u32::MAX)),
        ("/batch_cards/0/card_no", json!(i64::MAX)),
        ("/counters/next_inventory_no", json!(i64::MAX)),
        ("/counters/next_batch_card_no", json!(i64::MAX)),
        ("/counters/ksu1_last_no/MAIN", json!(u32::MAX)),
        ("/counters/ksu2_last_no/MAIN", json!(u32::MAX)),
        ("/counters/acts_last_no_2025/WITHDRAWAL", json!(u32::MAX)),
        ("/withdrawn_history/0/ksu2_no", json!(u32::MAX)),
    ] {
        let shelf = Shelf::empty();
        let refused = shelf.refuse_file(&opening_with(place, value));
        assert_eq!(code(&refused), ["out-of-bounds"], "{place}");
        assert_eq!(refused[0].1, format!("/opening{place}"));
        assert_eq!(shelf.post(&golden()).refused, [], "{place} left a trace");
    }
}

#[test]
fn sums_and_counts_that_cannot_be_added_up_are_refused() {
    let shelf = Shelf::golden("E14");
    let line = json!({"title": "TB01", "price_kop": 10_000_000_000_u64, "copies": 100_000});
    let mut dear = receipt("R1", "2026-01-12", json!(vec![line; 2000]));
    dear["fund"] = json!("TEXTBOOK");
    assert_eq!(code(&shelf.refuse(json!([dear]))), ["out-of-bounds"]);
    shelf.take(json!([{"id": "K1", "type": "CHECK_START", "fund": "TEXTBOOK", "date": "2026-01-12", "order": "приказ"}]));
    let missing = json!({"card_no": 1, "layer": 1, "copies": u32::MAX});
    let close = json!({"id": "K2", "type": "CHECK_CLOSE", "fund": "TEXTBOOK", "date": "2026-01-13", "missing_cards": [missing, missing]});
    let refused = shelf.refuse(json!([close]));
    assert_eq!(code(&refused), ["out-of-bounds", "out-of-bounds"]);
    let late = json!({"id": "W", "type": "WITHDRAWAL", "fund": "MAIN", "reason": "WEAR", "date": "2026-01-12", "lines": [{"inv": 3}],
        "act": {"no": u32::MAX, "date": "2024-12-30", "approved": "2026-01-12"}});
    assert_eq!(code(&shelf.refuse(json!([late]))), ["out-of-bounds"]);
    shelf.holds();
}

#[test]
fn each_part_of_a_receipt_brings_something() {
    let shelf = Shelf::golden("E14");
    let mut two = receipt("R1", "2026-01-12", json!([]));
    let line = json!({"title": "T01", "price_kop": 100});
    two["parts"] = json!([{"fund": "MAIN", "lines": [line]}, {"fund": "TEXTBOOK", "lines": []}]);
    let refused = shelf.refuse(json!([two]));
    assert_eq!(
        refused,
        [("empty-act".to_owned(), "/parts/1/lines".to_owned())]
    );
}
