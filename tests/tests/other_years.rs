//! Years that nobody wrote down, posted through the door and compared with a plain account of them.

use catalog::{Catalog, PostReport, post};
use fond_tests::posting::year_as_json;
use fond_tests::years::{Story, tell};
use jiff::Timestamp;
use serde_json::Value;

fn run(catalog: &Catalog, file: &Value) -> PostReport {
    let at = Timestamp::from_second(1_790_000_000).unwrap();
    let actor = "иванова".parse().unwrap();
    post(catalog, &actor, at, None, file.to_string().as_bytes()).unwrap()
}

fn books(catalog: &Catalog, year: i16) -> Value {
    let library = "MAIN".parse().unwrap();
    year_as_json(catalog.view(), &library, year)
}

/// Every key of `expected` stands in `printed` with the same value.
fn differences(place: &str, expected: &Value, printed: &Value, out: &mut Vec<String>) {
    match (expected, printed) {
        (Value::Object(expected), Value::Object(_)) => {
            for (key, value) in expected {
                differences(&format!("{place}/{key}"), value, &printed[key], out);
            }
        }
        (Value::Array(expected), Value::Array(printed)) if expected.len() == printed.len() => {
            for (n, (value, other)) in expected.iter().zip(printed).enumerate() {
                differences(&format!("{place}/{n}"), value, other, out);
            }
        }
        _ if expected == printed => {}
        _ => out.push(format!("{place}: expected {expected}, printed {printed}")),
    }
}

/// What differs from the plain account, year by year; earlier years are read again at the end.
fn wrong_in(story: &Story) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(folder.path()).unwrap();
    let mut out = Vec::new();
    for year in &story.years {
        let report = run(&catalog, &year.file);
        let refused: Vec<(String, String)> = (report.refused.iter())
            .map(|r| (r.event.clone(), r.rule.code().to_owned()))
            .collect();
        if refused != year.refused {
            out.push(format!(
                "{}: refused {:?}, expected {:?}",
                year.year, report.refused, year.refused
            ));
        }
        out.extend(
            report
                .remarks
                .iter()
                .map(|r| format!("{}: {}", r.event, r.detail)),
        );
        let head = catalog.head().seq;
        run(&catalog, &year.file);
        if catalog.head().seq != head {
            out.push(format!("{}: posted twice", year.year));
        }
    }
    for year in &story.years {
        let place = format!("{}", year.year);
        differences(
            &place,
            &year.registers,
            &books(&catalog, year.year),
            &mut out,
        );
    }
    out.extend(catalog::fund::audit(catalog.view()).unwrap());
    out
}

#[test]
fn any_years_lead_to_the_registers_of_a_plain_account() {
    let seeds = std::env::var("FOND_YEARS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(12);
    for seed in 1..=seeds {
        let wrong = wrong_in(&tell(seed, 3));
        assert!(
            wrong.is_empty(),
            "seed {seed}:\n{}",
            wrong[..wrong.len().min(20)].join("\n")
        );
    }
}

#[test]
fn the_dice_tell_of_everything_that_ties_events_together() {
    let stories: Vec<Story> = (1..=12).map(|seed| tell(seed, 3)).collect();
    let years = || stories.iter().flat_map(|story| &story.years);
    let events = || years().flat_map(|year| year.file["events"].as_array().unwrap());
    let left_by = |event: &Value| {
        let corrects = &event["corrects"];
        events().any(|e| &e["id"] == corrects && e["type"] == "WITHDRAWAL")
    };
    type Fits<'a> = &'a dyn Fn(&Value) -> bool;
    let told: [(&str, Fits<'_>); 6] = [
        ("a replacement", &|e| !e["paired_with"].is_null()),
        ("a check", &|e| e["type"] == "CHECK_CLOSE"),
        ("a find", &|e| e["type"] == "FOUND"),
        ("a missing item written off", &|e| {
            e["sub_reason"] == "MISSING_AT_CHECK"
        }),
        ("a quarter", &|e| e["type"] == "QUARTER_CLOSE"),
        ("a withdrawal taken back", &|e| {
            e["type"] == "STORNO" && left_by(e)
        }),
    ];
    for (what, fits) in told {
        assert!(events().any(fits), "no {what} in all the stories");
    }
    let belated = years().flat_map(|year| &year.refused);
    assert!(belated.clone().any(|(_, rule)| rule == "date-order"));
    let entered = |story: &Story| {
        let days = |year: &fond_tests::years::Year| {
            let rows = year.registers["ksu_part1"].as_array().unwrap();
            let days: Vec<&str> = rows.iter().filter_map(|row| row["date"].as_str()).collect();
            !days.is_sorted()
        };
        story.years.iter().any(days)
    };
    assert!(stories.iter().any(entered), "nothing was entered belatedly");
}
