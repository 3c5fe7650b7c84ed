use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};

/// An authorization server that signs what it is told to, rightly or not.
#[derive(Debug)]
pub struct Issuer {
    key: Key,
    id: &'static str,
}

#[derive(Debug)]
enum Key {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

/// A header of a token.
#[must_use]
pub fn header(algorithm: &str, kid: &str) -> Value {
    json!({ "alg": algorithm, "typ": "at+jwt", "kid": kid })
}

impl Issuer {
    /// One with a fresh Ed25519 key of this id.
    ///
    /// # Errors
    /// When there is no chance to be had.
    pub fn new(id: &'static str) -> anyhow::Result<Self> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| no_key())?;
        let key = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).map_err(|_| no_key())?;
        Ok(Self { key: Key::Ed25519(key), id })
    }

    /// One with a fresh P-256 key of this id.
    ///
    /// # Errors
    /// When there is no chance to be had.
    pub fn p256(id: &'static str) -> anyhow::Result<Self> {
        let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).map_err(|_| no_key())?;
        let key = EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).map_err(|_| no_key())?;
        Ok(Self { key: Key::P256(key), id })
    }

    /// What it publishes.
    #[must_use]
    pub fn jwks(&self) -> String {
        json!({ "keys": [self.jwk()] }).to_string()
    }

    /// Its key, as it publishes it.
    #[must_use]
    pub fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.key {
            Key::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": encode(key.public_key().as_ref()) })
            }
            Key::P256(key) => {
                // Uncompressed: a byte that says so, and both coordinates (SEC 1 §2.3.3).
                let coordinates = key.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = coordinates.split_at(coordinates.len() / 2);
                json!({ "kty": "EC", "crv": "P-256", "kid": self.id, "x": encode(x), "y": encode(y) })
            }
        }
    }

    /// A token as it should be.
    #[must_use]
    pub fn token(&self, claims: &Value) -> String {
        let algorithm = match &self.key {
            Key::Ed25519(_) => "EdDSA",
            Key::P256(_) => "ES256",
        };
        self.signed(&header(algorithm, self.id), claims)
    }

    /// A token with this header, signed by the key.
    #[must_use]
    pub fn signed(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let signature = match &self.key {
            Key::Ed25519(key) => key.sign(text.as_bytes()).as_ref().to_vec(),
            Key::P256(key) => {
                let signature = key.sign(&SystemRandom::new(), text.as_bytes());
                signature.map(|signature| signature.as_ref().to_vec()).unwrap_or_default()
            }
        };
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token whose signature is made with the public key, as if it were a shared secret.
    #[must_use]
    pub fn confused(&self, claims: &Value) -> String {
        let text = unsigned(&header("HS256", self.id), claims);
        let public = match &self.key {
            Key::Ed25519(key) => key.public_key().as_ref(),
            Key::P256(key) => key.public_key().as_ref(),
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, public);
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes())))
    }

    /// A token without a signature.
    #[must_use]
    pub fn naked(&self, claims: &Value) -> String {
        format!("{}.", unsigned(&header("none", self.id), claims))
    }
}

fn no_key() -> anyhow::Error {
    anyhow::anyhow!("there is no key to be had")
}

fn unsigned(header: &Value, claims: &Value) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()))
}
