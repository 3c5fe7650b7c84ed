//! The command as it is run, with an environment of the test's own.

use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

const SECRET: &str = "s3cret-of-the-test";
const BASE_URL: (&str, &str) = ("BAILEE_BASE_URL", "https://backend.example.com/app");
const GOOGLE: [(&str, &str); 2] =
    [("GOOGLE_CLIENT_ID", "4821.apps.example"), ("GOOGLE_CLIENT_SECRET", SECRET)];
const CHECK: [&str; 3] = ["providers", "check", "--offline"];

fn bailee(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bailee"));
    let output = command.args(arguments).env_clear().envs(variables.iter().copied()).output()?;
    let all = [output.stdout.clone(), output.stderr.clone()].concat();
    ensure!(!String::from_utf8_lossy(&all).contains(SECRET), "a secret is shown");
    Ok(output)
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn lines(output: &Output) -> Vec<String> {
    text(output).lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

fn json(variables: &[(&str, &str)]) -> Result<(Option<i32>, Value)> {
    let output = bailee(&["providers", "check", "--offline", "--json"], variables)?;
    Ok((output.status.code(), serde_json::from_slice(&output.stdout)?))
}

fn provider<'a>(report: &'a Value, key: &str) -> Result<&'a Value> {
    let providers = report["providers"].as_array().context("a list of providers")?;
    providers.iter().find(|provider| provider["provider"] == key).context("the provider")
}

#[test]
fn an_operator_reads_what_to_register_and_what_is_asked_for() -> Result<()> {
    let output = bailee(&CHECK, &[&[BASE_URL][..], &GOOGLE].concat())?;
    ensure!(output.status.code() == Some(0), "{output:?}");
    let lines = lines(&output);
    for expected in [
        "base URL https://backend.example.com/app",
        "google offered",
        "redirect URI https://backend.example.com/app/api/oauth/google/callback",
        "x not configured",
    ] {
        ensure!(lines.iter().any(|line| line == expected), "{expected:?} is not in {lines:#?}");
    }
    let with =
        |start: &str, part: &str| lines.iter().any(|line| line.starts_with(start) && line.contains(part));
    ensure!(with("tools", "create_event") && with("OAuth scopes", "openid"), "{lines:#?}");
    ensure!(
        with("endpoint", "googleapis.com") && !with("reachable", ""),
        "offline, nobody is asked: {lines:#?}"
    );
    Ok(())
}

#[test]
fn a_half_set_provider_names_its_missing_variable_and_hides_no_other() -> Result<()> {
    let slack = ("SLACK_CLIENT_SECRET", SECRET);
    let (code, report) = json(&[&[BASE_URL, slack][..], &GOOGLE].concat())?;
    ensure!(code == Some(1) && report["ok"] == false, "{report:#}");
    let expected = json!({ "provider": "slack", "status": "half_set", "missing": "SLACK_CLIENT_ID" });
    ensure!(*provider(&report, "slack")? == expected, "{report:#}");
    ensure!(provider(&report, "google")?["status"] == "offered", "{report:#}");
    let output = bailee(&CHECK, &[BASE_URL, slack])?;
    ensure!(text(&output).contains("half set, SLACK_CLIENT_ID is missing"), "{output:?}");
    Ok(())
}

#[test]
fn a_provider_that_delivers_has_a_hook_and_one_without_oauth_no_redirect_uri() -> Result<()> {
    let token = format!("781700368:{SECRET}-and-so-on-0123456789");
    let (code, report) = json(&[BASE_URL, ("TELEGRAM_BOT_TOKEN", &token)])?;
    ensure!(code == Some(0) && report["ok"] == true, "{report:#}");
    let telegram = provider(&report, "telegram")?;
    ensure!(telegram["hook"] == "https://backend.example.com/app/api/hooks/telegram/shared", "{report:#}");
    ensure!(telegram["redirect_uri"].is_null() && telegram["scopes"] == json!([]), "{report:#}");
    ensure!(
        telegram["endpoints"] == json!([{ "host": "api.telegram.org", "reachable": null }]),
        "{report:#}"
    );
    Ok(())
}

#[test]
fn a_variable_that_cannot_be_is_named_without_its_value() -> Result<()> {
    let (code, report) = json(&[BASE_URL, ("TELEGRAM_BOT_TOKEN", SECRET)])?;
    ensure!(code == Some(1), "{report:#}");
    let problem = provider(&report, "telegram")?["problem"].as_str().unwrap_or_default();
    ensure!(problem.contains("TELEGRAM_BOT_TOKEN"), "{report:#}");
    Ok(())
}

#[test]
fn a_base_url_that_is_missing_or_unsafe_is_a_problem() -> Result<()> {
    let login = format!("https://user:{SECRET}@backend.example.com");
    for variables in
        [vec![], vec![("BAILEE_BASE_URL", "http://backend.example.com")], vec![("BAILEE_BASE_URL", &*login)]]
    {
        let (code, report) = json(&[&variables[..], &GOOGLE].concat())?;
        ensure!(code == Some(1) && report["base_url"].is_null(), "{report:#}");
        let problem = report["base_url_problem"].as_str().unwrap_or_default();
        ensure!(problem.starts_with("BAILEE_BASE_URL"), "{report:#}");
        let google = provider(&report, "google")?;
        ensure!(google["redirect_uri"].is_null() && google["scopes"] != json!([]), "{report:#}");
    }
    Ok(())
}

#[test]
fn wrong_arguments_are_told_apart() -> Result<()> {
    for arguments in [&[][..], &["providers"], &["providers", "check", "--onlin"], &["serve"]] {
        let output = bailee(arguments, &[BASE_URL])?;
        ensure!(output.status.code() == Some(2) && output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
    ensure!(bailee(&["--help"], &[])?.status.success());
    Ok(())
}

#[test]
fn a_database_is_migrated_and_once_more_does_no_harm() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let url = format!("sqlite://{}", directory.path().join("host.db").display());
    for _ in 0..2 {
        let output = bailee(&["migrate"], &[("BAILEE_DATABASE_URL", &url)])?;
        ensure!(
            output.status.code() == Some(0) && text(&output) == "the tables are up to date\n",
            "{output:?}"
        );
    }
    Ok(())
}

#[test]
fn the_sql_of_a_migration_is_printed_and_not_executed() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let url = format!("sqlite://{}", directory.path().join("host.db").display());
    let variables = [("BAILEE_DATABASE_URL", &*url)];
    for _ in 0..2 {
        let output = bailee(&["migrate", "--print"], &variables)?;
        let sql = text(&output);
        ensure!(output.status.success() && sql.contains("user_integrations"), "{output:?}");
        ensure!(sql.lines().all(|line| line.ends_with(';')), "{sql}");
    }
    bailee(&["migrate"], &variables)?;
    let output = bailee(&["migrate", "--print"], &variables)?;
    ensure!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    Ok(())
}

#[test]
fn a_database_that_cannot_be_opened_is_a_problem_without_its_password() -> Result<()> {
    let oracle = format!("oracle://user:{SECRET}@127.0.0.1/db");
    for variables in [&[][..], &[("BAILEE_DATABASE_URL", &*oracle)]] {
        let output = bailee(&["migrate"], variables)?;
        ensure!(output.status.code() == Some(1) && output.stdout.is_empty(), "{output:?}");
        ensure!(output.stderr.starts_with(b"bailee: "), "{output:?}");
    }
    Ok(())
}
