//! `fond demo`: the sample library of `data/samples`, filled and served.
//!
//! Every step of the filling may be repeated, so an interrupted demo goes on where it stopped. Each start
//! makes new passwords, and prints them only when everything is filled.

use std::io::Write as _;

use serde::Deserialize;

use catalog::fund::network::{LibraryNode, NodeKind};
use catalog::fund::{FundCommand, Order};
use catalog::id::{LibraryId, UserId};
use catalog::people::{Role, User};
use catalog::{Doing, ImportOrder, post};

use crate::app::App;
use crate::audit::By;
use crate::auth::secret::new_password;
use crate::clock::now;
use crate::command::Settings;
use crate::io::{ExitStatus, Io};
use crate::serve;

const SCHOOL: &str = include_str!("../../../data/samples/school.json");
const RECORDS: &[u8] = include_bytes!("../../../data/samples/records.jsonl");
const YEARS: [(&str, &[u8]); 3] = [
    (
        "2024",
        include_bytes!("../../../data/samples/fund-2024.json"),
    ),
    (
        "2025",
        include_bytes!("../../../data/samples/fund-2025.json"),
    ),
    (
        "2026",
        include_bytes!("../../../data/samples/fund-2026.json"),
    ),
];

/// What `school.json` says.
#[derive(Deserialize)]
struct School {
    libraries: Vec<SampleLibrary>,
    /// Whose fund the years are.
    fund_library: LibraryId,
    users: Vec<SampleUser>,
}

#[derive(Deserialize)]
struct SampleLibrary {
    code: LibraryId,
    name: String,
    kind: NodeKind,
    parent: Option<LibraryId>,
}

#[derive(Deserialize)]
struct SampleUser {
    name: UserId,
    role: String,
    library: LibraryId,
    person: String,
}

type Failure = Box<dyn std::error::Error>;

/// Fills the folder and serves it.
pub(crate) fn run(app: App, settings: &Settings, io: &mut Io<'_>) -> ExitStatus {
    match fill(&app, io) {
        Ok(()) => serve::run(app, settings, io),
        Err(error) => io.cannot(error),
    }
}

fn fill(app: &App, io: &mut Io<'_>) -> Result<(), Failure> {
    let school: School = serde_json::from_str(SCHOOL)?;
    let ours = |node: &LibraryNode| school.libraries.iter().any(|sample| sample.code == node.id);
    if !app.libraries()?.iter().all(ours)
        || app.libraries()?.is_empty() && app.catalog().record_count()? > 0
    {
        return Err("В этой папке уже есть своя библиотека, и пример в неё не кладётся. \
            Откройте её командой fond serve, а для примера назовите другую папку: fond demo --data ПАПКА"
            .into());
    }
    io.say("Наполняется библиотека-пример: записи, фонд трёх лет, люди");
    for sample in &school.libraries {
        add_library(app, sample, io)?;
    }
    app.name_the_tree()?;
    add_records(app, &school.fund_library, io)?;
    for (year, text) in YEARS {
        let report = post(
            app.catalog(),
            &io.actor,
            now(),
            Some(&school.fund_library),
            text,
        )?;
        if let Some(refusal) = report.refused.first() {
            return Err(format!("{year}: {} – {}", refusal.event, refusal.detail).into());
        }
        io.say(format_args!("Фонд {year} года проведён"));
    }
    app.fresh_index()?;
    let mut logins = Vec::new();
    for sample in &school.users {
        logins.push(let_in(app, sample, io)?);
    }
    for login in logins {
        writeln!(io.stdout, "{login}")?;
    }
    io.stdout.flush()?;
    Ok(())
}

fn add_library(app: &App, sample: &SampleLibrary, io: &Io<'_>) -> Result<(), Failure> {
    let node = LibraryNode {
        id: sample.code.clone(),
        name: sample.name.clone(),
        parent: sample.parent.clone(),
        kind: sample.kind,
    };
    let order = Order::AddLibrary(node);
    let doing = Doing::now(io.actor.clone(), now());
    app.catalog()
        .fund(doing, &sample.code, FundCommand { event: None, order })?;
    Ok(())
}

fn add_records(app: &App, library: &LibraryId, io: &mut Io<'_>) -> Result<(), Failure> {
    let order = ImportOrder {
        file: "records.jsonl".to_owned(),
        library: library.clone(),
        format: None,
        dry_run: false,
    };
    let doing = Doing::now(io.actor.clone(), now());
    let size = RECORDS.len() as u64;
    let report = app
        .catalog()
        .import(&doing, &order, RECORDS, &mut |_, done| {
            io.tick(done, size, "Записи");
        })?;
    io.say(format_args!(
        "Записей сохранено {}, без изменений {}",
        report.saved, report.unchanged
    ));
    Ok(())
}

/// Makes the person if need be, with a new password; gives the line that is printed.
fn let_in(app: &App, sample: &SampleUser, io: &Io<'_>) -> Result<String, Failure> {
    let role = Role::by_code(&sample.role).ok_or("роль примера неизвестна")?;
    let name = sample.name.clone();
    let password = new_password()?;
    let people = app.people();
    if app.catalog().user(&name)?.is_some() {
        let by = By {
            actor: &io.actor,
            address: "",
        };
        people.set_password(by, &name, &password)?;
    } else {
        let user = User {
            id: name.clone(),
            title: sample.person.clone(),
            role,
            library: Some(sample.library.clone()),
            disabled: false,
        };
        people.add(Doing::now(io.actor.clone(), now()), user, Some(&password))?;
    }
    Ok(format!("login {name} {password} {}", role.code()))
}
