//! Строки КСУ в тексте `fond books`: by which paper, of how many titles, under which numbers.

use std::io::{self, Write};

use catalog::fund::act::{Act, ActBody, Part, SummaryRow};
use catalog::fund::number::in_runs;

use super::{axes, sum};
use crate::staff::acts::document_words;
use crate::view::lang::short_date;

/// Prints one part of a book.
pub(super) fn print<'a>(
    title: &str,
    acts: impl Iterator<Item = &'a Act>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "  {title}")?;
    for act in acts {
        let Some(row) = &act.row else { continue };
        writeln!(
            out,
            "    {:>4}  {}  {:<24} {}",
            row.number,
            short_date(act.date),
            act.label(),
            sum(&act.totals)
        )?;
        for words in about(act, row) {
            writeln!(out, "          {words}")?;
        }
        axes("", &act.totals, "          ", out)?;
    }
    Ok(())
}

fn about(act: &Act, row: &SummaryRow) -> Vec<String> {
    let change = match row.part {
        Part::Came => "новых",
        Part::Left => "выбыло последних",
    };
    let mut lines = vec![
        paper(act),
        format!(
            "названий {}, {change} {}; на балансе {} на {}, не на балансе {} на {}",
            row.titles_in_record,
            act.totals.titles,
            act.totals.on_balance.copies,
            act.totals.on_balance.sum,
            act.totals.off_balance.copies,
            act.totals.off_balance.sum
        ),
    ];
    if !row.numbers.is_empty() {
        lines.push(format!("инвентарные номера {}", in_runs(&row.numbers)));
    }
    if !row.cards.is_empty() {
        let cards: Vec<String> = row.cards.iter().map(u64::to_string).collect();
        lines.push(format!("карточки {}", cards.join(", ")));
    }
    if let Some((year, number)) = row.storno_of {
        lines.push(format!("сторно записи {number} за {year} год"));
    }
    if let Some((year, number)) = row.corrects {
        lines.push(format!("вместо записи {number} за {year} год"));
    }
    lines.push(act.note.clone());
    lines.retain(|line| !line.is_empty());
    lines
}

/// The paper of a row: whose it is, its number, its day.
fn paper(act: &Act) -> String {
    let own = act.number.map_or_else(String::new, |number| {
        format!(
            "акт ({}) № {} за {} год",
            number.series.label(),
            number.number,
            number.year
        )
    });
    match &act.body {
        ActBody::Accession {
            source,
            supplier,
            document,
            ..
        } => {
            let from = if supplier.is_empty() {
                String::new()
            } else {
                format!(", {supplier}")
            };
            format!("{}{from}; {}", source.label(), document_words(document))
        }
        ActBody::Withdrawal {
            drawn,
            approved,
            receiver,
            ..
        } => {
            let to = if receiver.is_empty() {
                String::new()
            } else {
                format!("; кому: {receiver}")
            };
            format!(
                "{own} от {}, утверждён {}{to}",
                short_date(*drawn),
                short_date(*approved)
            )
        }
        ActBody::Opening
        | ActBody::Reversal { .. }
        | ActBody::Correction { .. }
        | ActBody::Revaluation { .. }
        | ActBody::Reclassification { .. } => own,
    }
}
