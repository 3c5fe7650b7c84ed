//! Refresh requests, from the decision to send to the answer.

use std::time::Duration;

use bailee_core::{Rotation, VaultError};
use bailee_engine::refresh::Answer;

use crate::{
    Ms,
    counts::Seen,
    database::Secret,
    flight::{Flight, Heard},
    provider::{Issued, Kind, Refused},
    world::{Event, World},
};

#[derive(Clone, Debug)]
pub(crate) struct Request {
    worker: usize,
    pub(crate) flight: usize,
    pub(crate) grant: usize,
    /// The refresh token.
    pub(crate) token: usize,
    /// The epoch of the row that it was read from.
    pub(crate) epoch: i64,
    /// Which secret of the registration.
    secret: usize,
    /// What the provider issued for it.
    pub(crate) issued: Option<Issued>,
    /// The worker does not wait for it any more, and never learnt what came of it.
    pub(crate) over: bool,
    /// Whether its answer will arrive, as far as that is decided.
    pub(crate) coming: bool,
}

impl World {
    /// The machine decided to send.
    pub(crate) fn send(
        &mut self,
        worker: usize,
        mut flight: Box<Flight>,
        secret: usize,
    ) -> anyhow::Result<()> {
        flight.doing = Seen::CrashSending;
        let number = flight.number;
        if self.random.chance(self.scenario.rates.unready) {
            // The record does not open, the registration is not to be had, or the provider is known to be down: nothing
            // is sent.
            let held = Answer::Held(Duration::from_secs(5));
            let answers = [Answer::Sealed(VaultError::Tampered), Answer::Config, held, Answer::Later(None)];
            let answer = self.random.pick(&answers, Answer::Config);
            flight.injected.unready = true;
            flight.retry_after = None;
            self.push(1, Event::Hear { worker, flight: number, heard: Heard::Unsent(answer) });
            self.put(worker, flight);
            return Ok(());
        }
        let used = Secret::open(flight.row.as_ref().ok_or_else(|| anyhow::anyhow!("no row was read"))?)?;
        let token = used.refresh.ok_or_else(|| anyhow::anyhow!("there is no refresh token to send"))?;
        self.check_send(&flight, used)?;
        let mut delay = self.random.below(20);
        if self.scenario.violating && self.random.chance(150) {
            let lease = self.scenario.times.lease;
            delay += self.random.between(lease, lease * 3);
            self.counts.add(Seen::PausedBeforeWrite);
            self.violate("a pause before the socket write");
        }
        flight.excused += delay;
        let request = self.requests.len();
        let grant = used.grant;
        self.requests.push(Request {
            worker,
            flight: number,
            grant,
            token,
            epoch: used.epoch,
            secret,
            issued: None,
            over: false,
            coming: true,
        });
        flight.request = Some(request);
        self.push(delay, Event::Write { request });
        self.put(worker, flight);
        Ok(())
    }

    /// The request goes onto the wire.
    pub(crate) fn write(&mut self, number: usize) -> anyhow::Result<()> {
        let Some(request) = self.requests.get(number).cloned() else { return Ok(()) };
        let Some(mut flight) = self.take(request.worker, request.flight) else { return Ok(()) };
        if self.random.chance(self.scenario.rates.crash) {
            self.crash(request.worker, &flight);
            return Ok(());
        }
        flight.doing = Seen::CrashInFlight;
        self.put(request.worker, flight);
        self.check_write(&request)?;
        self.watch.flying.push(number);
        let deadline = self.scenario.times.request;
        self.reply_in(&request, deadline, Heard::Deadline { request: number });
        let rates = self.scenario.rates;
        if self.random.chance(rates.lost / 2) {
            self.counts.add(Seen::Lost);
            self.decide(number, |request| request.coming = false);
            self.reset(number, &request);
            return Ok(());
        }
        let there = if self.random.chance(rates.zombie) {
            self.counts.add(Seen::Zombies);
            self.watch.zombies = true;
            self.random.between(deadline, 100_000)
        } else if self.random.chance(rates.lost) {
            self.random.between(400, deadline - 1)
        } else {
            self.random.between(5, 400)
        };
        self.push(there, Event::Arrive { request: number });
        Ok(())
    }

    /// The provider processes the request, whoever still waits for it.
    pub(crate) fn arrive(&mut self, number: usize) {
        let Some(request) = self.requests.get(number).cloned() else { return };
        let rates = self.scenario.rates;
        let (answer, issued) = self.process(number, &request);
        self.say(|| format!("the provider answers request {number}: {answer:?}, {issued:?}"));
        self.decide(number, |request| request.issued = issued);
        // A refresh token that is not the one in the row, and that somebody must write there.
        let rotated = issued.filter(|issued| issued.refresh != Some(request.token));
        let lost = self.random.chance(rates.lost);
        if request.over || lost {
            self.decide(number, |request| request.coming = false);
            self.counts.add(if issued.is_some() { Seen::LostButDone } else { Seen::Lost });
            if let Some(rotated) = rotated {
                self.orphan(rotated.grant);
            }
            self.reset(number, &request);
            return;
        }
        let late = self.random.chance(rates.lost);
        let back = if late { self.random.between(400, 16_000) } else { self.random.between(5, 400) };
        self.reply_in(&request, back, Heard::Answered { request: number, answer, issued });
    }

    fn process(&mut self, number: usize, request: &Request) -> (Answer, Option<Issued>) {
        let rates = self.scenario.rates;
        if self.random.chance(rates.transient) {
            let after = self.random.chance(400).then(|| Duration::from_millis(self.random.below(120_000)));
            if after.is_some() {
                self.counts.add(Seen::TransientRetryAfter);
            }
            return (Answer::Later(after), None);
        }
        let refused = self.random.chance(rates.client);
        if refused || (self.scenario.new_secret && request.secret == 0) {
            let more = request.secret == 0 && self.scenario.new_secret;
            self.counts.add(if more { Seen::OldSecret } else { Seen::ClientRefused });
            return (Answer::ClientRefused { more }, None);
        }
        let rotate = !self.random.chance(60);
        let lifetime = self.scenario.lifetime;
        let refusal = self.provider.refusal(request.token, self.now);
        let was_ended = self.provider.ended(request.grant);
        let issued = self.provider.refresh(request.token, number, self.now, lifetime, rotate);
        if self.provider.ended(request.grant) && !was_ended {
            self.counts.add(Seen::FamilyKilled);
            self.say(|| format!("request {number} ended its grant"));
        }
        if issued.is_some() && !rotate && self.scenario.kind != Kind::Static {
            self.counts.add(Seen::OldSecretKept);
        }
        if refusal == Some(Refused::Ended) {
            self.say(|| "the grant was taken away before".to_owned());
        }
        (issued.map_or(Answer::Dead, |_| Answer::Renewed(lifetime.map(Duration::from_millis))), issued)
    }

    /// Sometimes a lost answer is heard of at once, and not only at the deadline.
    fn reset(&mut self, number: usize, request: &Request) {
        if !request.over && self.random.chance(500) {
            let after = self.random.between(5, 2_000);
            let heard = Heard::Answered { request: number, answer: Answer::Lost, issued: None };
            self.reply_in(request, after, heard);
        }
    }

    fn reply_in(&mut self, request: &Request, after: Ms, heard: Heard) {
        self.push(after, Event::Hear { worker: request.worker, flight: request.flight, heard });
    }

    fn decide(&mut self, number: usize, change: impl FnOnce(&mut Request)) {
        if let Some(request) = self.requests.get_mut(number) {
            change(request);
        }
    }

    /// What reaches the machine of a process ends its request for the client, even when the process sleeps.
    pub(crate) fn off_the_wire(&mut self, heard: &Heard) {
        if let Heard::Answered { request, .. } | Heard::Deadline { request } = heard {
            self.watch.flying.retain(|flying| flying != request);
        }
    }

    /// Whether the process still waits for this. What it does not wait for reaches nobody.
    pub(crate) fn awaited(&mut self, flight: &mut Flight, heard: &Heard) -> bool {
        let (Heard::Answered { request, .. } | Heard::Deadline { request }) = heard else { return true };
        if flight.request.take_if(|current| *current == *request).is_none() {
            self.dead_letter(heard);
            return false;
        }
        let lost = matches!(heard, Heard::Deadline { .. } | Heard::Answered { answer: Answer::Lost, .. });
        if lost {
            self.forget(*request);
        }
        true
    }

    /// An answer that reached nobody.
    pub(crate) fn dead_letter(&mut self, heard: &Heard) {
        if let Heard::Answered { request, issued: Some(issued), .. } = heard
            && self.requests.get(*request).is_some_and(|request| issued.refresh != Some(request.token))
        {
            self.orphan(issued.grant);
        }
    }

    /// Nobody waits for this request any more.
    pub(crate) fn forget(&mut self, number: usize) {
        self.watch.flying.retain(|flying| *flying != number);
        self.decide(number, |request| {
            request.over = true;
            request.coming = false;
        });
    }

    /// Whether the provider's kind makes a second use of a refresh token dangerous.
    pub(crate) fn strict(&self) -> bool {
        self.scenario.kind.rotation() == Rotation::Strict
    }
}
