use async_trait::async_trait;
use bailee_core::{
    Begin, Begun, Capabilities, ClientRegistration, Exchange, Grant, Provider, ProviderDescriptor,
    ProviderError, Refresh, Renewal, Revoke, Rotation, Tool, ToolCall, ToolOutput, Validate, Validation,
};

/// A provider that says otherwise of itself, and does what it did.
#[derive(Debug)]
pub struct Declared<P> {
    provider: P,
    descriptor: ProviderDescriptor,
}

impl<P: Provider> Declared<P> {
    /// This provider, whose refresh tokens are said to be treated so.
    pub fn rotating(provider: P, rotation: Rotation) -> Self {
        let descriptor = ProviderDescriptor { rotation, ..provider.descriptor().clone() };
        Self { provider, descriptor }
    }

    /// This provider, which is said to have no revocation.
    pub fn irrevocable(provider: P) -> Self {
        let mut descriptor = provider.descriptor().clone();
        descriptor.capabilities.remove(Capabilities::REVOKE);
        Self { provider, descriptor }
    }
}

#[async_trait]
impl<P: Provider> Provider for Declared<P> {
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
