use std::sync::{Mutex, PoisonError};

/// How many fit into one millisecond: 12 bits.
const IN_ONE: u16 = 1 << 12;

/// Moments that never repeat and never go back, in this process.
#[derive(Debug, Default)]
pub(crate) struct Sequence(Mutex<(u64, u16)>);

impl Sequence {
    /// The next one, at `now` or later: a millisecond, and a number within it.
    pub(crate) fn next(&self, now: u64) -> (u64, u16) {
        // Nothing panics while it is held.
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (ms, number) = *last;
        *last = if now > ms {
            (now, 0)
        } else if number + 1 < IN_ONE {
            (ms, number + 1)
        } else {
            (ms + 1, 0)
        };
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_grow_though_the_clock_stands_or_goes_back() {
        let sequence = Sequence::default();
        let mut last = sequence.next(10);
        for now in std::iter::repeat_n(10, 5000).chain([9, 8, 11, 12, 12, 1]) {
            let next = sequence.next(now);
            assert!(next > last && next.1 < IN_ONE, "{next:?} after {last:?}");
            last = next;
        }
    }
}
