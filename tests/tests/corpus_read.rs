//! Real files read and written: counts, bytes given back, and what is saved of damaged ones.
//!
//! The files are not part of the project: `FOND_CORPUS` names their folder. Counts were measured by
//! other readers; where ours differ, the reason stands beside the file.

use std::fs;
use std::path::Path;

use catalog::record::charset::Charset;
use catalog::record::detect::Format;
use catalog::record::read::{Incoming, Reader};
use catalog::record::write::{convert, epilogue, prologue, write};
use catalog::rule::Rule;
use fond_tests::corpus;

/// Why the writer, without the source bytes, gives other bytes than the file holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Differs {
    /// It does not.
    No,
    /// Text is not in NFC; inside it is, and so it is written.
    NotNfc,
    /// Non-sorting marks stand as U+0088 and U+0089, and are written as U+0098 and U+009C.
    NonSorting,
    /// The directory lists the fields in another order than the data stand in.
    DataOrder,
    /// Indicators were missing or too many and were mended.
    Indicators,
    /// The envelope or the leader was damaged and was mended.
    Mended,
    /// The character set is not known: only the source bytes can be given back.
    Charset,
}

/// File, records, fields, how written bytes differ.
const SOUND: &[(&str, usize, usize, Differs)] = &[
    ("rusmarc/ruslan-utf8-250.mrc", 250, 5779, Differs::No),
    ("rusmarc/TEST1-cp1251-81.iso", 81, 1709, Differs::DataOrder),
    ("rusmarc/TEST2-cp1251-1.iso", 1, 19, Differs::No),
    ("rusmarc/urait-utf8-1.iso", 1, 26, Differs::Indicators),
    ("rusmarc/nlr/7_rusmarc.mrc", 1, 47, Differs::No),
    (
        "rusmarc/nlr/RuSpRNB-009670326-rusmarc-language.mrc",
        1,
        31,
        Differs::No,
    ),
    ("rusmarc/nlr/NLR009673669.mrc", 1, 33, Differs::No),
    ("rusmarc/nlr/NLR009673670.mrc", 1, 19, Differs::No),
    ("rusmarc/nlr/NLR009673671.mrc", 1, 18, Differs::No),
    ("rusmarc/nlr/NLR005177748.mrc", 1, 21, Differs::No),
    ("unimarc/bnr-10.mrc", 10, 238, Differs::No),
    ("unimarc/testunimarc-1.mrc", 1, 58, Differs::NonSorting),
    ("unimarc/dollar-2.mrc", 2, 34, Differs::No),
    ("marc21-cyrillic/FSL-utf8-52.marc", 52, 689, Differs::No),
    (
        "marc21-cyrillic/gymnasium-cp1251-6.mrc",
        6,
        123,
        Differs::No,
    ),
    (
        "marc21-cyrillic/gymnasium-destroyed-6.mrc",
        6,
        123,
        Differs::Mended,
    ),
    ("marc21-cyrillic/rsl-multipart-7.mrc", 7, 212, Differs::No),
    (
        "marc21-cyrillic/rsl/003629471_marc21.mrc",
        2,
        41,
        Differs::No,
    ),
    (
        "marc21-cyrillic/rsl/005491281_marc21.mrc",
        1,
        33,
        Differs::No,
    ),
    ("marc21-cyrillic/rsl/nokey.mrc", 1, 25, Differs::No),
    (
        "marc21-cyrillic/rsl/rsl_10_broken.mrc",
        1,
        13,
        Differs::Mended,
    ),
    ("marc21-general/oss-42.marc", 42, 836, Differs::Charset),
    ("marc21-general/nepali-96.marc", 96, 1631, Differs::NotNfc),
    ("marc21-general/auth-1066.mrc", 1066, 7663, Differs::NotNfc),
    ("marc21-general/acq-order-10.mrc", 10, 242, Differs::No),
    ("marc21-general/camel-10.mrc", 10, 173, Differs::No),
    ("marc21-general/camel-10.mrk", 10, 173, Differs::No),
    // Text dump of another program, without the first record of TEST1.
    ("rusmarc/TEST1-dump.txt", 80, 1692, Differs::No),
];

/// File, and the records the best known reader or a plain walk over the terminators gets of it.
const DAMAGED: &[(&str, usize)] = &[
    ("pymarc/bad_records.mrc", 8),
    ("pymarc/bad_indicator.dat", 1),
    ("pymarc/bad_subfield_code.dat", 1),
    ("pymarc/bad_eacc_encoding.dat", 1),
    ("pymarc/bad_marc8_escape.dat", 1),
    ("pymarc/alphatag.dat", 1),
    ("pymarc/utf8_errors.dat", 1),
    ("pymarc/utf8_invalid.mrc", 1),
    ("pymarc/utf8_with_leader_flag.dat", 1),
    ("pymarc/utf8_without_leader_flag.dat", 1),
    ("pymarc/regression45.dat", 12),
    ("marc-record/baddir.usmarc", 1),
    ("marc-record/badind.usmarc", 1),
    // The seventh of the table is the nothing between two terminators.
    ("marc-record/badldr.usmarc", 6),
    ("marc-record/cameleof.usmarc", 10),
    ("marc-record/filler.usmarc", 3),
    ("marc-record/sample1eof.usmarc", 1),
    ("file_marc/bad_example.mrc", 1),
    ("file_marc/bad_example2.mrc", 1),
    ("file_marc/wronglen.mrc", 1),
    ("file_marc/music.mrc", 3),
    ("ruby-marc/non-numeric.dat", 1),
    ("ruby-marc/random_tag_order.dat", 1),
    ("ruby-marc/random_tag_order2.dat", 1),
    ("ruby-marc/utf8_with_bad_bytes.marc", 1),
    ("ruby-marc/marc_with_bad_utf8.utf8.marc", 1),
    ("ruby-marc/cp866_unimarc.marc", 1),
    ("ruby-marc/cp866_multirecord.marc", 2),
    ("loc-100-intact.mrc", 100),
    ("loc-100-damaged.mrc", 100),
    ("line-separated-20.mrc", 20),
    ("xml/non-numeric.xml", 1),
    ("xml/no-leading-zero.xml", 1),
    ("xml/messed_up_leader.xml", 1),
    ("xml/three-records-second-bad.xml", 3),
    ("xml/invalid.xml", 0),
    ("xml/empty-record.xml", 1),
    ("xml/empty-record-2.xml", 1),
    ("xml/end-of-stream.xml", 1),
    ("xml/namespace.xml", 1),
];

/// File, records, fields; the last has a byte order mark before a field others leave out.
const IRBIS: &[(&str, usize, usize)] = &[
    ("istu-200.utf8.txt", 200, 6444),
    ("records.utf8.txt", 3, 69),
    ("broken_records.utf8.txt", 3, 68),
    ("report001-records.utf8.txt", 10, 797),
    ("record.txt", 1, 100),
];

fn pieces(bytes: &[u8]) -> Vec<Incoming> {
    Reader::new(bytes).map(Result::unwrap).collect()
}

fn read(path: &Path) -> (Vec<u8>, Vec<Incoming>) {
    let bytes = fs::read(path).unwrap();
    let all = pieces(&bytes);
    for incoming in &all {
        let begin = usize::try_from(incoming.offset).unwrap();
        let source = &bytes[begin..begin + incoming.source.len()];
        assert!(source == incoming.source, "{} offset", path.display());
    }
    (bytes, all)
}

fn counts(all: &[Incoming]) -> (usize, usize) {
    let records = all.iter().filter_map(|incoming| incoming.record.as_ref());
    (
        records.clone().count(),
        records.map(|record| record.fields.len()).sum(),
    )
}

#[test]
fn records_and_fields_are_those_of_the_tables_here_and_in_marcxml() {
    let Some(root) = corpus() else { return };
    for (name, records, fields, _) in SOUND {
        let (_, all) = read(&root.join(name));
        assert_eq!(counts(&all), (*records, *fields), "{name}");
        for format in [Format::MarcXml, Format::MarcJson] {
            let mut file = prologue(format).as_bytes().to_vec();
            for incoming in &all {
                file.extend(convert(incoming, format, Charset::Utf8).unwrap());
            }
            file.extend(epilogue(format).bytes());
            let back = pieces(&file);
            assert_eq!(counts(&back), (*records, *fields), "{name} in {format}");
        }
    }
}

#[test]
fn a_sound_file_is_given_back_byte_for_byte() {
    let Some(root) = corpus() else { return };
    // Bytes between and after the records belong to none of them and are not given back.
    let with_padding = [
        "unimarc/testunimarc-1.mrc",
        "marc21-cyrillic/rsl-multipart-7.mrc",
    ];
    for (name, _, _, differs) in SOUND {
        let text = name.ends_with(".mrk") || name.ends_with(".txt");
        if text || *differs == Differs::Mended {
            continue;
        }
        let (bytes, all) = read(&root.join(name));
        let mut written = Vec::new();
        let mut mended = 0;
        for incoming in &all {
            let back = convert(incoming, incoming.format, incoming.charset).unwrap();
            mended += usize::from(back != incoming.source);
            assert!(back == incoming.source || incoming.was_mended(), "{name}");
            written.extend_from_slice(&incoming.source);
        }
        let kept = match with_padding.contains(name) {
            true => bytes.trim_ascii_end(),
            false => &bytes[..],
        };
        assert!(written == kept, "{name}");
        // One record of that file has a false directory, which is not given back.
        let expected = usize::from(*name == "marc21-general/oss-42.marc");
        assert_eq!(mended, expected, "{name}");
    }
}

#[test]
fn the_writer_alone_gives_the_same_bytes_or_says_why_not() {
    let Some(root) = corpus() else { return };
    for (name, _, _, differs) in SOUND {
        let (_, all) = read(&root.join(name));
        if all
            .iter()
            .any(|incoming| incoming.format != Format::Iso2709)
        {
            continue;
        }
        let mut different = 0;
        for incoming in &all {
            let record = incoming.record.as_ref().unwrap();
            let written = write(record, Format::Iso2709, incoming.charset);
            if written
                .as_ref()
                .is_ok_and(|bytes| *bytes == incoming.source)
            {
                continue;
            }
            different += 1;
            let place = format!("{name} {}", incoming.number);
            explain(incoming, written.ok().as_deref(), *differs, &place);
        }
        assert_eq!(different > 0, *differs != Differs::No, "{name}");
    }
}

/// Checks that the bytes differ for the reason given, and that the content does not.
fn explain(incoming: &Incoming, written: Option<&[u8]>, differs: Differs, place: &str) {
    let Some(written) = written else {
        assert_eq!(differs, Differs::Charset, "{place}");
        return assert!(!incoming.charset.is_known(), "{place}");
    };
    let back = pieces(written);
    let fields = |incoming: &Incoming| incoming.record.clone().unwrap().fields;
    assert_eq!(fields(&back[0]), fields(incoming), "{place}");
    let has = |rules: &[Rule]| incoming.findings.iter().any(|f| rules.contains(&f.rule));
    let sorted = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        bytes.sort_unstable();
        bytes
    };
    match differs {
        Differs::NotNfc => {
            let shorter = written.len() < incoming.source.len();
            assert!(shorter || has(&[Rule::RecordIndicators]), "{place}");
        }
        Differs::DataOrder => {
            let base = 25 + 12 * fields(incoming).len();
            let same = sorted(&written[base..]) == sorted(&incoming.source[base..]);
            assert!(same, "{place}");
        }
        Differs::NonSorting => {
            let text = String::from_utf8(incoming.source.clone()).unwrap();
            assert!(text.contains(['\u{88}', '\u{89}']), "{place}");
        }
        Differs::Indicators => assert!(has(&[Rule::RecordIndicators]), "{place}"),
        Differs::Mended => assert!(
            has(&[Rule::RecordStructure, Rule::FieldsByOrder]),
            "{place}"
        ),
        Differs::Charset | Differs::No => {
            let unexplained = !has(&[Rule::RecordStructure]);
            assert!(!unexplained, "{place}: bytes differ without a reason");
        }
    }
}

#[test]
fn of_damaged_files_no_fewer_records_are_read_than_the_best_reader_reads() {
    let Some(root) = corpus() else { return };
    for (name, records) in DAMAGED {
        let (_, all) = read(&root.join("malformed").join(name));
        assert!(counts(&all).0 >= *records, "{name}: {:?}", counts(&all));
        for incoming in &all {
            if incoming.record.is_none() {
                assert!(!incoming.findings.is_empty(), "{name}");
            }
            for format in Format::ALL {
                // Refusal is an answer; only a panic is not.
                let _ = convert(incoming, format, Charset::Windows1251);
            }
        }
    }
}

#[test]
fn damaged_records_of_the_library_of_congress_are_saved_whole() {
    let Some(root) = corpus() else { return };
    let (_, intact) = read(&root.join("malformed/loc-100-intact.mrc"));
    let (_, damaged) = read(&root.join("malformed/loc-100-damaged.mrc"));
    assert_eq!(damaged.len(), intact.len());
    let tags = |incoming: &Incoming| -> Vec<String> {
        let fields = &incoming.record.as_ref().unwrap().fields;
        fields.iter().map(|field| field.tag.to_string()).collect()
    };
    for (damaged, intact) in damaged.iter().zip(&intact) {
        assert_eq!(tags(damaged), tags(intact), "record {}", intact.number);
        let same = damaged.record == intact.record;
        assert_eq!(damaged.was_mended(), !same, "record {}", intact.number);
    }
}

#[test]
fn destroyed_text_is_reported_in_every_record() {
    let Some(root) = corpus() else { return };
    let (_, all) = read(&root.join("marc21-cyrillic/gymnasium-destroyed-6.mrc"));
    for incoming in all {
        let told = incoming.findings.iter().any(|f| f.rule == Rule::RecordText);
        assert!(told, "record {}", incoming.number);
    }
}

#[test]
fn irbis_text_is_read_to_the_last_line() {
    let Some(root) = corpus() else { return };
    for (name, records, fields) in IRBIS {
        let (_, all) = read(&root.join("irbis").join(name));
        assert_eq!(counts(&all), (*records, *fields), "{name}");
        let told = all
            .iter()
            .flat_map(|incoming| &incoming.findings)
            .any(|finding| finding.rule == Rule::RecordStructure);
        assert_eq!(told, name.starts_with("broken"), "{name}");
    }
}

#[test]
fn single_byte_sets_are_told_by_their_bytes() {
    let Some(root) = corpus() else { return };
    let sets = [
        ("rusmarc/TEST1-cp1251-81.iso", Charset::Windows1251),
        ("rusmarc/TEST2-cp1251-1.iso", Charset::Windows1251),
        (
            "marc21-cyrillic/gymnasium-cp1251-6.mrc",
            Charset::Windows1251,
        ),
        ("malformed/ruby-marc/cp866_multirecord.marc", Charset::Cp866),
        ("marc8/cyrillic.marc", Charset::Marc8),
        ("marc21-cyrillic/FSL-utf8-52.marc", Charset::Utf8),
    ];
    for (name, charset) in sets {
        let (_, all) = read(&root.join(name));
        for incoming in all {
            assert_eq!(incoming.charset, charset, "{name} {}", incoming.number);
        }
    }
}
