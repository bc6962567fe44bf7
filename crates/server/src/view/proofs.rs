//! What holds for every page at once: texts have English, pages are small, obey the policy and say where one is.
//!
//! It looks at the sample pages; what a browser alone can see is in the browser tests.

use std::path::{Path, PathBuf};

use super::frame::{Frame, Role, Scheme};
use super::lang::Lang;
use super::sample::{Look, SAMPLES};

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join("templates"), root.join("src/view")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("sample") {
                folders.push(path);
            } else if path.extension().is_some_and(|x| x == "html" || x == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap_or_default();
                found.push((path, text.to_owned()));
            }
        }
    }
    found
}

/// The Russian literals handed to `t`, `with`, `with2` and `count` in a source.
fn texts(source: &str) -> Vec<String> {
    let mut texts = Vec::new();
    for call in [".t(", ".with(", ".with2(", ".count("] {
        for piece in source.split(call).skip(1) {
            let literal = match call {
                ".count(" => piece.split_once(", \"").map(|(_, rest)| rest),
                _ => piece.trim_start().strip_prefix('"'),
            };
            if let Some((text, _)) = literal.and_then(|rest| rest.split_once('"')) {
                texts.push(text.to_owned());
            }
        }
    }
    texts.retain(|text| text.chars().any(cyrillic));
    texts
}

fn cyrillic(c: char) -> bool {
    ('а'..='я').contains(&c) || ('А'..='Я').contains(&c) || c == 'ё' || c == 'Ё'
}

#[test]
fn every_text_of_a_page_has_its_english() {
    let mut missing = Vec::new();
    let mut seen = 0;
    for (path, source) in sources() {
        for text in texts(&source) {
            seen += 1;
            if Lang::En.t(&text) == text {
                missing.push(format!("{}: {text}", path.display()));
            }
        }
    }
    for scheme in Scheme::ALL {
        missing.extend(untranslated(scheme.title()));
    }
    for role in [
        Role::Admin,
        Role::Head,
        Role::Librarian,
        Role::Auditor,
        Role::Reader,
    ] {
        missing.extend(untranslated(role.title()));
    }
    missing.extend(codes().into_iter().filter_map(untranslated));
    assert!(
        seen > 150,
        "only {seen} texts were seen: the reader of sources is broken"
    );
    assert!(
        missing.is_empty(),
        "add to data/i18n/en.json:\n{}",
        missing.join("\n")
    );
}

/// The Russian literals that follow these calls in a source, wherever the formatter put them.
fn said(source: &str, calls: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    for piece in calls.iter().flat_map(|call| source.split(call).skip(1)) {
        let literal = piece.trim_start().strip_prefix('"');
        if let Some((text, _)) = literal.and_then(|rest| rest.split_once('"')) {
            let lines = text.split("\\\n").enumerate();
            let lines = lines.map(|(at, line)| if at > 0 { line.trim_start() } else { line });
            texts.push(lines.collect::<String>());
        }
    }
    texts.retain(|text| text.chars().any(cyrillic));
    texts
}

/// Sentences that handlers make of a text and values, and those a problem or a remark of a form says.
#[test]
fn what_handlers_say_has_its_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let pages = [
        "staff.rs",
        "opac.rs",
        "account.rs",
        "page.rs",
        "layers.rs",
        "auth.rs",
    ];
    let mut found: Vec<PathBuf> = pages.iter().map(|name| root.join(name)).collect();
    let own = ["problem.rs", "holdings.rs", "admission.rs"];
    found.extend(own.iter().map(|name| root.join(name)));
    let mut folders = ["staff", "opac", "account"]
        .map(|name| root.join(name))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let list = if path.is_dir() {
                &mut folders
            } else {
                &mut found
            };
            list.push(path);
        }
    }
    let calls = [
        ".t(",
        ".with(",
        ".with2(",
        ".fill(",
        "no_such(",
        "detail_of(",
        ".detail(",
        "not_found(",
        "bad_request(",
        "Remark::bad(",
        "Table::new(",
        "let words =",
        "let title =",
        "let why =",
        "page.button =",
        "page.forever =",
        "forever:",
        "button:",
    ];
    let (mut seen, mut missing) = (0, Vec::new());
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default();
        for words in said(text, &calls) {
            seen += 1;
            if Lang::En.t(&words) == words {
                missing.push(format!("{}: {words}", path.display()));
            }
        }
    }
    assert!(seen > 150, "only {seen} sentences were seen");
    assert!(
        missing.is_empty(),
        "add to data/i18n/en.json:\n{}",
        missing.join("\n")
    );
}

#[test]
fn a_translation_has_the_places_of_its_sentence() {
    for (russian, english) in super::lang::own() {
        let places = |text: &str| text.matches("{}").count();
        assert_eq!(places(&russian), places(&english), "{russian}");
    }
}

/// Names that the library's own lists bring onto the staff screens.
fn codes() -> Vec<&'static str> {
    use catalog::fund::axis::{Fund, Kind, Reason, Source, SubReason};
    use catalog::fund::network::NodeKind;
    use catalog::fund::state::ItemState;
    let mut names: Vec<&str> = Fund::ALL.iter().map(|code| code.label()).collect();
    names.extend(Kind::ALL.iter().map(|code| code.label()));
    names.extend(Source::ALL.iter().map(|code| code.label()));
    names.extend(Reason::ALL.iter().map(|code| code.label()));
    names.extend(SubReason::ALL.iter().map(|code| code.label()));
    let states = [
        ItemState::Available,
        ItemState::OnLoan,
        ItemState::InRepair,
        ItemState::Missing,
        ItemState::Withdrawn,
    ];
    names.extend(states.map(ItemState::label));
    let nodes = [NodeKind::Region, NodeKind::Municipality, NodeKind::School];
    names.extend(nodes.map(NodeKind::label));
    names.extend(catalog::people::Role::ALL.map(catalog::people::Role::title));
    names.extend(crate::short::ROWS.map(|(_, label, _)| label));
    // The same in both languages.
    names.retain(|name| name.chars().any(cyrillic));
    names
}

/// Labels of the forms in the sources of the staff screens: what `Field::new`, `Choice::new` and the like are given.
#[test]
fn the_forms_of_the_staff_speak_english_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/staff");
    let mut folders = vec![root];
    let (mut seen, mut missing) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            for call in [
                "Field::new(",
                "Choice::new(",
                "Column::new(",
                "Fact::text(",
                ".hint(",
            ] {
                for piece in text.split(call).skip(1) {
                    let end = piece.find(".takes(").unwrap_or(piece.len()).min(160);
                    let end = (0..=end)
                        .rev()
                        .find(|at| piece.is_char_boundary(*at))
                        .unwrap();
                    // What is cut off in its middle is no text of this call.
                    let words = piece[..end].rsplit_once('"').map_or("", |(whole, _)| whole);
                    let words = words.split('"').skip(1).step_by(2).take(2);
                    for word in words.filter(|word| word.chars().any(cyrillic)).take(1) {
                        seen += 1;
                        if Lang::En.t(word) == word && !piece.starts_with('&') {
                            missing.push(format!("{}: {word}", path.display()));
                        }
                    }
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} labels were seen");
    assert!(
        missing.is_empty(),
        "add to data/i18n/en.json:\n{}",
        missing.join("\n")
    );
}

fn untranslated(text: &str) -> Option<String> {
    (Lang::En.t(text) == text).then(|| text.to_owned())
}

#[test]
fn no_russian_word_stands_in_a_template_outside_a_text() {
    for (path, source) in sources() {
        if path.extension().is_some_and(|x| x == "rs") {
            continue;
        }
        let mut rest = source.as_str();
        let mut bare = String::new();
        while let Some(open) = rest.find(['{']) {
            let (before, inside) = rest.split_at(open);
            bare.push_str(before);
            let close = match inside.get(..2) {
                Some("{{") => "}}",
                Some("{%") => "%}",
                _ => "{",
            };
            let end = inside.find(close).map_or(inside.len(), |i| i + close.len());
            rest = inside.get(end..).unwrap_or_default();
        }
        bare.push_str(rest);
        let bare = bare.replace("Русский", "");
        let word: String = bare.chars().filter(|c| cyrillic(*c)).take(30).collect();
        assert!(
            word.is_empty(),
            "{}: «{word}» is not inside f.t(…)",
            path.display()
        );
    }
}

fn rendered() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for lang in [Lang::Ru, Lang::En] {
        for role in [Role::Admin, Role::Auditor] {
            let look = Look {
                lang,
                scheme: Scheme::Light,
                role,
            };
            for sample in SAMPLES {
                let name = format!("{} {} {role:?}", sample.path, lang.code());
                pages.push((name, (sample.render)(&look).unwrap()));
            }
        }
    }
    pages
}

#[test]
fn every_page_is_small_and_asks_nothing_of_others() {
    for (name, page) in rendered() {
        assert!(page.len() < 60_000, "{name}: {} bytes", page.len());
        for forbidden in [
            " style=",
            "<style",
            "onclick",
            "onload",
            "//cdn",
            "javascript:",
        ] {
            assert!(!page.contains(forbidden), "{name} holds {forbidden}");
        }
        for piece in page.split("<script").skip(1) {
            assert!(
                piece.starts_with(" src=\"/assets/"),
                "{name} has an inline script"
            );
        }
        let outside = page.replace("http://www.w3.org/", "");
        assert!(
            !outside.contains("http://") && !outside.contains("https://"),
            "{name} leads away"
        );
    }
}

#[test]
fn every_page_says_where_one_is() {
    for (name, page) in rendered() {
        assert_eq!(
            page.matches("<h1").count(),
            1,
            "{name}: one heading names the page"
        );
        assert!(
            page.contains("class=\"skip\""),
            "{name}: no way past the frame"
        );
        assert!(page.contains("<main id=\"main\""), "{name}");
        let lang = if name.contains(" en ") {
            "lang=\"en\""
        } else {
            "lang=\"ru\""
        };
        assert!(page.contains(lang), "{name}");
    }
}

#[test]
fn labels_lead_to_inputs_and_ids_stand_once() {
    for (name, page) in rendered() {
        let ids: Vec<&str> = attributes(&page, " id=\"");
        let once: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(once.len(), ids.len(), "{name}: an id stands twice: {ids:?}");
        for target in attributes(&page, " for=\"") {
            assert!(
                ids.contains(&target),
                "{name}: a label for nothing: {target}"
            );
        }
    }
}

fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    page.split(name)
        .skip(1)
        .filter_map(|rest| rest.split_once('"').map(|(value, _)| value))
        .collect()
}

#[test]
fn an_auditor_is_offered_nothing_that_writes() {
    let look = Look {
        lang: Lang::Ru,
        scheme: Scheme::Light,
        role: Role::Auditor,
    };
    let frame = Frame::new(Lang::Ru, Scheme::Light, "/staff").seen_by(super::Viewer {
        name: "проверяющий".into(),
        role: Role::Auditor,
        library: String::new(),
    });
    for item in frame.nav() {
        assert!(
            !item.href.ends_with("/new")
                && item.href != "/staff/periods"
                && item.href != "/staff/users",
            "{} is offered to an auditor",
            item.href
        );
    }
    let checks = SAMPLES.iter().find(|s| s.path == "/staff/checks").unwrap();
    assert!(
        !(checks.render)(&look)
            .unwrap()
            .contains("action=\"/staff/checks\"")
    );
}

#[test]
fn a_stranger_text_is_escaped() {
    let frame = Frame::new(Lang::Ru, Scheme::Light, "/").notice(super::Notice::info("<b>x</b>"));
    let page = super::account::ProblemPage::of(frame, 404);
    let html = askama::Template::render(&page).unwrap();
    assert!(
        html.contains("&#60;b&#62;x") || html.contains("&lt;b&gt;x"),
        "escaped"
    );
    assert!(!html.contains("<b>x</b>"));
}

#[test]
fn every_asset_named_by_a_page_or_a_style_exists() {
    let mut names = Vec::new();
    for (_, page) in rendered() {
        for rest in page.split("/assets/").skip(1) {
            let end = rest.find(['"', '?']).unwrap_or(rest.len());
            names.push(rest.get(..end).unwrap_or_default().to_owned());
        }
    }
    let style =
        String::from_utf8_lossy(super::assets::find("fond.css").unwrap().bytes).into_owned();
    for rest in style.split("url(\"/assets/").skip(1) {
        names.push(rest.split('"').next().unwrap_or_default().to_owned());
    }
    assert!(names.len() > 10);
    for name in names.iter().filter(|name| !name.is_empty()) {
        assert!(super::assets::find(name).is_some(), "no asset {name}");
    }
}
