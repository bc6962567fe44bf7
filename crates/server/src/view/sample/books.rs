//! Registers, acts and the desk with made-up data.

use catalog::fund::money::Kopecks;
use jiff::civil::date;

use super::Look;
use crate::view::acts::{ActPage, ActsPage};
use crate::view::books::{
    Came, Columns, Figures, InventoryPage, InventoryRow, KsuPage, Left, PeriodsPage, Standing,
    inventory_table,
};
use crate::view::home::{Amount, Chain, HomePage, Task};
use crate::view::opac::Fact;
use crate::view::parts::{Choice, Pager, Pick, Stage, Tab};
use crate::view::table::{Cell, Column, Kind, Row, Steps, Table};

fn amount(copies: i64, sum: i64) -> Amount {
    Amount {
        copies,
        sum: Kopecks(sum),
    }
}

fn columns() -> Columns {
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
    Columns {
        kinds: words(&["Книги", "Журналы", "Электронные"]),
        content: words(&[
            "Естественные науки",
            "Прикладные науки",
            "Общественные и гуманитарные науки",
            "Педагогические науки",
            "Искусство и спорт",
            "Художественная литература",
            "Универсальное содержание",
            "Для дошкольников и 1–2 классов",
        ]),
        languages: Vec::new(),
        reasons: words(&[
            "Утрата",
            "Ветхость",
            "Дефектность",
            "Устарелость по содержанию",
            "Непрофильность",
        ]),
    }
}

fn figures(copies: i64, sum: i64, titles: i64) -> Figures {
    Figures {
        all: amount(copies, sum),
        titles: Some(titles),
        turned: titles,
        on_balance: amount(copies, sum),
        off_balance: Amount::default(),
        kinds: vec![copies, 0, 0],
        content: vec![copies, 0, 0, 0, 0, 0, 0, 0],
        languages: Vec::new(),
    }
}

pub(super) fn ksu(look: &Look, part: u8) -> KsuPage {
    let tab = |n: u8, title: &str| Tab {
        title: title.into(),
        href: format!("/staff/ksu?part={n}"),
        here: n == part,
    };
    KsuPage {
        pager: Pager {
            page: 1,
            pages: 1,
            stem: String::new(),
        },
        f: look.staff("/staff/ksu"),
        of: "Школа № 12, основной фонд, 2025 год".into(),
        parts: vec![
            tab(1, "1. Поступление"),
            tab(2, "2. Выбытие"),
            tab(3, "3. Итоги"),
        ],
        filters: filters(),
        part,
        table: register(look, part),
        state: "год закрыт 31.12.2025".into(),
        seal: String::new(),
        formats: vec![("JSON".into(), "/api/v1/books".into())],
    }
}

fn register(look: &Look, part: u8) -> Table {
    let l = look.lang;
    let came = |number, day, copies, sum| Came {
        date: date(2025, day, 10),
        number,
        source: "Покупка, ООО «Книготорг»".into(),
        document: "накладная № 45 от 07.02.2025".into(),
        figures: figures(copies, sum, 3),
        numbers: "25–28".into(),
        href: "/staff/acts/1".into(),
        ..Came::default()
    };
    let left = |number, copies, sum| Left {
        date: date(2025, 11, 5),
        number,
        act: "акт № 3 от 05.11.2025".into(),
        figures: figures(copies, sum, 1),
        reasons: vec![0, copies, 0, 0, 0],
        href: "/staff/acts/2".into(),
        ..Left::default()
    };
    let standing = |title: &str, figures, balance| Standing {
        title: title.into(),
        figures,
        balance,
    };
    match part {
        1 => {
            let mut storno = came(2, 6, -1, -35_000);
            storno.storno = true;
            "исправляет запись № 1".clone_into(&mut storno.note);
            columns().part1(
                l,
                "Часть 1. Поступление в фонд",
                &[came(1, 2, 4, 129_550), storno, came(3, 9, 2, 30_000)],
                &figures(5, 124_550, 5),
            )
        }
        2 => columns().part2(
            l,
            "Часть 2. Выбытие из фонда",
            &[left(4, 3, 33_000)],
            &left(0, 3, 33_000),
        ),
        _ => columns().part3(
            l,
            "Часть 3. Итоги движения фонда",
            &[
                standing("Состоит на 01.01.2025", figures(22, 427_265, 15), true),
                standing("Поступило за год", figures(20, 354_050, 6), false),
                standing("Выбыло за год", figures(7, 86_883, 1), false),
                standing("Состоит на 31.12.2025", figures(35, 694_432, 20), true),
            ],
        ),
    }
}

fn filters() -> Vec<Choice> {
    vec![
        Choice::new(
            "year",
            "Год",
            "2025",
            vec![Pick::new("2026", "2026"), Pick::new("2025", "2025")],
        ),
        Choice::new(
            "fund",
            "Фонд",
            "MAIN",
            vec![
                Pick::new("MAIN", "Основной"),
                Pick::new("TEXTBOOK", "Учебный"),
            ],
        ),
    ]
}

pub(super) fn inventory(look: &Look) -> InventoryPage {
    let row = |number: &str, title: &str, left: &str| InventoryRow {
        date: Some(date(2025, 2, 10)),
        ksu1: "1".into(),
        number: number.into(),
        href: "/staff/acts/1".into(),
        checks: "2025 ✓".into(),
        title: title.into(),
        year: "2019".into(),
        price: Kopecks(35_000),
        shelf: "84(2)5 П91".into(),
        left: left.into(),
        note: String::new(),
        steps: Some(Steps {
            id: format!("e{number}"),
            state: look.lang.t("выдан").to_owned(),
            of: number.into(),
            action: "/staff/inventory?number=25".into(),
            buttons: vec![("return".into(), "Вернули".into())],
            ..Steps::default()
        })
        .filter(|_| left.is_empty()),
    };
    let rows = [
        row("25", "Пушкин А. С. Капитанская дочка", ""),
        row(
            "26",
            "Паустовский К. Г. Мещёрская сторона",
            "акт № 3 от 05.11.2025, КСУ № 4",
        ),
        row("27", "Бианки В. В. Лесная газета", ""),
    ];
    InventoryPage {
        remarks: Vec::new(),
        f: look.staff("/staff/inventory"),
        of: "Школа № 12, номера 25–27 из 24 318".into(),
        number: String::new(),
        filters: filters(),
        table: inventory_table(look.lang, "Инвентарная книга", &rows),
        first: "/staff/inventory".into(),
        next: "/staff/inventory?number=28".into(),
    }
}

fn acts_table() -> Table {
    let mut table = Table::new(
        "Акты",
        vec![
            Column::new("Дата", Kind::Short),
            Column::new("Акт", Kind::Text),
            Column::new("Фонд", Kind::Text),
            Column::new("Экз.", Kind::Number),
            Column::new("Сумма", Kind::Number),
        ],
    );
    table.push(Row::new(vec![
        Cell::date(date(2026, 8, 24)),
        Cell::text("Поступление, УПД № 1187")
            .link("/staff/acts/12")
            .sub("ООО «Книготорг»"),
        Cell::text("Основной"),
        Cell::number(8),
        Cell::money(Kopecks(298_150)),
    ]));
    table.push(Row::new(vec![
        Cell::date(date(2026, 6, 15)),
        Cell::text("Акт о списании № 4")
            .link("/staff/acts/4")
            .sub("Ветхость"),
        Cell::text("Основной"),
        Cell::number(-41),
        Cell::money(Kopecks(-123_456)),
    ]));
    table
}

pub(super) fn acts(look: &Look) -> ActsPage {
    ActsPage {
        f: look.staff("/staff/acts"),
        filters: filters(),
        table: acts_table(),
        pager: Pager {
            page: 2,
            pages: 3,
            stem: "/staff/acts?".into(),
        },
    }
}

pub(super) fn stages() -> Vec<Stage> {
    let stage = |title: &str, note: &str, state| Stage {
        title: title.into(),
        note: note.into(),
        state,
    };
    vec![
        stage("Составлен", "Иванова А. П., 02.11.2026", "past"),
        stage("Подписан комиссией", "05.11.2026", "past"),
        stage("Утверждён", "Петров С. В., 05.11.2026", "now"),
        stage("Принят бухгалтерией", "", "next"),
        stage("Книги сданы", "", "next"),
    ]
}

pub(super) fn act(look: &Look) -> ActPage {
    ActPage {
        pager: Pager {
            page: 1,
            pages: 1,
            stem: String::new(),
        },
        f: look.staff("/staff/acts/4").crumb("Акты", "/staff/acts"),
        title: "Акт о списании № 4 от 05.11.2026".into(),
        stages: stages(),
        facts: vec![
            Fact::text("Причина", "Ветхость"),
            Fact::text("Фонд", "Основной"),
            Fact::text("Всего", "3 экземпляра, 330,00 ₽"),
            Fact::text("Приказ о комиссии", "№ 41 от 02.11.2026"),
        ],
        lines: inventory(look).table,
        rows: ksu(look, 2).table,
        actions: vec![(
            "Исправить новым актом".into(),
            "/staff/acts/4/reverse".into(),
        )],
    }
}

pub(super) fn periods(look: &Look) -> PeriodsPage {
    let mut table = Table::new(
        "Закрытые периоды",
        vec![
            Column::new("По какой день", Kind::Short),
            Column::new("Когда закрыт", Kind::Short),
            Column::new("Кем", Kind::Text),
        ],
    );
    table.push(Row::new(vec![
        Cell::text("31.12.2025"),
        Cell::text("12.01.2026"),
        Cell::text("Петрова О. И."),
    ]));
    PeriodsPage {
        f: look.staff("/staff/periods"),
        table,
        state: acts_table(),
        libraries: Vec::new(),
        library: "MAIN".into(),
        through: Choice::new(
            "through",
            "Что закрыть",
            "2026/1",
            vec![
                Pick::new("2026/1", "2026 год по 1-й квартал, до 31.03.2026"),
                Pick::new("2026", "2026 год целиком, до 31.12.2026"),
            ],
        ),
        reopen: Choice::new(
            "reopen",
            "С начала какого года",
            "",
            vec![Pick::new("2025", "2025")],
        ),
        reason: crate::view::Field::new("reason", "Почему открывают снова", "").required(),
        submit: Choice::new(
            "submit",
            "За какой год",
            "",
            vec![Pick::new("2025", "2025")],
        ),
        remarks: Vec::new(),
        open: vec![(
            "Проверка основного фонда от 20.11.2026 не закрыта".into(),
            "/staff/checks/1".into(),
        )],
        may_close: true,
    }
}

pub(super) fn home(look: &Look) -> HomePage {
    let task = |icon, title: &str, text: &str, href: &str, main| Task {
        icon,
        title: title.into(),
        text: text.into(),
        href: href.into(),
        main,
    };
    let chain = |fund: &str, closes| Chain {
        fund: fund.into(),
        year: 2026,
        stood: amount(15_800, 312_744_510),
        came: amount(71, 2_450_000),
        left: amount(41, 123_456),
        stands: amount(15_830, 315_071_054),
        closes,
        href: "/staff/ksu?year=2026&fund=MAIN&part=".into(),
    };
    HomePage {
        f: look.staff("/staff"),
        today: "суббота, 21 ноября 2026".into(),
        tasks: vec![
            task(
                "in",
                "Принять поступление",
                "По накладной, дару или взамен утерянного",
                "/staff/deliveries/new",
                true,
            ),
            task(
                "check",
                "Закончить проверку фонда",
                "Осталось 195 из 6 240",
                "/staff/checks/1",
                false,
            ),
            task(
                "out",
                "Списать",
                "По одной причине и одному фонду",
                "/staff/withdrawals/new",
                false,
            ),
            task(
                "load",
                "Загрузить записи",
                "RUSMARC, MARCXML, ИРБИС",
                "/staff/import",
                false,
            ),
        ],
        chains: vec![chain("Основной фонд", true), chain("Учебный фонд", false)],
        recent: acts_table(),
    }
}
