//! The server as the outside tests see it: in this process through its router, or as the program `fond`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use catalog::people::{Role, User};
use serde_json::{Value, json};
use server::app::{App, router};
use tower::ServiceExt;

/// An open library whose router is asked without a network.
pub struct House {
    /// The library.
    pub app: Arc<App>,
    folder: tempfile::TempDir,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body in JSON; a text when it is something else.
    pub body: Value,
}

impl Default for House {
    fn default() -> Self {
        Self::new()
    }
}

impl House {
    /// An empty library.
    #[must_use]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path());
        Self { app, folder }
    }

    /// The same library after a restart of the server.
    #[must_use]
    pub fn restarted(self) -> Self {
        let Self { app, folder } = self;
        drop(Arc::into_inner(app).expect("nobody holds the library any more"));
        let app = open(folder.path());
        Self { app, folder }
    }

    /// A key of a new person.
    pub fn token(&self, name: &str, role: Role, library: Option<&str>) -> String {
        let user = User {
            id: name.parse().unwrap(),
            title: String::new(),
            role,
            library: library.map(|code| code.parse().unwrap()),
            disabled: false,
        };
        self.app.admit(user).unwrap()
    }

    /// The answer to a whole request.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = router(Arc::clone(&self.app)).oneshot(request).await;
        let (parts, body) = response.unwrap().into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_else(|_| text()),
        }
    }

    /// What a program reads.
    pub async fn get(&self, token: &str, path: &str) -> Answer {
        let request = asked("GET", path, token).body(Body::empty());
        self.send(request.unwrap()).await
    }

    /// What a program writes in JSON.
    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.send(json(asked("POST", path, token), body)).await
    }
}

fn open(folder: &Path) -> Arc<App> {
    Arc::new(App::open(folder, &mut |_, _| ()).unwrap())
}

/// The head of a request under a key.
pub fn asked(method: &str, path: &str, token: &str) -> axum::http::request::Builder {
    let key = format!("Bearer {token}");
    let request = Request::builder().method(method).uri(path);
    request.header(header::AUTHORIZATION, key)
}

/// A request with a body in JSON.
#[must_use]
pub fn json(request: axum::http::request::Builder, body: &Value) -> Request<Body> {
    let request = request.header(header::CONTENT_TYPE, "application/json");
    request.body(Body::from(body.to_string())).unwrap()
}

/// A short record as MARC-in-JSON.
#[must_use]
pub fn short_record(title: &str) -> Value {
    json!({
        "leader": "00000nam0a2200000   450 ",
        "fields": [
            {"101": {"ind1": "0", "ind2": " ", "subfields": [{"a": "rus"}]}},
            {"200": {"ind1": "1", "ind2": " ", "subfields": [{"a": title}]}},
            {"686": {"ind1": " ", "ind2": " ", "subfields": [{"a": "84(2)6"}, {"2": "rubbk"}]}},
        ],
    })
}

/// A school with one record, and the key of its administrator.
pub async fn school() -> (House, String) {
    let house = House::new();
    let admin = house.token("admin", Role::Admin, None);
    let school = json!({"code": "S1", "name": "Школа № 1"});
    let made = house.post(&admin, "/api/v1/libraries", &school).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let saved = house
        .post(&admin, "/api/v1/records", &short_record("Метель"))
        .await;
    assert_eq!(saved.status, StatusCode::CREATED, "{}", saved.body);
    assert_eq!(saved.headers[header::LOCATION], "/api/v1/records/1");
    (house, admin)
}

/// Two copies of that record by this waybill, as the API takes them.
#[must_use]
pub fn delivery(number: &str) -> Value {
    json!({
        "date": "2026-02-10", "source": "PURCHASE", "supplier": "Школьная книга", "fund": "MAIN",
        "document": {"kind": "WAYBILL", "no": number, "date": "2026-02-09", "total_kop": 70_000},
        "lines": [{"record": 1, "copies": 2, "price_kop": 35_000}],
    })
}

/// The program beside the running test, built when it is not there yet; `FOND_PROGRAM` names another one, such as that of
/// a release, for the long tries.
#[must_use]
pub fn fond() -> PathBuf {
    if let Some(program) = std::env::var_os("FOND_PROGRAM") {
        return program.into();
    }
    let deps = std::env::current_exe().unwrap();
    let binary = deps.ancestors().nth(2).unwrap().join("fond");
    let release = !cfg!(debug_assertions);
    let mut build = Command::new(env!("CARGO"));
    // What cargo tells a running test is no matter of the build: some packages would be built anew for it.
    for (name, _) in std::env::vars_os() {
        let told = ["CARGO_MANIFEST_", "CARGO_PKG_"];
        if told
            .iter()
            .any(|told| name.to_string_lossy().starts_with(told))
        {
            build.env_remove(name);
        }
    }
    let built = build
        .args(["build", "--quiet", "-p", "server", "--bin", "fond"])
        .args(release.then_some("--release"))
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.unwrap().success(), "the binary builds");
    binary
}
