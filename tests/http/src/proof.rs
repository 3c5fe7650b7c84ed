use std::fmt::Write as _;

/// A verifier as a page makes and keeps one, and its challenge.
#[must_use]
pub fn verifier() -> (String, String) {
    let verifier = "0123456789abcdef".repeat(4);
    let mut challenge = String::new();
    for byte in ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes()).as_ref() {
        let _ = write!(challenge, "{byte:02x}");
    }
    (verifier, challenge)
}
