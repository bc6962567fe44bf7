//! `fond library …`: the tree of libraries.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::Path;

use catalog::fund::network::{LibraryNode, NodeKind, node};
use catalog::fund::policy::Policy;
use catalog::fund::{FundCommand, Order};
use catalog::id::LibraryId;
use catalog::{Doing, Error};

use super::args::{AddLibrary, ChangeLibrary, Kind, Library};
use crate::app::App;
use crate::clock::now;
use crate::io::{ExitStatus, Io};

/// Runs one of the commands about libraries.
pub(super) fn run(command: Library, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let done = match command {
        Library::Add(add) => added(add, app, io),
        Library::Change(change) => changed(change, app, io),
        Library::List => return list(app, io),
    };
    match done {
        Ok(()) => ExitStatus::Done,
        Err(Error::Refused(findings)) => {
            for finding in findings {
                io.say(finding);
            }
            ExitStatus::Findings
        }
        Err(error) => io.cannot(error),
    }
}

fn added(add: AddLibrary, app: &App, io: &Io<'_>) -> Result<(), Error> {
    // The file is read and understood before anything is written.
    let policy = add.policy.map(|file| policy(&io.path(&file))).transpose()?;
    let node = LibraryNode {
        id: add.code,
        name: add.name,
        parent: add.parent,
        kind: match add.kind {
            Kind::Region => NodeKind::Region,
            Kind::Municipality => NodeKind::Municipality,
            Kind::School => NodeKind::School,
            Kind::Building => NodeKind::Building,
        },
    };
    let library = node.id.clone();
    carry_out(&library, Order::AddLibrary(node), policy, app, io)
}

fn changed(change: ChangeLibrary, app: &App, io: &Io<'_>) -> Result<(), Error> {
    let policy = change.policy.map(|file| policy(&io.path(&file)));
    let policy = policy.transpose()?;
    let library = app.the_library(Some(&change.code))?;
    let stands = node(app.catalog().view(), &library)?;
    let stands = stands.ok_or_else(|| Error::NotFound(format!("Библиотеки {library} нет")))?;
    let node = LibraryNode {
        name: change.name.unwrap_or(stands.name),
        parent: change.parent.or(stands.parent),
        ..stands
    };
    carry_out(&library, Order::ChangeLibrary(node), policy, app, io)
}

fn carry_out(
    library: &LibraryId,
    order: Order,
    policy: Option<Policy>,
    app: &App,
    io: &Io<'_>,
) -> Result<(), Error> {
    let orders = std::iter::once(order).chain(policy.map(Order::SetPolicy));
    for order in orders {
        let doing = Doing::now(io.actor.clone(), now());
        let command = FundCommand { event: None, order };
        app.catalog().fund(doing, library, command)?;
    }
    app.name_the_tree()?;
    Ok(())
}

/// No accounting policy is longer; a device would be read for ever.
const LONGEST_POLICY: u64 = 1 << 20;

fn policy(file: &Path) -> Result<Policy, Error> {
    let failed = |source| Error::Io {
        what: file.display().to_string(),
        source,
    };
    let mut text = Vec::new();
    let opened = File::open(file).map_err(failed)?;
    let mut start = opened.take(LONGEST_POLICY);
    start.read_to_end(&mut text).map_err(failed)?;
    let given = serde_json::from_slice(&text).map_err(|error| failed(error.into()))?;
    Policy::parse(&given).map_err(Error::Refused)
}

fn list(app: &App, io: &mut Io<'_>) -> ExitStatus {
    let nodes = match app.libraries() {
        Ok(nodes) => nodes,
        Err(error) => return io.cannot(error),
    };
    for node in nodes {
        let parent = node
            .parent
            .map_or_else(|| "-".to_owned(), |parent| parent.to_string());
        let line = writeln!(
            io.stdout,
            "{}\t{}\t{parent}\t{}",
            node.id,
            node.kind.label(),
            node.name
        );
        if let Err(error) = line {
            return io.cannot(error);
        }
    }
    ExitStatus::Done
}
