//! Дни, которых ещё не было: dates of an order that lie after today; and slips of the pen like the year 26.
//!
//! A row dated years ahead would keep every later row out of its book (D-22), a row of the year 26 would have two
//! thousand years closed before this one; so whoever works by the clock asks here first. [`super::decide()`] does not: a file of another year is posted as it came, by its own dates (D-27).

use jiff::civil::Date;

use super::draft::{ActDraft, Order};
use crate::rule::{Finding, Rule};

/// No library reckons its fund by acts of earlier years; a year below is one typed with two digits.
const FIRST_YEAR: i16 = 1900;

/// What in an order is dated after `today` or before [`FIRST_YEAR`], each with its place in the order.
#[must_use]
pub fn ahead(order: &Order, today: Date) -> Vec<Finding> {
    let mut ahead = Ahead {
        today,
        findings: Vec::new(),
    };
    ahead.order(order);
    ahead.findings
}

struct Ahead {
    today: Date,
    findings: Vec<Finding>,
}

impl Ahead {
    fn day(&mut self, place: &str, what: &str, day: Option<Date>) {
        if let Some(day) = day.filter(|day| day.year() < FIRST_YEAR) {
            let detail = format!("{what}: год {} – впишите его четырьмя цифрами", day.year());
            let finding = Finding::new(Rule::DateOutOfReach, place, detail);
            self.findings.push(finding);
        }
        if let Some(day) = day.filter(|day| *day > self.today) {
            let detail = format!(
                "{what} {day} ещё не наступила, сегодня {}: исправьте дату, иначе книга закроется для всего, \
                 что записывают до неё",
                self.today
            );
            let finding = Finding::new(Rule::DateInFuture, place, detail);
            self.findings.push(finding);
        }
    }

    fn entry(&mut self, day: Date) {
        self.day("/date", "Дата записи", Some(day));
    }

    fn act(&mut self, act: Option<&ActDraft>) {
        let Some(act) = act else { return };
        self.day("/act/date", "Дата акта", act.date);
        self.day("/act/approved", "Дата утверждения", act.approved);
        self.day("/act/confirmed", "Дата подтверждения", act.confirmed);
    }

    fn order(&mut self, order: &Order) {
        match order {
            Order::Receive(draft) => {
                self.entry(draft.date);
                let document = draft.document.as_ref().and_then(|paper| paper.date);
                self.day("/document/date", "Дата документа", document);
            }
            Order::Withdraw(draft) => {
                self.day("/date", "Дата записи", draft.date);
                self.act(draft.act.as_ref());
            }
            Order::Reverse(draft) => self.entry(draft.date),
            Order::Revalue(draft) => self.entry(draft.date),
            Order::Reclassify(draft) => self.entry(draft.date),
            Order::Relocate(draft) => self.entry(draft.date),
            Order::Void(draft) => self.entry(draft.date),
            Order::Move(draft) => self.entry(draft.date),
            Order::StartCheck(draft) => self.entry(draft.date),
            Order::CloseCheck(draft) => {
                self.entry(draft.date);
                self.act(draft.act.as_ref());
            }
            // A period that runs may be closed early, and opened again; one that has not begun may not.
            Order::ClosePeriod(draft) => {
                let month = draft
                    .quarter
                    .map_or(1, |quarter| 3 * quarter.clamp(1, 4) - 2);
                let first = Date::new(draft.year, i8::try_from(month).unwrap_or(1), 1);
                self.day("/year", "Первый день этого периода", first.ok());
            }
            Order::Open(draft) => {
                self.day("/as_of", "Дата ввода остатков", draft.as_of);
                self.day(
                    "/closed_through",
                    "Дата, по которую всё закрыто",
                    draft.closed_through,
                );
            }
            Order::Together(commands) => {
                commands
                    .iter()
                    .for_each(|command| self.order(&command.order));
            }
            Order::AddLibrary(_)
            | Order::ChangeLibrary(_)
            | Order::SetPolicy(_)
            | Order::NoteTitles(_)
            | Order::ReopenPeriod(_)
            | Order::SubmitReport { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::fund::axis::{Fund, Series};
    use crate::fund::draft::{FundCommand, PeriodDraft, VoidDraft, WithdrawalDraft};

    const TODAY: Date = date(2026, 11, 21);

    fn places(order: &Order) -> Vec<String> {
        let found = ahead(order, TODAY);
        found.into_iter().map(|finding| finding.place).collect()
    }

    fn void(day: Date) -> Order {
        Order::Void(VoidDraft {
            date: day,
            numbers: Vec::new(),
        })
    }

    #[test]
    fn today_is_no_future_and_tomorrow_is() {
        assert!(places(&void(TODAY)).is_empty());
        assert_eq!(places(&void(date(2026, 11, 22))), ["/date"]);
        let event = None;
        let order = void(date(2207, 11, 21));
        assert_eq!(
            places(&Order::Together(vec![FundCommand { event, order }])),
            ["/date"]
        );
    }

    #[test]
    fn a_year_of_two_digits_is_a_slip() {
        assert_eq!(places(&void(date(26, 11, 22))), ["/date"]);
        let mut past = PeriodDraft {
            date: None,
            year: -2026,
            quarter: None,
        };
        assert_eq!(places(&Order::ClosePeriod(past.clone())), ["/year"]);
        past.year = 1998;
        assert!(places(&Order::ClosePeriod(past)).is_empty());
    }

    #[test]
    fn every_date_of_an_act_is_looked_at() {
        let far = Some(date(2030, 1, 1));
        let order = Order::Withdraw(WithdrawalDraft {
            date: far,
            fund: Fund::Main,
            act: Some(ActDraft {
                series: Series::Withdrawal,
                number: None,
                date: far,
                approved: far,
                confirmed: far,
            }),
            transfer: false,
            receiver: String::new(),
            reason: None,
            sub_reason: None,
            basis: None,
            lines: Vec::new(),
            note: String::new(),
        });
        let expected = ["/date", "/act/date", "/act/approved", "/act/confirmed"];
        assert_eq!(places(&order), expected);
    }

    #[test]
    fn a_period_that_runs_may_be_closed_and_one_that_has_not_begun_may_not() {
        let close = |year, quarter| {
            Order::ClosePeriod(PeriodDraft {
                date: None,
                year,
                quarter,
            })
        };
        assert!(places(&close(2026, None)).is_empty());
        assert!(places(&close(2026, Some(4))).is_empty());
        assert_eq!(places(&close(2027, Some(1))), ["/year"]);
        assert_eq!(places(&close(2030, None)), ["/year"]);
    }
}
