//! Отмечание: what a scan, a paste and each button of a check do to its marks.
//!
//! Each says what to do with some numbers; where marks lie, and that two people lose nothing, is no matter here.

use catalog::fund::number::InventoryNumber;
use catalog::fund::stock_check::StockCheck;

use super::super::Pairs;
use super::super::units::{Key, many};
use super::marks::{Marks, Shelves, shelf};
use super::progress::{Awaited, tally};
use crate::app::App;
use crate::problem::Problem;
use crate::view::stock::Scan;
use crate::view::{Lang, Remark};

/// A paste or a file holds no more numbers than any school has books.
const NUMBERS: usize = 100_000;

pub(super) fn scan(app: &App, lang: Lang, check: &StockCheck, typed: &str) -> Result<(), Problem> {
    let typed = many(typed);
    let mut scans = marked(app, lang, check, typed.get(..NUMBERS).unwrap_or(&typed))?;
    scans.extend(typed.get(NUMBERS).map(|next| Scan {
        tone: "bad",
        number: next.clone(),
        text: cut(lang, typed.len()),
    }));
    Marks::of(app, check).say(&scans)
}

/// Marks numbers and says of each what it is, in the order they came.
fn marked(
    app: &App,
    lang: Lang,
    check: &StockCheck,
    typed: &[String],
) -> Result<Vec<Scan>, Problem> {
    let mut scans: Vec<Option<Scan>> = vec![None; typed.len()];
    let mut shelves = Shelves::new();
    for (at, (typed, place)) in typed.iter().zip(&mut scans).enumerate() {
        match typed.parse::<InventoryNumber>() {
            Ok(number) => shelves
                .entry(shelf(&number))
                .or_default()
                .push((number, (at, typed))),
            Err(error) => {
                *place = Some(Scan {
                    tone: "bad",
                    number: typed.clone(),
                    text: error.to_string(),
                });
            }
        }
    }
    let (view, awaited) = (app.catalog().view(), Awaited::of(check));
    let done = Marks::of(app, check).change(&shelves, |progress, numbers| {
        let marked = numbers.iter().map(|(number, (at, typed))| {
            let of = (check, &awaited);
            Ok((*at, progress.mark(view, lang, of, (number, typed))?))
        });
        marked.collect::<Result<Vec<_>, Problem>>()
    })?;
    for (at, scan) in done.into_iter().flatten() {
        scans[at] = Some(scan);
    }
    Ok(scans.into_iter().flatten().collect())
}

/// Said when not all numbers were read.
fn cut(lang: Lang, given: usize) -> String {
    let words =
        "Прочитаны первые {} номеров из {}: остальные, начиная с этого, пошлите ещё раз отдельно";
    lang.with2(words, NUMBERS, given)
}

/// What was counted on the shelf, by lines of cards; an empty box is not counted yet.
pub(super) fn count(app: &App, check: &StockCheck, pairs: &Pairs) -> Result<(), Problem> {
    Marks::of(app, check).count(|counted| {
        let keys = pairs.all("count.key").map(str::to_owned);
        for (key, typed) in keys.zip(pairs.all("count.copies")) {
            if let Ok(copies) = typed.trim().parse::<u32>() {
                counted.insert(key, copies);
            }
        }
    })
}

pub(super) fn rest_missing(app: &App, check: &StockCheck) -> Result<(), Problem> {
    let marks = Marks::of(app, check);
    let progress = marks.read()?;
    let mut shelves = Shelves::new();
    for number in &progress.given_up {
        shelves.entry(shelf(number)).or_default();
    }
    for unit in tally(app.catalog().view(), check, &progress)?.rest {
        match unit.key {
            Key::Item(number) => {
                let numbers = shelves.entry(shelf(&number)).or_default();
                numbers.push((number, ()));
            }
            // A line of a card is counted, never given up whole by one button.
            Key::Layer(..) | Key::Untitled(..) => {}
        }
    }
    marks.change(&shelves, |progress, numbers| {
        progress.given_up.clear();
        for (number, ()) in numbers {
            // Somebody may have found it since.
            if !progress.sets().iter().any(|set| set.contains(number)) {
                progress.given_up.insert(number.clone());
                progress.missing.insert(number.clone());
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Takes back what the one button gave up; what was named missing by hand stays so.
pub(super) fn rest_back(app: &App, check: &StockCheck) -> Result<(), Problem> {
    let marks = Marks::of(app, check);
    let mut shelves = Shelves::new();
    for number in marks.read()?.given_up {
        let numbers = shelves.entry(shelf(&number)).or_default();
        numbers.push((number, ()));
    }
    marks.change(&shelves, |progress, _| {
        for number in std::mem::take(&mut progress.given_up) {
            progress.missing.remove(&number);
        }
        Ok(())
    })?;
    Ok(())
}

pub(super) fn outcome(app: &App, check: &StockCheck, what: &str, key: &str) -> Result<(), Problem> {
    let marks = Marks::of(app, check);
    match key.parse::<Key>() {
        Ok(Key::Item(number)) => {
            let one = Shelves::from([(shelf(&number), vec![(number, ())])]);
            marks.change(&one, |progress, numbers| {
                for (number, ()) in numbers {
                    progress.forget(number);
                    match what {
                        "missing" => progress.missing.insert(number.clone()),
                        "loan" => progress.on_loan.insert(number.clone()),
                        _ => false,
                    };
                }
                Ok(())
            })?;
        }
        Ok(key @ (Key::Layer(..) | Key::Untitled(..))) => marks.count(|counted| {
            counted.remove(&key.to_string());
        })?,
        Err(()) => {}
    }
    Ok(())
}

pub(super) fn taken(
    app: &App,
    lang: Lang,
    check: &StockCheck,
    typed: &[String],
) -> Result<Vec<Remark>, Problem> {
    if check.result.is_some() {
        return Ok(Vec::new());
    }
    let scans = marked(app, lang, check, typed.get(..NUMBERS).unwrap_or(typed))?;
    let good = scans.iter().filter(|scan| scan.tone == "done").count();
    let strange: Vec<&Scan> = scans.iter().filter(|scan| scan.tone != "done").collect();
    let told = |tone, text| Remark {
        tone,
        ..Remark::bad(text, "")
    };
    let mut remarks = vec![told(
        "info",
        lang.fill(
            "Прочитано номеров: {}; отмечено на полке: {}; на что посмотреть: {}",
            &[&typed.len().min(NUMBERS), &good, &strange.len()],
        ),
    )];
    let next = typed.get(NUMBERS);
    remarks.extend(next.map(|next| told("bad", format!("{next}: {}", cut(lang, typed.len())))));
    let first = strange.iter().take(30);
    remarks.extend(first.map(|scan| told(scan.tone, format!("{}: {}", scan.number, scan.text))));
    Ok(remarks)
}
