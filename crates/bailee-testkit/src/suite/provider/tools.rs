use std::collections::BTreeSet;

use serde_json::{Value, json};

use bailee_core::{
    DateTime, Effect, Grant, IntegrationId, PermissionFlag, Provider, ProviderError, ToolAccount, ToolCall,
    ToolName, ToolOutput, Uuid,
};

use super::{Connected, Kit};
use crate::suite::{SuiteError, SuiteResult};

/// The longest description of a tool, in characters.
const LONGEST: usize = 400;

/// Calls a tool on an account that was joined.
pub(super) async fn call(
    provider: &dyn Provider,
    grant: &Grant,
    tool: &ToolName,
    arguments: &Value,
) -> Result<ToolOutput, ProviderError> {
    let accounts = [ToolAccount {
        integration: IntegrationId::from_parts(1, [1; 10]),
        account: &grant.account,
        access_token: &grant.credential.access_token,
        config: &grant.config,
    }];
    let call = ToolCall {
        tool,
        arguments,
        accounts: &accounts,
        idempotency_key: None,
        id: Uuid::nil(),
        now: DateTime::UNIX_EPOCH,
    };
    provider.call(call).await
}

/// Each tool has a name of its own, a short description, and schemas of closed objects whose members are described.
#[expect(clippy::unused_async, reason = "every behaviour is called alike")]
pub async fn tools_describe_themselves(kit: &dyn Kit) -> SuiteResult {
    described(kit.provider())
}

pub(super) fn described(provider: &dyn Provider) -> SuiteResult {
    let tools = provider.tools();
    let names: BTreeSet<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
    assert_eq!(names.len(), tools.len(), "names are unique");
    for tool in tools {
        let length = tool.description.chars().count();
        assert!((1..=LONGEST).contains(&length), "{}: {length} characters", tool.name);
        assert!(!tool.title.is_empty(), "{} has no title", tool.name);
        for (what, schema) in [("input", &tool.input_schema), ("output", &tool.output_schema)] {
            assert_eq!(schema.get("type"), Some(&json!("object")), "{} {what}", tool.name);
            closed_and_described(schema, &format!("{} {what}", tool.name))?;
        }
    }
    Ok(())
}

/// Walks a schema: objects that name their members allow no others, and each member says what it is.
fn closed_and_described(schema: &Value, place: &str) -> Result<(), SuiteError> {
    let properties = schema.get("properties").and_then(Value::as_object);
    if properties.is_some() || schema.get("type") == Some(&json!("object")) {
        let closed = schema.get("additionalProperties");
        assert!(
            closed == Some(&json!(false)) || closed.is_some_and(Value::is_object),
            "{place} allows members that it does not name"
        );
    }
    for (name, member) in properties.into_iter().flatten() {
        let place = format!("{place}.{name}");
        let description = member.get("description").and_then(Value::as_str).unwrap_or_default();
        assert!(!description.trim().is_empty(), "{place} has no description");
        closed_and_described(member, &place)?;
    }
    for list in ["anyOf", "oneOf", "allOf"] {
        for (index, part) in schema.get(list).and_then(Value::as_array).into_iter().flatten().enumerate() {
            closed_and_described(part, &format!("{place}.{list}.{index}"))?;
        }
    }
    if let Some(items) = schema.get("items") {
        closed_and_described(items, &format!("{place}[]"))?;
    }
    for (name, part) in schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
        closed_and_described(part, &format!("{place}.$defs.{name}"))?;
    }
    Ok(())
}

/// A tool that writes is open to a counterpart only with the flag to post; one that reads, never.
#[expect(clippy::unused_async, reason = "every behaviour is called alike")]
pub async fn a_writing_tool_needs_the_flag_to_post(kit: &dyn Kit) -> SuiteResult {
    flagged(kit.provider());
    Ok(())
}

pub(super) fn flagged(provider: &dyn Provider) {
    for tool in provider.tools() {
        let flag = match tool.effect {
            Effect::Write => Some(PermissionFlag::CanPostOnMyBehalf),
            Effect::Read => tool.flag.filter(|flag| *flag == PermissionFlag::CanQueryAvailability),
        };
        assert_eq!(tool.flag, flag, "{}", tool.name);
    }
}

/// A tool that the provider does not have, or that is not enabled.
pub async fn a_tool_that_is_not_there_is_unsupported(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let before = kit.requests().len();
    refuses_unknown(kit.provider(), &connected.grant).await?;
    assert_eq!(kit.requests().len(), before, "requests");
    Ok(())
}

pub(super) async fn refuses_unknown(provider: &dyn Provider, grant: &Grant) -> SuiteResult {
    let answer = call(provider, grant, &ToolName::new("no_such_tool")?, &json!({})).await.map(drop);
    assert_eq!(answer, Err(ProviderError::Unsupported));
    Ok(())
}

/// Arguments that do not fit are refused before anybody is asked.
pub async fn a_tool_refuses_arguments_that_do_not_fit(kit: &dyn Kit) -> SuiteResult {
    let connected = Connected::new(kit).await?;
    let before = kit.requests().len();
    refuses_unfit(kit.provider(), &connected.grant).await;
    assert_eq!(kit.requests().len(), before, "requests");
    Ok(())
}

pub(super) async fn refuses_unfit(provider: &dyn Provider, grant: &Grant) {
    for tool in provider.tools() {
        for arguments in [json!({ "no_such_argument": 1 }), json!([]), json!("text"), Value::Null] {
            let answer = call(provider, grant, &tool.name, &arguments).await.map(drop);
            assert!(
                matches!(answer, Err(ProviderError::InvalidArguments { .. })),
                "{} {arguments}: {answer:?}",
                tool.name
            );
        }
    }
}
