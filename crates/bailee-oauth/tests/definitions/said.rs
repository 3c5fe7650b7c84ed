//! What the definitions of five real providers say.

use anyhow::Result;

use crate::support::{GOOGLE, LINKEDIN, NOTION, SLACK, X, begin, parameter, provider};
use bailee_core::{
    Capabilities, Cardinality, Provider as _, ProviderDescriptor, RefreshMode, RevocationReach, Rotation,
};

fn descriptor(definition: &str) -> Result<ProviderDescriptor> {
    Ok(provider(definition)?.descriptor().clone())
}

#[test]
fn google_keeps_its_refresh_token_and_revokes_the_whole_account() -> Result<()> {
    let google = descriptor(GOOGLE)?;
    assert_eq!((google.key.as_str(), google.name), ("google", "Google"));
    let expected = Capabilities::REFRESH | Capabilities::REVOKE | Capabilities::VALIDATE;
    assert_eq!(google.capabilities, expected);
    assert_eq!((google.rotation, google.refresh), (Rotation::Static, RefreshMode::Ahead));
    assert_eq!(google.revocation, RevocationReach::Account);
    assert_eq!(google.cardinality, Cardinality::One);
    let issuer = google.issuer.map(|issuer| issuer.identifier);
    assert_eq!(issuer.as_deref(), Some("https://accounts.google.com"));
    Ok(())
}

#[test]
fn x_answers_to_its_old_name() -> Result<()> {
    let x = descriptor(X)?;
    assert!(x.answers_to(&"twitter".try_into()?));
    assert!(x.definitions.is_empty(), "an alias without a name is no server");
    assert_eq!(x.token_hosts, ["api.x.com"], "the consent page gets no token");
    Ok(())
}

#[tokio::test]
async fn linkedin_asks_for_the_same_scopes_whatever_was_granted() -> Result<()> {
    let linkedin = provider(LINKEDIN)?;
    let begun = begin(&linkedin, "r_member_social").await?;
    assert_eq!(parameter(&begun, "scope").as_deref(), Some("email openid profile w_member_social"));
    assert_eq!(parameter(&begun, "code_challenge"), None);
    let capabilities = linkedin.descriptor().capabilities;
    assert_eq!(capabilities, Capabilities::REFRESH | Capabilities::VALIDATE, "there is no revocation");
    Ok(())
}

#[tokio::test]
async fn notion_asks_for_no_scope() -> Result<()> {
    let notion = provider(NOTION)?;
    let begun = begin(&notion, "read_content").await?;
    assert_eq!(parameter(&begun, "scope"), None);
    assert!(begun.requested.is_empty(), "what is not asked for was not requested");
    assert_eq!(parameter(&begun, "owner").as_deref(), Some("user"));
    assert_eq!(notion.descriptor().rotation, Rotation::Strict);
    Ok(())
}

#[test]
fn slack_shares_its_token_between_the_people_of_a_workspace() -> Result<()> {
    let slack = descriptor(SLACK)?;
    assert_eq!(slack.revocation, RevocationReach::Account);
    assert!(matches!(slack.rotation, Rotation::Grace(_)));
    Ok(())
}
