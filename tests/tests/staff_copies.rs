//! What befalls one copy: lent, back, lost, found – marked in the row of the inventory book, without scripts.
//!
//! Which state may follow which is told in the fund's own tests; here is whether people can get there.

use axum::http::StatusCode;
use catalog::fund::number::InventoryNumber;
use catalog::fund::read;
use catalog::fund::state::ItemState;
use catalog::people::Role;
use fond_tests::forms::{
    DAY, WITHDRAWAL, begun, leaves, pressed, rest_is_missing, value, withdrawal,
};
use fond_tests::screens::{Answer, House, pairs};

const BOOK: &str = "/staff/inventory";

fn state(house: &House, number: &str) -> ItemState {
    let library = house.library.parse().unwrap();
    let number: InventoryNumber = number.parse().unwrap();
    let item = read::item_by_number(house.app.catalog().view(), &library, &number);
    item.unwrap().unwrap().state
}

fn row(number: &str) -> String {
    format!("{BOOK}?number={number}")
}

/// The form of the row of this number.
fn form<'a>(page: &'a Answer, number: &str) -> &'a str {
    let mark = format!("name=\"row\" value=\"{number}\"");
    let mut forms = page.text.split("<form").skip(1);
    let form = forms.find(|form| form.contains(&mark));
    let form = form.unwrap_or_else(|| panic!("no form of {number}:\n{}", page.text));
    form.split_once("</form>").unwrap().0
}

/// Presses a button in the row of a number, as a browser without scripts does.
async fn press(house: &House, who: &str, number: &str, button: &str) -> Answer {
    let page = house.get(&row(number), who).await;
    let form = form(&page, number);
    assert!(
        form.contains(&format!("value=\"{button}\"")),
        "{button}: {form}"
    );
    let sent = pairs(&[
        ("row", number),
        ("key", &value(form, "key")),
        ("do", button),
    ]);
    house.post(&row(number), who, &sent).await
}

#[tokio::test]
async fn a_copy_is_lent_returned_lost_and_found_from_its_row() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free()[0].clone();
    let steps = [
        ("loan", ItemState::OnLoan, "выдан"),
        ("return", ItemState::Available, "в фонде"),
        ("loss", ItemState::LostClaimed, "заявлен утерянным"),
        ("found", ItemState::Available, "в фонде"),
        (
            "select",
            ItemState::SelectedForWithdrawal,
            "отобран к списанию",
        ),
        ("deselect", ItemState::Available, "в фонде"),
    ];
    for (button, after, words) in steps {
        let answer = press(&house, &who, &number, button).await;
        answer.must_be(StatusCode::SEE_OTHER);
        assert_eq!(state(&house, &number), after, "{button}");
        let (path, place) = answer.location.split_once('#').unwrap();
        let back = house.get(path, &who).await;
        back.must_say(&format!("Записано: номер {number} {words}"));
        back.must_say(&format!("id=\"{place}\""));
    }
    // Only what may follow is offered.
    let page = house.get(&row(&number), &who).await;
    assert!(!form(&page, &number).contains("value=\"return\""));
}

#[tokio::test]
async fn only_one_row_of_a_page_bears_its_buttons_and_the_others_lead_to_theirs() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free()[2].clone();
    let book = house.get("/staff/inventory?state=stands", &who).await;
    assert!(
        !book.text.contains("name=\"row\""),
        "a page of the book stays light"
    );
    let mark = format!("&#38;mark={number}#");
    let (before, _) = book.text.split_once(&mark).unwrap();
    let path = before
        .rsplit("href=\"")
        .next()
        .unwrap()
        .replace("&#38;", "&");
    let page = house.get(&format!("{path}&mark={number}"), &who).await;
    assert_eq!(page.text.matches("name=\"row\"").count(), 1);
    // The step comes back to the same place of the list.
    let sent = pairs(&[("row", &number), ("do", "loan")]);
    let form = form(&page, &number).replace("&#38;", "&");
    let action = form.split("action=\"").nth(1).unwrap();
    let action = action.split('"').next().unwrap();
    assert!(action.contains("state=stands"), "{action}");
    let done = house
        .post("/staff/inventory?state=stands", &who, &sent)
        .await;
    done.must_be(StatusCode::SEE_OTHER);
    assert!(
        done.location.contains("state=stands&moved="),
        "{}",
        done.location
    );
}

#[tokio::test]
async fn a_step_that_cannot_be_is_refused_in_words_beside_its_row_and_a_second_press_writes_nothing()
 {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free()[0].clone();
    let page = house.get(&row(&number), &who).await;
    let old = value(form(&page, &number), "key");
    let lent = pairs(&[("row", &number), ("key", &old), ("do", "loan")]);
    house
        .post(&row(&number), &who, &lent)
        .await
        .must_be(StatusCode::SEE_OTHER);
    let head = house.app.catalog().head().seq;
    house
        .post(&row(&number), &who, &lent)
        .await
        .must_be(StatusCode::SEE_OTHER);
    assert_eq!(
        house.app.catalog().head().seq,
        head,
        "pressing twice writes once"
    );

    // A page that stood open while another lent the book.
    let late = pairs(&[("row", &number), ("do", "loan")]);
    let refused = house.post(&row(&number), &who, &late).await;
    refused.must_be(StatusCode::UNPROCESSABLE_ENTITY);
    let (before, after) = refused.text.split_once("role=\"alert\"").unwrap();
    assert!(after.contains(&format!("Номер {number} выдан")), "{after}");
    assert!(
        before
            .rsplit("<tr")
            .next()
            .unwrap()
            .contains(&format!(">{number}<"))
    );

    // To whom a book goes for a time must be said; it is kept and shown.
    let back = press(&house, &who, &number, "return").await;
    back.must_be(StatusCode::SEE_OTHER);
    let nobody = pairs(&[("row", &number), ("do", "lend")]);
    let refused = house.post(&row(&number), &who, &nobody).await;
    refused
        .must_be(StatusCode::UNPROCESSABLE_ENTITY)
        .must_say("Впишите, кому книга передана на время");
    let school = pairs(&[("row", &number), ("do", "lend"), ("holder", "Школа № 7")]);
    let lent = house.post(&row(&number), &who, &school).await;
    house
        .get(lent.location.split('#').next().unwrap(), &who)
        .await
        .must_say("во временном пользовании: Школа № 7");
}

#[tokio::test]
async fn only_those_who_keep_the_fund_are_offered_a_step_and_the_others_are_refused() {
    let house = House::of_the_golden_year();
    let auditor = house.person("auditor", Role::Auditor, Some(&house.library));
    let number = house.free()[0].clone();
    let page = house.get(&row(&number), &auditor).await;
    page.must_be(StatusCode::OK).must_say("в фонде");
    assert!(!page.text.contains("name=\"row\""));
    let sent = pairs(&[("row", &number), ("do", "loan")]);
    let answer = house.post(BOOK, &auditor, &sent).await;
    answer.must_be(StatusCode::FORBIDDEN);
    assert_eq!(state(&house, &number), ItemState::Available);
}

#[tokio::test]
async fn a_refusal_that_asks_for_a_return_leads_to_the_row_of_the_number() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free()[0].clone();
    press(&house, &who, &number, "loan").await;
    let act = [withdrawal("WEAR", DAY), leaves(&number), pressed("preview")].concat();
    let refused = house.post(WITHDRAWAL, &who, &act).await;
    refused.must_be(StatusCode::UNPROCESSABLE_ENTITY);
    refused.must_say("сначала верните его");
    let way = format!("{BOOK}?library={}&#38;number={number}", house.library);
    refused.must_say(&way);
    let page = house.get(&way.replace("&#38;", "&"), &who).await;
    let (before, _) = page
        .text
        .split_once(&format!("name=\"row\" value=\"{number}\""))
        .unwrap();
    assert!(
        before
            .rsplit("<details")
            .next()
            .unwrap()
            .starts_with(" open"),
        "its buttons are seen at once"
    );
    press(&house, &who, &number, "return").await;
    let seen = house.post(WITHDRAWAL, &who, &act).await;
    seen.must_be(StatusCode::OK).must_say("Провести акт");
}

#[tokio::test]
async fn what_was_lent_and_stands_on_the_shelf_is_back_when_the_check_is_closed() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free()[0].clone();
    press(&house, &who, &number, "loan").await;
    let check = begun(&house, &who).await;
    let scan = pairs(&[("scan", &number), ("do", "scan")]);
    let marked = house.post(&check, &who, &scan).await;
    marked.must_say("итог проверки запишет возврат");
    let page = rest_is_missing(&house, &who, &check).await;
    page.must_be(StatusCode::OK);
    let seen = house.post(&check, &who, &pressed("close")).await;
    seen.must_be(StatusCode::OK);
    seen.must_say("Числились на руках, а стоят на полке, вернутся в фонд: 1 экз.");
    assert_eq!(state(&house, &number), ItemState::OnLoan);
    house.post(&check, &who, &seen.press("post")).await;
    assert_eq!(state(&house, &number), ItemState::Available);
}

#[tokio::test]
async fn the_page_of_a_record_leads_to_the_rows_of_its_copies_for_their_own_people() {
    let house = House::of_the_golden_year();
    let who = house.librarian();
    let number = house.free()[0].clone();
    let library = house.library.parse().unwrap();
    let typed: InventoryNumber = number.parse().unwrap();
    let item = read::item_by_number(house.app.catalog().view(), &library, &typed);
    let record = item.unwrap().unwrap().record().unwrap();
    let path = format!("/staff/records/{record}");
    let way = format!("{BOOK}?library={}&#38;number={number}", house.library);
    house.get(&path, &who).await.must_say(&way);
    house.add_library("OTHER", None);
    let stranger = house.person("stranger", Role::Librarian, Some("OTHER"));
    let page = house.get(&path, &stranger).await;
    page.must_be(StatusCode::OK).must_say(&number);
    assert!(!page.text.contains(&way));
}
