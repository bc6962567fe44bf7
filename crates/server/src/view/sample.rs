//! Sample pages: every page with made-up data, for looking at and for tests without a library.
//!
//! Nothing here is shown to a reader; `/staff/parts` alone is served from it.

mod books;
mod fund;
mod opac;
mod parts;

use askama::Template;

use super::frame::{Frame, Role, Scheme, Viewer};
use super::lang::Lang;

pub use parts::parts_page;

/// One page: its address and how to make it.
pub struct Sample {
    /// Path and query.
    pub path: &'static str,
    /// The page for this language, scheme and role.
    pub render: fn(&Look) -> Result<String, askama::Error>,
}

/// How the samples are to be looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Language.
    pub lang: Lang,
    /// Scheme.
    pub scheme: Scheme,
    /// Who looks at staff pages.
    pub role: Role,
}

impl Look {
    fn public(&self, path: &str) -> Frame {
        let mut f = Frame::new(self.lang, self.scheme, path);
        "Библиотека школы № 12".clone_into(&mut f.library);
        f
    }

    fn staff(&self, path: &str) -> Frame {
        self.public(path).seen_by(Viewer {
            name: "Иванова А. П.".into(),
            role: self.role,
            library: "Школа № 12".into(),
        })
    }
}

/// Every page.
pub const SAMPLES: &[Sample] = &[
    Sample {
        path: "/",
        render: |look| opac::start(look).render(),
    },
    Sample {
        path: "/search?q=сказки",
        render: |look| opac::results(look).render(),
    },
    Sample {
        path: "/search?q=ничего",
        render: |look| opac::nothing(look).render(),
    },
    Sample {
        path: "/records/1",
        render: |look| opac::record(look).render(),
    },
    Sample {
        path: "/login",
        render: |look| opac::login(look).render(),
    },
    Sample {
        path: "/problem/403",
        render: |look| opac::problem(look, 403).render(),
    },
    Sample {
        path: "/problem/404",
        render: |look| opac::problem(look, 404).render(),
    },
    Sample {
        path: "/problem/422",
        render: |look| opac::problem(look, 422).render(),
    },
    Sample {
        path: "/problem/500",
        render: |look| opac::problem(look, 500).render(),
    },
    Sample {
        path: "/staff",
        render: |look| books::home(look).render(),
    },
    Sample {
        path: "/staff/import",
        render: |look| fund::import(look).render(),
    },
    Sample {
        path: "/staff/import/1",
        render: |look| fund::import_report(look).render(),
    },
    Sample {
        path: "/staff/records/1",
        render: |look| fund::record(look).render(),
    },
    Sample {
        path: "/staff/records/new",
        render: |look| fund::short_record(look).render(),
    },
    Sample {
        path: "/staff/deliveries/new",
        render: |look| fund::delivery(look).render(),
    },
    Sample {
        path: "/staff/deliveries/new?start",
        render: |look| fund::delivery_start(look).render(),
    },
    Sample {
        path: "/staff/deliveries/confirm",
        render: |look| fund::confirm(look).render(),
    },
    Sample {
        path: "/staff/deliveries/done",
        render: |look| fund::done(look).render(),
    },
    Sample {
        path: "/staff/withdrawals/new",
        render: |look| fund::withdrawal(look).render(),
    },
    Sample {
        path: "/staff/checks",
        render: |look| fund::checks(look).render(),
    },
    Sample {
        path: "/staff/checks/1",
        render: |look| fund::check(look).render(),
    },
    Sample {
        path: "/staff/ksu?part=1",
        render: |look| books::ksu(look, 1).render(),
    },
    Sample {
        path: "/staff/ksu?part=2",
        render: |look| books::ksu(look, 2).render(),
    },
    Sample {
        path: "/staff/ksu?part=3",
        render: |look| books::ksu(look, 3).render(),
    },
    Sample {
        path: "/staff/inventory",
        render: |look| books::inventory(look).render(),
    },
    Sample {
        path: "/staff/acts",
        render: |look| books::acts(look).render(),
    },
    Sample {
        path: "/staff/acts/1",
        render: |look| books::act(look).render(),
    },
    Sample {
        path: "/staff/periods",
        render: |look| books::periods(look).render(),
    },
    Sample {
        path: "/staff/libraries",
        render: |look| parts::libraries(look).render(),
    },
    Sample {
        path: "/staff/users",
        render: |look| parts::users(look).render(),
    },
    Sample {
        path: "/staff/verify",
        render: |look| parts::verify(look).render(),
    },
    Sample {
        path: "/staff/parts",
        render: |look| parts_page(look.staff("/staff/parts")).render(),
    },
];
