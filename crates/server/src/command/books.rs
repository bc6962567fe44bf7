//! `fond books`: the registers of a year, as text for the eye or as JSON for programs.

mod rows;

use std::io::{self, Write};
use std::ops::ControlFlow;

use serde_json::json;

use catalog::Error;
use catalog::fund::act::Act;
use catalog::fund::books::{
    self, Counters, Movement, NetworkBooks, SummaryBook, YearBooks, card_book, inventory_book,
    json, network_books, oo2, year_books,
};
use catalog::fund::item::{Card, Item};
use catalog::fund::ledger::Totals;
use catalog::fund::network::legal_library;
use catalog::id::LibraryId;
use catalog::table::View;

use super::args;
use crate::app::App;
use crate::io::{ExitStatus, Io};
use crate::seal::Seal;
use crate::view::lang::short_date;

/// Prints the books of the year.
pub(super) fn run(args: &args::Books, app: &App, io: &mut Io<'_>) -> ExitStatus {
    let library = match whose(args, app) {
        Ok(library) => library,
        Err(error) => return io.cannot(error),
    };
    let books = match year_books(app.catalog().view(), &library, args.year) {
        Ok(books) => books,
        Err(error) => return io.cannot(error),
    };
    let network = match network_books(app.catalog().view(), &library, args.year) {
        Ok(network) => network,
        Err(error) => return io.cannot(error),
    };
    let seal = match Seal::of(app.catalog(), &library, args.year) {
        Ok(seal) => seal,
        Err(error) => return io.cannot(error),
    };
    let view = app.catalog().view();
    // A node with libraries under it has the books of its network, in either form.
    let printed = match network {
        Some(network) if args.json => io.json(&json::network(&network)),
        Some(network) => print_network(&network, &mut io.stdout),
        None if args.json => match json::Year::of(view, &books, seal.map(|seal| json!(seal))) {
            Ok(year) => io.json(&year),
            Err(error) => return io.cannot(error),
        },
        None => print(view, &books, &mut io.stdout).and_then(|()| print_seal(seal, &mut io.stdout)),
    };
    match printed {
        Ok(()) => ExitStatus::Done,
        Err(error) => io.cannot(error),
    }
}

fn print_seal(seal: Option<Seal>, out: &mut dyn Write) -> io::Result<()> {
    let Some(Seal { seq, head_hash }) = seal else {
        return Ok(());
    };
    writeln!(
        out,
        "\nГод закрыт записью журнала № {seq}, её хеш {head_hash}"
    )
}

/// The legal library: the books of a building are those of its school.
fn whose(args: &args::Books, app: &App) -> Result<LibraryId, Error> {
    let named = app.the_library(args.library.as_ref())?;
    let legal = legal_library(app.catalog().view(), &named)?;
    Ok(legal.map_or(named, |node| node.id))
}

fn print(view: &dyn View, books: &YearBooks, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "Книга суммарного учёта, {}, {} год",
        books.library, books.year
    )?;
    for book in &books.funds {
        writeln!(out, "\n{}", book.fund.label())?;
        let of_fund = |act: &&Act| act.fund == book.fund;
        rows::print(
            "Часть 1. Поступление",
            books.came.iter().filter(of_fund),
            out,
        )?;
        rows::print("Часть 2. Выбытие", books.left.iter().filter(of_fund), out)?;
        part3(book, out)?;
    }
    writeln!(out, "\nВсе фонды")?;
    movement(&books.combined(), out)?;
    writeln!(out, "\nИнвентарная книга")?;
    let mut written = Ok(());
    inventory_book(view, &books.library, books.year, |item| {
        written = writeln!(out, "  {}", inventory_row(&item));
        match written {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    })
    .map_err(io::Error::other)?;
    written?;
    writeln!(out, "\nУчётные карточки")?;
    let cards = card_book(view, &books.library, books.year).map_err(io::Error::other)?;
    for (card, standing) in &cards {
        print_card(card, standing, out)?;
    }
    let counters = books::counters(view, books).map_err(io::Error::other)?;
    print_counters(&counters, out)?;
    writeln!(out, "\nОО-2, раздел 2.6")?;
    for row in oo2(books) {
        writeln!(
            out,
            "  {} {:<28} поступило {:>6}, выбыло {:>6}, состоит {:>6}",
            row.row, row.label, row.received, row.withdrawn, row.closing
        )?;
    }
    Ok(())
}

fn print_network(books: &NetworkBooks, out: &mut dyn Write) -> io::Result<()> {
    let members: Vec<String> = books.members.iter().map(ToString::to_string).collect();
    writeln!(out, "Книги сети, {}, {} год", books.library, books.year)?;
    writeln!(out, "Библиотеки: {}", members.join(", "))?;
    for book in &books.funds {
        writeln!(out, "\n{}", book.fund.label())?;
        part3(book, out)?;
    }
    writeln!(
        out,
        "\nВ пути между библиотеками: {}",
        sum(&books.in_transit)
    )
}

fn part3(book: &SummaryBook, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "  Часть 3. Итоги")?;
    movement(&book.totals, out)?;
    for (title, totals) in [
        ("поступило", &book.totals.came),
        ("выбыло", &book.totals.left),
        ("состоит на конец", &book.totals.closing),
    ] {
        axes(title, totals, "    ", out)?;
    }
    for (number, quarter) in (1..).zip(&book.quarters) {
        writeln!(out, "  {number} квартал")?;
        movement(quarter, out)?;
    }
    Ok(())
}

fn movement(movement: &Movement, out: &mut dyn Write) -> io::Result<()> {
    let rows = [
        ("состояло на начало", &movement.opening),
        ("поступило", &movement.came),
        ("выбыло", &movement.left),
        ("состоит на конец", &movement.closing),
    ];
    for (title, totals) in rows {
        writeln!(
            out,
            "    {title:<26} {}  названий {:>6}  на балансе {:>16}",
            sum(totals),
            totals.titles,
            totals.on_balance.sum.to_string()
        )?;
    }
    Ok(())
}

/// The columns of the book; one with nothing is left out, as is an axis with nothing.
fn axes(title: &str, totals: &Totals, indent: &str, out: &mut dyn Write) -> io::Result<()> {
    let named = |pairs: Vec<(String, i64)>| {
        let filled = pairs.into_iter().filter(|(_, copies)| *copies != 0);
        let filled = filled.map(|(name, copies)| format!("{name} {copies}"));
        filled.collect::<Vec<_>>().join(", ")
    };
    let kinds = totals.kinds.iter();
    let grades = totals.grades.iter();
    let reasons = totals.reasons.iter();
    for (axis, columns) in [
        (
            "по видам",
            kinds.map(|(k, n)| (k.label().to_owned(), *n)).collect(),
        ),
        (
            "по содержанию",
            totals.contents.clone().into_iter().collect(),
        ),
        (
            "по классам",
            grades.map(|(g, n)| (format!("{g} кл."), *n)).collect(),
        ),
        (
            "по причинам",
            reasons.map(|(r, n)| (r.label().to_owned(), *n)).collect(),
        ),
        ("передано", vec![("экз.".to_owned(), totals.transferred)]),
    ] {
        let columns = named(columns);
        if !columns.is_empty() {
            let of = if title.is_empty() {
                String::new()
            } else {
                format!("{title}, ")
            };
            writeln!(out, "{indent}{of}{axis}: {columns}")?;
        }
    }
    Ok(())
}

fn inventory_row(item: &Item) -> String {
    let number = item
        .number
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    let day = item
        .came
        .map_or_else(String::new, |came| short_date(came.date));
    let title = item
        .title
        .as_ref()
        .map_or(item.note.as_str(), |title| title.description.as_str());
    let left = item.left.as_ref().map_or_else(String::new, |left| {
        let day = left.date.map_or_else(
            || format!("{} года", left.year),
            |day| format!("от {}", short_date(day)),
        );
        format!("  выбыл: акт {} {day}", left.label)
    });
    format!(
        "{number:>8}  {day:<10}  {:>12}  {title}{left}",
        item.price.to_string()
    )
}

fn print_card(card: &Card, standing: &[i64], out: &mut dyn Write) -> io::Result<()> {
    let number = card
        .number
        .map_or_else(|| "без номера".to_owned(), |number| format!("№ {number}"));
    writeln!(
        out,
        "  {number}, {}: {}",
        card.fund.label(),
        card.title.description
    )?;
    for (layer, copies) in card.layers.iter().zip(standing) {
        let year = layer
            .year
            .map_or_else(String::new, |year| format!(", {year} год"));
        writeln!(
            out,
            "    строка {}{year}: {copies} экз. по {}",
            layer.number, layer.price
        )?;
    }
    Ok(())
}

fn print_counters(counters: &Counters, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nСледующие номера")?;
    writeln!(out, "  инвентарный {}", counters.next_number)?;
    writeln!(out, "  учётной карточки {}", counters.next_card)?;
    for (fund, (came, left)) in &counters.last_rows {
        writeln!(
            out,
            "  {}: последняя запись части 1 – {came}, части 2 – {left}",
            fund.label()
        )?;
    }
    for (series, by_fund) in &counters.last_acts {
        for (fund, number) in by_fund.iter().filter(|(_, number)| **number > 0) {
            let whose = fund.map_or_else(String::new, |fund| format!(" ({})", fund.label()));
            writeln!(out, "  последний акт: {}{whose} № {number}", series.label())?;
        }
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
