//! Книга суммарного учёта on screen, in its three parts. The inventory book is beside it.

use axum::extract::State;
use axum::response::Response;

use catalog::fund::act::{Act, ActBody};
use catalog::fund::axis::{Fund, GradeColumn, Reason};
use catalog::fund::books::{SummaryBook, YearBooks, year_books, years};
use catalog::fund::ledger::{Count, Totals};
use catalog::fund::number::{InventoryNumber, in_runs};
use catalog::fund::policy::Policy;
use catalog::fund::read;
use catalog::fund::tables::BookState;
use catalog::id::LibraryId;
use catalog::record::brief;
use catalog::table::View;
use jiff::civil::date;

use super::acts::document_words;
use super::{Pairs, fund_choice, fund_of, library_choice, page_of, workplace};
use crate::app::{Shared, ask};
use crate::auth::Person;
use crate::clock::today;
use crate::extract::Query;
use crate::page::{PageFrame, show};
use crate::problem::Problem;
use crate::seal::Seal;
use crate::view::books::{Came, Columns, Figures, KsuPage, Left, Standing};
use crate::view::home::Amount;
use crate::view::parts::Pick;
use crate::view::{Choice, Frame, Lang, Tab, Table};

/// Rows of a part on a page: each is wide.
const PAGE: usize = 40;

/// `GET /staff/ksu`
pub(crate) async fn ksu(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        let library = workplace(app, &person, pairs.get("library"))?;
        let view = app.catalog().view();
        let year = year_of(pairs.get("year"))?;
        let fund = fund_of(pairs.get("fund"));
        let part = pairs
            .get("part")
            .parse::<u8>()
            .ok()
            .filter(|p| (1..=3).contains(p))
            .unwrap_or(1);
        let books = year_books(view, &library.id, year)?;
        let state = read::book_state(view, &library.id)?;
        let mut filters = vec![year_choice(view, &library.id, year)?, fund_choice(fund)];
        filters.extend(library_choice(app, &person, &library)?);
        let stem = format!(
            "/staff/ksu?library={}&fund={fund}&year={year}&part=",
            library.id
        );
        let parts = ["1. Поступление", "2. Выбытие", "3. Итоги движения фонда"];
        let mut table = part_table(&frame, &books, fund, part);
        let pager = page_of(
            &mut table,
            pairs.get("page"),
            PAGE,
            format!("{stem}{part}&"),
        );
        let tabs = (1_u8..).zip(parts).map(|(n, title)| Tab {
            title: frame.t(title).to_owned(),
            href: format!("{stem}{n}"),
            here: n == part,
        });
        Ok(KsuPage {
            of: format!(
                "{}, {}, {}",
                library.name,
                frame.t(fund.label()).to_lowercase(),
                frame.with("{} год", year)
            ),
            parts: tabs.collect(),
            filters,
            part,
            table,
            pager,
            state: standing(&frame, &state, year),
            seal: Seal::of(app.catalog(), &library.id, year)?.map_or_else(String::new, |seal| {
                let words = "Год закрыт записью журнала № {}, её хеш {}";
                frame.with2(words, seal.seq, &seal.head_hash)
            }),
            formats: vec![(
                "JSON".to_owned(),
                format!("/api/v1/books?library={}&year={year}", library.id),
            )],
            f: frame.crumb("Рабочий стол", "/staff"),
        })
    });
    Ok(show(&page.await?))
}

/// Whether the year is open, in words.
fn standing(frame: &Frame, state: &BookState, year: i16) -> String {
    if state.opened.is_some_and(|day| year <= day.year()) {
        let before = "Книги этого года велись до программы: в ней только остатки";
        return frame.t(before).to_owned();
    }
    match state.closed_through.filter(|day| day.year() >= year) {
        Some(day) if day < date(year, 12, 31) => frame.with("Закрыт по {}", frame.date(&day)),
        Some(_) => frame.t("Год закрыт").to_owned(),
        None => frame.t("Год открыт").to_owned(),
    }
}

/// The year that is asked for, or this one.
fn year_of(typed: &str) -> Result<i16, Problem> {
    if typed.is_empty() {
        return Ok(today().year());
    }
    let year = typed.parse::<i16>().ok();
    year.filter(|year| (1800..=9999).contains(year))
        .ok_or_else(|| Problem::bad_request("Год – четыре цифры, например 2026"))
}

/// Years that have acts, this one and the one shown, newest first.
fn year_choice(view: &dyn View, library: &LibraryId, year: i16) -> Result<Choice, Problem> {
    let mut known = years(view, library)?;
    known.extend([year, today().year()]);
    known.sort_unstable_by(|a, b| b.cmp(a));
    known.dedup();
    let picks = known
        .iter()
        .map(|y| Pick::new(y.to_string(), y.to_string()));
    Ok(Choice::new(
        "year",
        "Год",
        &year.to_string(),
        picks.collect(),
    ))
}

fn part_table(frame: &Frame, books: &YearBooks, fund: Fund, part: u8) -> Table {
    let columns = columns(&books.policy, fund, books);
    let empty = SummaryBook {
        fund,
        year: books.year,
        totals: catalog::fund::books::Movement::default(),
        quarters: Vec::new(),
    };
    let book = books
        .funds
        .iter()
        .find(|book| book.fund == fund)
        .unwrap_or(&empty);
    let shape = Shape::new(&books.policy, fund, books);
    let of_fund = |act: &&Act| act.fund == fund;
    match part {
        1 => {
            let rows: Vec<Came> = books
                .came
                .iter()
                .filter(of_fund)
                .map(|act| shape.came(frame.lang, act))
                .collect();
            let total = shape.of_year(&book.totals.came);
            columns.part1(frame.lang, "Часть 1. Поступление в фонд", &rows, &total)
        }
        2 => {
            let rows: Vec<Left> = books
                .left
                .iter()
                .filter(of_fund)
                .map(|act| shape.left(frame.lang, act))
                .collect();
            let left = &book.totals.left;
            let total = shape.left_figures(shape.of_year(left), left);
            columns.part2(frame.lang, "Часть 2. Выбытие из фонда", &rows, &total)
        }
        _ => {
            let year = books.year;
            let rows = [
                (
                    frame.with("Состояло на 01.01.{}", year),
                    &book.totals.opening,
                    true,
                ),
                (
                    frame.with("Поступило за {} год", year),
                    &book.totals.came,
                    false,
                ),
                (
                    frame.with("Выбыло за {} год", year),
                    &book.totals.left,
                    false,
                ),
                (
                    frame.with("Состоит на 31.12.{}", year),
                    &book.totals.closing,
                    true,
                ),
            ];
            let rows = rows.map(|(title, totals, balance)| Standing {
                title,
                figures: shape.figures(totals),
                balance,
            });
            columns.part3(frame.lang, "Часть 3. Итоги движения фонда", &rows)
        }
    }
}

/// By which columns a fund is printed.
struct Shape<'a> {
    policy: &'a Policy,
    by_grade: bool,
    languages: Vec<String>,
}

fn columns(policy: &Policy, fund: Fund, books: &YearBooks) -> Columns {
    let label = |code: &String| {
        let column = policy
            .preset()
            .and_then(|p| p.columns.iter().find(|c| c.code == *code));
        column.map_or_else(|| code.clone(), |column| column.label.clone())
    };
    let content = if fund.counts_by_grade() {
        let grades = GradeColumn::all(&policy.grade_columns);
        grades.into_iter().map(GradeColumn::label).collect()
    } else {
        policy.content_columns.iter().map(label).collect()
    };
    Columns {
        kinds: policy
            .kind_columns()
            .iter()
            .map(|kind| kind.label().to_owned())
            .collect(),
        content,
        languages: Shape::new(policy, fund, books)
            .languages
            .iter()
            .map(|code| language_words(code))
            .collect(),
        reasons: Reason::ALL
            .iter()
            .map(|reason| reason.label().to_owned())
            .collect(),
    }
}

/// Язык in words; the books call Russian «ru», all others by their codes of three letters.
fn language_words(code: &str) -> String {
    let known = brief::language(if code == "ru" { "rus" } else { code });
    known.unwrap_or_else(|| code.to_owned())
}

impl<'a> Shape<'a> {
    fn new(policy: &'a Policy, fund: Fund, books: &YearBooks) -> Self {
        let of_fund = books.funds.iter().filter(|book| book.fund == fund);
        let mut languages: Vec<String> = of_fund
            .flat_map(|b| [&b.totals.opening, &b.totals.came, &b.totals.left])
            .flat_map(|totals| totals.languages.keys().cloned())
            .collect();
        languages.sort();
        languages.dedup();
        Self {
            policy,
            by_grade: fund.counts_by_grade(),
            languages,
        }
    }

    fn figures(&self, totals: &Totals) -> Figures {
        let content = if self.by_grade {
            let grades = GradeColumn::all(&self.policy.grade_columns);
            let count = |grade| totals.grades.get(grade).copied().unwrap_or(0);
            grades.iter().map(count).collect()
        } else {
            let columns = self.policy.content_columns.iter();
            columns
                .map(|code| totals.contents.get(code).copied().unwrap_or(0))
                .collect()
        };
        let columns = self.policy.kind_columns();
        let in_column = |column: &catalog::fund::axis::Kind| {
            let kinds = totals.kinds.iter();
            let same = kinds.filter(|(kind, _)| self.policy.kind_column(**kind) == *column);
            same.map(|(_, copies)| copies).sum()
        };
        let languages = self.languages.iter();
        Figures {
            all: amount(totals.all),
            titles: Some(totals.titles),
            turned: totals.titles,
            on_balance: amount(totals.on_balance),
            off_balance: amount(totals.off_balance),
            kinds: columns.iter().map(in_column).collect(),
            content,
            languages: languages
                .map(|code| totals.languages.get(code).copied().unwrap_or(0))
                .collect(),
        }
    }

    /// The figures of a row: its «названий» are those of the record, new and old alike (FA-13).
    fn of_record(&self, act: &Act) -> Figures {
        Figures {
            titles: act.row.as_ref().map(|row| row.titles_in_record),
            ..self.figures(&act.totals)
        }
    }

    /// The figures of a year: the titles of its records do not add up, those that came or went do.
    fn of_year(&self, totals: &Totals) -> Figures {
        Figures {
            titles: None,
            ..self.figures(totals)
        }
    }

    fn came(&self, lang: Lang, act: &Act) -> Came {
        let row = act.row.as_ref();
        let (source, document) = match &act.body {
            ActBody::Accession {
                source,
                supplier,
                document,
                ..
            } => {
                let who = if supplier.is_empty() { "" } else { ": " };
                (
                    format!("{}{who}{supplier}", lang.t(source.label())),
                    document_words(document),
                )
            }
            ActBody::Opening
            | ActBody::Withdrawal { .. }
            | ActBody::Reversal { .. }
            | ActBody::Correction { .. }
            | ActBody::Revaluation { .. }
            | ActBody::Reclassification { .. } => (lang.t(act.label()).to_owned(), String::new()),
        };
        Came {
            date: act.date,
            number: row.map_or(0, |row| i64::from(row.number)),
            source,
            document,
            figures: self.of_record(act),
            numbers: row.map_or_else(String::new, |row| numbers(lang, &row.numbers, &row.cards)),
            note: act.note.clone(),
            href: format!("/staff/acts/{}", act.id),
            storno: matches!(act.body, ActBody::Reversal { .. }),
        }
    }

    fn left(&self, lang: Lang, act: &Act) -> Left {
        Left {
            date: act.date,
            number: act.row.as_ref().map_or(0, |row| i64::from(row.number)),
            act: super::acts::title(lang, act),
            note: act.note.clone(),
            href: format!("/staff/acts/{}", act.id),
            storno: matches!(act.body, ActBody::Reversal { .. }),
            ..self.left_figures(self.of_record(act), &act.totals)
        }
    }

    fn left_figures(&self, figures: Figures, totals: &Totals) -> Left {
        let reasons = Reason::ALL.iter();
        Left {
            figures,
            reasons: reasons
                .map(|reason| totals.reasons.get(reason).copied().unwrap_or(0))
                .collect(),
            transferred: totals.transferred,
            ..Left::default()
        }
    }
}

fn amount(count: Count) -> Amount {
    Amount {
        copies: count.copies,
        sum: count.sum,
    }
}

/// «25–28, 31; карт. 3»
fn numbers(lang: Lang, numbers: &[InventoryNumber], cards: &[u64]) -> String {
    let mut parts = Vec::new();
    if !numbers.is_empty() {
        parts.push(in_runs(numbers));
    }
    if !cards.is_empty() {
        let cards = cards.iter().map(u64::to_string).collect::<Vec<_>>();
        parts.push(lang.with("карт. {}", cards.join(", ")));
    }
    parts.join("; ")
}
