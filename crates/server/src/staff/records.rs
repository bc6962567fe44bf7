//! A description as staff see it: the record with its copies, its state and what a check found.

use axum::extract::State;
use axum::response::Response;

use catalog::RecordStatus;
use catalog::fund::network;
use catalog::id::{LibraryId, RecordId};
use catalog::record::dictionary::Dictionary;
use catalog::record::{brief::brief, check, isbd};
use catalog::rule::Finding;

use super::places::russian_dates;
use super::{inventory, libraries_of};
use crate::app::{App, Shared, ask};
use crate::auth::{Permission, Person, may};
use crate::clock::today;
use crate::extract::Path;
use crate::page::{PageFrame, show};
use crate::problem::Problem;
use crate::view::opac::Fact;
use crate::view::records::StaffRecordPage;
use crate::view::table::Kind;
use crate::view::{Cell, Column, Empty, Lang, Remark, Row, Table};
use crate::{fields, holdings};

/// A finding with the field called by its name.
fn remark(finding: &Finding) -> Remark {
    let tag = finding.place.get(..3).unwrap_or_default();
    let place = match tag {
        "" => String::new(),
        tag => Dictionary::rusmarc().field_name(tag).to_owned(),
    };
    Remark {
        place,
        ..Remark::from(finding)
    }
}

/// What a record is, in a word.
fn status_words(status: RecordStatus) -> &'static str {
    match status {
        RecordStatus::Draft => "черновик",
        RecordStatus::Final => "проверена",
        RecordStatus::Imported => "принята из файла",
        RecordStatus::Deleted => "снята",
    }
}

/// `GET /staff/records/{id}`
pub(crate) async fn page(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<RecordId>,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        let stored = app.catalog().record(id)?;
        let facts_of = brief(&stored.record);
        let findings = check::check_on(&stored.record, today());
        let source = app.catalog().origin(id)?;
        let saved = stored.saved_at.to_string();
        let mut facts = vec![
            Fact::text("Номер записи", id.to_string()),
            Fact::text("Чья", name_of(app, &stored.owner)?),
            Fact::text("Состояние", status_words(stored.status)),
            Fact::text("Версия", stored.version.to_string()),
            Fact::text(
                "Сохранена",
                russian_dates(saved.split('T').next().unwrap_or_default()),
            ),
        ];
        if let Some(source) = source {
            let words = frame.lang.fill(
                "{}, запись {} ({})",
                &[&source.file, &source.number, &source.charset],
            );
            facts.push(Fact::text("Откуда", words));
        }
        let mut actions = vec![("Как видит читатель".to_owned(), format!("/records/{id}"))];
        if may(person.user.role, Permission::EditRecords)
            && person.looks_after(app, &stored.owner)?
        {
            let words = "Исправить описание".to_owned();
            actions.push((words, format!("/staff/records/{id}/edit")));
        }
        Ok(StaffRecordPage {
            title: facts_of.short(),
            description: isbd::describe(&stored.record, &isbd::Options::default()),
            facts,
            remarks: findings.iter().map(remark).collect(),
            copies: copies(app, &person, frame.lang, id)?,
            marc: fields::lines(&stored.record),
            actions,
            f: frame.crumb("Рабочий стол", "/staff"),
        })
    });
    Ok(show(&page.await?))
}

/// The name of a library; its code when it has left the tree.
fn name_of(app: &App, library: &LibraryId) -> Result<String, Problem> {
    let node = network::node(app.catalog().view(), library)?;
    Ok(node.map_or_else(|| library.to_string(), |node| node.name))
}

/// The copies; the number of one of the person's libraries leads to its row of the inventory book.
fn copies(app: &App, person: &Person, lang: Lang, id: RecordId) -> Result<Table, Problem> {
    let ours = libraries_of(app, person)?;
    let mut table = Table::new(
        "Экземпляры",
        vec![
            Column::new("Инв. №", Kind::Short),
            Column::new("Библиотека", Kind::Short),
            Column::new("Шифр", Kind::Short),
            Column::new("Экз.", Kind::Number),
            Column::new("Состояние", Kind::Text),
        ],
    );
    table.empty = Some(
        Empty::new(
            "Экземпляров нет",
            "Они появятся, когда книга придёт по документу.",
        )
        .step("Принять поступление", "/staff/deliveries/new"),
    );
    for unit in holdings::of_record(app.catalog(), id)? {
        let ours = ours.iter().any(|node| node.id == unit.library);
        let number = match unit.number.as_deref() {
            Some(number) if ours => {
                Cell::text(number).link(inventory::address(&unit.library, number))
            }
            number => Cell::text(number.unwrap_or("карточка")),
        };
        table.push(Row::new(vec![
            number,
            Cell::text(name_of(app, &unit.library)?),
            Cell::text(unit.shelfmark.as_deref().unwrap_or_default()),
            Cell::number(i64::from(unit.copies)),
            Cell::text(unit.state(lang)),
        ]));
    }
    Ok(table)
}
