//! Единицы: giving numbers to what comes, and finding what an act names.

use super::Desk;
use super::sheet::Sheet;
use crate::fund::axis::{Registration, Source};
use crate::fund::draft::UnitLine;
use crate::fund::item::{CameMark, Card, Item, Layer};
use crate::fund::ledger::{LedgerEntry, Unit};
use crate::fund::money::Kopecks;
use crate::fund::number::{InventoryNumber, MAX_NUMBER};
use crate::fund::state::ItemState;
use crate::fund::tables::series;
use crate::fund::title::{Axes, TitleFacts};
use crate::id::{LibraryId, RecordId};
use crate::rule::Rule;
use crate::table::TableError;

/// One numbered item to be entered.
pub(super) struct NewItem<'a> {
    pub(super) title: &'a TitleFacts,
    pub(super) axes: Axes,
    pub(super) price: Kopecks,
    pub(super) shelfmark: String,
    pub(super) place: Option<LibraryId>,
    pub(super) replaces: Option<InventoryNumber>,
    pub(super) formerly: Option<InventoryNumber>,
}

impl Sheet {
    pub(super) fn came(&self, source: Source) -> CameMark {
        CameMark {
            act: self.act,
            date: self.date,
            row: self.part.map(|_| self.row),
            source,
        }
    }

    /// Enters an item; without a number it is set aside, not counted.
    pub(super) fn enter_item(
        &mut self,
        desk: &Desk<'_, '_>,
        number: Option<InventoryNumber>,
        new: NewItem<'_>,
        source: Source,
    ) {
        let id = self.new_item();
        let state = if number.is_some() {
            ItemState::Available
        } else {
            ItemState::InProcessing
        };
        if let Some(number) = &number {
            self.named.insert(number.clone());
            self.entries.push(LedgerEntry {
                unit: Unit::Item(id),
                record: new.title.record,
                axes: new.axes.clone(),
                copies: 1,
                sum: new.price,
            });
        }
        let item = Item {
            place: new.place,
            number,
            title: Some(new.title.clone()),
            axes: Some(new.axes),
            price: new.price,
            shelfmark: new.shelfmark,
            came: Some(self.came(source)),
            replaces: new.replaces,
            formerly: new.formerly,
            ..Item::blank(id, desk.library.id.clone(), self.fund, state)
        };
        self.items.insert(id, item);
    }

    /// Adds copies to a card as a new layer and counts them.
    pub(super) fn enter_layer(&mut self, mut card: Card, layer: Layer) {
        self.entries.push(LedgerEntry {
            unit: Unit::Layer(card.id, layer.number),
            record: card.title.record,
            axes: layer.axes.clone(),
            copies: i64::from(layer.copies),
            sum: layer.price * i64::from(layer.copies),
        });
        card.layers.push(layer);
        self.cards.insert(card.id, card);
    }

    pub(super) fn new_card_row(
        &mut self,
        desk: &Desk<'_, '_>,
        number: Option<u64>,
        registration: Registration,
        title: &TitleFacts,
    ) -> Card {
        Card {
            id: self.new_card(),
            library: desk.library.id.clone(),
            number,
            registration,
            fund: self.fund,
            title: title.clone(),
            layers: Vec::new(),
        }
    }

    /// Whether a claimed number may be given now; takes it into the count either way, so that one
    /// slip does not refuse every number after it.
    pub(super) fn claim_number(
        &mut self,
        desk: &mut Desk<'_, '_>,
        number: &InventoryNumber,
        place: &str,
    ) -> Result<(), TableError> {
        let name = series::inventory(&number.prefix);
        let last = self.last(desk, &name)?;
        let free = desk.not_voided(&number.prefix, last + 1);
        let next = InventoryNumber::in_series(&number.prefix, free);
        let ours = self.named.contains(number);
        let stands = desk.item(number)?.map(|item| item.state);
        match stands {
            Some(ItemState::Withdrawn | ItemState::Voided) => desk.refuse(
                Rule::InventoryNumberRetired,
                place,
                format!(
                    "Номер {number} был дан и больше не даётся: впишите следующий свободный, {next}"
                ),
            ),
            Some(
                ItemState::InProcessing
                | ItemState::Available
                | ItemState::OnLoan
                | ItemState::LentOut
                | ItemState::InRepair
                | ItemState::Restricted
                | ItemState::LostClaimed
                | ItemState::Missing
                | ItemState::SelectedForWithdrawal,
            ) => desk.refuse(
                Rule::DuplicateInventoryNumber,
                place,
                format!("Номер {number} занят: впишите следующий свободный, {next}"),
            ),
            None if ours => desk.refuse(
                Rule::DuplicateInventoryNumber,
                place,
                format!(
                    "Номер {number} стоит в этом акте дважды: впишите следующий свободный, {next}"
                ),
            ),
            None => {
                if number.number != free || !number.suffix.is_empty() {
                    desk.refuse(
                        Rule::InventoryNumberOrder,
                        place,
                        format!(
                            "Следующий номер – {next}, в акте {number}: впишите {next} или погасите пропущенные номера с причиной"
                        ),
                    );
                }
                self.numbers.insert(name, number.number.max(last));
            }
        }
        Ok(())
    }

    /// The next number of a series; `None` when there is none that could be read back.
    pub(super) fn give_number(
        &mut self,
        desk: &mut Desk<'_, '_>,
        prefix: &str,
        place: &str,
    ) -> Result<Option<InventoryNumber>, TableError> {
        let name = series::inventory(prefix);
        let next = desk.not_voided(prefix, self.last(desk, &name)? + 1);
        let number = InventoryNumber::in_series(prefix, next);
        if !number.is_readable() {
            let detail = if next > MAX_NUMBER {
                format!(
                    "Номера этого ряда кончились на {MAX_NUMBER}: впишите приставку нового ряда"
                )
            } else {
                format!(
                    "«{prefix}» – не приставка номера: она начинается с буквы, не длиннее 16 знаков и без косой черты после цифр, например Ф2-"
                )
            };
            desk.refuse(Rule::OutOfBounds, format!("{place}/prefix"), detail);
            return Ok(None);
        }
        self.numbers.insert(name, next);
        Ok(Some(number))
    }

    /// The numbers voided beside a receipt stand among those it gave or right after them.
    pub(super) fn close_voided(&mut self, desk: &mut Desk<'_, '_>) -> Result<(), TableError> {
        for (n, number) in desk.voided() {
            let name = series::inventory(&number.prefix);
            let last = self.last(desk, &name)?;
            if number.number > last + 1 {
                let next = InventoryNumber::in_series(&number.prefix, last + 1);
                desk.refuse(
                    Rule::InventoryNumberOrder,
                    format!("/voided/{n}/inv"),
                    format!("Следующий номер – {next}: гасят номера между данными и сразу за ними"),
                );
            }
            self.numbers.insert(name, last.max(number.number));
        }
        Ok(())
    }
}

/// What a line of an act names.
pub(super) enum Named {
    Item(Box<Item>),
    Layer(Box<Card>, u32),
}

/// Finds the item or the card's layer that a line names, in this library and fund.
pub(super) fn find(
    desk: &mut Desk<'_, '_>,
    sheet: &Sheet,
    line: &UnitLine,
    place: &str,
) -> Result<Option<Named>, TableError> {
    if let Some(number) = &line.number {
        return find_item(desk, sheet, (number, line.record), place);
    }
    let card = match (line.card, line.record) {
        (Some(number), _) => sheet.card_by_number(desk, number)?,
        (None, Some(record)) => sheet.card_of(desk, record, None)?,
        (None, None) => None,
    };
    let Some(card) = card else {
        let named = line.card.map_or_else(
            || "у издания нет карточки, а инвентарный номер не указан".to_owned(),
            |number| format!("карточки {number} нет"),
        );
        desk.refuse(
            Rule::CardUnknown,
            place,
            format!("Строка не называет единицу: {named}. Укажите инвентарный номер или карточку и её строку"),
        );
        return Ok(None);
    };
    if card.fund != sheet.fund {
        mixed_fund(
            desk,
            sheet,
            &format!("карточка {}", line.card.unwrap_or(0)),
            place,
        );
        return Ok(None);
    }
    if line
        .record
        .is_some_and(|record| record != card.title.record)
    {
        let what = format!("карточка {}", line.card.unwrap_or(0));
        other_title(desk, &what, card.title.label(), place);
        return Ok(None);
    }
    Ok(find_layer(desk, card, line, place))
}

fn find_item(
    desk: &mut Desk<'_, '_>,
    sheet: &Sheet,
    (number, record): (&InventoryNumber, Option<RecordId>),
    place: &str,
) -> Result<Option<Named>, TableError> {
    let Some(item) = desk.item(number)? else {
        desk.refuse(
            Rule::InventoryNumberUnknown,
            format!("{place}/inv"),
            format!("Номера {number} нет в инвентарной книге: проверьте номер"),
        );
        return Ok(None);
    };
    if sheet.items.contains_key(&item.id) {
        desk.refuse(
            Rule::RepeatedLine,
            format!("{place}/inv"),
            format!("Номер {number} уже стоит в этом акте: уберите повтор"),
        );
        return Ok(None);
    }
    if item.fund != sheet.fund {
        mixed_fund(desk, sheet, &format!("номер {number}"), place);
        return Ok(None);
    }
    if record.is_some() && item.record() != record {
        let title = item.title.as_ref().map_or("", |title| title.label());
        other_title(desk, &format!("номер {number}"), title, place);
        return Ok(None);
    }
    Ok(Some(Named::Item(Box::new(item))))
}

/// The line says one title, the register another.
pub(super) fn other_title(desk: &mut Desk<'_, '_>, what: &str, title: &str, place: &str) {
    desk.refuse(
        Rule::TitleMismatch,
        format!("{place}/title"),
        format!("Строка называет другое издание, а {what} – «{title}»: проверьте номер"),
    );
}

fn find_layer(desk: &mut Desk<'_, '_>, card: Card, line: &UnitLine, place: &str) -> Option<Named> {
    let name = card.number.map_or_else(
        || format!("«{}»", card.title.label()),
        |number| format!("карточка {number}"),
    );
    if line.copies == 0 {
        desk.refuse(
            Rule::CopiesRequired,
            format!("{place}/copies"),
            format!("{name}: укажите, сколько экземпляров"),
        );
        return None;
    }
    let number = match line.layer {
        Some(number) => Some(number),
        None => {
            let fits = |l: &&Layer| line.year.is_none_or(|year| l.year == Some(year));
            let live: Vec<u32> = (card.layers.iter().filter(fits))
                .filter(|l| l.copies > 0)
                .map(|l| l.number)
                .collect();
            let total = card.copies();
            match live.as_slice() {
                [only] => Some(*only),
                [] => card.layers.last().map(|l| l.number),
                [first, ..] if line.copies > total => Some(*first),
                several => {
                    let several: Vec<String> = several.iter().map(u32::to_string).collect();
                    desk.refuse(
                        Rule::LayerRequired,
                        format!("{place}/layer"),
                        format!(
                            "{name}: укажите строку карточки, одну из {}",
                            several.join(", ")
                        ),
                    );
                    return None;
                }
            }
        }
    };
    match number.filter(|n| card.layer(*n).is_some()) {
        Some(number) => Some(Named::Layer(Box::new(card), number)),
        None => {
            desk.refuse(
                Rule::CardUnknown,
                format!("{place}/layer"),
                format!(
                    "{name}: такой строки на карточке нет, последняя – {}",
                    card.layers.len()
                ),
            );
            None
        }
    }
}

fn mixed_fund(desk: &mut Desk<'_, '_>, sheet: &Sheet, what: &str, place: &str) {
    desk.refuse(
        Rule::MixedFund,
        place,
        format!(
            "Акт по фонду «{}», а {what} – из другого: вынесите строку в отдельный акт",
            sheet.fund.label()
        ),
    );
}
