//! How often one may try to sign in: a few mistakes at once, then one a while; per name and per address.
//!
//! Lives in memory and is bounded; a restart forgives.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Mistakes that are forgiven at once.
const BURST: u32 = 10;
/// One mistake is forgotten in this time.
const FORGET: Duration = Duration::from_secs(30);
/// No more keys are remembered than this.
const KEYS: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<HashMap<String, (u32, Instant)>>);

impl Limiter {
    /// How long to wait before `key` may try again; `None` when it may now.
    pub(crate) fn wait(&self, key: &str, now: Instant) -> Option<Duration> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mistakes, since) = counts.get(key)?;
        let left = left(*mistakes, *since, now);
        (left >= BURST).then_some(FORGET)
    }

    /// Counts a mistake of `key`.
    pub(crate) fn mistake(&self, key: &str, now: Instant) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= KEYS {
            counts.retain(|_, (mistakes, since)| left(*mistakes, *since, now) > 0);
        }
        if counts.len() >= KEYS {
            return;
        }
        let (mistakes, since) = counts.entry(key.to_owned()).or_insert((0, now));
        *mistakes = left(*mistakes, *since, now) + 1;
        *since = now;
    }

    /// Forgets the mistakes of `key`: it has signed in.
    pub(crate) fn forgive(&self, key: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(key);
    }
}

fn left(mistakes: u32, since: Instant, now: Instant) -> u32 {
    let forgotten = now.duration_since(since).as_secs() / FORGET.as_secs();
    mistakes.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_mistakes_one_waits_and_time_heals() {
        let limiter = Limiter::default();
        let begun = Instant::now();
        for _ in 0..BURST {
            assert_eq!(limiter.wait("иванова", begun), None);
            limiter.mistake("иванова", begun);
        }
        assert!(limiter.wait("иванова", begun).is_some());
        assert_eq!(limiter.wait("петрова", begun), None);
        assert_eq!(limiter.wait("иванова", begun + FORGET), None);
        limiter.mistake("иванова", begun);
        limiter.forgive("иванова");
        assert_eq!(limiter.wait("иванова", begun), None);
    }
}
