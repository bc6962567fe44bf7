//! The proof that the base is whole, for programs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::{App, Shared, ask};
use crate::extract::Query;
use crate::problem::Problem;
use crate::standing::{Deed, Standing};

/// How thoroughly.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// Построить таблицы ещё раз по журналу и сличить с ними таблицы и поиск: дольше.
    full: bool,
}

/// Отчёт сверки.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verified {
    /// Ничего не расходится.
    ok: bool,
    /// Номер последней записи журнала.
    head: u64,
    /// Её хеш: доказывает всё, что до неё.
    head_hash: String,
    entries: u64,
    /// Строк в таблицах.
    rows: u64,
    full: bool,
    /// Что расходится.
    problems: Vec<String>,
}

/// Сверить журнал, таблицы и книги.
#[utoipa::path(post, path = "/api/v1/verify", tag = "admin", params(How),
    responses((status = 200, body = Verified)))]
pub(crate) async fn verify(
    State(app): State<Shared>,
    Query(how): Query<How>,
) -> Result<Json<Verified>, Problem> {
    ask(&app, move |app| {
        let Ok(_alone) = app.verifying().try_lock() else {
            return Err(
                Problem::new(StatusCode::CONFLICT, "at-work", "Сверка уже идёт")
                    .detail("Дождитесь её конца и повторите"),
            );
        };
        let report = app.catalog().verify(how.full, &mut |_, _| ())?;
        let mut problems = report.problems;
        if how.full {
            problems.extend(index_problems(app));
            let (ok, head) = (problems.is_empty(), report.head.get());
            app.note_deed(Deed::Verified, ok, head, std::path::Path::new(""));
        }
        Ok(Json(Verified {
            ok: problems.is_empty(),
            head: report.head.get(),
            head_hash: report.head_hash,
            entries: report.entries,
            rows: report.rows,
            full: report.full,
            problems,
        }))
    })
    .await
}

/// Состояние библиотеки и сервера.
#[utoipa::path(get, path = "/api/v1/status", tag = "admin",
    responses((status = 200, body = Standing)))]
pub(crate) async fn status(State(app): State<Shared>) -> Result<Json<Standing>, Problem> {
    ask(&app, |app| Ok(Json(app.standing()?))).await
}

fn index_problems(app: &App) -> Vec<String> {
    let index = app.fresh_index();
    match index.and_then(|index| index.verify(app.catalog())) {
        Ok(differences) => {
            let said = differences.iter();
            said.map(|d| format!("Поиск: {d:?}; выполните fond reindex"))
                .collect()
        }
        Err(error) => vec![format!(
            "Поиск не читается ({error}): выполните fond reindex"
        )],
    }
}
