//! A closed year prints the same however it is corrected later, and a correction corrects something.

use fond_tests::posting::{Shelf, receipt, write_off};
use serde_json::{Value, json};

fn storno(id: &str, day: &str, corrects: &str, lines: Value) -> Value {
    json!({"id": id, "type": "STORNO", "date": day, "corrects": corrects, "reason": "описка", "lines": lines})
}

fn close(year: i16) -> Value {
    json!({"id": format!("C{year}"), "type": "YEAR_CLOSE", "date": format!("{year}-12-31"), "year": year})
}

#[test]
fn a_price_corrected_twice_the_same_way_does_not_take_the_copy_out() {
    let shelf = Shelf::golden("E14");
    let first = storno(
        "S1",
        "2026-01-12",
        "E04",
        json!([{"inv": 29, "price_kop": 21000}]),
    );
    shelf.take(json!([first]));
    for line in [
        json!({"inv": 29, "price_kop": 21000}),
        json!({"inv": 29, "title": "T19"}),
        json!({"inv": 29, "title": "T19", "price_kop": 21000}),
    ] {
        let refused = shelf.refuse(json!([storno("S2", "2026-01-13", "E04", json!([line]))]));
        assert_eq!(
            refused,
            [("nothing-changes".to_owned(), "/lines/0".to_owned())]
        );
    }
    let same = json!([{"card_no": 4, "layer": 1, "price_kop": 89000}]);
    let refused = shelf.refuse(json!([storno("S3", "2026-01-13", "E02", same)]));
    assert_eq!(
        refused,
        [("nothing-changes".to_owned(), "/lines/0".to_owned())]
    );
    let other = json!([{"card_no": 4, "layer": 1, "title": "TB01"}]);
    let refused = shelf.refuse(json!([storno("S4", "2026-01-13", "E02", other)]));
    assert_eq!(
        refused,
        [("title-mismatch".to_owned(), "/lines/0/title".to_owned())]
    );
    shelf.holds();
}

#[test]
fn a_closed_year_prints_the_same_after_later_corrections() {
    let shelf = Shelf::golden("E14");
    let y2025 = shelf.books(2025);
    let same = |shelf: &Shelf, after: &str| assert_eq!(shelf.books(2025), y2025, "{after}");
    let part = json!([{"card_no": 4, "layer": 1, "copies": 8, "price_kop": 90000}]);
    shelf.take(json!([storno("S1", "2026-01-12", "E02", part)]));
    same(&shelf, "a part of a line at another price");
    shelf.take(json!([storno(
        "S2",
        "2026-01-12",
        "E04",
        json!([{"inv": 29, "title": "T18"}])
    )]));
    same(&shelf, "another title");
    shelf.take(json!([{"id": "W", "type": "WITHDRAWAL", "fund": "MAIN", "reason": "WEAR", "lines": [{"inv": 3}],
        "act": {"no": 5, "date": "2025-12-30", "approved": "2026-01-13"}}]));
    same(&shelf, "an act drawn before the year ended");
    shelf.take(json!([
        {"id": "K1", "type": "CHECK_START", "fund": "MAIN", "date": "2026-01-13", "order": "приказ"},
        {"id": "K2", "type": "CHECK_CLOSE", "fund": "MAIN", "date": "2026-01-14", "missing_inv": [5]},
    ]));
    same(&shelf, "a check");
    shelf.holds();
}

#[test]
fn a_copy_withdrawn_and_brought_back_twice_keeps_both_years() {
    let shelf = Shelf::golden("E14");
    let steps = [
        write_off("W1", "2026-02-01", json!([{"inv": 3}])),
        close(2026),
        storno("S1", "2027-02-01", "W1", json!([{"inv": 3}])),
        close(2027),
        write_off("W2", "2028-02-01", json!([{"inv": 3}])),
        close(2028),
        storno("S2", "2029-02-01", "W2", json!([{"inv": 3}])),
    ];
    let mut printed: Vec<(i16, Value)> = Vec::new();
    for step in steps {
        shelf.take(json!([step]));
        if let Some(year) = step["year"].as_i64() {
            let year = i16::try_from(year).unwrap();
            printed.push((year, shelf.books(year)));
        }
        for (year, books) in &printed {
            assert_eq!(shelf.books(*year), *books, "{year} after {}", step["id"]);
        }
    }
    let row = |year: i16| shelf.books(year)["copies_by_inventory_number"][2].clone();
    assert_eq!(
        (row(2026)["state"].clone(), row(2027)["state"].clone()),
        (json!("WITHDRAWN"), json!("AVAILABLE"))
    );
    assert_eq!(
        (&row(2026)["ksu2_no"], &row(2027)["ksu2_no"]),
        (&json!(6), &json!(null))
    );
    shelf.holds();
}

#[test]
fn a_correction_by_parts_is_a_line_of_its_own_from_its_day() {
    let shelf = Shelf::golden("E14");
    let lines = json!([{"title": "TB01", "price_kop": 100, "copies": 5}]);
    let mut came = receipt("R", "2026-01-12", lines);
    came["fund"] = json!("TEXTBOOK");
    let part = json!([{"title": "TB01", "card_no": 1, "layer": 2, "copies": 2, "price_kop": 90}]);
    shelf.take(json!([came, storno("S", "2026-01-13", "R", part)]));
    let card = &shelf.books(2026)["batch_cards_closing"][0]["layers"];
    let layers = json!([
        {"layer": 1, "copies": 30, "price_kop": 65000},
        {"layer": 2, "copies": 3, "price_kop": 100},
        {"layer": 3, "copies": 2, "price_kop": 90},
    ]);
    assert_eq!(card, &layers);
    shelf.holds();
}
