//! The page frame: who looks, where one is, what may be opened from here, what has just happened.
//!
//! It only shows what a role is offered; what a role may do is decided by the handlers.

use std::borrow::Borrow;

use askama::Template;

use super::lang::Lang;
use super::parts::{
    Choice, ChoicePart, Empty, EmptyPart, Field, FieldPart, FindingsPart, IconPart, Pager,
    PagerPart, Progress, ProgressPart, Remark, Stage, StagesPart, Tab, TabsPart,
};
use super::table::{Steps, StepsPart, Table, TablePart};

/// Роль того, кто смотрит.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Администратор.
    Admin,
    /// Заведующий библиотекой.
    Head,
    /// Библиотекарь.
    Librarian,
    /// Проверяющий: reads everything, writes nothing.
    Auditor,
    /// Читатель.
    Reader,
}

impl Role {
    /// The name of the role, in Russian.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Admin => "Администратор",
            Self::Head => "Заведующий",
            Self::Librarian => "Библиотекарь",
            Self::Auditor => "Проверяющий",
            Self::Reader => "Читатель",
        }
    }

    /// Whether work with the fund is offered (acts, deliveries, checks).
    #[must_use]
    pub const fn works(self) -> bool {
        matches!(self, Self::Admin | Self::Head | Self::Librarian)
    }
}

/// Кто смотрит: nobody signed in is `None` in the frame.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The login name or the full name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// The library one works for, by name.
    pub library: String,
}

/// Цветовая схема; the last three are the schemes of ГОСТ Р 52872 for weak sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scheme {
    /// As the system says.
    #[default]
    Auto,
    /// Светлая.
    Light,
    /// Тёмная.
    Dark,
    /// Чёрным по белому, крупно.
    BlackOnWhite,
    /// Белым по чёрному, крупно.
    WhiteOnBlack,
    /// Тёмно-синим по голубому, крупно.
    BlueOnBlue,
}

impl Scheme {
    /// Every scheme, in the order of the switch.
    pub const ALL: [Scheme; 6] = [
        Self::Auto,
        Self::Light,
        Self::Dark,
        Self::BlackOnWhite,
        Self::WhiteOnBlack,
        Self::BlueOnBlue,
    ];

    /// The value of the cookie.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::BlackOnWhite => "black-on-white",
            Self::WhiteOnBlack => "white-on-black",
            Self::BlueOnBlue => "blue-on-blue",
        }
    }

    /// Reads the cookie; anything unknown follows the system.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|scheme| scheme.code() == text)
            .unwrap_or_default()
    }

    /// The name on the switch.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Auto => "Как в системе",
            Self::Light => "Светлая",
            Self::Dark => "Тёмная",
            Self::BlackOnWhite => "Чёрным по белому, крупно",
            Self::WhiteOnBlack => "Белым по чёрному, крупно",
            Self::BlueOnBlue => "Синим по голубому, крупно",
        }
    }
}

/// Сообщение о том, что произошло.
#[derive(Clone, Debug)]
pub struct Notice {
    /// `done`, `warn`, `bad` or `info`: colour, mark, and whether a screen reader is interrupted.
    pub tone: &'static str,
    /// What happened and what to do next.
    pub text: String,
    /// Where to look next: label and address.
    pub link: Option<(String, String)>,
}

impl Notice {
    /// Something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self::of("done", text)
    }
    /// Something deserves a look.
    pub fn warn(text: impl Into<String>) -> Self {
        Self::of("warn", text)
    }
    /// Something was refused.
    pub fn bad(text: impl Into<String>) -> Self {
        Self::of("bad", text)
    }
    /// Something to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self::of("info", text)
    }
    /// With a link to go on.
    #[must_use]
    pub fn link(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.link = Some((label.into(), href.into()));
        self
    }
    fn of(tone: &'static str, text: impl Into<String>) -> Self {
        Self {
            tone,
            text: text.into(),
            link: None,
        }
    }
}

/// Звено пути к этой странице; the page itself is not among them.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// The words.
    pub title: String,
    /// The address.
    pub href: String,
}

/// What every page needs.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Language.
    pub lang: Lang,
    /// Colours and size.
    pub scheme: Scheme,
    /// Path and query of this page: the settings form comes back to it.
    pub path: String,
    /// Who looks.
    pub viewer: Option<Viewer>,
    /// The name of the library or the network, for readers.
    pub library: String,
    /// What has just happened.
    pub notices: Vec<Notice>,
    /// How one came here.
    pub crumbs: Vec<Crumb>,
}

/// One line of the navigation.
pub(crate) struct NavItem {
    pub(crate) href: &'static str,
    pub(crate) title: &'static str,
    pub(crate) icon: &'static str,
    pub(crate) here: bool,
    /// A heading above the line, when a group begins.
    pub(crate) group: &'static str,
}

// group, address, title, icon, who is offered it: w = works with the fund, a = all staff, h = head, r = admin.
const NAV: &[(&str, &str, &str, &str, char)] = &[
    ("", "/staff", "Рабочий стол", "home", 'a'),
    ("Фонд", "/staff/deliveries/new", "Поступление", "in", 'w'),
    ("", "/staff/withdrawals/new", "Списание", "out", 'w'),
    ("", "/staff/checks", "Проверка фонда", "check", 'a'),
    (
        "Книги учёта",
        "/staff/ksu",
        "Книга суммарного учёта",
        "book",
        'a',
    ),
    ("", "/staff/inventory", "Инвентарная книга", "list", 'a'),
    ("", "/staff/acts", "Акты", "act", 'a'),
    ("", "/staff/periods", "Закрытие периода", "lock", 'h'),
    (
        "Каталог",
        "/staff/records/new",
        "Новое описание",
        "pen",
        'w',
    ),
    ("", "/staff/import", "Загрузка записей", "load", 'w'),
    ("Управление", "/staff/libraries", "Библиотеки", "tree", 'r'),
    ("", "/staff/users", "Сотрудники", "people", 'r'),
    ("Надёжность", "/staff/verify", "Сверка базы", "shield", 'a'),
    ("", "/staff/status", "Состояние сервера", "info", 'r'),
];

impl Frame {
    /// A frame for `path` (with its query).
    pub fn new(lang: Lang, scheme: Scheme, path: impl Into<String>) -> Self {
        Self {
            lang,
            scheme,
            path: path.into(),
            ..Self::default()
        }
    }

    /// Seen by `viewer`.
    #[must_use]
    pub fn seen_by(mut self, viewer: Viewer) -> Self {
        self.viewer = Some(viewer);
        self
    }

    /// With one more step on the way here.
    #[must_use]
    pub fn crumb(mut self, title: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb {
            title: title.into(),
            href: href.into(),
        });
        self
    }

    /// With one more notice.
    #[must_use]
    pub fn notice(mut self, notice: Notice) -> Self {
        self.notices.push(notice);
        self
    }

    /// Whether the staff frame, with its navigation, is shown.
    #[must_use]
    pub fn staff(&self) -> bool {
        self.path.starts_with("/staff") && self.role() != Role::Reader
    }

    /// Whether the one who looks may be offered work with the fund.
    #[must_use]
    pub fn works(&self) -> bool {
        self.role().works()
    }

    fn role(&self) -> Role {
        self.viewer.as_ref().map_or(Role::Reader, |v| v.role)
    }

    pub(crate) fn nav(&self) -> Vec<NavItem> {
        let role = self.role();
        let path = self.path.split('?').next().unwrap_or_default();
        let offered = |whom: char| match whom {
            'a' => role != Role::Reader,
            'w' => role.works(),
            'h' => matches!(role, Role::Head | Role::Admin),
            _ => role == Role::Admin,
        };
        let mut group = "";
        let mut items = Vec::new();
        for &(new_group, href, title, icon, whom) in NAV {
            if !new_group.is_empty() {
                group = new_group;
            }
            if offered(whom) {
                let stem = href.trim_end_matches("/new");
                let here = path == href || (href != "/staff" && path.starts_with(stem));
                let group = std::mem::take(&mut group);
                items.push(NavItem {
                    href,
                    title,
                    icon,
                    here,
                    group,
                });
            }
        }
        items
    }
}

/// Texts and parts, as templates call them.
impl Frame {
    /// The text in the language of the page.
    #[must_use]
    pub fn t<'a>(&self, russian: &'a str) -> &'a str {
        self.lang.t(russian)
    }
    /// The text with a value in it.
    #[must_use]
    pub fn with(&self, russian: &str, value: impl std::fmt::Display) -> String {
        self.lang.with(russian, value)
    }
    /// The text with two values in it.
    #[must_use]
    pub fn with2(
        &self,
        russian: &str,
        first: impl std::fmt::Display,
        second: impl std::fmt::Display,
    ) -> String {
        self.lang.with2(russian, first, second)
    }
    /// A number with its noun.
    #[must_use]
    pub fn count(&self, number: impl Borrow<i64>, forms: &str) -> String {
        self.lang.count(*number.borrow(), forms)
    }
    /// A number with its thousands apart.
    #[must_use]
    pub fn n(&self, number: impl Borrow<i64>) -> String {
        super::lang::grouped(*number.borrow())
    }
    /// A date as on paper.
    #[must_use]
    pub fn date(&self, date: &jiff::civil::Date) -> String {
        self.lang.date(date)
    }
    /// The address of an embedded file.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        format!("/assets/{name}?v={}", super::assets::version())
    }
    /// An icon; decoration only, so a screen reader skips it.
    #[must_use]
    pub fn icon(&self, name: &str) -> String {
        part(&IconPart { name })
    }
    /// A form row with its remark beside it.
    #[must_use]
    pub fn field(&self, x: &Field) -> String {
        part(&FieldPart { f: self, x })
    }
    /// A form row with a list to choose from.
    #[must_use]
    pub fn choice(&self, x: &Choice) -> String {
        part(&ChoicePart { f: self, x })
    }
    /// What a check found.
    #[must_use]
    pub fn findings(&self, list: &[Remark]) -> String {
        part(&FindingsPart { f: self, list })
    }
    /// A dense table that becomes cards on a phone.
    #[must_use]
    pub fn table(&self, x: &Table) -> String {
        part(&TablePart { f: self, x })
    }
    /// What may be done with a row.
    #[must_use]
    pub(crate) fn steps(&self, x: &Steps) -> String {
        part(&StepsPart { f: self, x })
    }
    /// Pages of a long list.
    #[must_use]
    pub fn pager(&self, x: &Pager) -> String {
        part(&PagerPart { f: self, x })
    }
    /// Nothing here yet, and what to do about it.
    #[must_use]
    pub fn empty(&self, x: &Empty) -> String {
        part(&EmptyPart { f: self, x })
    }
    /// The stages of an act.
    #[must_use]
    pub fn stages(&self, list: &[Stage]) -> String {
        part(&StagesPart { f: self, list })
    }
    /// Tabs that are links.
    #[must_use]
    pub fn tabs(&self, label: &str, list: &[Tab]) -> String {
        part(&TabsPart {
            f: self,
            label,
            list,
        })
    }
    /// How far a long job has come.
    #[must_use]
    pub fn progress(&self, x: &Progress) -> String {
        part(&ProgressPart { f: self, x })
    }
}

/// A part as text. Writing into a `String` cannot fail, so a failure is a broken template.
pub(crate) fn part(template: &impl Template) -> String {
    let rendered = template.render();
    assert!(rendered.is_ok(), "a part of a page renders into memory");
    rendered.unwrap_or_default()
}
