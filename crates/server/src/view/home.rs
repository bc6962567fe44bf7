//! The desk of a librarian, a head, an auditor: what to do next, and whether the books add up.

use askama::Template;
use catalog::fund::money::Kopecks;

use super::frame::Frame;
use super::table::Table;

/// Дело: one thing to do next.
#[derive(Clone, Debug)]
pub struct Task {
    /// An icon of `parts/icon.html`.
    pub icon: &'static str,
    /// What.
    pub title: String,
    /// Why, or what it needs.
    pub text: String,
    /// Where.
    pub href: String,
    /// Whether it is the main one.
    pub main: bool,
}

/// Столько-то экземпляров на такую-то сумму.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Copies.
    pub copies: i64,
    /// Sum.
    pub sum: Kopecks,
}

/// Цепочка остатков одного фонда за год: stood + came − left = stands.
#[derive(Clone, Debug)]
pub struct Chain {
    /// «Основной фонд».
    pub fund: String,
    /// The year.
    pub year: i16,
    /// Row A.
    pub stood: Amount,
    /// Row B.
    pub came: Amount,
    /// Row C.
    pub left: Amount,
    /// Row D, from the books.
    pub stands: Amount,
    /// Whether A + B − C = D, as the books say.
    pub closes: bool,
    /// The КСУ of the fund and year, ending in `part=`.
    pub href: String,
}

/// Рабочий стол.
#[derive(Template)]
#[template(path = "staff/home.html")]
pub struct HomePage {
    /// The frame.
    pub f: Frame,
    /// Today, in words.
    pub today: String,
    /// What to do next.
    pub tasks: Vec<Task>,
    /// Balances.
    pub chains: Vec<Chain>,
    /// The last acts.
    pub recent: Table,
}
