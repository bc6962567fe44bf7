//! `fond bench` from outside: the short form of the long runs, so that their commands stay true.
//!
//! Figures are not judged here; a shared machine would fail them for no fault of ours.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn bench(data: &Path, args: &[&str]) -> Vec<u8> {
    let mut command = Command::new(fond_tests::served::fond());
    let done = command
        .arg("bench")
        .args(args)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{args:?}: {said}");
    done.stdout
}

fn figures(data: &Path, args: &[&str]) -> Value {
    serde_json::from_slice(&bench(data, args)).unwrap()
}

#[test]
fn a_made_catalogue_is_loaded_asked_and_served() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    let sizes = ["--records", "2000", "--items", "3000"];
    let books = bench(
        &data,
        &[&["generate", "--format", "irbis"], &sizes[..]].concat(),
    );
    let file = home.path().join("books.txt");
    std::fs::write(&file, &books).unwrap();
    let loaded = figures(&data, &["load", file.to_str().unwrap()]);
    assert_eq!(
        (&loaded["records"], &loaded["items"]),
        (&2000.into(), &3000.into())
    );
    let asked = figures(&data, &["search", "--rounds", "1"]);
    assert_eq!(asked["records"], 2000);
    let classes = asked["classes"].as_object().unwrap();
    for (class, figures) in classes {
        assert!(figures["hits"].as_u64() > Some(0), "nothing found: {class}");
    }
    for (class, figures) in asked["plain"].as_object().unwrap() {
        assert!(figures["hits"].as_u64() > Some(0), "nothing found: {class}");
    }
    let mixed = figures(
        &data,
        &["mixed", "--rate", "20", "--seconds", "3", "--items", "3000"],
    );
    let answers = mixed["answers"].as_object().unwrap();
    let answered: Vec<&String> = answers.keys().collect();
    assert!(
        answered.iter().all(|status| status.starts_with('2')),
        "{answers:?}"
    );
}
