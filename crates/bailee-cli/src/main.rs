#![doc = include_str!("../README.md")]

mod check;
mod endpoint;
mod migrate;
mod report;
mod settings;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::{report::Report, settings::Settings};

/// What a host of bailee is configured with.
#[derive(Debug, Parser)]
#[command(name = "bailee", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Brings the tables of `BAILEE_DATABASE_URL` up to date.
    Migrate {
        /// Writes the SQL that is pending, and executes nothing.
        #[arg(long)]
        print: bool,
    },
    /// The providers of the environment.
    #[command(subcommand)]
    Providers(Providers),
}

#[derive(Debug, Subcommand)]
enum Providers {
    /// Tells what is configured, what to register with each provider, and what is wrong.
    Check(Check),
}

#[derive(Args, Debug)]
struct Check {
    /// Writes JSON.
    #[arg(long)]
    json: bool,
    /// Asks no provider whether it can be reached.
    #[arg(long)]
    offline: bool,
}

/// Wrong arguments end the process with 2, before anything else.
#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = Settings::from_env();
    let result = match arguments.command {
        Command::Migrate { print: true } => migrate::print(&settings).await.map(|sql| (sql, true)),
        Command::Migrate { print: false } => {
            migrate::migrate(&settings).await.map(|()| (migrate::DONE.to_owned(), true))
        }
        Command::Providers(Providers::Check(options)) => {
            let report = check::check(&settings, options.offline).await;
            report.and_then(|report| Ok((written(&report, options.json)?, report.ok)))
        }
    };
    // Whoever closed the pipe wants to read no more.
    let (_, ok) = match result {
        Ok((text, ok)) => (io::stdout().write_all(text.as_bytes()), ok),
        Err(problem) => (io::stderr().write_all(format!("bailee: {problem}\n").as_bytes()), false),
    };
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn written(report: &Report, json: bool) -> Result<String, String> {
    if !json {
        return Ok(report.to_string());
    }
    let text = serde_json::to_string_pretty(report).map_err(|_| "the report cannot be written".to_owned())?;
    Ok(text + "\n")
}
