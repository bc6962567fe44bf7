//! Work with the fund and with descriptions, with made-up data.

use catalog::fund::money::Kopecks;

use super::Look;
use super::opac::{GOST, copies, facts, marc};
use crate::view::acts::{ConfirmPage, DonePage};
use crate::view::delivery::{Candidate, DeliveryLine, DeliveryPage, Fold, Offer, Reconciliation};
use crate::view::opac::Fact;
use crate::view::parts::{Choice, Field, Pick, Progress, Remark, Takes};
use crate::view::records::{
    ImportPage, ImportReportPage, ShortRecordPage, ShortRows, StaffRecordPage,
};
use crate::view::stock::{CheckPage, ChecksPage, RestLine, Scan};
use crate::view::table::{Cell, Column, Kind, Row, Table};
use crate::view::withdrawal::{WithdrawalLine, WithdrawalPage};

fn fund_choice() -> Choice {
    let picks = [("MAIN", "Основной фонд"), ("TEXTBOOK", "Учебный фонд")];
    let picks = picks.map(|(code, title)| Pick::new(code, title));
    Choice::new("fund", "Фонд", "MAIN", picks.to_vec())
}

pub(super) fn import(look: &Look) -> ImportPage {
    let formats = vec![
        Pick::new("auto", "Узнать по файлу"),
        Pick::new("iso2709", "ISO 2709"),
        Pick::new("marcxml", "MARCXML"),
    ];
    ImportPage {
        f: look.staff("/staff/import"),
        choices: vec![Choice::new("format", "Формат", "auto", formats)],
        remarks: vec![Remark::bad("Файл пуст: выберите другой", "file")],
        limit: "512".into(),
        working: Table::default(),
        past: Table::default(),
    }
}

pub(super) fn import_report(look: &Look) -> ImportReportPage {
    let mut findings = Table::new(
        "Замечания по записям",
        vec![
            Column::new("Запись", Kind::Number),
            Column::new("Байт", Kind::Number),
            Column::new("Что найдено", Kind::Text),
            Column::new("Правило", Kind::Short),
        ],
    );
    findings.push(Row::new(vec![
        Cell::number(17),
        Cell::number(20_481),
        Cell::text("Каталог записи лжёт о длине полей: поля восстановлены по порядку"),
        Cell::text("directory-recovered"),
    ]));
    findings.push(Row::new(vec![
        Cell::number(42),
        Cell::number(51_002),
        Cell::text("Контрольная цифра ISBN не сходится: 5-08-00600-0"),
        Cell::text("isbn-check-digit"),
    ]));
    ImportReportPage {
        f: look
            .staff("/staff/import/1")
            .crumb("Загрузка записей", "/staff/import"),
        file: "rusmarc-2026.iso".into(),
        progress: Some(Progress {
            title: "Читаю записи".into(),
            done: 640,
            total: 1200,
            poll: "/staff/import/1".into(),
        }),
        counts: vec![
            ("прочитано".into(), 1200),
            ("сохранено".into(), 1184),
            ("без изменений".into(), 12),
            ("отложено".into(), 4),
        ],
        facts: vec![Fact::text(
            "Экземпляров принято на учёт",
            "2 318 на сумму 412 907,40 ₽",
        )],
        findings,
        quarantine: Some((
            "rusmarc-2026.quarantine".into(),
            "/staff/import/1/quarantine".into(),
        )),
    }
}

pub(super) fn record(look: &Look) -> StaffRecordPage {
    StaffRecordPage {
        f: look.staff("/staff/records/1").crumb("Каталог", "/search"),
        title: "Капитанская дочка".into(),
        description: GOST.into(),
        facts: facts(),
        remarks: vec![Remark {
            tone: "warn",
            place: "Класс ББК".into(),
            rule: "bbk-missing, RM-60".into(),
            ..Remark::bad(
                "Индекс не указан: книга попадёт в графу «Универсальное содержание»",
                "",
            )
        }],
        copies: copies(),
        marc: marc(),
        actions: vec![
            ("Исправить описание".into(), "/staff/records/1/edit".into()),
            ("Страница для читателя".into(), "/records/1".into()),
        ],
    }
}

pub(super) fn short_record(look: &Look) -> ShortRecordPage {
    let kinds = vec![Pick::new("BOOK", "Книга"), Pick::new("TEXTBOOK", "Учебник")];
    ShortRecordPage {
        f: look.staff("/staff/records/new"),
        action: "/staff/records/new".into(),
        hidden: Vec::new(),
        rows: ShortRows {
            title_page: vec![
                Field::new("title", "Заглавие", "")
                    .required()
                    .focus()
                    .error("Без заглавия описание не сохранить: перепишите его с титульного листа"),
                Field::new("author", "Автор", "Паустовский, К. Г.").hint("Фамилия, затем инициалы"),
            ],
            imprint: vec![
                Field::new("place", "Место издания", "Москва"),
                Field::new("publisher", "Издательство", ""),
                Field::new("year", "Год", "2020").takes(Takes::Number),
            ],
            rest: vec![
                Field::new("isbn", "ISBN", "978-5-17-100000-0")
                    .takes(Takes::Number)
                    .error("Контрольная цифра не сходится: проверьте номер на обороте титула"),
                Field::new("pages", "Страниц", "").takes(Takes::Number),
                Field::new("bbk", "ББК", "84(2=411.2)6-44"),
            ],
            choices: vec![Choice::new("kind", "Вид", "BOOK", kinds)],
        },
        remarks: vec![
            Remark::bad("Впишите заглавие", "title"),
            Remark::bad("Проверьте ISBN", "isbn"),
        ],
        similar: vec![(
            "Паустовский К. Г. Мещёрская сторона. – Москва, 2020".into(),
            "/staff/records/7".into(),
        )],
        marc: marc(),
        heading: "Новое описание".into(),
    }
}

fn delivery_fields() -> Vec<Field> {
    vec![
        Field::new("supplier", "Поставщик", "ООО «Книготорг»").required(),
        Field::new("doc.number", "Номер документа", "1187").required(),
        Field::new("doc.date", "Дата документа", "2026-08-21")
            .takes(Takes::Date)
            .required(),
        Field::new("date", "Дата записи", "2026-08-24").takes(Takes::Date),
        Field::new("total", "Сумма документа, ₽", "4 340,00")
            .takes(Takes::Money)
            .required(),
        Field::new("not_fund", "Из неё не фонд (рабочие тетради), ₽", "").takes(Takes::Money),
        Field::new("rejected", "Не принято, ₽", "").takes(Takes::Money),
    ]
}

fn delivery_lines() -> Vec<DeliveryLine> {
    let line = |title: &str, sub: &str, copies: &str, price: &str, sum| DeliveryLine {
        record: "1".into(),
        title: title.into(),
        sub: sub.into(),
        copies: copies.into(),
        price: price.into(),
        sum,
        ..DeliveryLine::default()
    };
    let mut lines = vec![
        line(
            "Пушкин А. С. Капитанская дочка",
            "Москва : Детская литература, 2019. ISBN 978-5-08-006000-1",
            "5",
            "350,00",
            Some(Kopecks(175_000)),
        ),
        line(
            "Паустовский К. Г. Мещёрская сторона",
            "Москва : АСТ, 2020. ISBN 978-5-17-100000-6",
            "3",
            "410,50",
            Some(Kopecks(123_150)),
        ),
        line(
            "Атлас. География. 7 класс",
            "Москва : Просвещение, 2025",
            "2",
            "",
            None,
        ),
    ];
    lines[2]
        .errors
        .push("Впишите цену: без неё книгу нельзя поставить на баланс".into());
    lines
}

pub(super) fn delivery(look: &Look) -> DeliveryPage {
    let sources = vec![
        Pick::new("PURCHASE", "Покупка"),
        Pick::new("DONATION", "Пожертвование, дар"),
    ];
    DeliveryPage {
        f: look.staff("/staff/deliveries/new"),
        choices: vec![
            Choice::new("source", "Откуда", "PURCHASE", sources),
            fund_choice(),
        ],
        fields: delivery_fields(),
        scan: Field::new("scan", "ISBN, штрихкод или слова названия", "").focus(),
        candidates: vec![
            Candidate {
                record: "4".into(),
                title: "Бианки В. В. Лесная газета".into(),
                sub: "Москва : Махаон, 2018".into(),
            },
            Candidate {
                record: "5".into(),
                title: "Бианки В. В. Лесная газета".into(),
                sub: "Санкт-Петербург : Азбука, 2022".into(),
            },
        ],
        new_title: Some(vec![
            Field::new("new.title", "Заглавие", "").required(),
            Field::new("new.year", "Год", "").takes(Takes::Number),
            Field::new("new.isbn", "ISBN", "978-5-00-000000-0").takes(Takes::Number),
        ]),
        serial: false,
        known: false,
        later: Vec::new(),
        funds: vec![
            Pick::new("MAIN", "Основной фонд"),
            Pick::new("TEXTBOOK", "Учебный фонд"),
        ],
        former: false,
        draft: String::new(),
        offers: vec![Offer {
            words: "Незаконченное поступление от 20.11.2026, 16:40: строк 12".into(),
            ..Offer::default()
        }],
        fold: Fold::default(),
        lines: delivery_lines(),
        sums: Reconciliation {
            copies: 10,
            titles: 3,
            lines: Kopecks(298_150),
            document: Some(Kopecks(434_000)),
            ..Reconciliation::default()
        },
        remarks: vec![Remark {
            place: "строка 3".into(),
            ..Remark::bad(
                "Впишите цену: без неё книгу нельзя поставить на баланс",
                "price-3",
            )
        }],
    }
}

pub(super) fn delivery_start(look: &Look) -> DeliveryPage {
    DeliveryPage {
        candidates: Vec::new(),
        new_title: None,
        offers: Vec::new(),
        lines: Vec::new(),
        sums: Reconciliation::default(),
        remarks: Vec::new(),
        ..delivery(look)
    }
}

fn lines_table(caption: &str) -> Table {
    let mut table = Table::new(
        caption,
        vec![
            Column::new("Инв. №", Kind::Number),
            Column::new("Книга", Kind::Text),
            Column::new("Количество", Kind::Number),
            Column::new("Цена", Kind::Number),
            Column::new("Сумма", Kind::Number),
        ],
    );
    table.push(Row::new(vec![
        Cell::text("24 311–24 315"),
        Cell::text("Пушкин А. С. Капитанская дочка")
            .sub("Москва, 2019")
            .link("/records/1"),
        Cell::number(5),
        Cell::money(Kopecks(35_000)),
        Cell::money(Kopecks(175_000)),
    ]));
    table.push(Row::new(vec![
        Cell::text("24 316–24 318"),
        Cell::text("Паустовский К. Г. Мещёрская сторона").sub("Москва, 2020"),
        Cell::number(3),
        Cell::money(Kopecks(41_050)),
        Cell::money(Kopecks(123_150)),
    ]));
    table.push(Row::total(vec![
        Cell::text("Итого"),
        Cell::text(""),
        Cell::number(8),
        Cell::text(""),
        Cell::total(Kopecks(298_150)),
    ]));
    table
}

pub(super) fn confirm(look: &Look) -> ConfirmPage {
    ConfirmPage {
        f: look.staff("/staff/deliveries/new").crumb("Поступление", "/staff/deliveries/new"),
        title: "Поступление: проверьте перед записью".into(),
        will: vec![
            "В Книге суммарного учёта, часть 1, основной фонд, появится запись № 12 от 24.08.2026: 8 экземпляров, 2 названия, 2 981,50 ₽.".into(),
            "В инвентарную книгу будут внесены номера 24 311–24 318.".into(),
        ],
        forever: "Проведённый акт не правят и не удаляют: ошибку исправляет новый акт.".into(),
        facts: vec![Fact::text("Документ", "УПД № 1187 от 21.08.2026"), Fact::text("Поставщик", "ООО «Книготорг»")],
        lines: lines_table("Что поступает"),
        remarks: Vec::new(),
        action: "/staff/deliveries/new".into(),
        hidden: vec![("line.copies".into(), "5".into())],
        button: "Провести поступление".into(),
        key: "6f1c".into(),
    }
}

pub(super) fn done(look: &Look) -> DonePage {
    DonePage {
        f: look.staff("/staff/deliveries/new"),
        title: "Поступление проведено".into(),
        said: "Запись № 12 в части 1, номера 24 311–24 318. Книги уже видны читателям.".into(),
        facts: vec![
            Fact::text("Документ", "УПД № 1187 от 21.08.2026"),
            Fact::text("Акт", "№ 12 от 24.08.2026"),
        ],
        rows: super::books::ksu(look, 1).table,
        lines: lines_table("Экземпляры"),
        next: vec![
            ("Новое поступление".into(), "/staff/deliveries/new".into()),
            ("Открыть КСУ".into(), "/staff/ksu".into()),
        ],
    }
}

pub(super) fn withdrawal(look: &Look) -> WithdrawalPage {
    let reasons = vec![
        Pick::new("WEAR", "Ветхость"),
        Pick::new("LOSS", "Утрата"),
        Pick::new("OBSOLETE", "Устарелость по содержанию"),
    ];
    let line = |number: &str, title: &str, price: i64| WithdrawalLine {
        key: number.into(),
        number: number.into(),
        title: title.into(),
        sub: "84(2)6 П21, 1987".into(),
        price: Kopecks(price),
        sum: Kopecks(price),
        ..WithdrawalLine::default()
    };
    let mut lines = vec![
        line("1 014", "Паустовский К. Г. Повесть о жизни", 350),
        line("карточка № 3", "Мерзляк А. Г. Алгебра. 7 класс", 41_000),
        line("1 020", "Бианки В. В. Рассказы", 120),
    ];
    lines[1].counted = true;
    lines[1].copies = "25".into();
    lines[2]
        .errors
        .push("Выдан читателю: такой экземпляр выбывает только как утрата".into());
    WithdrawalPage {
        f: look.staff("/staff/withdrawals/new"),
        choices: vec![
            fund_choice(),
            Choice::new("reason", "Причина", "WEAR", reasons),
        ],
        fields: vec![
            Field::new("act.date", "Дата утверждения", "2026-11-05").takes(Takes::Date),
            Field::new("order", "Приказ о комиссии", "№ 41 от 02.11.2026"),
        ],
        scan: Field::new("scan", "Инвентарный номер", "")
            .takes(Takes::Number)
            .focus(),
        candidates: Vec::new(),
        draft: String::new(),
        offers: Vec::new(),
        fold: Fold {
            pages: 2,
            ..Fold::default()
        },
        lines,
        copies: 27,
        titles: 3,
        sum: Kopecks(1_025_470),
        remarks: Vec::new(),
    }
}

pub(super) fn checks(look: &Look) -> ChecksPage {
    let mut table = Table::new(
        "Проверки",
        vec![
            Column::new("Начата", Kind::Short),
            Column::new("Фонд", Kind::Text),
            Column::new("Числится", Kind::Number),
            Column::new("Нет на месте", Kind::Number),
            Column::new("Состояние", Kind::Text),
        ],
    );
    table.push(Row::new(vec![
        Cell::text("20.11.2026").link("/staff/checks/1"),
        Cell::text("Основной"),
        Cell::number(6240),
        Cell::number(31),
        Cell::text("идёт"),
    ]));
    ChecksPage {
        f: look.staff("/staff/checks"),
        table,
        choices: vec![fund_choice()],
        fields: vec![
            Field::new("date", "Дата начала", "2026-11-20").takes(Takes::Date),
            Field::new("order", "Приказ", ""),
        ],
        remarks: Vec::new(),
    }
}

pub(super) fn check(look: &Look) -> CheckPage {
    let scan = |tone, number: &str, text: &str| Scan {
        tone,
        number: number.into(),
        text: text.into(),
    };
    CheckPage {
        f: look
            .staff("/staff/checks/1")
            .crumb("Проверка фонда", "/staff/checks"),
        title: "Проверка основного фонда от 20.11.2026".into(),
        action: "/staff/checks/1".into(),
        open: true,
        expected: 6240,
        seen: 5871,
        on_loan: 143,
        elsewhere: 0,
        missing: 31,
        scan: Field::new("scan", "Инвентарный номер", "")
            .takes(Takes::Number)
            .focus(),
        scans: vec![
            scan("done", "1 014", "Паустовский К. Г. Повесть о жизни"),
            scan("warn", "1 014", "Уже отмечен: второй раз не считается"),
            scan(
                "bad",
                "99 001",
                "Такого номера нет в этом фонде: отложите книгу",
            ),
        ],
        numbers: "/staff/checks/1/numbers".into(),
        left: 195,
        rest: vec![
            RestLine {
                key: "i:1020".into(),
                number: "1 020".into(),
                title: "Бианки В. В. Рассказы".into(),
                sub: "84(2)6, в фонде".into(),
                counted: false,
            },
            RestLine {
                key: "c:3:2".into(),
                number: "карточка 3, строка 2".into(),
                title: "Мерзляк А. Г. Алгебра. 7 класс".into(),
                sub: "состоит 25".into(),
                counted: true,
            },
        ],
        hidden: 170,
        given_up: 0,
        marks: 1,
        marked: vec![("1 033: нет на месте".into(), "i:1033".into())],
        lost: copies(),
        facts: Vec::new(),
        next: Vec::new(),
        remarks: Vec::new(),
    }
}
