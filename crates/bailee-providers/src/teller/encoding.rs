//! Bytes in whichever of the two writings Teller's pages leave open.

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig},
    },
};

/// Reads hexadecimal of either case.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || text.is_empty() {
        return None;
    }
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pairs = text.as_bytes().chunks_exact(2);
    pairs
        .map(|pair| match pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        })
        .collect()
}

/// Reads hexadecimal, or base64 in either alphabet with or without padding, of exactly one of these lengths.
pub(super) fn bytes(text: &str, lengths: &[usize]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let base64 = || {
        [STANDARD, URL_SAFE]
            .iter()
            .find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
    };
    let fits = |bytes: &Vec<u8>| lengths.contains(&bytes.len());
    hex(text).filter(fits).or_else(|| base64().filter(fits))
}
