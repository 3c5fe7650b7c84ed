use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use serde_json::Value;
use url::Url;

use super::{Endpoint, Gate, RecordedRequest};

/// What goes wrong with a request.
///
/// Some faults *refuse*: the request is answered without being carried out. Some *spoil*: it is carried out, and then
/// its answer is altered or lost. Each variant says which.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Fault {
    /// Spoils: this as `access_token`, for example one with a line break in it.
    AccessToken(String),
    /// Refuses: this status with this JSON.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The body.
        json: Value,
    },
    /// Refuses: 200 with these bytes as JSON, for example half of an object or no UTF-8.
    Body(Bytes),
    /// Carries it out after so long, by the wall clock.
    Delay(Duration),
    /// Spoils: carries it out, then closes the connection without a byte.
    DropAfterProcessing,
    /// Refuses: reads the request, then closes the connection without a byte.
    DropBeforeProcessing,
    /// Spoils: every member of the answer twice, the first time with another value.
    DuplicateKeys,
    /// Refuses: an OAuth error (RFC 6749 §5.2): 401 for `invalid_client`, `deleted_client` and `unauthorized_client`,
    /// else 400.
    Error(String),
    /// Refuses: an OAuth error with status 200.
    ErrorIn200(String),
    /// Spoils: this as `expires_in`, or none.
    ExpiresIn(Option<Value>),
    /// Spoils: members that no document names, some of them nested.
    ExtraFields,
    /// Spoils: compresses the body although nobody asked for it.
    Gzip,
    /// Spoils: adds headers of so many bytes.
    HeaderFlood(usize),
    /// Carries it out when the gate opens.
    Hold(Gate),
    /// Carries it out, and answers when the gate opens.
    HoldAnswer(Gate),
    /// Refuses: 200 with a page.
    Html,
    /// Refuses: 200 with JSON whose one string has so many bytes.
    HugeBody(u64),
    /// Spoils: the answer's `scope` becomes this. What the token may do stays.
    NarrowScope(Vec<String>),
    /// Spoils: the answer lacks `access_token`.
    NoAccessToken,
    /// Refuses: 302 to there.
    Redirect(Url),
    /// Spoils: one byte of the body per interval.
    SlowBytes(Duration),
    /// Refuses: this status with a short page.
    Status(u16),
    /// Spoils: this as `token_type`.
    TokenType(String),
    /// Refuses: 429, with `Retry-After` in seconds where it is set.
    TooManyRequests {
        /// The seconds.
        retry_after: Option<u32>,
    },
    /// Spoils: closes the connection after so many bytes of the body, and before its last one.
    Truncate(usize),
    /// Refuses: 503, with `Retry-After` in seconds where it is set.
    Unavailable {
        /// The seconds.
        retry_after: Option<u32>,
    },
    /// Refuses: 200 with JSON of another shape.
    WrongJson,
}

/// The scripted faults of one mock.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    rules: Mutex<Rules>,
}

#[derive(Debug, Default)]
struct Rules {
    next: u64,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    id: u64,
    endpoint: Endpoint,
    fault: Fault,
    grant_type: Option<String>,
    skip: usize,
    /// `None`: a standing rule.
    left: Option<usize>,
}

impl FaultPlan {
    pub(crate) fn plant(&self, endpoint: Endpoint, fault: Fault) -> PlantedFault<'_> {
        let mut rules = self.rules();
        let id = rules.next;
        rules.next += 1;
        rules.rules.push(Rule { id, endpoint, fault, grant_type: None, skip: 0, left: None });
        drop(rules);
        PlantedFault { plan: self, id }
    }

    pub(crate) fn clear(&self) {
        self.rules().rules.clear();
    }

    /// The fault for this request: counted ones first, in the order of planting; then the newest standing one.
    pub(crate) fn take(&self, endpoint: Endpoint, request: &RecordedRequest) -> Option<Fault> {
        let mut guard = self.rules();
        let rules = &mut guard.rules;
        let applies = |rule: &Rule| {
            rule.endpoint == endpoint
                && rule
                    .grant_type
                    .as_deref()
                    .is_none_or(|grant_type| request.form("grant_type") == Some(grant_type))
        };
        let mut standing = None;
        for (index, rule) in rules.iter_mut().enumerate().filter(|(_, rule)| applies(rule)) {
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            match &mut rule.left {
                None => standing = Some(rule.fault.clone()),
                Some(left) => {
                    *left -= 1;
                    let fault = rule.fault.clone();
                    if *left == 0 {
                        rules.remove(index);
                    }
                    return Some(fault);
                }
            }
        }
        standing
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Rule)) {
        if let Some(rule) = self.rules().rules.iter_mut().find(|rule| rule.id == id) {
            change(rule);
        }
    }

    fn rules(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A fault that was planted: a standing rule, unless it is narrowed here.
///
/// Counted rules are used up first, in the order of planting; then the newest standing rule holds.
#[derive(Debug)]
pub struct PlantedFault<'a> {
    plan: &'a FaultPlan,
    id: u64,
}

impl PlantedFault<'_> {
    /// For so many requests only. Zero: for none.
    pub fn times(&mut self, count: usize) -> &mut Self {
        if count == 0 {
            self.plan.rules().rules.retain(|rule| rule.id != self.id);
        } else {
            self.plan.change(self.id, |rule| rule.left = Some(count));
        }
        self
    }

    /// For one request only.
    pub fn once(&mut self) -> &mut Self {
        self.times(1)
    }

    /// Not for the next so many requests.
    pub fn after(&mut self, count: usize) -> &mut Self {
        self.plan.change(self.id, |rule| rule.skip = count);
        self
    }

    /// Only for requests with this `grant_type` in their form.
    pub fn on_grant(&mut self, grant_type: &str) -> &mut Self {
        self.plan.change(self.id, |rule| rule.grant_type = Some(grant_type.to_owned()));
        self
    }
}
