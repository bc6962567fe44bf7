//! Переводы: from fund to fund, from column to column, from building to building, and a revaluation
//! taken back – on top of the golden year, with figures made by hand.

use catalog::fund::draft::{FundCommand, Order};
use catalog::fund::holdings::holdings;
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::fund::{audit, read};
use catalog::id::LibraryId;
use catalog::{Catalog, Doing, PostReport, post};
use fond_tests::posting::year_as_json;
use jiff::Timestamp;
use serde_json::{Value, json};

struct Library {
    _folder: tempfile::TempDir,
    catalog: Catalog,
}

fn at() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn code(id: &str) -> LibraryId {
    id.parse().unwrap()
}

impl Library {
    /// After the golden year, with a second building.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(folder.path()).unwrap();
        let library = Self {
            _folder: folder,
            catalog,
        };
        let golden: Value =
            serde_json::from_str(include_str!("../../data/fund/golden-year.json")).unwrap();
        assert_eq!(library.post(&golden).refused, []);
        library.add("B2", Some("MAIN"), NodeKind::Building);
        library
    }

    fn add(&self, id: &str, parent: Option<&str>, kind: NodeKind) {
        let order = Order::AddLibrary(LibraryNode {
            id: code(id),
            name: format!("Здание {id}"),
            parent: parent.map(code),
            kind,
        });
        let doing = Doing::now("иванова".parse().unwrap(), at());
        let command = FundCommand { event: None, order };
        self.catalog.fund(doing, &code("MAIN"), command).unwrap();
    }

    fn post(&self, file: &Value) -> PostReport {
        let actor = "иванова".parse().unwrap();
        let library = code("MAIN");
        let known = self.catalog.head().seq.get() > 0;
        let whose = known.then_some(&library);
        let text = file.to_string();
        post(&self.catalog, &actor, at(), whose, text.as_bytes()).unwrap()
    }

    /// Posts events that are all accepted.
    fn tell(&self, events: Value) {
        assert_eq!(self.post(&json!({"events": events})).refused, []);
        assert_eq!(audit(self.catalog.view()).unwrap(), Vec::<String>::new());
    }

    fn refused(&self, event: Value) -> Vec<&'static str> {
        let report = self.post(&json!({"events": [event]}));
        report.refused.iter().map(|r| r.rule.code()).collect()
    }

    fn books(&self, year: i16) -> Value {
        let library = code("MAIN");
        year_as_json(self.catalog.view(), &library, year)
    }

    fn stands(&self, title: &str) -> Vec<(Option<String>, u32, u32)> {
        let view = self.catalog.view();
        let facts = read::title_by_outer(view, &code("MAIN"), title).unwrap();
        let held = holdings(view, facts.unwrap().record).unwrap();
        let place = |place: Option<LibraryId>| place.map(|id| id.to_string());
        held.into_iter()
            .map(|h| (place(h.place), h.copies, h.available))
            .collect()
    }
}

/// The keys of `expected` stand in `row` with the same values.
#[track_caller]
fn holds(row: &Value, expected: Value) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&row[key], value, "{key} of {row}");
    }
}

fn reclassify(id: &str, more: Value) -> Value {
    let mut event = json!({
        "id": id, "type": "RECLASSIFY", "date": "2026-01-12", "reason": "приказ 3 от 2026-01-12",
    });
    let more = more.as_object().unwrap().clone();
    event.as_object_mut().unwrap().extend(more);
    event
}

#[test]
fn an_item_goes_to_another_fund_by_a_pair_of_rows_with_equal_amounts() {
    let library = Library::new();
    let past = library.books(2025);
    let there = json!({"fund": "MAIN", "to_fund": "TEXTBOOK", "grade": 7, "lines": [{"inv": 22}]});
    library.tell(json!([reclassify("X1", there)]));
    let books = library.books(2026);
    holds(
        &books["ksu_part2"][0],
        json!({
            "fund": "MAIN", "record_no": 6, "copies": 1, "sum_kop": 18_500, "transferred": 1,
            "titles_out": 1, "other_fund": "TEXTBOOK", "inventory_numbers": [22], "act_no": 1,
        }),
    );
    holds(
        &books["ksu_part1"][0],
        json!({
            "fund": "TEXTBOOK", "record_no": 1, "copies": 1, "sum_kop": 18_500, "titles_new": 1,
            "other_fund": "MAIN", "source": "INTERNAL_MOVE", "document": "INTERNAL 1 of 2026-01-12",
            "copies_on_balance": 1,
        }),
    );
    assert_eq!(books["ksu_part1"][0]["by_grade"]["7"], 1);
    assert_eq!(books["combined_closing"], past["combined_closing"]);
    let card = &books["bookkeeping"]["group_card_0504032"];
    holds(card, json!({"debit_kop": 0, "credit_kop": 0}));
    let all = &books["oo2_section_2_6"][0];
    holds(all, json!({"received": 0, "withdrawn": 0}));
    assert_eq!(library.books(2025), past);

    let wear = |fund: &str| {
        json!({
            "id": format!("W-{fund}"), "type": "WITHDRAWAL", "fund": fund, "date": "2026-01-13", "reason": "WEAR",
            "act": {"date": "2026-01-13", "approved": "2026-01-13"}, "lines": [{"inv": 22}],
        })
    };
    assert_eq!(library.refused(wear("MAIN")), ["mixed-fund"]);
    let back = json!({"fund": "TEXTBOOK", "to_fund": "MAIN", "date": "2026-01-13", "lines": [{"inv": 22}]});
    library.tell(json!([reclassify("X2", back)]));
    library.tell(json!([wear("MAIN")]));
    let books = library.books(2026);
    assert_eq!(books["ksu_part1"][1]["by_content"]["SOC"], 1);
    assert_eq!(books["ksu_part2"][2]["by_content"]["SOC"], 1);
    assert_eq!(library.books(2025), past);
}

#[test]
fn copies_of_a_card_go_to_a_card_of_the_other_fund() {
    let library = Library::new();
    let line = json!({"card_no": 2, "layer": 2, "copies": 3, "content": "SOC"});
    let there = json!({"fund": "TEXTBOOK", "to_fund": "MAIN", "lines": [line]});
    library.tell(json!([reclassify("X1", there)]));
    let books = library.books(2026);
    holds(
        &books["ksu_part2"][0],
        json!({"fund": "TEXTBOOK", "copies": 3, "sum_kop": 222_000, "transferred": 3, "titles_out": 0}),
    );
    holds(
        &books["ksu_part1"][0],
        json!({"fund": "MAIN", "copies": 3, "sum_kop": 222_000, "titles_new": 1}),
    );
    let cards = &books["batch_cards_closing"];
    assert_eq!(cards[1]["layers"][1]["copies"], 2);
    let made = json!({
        "card_no": 5, "title": "TB02", "layers": [{"layer": 1, "copies": 3, "price_kop": 74_000}],
    });
    assert_eq!(cards[4], made);
}

#[test]
fn a_shift_between_columns_is_one_row_with_nothing_in_total() {
    let library = Library::new();
    let shift = json!({"fund": "MAIN", "content": "APP", "lines": [{"inv": 11}]});
    library.tell(json!([reclassify("X1", shift)]));
    let books = library.books(2026);
    let row = &books["ksu_part1"][0];
    holds(
        row,
        json!({"copies": 0, "sum_kop": 0, "titles_new": 0, "titles_in_record": 1}),
    );
    holds(&row["by_content"], json!({"NAT": -1, "APP": 1, "SOC": 0}));
    assert_eq!(books["ksu_part2"], json!([]));
    let again = json!({"fund": "MAIN", "content": "APP", "lines": [{"inv": 11}]});
    assert_eq!(
        library.refused(reclassify("X2", again)),
        ["nothing-changes"]
    );
}

#[test]
fn a_revaluation_of_a_card_is_taken_back_and_past_years_keep_their_prices() {
    let library = Library::new();
    let past = library.books(2025);
    library.tell(json!([{
        "id": "P1", "type": "REVALUATION", "fund": "TEXTBOOK", "date": "2026-01-12", "reason": "приказ 5",
        "lines": [{"card_no": 1, "layer": 1, "price_kop": 70_000}, {"card_no": 4, "layer": 1, "price_kop": 80_000}],
    }]));
    let books = library.books(2026);
    assert_eq!(books["ksu_part1"][0]["sum_kop"], 30 * 5_000);
    assert_eq!(books["ksu_part2"][0]["sum_kop"], 28 * 9_000);
    let price = |books: &Value, card: usize| {
        books["batch_cards_closing"][card]["layers"][0]["price_kop"].clone()
    };
    assert_eq!(
        (price(&books, 0), price(&books, 3)),
        (70_000.into(), 80_000.into())
    );
    assert_eq!(library.books(2025), past);

    let storno = |id: &str| json!({"id": id, "type": "STORNO", "date": "2026-01-20", "corrects": "P1", "reason": "описка"});
    library.tell(json!([storno("S1")]));
    let books = library.books(2026);
    holds(
        &books["ksu_part1"][1],
        json!({"copies": 0, "sum_kop": -30 * 5_000, "storno_of_record_no": books["ksu_part1"][0]["record_no"]}),
    );
    assert_eq!(books["ksu_part2"][1]["sum_kop"], -28 * 9_000);
    assert_eq!(
        (price(&books, 0), price(&books, 3)),
        (65_000.into(), 89_000.into())
    );
    assert_eq!(books["combined_closing"], past["combined_closing"]);
    let twice = library.refused(storno("S2"));
    assert!(twice.iter().all(|rule| *rule == "storno-target") && !twice.is_empty());
}

#[test]
fn revaluations_are_taken_back_from_the_last_to_the_first() {
    let library = Library::new();
    let price = |id: &str, day: u32, price: u32| {
        json!({
            "id": id, "type": "REVALUATION", "fund": "MAIN", "date": format!("2026-02-{day:02}"),
            "reason": "приказ 5", "lines": [{"inv": 3, "price_kop": price}],
        })
    };
    let storno = |id: &str, corrects: &str| json!({"id": id, "type": "STORNO", "date": "2026-02-20", "corrects": corrects, "reason": "описка"});
    library.tell(json!([price("P1", 1, 15_000), price("P2", 2, 9_000)]));
    assert_eq!(library.refused(storno("S1", "P1")), ["storno-target"]);
    library.tell(json!([storno("S2", "P2"), storno("S3", "P1")]));
    assert_eq!(
        library.books(2026)["copies_by_inventory_number"][2]["price_kop"],
        12_000
    );
}

#[test]
fn a_waybill_changes_where_things_stand_and_no_book() {
    let library = Library::new();
    let books = library.books(2026);
    assert_eq!(library.stands("T01"), [(None, 1, 1), (None, 1, 1)]);
    let waybill = |id: &str, to: &str, lines: Value| json!({"id": id, "type": "INTERNAL_MOVE", "date": "2026-01-12", "to": to, "lines": lines});
    let lines = json!([{"inv": 3}, {"card_no": 1, "layer": 1, "copies": 10}]);
    library.tell(json!([waybill("M1", "B2", lines)]));
    let there = Some("B2".to_owned());
    assert_eq!(library.stands("T01"), [(there.clone(), 1, 1), (None, 1, 1)]);
    assert_eq!(
        library.stands("TB01"),
        [(None, 20, 20), (there.clone(), 10, 10)]
    );
    let after = library.books(2026);
    for key in ["ksu_part1", "ksu_part2", "ksu_part3", "batch_cards_closing"] {
        assert_eq!(after[key], books[key]);
    }
    assert_eq!(
        after["counters_after"]["acts_last_no_2026"]["INTERNAL_WAYBILL"],
        1
    );

    // What leaves the card leaves the library itself first.
    library.tell(json!([{
        "id": "W1", "type": "WITHDRAWAL", "fund": "TEXTBOOK", "date": "2026-01-13", "reason": "WEAR",
        "act": {"date": "2026-01-13", "approved": "2026-01-13"}, "lines": [{"card_no": 1, "layer": 1, "copies": 22}],
    }]));
    assert_eq!(library.stands("TB01"), [(there, 8, 8)]);
    let mut home = waybill(
        "M2",
        "MAIN",
        json!([{"inv": 3}, {"card_no": 1, "copies": 8}]),
    );
    home["from"] = json!("B2");
    library.tell(json!([home]));
    assert_eq!(library.stands("TB01"), [(None, 8, 8)]);
    assert_eq!(library.stands("T01"), [(None, 1, 1), (None, 1, 1)]);
}

#[test]
fn nothing_is_moved_to_a_building_of_another_library() {
    let library = Library::new();
    library.add("S2", None, NodeKind::School);
    library.add("S2B", Some("S2"), NodeKind::Building);
    for to in ["S2", "S2B", "NOWHERE"] {
        let event = json!({"id": to, "type": "INTERNAL_MOVE", "date": "2026-01-12", "to": to, "lines": [{"inv": 3}]});
        assert_eq!(library.refused(event), ["library-unknown"], "{to}");
    }
}
