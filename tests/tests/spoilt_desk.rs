//! A desk whose disk changed it: a spoilt note lets nobody in as anyone else, keeps nobody else out, is named by
//! verify with what to do, and goes when that is done.

use std::fs;
use std::path::{Path, PathBuf};

use axum::http::{Request, StatusCode, header};
use catalog::Catalog;
use catalog::people::Role;
use fond_tests::Postgres;
use fond_tests::served::{Answer, House, asked, json};
use fond_tests::shared::{open, quiet, sound, write};
use serde_json::{Value, json};

const PASSWORD: &str = "три слова подряд";

/// The notes of a bucket.
fn notes(folder: &Path, bucket: &str) -> Vec<PathBuf> {
    let Ok(files) = fs::read_dir(folder.join("desk").join(bucket)) else {
        return Vec::new();
    };
    let paths = files.map(|file| file.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect()
}

fn problems(catalog: &Catalog) -> String {
    let report = catalog.verify(false, &mut quiet()).unwrap();
    assert_eq!(report.ok, report.problems.is_empty());
    report.problems.join("\n")
}

async fn add(house: &House, key: &str, name: &str) {
    let one = json!({"name": name, "role": "admin", "password": PASSWORD});
    let made = house.post(key, "/api/v1/users", &one).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
}

async fn sign_in(house: &House, name: &str) -> Answer {
    let word: String = PASSWORD.bytes().map(|b| format!("%{b:02X}")).collect();
    let form = Request::post("/login")
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(format!("name={name}&password={word}").into());
    house.send(form.unwrap()).await
}

#[tokio::test]
async fn a_key_whose_note_was_changed_opens_nothing_and_a_new_key_clears_it_away() {
    let house = House::new();
    let folder = house.app.catalog().folder().to_owned();
    let key = house.token("s1", Role::Auditor, None);
    let own = notes(&folder, "tokens").remove(0);
    let other = house.token("s3", Role::Admin, None);
    let whole = fs::read_to_string(&own).unwrap();
    let spoilt = [
        whole.replace("\"user\":\"s1\"", "\"user\":\"s3\""),
        whole[..30].to_owned(),
        String::new(),
        format!("{whole}}}"),
        "\0".repeat(whole.len()),
    ];
    for note in spoilt {
        fs::write(&own, note).unwrap();
        let refused = house.get(&key, "/api/v1/users").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.body);
        let told = problems(house.app.catalog());
        assert!(told.contains("fond user token"), "{told}");
    }
    let open = house.get(&other, "/api/v1/users").await;
    assert_eq!(open.status, StatusCode::OK);
    let anew = house
        .post(&other, "/api/v1/users/s1/token", &json!({}))
        .await;
    assert!(anew.status.is_success(), "{}", anew.body);
    sound(house.app.catalog());
}

#[tokio::test]
async fn a_spoilt_password_is_refused_with_what_to_do_and_works_when_set_anew() {
    let house = House::new();
    let catalog = house.app.catalog();
    let root = house.token("root", Role::Admin, None);
    add(&house, &root, "anna").await;
    let own = notes(catalog.folder(), "passwords").remove(0);
    add(&house, &root, "vera").await;
    let whole = fs::read(&own).unwrap();
    for note in [&whole[..40], &[], &[0; 90], &[&whole[..], b"x"].concat()] {
        fs::write(&own, note).unwrap();
        let refused = sign_in(&house, "anna").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.body.to_string();
        assert!(text.contains("fond user passwd anna"), "{text}");
        let told = problems(catalog);
        assert!(told.contains("fond user passwd anna"), "{told}");
    }
    let vera = sign_in(&house, "vera").await;
    assert_eq!(vera.status, StatusCode::SEE_OTHER);
    let again = json!({"password": PASSWORD});
    let asked = asked("POST", "/api/v1/users/anna/password", &root);
    let set = house.send(json(asked, &again)).await;
    assert!(set.status.is_success(), "{} {}", set.status, set.body);
    sound(catalog);
    let anna = sign_in(&house, "anna").await;
    assert_eq!(anna.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_spoilt_session_keeps_nobody_out_and_goes_when_somebody_signs_in() {
    let house = House::new();
    let catalog = house.app.catalog();
    let root = house.token("root", Role::Admin, None);
    add(&house, &root, "anna").await;
    let cookie = sign_in(&house, "anna").await.headers[header::SET_COOKIE].clone();
    let own = notes(catalog.folder(), "sessions").remove(0);
    fs::write(&own, "{").unwrap();
    assert!(problems(catalog).contains("войдёт заново"));
    let page = Request::get("/staff")
        .header(header::ACCEPT, "text/html")
        .header(header::COOKIE, cookie);
    let page = house
        .send(page.body(axum::body::Body::empty()).unwrap())
        .await;
    assert!(!page.status.is_success() && !page.status.is_server_error());
    assert_eq!(sign_in(&house, "anna").await.status, StatusCode::SEE_OTHER);
    sound(catalog);
}

#[test]
fn a_desk_that_is_gone_is_named_until_somebody_can_sign_in() {
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(home.path()).unwrap();
    write(&catalog, "anna").unwrap();
    assert_eq!(problems(&catalog), "", "nobody has had a password");
    catalog.desk().put("passwords", "anna", &"хеш").unwrap();
    drop(catalog);
    for _ in 0..2 {
        fs::remove_dir_all(home.path().join("desk")).unwrap();
        let told = problems(&Catalog::open(home.path()).unwrap());
        assert!(told.contains("fond user passwd"), "{told}");
    }
    let catalog = Catalog::open(home.path()).unwrap();
    assert_ne!(problems(&catalog), "", "a restart does not forget it");
    catalog.desk().put("passwords", "anna", &"хеш").unwrap();
    assert_eq!(problems(&catalog), "");
}

#[test]
fn a_spoilt_note_keeps_no_backup_from_being_made() {
    let home = tempfile::tempdir().unwrap();
    let catalog = Catalog::open(&home.path().join("data")).unwrap();
    write(&catalog, "anna").unwrap();
    catalog.desk().put("passwords", "anna", &"хеш").unwrap();
    catalog.desk().put("drafts", "1", &"начато").unwrap();
    fs::write(notes(catalog.folder(), "drafts").remove(0), "{").unwrap();
    let copy = home.path().join("copy");
    let made = catalog.backup(&copy, jiff::Timestamp::UNIX_EPOCH, &mut quiet());
    made.unwrap();
    let restored = home.path().join("restored");
    let report = catalog::restore(&copy, &restored, catalog::Until::Head, &mut quiet());
    assert!(report.unwrap().ok);
    let hash: Option<String> = Catalog::open(&restored)
        .unwrap()
        .desk()
        .get("passwords", "anna")
        .unwrap();
    assert_eq!(hash.as_deref(), Some("хеш"));
}

#[test]
fn the_shared_desk_has_its_sums_and_verify_names_what_was_changed_there() {
    let Some(postgres) = Postgres::start() else {
        return;
    };
    let address = postgres.database("spoilt");
    let home = tempfile::tempdir().unwrap();
    let catalog = open(&home.path().join("a"), &address);
    write(&catalog, "anna").unwrap();
    let old = "INSERT INTO desk (bucket, key, value) VALUES ('passwords', 'anna', \
               convert_to('{\"key\":\"anna\",\"value\":\"hash\"}', 'UTF8'))";
    postgres.sql("spoilt", old);
    drop(catalog);
    let catalog = open(&home.path().join("a"), &address);
    let read = |key: &str| catalog.desk().get::<Value>("passwords", key);
    assert_eq!(read("anna").unwrap(), Some(json!("hash")));
    let text = "SELECT convert_from(value, 'UTF8') FROM desk WHERE key = 'anna'";
    assert!(postgres.ask("spoilt", text).contains("\"sum\""));
    assert_eq!(problems(&catalog), "");
    let changed = "UPDATE desk SET value = convert_to(replace(convert_from(value, 'UTF8'), 'hash', 'hush'), 'UTF8')";
    postgres.sql("spoilt", changed);
    assert!(read("anna").is_err());
    let told = problems(&catalog);
    assert!(told.contains("fond user passwd anna"), "{told}");
    catalog.desk().clear_spoilt("passwords").unwrap();
    assert_eq!(read("anna").unwrap(), None);
    assert_eq!(problems(&catalog), "");
}
