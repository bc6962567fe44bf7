//! Files that come and go hold nothing that acts: no formulas, no entities, no names that climb out of a folder;
//! and the page of security cites only tests that exist.

use std::fs;

use catalog::record::detect::Format;
use catalog::record::read::Reader;
use catalog::{Catalog, Doing, ImportOrder};
use fond_tests::house::{read_tree, root};
use server::app::routes;

#[test]
fn nothing_is_exported_as_a_sheet() {
    // A sheet acts on what it holds: before one is exported, its cells need an apostrophe before `= + - @`.
    let sheets = [
        "text/csv",
        "spreadsheetml",
        "application/vnd.ms-excel",
        "rust_xlsxwriter",
    ];
    for source in read_tree(&root()).unwrap() {
        let ours = source.path.starts_with("crates/server/src/");
        for kind in sheets {
            assert!(
                !ours || !source.text.contains(kind),
                "{} writes {kind}",
                source.path
            );
        }
    }
    let sheet = |path: &str| path.ends_with("csv") || path.ends_with("xlsx");
    assert!(!routes().iter().any(|route| sheet(route.path)));
}

#[test]
fn entities_of_xml_are_not_expanded() {
    let mut nested = String::from("<!ENTITY a0 \"ха\">");
    for n in 1..20 {
        let below = format!("&a{};", n - 1).repeat(10);
        nested.push_str(&format!("<!ENTITY a{n} \"{below}\">"));
    }
    let file = root().join("Cargo.toml").display().to_string();
    let xml = format!(
        "<!DOCTYPE c [{nested}<!ENTITY file SYSTEM \"file://{file}\">]><collection><record>\
         <leader>00000nam0 2200000   450 </leader><datafield tag=\"200\" ind1=\"1\" ind2=\" \">\
         <subfield code=\"a\">&a19;&file;&amp;</subfield></datafield></record></collection>"
    );
    let read: Vec<_> = Reader::new(xml.as_bytes())
        .with_format(Format::MarcXml)
        .collect();
    assert_eq!(read.len(), 1);
    let record = read.into_iter().next().unwrap().unwrap().record.unwrap();
    let text = format!("{:?}", record.fields);
    assert!(
        text.len() < 1000,
        "{} bytes came of {}",
        text.len(),
        xml.len()
    );
    assert!(
        !text.contains("[workspace]") && !text.contains("хаха"),
        "{text}"
    );
}

#[test]
fn a_name_that_climbs_stays_in_its_folder() {
    let house = tempfile::tempdir().unwrap();
    let data = house.path().join("data");
    let catalog = Catalog::open(&data).unwrap();
    let golden = include_bytes!("../../data/fund/golden-year.json");
    let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    let actor: catalog::id::UserId = "иванова".parse().unwrap();
    catalog::post(&catalog, &actor, at, None, golden).unwrap();
    for name in [
        "../../climbed",
        "/climbed",
        "..",
        "a/../../climbed",
        "\u{0}",
    ] {
        let order = ImportOrder {
            file: name.to_owned(),
            library: "MAIN".parse().unwrap(),
            format: Some(Format::Iso2709),
            dry_run: false,
        };
        let doing = Doing::now(actor.clone(), at);
        // A name that no file can have is an error of the disk, and nothing else.
        let _ = catalog.import(&doing, &order, &b"rubbish"[..], &mut |_, _| ());
    }
    let inside: Vec<_> = fs::read_dir(house.path()).unwrap().collect();
    assert_eq!(inside.len(), 1, "{inside:?}");
    assert!(!std::path::Path::new("/climbed").exists());
}

#[test]
fn the_page_of_security_names_only_tests_that_are_there() {
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let mut cited = 0;
    for named in page.split('`').skip(1).step_by(2) {
        let Some((file, test)) = named.split_once("::").filter(|(_, test)| !test.is_empty()) else {
            continue;
        };
        let path = if file.contains('/') {
            root().join(file)
        } else {
            root().join(format!("tests/tests/{file}.rs"))
        };
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(text.contains(&format!("fn {test}(")), "no test {named}");
        cited += 1;
    }
    assert!(cited > 40, "only {cited} tests are cited");
}
