//! What bailee costs, beside the same work written by hand.
//!
//! `cargo bench -p benches` measures everything, prints the table and writes it into `docs/performance.md`; with names of
//! sections behind `--` it measures those alone and writes nothing. `-- count [what] <sqlite|postgres> <hand|ours> <calls>`
//! does one thing so often and nothing else, for tools that count instructions; the difference of two lengths is free of
//! what the start costs. Without `what` it gets tokens; else it is one of [`COUNTED`].

mod child;
mod head;
mod http;
mod idle;
mod in_process;
mod machine;
mod mcp;
mod memory;
mod named;
mod noop;
mod page;
mod requests;
mod rewrap;
mod start;
mod token;

use std::path::Path;

use anyhow::{Context as _, bail};
use benches::{Engine, Figures};
use tokio::runtime::{Builder, Runtime};

type Section = fn(&mut Figures) -> anyhow::Result<()>;

const SECTIONS: [(&str, Section); 9] = [
    ("token", token::measure),
    ("http", http::measure),
    ("mcp", mcp::measure),
    ("in_process", in_process::measure),
    ("rewrap", rewrap::measure),
    ("page", page::measure),
    ("head", head::measure),
    ("memory", memory::measure),
    ("start", start::measure),
];

/// What can be counted besides tokens.
const COUNTED: [&str; 5] = ["http/list", "http/link", "mcp/list", "mcp/host", "mcp/account"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| argument != "--bench" && argument != "--test").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut figures = Figures::default();
    match arguments.as_slice() {
        [] => {
            for (_, measure) in SECTIONS {
                measure(&mut figures)?;
            }
            let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/performance.md");
            figures.write_into(&document, &machine::describe()?)
        }
        ["child", what, url] => child::be(what, url),
        ["count", engine, variant, calls] => count(None, engine, variant, calls),
        ["count", what, engine, variant, calls] => count(Some(what), engine, variant, calls),
        names => names.iter().try_for_each(|name| section(name)?(&mut figures)),
    }
}

fn section(name: &str) -> anyhow::Result<Section> {
    let known = SECTIONS.iter().find(|(known, _)| *known == name);
    let Some((_, measure)) = known else {
        let names: Vec<&str> = SECTIONS.iter().map(|(name, _)| *name).collect();
        bail!(
            "no such section: choose of {}, or `count [what] <sqlite|postgres> <hand|ours> <calls>`",
            names.join(", ")
        );
    };
    Ok(*measure)
}

fn count(what: Option<&str>, engine: &str, variant: &str, calls: &str) -> anyhow::Result<()> {
    let engine = Engine::ALL.into_iter().find(|known| known.word() == engine).context("no such engine")?;
    let variant = ["hand", "ours"].iter().position(|known| *known == variant).context("no such variant")?;
    let calls = calls.parse()?;
    match what.map(|what| what.split_once('/')) {
        None => token::count(engine, variant, calls),
        Some(Some(("http", what))) => http::count(what, engine, variant, calls),
        Some(Some(("mcp", what))) => mcp::count(what, engine, variant, calls),
        Some(_) => bail!("this cannot be counted: choose of {}", COUNTED.join(", ")),
    }
}

/// Two workers, as this machine may have no more; the rest of a process's threads belong to the drivers.
fn runtime() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().context("a runtime")
}
