//! Libraries, people, and the proof that the base is whole.

use askama::Template;

use super::frame::Frame;
use super::opac::Fact;
use super::parts::{Choice, Field, Progress, Remark};
use super::table::Table;

/// Дерево библиотек.
#[derive(Template)]
#[template(path = "staff/libraries.html")]
pub struct LibrariesPage {
    /// The frame.
    pub f: Frame,
    /// The tree as rows, deeper ones indented by «— ».
    pub table: Table,
    /// `code`, `name` of a new one.
    pub fields: Vec<Field>,
    /// `kind`, `parent` of a new one.
    pub choices: Vec<Choice>,
    /// Why it was not added.
    pub remarks: Vec<Remark>,
}

/// Сотрудники.
#[derive(Template)]
#[template(path = "staff/users.html")]
pub struct UsersPage {
    /// The frame.
    pub f: Frame,
    /// Name, role, library, state.
    pub table: Table,
    /// `name`, `title`, `password` of a new one.
    pub fields: Vec<Field>,
    /// `role`, `library` of a new one.
    pub choices: Vec<Choice>,
    /// Why nothing was changed.
    pub remarks: Vec<Remark>,
    /// The one person who was chosen in the table.
    pub card: Option<UserCard>,
    /// A key for programs that has just been made: shown this once.
    pub token: String,
}

/// Карточка сотрудника. Its forms send `who` and `do`: `change`, `password`, `token`, `disable`, `enable`,
/// `erase`.
pub struct UserCard {
    /// Login name.
    pub who: String,
    /// `title`.
    pub title: Field,
    /// `role`, `library`; empty when it is oneself.
    pub choices: Vec<Choice>,
    /// `password`, of another.
    pub password: Field,
    /// `present`, before a key of one's own is made.
    pub present: Field,
    /// Whether the entrance is closed.
    pub disabled: bool,
    /// Whether it is the one who looks: nobody closes the door behind himself.
    pub oneself: bool,
    /// Whether the name may be erased: it is a reader's.
    pub erasable: bool,
}

/// Сверка базы.
#[derive(Template)]
#[template(path = "staff/verify.html")]
pub struct VerifyPage {
    /// The frame.
    pub f: Frame,
    /// `done`, `bad`, or `info` when never run.
    pub tone: &'static str,
    /// «Журнал, таблицы и книги сходятся».
    pub said: String,
    /// Length of the journal, its last hash, when.
    pub facts: Vec<Fact>,
    /// Differences.
    pub remarks: Vec<Remark>,
    /// While it works.
    pub progress: Option<Progress>,
    /// Whether the button is shown.
    pub may_run: bool,
}

/// Состояние сервера.
#[derive(Template)]
#[template(path = "staff/status.html")]
pub struct StatusPage {
    /// The frame.
    pub f: Frame,
    /// What is wrong or soon will be; nothing when all is well.
    pub remarks: Vec<Remark>,
    /// Journal, search, disk, copies, program.
    pub facts: Vec<Fact>,
}

/// Все части на одной странице.
#[derive(Template)]
#[template(path = "staff/parts.html")]
pub struct PartsPage {
    /// The frame.
    pub f: Frame,
    /// Form rows of every kind.
    pub fields: Vec<Field>,
    /// A list to choose from.
    pub choice: Choice,
    /// Findings.
    pub remarks: Vec<Remark>,
    /// A table.
    pub table: Table,
    /// A table without rows.
    pub nothing: Table,
    /// The way of an act.
    pub stages: Vec<super::parts::Stage>,
    /// Tabs.
    pub tabs: Vec<super::parts::Tab>,
    /// Pages.
    pub pager: super::parts::Pager,
    /// A long job.
    pub progress: Progress,
    /// Icons.
    pub icons: Vec<&'static str>,
}
