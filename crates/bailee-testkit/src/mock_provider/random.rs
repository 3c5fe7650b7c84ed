use std::fmt::Write as _;

use ring::rand::{SecureRandom as _, SystemRandom};

/// A token that nobody can guess: the prefix says what it is and makes it easy to find in a log.
pub(crate) fn token(prefix: &str) -> String {
    let mut bytes = [0_u8; 18];
    // Without a random source tokens would collide, which the tests notice at once.
    let _ = SystemRandom::new().fill(&mut bytes);
    let mut text = prefix.to_owned();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
