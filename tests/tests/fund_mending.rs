//! Acts put right: a correction may be corrected, what is half reversed may be finished, and what was
//! lent, lost or moved goes where it belongs.

use fond_tests::posting::{Shelf, receipt, write_off};
use serde_json::{Value, json};

fn storno(id: &str, day: &str, corrects: &str, lines: Value) -> Value {
    json!({"id": id, "type": "STORNO", "date": day, "corrects": corrects, "reason": "описка", "lines": lines})
}

fn codes(refused: &[(String, String)]) -> Vec<&str> {
    refused.iter().map(|(rule, _)| rule.as_str()).collect()
}

fn sum(shelf: &Shelf, fund: &str) -> i64 {
    let books = shelf.books(2026);
    books["ksu_part3"][fund]["closing_2026_12_31"]["sum_kop"]
        .as_i64()
        .unwrap()
}

#[test]
fn a_correction_may_be_corrected_by_its_own_event() {
    let shelf = Shelf::golden("E14");
    let (main, textbooks) = (sum(&shelf, "MAIN"), sum(&shelf, "TEXTBOOK"));
    let price = |price: u64| json!([{"inv": 29, "price_kop": price}]);
    let part = |layer: u64, price: u64| json!([{"card_no": 4, "layer": layer, "copies": 8, "price_kop": price}]);
    shelf.take(json!([
        storno("S1", "2026-01-12", "E04", price(21000)),
        storno("S2", "2026-01-13", "S1", price(22000)),
        storno("S3", "2026-01-14", "E02", part(1, 90000)),
        storno("S4", "2026-01-15", "S3", part(2, 91000)),
    ]));
    assert_eq!(sum(&shelf, "MAIN"), main + 2000);
    assert_eq!(sum(&shelf, "TEXTBOOK"), textbooks + 8 * 2000);
    shelf.take(json!([storno("S5", "2026-01-16", "S2", json!([]))]));
    assert_eq!(sum(&shelf, "MAIN"), main - 20000);
    shelf.holds();
}

#[test]
fn a_half_reversed_act_is_finished_and_its_document_is_free_again() {
    let shelf = Shelf::golden("E14");
    let main = sum(&shelf, "MAIN");
    let lines = json!([{"title": "T01", "price_kop": 100, "inv": [32, 33]}, {"title": "T05", "price_kop": 50, "inv": [34]}]);
    let mut again = receipt("R", "2026-01-12", lines);
    shelf.take(json!([again]));
    again["id"] = json!("R2");
    again["date"] = json!("2026-01-20");
    again["lines"] = json!([{"title": "T01", "price_kop": 100}]);
    for (id, lines) in [
        ("S1", json!([{"inv": 32}])),
        ("S2", json!([{"inv": 33, "price_kop": 90}])),
    ] {
        shelf.take(json!([storno(id, "2026-01-13", "R", lines)]));
        assert_eq!(codes(&shelf.refuse(json!([again]))), ["duplicate-document"]);
    }
    shelf.take(json!([storno("S3", "2026-01-14", "R", json!([]))]));
    assert_eq!(sum(&shelf, "MAIN"), main);
    assert_eq!(
        codes(&shelf.refuse(json!([storno("S4", "2026-01-14", "R", json!([]))]))),
        ["storno-target"]
    );
    shelf.take(json!([again]));
    shelf.holds();
}

#[test]
fn a_half_reversed_write_off_of_a_card_is_finished() {
    let shelf = Shelf::golden("E14");
    let stood = sum(&shelf, "TEXTBOOK");
    let mut gone = write_off(
        "W",
        "2026-01-12",
        json!([{"card_no": 1, "layer": 1, "copies": 9}, {"card_no": 2, "layer": 1, "copies": 4}]),
    );
    gone["fund"] = json!("TEXTBOOK");
    let part = json!([{"card_no": 1, "layer": 1, "copies": 5}]);
    shelf.take(json!([
        gone,
        storno("S1", "2026-01-13", "W", part),
        storno("S2", "2026-01-14", "W", json!([])),
    ]));
    assert_eq!(sum(&shelf, "TEXTBOOK"), stood);
    shelf.holds();
}

#[test]
fn a_document_of_two_funds_is_free_when_nothing_of_it_stands_in_either() {
    let shelf = Shelf::golden("E14");
    let mut both = receipt("R", "2026-01-12", json!([]));
    let parts = json!([
        {"fund": "MAIN", "lines": [{"title": "T01", "price_kop": 100}]},
        {"fund": "TEXTBOOK", "lines": [{"title": "TB01", "price_kop": 100, "copies": 2}]},
    ]);
    both.as_object_mut().unwrap().remove("lines");
    both["parts"] = parts;
    shelf.take(json!([both]));
    let mut again = both.clone();
    again["id"] = json!("R2");
    let of = |id: &str, fund: &str| {
        let mut storno = storno(id, "2026-01-12", "R", json!([]));
        storno["fund"] = json!(fund);
        storno
    };
    shelf.take(json!([of("S1", "TEXTBOOK")]));
    assert_eq!(codes(&shelf.refuse(json!([again]))), ["duplicate-document"]);
    shelf.take(json!([of("S2", "MAIN"), again]));
    shelf.holds();
}

#[test]
fn what_is_lent_out_is_transferred_to_its_holder() {
    let shelf = Shelf::golden("E14");
    let transfer = |receiver: &str| {
        json!([{"id": "W", "type": "TRANSFER_OUT", "fund": "MAIN", "date": "2026-01-13", "receiver": receiver,
            "act": {"date": "2026-01-13", "approved": "2026-01-13"}, "lines": [{"inv": 3}]}])
    };
    shelf.take(
        json!([{"id": "H", "type": "LEND", "date": "2026-01-12", "inv": 3, "holder": "Школа 2"}]),
    );
    assert_eq!(codes(&shelf.refuse(transfer(""))), ["copy-on-loan"]);
    shelf.take(transfer("школа 2"));
    shelf.holds();
}

#[test]
fn rows_of_oo_2_add_up_after_a_transfer_between_funds_and_columns() {
    let shelf = Shelf::golden("E14");
    shelf.take(json!([
        {"id": "C1", "type": "RECLASSIFY", "fund": "TEXTBOOK", "to_fund": "MAIN", "date": "2026-01-12", "reason": "приказ",
         "content": "NAT", "purpose": "REFERENCE", "lines": [{"card_no": 1, "layer": 1, "copies": 6}]},
        {"id": "C2", "type": "RECLASSIFY", "fund": "MAIN", "date": "2026-01-13", "reason": "приказ", "purpose": "REFERENCE", "lines": [{"inv": 3}]},
    ]));
    let rows = |year: i16| {
        shelf.books(year)["oo2_section_2_6"]
            .as_array()
            .unwrap()
            .clone()
    };
    let mut moved = 0;
    for (before, after) in rows(2025).iter().zip(rows(2026)) {
        let number = |row: &Value, key: &str| row[key].as_i64().unwrap();
        let (came, left) = (number(&after, "received"), number(&after, "withdrawn"));
        let sum = number(before, "closing") + came - left;
        assert_eq!(sum, number(&after, "closing"), "{after}");
        assert!(came >= 0 && left >= 0, "{after}");
        moved += came;
    }
    assert_eq!(moved, 7);
    shelf.holds();
}
