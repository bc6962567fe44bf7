//! Which book a line is of: found by what was scanned or typed, or described here when the catalogue has none.
//!
//! A book that may be there already is offered before it is described a second time (D-15).

use catalog::fund::axis::Source;
use catalog::record::check::{check, isbn_key};
use catalog::rule::Rule;
use catalog::{Doing, RecordDraft, RecordStatus};
use uuid::Uuid;

use super::Draft;
use super::lines::{self, found};
use crate::app::App;
use crate::auth::Person;
use crate::clock::now;
use crate::problem::Problem;
use crate::short;
use crate::staff::{Pairs, workplace};
use crate::view::Remark;
use crate::view::delivery::{Candidate, DeliveryLine};

/// Enter in the scan line, or in any field but those of a new description.
pub(super) fn scan(app: &App, state: &mut Draft) -> Result<(), Problem> {
    // A scanner types wherever the cursor stands: a bare code in place of a title is a scan too.
    let stray = state.pairs.get("new.title").to_owned();
    if is_code(&stray) {
        state.pairs.0.retain(|(name, _)| name != "new.title");
        take(app, state, stray)?;
    }
    let typed = state.pairs.get("scan").to_owned();
    if typed.is_empty() {
        return Ok(());
    }
    take(app, state, typed)
}

/// Enter where no script tells which field it was pressed in: a scan that was typed comes first, then the description
/// that is open; without either the form is counted again.
pub(super) fn enter(app: &App, person: &Person, state: &mut Draft) -> Result<(), Problem> {
    let described = ["new.title", "new.isbn"].map(|row| !state.pairs.get(row).is_empty());
    if state.pairs.get("scan").is_empty() && state.new_title && described != [false, false] {
        return add(app, person, state, false);
    }
    scan(app, state)
}

fn take(app: &App, state: &mut Draft, typed: String) -> Result<(), Problem> {
    let mut candidates = found(app, &typed)?;
    match candidates.len() {
        0 => unknown(state, typed),
        1 => {
            if let Some(only) = candidates.pop() {
                state.take(line_of(only));
            }
        }
        _ => {
            state.candidates = candidates;
            state.scan = typed;
        }
    }
    Ok(())
}

fn unknown(state: &mut Draft, typed: String) {
    let why = if state.new_title && is_code(&typed) {
        let open = isbn_key(state.pairs.get("new.isbn"));
        let key = isbn_key(&typed);
        let waits = state.later.iter().any(|later| isbn_key(later) == key);
        if key.is_none() || key != open && !waits {
            state.later.push(typed.clone());
        }
        format!("{typed} в каталоге нет: его описание откроется после этого")
    } else {
        begin(state);
        let code = is_code(&typed);
        let row = if code { "new.isbn" } else { "new.title" };
        if state.pairs.get(row).is_empty() {
            state.pairs.0.retain(|(name, _)| name != row);
            state.pairs.0.push((row.to_owned(), typed));
        }
        "В каталоге такого нет: опишите книгу коротко, не уходя с этой страницы".to_owned()
    };
    state.remarks.push(Remark {
        tone: "warn",
        ..Remark::bad(why, "scan")
    });
}

/// A barcode or an ISBN, as a scanner types them: digits and nothing that could be a title.
pub(super) fn is_code(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !" -–".contains(*c)).collect();
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let last = bare.chars().last().is_some_and(|c| "XxХх".contains(c));
    (8..=18).contains(&digits) && bare.chars().count() == digits + usize::from(last)
}

/// Opens the short description; what stands in the scan line is its beginning.
pub(super) fn begin(state: &mut Draft) {
    if state.new_title {
        return;
    }
    state.new_title = true;
    let typed = state.pairs.get("scan").to_owned();
    let row = if is_code(&typed) {
        "new.isbn"
    } else {
        "new.title"
    };
    if !typed.is_empty() {
        state.pairs.0.push((row.to_owned(), typed));
    }
}

/// Closes the description, and opens that of the next ISBN that waits.
pub(super) fn put_away(state: &mut Draft) {
    state.close_title();
    if !state.later.is_empty() {
        let isbn = state.later.remove(0);
        state.new_title = true;
        state.pairs.0.push(("new.isbn".to_owned(), isbn));
    }
}

pub(super) fn pick(app: &App, state: &mut Draft, id: &str) -> Result<(), Problem> {
    if let Ok(id) = id.parse() {
        let stored = app.catalog().record(id)?;
        let picked = lines::candidate(id, &stored.record);
        state.take(line_of(picked));
        if state.pairs.get("known") == "1" {
            put_away(state);
        }
    }
    Ok(())
}

fn line_of(candidate: Candidate) -> DeliveryLine {
    DeliveryLine {
        record: candidate.record,
        title: candidate.title,
        sub: candidate.sub,
        copies: "1".to_owned(),
        ..DeliveryLine::default()
    }
}

/// Describes the book and adds it to the list, unless something speaks against it; `anyway` overrules doubts.
pub(super) fn add(
    app: &App,
    person: &Person,
    state: &mut Draft,
    anyway: bool,
) -> Result<(), Problem> {
    state.new_title = true;
    if is_code(state.pairs.get("new.title")) {
        return scan(app, state);
    }
    let row = |name: &str| state.pairs.get(&format!("new.{name}")).to_owned();
    // What comes by subscription is a journal or a newspaper.
    let made = match is_subscription(&state.pairs) {
        true => short::serial(row),
        false => short::record(row),
    };
    let record = match made {
        Ok(record) => record,
        Err(wrong) => {
            let field = format!("new.{}", wrong.row);
            state.remarks.push(Remark::bad(wrong.why, field));
            return Ok(());
        }
    };
    if !anyway && doubts(app, state, &record)? {
        return Ok(());
    }
    let library = workplace(app, person, state.pairs.get("library"))?;
    person.must_work_in(app, &library.id)?;
    let draft = RecordDraft {
        replaces: None,
        owner: library.id,
        status: RecordStatus::Draft,
        record: record.clone(),
    };
    let mut doing = Doing::now(person.user.id.clone(), now());
    doing.command_id = Some(name_of(state));
    let (id, _) = app.catalog().save_record(doing, draft)?;
    state.take(line_of(lines::candidate(id, &record)));
    put_away(state);
    Ok(())
}

/// Whether the form is of a subscription.
pub(super) fn is_subscription(typed: &Pairs) -> bool {
    typed.get("source").parse() == Ok(Source::Subscription)
}

/// One name for one description in one form, so that pressing twice describes once.
fn name_of(state: &Draft) -> Uuid {
    let rows = short::ROWS.iter().map(|(name, ..)| {
        let typed = state.pairs.get(&format!("new.{name}"));
        format!("{name}\0{typed}\0")
    });
    let said: String = std::iter::once(format!("{}\0", state.id))
        .chain(rows)
        .collect();
    let hash = blake3::hash(said.as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// What makes one look again: a wrong check digit, a book that may be in the catalogue already.
fn doubts(
    app: &App,
    state: &mut Draft,
    record: &catalog::record::BiblioRecord,
) -> Result<bool, Problem> {
    let digits = check(record).into_iter();
    let digits = digits.filter(|found| {
        matches!(
            found.rule,
            Rule::IsbnDigit | Rule::Isbn13Digit | Rule::IsbnShape
        )
    });
    let wrong: Vec<Remark> = digits
        .map(|_| {
            let why = "ISBN не сходится с контрольной цифрой: сверьте с книгой. Если в ней напечатано так, \
                нажмите «Всё равно описать»";
            Remark {
                tone: "warn",
                ..Remark::bad(why, "new.isbn")
            }
        })
        .collect();
    let same = same_books(app, state)?;
    if !same.is_empty() {
        let why = "Похоже, эта книга уже есть в каталоге: выберите её ниже или нажмите «Всё равно описать»";
        state.remarks.push(Remark {
            tone: "warn",
            ..Remark::bad(why, "new.title")
        });
        state.candidates = same;
    }
    state.remarks.extend(wrong);
    state.known = !state.remarks.is_empty();
    Ok(state.known)
}

/// Books of the catalogue with this ISBN, or with this title and year.
fn same_books(app: &App, state: &Draft) -> Result<Vec<Candidate>, Problem> {
    let get = |name: &str| state.pairs.get(&format!("new.{name}")).to_owned();
    let (isbn, title, year) = (get("isbn"), get("title"), get("year"));
    let mut same: Vec<Candidate> = Vec::new();
    let key = isbn_key(&isbn);
    for asked in [isbn.as_str(), title.as_str()] {
        if asked.is_empty() {
            continue;
        }
        for one in lines::books(app, asked)? {
            let by_isbn = key.is_some() && one.isbn.iter().any(|other| isbn_key(other) == key);
            let by_title = folded(&one.title) == folded(&title)
                && (year.is_empty() || one.year.is_none_or(|of| of.to_string() == year));
            let other_isbn = key.is_some() && !one.isbn.is_empty();
            let known = same
                .iter()
                .any(|candidate| candidate.record == one.candidate.record);
            if (by_isbn || by_title && !other_isbn) && !known {
                same.push(one.candidate);
            }
        }
    }
    Ok(same)
}

fn folded(text: &str) -> String {
    let letters = text.to_lowercase().replace('ё', "е");
    letters.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::is_code;

    #[test]
    fn a_code_is_told_from_a_title() {
        for code in [
            "9785080060001",
            "978-5-08-006000-1",
            "5-08-004567-X",
            "46070000 ",
        ] {
            assert!(is_code(code), "{code}");
        }
        for title in [
            "1984",
            "20 000 льё под водой",
            "",
            "Х",
            "1000 и 1 ночь",
            "2026",
        ] {
            assert!(!is_code(title), "{title}");
        }
    }
}
