//! Deeds of the fund for programs: each takes one event of the shape that `fond post` reads, and is posted
//! whole or not at all. `dry_run` only lets the fund decide.

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use catalog::fund::FundChange;
use catalog::id::LibraryId;
use catalog::rule::{Finding, Rule};
use catalog::{Change, Entry, event};

use super::acts::ActShown;
use super::books::CheckShown;
use super::place::{Whose, place};
use super::shapes;
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::now;
use crate::deed;
use crate::extract::{self, Query, Whole};
use crate::problem::Problem;
use crate::repeat::{ByHeart, Once};

/// How to post.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// Код библиотеки; можно не называть, если она у вас одна.
    #[param(value_type = Option<String>)]
    library: Option<LibraryId>,
    /// Только проверить: что будет записано или почему нет.
    dry_run: bool,
}

/// Что записано (при пробе – что было бы записано).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Posted {
    /// Записано сейчас. `false` – это проба, или событие с этим `id` проведено раньше.
    posted: bool,
    /// Номер записи журнала.
    seq: Option<u64>,
    /// Акты, по одному на фонд.
    acts: Vec<ActShown>,
    /// Проверка, если это её начало или итог.
    stock_check: Option<CheckShown>,
}

type Answer = Result<(StatusCode, Json<Posted>), Problem>;

/// Who posts what, as it came with the request.
struct Request {
    person: Person,
    once: Once,
    how: How,
    given: Value,
}

impl Request {
    /// The kinds of event that an address takes; of two, the first is meant when none is named.
    fn typed(mut self, kinds: &[&str]) -> Result<Self, Problem> {
        let Some(object) = self.given.as_object_mut() else {
            return Ok(self);
        };
        let named = object.get("type").filter(|kind| !kind.is_null());
        let fits = named.is_some_and(|kind| kind.as_str().is_some_and(|k| kinds.contains(&k)));
        match named {
            Some(_) if fits => {}
            None if kinds.len() <= 2 => {
                object.insert("type".to_owned(), Value::from(kinds[0]));
            }
            Some(_) | None => {
                let detail = format!("Здесь проводят события вида {}", kinds.join(", "));
                let finding = Finding::new(Rule::FileShape, "/type", detail);
                return Err(Problem::refused(
                    "Не проведено: нарушены правила",
                    vec![finding],
                ));
            }
        }
        Ok(self)
    }

    fn run(self, app: &App) -> Answer {
        if let Some(first) = self.once.entry(app)? {
            return written(app, &first);
        }
        let library = place(app, &self.person, self.how.library.as_ref())?.id;
        let event = event(app.catalog().view(), &library, &self.given)?;
        if self.how.dry_run {
            let actor = &self.person.user.id;
            let change = deed::tried(app, actor, &library, &event.command)?;
            return Ok((StatusCode::OK, Json(shown(app, None, change.as_ref())?)));
        }
        let mut doing = self.once.doing(&self.person);
        doing.on = event.date;
        let entry = deed::posted(app, doing, &library, event.command)?;
        let Some(entry) = entry else {
            return Ok((StatusCode::OK, Json(shown(app, None, None)?)));
        };
        written(app, &entry)
    }
}

fn written(app: &App, entry: &Entry) -> Answer {
    let change = match &entry.change {
        Change::Fund(change) => Some(&**change),
        Change::Records(_)
        | Change::Person(_)
        | Change::JobBegun { .. }
        | Change::JobDone { .. } => None,
    };
    let posted = shown(app, Some(entry.seq.get()), change)?;
    Ok((StatusCode::CREATED, Json(posted)))
}

fn shown(app: &App, seq: Option<u64>, change: Option<&FundChange>) -> Result<Posted, Problem> {
    let mut acts = Vec::new();
    for act in change.map(FundChange::acts).unwrap_or_default() {
        acts.push(match seq {
            Some(_) => ActShown::with_lines(act, app.catalog().view())?,
            // What was only decided has no lines in the tables.
            None => ActShown::from(act),
        });
    }
    let stock_check = if let Some(FundChange::Checked { check, .. }) = change {
        Some(CheckShown::from(&**check))
    } else {
        None
    };
    Ok(Posted {
        posted: seq.is_some(),
        seq,
        acts,
        stock_check,
    })
}

/// One address: what it takes in OpenAPI's words, and which kinds of event.
macro_rules! deeds {
    ($($(#[$doc:meta])* $name:ident $path:literal $shape:ident $kinds:expr;)*) => { $(
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "fund", params(How),
            request_body(content = shapes::$shape),
            responses((status = 200, description = "Проба, или событие уже проведено", body = Posted),
                (status = 201, description = "Записано", body = Posted)))]
        pub(crate) async fn $name(
            State(app): State<Shared>,
            person: Person,
            once: Once,
            Query(how): Query<How>,
            extract::Json(given): extract::Json<Value>,
        ) -> Answer {
            let request = Request { person, once, how, given }.typed(&$kinds)?;
            ask(&app, move |app| request.run(app)).await
        }
    )* };
}

deeds! {
    /// Принять поступление.
    delivery "/api/v1/deliveries" Delivery ["RECEIPT"];
    /// Списать или передать (`type`: `WITHDRAWAL` или `TRANSFER_OUT`).
    withdrawal "/api/v1/withdrawals" Withdrawal ["WITHDRAWAL", "TRANSFER_OUT"];
    /// Сторнировать проведённый акт и, если нужно, исправить его строки.
    reversal "/api/v1/reversals" Reversal ["STORNO"];
    /// Переоценить.
    revaluation "/api/v1/revaluations" Revaluation ["REVALUATION"];
    /// Перевести в другой фонд (пара записей с равными суммами) или в другие графы своего.
    reclassification "/api/v1/reclassifications" Reclassification ["RECLASSIFY"];
    /// Переместить в другое здание по внутренней накладной: книги не меняются.
    internal_move "/api/v1/internal-moves" InternalMove ["INTERNAL_MOVE"];
    /// Погасить номера.
    void "/api/v1/voids" Void ["VOID"];
    /// Отметить движение: `type` называет, какое.
    movement "/api/v1/movements" Movement ["LOAN", "RETURN", "LEND", "REPAIR", "RESTRICT", "LIFT",
        "LOSS_CLAIM", "FOUND", "SELECT", "DESELECT"];
    /// Начать проверку фонда.
    start_check "/api/v1/stock-checks" CheckStart ["CHECK_START"];
    /// Закрыть проверку фонда.
    close_check "/api/v1/stock-checks/close" CheckClose ["CHECK_CLOSE"];
    /// Закрыть год или квартал.
    close_period "/api/v1/periods/close" PeriodClose ["YEAR_CLOSE", "QUARTER_CLOSE"];
    /// Открыть закрытый год снова.
    reopen_period "/api/v1/periods/reopen" PeriodReopen ["PERIOD_REOPEN"];
    /// Отметить, что годовой отчёт сдан.
    submit_report "/api/v1/reports" Report ["REPORT_SUBMITTED"];
}

/// Отчёт о проведённом файле.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FilePosted {
    /// События, проведённые сейчас.
    posted: Vec<String>,
    /// Проведённые раньше с тем же содержанием.
    unchanged: Vec<String>,
    /// Отказы: каждое событие проводится целиком или никак.
    refused: Vec<RefusalShown>,
    /// Сколько записей заведено для изданий.
    records_saved: u64,
}

/// Отказ одному событию.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusalShown {
    rule: String,
    /// Откуда правило.
    source: &'static str,
    event: String,
    place: String,
    detail: String,
}

/// Провести целый файл: `policy`, `titles`, `opening`, `events`, как `fond post`. 422 – не проведено ничего.
#[utoipa::path(post, path = "/api/v1/post", tag = "fund", params(Whose),
    request_body(content = shapes::YearFile),
    responses((status = 200, body = FilePosted)))]
pub(crate) async fn file(
    State(app): State<Shared>,
    person: Person,
    Query(whose): Query<Whose>,
    headers: axum::http::HeaderMap,
    Whole(text): Whole,
) -> Result<(Extension<ByHeart>, Json<FilePosted>), Problem> {
    super::must_be_json(&headers)?;
    ask(&app, move |app| {
        let library = place(app, &person, whose.library.as_ref())?.id;
        let actor = &person.user.id;
        let report = catalog::post(app.catalog(), actor, now(), Some(&library), &text)?;
        let nothing = report.posted.is_empty() && report.unchanged.is_empty();
        if nothing && report.records_saved == 0 && !report.refused.is_empty() {
            let findings = report.refused.into_iter().map(|refusal| {
                let place = format!("/{}{}", refusal.event, refusal.place);
                Finding::new(refusal.rule, place, refusal.detail)
            });
            let findings = findings.collect();
            return Err(Problem::refused("Не проведено: нарушены правила", findings));
        }
        let refused = report.refused.into_iter().map(|refusal| RefusalShown {
            rule: refusal.rule.code().to_owned(),
            source: refusal.source,
            event: refusal.event,
            place: refusal.place,
            detail: refusal.detail,
        });
        let posted = FilePosted {
            refused: refused.collect(),
            posted: report.posted,
            unchanged: report.unchanged,
            records_saved: report.records_saved,
        };
        Ok((Extension(ByHeart), Json(posted)))
    })
    .await
}
