//! `fond user …`: people, roles, tokens.

use std::io::{BufRead, BufReader, Read, Write};

use catalog::Doing;
use catalog::people::User as PersonCard;

use super::args::User;
use crate::app::App;
use crate::audit::By;
use crate::clock::now;
use crate::io::{ExitStatus, Io};
use crate::people::PeopleError;

/// Runs one of the commands about people.
pub(super) fn run(command: User, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let people = app.people();
    let actor = io.actor.clone();
    let by = By {
        actor: &actor,
        address: "",
    };
    let doing = Doing::now(actor.clone(), now());
    let done = match command {
        User::Add(add) => {
            let password = add.password_stdin.then(|| first_line(io));
            let password = match password.transpose() {
                Ok(password) => password,
                Err(error) => return io.cannot(error),
            };
            let user = PersonCard {
                id: add.name,
                title: String::new(),
                role: add.role,
                library: add.library,
                disabled: false,
            };
            people.add(doing, user, password.as_deref())
        }
        User::Passwd { name, .. } => match first_line(io) {
            Ok(password) => people.set_password(by, &name, &password),
            Err(error) => return io.cannot(error),
        },
        User::List => return list(app, io),
        User::Disable { name } => people.disable(doing, &name).map(|_| ()),
        User::Erase { name } => people.erase(doing, &name).and_then(|()| {
            let said = "Имя читателя стёрто, вход закрыт. Его ключ ещё есть в резервных копиях, снятых раньше: храните \
                        их не дольше, чем нужно";
            writeln!(io.stdout, "{name}: {said}")
                .map_err(|error| PeopleError::Wrong(error.to_string()))
        }),
        User::Token { name } => people.token(by, &name).and_then(|token| {
            writeln!(io.stdout, "{token}").map_err(|error| PeopleError::Wrong(error.to_string()))
        }),
    };
    match done {
        Ok(()) => ExitStatus::Done,
        Err(PeopleError::Wrong(why)) => {
            io.say(why);
            ExitStatus::Findings
        }
        Err(PeopleError::Catalog(error)) => io.cannot(error),
    }
}

fn first_line(io: &mut Io<'_>) -> std::io::Result<String> {
    let mut line = String::new();
    BufReader::new(io.stdin.by_ref().take(4096)).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn list(app: &App, io: &mut Io<'_>) -> ExitStatus {
    let users = match app.catalog().users() {
        Ok(users) => users,
        Err(error) => return io.cannot(error),
    };
    for user in users {
        let library = user
            .library
            .map_or_else(|| "-".to_owned(), |code| code.to_string());
        let state = if user.disabled {
            "закрыт"
        } else {
            "открыт"
        };
        let role = user.role.code();
        if let Err(error) = writeln!(io.stdout, "{}\t{role}\t{library}\t{state}", user.id) {
            return io.cannot(error);
        }
    }
    ExitStatus::Done
}
