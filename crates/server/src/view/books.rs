//! Книги учёта on screen: the columns of the КСУ and of the inventory book, and the close of a period.
//!
//! Totals come in counted; a page adds nothing up.

use askama::Template;
use catalog::fund::money::Kopecks;
use jiff::civil::Date;

use super::frame::Frame;
use super::home::Amount;
use super::lang::Lang;
use super::parts::{Choice, Field, Pager, Remark, Tab};
use super::table::{Cell, Column, Kind, Row, Steps, Table};

/// Числа одной записи КСУ: the columns that all three parts share.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Всего.
    pub all: Amount,
    /// Названий: in the record of parts 1 and 2, standing in part 3; `None` where no number adds up (FA-13).
    pub titles: Option<i64>,
    /// Названий, новых для фонда (часть 1) или выбывших совсем (часть 2).
    pub turned: i64,
    /// На балансе.
    pub on_balance: Amount,
    /// Не на балансе.
    pub off_balance: Amount,
    /// По видам, in the order of [`Columns::kinds`].
    pub kinds: Vec<i64>,
    /// По содержанию или классам, in the order of [`Columns::content`].
    pub content: Vec<i64>,
    /// По языкам (из них), in the order of [`Columns::languages`].
    pub languages: Vec<i64>,
}

/// Графы, которые задаёт учётная политика: their headings, in Russian.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// По видам.
    pub kinds: Vec<String>,
    /// По содержанию (в учебном фонде – по классам).
    pub content: Vec<String>,
    /// По языкам.
    pub languages: Vec<String>,
    /// По причинам (часть 2).
    pub reasons: Vec<String>,
}

/// Запись части 1: поступление.
#[derive(Clone, Debug, Default)]
pub struct Came {
    /// Дата записи.
    pub date: Date,
    /// № записи.
    pub number: i64,
    /// Источник поступления и поставщик.
    pub source: String,
    /// Сопроводительный документ.
    pub document: String,
    /// Числа.
    pub figures: Figures,
    /// Инвентарные номера или карточки.
    pub numbers: String,
    /// Примечание.
    pub note: String,
    /// The act.
    pub href: String,
    /// Whether it mends another entry.
    pub storno: bool,
}

/// Запись части 2: выбытие.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// Дата записи.
    pub date: Date,
    /// № записи.
    pub number: i64,
    /// № и дата акта.
    pub act: String,
    /// Числа.
    pub figures: Figures,
    /// По причинам, in the order of [`Columns::reasons`].
    pub reasons: Vec<i64>,
    /// Передано в другие организации.
    pub transferred: i64,
    /// Примечание.
    pub note: String,
    /// The act.
    pub href: String,
    /// Whether it mends another entry.
    pub storno: bool,
}

/// Строка части 3.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// «Состоит на 01.01.2025».
    pub title: String,
    /// Числа.
    pub figures: Figures,
    /// Whether it is a balance (rows A and D), not a turnover.
    pub balance: bool,
}

impl Columns {
    /// Часть 1 as a table; `total` is «Итого за год».
    #[must_use]
    pub fn part1(&self, l: Lang, caption: &str, entries: &[Came], total: &Figures) -> Table {
        let mut head = vec![
            Column::new(l.t("Дата записи"), Kind::Short),
            Column::new(l.t("№"), Kind::Number),
            Column::new(l.t("Откуда поступило"), Kind::Text),
            Column::new(l.t("Документ"), Kind::Text),
        ];
        let mut groups = vec![(String::new(), head.len())];
        self.figures(l, Some("из них новых"), &mut head, &mut groups);
        groups.push((String::new(), 2));
        head.push(Column::new(l.t("Номера"), Kind::Text));
        head.push(Column::new(l.t("Примечание"), Kind::Text));
        let mut table = Table {
            groups,
            ..Table::new(caption, head)
        };
        for entry in entries {
            let mut cells = vec![
                Cell::date(entry.date),
                Cell::text(entry.number.to_string()).link(&entry.href),
                Cell::text(&entry.source),
                Cell::text(&entry.document),
            ];
            cells.extend(figure_cells(&entry.figures, true));
            cells.push(Cell::text(&entry.numbers));
            cells.push(Cell::text(&entry.note));
            let mark = if entry.storno { "storno" } else { "" };
            table.push(Row { cells, mark });
        }
        let mut cells = total_head(l, 4);
        cells.extend(figure_cells(total, true));
        cells.extend([Cell::text(""), Cell::text("")]);
        push_total(&mut table, cells);
        table
    }

    /// Часть 2 as a table.
    #[must_use]
    pub fn part2(&self, l: Lang, caption: &str, entries: &[Left], total: &Left) -> Table {
        let mut head = vec![
            Column::new(l.t("Дата записи"), Kind::Short),
            Column::new(l.t("№"), Kind::Number),
            Column::new(l.t("Акт"), Kind::Text),
        ];
        let mut groups = vec![(String::new(), head.len())];
        self.figures(l, Some("выбыло совсем"), &mut head, &mut groups);
        groups.push((l.t("По причинам").to_owned(), self.reasons.len() + 1));
        head.extend(
            self.reasons
                .iter()
                .map(|r| Column::new(l.t(r), Kind::Narrow)),
        );
        head.push(Column::new(l.t("Передано"), Kind::Narrow));
        groups.push((String::new(), 1));
        head.push(Column::new(l.t("Примечание"), Kind::Text));
        let mut table = Table {
            groups,
            ..Table::new(caption, head)
        };
        let tail = |left: &Left| {
            let mut cells = figure_cells(&left.figures, true);
            cells.extend(left.reasons.iter().map(|n| Cell::number(*n)));
            cells.push(Cell::number(left.transferred));
            cells.push(Cell::text(&left.note));
            cells
        };
        for entry in entries {
            let mut cells = vec![
                Cell::date(entry.date),
                Cell::text(entry.number.to_string()).link(&entry.href),
                Cell::text(&entry.act),
            ];
            cells.extend(tail(entry));
            let mark = if entry.storno { "storno" } else { "" };
            table.push(Row { cells, mark });
        }
        let mut cells = total_head(l, 3);
        cells.extend(tail(total));
        push_total(&mut table, cells);
        table
    }

    /// Часть 3 as a table.
    #[must_use]
    pub fn part3(&self, l: Lang, caption: &str, rows: &[Standing]) -> Table {
        let mut head = vec![Column::new(l.t("Движение фонда"), Kind::Text)];
        let mut groups = vec![(String::new(), 1)];
        self.figures(l, None, &mut head, &mut groups);
        let mut table = Table {
            groups,
            ..Table::new(caption, head)
        };
        for row in rows {
            let mut cells = vec![Cell::text(&row.title)];
            cells.extend(figure_cells(&row.figures, false));
            let mark = if row.balance { "total" } else { "" };
            table.push(Row { cells, mark });
        }
        table
    }

    fn figures(
        &self,
        l: Lang,
        turned: Option<&'static str>,
        head: &mut Vec<Column>,
        groups: &mut Vec<(String, usize)>,
    ) {
        let pair = |head: &mut Vec<Column>| {
            head.push(Column::new(l.t("экз."), Kind::Number));
            head.push(Column::new(l.t("сумма"), Kind::Number));
        };
        groups.push((l.t("Всего").to_owned(), 3 + usize::from(turned.is_some())));
        pair(head);
        head.push(Column::new(l.t("названий"), Kind::Number));
        head.extend(turned.map(|words| Column::new(l.t(words), Kind::Number)));
        groups.push((l.t("На балансе").to_owned(), 2));
        pair(head);
        groups.push((l.t("Не на балансе").to_owned(), 2));
        pair(head);
        let narrow = [
            ("По видам", &self.kinds),
            ("По содержанию", &self.content),
            ("По языкам", &self.languages),
        ];
        for (title, columns) in narrow {
            if !columns.is_empty() {
                groups.push((l.t(title).to_owned(), columns.len()));
                head.extend(columns.iter().map(|c| Column::new(l.t(c), Kind::Narrow)));
            }
        }
    }
}

fn figure_cells(figures: &Figures, turned: bool) -> Vec<Cell> {
    let mut cells = vec![
        Cell::number(figures.all.copies),
        Cell::money(figures.all.sum),
        figures.titles.map_or_else(Cell::dash, Cell::number),
    ];
    if turned {
        cells.push(Cell::number(figures.turned));
    }
    cells.extend([
        Cell::number(figures.on_balance.copies),
        Cell::money(figures.on_balance.sum),
        Cell::number(figures.off_balance.copies),
        Cell::money(figures.off_balance.sum),
    ]);
    let narrow = [&figures.kinds, &figures.content, &figures.languages];
    cells.extend(narrow.into_iter().flatten().map(|n| Cell::number(*n)));
    cells
}

fn total_head(l: Lang, width: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::text(l.t("Итого за год"))];
    cells.resize_with(width, || Cell::text(""));
    cells
}

fn push_total(table: &mut Table, cells: Vec<Cell>) {
    if !table.rows.is_empty() {
        table.push(Row::total(cells));
    }
}

/// Книга суммарного учёта: one part, one year, one fund.
#[derive(Template)]
#[template(path = "staff/ksu.html")]
pub struct KsuPage {
    /// The frame.
    pub f: Frame,
    /// The library, the fund and the year, in words.
    pub of: String,
    /// Parts 1–3 as tabs.
    pub parts: Vec<Tab>,
    /// `year`, `fund`, `library`: sent by GET with `part`.
    pub filters: Vec<Choice>,
    /// Which part: 1, 2 or 3.
    pub part: u8,
    /// The register, made by [`Columns`].
    pub table: Table,
    /// Pages of the part.
    pub pager: Pager,
    /// «Год закрыт 31.12.2025» or «Год открыт».
    pub state: String,
    /// The entry that closed the year and its hash, in words; empty while it is open.
    pub seal: String,
    /// Other forms of it: words and address.
    pub formats: Vec<(String, String)>,
}

/// Строка инвентарной книги.
#[derive(Clone, Debug, Default)]
pub struct InventoryRow {
    /// Дата записи; `None` when it came before the books were opened here.
    pub date: Option<Date>,
    /// № записи в КСУ.
    pub ksu1: String,
    /// Инвентарный номер.
    pub number: String,
    /// The act it came by.
    pub href: String,
    /// Отметки о проверке.
    pub checks: String,
    /// Автор и заглавие.
    pub title: String,
    /// Год издания.
    pub year: String,
    /// Цена.
    pub price: Kopecks,
    /// Отдел, шифр.
    pub shelf: String,
    /// № акта и дата выбытия, № записи КСУ ч. 2; empty while it stands.
    pub left: String,
    /// Примечание.
    pub note: String,
    /// Where it is, and what may be marked of it; nothing when it has left.
    pub steps: Option<Steps>,
}

/// Инвентарная книга as a table.
#[must_use]
pub fn inventory_table(l: Lang, caption: &str, rows: &[InventoryRow]) -> Table {
    let mut table = Table::new(
        caption,
        vec![
            Column::new(l.t("Инв. №"), Kind::Number),
            Column::new(l.t("Дата записи"), Kind::Short),
            Column::new(l.t("№ КСУ"), Kind::Number),
            Column::new(l.t("Автор и заглавие"), Kind::Text),
            Column::new(l.t("Год"), Kind::Short),
            Column::new(l.t("Цена"), Kind::Number),
            Column::new(l.t("Отдел"), Kind::Short),
            Column::new(l.t("Проверка"), Kind::Short),
            Column::new(l.t("Выбытие"), Kind::Text),
            Column::new(l.t("Примечание"), Kind::Text),
        ],
    );
    for row in rows {
        let mark = if row.left.is_empty() { "" } else { "gone" };
        let cells = vec![
            Cell::text(&row.number).link(&row.href),
            row.date.map_or_else(|| Cell::text(""), Cell::date),
            Cell::text(&row.ksu1),
            Cell {
                steps: row.steps.clone().map(Box::new),
                ..Cell::text(&row.title)
            },
            Cell::text(&row.year),
            Cell::money(row.price),
            Cell::text(&row.shelf),
            Cell::text(&row.checks),
            Cell::text(&row.left),
            Cell::text(&row.note),
        ];
        table.push(Row { cells, mark });
    }
    table
}

/// Инвентарная книга.
#[derive(Template)]
#[template(path = "staff/inventory.html")]
pub struct InventoryPage {
    /// The frame.
    pub f: Frame,
    /// Whose book, in words.
    pub of: String,
    /// What stands in the line «перейти к номеру»; its name is `number`.
    pub number: String,
    /// `library`, `state`.
    pub filters: Vec<Choice>,
    /// What was not found.
    pub remarks: Vec<Remark>,
    /// The book, made by [`inventory_table`].
    pub table: Table,
    /// The address of the beginning; empty there.
    pub first: String,
    /// The address of the rows after these; empty at the end.
    pub next: String,
}

/// Закрытие периода: the forms; what each will do is an [`super::acts::ConfirmPage`].
///
/// Each form sends `what` (`close`, `reopen`, `submit`), `library` and `do=preview`.
#[derive(Template)]
#[template(path = "staff/periods.html")]
pub struct PeriodsPage {
    /// The frame.
    pub f: Frame,
    /// Quarters and years: closed or open.
    pub state: Table,
    /// What was closed and reopened: when, by whom.
    pub table: Table,
    /// `library`, when there are several: sent by GET.
    pub libraries: Vec<Choice>,
    /// The library of the forms.
    pub library: String,
    /// `through`: what may be closed.
    pub through: Choice,
    /// `reopen`: from which year on it may be opened again. May have nothing to choose.
    pub reopen: Choice,
    /// `reason` of reopening.
    pub reason: Field,
    /// `submit`: whose report may be marked as handed in. May have nothing to choose.
    pub submit: Choice,
    /// Why it cannot be done.
    pub remarks: Vec<Remark>,
    /// What is still open and where it stands, in words. May be empty.
    pub open: Vec<(String, String)>,
    /// Whether the one who looks may close.
    pub may_close: bool,
}
