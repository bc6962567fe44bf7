//! Остатки файла: read whole, then split into parts of at most so many lines as one act may hold.

use serde_json::Value;

use super::reader::Reader;
use super::titles::Known;
use crate::fund::MAX_LINES;
use crate::fund::act::ActLabel;
use crate::fund::axis::{Fund, Series};
use crate::fund::draft::{
    Counters, HistoryLine, OpeningCard, OpeningDraft, OpeningItem, OpeningLayer,
};
use crate::rule::{Finding, Rule};

/// One part of an opening, and where its lines stand in the file.
pub(super) struct OpeningPart {
    pub(super) draft: OpeningDraft,
    copies: usize,
    cards: Vec<String>,
    history: usize,
}

impl OpeningPart {
    /// A place in the draft as the place in the file.
    pub(super) fn in_file(&self, place: &str) -> String {
        let inner = place
            .strip_prefix("/opening/")
            .and_then(|rest| rest.split_once('/'));
        let Some((key, rest)) = inner else {
            return place.to_owned();
        };
        let (index, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let Ok(index) = index.parse::<usize>() else {
            return place.to_owned();
        };
        match (key, self.cards.get(index)) {
            ("copies", _) => format!("/opening/copies/{}{tail}", self.copies + index),
            ("withdrawn_history", _) => {
                format!("/opening/withdrawn_history/{}{tail}", self.history + index)
            }
            ("batch_cards", Some(own)) => format!("{own}{tail}"),
            _ => place.to_owned(),
        }
    }
}

type Read = (Result<Vec<OpeningPart>, Vec<Finding>>, Vec<Finding>);

/// The opening as drafts, in order; the counters go with each part and are checked in the last.
pub(super) fn read(given: &Value, known: &Known<'_>) -> Read {
    let mut opening = match Reader::new(given, "/opening") {
        Ok(opening) => opening,
        Err(finding) => return (Err(vec![finding]), Vec::new()),
    };
    let items = items(&mut opening, known);
    let cards = cards(&mut opening, known);
    let history = history(&mut opening, known);
    let mut whole = OpeningDraft {
        as_of: opening.date("as_of"),
        closed_through: opening.date("closed_through"),
        before_system: before_system(&mut opening),
        counters: counters(&mut opening),
        ..OpeningDraft::default()
    };
    if !opening.findings.is_empty() {
        return (Err(opening.findings), Vec::new());
    }
    let remarks = opening.unknown();
    if whole.closed_through.is_none() {
        whole.closed_through = whole.as_of.and_then(|day| day.yesterday().ok());
    }
    (Ok(split(&whole, items, cards, history)), remarks)
}

fn split(
    whole: &OpeningDraft,
    items: Vec<OpeningItem>,
    cards: Vec<(String, OpeningCard)>,
    history: Vec<HistoryLine>,
) -> Vec<OpeningPart> {
    let part = |copies: usize, history: usize| OpeningPart {
        draft: whole.clone(),
        copies,
        cards: Vec::new(),
        history,
    };
    let mut parts = vec![part(0, 0)];
    let mut room = MAX_LINES;
    let mut place = |parts: &mut Vec<OpeningPart>, lines: usize, copies: usize, history: usize| {
        if lines > room {
            parts.push(part(copies, history));
            room = MAX_LINES;
        }
        room = room.saturating_sub(lines);
        parts.len() - 1
    };
    for (n, item) in items.into_iter().enumerate() {
        let at = place(&mut parts, 1, n, 0);
        parts[at].draft.items.push(item);
    }
    for (own, card) in cards {
        let at = place(&mut parts, card.layers.len().max(1), 0, 0);
        parts[at].cards.push(own);
        parts[at].draft.cards.push(card);
    }
    for (n, line) in history.into_iter().enumerate() {
        let at = place(&mut parts, 1, 0, n);
        parts[at].draft.history.push(line);
    }
    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
    for (n, part) in (1..).zip(&mut parts) {
        part.draft.chunk = (n, count);
    }
    parts
}

fn items(opening: &mut Reader<'_>, known: &Known<'_>) -> Vec<OpeningItem> {
    let mut items = Vec::new();
    for mut line in opening.list("copies") {
        if line.get("title").is_none() {
            line.slip(
                Rule::TitleUnknown,
                "title",
                "Строка не называет издание: впишите title",
            );
        }
        if line.get("inv").is_none() {
            let detail = "Номера нет: экземпляр отложен как необработанный и не считается, дайте ему номер поступлением";
            line.remark(Rule::NumberMissing, "inv", detail);
        }
        if let Some(title) = known.title(&mut line, "title") {
            items.push(OpeningItem {
                title,
                fund: line.code("fund"),
                number: line.number("inv"),
                price: line.money("price_kop").unwrap_or_default(),
                on_balance: line.flag("on_balance"),
                shelfmark: line.text("shelfmark"),
                place: line.code("place"),
            });
        }
        opening.close(line);
    }
    items
}

/// Units without numbers, by the names that files give such lists.
const CARDS: &[&str] = &[
    "batch_cards",
    "periodicals",
    "periodical_cards",
    "summary_only",
];

fn cards(opening: &mut Reader<'_>, known: &Known<'_>) -> Vec<(String, OpeningCard)> {
    let mut cards = Vec::new();
    for key in CARDS {
        for (n, mut line) in opening.list(key).into_iter().enumerate() {
            if line.get("title").is_none() {
                line.slip(
                    Rule::TitleUnknown,
                    "title",
                    "Строка не называет издание: впишите title",
                );
            }
            let title = known.title(&mut line, "title");
            let mut layers = Vec::new();
            if line.get("layers").is_some() {
                for mut given in line.list("layers") {
                    layers.push(layer(&mut given));
                    line.close(given);
                }
            } else {
                layers.push(layer(&mut line));
            }
            if let Some(title) = title {
                let card = OpeningCard {
                    title,
                    fund: line.code("fund"),
                    number: line.whole("card_no"),
                    layers,
                };
                cards.push((format!("/opening/{key}/{n}"), card));
            }
            opening.close(line);
        }
    }
    cards
}

fn layer(given: &mut Reader<'_>) -> OpeningLayer {
    if given.get("copies").is_none() {
        let detail = "Сколько экземпляров, не сказано: впишите copies, для выбывших целиком – 0";
        given.slip(Rule::CopiesRequired, "copies", detail);
    }
    OpeningLayer {
        number: given.whole("layer"),
        year: given.whole("year"),
        copies: given.whole("copies").unwrap_or(0),
        price: given.money("price_kop").unwrap_or_default(),
    }
}

fn history(opening: &mut Reader<'_>, known: &Known<'_>) -> Vec<HistoryLine> {
    let mut lines = Vec::new();
    for mut line in opening.list("withdrawn_history") {
        let title = known.title(&mut line, "title");
        let act = match line.get("act") {
            Some(Value::Number(number)) => number
                .as_u64()
                .and_then(|n| u32::try_from(n).ok())
                .map_or_else(|| ActLabel::Text(number.to_string()), ActLabel::Number),
            _ => ActLabel::Text(line.text("act")),
        };
        if let Some(number) = line.number("inv") {
            let fund = title.as_ref().map_or(Fund::Main, |title| title.fund);
            lines.push(HistoryLine {
                number,
                fund: line.code("fund").unwrap_or(fund),
                title,
                price: line.money("price_kop").unwrap_or_default(),
                act,
                act_year: line.whole("act_year").unwrap_or(0),
                row: line.whole("ksu2_no"),
                reason: line.code("reason"),
                sub_reason: line.code("sub_reason"),
            });
        } else {
            line.slip(Rule::FileShape, "inv", "Впишите номер выбывшего экземпляра");
        }
        opening.close(line);
    }
    lines
}

fn before_system(
    opening: &mut Reader<'_>,
) -> Vec<(
    crate::fund::number::InventoryNumber,
    crate::fund::number::InventoryNumber,
)> {
    let mut ranges = Vec::new();
    for mut line in opening.list("withdrawn_before_system") {
        match (line.number("from"), line.number("to")) {
            (Some(from), Some(to)) if from <= to => ranges.push((from, to)),
            _ => line.slip(
                Rule::FileShape,
                "from",
                "Впишите номера from и to, from не больше to",
            ),
        }
        opening.close(line);
    }
    ranges
}

fn counters(opening: &mut Reader<'_>) -> Counters {
    let mut counters = Counters::default();
    let Some(mut given) = opening.inner("counters") else {
        return counters;
    };
    counters.next_number = given.whole("next_inventory_no");
    counters.next_card = given.whole("next_batch_card_no");
    // With a year, as the books print it, or without.
    for (name, which) in [("ksu1_last_no", 1), ("ksu2_last_no", 2)] {
        for key in given.keys_starting(name) {
            let Some(mut by_fund) = given.inner(&key) else {
                continue;
            };
            for fund in Fund::ALL {
                if let Some(last) = by_fund.whole(fund.code()) {
                    let list = if which == 1 {
                        &mut counters.last_came
                    } else {
                        &mut counters.last_left
                    };
                    list.push((*fund, last));
                }
            }
            given.close(by_fund);
        }
    }
    for key in given.keys_starting("acts_last_no_") {
        let year = key.trim_start_matches("acts_last_no_").parse();
        let (Ok(year), Some(mut by_series)) = (year, given.inner(&key)) else {
            continue;
        };
        last_acts(&mut by_series, year, &mut counters);
        given.close(by_series);
    }
    opening.close(given);
    counters
}

/// One number for each series, or one for each fund where each numbers its own.
fn last_acts(by_series: &mut Reader<'_>, year: i16, counters: &mut Counters) {
    for series in Series::ALL {
        let code = series.code();
        if by_series.get(code).is_some_and(Value::is_object) {
            let Some(mut by_fund) = by_series.inner(code) else {
                continue;
            };
            for fund in Fund::ALL {
                if let Some(last) = by_fund.whole(fund.code()) {
                    counters.last_acts.push((*series, year, Some(*fund), last));
                }
            }
            by_series.close(by_fund);
        } else if let Some(last) = by_series.whole(code) {
            counters.last_acts.push((*series, year, None, last));
        }
    }
}
