//! The small set of parts of which every page is made.
//!
//! A part knows how it looks, not what it means: numbers and words come in ready.

use askama::Template;
use catalog::rule::{Finding, Severity};

use super::frame::Frame;

/// Замечание на экране: a finding in words a librarian reads.
#[derive(Clone, Debug)]
pub struct Remark {
    /// `bad`, `warn` or `info`.
    pub tone: &'static str,
    /// Where, in words: «строка 3, цена». Empty when the whole is meant.
    pub place: String,
    /// What is wrong and what to do.
    pub text: String,
    /// The rule: its public code and source.
    pub rule: String,
    /// The form row it belongs to (`id` of the field), for a link from the summary.
    pub field: String,
    /// Where the step is made that it asks for; empty when that is this very page.
    pub step: String,
}

impl Remark {
    /// A refusal in words only, belonging to the form row `field` (may be empty).
    pub fn bad(text: impl Into<String>, field: impl Into<String>) -> Self {
        Self {
            tone: "bad",
            place: String::new(),
            text: text.into(),
            rule: String::new(),
            field: field.into(),
            step: String::new(),
        }
    }
}

impl From<&Finding> for Remark {
    fn from(finding: &Finding) -> Self {
        let tone = match finding.rule.severity() {
            Severity::Blocks => "bad",
            Severity::Warns => "warn",
            Severity::Informs => "info",
        };
        Self {
            tone,
            place: finding.place.clone(),
            text: finding.detail.clone(),
            rule: format!("{}, {}", finding.rule.code(), finding.rule.source()),
            field: String::new(),
            step: String::new(),
        }
    }
}

/// What a field takes: decides the keyboard of a phone and the width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Takes {
    /// Any text.
    #[default]
    Text,
    /// A long text.
    Long,
    /// An integer or a number by a scanner.
    Number,
    /// Roubles and kopecks.
    Money,
    /// A day.
    Date,
    /// A password.
    Password,
    /// A file.
    File,
    /// A search line.
    Search,
}

/// Строка формы: label, input, hint, and the remark beside it.
#[derive(Clone, Debug, Default)]
pub struct Field {
    /// The name it is sent under; also its `id`.
    pub name: String,
    /// The label.
    pub label: String,
    /// What stands in it.
    pub value: String,
    /// A hint under the label.
    pub hint: String,
    /// What is wrong with the value.
    pub errors: Vec<String>,
    /// What it takes.
    pub takes: Takes,
    /// Whether it must be filled.
    pub required: bool,
    /// Whether the cursor stands here when the page opens.
    pub focus: bool,
    /// The `autocomplete` token; `off` when empty.
    pub autocomplete: String,
}

impl Field {
    /// A text row.
    pub fn new(
        name: impl Into<String>,
        label: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            value: value.into(),
            ..Self::default()
        }
    }
    /// What it takes.
    #[must_use]
    pub fn takes(mut self, takes: Takes) -> Self {
        self.takes = takes;
        self
    }
    /// With a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
    /// Must be filled.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }
    /// The cursor stands here.
    #[must_use]
    pub fn focus(mut self) -> Self {
        self.focus = true;
        self
    }
    /// With a remark beside it.
    #[must_use]
    pub fn error(mut self, error: impl Into<String>) -> Self {
        self.errors.push(error.into());
        self
    }
    /// With an `autocomplete` token.
    #[must_use]
    pub fn autocomplete(mut self, token: &str) -> Self {
        token.clone_into(&mut self.autocomplete);
        self
    }

    pub(crate) fn input_type(&self) -> &'static str {
        match self.takes {
            // `type=number` eats the Enter of some scanners and spins on the wheel, so it stays text.
            Takes::Text | Takes::Long | Takes::Number | Takes::Money => "text",
            Takes::Date => "date",
            Takes::Password => "password",
            Takes::File => "file",
            Takes::Search => "search",
        }
    }
    pub(crate) fn input_mode(&self) -> &'static str {
        match self.takes {
            Takes::Number => "numeric",
            Takes::Money => "decimal",
            Takes::Text | Takes::Long | Takes::Date | Takes::Password | Takes::File => "text",
            Takes::Search => "search",
        }
    }
    pub(crate) fn width(&self) -> &'static str {
        match self.takes {
            Takes::Number | Takes::Money | Takes::Date => "short",
            Takes::Text | Takes::Long | Takes::Password | Takes::File | Takes::Search => "wide",
        }
    }
    pub(crate) fn is_long(&self) -> bool {
        self.takes == Takes::Long
    }
    pub(crate) fn completes(&self) -> &str {
        if self.autocomplete.is_empty() {
            "off"
        } else {
            &self.autocomplete
        }
    }
}

/// One thing to choose.
#[derive(Clone, Debug)]
pub struct Pick {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Pick {
    /// A thing to choose, not chosen yet.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            chosen: false,
        }
    }
    /// Chosen when its value is `value`.
    #[must_use]
    pub fn chosen(mut self, value: &str) -> Self {
        self.chosen = self.value == value;
        self
    }
}

/// Строка формы с выбором из списка.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// The name it is sent under; also its `id`.
    pub name: String,
    /// The label.
    pub label: String,
    /// A hint under the label.
    pub hint: String,
    /// What may be chosen.
    pub picks: Vec<Pick>,
    /// What is wrong with the choice.
    pub errors: Vec<String>,
}

impl Choice {
    /// A list; the one whose value is `value` is chosen.
    pub fn new(
        name: impl Into<String>,
        label: impl Into<String>,
        value: &str,
        picks: Vec<Pick>,
    ) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            picks: picks.into_iter().map(|pick| pick.chosen(value)).collect(),
            ..Self::default()
        }
    }
}

/// Страницы длинного списка.
#[derive(Clone, Debug, Default)]
pub struct Pager {
    /// This page, from 1.
    pub page: u64,
    /// How many pages there are.
    pub pages: u64,
    /// The address without the page number, ending in `?` or `&`.
    pub stem: String,
}

impl Pager {
    /// Numbers to show; 0 stands for a gap.
    pub(crate) fn numbers(&self) -> Vec<u64> {
        let mut numbers = Vec::new();
        for n in 1..=self.pages {
            let near = n.abs_diff(self.page) <= 1;
            if n == 1 || n == self.pages || near {
                numbers.push(n);
            } else if numbers.last() != Some(&0) {
                numbers.push(0);
            }
        }
        numbers
    }
}

/// Пусто: what is not here and the next step.
#[derive(Clone, Debug, Default)]
pub struct Empty {
    /// What is not here.
    pub title: String,
    /// What to do about it.
    pub text: String,
    /// Steps: label and address.
    pub steps: Vec<(String, String)>,
}

impl Empty {
    /// Nothing here, and why.
    pub fn new(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            text: text.into(),
            steps: Vec::new(),
        }
    }
    /// With a next step.
    #[must_use]
    pub fn step(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.steps.push((label.into(), href.into()));
        self
    }
}

/// Ступень пути акта.
#[derive(Clone, Debug)]
pub struct Stage {
    /// «Черновик», «Подписан комиссией», …
    pub title: String,
    /// Who and when, for a stage that is behind.
    pub note: String,
    /// `past`, `now` or `next`.
    pub state: &'static str,
}

/// Вкладка: a link that may be the page itself.
#[derive(Clone, Debug)]
pub struct Tab {
    /// The words.
    pub title: String,
    /// The address.
    pub href: String,
    /// Whether it is this page.
    pub here: bool,
}

/// Ход долгой работы.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// What is being done.
    pub title: String,
    /// Done so far.
    pub done: u64,
    /// Of how many; 0 when not known.
    pub total: u64,
    /// Where the page asks for news every two seconds; empty when finished.
    pub poll: String,
}

impl Progress {
    /// Whole per cents.
    pub(crate) fn percent(&self) -> u64 {
        (self.done * 100)
            .checked_div(self.total)
            .unwrap_or(0)
            .min(100)
    }
}

macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident $path:literal { $($field:ident : $type:ty),* })*) => {$(
        $(#[$doc])*
        #[derive(Template)]
        #[template(path = $path)]
        pub(crate) struct $name<'a> { $(pub(crate) $field: $type),* }
    )*};
}

parts! {
    FieldPart "parts/field.html" { f: &'a Frame, x: &'a Field }
    ChoicePart "parts/choice.html" { f: &'a Frame, x: &'a Choice }
    FindingsPart "parts/findings.html" { f: &'a Frame, list: &'a [Remark] }
    PagerPart "parts/pager.html" { f: &'a Frame, x: &'a Pager }
    EmptyPart "parts/empty.html" { f: &'a Frame, x: &'a Empty }
    StagesPart "parts/stages.html" { f: &'a Frame, list: &'a [Stage] }
    TabsPart "parts/tabs.html" { f: &'a Frame, label: &'a str, list: &'a [Tab] }
    ProgressPart "parts/progress.html" { f: &'a Frame, x: &'a Progress }
    IconPart "parts/icon.html" { name: &'a str }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pager_shows_ends_and_neighbours() {
        let pager = Pager {
            page: 5,
            pages: 9,
            stem: "?".into(),
        };
        assert_eq!(pager.numbers(), [1, 0, 4, 5, 6, 0, 9]);
        let short = Pager {
            page: 1,
            pages: 2,
            stem: "?".into(),
        };
        assert_eq!(short.numbers(), [1, 2]);
    }

    #[test]
    fn an_unknown_total_is_no_division() {
        assert_eq!(Progress::default().percent(), 0);
        assert_eq!(
            Progress {
                done: 1,
                total: 3,
                ..Progress::default()
            }
            .percent(),
            33
        );
    }
}
