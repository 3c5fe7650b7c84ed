//! A credential sealed and opened, beside ring by hand.

use std::{hint::black_box, sync::Arc};

use anyhow::ensure;
use bailee_core::{
    Credential, ExposeSecret as _, Owner, ProviderKey, SealContext, SealPurpose, SecretString, Vault as _,
};
use bailee_vault::{KeyRing, RingEntropy};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use benches::{Figures, RecordOf, open, seal};
use criterion::Criterion;

use super::{BY_HAND, OURS, figure};

pub(super) fn measure(criterion: &mut Criterion, figures: &mut Figures) -> anyhow::Result<()> {
    let (keys, printable) = KeyRing::generate(Arc::new(RingEntropy::new()))?;
    let mut key = [0; 32];
    STANDARD.decode_slice(printable.expose_secret(), &mut key)?;
    let (owner, provider) = (Owner::user("user_00000")?, ProviderKey::new("google")?);
    let id = "00000000-0000-7007-8707-070707070707";
    let context =
        SealContext { purpose: SealPurpose::OAuthTokens, owner: &owner, id, provider: &provider, epoch: 1 };
    let of = RecordOf { user: "user_00000", id, provider: "google", epoch: 1 };
    // As long as Google's.
    let credential = Credential::new(SecretString::from("a".repeat(220)))
        .with_refresh_token(SecretString::from("r".repeat(103)));
    let plaintext = credential.to_plaintext();
    let plaintext = plaintext.expose_secret();
    let record = keys.seal(&context, plaintext)?.bytes;
    let prefix = *record.first_chunk().ok_or_else(|| anyhow::anyhow!("too short"))?;
    let by_hand = seal(&key, &prefix, &of, plaintext)?;
    ensure!(
        keys.open(&context, &by_hand)?.expose_secret() == plaintext,
        "ours does not open what is sealed by hand"
    );
    ensure!(open(&key, &of, &record)? == plaintext, "what ours sealed is not opened by hand");

    let mut group = criterion.benchmark_group("seal");
    group.bench_function(BY_HAND, |bencher| bencher.iter(|| seal(&key, &prefix, &of, black_box(plaintext))));
    group.bench_function(OURS, |bencher| bencher.iter(|| keys.seal(&context, black_box(plaintext))));
    group.finish();
    let mut group = criterion.benchmark_group("open");
    group.bench_function(BY_HAND, |bencher| bencher.iter(|| open(&key, &of, black_box(&record))));
    group.bench_function(OURS, |bencher| bencher.iter(|| keys.open(&context, black_box(&record))));
    group.finish();
    let bytes = plaintext.len();
    figures
        .add(&figure("seal", &format!("a credential of {bytes} bytes sealed; by hand: the same with ring"))?);
    figures
        .add(&figure("open", &format!("a credential of {bytes} bytes opened; by hand: the same with ring"))?);
    Ok(())
}
