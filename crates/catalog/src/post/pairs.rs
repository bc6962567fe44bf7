//! Парные события: two that name each other are one change, both or neither. Rule: D-21.

use super::{Poster, Ready};
use crate::Error;
use crate::fund::draft::{FundCommand, Order};
use crate::rule::{Finding, Rule};

impl Poster<'_> {
    /// Both events as one change, the receipt first.
    pub(super) fn pair(&mut self, one: &Ready, two: &Ready) -> Result<(), Error> {
        let receipt_second = matches!(two.order, Ok(Order::Receive(_)));
        let (first, second) = if receipt_second {
            (two, one)
        } else {
            (one, two)
        };
        let (Ok(a), Ok(b)) = (&first.order, &second.order) else {
            for (event, other) in [(first, second), (second, first)] {
                let findings = match &event.order {
                    Err(findings) => findings.clone(),
                    Ok(_) => vec![left_out(&other.id)],
                };
                self.refuse(&event.id, findings);
            }
            return Ok(());
        };
        let command = |event: &Ready, order: &Order| FundCommand {
            event: Some(event.outer.clone()),
            order: order.clone(),
        };
        let order = Order::Together(vec![command(first, a), command(second, b)]);
        match self.run(None, order, first.date)? {
            Err(findings) => {
                let (mine, theirs): (Vec<_>, Vec<_>) = findings
                    .into_iter()
                    .partition(|finding| !finding.place.starts_with("/together/1"));
                for (event, mut found, other) in
                    [(first, mine, &second.id), (second, theirs, &first.id)]
                {
                    for finding in &mut found {
                        finding.place = finding.place.chars().skip("/together/0".len()).collect();
                    }
                    if found.is_empty() {
                        found.push(left_out(other));
                    }
                    self.refuse(&event.id, found);
                }
            }
            Ok(answer) => {
                self.settle(&first.id, Ok(answer));
                self.settle(&second.id, Ok(answer));
            }
        }
        Ok(())
    }
}

fn left_out(other: &str) -> Finding {
    Finding::new(
        Rule::PairBroken,
        "/paired_with",
        format!("Не проведено, потому что отказано парному событию {other}: исправьте его"),
    )
}

/// The event that the n-th is paired with; the two name each other and stand on one day.
pub(super) fn partner(ready: &[Ready], n: usize) -> Result<Option<usize>, Finding> {
    let event = &ready[n];
    let Some(named) = &event.pair else {
        return Ok(None);
    };
    let broken = |why: &str| {
        let detail =
            format!("Пара {named}: {why}. Парные события называют друг друга и стоят в один день");
        Finding::new(Rule::PairBroken, "/paired_with", detail)
    };
    let other = ready
        .iter()
        .position(|other| other.id == *named)
        .filter(|other| *other != n)
        .ok_or_else(|| broken("такого события в файле нет"))?;
    if ready[other].pair.as_deref() != Some(event.id.as_str()) {
        return Err(broken("оно не называет это событие"));
    }
    if ready[other].date != event.date {
        return Err(broken("даты разные"));
    }
    Ok(Some(other))
}
