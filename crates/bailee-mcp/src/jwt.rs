//! Signed access tokens of the host's authorization server (RFC 7519, RFC 9068).

use std::{
    collections::HashMap,
    fmt::{self, Debug},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use bailee_core::{Caller, Effect, Effects};
use bailee_engine::Bailee;
use chrono::{DateTime, TimeDelta, Utc};
use http::request::Parts;
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm},
};
use serde_json::{Map, Value};
use url::Url;

use crate::identify::{Identify, IdentifyError, Identity, bearer};

/// What an access token may be off by, for clocks that are not quite right.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// The OAuth scope that covers tools that read.
pub(crate) const READ: &str = "tools:read";
/// The OAuth scope that covers tools that write.
pub(crate) const WRITE: &str = "tools:write";

/// The claims of a token whose signature, issuer, audience and times are right.
pub type Claims = Map<String, Value>;

type Reader = Arc<dyn Fn(&Claims) -> Option<Caller> + Send + Sync>;

/// The public keys of the issuer, by their ids. Each verifies by one algorithm alone, whatever a token says; keys that
/// both sign and verify are refused, as whoever knows one could make tokens.
#[derive(Clone)]
pub struct JwtKeys(HashMap<String, (Algorithm, DecodingKey)>);

/// Why keys could not be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwtKeysError {
    /// It is not a JSON Web Key Set (RFC 7517 §5), or an empty one.
    #[error("the keys are not a set of JSON Web Keys")]
    NotAKeySet,
    /// A key has no id, or the id of another.
    #[error("key {position} needs a `kid` of its own")]
    KeyId {
        /// Which key, counted from 1.
        position: usize,
    },
    /// A key is of a kind that is not taken: RSA, P-256, P-384 and Ed25519 are.
    #[error("key {position} is not a public key of RSA, P-256, P-384 or Ed25519")]
    Unsupported {
        /// Which key, counted from 1.
        position: usize,
    },
}

impl JwtKeys {
    /// Reads a JSON Web Key Set (RFC 7517 §5).
    ///
    /// # Errors
    /// [`JwtKeysError`] names the first key that cannot be used.
    pub fn from_jwks(json: &str) -> Result<Self, JwtKeysError> {
        let set: JwkSet = serde_json::from_str(json).map_err(|_| JwtKeysError::NotAKeySet)?;
        let mut keys = HashMap::new();
        for (key, position) in set.keys.iter().zip(1..) {
            let algorithm = algorithm(key).ok_or(JwtKeysError::Unsupported { position })?;
            let decoding = DecodingKey::from_jwk(key).map_err(|_| JwtKeysError::Unsupported { position })?;
            let id = key.common.key_id.clone().ok_or(JwtKeysError::KeyId { position })?;
            if keys.insert(id, (algorithm, decoding)).is_some() {
                return Err(JwtKeysError::KeyId { position });
            }
        }
        if keys.is_empty() { Err(JwtKeysError::NotAKeySet) } else { Ok(Self(keys)) }
    }
}

/// How a key verifies: as it says, where that fits its kind, or as is usual for its kind.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    let usual = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(parameters) => match parameters.curve {
            EllipticCurve::P256 => Algorithm::ES256,
            EllipticCurve::P384 => Algorithm::ES384,
            _ => return None,
        },
        AlgorithmParameters::OctetKeyPair(parameters) if parameters.curve == EllipticCurve::Ed25519 => {
            Algorithm::EdDSA
        }
        _ => return None,
    };
    match key.common.key_algorithm {
        None => Some(usual),
        Some(KeyAlgorithm::RS256) if usual == Algorithm::RS256 => Some(Algorithm::RS256),
        Some(KeyAlgorithm::RS384) if usual == Algorithm::RS256 => Some(Algorithm::RS384),
        Some(KeyAlgorithm::RS512) if usual == Algorithm::RS256 => Some(Algorithm::RS512),
        Some(KeyAlgorithm::PS256) if usual == Algorithm::RS256 => Some(Algorithm::PS256),
        Some(KeyAlgorithm::ES256) if usual == Algorithm::ES256 => Some(usual),
        Some(KeyAlgorithm::ES384) if usual == Algorithm::ES384 => Some(usual),
        Some(KeyAlgorithm::EdDSA) if usual == Algorithm::EdDSA => Some(usual),
        Some(_) => None,
    }
}

impl Debug for JwtKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("JwtKeys").field(&self.0.keys().collect::<Vec<_>>()).finish()
    }
}

/// [`Identify`] by signed access tokens: this server is then an OAuth 2 resource server with published metadata
/// (RFC 9728), and the OAuth scopes `tools:read` and `tools:write` say which tools a token covers.
///
/// ```
/// use bailee_core::{Caller, Owner};
/// use bailee_mcp::{JwtKeys, JwtResourceServer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let jwks = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k1","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let agents = JwtResourceServer::new(
///     "https://login.example".parse()?,
///     "https://backend.example/mcp",
///     JwtKeys::from_jwks(jwks)?,
///     |claims| {
///         let owner = Owner::user(claims.get("sub")?.as_str()?).ok()?;
///         Caller::own(owner, claims.get("profile")?.as_str()?).ok()
///     },
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct JwtResourceServer {
    issuer: String,
    issuers: Vec<Url>,
    audience: String,
    keys: JwtKeys,
    reader: Reader,
}

impl JwtResourceServer {
    /// Takes tokens of `issuer` for `audience`, which is the address of our server.
    ///
    /// `caller` reads owner, profile and thread from the claims; `None` refuses the token. What tools the token covers
    /// is read from its `scope` afterwards.
    #[must_use]
    pub fn new(
        issuer: Url,
        audience: impl Into<String>,
        keys: JwtKeys,
        caller: impl Fn(&Claims) -> Option<Caller> + Send + Sync + 'static,
    ) -> Self {
        // An issuer is compared to the letter (RFC 8414 §2), and `Url` adds a slash to a bare host.
        let text = issuer.as_str();
        let bare = issuer.path() == "/";
        let identifier = if bare { text.strip_suffix('/').unwrap_or(text) } else { text };
        Self {
            issuer: identifier.to_owned(),
            issuers: vec![issuer],
            audience: audience.into(),
            keys,
            reader: Arc::new(caller),
        }
    }

    fn claims(&self, token: &str, now: DateTime<Utc>) -> Option<Claims> {
        let kid = decode_header(token).ok()?.kid?;
        let (algorithm, key) = self.keys.0.get(&kid)?;
        let mut validation = Validation::new(*algorithm);
        validation.set_audience(&[&self.audience]);
        let slashed = format!("{}/", self.issuer);
        validation.set_issuer(&[&self.issuer, &slashed]);
        validation.set_required_spec_claims(&["aud", "exp", "iss"]);
        // Time is that of the host's clock, below.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, key, &validation).ok()?.claims;
        let alive = claims.get("exp").and_then(moment).is_some_and(|exp| now - LEEWAY < exp);
        let begun = claims.get("nbf").is_none_or(|nbf| moment(nbf).is_some_and(|nbf| nbf <= now + LEEWAY));
        (alive && begun).then_some(claims)
    }
}

/// A number of seconds since 1970, which may have a fraction (RFC 7519 §2, `NumericDate`).
fn moment(seconds: &Value) -> Option<DateTime<Utc>> {
    let since = TimeDelta::from_std(Duration::try_from_secs_f64(seconds.as_f64()?).ok()?).ok()?;
    DateTime::UNIX_EPOCH.checked_add_signed(since)
}

impl Debug for JwtResourceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtResourceServer")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Identify for JwtResourceServer {
    async fn identify(&self, bailee: &Bailee, parts: &Parts) -> Result<Identity, IdentifyError> {
        let token = bearer(parts).ok_or(IdentifyError::Unauthenticated)?;
        let claims = self.claims(token, bailee.now()).ok_or(IdentifyError::Unauthenticated)?;
        let caller = (self.reader)(&claims).ok_or(IdentifyError::Unauthenticated)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let scopes = text("scope").unwrap_or_default();
        let mut effects = Effects::NONE;
        for (scope, effect) in [(READ, Effect::Read), (WRITE, Effect::Write)] {
            if scopes.split(' ').any(|granted| granted == scope) {
                effects = effects.and(effect);
            }
        }
        Ok(Identity {
            caller: caller.with_effects(effects),
            auth_id: text("jti").or_else(|| text("client_id")).map(str::to_owned),
            expires_at: claims.get("exp").and_then(moment),
        })
    }

    fn authorization_servers(&self) -> &[Url] {
        &self.issuers
    }
}
