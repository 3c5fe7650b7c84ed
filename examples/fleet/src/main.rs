//! Several processes of one host on one PostgreSQL.
//!
//! `cargo run -p fleet`: the tokens of thousands of integrations expire together, and a provider with a rate limit renews
//! them. `cargo run -p fleet -- storm`: a thousand callers want the token of one row at once.
//!
//! The provider is a mock on this machine; nothing leaves it but what goes to the database, into a schema of its own. The
//! program fails when anything was refreshed twice or a caller went away without a token.
#![expect(clippy::print_stdout, reason = "an example that tells what it does")]

mod callers;
mod database;
mod fill;
mod host;
mod latency;
mod limited;
mod process;
mod provider;
mod storm;
mod watch;
mod wave;
mod words;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{storm::Storm, wave::Wave};

/// Several processes of one host, and tokens that expire together.
#[derive(Debug, Parser)]
#[command(name = "fleet", version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(flatten)]
    wave: Wave,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// One process of the host: its orders come from its parent.
    #[command(hide = true)]
    Host,
    /// Many callers in several processes want the token of one expired row at once.
    Storm(Storm),
}

/// Wrong arguments end the process with 2, before anything else; 1 means that something was not as it should be.
#[tokio::main]
async fn main() -> ExitCode {
    match run(&Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            // Whoever closed the pipe wants to read no more.
            let _ = io::stderr().write_all(format!("fleet: {error:#}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}

/// Whether all went well.
async fn run(arguments: &Arguments) -> Result<bool> {
    match &arguments.command {
        None => wave::run(&arguments.wave).await,
        Some(Command::Host) => host::run().await.map(|()| true),
        Some(Command::Storm(storm)) => storm::run(storm).await,
    }
}
