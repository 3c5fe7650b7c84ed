//! The signature over what Teller Connect hands over (<https://teller.io/docs/guides/connect>).

use ring::{
    digest::{SHA256, digest},
    signature::{ED25519, UnparsedPublicKey},
};

use super::encoding;

/// The header of an Ed25519 key as `SubjectPublicKeyInfo` (RFC 8410 §4).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const KEY: usize = 32;
const SIGNATURE: usize = 64;

/// The token signing key of an application, which is public.
#[derive(Clone)]
pub(super) struct SigningKey(Vec<u8>);

impl SigningKey {
    /// Reads 32 bytes or their `SubjectPublicKeyInfo`, in base64, hexadecimal or PEM.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let body: String = match text.strip_prefix("-----BEGIN PUBLIC KEY-----") {
            Some(rest) => {
                let (body, _) = rest.split_once("-----END PUBLIC KEY-----")?;
                body.split_whitespace().collect()
            }
            None => text.to_owned(),
        };
        let bytes = encoding::bytes(&body, &[KEY, SPKI.len() + KEY])?;
        match bytes.strip_prefix(&SPKI) {
            Some(key) => Some(Self(key.to_vec())),
            None if bytes.len() == KEY => Some(Self(bytes)),
            None => None,
        }
    }

    /// Whether one of the signatures is over these parts, joined by full stops.
    ///
    /// Teller's page says "ED25519 with a SHA-256 digest": Ed25519 over SHA-256 of the text. Over the text itself is taken as
    /// well; neither helps whoever has not the private key.
    pub(super) fn accepts(&self, parts: [&str; 5], signatures: &[String]) -> bool {
        let message = parts.join(".");
        let hash = digest(&SHA256, message.as_bytes());
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        signatures.iter().filter_map(|text| encoding::bytes(text, &[SIGNATURE])).any(|signature| {
            key.verify(hash.as_ref(), &signature).is_ok()
                || key.verify(message.as_bytes(), &signature).is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    use ring::signature::{Ed25519KeyPair, KeyPair as _};

    use super::*;

    const PARTS: [&str; 5] = ["nonce", "test_token_1", "usr_1", "enr_1", "sandbox"];

    fn pair() -> Option<Ed25519KeyPair> {
        Ed25519KeyPair::from_seed_unchecked(&[7; 32]).ok()
    }

    fn hexadecimal(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
    }

    #[test]
    fn a_key_is_read_in_every_writing() -> Result<(), &'static str> {
        let pair = pair().ok_or("a key")?;
        let raw = pair.public_key().as_ref();
        let spki = [SPKI.as_slice(), raw].concat();
        let pem =
            format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(&spki));
        for text in [STANDARD.encode(raw), hexadecimal(raw), STANDARD.encode(&spki), hexadecimal(&spki), pem]
        {
            assert_eq!(SigningKey::parse(&text).map(|key| key.0), Some(raw.to_vec()), "{text}");
        }
        for text in ["", "CANARY", &hexadecimal(&raw[1..]), "-----BEGIN PUBLIC KEY-----"] {
            assert!(SigningKey::parse(text).is_none(), "{text}");
        }
        Ok(())
    }

    #[test]
    fn one_true_signature_is_enough_over_digest_or_text_in_either_writing() -> Result<(), &'static str> {
        let pair = pair().ok_or("a key")?;
        let key = SigningKey::parse(&STANDARD.encode(pair.public_key().as_ref())).ok_or("a key")?;
        let message = PARTS.join(".");
        let over_text = pair.sign(message.as_bytes());
        let over_digest = pair.sign(digest(&SHA256, message.as_bytes()).as_ref());
        for signature in [over_text, over_digest] {
            for text in [STANDARD.encode(signature.as_ref()), hexadecimal(signature.as_ref())] {
                assert!(key.accepts(PARTS, std::slice::from_ref(&text)));
                assert!(key.accepts(PARTS, &["AAAA".to_owned(), text.clone()]));
                for place in 0..PARTS.len() {
                    let mut other = PARTS;
                    other[place] = "other";
                    assert!(!key.accepts(other, std::slice::from_ref(&text)), "part {place}");
                }
            }
        }
        assert!(!key.accepts(PARTS, &[]));
        Ok(())
    }
}
