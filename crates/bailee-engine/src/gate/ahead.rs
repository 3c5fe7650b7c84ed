use std::{collections::VecDeque, time::Duration};

const SECOND: Duration = Duration::from_secs(1);

/// How long a provider must not complain until more is tried.
const RAISE: Duration = Duration::from_secs(10);

/// When refreshes began that nobody waits for. Pure: the time comes from outside.
///
/// So many within any second, wherever it begins. Each time that the provider says that it is asked too often it is half
/// as many, and a tenth of all more for each ten seconds after that.
#[derive(Debug)]
pub(super) struct Ahead {
    most: u32,
    per_second: u32,
    /// When `per_second` was changed last.
    changed: Duration,
    /// Those of the last second.
    begun: VecDeque<Duration>,
}

impl Ahead {
    /// At most so many within a second.
    pub(super) const fn new(most: u32) -> Self {
        Self { most, per_second: most, changed: Duration::ZERO, begun: VecDeque::new() }
    }

    /// Whether one may begin; it counts as begun then.
    pub(super) fn begin(&mut self, at: Duration) -> bool {
        self.raise(at);
        while self.begun.front().is_some_and(|begun| at.saturating_sub(*begun) >= SECOND) {
            self.begun.pop_front();
        }
        let fine = self.begun.len() < self.per_second as usize;
        if fine {
            self.begun.push_back(at);
        }
        fine
    }

    /// The provider was asked too often. Answers of the same second are one complaint.
    pub(super) fn slow(&mut self, at: Duration) {
        self.raise(at);
        if self.per_second == self.most || at.saturating_sub(self.changed) >= SECOND {
            self.per_second = (self.per_second / 2).max(self.most.min(1));
            self.changed = at;
        }
    }

    fn raise(&mut self, at: Duration) {
        while self.per_second < self.most && at.saturating_sub(self.changed) >= RAISE {
            self.per_second = self.per_second.saturating_add((self.most / 10).max(1)).min(self.most);
            self.changed += RAISE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// How many begin in this moment.
    fn burst(ahead: &mut Ahead, at: Duration) -> usize {
        (0..1_000).take_while(|_| ahead.begin(at)).count()
    }

    #[test]
    fn no_second_has_more_than_its_share_wherever_it_begins() {
        let mut ahead = Ahead::new(3);
        let begun: Vec<u64> =
            (0..24).map(|step| step * 100).filter(|at| ahead.begin(Duration::from_millis(*at))).collect();
        assert_eq!(begun, [0, 100, 200, 1_000, 1_100, 1_200, 2_000, 2_100, 2_200]);
        assert_eq!(burst(&mut Ahead::new(0), secs(1)), 0);
        assert_eq!(burst(&mut Ahead::new(u32::MAX), secs(1)), 1_000);
    }

    #[test]
    fn half_as_many_begin_after_each_complaint_and_slowly_all_of_them_again() {
        let mut ahead = Ahead::new(40);
        // One burst is one complaint.
        for _ in 0..5 {
            ahead.slow(secs(100));
        }
        assert_eq!(burst(&mut ahead, secs(101)), 20);
        for second in 102..120 {
            ahead.slow(secs(second));
        }
        assert_eq!(burst(&mut ahead, secs(128)), 1);
        assert_eq!(burst(&mut ahead, secs(129)), 5);
        assert_eq!(burst(&mut ahead, secs(139)), 9);
        assert_eq!(burst(&mut ahead, secs(1_000)), 40);
        let mut none = Ahead::new(0);
        none.slow(secs(1));
        assert_eq!(burst(&mut none, secs(1_000)), 0);
    }
}
