//! Long lists of the staff: what does not fit a page or an act is neither lost nor forgotten.

use axum::http::StatusCode;
use catalog::fund::axis::Fund;
use catalog::fund::books::acts;
use catalog::fund::read;
use catalog::fund::state::ItemState;
use fond_tests::forms::{
    DAY, DELIVERY, WITHDRAWAL, begun, copies, invoice, leaves, pressed, rest_is_missing, values,
    withdrawal,
};
use fond_tests::screens::{Answer, House, pairs};

/// Takes in so many copies of the first title, each with a number of its own, and gives the address of the act.
async fn delivered(house: &House, who: &str, document: &str, number: usize) -> String {
    let line = copies("1", &number.to_string());
    let form = [invoice(document), line, pressed("preview")].concat();
    let seen = house.post(DELIVERY, who, &form).await;
    seen.must_be(StatusCode::OK);
    let done = house.post(DELIVERY, who, &seen.press("post")).await;
    done.must_say("Поступление проведено");
    let (act, _) = done.location.split_once('?').unwrap();
    act.to_owned()
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// The form of a page as it is sent by a button: what lies folded, and what a hand has typed.
fn sent(page: &Answer, button: &str, typed: &[(String, String)]) -> Vec<(String, String)> {
    let mut form = vec![pair("date", DAY), pair("reason", "Приняты по ошибке")];
    for name in ["lines.before", "lines.after", "page"] {
        let kept = values(&page.text, name);
        form.extend(kept.first().map(|value| pair(name, value)));
    }
    form.extend_from_slice(typed);
    form.push(pair("do", button));
    form
}

#[tokio::test]
async fn what_is_ticked_on_one_page_of_a_long_reversal_stays_when_another_is_turned() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let act = delivered(&house, &who, "Д-60", 60).await;
    let page = format!("{act}/reversal");
    let first = house.get(&page, &who).await;
    let shown = values(&first.text, "unit");
    assert_eq!(shown.len(), 50, "a page of the list");
    let (one, other) = (&shown[3], &shown[7]);
    let typed = [
        pair("unit", one),
        pair("unit", other),
        pair(&format!("price.{other}"), "210,50"),
    ];
    let second = house
        .post(&page, &who, &sent(&first, "page:1", &typed))
        .await;
    let rest = values(&second.text, "unit");
    assert_eq!(rest.len(), 10, "the rest of the list");
    assert!(!rest.contains(one));
    let last = rest.last().unwrap();
    // Back on the first page the ticks and the price stand where they stood.
    let ticked = [pair("unit", last)];
    let back = house
        .post(&page, &who, &sent(&second, "page:0", &ticked))
        .await;
    let checked: Vec<&str> = back
        .text
        .split("name=\"unit\" value=\"")
        .skip(1)
        .filter(|rest| rest.split('>').next().unwrap().contains("checked"))
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert_eq!(checked, [one.as_str(), other.as_str()]);
    back.must_say("value=\"210,50\"");
    // The step before writing counts what is ticked on both.
    let seen = house
        .post(&page, &who, &sent(&back, "preview", &typed))
        .await;
    seen.must_be(StatusCode::OK).must_say("Провести сторно");
    for unit in [one, other, last] {
        let number = unit.strip_prefix("i:").unwrap();
        seen.must_say(&format!(">{number}</td>"));
    }
    let done = house.post(&page, &who, &seen.press("post")).await;
    done.must_say("Сторно проведено");
    let library = house.library.parse().unwrap();
    let view = house.app.catalog().view();
    for (unit, state) in [
        (one, ItemState::Voided),
        (other, ItemState::Available),
        (last, ItemState::Voided),
    ] {
        let number = unit.strip_prefix("i:").unwrap().parse().unwrap();
        let item = read::item_by_number(view, &library, &number)
            .unwrap()
            .unwrap();
        assert_eq!(item.state, state, "{unit}");
    }
}

/// Gives up what is left of a check and shows the step before its end.
async fn given_up(house: &House, who: &str, check: &str) -> Answer {
    rest_is_missing(house, who, check).await;
    let seen = house
        .post(check, who, &pairs(&[("do", "close"), ("date", DAY)]))
        .await;
    seen.must_be(StatusCode::OK);
    seen
}

/// Rows of the table with this heading.
fn rows(page: &Answer, caption: &str) -> usize {
    let (_, rest) = page
        .text
        .split_once(caption)
        .unwrap_or_else(|| panic!("no «{caption}»:\n{}", page.text));
    let (_, body) = rest.split_once("<tbody").unwrap();
    let (body, _) = body.split_once("</tbody>").unwrap();
    body.matches("<tr").count()
}

#[tokio::test]
async fn a_long_list_of_what_is_missing_says_how_much_of_it_is_shown() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    delivered(&house, &who, "Д-120", 120).await;
    let check = begun(&house, &who).await;
    let seen = given_up(&house, &who, &check).await;
    let heading = "Нет на месте: первые 100 из ";
    assert_eq!(rows(&seen, heading), 100);
    house
        .post(&check, &who, &seen.press("post"))
        .await
        .must_say("Проверка закрыта");
    let result = house.get(&check, &who).await;
    assert_eq!(rows(&result, heading), 100);
    let (_, rest) = result.text.split_once(heading).unwrap();
    let all: usize = rest
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert!(all >= 120, "{all}");
}

#[tokio::test]
async fn a_withdrawn_book_that_stands_on_the_shelf_is_no_surplus() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free().remove(0);
    let act = [withdrawal("WEAR", DAY), leaves(&number), pressed("preview")].concat();
    let seen = house.post(WITHDRAWAL, &who, &act).await;
    house
        .post(WITHDRAWAL, &who, &seen.press("post"))
        .await
        .must_say("Акт проведён");
    let check = begun(&house, &who).await;
    let scan = pairs(&[("scan", &number), ("do", "scan")]);
    let page = house.post(&check, &who, &scan).await;
    page.must_say("Списан по акту")
        .must_say("Найдено после списания");
    let seen = given_up(&house, &who, &check).await;
    seen.must_say("излишки 0");
}

#[tokio::test]
async fn more_missing_books_than_one_act_may_hold_go_into_several() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    for document in ["Д-1", "Д-2", "Д-3"] {
        delivered(&house, &who, document, 700).await;
    }
    let check = begun(&house, &who).await;
    let seen = given_up(&house, &who, &check).await;
    house
        .post(&check, &who, &seen.press("post"))
        .await
        .must_say("Проверка закрыта");
    let (path, _) = check.split_once('?').unwrap();
    let id = path.rsplit('/').next().unwrap();
    let link = format!("{WITHDRAWAL}?library={}&check={id}", house.library);
    let library = house.library.parse().unwrap();
    let missing = || {
        let items = read::items(house.app.catalog().view(), &library).unwrap();
        items
            .iter()
            .filter(|item| item.state == ItemState::Missing && item.fund == Fund::Main)
            .count()
    };
    let all = missing();
    assert!((2_001..4_000).contains(&all), "{all}");
    for (left, more) in [(all - 2_000, true), (0, false)] {
        let form = house.get(&link, &who).await;
        form.must_be(StatusCode::OK);
        assert_eq!(
            form.text.contains("В одном акте не больше 2000 строк"),
            more
        );
        let mut act = pairs(&[
            ("act.date", DAY),
            ("approved", DAY),
            ("date", DAY),
            ("do", "preview"),
        ]);
        for name in ["line.key", "lines.before", "lines.after", "page", "draft"] {
            act.extend(
                values(&form.text, name)
                    .into_iter()
                    .map(|value| pair(name, &value)),
            );
        }
        act.extend(
            values(&form.text, "line.key")
                .iter()
                .map(|_| pair("line.copies", "1")),
        );
        for name in ["fund", "reason", "sub_reason", "basis"] {
            act.push(pair(name, &chosen(&form, name)));
        }
        let seen = house.post(WITHDRAWAL, &who, &act).await;
        seen.must_be(StatusCode::OK).must_say("Провести акт");
        house
            .post(WITHDRAWAL, &who, &seen.press("post"))
            .await
            .must_say("Акт проведён");
        assert_eq!(missing(), left);
    }
    let written = acts(house.app.catalog().view(), &library).unwrap();
    let of_check = written
        .iter()
        .rev()
        .take(2)
        .map(|act| act.totals.all.copies);
    let rest = i64::try_from(all - 2_000).unwrap();
    assert_eq!(of_check.collect::<Vec<_>>(), [rest, 2_000]);
}

/// What is chosen in a list of the form.
fn chosen(page: &Answer, name: &str) -> String {
    let (_, rest) = page.text.split_once(&format!("name=\"{name}\"")).unwrap();
    let (list, _) = rest.split_once("</select>").unwrap();
    let mut options = list.split("<option value=\"").skip(1);
    let option = options.find(|option| option.split('>').next().unwrap().contains("selected"));
    option.map_or_else(String::new, |option| {
        option.split('"').next().unwrap().to_owned()
    })
}
