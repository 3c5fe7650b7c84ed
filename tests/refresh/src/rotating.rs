use async_trait::async_trait;
use bailee_core::{
    Begin, Begun, ClientRegistration, Exchange, Grant, Provider, ProviderDescriptor, ProviderError, Refresh,
    Renewal, Revoke, Rotation, Tool, ToolCall, ToolOutput, Validate, Validation,
};

use crate::{Stand, Step};

/// A provider that says otherwise of its refresh tokens, and whose refreshes can stand still before they are sent.
#[derive(Debug)]
pub struct Rotating<P> {
    provider: P,
    descriptor: ProviderDescriptor,
    stand: Stand,
}

impl<P: Provider> Rotating<P> {
    /// This provider, whose refresh tokens are treated so.
    pub fn new(provider: P, rotation: Rotation, stand: Stand) -> Self {
        let descriptor = ProviderDescriptor { rotation, ..provider.descriptor().clone() };
        Self { provider, descriptor, stand }
    }
}

#[async_trait]
impl<P: Provider> Provider for Rotating<P> {
    fn descriptor(&self) -> &ProviderDescriptor {
        &self.descriptor
    }

    fn registrations(&self) -> &[ClientRegistration] {
        self.provider.registrations()
    }

    fn tools(&self) -> &[Tool] {
        self.provider.tools()
    }

    async fn begin<'a>(&self, request: Begin<'a>) -> Result<Begun, ProviderError> {
        self.provider.begin(request).await
    }

    async fn exchange<'a>(&self, request: Exchange<'a>) -> Result<Grant, ProviderError> {
        self.provider.exchange(request).await
    }

    async fn refresh<'a>(&self, request: Refresh<'a>) -> Result<Renewal, ProviderError> {
        self.stand.pass(Step::Sending).await;
        self.provider.refresh(request).await
    }

    async fn validate<'a>(&self, request: Validate<'a>) -> Result<Validation, ProviderError> {
        self.provider.validate(request).await
    }

    async fn revoke<'a>(&self, request: Revoke<'a>) -> Result<(), ProviderError> {
        self.provider.revoke(request).await
    }

    async fn call<'a>(&self, call: ToolCall<'a>) -> Result<ToolOutput, ProviderError> {
        self.provider.call(call).await
    }
}
