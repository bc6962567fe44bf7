//! The project's own description cases: each record must print exactly as expected.

use serde_json::Value;

use super::super::{BiblioRecord, Body, Field, Indicators, Subfield};
use super::{Options, describe};

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn field(value: &Value) -> Field {
    let tag = text(&value["tag"]).parse().unwrap();
    if let Some(data) = value["data"].as_str() {
        return Field::control(tag, data);
    }
    let mut marks = text(&value["ind"]).chars();
    let indicators = Indicators(marks.next().unwrap(), marks.next().unwrap());
    if let Some(inside) = value["embedded"].as_array() {
        let body = Body::Linked(indicators, inside.iter().map(field).collect());
        return Field { tag, body };
    }
    let subfields = value["subfields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| Subfield::new(text(&pair[0]).chars().next().unwrap(), text(&pair[1])));
    Field::data(tag, indicators, subfields.collect())
}

#[test]
fn every_description_case_prints_as_expected() {
    let cases = include_str!("../../../../../data/rusmarc/description-cases.json");
    let cases: Value = serde_json::from_str(cases).unwrap();
    let mut wrong = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let mut record = BiblioRecord::new(text(&case["leader"]).parse().unwrap());
        record.fields = case["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(field)
            .collect();
        let printed = describe(&record, &Options::default());
        if printed != text(&case["expected"]) {
            wrong.push(format!(
                "{}\n  {}\n  {printed}",
                case["id"], case["expected"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
