//! The disk of a mirror fills or fails under work: nothing is half done, and what was answered stands on both sides.

use std::fs;
use std::path::Path;

use fond_tests::deeds::{holds, posted, prepared, record};
use fond_tests::program::{Client, Server, said};
use fond_tests::served::fond;
use fond_tests::shim::Shim;
use fond_tests::small_disk::{SmallDisk, fill};

fn named(mirror: &Path) -> String {
    mirror.display().to_string()
}

/// Both sides hold this and nothing else, and the library comes back from the mirror alone.
fn both_hold(program: &Path, [data, mirror]: [&Path; 2], token: &str, records: u64) {
    let told = said(program, data, &["verify", "--mirror", &named(mirror)], "");
    assert!(told.contains("сходятся"), "{told}");
    let restored = data.with_file_name("restored");
    let _ = said(program, &restored, &["restore", &named(mirror)], "");
    let server = Server::start(program, &restored);
    holds(&Client::new(&server.address, token), records);
}

#[test]
fn a_full_disk_of_the_mirror_refuses_before_anything_is_written_on_either_side() {
    let home = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mounted(&home.path().join("disk")) else {
        return;
    };
    let (program, data) = (fond(), home.path().join("data"));
    let (mirror, filler) = (disk.0.join("mirror"), disk.0.join("filler"));
    fs::create_dir(&mirror).unwrap();
    let token = prepared(&program, &data);
    let server = Server::start_with(&program, &data, &["--mirror", &named(&mirror)]);
    let client = Client::new(&server.address, &token);
    (0..20).for_each(|n| assert_eq!(posted(&client, &record(n)).0, 201));
    fill(&filler);
    let refused = "/problems/no-space".to_owned();
    for n in 20..40 {
        assert_eq!(posted(&client, &record(n)), (503, refused.clone()));
    }
    holds(&client, 20);
    fs::remove_file(&filler).unwrap();
    for n in 20..40 {
        assert_eq!(posted(&client, &record(n)).0, 201, "without a restart");
    }
    server.kill();
    both_hold(&program, [&data, &mirror], &token, 40);
}

#[test]
fn a_disk_of_the_mirror_that_fails_ends_writing_and_the_next_start_brings_both_level() {
    let Some(shim) = Shim::built() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let home = fs::canonicalize(home.path()).unwrap();
    let [data, mirror, sick] = ["data", "mirror", "sick"].map(|name| home.join(name));
    let program = fond();
    fs::create_dir(&mirror).unwrap();
    let token = prepared(&program, &data);
    let mut command = shim.command(&program, &mirror, &[("SHIM_SICK", &sick)]);
    command.env("FOND_MIRROR", &mirror);
    let server = Server::launched(command, &data);
    let client = Client::new(&server.address, &token);
    assert_eq!(posted(&client, &record(1)).0, 201);
    fs::write(&sick, "").unwrap();
    let unknown = "/problems/outcome-unknown".to_owned();
    assert_eq!(posted(&client, &record(2)), (500, unknown));
    fs::remove_file(&sick).unwrap();
    let unavailable = "/problems/unavailable".to_owned();
    assert_eq!(posted(&client, &record(3)), (503, unavailable));
    // Readers read on.
    holds(&client, 1);
    server.kill();

    let server = Server::start_with(&program, &data, &["--mirror", &named(&mirror)]);
    let client = Client::new(&server.address, &token);
    (1..=3).for_each(|n| assert_eq!(posted(&client, &record(n)).0, 201));
    holds(&client, 3);
    server.kill();
    both_hold(&program, [&data, &mirror], &token, 3);
}
