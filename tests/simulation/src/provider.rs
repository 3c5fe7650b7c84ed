//! A provider: grants, refresh tokens, access tokens, and what a second use of a refresh token does.

use std::time::Duration;

use bailee_core::Rotation;

use crate::Ms;

/// What happens to a refresh token when it is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It stays.
    Static,
    /// It is replaced; for a while a second use brings a token too.
    Grace { grace: Ms, replay: Replay },
    /// It is replaced; a second use is refused.
    Strict,
    /// It is replaced; a second use ends the grant.
    StrictFamily,
}

/// What a second use within the grace brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replay {
    /// One more refresh token beside the first.
    Beside,
    /// A refresh token that takes the place of the first.
    Instead,
    /// The one that the first use brought.
    Same,
}

impl Kind {
    pub(crate) const fn rotation(self) -> Rotation {
        match self {
            Self::Static => Rotation::Static,
            Self::Grace { grace, .. } => Rotation::Grace(Duration::from_millis(grace)),
            Self::Strict | Self::StrictFamily => Rotation::Strict,
        }
    }
}

/// Why a refresh token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The user took the grant away, or a disconnect did.
    Ended,
    /// Its grant ended, or it was replaced, because of a second use of an older one.
    Reuse,
    /// It was used up by this request.
    Used(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Current,
    Replaced,
    Used { at: Ms, by: usize, next: usize },
}

#[derive(Clone, Copy, Debug)]
struct Token {
    grant: usize,
    state: State,
}

#[derive(Clone, Copy, Debug)]
struct Access {
    grant: usize,
    expires: Option<Ms>,
}

/// What an exchange or a refresh brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Issued {
    pub(crate) grant: usize,
    pub(crate) refresh: Option<usize>,
    pub(crate) access: usize,
    pub(crate) at: Ms,
    pub(crate) lifetime: Option<Ms>,
}

#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) kind: Kind,
    grants: Vec<Option<Refused>>,
    tokens: Vec<Token>,
    accesses: Vec<Access>,
}

impl Provider {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self { kind, grants: Vec::new(), tokens: Vec::new(), accesses: Vec::new() }
    }

    /// A consent: a new grant, later than all others.
    pub(crate) fn consent(&mut self, now: Ms, lifetime: Option<Ms>, refreshable: bool) -> Issued {
        let grant = self.grants.len();
        self.grants.push(None);
        let refresh = refreshable.then(|| self.issue(grant));
        Issued { refresh, ..self.access(grant, now, lifetime) }
    }

    /// A refresh. `rotate`: whether the answer brings a new refresh token where the provider issues them.
    pub(crate) fn refresh(
        &mut self,
        token: usize,
        by: usize,
        now: Ms,
        lifetime: Option<Ms>,
        rotate: bool,
    ) -> Option<Issued> {
        let Token { grant, state } = *self.tokens.get(token)?;
        if self.grants.get(grant)?.is_some() {
            return None;
        }
        let refresh = match (self.kind, state) {
            (Kind::Static, State::Current) => token,
            (_, State::Current) if rotate => {
                let next = self.issue(grant);
                self.put(token, State::Used { at: now, by, next });
                next
            }
            (_, State::Current) => token,
            (Kind::Grace { grace, replay }, State::Used { at, next, .. }) if now < at + grace => {
                self.replay(grant, replay, next)
            }
            (Kind::StrictFamily, State::Used { .. }) => {
                self.end(grant, Refused::Reuse);
                return None;
            }
            _ => return None,
        };
        Some(Issued { refresh: Some(refresh), ..self.access(grant, now, lifetime) })
    }

    fn replay(&mut self, grant: usize, replay: Replay, first: usize) -> usize {
        match replay {
            Replay::Same => first,
            Replay::Beside => self.issue(grant),
            Replay::Instead => {
                if self.tokens.get(first).is_some_and(|token| token.state == State::Current) {
                    self.put(first, State::Replaced);
                }
                self.issue(grant)
            }
        }
    }

    /// A revocation of one refresh token ends its grant, unless the token is of the past.
    pub(crate) fn revoke(&mut self, token: usize) {
        if let Some(Token { grant, state: State::Current }) = self.tokens.get(token).copied() {
            self.end(grant, Refused::Ended);
        }
    }

    /// Ends a grant that has not ended.
    pub(crate) fn end(&mut self, grant: usize, why: Refused) {
        if let Some(ended) = self.grants.get_mut(grant) {
            ended.get_or_insert(why);
        }
    }

    pub(crate) fn ended(&self, grant: usize) -> bool {
        self.grants.get(grant).is_none_or(Option::is_some)
    }

    /// Why a use of this refresh token would be refused; `None`: it would not.
    pub(crate) fn refusal(&self, token: usize, now: Ms) -> Option<Refused> {
        let token = self.tokens.get(token)?;
        match (token.state, self.kind) {
            (State::Used { at, .. }, Kind::Grace { grace, .. }) if now < at + grace => {}
            (State::Used { by, .. }, _) => return Some(Refused::Used(by)),
            (State::Replaced, _) => return Some(Refused::Reuse),
            (State::Current, _) => {}
        }
        self.grants.get(token.grant).copied().flatten()
    }

    /// Whether nothing came after this refresh token.
    pub(crate) fn current(&self, token: usize) -> bool {
        self.tokens.get(token).is_some_and(|token| token.state == State::Current)
    }

    /// Whether the access token works.
    pub(crate) fn admits(&self, access: usize, now: Ms) -> bool {
        self.accesses.get(access).is_some_and(|access| {
            !self.ended(access.grant) && access.expires.is_none_or(|expires| expires > now)
        })
    }

    fn issue(&mut self, grant: usize) -> usize {
        self.tokens.push(Token { grant, state: State::Current });
        self.tokens.len() - 1
    }

    fn put(&mut self, token: usize, state: State) {
        if let Some(token) = self.tokens.get_mut(token) {
            token.state = state;
        }
    }

    fn access(&mut self, grant: usize, now: Ms, lifetime: Option<Ms>) -> Issued {
        self.accesses.push(Access { grant, expires: lifetime.map(|lifetime| now + lifetime) });
        Issued { grant, refresh: None, access: self.accesses.len() - 1, at: now, lifetime }
    }
}
