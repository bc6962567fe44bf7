//! What is noted of a copy that was tried: one that is bad, and one that could not be tried, are no proof.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fond_tests::program::{Server, said};
use fond_tests::served::fond;

fn run(program: &Path, data: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(words).arg("--data").arg(data);
    command.stdin(Stdio::null()).output().unwrap()
}

/// The gauges that a server of this folder shows of its last trial: when a copy held last, and whether the last one did.
fn shown(program: &Path, data: &Path) -> (u64, u64) {
    let server = Server::start(program, data);
    let mut answer = ureq::get(format!("{}/metrics", server.address))
        .call()
        .unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    server.stop();
    let gauge = |name: &str| {
        let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
        let value = values.next().unwrap_or_else(|| panic!("{name}: {text}"));
        value.trim().parse().unwrap()
    };
    (
        gauge("fond_last_proved_backup_timestamp_seconds "),
        gauge("fond_last_backup_proof_ok "),
    )
}

#[test]
fn a_copy_that_is_bad_or_was_not_tried_is_no_proved_one() {
    let home = tempfile::tempdir().unwrap();
    let (program, data) = (fond(), home.path().join("data"));
    let school = ["library", "add", "S1", "--name", "Школа № 1"];
    let _ = said(&program, &data, &school, "");
    assert_eq!(shown(&program, &data), (0, 0), "nothing was tried yet");
    let prove = |name: &str| {
        let file = home.path().join(name);
        let done = run(
            &program,
            &data,
            &["backup", "--prove", file.to_str().unwrap()],
        );
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(file.exists(), "the copy is made: {said}");
        (done.status.code(), said)
    };
    let (status, said) = prove("good.backup");
    assert_eq!(status, Some(0), "{said}");
    let (proved, ok) = shown(&program, &data);
    assert!(proved > 0 && ok == 1, "{proved} {ok}");

    // What no restore takes: a folder on the desk whose name may lead anywhere.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let strange = data.join("desk/no.bucket");
    fs::create_dir(&strange).unwrap();
    // The name is that of the key: BLAKE3 of «a», as far as a name goes.
    let note = strange.join("17762fddd969a453925d65717ac3eea2.json");
    fs::write(note, r#"{"key":"a","value":1}"#).unwrap();
    let (status, said) = prove("bad.backup");
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("Копия не годится"), "{said}");
    assert_eq!(
        shown(&program, &data),
        (proved, 0),
        "the last good one counts"
    );
    fs::remove_dir_all(&strange).unwrap();

    // Something stands where the trial would be made: nothing is known of the copy.
    assert_eq!(prove("good-again.backup").0, Some(0));
    let again = shown(&program, &data);
    assert!(again.0 > proved && again.1 == 1, "{again:?}");
    let inside = data.join("backup-proof.restoring");
    fs::write(&inside, "").unwrap();
    let (status, said) = prove("untried.backup");
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("не проверена") && !said.contains("не годится"),
        "{said}"
    );
    assert_eq!(shown(&program, &data), again);
}
