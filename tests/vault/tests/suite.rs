//! The key ring keeps the promises of the vault trait, whichever of its keys seals; so does the glass vault.

mod one_key {
    use std::sync::Arc;

    use bailee_testkit::SeededEntropy;
    use bailee_vault::{KeyRing, KeyRingError, RingEntropy};

    fn vault() -> Result<KeyRing, KeyRingError> {
        Ok(KeyRing::generate(Arc::new(RingEntropy::new()))?.0)
    }

    fn stranger() -> Result<KeyRing, KeyRingError> {
        Ok(KeyRing::generate(Arc::new(SeededEntropy::new(1)))?.0)
    }

    bailee_testkit::vault_suite!(vault, stranger);
}

mod three_keys {
    use bailee_vault::{KeyRing, KeyRingError};

    fn vault() -> Result<KeyRing, KeyRingError> {
        KeyRing::parse(
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,\
             QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=,\
             YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8=",
        )
    }

    fn stranger() -> Result<KeyRing, KeyRingError> {
        KeyRing::parse("gIGCg4SFhoeIiYqLjI2Oj5CRkpOUlZaXmJmam5ydnp8=")
    }

    bailee_testkit::vault_suite!(vault, stranger);
}

mod glass {
    #![expect(clippy::unnecessary_wraps, reason = "the suite calls functions that may fail")]

    use std::convert::Infallible;

    use bailee_core::KeyId;
    use bailee_testkit::GlassVault;

    fn vault() -> Result<GlassVault, Infallible> {
        Ok(GlassVault::new([KeyId::new([1; 8]), KeyId::new([2; 8])]))
    }

    fn stranger() -> Result<GlassVault, Infallible> {
        Ok(GlassVault::new([KeyId::new([3; 8])]))
    }

    bailee_testkit::vault_suite!(vault, stranger);
}
