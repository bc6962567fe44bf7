//! Загрузка записей: a file goes to disk, the work behind the page, and its progress and report on a page of its own.
//!
//! What becomes of each record is decided by the catalogue; nothing is refused for a finding.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use tokio::io::AsyncWriteExt as _;
use uuid::Uuid;

use catalog::{Error, ImportOrder, ImportReport};

use super::places::russian_dates;
use super::{Pairs, called, library_choice, workplace};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::extract::{Path, Query};
use crate::jobs::{self, Job, Kept};
use crate::page::{PageFrame, show, show_as};
use crate::problem::Problem;
use crate::view::opac::Fact;
use crate::view::parts::{Pick, Progress};
use crate::view::records::{ImportPage, ImportReportPage};
use crate::view::table::Kind;
use crate::view::{Cell, Choice, Column, Empty, Frame, Remark, Row, Table};

/// The longest file that a page takes, in megabytes; a longer one is for the command line.
const MEGABYTES: usize = 512;
/// Past loads on the page.
const PAST: usize = 20;
/// Findings shown on the page; the report counts them all.
const LISTED: usize = 200;

/// `GET /staff/import`
pub(crate) async fn form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    let page = ask(&app, move |app| {
        filled(app, &person, frame, &pairs, Vec::new())
    });
    Ok(show(&page.await?))
}

fn filled(
    app: &App,
    person: &Person,
    frame: Frame,
    typed: &Pairs,
    remarks: Vec<Remark>,
) -> Result<ImportPage, Problem> {
    let chosen = workplace(app, person, typed.get("library"))?;
    let formats = [
        ("", "Определить самой программе"),
        ("iso2709", "ISO 2709 (RUSMARC, UNIMARC, MARC 21)"),
        ("marcxml", "MARCXML"),
        ("marcjson", "MARC-JSON"),
        ("irbis", "ИРБИС, текст обмена"),
        ("xlsx", "Таблица Excel (.xlsx)"),
        ("csv", "Таблица CSV"),
    ];
    let picks = formats.map(|(code, title)| Pick::new(code, frame.t(title)));
    let format = Choice::new("format", "Формат", typed.get("format"), picks.to_vec());
    let mut choices = vec![format];
    choices.extend(library_choice(app, person, &chosen)?);
    Ok(ImportPage {
        choices,
        remarks,
        limit: MEGABYTES.to_string(),
        working: at_work(app, person),
        past: past(app, person)?,
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

fn at_work(app: &App, person: &Person) -> Table {
    let columns = vec![
        Column::new("Файл", Kind::Text),
        Column::new("Прочитано", Kind::Number),
    ];
    let mut table = Table::new("Загрузки, которые идут", columns);
    for job in app.jobs().at_work() {
        if person.must_work_in(app, &job.order.library).is_ok() {
            let (_, records) = job.read();
            let file = Cell::text(&job.order.file).link(format!("/staff/import/{}", job.id));
            let read = Cell::number(i64::try_from(records).unwrap_or(i64::MAX));
            table.push(Row::new(vec![file, read]));
        }
    }
    table
}

fn past(app: &App, person: &Person) -> Result<Table, Problem> {
    let mut table = Table::new(
        "Прежние загрузки",
        vec![
            Column::new("Когда", Kind::Short),
            Column::new("Файл", Kind::Text),
            Column::new("Кем", Kind::Short),
            Column::new("Прочитано", Kind::Number),
            Column::new("Сохранено", Kind::Number),
            Column::new("Отложено", Kind::Number),
        ],
    );
    let count = |number: u64| Cell::number(i64::try_from(number).unwrap_or(i64::MAX));
    let mut shown = 0;
    for load in jobs::past(app)? {
        if shown < PAST && person.must_work_in(app, &load.library).is_ok() {
            shown += 1;
            let at = load.at.to_string();
            let at = at.split('T').next().unwrap_or_default();
            table.push(Row::new(vec![
                Cell::text(russian_dates(at)),
                Cell::text(load.file),
                Cell::text(called(app, &load.actor)?),
                count(load.read),
                count(load.saved),
                count(load.set_aside),
            ]));
        }
    }
    Ok(table)
}

/// A small form with a file, held in memory.
#[derive(Default)]
pub(crate) struct Upload {
    pub(crate) bytes: Vec<u8>,
    pub(crate) pairs: Pairs,
}

impl Upload {
    /// Reads a multipart form; the body limit bounds it.
    pub(crate) async fn read(mut form: Multipart) -> Result<Self, Problem> {
        let mut upload = Self::default();
        while let Some(field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                upload.bytes = field.bytes().await.map_err(broken)?.to_vec();
            } else {
                let value = field.text().await.map_err(broken)?;
                upload.pairs.0.push((name, value));
            }
        }
        Ok(upload)
    }

    /// The file as text; what is no UTF-8 is left to be refused by whoever reads it.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

fn broken(error: axum::extract::multipart::MultipartError) -> Problem {
    let status = error.status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(status, "too-large", "Файл слишком велик").detail_of(
            "Страница принимает файлы до {} МБ: разделите файл или загрузите его на сервере \
             командой fond import",
            &[&MEGABYTES],
        );
    }
    Problem::new(status, "bad-request", "Файл не принят")
        .detail("Передача оборвалась: выберите файл и отправьте ещё раз")
}

/// Writes the file of a form to disk as it comes, so that a large one takes no memory.
async fn receive(app: &Shared, mut form: Multipart) -> Result<(Kept, Pairs), Problem> {
    let folder = app.catalog().folder().join("uploads");
    let path = folder.join(Uuid::new_v4().to_string());
    let failed = |source| {
        Problem::from(Error::Io {
            what: "uploads".to_owned(),
            source,
        })
    };
    tokio::fs::create_dir_all(&folder).await.map_err(failed)?;
    let mut file = tokio::fs::File::create(&path).await.map_err(failed)?;
    let mut kept = Kept {
        name: "файл".to_owned(),
        path,
        size: 0,
    };
    let mut pairs = Pairs::default();
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            let named = field.file_name().unwrap_or("файл");
            named
                .rsplit(['/', '\\'])
                .next()
                .unwrap_or("файл")
                .clone_into(&mut kept.name);
            while let Some(chunk) = field.chunk().await.map_err(broken)? {
                file.write_all(&chunk).await.map_err(failed)?;
                kept.size += chunk.len() as u64;
            }
        } else {
            pairs.0.push((name, field.text().await.map_err(broken)?));
        }
    }
    // The file writes behind our back; an error of its last write is said here.
    file.flush().await.map_err(failed)?;
    Ok((kept, pairs))
}

/// `POST /staff/import`
pub(crate) async fn start(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    mut request: Request,
) -> Result<Response, Problem> {
    DefaultBodyLimit::max(MEGABYTES << 20).apply(&mut request);
    let form = match Multipart::from_request(request, &app).await {
        Ok(form) => form,
        Err(error) => {
            return Err(Problem::bad_request("").detail_of(
                "Форма с файлом не разобрана: откройте страницу загрузки заново ({})",
                &[&error],
            ));
        }
    };
    let (file, pairs) = match receive(&app, form).await {
        Ok(received) => received,
        Err(problem) if problem.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let page = ask(&app, move |app| {
                let remarks = vec![Remark::bad(problem.text(), "file")];
                filled(app, &person, frame, &Pairs::default(), remarks)
            });
            return Ok(show_as(StatusCode::PAYLOAD_TOO_LARGE, &page.await?));
        }
        Err(problem) => return Err(problem),
    };
    if file.size == 0 {
        let page = ask(&app, move |app| {
            let why = "Файл пуст или не выбран: выберите файл записей";
            filled(app, &person, frame, &pairs, vec![Remark::bad(why, "file")])
        });
        return Ok(show_as(StatusCode::UNPROCESSABLE_ENTITY, &page.await?));
    }
    let (shared, actor, name) = (Arc::clone(&app), person.user.id.clone(), file.name.clone());
    let id = ask(&app, move |app| {
        let library = workplace(app, &person, pairs.get("library"))?;
        person.must_work_in(app, &library.id)?;
        let order = ImportOrder {
            file: name,
            library: library.id,
            format: pairs.get("format").parse().ok(),
            dry_run: matches!(pairs.get("dry_run"), "1" | "true"),
        };
        jobs::begin(&shared, actor, order, file)?.ok_or_else(|| {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Problem::new(status, "busy", "Другие загрузки ещё идут; эта не начата")
                .detail("Дождитесь их конца и отправьте файл ещё раз")
        })
    })
    .await?;
    Ok(Redirect::to(&format!("/staff/import/{id}")).into_response())
}

fn the_job(app: &App, person: &Person, id: Uuid) -> Result<Arc<Job>, Problem> {
    let job = app.jobs().find(id).ok_or_else(|| {
        Problem::not_found(
            "Отчёта этой загрузки уже нет: сервер с тех пор перезапускали. Загрузите файл ещё раз, \
             дважды ничего не запишется",
        )
    })?;
    person.must_work_in(app, &job.order.library)?;
    Ok(job)
}

/// `GET /staff/import/{id}`: how far it has come, then the report.
pub(crate) async fn job(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    ask(&app, move |app| {
        let job = the_job(app, &person, id)?;
        match job.outcome() {
            None => Ok(show(&working(frame, &job))),
            Some(Ok(report)) => Ok(show(&report_page(frame, id, report))),
            Some(Err(problem)) => Err(problem.clone()),
        }
    })
    .await
}

/// `GET /staff/import/{id}/quarantine`: the bytes that could not be read, as they came.
pub(crate) async fn quarantine(
    State(app): State<Shared>,
    person: Person,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let bytes = ask(&app, move |app| {
        let job = the_job(app, &person, id)?;
        let path = match job.outcome() {
            Some(Ok(report)) => report.quarantine.clone(),
            Some(Err(_)) | None => None,
        };
        let path = path.ok_or_else(|| Problem::not_found("У этой загрузки отложенного нет"))?;
        let bytes = std::fs::read(&path).map_err(|_| {
            Problem::not_found("Отложенное уже убрали с сервера: спросите администратора")
        })?;
        Ok::<_, Problem>((bytes, path.ends_with(".csv")))
    });
    let (bytes, is_table) = bytes.await?;
    // Rows of a table are mended in a table program and loaded again.
    let name = match is_table {
        true => "attachment; filename=\"quarantine.csv\"",
        false => "attachment; filename=\"quarantine.bin\"",
    };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, bytes).into_response())
}

fn working(frame: Frame, job: &Job) -> ImportReportPage {
    let (bytes, records) = job.read();
    ImportReportPage {
        file: job.order.file.clone(),
        progress: Some(Progress {
            title: frame.with("Читаю записи, прочитано {}", records),
            done: bytes.min(job.size) >> 10,
            total: (job.size >> 10).max(1),
            poll: format!("/staff/import/{}", job.id),
        }),
        counts: Vec::new(),
        facts: Vec::new(),
        findings: Table::default(),
        quarantine: None,
        f: crumbs(frame),
    }
}

fn crumbs(frame: Frame) -> Frame {
    frame
        .crumb("Рабочий стол", "/staff")
        .crumb("Загрузка записей", "/staff/import")
}

fn report_page(frame: Frame, id: Uuid, report: &ImportReport) -> ImportReportPage {
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
        count(
            "Отложено",
            report.unreadable + report.authorities + report.deleted,
        ),
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
    findings.empty = Some(Empty::new("Замечаний нет", "Все записи прочитаны чисто."));
    for found in report.findings.iter().take(LISTED) {
        findings.push(Row::new(vec![
            Cell::text(found.record.to_string()),
            Cell::text(found.offset.to_string()),
            Cell::text(&found.finding.place),
            Cell::text(&found.finding.detail),
            Cell::text(found.finding.rule.code()).sub(found.source),
        ]));
    }
    ImportReportPage {
        file: report.file.clone(),
        progress: None,
        counts,
        facts: report_facts(&frame, report),
        findings,
        quarantine: report.quarantine.as_ref().map(|_| {
            let words = frame.t("скачать отложенное").to_owned();
            (words, format!("/staff/import/{id}/quarantine"))
        }),
        f: crumbs(frame),
    }
}

fn report_facts(frame: &Frame, report: &ImportReport) -> Vec<Fact> {
    let mut facts = Vec::new();
    if report.dry_run {
        facts.push(Fact::text("Проба", "ничего не записано"));
    }
    let copies = &report.copies;
    if copies.read > 0 {
        let counted = frame.with2("{} на {} ₽", copies.counted, copies.counted_sum);
        facts.push(Fact::text("Экземпляров принято на учёт", counted));
        let aside = frame.with2("{} на {} ₽", copies.set_aside, copies.set_aside_sum);
        facts.push(Fact::text("Отложено без номера", aside));
        if copies.not_taken > 0 {
            let words = copies.not_taken.to_string();
            facts.push(Fact::text("Не взято, причины ниже", words));
        }
    }
    facts
}
