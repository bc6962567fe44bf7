//! Цена экземпляра из файла: what counts as one, and what is said when none does.

use crate::fund::money::Kopecks;
use crate::record::copies::CarriedCopy;
use crate::rule::{Finding, Rule};

/// The price of a copy, when it reads as one.
pub(super) fn price(copy: &CarriedCopy) -> Option<Kopecks> {
    let price = copy.price.as_deref()?.parse::<Kopecks>().ok()?;
    (price > Kopecks::ZERO).then_some(price)
}

/// What is said of a copy without a price that counts.
pub(super) fn no_price(copy: &CarriedCopy, place: &str) -> Finding {
    let written = copy.price.as_deref().unwrap_or_default();
    if written.is_empty() || written.parse() == Ok(Kopecks::ZERO) {
        let detail = "Цены нет ни у экземпляра, ни у записи: принят без баланса с ценой 0,00";
        return Finding::new(Rule::PriceMissing, place, detail);
    }
    let detail = format!(
        "Цена «{written}» не читается: экземпляр принят без баланса с ценой 0,00, исправьте цену переоценкой"
    );
    Finding::new(Rule::PriceUnreadable, place, detail)
}
