use serde_json::Value;

use bailee_core::{
    DateTime, Grant, IntegrationId, Provider, ProviderError, ToolAccount, ToolCall, ToolName, ToolOutput,
    Uuid,
};

/// Calls a tool, and holds its output to the schema that it promises.
///
/// # Errors
/// What the adapter answers; [`ProviderError::Malformed`] when the output is not what its schema says.
pub(crate) async fn fitting(
    provider: &dyn Provider,
    call: ToolCall<'_>,
) -> Result<ToolOutput, ProviderError> {
    let known = provider.tools().iter().find(|known| known.name == *call.tool);
    let output = provider.call(call).await?;
    if known.is_some_and(|known| jsonschema::is_valid(&known.output_schema, &output.content)) {
        Ok(output)
    } else {
        Err(ProviderError::Malformed { problem: "the output does not fit the schema of its tool" })
    }
}

/// As [`fitting`]: the object alone.
///
/// # Errors
/// As [`fitting`].
pub(crate) async fn content(provider: &dyn Provider, call: ToolCall<'_>) -> Result<Value, ProviderError> {
    Ok(fitting(provider, call).await?.content)
}

/// One call by the account of a grant.
pub(crate) async fn called(
    provider: &dyn Provider,
    grant: &Grant,
    tool: &str,
    arguments: &Value,
    idempotency_key: Option<&str>,
) -> Result<ToolOutput, ProviderError> {
    let tool = ToolName::new(tool).map_err(|_| ProviderError::Unsupported)?;
    let account = ToolAccount {
        integration: IntegrationId::from_parts(1, [7; 10]),
        account: &grant.account,
        access_token: &grant.credential.access_token,
        config: &grant.config,
    };
    let call = ToolCall {
        tool: &tool,
        arguments,
        accounts: &[account],
        idempotency_key,
        id: Uuid::nil(),
        now: DateTime::UNIX_EPOCH,
    };
    fitting(provider, call).await
}
