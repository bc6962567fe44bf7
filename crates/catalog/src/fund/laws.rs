//! Законы фонда under random work: whatever is asked, what is decided adds up and replays the same.

use proptest::prelude::*;

use super::act::ActLabel;
use super::axis::{Fund, Grades, Kind, Reason, Registration, Series, Source, SubReason};
use super::draft::*;
use super::money::Kopecks;
use super::network::{LibraryNode, NodeKind};
use super::number::InventoryNumber;
use super::state::Movement;
use super::title::TitleFacts;
use super::{Context, FundChange, FundError, apply, audit, decide};
use crate::id::RecordId;
use crate::table::MemoryTables;

/// One thing somebody may ask, right or wrong.
#[derive(Clone, Debug)]
enum Ask {
    Receive {
        title: u64,
        copies: u32,
        price: i64,
    },
    Withdraw {
        number: u64,
        reason: usize,
    },
    WithdrawLayer {
        card: u64,
        layer: u32,
        copies: u32,
    },
    Storno {
        act: u64,
        number: Option<u64>,
        price: Option<i64>,
    },
    Revalue {
        number: u64,
        price: i64,
    },
    RevalueLayer {
        card: u64,
        price: i64,
    },
    Reclassify {
        line: UnitLine,
        funds: (usize, usize),
        content: Option<usize>,
    },
    Relocate {
        line: UnitLine,
        places: (usize, usize),
    },
    Move {
        number: u64,
        movement: Movement,
    },
    Lend {
        card: u64,
        copies: u32,
    },
    Void {
        number: u64,
    },
    Check {
        missing: Vec<u64>,
    },
    Close {
        year: i16,
    },
    NextDays(i32),
}

fn ask() -> impl Strategy<Value = Ask> {
    let number = 1..30u64;
    let movement = prop_oneof![
        Just(Movement::Loan),
        Just(Movement::Return),
        Just(Movement::LossClaim),
        Just(Movement::Found),
        Just(Movement::Restrict),
        Just(Movement::Select),
        Just(Movement::Repair),
    ];
    let line = prop_oneof![
        number.clone().prop_map(numbered),
        (1..6u64, 1..3u32, 1..5u32)
            .prop_map(|(card, layer, copies)| UnitLine::layer(card, layer, copies)),
    ];
    prop_oneof![
        3 => (line.clone(), (0..2usize, 0..2usize), prop::option::of(0..2usize))
            .prop_map(|(line, funds, content)| Ask::Reclassify { line, funds, content }),
        2 => (line, (0..3usize, 0..3usize)).prop_map(|(line, places)| Ask::Relocate { line, places }),
        1 => (1..5u64, 1..100_000i64).prop_map(|(card, price)| Ask::RevalueLayer { card, price }),
        6 => (0..8u64, 1..5u32, 1..100_000i64)
            .prop_map(|(title, copies, price)| Ask::Receive { title, copies, price }),
        3 => (number.clone(), 0..5usize).prop_map(|(number, reason)| Ask::Withdraw { number, reason }),
        2 => (1..5u64, 1..3u32, 1..6u32)
            .prop_map(|(card, layer, copies)| Ask::WithdrawLayer { card, layer, copies }),
        3 => (1..25u64, prop::option::of(number.clone()), prop::option::of(1..100_000i64))
            .prop_map(|(act, number, price)| Ask::Storno { act, number, price }),
        1 => (number.clone(), 1..100_000i64).prop_map(|(number, price)| Ask::Revalue { number, price }),
        3 => (number.clone(), movement).prop_map(|(number, movement)| Ask::Move { number, movement }),
        1 => (1..5u64, 1..4u32).prop_map(|(card, copies)| Ask::Lend { card, copies }),
        1 => number.clone().prop_map(|number| Ask::Void { number }),
        1 => prop::collection::vec(number, 0..3).prop_map(|missing| Ask::Check { missing }),
        1 => (2025..2027i16).prop_map(|year| Ask::Close { year }),
        2 => (1..40i32).prop_map(Ask::NextDays),
    ]
}

fn title(n: u64) -> TitleFacts {
    let mut title = TitleFacts::new(RecordId::new(n + 1), format!("Издание {n}"));
    title.class_mark = ["84", "22.1", "92", "74", "63.3"][n as usize % 5].to_owned();
    match n {
        5 => {
            title.registration = Registration::BatchCard;
            title.fund = Fund::Textbook;
            title.grades = Some(Grades(5, 6));
        }
        6 => title.registration = Registration::BatchCard,
        7 => {
            title.kind = Kind::Journal;
            title.registration = Registration::PeriodicalCard;
        }
        _ => {}
    }
    title
}

fn act(day: jiff::civil::Date, series: Series) -> Option<ActDraft> {
    Some(ActDraft {
        series,
        number: None,
        date: Some(day),
        approved: Some(day),
        confirmed: None,
    })
}

fn orders(ask: &Ask, day: jiff::civil::Date) -> Vec<Order> {
    let fund_of = |card: &u64| {
        if card.is_multiple_of(2) {
            Fund::Main
        } else {
            Fund::Textbook
        }
    };
    match ask {
        Ask::Receive {
            title: n,
            copies,
            price,
        } => {
            vec![receive(day, title(*n), *copies, *price)]
        }
        Ask::Withdraw { number, reason } => {
            let reason = Reason::ALL[*reason];
            let lost = (reason == Reason::Loss).then_some(SubReason::LostByUser);
            vec![withdraw(day, Fund::Main, reason, lost, numbered(*number))]
        }
        Ask::WithdrawLayer {
            card,
            layer,
            copies,
        } => {
            let line = UnitLine::layer(*card, *layer, *copies);
            vec![withdraw(day, fund_of(card), Reason::Wear, None, line)]
        }
        Ask::Storno { act, number, price } => {
            let line = number.as_ref().map(|number| UnitLine {
                price: price.map(Kopecks),
                ..numbered(*number)
            });
            vec![storno(day, *act, line)]
        }
        Ask::Revalue { number, price } => {
            vec![revalue(day, Fund::Main, *price, numbered(*number))]
        }
        Ask::RevalueLayer { card, price } => {
            let line = UnitLine::layer(*card, 1, 1);
            vec![revalue(day, fund_of(card), *price, line)]
        }
        Ask::Reclassify {
            line,
            funds,
            content,
        } => vec![reclassify(day, line, *funds, *content)],
        Ask::Relocate { line, places } => vec![relocate(day, line, *places)],
        Ask::Move { number, movement } => vec![moved(day, *movement, numbered(*number))],
        Ask::Lend { card, copies } => {
            vec![moved(
                day,
                Movement::Loan,
                UnitLine::layer(*card, 1, *copies),
            )]
        }
        Ask::Void { number } => vec![void(day, *number)],
        Ask::Check { missing } => check(day, missing),
        Ask::Close { year } => vec![Order::ClosePeriod(PeriodDraft {
            date: None,
            year: *year,
            quarter: None,
        })],
        Ask::NextDays(_) => Vec::new(),
    }
}

fn numbered(number: u64) -> UnitLine {
    UnitLine::item(InventoryNumber::from(number))
}

fn void(date: jiff::civil::Date, number: u64) -> Order {
    let number = InventoryNumber::from(number);
    let reason = "испорчен ярлык".to_owned();
    Order::Void(VoidDraft {
        date,
        numbers: vec![VoidedNumber { number, reason }],
    })
}

fn revalue(date: jiff::civil::Date, fund: Fund, price: i64, line: UnitLine) -> Order {
    Order::Revalue(RevaluationDraft {
        date,
        fund,
        number: None,
        reason: "приказ".to_owned(),
        lines: vec![UnitLine {
            price: Some(Kopecks(price)),
            ..line
        }],
    })
}

fn relocate(date: jiff::civil::Date, line: &UnitLine, (from, to): (usize, usize)) -> Order {
    let place = |n: usize| ["MAIN", "B2", "B3"][n].parse().unwrap();
    Order::Relocate(RelocationDraft {
        date,
        from: line.card.map(|_| place(from)),
        to: place(to),
        number: None,
        lines: vec![line.clone()],
        note: String::new(),
    })
}

fn reclassify(
    date: jiff::civil::Date,
    line: &UnitLine,
    (from, to): (usize, usize),
    content: Option<usize>,
) -> Order {
    let fund = |n: usize| [Fund::Main, Fund::Textbook][n];
    let columns = Columns {
        content: content.map(|n| ["FIC", "NAT"][n].to_owned()),
        ..Columns::default()
    };
    Order::Reclassify(ReclassifyDraft {
        date,
        fund: fund(from),
        to: Some(fund(to)),
        number: None,
        reason: "приказ".to_owned(),
        lines: vec![(line.clone(), columns)],
    })
}

fn receive(day: jiff::civil::Date, title: TitleFacts, copies: u32, price: i64) -> Order {
    let fund = title.fund;
    let line = LineDraft::new(title, copies, Kopecks(price));
    Order::Receive(AccessionDraft {
        date: day,
        source: Source::Donation,
        supplier: String::new(),
        document: Some(DocumentDraft {
            kind: "ACCEPTANCE_ACT".to_owned(),
            number: None,
            date: None,
            total: None,
        }),
        parts: vec![PartDraft {
            fund,
            lines: vec![line],
        }],
        non_fund: Vec::new(),
        rejected: Vec::new(),
        voided: Vec::new(),
        note: String::new(),
    })
}

fn storno(date: jiff::civil::Date, act: u64, line: Option<UnitLine>) -> Order {
    Order::Reverse(ReversalDraft {
        date,
        corrects: ActRef::Id(crate::id::ActId::new(act)),
        fund: None,
        lines: line.into_iter().collect(),
        reason: "описка".to_owned(),
        number: None,
    })
}

fn check(day: jiff::civil::Date, missing: &[u64]) -> Vec<Order> {
    vec![
        Order::StartCheck(CheckStartDraft {
            date: day,
            fund: Fund::Main,
            order: "приказ".to_owned(),
            on_loan: Vec::new(),
        }),
        Order::CloseCheck(CheckCloseDraft {
            date: day,
            fund: Fund::Main,
            act: act(day, Series::Check),
            missing: missing.iter().copied().map(InventoryNumber::from).collect(),
            seen: None,
            missing_layers: Vec::new(),
            surplus: 0,
        }),
    ]
}

fn withdraw(
    day: jiff::civil::Date,
    fund: Fund,
    reason: Reason,
    sub_reason: Option<SubReason>,
    line: UnitLine,
) -> Order {
    Order::Withdraw(WithdrawalDraft {
        date: Some(day),
        fund,
        act: act(day, Series::Withdrawal),
        transfer: false,
        receiver: String::new(),
        reason: Some(reason),
        sub_reason,
        basis: None,
        lines: vec![line],
        note: String::new(),
    })
}

fn moved(date: jiff::civil::Date, movement: Movement, line: UnitLine) -> Order {
    Order::Move(MovementDraft {
        date,
        movement,
        lines: vec![line],
        holder: String::new(),
        note: String::new(),
    })
}

fn opening() -> Order {
    let item = |n: u64| OpeningItem {
        title: title(n % 3),
        fund: None,
        number: Some(InventoryNumber::from(n + 1)),
        price: Kopecks(10_000),
        on_balance: None,
        shelfmark: String::new(),
        place: None,
    };
    Order::Open(OpeningDraft {
        closed_through: Some(jiff::civil::date(2024, 12, 31)),
        items: (0..5).map(item).collect(),
        history: vec![HistoryLine {
            number: InventoryNumber::from(8),
            title: None,
            fund: Fund::Main,
            price: Kopecks(100),
            act: ActLabel::Number(1),
            act_year: 2023,
            row: Some(1),
            reason: Some(Reason::Wear),
            sub_reason: None,
        }],
        chunk: (1, 1),
        ..OpeningDraft::default()
    })
}

struct Work {
    tables: MemoryTables,
    changes: Vec<FundChange>,
    context: Context,
}

impl Work {
    /// Carries an order out if the rules let it; whether they did.
    fn ask(&mut self, order: Order) -> bool {
        let command = FundCommand { event: None, order };
        match decide(&command, &self.context, &self.tables) {
            Ok(change) => {
                if let Some(change) = change {
                    apply(&change, &mut self.tables).unwrap();
                    self.changes.push(change);
                }
                true
            }
            Err(FundError::Refused(findings)) => {
                assert!(!findings.is_empty());
                false
            }
            Err(FundError::Table(error)) => panic!("{error}"),
        }
    }
}

/// An opened library, and what was decided for it.
fn opened() -> Work {
    let mut work = Work {
        tables: MemoryTables::default(),
        changes: Vec::new(),
        context: Context {
            library: "MAIN".parse().unwrap(),
            actor: "иванова".parse().unwrap(),
            at: jiff::Timestamp::from_second(1_760_000_000).unwrap(),
        },
    };
    let node = LibraryNode {
        id: "MAIN".parse().unwrap(),
        name: "Школа".to_owned(),
        parent: None,
        kind: NodeKind::School,
    };
    let building = |id: &str| LibraryNode {
        id: id.parse().unwrap(),
        name: format!("Здание {id}"),
        parent: Some("MAIN".parse().unwrap()),
        kind: NodeKind::Building,
    };
    assert!(work.ask(Order::AddLibrary(node)));
    assert!(work.ask(Order::AddLibrary(building("B2"))));
    assert!(work.ask(Order::AddLibrary(building("B3"))));
    assert!(work.ask(opening()));
    work
}

#[test]
fn the_second_road_names_a_price_that_no_act_made() {
    let mut work = opened();
    let day = jiff::civil::date(2025, 1, 9);
    assert!(work.ask(receive(day, title(0), 2, 500)));
    assert!(work.ask(receive(day, title(5), 3, 900)));
    assert!(work.ask(storno(day, 2, None)));
    let reason = Reason::Wear;
    assert!(work.ask(withdraw(day, Fund::Main, reason, None, numbered(2))));
    assert_eq!(audit(&work.tables).unwrap(), Vec::<String>::new());
    let library = "MAIN".parse().unwrap();
    let number = InventoryNumber::from(1);
    let item = super::read::item_by_number(&work.tables, &library, &number).unwrap();
    let mut item = item.unwrap();
    item.price += Kopecks(1);
    crate::table::put::<super::tables::Items>(&mut work.tables, &item.id, &item);
    let wrong = audit(&work.tables).unwrap();
    assert!(
        wrong.len() == 1 && wrong[0].contains("номер 1"),
        "{wrong:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_the_books_add_up_and_replay_the_same(
        asks in prop::collection::vec(ask(), 1..40),
    ) {
        let mut work = opened();
        let mut day = jiff::civil::date(2025, 1, 9);
        for ask in &asks {
            if let Ask::NextDays(days) = ask {
                day = day.checked_add(jiff::Span::new().days(*days)).unwrap();
            }
            for order in orders(ask, day) {
                work.ask(order);
            }
            let wrong = audit(&work.tables).unwrap();
            prop_assert!(wrong.is_empty(), "after {ask:?}: {wrong:?}");
        }
        let mut again = MemoryTables::default();
        for change in &work.changes {
            let kept = serde_json::to_string(change).unwrap();
            let kept: FundChange = serde_json::from_str(&kept).unwrap();
            apply(&kept, &mut again).unwrap();
        }
        prop_assert_eq!(&again, &work.tables);
    }
}
