#![expect(
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "a behaviour fails in no other way"
)]

use std::time::Duration;

use futures_util::future::join_all;

use bailee_core::{
    BrowserProof, Owner, Parked, ParkedAnswer, PendingFlow, ProviderKey, StoreError,
    store::{FlowLimits, Take},
};

use super::{
    Stores,
    sample::{self, HOUR, MANY_FLOWS},
};
use crate::suite::SuiteResult;

fn assert_same(found: &PendingFlow, put: &PendingFlow) {
    assert_eq!((found.id, found.state_hash, &found.owner), (put.id, put.state_hash, &put.owner));
    assert_eq!((&found.provider, &found.client), (&put.provider, &put.client));
    assert_eq!((&found.redirect_uri, &found.return_to), (&put.redirect_uri, &put.return_to));
    assert_eq!((&found.verifier, &found.issuer), (&put.verifier, &put.issuer));
    assert_eq!((&found.requested, found.proof, found.reconnect), (&put.requested, put.proof, put.reconnect));
}

/// Every field of a flow is kept to the letter; its end is the store's to say.
pub async fn a_flow_reads_back_as_it_was_put(stores: &dyn Stores) -> SuiteResult {
    let mut full = sample::flow(&Owner::member("org 🦀", "u 1")?)?;
    full.verifier = (0..70_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    full.redirect_uri = format!("https://b.example/{}?a=1&b=%20", "p".repeat(500));
    "Zoë's “page” 🦀".clone_into(&mut full.return_to);
    full.reconnect = Some(sample::integration_id());
    full.proof = BrowserProof::Challenge(sample::hash());
    let mut bare = sample::flow(&Owner::user("u1")?)?;
    bare.issuer = None;
    for flow in [full, bare] {
        let ends = stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
        let seen = stores.peek(&flow.state_hash, &flow.provider).await?.ok_or("no flow to see")?;
        assert_same(&seen, &flow);
        assert_eq!((seen.expires_at, seen.parked.is_none()), (ends, true));
        let taken = stores.take(sample::take(&flow)).await?.ok_or("no flow to take")?;
        assert_same(&taken, &flow);
    }
    Ok(())
}

/// An owner's oldest flows of one provider give way; nobody else's do.
pub async fn an_owners_oldest_flow_gives_way(stores: &dyn Stores) -> SuiteResult {
    let (owner, other) = (Owner::user("u1")?, Owner::user("u2")?);
    let limits = FlowLimits { per_owner_and_provider: 2, total: 100 };
    let neighbour = sample::flow(&other)?;
    let mut elsewhere = sample::flow(&owner)?;
    elsewhere.provider = ProviderKey::new("notion")?;
    let mine = [sample::flow(&owner)?, sample::flow(&owner)?, sample::flow(&owner)?];
    for flow in [&neighbour, &elsewhere].into_iter().chain(&mine) {
        stores.put(flow.clone(), HOUR, limits).await?;
    }
    let mut there = Vec::new();
    for flow in mine.iter().chain([&neighbour, &elsewhere]) {
        there.push(stores.peek(&flow.state_hash, &flow.provider).await?.is_some());
    }
    assert_eq!(there, [false, true, true, true, true]);

    let narrow = FlowLimits { per_owner_and_provider: 1, total: 100 };
    stores.put(sample::flow(&owner)?, HOUR, narrow).await?;
    for flow in &mine {
        assert!(stores.peek(&flow.state_hash, &flow.provider).await?.is_none(), "all of them, until it fits");
    }
    Ok(())
}

/// Above the total a new flow is refused, and those that are there stay.
pub async fn the_total_of_flows_is_capped(stores: &dyn Stores) -> SuiteResult {
    let limits = FlowLimits { per_owner_and_provider: 5, total: 2 };
    let (first, second) = (sample::flow(&Owner::user("u1")?)?, sample::flow(&Owner::user("u2")?)?);
    stores.put(first.clone(), HOUR, limits).await?;
    stores.put(second.clone(), HOUR, limits).await?;
    let third = sample::flow(&Owner::user("u3")?)?;
    assert_eq!(stores.put(third.clone(), HOUR, limits).await.map(drop), Err(StoreError::Conflict));
    assert!(stores.peek(&third.state_hash, &third.provider).await?.is_none());
    for flow in [first, second] {
        assert!(stores.take(sample::take(&flow)).await?.is_some());
    }
    stores.put(third, HOUR, limits).await?;
    Ok(())
}

/// A flow is seen by its state, at its provider.
pub async fn a_flow_is_seen_at_its_own_provider(stores: &dyn Stores) -> SuiteResult {
    let flow = sample::flow(&Owner::user("u1")?)?;
    stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
    assert!(stores.peek(&flow.state_hash, &ProviderKey::new("notion")?).await?.is_none());
    assert!(stores.peek(&sample::hash(), &flow.provider).await?.is_none());
    for _ in 0..2 {
        assert!(stores.peek(&flow.state_hash, &flow.provider).await?.is_some(), "seeing uses nothing up");
    }
    Ok(())
}

/// An answer is parked once, and comes back with the flow.
pub async fn a_parked_answer_is_written_once(stores: &dyn Stores) -> SuiteResult {
    let code = ParkedAnswer::Code((0..70_000_u32).map(|n| n.to_le_bytes()[0]).collect());
    let error = ParkedAnswer::Error("access_denied".to_owned());
    for answer in [code, error] {
        let flow = sample::flow(&Owner::user("u1")?)?;
        stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
        let parked = Parked { handle_hash: sample::hash(), answer: answer.clone() };
        assert!(stores.park(flow.id, parked.clone()).await?);
        let second = Parked { handle_hash: sample::hash(), answer: ParkedAnswer::Error("other".to_owned()) };
        assert!(!stores.park(flow.id, second).await?);
        let seen = stores.peek(&flow.state_hash, &flow.provider).await?.ok_or("no flow to see")?;
        assert_eq!(seen.parked.map(|parked| parked.answer), Some(answer.clone()));
        let take = Take { handle_hash: Some(parked.handle_hash), ..sample::take(&flow) };
        let taken = stores.take(take).await?.ok_or("no flow to take")?;
        let back = taken.parked.ok_or("no answer")?;
        assert_eq!((back.handle_hash, back.answer), (parked.handle_hash, answer));
        assert!(!stores.park(flow.id, parked).await?, "a flow that is gone");
    }
    Ok(())
}

/// A flow is finished with its own state, at its own provider, by its own owner, once; other tries use nothing up.
pub async fn a_take_must_match_every_part(stores: &dyn Stores) -> SuiteResult {
    let flow = sample::flow(&Owner::user("u1")?)?;
    stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
    let (other, notion) = (Owner::user("u2")?, ProviderKey::new("notion")?);
    let mut state = sample::take(&flow);
    state.state_hash = sample::hash();
    let mut owner = sample::take(&flow);
    owner.owner = &other;
    let mut provider = sample::take(&flow);
    provider.provider = &notion;
    let mut handle = sample::take(&flow);
    handle.handle_hash = Some(sample::hash());
    for take in [state, owner, provider, handle] {
        assert!(stores.take(take.clone()).await?.is_none(), "{take:?}");
    }
    assert!(stores.take(sample::take(&flow)).await?.is_some());
    assert!(stores.take(sample::take(&flow)).await?.is_none(), "once");
    Ok(())
}

/// A flow is finished with the proof of the browser that began it; other tries use nothing up.
pub async fn a_take_must_bring_the_browsers_proof(stores: &dyn Stores) -> SuiteResult {
    let flow = sample::flow(&Owner::user("u1")?)?;
    stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
    let (nonce, challenge) = (BrowserProof::Nonce(sample::hash()), BrowserProof::Challenge(sample::hash()));
    let of_another_kind = BrowserProof::Challenge(*flow.proof.hash());
    for proofs in [&[][..], &[nonce], &[challenge, nonce], &[of_another_kind]] {
        let take = Take { proofs, ..sample::take(&flow) };
        assert!(stores.take(take).await?.is_none(), "{proofs:?}");
    }
    let take = Take { proofs: &[challenge, flow.proof], ..sample::take(&flow) };
    assert!(stores.take(take).await?.is_some(), "one of several is enough");
    Ok(())
}

/// A parked flow opens with its handle alone.
pub async fn a_parked_flow_needs_its_handle(stores: &dyn Stores) -> SuiteResult {
    let flow = sample::flow(&Owner::user("u1")?)?;
    stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
    let handle_hash = sample::hash();
    let answer = ParkedAnswer::Code(b"sealed code".to_vec());
    assert!(stores.park(flow.id, Parked { handle_hash, answer }).await?);
    assert!(stores.take(sample::take(&flow)).await?.is_none(), "without a handle");
    let guessed = Take { handle_hash: Some(sample::hash()), ..sample::take(&flow) };
    assert!(stores.take(guessed).await?.is_none(), "with another one");
    let right = Take { handle_hash: Some(handle_hash), ..sample::take(&flow) };
    assert!(stores.take(right.clone()).await?.is_some());
    assert!(stores.take(right).await?.is_none(), "once");
    Ok(())
}

/// Of fifty parallel takes, one returns the flow.
pub async fn of_parallel_takes_one_returns_the_flow(stores: &dyn Stores) -> SuiteResult {
    let flow = sample::flow(&Owner::user("u1")?)?;
    stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
    let outcomes = join_all((0..50).map(|_| stores.take(sample::take(&flow)))).await;
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(outcomes.iter().flatten().count(), 1);
    Ok(())
}

/// Of parallel answers, one is parked.
pub async fn of_parallel_answers_one_is_parked(stores: &dyn Stores) -> SuiteResult {
    let flow = sample::flow(&Owner::user("u1")?)?;
    stores.put(flow.clone(), HOUR, MANY_FLOWS).await?;
    let answers = (0..8).map(|_| Parked {
        handle_hash: sample::hash(),
        answer: ParkedAnswer::Error("access_denied".to_owned()),
    });
    let outcomes = join_all(answers.map(|parked| stores.park(flow.id, parked))).await;
    let outcomes = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    assert_eq!(outcomes.into_iter().filter(|parked| *parked).count(), 1);
    Ok(())
}

/// An expired flow is neither seen, nor parked in, nor taken.
pub async fn an_expired_flow_is_gone(stores: &dyn Stores) -> SuiteResult {
    let flow = sample::flow(&Owner::user("u1")?)?;
    stores.put(flow.clone(), Duration::ZERO, MANY_FLOWS).await?;
    assert!(stores.peek(&flow.state_hash, &flow.provider).await?.is_none());
    let answer = ParkedAnswer::Error("access_denied".to_owned());
    assert!(!stores.park(flow.id, Parked { handle_hash: sample::hash(), answer }).await?);
    assert!(stores.take(sample::take(&flow)).await?.is_none());
    Ok(())
}
