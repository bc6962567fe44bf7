//! A window over a stream: look ahead, find, take; never more in memory than was asked for.

use std::fmt;
use std::io::{self, ErrorKind, Read};

use crate::rule::Finding;

/// How much is asked of the stream at once.
const CHUNK: usize = 64 * 1024;

/// A piece of the stream that holds one record, or rubbish.
#[derive(Debug)]
pub(crate) struct Frame {
    /// Where it begins in the stream.
    pub(crate) offset: u64,
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// What was wrong with its bounds.
    pub(crate) findings: Vec<Finding>,
}

/// The stream and what of it has been read but not taken.
pub(crate) struct Source<R> {
    stream: R,
    buffer: Vec<u8>,
    start: usize,
    offset: u64,
    ended: bool,
    /// A byte, and the place in the stream before which it does not stand any more: what was searched once
    /// is not searched again for every small piece that is taken of it.
    absent: Option<(u8, u64)>,
    /// What was stepped over before the first frame; none once there was one.
    prelude: Option<Vec<u8>>,
}

/// The most that is kept of what stands before the first record.
const MAX_PRELUDE: usize = 8 << 20;

impl<R: Read> Source<R> {
    pub(crate) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
            start: 0,
            offset: 0,
            ended: false,
            absent: None,
            prelude: Some(Vec::new()),
        }
    }

    /// The bytes of a stream in which no frame was found, and how many there were.
    pub(crate) fn frameless(&mut self) -> Option<(Vec<u8>, u64)> {
        self.prelude.take().map(|bytes| (bytes, self.offset))
    }

    /// What has been read and not taken.
    pub(crate) fn window(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Reads until the window holds `length` bytes or the stream ends.
    pub(crate) fn ensure(&mut self, length: usize) -> io::Result<()> {
        while self.window().len() < length && !self.ended {
            if self.start > CHUNK {
                self.buffer.drain(..self.start);
                self.start = 0;
            }
            let filled = self.buffer.len();
            self.buffer.resize(filled + CHUNK, 0);
            let read = match self.stream.read(&mut self.buffer[filled..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
                Ok(0) => {
                    self.ended = true;
                    Ok(0)
                }
                other => other,
            };
            let kept = read.as_ref().copied().unwrap_or(0);
            self.buffer.truncate(filled + kept);
            read?;
        }
        Ok(())
    }

    /// Where a byte stands in the window, looking no farther than `limit` bytes.
    pub(crate) fn find(&mut self, byte: u8, limit: usize) -> io::Result<Option<usize>> {
        let known = match self.absent {
            Some((absent, end)) if absent == byte => end.saturating_sub(self.offset),
            Some(_) | None => 0,
        };
        let from = usize::try_from(known).map_or(limit, |known| known.min(limit));
        let found = self.find_from(&[byte], from, limit)?;
        let searched = found.unwrap_or(self.window().len().min(limit));
        self.absent = Some((byte, self.offset + searched as u64));
        Ok(found)
    }

    /// Where `needle` begins in the window at or after `from`, ending within `limit` bytes.
    pub(crate) fn find_from(
        &mut self,
        needle: &[u8],
        from: usize,
        limit: usize,
    ) -> io::Result<Option<usize>> {
        let mut seen = from;
        loop {
            let window = self.window();
            let end = window.len().min(limit);
            let unseen = window.get(seen..end).unwrap_or_default();
            let found = match needle {
                [byte] => unseen.iter().position(|b| b == byte),
                _ => unseen.windows(needle.len()).position(|w| w == needle),
            };
            if let Some(at) = found {
                return Ok(Some(seen + at));
            }
            // A longer needle may begin in what has been seen.
            seen = seen.max((end + 1).saturating_sub(needle.len()));
            self.ensure(limit.min(end + 1))?;
            if self.window().len() <= end || end == limit {
                return Ok(None);
            }
        }
    }

    /// Takes the next bytes as a frame.
    pub(crate) fn take(&mut self, length: usize, findings: Vec<Finding>) -> Frame {
        let offset = self.offset;
        let length = length.min(self.window().len());
        let bytes = self.window()[..length].to_vec();
        self.prelude = None;
        self.skip(length);
        Frame {
            offset,
            bytes,
            findings,
        }
    }

    /// Steps over the next bytes.
    pub(crate) fn skip(&mut self, length: usize) {
        let length = length.min(self.window().len());
        if let Some(prelude) = &mut self.prelude {
            let kept = length.min(MAX_PRELUDE.saturating_sub(prelude.len()));
            prelude.extend_from_slice(&self.buffer[self.start..self.start + kept]);
        }
        self.start += length;
        self.offset += length as u64;
    }
}

impl<R> fmt::Debug for Source<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("offset", &self.offset)
            .field("held", &(self.buffer.len() - self.start))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream that never ends and gives a few bytes at a time.
    struct Endless;

    impl Read for Endless {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = into.len().min(777);
            into[..length].fill(b'x');
            Ok(length)
        }
    }

    #[test]
    fn an_endless_stream_does_not_grow_the_window() {
        let mut source = Source::new(Endless);
        for _ in 0..50 {
            assert_eq!(source.find(0x1D, 100_000).unwrap(), None);
            assert_eq!(source.take(100_000, Vec::new()).bytes.len(), 100_000);
            assert!(source.buffer.len() < 100_000 + 3 * CHUNK);
        }
        assert_eq!(source.offset, 5_000_000);
    }

    #[test]
    fn a_byte_is_found_across_reads_and_within_the_limit() {
        let mut source = Source::new(&b"abc\x1Ddef"[..]);
        assert_eq!(source.find(0x1D, 3).unwrap(), None);
        assert_eq!(source.find(0x1D, 4).unwrap(), Some(3));
        assert_eq!(source.find(b'f', 100).unwrap(), Some(6));
        assert_eq!(source.find(b'z', 100).unwrap(), None);
    }
}
