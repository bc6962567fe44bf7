//! Pages of the reader with made-up data.

use super::Look;
use crate::view::account::{LoginPage, ProblemPage};
use crate::view::opac::{
    Availability, Chosen, Corrected, Facet, FacetValue, Fact, Hit, Holding, MarcLine, RecordPage,
    ResultsPage, StartPage,
};
use crate::view::parts::{Empty, Pager, Remark, Tab};
use crate::view::table::{Cell, Column, Kind, Row, Table};

fn free(words: &str) -> Availability {
    Availability {
        tone: "free",
        words: words.into(),
    }
}

fn hits() -> Vec<Hit> {
    let hit = |id: u32, title: &str, subtitle: &str, author: &str, imprint: &str, kind: &str| Hit {
        href: format!("/records/{id}"),
        title: title.into(),
        subtitle: subtitle.into(),
        author: author.into(),
        imprint: imprint.into(),
        kind: kind.into(),
        shelf: "84(2=411.2)5 П91".into(),
        availability: free("2 из 3 на месте"),
    };
    let mut hits = vec![
        hit(
            1,
            "Капитанская дочка",
            "повесть",
            "Пушкин, Александр Сергеевич",
            "Москва : Детская литература, 2019",
            "книга",
        ),
        hit(
            2,
            "Сказки",
            "",
            "Пушкин, Александр Сергеевич",
            "Санкт-Петербург : Азбука, 2021",
            "книга",
        ),
        hit(
            3,
            "Литература. 8 класс",
            "учебник для общеобразовательных организаций : в 2 частях, часть 1",
            "Коровина, Вера Яновна",
            "Москва : Просвещение, 2023",
            "учебник",
        ),
        hit(
            4,
            "Народные русские сказки А. Н. Афанасьева",
            "в трёх томах, том 2",
            "Афанасьев, Александр Николаевич",
            "Москва : Наука, 1985",
            "книга",
        ),
    ];
    hits[1].availability = Availability {
        tone: "out",
        words: "все выданы".into(),
    };
    hits[3].availability = Availability {
        tone: "none",
        words: "есть в других библиотеках: 2".into(),
    };
    hits
}

pub(super) fn start(look: &Look) -> StartPage {
    StartPage {
        f: look.public("/"),
        records: 1284,
        copies: 15_801,
        libraries: 3,
        tries: vec![
            (
                "капитанская дочка".into(),
                "/search?q=капитанская+дочка".into(),
            ),
            (
                "Паустовский о природе".into(),
                "/search?q=Паустовский".into(),
            ),
            ("физика 9 класс".into(), "/search?q=физика".into()),
        ],
        newest: hits(),
    }
}

pub(super) fn results(look: &Look) -> ResultsPage {
    let value = |label: &str, count, chosen| FacetValue {
        label: label.into(),
        count,
        href: "/search?q=сказки".into(),
        chosen,
    };
    ResultsPage {
        f: look.public("/search?q=сказки"),
        q: "crfprb".into(),
        kept: Vec::new(),
        corrected: Some(Corrected {
            shown: "сказки".into(),
            typed: "crfprb".into(),
            href: "/search?q=crfprb&exact=1".into(),
        }),
        relaxed: false,
        total: 1047,
        hits: hits(),
        chosen: vec![Chosen {
            title: "Автор".into(),
            label: "Пушкин, Александр Сергеевич".into(),
            href: "/search?q=сказки".into(),
        }],
        facets: vec![
            Facet {
                title: "Автор".into(),
                values: vec![
                    value("Пушкин, Александр Сергеевич", 12, true),
                    value("Афанасьев, Александр Николаевич", 4, false),
                ],
            },
            Facet {
                title: "Год".into(),
                values: vec![value("2020-е", 31, false), value("2010-е", 58, false)],
            },
            Facet {
                title: "Наличие".into(),
                values: vec![value("есть на месте", 71, false)],
            },
        ],
        orders: vec![
            Tab {
                title: "по точности".into(),
                href: "?".into(),
                here: true,
            },
            Tab {
                title: "сначала новые".into(),
                href: "?sort=new".into(),
                here: false,
            },
        ],
        pager: Pager {
            page: 5,
            pages: 105,
            stem: "/search?q=сказки&".into(),
        },
        empty: Empty::default(),
    }
}

pub(super) fn nothing(look: &Look) -> ResultsPage {
    ResultsPage {
        q: "абракадабра".into(),
        corrected: None,
        relaxed: false,
        total: 0,
        hits: Vec::new(),
        facets: Vec::new(),
        chosen: Vec::new(),
        orders: Vec::new(),
        pager: Pager::default(),
        empty: Empty::new(
            "Ничего не нашлось",
            "Уберите одно слово, проверьте фамилию или спросите библиотекаря.",
        )
        .step("Показать все книги", "/search"),
        ..results(look)
    }
}

pub(super) fn marc() -> Vec<MarcLine> {
    let line = |number: &str, indicators: &str, subfields: &[(&str, &str)]| MarcLine {
        number: number.into(),
        indicators: indicators.into(),
        subfields: subfields
            .iter()
            .map(|(c, v)| ((*c).into(), (*v).into()))
            .collect(),
    };
    vec![
        line("001", "", &[("", "RU/NLR/bibl/1024")]),
        line("010", "##", &[("a", "978-5-08-006000-1"), ("d", "350 р.")]),
        line(
            "200",
            "1#",
            &[
                ("a", "Капитанская дочка"),
                ("e", "повесть"),
                ("f", "А. С. Пушкин"),
            ],
        ),
        line(
            "700",
            "#1",
            &[
                ("a", "Пушкин"),
                ("b", "А. С."),
                ("g", "Александр Сергеевич"),
                ("f", "1799–1837"),
            ],
        ),
    ]
}

pub(super) fn copies() -> Table {
    let mut copies = Table::new(
        "Экземпляры",
        vec![
            Column::new("Инв. №", Kind::Number),
            Column::new("Место", Kind::Text),
            Column::new("Шифр", Kind::Short),
            Column::new("Состояние", Kind::Text),
        ],
    );
    for (number, place, state) in [
        ("24 311", "абонемент", "на месте"),
        ("24 312", "читальный зал", "на месте"),
        ("18 007", "абонемент", "выдан до 03.12.2026"),
    ] {
        copies.push(Row::new(vec![
            Cell::text(number),
            Cell::text(place),
            Cell::text("84(2)5 П91"),
            Cell::text(state),
        ]));
    }
    copies
}

pub(super) fn facts() -> Vec<Fact> {
    vec![
        Fact {
            label: "Автор".into(),
            values: vec![(
                "Пушкин, Александр Сергеевич (1799–1837)".into(),
                "/search?q=Пушкин".into(),
            )],
        },
        Fact {
            label: "Предмет".into(),
            values: vec![
                ("Русская литература".into(), "/search?q=1".into()),
                ("Крестьянская война 1773–1775".into(), "/search?q=2".into()),
            ],
        },
        Fact::text("Язык", "русский"),
        Fact::text("ISBN", "978-5-08-006000-1"),
        Fact::text("ББК", "84(2=411.2)5-44"),
    ]
}

/// The description of the sample book.
pub(super) const GOST: &str = "Пушкин, А. С. Капитанская дочка : повесть / А. С. Пушкин ; художник С. Герасимов. – Москва : Детская литература, 2019. – 182, [2] с. : ил. ; 21 см. – (Школьная библиотека). – 5000 экз. – ISBN 978-5-08-006000-1. – Текст : непосредственный.";

pub(super) fn record(look: &Look) -> RecordPage {
    RecordPage {
        f: look
            .public("/records/1")
            .crumb("Каталог", "/")
            .crumb("Поиск: дочка", "/search?q=дочка"),
        title: "Капитанская дочка".into(),
        subtitle: "повесть".into(),
        responsibility: "А. С. Пушкин ; художник С. Герасимов".into(),
        description: GOST.into(),
        annotation: "Повесть о молодом офицере Петре Гринёве и о том, как он сберёг честь смолоду."
            .into(),
        facts: facts(),
        holdings: vec![
            Holding {
                library: "Школа № 12".into(),
                availability: free("2 из 3 на месте"),
                copies: copies(),
            },
            Holding {
                library: "Школа № 5".into(),
                availability: Availability {
                    tone: "out",
                    words: "все выданы".into(),
                },
                copies: Table::default(),
            },
        ],
        availability: free("2 из 3 на месте"),
        marc: marc(),
        formats: vec![
            ("MARCXML".into(), "/records/1.xml".into()),
            ("ISO 2709".into(), "/records/1.mrc".into()),
        ],
        actions: Vec::new(),
    }
}

pub(super) fn login(look: &Look) -> LoginPage {
    let f = look.public("/login");
    LoginPage::new(
        f,
        "/staff",
        "ivanova",
        Some("Имя или пароль не подошли. Проверьте раскладку клавиатуры и повторите."),
    )
}

pub(super) fn problem(look: &Look, status: u16) -> ProblemPage {
    let mut page = ProblemPage::of(look.public("/problem"), status);
    if status == 422 {
        page.remarks = vec![
            Remark {
                place: "строка 3".into(),
                rule: "duplicate-inventory-number, FA-30".into(),
                ..Remark::bad("Номер 1002 занят: впишите следующий свободный, 1015", "")
            },
            Remark::bad(
                "Дата 10.12.2024 попадает в закрытый год: поставьте дату из открытого периода",
                "",
            ),
        ];
    }
    if status == 500 {
        page.request = "7f3a-19c2".into();
    }
    page
}
