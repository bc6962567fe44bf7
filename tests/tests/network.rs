//! A municipality of two schools: its books are the sums of theirs, what they give each other is not
//! counted twice.

use catalog::fund::books::{json, network_books, year_books};
use catalog::fund::draft::{FundCommand, Order};
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::{Catalog, Doing, Error, post};
use jiff::Timestamp;
use serde_json::{Value, json};

fn at() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

fn add(catalog: &Catalog, id: &str, parent: Option<&str>, kind: NodeKind) -> Result<(), Error> {
    let node = LibraryNode {
        id: id.parse().unwrap(),
        name: format!("Библиотека {id}"),
        parent: parent.map(|p| p.parse().unwrap()),
        kind,
    };
    let doing = Doing::now("иванова".parse().unwrap(), at());
    let order = Order::AddLibrary(node);
    let library = id.parse().unwrap();
    catalog
        .fund(doing, &library, FundCommand { event: None, order })
        .map(|_| ())
}

fn run(catalog: &Catalog, library: &str, events: Value) {
    let file = json!({
        "titles": [{"id": "T1", "fund": "MAIN", "kind": "BOOK", "bbk": "84"}, {"id": "T2", "fund": "MAIN", "kind": "BOOK", "bbk": "22"}],
        "events": events,
    });
    let actor = "иванова".parse().unwrap();
    let library = library.parse().unwrap();
    let report = post(
        catalog,
        &actor,
        at(),
        Some(&library),
        file.to_string().as_bytes(),
    )
    .unwrap();
    assert_eq!(report.refused, []);
}

fn receipt(id: &str, day: &str, source: &str, supplier: &str, lines: Value) -> Value {
    json!({
        "id": id, "type": "RECEIPT", "fund": "MAIN", "date": day, "source": source, "supplier": supplier,
        "document": {"kind": "WAYBILL", "no": id, "date": day}, "lines": lines,
    })
}

#[test]
fn a_network_holds_what_its_schools_hold_and_gives_itself_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    add(&catalog, "TOWN", None, NodeKind::Municipality).unwrap();
    add(&catalog, "S1", Some("TOWN"), NodeKind::School).unwrap();
    add(&catalog, "S2", Some("TOWN"), NodeKind::School).unwrap();
    let both =
        json!([{"title": "T1", "price_kop": 100, "copies": 3}, {"title": "T2", "price_kop": 50}]);
    run(
        &catalog,
        "S1",
        json!([
            receipt("A", "2025-02-01", "PURCHASE", "Книги", both),
            {"id": "B", "type": "TRANSFER_OUT", "fund": "MAIN", "date": "2025-05-10", "receiver": "S2",
             "act": {"series": "TRANSFER", "date": "2025-05-10", "approved": "2025-05-10"}, "lines": [{"inv": 1}, {"inv": 2}]},
        ]),
    );
    run(
        &catalog,
        "S2",
        json!([
            receipt(
                "C",
                "2025-03-01",
                "DONATION",
                "Иванов",
                json!([{"title": "T1", "price_kop": 70}])
            ),
            receipt(
                "D",
                "2025-05-12",
                "TRANSFER",
                "S1",
                json!([{"title": "T1", "price_kop": 100}])
            ),
        ]),
    );
    let town = "TOWN".parse().unwrap();
    let network = network_books(catalog.view(), &town, 2025).unwrap().unwrap();
    let printed = json::network(&network);
    let main = &printed["ksu_part3"]["MAIN"];
    // 3 + 1 + 1 bought and given; of two sent one has arrived, the other one has only left.
    assert_eq!(main["received_2025"]["copies"], 5);
    assert_eq!(main["received_2025"]["titles_new"], 2);
    assert_eq!(main["withdrawn_2025"]["copies"], 1);
    assert_eq!(printed["in_transit"], json!({"copies": 1, "sum_kop": 100}));
    assert_eq!(main["closing_2025_12_31"]["copies"], 4);
    assert_eq!(main["closing_2025_12_31"]["titles"], 2);
    assert_eq!(main["closing_2025_12_31"]["sum_kop"], 320);
    let mut sum = 0;
    for school in ["S1", "S2"] {
        let books = year_books(catalog.view(), &school.parse().unwrap(), 2025).unwrap();
        sum += books.combined().closing.all.copies;
        assert!(
            network_books(catalog.view(), &books.library, 2025)
                .unwrap()
                .is_none()
        );
    }
    assert_eq!(sum, 4);
    assert_eq!(
        catalog::fund::audit(catalog.view()).unwrap(),
        Vec::<String>::new()
    );
}

/// Every span adds up, and each begins with what the one before it ended with.
fn adds_up(printed: &Value, year: i16) {
    let main = &printed["ksu_part3"]["MAIN"];
    let number = |row: &Value, key: &str| row[key].as_i64().unwrap();
    let whole = [
        &main[format!("opening_{year}_01_01")],
        &main[format!("received_{year}")],
        &main[format!("withdrawn_{year}")],
        &main[format!("closing_{year}_12_31")],
    ];
    let quarters = printed["ksu_part3_quarters"]["MAIN"].as_array().unwrap();
    let rows = ["opening", "received", "withdrawn", "closing"];
    let mut spans: Vec<[&Value; 4]> = quarters.iter().map(|q| rows.map(|row| &q[row])).collect();
    for pair in spans.windows(2) {
        assert_eq!(pair[0][3], pair[1][0]);
    }
    spans.push(whole);
    for [opening, came, left, closing] in spans {
        for key in ["copies", "sum_kop"] {
            let sum = number(opening, key) + number(came, key) - number(left, key);
            assert_eq!(sum, number(closing, key), "{year} {key}");
        }
    }
}

#[test]
fn a_transfer_over_the_end_of_a_quarter_or_a_year_still_adds_up() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    add(&catalog, "TOWN", None, NodeKind::Municipality).unwrap();
    add(&catalog, "S1", Some("TOWN"), NodeKind::School).unwrap();
    add(&catalog, "S2", Some("TOWN"), NodeKind::School).unwrap();
    let sent = |id: &str, day: &str, inv: u64| {
        json!({"id": id, "type": "TRANSFER_OUT", "fund": "MAIN", "date": day, "receiver": "S2",
            "act": {"date": day, "approved": day}, "lines": [{"inv": inv}]})
    };
    let bought = json!([{"title": "T1", "price_kop": 100, "copies": 4}]);
    run(
        &catalog,
        "S1",
        json!([
            receipt("A", "2025-02-01", "PURCHASE", "Книги", bought),
            sent("B", "2025-03-31", 1),
            sent("C", "2025-05-05", 2),
            sent("D", "2025-12-30", 3),
        ]),
    );
    let one = || json!([{"title": "T1", "price_kop": 100}]);
    run(
        &catalog,
        "S2",
        json!([
            receipt("E", "2025-04-02", "TRANSFER", "S1", one()),
            receipt("F", "2025-05-06", "TRANSFER", "S1", one()),
            receipt("G", "2025-06-01", "PURCHASE", "S1", one()),
            receipt("H", "2026-01-12", "TRANSFER", "S1", one()),
        ]),
    );
    let town = "TOWN".parse().unwrap();
    let printed =
        |year| json::network(&network_books(catalog.view(), &town, year).unwrap().unwrap());
    for year in [2025, 2026] {
        adds_up(&printed(year), year);
    }
    let main = &printed(2025)["ksu_part3"]["MAIN"];
    assert_eq!(
        (
            &main["received_2025"]["copies"],
            &main["withdrawn_2025"]["copies"]
        ),
        (&json!(5), &json!(1))
    );
    assert_eq!(
        printed(2025)["in_transit"],
        json!({"copies": 1, "sum_kop": 100})
    );
    assert_eq!(
        printed(2026)["in_transit"],
        json!({"copies": 0, "sum_kop": 0})
    );
    let region = "R".parse().unwrap();
    add(&catalog, "R", None, NodeKind::Region).unwrap();
    let events = json!({"events": [receipt("X", "2025-06-01", "PURCHASE", "Книги", one())]});
    let actor = "иванова".parse().unwrap();
    let text = events.to_string();
    let report = post(&catalog, &actor, at(), Some(&region), text.as_bytes()).unwrap();
    assert!(
        report
            .refused
            .iter()
            .any(|r| r.rule.code() == "library-unknown")
    );
    assert_eq!(report.posted, Vec::<String>::new());
}

#[test]
fn a_node_stands_only_under_a_node_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    for (id, parent, kind) in [
        ("S1", Some("NOWHERE"), NodeKind::School),
        ("B1", None, NodeKind::Building),
    ] {
        match add(&catalog, id, parent, kind) {
            Err(Error::Refused(findings)) => assert_eq!(findings[0].rule.code(), "library-tree"),
            other => panic!("{other:?}"),
        }
    }
}
