//! Counters of the running server, printed for Prometheus. Nothing here is kept over a restart.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the answer-time histogram, in milliseconds.
const BOUNDS: [u64; 8] = [5, 10, 25, 50, 100, 250, 1000, 5000];

#[derive(Debug, Default)]
pub(crate) struct Metrics {
    /// Answers by the first digit of their status.
    answers: [AtomicU64; 6],
    within: [AtomicU64; BOUNDS.len()],
    count: AtomicU64,
    micros: AtomicU64,
    sign_ins_refused: AtomicU64,
}

impl Metrics {
    /// Counts one answer.
    pub(crate) fn answered(&self, status: u16, took: Duration) {
        let class = usize::from(status / 100).min(5);
        self.answers[class].fetch_add(1, Ordering::Relaxed);
        self.count.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        for (bound, count) in BOUNDS.iter().zip(&self.within) {
            if micros <= bound * 1000 {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Counts one who was not let in.
    pub(crate) fn sign_in_refused(&self) {
        self.sign_ins_refused.fetch_add(1, Ordering::Relaxed);
    }

    /// The counters and `gauges` (name, value) in the text format of Prometheus; gauges of one name stand together.
    pub(crate) fn text(&self, gauges: &[(String, u64)], turned_away: u64) -> String {
        let mut out = String::new();
        let mut line = |text: std::fmt::Arguments<'_>| {
            // Writing into a String cannot fail.
            let _ = out.write_fmt(text);
            out.push('\n');
        };
        line(format_args!("# TYPE fond_http_answers_total counter"));
        for (class, count) in self.answers.iter().enumerate().skip(1) {
            let count = count.load(Ordering::Relaxed);
            line(format_args!(
                "fond_http_answers_total{{status=\"{class}xx\"}} {count}"
            ));
        }
        line(format_args!("# TYPE fond_http_answer_seconds histogram"));
        for (bound, count) in BOUNDS.iter().zip(&self.within) {
            let (whole, rest) = (bound / 1000, bound % 1000);
            let count = count.load(Ordering::Relaxed);
            line(format_args!(
                "fond_http_answer_seconds_bucket{{le=\"{whole}.{rest:03}\"}} {count}"
            ));
        }
        let (count, micros) = (
            self.count.load(Ordering::Relaxed),
            self.micros.load(Ordering::Relaxed),
        );
        line(format_args!(
            "fond_http_answer_seconds_bucket{{le=\"+Inf\"}} {count}"
        ));
        line(format_args!(
            "fond_http_answer_seconds_sum {}.{:06}",
            micros / 1_000_000,
            micros % 1_000_000
        ));
        line(format_args!("fond_http_answer_seconds_count {count}"));
        line(format_args!("# TYPE fond_sign_ins_refused_total counter"));
        let refused = self.sign_ins_refused.load(Ordering::Relaxed);
        line(format_args!("fond_sign_ins_refused_total {refused}"));
        line(format_args!(
            "# TYPE fond_requests_turned_away_total counter"
        ));
        line(format_args!(
            "fond_requests_turned_away_total {turned_away}"
        ));
        let mut before = "";
        for (name, value) in gauges {
            let stem = name.split('{').next().unwrap_or_default();
            if stem != before {
                line(format_args!("# TYPE {stem} gauge"));
                before = stem;
            }
            line(format_args!("{name} {value}"));
        }
        out
    }
}
