//! Keys that change while the process goes on.

use std::sync::Arc;

use bailee_core::{ExposeSecret, KeyId, KeySource, SecretSlice};

use crate::{
    KeyRing,
    env::accept,
    error::{KeyProblem, KeyRingError, Origin},
    key::{KEY_LEN, Key},
    key_ring::Keys,
};

impl KeyRing {
    /// A ring of the keys of a source: the one that seals, and those of `kids`, which only open. Name the keys that are in
    /// use, as the store counts them.
    ///
    /// # Errors
    /// [`KeyRingError::Source`] when the source does not answer, [`KeyRingError::NoSuchKey`] when it lacks one of the keys,
    /// and those of a key that is none: a host that cannot have its keys does not start.
    pub async fn from_source(source: &dyn KeySource, kids: &[KeyId]) -> Result<Self, KeyRingError> {
        let primary = key(1, &source.primary().await?)?;
        let mut keys = Keys {
            order: vec![primary.kid()],
            primary,
            others: std::collections::HashMap::new(),
            retired: Vec::new(),
        };
        for more in missing(source, &keys, kids).await? {
            keys.add(more);
        }
        let ring = Self::with_keys(keys);
        tracing::info!(keys = ?ring.keys().order, "the keys are there; the first one seals");
        Ok(ring)
    }

    /// Asks the source again which key seals, and for those of `kids` that the ring lacks, without a restart.
    ///
    /// # Behaviour
    /// - All or nothing, and at once for all clones: who seals or opens meanwhile has the keys of before.
    /// - No key is taken away: the one that sealed until now opens on. [`KeyRing::retire`] takes away.
    /// - When the source is down, the ring stays as it was and goes on; try again later.
    ///
    /// # Errors
    /// Those of [`KeyRing::from_source`], and [`KeyRingError::RetiredPrimary`]; then nothing changed.
    pub async fn reload(&self, source: &dyn KeySource, kids: &[KeyId]) -> Result<(), KeyRingError> {
        let primary = key(1, &source.primary().await?)?;
        let more = missing(source, &self.keys(), kids).await?;
        self.replace(|now| {
            if now.retired.contains(&primary.kid()) {
                return Err(KeyRingError::RetiredPrimary { kid: primary.kid() });
            }
            let mut next = now.clone();
            for key in more {
                next.add(key);
            }
            next.seal_with(primary);
            Ok(next)
        })?;
        tracing::info!(keys = ?self.keys().order, "the keys are read again; the first one seals");
        Ok(())
    }

    /// Refuses the records of these keys from now on, for all clones, although the ring may have the keys: once a rewrap is
    /// done, a record that turns up under an old key is not one of ours any more.
    ///
    /// Such a record answers [`VaultError::KeyRetired`](bailee_core::VaultError::KeyRetired). It is neither deleted nor
    /// marked as dead. A key stays retired until the process ends.
    ///
    /// # Errors
    /// [`KeyRingError::RetiredPrimary`] when one of them seals; then none is retired.
    pub fn retire(&self, kids: &[KeyId]) -> Result<(), KeyRingError> {
        self.replace(|now| {
            if let Some(kid) = kids.iter().find(|kid| **kid == now.primary.kid()) {
                return Err(KeyRingError::RetiredPrimary { kid: *kid });
            }
            let mut next = now.clone();
            next.retired.extend(kids);
            next.retired.sort_unstable();
            next.retired.dedup();
            Ok(next)
        })
    }
}

impl Keys {
    fn add(&mut self, key: Arc<Key>) {
        if self.get(key.kid()).is_none() {
            self.order.push(key.kid());
            self.others.insert(key.kid(), key);
        }
    }

    fn seal_with(&mut self, key: Arc<Key>) {
        let kid = key.kid();
        if self.primary.kid() == kid {
            return;
        }
        self.others.remove(&kid);
        self.order.retain(|other| *other != kid);
        self.order.insert(0, kid);
        let before = std::mem::replace(&mut self.primary, key);
        self.others.insert(before.kid(), before);
    }
}

/// The keys of `kids` that are not there yet.
async fn missing(
    source: &dyn KeySource,
    there: &Keys,
    kids: &[KeyId],
) -> Result<Vec<Arc<Key>>, KeyRingError> {
    let mut more = Vec::new();
    for (index, kid) in (2..).zip(kids) {
        if there.get(*kid).is_some() {
            continue;
        }
        let bytes = source.by_kid(*kid).await?.ok_or(KeyRingError::NoSuchKey { kid: *kid })?;
        let key = key(index, &bytes)?;
        if key.kid() != *kid {
            return Err(KeyRingError::OtherKey { kid: *kid });
        }
        more.push(key);
    }
    Ok(more)
}

fn key(index: usize, bytes: &SecretSlice<u8>) -> Result<Arc<Key>, KeyRingError> {
    let bytes = bytes.expose_secret();
    let accepted =
        <&[u8; KEY_LEN]>::try_from(bytes).map_err(|_| KeyProblem::Length(bytes.len())).and_then(accept);
    accepted.map(Arc::new).map_err(|problem| KeyRingError::Key { origin: Origin::Source, index, problem })
}
