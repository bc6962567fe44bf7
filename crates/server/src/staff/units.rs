//! Единицы на экране: what a scanner or a hand names, found in one fund of one library.
//!
//! A form carries the key of a unit and asks for the rest anew each time; nothing is decided here.

use std::fmt;
use std::str::FromStr;

use catalog::fund::axis::Fund;
use catalog::fund::draft::UnitLine;
use catalog::fund::item::{Card, Item, Layer};
use catalog::fund::money::Kopecks;
use catalog::fund::number::InventoryNumber;
use catalog::fund::read;
use catalog::fund::state::ItemState;
use catalog::id::{LibraryId, RecordId};
use catalog::table::View;
use search::{Audience, Query};

use crate::app::App;
use crate::problem::Problem;
use crate::view::Lang;

/// How many units are offered to choose from.
const OFFERED: usize = 24;
/// A range of numbers is no longer than this: an act holds no more.
const RANGE: u64 = 2_000;
/// So many numbers are read from one paste or file, and at most a range more.
const MOST: usize = 100_000;

/// What a line of a form names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// Экземпляр.
    Item(InventoryNumber),
    /// Строка карточки.
    Layer(u64, u32),
    /// Строка учёта без номера карточки, as of a periodical.
    Untitled(RecordId, u32),
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Item(number) => write!(f, "i:{number}"),
            Key::Layer(card, layer) => write!(f, "c:{card}:{layer}"),
            Key::Untitled(record, layer) => write!(f, "r:{record}:{layer}"),
        }
    }
}

impl FromStr for Key {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, rest) = text.split_once(':').ok_or(())?;
        let pair = || {
            let (first, layer) = rest.split_once(':')?;
            Some((first, layer.parse::<u32>().ok()?))
        };
        match kind {
            "i" => Ok(Key::Item(rest.parse().map_err(|_| ())?)),
            "c" => {
                let (card, layer) = pair().ok_or(())?;
                Ok(Key::Layer(card.parse().map_err(|_| ())?, layer))
            }
            "r" => {
                let (record, layer) = pair().ok_or(())?;
                Ok(Key::Untitled(record.parse().map_err(|_| ())?, layer))
            }
            _ => Err(()),
        }
    }
}

impl Key {
    /// The line of an act that names it.
    pub(crate) fn line(&self, copies: u32) -> UnitLine {
        match self {
            Key::Item(number) => UnitLine::item(number.clone()),
            Key::Layer(card, layer) => UnitLine::layer(*card, *layer, copies),
            Key::Untitled(record, layer) => UnitLine {
                card: None,
                record: Some(*record),
                ..UnitLine::layer(0, *layer, copies)
            },
        }
    }
}

/// Единица as a form shows it.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) key: Key,
    pub(crate) title: String,
    stands: Stands,
    pub(crate) price: Kopecks,
    pub(crate) fund: Fund,
    pub(crate) record: Option<RecordId>,
}

/// What is said of a unit under its title.
#[derive(Clone, Debug)]
enum Stands {
    /// An item: its shelf mark and state.
    Item(String, ItemState),
    /// A line of a card.
    Layer {
        year: Option<i16>,
        copies: u32,
        on_loan: u32,
    },
}

impl Unit {
    /// Inventory number, or «карточка 3, строка 2».
    pub(crate) fn number(&self, lang: Lang) -> String {
        match &self.key {
            Key::Item(number) => number.to_string(),
            Key::Layer(card, layer) => lang.with2("карточка {}, строка {}", card, layer),
            Key::Untitled(_, layer) => lang.with("строка {}", layer),
        }
    }

    /// Shelf mark and state, or the year and how many.
    pub(crate) fn sub(&self, lang: Lang) -> String {
        let mut said = Vec::new();
        match &self.stands {
            Stands::Item(mark, state) => {
                said.extend(Some(mark.clone()).filter(|mark| !mark.is_empty()));
                said.push(lang.t(state.label()).to_owned());
            }
            Stands::Layer {
                year,
                copies,
                on_loan,
            } => {
                said.extend(year.map(|year| lang.with("{} год", year)));
                said.push(lang.with("состоит {}", copies));
                if *on_loan > 0 {
                    said.push(lang.with("из них выдано {}", on_loan));
                }
            }
        }
        said.join(", ")
    }

    /// Whether a quantity is typed for it.
    pub(crate) fn counted(&self) -> bool {
        !matches!(self.key, Key::Item(_))
    }

    pub(crate) fn of_item(item: &Item) -> Option<Self> {
        let number = item.number.clone()?;
        let title = item.title.as_ref();
        let mark = Some(item.shelfmark.as_str()).filter(|mark| !mark.is_empty());
        let mark = mark.or(title.map(|title| title.class_mark.as_str()));
        Some(Self {
            key: Key::Item(number),
            title: title.map_or_else(String::new, |title| title.description.clone()),
            stands: Stands::Item(mark.unwrap_or_default().to_owned(), item.state),
            price: item.price,
            fund: item.fund,
            record: item.record(),
        })
    }

    pub(crate) fn of_layer(card: &Card, layer: &Layer) -> Self {
        let key = match card.number {
            Some(number) => Key::Layer(number, layer.number),
            None => Key::Untitled(card.title.record, layer.number),
        };
        Self {
            key,
            title: card.title.description.clone(),
            stands: Stands::Layer {
                year: layer.year,
                copies: layer.copies,
                on_loan: layer.on_loan,
            },
            price: layer.price,
            fund: card.fund,
            record: Some(card.title.record),
        }
    }
}

/// What was found for something typed.
pub(crate) enum Found {
    /// These very units.
    Units(Vec<Unit>),
    /// Units that the words may mean.
    Offered(Vec<Unit>),
    /// Nothing, and what to do.
    Nothing(String),
}

/// The unit of a key that a form sent back.
pub(crate) fn by_key(
    view: &dyn View,
    library: &LibraryId,
    key: &Key,
) -> Result<Option<Unit>, Problem> {
    Ok(match key {
        Key::Item(number) => {
            read::item_by_number(view, library, number)?.and_then(|item| Unit::of_item(&item))
        }
        Key::Layer(card, layer) => read::card_by_number(view, library, *card)?
            .and_then(|card| card.layer(*layer).map(|layer| Unit::of_layer(&card, layer))),
        Key::Untitled(record, layer) => {
            let holdings = read::holdings(view, *record)?;
            let mut cards = holdings
                .into_iter()
                .filter(|held| held.library == *library)
                .flat_map(|held| held.cards)
                .filter(|card| card.number.is_none());
            cards.find_map(|card| card.layer(*layer).map(|layer| Unit::of_layer(&card, layer)))
        }
    })
}

/// One thing typed: a number, a card with or without its line, or words of a title.
pub(crate) fn find(
    app: &App,
    library: &LibraryId,
    fund: Fund,
    lang: Lang,
    typed: &str,
) -> Result<Found, Problem> {
    let typed = typed.trim().trim_start_matches('№').trim_start();
    let view = app.catalog().view();
    let number = typed.parse::<InventoryNumber>().ok();
    let item = match &number {
        Some(number) => read::item_by_number(view, library, number)?,
        None => None,
    };
    if let Some(item) = item.as_ref().filter(|item| !item.state.on_record()) {
        let left = item.left.as_ref();
        let by = left.map_or_else(String::new, |left| {
            lang.with2(" по акту {} {} года", &left.label, left.year)
        });
        let state = lang.t(item.state.label());
        return Ok(Found::Nothing(
            lang.fill("Номер {} {}{}: в фонде его нет", &[&typed, &state, &by]),
        ));
    }
    let item = item.as_ref().and_then(Unit::of_item);
    if let Some(unit) = item.clone().filter(|unit| unit.fund == fund) {
        return Ok(Found::Units(vec![unit]));
    }
    if let Some((card, layer)) = card_of(typed)
        && let Some(card) = read::card_by_number(view, library, card)?
        && card.fund == fund
    {
        let units = layers(&card, layer);
        if !units.is_empty() {
            return Ok(Found::Units(units));
        }
        return Ok(Found::Nothing(lang.with(
            "На карточке {} такой строки с экземплярами нет",
            card.number.unwrap_or_default(),
        )));
    }
    if let Some(unit) = item {
        return Ok(Found::Nothing(lang.with2(
            "Номер {} стоит в другом фонде ({}): для него составьте отдельный акт",
            unit.number(lang),
            lang.t(unit.fund.label()).to_lowercase(),
        )));
    }
    if number.is_some() && !typed.contains(' ') {
        return Ok(Found::Nothing(lang.with(
            "Номера {} нет в инвентарной книге, карточки – в картотеке: проверьте номер",
            typed,
        )));
    }
    let offered = by_words(app, library, fund, typed)?;
    if offered.is_empty() {
        return Ok(Found::Nothing(lang.with(
            "По словам «{}» в этом фонде ничего не состоит: проверьте фонд и написание",
            typed,
        )));
    }
    Ok(Found::Offered(offered))
}

fn layers(card: &Card, only: Option<u32>) -> Vec<Unit> {
    let fits = |layer: &&Layer| only.map_or(layer.copies > 0, |only| layer.number == only);
    let layers = card.layers.iter().filter(fits);
    layers.map(|layer| Unit::of_layer(card, layer)).collect()
}

/// `3`, `3/2`, `карт. 3/2`, `card 3/2`, `к3`: a card and, after a slash, its line.
fn card_of(typed: &str) -> Option<(u64, Option<u32>)> {
    let typed = typed.trim().to_lowercase();
    let text = ["карточка", "карт.", "карт", "к.", "card"]
        .iter()
        .find_map(|word| typed.strip_prefix(word))
        .or_else(|| typed.strip_prefix('к'))
        .unwrap_or(&typed)
        .trim();
    match text.split_once('/') {
        Some((card, layer)) => Some((card.trim().parse().ok()?, layer.trim().parse().ok())),
        None => Some((text.parse().ok()?, None)),
    }
}

fn by_words(app: &App, library: &LibraryId, fund: Fund, typed: &str) -> Result<Vec<Unit>, Problem> {
    let question = Query {
        audience: Audience::Staff,
        limit: 12,
        ..Query::new(typed)
    };
    let page = app.ask_fresh_index(|index| index.search(&question))?;
    let mut units = Vec::new();
    for hit in page.hits {
        for held in read::holdings(app.catalog().view(), hit.id)? {
            if held.library == *library {
                units.extend(held.items.iter().filter_map(Unit::of_item));
                units.extend(held.cards.iter().flat_map(|card| layers(card, None)));
            }
        }
    }
    units.retain(|unit| unit.fund == fund);
    units.truncate(OFFERED);
    Ok(units)
}

/// Many numbers from a paste or a file: apart by spaces, commas or lines; `1001-1010` is a range.
///
/// No more than [`MOST`]: short ranges could name millions in one form.
pub(crate) fn many(text: &str) -> Vec<String> {
    let text = tidy(text);
    let pieces = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
    let pieces = pieces
        .map(|piece| piece.trim_matches(['"', '\'', '\u{feff}']))
        .filter(|piece| !piece.is_empty());
    let mut numbers = Vec::new();
    for piece in pieces {
        if numbers.len() >= MOST {
            break;
        }
        match range(piece) {
            Some((from, to)) => numbers.extend((from..=to).map(|number| number.to_string())),
            None => numbers.push(piece.to_owned()),
        }
    }
    numbers
}

/// Whether what was typed is a list of numbers and not words.
pub(crate) fn is_list(text: &str) -> bool {
    let numbers = many(text);
    let number = |piece: &String| {
        piece.starts_with(|c: char| c.is_ascii_digit()) && piece.parse::<InventoryNumber>().is_ok()
    };
    numbers.len() > 1 && numbers.iter().all(number)
}

/// A range with more numbers than may be named at once, as it was typed.
pub(crate) fn too_wide(text: &str) -> Option<String> {
    let text = tidy(text);
    let mut pieces = text.split(|c: char| c.is_whitespace() || c == ',' || c == ';');
    pieces
        .find(|piece| ends(piece).is_some_and(|(from, to)| from <= to && to - from >= RANGE))
        .map(str::to_owned)
}

/// Without the sign of a number, and with ranges in one piece: `№ 1 - № 3` is `1-3`.
fn tidy(text: &str) -> String {
    let bare = text.replace('№', " ");
    let mut out = String::with_capacity(bare.len());
    let mut rest = bare.as_str();
    while let Some(at) = rest.find(['-', '–', '—']) {
        let (before, tail) = rest.split_at(at);
        let after = tail.trim_start_matches(['-', '–', '—']);
        let digits = before.trim_end().ends_with(|c: char| c.is_ascii_digit())
            && after.trim_start().starts_with(|c: char| c.is_ascii_digit());
        if digits {
            out.push_str(before.trim_end());
            out.push('-');
            rest = after.trim_start();
        } else {
            let sign = tail.len() - after.len();
            out.push_str(&rest[..at + sign]);
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

fn ends(piece: &str) -> Option<(u64, u64)> {
    let (from, to) = piece.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// Why a piece that has two ends names no numbers; `None` when it has not.
pub(crate) fn no_range(lang: Lang, piece: &str) -> Option<String> {
    let (from, to) = ends(piece)?;
    Some(if from > to {
        let words =
            "Номера {} в книге нет. Если это промежуток, он записан наоборот: впишите {}-{}";
        lang.fill(words, &[&piece, &to, &from])
    } else {
        let words = "Промежуток {} длиннее {} номеров: впишите его по частям";
        lang.with2(words, piece, RANGE)
    })
}

fn range(piece: &str) -> Option<(u64, u64)> {
    let (from, to) = ends(piece)?;
    (from <= to && to - from < RANGE).then_some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_it_went() {
        for text in ["i:1014", "i:Ф-12", "c:3:2", "r:55:1"] {
            assert_eq!(text.parse::<Key>().unwrap().to_string(), text);
        }
        assert!("x:1".parse::<Key>().is_err());
    }

    #[test]
    fn a_paste_of_numbers_is_taken_apart_and_a_range_filled() {
        assert_eq!(
            many("1001, 1002;\n\"1003\" 5-7"),
            ["1001", "1002", "1003", "5", "6", "7"]
        );
        for one_range in ["1-3", "1 - 3", "№ 1 – № 3", "1—3"] {
            assert_eq!(many(one_range), ["1", "2", "3"], "{one_range}");
        }
        assert_eq!(many("Ф-12, № 7"), ["Ф-12", "7"]);
        assert_eq!(too_wide("5 1 - 99999").as_deref(), Some("1-99999"));
        assert_eq!(too_wide("1-2000"), None);
        assert!(is_list("1001 1002"));
        assert!(!is_list("алгебра 7"));
        assert!(!is_list("1001"));
    }

    #[test]
    fn a_form_cannot_name_numbers_without_end() {
        let named = many(&"1-2000 ".repeat(10_000)).len();
        assert!(named <= MOST + 2_000, "{named}");
    }

    #[test]
    fn a_card_is_named_in_many_ways() {
        assert_eq!(card_of("карточка 3/2"), Some((3, Some(2))));
        assert_eq!(card_of("карт. 3"), Some((3, None)));
        assert_eq!(card_of("card 3/2"), Some((3, Some(2))));
        assert_eq!(card_of("К3"), Some((3, None)));
        assert_eq!(card_of("алгебра"), None);
    }
}
