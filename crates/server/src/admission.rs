//! Приём: how many requests of each weight are at work at once, how many wait and how long; the rest are told
//! at once to come later, before anything is done for them.
//!
//! The place is held until the work itself ends, also when whoever asked has gone. Who asks does not matter here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::Shared;
use crate::problem::Problem;

/// Вес запроса.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// Files of pages and the questions of watchers: always answered.
    Free,
    /// What readers ask.
    Reading,
    /// What staff and their programs ask.
    Working,
    /// A short change.
    Writing,
    /// Whole files, checks of the whole base.
    Heavy,
    /// A password is slow to try, and takes memory.
    SigningIn,
}

/// What requests of one weight share.
struct Room {
    size: usize,
    places: Arc<Semaphore>,
    /// Those at work and those that wait.
    doors: Arc<Semaphore>,
    patience: Duration,
    /// A body is no longer, in bytes.
    body: usize,
}

impl Room {
    fn new(places: usize, waiting: usize, patience: u64, body: usize) -> Self {
        Self {
            size: places,
            places: Arc::new(Semaphore::new(places)),
            doors: Arc::new(Semaphore::new(places + waiting)),
            patience: Duration::from_secs(patience),
            body,
        }
    }

    /// Requests at work now.
    fn busy(&self) -> usize {
        self.size.saturating_sub(self.places.available_permits())
    }

    async fn enter(&self) -> Option<Place> {
        let door = Arc::clone(&self.doors).try_acquire_owned().ok()?;
        let place = Arc::clone(&self.places).acquire_owned();
        let place = tokio::time::timeout(self.patience, place)
            .await
            .ok()?
            .ok()?;
        Some(Place {
            _door: door,
            _place: place,
        })
    }
}

/// A place taken; free again when the last who holds it is done.
pub(crate) struct Place {
    _door: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

tokio::task_local! {
    static HELD: Arc<Place>;
}

/// The place of the request that this task works on, to be held by work that outlives the task.
pub(crate) fn held() -> Option<Arc<Place>> {
    HELD.try_with(Arc::clone).ok()
}

/// The rooms of the server.
pub(crate) struct Admission {
    reading: Room,
    working: Room,
    writing: Room,
    heavy: Room,
    signing_in: Room,
    turned_away: AtomicU64,
}

/// A body in the ordinary.
const ORDINARY: usize = 2 << 20;
/// A whole file in one request of a program.
pub(crate) const WHOLE_FILE: usize = 64 << 20;
/// A file of acts: read as a whole, it takes many times its length.
const YEARS: usize = 16 << 20;
/// A whole file with a form: it goes to disk as it comes.
pub(crate) const UPLOAD: usize = 512 << 20;

/// Short forms that anybody may send. They are read whole before they take a place, so that one that does not
/// come holds none; whoever else sends a body has been asked who it is before it is read.
const OPEN_FORMS: [&str; 4] = ["/login", "/logout", "/account", "/settings"];
const FORM: usize = 16 << 10;
/// Such a form comes within this time.
const FORM_TIME: Duration = Duration::from_secs(10);

impl Default for Admission {
    fn default() -> Self {
        // More threads than this are no quicker, and each keeps memory of its own.
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let places = |most: usize| (8 * processors).clamp(16, most);
        Self {
            reading: Room::new(places(64), 1024, 5, 64 << 10),
            working: Room::new(places(32), 256, 10, 64 << 10),
            writing: Room::new(32, 256, 10, ORDINARY),
            heavy: Room::new(2, 16, 30, WHOLE_FILE),
            signing_in: Room::new(2, 32, 10, FORM),
            turned_away: AtomicU64::new(0),
        }
    }
}

impl Admission {
    /// How many were told to come later.
    pub(crate) fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// Requests at work now, by weight.
    pub(crate) fn at_work(&self) -> [(&'static str, usize); 5] {
        [
            ("reading", self.reading.busy()),
            ("working", self.working.busy()),
            ("writing", self.writing.busy()),
            ("heavy", self.heavy.busy()),
            ("signing-in", self.signing_in.busy()),
        ]
    }

    fn room(&self, weight: Weight) -> Option<&Room> {
        match weight {
            Weight::Free => None,
            Weight::Reading => Some(&self.reading),
            Weight::Working => Some(&self.working),
            Weight::Writing => Some(&self.writing),
            Weight::Heavy => Some(&self.heavy),
            Weight::SigningIn => Some(&self.signing_in),
        }
    }
}

fn weigh(method: &Method, path: &str) -> Weight {
    let read = method.is_safe();
    let heavy = ["/import", "/post", "/verify", "/export"];
    match path {
        "/health" | "/metrics" => Weight::Free,
        _ if read && path.starts_with("/assets/") => Weight::Free,
        "/login" if !read => Weight::SigningIn,
        "/account" if !read => Weight::SigningIn,
        _ if !read && heavy.iter().any(|end| path.ends_with(end)) => Weight::Heavy,
        _ if !read => Weight::Writing,
        "/api/v1/books" => Weight::Heavy,
        _ if path.starts_with("/staff") => Weight::Working,
        _ => Weight::Reading,
    }
}

/// Lets a request in when there is a place for it.
pub(crate) async fn admit(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let weight = weigh(request.method(), request.uri().path());
    let Some(room) = app.admission().room(weight) else {
        return next.run(request).await;
    };
    let limit = match request.uri().path() {
        // The form tells the length kindly itself; this is the wall behind it.
        "/staff/import" => UPLOAD + ORDINARY,
        "/api/v1/post" => YEARS,
        _ => room.body,
    };
    if declared(&request).is_some_and(|length| length > limit as u64) && limit <= WHOLE_FILE {
        return Problem::too_large(limit).into_response();
    }
    let open = !request.method().is_safe() && OPEN_FORMS.contains(&request.uri().path());
    let request = match open {
        true => match whole(request).await {
            Ok(request) => request,
            Err(problem) => return problem.into_response(),
        },
        false => request,
    };
    let Some(place) = room.enter().await else {
        app.admission().turned_away.fetch_add(1, Ordering::Relaxed);
        return busy(request.method().is_safe()).into_response();
    };
    let request = request.map(|body| Body::new(Limited::new(body, limit)));
    HELD.scope(Arc::new(place), next.run(request)).await
}

/// The request with all of its body.
async fn whole(request: Request) -> Result<Request, Problem> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, FORM).collect();
    match tokio::time::timeout(FORM_TIME, body).await {
        Ok(Ok(body)) => Ok(Request::from_parts(head, Body::from(body.to_bytes()))),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::too_large(FORM)),
        Ok(Err(_)) | Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "body-incomplete",
            "Запрос не дошёл до конца",
        )
        .detail("Ничего не записано: проверьте связь и отправьте ещё раз")),
    }
}

fn declared(request: &Request) -> Option<u64> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

fn busy(read: bool) -> Problem {
    let detail = if read {
        "Повторите через несколько секунд"
    } else {
        "Ничего не записано: повторите через несколько секунд"
    };
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Сервер занят")
        .detail(detail)
        .retry_after(5)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_full_room_lets_some_wait_and_turns_the_rest_away_at_once() {
        let room = Room::new(1, 1, 1, 0);
        let first = room.enter().await.unwrap();
        let begun = Instant::now();
        let waits = async { (room.enter().await.is_none(), begun.elapsed()) };
        let late = async { (room.enter().await.is_none(), begun.elapsed()) };
        let ((refused, waited), (turned_away, at_once)) = tokio::join!(waits, late);
        assert!(refused && turned_away);
        assert!(waited >= Duration::from_secs(1) && at_once < waited);
        drop(first);
        assert!(room.enter().await.is_some());
    }

    #[test]
    fn watchers_are_always_answered_and_whole_files_weigh_most() {
        assert_eq!(weigh(&Method::GET, "/health"), Weight::Free);
        assert_eq!(weigh(&Method::POST, "/assets/x"), Weight::Writing);
        assert_eq!(weigh(&Method::GET, "/search"), Weight::Reading);
        assert_eq!(weigh(&Method::POST, "/login"), Weight::SigningIn);
        assert_eq!(weigh(&Method::POST, "/api/v1/import"), Weight::Heavy);
        assert_eq!(weigh(&Method::POST, "/api/v1/deliveries"), Weight::Writing);
        assert_eq!(weigh(&Method::GET, "/staff/ksu"), Weight::Working);
        assert_eq!(weigh(&Method::GET, "/api/v1/books"), Weight::Heavy);
    }
}
