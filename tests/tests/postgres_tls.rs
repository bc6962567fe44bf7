//! The shared journal over TLS: believed is the certificate that was named, and no other.

use std::path::PathBuf;

use catalog::{Catalog, JournalHome};
use fond_tests::Postgres;
use fond_tests::house::root;

fn tls(name: &str) -> PathBuf {
    root().join("tests/data/tls").join(name)
}

#[test]
fn the_shared_journal_works_over_tls_and_believes_only_its_certificate() {
    let Some(postgres) = Postgres::start_over_tls(&tls("certificate.pem"), &tls("key.pem")) else {
        return;
    };
    let _ = postgres.database("fond");
    let opened = |query: &str| {
        let folder = tempfile::tempdir().unwrap();
        let home = JournalHome::Postgres(postgres.over_tls("fond", query));
        Catalog::open_at(folder.path(), &home, &mut |_, _| ()).map(|catalog| catalog.head().seq)
    };
    let named = format!("sslrootcert={}", tls("certificate.pem").display());
    let other = format!("sslrootcert={}", tls("other.pem").display());
    opened("sslmode=require").expect("require encrypts and believes anybody");
    opened(&format!("sslmode=verify-full&{named}")).expect("the named certificate is believed");
    opened(&format!("sslmode=require&{named}")).expect("a named certificate is checked and found");
    let why = opened(&format!("sslmode=verify-full&{other}")).expect_err("another is not");
    assert!(!why.to_string().is_empty());
    opened("sslmode=verify-full").expect_err("nobody is believed unnamed");
    opened("sslmode=disable").expect_err("the database takes nobody in the open");
}
