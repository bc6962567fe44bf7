//! Движение экземпляра от его строки: lent, back, lost, found – a change of state that no book counts.
//!
//! The buttons of a row are what the table of states allows from here; whether it comes to pass is decided by the
//! fund, and a reader is never named.

use uuid::Uuid;

use catalog::fund::draft::{MovementDraft, UnitLine};
use catalog::fund::item::Item;
use catalog::fund::number::InventoryNumber;
use catalog::fund::state::{ItemState, Movement};
use catalog::fund::{FundCommand, Order};

use super::Told;
use crate::clock::today;
use crate::page::encode;
use crate::staff::Pairs;
use crate::view::Lang;
use crate::view::table::{Asks, Steps};

/// The longest name of a holder.
const HOLDER: usize = 200;

/// The step that asks to whom.
const LEND: &str = "lend";

/// Every step that is made by hand, by the name it is sent under; a check makes its own ones itself.
const STEPS: [(&str, Movement); 10] = [
    ("return", Movement::Return),
    ("found", Movement::Found),
    ("loan", Movement::Loan),
    (LEND, Movement::Lend),
    ("lift", Movement::Lift),
    ("deselect", Movement::Deselect),
    ("loss", Movement::LossClaim),
    ("repair", Movement::Repair),
    ("restrict", Movement::Restrict),
    ("select", Movement::Select),
];

/// What the button says; it depends on where the item comes from.
fn words(movement: Movement, from: ItemState) -> &'static str {
    match movement {
        Movement::Return if from == ItemState::InRepair => "Вернулся из ремонта",
        Movement::Return => "Вернули",
        Movement::Found => "Нашёлся",
        Movement::Loan => "Выдан",
        Movement::Lend => "Передан на время",
        Movement::Lift => "Вернуть в доступ",
        Movement::Deselect => "Не списывать",
        Movement::LossClaim => "Заявлена утрата",
        Movement::Repair => "В ремонт",
        Movement::Restrict if from == ItemState::OnLoan => "Изъять, когда вернут",
        Movement::Restrict => "Изъять из доступа",
        Movement::Select => "Отобрать к списанию",
        Movement::FoundOnLoan | Movement::CheckMissing => "",
    }
}

/// Where the item is, in words; empty when it has left.
fn standing(lang: Lang, item: &Item) -> String {
    if !item.state.on_record() {
        return String::new();
    }
    let mut said = lang.t(item.state.label()).to_owned();
    if item.state == ItemState::LentOut && !item.holder.is_empty() {
        said = format!("{said}: {}", item.holder);
    }
    if item.restrict_on_return {
        said += lang.t(", по возвращении изымается из доступа");
    }
    said
}

/// The place of a row on its page.
pub(super) fn anchor(item: &Item) -> String {
    format!("e{}", item.id)
}

/// Where the item of a row is, its buttons, and what came of the last one; `None` for what has left in silence.
pub(super) fn of_row(lang: Lang, item: &Item, action: &str, told: &Told) -> Option<Steps> {
    let number = item.number.as_ref()?;
    let mine = told.row.as_ref() == Some(number);
    let possible = |movement: &Movement| item.state.after(*movement, item.previous).is_some();
    let waits = |movement: Movement| movement == Movement::Restrict && item.restrict_on_return;
    let buttons: Vec<(String, String)> = STEPS
        .iter()
        .filter(|(_, movement)| told.works && possible(movement) && !waits(*movement))
        .map(|(name, movement)| ((*name).to_owned(), words(*movement, item.state).to_owned()))
        .collect();
    let place = Steps {
        id: anchor(item),
        state: standing(lang, item),
        of: number.to_string(),
        ..Steps::default()
    };
    if !mine {
        // A page of the book stays light: one row has its buttons, the others lead to theirs.
        let way = format!("{action}&mark={}#{}", encode(&place.of), place.id);
        let opens = if buttons.is_empty() {
            String::new()
        } else {
            way
        };
        return (!place.state.is_empty()).then_some(Steps { opens, ..place });
    }
    let (asking, buttons) = buttons
        .into_iter()
        .partition::<Vec<_>, _>(|(name, _)| name == LEND);
    let asks = asking.into_iter().next().map(|(button, words)| Asks {
        button,
        words,
        name: "holder".to_owned(),
        label: "Кому".to_owned(),
        typed: told.holder.clone(),
    });
    let done = told.done && told.refused.is_empty();
    let said = lang.with2("Записано: номер {} {}", number, &place.state);
    let steps = Steps {
        action: format!("{action}#{}", place.id),
        hidden: vec![
            ("row".to_owned(), number.to_string()),
            ("key".to_owned(), Uuid::new_v4().to_string()),
        ],
        asks,
        open: !done,
        done: if done { said } else { String::new() },
        refused: told.refused.clone(),
        buttons,
        ..place
    };
    let silent = [&steps.state, &steps.done, &steps.refused].map(String::is_empty) == [true; 3];
    (!silent).then_some(steps)
}

/// The button as an order, and the name of the deed: each button of a row posts once, however often it is pressed.
pub(super) fn order(
    lang: Lang,
    pairs: &Pairs,
    number: InventoryNumber,
) -> Result<(FundCommand, String), String> {
    let mut steps = STEPS.iter().zip(1_u128..);
    let pressed = steps.find(|((name, _), _)| *name == pairs.get("do"));
    let Some(((_, movement), place)) = pressed else {
        return Err(lang.t("Выберите, что произошло с книгой").to_owned());
    };
    let lent = *movement == Movement::Lend;
    let holder = pairs.get("holder");
    if lent && holder.is_empty() {
        return Err(lang.t("Впишите, кому книга передана на время").to_owned());
    }
    if holder.chars().count() > HOLDER {
        return Err(lang.with("Слишком длинно: не больше {} знаков", HOLDER));
    }
    let key = pairs.get("key").parse::<Uuid>();
    let key = key.map(|key| Uuid::from_u128(key.as_u128() ^ place));
    let order = Order::Move(MovementDraft {
        date: today(),
        movement: *movement,
        lines: vec![UnitLine::item(number)],
        holder: if lent {
            holder.to_owned()
        } else {
            String::new()
        },
        note: String::new(),
    });
    let command = FundCommand { event: None, order };
    Ok((
        command,
        key.map_or_else(|_| String::new(), |key| key.to_string()),
    ))
}
