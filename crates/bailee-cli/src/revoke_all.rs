use std::num::NonZeroU32;

use bailee::{
    Bailee, Matching, OrganizationId, Owner, ProviderKey, RevokeFilter, RevokeProgress, RevokedAll,
    RevokedRow,
};
use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::json;

use crate::{
    host,
    outcome::{Outcome, until_stopped},
    progress::Progress,
    settings::Settings,
};

#[derive(Args, Debug)]
pub(crate) struct RevokeAll {
    /// Those of this provider.
    #[arg(long)]
    provider: Option<String>,
    /// Those of all members of this organization; with --owner, those of that member.
    #[arg(long)]
    organization: Option<String>,
    /// Those of this user.
    #[arg(long)]
    owner: Option<String>,
    /// Those that were connected, or connected again, before this moment (RFC 3339).
    #[arg(long, value_name = "MOMENT")]
    connected_before: Option<DateTime<Utc>>,
    /// How many are revoked a second at most.
    #[arg(long, default_value = "10")]
    rate: NonZeroU32,
    /// The name of a sink of the hosts that is told of each integration that goes; may be given again.
    #[arg(long, value_name = "SINK")]
    tell: Vec<String>,
    /// Counts what matches, and changes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Does it.
    #[arg(long)]
    yes: bool,
    /// Writes one object of JSON a line.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(options: &RevokeAll, settings: &Settings) -> Result<Outcome, String> {
    let filter = filter(options)?;
    let bailee = host::host(settings, &options.tell).await?;
    let matching = bailee.count_matching(&filter).await.map_err(|error| error.to_string())?;
    if options.dry_run {
        return Ok(Outcome::good(counted(matching, options.json)));
    }
    if !options.yes {
        let Matching { there, leaving } = matching;
        return Err(format!(
            "{there} integrations would be taken away, and {leaving} more be revoked that are leaving already; \
             --yes does it"
        ));
    }
    // With other keys than those of the host, no grant could be revoked.
    bailee.verify().await.map_err(|error| format!("nothing was changed: {error}"))?;
    revoke(&bailee, &filter, options).await
}

async fn revoke(bailee: &Bailee, filter: &RevokeFilter, options: &RevokeAll) -> Result<Outcome, String> {
    let progress = Progress::new("revoke", false);
    let (mut done, mut of) = (0, 0);
    let observe = |far: RevokeProgress| match far {
        RevokeProgress::Hidden { total, .. } => {
            of = total;
            progress.at(0, total);
        }
        RevokeProgress::Row(row) => {
            done += 1;
            progress.result(&of_row(&row, options.json));
            progress.at(done, of);
        }
        _ => {}
    };
    let sum = until_stopped(bailee.revoke_all(filter, Some(options.rate), observe)).await;
    progress.end();
    let sum = sum?.map_err(|error| error.to_string())?;
    Ok(Outcome {
        text: summed(&sum, options.json),
        aside: String::new(),
        ok: sum.failed == 0 && sum.pending == 0,
    })
}

fn filter(options: &RevokeAll) -> Result<RevokeFilter, String> {
    let invalid = |error: bailee::InvalidId| error.to_string();
    let organization = options.organization.clone().map(OrganizationId::new).transpose().map_err(invalid)?;
    let owner = match (&options.owner, &organization) {
        (None, _) => None,
        (Some(user), None) => Some(Owner::user(user.clone()).map_err(invalid)?),
        (Some(user), Some(organization)) => {
            Some(Owner::member(organization.clone(), user.clone()).map_err(invalid)?)
        }
    };
    let filter = RevokeFilter {
        connected_before: options.connected_before,
        organization,
        owner,
        provider: options.provider.clone().map(ProviderKey::new).transpose().map_err(invalid)?,
    };
    if filter.is_empty() {
        return Err("name at least one of --provider, --organization, --owner, --connected-before".to_owned());
    }
    Ok(filter)
}

fn counted(Matching { there, leaving }: Matching, json: bool) -> String {
    if json {
        return format!("{}\n", json!({ "there": there, "leaving": leaving }));
    }
    format!("{there} integrations match, and {leaving} more that are leaving already\n")
}

fn of_row(RevokedRow { integration, owner, provider, outcome }: &RevokedRow, json: bool) -> String {
    let outcome = outcome.as_str();
    if json {
        let user = owner.user_id();
        let organization = owner.organization();
        return json!({ "integration": integration, "provider": provider, "organization_id": organization,
            "user_id": user, "outcome": outcome })
        .to_string();
    }
    format!("{integration}  {provider}  {owner}  {outcome}")
}

fn summed(sum: &RevokedAll, json: bool) -> String {
    let RevokedAll { hidden, revoked, shared, unsupported, failed, pending } = sum;
    if json {
        let sum = json!({ "hidden": hidden, "revoked": revoked, "shared": shared, "unsupported": unsupported,
            "failed": failed, "pending": pending });
        return format!("{sum}\n");
    }
    format!(
        "{hidden} hidden; {revoked} revoked, {shared} shared, {unsupported} unsupported, {failed} failed, {pending} pending\n"
    )
}
