//! Поступление: a document, its lines, the sum that must come out; seen first, then posted.
//!
//! The form carries everything; what was sent is kept on the desk until it is posted. Whether the act may be posted
//! is judged by the fund alone: the preview asks it to decide and writes nothing.

mod confirm;
mod form;
mod lines;
mod titles;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::Pairs;
use super::drafts::{self, Drafts};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::extract::{Form, Query};
use crate::page::{PageFrame, replacing_address, show};
use crate::problem::Problem;
use crate::view::delivery::{Candidate, DeliveryLine, Offer};
use crate::view::{Frame, Remark};
use lines::read_lines;

/// Where the form lives.
const HERE: &str = "/staff/deliveries/new";
/// Pairs of the form that are made anew each time.
const ANEW: [&str; 5] = ["scan", "later", "draft", "known", "page"];
/// Lines of the form shown at once; the others travel folded.
const PAGE: usize = 30;
const KEPT: drafts::Form = drafts::Form {
    code: "delivery",
    name: "Незаконченное поступление",
    path: HERE,
    lines: lines::held,
};

/// `GET /staff/deliveries/new`; `?draft=ID` goes on with what was begun, `&step=preview` shows what it will write.
pub(crate) async fn form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(asked): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let asked = Pairs(asked);
    let page = ask(&app, move |app| {
        let drafts = Drafts::of(app, &person, KEPT);
        let state = match drafts.open(asked.get("draft"))? {
            Some(kept) if asked.get("step") == "preview" => {
                let state = Draft::read(app, kept)?;
                return confirm::preview(app, &person, frame, state, None);
            }
            Some(kept) => Draft::read(app, kept)?,
            None => {
                let mut begun = Draft::read(app, Pairs::default())?;
                begun.offers = drafts.offers(frame.lang)?;
                let lost = drafts.lost(frame.lang, asked.get("draft"))?;
                begun.remarks.extend(lost);
                begun
            }
        };
        Ok(show(&form::filled(app, &person, frame, &state)?))
    });
    page.await
}

/// The form between two requests.
#[derive(Default)]
struct Draft {
    /// Its name on the desk.
    id: String,
    /// The page of the list that is shown, from 0.
    page: usize,
    pairs: Pairs,
    lines: Vec<DeliveryLine>,
    candidates: Vec<Candidate>,
    new_title: bool,
    known: bool,
    /// ISBN not in the catalogue that wait for their description.
    later: Vec<String>,
    remarks: Vec<Remark>,
    offers: Vec<Offer>,
    scan: String,
}

impl Draft {
    fn read(app: &App, pairs: Pairs) -> Result<Self, Problem> {
        let id = drafts::id_of(&pairs);
        Ok(Self {
            id,
            page: pairs.get("page").parse().unwrap_or(0),
            lines: read_lines(app, &pairs)?,
            // A description once opened stays until it is added or put away, whatever else is pressed.
            new_title: pairs.0.iter().any(|(name, _)| name.starts_with("new.")),
            later: pairs.all("later").map(str::to_owned).collect(),
            pairs,
            ..Self::default()
        })
    }

    /// Adds a line and turns to it.
    fn take(&mut self, line: DeliveryLine) {
        self.lines.push(line);
        self.page = (self.lines.len() - 1) / PAGE;
    }

    /// Everything that the form holds now, to be kept.
    fn pairs(&self) -> Vec<(String, String)> {
        let mut pairs = self.pairs.kept();
        pairs.retain(|(name, _)| !name.starts_with("line") && !ANEW.contains(&name.as_str()));
        if !self.new_title {
            pairs.retain(|(name, _)| !name.starts_with("new."));
        }
        let mut push = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
        push("draft", &self.id);
        for isbn in &self.later {
            push("later", isbn);
        }
        push("page", &self.page.to_string());
        push(lines::FOLDED[0], &lines::folded(&self.lines));
        pairs
    }

    fn close_title(&mut self) {
        self.new_title = false;
        self.known = false;
        self.pairs.0.retain(|(name, _)| !name.starts_with("new."));
    }
}

/// `POST /staff/deliveries/new`
pub(crate) async fn act(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    ask(&app, move |app| {
        let button = pairs.get("do").to_owned();
        let drafts = Drafts::of(app, &person, KEPT);
        let mut state = Draft::read(app, pairs)?;
        match button.split_once(':').unwrap_or((&button, "")) {
            ("forget", id) => {
                drafts.forget(id);
                return Ok(Redirect::to(HERE).into_response());
            }
            ("post", _) => return confirm::posted(app, &person, frame, state),
            ("enter", _) => titles::enter(app, &person, &mut state)?,
            ("keep", _) => {
                drafts.keep(&state.id, state.pairs());
                return Ok(StatusCode::NO_CONTENT.into_response());
            }
            (done, what) => change(app, &person, &mut state, done, what)?,
        }
        drafts.keep(&state.id, state.pairs());
        let kept = drafts.open(&state.id)?.is_some();
        if button == "preview" {
            let path = kept.then(|| drafts::preview(KEPT, &state.id));
            return confirm::preview(app, &person, frame, state, path);
        }
        if button == "edit" && kept {
            return Ok(Redirect::to(&drafts::address(KEPT, &state.id)).into_response());
        }
        shown(app, &person, frame, &state)
    })
    .await
}

fn change(
    app: &App,
    person: &Person,
    state: &mut Draft,
    done: &str,
    what: &str,
) -> Result<(), Problem> {
    match done {
        "pick" => titles::pick(app, state, what)?,
        "drop" => {
            if let Ok(at) = what.parse::<usize>()
                && at < state.lines.len()
            {
                state.lines.remove(at);
            }
        }
        "page" => state.page = what.parse().unwrap_or(0),
        "new-title" => titles::begin(state),
        "add-title" => titles::add(app, person, state, what == "anyway")?,
        "no-title" => titles::put_away(state),
        "scan" => titles::scan(app, state)?,
        _ => {}
    }
    Ok(())
}

/// The form; the address of a page that swaps it in place leads back to what it holds.
fn shown(app: &App, person: &Person, frame: Frame, state: &Draft) -> Result<Response, Problem> {
    let page = form::filled(app, person, frame, state)?;
    Ok(replacing_address(
        show(&page),
        &drafts::address(KEPT, &state.id),
    ))
}
