//! The house rules over the whole repository. What they are stands in `fond_tests::house`.

use fond_tests::house::{
    Breach, Source, listed, read_tree, root, rules_page, security_page, shape, walls,
};

fn repository() -> Vec<Source> {
    let sources = read_tree(&root()).expect("the repository can be read");
    let rust = sources.iter().filter(|s| s.is_rust()).count();
    assert!(
        rust > 10,
        "only {rust} Rust files found: the inspector looks at the wrong place"
    );
    sources
}

fn in_order(breaches: Vec<Breach>) {
    assert!(breaches.is_empty(), "\n{}\n", listed(&breaches));
}

#[test]
fn nobody_reaches_through_a_wall() {
    in_order(repository().iter().flat_map(walls::breaches).collect());
}

#[test]
fn files_and_functions_keep_their_bounds_and_manners() {
    in_order(repository().iter().flat_map(shape::breaches).collect());
}

#[test]
fn the_page_of_rules_says_what_the_code_says() {
    let path = root().join("docs/rules.md");
    if std::env::var_os("FOND_WRITE_DOCS").is_some() {
        std::fs::write(&path, rules_page::page()).expect("docs/rules.md can be written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        written,
        rules_page::page(),
        "print it again: FOND_WRITE_DOCS=1 cargo test -p fond-tests --test house"
    );
}

#[test]
fn the_page_of_security_has_each_number_of_the_standard_once() {
    let page = std::fs::read_to_string(root().join("docs/security.md")).unwrap_or_default();
    let wrong = security_page::breaches(&page);
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    assert_eq!(security_page::numbers().count(), 253);
}
