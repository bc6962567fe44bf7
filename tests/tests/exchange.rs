//! Files in and out by the command line: what is lost is said, what is given back is sound, and a status
//! tells the one from the other.
//!
//! What each carrier holds is tested beside it; here the whole program is asked.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fond_tests::served::fond;
use serde_json::Value;

/// A frame of ISO 2709 with these fields.
fn frame(leader: &str, fields: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut directory, mut data) = (Vec::new(), Vec::new());
    for (tag, content) in fields {
        directory.extend(format!("{tag}{:04}{:05}", content.len() + 1, data.len()).bytes());
        data.extend_from_slice(content);
        data.push(0x1E);
    }
    let base = 25 + directory.len();
    let length = base + data.len() + 1;
    let mut frame = format!("{length:05}{leader}22{base:05}   450 ").into_bytes();
    frame.extend(directory);
    frame.push(0x1E);
    frame.extend(data);
    frame.push(0x1D);
    frame
}

fn book(number: &str, title: &[u8]) -> Vec<u8> {
    let coded = b"  \x1Fa20200101d2020    m  y0rusy0189    ca";
    let title = [b"1 \x1Fa", title].concat();
    let agency: &[u8] = b" 0\x1FaRU\x1FbTEST";
    let fields = [
        ("001", number.as_bytes()),
        ("100", &coded[..]),
        ("200", &title[..]),
        ("801", agency),
    ];
    frame("nam0 ", &fields)
}

/// «Тропа к роднику и другие рассказы» in windows-1251.
fn title_1251() -> Vec<u8> {
    let text = "Тропа к роднику и другие рассказы";
    let letter = |c: char| match c {
        'А'..='я' => u8::try_from(u32::from(c) - 0x410 + 0xC0).unwrap(),
        c => u8::try_from(c).unwrap(),
    };
    text.chars().map(letter).collect()
}

fn run(words: &[&str], typed: &[u8]) -> Output {
    let mut child = Command::new(fond())
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(typed);
    child.wait_with_output().unwrap()
}

fn import(data: &Path, format: &str, bytes: &[u8]) -> (i32, Value) {
    let data = data.to_str().unwrap();
    let words = ["import", "--data", data, "--format", format, "--json", "-"];
    let done = run(&words, bytes);
    let report = serde_json::from_slice(&done.stdout).unwrap();
    (done.status.code().unwrap(), report)
}

fn export(data: &Path, format: &str) -> Vec<u8> {
    let words = [
        "export",
        "--data",
        data.to_str().unwrap(),
        "--format",
        format,
    ];
    let done = run(&words, b"");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    done.stdout
}

#[test]
fn a_file_of_something_else_is_never_taken_for_an_empty_one() {
    let xml = "<?xml version=\"1.0\"?><Файл><Документ КНД=\"1115131\"/></Файл>".as_bytes();
    let iso = book("1", b"Title");
    let large = b"<RECORD><LEADER>00000nam0 2200000   450 </LEADER></RECORD>";
    let wide: Vec<u8> = "<record/>".bytes().flat_map(|b| [b, 0]).collect();
    let cases: [(&str, &[u8]); 7] = [
        ("auto", xml),
        ("marcxml", xml),
        ("marcxml", &iso),
        ("marcxml", b"{\"leader\":\"x\"}"),
        ("marcxml", large),
        ("marcxml", &wide),
        ("auto", b""),
    ];
    for (format, bytes) in cases {
        let shown = String::from_utf8_lossy(bytes);
        for words in [
            &["convert", "--from", format, "--to", "marcjson"][..],
            &["check", "--format", format],
            &["describe", "--format", format],
        ] {
            let done = run(words, bytes);
            assert_eq!(done.status.code(), Some(1), "{words:?} {shown}");
        }
        let data = tempfile::tempdir().unwrap();
        let (status, report) = import(data.path(), format, bytes);
        assert_eq!(status, 1, "{format} {shown}");
        assert_eq!(report["findings"][0]["rule"], "record-structure");
        assert_eq!(report["saved"], 0);
    }
}

#[test]
fn what_goes_out_says_its_true_set_and_comes_back_unchanged() {
    let data = tempfile::tempdir().unwrap();
    let (status, report) = import(data.path(), "auto", &book("1", &title_1251()));
    assert_eq!((status, &report["saved"]), (0, &Value::from(1)));
    for format in ["marcxml", "marcjson", "mrk", "iso2709"] {
        let out = export(data.path(), format);
        let text = String::from_utf8(out.clone()).unwrap();
        assert!(text.contains("Тропа к роднику"), "{format}: {text}");
        assert!(!text.contains("0189"), "{format}: {text}");
        let (status, report) = import(data.path(), format, &out);
        let unchanged = &report["unchanged"];
        assert_eq!(
            (status, unchanged),
            (0, &Value::from(1)),
            "{format}: {report}"
        );
    }
}

#[test]
fn damaged_and_dependent_pieces_go_out_mended() {
    let data = tempfile::tempdir().unwrap();
    let sound = book("1", b"Title");
    let mut damaged = sound.clone();
    damaged[..5].copy_from_slice(b"00001");
    assert_eq!(import(data.path(), "auto", &damaged).1["saved"], 1);
    let out = export(data.path(), "iso2709");
    assert_eq!(out[..5], sound[..5]);
    assert_eq!(
        run(&["convert", "--from", "iso2709", "--to", "mrk"], &out)
            .status
            .code(),
        Some(0)
    );
    let data = tempfile::tempdir().unwrap();
    let record = "<m:record><m:leader>00000nam0 2200000   450 </m:leader>\
        <m:controlfield tag=\"001\">1</m:controlfield></m:record>";
    let slim = "http://www.loc.gov/MARC21/slim";
    let file = format!("<m:collection xmlns:m=\"{slim}\">{record}</m:collection>");
    assert_eq!(import(data.path(), "auto", file.as_bytes()).1["saved"], 1);
    let out = String::from_utf8(export(data.path(), "marcxml")).unwrap();
    assert!(!out.contains("m:"), "{out}");
    let words = ["convert", "--from", "marcxml", "--to", "marcxml"];
    let done = run(&words, file.as_bytes());
    assert!(!String::from_utf8(done.stdout).unwrap().contains("m:"));
}

#[test]
fn text_of_an_unknown_set_stays_as_it_is_or_its_loss_is_said() {
    let title = b"Vop\xE9\x2E rosy \xEB\xE5k \x1B(NAB\x1B(B";
    let fields = [
        ("001", &b"1"[..]),
        ("245", &[b"10\x1Fa", &title[..]].concat()),
    ];
    let file = frame("nam  ", &fields);
    let same = run(&["convert", "--from", "iso2709", "--to", "iso2709"], &file);
    assert_eq!(same.stdout, file);
    assert_eq!(same.status.code(), Some(0));
    let other = run(&["convert", "--from", "iso2709", "--to", "marcxml"], &file);
    assert_eq!(other.status.code(), Some(1));
}

#[test]
fn a_record_deleted_elsewhere_takes_nothing_from_here() {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(
        import(data.path(), "auto", &book("1", b"Title")).1["saved"],
        1
    );
    let gone = frame("dam0 ", &[("001", b"1"), ("801", b" 0\x1FaRU\x1FbTEST")]);
    let (status, report) = import(data.path(), "auto", &gone);
    let counted = (&report["updated"], &report["saved"]);
    assert_eq!((status, counted), (1, (&0.into(), &0.into())));
    assert_eq!(report["findings"][0]["rule"], "deleted-at-source");
    let out = String::from_utf8(export(data.path(), "mrk")).unwrap();
    assert!(out.contains("$aTitle"), "{out}");
}

#[test]
fn a_reader_that_leaves_and_a_name_that_is_not_there_are_told_apart() {
    let data = tempfile::tempdir().unwrap();
    let many: Vec<u8> = (0..4000)
        .flat_map(|n| book(&n.to_string(), b"Title"))
        .collect();
    assert_eq!(import(data.path(), "auto", &many).0, 0);
    let folder = data.path().to_str().unwrap();
    let unknown = run(&["export", "--data", folder, "--library", "NOPE"], b"");
    assert_eq!(unknown.status.code(), Some(3));
    let mut child = Command::new(fond())
        .args(["export", "--data", folder, "--format", "mrk"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 16];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(String::from_utf8(done.stderr).unwrap(), "");
    let words = [
        "convert",
        "--from",
        "auto",
        "--to",
        "marcxml",
        "no-such-file",
    ];
    let missing = run(&words, b"");
    assert_eq!((missing.status.code(), missing.stdout.len()), (Some(3), 0));
}
