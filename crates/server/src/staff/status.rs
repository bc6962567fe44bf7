//! Состояние сервера: what the administrator looks at once a day, and what to do about it.

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::{Shared, ask};
use crate::clock::now;
use crate::page::{PageFrame, show};
use crate::problem::Problem;
use crate::resume::Broken;
use crate::standing::{SharedJournal, Standing, Upkeep};
use crate::view::admin::StatusPage;
use crate::view::opac::Fact;
use crate::view::{Frame, Remark};

/// Less than this part of the disk is too little.
const LITTLE: u64 = 10;
/// A copy older than this is old.
const DAYS: i64 = 7;
/// A database that is asked every second and has not answered for so many is not just busy.
const SILENT: u64 = 30;
/// An index so far behind is not just busy.
const FAR_BEHIND: u64 = 1000;

/// `GET /staff/status`
pub(crate) async fn page(
    State(app): State<Shared>,
    PageFrame(frame): PageFrame,
) -> Result<Response, Problem> {
    let standing = ask(&app, |app| Ok(app.standing()?)).await?;
    Ok(show(&StatusPage {
        remarks: remarks(&frame, &standing),
        facts: facts(&frame, &standing),
        f: frame.crumb("Рабочий стол", "/staff"),
    }))
}

fn remarks(frame: &Frame, now: &Standing) -> Vec<Remark> {
    let mut wrong = Vec::new();
    if let Some(why) = &now.why_not {
        wrong.push(frame.with("Журнал не принимает изменений: {}", why));
    }
    if now.disk_bytes > 0 && now.disk_free_bytes < now.disk_bytes / LITTLE {
        let left = size(frame, now.disk_free_bytes);
        wrong.push(frame.with(
            "На диске осталось {}: освободите место или расширьте диск",
            left,
        ));
    }
    wrong.extend(now.shared.as_ref().and_then(|shared| apart(frame, shared)));
    if now.index_behind > FAR_BEHIND {
        wrong.push(frame.with(
            "Поиск отстал на {} записей журнала: если это не проходит, выполните fond reindex",
            now.index_behind,
        ));
    }
    if !now.index_readable {
        let words = "Поиск повреждён на диске и строится заново: до конца постройки он не отвечает. Проверьте диск";
        wrong.push(frame.t(words).to_owned());
    }
    if now.verified.as_ref().is_some_and(|last| !last.ok) {
        wrong.push(
            frame
                .t("Последняя сверка нашла расхождения: выполните fond verify")
                .to_owned(),
        );
    }
    match &now.backup_proved {
        Some(last) if !last.ok => wrong.push(
            frame
                .t("Последняя проверенная копия не годится: сделайте новую командой fond backup --prove")
                .to_owned(),
        ),
        Some(last) if old(last) => wrong.push(
            frame
                .t("Проверенной копии больше недели: выполните fond backup --prove")
                .to_owned(),
        ),
        Some(_) => {}
        None => wrong.push(
            frame
                .t("Проверенной копии ещё нет: выполните fond backup --prove ФАЙЛ на другом диске")
                .to_owned(),
        ),
    }
    wrong.extend(now.unfinished.iter().map(|load| {
        let words = match load.why {
            Broken::WaitsForStart => {
                "{}: работа прервана, она продолжится при следующем запуске сервера"
            }
            Broken::Elsewhere => {
                "{}: работу начал и не закончил другой сервер; запустите его, файл лежит там"
            }
            Broken::Lost => "{}: работа прервана и закончить её нечем; загрузите файл ещё раз",
        };
        frame.with(words, &load.work)
    }));
    wrong.into_iter().map(|why| Remark::bad(why, "")).collect()
}

/// What is wrong between this server and the journal that it shares.
fn apart(frame: &Frame, shared: &SharedJournal) -> Option<String> {
    if shared.age_seconds > SILENT {
        let words = "PostgreSQL молчит секунд: {}; что записали другие серверы, здесь не видно. Проверьте базу и сеть";
        return Some(frame.with(words, shared.age_seconds));
    }
    let words = "Этот сервер отстал от общего журнала на {} записей: если это не проходит, перезапустите его";
    (shared.behind > FAR_BEHIND).then(|| frame.with(words, shared.behind))
}

fn old(last: &Upkeep) -> bool {
    now().duration_since(last.at).as_hours() > DAYS * 24
}

fn facts(frame: &Frame, now: &Standing) -> Vec<Fact> {
    let taken = if now.writable {
        frame.t("принимает изменения")
    } else {
        frame.t("не принимает изменений")
    };
    let deed = |deed: &Option<Upkeep>| match deed {
        None => frame.t("ещё не было").to_owned(),
        Some(deed) => {
            let words = format!("{}, № {}", moment(deed.at), deed.seq);
            match deed.file.as_str() {
                "" => words,
                file => format!("{words}, {file}"),
            }
        }
    };
    let proved = match &now.backup_proved {
        // What failed stands among the remarks; here stands the copy that can be relied upon.
        Some(failed) if !failed.ok => failed
            .agreed()
            .map_or_else(|| frame.t("ещё не было").to_owned(), moment),
        last => deed(last),
    };
    let busy = now.at_work.values().sum::<usize>();
    let mut facts = vec![
        Fact::text("Журнал", taken),
        Fact::text("Записей в журнале", now.seq.to_string()),
    ];
    facts.extend(now.shared.as_ref().map(|shared| {
        let age = frame.with("{} с назад", shared.age_seconds);
        let words = format!("{} ({age})", shared.seq);
        Fact::text("Записей в общем журнале", words)
    }));
    facts.extend([
        Fact::text("Хеш последней записи", &now.head_hash),
        Fact::text(
            "Поиск отстал, записей журнала",
            now.index_behind.to_string(),
        ),
        Fact::text("Записей в поиске", now.records.to_string()),
        Fact::text(
            "Свободно на диске",
            frame.with2(
                "{} из {}",
                size(frame, now.disk_free_bytes),
                size(frame, now.disk_bytes),
            ),
        ),
        Fact::text("Последняя полная сверка", deed(&now.verified)),
        Fact::text("Последняя копия", deed(&now.backed_up)),
        Fact::text("Последняя проверенная копия", proved),
        Fact::text("Запросов в работе", busy.to_string()),
        Fact::text("Отложено запросов с запуска", now.turned_away.to_string()),
        Fact::text("Версия программы", now.version),
        Fact::text("Работает часов", (now.uptime_seconds / 3600).to_string()),
    ]);
    facts
}

/// A moment for a person.
fn moment(at: Timestamp) -> String {
    let here = at.to_zoned(TimeZone::system());
    here.strftime("%d.%m.%Y %H:%M").to_string()
}

/// Bytes for a person.
fn size(frame: &Frame, bytes: u64) -> String {
    match bytes >> 20 {
        mb if mb >= 10 << 10 => frame.with("{} ГБ", mb >> 10),
        mb => frame.with("{} МБ", mb),
    }
}
