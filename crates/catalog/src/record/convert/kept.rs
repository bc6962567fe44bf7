//! The law of every conversion: a value that came in stands somewhere in what goes out.

use super::super::dialect::Dialect;
use super::super::dictionary::Dictionary;
use super::super::sample::record;
use super::super::{BiblioRecord, Body, Field, Indicators, Leader, Subfield, Tag};
use super::{to_marc21, to_rusmarc};

fn tag(text: &str) -> Tag {
    text.parse().unwrap()
}

/// A field of every code given, each value a word of its own.
fn every(name: &str, marks: Indicators, codes: impl Iterator<Item = char>) -> Field {
    let of = |code: char, n| Subfield::new(code, format!("w{name}{code}n{n}"));
    let subfields = codes.flat_map(|code| [of(code, 1), of(code, 2)]);
    Field::data(tag(name), marks, subfields.collect())
}

fn codes() -> impl Iterator<Item = char> {
    ('a'..='z').chain('0'..='9')
}

/// Words of the source that nothing of the result holds.
fn lost(source: &BiblioRecord, made: &BiblioRecord) -> Vec<String> {
    let mut out = String::new();
    made.each_text(&mut |text| {
        out.push_str(text);
        out.push('\n');
    });
    let out = out.replace(['\u{98}', '\u{9c}'], "");
    let mut missing = Vec::new();
    source.each_text(&mut |text| {
        if text.starts_with('w') && !out.contains(text) {
            missing.push(text.to_owned());
        }
    });
    missing
}

#[test]
fn no_value_of_marc_21_vanishes() {
    let tags = [
        "010", "013", "015", "017", "020", "022", "024", "027", "028", "034", "035", "037", "040",
        "041", "043", "044", "045", "047", "048", "050", "072", "080", "082", "084", "086", "100",
        "110", "111", "130", "210", "222", "240", "242", "245", "246", "247", "250", "254", "255",
        "256", "260", "263", "264", "300", "310", "336", "337", "344", "362", "382", "490", "500",
        "501", "504", "505", "510", "520", "521", "533", "534", "538", "546", "580", "583", "600",
        "610", "611", "630", "648", "650", "651", "653", "655", "662", "700", "710", "711", "720",
        "730", "740", "752", "765", "767", "770", "772", "773", "774", "775", "776", "780", "785",
        "787", "800", "830", "850", "852", "856", "880", "886", "912",
    ];
    for level in ['m', 'a'] {
        for name in tags {
            for marks in [
                Indicators('1', '0'),
                Indicators(' ', '1'),
                Indicators('0', '3'),
            ] {
                let leader: Leader = "00000nam a2200000 i 4500".parse().unwrap();
                let mut source = BiblioRecord::new(leader.with(7, level));
                source.fields.push(every(name, marks, codes()));
                let (made, findings) = to_rusmarc(&source, Dialect::Marc21);
                assert_eq!(
                    lost(&source, &made),
                    Vec::<String>::new(),
                    "{name} {marks:?}"
                );
                let kept = made.field("886").is_some() && name != "886";
                assert_eq!(kept, !findings.is_empty() && name != "886", "{name}");
            }
        }
    }
}

#[test]
fn no_value_of_rusmarc_vanishes() {
    let dictionary = Dictionary::rusmarc();
    let of = |name: &str, marks| {
        let def = dictionary.field(name).unwrap();
        let own = def.subfields.keys().copied();
        every(name, marks, own.filter(|code| *code != '1'))
    };
    for (name, _) in dictionary.fields() {
        let coded = name.starts_with('1') && !matches!(name, "101" | "102");
        // The dates of 801 are the known loss of the tables; the leader and 00X are no data fields.
        if coded || name == "LDR" || name.starts_with("00") || matches!(name, "801" | "886") {
            continue;
        }
        let linking = name.starts_with('4');
        let field = if linking {
            let inside = [
                "010", "011", "200", "205", "210", "215", "225", "300", "700", "856",
            ];
            let mut inside: Vec<Field> = inside
                .iter()
                .map(|name| of(name, Indicators(' ', ' ')))
                .collect();
            inside.push(Field::control(tag("001"), "w001"));
            let body = Body::Linked(Indicators(' ', '0'), inside);
            Field {
                tag: tag(name),
                body,
            }
        } else {
            of(name, Indicators('1', '1'))
        };
        for level in ['m', 'a'] {
            let mut source = BiblioRecord::new(Leader::NEW_BOOK.with(7, level));
            if name == "463" {
                source.fields =
                    record("00000naa2 2200000   450 ", &["461 #0 $12001#$aЖурнал"]).fields;
            }
            source.fields.push(field.clone());
            source.fields.push(field.clone());
            let (made, _) = to_marc21(&source);
            assert_eq!(lost(&source, &made), Vec::<String>::new(), "{name} {level}");
        }
    }
}

#[test]
fn no_value_of_irbis_vanishes() {
    let tags = [
        "010", "011", "101", "102", "200", "205", "210", "215", "225", "300", "320", "330", "331",
        "461", "463", "470", "510", "517", "600", "606", "607", "610", "621", "675", "700", "701",
        "702", "710", "711", "900", "903", "907", "920", "923", "925", "934", "936", "951", "961",
        "962", "963", "964", "971", "972", "3005",
    ];
    for sheet in ["PAZK", "ASP", "NJ", "SPEC"] {
        for name in tags {
            let mut source = BiblioRecord::new(Leader::BLANK);
            source.fields.push(Field::control(tag("920"), sheet));
            let field = every(name, Indicators(' ', ' '), codes());
            source.fields.extend([field.clone(), field]);
            let (made, _) = to_rusmarc(&source, Dialect::Irbis);
            assert_eq!(lost(&source, &made), Vec::<String>::new(), "{name} {sheet}");
        }
    }
}

#[test]
fn a_field_kept_on_the_way_there_comes_back_as_it_was() {
    let lines = [
        "003 http://example.org/1",
        "200 1# $aТропа к роднику$fА. В. Лесников",
        "423 #0 $12001#$aДругая повесть $1700#1$aГусев$bП. С.",
        "851 ## $aчто-то",
    ];
    let source = record("00000nam0 2200000   450 ", &lines);
    let (theirs, findings) = to_marc21(&source);
    assert_eq!(findings.len(), 3);
    let (back, _) = to_rusmarc(&theirs, Dialect::Marc21);
    for tag in ["200", "423", "851"] {
        assert_eq!(back.field(tag), source.field(tag), "{tag}");
    }
}

#[test]
fn cyrillic_takes_the_place_of_its_romanised_twin() {
    let source = record(
        "00000nam a2200000 i 4500",
        &[
            "008 981217s2020    ru a   g      000 1 rus d",
            "100 1# $6880-01$aLesnikov, A. V.",
            "245 10 $6880-02$aTropa k rodniku.",
            "880 1# $6100-01/(N$aЛесников, А. В.",
            "880 10 $6245-02/(N$aТропа к роднику.",
            "880 ## $6500-00/(N$aПримечание",
        ],
    );
    let (made, findings) = to_rusmarc(&source, Dialect::Marc21);
    assert_eq!(made.first("200", 'a'), Some("Тропа к роднику"));
    assert_eq!(made.first("700", 'a'), Some("Лесников"));
    assert_eq!(made.first("300", 'a'), Some("Примечание"));
    let kept: Vec<_> = made
        .fields("886")
        .filter_map(|f| f.all('a').last())
        .collect();
    assert_eq!(kept, ["Lesnikov, A. V.", "Tropa k rodniku."]);
    assert_eq!(findings.len(), 2);
}

#[test]
fn signs_and_marks_of_the_tables_are_kept_to() {
    let source = record(
        "00000nam a2200000 a 4500",
        &[
            "001 17",
            "003 RuMoRGB",
            "008 981217s2020    ru a   g      000 1 rus d",
            "020 ## $a9785000000014 (в пер.) : 450 р.",
            "040 ## $aSCHOOL$beng",
            "041 0# $arusengfre$deng",
            "100 1# $aСоколов, Иван Петрович.",
            "245 14 $aThe Forest :$bповесть.",
            "260 ## $aМосква :$bЛира,$c2020.",
            "505 0# $aПервая -- Вторая",
        ],
    );
    let (made, _) = to_rusmarc(&source, Dialect::Marc21);
    let field = |tag: &str| made.field(tag).unwrap();
    assert_eq!(field("010").first('a'), Some("9785000000014"));
    assert_eq!(field("010").first('b'), Some("в пер."));
    assert_eq!(field("010").first('d'), Some("450 р."));
    assert_eq!(field("035").first('a'), Some("(RuMoRGB)17"));
    assert_eq!(field("100").first('a').unwrap().get(22..25), Some("eng"));
    let languages: Vec<_> = field("101").all('a').collect();
    assert_eq!(languages, ["rus", "eng", "fre"]);
    assert_eq!(field("101").first('d'), None);
    assert_eq!(field("200").first('a'), Some("\u{98}The \u{9c}Forest"));
    assert_eq!(field("200").first('e'), Some("повесть"));
    assert_eq!(field("210").first('d'), Some("2020"));
    assert_eq!(field("700").first('g'), Some("Иван Петрович"));
    let contents: Vec<_> = field("327").all('a').collect();
    assert_eq!(contents, ["Первая", "Вторая"]);
    let (back, _) = to_marc21(&made);
    assert_eq!(back.first("505", 'a'), Some("Первая -- Вторая"));
    assert_eq!(
        back.field("245").unwrap().indicators(),
        Indicators('1', '4')
    );
}
