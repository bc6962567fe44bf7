//! Краткое описание: a record made or corrected in a few rows, outside any delivery.
//!
//! What may stand as checked is judged by the catalogue's door (D-12); here findings are only put beside rows.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use uuid::Uuid;

use catalog::id::{LibraryId, RecordId, Seq};
use catalog::record::check::{self, isbn_key};
use catalog::record::{BiblioRecord, brief::brief};
use catalog::rule::Finding;
use catalog::{Doing, Error, RecordDraft, RecordStatus, StoredRecord};
use search::{Audience, Query as Question};

use super::{Pairs, library_choice, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::{now, today};
use crate::extract::{Form, Path};
use crate::page::{PageFrame, show, show_as};
use crate::problem::Problem;
use crate::view::parts::{Field, Pick, Takes};
use crate::view::records::{ShortRecordPage, ShortRows};
use crate::view::{Choice, Frame, Remark};
use crate::{fields, short};

const NEW: &str = "/staff/records/new";
/// How many like records are shown.
const LIKE: usize = 5;

/// The form between two requests.
struct Draft {
    pairs: Pairs,
    /// The record that is corrected; `None` makes a new one.
    stands: Option<StoredRecord>,
    remarks: Vec<Remark>,
    similar: Vec<(String, String)>,
    marc: Option<BiblioRecord>,
}

impl Draft {
    fn new(stands: Option<StoredRecord>, pairs: Pairs) -> Self {
        Self {
            pairs,
            stands,
            remarks: Vec::new(),
            similar: Vec::new(),
            marc: None,
        }
    }

    /// What stands in a row: as typed, or as the record has it before anything was sent.
    fn value(&self, name: &str) -> String {
        let sent = self.pairs.all(name).next();
        match (&self.stands, sent) {
            (_, Some(typed)) => typed.trim().to_owned(),
            (Some(stands), None) => short::value(&stands.record, name),
            (None, None) => String::new(),
        }
    }

    fn made(&self) -> Result<BiblioRecord, String> {
        match &self.stands {
            Some(stands) => short::corrected(&stands.record, |name| self.value(name)),
            None => short::record(|name| self.value(name)).map_err(|wrong| wrong.why),
        }
    }
}

/// A record that the person may correct.
fn theirs(app: &App, person: &Person, id: RecordId) -> Result<StoredRecord, Problem> {
    let stored = app.catalog().record(id)?;
    person.must_work_in(app, &stored.owner)?;
    Ok(stored)
}

/// `GET /staff/records/new`
pub(crate) async fn new_form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        filled(app, &person, frame, &Draft::new(None, Pairs::default()))
    });
    Ok(show(&page.await?))
}

/// `GET /staff/records/{id}/edit`
pub(crate) async fn edit_form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<RecordId>,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        let stands = theirs(app, &person, id)?;
        filled(
            app,
            &person,
            frame,
            &Draft::new(Some(stands), Pairs::default()),
        )
    });
    Ok(show(&page.await?))
}

/// `POST /staff/records/new`
pub(crate) async fn add(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    ask(&app, move |app| {
        sent(app, &person, frame, Draft::new(None, Pairs(pairs)))
    })
    .await
}

/// `POST /staff/records/{id}/edit`
pub(crate) async fn edit(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<RecordId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    ask(&app, move |app| {
        let stands = theirs(app, &person, id)?;
        sent(app, &person, frame, Draft::new(Some(stands), Pairs(pairs)))
    })
    .await
}

fn sent(app: &App, person: &Person, frame: Frame, mut state: Draft) -> Result<Response, Problem> {
    let record = match state.made() {
        Ok(record) => record,
        Err(why) => {
            let row = if why.contains("заглавие") {
                "title"
            } else {
                "year"
            };
            state.remarks.push(Remark::bad(why, row));
            let page = filled(app, person, frame, &state)?;
            return Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    if state.pairs.get("do") == "marc" {
        let found = check::check_on(&record, today());
        state.remarks = found.iter().filter_map(remark).collect();
        state.marc = Some(record);
        return Ok(show(&filled(app, person, frame, &state)?));
    }
    if state.stands.is_none() && state.pairs.get("sure").is_empty() {
        state.similar = like(app, &record)?;
        if !state.similar.is_empty() {
            let page = filled(app, person, frame, &state)?;
            return Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    }
    match save(app, person, &state, record) {
        Ok(id) => Ok(Redirect::to(&format!("/staff/records/{id}")).into_response()),
        Err(Error::Refused(findings)) => {
            state.remarks = vec![Remark::bad(
                "Проверенной запись пока не сохранить: исправьте названное ниже или сохраните черновиком",
                "status",
            )];
            state.remarks.extend(findings.iter().filter_map(remark));
            let page = filled(app, person, frame, &state)?;
            Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(Error::Stale { .. }) => {
            let why = "Пока вы правили, запись сохранил кто-то другой. Скопируйте свои правки, \
                откройте запись заново и внесите их ещё раз";
            state.remarks = vec![Remark::bad(why, "")];
            let page = filled(app, person, frame, &state)?;
            Ok(show_as(StatusCode::CONFLICT, &page))
        }
        Err(error) => Err(error.into()),
    }
}

fn save(
    app: &App,
    person: &Person,
    state: &Draft,
    record: BiblioRecord,
) -> Result<RecordId, Error> {
    let owner = match &state.stands {
        Some(stands) => stands.owner.clone(),
        None => owner(app, person, state)?,
    };
    let seen = state.pairs.get("version").parse::<u64>().map(Seq::new).ok();
    let replaces = state
        .stands
        .as_ref()
        .map(|stands| (stands.id, seen.unwrap_or(stands.version)));
    let mut doing = Doing::now(person.user.id.clone(), now());
    doing.command_id = Uuid::parse_str(state.pairs.get("key")).ok();
    // What was typed tells a repeat: the record it is laid over has changed by the first press.
    let typed = format!("{replaces:?} {:?}", state.pairs.0);
    doing.request = Some(*blake3::hash(typed.as_bytes()).as_bytes());
    let draft = RecordDraft {
        replaces,
        owner,
        status: match state.pairs.get("status") {
            "final" => RecordStatus::Final,
            "deleted" => RecordStatus::Deleted,
            _ => RecordStatus::Draft,
        },
        record,
    };
    app.catalog().save_record(doing, draft).map(|(id, _)| id)
}

fn owner(app: &App, person: &Person, state: &Draft) -> Result<LibraryId, Error> {
    workplace(app, person, state.pairs.get("library"))
        .map(|library| library.id)
        .map_err(|problem| Error::NotFound(problem.text()))
}

/// Records that look the same: by ISBN, else by title and author.
fn like(app: &App, record: &BiblioRecord) -> Result<Vec<(String, String)>, Problem> {
    let of = brief(record);
    let words = match of.isbn.first() {
        Some(isbn) => isbn.clone(),
        None => format!("{} {}", of.title, of.authors.join(" ")),
    };
    let question = Question {
        audience: Audience::Staff,
        limit: LIKE,
        ..Question::new(&words)
    };
    let ours: Vec<String> = of.isbn.iter().filter_map(|isbn| isbn_key(isbn)).collect();
    let mut found = Vec::new();
    let page = app.ask_fresh_index(|index| index.search(&question))?;
    for hit in page.hits {
        let stored = app.catalog().record(hit.id)?;
        let theirs = brief(&stored.record);
        let same_title = theirs.title.to_lowercase() == of.title.to_lowercase();
        let mut keys = theirs.isbn.iter().filter_map(|isbn| isbn_key(isbn));
        let same_isbn = keys.any(|key| ours.contains(&key));
        let year = of.date.as_deref().unwrap_or_default().trim();
        let same_year = year.is_empty() || theirs.date.as_deref() == Some(year);
        if same_isbn || same_title && same_year {
            let words = theirs.short();
            found.push((words, format!("/staff/records/{}", hit.id)));
        }
    }
    Ok(found)
}

/// A finding in words, beside its row where there is one; what is given on saving is no news.
fn remark(finding: &Finding) -> Option<Remark> {
    let row = match finding.place.split(['[', '$']).next().unwrap_or_default() {
        "001" | "005" => return None,
        "200" => "title",
        "010" => "isbn",
        "210" | "100" => "year",
        "215" => "pages",
        "686" | "675" => "class",
        "700" | "701" | "702" => "author",
        _ => "",
    };
    Some(Remark {
        place: String::new(),
        field: row.to_owned(),
        ..Remark::from(finding)
    })
}

fn filled(
    app: &App,
    person: &Person,
    frame: Frame,
    state: &Draft,
) -> Result<ShortRecordPage, Problem> {
    let row = |name: &str| {
        let known = short::ROWS.iter().find(|(known, ..)| *known == name);
        let (label, required) = known.map_or(("", false), |(_, label, must)| (*label, *must));
        let mut field = Field::new(name, label, state.value(name));
        field.required = required;
        field.takes = match name {
            "year" | "isbn" => Takes::Number,
            _ => Takes::Text,
        };
        let of_row = state
            .remarks
            .iter()
            .filter(|r| r.field == name && r.tone == "bad");
        field.errors = of_row.map(|remark| remark.text.clone()).collect();
        field
    };
    let (heading, action, version, back) = match &state.stands {
        Some(stands) => (
            "Исправить описание",
            format!("/staff/records/{}/edit", stands.id),
            match state.pairs.get("version") {
                "" => stands.version.to_string(),
                seen => seen.to_owned(),
            },
            frame.crumb(
                brief(&stands.record).short(),
                format!("/staff/records/{}", stands.id),
            ),
        ),
        None => (
            "Новое описание",
            NEW.to_owned(),
            String::new(),
            frame.crumb("Рабочий стол", "/staff"),
        ),
    };
    let key = match state.pairs.get("key") {
        "" => Uuid::new_v4().to_string(),
        key => key.to_owned(),
    };
    let sure = !state.similar.is_empty() || !state.pairs.get("sure").is_empty();
    Ok(ShortRecordPage {
        action,
        rows: ShortRows {
            title_page: ["title", "subtitle", "author"].map(row).to_vec(),
            imprint: ["place", "publisher", "year"].map(row).to_vec(),
            rest: ["isbn", "pages", "class"].map(row).to_vec(),
            choices: choices(app, person, state)?,
        },
        hidden: vec![
            ("version".to_owned(), version),
            ("key".to_owned(), key),
            ("sure".to_owned(), if sure { "1" } else { "" }.to_owned()),
        ],
        remarks: state.remarks.clone(),
        similar: state.similar.clone(),
        marc: state.marc.as_ref().map_or_else(Vec::new, fields::lines),
        heading: heading.to_owned(),
        f: back,
    })
}

/// State, and whose it is to be when it is new.
fn choices(app: &App, person: &Person, state: &Draft) -> Result<Vec<Choice>, Problem> {
    let mut statuses = vec![
        Pick::new("draft", "Черновик: можно доделать потом"),
        Pick::new("final", "Проверена: описание полное"),
    ];
    let stands = match state.stands.as_ref().map(|stored| stored.status) {
        Some(RecordStatus::Final) => "final",
        Some(RecordStatus::Deleted) => {
            statuses.push(Pick::new("deleted", "Снята: читатели её не видят"));
            "deleted"
        }
        Some(RecordStatus::Imported | RecordStatus::Draft) | None => "draft",
    };
    let chosen = match state.pairs.get("status") {
        "" => stands,
        typed => typed,
    };
    let mut choices = vec![Choice::new("status", "Состояние", chosen, statuses)];
    if state.stands.is_none() {
        let library = workplace(app, person, state.pairs.get("library"))?;
        choices.extend(library_choice(app, person, &library)?);
    }
    Ok(choices)
}
