//! What is embedded is named with its licence: the page of licences, the lock file and the files of pages agree.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Command;

use fond_tests::house::root;
use fond_tests::served::fond;

fn printed() -> String {
    let said = Command::new(fond()).arg("licences").output().unwrap();
    assert!(said.status.success());
    String::from_utf8(said.stdout).unwrap()
}

fn locked() -> BTreeSet<String> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key));
        line.map(|value| value.trim_matches(['=', ' ', '"']).to_owned())
    };
    let blocks = lock.split("[[package]]").skip(1);
    let named = blocks.filter_map(|block| {
        value(block, "source")?;
        Some(format!(
            "{} {}",
            value(block, "name")?,
            value(block, "version")?
        ))
    });
    named.collect()
}

#[test]
fn every_crate_named_is_the_one_that_is_locked_and_has_a_licence_that_asks_for_a_notice_only() {
    let text = printed();
    let (_, crates) = text.split_once("Rust crates\n").unwrap();
    let locked = locked();
    let mut seen = 0;
    for line in crates.lines().filter(|line| !line.is_empty()) {
        let mut columns = line.split('\t');
        let (named, licence) = (columns.next().unwrap(), columns.next().unwrap());
        assert!(
            locked.contains(named),
            "{named} is not what is built: python3 scripts/licences.py --write"
        );
        assert!(
            !licence.contains("GPL") || licence.contains("MIT") || licence.contains("Apache"),
            "{named}: {licence}"
        );
        assert_ne!(licence, "?", "{named}");
        seen += 1;
    }
    assert!(seen > 200, "only {seen} crates are named");
    // What the program cannot do without is there by name.
    for needed in [
        "axum ",
        "tantivy ",
        "sled ",
        "rustls ",
        "tokio-postgres ",
        "tokio ",
    ] {
        assert!(
            crates.contains(&format!("\n{needed}")),
            "{needed}is not named"
        );
    }
}

#[test]
fn fonts_scripts_and_data_are_named_too() {
    let text = printed();
    for name in ["PT Sans", "htmx", "data/rusmarc"] {
        assert!(text.contains(name), "{name}");
    }
}

#[test]
fn the_page_is_what_its_script_prints() {
    let script = Command::new("python3")
        .arg("scripts/licences.py")
        .current_dir(root())
        .output();
    let Ok(said) = script else {
        let _ = writeln!(std::io::stderr(), "licences: not compared, install python3");
        return;
    };
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    let text = String::from_utf8(said.stdout).unwrap();
    assert_eq!(
        text,
        printed(),
        "print it again: python3 scripts/licences.py --write"
    );
}
