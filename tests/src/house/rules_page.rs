//! `docs/rules.md`: the rule table as a page for people, printed from the code.

use std::fmt::Write as _;

use catalog::rule::{Rule, Severity};

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
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_has_one_row() {
        let page = page();
        for rule in Rule::ALL {
            let row = format!("| `{}` |", rule.code());
            assert_eq!(page.matches(&row).count(), 1, "{rule}");
        }
    }
}
