//! A house with a year of acts and people of several libraries, and a browser without scripts to walk through it.
//!
//! It asks the router in process; what the pages should say is up to each test.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::fund::{FundCommand, Order};
use catalog::people::{Role, User};
use catalog::{Doing, JournalHome};
use server::app::{App, router};
use tower::ServiceExt;

/// The golden year as a file of `fond post`.
pub const GOLDEN: &[u8] = include_bytes!("../../data/fund/golden-year.json");

/// A library with a year of acts, and people of two schools.
pub struct House {
    /// The open library.
    pub app: Arc<App>,
    router: Router,
    /// The code of the library that has the fund.
    pub library: String,
    /// The cookies that the browser sends.
    cookies: &'static str,
    _folder: tempfile::TempDir,
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// Where it leads on, when it does.
    pub location: String,
    /// The page.
    pub text: String,
}

impl Answer {
    /// Holds these words.
    ///
    /// # Panics
    /// When it does not.
    pub fn must_say(&self, words: &str) -> &Self {
        assert!(
            self.text.contains(words),
            "«{words}» is not said:\n{}",
            self.text
        );
        self
    }

    /// Has this status.
    ///
    /// # Panics
    /// When it does not.
    pub fn must_be(&self, status: StatusCode) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// The hidden pairs of the page's first form with this button, as pressing the button sends them.
    ///
    /// # Panics
    /// When there is no such button.
    #[must_use]
    pub fn press(&self, button: &str) -> Vec<(String, String)> {
        let forms = self.text.split("<form").skip(1);
        let form = forms.filter_map(|rest| rest.split_once("</form>").map(|(form, _)| form));
        let mark = format!("value=\"{button}\"");
        let form = form.into_iter().find(|form| form.contains(&mark));
        let form = form.unwrap_or_else(|| panic!("no button {button}:\n{}", self.text));
        let hidden = form.split("<input type=\"hidden\"").skip(1);
        let mut pairs: Vec<(String, String)> = hidden
            .map(|rest| (attribute(rest, "name"), attribute(rest, "value")))
            .collect();
        pairs.push(("do".into(), button.into()));
        pairs
    }
}

fn attribute(tag: &str, name: &str) -> String {
    let start = format!("{name}=\"");
    let rest = tag.split_once(&start).map_or("", |(_, rest)| rest);
    let value = rest.split('"').next().unwrap_or_default();
    let entities = [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ];
    let value = entities
        .iter()
        .fold(value.to_owned(), |text, (entity, sign)| {
            text.replace(entity, sign)
        });
    value.replace("&#60;", "<").replace("&#62;", ">")
}

fn encoded(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| {
        let bytes = text.bytes().map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        });
        bytes.collect::<String>()
    };
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Pairs of a form.
#[must_use]
pub fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

impl House {
    /// A library of the golden year.
    ///
    /// # Panics
    /// When the house is broken.
    pub fn of_the_golden_year() -> Self {
        let house = Self::open(&JournalHome::Folder, "");
        house.with_the_golden_year()
    }

    /// Two servers of one library of the golden year, whose journal is at this address.
    ///
    /// # Panics
    /// When the houses are broken.
    pub fn two_of_the_golden_year(address: &str) -> [Self; 2] {
        let home = JournalHome::Postgres(address.to_owned());
        let first = Self::open(&home, "").with_the_golden_year();
        let second = Self::open(&home, &first.library);
        [first, second]
    }

    fn open(journal: &JournalHome, library: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = Arc::new(App::open_at(folder.path(), journal, &mut |_, _| ()).unwrap());
        Self {
            router: router(Arc::clone(&app)),
            app,
            library: library.to_owned(),
            cookies: "",
            _folder: folder,
        }
    }

    fn with_the_golden_year(self) -> Self {
        let app = &self.app;
        let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
        let actor = "иванова".parse().unwrap();
        let report = catalog::post(app.catalog(), &actor, at, None, GOLDEN).unwrap();
        assert_eq!(report.refused, []);
        let nodes = catalog::fund::network::nodes(app.catalog().view()).unwrap();
        let library = nodes[0].id.to_string();
        Self { library, ..self }
    }

    /// The same, looked at in English.
    #[must_use]
    pub fn in_english(mut self) -> Self {
        self.cookies = "fond_lang=en";
        self
    }

    /// Adds a school, under another node or under none.
    ///
    /// # Panics
    /// When the house is broken.
    pub fn add_library(&self, code: &str, parent: Option<&str>) {
        let id: catalog::id::LibraryId = code.parse().unwrap();
        let node = LibraryNode {
            id: id.clone(),
            name: code.to_owned(),
            parent: parent.map(|code| code.parse().unwrap()),
            kind: NodeKind::School,
        };
        let at = jiff::Timestamp::from_second(1_790_000_100).unwrap();
        let doing = Doing::now("иванова".parse().unwrap(), at);
        let order = Order::AddLibrary(node);
        let command = FundCommand { event: None, order };
        self.app.catalog().fund(doing, &id, command).unwrap();
    }

    /// Lets a person in and gives their key.
    ///
    /// # Panics
    /// When the house is broken.
    pub fn person(&self, name: &str, role: Role, library: Option<&str>) -> String {
        let user = User {
            id: name.parse().unwrap(),
            title: String::new(),
            role,
            library: library.map(|code| code.parse().unwrap()),
            disabled: false,
        };
        self.app.admit(user).unwrap()
    }

    /// The librarian of the library with the fund.
    ///
    /// # Panics
    /// When the house is broken.
    pub fn librarian(&self) -> String {
        self.person("librarian", Role::Librarian, Some(&self.library))
    }

    async fn send(&self, method: &str, path: &str, who: &str, kind: &str, body: Body) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "text/html")
            .header(header::AUTHORIZATION, format!("Bearer {who}"))
            .header(header::CONTENT_TYPE, kind)
            .header(header::COOKIE, self.cookies)
            .body(body)
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let to = response.headers().get(header::LOCATION);
        let location = to.map_or("", |to| to.to_str().unwrap()).to_owned();
        let bytes = to_bytes(response.into_body(), 10 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer {
            status,
            location,
            text,
        }
    }

    /// Opens a page.
    ///
    /// # Panics
    /// When the house is broken.
    pub async fn get(&self, path: &str, who: &str) -> Answer {
        self.send("GET", path, who, "text/plain", Body::empty())
            .await
    }

    /// Sends a form; the step before writing and the word after it have addresses, to which it is led as a browser
    /// is. `location` then says where it has come.
    ///
    /// # Panics
    /// When the house is broken.
    pub async fn post(&self, path: &str, who: &str, form: &[(String, String)]) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        let body = Body::from(encoded(form));
        let answer = self.send("POST", path, who, kind, body).await;
        let led = ["step=preview", "done=1"].map(|step| answer.location.contains(step));
        if answer.status != StatusCode::SEE_OTHER || led == [false, false] {
            return answer;
        }
        let mut page = self.get(&answer.location, who).await;
        page.location = answer.location;
        page
    }

    /// Sends a form that must come back with this status and these words.
    ///
    /// # Panics
    /// When it does not.
    pub async fn expect(
        &self,
        (path, who): (&str, &str),
        form: &[(String, String)],
        status: StatusCode,
        words: &str,
    ) -> Answer {
        let answer = self.post(path, who, form).await;
        answer.must_be(status).must_say(words);
        answer
    }

    /// Sends a file.
    ///
    /// # Panics
    /// When the house is broken.
    pub async fn upload(&self, path: &str, who: &str, name: &str, bytes: &[u8]) -> Answer {
        let mut body = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let kind = "multipart/form-data; boundary=x";
        self.send("POST", path, who, kind, Body::from(body)).await
    }

    /// Numbers of the main fund that are free to leave.
    ///
    /// # Panics
    /// When the house is broken.
    #[must_use]
    pub fn free(&self) -> Vec<String> {
        let library = self.library.parse().unwrap();
        let items = catalog::fund::read::items(self.app.catalog().view(), &library).unwrap();
        let free = items.into_iter().filter(|item| {
            item.state == catalog::fund::state::ItemState::Available
                && item.fund == catalog::fund::axis::Fund::Main
                && item.number.is_some()
        });
        free.map(|item| item.number.unwrap().to_string()).collect()
    }
}
