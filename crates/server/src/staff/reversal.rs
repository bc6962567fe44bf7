//! Сторно: the units of a posted act that were wrong leave its row, with a reason; seen first, then posted.
//!
//! What may still be reversed is judged by the fund; the form shows what the act holds.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use catalog::fund::act::{Act, ActBody, Part};
use catalog::fund::books::acts;
use catalog::fund::draft::{ActRef, ReversalDraft, UnitLine};
use catalog::fund::ledger::{LedgerEntry, Unit as Ours};
use catalog::fund::money::Kopecks;
use catalog::fund::tables::{Acts, Cards, Entries, Items};
use catalog::fund::{FundCommand, Order};
use catalog::id::ActId;
use catalog::table::{View, all, get};
use jiff::civil::Date;

use super::units::{Key, Unit};
use super::{Pairs, acts as papers, folds, post};
use crate::app::{App, Shared, ask};
use crate::auth::Person;
use crate::clock::today;
use crate::extract::{Form, Path};
use crate::page::{PageFrame, show, show_as};
use crate::problem::Problem;
use crate::view::acts::{ReversalLine, ReversalPage};
use crate::view::opac::Fact;
use crate::view::parts::{Field, Takes};
use crate::view::table::Kind;
use crate::view::{Cell, Column, Frame, Lang, Remark, Row, Table};

/// Lines of the form shown at once; the others travel folded.
const PAGE: usize = 50;
/// Lines shown before writing; the reversal has all of them.
const SHOWN: usize = 100;

/// Where the form of an act lives.
pub(super) fn address(act: &Act) -> String {
    format!("/staff/acts/{}/reversal", act.id)
}

/// Whether an act is of a kind that is reversed.
pub(super) fn reversible(act: &Act) -> bool {
    match &act.body {
        ActBody::Opening | ActBody::Accession { .. } | ActBody::Withdrawal { .. } => true,
        ActBody::Reversal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => false,
    }
}

fn the_act(app: &App, person: &Person, id: ActId) -> Result<Act, Problem> {
    let act = get::<Acts>(app.catalog().view(), &id)?
        .ok_or_else(|| Problem::no_such("Акта {} нет: откройте список актов", id))?;
    person.must_work_in(app, &act.library)?;
    if reversible(&act) {
        return Ok(act);
    }
    Err(Problem::not_found(
        "Сторнируют поступление, списание или ввод остатков: откройте тот акт, который был ошибочным",
    ))
}

/// `GET /staff/acts/{id}/reversal`
pub(crate) async fn form(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<ActId>,
) -> Result<Response, Problem> {
    let page = ask(&app, move |app| {
        let act = the_act(app, &person, id)?;
        let lines = units(app.catalog().view(), frame.lang, &act)?;
        Ok(filled(frame, &act, lines, &Pairs::default(), Vec::new()))
    });
    Ok(show(&page.await?))
}

fn filled(
    frame: Frame,
    act: &Act,
    lines: Vec<ReversalLine>,
    typed: &Pairs,
    remarks: Vec<Remark>,
) -> ReversalPage {
    let wrong = lines.iter().position(|line| !line.errors.is_empty());
    let page = wrong.map_or(page_of(typed), |at| at / PAGE);
    let (mut fold, shown) = folds(page, lines.len(), PAGE);
    fold.before = folded(&lines[..shown.start]);
    fold.after = folded(&lines[shown.end..]);
    let any = !lines.is_empty();
    let lines = lines.into_iter().skip(shown.start).take(shown.len());
    let date = match typed.get("date") {
        "" => today().to_string(),
        typed => typed.to_owned(),
    };
    let mut fields = vec![
        Field::new("date", "Дата записи", date).takes(Takes::Date),
        Field::new("reason", "Что и почему исправляется", typed.get("reason")).required(),
    ];
    for field in &mut fields {
        let of_field = remarks.iter().filter(|r| r.field == field.name);
        field.errors = of_field.map(|remark| remark.text.clone()).collect();
    }
    let name = papers::dated(frame.lang, act);
    ReversalPage {
        title: frame.with("Исправить: {}", &name),
        action: address(act),
        prices: act.row.as_ref().is_none_or(|row| row.part == Part::Came),
        fields,
        any,
        lines: lines.collect(),
        fold,
        remarks,
        f: frame
            .crumb("Рабочий стол", "/staff")
            .crumb("Акты", "/staff/acts")
            .crumb(name, format!("/staff/acts/{}", act.id)),
    }
}

/// The units of an act that no reversal has taken back yet.
fn units(view: &dyn View, lang: Lang, act: &Act) -> Result<Vec<ReversalLine>, Problem> {
    let mut taken: BTreeMap<String, i64> = BTreeMap::new();
    for later in acts(view, &act.library)? {
        if matches!(later.body, ActBody::Reversal { of, .. } if of == act.id) {
            for entry in all::<Entries>(view, &later.id)? {
                *taken.entry(format!("{:?}", entry.unit)).or_default() -= entry.copies;
            }
        }
    }
    let mut lines = Vec::new();
    for entry in all::<Entries>(view, &act.id)? {
        let back = taken.get(&format!("{:?}", entry.unit)).copied();
        let copies = entry.copies - back.unwrap_or(0);
        if let Some(unit) = unit(view, &entry)?
            && copies > 0
        {
            lines.push(ReversalLine {
                key: unit.key.to_string(),
                number: unit.number(lang),
                title: unit.title.clone(),
                sub: unit.sub(lang),
                chosen: false,
                counted: unit.counted(),
                stands: copies,
                copies: copies.to_string(),
                price: entry_price(&entry),
                right: String::new(),
                errors: Vec::new(),
            });
        }
    }
    Ok(lines)
}

fn entry_price(entry: &LedgerEntry) -> Kopecks {
    Kopecks(entry.sum.0.checked_div(entry.copies).unwrap_or(0))
}

fn unit(view: &dyn View, entry: &LedgerEntry) -> Result<Option<Unit>, Problem> {
    Ok(match entry.unit {
        Ours::Item(id) => get::<Items>(view, &id)?.and_then(|item| Unit::of_item(&item)),
        Ours::Layer(id, number) => get::<Cards>(view, &id)?
            .and_then(|card| Some(Unit::of_layer(&card, card.layer(number)?))),
    })
}

fn page_of(typed: &Pairs) -> usize {
    typed.get("page").parse().unwrap_or(0)
}

/// What was done to rows that are not shown, in one value: key, copies and right price of each, apart by `|`.
fn folded(lines: &[ReversalLine]) -> String {
    let touched = lines.iter().filter(|line| line.chosen);
    let rows: Vec<String> = touched
        .map(|line| {
            let plain = |text: &str| text.replace(['|', '*'], "");
            format!(
                "{}*{}*{}",
                line.key,
                plain(&line.copies),
                plain(&line.right)
            )
        })
        .collect();
    rows.join("|")
}

/// Puts what was typed back into the rows.
fn typed_into(lines: &mut [ReversalLine], pairs: &Pairs) {
    let (_, shown) = folds(page_of(pairs), lines.len(), PAGE);
    let hidden = [pairs.get("lines.before"), pairs.get("lines.after")].join("|");
    let hidden = hidden.split('|').filter_map(|row| {
        let mut parts = row.split('*');
        Some((parts.next()?, (parts.next()?, parts.next()?)))
    });
    let hidden: BTreeMap<&str, (&str, &str)> = hidden.collect();
    for (at, line) in lines.iter_mut().enumerate() {
        if !shown.contains(&at) {
            if let Some((copies, right)) = hidden.get(line.key.as_str()) {
                line.chosen = true;
                (*copies).clone_into(&mut line.copies);
                (*right).clone_into(&mut line.right);
            }
            continue;
        }
        line.chosen = pairs.all("unit").any(|key| key == line.key);
        if line.counted
            && let Some(copies) = pairs.all(&format!("copies.{}", line.key)).next()
        {
            copies.trim().clone_into(&mut line.copies);
        }
        let right = pairs.get(&format!("price.{}", line.key));
        right.clone_into(&mut line.right);
    }
}

/// The form as an order; or what cannot be read in it, each beside its row.
pub(crate) fn order(
    lang: Lang,
    act: &Act,
    pairs: &Pairs,
    lines: &mut [ReversalLine],
) -> Result<Order, Vec<Remark>> {
    let mut remarks = Vec::new();
    let date = pairs.get("date").parse::<Date>();
    if date.is_err() {
        remarks.push(Remark::bad("Впишите дату: день, месяц, год", "date"));
    }
    if pairs.get("reason").is_empty() {
        let why = "Впишите, что исправляется и почему: без причины запись не исправляют";
        remarks.push(Remark::bad(why, "reason"));
    }
    if !lines.iter().any(|line| line.chosen) {
        let why = "Отметьте, что в акте ошибочно: хотя бы одну строку";
        remarks.push(Remark::bad(why, ""));
    }
    let mut units: Vec<UnitLine> = Vec::new();
    for line in lines.iter_mut().filter(|line| line.chosen) {
        match unit_line(lang, line) {
            Ok(unit) => units.push(unit),
            Err(why) => {
                remarks.push(Remark::bad(format!("{}: {why}", line.number), ""));
                line.errors.push(why);
            }
        }
    }
    match date {
        Ok(date) if remarks.is_empty() => {
            // The whole act at once frees its document too, so that it can be entered again.
            if whole(act, lines) {
                units.clear();
            }
            Ok(Order::Reverse(ReversalDraft {
                date,
                corrects: ActRef::Id(act.id),
                fund: Some(act.fund),
                lines: units,
                reason: pairs.get("reason").to_owned(),
                number: None,
            }))
        }
        Ok(_) | Err(_) => Err(remarks),
    }
}

fn whole(act: &Act, lines: &[ReversalLine]) -> bool {
    let stands: i64 = lines.iter().map(|line| line.stands).sum();
    let all = |line: &ReversalLine| {
        line.chosen && line.right.is_empty() && line.copies == line.stands.to_string()
    };
    stands == act.totals.all.copies && lines.iter().all(all)
}

fn unit_line(lang: Lang, line: &ReversalLine) -> Result<UnitLine, String> {
    let key: Key = line
        .key
        .parse()
        .map_err(|()| lang.t("строка не названа: откройте акт заново").to_owned())?;
    let copies = match line.copies.parse::<u32>() {
        Ok(copies) if copies > 0 && i64::from(copies) <= line.stands => copies,
        Ok(_) | Err(_) => return Err(lang.with("впишите количество от 1 до {}", line.stands)),
    };
    let mut unit = key.line(copies);
    if !line.right.is_empty() {
        let price: Kopecks = line.right.parse().map_err(|_| {
            lang.t("впишите верную цену одной, например 350,00")
                .to_owned()
        })?;
        unit.price = Some(price);
    }
    Ok(unit)
}

/// `POST /staff/acts/{id}/reversal`
pub(crate) async fn act(
    State(app): State<Shared>,
    person: Person,
    PageFrame(frame): PageFrame,
    Path(id): Path<ActId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let pairs = Pairs(pairs);
    ask(&app, move |app| {
        let act = the_act(app, &person, id)?;
        if pairs.get("do") == "post" {
            return posted(app, &person, frame, &act, &pairs);
        }
        let mut lines = units(app.catalog().view(), frame.lang, &act)?;
        typed_into(&mut lines, &pairs);
        let mut pairs = pairs;
        if let Some(page) = pairs.get("do").strip_prefix("page:").map(str::to_owned) {
            pairs.0.retain(|(name, _)| name != "page");
            pairs.0.push(("page".to_owned(), page));
        }
        match pairs.get("do") {
            "preview" => preview(app, &person, frame, &act, (&pairs, lines)),
            "all" => {
                lines.iter_mut().for_each(|line| line.chosen = true);
                Ok(show(&filled(frame, &act, lines, &pairs, Vec::new())))
            }
            _ => Ok(show(&filled(frame, &act, lines, &pairs, Vec::new()))),
        }
    })
    .await
}

fn preview(
    app: &App,
    person: &Person,
    frame: Frame,
    act: &Act,
    (pairs, mut lines): (&Pairs, Vec<ReversalLine>),
) -> Result<Response, Problem> {
    let order = match order(frame.lang, act, pairs, &mut lines) {
        Ok(order) => order,
        Err(remarks) => return Ok(refused(filled(frame, act, lines, pairs, remarks))),
    };
    let words = serde_json::to_string(&order).unwrap_or_default();
    let command = FundCommand { event: None, order };
    let tried = match post::tried(app, person, &act.library, &command) {
        Ok(tried) => tried,
        Err(post::Failed::Refused(why)) => {
            let chosen = lines.iter_mut().filter(|line| line.chosen);
            for (row, line) in chosen.enumerate() {
                line.errors.extend(why.beside(row));
            }
            return Ok(refused(filled(frame, act, lines, pairs, why.remarks)));
        }
        Err(post::Failed::Problem(problem)) => return Err(problem),
    };
    let title = "Сторно: проверьте перед записью";
    // The order itself travels on: after the first press the rows of the form have changed.
    let mut sent = pairs.clone();
    sent.0.retain(|(name, _)| name != "order");
    sent.0.push(("order".to_owned(), words));
    let mut page = post::confirm(frame, title, &address(act), &sent);
    page.will = tried.will(page.f.lang);
    page.forever = "Ошибочный акт остаётся в книгах, рядом с ним встаёт запись с минусом. \
        Сторно поступления гасит инвентарные номера навсегда."
        .to_owned();
    page.button = "Провести сторно".to_owned();
    let wrong = papers::dated(page.f.lang, act);
    page.facts = vec![
        Fact::text("Исправляется", wrong),
        Fact::text("Почему", pairs.get("reason")),
    ];
    page.lines = preview_lines(&lines);
    Ok(show(&page))
}

fn refused(page: ReversalPage) -> Response {
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn preview_lines(lines: &[ReversalLine]) -> Table {
    let mut table = Table::new(
        "Что сторнируется",
        vec![
            Column::new("Инв. №", Kind::Text),
            Column::new("Книга", Kind::Text),
            Column::new("Экз.", Kind::Number),
            Column::new("Цена", Kind::Number),
            Column::new("Верная цена", Kind::Number),
        ],
    );
    let chosen = || lines.iter().filter(|line| line.chosen);
    let count = chosen().count();
    if count > SHOWN {
        table.caption = format!("Что сторнируется: первые {SHOWN} строк из {count}");
    }
    for line in chosen().take(SHOWN) {
        table.push(Row::new(vec![
            Cell::text(&line.number),
            Cell::text(&line.title).sub(&line.sub),
            Cell::text(&line.copies),
            Cell::money(line.price),
            Cell::text(&line.right),
        ]));
    }
    table
}

fn posted(
    app: &App,
    person: &Person,
    frame: Frame,
    act: &Act,
    pairs: &Pairs,
) -> Result<Response, Problem> {
    let order = serde_json::from_str::<Order>(pairs.get("order")).ok();
    // Only what this form makes is taken back: a reversal of this very act.
    let ours = order.filter(
        |order| matches!(order, Order::Reverse(draft) if draft.corrects == ActRef::Id(act.id)),
    );
    let Some(order) = ours else {
        return Err(Problem::bad_request(
            "Сначала посмотрите, что будет записано: откройте акт и выберите «Исправить»",
        ));
    };
    let command = FundCommand { event: None, order };
    match post::posted(app, person, &act.library, command, pairs.get("key")) {
        Ok(acts) => Ok(post::leads_to(&acts)),
        Err(post::Failed::Refused(why)) => {
            let mut lines = units(app.catalog().view(), frame.lang, act)?;
            typed_into(&mut lines, pairs);
            Ok(refused(filled(frame, act, lines, pairs, why.remarks)))
        }
        Err(post::Failed::Problem(problem)) => Err(problem),
    }
}
