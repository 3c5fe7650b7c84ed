use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bailee_core::StoreError;

/// How a call of a store fails. Either way its caller learns [`StoreError::Unavailable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StoreFault {
    /// It is carried out and committed, and its answer is lost.
    After,
    /// Nothing of it is done.
    Before,
}

impl StoreFault {
    /// Both.
    pub const ALL: [Self; 2] = [Self::After, Self::Before];
}

/// Which calls of a [`FaultyStore`](crate::FaultyStore) fail. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    planned: Option<Planned>,
    calls: u32,
    met: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug)]
struct Planned {
    first: u32,
    last: u32,
    fault: StoreFault,
}

impl FaultPlan {
    /// Lets the `nth` call from now on fail, and no other; the first is 1.
    pub fn fail(&self, nth: u32, fault: StoreFault) {
        self.fail_many(nth, 1, fault);
    }

    /// Lets so many calls fail, one after the other, beginning with the `nth` from now on.
    pub fn fail_many(&self, nth: u32, calls: u32, fault: StoreFault) {
        let last = nth.saturating_add(calls.saturating_sub(1));
        let planned = (calls > 0).then_some(Planned { first: nth, last, fault });
        *self.state() = State { planned, ..State::default() };
    }

    /// Lets no further call fail. What was counted and met stays.
    pub fn heal(&self) {
        self.state().planned = None;
    }

    /// How many calls there were since the plan was made.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.state().calls
    }

    /// The methods whose calls failed since the plan was made, in order.
    #[must_use]
    pub fn met(&self) -> Vec<&'static str> {
        self.state().met.clone()
    }

    /// Counts a call, and tells how it fails.
    pub(super) fn next(&self, method: &'static str) -> Option<StoreFault> {
        let mut state = self.state();
        state.calls = state.calls.saturating_add(1);
        let calls = state.calls;
        let fault = state.planned.filter(|planned| (planned.first..=planned.last).contains(&calls));
        if fault.is_some() {
            state.met.push(method);
        }
        fault.map(|planned| planned.fault)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The call, or what becomes of it by the plan.
pub(super) async fn around<T>(
    plan: &FaultPlan,
    method: &'static str,
    call: impl Future<Output = Result<T, StoreError>> + Send,
) -> Result<T, StoreError> {
    match plan.next(method) {
        None => call.await,
        Some(StoreFault::After) => {
            // Whatever it was: nobody learns it.
            let _ = call.await;
            Err(StoreError::Unavailable)
        }
        Some(StoreFault::Before) => Err(StoreError::Unavailable),
    }
}
