//! Routes over HTTP, beside bare handlers that call the same functions.

mod bare;

use anyhow::{Context as _, ensure};
use axum::Router;
use bailee_core::{ClientId, ClientRegistration, IntegrationStore as _, Owner, ProviderKey, SecretString};
use bailee_engine::{Bailee, Limits};
use bailee_providers::Google;
use benches::{Engine, Figure, Figures, ROWS, World, row};
use serde_json::Value;
use tokio::runtime::Runtime;
use url::Url;

use crate::{
    named::{Named, USER_HEADER},
    noop::Noop,
    requests::{Ask, TASKS, measure as measure_asks, repeat},
};

const USER: &str = "user_of_three";
const LIST: &str = "/v1/integrations";
/// With the challenge of a page: SHA-256, 64 hexadecimal digits.
const LINK: &str = "/v1/integrations/google/authorize?challenge=\
                    9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// The name in commands, for people, and the path.
const ROUTES: [(&str, &str, &str); 2] =
    [("list", "list of integrations", LIST), ("link", "authorization link", LINK)];

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "HTTP",
        &format!(
            "CPU time of one request, c={TASKS}, to a router in this process; the owner has 3 integrations among {ROWS}. \
             By hand: a handler of axum that authenticates nothing, calls the same function, and answers the same JSON. \
             No route gives a token: tokens leave in process alone."
        ),
    );
    for engine in Engine::ALL {
        let runtime = crate::runtime()?;
        let world = runtime.block_on(World::new(engine))?;
        let routers = runtime.block_on(routers(&world))?;
        for (_, what, path) in ROUTES {
            let asks = asks(&routers, path)?;
            same_answers(&runtime, &asks)?;
            let comparison = measure_asks(&runtime, &world.meter, asks)?;
            let figure = Figure::of(format!("{what}, {engine}"), &comparison);
            figures.add(&figure.at_most(comparison.ratio, 1.2, "×"));
        }
        runtime.block_on(world.remove())?;
    }
    Ok(())
}

/// Sends one of the requests so many times.
pub(crate) fn count(what: &str, engine: Engine, variant: usize, calls: u32) -> anyhow::Result<()> {
    let (_, _, path) = ROUTES.into_iter().find(|(known, _, _)| *known == what).context("no such route")?;
    let runtime = crate::runtime()?;
    let world = runtime.block_on(World::new(engine))?;
    let asks = asks(&runtime.block_on(routers(&world))?, path)?;
    repeat(&runtime, asks.get(variant).context("no such variant")?, calls)?;
    runtime.block_on(world.remove())
}

/// The handlers by hand, and all of our routes.
async fn routers(world: &World) -> anyhow::Result<[Router; 2]> {
    let bailee = host(world).await?;
    Ok([bare::router(bailee.clone())?, bailee_http::router(&bailee, Named)])
}

fn asks([by_hand, ours]: &[Router; 2], path: &str) -> anyhow::Result<[Ask; 2]> {
    let ask = |router: &Router| anyhow::Ok(Ask::get(router, path)?.header(USER_HEADER, USER));
    Ok([ask(by_hand)?, ask(ours)?])
}

/// A host of three providers over the same rows, whose user has an account at each.
async fn host(world: &World) -> anyhow::Result<Bailee> {
    let owner = Owner::user(USER)?;
    for (number, provider) in (ROWS..).zip(["google", "noop_1", "noop_2"]) {
        world.store.insert(row(&world.keys, &owner, &ProviderKey::new(provider)?, number)?).await?;
    }
    let registration = ClientRegistration::new(ClientId::new("client")?, SecretString::from("secret"));
    Ok(Bailee::builder(world.store.clone(), world.keys.clone())
        .base_url("https://backend.example".parse()?)
        .limits(Limits { connects_per_minute: u32::MAX, ..Limits::default() })
        .provider(Google::new(registration)?)
        .provider(Noop::new(1)?)
        .provider(Noop::new(2)?)
        .build()?)
}

/// Both must do the same work. Links differ in what is random in them.
fn same_answers(runtime: &Runtime, [by_hand, ours]: &[Ask; 2]) -> anyhow::Result<()> {
    let (by_hand, ours) = (runtime.block_on(by_hand.json())?, runtime.block_on(ours.json())?);
    if by_hand.get("url").is_some() {
        return same_links(&by_hand, &ours);
    }
    let rows = ours.pointer("/integrations").and_then(Value::as_array).map(Vec::len);
    ensure!(rows == Some(3), "not three integrations: {ours}");
    ensure!(by_hand == ours, "two different lists: {by_hand} {ours}");
    Ok(())
}

fn same_links(by_hand: &Value, ours: &Value) -> anyhow::Result<()> {
    let members = |link: &Value| -> anyhow::Result<Vec<String>> {
        Ok(link.as_object().context("no object")?.keys().cloned().collect())
    };
    ensure!(members(by_hand)? == members(ours)?, "two different shapes: {by_hand} {ours}");
    let shape = |link: &Value| -> anyhow::Result<(String, Vec<(String, usize)>)> {
        let url: Url = link.get("url").and_then(Value::as_str).context("no url")?.parse()?;
        let query = url.query_pairs().map(|(name, value)| (name.into_owned(), value.len())).collect();
        Ok((url.path().to_owned(), query))
    };
    ensure!(shape(by_hand)? == shape(ours)?, "two different links: {by_hand} {ours}");
    Ok(())
}
