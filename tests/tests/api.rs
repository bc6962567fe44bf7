//! A working day of a school library through the API of the running program, and nothing else: only the
//! first administrator comes from the command line.

use std::time::{Duration, Instant};

use fond_tests::program::{Client, Server, said};
use fond_tests::served::{fond, short_record};
use serde_json::{Value, json};

/// What came and left in the year, by the part 3 of the main fund.
fn standing(books: &Value) -> (i64, i64) {
    let main = &books["ksu_part3"]["MAIN"]["closing_2026_12_31"];
    let all = (main["copies"].as_i64(), main["sum_kop"].as_i64());
    let sum = all.1.or(main["sum_on_balance_kop"].as_i64());
    (all.0.unwrap(), sum.unwrap())
}

#[test]
fn a_whole_day_passes_through_the_api() {
    let program = fond();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(&program, data);
    let words = [
        "user",
        "add",
        "chief",
        "--role",
        "admin",
        "--password-stdin",
    ];
    let _ = said(&program, data, &words, "пароль-начальника\n");
    let token = said(&program, data, &["user", "token", "chief"], "");
    let chief = Client::new(&server.address, &token);

    let school = json!({"code": "SCHOOL7", "name": "Школа № 7", "kind": "school"});
    chief.post("/api/v1/libraries", school);
    let vera =
        json!({"name": "vera", "title": "Вера Ильинична", "role": "head", "library": "SCHOOL7"});
    chief.post("/api/v1/users", vera);
    let key = chief.post("/api/v1/users/vera/token", json!({}));
    let vera = Client::new(&server.address, key["token"].as_str().unwrap());
    let me = vera.get("/api/v1/me");
    assert_eq!(
        (&me["role"], &me["library"]),
        (&json!("head"), &json!("SCHOOL7"))
    );

    books_arrive(&vera);
    let act = one_leaves(&vera);
    a_mistake_is_reversed(&vera, &act);
    the_shelves_are_checked(&vera);
    the_year_closes(&vera);
    let whole = vera.post("/api/v1/verify?full=true", json!({}));
    assert_eq!(whole["ok"], true, "{whole}");
}

fn books_arrive(vera: &Client) {
    let file: Vec<String> = ["Мещёрская сторона", "Повесть о лесах", "Золотая роза"]
        .iter()
        .map(|title| short_record(title).to_string())
        .collect();
    let file = file.join("\n");
    let path = "/api/v1/import?format=marcjson&file=books.jsonl";
    let (status, report) = vera.send(path, "application/octet-stream", file.as_bytes());
    assert_eq!((status, &report["saved"]), (200, &json!(3)), "{report}");
    let (_, again) = vera.send(path, "application/octet-stream", file.as_bytes());
    assert_eq!(
        (&again["saved"], &again["unchanged"]),
        (&json!(0), &json!(3))
    );
    let begun = Instant::now();
    let found = loop {
        // Another form of the word than that of the title.
        let found = vera.get("/api/v1/search?q=%D0%BB%D0%B5%D1%81");
        if found["total"] == 1 || begun.elapsed() > Duration::from_secs(20) {
            break found;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(found["hits"][0]["title"], "Повесть о лесах", "{found}");
    // A second on a free machine; tests may share theirs with a build.
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "found after {took:?}");
    let record: u64 = found["hits"][0]["id"].as_str().unwrap().parse().unwrap();
    let delivery = json!({
        "date": "2026-02-10", "source": "PURCHASE", "supplier": "Книжный дом", "fund": "MAIN",
        "document": {"kind": "WAYBILL", "no": "45", "date": "2026-02-09", "total_kop": 140_000},
        "lines": [{"record": record, "copies": 4, "price_kop": 35_000}],
    });
    let posted = vera.post("/api/v1/deliveries", delivery);
    let row = &posted["acts"][0]["row"];
    assert_eq!((&row["part"], &row["record_no"]), (&json!(1), &json!(1)));
    assert_eq!(row["inv"], json!(["1", "2", "3", "4"]));
    let books = vera.get("/api/v1/books?year=2026");
    assert_eq!(books["ksu_part1"][0]["record_no"], 1);
    assert_eq!(standing(&books), (4, 140_000));
    let held = vera.get(&format!("/api/v1/records/{record}/holdings"));
    assert_eq!(held.as_array().unwrap().len(), 4);
}

fn one_leaves(vera: &Client) -> Value {
    let act = json!({"date": "2026-05-20", "approved": "2026-05-22"});
    let withdrawal = json!({
        "fund": "MAIN", "date": "2026-05-22", "act": act, "reason": "WEAR",
        "lines": [{"inv": ["1", "2"]}],
    });
    let posted = vera.post("/api/v1/withdrawals", withdrawal);
    assert_eq!(posted["acts"][0]["copies"], 2, "{posted}");
    assert_eq!(standing(&vera.get("/api/v1/books?year=2026")), (2, 70_000));
    posted["acts"][0]["id"].clone()
}

fn a_mistake_is_reversed(vera: &Client, act: &Value) {
    let reversal = json!({
        "date": "2026-05-25", "corrects_act": act, "reason": "Книга нашлась целой",
        "lines": [{"inv": ["2"]}],
    });
    let posted = vera.post("/api/v1/reversals", reversal);
    assert_eq!(posted["acts"][0]["kind"], "REVERSAL", "{posted}");
    assert_eq!(standing(&vera.get("/api/v1/books?year=2026")), (3, 105_000));
    let item = &vera.get("/api/v1/inventory?inv=2")["items"][0];
    assert_eq!(
        (&item["state"], &item["left"]),
        (&json!("AVAILABLE"), &Value::Null)
    );
    let item = &vera.get("/api/v1/inventory?inv=1")["items"][0];
    assert_eq!(item["left"]["reason"], "WEAR");
}

fn the_shelves_are_checked(vera: &Client) {
    let loan = json!({"type": "LOAN", "date": "2026-09-01", "lines": [{"inv": ["3"]}]});
    vera.post("/api/v1/movements", loan);
    let start =
        json!({"date": "2026-10-01", "fund": "MAIN", "order": "Приказ № 5", "on_loan_inv": ["3"]});
    vera.post("/api/v1/stock-checks", start);
    let close = json!({"date": "2026-10-05", "fund": "MAIN", "act": {"date": "2026-10-05"},
        "missing_inv": ["4"]});
    let closed = vera.post("/api/v1/stock-checks/close", close);
    let result = &closed["stock_check"]["result"];
    assert_eq!(
        (&result["on_record"], &result["missing"]),
        (&json!(3), &json!(1)),
        "{closed}"
    );
    assert_eq!(
        vera.get("/api/v1/stock-checks")[0]["result"]["missing_inv"],
        json!(["4"])
    );
}

fn the_year_closes(vera: &Client) {
    vera.post(
        "/api/v1/periods/close",
        json!({"date": "2026-12-31", "year": 2026}),
    );
    assert_eq!(vera.get("/api/v1/periods")["closed_through"], "2026-12-31");
    let late = json!({
        "date": "2026-12-01", "source": "DONATION", "supplier": "Читатель", "fund": "MAIN",
        "document": {"kind": "ACCEPTANCE_ACT", "date": "2026-12-01"},
        "lines": [{"record": 1, "copies": 1, "price_kop": 10_000}],
    });
    let late = late.to_string();
    let (status, refused) = vera.send("/api/v1/deliveries", "application/json", late.as_bytes());
    assert_eq!(status, 422, "{refused}");
    assert_eq!(refused["findings"][0]["rule"], "period-closed", "{refused}");
    let reopen = json!({"date": "2026-12-31", "year": 2026, "reason": "Пропущен дар"});
    vera.post("/api/v1/periods/reopen", reopen);
    vera.post(
        "/api/v1/periods/close",
        json!({"date": "2026-12-31", "year": 2026}),
    );
    vera.post("/api/v1/reports", json!({"year": 2026}));
    assert_eq!(vera.get("/api/v1/periods")["submitted"], 2026);
}
