//! The agents' door, beside a handler of JSON-RPC by hand over the same functions.

mod by_hand;

use anyhow::{Context as _, bail, ensure};
use axum::Router;
use bailee_core::{IntegrationStore as _, Owner, ProviderKey};
use bailee_engine::{Bailee, Limits};
use benches::{Engine, Figure, Figures, ROWS, World, row};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    named::{Named, USER_HEADER},
    noop::{self, NOTHING, Noop, Nothing},
    requests::{Ask, TASKS, measure as measure_asks, repeat},
};

const USER: &str = "user_of_twenty";
pub(crate) const PATH: &str = "/mcp";
const VERSION: &str = "2026-07-28";
/// How many accounts the user has, each at a provider of its own.
const ACCOUNTS: u32 = 20;
/// A tool of one of them.
const READ: &str = "read_7";

/// The name in commands, and for people.
const REQUESTS: [(&str, &str); 3] =
    [("list", "tools/list"), ("host", "tools/call of the host's"), ("account", "tools/call of an account's")];

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "Agents' door (Model Context Protocol)",
        &format!(
            "CPU time of one request of version {VERSION}, c={TASKS}, to a router in this process; the agent has the tools \
             of {ACCOUNTS} accounts, two each, and the provider behind them answers at once. By hand: a handler of \
             JSON-RPC that identifies nobody, calls the same functions, and answers the same result."
        ),
    );
    for engine in Engine::ALL {
        let runtime = crate::runtime()?;
        let world = runtime.block_on(World::new(engine))?;
        let routers = runtime.block_on(routers(&world))?;
        for (name, what) in REQUESTS {
            let asks = asks(&routers, name)?;
            same_results(&runtime, &asks)?;
            let comparison = measure_asks(&runtime, &world.meter, asks)?;
            figures.add(&Figure::of(format!("{what}, {engine}"), &comparison));
        }
        runtime.block_on(world.remove())?;
    }
    Ok(())
}

/// Sends one of the requests so many times.
pub(crate) fn count(what: &str, engine: Engine, variant: usize, calls: u32) -> anyhow::Result<()> {
    let runtime = crate::runtime()?;
    let world = runtime.block_on(World::new(engine))?;
    let asks = asks(&runtime.block_on(routers(&world))?, what)?;
    repeat(&runtime, asks.get(variant).context("no such variant")?, calls)?;
    runtime.block_on(world.remove())
}

/// The handler by hand, and the agents' door.
async fn routers(world: &World) -> anyhow::Result<[Router; 2]> {
    let bailee = host(world).await?;
    Ok([by_hand::router(&bailee)?, bailee_mcp::router(PATH, &bailee, Named)])
}

fn asks([by_hand, ours]: &[Router; 2], name: &str) -> anyhow::Result<[Ask; 2]> {
    let tool = match name {
        "list" => None,
        "host" => Some(NOTHING),
        "account" => Some(READ),
        _ => bail!("no such request"),
    };
    Ok([ask(by_hand, tool)?, ask(ours, tool)?])
}

/// A host of so many providers over the same rows, with a tool of its own.
async fn host(world: &World) -> anyhow::Result<Bailee> {
    let owner = Owner::user(USER)?;
    let mut builder = Bailee::builder(world.store.clone(), world.keys.clone())
        .base_url("https://backend.example".parse()?)
        .limits(Limits { tool_calls_per_minute: u32::MAX, ..Limits::default() })
        .tool(Nothing::new()?);
    for number in 0..ACCOUNTS {
        let provider = ProviderKey::new(format!("noop_{number}"))?;
        world.store.insert(row(&world.keys, &owner, &provider, ROWS + number)?).await?;
        builder = builder.provider(Noop::new(number)?);
    }
    Ok(builder.build()?)
}

/// A call of a tool, or the list of tools.
fn ask(router: &Router, tool: Option<&'static str>) -> anyhow::Result<Ask> {
    let Some(tool) = tool else {
        return ask_for(router, "tools/list", json!({}));
    };
    let params = json!({ "name": tool, "arguments": noop::arguments() });
    Ok(ask_for(router, "tools/call", params)?.header("mcp-name", tool))
}

/// A request in the manner of version 2026-07-28.
pub(crate) fn ask_for(router: &Router, method: &'static str, mut params: Value) -> anyhow::Result<Ask> {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": VERSION,
        "io.modelcontextprotocol/clientInfo": { "name": "bench", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    params.as_object_mut().context("parameters are an object")?.insert("_meta".to_owned(), meta);
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    Ok(Ask::post(router, PATH, &message)?
        .header("host", "backend.example")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", VERSION)
        .header("mcp-method", method)
        .header(USER_HEADER, USER))
}

/// Both must do the same work, or the comparison says nothing.
fn same_results(runtime: &Runtime, [by_hand, ours]: &[Ask; 2]) -> anyhow::Result<()> {
    let (by_hand, ours) = (runtime.block_on(by_hand.json())?, runtime.block_on(ours.json())?);
    ensure!(ours.pointer("/result").is_some_and(Value::is_object), "no result: {ours}");
    ensure!(ours.pointer("/result/isError") != Some(&Value::Bool(true)), "it failed: {ours}");
    ensure!(by_hand == ours, "two different answers: {by_hand} {ours}");
    Ok(())
}
