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

/// The opening as drafts, in order; the counters go with each part and are checked in the last.
pub(super) fn read(
    given: &Value,
    known: &Known<'_>,
) -> (Result<Vec<OpeningDraft>, Vec<Finding>>, Vec<Finding>) {
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
    cards: Vec<OpeningCard>,
    history: Vec<HistoryLine>,
) -> Vec<OpeningDraft> {
    let mut drafts = vec![whole.clone()];
    let mut room = MAX_LINES;
    let mut place = |drafts: &mut Vec<OpeningDraft>, lines: usize| {
        if lines > room {
            drafts.push(whole.clone());
            room = MAX_LINES;
        }
        room = room.saturating_sub(lines);
        drafts.len() - 1
    };
    for item in items {
        let at = place(&mut drafts, 1);
        drafts[at].items.push(item);
    }
    for card in cards {
        let at = place(&mut drafts, card.layers.len().max(1));
        drafts[at].cards.push(card);
    }
    for line in history {
        let at = place(&mut drafts, 1);
        drafts[at].history.push(line);
    }
    let count = u32::try_from(drafts.len()).unwrap_or(u32::MAX);
    for (n, draft) in (1..).zip(&mut drafts) {
        draft.chunk = (n, count);
    }
    drafts
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

fn cards(opening: &mut Reader<'_>, known: &Known<'_>) -> Vec<OpeningCard> {
    let mut cards = Vec::new();
    for key in CARDS {
        for mut line in opening.list(key) {
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
                cards.push(OpeningCard {
                    title,
                    fund: line.code("fund"),
                    number: line.whole("card_no"),
                    layers,
                });
            }
            opening.close(line);
        }
    }
    cards
}

fn layer(given: &mut Reader<'_>) -> OpeningLayer {
    if given.get("copies").is_none() {
        let detail = "Впишите, сколько экземпляров стоит на строке карточки";
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
    for (key, which) in [("ksu1_last_no", 1), ("ksu2_last_no", 2)] {
        if let Some(mut by_fund) = given.inner(key) {
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
        for series in Series::ALL {
            if let Some(last) = by_series.whole(series.code()) {
                counters.last_acts.push((*series, year, last));
            }
        }
        given.close(by_series);
    }
    opening.close(given);
    counters
}
