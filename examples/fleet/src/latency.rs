use std::fmt;

/// How long callers waited, in microseconds.
pub(crate) struct Latency {
    pub(crate) p50: u32,
    pub(crate) p99: u32,
    pub(crate) max: u32,
}

impl Latency {
    /// Zero where nobody waited.
    pub(crate) fn of(mut micros: Vec<u32>) -> Self {
        micros.sort_unstable();
        let share = |percent: usize| {
            let place = (micros.len() * percent / 100).min(micros.len().saturating_sub(1));
            micros.get(place).copied().unwrap_or_default()
        };
        Self { p50: share(50), p99: share(99), max: share(100) }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |micros: u32| f64::from(micros) / 1_000.0;
        let Self { p50, p99, max } = *self;
        write!(f, "p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms", millis(p50), millis(p99), millis(max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_wait_no_longer_than_the_median_and_nobody_longer_than_the_maximum() {
        let Latency { p50, p99, max } = Latency::of((1..=1_000).rev().collect());
        assert_eq!((p50, p99, max), (501, 991, 1_000));
        let Latency { p50, p99, max } = Latency::of(Vec::new());
        assert_eq!((p50, p99, max), (0, 0, 0));
    }
}
