//! Staff screens of the fund, driven as a browser without scripts drives them: forms sent, the step before seen,
//! then written.
//!
//! Each screen is taken once to its end, once to a refusal, and once by somebody who may not.

use axum::http::StatusCode;
use catalog::people::Role;
use fond_tests::forms::{CHECKS, DAY, Form, WITHDRAWAL, begun, leaves, pressed, withdrawal};
use fond_tests::screens::{House, pairs};

#[tokio::test]
async fn a_scanned_number_is_written_off_and_a_second_press_writes_nothing_more() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let path = WITHDRAWAL;
    house.get(path, &who).await.must_be(StatusCode::OK);
    let number = house.free().remove(0);
    let mut form = withdrawal("WEAR", DAY);
    form.extend(pairs(&[("scan", &number), ("do", "scan")]));
    let scanned = house.post(path, &who, &form).await;
    scanned
        .must_be(StatusCode::OK)
        .must_say(&format!("value=\"i:{number}\""));
    form.retain(|(name, _)| name != "scan" && name != "do");
    form.extend(pairs(&[
        ("line.key", &format!("i:{number}")),
        ("line.copies", "1"),
        ("do", "preview"),
    ]));
    let before = house.app.catalog().head().seq;
    let seen = house.post(path, &who, &form).await;
    seen.must_be(StatusCode::OK)
        .must_say("в части 2 книги суммарного учёта");
    assert_eq!(
        house.app.catalog().head().seq,
        before,
        "the step before writes nothing"
    );
    let sent = seen.press("post");
    house
        .post(path, &who, &sent)
        .await
        .must_be(StatusCode::OK)
        .must_say("Акт проведён");
    let after = house.app.catalog().head().seq;
    let again = house.post(path, &who, &sent).await;
    again.must_be(StatusCode::OK).must_say("Акт проведён");
    assert_eq!(
        house.app.catalog().head().seq,
        after,
        "pressing twice writes once"
    );
    assert!(!house.free().contains(&number));
}

#[tokio::test]
async fn what_cannot_be_written_off_is_said_beside_its_row_and_nothing_typed_is_lost() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let path = WITHDRAWAL;
    let mut form = withdrawal("", DAY);
    form.extend(pairs(&[
        ("note", "Приказ 7"),
        ("line.key", "i:1"),
        ("line.copies", "1"),
        ("do", "preview"),
    ]));
    let refused = house.post(path, &who, &form).await;
    refused.must_be(StatusCode::UNPROCESSABLE_ENTITY);
    refused.must_say("Выберите причину").must_say("Приказ 7");
    let mut form = withdrawal("WEAR", "2001-01-01");
    let number = house.free().remove(0);
    form.extend(pairs(&[
        ("line.key", &format!("i:{number}")),
        ("line.copies", "1"),
        ("line.key", &format!("i:{number}")),
        ("line.copies", "1"),
        ("do", "preview"),
    ]));
    let refused = house.post(path, &who, &form).await;
    refused.must_be(StatusCode::UNPROCESSABLE_ENTITY);
    refused
        .must_say("period-closed")
        .must_say("уберите повтор")
        .must_say("строка 2");
    assert!(
        !refused.text.contains("2001-01-01</"),
        "dates are told as on paper"
    );
    let mut form = withdrawal("WEAR", DAY);
    form.extend(pairs(&[("scan", "987654"), ("do", "scan")]));
    house
        .post(path, &who, &form)
        .await
        .must_say("987654 нет в инвентарной книге");
    for role in [Role::Auditor, Role::Reader] {
        let other = house.person(role.code(), role, Some(&house.library));
        house.get(path, &other).await.must_be(StatusCode::FORBIDDEN);
        house
            .post(path, &other, &form)
            .await
            .must_be(StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn copies_of_a_card_leave_by_their_line_and_quantity() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let path = WITHDRAWAL;
    let library = house.library.parse().unwrap();
    let card = (1..50_u64).find_map(|number| {
        let view = house.app.catalog().view();
        let card = catalog::fund::read::card_by_number(view, &library, number).unwrap()?;
        let layer = card
            .layers
            .iter()
            .find(|layer| layer.copies > layer.on_loan)?;
        Some((number, layer.number, card.fund, card.copies()))
    });
    let (card, layer, fund, copies) = card.expect("the golden year has cards");
    let mut form = withdrawal("OBSOLETE", DAY);
    form[0].1 = fund.to_string();
    let mut scan = form.clone();
    scan.extend(pairs(&[
        ("scan", &format!("карточка {card}")),
        ("do", "scan"),
    ]));
    let key = format!("c:{card}:{layer}");
    house
        .post(path, &who, &scan)
        .await
        .must_say(&format!("value=\"{key}\""));
    let mut empty = form.clone();
    empty.extend(pairs(&[
        ("line.key", &key),
        ("line.copies", ""),
        ("do", "preview"),
    ]));
    let refused = house.post(path, &who, &empty).await;
    refused
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("впишите, сколько экземпляров");
    form.extend(pairs(&[
        ("line.key", &key),
        ("line.copies", "1"),
        ("do", "preview"),
    ]));
    let seen = house.post(path, &who, &form).await;
    seen.must_be(StatusCode::OK);
    house
        .post(path, &who, &seen.press("post"))
        .await
        .must_say("Акт проведён");
    let view = house.app.catalog().view();
    let now = catalog::fund::read::card_by_number(view, &library, card)
        .unwrap()
        .unwrap();
    assert_eq!(now.copies(), copies - 1);
}

#[tokio::test]
async fn every_mark_of_a_check_says_what_was_scanned_and_an_unfinished_one_is_not_closed() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let auditor = house.person("auditor", Role::Auditor, Some(&house.library));
    let page = begun(&house, &who).await;
    let twice = pairs(&[("fund", "MAIN"), ("date", DAY), ("order", "Приказ 41")]);
    let twice = house.post(CHECKS, &who, &twice).await;
    twice
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("уже идёт");
    house.get(&page, &auditor).await.must_be(StatusCode::OK);
    let forbidden = house.post(&page, &auditor, &pressed("close")).await;
    forbidden.must_be(StatusCode::FORBIDDEN);
    let forbidden = house.post(CHECKS, &auditor, &[]).await;
    forbidden.must_be(StatusCode::FORBIDDEN);

    let all = house.free();
    let here = (page.as_str(), who.as_str());
    let scan = |typed: &str| pairs(&[("scan", typed), ("do", "scan")]);
    let ok = StatusCode::OK;
    house
        .expect(here, &scan(&all[0]), ok, "class=\"done\"")
        .await;
    house
        .expect(here, &scan(&all[0]), ok, "второй раз не считается")
        .await;
    house
        .expect(here, &scan("987654"), ok, "войдёт в излишки")
        .await;
    house
        .expect(here, &scan("абв"), ok, "не инвентарный номер")
        .await;
    let lend = pressed(&format!("loan:i:{}", all[1]));
    house.expect(here, &lend, ok, "выдан читателю").await;
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    house
        .expect(here, &pressed("close"), wrong, "check-incomplete")
        .await;
}

#[tokio::test]
async fn what_a_closed_check_has_not_found_is_taken_over_into_an_act() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let page = begun(&house, &who).await;
    let here = (page.as_str(), who.as_str());
    let all = house.free();
    let (lost, shelf) = (&all[0], &all[1..]);
    let numbers = page.replace("?", "/numbers?");
    let file = shelf.join("\r\n");
    let read = house.upload(&numbers, &who, "scan.txt", file.as_bytes());
    read.await
        .must_be(StatusCode::OK)
        .must_say("Прочитано номеров");
    let words = format!("{lost}: нет на месте");
    let ok = StatusCode::OK;
    house
        .expect(here, &pressed("rest-missing"), ok, &words)
        .await;
    let seen = house
        .expect(here, &pressed("close"), ok, "Акт проверки")
        .await;
    let sent = seen.press("post");
    house.expect(here, &sent, ok, "Проверка закрыта").await;
    house.expect(here, &sent, ok, "Проверка закрыта").await;

    let id = page.split(['/', '?']).nth(3).unwrap();
    let taken = format!("{WITHDRAWAL}?library={}&check={id}", house.library);
    let closed = house.get(&page, &who).await;
    closed.must_say(&taken.replace('&', "&#38;"));
    let draft = house.get(&taken, &who).await;
    draft.must_say(&format!("value=\"i:{lost}\""));
    draft.must_say("value=\"MISSING_AT_CHECK\" selected");
    let mut form = withdrawal("LOSS", "2026-11-21");
    let basis = draft.text.split("id=\"basis\"").nth(1).unwrap();
    let basis = basis.split("\" selected").next().unwrap();
    let basis = basis.rsplit("value=\"").next().unwrap();
    form.extend(pairs(&[
        ("sub_reason", "MISSING_AT_CHECK"),
        ("basis", basis),
    ]));
    for rest in draft.text.split("name=\"line.key\" value=\"").skip(1) {
        let key = rest.split('"').next().unwrap();
        form.extend(pairs(&[("line.key", key), ("line.copies", "1")]));
    }
    form.extend(pressed("preview"));
    house
        .expect((WITHDRAWAL, &who), &form, ok, "Списание №")
        .await;
}

#[tokio::test]
async fn a_period_is_closed_by_a_head_reopened_with_a_reason_and_not_after_the_report() {
    let house = House::of_the_golden_year();
    let librarian = house.librarian();
    let head = house.person("head", Role::Head, Some(&house.library));
    let path = "/staff/periods";
    let page = house.get(path, &head).await;
    page.must_be(StatusCode::OK).must_say("Кварталы и годы");
    let offered = page.text.split("id=\"through\"").nth(1).unwrap();
    let through = offered
        .split("value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let year = through.split('/').next().unwrap();
    let close = pairs(&[("what", "close"), ("through", year), ("do", "preview")]);
    house
        .post(path, &librarian, &close)
        .await
        .must_be(StatusCode::FORBIDDEN);
    house.get(path, &librarian).await.must_be(StatusCode::OK);
    let seen = house.post(path, &head, &close).await;
    seen.must_be(StatusCode::OK)
        .must_say("больше ничего нельзя будет записать");
    let sent = seen.press("post");
    house.post(path, &head, &sent).await.must_say("закрыт");
    house.post(path, &head, &sent).await.must_be(StatusCode::OK);
    let again = house.post(path, &head, &close).await;
    again
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("уже закрыт");

    let no_reason = pairs(&[("what", "reopen"), ("reopen", year), ("do", "preview")]);
    let refused = house.post(path, &head, &no_reason).await;
    refused
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("почему");
    let reopen = pairs(&[
        ("what", "reopen"),
        ("reopen", year),
        ("reason", "Пропущен акт"),
        ("do", "preview"),
    ]);
    let seen = house.post(path, &head, &reopen).await;
    house
        .post(path, &head, &seen.press("post"))
        .await
        .must_say("открыт снова");
    house.get(path, &head).await.must_say("Пропущен акт");

    let seen = house.post(path, &head, &close).await;
    house
        .post(path, &head, &seen.press("post"))
        .await
        .must_be(StatusCode::OK);
    let submit = pairs(&[("what", "submit"), ("submit", year), ("do", "preview")]);
    let seen = house.post(path, &head, &submit).await;
    seen.must_say("больше нельзя будет открыть снова");
    house
        .post(path, &head, &seen.press("post"))
        .await
        .must_say("отмечен сданным");
    let late = house.post(path, &head, &reopen).await;
    late.must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("period-submitted");
}

/// The cells of a table's column, row by row.
fn column(page: &str, label: &str) -> Vec<String> {
    let mark = format!("{label}\">");
    let cells = page.split("data-label=\"").skip(1);
    let of_column = cells.filter_map(|cell| {
        cell.split_once(&mark)
            .filter(|(before, _)| !before.contains('>'))
    });
    of_column
        .map(|(_, rest)| rest.split('<').next().unwrap().trim().to_owned())
        .collect()
}

#[tokio::test]
async fn rows_of_the_summary_book_count_titles_of_the_record_and_those_new_to_the_fund() {
    let house = House::of_the_golden_year();
    let who = house.person("auditor", Role::Auditor, Some(&house.library));
    let golden: serde_json::Value = serde_json::from_slice(fond_tests::screens::GOLDEN).unwrap();
    for (part, register, turned, words) in [
        (1, "ksu_part1", "titles_new", "из них новых"),
        (2, "ksu_part2", "titles_out", "выбыло совсем"),
    ] {
        let path = format!("/staff/ksu?year=2025&fund=MAIN&part={part}");
        let page = house.get(&path, &who).await;
        let rows = golden["expected"][register].as_array().unwrap();
        let of_fund = rows.iter().filter(|row| row["fund"] == "MAIN");
        let (mut titles, mut turns, mut sum) = (Vec::new(), Vec::new(), 0);
        for row in of_fund {
            titles.push(row["titles_in_record"].to_string());
            sum += row[turned].as_i64().unwrap();
            turns.push(row[turned].to_string());
        }
        for turn in &mut turns {
            // Nothing is a dash in the books.
            if turn == "0" {
                "–".clone_into(turn);
            }
        }
        // What the records name does not add up to titles of the year; what came or went does.
        titles.push("–".to_owned());
        turns.push(sum.to_string());
        assert_eq!(column(&page.text, "названий"), titles, "part {part}");
        assert_eq!(column(&page.text, words), turns, "part {part}");
    }
}

/// The words inside every element of this name, without the marks in them.
fn inside(page: &str, tag: &str) -> Vec<String> {
    let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
    let pieces = page.split(&open).skip(1);
    let pieces = pieces.filter(|piece| piece.starts_with([' ', '>']));
    let pieces = pieces.filter_map(|piece| piece.split_once('>')?.1.split(&close).next());
    let bare = pieces.map(|piece| {
        let texts = piece.split('<').enumerate();
        let texts = texts.map(|(at, text)| match at {
            0 => text,
            _ => text.split_once('>').map_or("", |(_, text)| text),
        });
        texts.collect::<String>().trim().to_owned()
    });
    bare.collect()
}

fn russian(text: &str) -> bool {
    text.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c))
}

/// Forms that ask to see the step before, good and bad ones.
fn steps(number: &str) -> Vec<(&'static str, Form)> {
    let mut leaving = withdrawal("WEAR", DAY);
    leaving.extend(leaves(number));
    let check = [("date", DAY), ("order", "7"), ("fund", "MAIN")];
    let period = [("what", "close"), ("through", "2026/1")];
    vec![
        (WITHDRAWAL, leaving),
        (WITHDRAWAL, withdrawal("", "")),
        (CHECKS, pairs(&check)),
        (CHECKS, Vec::new()),
        ("/staff/periods", pairs(&period)),
    ]
}

#[tokio::test]
async fn the_pages_of_the_staff_say_their_own_words_in_english() {
    let house = House::of_the_golden_year().in_english();
    let who = house.person("chief", Role::Admin, None);
    let number = house.free().remove(0);
    let acts = house.get("/staff/acts", &who).await;
    let mut pages: Vec<String> = acts
        .text
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.starts_with("/staff/acts/"))
        .map(str::to_owned)
        .collect();
    assert!(pages.len() > 5, "the year has acts");
    for act in pages.clone() {
        if house.get(&act, &who).await.text.contains("/reversal") {
            pages.push(format!("{act}/reversal"));
        }
    }
    let others = "/staff /staff/acts /staff/ksu?part=1 /staff/ksu?part=2 /staff/ksu?part=3 /staff/inventory \
        /staff/checks /staff/periods /staff/users /staff/status /staff/libraries /staff/import /staff/verify \
        /staff/deliveries/new /staff/withdrawals/new /staff/nosuch /staff/checks/77 /staff/ksu?year=x /account";
    pages.extend(others.split_whitespace().map(str::to_owned));
    let mut shown = Vec::new();
    for path in pages {
        let page = house.get(&path, &who).await;
        shown.push((path, page.text));
    }
    for (path, form) in steps(&number) {
        let form = [form, pressed("preview")].concat();
        let page = house.post(path, &who, &form).await;
        shown.push((format!("{path} preview"), page.text));
    }
    let nodes = catalog::fund::network::nodes(house.app.catalog().view()).unwrap();
    let policy = catalog::fund::policy::Policy::default();
    let axes = policy.preset().unwrap().columns.iter();
    let data: Vec<&str> = axes
        .map(|column| column.label.as_str())
        .chain([nodes[0].name.as_str()])
        .collect();
    let named = |text: &str| text == "Русский" || data.iter().any(|name| text.starts_with(name));
    let table = include_str!("../../data/i18n/en.json");
    let table: std::collections::BTreeMap<String, String> = serde_json::from_str(table).unwrap();
    // A sentence with a value in it is known by what stands before and after.
    let own = |text: &str| {
        table.keys().any(|words| match words.split_once("{}") {
            Some((head, tail)) => {
                let tail = tail.rsplit("{}").next().unwrap_or_default();
                head.len() > 6 && text.starts_with(head) && text.ends_with(tail)
            }
            None => text == words,
        })
    };
    let mut left = Vec::new();
    for (path, page) in shown {
        let heads = "h1 h2 h3 caption th button legend label dt option".split(' ');
        let bodies = "p li td dd span".split(' ');
        for (tag, all) in heads
            .map(|tag| (tag, true))
            .chain(bodies.map(|tag| (tag, false)))
        {
            let words = inside(&page, tag).into_iter();
            let words = words.filter(|text| russian(text) && !named(text) && (all || own(text)));
            left.extend(words.map(|text| format!("{path} <{tag}> {text}")));
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}
