//! Экземпляры в записи: what a record from outside says about copies, as plain text.
//!
//! Nothing is counted, priced or numbered here: the fund decides what becomes of each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dialect::Dialect;
use super::{BiblioRecord, Field};

/// Экземпляр, as its field tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedCopy {
    /// Инвентарный номер; none when blank, «б/н» or written twice in the record.
    pub number: Option<String>,
    /// Номер as written, also when it does not count as one.
    pub number_as_written: Option<String>,
    /// Штрихкод or radio mark.
    pub barcode: Option<String>,
    /// Место хранения.
    pub place: Option<String>,
    /// Полочный шифр.
    pub shelfmark: Option<String>,
    /// Цена as written; the price of the record when the copy has none.
    pub price: Option<String>,
    /// Дата поступления as written.
    pub received: Option<String>,
    /// Номер записи КСУ as written.
    pub ksu: Option<String>,
    /// Акт поступления as written.
    pub act: Option<String>,
    /// Акт списания as written.
    pub withdrawal_act: Option<String>,
    /// Канал поступления as written.
    pub channel: Option<String>,
    /// Состояние by the code of its system.
    pub status: Option<String>,
    /// Сколько экземпляров стоит за полем without numbers of their own; 1 otherwise.
    pub count: u32,
    /// Не на балансе: how many of them, as written.
    pub off_balance: Option<String>,
    /// Строка таблицы it comes from; none for copies that stand in a record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_at: Option<String>,
}

/// Which subfield tells what.
struct Shape {
    tag: &'static str,
    number: &'static str,
    barcode: &'static str,
    place: &'static str,
    shelfmark: &'static str,
    price: &'static str,
    received: &'static str,
    status: &'static str,
}

const IRBIS: Shape = Shape {
    tag: "910",
    number: "b",
    barcode: "h",
    place: "d",
    shelfmark: "r",
    price: "e",
    received: "c",
    status: "a",
};
const HELD: Shape = Shape {
    tag: "852",
    number: "m",
    barcode: "n",
    place: "cba",
    shelfmark: "j",
    price: "",
    received: "",
    status: "",
};
const LEGACY: Shape = Shape {
    tag: "899",
    number: "xp",
    barcode: "p",
    place: "cba",
    shelfmark: "jhi",
    price: "e",
    received: "f",
    status: "",
};
const KOHA: Shape = Shape {
    tag: "995",
    number: "j",
    barcode: "f",
    place: "ecb",
    shelfmark: "k",
    price: "p",
    received: "5",
    status: "o",
};
const MARC_HELD: Shape = Shape {
    tag: "852",
    number: "",
    barcode: "p",
    place: "cba",
    shelfmark: "jh",
    price: "",
    received: "",
    status: "",
};
const MARC_KOHA: Shape = Shape {
    tag: "952",
    number: "i",
    barcode: "p",
    place: "cab",
    shelfmark: "o",
    price: "g",
    received: "d",
    status: "0",
};

/// The copies a record carries, in order; `record` is as it came, before any conversion.
#[must_use]
pub fn carried(record: &BiblioRecord, dialect: Dialect) -> Vec<CarriedCopy> {
    // A record has its copies in one kind of field; the first kind that is there speaks.
    let shapes: &[&Shape] = match dialect {
        Dialect::Irbis => &[&IRBIS],
        Dialect::Rusmarc => &[&IRBIS, &HELD, &LEGACY, &KOHA],
        Dialect::Unimarc => &[&KOHA, &HELD, &LEGACY],
        Dialect::Marc21 => &[&MARC_KOHA, &MARC_HELD],
    };
    let Some(shape) = shapes
        .iter()
        .find(|shape| record.field(shape.tag).is_some())
    else {
        return Vec::new();
    };
    let price = match dialect {
        Dialect::Marc21 => record.first("020", 'c'),
        Dialect::Irbis | Dialect::Rusmarc | Dialect::Unimarc => record.first("010", 'd'),
    };
    let mut copies: Vec<CarriedCopy> = record
        .fields(shape.tag)
        .map(|field| copy(field, shape, price))
        .collect();
    unrepeated(&mut copies);
    copies
}

fn copy(field: &Field, shape: &Shape, price: Option<&str>) -> CarriedCopy {
    let text = |codes: &str| codes.chars().find_map(|code| said(field, code));
    let irbis = shape.tag == IRBIS.tag;
    let native = |code| said(field, code).filter(|_| irbis);
    let written = text(shape.number);
    let barcode = text(shape.barcode).filter(|code| irbis || Some(code) != written.as_ref());
    CarriedCopy {
        number: written.clone().filter(|number| !is_blank(number)),
        number_as_written: written,
        barcode,
        place: text(shape.place),
        shelfmark: text(shape.shelfmark),
        price: text(shape.price).or(price.map(|p| p.trim().to_owned()).filter(|p| !p.is_empty())),
        received: text(shape.received),
        ksu: native('u'),
        act: native('y'),
        withdrawal_act: native('v'),
        channel: native('f'),
        status: text(shape.status),
        count: native('1')
            .and_then(|count| count.parse().ok())
            .unwrap_or(1),
        off_balance: native('4'),
        stands_at: None,
    }
}

fn said(field: &Field, code: char) -> Option<String> {
    let value = field.first(code)?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// «б/н», dashes and zeros stand for no number.
fn is_blank(number: &str) -> bool {
    let bare: String = number
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    matches!(bare.as_str(), "" | "бн" | "безномера" | "безинв" | "0")
}

/// A number written twice belongs to no copy.
pub(super) fn unrepeated(copies: &mut [CarriedCopy]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for number in copies.iter().filter_map(|copy| copy.number.clone()) {
        *counts.entry(number).or_default() += 1;
    }
    for copy in copies {
        copy.number = copy
            .number
            .take()
            .filter(|number| counts.get(number) == Some(&1));
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::record;
    use super::*;

    const BOOK: &str = "00000nam0 2200000   450 ";

    #[test]
    fn native_copies_tell_number_place_price_and_paper() {
        let lines = [
            "010 ## $a978-5-89118-682-8$d1000.00",
            "910 ## $a0$b666468$c20160324$dКХ$h6642$u2016/31$y2016/Акт 31",
            "910 ## $a0$b666469$e250,00",
        ];
        let copies = carried(&record(BOOK, &lines), Dialect::Irbis);
        assert_eq!(copies[0].number.as_deref(), Some("666468"));
        assert_eq!(copies[0].barcode.as_deref(), Some("6642"));
        assert_eq!(copies[0].price.as_deref(), Some("1000.00"));
        assert_eq!(copies[0].act.as_deref(), Some("2016/Акт 31"));
        assert_eq!(copies[1].price.as_deref(), Some("250,00"));
    }

    #[test]
    fn blank_and_repeated_numbers_are_no_numbers() {
        let lines = [
            "910 ## $bб/н",
            "910 ## $b5",
            "910 ## $b5",
            "910 ## $b6",
            "910 ## $a0",
        ];
        let copies = carried(&record(BOOK, &lines), Dialect::Irbis);
        let numbers: Vec<_> = copies.iter().map(|copy| copy.number.as_deref()).collect();
        assert_eq!(numbers, [None, None, None, Some("6"), None]);
        assert_eq!(copies[1].number_as_written.as_deref(), Some("5"));
    }

    #[test]
    fn other_systems_keep_copies_elsewhere() {
        let held = carried(
            &record(BOOK, &["852 ## $aШкола$bАбонемент$j84$m17$n2000017"]),
            Dialect::Rusmarc,
        );
        assert_eq!(held[0].number.as_deref(), Some("17"));
        assert_eq!(held[0].place.as_deref(), Some("Абонемент"));
        let legacy = carried(
            &record(BOOK, &["899 ## $aРНБ$j2008-3/1$pА123"]),
            Dialect::Rusmarc,
        );
        assert_eq!(
            (legacy[0].number.as_deref(), legacy[0].barcode.as_deref()),
            (Some("А123"), None)
        );
        let koha = carried(
            &record(BOOK, &["952 ## $p3000$i44$g12.50"]),
            Dialect::Marc21,
        );
        assert_eq!(koha[0].number.as_deref(), Some("44"));
    }
}
