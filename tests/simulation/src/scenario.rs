//! What a seed draws before anything happens.

use std::time::Duration;

use bailee_engine::Timings;

use crate::{
    Ms,
    provider::{Kind, Replay},
    random::Random,
};

/// Faults fall into the first minutes.
const HORIZON: Ms = 150_000;

/// How long things may take, in numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) request: Ms,
    pub(crate) persist: Ms,
    pub(crate) lease: Ms,
    pub(crate) wait: Ms,
    pub(crate) poll: Ms,
    pub(crate) replay: Ms,
}

impl Times {
    /// How late after the lease was asked for a request may be sent.
    pub(crate) const fn window(self) -> Ms {
        self.lease - self.request - self.persist
    }

    pub(crate) fn timings(self) -> Timings {
        Timings::default()
            .with_request(Duration::from_millis(self.request))
            .with_persist(Duration::from_millis(self.persist))
            .with_lease(Duration::from_millis(self.lease))
            .with_wait(Duration::from_millis(self.wait))
            .with_poll(Duration::from_millis(self.poll))
            .with_replay(Duration::from_millis(self.replay))
    }
}

/// How often in a thousand something goes wrong.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    pub(crate) client: u64,
    pub(crate) crash: u64,
    pub(crate) lost: u64,
    pub(crate) pause: u64,
    pub(crate) slow: u64,
    pub(crate) store: u64,
    pub(crate) transient: u64,
    pub(crate) unready: u64,
    pub(crate) zombie: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) kind: Kind,
    pub(crate) times: Times,
    pub(crate) workers: u64,
    /// How often each worker needs a token that is not there.
    pub(crate) attempts: u64,
    pub(crate) lifetime: Option<Ms>,
    pub(crate) first_lifetime: Ms,
    pub(crate) refreshable: bool,
    /// The newest secret of the registration is not known to the provider yet.
    pub(crate) new_secret: bool,
    /// Whether the timing assumption is broken: long pauses before a socket write, large steps of the store's clock.
    pub(crate) violating: bool,
    pub(crate) rates: Rates,
    pub(crate) outage: Option<(Ms, Ms)>,
    pub(crate) revocation: Option<Ms>,
    pub(crate) reconnects: Vec<Ms>,
    pub(crate) disconnect: Option<Ms>,
    pub(crate) steps: Vec<(Ms, i64)>,
}

impl Scenario {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let lease = random.pick(&[45_000, 35_000], 45_000);
        let poll = if random.chance(20) { 50 } else { 400 };
        let times = Times { request: 15_000, persist: 5_000, lease, wait: 25_000, poll, replay: 1_000 };
        let violating = random.chance(300);
        let moment = |random: &mut Random, permille| random.chance(permille).then(|| random.below(HORIZON));
        let outage = moment(random, 120).map(|from| (from, from + random.between(3_000, 90_000)));
        let disconnect = moment(random, 120);
        Self {
            kind: kind(random),
            times,
            workers: random.between(2, 6),
            attempts: random.between(1, 3),
            lifetime: random.pick(
                &[Some(8_000), Some(20_000), Some(60_000), Some(60_000), Some(100_000), Some(600_000), None],
                None,
            ),
            first_lifetime: random.below(8_000),
            refreshable: !random.chance(20),
            new_secret: random.chance(100),
            violating,
            rates: rates(random),
            outage,
            revocation: moment(random, 120),
            reconnects: (0..2).filter_map(|_| moment(random, 120)).collect(),
            // When a store comes back, what was held up meets what was waiting.
            disconnect: outage
                .filter(|_| random.chance(300))
                .map_or(disconnect, |(_, until)| Some(until + random.below(5_000))),
            steps: steps(random, times, violating),
        }
    }

    /// Nothing goes wrong from here on.
    pub(crate) fn calm(&mut self) {
        self.rates = Rates::default();
        self.outage = None;
        self.violating = false;
    }
}

fn kind(random: &mut Random) -> Kind {
    let replay = random.pick(&[Replay::Beside, Replay::Instead, Replay::Same], Replay::Same);
    let grace = random.pick(&[10_000, 30_000, 120_000], 30_000);
    random
        .pick(&[Kind::Static, Kind::Grace { grace, replay }, Kind::Strict, Kind::StrictFamily], Kind::Static)
}

fn rates(random: &mut Random) -> Rates {
    let rate = |random: &mut Random, on: u64, permille: u64| if random.chance(on) { permille } else { 0 };
    Rates {
        client: rate(random, 100, 150),
        crash: rate(random, 350, 25),
        lost: rate(random, 350, 250),
        pause: rate(random, 200, 20).max(rate(random, 80, 100)),
        slow: rate(random, 300, 60),
        store: rate(random, 300, 80),
        transient: rate(random, 250, 300),
        unready: rate(random, 60, 150),
        zombie: rate(random, 100, 150),
    }
}

/// Small ones, which the timing can bear in all; or, where it may be violated, large ones too.
fn steps(random: &mut Random, times: Times, violating: bool) -> Vec<(Ms, i64)> {
    let mut steps = Vec::new();
    let signed = |ms: Ms| i64::try_from(ms).unwrap_or(i64::MAX);
    if random.chance(150) {
        steps.push((random.below(HORIZON), signed(random.between(1, times.persist / 3))));
        steps.push((random.below(HORIZON), -signed(random.between(1, times.lease * 2))));
    }
    if violating && random.chance(300) {
        let large = signed(random.between(times.persist, 900_000));
        steps.push((random.below(HORIZON), if random.chance(500) { large } else { -large }));
    }
    steps
}
