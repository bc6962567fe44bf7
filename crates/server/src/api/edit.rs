//! Records that programs write: made, changed where nobody changed them meanwhile, and loaded by files.

use std::io::Cursor;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use catalog::id::{LibraryId, RecordId, Seq};
use catalog::record::convert::to_rusmarc;
use catalog::record::detect::Format;
use catalog::record::dialect::Dialect;
use catalog::record::read::Reader;
use catalog::record::{BiblioRecord, check};
use catalog::rule::{Finding, Rule};
use catalog::{Change, Entry, ImportOrder, RecordDraft, RecordStatus};

use super::place::place;
use super::records::Issue;
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::{day_here, today};
use crate::extract::{Path, Query, Whole};
use crate::problem::Problem;
use crate::repeat::{Once, by_heart};

/// No single record is longer.
const LONGEST: usize = 2 << 20;

/// How to save.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// Чья запись; можно не называть, если библиотека у вас одна.
    #[param(value_type = Option<String>)]
    library: Option<LibraryId>,
    /// `draft` (обычно), `final` – без единой ошибки, `deleted` – снять.
    #[param(value_type = Option<String>)]
    status: Option<RecordStatus>,
    /// `rusmarc` (обычно) или `marc21`: из него запись будет переведена.
    schema: Option<String>,
}

/// Сохранённая запись.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Saved {
    #[schema(value_type = u64)]
    id: RecordId,
    /// Версия: пошлите её в `If-Match`, когда будете менять.
    version: u64,
    #[schema(value_type = String)]
    status: RecordStatus,
    findings: Vec<Issue>,
}

/// Формы тела: MARC-in-JSON, MARCXML, ISO 2709.
const FORMS: [(&str, Format); 6] = [
    ("application/json", Format::MarcJson),
    ("application/marcxml+xml", Format::MarcXml),
    ("application/xml", Format::MarcXml),
    ("text/xml", Format::MarcXml),
    ("application/marc", Format::Iso2709),
    ("application/octet-stream", Format::Iso2709),
];

/// Новая запись.
#[utoipa::path(post, path = "/api/v1/records", tag = "records", params(How),
    request_body(content((super::shapes::MarcJson = "application/json"),
        (String = "application/marcxml+xml"), (String = "application/marc"))),
    responses((status = 201, body = Saved, headers(
        ("Location" = String, description = "Адрес записи"),
        ("ETag" = String, description = "Версия записи")))))]
pub(crate) async fn make(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    Query(how): Query<How>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let (record, mut findings) = read(&headers, &how, &body)?;
    ask(&app, move |app| {
        if let Some(first) = once.entry(app)? {
            return again(app, &first, &record, findings, true);
        }
        let status = judged(&how, &record, &mut findings)?;
        let owner = place(app, &person, how.library.as_ref())?.id;
        let draft = RecordDraft {
            replaces: None,
            owner,
            status,
            record,
        };
        findings.extend(shared_number(app, &draft.record, None)?);
        let doing = once.doing(&person);
        let (id, seq) = app.catalog().save_record(doing, draft)?;
        Ok(made(id, saved(id, seq, status, &findings)))
    })
    .await
}

/// Новая версия записи; 409, если её изменили после версии из `If-Match`.
#[utoipa::path(put, path = "/api/v1/records/{id}", tag = "records",
    params(("id" = u64, Path, description = "Номер записи"), How,
        ("If-Match" = String, Header, description = "Версия, которую вы видели: `\"17\"`")),
    request_body(content((super::shapes::MarcJson = "application/json"),
        (String = "application/marcxml+xml"), (String = "application/marc"))),
    responses((status = 200, body = Saved, headers(("ETag" = String, description = "Версия записи"))),
        (status = 428, description = "Нет If-Match", body = Problem,
            content_type = "application/problem+json")))]
pub(crate) async fn change(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    Path(id): Path<RecordId>,
    Query(how): Query<How>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let seen = seen(&headers);
    let read = read(&headers, &how, &body);
    ask(&app, move |app| {
        if let Some(first) = once.entry(app)? {
            let (record, findings) = read?;
            return again(app, &first, &record, findings, false);
        }
        let stands = app.catalog().record(id)?;
        let owner = stands.owner.clone();
        person.must_work_in(app, &owner)?;
        let seen = seen?;
        let replaces = Some((id, seen));
        let (record, mut findings) = read?;
        let kept = how.status.is_none_or(|status| status == stands.status);
        let same = catalog::content_digest(&record) == catalog::content_digest(&stands.record);
        if kept && same && seen == stands.version {
            // The very same record is no new version.
            findings.extend(check::check_on(&record, today()));
            let saved = saved(id, stands.version, stands.status, &findings);
            return Ok((by_heart(true), saved).into_response());
        }
        let status = judged(&how, &record, &mut findings)?;
        let draft = RecordDraft {
            replaces,
            owner,
            status,
            record,
        };
        let (id, seq) = app.catalog().save_record(once.doing(&person), draft)?;
        if status == RecordStatus::Deleted {
            // No reader finds it from now on, whenever the index follows (D-34).
            app.index()?.hide(&[id]);
        }
        Ok(saved(id, seq, status, &findings))
    })
    .await
}

/// The first answer again, from the entry that it made.
fn again(
    app: &App,
    first: &Entry,
    record: &BiblioRecord,
    mut findings: Vec<Finding>,
    new: bool,
) -> Result<Response, Problem> {
    let version = match &first.change {
        Change::Records(versions) => versions.first(),
        Change::Fund(_) | Change::Person(_) | Change::JobBegun { .. } | Change::JobDone { .. } => {
            None
        }
    };
    let version = version.ok_or(catalog::Error::KeyReused)?;
    findings.extend(check::check_on(record, day_here(first.at)));
    if new {
        findings.extend(shared_number(app, record, Some(version.id))?);
    }
    let saved = saved(version.id, first.seq, version.status, &findings);
    Ok(if new { made(version.id, saved) } else { saved })
}

/// Says that another record, one of those made before `own`, has this number already.
fn shared_number(
    app: &App,
    record: &BiblioRecord,
    own: Option<RecordId>,
) -> Result<Option<Finding>, Problem> {
    let control = record.control("001").unwrap_or_default().trim();
    if control.is_empty() {
        return Ok(None);
    }
    let others = app.catalog().by_control_number(control)?;
    let mut before = others
        .iter()
        .filter(|other| own.is_none_or(|own| **other < own));
    Ok(before.next().map(|other| {
        let detail =
            format!("Номер 001 «{control}» уже есть у записи {other}: сохранены обе, сравните их");
        Finding::new(Rule::SharedControlNumber, "001", detail)
    }))
}

fn made(id: RecordId, saved: Response) -> Response {
    let there = [(header::LOCATION, format!("/api/v1/records/{id}"))];
    (StatusCode::CREATED, there, saved).into_response()
}

fn saved(id: RecordId, seq: Seq, status: RecordStatus, findings: &[Finding]) -> Response {
    let saved = Saved {
        id,
        version: seq.get(),
        status,
        findings: findings.iter().map(Issue::from).collect(),
    };
    ([(header::ETAG, format!("\"{seq}\""))], Json(saved)).into_response()
}

fn seen(headers: &HeaderMap) -> Result<Seq, Problem> {
    let Some(given) = headers.get(header::IF_MATCH) else {
        let status = StatusCode::PRECONDITION_REQUIRED;
        return Err(Problem::new(
            status,
            "version-required",
            "Не сказано, какую версию вы видели",
        )
        .detail("Прочитайте запись и пошлите её ETag в заголовке If-Match"));
    };
    let text = given.to_str().unwrap_or_default().trim();
    let text = text.strip_prefix("W/").unwrap_or(text).trim_matches('"');
    text.parse().map_err(|_| {
        Problem::bad_request("If-Match – это версия записи из её ETag, например \"17\"")
    })
}

/// The one record of a body, in RUSMARC.
fn read(
    headers: &HeaderMap,
    how: &How,
    body: &[u8],
) -> Result<(BiblioRecord, Vec<Finding>), Problem> {
    let media_type = super::media_type(headers);
    let form = FORMS.into_iter().find(|(name, _)| *name == media_type);
    let (_, format) = form.ok_or_else(|| {
        Problem::media_type("application/json, application/marcxml+xml или application/marc")
    })?;
    if body.len() > LONGEST {
        return Err(Problem::too_large(2 << 20).detail("Одна запись – не больше 2 МБ"));
    }
    let dialect = match how.schema.as_deref() {
        None | Some("rusmarc") => Dialect::Rusmarc,
        Some("marc21") => Dialect::Marc21,
        Some(_) => return Err(Problem::bad_request("schema – rusmarc или marc21")),
    };
    let unread = |findings: Vec<Finding>| Problem::refused("Запись не прочитана", findings);
    let body = match format {
        // The reader takes line ends for a sign of damage; a program may well write an object on several.
        Format::MarcJson => serde_json::from_slice::<serde_json::Value>(body)
            .map_err(|error| Problem::bad_request(format!("Тело – не JSON: {error}")))?
            .to_string()
            .into_bytes(),
        Format::Iso2709
        | Format::MarcXml
        | Format::Irbis
        | Format::Mrk
        | Format::Csv
        | Format::Xlsx => body.to_vec(),
    };
    let mut pieces = Vec::new();
    for piece in Reader::new(Cursor::new(body)).with_format(format).take(2) {
        let piece =
            piece.map_err(|error| Problem::bad_request(format!("Запись не читается: {error}")))?;
        pieces.push(piece);
    }
    match pieces.as_mut_slice() {
        [piece] => {
            let findings = std::mem::take(&mut piece.findings);
            let Some(record) = &piece.record else {
                return Err(unread(findings));
            };
            let (record, more) = to_rusmarc(record, dialect);
            Ok((record, findings.into_iter().chain(more).collect()))
        }
        [] => Err(Problem::bad_request("В теле нет записи: пошлите одну")),
        // What is too long to be a record comes in pieces: the first says why.
        [piece, ..] if piece.record.is_none() => Err(unread(std::mem::take(&mut piece.findings))),
        [..] => Err(Problem::bad_request(
            "В теле несколько записей: пошлите одну, а файл загрузите через POST /api/v1/import",
        )),
    }
}

/// The status that the record may have; its findings join those of reading.
fn judged(
    how: &How,
    record: &BiblioRecord,
    findings: &mut Vec<Finding>,
) -> Result<RecordStatus, Problem> {
    findings.extend(check::check_on(record, today()));
    let status = how.status.unwrap_or(RecordStatus::Draft);
    match status {
        RecordStatus::Draft | RecordStatus::Deleted => Ok(status),
        RecordStatus::Imported => Err(Problem::bad_request(
            "status – draft, final или deleted: принятыми записи становятся при загрузке файла",
        )),
        RecordStatus::Final => {
            // 001 is given on the way out, under the record's own number.
            let number = |finding: &Finding| finding.rule == Rule::ControlNumber;
            let blocking = findings.iter().filter(|f| f.blocks() && !number(f));
            let blocking: Vec<Finding> = blocking.cloned().collect();
            if blocking.is_empty() {
                Ok(status)
            } else {
                let title = "Запись не готова: исправьте замечания или сохраните черновиком";
                Err(Problem::refused(title, blocking))
            }
        }
    }
}

/// How to import.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportHow {
    /// Чьи это записи и копии; можно не называть, если библиотека у вас одна.
    #[param(value_type = Option<String>)]
    library: Option<LibraryId>,
    /// `auto` (обычно), `iso2709`, `marcxml`, `marcjson`, `irbis`, `mrk`.
    format: Option<String>,
    /// Имя файла для отчёта.
    file: Option<String>,
    /// Только отчёт: ничего не записать.
    dry_run: bool,
}

/// Загрузить файл записей; повтор того же файла ничего не запишет дважды.
#[utoipa::path(post, path = "/api/v1/import", tag = "records", params(ImportHow),
    request_body(content = String, content_type = "application/octet-stream", description = "Файл записей"),
    responses((status = 200, description = "Отчёт", body = Object)))]
pub(crate) async fn import(
    State(app): State<Shared>,
    person: Person,
    once: Once,
    Query(how): Query<ImportHow>,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let format = match how.format.as_deref() {
        None | Some("" | "auto") => None,
        Some(name) => Some(name.parse::<Format>().map_err(|_| {
            Problem::bad_request("format – auto, iso2709, marcxml, marcjson, irbis или mrk")
        })?),
    };
    ask(&app, move |app| {
        let library = place(app, &person, how.library.as_ref())?.id;
        if body.is_empty() {
            return Err(Problem::bad_request(
                "Тело запроса пусто: пошлите файл записей",
            ));
        }
        let name = how.file.as_deref().unwrap_or_default();
        let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let order = ImportOrder {
            file: if name.is_empty() { "файл" } else { name }.to_owned(),
            library,
            format,
            dry_run: how.dry_run,
        };
        let doing = once.doing(&person);
        let mut report = app
            .catalog()
            .import(&doing, &order, Cursor::new(body), &mut |_, _| ())?;
        // Where the server keeps its files is nobody's business outside.
        let kept = report.quarantine.take();
        report.quarantine = kept.and_then(|path| path.rsplit('/').next().map(str::to_owned));
        let report = serde_json::to_value(&report);
        let report = report.map_err(|e| catalog::Error::Damaged(e.to_string()))?;
        Ok((by_heart(!how.dry_run), Json(report)).into_response())
    })
    .await
}
