//! What holds for every tool of a provider.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use bailee_core::{Effect, Provider, ProviderError};
use bailee_testkit::{
    mock_provider::{Endpoint, Fault, RecordedRequest},
    suite::provider::Kit as _,
};

use crate::stage::{Service, Stage};

/// One way to call a tool.
#[derive(Clone, Debug)]
pub struct Case {
    /// The tool.
    pub tool: &'static str,
    /// Arguments that it takes.
    pub arguments: Value,
    /// What it asks.
    pub endpoint: Endpoint,
}

/// Calls every tool of the provider, each with success, with a dead token, against a rate limit, and with an answer that
/// is none; and compares its requests with those that the reference names.
///
/// # Errors
/// When a tool does otherwise, when a tool has no case, or when it makes no request that the reference names.
pub async fn every_tool_answers<P: Provider, M: Service>(stage: &Stage<P, M>, cases: &[Case]) -> Result<()> {
    let mut made = BTreeSet::new();
    for case in cases {
        let grant = stage.connect().await?;
        let before = stage.requests().len();
        let answer = stage.call(&grant, case.tool, &case.arguments).await;
        ensure!(answer.as_ref().is_ok_and(Value::is_object), "{} answers {answer:?}", case.tool);
        for request in stage.requests().iter().skip(before) {
            made.insert((case.tool, reference(&stage.provider, case.tool, request)?));
        }
        failures(stage, case).await?;
    }
    for tool in referred(&stage.provider) {
        for request in tool.requests {
            ensure!(made.contains(&(tool.tool, *request)), "{} never asked {request}", tool.tool);
        }
    }
    Ok(())
}

async fn failures<P: Provider, M: Service>(stage: &Stage<P, M>, case: &Case) -> Result<()> {
    let grant = stage.connect().await?;
    let limit = Fault::TooManyRequests { retry_after: Some(7) };
    let writes = stage
        .provider
        .tools()
        .iter()
        .any(|tool| tool.name.as_str() == case.tool && tool.effect == Effect::Write);
    for (fault, expected) in [
        (limit, Some(ProviderError::RateLimited { retry_after: Some(Duration::from_secs(7)) })),
        (Fault::Html, writes.then_some(ProviderError::OutcomeUnknown)),
        (Fault::DropAfterProcessing, writes.then_some(ProviderError::OutcomeUnknown)),
    ] {
        stage.plant(case.endpoint, fault.clone());
        let answer = stage.call(&grant, case.tool, &case.arguments).await;
        stage.heal();
        let error = answer.err().with_context(|| format!("{} under {fault:?}", case.tool))?;
        match expected {
            Some(expected) => ensure!(error == expected, "{} under {fault:?}: {error:?}", case.tool),
            None => ensure!(error.is_temporary(), "{} under {fault:?}: {error:?}", case.tool),
        }
    }
    stage.expire_access_tokens();
    let dead = stage.call(&grant, case.tool, &case.arguments).await;
    ensure!(dead == Err(ProviderError::TokenRejected), "{} with a dead token: {dead:?}", case.tool);
    Ok(())
}

fn referred(provider: &dyn Provider) -> Vec<bailee_providers::reference::ToolReference> {
    let key = provider.descriptor().key.clone();
    let all = bailee_providers::reference::tools().into_iter();
    all.filter(|tool| tool.provider == key.as_str()).collect()
}

/// The request of the reference that this one is.
fn reference(provider: &dyn Provider, name: &str, request: &RecordedRequest) -> Result<&'static str> {
    let tools = referred(provider);
    let tool = tools.iter().find(|tool| tool.tool == name).context("the reference has no such tool")?;
    let mut requests = tool.requests.iter().copied();
    requests.find(|named| fits(named, request)).with_context(|| format!("{name} asked {request:?}"))
}

fn fits(named: &str, request: &RecordedRequest) -> bool {
    let Some((method, template)) = named.split_once(' ') else { return false };
    let wanted: Vec<&str> = template.split('/').collect();
    let given: Vec<&str> = request.path.split('/').collect();
    let is_part =
        |(wanted, given): (&&str, &&str)| wanted.starts_with('{') && !given.is_empty() || wanted == given;
    request.method == method && wanted.len() == given.len() && wanted.iter().zip(&given).all(is_part)
}
