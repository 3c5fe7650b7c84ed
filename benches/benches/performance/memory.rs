//! How much memory a process takes.

use anyhow::{Context as _, ensure};
use axum::{Router, response::Response};
use bailee_engine::Bailee;
use benches::{Engine, Figure, Figures, ROWS, World, owner};
use http::{StatusCode, header};
use serde_json::json;

use crate::{
    child::{self, host, say},
    idle::{app, own_bytes},
    mcp::ask_for,
};

/// Users before the first look: what every process needs once is there then.
const WARM_UP: u32 = 1_000;

/// Agents that listen for changes, at once.
const LISTENERS: u32 = 1_000;

pub(crate) fn measure(figures: &mut Figures) -> anyhow::Result<()> {
    figures.section(
        "Memory",
        &format!(
            "Resident memory of a process of its own. Idle, over {}: with the routes for browsers and agents, and the \
             background at work; by hand stands for an axum server with a pool in the same program. Its own is heap and \
             stacks; the rest are pages of the program, which the kernel maps sixteen at once and shares. Each integration, \
             over {}, which keeps no pages in the process: what is added by tokens of {} users after those of {WARM_UP}. \
             Each listener: what {LISTENERS} streams of `subscriptions/listen` add.",
            Engine::Sqlite,
            Engine::Postgres,
            ROWS - WARM_UP,
        ),
    );
    let world = crate::runtime()?.block_on(World::new(Engine::Sqlite))?;
    let [bare, bare_own] = figures_of("bare", &world)?;
    let [idle, idle_own] = figures_of("idle", &world)?;
    crate::runtime()?.block_on(world.remove())?;
    figures.add(&of_idle("idle", bare, idle).at_most(idle / 1e6, 15.0, " MB"));
    figures.add(&of_idle("idle, its own", bare_own, idle_own));
    let world = crate::runtime()?.block_on(World::new(Engine::Postgres))?;
    let [integration, listener] = figures_of("used", &world)?;
    crate::runtime()?.block_on(world.remove())?;
    let of_integration = Figure {
        what: "each integration".to_owned(),
        ours: format!("{integration:.0} B"),
        ..Figure::default()
    };
    figures.add(&of_integration.at_most(integration, 350.0, " B"));
    figures.add(&Figure {
        what: "each listener".to_owned(),
        ours: format!("{:.1} kB", listener / 1e3),
        ..Figure::default()
    });
    Ok(())
}

fn of_idle(what: &str, bare: f64, idle: f64) -> Figure {
    Figure {
        what: what.to_owned(),
        by_hand: megabytes(bare),
        ours: megabytes(idle),
        ratio: format!("{:.3}", idle / bare),
        target: None,
    }
}

/// What a process says, in bytes.
fn figures_of<const N: usize>(what: &str, world: &World) -> anyhow::Result<[f64; N]> {
    let mut said = Vec::new();
    child::run(what, world, |line| {
        said.push(line.parse()?);
        Ok(())
    })?;
    said.try_into().ok().context("another number of figures")
}

fn megabytes(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}

/// Is a process that works: says how many bytes each integration adds, and each listener.
pub(crate) async fn used(url: &str) -> anyhow::Result<()> {
    let bailee = host(url).await?;
    tokens(&bailee, 0..WARM_UP).await?;
    let before = own_bytes()?;
    tokens(&bailee, WARM_UP..ROWS).await?;
    say((own_bytes()? - before) / f64::from(ROWS - WARM_UP))?;

    let app = app(&bailee);
    let mut open = Vec::new();
    for _ in 0..LISTENERS / 10 {
        open.push(listen(&app).await?);
    }
    let before = own_bytes()?;
    for _ in 0..LISTENERS {
        open.push(listen(&app).await?);
    }
    say((own_bytes()? - before) / f64::from(LISTENERS))
}

async fn tokens(bailee: &Bailee, of: std::ops::Range<u32>) -> anyhow::Result<()> {
    for number in of {
        bailee.token(&owner(number)?, "google").await?;
    }
    Ok(())
}

/// A stream that is open until it is dropped.
async fn listen(app: &Router) -> anyhow::Result<Response> {
    let params = json!({ "notifications": { "toolsListChanged": true } });
    let response = ask_for(app, "subscriptions/listen", params)?.response().await?;
    ensure!(response.status() == StatusCode::OK, "a listener was refused: {}", response.status());
    let stream = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    ensure!(stream, "the answer to a listener is no stream");
    Ok(response)
}
