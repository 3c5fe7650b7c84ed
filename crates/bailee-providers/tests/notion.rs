//! Notion, as it describes and configures itself.
#![cfg(feature = "notion")]

use anyhow::Result;
use serde_json::Value;

use bailee_core::{
    Begin, Capabilities, Cardinality, ClientId, ClientRegistration, OAuthScopes, Provider, RefreshMode,
    RevocationReach, Rotation, SecretString,
};
use bailee_providers::{ConfigError, Notion, NotionEndpoints, registry};

const CLIENT: &str = "463f5d20-0000-4000-8000-0000000000aa";
const NAMES: [&str; 8] = [
    "search_notion",
    "get_notion_database",
    "query_database",
    "get_notion_page_content",
    "create_notion_page",
    "create_notion_database",
    "append_to_notion_page",
    "update_notion_page",
];

fn notion() -> Result<Notion> {
    Ok(Notion::new(ClientRegistration::new(ClientId::new(CLIENT)?, SecretString::from("s")))?)
}

fn lookup<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn both_variables_offer_notion_and_one_alone_names_the_other() -> Result<()> {
    let (id, secret) = (("NOTION_CLIENT_ID", CLIENT), ("NOTION_CLIENT_SECRET", "s"));
    let offered = Notion::from_lookup(lookup(&[id, secret]))?;
    let ids = offered.iter().flat_map(Provider::registrations).map(|one| one.client_id.as_str());
    assert_eq!(ids.collect::<Vec<_>>(), [CLIENT]);
    let keys = registry::from_lookup(lookup(&[id, secret]))?;
    assert_eq!(keys.iter().map(|one| one.descriptor().key.as_str()).collect::<Vec<_>>(), ["notion"]);
    assert!(Notion::from_lookup(lookup(&[]))?.is_none());
    for (set, variable) in [(id, secret.0), (secret, id.0)] {
        let error = Notion::from_lookup(lookup(&[set])).err();
        assert_eq!(error, Some(ConfigError::Missing { variable }));
        assert_eq!(registry::from_lookup(lookup(&[set])).err(), error);
    }
    Ok(())
}

#[test]
fn the_descriptor_says_what_notion_is() -> Result<()> {
    let notion = notion()?;
    let descriptor = notion.descriptor();
    assert_eq!((descriptor.key.as_str(), descriptor.name), ("notion", "Notion"));
    assert_eq!(descriptor.cardinality, Cardinality::One);
    let capabilities = Capabilities::REFRESH | Capabilities::REVOKE | Capabilities::VALIDATE;
    assert_eq!(descriptor.capabilities, capabilities);
    assert_eq!((descriptor.refresh, descriptor.rotation), (RefreshMode::Lazy, Rotation::Strict));
    assert_eq!(descriptor.revocation, RevocationReach::Account);
    assert_eq!(descriptor.token_hosts, ["api.notion.com"]);
    Ok(())
}

#[test]
fn other_endpoints_get_the_tokens_and_keep_the_tools() -> Result<()> {
    let endpoints = NotionEndpoints::at(&"https://gateway.example.test/".parse()?)?;
    let notion = notion()?.with_tools(["search_notion"])?.with_endpoints(endpoints.clone());
    assert_eq!(notion.descriptor().token_hosts, ["gateway.example.test"]);
    assert_eq!(notion.tools().len(), 1);
    assert!(!format!("{endpoints:?}{notion:?}").contains("secret"));
    assert!(NotionEndpoints::at(&"data:text/plain,x".parse()?).is_err());
    let unknown = notion.with_tools(["fly"]).err();
    assert_eq!(unknown, Some(ConfigError::UnknownTool { name: "fly".to_owned() }));
    Ok(())
}

#[tokio::test]
async fn no_consent_asks_for_what_the_tools_need() -> Result<()> {
    let request = Begin {
        client_id: &ClientId::new(CLIENT)?,
        redirect_uri: &"https://app.example.test/api/oauth/notion/callback".parse()?,
        state: &SecretString::from("state-1"),
        pkce_verifier: &SecretString::from("verifier-0123456789-0123456789-0123456789-01"),
        alias: None,
        already_granted: &OAuthScopes::parse("read_content")?,
        account: None,
    };
    let begun = notion()?.begin(request).await?;
    let mut names: Vec<String> = begun.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    names.sort_unstable();
    assert_eq!(names, ["client_id", "owner", "redirect_uri", "response_type", "state"]);
    assert!(begun.requested.is_empty());
    Ok(())
}

#[test]
fn every_tool_names_one_capability_and_what_it_cannot_do_without() -> Result<()> {
    let notion = notion()?;
    let told: Vec<(&str, &str, String)> = notion
        .tools()
        .iter()
        .map(|tool| {
            let scopes = tool.scopes.preferred().map_or("", OAuthScopes::as_str);
            (
                tool.name.as_str(),
                scopes,
                tool.input_schema.get("required").map(Value::to_string).unwrap_or_default(),
            )
        })
        .collect();
    let (read, insert, update) = ("read_content", "insert_content", "update_content");
    let expected = [
        (read, ""),
        (read, r#"["database_id"]"#),
        (read, r#"["database_id"]"#),
        (read, r#"["page_id"]"#),
        (insert, r#"["parent_id","title"]"#),
        (insert, r#"["parent_id","title"]"#),
        (insert, r#"["page_id"]"#),
        (update, r#"["page_id","properties"]"#),
    ];
    let expected =
        NAMES.into_iter().zip(expected).map(|(name, (scopes, required))| (name, scopes, required.to_owned()));
    assert_eq!(told, expected.collect::<Vec<_>>());
    Ok(())
}

#[test]
fn schemas_are_in_one_piece() -> Result<()> {
    for tool in notion()?.tools() {
        for schema in [&tool.input_schema, &tool.output_schema] {
            let text = schema.to_string();
            for word in ["$ref", "$defs", "$schema", "oneOf", "anyOf", "\"null\"", "Properties\":true"] {
                assert!(!text.contains(word), "{}: {word} in {text}", tool.name);
            }
        }
    }
    Ok(())
}
