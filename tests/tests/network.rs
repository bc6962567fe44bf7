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
    // 3 + 1 + 1 bought and given; of two sent one has arrived.
    assert_eq!(main["received_2025"]["copies"], 5);
    assert_eq!(main["received_2025"]["titles_new"], 2);
    assert_eq!(main["withdrawn_2025"]["copies"], 0);
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
