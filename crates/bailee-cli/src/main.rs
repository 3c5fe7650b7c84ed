#![doc = include_str!("../README.md")]

mod check;
mod endpoint;
mod host;
mod keys;
mod migrate;
mod outcome;
mod progress;
mod report;
mod revoke_all;
mod settings;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};

use crate::{keys::Keys, outcome::Outcome, report::Report, revoke_all::RevokeAll, settings::Settings};

/// What a host of bailee is configured with.
#[derive(Debug, Parser)]
#[command(name = "bailee", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The keys that seal credentials, and what they have sealed.
    #[command(subcommand)]
    Keys(Keys),
    /// Brings the tables of `BAILEE_DATABASE_URL` up to date.
    Migrate {
        /// Writes the SQL that is pending, and executes nothing.
        #[arg(long)]
        print: bool,
    },
    /// The providers of the environment.
    #[command(subcommand)]
    Providers(Providers),
    /// Takes away and revokes every integration that matches all that is named: for an incident.
    RevokeAll(RevokeAll),
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
    let result = run(arguments.command, &settings).await;
    // Whoever closed the pipe wants to read no more.
    let ok = match result {
        Ok(Outcome { text, aside, ok }) => {
            let _ = io::stderr().write_all(aside.as_bytes());
            let _ = io::stdout().write_all(text.as_bytes());
            ok
        }
        Err(problem) => {
            let _ = io::stderr().write_all(format!("bailee: {problem}\n").as_bytes());
            false
        }
    };
    if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn run(command: Command, settings: &Settings) -> Result<Outcome, String> {
    match command {
        Command::Keys(command) => keys::run(command, settings).await,
        Command::Migrate { print: true } => migrate::print(settings).await.map(Outcome::good),
        Command::Migrate { print: false } => {
            migrate::migrate(settings).await.map(|()| Outcome::good(migrate::DONE.to_owned()))
        }
        Command::Providers(Providers::Check(options)) => {
            let report = check::check(settings, options.offline).await?;
            Ok(Outcome { ok: report.ok, ..Outcome::good(written(&report, options.json)?) })
        }
        Command::RevokeAll(options) => revoke_all::run(&options, settings).await,
    }
}

fn written(report: &Report, json: bool) -> Result<String, String> {
    if !json {
        return Ok(report.to_string());
    }
    let text = serde_json::to_string_pretty(report).map_err(|_| "the report cannot be written".to_owned())?;
    Ok(text + "\n")
}
