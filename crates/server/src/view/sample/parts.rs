//! All parts on one page, and the pages of an administrator, with made-up data.

use super::Look;
use super::books;
use crate::view::admin::{LibrariesPage, PartsPage, UserCard, UsersPage, VerifyPage};
use crate::view::frame::Frame;
use crate::view::opac::Fact;
use crate::view::parts::{Choice, Empty, Field, Pager, Pick, Progress, Remark, Tab, Takes};
use crate::view::table::{Cell, Column, Kind, Row, Table};

const ICONS: &[&str] = &[
    "home", "in", "out", "check", "book", "list", "act", "lock", "pen", "load", "tree", "people",
    "shield", "search", "eye", "menu", "done", "bad", "warn", "empty", "person", "info",
];

/// The page of all parts; data for it needs no library.
#[must_use]
pub fn parts_page(f: Frame) -> PartsPage {
    let look = Look {
        lang: f.lang,
        scheme: f.scheme,
        role: crate::view::Role::Auditor,
    };
    let kinds = vec![
        Pick::new("1", "Книга"),
        Pick::new("2", "Журнал"),
        Pick::new("3", "Ноты"),
    ];
    let nothing = Table {
        empty: Some(
            Empty::new(
                "Актов ещё нет",
                "Первый появится, когда вы проведёте поступление.",
            )
            .step("Принять поступление", "/staff/deliveries/new"),
        ),
        ..Table::default()
    };
    let tab = |title: &str, here| Tab {
        title: title.into(),
        href: "#main".into(),
        here,
    };
    PartsPage {
        f,
        fields: fields(),
        choice: Choice::new("kind", "Вид", "1", kinds),
        remarks: remarks(),
        table: books::ksu(&look, 1).table,
        nothing,
        stages: books::stages(),
        tabs: vec![
            tab("1. Поступление", true),
            tab("2. Выбытие", false),
            tab("3. Итоги", false),
        ],
        pager: Pager {
            page: 5,
            pages: 9,
            stem: "?".into(),
        },
        progress: Progress {
            title: "Читаю записи".into(),
            done: 640,
            total: 1200,
            poll: String::new(),
        },
        icons: ICONS.to_vec(),
    }
}

fn fields() -> Vec<Field> {
    vec![
        Field::new("text", "Текст", "Паустовский, К. Г.").hint("Фамилия, затем инициалы"),
        Field::new("number", "Число или номер", "1002")
            .takes(Takes::Number)
            .error("Номер 1002 занят: впишите следующий свободный, 1015"),
        Field::new("money", "Сумма, ₽", "1 250,00")
            .takes(Takes::Money)
            .required(),
        Field::new("day", "Дата", "2026-08-21").takes(Takes::Date),
        Field::new("long", "Примечание", "").takes(Takes::Long),
    ]
}

fn remarks() -> Vec<Remark> {
    vec![
        Remark {
            place: "строка 3".into(),
            rule: "duplicate-inventory-number, FA-30".into(),
            ..Remark::bad(
                "Номер 1002 занят: впишите следующий свободный, 1015",
                "number",
            )
        },
        Remark {
            tone: "warn",
            ..Remark::bad("ISBN не сходится с контрольной цифрой", "")
        },
        Remark {
            tone: "info",
            ..Remark::bad("Такая книга уже есть: добавлены экземпляры", "")
        },
    ]
}

pub(super) fn libraries(look: &Look) -> LibrariesPage {
    let mut table = Table::new(
        "Дерево библиотек",
        vec![
            Column::new("Библиотека", Kind::Text),
            Column::new("Код", Kind::Short),
            Column::new("Что это", Kind::Text),
        ],
    );
    for (name, code, kind) in [
        ("Тверская область", "TVER", "регион"),
        ("— Торжокский район", "TVER-TORZHOK", "муниципалитет"),
        ("— — Школа № 12", "MAIN", "школа"),
    ] {
        table.push(Row::new(vec![
            Cell::text(name),
            Cell::text(code),
            Cell::text(kind),
        ]));
    }
    let kinds = vec![
        Pick::new("school", "Школа"),
        Pick::new("building", "Здание школы"),
    ];
    LibrariesPage {
        f: look.staff("/staff/libraries"),
        table,
        fields: vec![
            Field::new("code", "Код", "")
                .hint("Латинские буквы и цифры")
                .required(),
            Field::new("name", "Название", "").required(),
        ],
        choices: vec![Choice::new("kind", "Что это", "school", kinds)],
        remarks: Vec::new(),
    }
}

pub(super) fn users(look: &Look) -> UsersPage {
    let mut table = Table::new(
        "Сотрудники",
        vec![
            Column::new("Имя", Kind::Text),
            Column::new("Роль", Kind::Text),
            Column::new("Библиотека", Kind::Text),
            Column::new("Вход", Kind::Text),
        ],
    );
    table.push(Row::new(vec![
        Cell::text("ivanova"),
        Cell::text("Библиотекарь"),
        Cell::text("Школа № 12"),
        Cell::text("открыт"),
    ]));
    let roles = vec![
        Pick::new("librarian", "Библиотекарь"),
        Pick::new("auditor", "Проверяющий"),
    ];
    UsersPage {
        f: look.staff("/staff/users"),
        table,
        fields: vec![
            Field::new("name", "Имя для входа", "").required(),
            Field::new("password", "Пароль", "")
                .takes(Takes::Password)
                .required()
                .autocomplete("new-password"),
        ],
        choices: vec![Choice::new("role", "Роль", "librarian", roles)],
        remarks: Vec::new(),
        card: Some(UserCard {
            who: "ivanova".into(),
            title: Field::new("card.title", "Фамилия, имя, отчество", "Иванова А. П."),
            choices: Vec::new(),
            password: Field::new("card.password", "Новый пароль", "").takes(Takes::Password),
            present: Field::new("card.present", "Нынешний пароль", "").takes(Takes::Password),
            disabled: false,
            oneself: false,
            erasable: true,
        }),
        token: String::new(),
    }
}

pub(super) fn verify(look: &Look) -> VerifyPage {
    VerifyPage {
        f: look.staff("/staff/verify"),
        tone: "done",
        said: "Журнал, таблицы и книги учёта сходятся.".into(),
        facts: vec![
            Fact::text("Записей в журнале", "14 208"),
            Fact::text("Последняя сверка", "21.11.2026, 04:00"),
            Fact::text("Последняя подпись журнала", "b3:9f31…c2"),
        ],
        remarks: Vec::new(),
        progress: None,
        may_run: true,
    }
}
