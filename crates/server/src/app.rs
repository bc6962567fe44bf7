//! The open library as the server holds it, the bridge from async to it, and the router.
//!
//! The library is synchronous; whatever asks it from a request does so through [`App::ask`].

mod routes;

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::Instant;

use axum::Router;

use catalog::id::{BadName, LibraryId, UserId};
use catalog::table::TableError;
use catalog::{Catalog, Doing, Error, JournalHome};
use search::SearchIndex;

use crate::admission::{self, Admission};
use crate::audit::By;
use crate::auth::Limiter;
use crate::clock::now;
use crate::jobs::Jobs;
use crate::layers;
use crate::lookup::IndexFiles;
use crate::metrics::Metrics;
use crate::people::{People, PeopleError};
use crate::problem::Problem;
use crate::repeat::Replies;
use crate::standing::Readiness;
use catalog::fund::network::{self, LibraryNode, NodeKind};
use catalog::fund::{FundCommand, Order};
use catalog::people::User;

pub use routes::{Need, Route, routes};

/// The app as handlers share it.
pub(crate) type Shared = Arc<App>;

/// Открытая библиотека.
pub struct App {
    catalog: Catalog,
    index: OnceLock<SearchIndex>,
    index_files: IndexFiles,
    limiter: Limiter,
    metrics: Metrics,
    replies: Replies,
    verifying: Mutex<()>,
    copying: Mutex<()>,
    started: Instant,
    https: bool,
    tree: RwLock<String>,
    jobs: Jobs,
    admission: Admission,
    readiness: Readiness,
}

/// An index takes what was synced in the journal: one that knows more proves that the journal's end was lost. A shared
/// journal may lose it to a failover, and the index is then built anew.
fn must_reach_the_index(catalog: &Catalog) -> Result<(), Error> {
    let head = catalog.head().seq;
    match search::remembered(&catalog.folder().join("index")) {
        Some(seq) if seq > head && catalog.shared().is_none() => Err(Error::Damaged(format!(
            "Поиск знает больше, чем журнал: он на записи {seq}, журнал кончается на {head}. Конец журнала пропал: \
             восстановите папку из резервной копии. Если журнал вы заменили сами, удалите папку index"
        ))),
        Some(_) | None => Ok(()),
    }
}

impl App {
    /// Opens the library in `folder`; `progress` is told (done, of) while tables are rebuilt.
    ///
    /// # Errors
    /// As [`Catalog::open`].
    pub fn open(folder: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Self, Error> {
        Self::open_at(folder, &JournalHome::Folder, progress)
    }

    /// As [`App::open`], with the journal at this home.
    ///
    /// # Errors
    /// As [`Catalog::open_at`].
    pub fn open_at(
        folder: &Path,
        journal: &JournalHome,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, Error> {
        let catalog = Catalog::open_at(folder, journal, progress)?;
        must_reach_the_index(&catalog)?;
        let app = Self {
            catalog,
            index: OnceLock::new(),
            index_files: IndexFiles::default(),
            limiter: Limiter::default(),
            metrics: Metrics::default(),
            replies: Replies::default(),
            verifying: Mutex::default(),
            copying: Mutex::default(),
            started: Instant::now(),
            https: false,
            tree: RwLock::default(),
            jobs: Jobs::default(),
            admission: Admission::default(),
            readiness: Readiness::default(),
        };
        // What an interrupted upload left; the folder has one owner, so nobody else is writing there.
        let _ = std::fs::remove_dir_all(folder.join("uploads"));
        app.name_the_tree()?;
        Ok(app)
    }

    /// The one door of the library.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The search index, opened when it is first asked for.
    pub(crate) fn index(&self) -> Result<&SearchIndex, search::Error> {
        if let Some(index) = self.index.get() {
            return Ok(index);
        }
        let opened = SearchIndex::open(&self.catalog.folder().join("index"))?;
        Ok(self.index.get_or_init(|| opened))
    }

    /// Brings the index up to the journal now and gives it.
    pub(crate) fn fresh_index(&self) -> Result<&SearchIndex, search::Error> {
        let index = self.index()?;
        index.catch_up(&self.catalog)?;
        Ok(index)
    }

    /// The entry that answers to searches are from; 0 before the index is opened.
    pub(crate) fn index_position(&self) -> u64 {
        self.index.get().map_or(0, |index| index.position().get())
    }

    pub(crate) fn index_files(&self) -> &IndexFiles {
        &self.index_files
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// First answers to writing requests, for their repeats.
    pub(crate) fn replies(&self) -> &Replies {
        &self.replies
    }

    /// Held while the base is checked: two checks at once would build over one another.
    pub(crate) fn verifying(&self) -> &Mutex<()> {
        &self.verifying
    }

    /// Held while a copy is made and tried: two at once would write over one another.
    pub(crate) fn copying(&self) -> &Mutex<()> {
        &self.copying
    }

    /// Whether the journal took changes when it was asked last.
    pub(crate) fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Places for requests.
    pub(crate) fn admission(&self) -> &Admission {
        &self.admission
    }

    pub(crate) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Cookies go out for https only.
    pub(crate) fn over_https(mut self, https: bool) -> Self {
        self.https = https;
        self
    }

    pub(crate) fn https(&self) -> bool {
        self.https
    }

    pub(crate) fn people(&self) -> People<'_> {
        People {
            catalog: &self.catalog,
            limiter: &self.limiter,
            tree: self.tree_name(),
        }
    }

    /// Заводит человека, if there is none of the name, and gives a key for their programs.
    ///
    /// # Errors
    /// As [`Catalog::set_user`]; [`Error::NotFound`] says what does not fit.
    pub fn admit(&self, user: User) -> Result<String, Error> {
        let people = self.people();
        let name = user.id.clone();
        let admitted = match self.catalog.user(&name)? {
            Some(_) => Ok(()),
            None => people.add(Doing::now(name.clone(), now()), user, None),
        };
        let by = By {
            actor: &name,
            address: "",
        };
        match admitted.and_then(|()| people.token(by, &name)) {
            Ok(token) => Ok(token),
            Err(PeopleError::Wrong(why)) => Err(Error::NotFound(why)),
            Err(PeopleError::Catalog(error)) => Err(error),
        }
    }

    /// The name of the whole: of the only library, or of the node above all.
    pub(crate) fn tree_name(&self) -> String {
        self.tree
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Reads the name of the whole again; called when the tree has changed.
    pub(crate) fn name_the_tree(&self) -> Result<(), TableError> {
        let nodes = network::nodes(self.catalog.view())?;
        let top = nodes.iter().find(|node| node.parent.is_none());
        let name = top.map_or_else(|| "Библиотека".to_owned(), |node| node.name.clone());
        *self.tree.write().unwrap_or_else(PoisonError::into_inner) = name;
        Ok(())
    }

    pub(crate) fn libraries(&self) -> Result<Vec<LibraryNode>, TableError> {
        network::nodes(self.catalog.view())
    }

    /// The library that a command is for: the one named, or the only one.
    pub(crate) fn the_library(&self, named: Option<&LibraryId>) -> Result<LibraryId, Error> {
        match self.library_named(named)? {
            Some(library) => Ok(library),
            None => Err(Error::NotFound(
                "Библиотек здесь ещё нет: заведите первую командой fond library add".to_owned(),
            )),
        }
    }

    /// As [`App::the_library`], for what begins a library: without any, `MAIN` is made first.
    pub(crate) fn the_library_or_main(
        &self,
        named: Option<&LibraryId>,
        actor: &UserId,
    ) -> Result<LibraryId, Error> {
        match self.library_named(named)? {
            Some(library) => Ok(library),
            None => self.make_main(actor),
        }
    }

    /// `None` when none is named and there is none at all.
    fn library_named(&self, named: Option<&LibraryId>) -> Result<Option<LibraryId>, Error> {
        let nodes = self.libraries()?;
        if let Some(named) = named {
            let known = nodes.iter().any(|node| node.id == *named);
            return if known {
                Ok(Some(named.clone()))
            } else {
                Err(Error::NotFound(format!(
                    "Библиотеки {named} нет: заведите её командой fond library add"
                )))
            };
        }
        let legal = nodes.iter().filter(|node| node.kind != NodeKind::Building);
        let leaves = legal.filter(|node| {
            !nodes
                .iter()
                .any(|n| n.parent.as_ref() == Some(&node.id) && n.kind != NodeKind::Building)
        });
        let leaves = leaves.collect::<Vec<_>>();
        match leaves.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.id.clone())),
            [..] => Err(Error::NotFound(
                "Библиотек несколько: назовите одну через --library КОД".to_owned(),
            )),
        }
    }

    fn make_main(&self, actor: &UserId) -> Result<LibraryId, Error> {
        let main: LibraryId = "MAIN"
            .parse()
            .map_err(|error: BadName| Error::NotFound(error.to_string()))?;
        let node = LibraryNode {
            id: main.clone(),
            name: "Библиотека".to_owned(),
            parent: None,
            kind: NodeKind::School,
        };
        let order = Order::AddLibrary(node);
        let command = FundCommand { event: None, order };
        self.catalog
            .fund(Doing::now(actor.clone(), now()), &main, command)?;
        self.name_the_tree()?;
        Ok(main)
    }

    pub(crate) fn stands_under(
        &self,
        place: &LibraryId,
        above: &LibraryId,
    ) -> Result<bool, TableError> {
        network::stands_under(self.catalog.view(), place, above)
    }
}

/// Asks the library from a request: the work runs on a thread where it may block.
pub(crate) async fn ask<T: Send + 'static>(
    app: &Shared,
    work: impl FnOnce(&App) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let app = Arc::clone(app);
    // The place of the request stays taken until the work ends, also when the client has gone.
    let place = admission::held();
    tokio::task::spawn_blocking(move || {
        let answer = work(&app);
        drop(place);
        answer
    })
    .await?
}

/// Every page, every machine route and what lies around them all.
pub fn router(app: Shared) -> Router {
    let mut router = Router::new();
    for route in routes() {
        router = router.route(route.path, route.guarded(&app));
    }
    layers::around(router, app)
}
