//! `docs/rules.md`: the rule table as a page for people, printed from the code.

use std::fmt::Write as _;

use catalog::rule::{NORMS, Rule, Severity};

/// The whole page.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# Rules\n\n\
         Every complaint the program can make, printed from `crates/catalog/src/rule.rs`.\n\
         To print it again: `FOND_WRITE_DOCS=1 cargo test -p fond-tests --test house`.\n\n\
         *refuses*: an act is not posted, a record cannot become final; *warns*: probably wrong,\n\
         nothing is stopped; *informs*: worth knowing. Sources: FA, fund accounting (учёт фонда);\n\
         RM, RUSMARC records; D, a decision of the project.\n\n\
         | Code | Weight | Source | What the rule asks |\n|---|---|---|---|\n",
    );
    for rule in Rule::ALL {
        let weight = match rule.severity() {
            Severity::Blocks => "refuses",
            Severity::Warns => "warns",
            Severity::Informs => "informs",
        };
        // Writing into a string cannot fail.
        let _ = writeln!(
            page,
            "| `{}` | {weight} | {} | {} |",
            rule.code(),
            rule.source(),
            rule.title().replace('|', "\\|")
        );
    }
    norms(&mut page);
    page
}

/// How each rule of the two specifications is kept.
fn norms(page: &mut String) {
    page.push_str(
        "\n## How each rule is kept\n\n\
         *refuses*: a story of `tests/data/refusals.json` or a record of the tests earns the finding;\n\
         *computes*: a test compares a figure made on another road; *offers*: a test reaches it on a\n\
         page; *text*: no test, with the reason.\n\n\
         | Rule | Kept | By |\n|---|---|---|\n",
    );
    for (rule, kept, by) in NORMS {
        let _ = writeln!(page, "| {rule} | {} | {by} |", kept.word());
    }
    for n in 1..=80 {
        let source = format!("RM-{n}");
        let rows = Rule::ALL.iter().filter(|rule| rule.source() == source);
        let codes: Vec<&str> = rows.map(|rule| rule.code()).collect();
        if codes.is_empty() {
            let _ = writeln!(page, "| {source} | text | ещё не проверяется |");
        } else {
            let _ = writeln!(page, "| {source} | refuses | {} |", codes.join(", "));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::rule::Kept;

    #[test]
    fn each_norm_stands_once_and_refuses_by_rules_that_are_there() {
        let mut seen = std::collections::BTreeSet::new();
        for (norm, kept, by) in NORMS {
            assert!(seen.insert(*norm), "{norm} stands twice");
            if *kept == Kept::Refuses {
                let codes = by.split([',', ':']).map(str::trim).next();
                assert!(codes.and_then(Rule::by_code).is_some(), "{norm}: {by}");
            }
        }
        for rule in Rule::ALL {
            let source = rule.source();
            assert!(
                !source.starts_with("FA-") || seen.contains(source),
                "{rule}: {source}"
            );
        }
    }

    #[test]
    fn each_rule_has_one_row() {
        let page = page();
        for rule in Rule::ALL {
            let row = format!("| `{}` |", rule.code());
            assert_eq!(page.matches(&row).count(), 1, "{rule}");
        }
    }
}
