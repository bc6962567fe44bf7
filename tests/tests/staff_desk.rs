//! The other staff screens: reversal, descriptions, people and libraries, the loading of files.
//!
//! Each is taken once to its end, once to a refusal, and once by somebody who may not.

use std::time::Duration;

use axum::http::StatusCode;
use catalog::people::Role;
use catalog::{Doing, Error, RecordDraft, RecordStatus};
use fond_tests::screens::{House, pairs};

/// The first act of this kind that the list of acts leads to.
async fn act(house: &House, who: &str, label: &str) -> String {
    let list = house.get("/staff/acts", who).await;
    let rows = list.text.split("href=\"/staff/acts/").skip(1);
    let found = rows.map(|rest| rest.split_once('"').unwrap());
    let mut found = found.filter(|(_, rest)| rest.starts_with(&format!(">{label}")));
    let (id, _) = found
        .next()
        .unwrap_or_else(|| panic!("no {label}:\n{}", list.text));
    format!("/staff/acts/{id}")
}

#[tokio::test]
async fn a_unit_of_a_delivery_is_reversed_with_a_reason_and_only_by_those_who_keep_the_fund() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let auditor = house.person("auditor", Role::Auditor, Some(&house.library));
    let withdrawal = act(&house, &who, "Списание").await;
    let page = format!("{withdrawal}/reversal");
    house.get(&withdrawal, &who).await.must_say(&page);
    let seen_by_auditor = house.get(&withdrawal, &auditor).await;
    assert!(!seen_by_auditor.text.contains("/reversal"));
    house
        .get(&page, &auditor)
        .await
        .must_be(StatusCode::FORBIDDEN);

    let form = house.get(&page, &who).await;
    form.must_be(StatusCode::OK);
    let unit = form.text.split("name=\"unit\" value=\"").nth(1).unwrap();
    let unit = unit.split('"').next().unwrap().to_owned();
    let empty = pairs(&[
        ("date", "2026-11-20"),
        ("reason", "Списан по ошибке"),
        ("do", "preview"),
    ]);
    let refused = house.post(&page, &who, &empty).await;
    refused
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("хотя бы одну строку");
    refused.must_say("Списан по ошибке");
    let mut chosen = pairs(&[("unit", &unit), ("date", "2026-11-20"), ("do", "preview")]);
    let refused = house.post(&page, &who, &chosen).await;
    refused
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("без причины");
    chosen.push(("reason".into(), "Списан по ошибке".into()));
    if unit.starts_with("c:") {
        chosen.push((format!("copies.{unit}"), "1".into()));
    }
    let seen = house.post(&page, &who, &chosen).await;
    seen.must_be(StatusCode::OK).must_say("Сторно № ");
    let sent = seen.press("post");
    house
        .post(&page, &who, &sent)
        .await
        .must_be(StatusCode::OK)
        .must_say("Сторно проведено");
    let head = house.app.catalog().head().seq;
    house
        .post(&page, &who, &sent)
        .await
        .must_say("Сторно проведено");
    assert_eq!(
        house.app.catalog().head().seq,
        head,
        "pressing twice writes once"
    );
    let forged = pairs(&[("do", "post"), ("order", "{}")]);
    house
        .post(&page, &who, &forged)
        .await
        .must_be(StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn people_of_another_library_reverse_and_see_nothing_of_ours() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    house.add_library("OTHER", None);
    let stranger = house.person("stranger", Role::Head, Some("OTHER"));
    let ours = act(&house, &who, "Списание").await;
    for path in [ours.clone(), format!("{ours}/reversal")] {
        house
            .get(&path, &stranger)
            .await
            .must_be(StatusCode::FORBIDDEN);
    }
    for path in ["/staff/withdrawals/new", "/staff/checks", "/staff/periods"] {
        let asked = format!("{path}?library={}", house.library);
        let form = pairs(&[
            ("library", &house.library),
            ("do", "preview"),
            ("date", "2026-11-20"),
        ]);
        house
            .post(path, &stranger, &form)
            .await
            .must_be(StatusCode::NOT_FOUND);
        if path != "/staff/withdrawals/new" {
            house
                .get(&asked, &stranger)
                .await
                .must_be(StatusCode::NOT_FOUND);
        }
    }
}

fn described(title: &str, status: &str) -> Vec<(String, String)> {
    pairs(&[
        ("title", title),
        ("author", "Сосновский, Е. В."),
        ("place", "Москва"),
        ("publisher", "Лира"),
        ("year", "2025"),
        ("pages", "96"),
        ("class", "84(2=411.2)6"),
        ("status", status),
        ("do", "save"),
    ])
}

#[tokio::test]
async fn a_book_is_described_corrected_and_not_called_checked_before_it_is() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let new = "/staff/records/new";
    house.get(new, &who).await.must_be(StatusCode::OK);
    let nameless = pairs(&[("author", "Сосновский, Е. В."), ("do", "save")]);
    let refused = house.post(new, &who, &nameless).await;
    refused
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("Сосновский");
    let saved = house
        .post(new, &who, &described("Тропою барсука", "final"))
        .await;
    saved.must_be(StatusCode::SEE_OTHER);
    let page = saved.location.clone();
    house.get(&page, &who).await.must_say("проверена");
    let twin = house
        .post(new, &who, &described("Тропою барсука", "draft"))
        .await;
    twin.must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("уже описана")
        .must_say(&page);

    let edit = format!("{page}/edit");
    let form = house.get(&edit, &who).await;
    form.must_be(StatusCode::OK).must_say("Тропою барсука");
    let mut sent = form.press("save");
    sent.extend(described("Тропою лесного барсука", "final"));
    house
        .post(&edit, &who, &sent)
        .await
        .must_be(StatusCode::SEE_OTHER);
    house
        .get(&page, &who)
        .await
        .must_say("Тропою лесного барсука");
    let late = house.post(&edit, &who, &sent).await;
    assert!(
        late.status == StatusCode::SEE_OTHER,
        "the same step again is the same answer: {}",
        late.text
    );
    sent.retain(|(name, _)| name != "key");
    sent[0].1.clone_from(&form.press("save")[0].1);
    house
        .post(&edit, &who, &sent)
        .await
        .must_be(StatusCode::CONFLICT)
        .must_say("кто-то другой");

    let yearless = pairs(&[("title", "Без года"), ("status", "final"), ("do", "save")]);
    let refused = house.post(new, &who, &yearless).await;
    refused
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("сохраните черновиком");
    let auditor = house.person("auditor", Role::Auditor, Some(&house.library));
    house
        .get(&edit, &auditor)
        .await
        .must_be(StatusCode::FORBIDDEN);
    house.add_library("OTHER", None);
    let stranger = house.person("stranger", Role::Librarian, Some("OTHER"));
    house
        .post(&edit, &stranger, &sent)
        .await
        .must_be(StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_door_refuses_a_final_record_with_a_blocking_finding_and_gives_a_number_to_a_draft() {
    let house = House::of_the_golden_year();
    let catalog = house.app.catalog();
    let id = catalog.records_after(None, 1).unwrap()[0].id;
    let mut draft = RecordDraft {
        replaces: None,
        owner: house.library.parse().unwrap(),
        status: RecordStatus::Final,
        record: std::sync::Arc::unwrap_or_clone(catalog.record(id).unwrap().record),
    };
    draft
        .record
        .fields
        .retain(|field| !["001", "200"].contains(&field.tag.as_str()));
    let at = jiff::Timestamp::from_second(1_790_000_200).unwrap();
    let doing = || Doing::now("иванова".parse().unwrap(), at);
    let Err(Error::Refused(findings)) = catalog.save_record(doing(), draft.clone()) else {
        panic!("a record without a title was saved as checked")
    };
    assert!(
        findings.iter().any(|f| f.rule.code() == "title-missing"),
        "{findings:?}"
    );
    draft.status = RecordStatus::Draft;
    let (id, _) = catalog.save_record(doing(), draft).unwrap();
    let saved = catalog.record(id).unwrap().record;
    assert_eq!(saved.control("001"), Some(id.to_string().as_str()));
    assert_eq!(saved.control("005").map(str::len), Some(16));
}

const USERS: &str = "/staff/users";

/// Two schools: an administrator of the first, somebody of the second, and one of the whole.
fn two_schools() -> (House, String) {
    let house = House::of_the_golden_year();
    house.add_library("OTHER", None);
    house.person("root", Role::Admin, None);
    house.person("alien", Role::Librarian, Some("OTHER"));
    let bound = house.person("own", Role::Admin, Some(&house.library));
    (house, bound)
}

fn added(name: &str, role: &str, library: &str) -> Vec<(String, String)> {
    pairs(&[
        ("name", name),
        ("title", "Иванова А. П."),
        ("password", "длинный пароль"),
        ("role", role),
        ("library", library),
        ("do", "add"),
    ])
}

fn changed(who: &str, library: &str, button: &str) -> Vec<(String, String)> {
    pairs(&[
        ("who", who),
        ("card.title", "Петрова О. И."),
        ("card.password", "длинный пароль"),
        ("card.role", "admin"),
        ("card.library", library),
        ("do", button),
    ])
}

#[tokio::test]
async fn an_administrator_of_one_school_makes_and_changes_nobody_outside_it() {
    let (house, bound) = two_schools();
    for library in ["", "OTHER"] {
        for role in ["admin", "librarian"] {
            let refused = house
                .post(USERS, &bound, &added("spy", role, library))
                .await;
            refused.must_be(StatusCode::FORBIDDEN);
        }
    }
    let seen = house.get(USERS, &bound).await;
    for name in ["alien", "root"] {
        assert!(!seen.text.contains(name), "{name} is shown:\n{}", seen.text);
        for button in ["password", "token", "disable", "enable", "change"] {
            let form = changed(name, &house.library, button);
            let refused = house.post(USERS, &bound, &form);
            refused.await.must_be(StatusCode::NOT_FOUND);
        }
    }
    let maria = added("maria", "librarian", &house.library);
    let made = house.post(USERS, &bound, &maria).await;
    made.must_be(StatusCode::SEE_OTHER);
    let card = house.get("/staff/users?who=maria", &bound).await;
    card.must_say("Иванова А. П.");
    let out = house
        .post(USERS, &bound, &changed("maria", "", "change"))
        .await;
    out.must_be(StatusCode::FORBIDDEN);
    let up = house
        .post(USERS, &bound, &changed("own", "", "change"))
        .await;
    up.must_be(StatusCode::SEE_OTHER);
    let own = house.app.catalog().user(&"own".parse().unwrap()).unwrap();
    let own = own.unwrap();
    assert_eq!(own.title, "Петрова О. И.");
    let library = own.library.map(|library| library.to_string());
    assert_eq!(
        library,
        Some(house.library.clone()),
        "nobody widens his own powers"
    );
}

#[tokio::test]
async fn a_key_is_shown_once_a_short_password_is_refused_and_a_librarian_manages_nobody() {
    let (house, bound) = two_schools();
    let librarian = house.librarian();
    let ours = house.library.clone();
    let token = house
        .expect(
            (USERS, &bound),
            &changed("librarian", &ours, "token"),
            StatusCode::OK,
            "class=\"token\"",
        )
        .await;
    assert!(
        !token.text.contains(&librarian),
        "an older key is not shown"
    );
    let short = pairs(&[
        ("who", "librarian"),
        ("card.password", "мал"),
        ("do", "password"),
    ]);
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    house.expect((USERS, &bound), &short, wrong, "короче").await;
    let oneself = changed("own", &ours, "disable");
    house
        .expect((USERS, &bound), &oneself, wrong, "Себе вход не закрывают")
        .await;
    let refused = house.get(USERS, &librarian).await;
    refused.must_be(StatusCode::FORBIDDEN);
    let closed = changed("librarian", &ours, "disable");
    house
        .post(USERS, &bound, &closed)
        .await
        .must_be(StatusCode::SEE_OTHER);
    let gone = house.get("/staff", &librarian).await;
    assert!(
        gone.location.starts_with("/login"),
        "a closed entrance is closed at once"
    );
    let opened = changed("librarian", &ours, "enable");
    house
        .post(USERS, &bound, &opened)
        .await
        .must_be(StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn an_administrator_of_one_school_adds_no_library_outside_it() {
    let (house, bound) = two_schools();
    let ours = house.library.clone();
    let path = "/staff/libraries";
    for (code, parent) in [("FREE", ""), ("FREE", "OTHER"), ("OTHER", ours.as_str())] {
        let form = pairs(&[
            ("code", code),
            ("name", "Школа"),
            ("kind", "school"),
            ("parent", parent),
        ]);
        let refused = house.post(path, &bound, &form).await;
        assert!(!refused.status.is_redirection(), "{code} under {parent}");
    }
    let nodes = catalog::fund::network::nodes(house.app.catalog().view()).unwrap();
    assert!(nodes.iter().all(|node| node.id.as_str() != "FREE"));
    assert!(
        nodes
            .iter()
            .any(|node| node.id.as_str() == "OTHER" && node.parent.is_none())
    );
    house.get(path, &bound).await.must_be(StatusCode::OK);
}

#[tokio::test]
async fn a_file_is_loaded_behind_the_page_and_its_report_is_for_its_own_library() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let file = include_bytes!("../../data/samples/records.jsonl");
    let begun = house
        .upload("/staff/import", &who, "records.jsonl", file)
        .await;
    begun.must_be(StatusCode::SEE_OTHER);
    let mut report = house.get(&begun.location, &who).await;
    for _ in 0..600 {
        if !report.text.contains("id=\"progress\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        report = house.get(&begun.location, &who).await;
    }
    report
        .must_be(StatusCode::OK)
        .must_say("Прочитано")
        .must_say("records.jsonl");
    house
        .get("/staff/import", &who)
        .await
        .must_say("Прежние загрузки");
    let nothing = house.upload("/staff/import", &who, "", b"").await;
    nothing
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("Файл пуст");
    let lost = "/staff/import/00000000-0000-0000-0000-000000000000";
    house
        .get(lost, &who)
        .await
        .must_be(StatusCode::NOT_FOUND)
        .must_say("дважды ничего не запишется");
    house.add_library("OTHER", None);
    let stranger = house.person("stranger", Role::Librarian, Some("OTHER"));
    house
        .get(&begun.location, &stranger)
        .await
        .must_be(StatusCode::FORBIDDEN);
    let past = house.get("/staff/import", &stranger).await;
    assert!(!past.text.contains("records.jsonl"));
    let auditor = house.person("auditor", Role::Auditor, Some(&house.library));
    house
        .upload("/staff/import", &auditor, "a", b"a")
        .await
        .must_be(StatusCode::FORBIDDEN);
}
