//! `fond books`: the registers of a year, as text for the eye or as JSON for programs.

use std::io::{self, Write};

use catalog::fund::act::Act;
use catalog::fund::books::{Movement, YearBooks, json, year_books};
use catalog::fund::ledger::Totals;

use super::args;
use crate::app::App;
use crate::io::{ExitStatus, Io};

/// Prints the books of the year.
pub(super) fn run(args: &args::Books, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let library = match app.the_library(args.library.as_ref(), &io.actor) {
        Ok(library) => library,
        Err(error) => return io.cannot(error),
    };
    let books = match year_books(app.catalog().view(), &library, args.year) {
        Ok(books) => books,
        Err(error) => return io.cannot(error),
    };
    let printed = if args.json {
        io.json(&json::year(&books))
    } else {
        print(&books, &mut io.stdout)
    };
    match printed {
        Ok(()) => ExitStatus::Done,
        Err(error) => io.cannot(error),
    }
}

fn print(books: &YearBooks, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "Книга суммарного учёта, {}, {} год",
        books.library, books.year
    )?;
    for book in &books.funds {
        writeln!(out, "\n{}", book.fund.label())?;
        let of_fund = |act: &&Act| act.fund == book.fund;
        rows(
            "Часть 1. Поступление",
            books.came.iter().filter(of_fund),
            out,
        )?;
        rows("Часть 2. Выбытие", books.left.iter().filter(of_fund), out)?;
        writeln!(out, "  Часть 3. Итоги")?;
        movement(&book.totals, out)?;
    }
    writeln!(out, "\nВсе фонды")?;
    movement(&books.combined(), out)?;
    writeln!(out, "\nИнвентарных номеров в книге: {}", books.items.len())?;
    writeln!(out, "Учётных карточек: {}", books.cards.len())
}

fn rows<'a>(
    title: &str,
    acts: impl Iterator<Item = &'a Act>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "  {title}")?;
    for act in acts {
        let number = act.row.as_ref().map_or(0, |row| row.number);
        writeln!(
            out,
            "    {number:>4}  {}  {:<24} {}",
            act.date,
            act.label(),
            sum(&act.totals)
        )?;
    }
    Ok(())
}

fn movement(movement: &Movement, out: &mut dyn Write) -> io::Result<()> {
    let rows = [
        ("состояло на начало года", &movement.opening),
        ("поступило", &movement.came),
        ("выбыло", &movement.left),
        ("состоит на конец года", &movement.closing),
    ];
    for (title, totals) in rows {
        writeln!(out, "    {title:<26} {}", sum(totals))?;
    }
    Ok(())
}

fn sum(totals: &Totals) -> String {
    format!(
        "{:>6} экз. {:>16}",
        totals.all.copies,
        totals.all.sum.to_string()
    )
}
