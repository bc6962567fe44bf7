//! How often one may try to sign in: a few mistakes at once, then one a while; per name and per address.
//!
//! Lives in memory and is bounded; a restart forgives. When it is full, those with the fewest mistakes are forgotten
//! first, so that a flood of names hides nobody who guesses.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// No more keys are remembered than this.
const KEYS: usize = 10_000;

/// How many mistakes are forgiven at once, and in what time one is forgotten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    burst: u32,
    forget: Duration,
}

/// Of one name: no more than 70 tries in the first hour, 60 in each after it.
pub(crate) const NAME: Pace = Pace {
    burst: 10,
    forget: Duration::from_secs(60),
};
/// Of one address: a whole school may stand behind it.
pub(crate) const ADDRESS: Pace = Pace {
    burst: 60,
    forget: Duration::from_secs(10),
};

#[derive(Debug, Default)]
pub(crate) struct Limiter(Mutex<HashMap<String, (u32, Instant)>>);

impl Limiter {
    /// How long to wait before `key` may try again; `None` when it may now.
    pub(crate) fn wait(&self, key: &str, pace: Pace, now: Instant) -> Option<Duration> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (mistakes, since) = counts.get(key)?;
        let left = pace.left(*mistakes, *since, now);
        let since = now.duration_since(*since).as_secs() % pace.forget.as_secs();
        (left >= pace.burst).then(|| pace.forget - Duration::from_secs(since))
    }

    /// Counts a mistake of `key`.
    pub(crate) fn mistake(&self, key: &str, pace: Pace, now: Instant) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= KEYS && !counts.contains_key(key) {
            let mut all: Vec<u32> = counts.values().map(|(mistakes, _)| *mistakes).collect();
            all.sort_unstable();
            let few = all[all.len() / 2];
            let mut over = counts.len() / 2;
            counts.retain(|_, (mistakes, _)| {
                let forgotten = over > 0 && *mistakes <= few;
                over -= usize::from(forgotten);
                !forgotten
            });
        }
        let (mistakes, since) = counts.entry(key.to_owned()).or_insert((0, now));
        *mistakes = pace.left(*mistakes, *since, now) + 1;
        *since = now;
    }

    /// Forgets the mistakes of `key`: it has signed in.
    pub(crate) fn forgive(&self, key: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(key);
    }
}

impl Pace {
    fn left(self, mistakes: u32, since: Instant, now: Instant) -> u32 {
        let forgotten = now.duration_since(since).as_secs() / self.forget.as_secs();
        mistakes.saturating_sub(u32::try_from(forgotten).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_mistakes_one_waits_and_time_heals() {
        let limiter = Limiter::default();
        let begun = Instant::now();
        for _ in 0..NAME.burst {
            assert_eq!(limiter.wait("иванова", NAME, begun), None);
            limiter.mistake("иванова", NAME, begun);
        }
        let told = limiter.wait("иванова", NAME, begun + Duration::from_secs(20));
        assert_eq!(told, Some(Duration::from_secs(40)));
        assert_eq!(limiter.wait("петрова", NAME, begun), None);
        assert_eq!(limiter.wait("иванова", NAME, begun + NAME.forget), None);
        limiter.mistake("иванова", NAME, begun);
        limiter.forgive("иванова");
        assert_eq!(limiter.wait("иванова", NAME, begun), None);
    }

    #[test]
    fn a_flood_of_names_does_not_hide_one_who_guesses() {
        let limiter = Limiter::default();
        let begun = Instant::now();
        for _ in 0..NAME.burst {
            limiter.mistake("иванова", NAME, begun);
        }
        for n in 0..3 * KEYS {
            limiter.mistake(&format!("никто {n}"), NAME, begun);
        }
        assert!(limiter.wait("иванова", NAME, begun).is_some());
        assert!(limiter.0.lock().unwrap().len() <= KEYS + 1);
    }
}
