//! The form of a delivery, filled by what was typed so far.

use catalog::fund::axis::{Fund, Source};
use catalog::fund::money::Kopecks;

use super::lines::{count, folded};
use super::titles::is_subscription;
use super::{Draft, PAGE};
use crate::app::App;
use crate::auth::Person;
use crate::clock::today;
use crate::problem::Problem;
use crate::short;
use crate::staff::{Pairs, beside, folds, fund_choice, fund_of, library_choice, workplace};
use crate::view::delivery::{DeliveryLine, DeliveryPage, Fold, Reconciliation};
use crate::view::parts::{Field, Pick, Takes};
use crate::view::{Choice, Frame};

/// Sources that come with a document of their own.
const SOURCES: [Source; 13] = [
    Source::Purchase,
    Source::Donation,
    Source::Replacement,
    Source::Subscription,
    Source::CentralSupply,
    Source::Transfer,
    Source::Exchange,
    Source::LegalDeposit,
    Source::Copying,
    Source::OwnPublication,
    Source::FoundSurplus,
    Source::FoundAfterWriteOff,
    Source::Temporary,
];
const DOCUMENTS: [(&str, &str); 5] = [
    ("WAYBILL", "накладная"),
    ("SUBSCRIPTION_REGISTER", "реестр подписки"),
    ("UPD", "УПД"),
    ("INVOICE", "счёт-фактура"),
    (
        "ACCEPTANCE_ACT",
        "акт о приёме (номер даст программа, если не вписан)",
    ),
];

/// The name of a kind of document.
pub(super) fn document(code: &str) -> &str {
    let known = DOCUMENTS.iter().find(|(known, _)| *known == code);
    let name = known.map_or(code, |(_, name)| name);
    name.split(" (").next().unwrap_or(name)
}

/// The page.
pub(super) fn filled(
    app: &App,
    person: &Person,
    frame: Frame,
    state: &Draft,
) -> Result<DeliveryPage, Problem> {
    let typed = &state.pairs;
    let library = workplace(app, person, typed.get("library"))?;
    let sources = SOURCES.map(|source| Pick::new(source.code(), source.label()));
    let kinds = DOCUMENTS.map(|(code, title)| Pick::new(code, title));
    let mut choices = vec![
        Choice::new("source", "Источник", typed.get("source"), sources.to_vec()),
        fund_choice(fund_of(typed.get("fund"))),
        Choice::new(
            "doc.kind",
            "Документ",
            typed.get("doc.kind"),
            kinds.to_vec(),
        ),
    ];
    choices.extend(library_choice(app, person, &library)?);
    let mut fields = head(typed);
    beside(&state.remarks, &mut fields, &mut choices);
    let mut scan = vec![scan_field(state)];
    beside(&state.remarks, &mut scan, &mut []);
    let new_title = state.new_title.then(|| {
        let mut rows = new_title(typed);
        beside(&state.remarks, &mut rows, &mut []);
        rows
    });
    let (fold, shown) = folds(state.page, state.lines.len(), PAGE);
    let own = Pick::new("", "как у документа");
    let funds = Fund::ALL.iter();
    let funds = funds.map(|fund| Pick::new(fund.code(), fund.label()));
    Ok(DeliveryPage {
        choices,
        fields,
        scan: scan.pop().unwrap_or_default(),
        candidates: state.candidates.clone(),
        new_title,
        serial: is_subscription(&state.pairs),
        known: state.known,
        later: state.later.clone(),
        funds: std::iter::once(own).chain(funds).collect(),
        former: typed.get("source") == Source::FoundAfterWriteOff.code(),
        draft: state.id.clone(),
        offers: state.offers.clone(),
        lines: state.lines[shown.clone()].to_vec(),
        fold: Fold {
            before: folded(&state.lines[..shown.start]),
            after: folded(&state.lines[shown.end..]),
            ..fold
        },
        sums: sums(typed, &state.lines),
        remarks: state.remarks.clone(),
        f: frame.crumb("Рабочий стол", "/staff"),
    })
}

fn head(typed: &Pairs) -> Vec<Field> {
    let day = today().to_string();
    let date = |name: &str| match typed.get(name) {
        "" => day.clone(),
        typed => typed.to_owned(),
    };
    vec![
        Field::new("supplier", "Поставщик или даритель", typed.get("supplier")),
        Field::new("doc.number", "№ документа", typed.get("doc.number")),
        Field::new("doc.date", "Дата документа", date("doc.date")).takes(Takes::Date),
        Field::new("date", "Дата записи в книгу", date("date")).takes(Takes::Date),
        Field::new("total", "Сумма документа, ₽", typed.get("total")).takes(Takes::Money),
        Field::new("not_fund", "Из неё не фонд, ₽", typed.get("not_fund")).takes(Takes::Money),
        Field::new("rejected", "Из неё не принято, ₽", typed.get("rejected")).takes(Takes::Money),
    ]
}

/// Where the scanner types. A description that is open takes the typing hand, and so does a refusal: it is read
/// before the work goes on.
fn scan_field(state: &Draft) -> Field {
    let field =
        Field::new("scan", "ISBN, штрихкод или слова названия", &state.scan).takes(Takes::Search);
    let read_first = |remark: &crate::view::Remark| {
        remark.field.is_empty() || remark.tone == "bad" && remark.field != "scan"
    };
    if state.new_title || state.remarks.iter().any(read_first) {
        field
    } else {
        field.focus()
    }
}

fn new_title(typed: &Pairs) -> Vec<Field> {
    let serial = is_subscription(typed);
    let rows = short::ROWS.iter().map(|(name, label, required)| {
        let key = format!("new.{name}");
        let label = match *name {
            "isbn" if serial => "ISSN",
            "subtitle" if serial => "Сведения к заглавию (журнал, газета)",
            _ => label,
        };
        let field = Field::new(&key, label, typed.get(&key));
        if *required {
            field.required().focus()
        } else {
            field
        }
    });
    rows.collect()
}

/// No sum of a document is larger; the fund refuses what is, and what cannot be added up is not.
const MOST: Kopecks = Kopecks(10_000_000_000_000);

fn money(typed: &str) -> Option<Kopecks> {
    let sum = typed.parse::<Kopecks>().ok();
    sum.filter(|sum| (-MOST..=MOST).contains(sum))
}

/// What the lines come to beside the document.
pub(super) fn sums(typed: &Pairs, lines: &[DeliveryLine]) -> Reconciliation {
    let copies = lines.iter().filter_map(|line| count(&line.copies));
    Reconciliation {
        copies: copies.map(i64::from).sum(),
        titles: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        lines: lines
            .iter()
            .filter_map(|line| line.sum)
            .filter(|sum| *sum <= MOST)
            .sum(),
        not_fund: money(typed.get("not_fund")).unwrap_or_default(),
        rejected: money(typed.get("rejected")).unwrap_or_default(),
        document: money(typed.get("total")),
    }
}
