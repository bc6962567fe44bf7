//! The walls as data: which module may name which, and where each foreign package may be named.
//!
//! A wall moves only here. Whether two modules *should* know each other is argued in
//! `ARCHITECTURE.md`, not in this file.

use super::names::{Name, Place, names, place};
use super::{Breach, Source};

/// A room of the crate `catalog` and the rooms it may name besides itself; `*` is all of them.
pub const ROOMS: &[(&str, &[&str])] = &[
    ("id", &[]),
    ("rule", &["id"]),
    ("table", &["id", "rule"]),
    ("record", &["id", "rule", "table"]),
    ("fund", &["id", "rule", "table"]),
    ("loan", &["id", "rule", "table"]),
    ("people", &["id", "rule", "table"]),
    ("shelf", &["id", "rule", "table", "record"]),
    ("error", &["id", "rule", "table"]),
    (
        "change",
        &["id", "table", "record", "fund", "loan", "people", "shelf"],
    ),
    (
        "store",
        &[
            "id", "rule", "table", "error", "record", "fund", "loan", "people", "shelf", "change",
        ],
    ),
    ("catalog", &["*"]),
    ("import", &["*"]),
    ("post", &["*"]),
    ("titles", &["*"]),
    ("probe", &["*"]),
    ("", &["*"]),
];

/// What a crate may name of the others, and one of their rooms that stays closed to it.
pub const CRATES: &[(&str, &[&str])] = &[
    ("catalog", &[]),
    ("search", &["catalog"]),
    ("server", &["catalog", "search"]),
];

/// Rooms that nobody outside their crate may name.
pub const PRIVATE: &[(&str, &str)] = &[("catalog", "store")];

/// Rooms of one crate that never name each other, in this direction.
pub const BLIND: &[(&str, &str, &str)] = &[
    ("server", "opac", "staff"),
    ("server", "staff", "opac"),
    ("server", "protocol", "staff"),
    ("server", "protocol", "opac"),
];

/// A foreign package and the only places that may name it: paths from the root, as prefixes.
pub const HOSTS: &[(&str, &[&str])] = &[
    ("sled", &["crates/catalog/src/store/tables"]),
    (
        "tar",
        &[
            "crates/catalog/src/store/backup",
            "crates/catalog/src/store/restore",
        ],
    ),
    (
        "tokio_postgres",
        &["crates/catalog/src/store/journal/postgres"],
    ),
    ("chacha20poly1305", &["crates/catalog/src/people/seal"]),
    (
        "crc32c",
        &["crates/catalog/src/store/", "tests/src/foreign/stored"],
    ),
    (
        "ciborium",
        &["crates/catalog/src/table.rs", "crates/catalog/src/store"],
    ),
    (
        "zstd",
        &[
            "crates/catalog/src/shelf.rs",
            "crates/catalog/src/import",
            "crates/catalog/src/record/",
            "crates/catalog/src/store/backup",
            "crates/catalog/src/store/payload",
            "crates/catalog/src/store/restore",
            "crates/catalog/src/store/journal/packed",
            "crates/catalog/src/store/tables",
            "tests/src/foreign/stored",
        ],
    ),
    (
        "rustix",
        &[
            "crates/catalog/src/store/journal/space",
            "crates/server/src/listen",
            "crates/server/src/main",
            "crates/server/src/standing",
        ],
    ),
    ("rustls", &["crates/catalog/src/store/journal/postgres/"]),
    (
        "tokio_postgres_rustls",
        &["crates/catalog/src/store/journal/postgres/"],
    ),
    ("marc", &["crates/catalog/src/record/iso2709"]),
    ("encoding_rs", &["crates/catalog/src/record/charset"]),
    ("quick_xml", &["crates/catalog/src/record/"]),
    ("calamine", &["crates/catalog/src/record/tabular/workbook"]),
    ("zip", &["crates/catalog/src/record/tabular/workbook"]),
    ("csv", &["crates/catalog/src/record/tabular/"]),
    ("tantivy", &["crates/search/src/"]),
    ("axum", &["crates/server/src/", "tests/"]),
    (
        "tokio",
        &[
            "crates/catalog/src/store/journal/postgres/client",
            "crates/server/src/",
            "tests/",
        ],
    ),
    ("tower", &["crates/server/src/", "tests/"]),
    ("tower_http", &["crates/server/src/"]),
    ("askama", &["crates/server/src/"]),
    ("rust_embed", &["crates/server/src/"]),
    ("argon2", &["crates/server/src/"]),
    ("clap", &["crates/server/src/"]),
    ("indicatif", &["crates/server/src/"]),
    ("utoipa", &["crates/server/src/"]),
    ("tracing_subscriber", &["crates/server/src/"]),
    ("hyper", &["crates/server/src/listen"]),
    ("hyper_util", &["crates/server/src/listen"]),
    ("tokio_rustls", &["crates/server/src/listen", "tests/"]),
    (
        "http_body",
        &["crates/server/src/listen", "crates/server/src/pieces"],
    ),
    ("http_body_util", &["crates/server/src/admission"]),
    ("ureq", &["tests/"]),
];

/// Calls that ask what time it is; only the server has a clock.
pub const CLOCKS: &[&str] = &["Timestamp::now", "Zoned::now", "SystemTime::now"];

/// Every wall that this source breaks.
#[must_use]
pub fn breaches(source: &Source) -> Vec<Breach> {
    if !source.is_rust() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let place = place(&source.path);
    if let Some(place) = &place {
        if let Some(breach) = unknown_room(source, place) {
            found.push(breach);
        }
        for name in names(source) {
            found.extend(rooms(source, place, &name));
            found.extend(crates(source, place, &name));
            found.extend(clock(source, place, &name));
            found.extend(host(source, &name));
        }
    }
    found
}

fn unknown_room(source: &Source, place: &Place) -> Option<Breach> {
    let room = place.modules.first().map_or("", String::as_str);
    let known = place.krate != "catalog" || ROOMS.iter().any(|(name, _)| *name == room);
    (!known).then(|| {
        Breach::new(
            source,
            1,
            format!("`{room}` has no row in ROOMS of tests/src/house/walls.rs"),
        )
    })
}

fn rooms(source: &Source, place: &Place, name: &Name) -> Option<Breach> {
    if name.path.first() != Some(&place.krate) {
        return None;
    }
    let room = place.modules.first().map_or("", String::as_str);
    let target = name.path.get(1)?.as_str();
    if target == room {
        return None;
    }
    if place.krate == "catalog" {
        let may = ROOMS.iter().find(|(from, _)| *from == room)?.1;
        let is_room = ROOMS.iter().any(|(to, _)| *to == target);
        // An item re-exported by the front page hides the room it comes from.
        let by_front_page = target == "*" || target.starts_with(|c: char| c.is_uppercase());
        let allowed = may.contains(&"*") || may.contains(&target);
        return ((is_room || by_front_page) && !allowed).then(|| {
            Breach::new(
                source,
                name.line,
                format!("`{room}` may not name `crate::{target}`"),
            )
        });
    }
    BLIND
        .iter()
        .any(|(krate, from, to)| *krate == place.krate && *from == room && *to == target)
        .then(|| {
            Breach::new(
                source,
                name.line,
                format!("`{room}` never names `{target}`"),
            )
        })
}

fn crates(source: &Source, place: &Place, name: &Name) -> Option<Breach> {
    let target = name.path.first()?.as_str();
    if target == place.krate || !CRATES.iter().any(|(krate, _)| *krate == target) {
        return None;
    }
    let may = CRATES.iter().find(|(from, _)| *from == place.krate)?.1;
    let room = name.path.get(1).map_or("", String::as_str);
    let what = if !may.contains(&target) {
        format!("`{}` may not name `{target}`", place.krate)
    } else if PRIVATE.contains(&(target, room)) {
        format!("`{target}::{room}` is not for outsiders: use the door `{target}::Catalog`")
    } else {
        return None;
    };
    Some(Breach::new(source, name.line, what))
}

fn clock(source: &Source, place: &Place, name: &Name) -> Option<Breach> {
    let path = name.path.join("::");
    let asks = CLOCKS.iter().any(|call| path.ends_with(call));
    (asks && place.krate != "server").then(|| {
        Breach::new(
            source,
            name.line,
            "time is an argument here; only the server has a clock",
        )
    })
}

fn host(source: &Source, name: &Name) -> Option<Breach> {
    let package = name.path.first()?.as_str();
    let (_, hosts) = HOSTS.iter().find(|(known, _)| *known == package)?;
    let at_home = hosts.iter().any(|host| source.path.starts_with(host));
    (!at_home).then(|| {
        Breach::new(
            source,
            name.line,
            format!("`{package}` may be named only in {}", hosts.join(", ")),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        breaches(&Source::new(path, text))
            .iter()
            .map(|b| format!("{}: {}", b.line, b.what))
            .collect()
    }

    #[test]
    fn a_wing_that_names_the_other_is_caught() {
        let text = "//! x\nuse crate::{id::Seq,\n  record::Tag};\n";
        assert_eq!(
            found("crates/catalog/src/fund/act.rs", text),
            ["3: `fund` may not name `crate::record`"]
        );
        assert_eq!(
            found(
                "crates/catalog/src/record/check.rs",
                "fn f() { crate::fund::go() }"
            ),
            ["1: `record` may not name `crate::fund`"]
        );
    }

    #[test]
    fn a_wing_may_name_the_ground_and_itself() {
        let text = "use crate::{id::Seq, rule::Rule, table::View, fund::money::Kopecks};";
        assert!(found("crates/catalog/src/fund/act.rs", text).is_empty());
        assert!(
            found(
                "crates/catalog/src/catalog.rs",
                "use crate::{record, store};"
            )
            .is_empty()
        );
    }

    #[test]
    fn the_front_page_is_no_way_around_a_wall() {
        let text = "use crate::BiblioRecord;";
        assert_eq!(
            found("crates/catalog/src/fund.rs", text),
            ["1: `fund` may not name `crate::BiblioRecord`"]
        );
    }

    #[test]
    fn a_room_without_a_row_is_caught() {
        assert_eq!(found("crates/catalog/src/extra.rs", "").len(), 1);
    }

    #[test]
    fn an_outsider_does_not_see_the_store() {
        let text = "use catalog::store::Store;\nuse catalog::Catalog;";
        assert_eq!(found("crates/server/src/app.rs", text).len(), 1);
        assert_eq!(
            found("crates/search/src/index.rs", "use server::App;").len(),
            1
        );
    }

    #[test]
    fn readers_pages_and_staff_pages_are_blind_to_each_other() {
        let text = "use crate::staff::acts;";
        assert_eq!(found("crates/server/src/opac/search.rs", text).len(), 1);
        assert!(found("crates/server/src/app.rs", text).is_empty());
    }

    #[test]
    fn a_foreign_package_outside_its_host_is_caught() {
        for (path, text) in [
            ("crates/catalog/src/store.rs", "use sled::Db;"),
            (
                "crates/catalog/src/record/marcxml.rs",
                "fn f() { marc::read() }",
            ),
            ("crates/server/src/opac.rs", "use tantivy::Index;"),
            ("crates/catalog/src/store/journal.rs", "use tokio::task;"),
        ] {
            assert_eq!(found(path, text).len(), 1, "{path}");
        }
        assert!(found("crates/catalog/src/store/tables.rs", "use sled::Db;").is_empty());
        let iso = "crates/catalog/src/record/iso2709/write.rs";
        assert!(found(iso, "use marc::Record;").is_empty());
    }

    #[test]
    fn the_core_does_not_ask_the_time() {
        let text = "fn f() { jiff::Timestamp::now() }";
        assert_eq!(found("crates/catalog/src/catalog.rs", text).len(), 1);
        assert!(found("crates/server/src/clock.rs", text).is_empty());
    }
}
