//! The host's own pages, and what it takes to play the whole of it alone: the other side of the conversations, and what
//! happens at the providers behind everybody's back. No host has these.

mod counterpart;
mod mocks;
mod pages;

use std::sync::Arc;

use axum::{Router, extract::FromRef};
use bailee::Bailee;

use crate::upstream::Upstream;

#[derive(Clone)]
struct Demo {
    bailee: Bailee,
    upstream: Arc<Upstream>,
}

pub(crate) fn router(bailee: &Bailee, upstream: &Arc<Upstream>) -> Router {
    let demo = Demo { bailee: bailee.clone(), upstream: Arc::clone(upstream) };
    Router::new().merge(pages::router()).merge(counterpart::router()).merge(mocks::router()).with_state(demo)
}

impl FromRef<Demo> for Bailee {
    fn from_ref(demo: &Demo) -> Self {
        demo.bailee.clone()
    }
}

impl FromRef<Demo> for Arc<Upstream> {
    fn from_ref(demo: &Demo) -> Self {
        Self::clone(&demo.upstream)
    }
}
