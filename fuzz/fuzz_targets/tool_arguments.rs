//! What an agent passes to a tool: the first byte chooses the tool, the rest is JSON.
#![no_main]

use std::sync::LazyLock;

use bailee_core::{ProviderError, ToolName};
use bailee_engine::ToolError;
use bailee_fuzz::{HOST, RUNTIME};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static TOOLS: LazyLock<Vec<ToolName>> = LazyLock::new(|| {
    let tools = RUNTIME.block_on(HOST.bailee.tools(&HOST.caller)).expect("tools");
    tools.into_iter().map(|tool| tool.tool().name.clone()).collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((first, arguments)) = data.split_first() else { return };
    let Ok(arguments) = serde_json::from_slice::<Value>(arguments) else { return };
    let tool = &TOOLS[usize::from(*first) % TOOLS.len()];
    HOST.mock.clear_requests();
    let called = RUNTIME.block_on(async {
        let permit = HOST.bailee.authorize(&HOST.caller, tool.as_str()).await.expect("a permit");
        permit.call(arguments).await
    });
    if let Err(ToolError::Provider(ProviderError::InvalidArguments { .. })) = called {
        assert!(HOST.mock.requests().is_empty(), "arguments that were refused reached the provider");
    }
});
