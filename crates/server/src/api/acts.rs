//! Posted acts for programs: what they are, what they moved, and where they stand in the books.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use catalog::fund::act::{Act, ActBody, Document, Part};
use catalog::fund::axis::{Fund, Reason, Series, Source, SubReason};
use catalog::fund::books;
use catalog::fund::ledger::{LedgerEntry, Unit};
use catalog::fund::money::Kopecks;
use catalog::fund::tables::{Acts, Cards, Entries, Items};
use catalog::id::{ActId, LibraryId, RecordId};
use catalog::table::{TableError, View, get, scan_from};

use super::place::{Span, Whose, place};
use crate::app::{Shared, ask};
use crate::auth::Person;
use crate::extract::{Path, Query};
use crate::problem::Problem;

/// Проведённый акт.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActShown {
    /// Номер акта у нас: им акт называют в сторно (`corrects_act`).
    #[schema(value_type = u64)]
    id: ActId,
    /// Код библиотеки.
    #[schema(value_type = String)]
    library: LibraryId,
    /// Код фонда.
    #[schema(value_type = String, example = "MAIN")]
    fund: Fund,
    /// `OPENING`, `ACCESSION`, `WITHDRAWAL`, `TRANSFER`, `REVERSAL`, `CORRECTION`, `REVALUATION`, `RECLASSIFICATION`.
    kind: &'static str,
    /// Вид акта по-русски.
    label: &'static str,
    /// Дата записи.
    #[schema(value_type = String, format = Date)]
    date: jiff::civil::Date,
    /// Когда проведён.
    #[schema(value_type = String, format = DateTime)]
    entered_at: jiff::Timestamp,
    /// Кто провёл.
    actor: String,
    /// Событие, из которого он проведён.
    event: Option<String>,
    /// Номер бумаги в своём ряду.
    number: Option<NumberShown>,
    /// Запись книги суммарного учёта; у ввода остатков её нет.
    row: Option<RowShown>,
    /// Экземпляров, со знаком.
    copies: i64,
    /// Сумма в копейках, со знаком.
    #[schema(value_type = i64)]
    sum_kop: Kopecks,
    /// Новых или выбывших названий.
    titles: i64,
    /// Источник поступления.
    #[schema(value_type = Option<String>)]
    source: Option<Source>,
    /// Поставщик, даритель или получатель.
    counterparty: Option<String>,
    /// Сопроводительный документ.
    document: Option<DocumentShown>,
    /// Дата утверждения акта о выбытии.
    #[schema(value_type = Option<String>, format = Date)]
    approved: Option<jiff::civil::Date>,
    /// Причина выбытия.
    #[schema(value_type = Option<String>)]
    reason: Option<Reason>,
    /// Подпричина утраты.
    #[schema(value_type = Option<String>)]
    sub_reason: Option<SubReason>,
    /// Какой акт исправляет.
    #[schema(value_type = Option<u64>)]
    corrects_act: Option<ActId>,
    /// Почему: основание исправления или переоценки.
    why: Option<String>,
    note: String,
    /// Строки; в списках актов их нет.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<LineShown>>,
}

/// Номер бумаги.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberShown {
    #[schema(value_type = String)]
    series: Series,
    year: i16,
    no: u32,
}

/// Запись книги суммарного учёта.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowShown {
    /// Часть книги: 1 или 2.
    part: u8,
    year: i16,
    record_no: u32,
    /// Инвентарные номера записи.
    inv: Vec<String>,
    /// Учётные карточки записи.
    cards: Vec<u64>,
}

/// Сопроводительный документ.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DocumentShown {
    kind: String,
    no: String,
    #[schema(value_type = String, format = Date)]
    date: jiff::civil::Date,
    #[schema(value_type = Option<i64>)]
    total_kop: Option<Kopecks>,
}

/// Строка акта.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineShown {
    #[schema(value_type = u64)]
    record: RecordId,
    /// Краткое описание.
    title: String,
    inv: Option<String>,
    card_no: Option<u64>,
    layer: Option<u32>,
    copies: i64,
    #[schema(value_type = i64)]
    sum_kop: Kopecks,
}

impl From<&Document> for DocumentShown {
    fn from(document: &Document) -> Self {
        Self {
            kind: document.kind.clone(),
            no: document.number.clone(),
            date: document.date,
            total_kop: document.total,
        }
    }
}

impl From<&Act> for ActShown {
    fn from(act: &Act) -> Self {
        let mut shown = Self {
            id: act.id,
            library: act.library.clone(),
            fund: act.fund,
            kind: kind(&act.body),
            label: act.label(),
            date: act.date,
            entered_at: act.at,
            actor: act.actor.to_string(),
            event: act.event.as_ref().map(|event| event.id.clone()),
            number: act.number.map(|number| NumberShown {
                series: number.series,
                year: number.year,
                no: number.number,
            }),
            row: act.row.as_ref().map(|row| RowShown {
                part: match row.part {
                    Part::Came => 1,
                    Part::Left => 2,
                },
                year: row.year,
                record_no: row.number,
                inv: row.numbers.iter().map(ToString::to_string).collect(),
                cards: row.cards.clone(),
            }),
            copies: act.totals.all.copies,
            sum_kop: act.totals.all.sum,
            titles: act.totals.titles,
            source: None,
            counterparty: None,
            document: None,
            approved: None,
            reason: None,
            sub_reason: None,
            corrects_act: None,
            why: None,
            note: act.note.clone(),
            lines: None,
        };
        shown.fill(&act.body);
        shown
    }
}

fn kind(body: &ActBody) -> &'static str {
    match body {
        ActBody::Opening => "OPENING",
        ActBody::Accession { .. } => "ACCESSION",
        ActBody::Withdrawal { reason: None, .. } => "TRANSFER",
        ActBody::Withdrawal { .. } => "WITHDRAWAL",
        ActBody::Reversal { .. } => "REVERSAL",
        ActBody::Correction { .. } => "CORRECTION",
        ActBody::Revaluation { .. } => "REVALUATION",
        ActBody::Reclassification { .. } => "RECLASSIFICATION",
    }
}

impl ActShown {
    fn fill(&mut self, body: &ActBody) {
        match body {
            ActBody::Opening => {}
            ActBody::Accession {
                source,
                supplier,
                document,
                ..
            } => {
                self.source = Some(*source);
                self.counterparty = Some(supplier.clone());
                self.document = Some(document.into());
            }
            ActBody::Withdrawal {
                approved,
                reason,
                sub_reason,
                receiver,
                ..
            } => {
                self.approved = Some(*approved);
                self.reason = *reason;
                self.sub_reason = *sub_reason;
                self.counterparty = Some(receiver.clone()).filter(|name| !name.is_empty());
            }
            ActBody::Reversal { of, reason, .. } | ActBody::Correction { of, reason, .. } => {
                self.corrects_act = Some(*of);
                self.why = Some(reason.clone());
            }
            ActBody::Revaluation { reason } | ActBody::Reclassification { reason, .. } => {
                self.why = Some(reason.clone());
            }
        }
    }

    /// The act with its lines.
    pub(super) fn with_lines(act: &Act, view: &dyn View) -> Result<Self, TableError> {
        let mut entries = Vec::new();
        scan_from::<Entries>(view, &act.id, &(act.id, 0), |entry| {
            entries.push(entry);
            std::ops::ControlFlow::Continue(())
        })?;
        let lines: Result<Vec<LineShown>, TableError> =
            entries.iter().map(|entry| line(entry, view)).collect();
        Ok(Self {
            lines: Some(lines?),
            ..Self::from(act)
        })
    }
}

fn line(entry: &LedgerEntry, view: &dyn View) -> Result<LineShown, TableError> {
    let mut shown = LineShown {
        record: entry.record,
        title: String::new(),
        inv: None,
        card_no: None,
        layer: None,
        copies: entry.copies,
        sum_kop: entry.sum,
    };
    match entry.unit {
        Unit::Item(id) => {
            if let Some(item) = get::<Items>(view, &id)? {
                shown.inv = item.number.map(|number| number.to_string());
                shown.title = item.title.map_or_else(String::new, |t| t.description);
            }
        }
        Unit::Layer(id, layer) => {
            shown.layer = Some(layer);
            if let Some(card) = get::<Cards>(view, &id)? {
                shown.card_no = card.number;
                shown.title = card.title.description;
            }
        }
    }
    Ok(shown)
}

/// Which acts.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Год записи.
    year: Option<i16>,
    /// Код фонда.
    #[param(value_type = Option<String>)]
    fund: Option<Fund>,
}

/// Страница актов.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActList {
    total: usize,
    acts: Vec<ActShown>,
}

/// Список актов, последние впереди.
#[utoipa::path(get, path = "/api/v1/acts", tag = "fund", params(Whose, Which, Span),
    responses((status = 200, body = ActList)))]
pub(crate) async fn list(
    State(app): State<Shared>,
    person: Person,
    Query(whose): Query<Whose>,
    Query(which): Query<Which>,
    Query(span): Query<Span>,
) -> Result<Json<ActList>, Problem> {
    ask(&app, move |app| {
        let library = place(app, &person, whose.library.as_ref())?;
        let fits = |act: &Act| {
            which.year.is_none_or(|year| act.date.year() == year)
                && which.fund.is_none_or(|fund| act.fund == fund)
        };
        let view = app.catalog().view();
        let (total, acts) = books::fitting_acts(view, &library.id, fits, |all| span.of(all))?;
        let acts = acts.iter().map(ActShown::from).collect();
        Ok(Json(ActList { total, acts }))
    })
    .await
}

/// Один акт со строками.
#[utoipa::path(get, path = "/api/v1/acts/{id}", tag = "fund",
    params(("id" = u64, Path, description = "Номер акта")),
    responses((status = 200, body = ActShown)))]
pub(crate) async fn one(
    State(app): State<Shared>,
    person: Person,
    Path(id): Path<ActId>,
) -> Result<Json<ActShown>, Problem> {
    ask(&app, move |app| {
        let view = app.catalog().view();
        let act =
            get::<Acts>(view, &id)?.ok_or_else(|| Problem::not_found(format!("Акта {id} нет")))?;
        person.must_work_in(app, &act.library)?;
        Ok(Json(ActShown::with_lines(&act, view)?))
    })
    .await
}
