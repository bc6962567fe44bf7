//! Descriptions for staff: one record with its copies and findings, and the loading of many.

use std::io::Cursor;

use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use catalog::id::RecordId;
use catalog::record::{brief::brief, check, isbd};
use catalog::{Doing, ImportOrder, ImportReport};

use super::{Pairs, library_choice, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::{now, today};
use crate::extract::{Path, Query};
use crate::page::{PageFrame, show};
use crate::problem::Problem;
use crate::view::opac::Fact;
use crate::view::parts::Pick;
use crate::view::records::{ImportPage, ImportReportPage, StaffRecordPage};
use crate::view::table::Kind;
use crate::view::{Cell, Choice, Column, Empty, Frame, Remark, Row, Table};
use crate::{fields, holdings};

/// `GET /staff/records/{id}`
pub(crate) async fn page(
    State(app): State<Shared>,
    PageFrame(frame): PageFrame,
    Path(id): Path<RecordId>,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        let stored = app.catalog().record(id)?;
        let facts_of = brief(&stored.record);
        let findings = check::check_on(&stored.record, today());
        let source = app.catalog().source(id)?;
        let saved = stored.saved_at.to_string();
        let mut facts = vec![
            Fact::text("Номер записи", id.to_string()),
            Fact::text("Чья", stored.owner.to_string()),
            Fact::text("Версия", stored.version.to_string()),
            Fact::text("Сохранена", saved.split('T').next().unwrap_or_default()),
        ];
        if let Some(source) = source {
            let words = format!(
                "{}, запись {} ({})",
                source.file, source.number, source.charset
            );
            facts.push(Fact::text("Откуда", words));
        }
        Ok(StaffRecordPage {
            title: facts_of.short(),
            description: isbd::describe(&stored.record, &isbd::Options::default()),
            facts,
            remarks: findings.iter().map(Remark::from).collect(),
            copies: copies(app, id)?,
            marc: fields::lines(&stored.record),
            actions: vec![("Как видит читатель".to_owned(), format!("/records/{id}"))],
            f: frame.crumb("Рабочий стол", "/staff"),
        })
    });
    Ok(show(&page.await?))
}

fn copies(app: &App, id: RecordId) -> Result<Table, Problem> {
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
        table.push(Row::new(vec![
            Cell::text(unit.number.unwrap_or_else(|| "карточка".to_owned())),
            Cell::text(unit.library.as_str()),
            Cell::text(unit.shelfmark.unwrap_or_default()),
            Cell::number(i64::from(unit.copies)),
            Cell::text(unit.state),
        ]));
    }
    Ok(table)
}

/// `GET /staff/import`
pub(crate) async fn import_form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let library = Pairs(pairs).get("library").to_owned();
    let page = ask(&app, move |app| {
        form(app, &person, frame, &library, Vec::new())
    });
    Ok(show(&page.await?))
}

fn form(
    app: &App,
    person: &Person,
    frame: Frame,
    library: &str,
    remarks: Vec<Remark>,
) -> Result<ImportPage, Problem> {
    let chosen = workplace(app, person, library)?;
    let formats = [
        ("", "Определить самой программе"),
        ("iso2709", "ISO 2709 (RUSMARC, UNIMARC, MARC 21)"),
        ("marcxml", "MARCXML"),
        ("marcjson", "MARC-JSON"),
        ("irbis", "ИРБИС, текст обмена"),
    ];
    let picks = formats.map(|(code, title)| Pick::new(code, frame.t(title)));
    let mut choices = vec![Choice::new("format", "Формат", "", picks.to_vec())];
    choices.extend(library_choice(app, person, &chosen)?);
    Ok(ImportPage {
        choices,
        remarks,
        past: Table::default(),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

/// What came with an upload: the file and the fields beside it.
#[derive(Default)]
pub(crate) struct Upload {
    name: String,
    bytes: Vec<u8>,
    pairs: Pairs,
}

impl Upload {
    /// Reads a multipart form; the body limit bounds it.
    pub(crate) async fn read(mut form: Multipart) -> Result<Self, Problem> {
        let broken = |error: axum::extract::multipart::MultipartError| {
            let status = error.status();
            Problem::new(status, "bad-request", "Файл не принят").detail(error.body_text())
        };
        let mut upload = Self::default();
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                upload.name = field.file_name().unwrap_or("файл").to_owned();
                upload.bytes = field.bytes().await.map_err(broken)?.to_vec();
            } else {
                let value = field.text().await.map_err(broken)?;
                upload.pairs.0.push((name, value));
            }
        }
        Ok(upload)
    }

    /// Takes the records in; the person must work in the library that will own them.
    pub(crate) fn import(
        self,
        app: &App,
        person: &Person,
        doing: &Doing,
    ) -> Result<ImportReport, Problem> {
        if self.bytes.is_empty() {
            return Err(Problem::bad_request(
                "Файл пуст или не выбран: выберите файл записей",
            ));
        }
        let library = workplace(app, person, self.pairs.get("library"))?;
        person.must_work_in(app, &library.id)?;
        let name = self.name.rsplit(['/', '\\']).next().unwrap_or("файл");
        let order = ImportOrder {
            file: name.to_owned(),
            library: library.id,
            format: self.pairs.get("format").parse().ok(),
            dry_run: matches!(self.pairs.get("dry_run"), "1" | "true"),
        };
        let stream = Cursor::new(self.bytes);
        Ok(app
            .catalog()
            .import(doing, &order, stream, &mut |_, _| ())?)
    }
}

/// `POST /staff/import`
pub(crate) async fn import(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    form_data: Multipart,
) -> Result<Response, Problem> {
    let upload = Upload::read(form_data).await?;
    let answer = ask(&app, move |app| {
        let doing = Doing::now(person.user.id.clone(), now());
        match upload.import(app, &person, &doing) {
            Ok(report) => Ok(show(&report_page(frame, report))),
            Err(problem) if problem.status() == StatusCode::BAD_REQUEST => {
                let remarks = vec![Remark::bad(problem.text(), "file")];
                let page = form(app, &person, frame, "", remarks)?;
                Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)).into_response())
            }
            Err(problem) => Err(problem),
        }
    });
    answer.await
}

fn report_page(frame: Frame, report: ImportReport) -> ImportReportPage {
    let count = |words: &str, number: u64| {
        (
            frame.t(words).to_owned(),
            i64::try_from(number).unwrap_or(i64::MAX),
        )
    };
    let counts = vec![
        count("Прочитано", report.read),
        count("Сохранено", report.saved),
        count("Обновлено", report.updated),
        count("Без изменений", report.unchanged),
        count("Правлены здесь, не тронуты", report.conflicts),
        count("Отложено", report.unreadable + report.authorities),
    ];
    let mut findings = Table::new(
        "Замечания",
        vec![
            Column::new("Запись", Kind::Number),
            Column::new("Смещение", Kind::Number),
            Column::new("Место", Kind::Short),
            Column::new("Что замечено", Kind::Text),
            Column::new("Правило", Kind::Short),
        ],
    );
    for found in report.findings.iter().take(200) {
        findings.push(Row::new(vec![
            Cell::text(found.record.to_string()),
            Cell::text(found.offset.to_string()),
            Cell::text(&found.finding.place),
            Cell::text(&found.finding.detail),
            Cell::text(found.finding.rule.code()).sub(found.source),
        ]));
    }
    let trial = report
        .dry_run
        .then(|| Fact::text("Проба", "ничего не записано"));
    ImportReportPage {
        file: report.file,
        progress: None,
        counts,
        facts: trial.into_iter().collect(),
        findings,
        quarantine: report.quarantine.map(|path| (path, String::new())),
        f: frame
            .crumb("Рабочий стол", "/staff")
            .crumb("Загрузка записей", "/staff/import"),
    }
}
