//! The page of security goes through the standard number by number: each stands in a row of its own or in a row of
//! several, once, and beside it stands something.
//!
//! Which numbers there are is data; what is said of them is for people to judge.

use std::collections::BTreeMap;

/// Numbers and levels of the requirements that the page goes through.
const NUMBERS: &str = include_str!("../../data/asvs-5.0.0.txt");

/// What is wrong with the page, number by number.
#[must_use]
pub fn breaches(page: &str) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = numbers().map(|number| (number, 0)).collect();
    let mut wrong = Vec::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let cell = cells[0].trim_start_matches("| ");
        let named = named(cell);
        let said = cells.get(1).is_some_and(|said| said.len() > 3);
        if !named.is_empty() && (!said || cells.len() != 2) {
            wrong.push(format!("a row has two cells with something in both: {row}"));
        }
        for number in named {
            match times.get_mut(number) {
                Some(times) => *times += 1,
                None => wrong.push(format!("{number} is none of levels 1 and 2")),
            }
        }
        if let Some(range) = cell.split(' ').find(|word| is_range(word)) {
            wrong.push(format!("{range} hides the numbers in it: write out each"));
        }
    }
    let not_once = times.iter().filter(|(_, times)| **times != 1);
    wrong.extend(not_once.map(|(number, times)| format!("{number} stands {times} times")));
    wrong
}

/// Every number of the data.
pub fn numbers() -> impl Iterator<Item = &'static str> {
    let rows = NUMBERS.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|row| row.split_once(' ').map(|(number, _)| number))
}

/// The numbers that a row begins with.
fn named(cell: &str) -> Vec<&str> {
    let words = cell.split(' ').map(|word| word.trim_end_matches(','));
    words.take_while(|word| is_number(word)).collect()
}

fn is_number(word: &str) -> bool {
    let figures = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    word.split('.').count() == 3 && word.split('.').all(figures)
}

fn is_range(word: &str) -> bool {
    let ends = word.split_once(['–', '-']);
    let figures = |part: &str| part.contains('.') && part.starts_with(|c: char| c.is_ascii_digit());
    ends.is_some_and(|(from, to)| figures(from) && figures(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(less: &str, more: &str) -> String {
        let rows = numbers().filter(|number| *number != less);
        let rows: Vec<String> = rows
            .map(|number| format!("| {number} Words | Why |\n"))
            .collect();
        rows.concat() + more
    }

    #[test]
    fn a_number_that_is_missing_stands_twice_or_is_none_is_named() {
        assert_eq!(breaches(&page("", "")), [""; 0]);
        assert_eq!(breaches(&page("7.6.1", "")), ["7.6.1 stands 0 times"]);
        let together = "| 7.6.1, 7.6.2 Words | Why |\n";
        assert_eq!(breaches(&page("7.6.1", together)), ["7.6.2 stands 2 times"]);
        let third = breaches(&page("", "| 6.3.8 Words | Why |\n"));
        assert_eq!(third, ["6.3.8 is none of levels 1 and 2"]);
        let range = breaches(&page("", "| 1.1–1.2 Words | Why |\n"));
        assert!(range[0].contains("1.1–1.2"), "{range:?}");
        let empty = breaches(&page("7.6.1", "| 7.6.1 Words |  |\n"));
        assert!(empty[0].contains("two cells"), "{empty:?}");
    }
}
