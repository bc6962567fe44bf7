//! What a run cost: time, processor, memory of our own, disk; and the middle and the tail of many times.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

/// Times of one class of requests, in microseconds.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Times {
    pub(super) count: usize,
    pub(super) p50_us: u64,
    pub(super) p95_us: u64,
    pub(super) p99_us: u64,
    pub(super) max_us: u64,
}

impl Times {
    pub(super) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(place).map_or(0, |time| micros(*time))
        };
        Self {
            count: times.len(),
            p50_us: at(50),
            p95_us: at(95),
            p99_us: at(99),
            max_us: at(100),
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Things a second.
pub(super) fn rate(count: u64, time: Duration) -> u64 {
    count.saturating_mul(1000) / millis(time).max(1)
}

/// Anonymous memory of a process in KiB: what it asked for itself, without the page cache.
pub(super) fn anonymous_kib(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse().ok())
        .unwrap_or(0)
}

/// Processor time of this process so far, user and system together.
pub(super) fn processor_time() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    // The kernel counts in hundredths for every program, whatever its own clock.
    Duration::from_millis(ticks * 10)
}

/// Bytes of all files under a folder.
pub(super) fn bytes_under(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => bytes_under(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

/// How busy the machine is with everything: the load of the last minute, as the kernel says it.
pub(super) fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Watches the memory of this process while it lives.
pub(super) struct MemoryWatch {
    ended: Arc<AtomicBool>,
    peak: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl MemoryWatch {
    pub(super) fn start() -> Self {
        let (ended, peak) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicU64::new(0)),
        );
        let (end, top) = (Arc::clone(&ended), Arc::clone(&peak));
        let watch = move || {
            while !end.load(Ordering::Relaxed) {
                top.fetch_max(anonymous_kib("self"), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(100));
            }
        };
        let thread = std::thread::Builder::new()
            .name("memory".to_owned())
            .spawn(watch)
            .ok();
        Self {
            ended,
            peak,
            thread,
        }
    }

    /// The most it was, in MiB.
    pub(super) fn peak_mib(&self) -> u64 {
        self.peak.load(Ordering::Relaxed).max(anonymous_kib("self")) / 1024
    }
}

impl Drop for MemoryWatch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_tail() {
        let times = Times::of((1..=200).map(Duration::from_micros).collect());
        assert_eq!(
            (times.p50_us, times.p95_us, times.p99_us, times.max_us),
            (100, 190, 198, 200)
        );
        assert_eq!(Times::of(Vec::new()).p99_us, 0);
    }
}
