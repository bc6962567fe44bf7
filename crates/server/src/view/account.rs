//! Signing in, and pages for what went wrong.

use askama::Template;

use super::frame::Frame;
use super::parts::{Field, Remark};
use super::table::Table;

/// Вход.
#[derive(Template)]
#[template(path = "account/login.html")]
pub struct LoginPage {
    /// The frame.
    pub f: Frame,
    /// Where to go after signing in.
    pub next: String,
    /// Name and password rows, see [`LoginPage::new`].
    pub fields: Vec<Field>,
    /// Why one was not let in.
    pub remarks: Vec<Remark>,
}

impl LoginPage {
    /// The form; `name` is what was typed before, `refused` says why it did not work.
    #[must_use]
    pub fn new(f: Frame, next: impl Into<String>, name: &str, refused: Option<&str>) -> Self {
        use super::parts::Takes;
        let fields = vec![
            Field::new("name", f.t("Имя для входа"), name)
                .required()
                .focus()
                .autocomplete("username"),
            Field::new("password", f.t("Пароль"), "")
                .takes(Takes::Password)
                .required()
                .autocomplete("current-password"),
        ];
        Self {
            next: next.into(),
            fields,
            remarks: refused
                .map(|text| Remark::bad(text, "name"))
                .into_iter()
                .collect(),
            f,
        }
    }
}

/// Мой вход.
#[derive(Template)]
#[template(path = "account/own.html")]
pub struct OwnPage {
    /// The frame.
    pub f: Frame,
    /// `present` and `new`.
    pub fields: Vec<Field>,
    /// When, what, from where.
    pub table: Table,
    /// Why the password was not changed.
    pub remarks: Vec<Remark>,
}

impl OwnPage {
    /// The page with its form empty: passwords are never sent back.
    #[must_use]
    pub fn new(f: Frame, table: Table, remarks: Vec<Remark>) -> Self {
        use super::parts::Takes;
        let fields = vec![
            Field::new("present", f.t("Нынешний пароль"), "")
                .takes(Takes::Password)
                .required()
                .autocomplete("current-password"),
            Field::new("new", f.t("Новый пароль"), "")
                .takes(Takes::Password)
                .required()
                .hint(f.t("Не короче 12 знаков: например, три слова подряд"))
                .autocomplete("new-password"),
        ];
        Self {
            fields,
            table,
            remarks,
            f,
        }
    }
}

/// Страница о том, что не вышло: 403, 404, 409, 422, 500.
#[derive(Template)]
#[template(path = "account/problem.html")]
pub struct ProblemPage {
    /// The frame.
    pub f: Frame,
    /// HTTP status.
    pub status: u16,
    /// What happened, short.
    pub title: String,
    /// What to do next.
    pub text: String,
    /// Every reason of a refusal.
    pub remarks: Vec<Remark>,
    /// Steps: words and address.
    pub steps: Vec<(String, String)>,
    /// The number of the request, to be told to whoever helps. May be empty.
    pub request: String,
}

impl ProblemPage {
    /// The usual words for `status`; steps lead back to where work goes on.
    #[must_use]
    pub fn of(f: Frame, status: u16) -> Self {
        let (title, text) = match status {
            403 => (
                f.t("Вам это не разрешено"),
                f.t("Ваша роль не даёт права на это действие. Попросите администратора или войдите под другим именем."),
            ),
            404 => (
                f.t("Такой страницы нет"),
                f.t("Возможно, адрес введён с опечаткой или запись перенесена. Найдите нужное в каталоге."),
            ),
            409 => (
                f.t("Кто-то успел раньше"),
                f.t("Пока страница была открыта, данные изменились. Откройте её заново: ваша работа не записана."),
            ),
            422 => (
                f.t("Не записано"),
                f.t("Ничего не изменилось. Ниже все причины сразу: исправьте их и повторите."),
            ),
            _ => (
                f.t("Не получилось"),
                f.t("Программа не смогла ответить. Повторите через минуту; если не поможет, сообщите администратору номер запроса."),
            ),
        };
        let home = if f.staff() { "/staff" } else { "/" };
        Self {
            status,
            title: title.to_owned(),
            text: text.to_owned(),
            remarks: Vec::new(),
            steps: vec![(f.t("На главную").to_owned(), home.to_owned())],
            request: String::new(),
            f,
        }
    }
}
