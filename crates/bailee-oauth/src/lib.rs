#![doc = include_str!("../README.md")]

mod authorize;
mod definition;
mod error;
mod http_client;
mod id_token;
mod provider;
mod reach;
mod response;
mod token_endpoint;

pub use authorize::authorize;
/// The check of `iss` in an authorization answer (RFC 9207).
pub use bailee_core::Issuer;
pub use definition::{DefinitionError, DiscoveryError, OAuthAddresses, OAuthDefinition, Position};
pub use error::{FailureHook, TokenFailure, TokenRequest};
pub use http_client::{
    HttpClient, HttpClientError, HttpError, HttpOptions, Identity, Proxy, Request, Response, Timeouts,
};
pub use id_token::IdToken;
pub use provider::{OAuthProvider, ProviderHooks};
pub use reach::{Reach, ReachError, Resolver, SystemResolver, TlsClient};
pub use response::TokenAnswer;
pub use token_endpoint::{ClientAuthentication, TokenEndpoint, TokenRequestFormat};
