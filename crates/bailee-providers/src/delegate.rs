//! Adapters that are what their definition says, and no more.

/// Implements [`Provider`](bailee_core::Provider) by the `OAuthProvider` in a field.
macro_rules! delegate {
    ($adapter:ident, $field:ident) => {
        #[async_trait::async_trait]
        impl bailee_core::Provider for $adapter {
            fn descriptor(&self) -> &bailee_core::ProviderDescriptor {
                self.$field.descriptor()
            }

            fn registrations(&self) -> &[bailee_core::ClientRegistration] {
                self.$field.registrations()
            }

            fn tools(&self) -> &[bailee_core::Tool] {
                self.$field.tools()
            }

            async fn begin<'a>(
                &self,
                request: bailee_core::Begin<'a>,
            ) -> Result<bailee_core::Begun, bailee_core::ProviderError> {
                self.$field.begin(request).await
            }

            async fn exchange<'a>(
                &self,
                request: bailee_core::Exchange<'a>,
            ) -> Result<bailee_core::Grant, bailee_core::ProviderError> {
                self.$field.exchange(request).await
            }

            async fn refresh<'a>(
                &self,
                request: bailee_core::Refresh<'a>,
            ) -> Result<bailee_core::Renewal, bailee_core::ProviderError> {
                self.$field.refresh(request).await
            }

            async fn validate<'a>(
                &self,
                request: bailee_core::Validate<'a>,
            ) -> Result<bailee_core::Validation, bailee_core::ProviderError> {
                self.$field.validate(request).await
            }

            async fn revoke<'a>(
                &self,
                request: bailee_core::Revoke<'a>,
            ) -> Result<(), bailee_core::ProviderError> {
                self.$field.revoke(request).await
            }

            async fn call<'a>(
                &self,
                call: bailee_core::ToolCall<'a>,
            ) -> Result<bailee_core::ToolOutput, bailee_core::ProviderError> {
                self.$field.call(call).await
            }
        }
    };
}

pub(crate) use delegate;
