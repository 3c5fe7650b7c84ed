//! What a definition may not say, and how that is told.

use anyhow::{Context as _, Result, ensure};

use crate::support::GOOGLE;
use bailee_oauth::{DefinitionError, OAuthDefinition};

const SOUND: &str = r#"key = "example"
name = "Example"
token_hosts = ["as.example"]

[authorize]
request.url = "https://login.example/authorize"

[token]
request.url = "https://as.example/token"

[userinfo]
request.url = "https://as.example/userinfo"

[account]
id = ["/sub"]
"#;

/// The mistake of a definition that is sound but for this.
fn mistake(replace: &str, by: &str) -> Result<DefinitionError> {
    ensure!(SOUND.contains(replace), "{replace} is not there");
    let text = SOUND.replacen(replace, by, 1);
    OAuthDefinition::from_toml(&text).err().with_context(|| format!("{by} is taken"))
}

#[test]
fn a_mistake_tells_its_field_and_its_place() -> Result<()> {
    let error = mistake("[userinfo]", "response.access_token = \"access_token\"\n[userinfo]")?;
    assert_eq!(error.to_string(), "token.response.access_token: must begin with \"/\" (line 11, column 25)");
    let json = "{\n  \"key\": \"example\",\n  \"nmae\": \"Example\"\n}";
    let error = OAuthDefinition::from_json(json).err().context("a mistake")?;
    assert_eq!(error.field, "nmae");
    assert_eq!(error.position.map(|position| position.line), Some(3));
    assert!(error.problem.starts_with("unknown field `nmae`, expected"), "{error}");
    Ok(())
}

#[test]
fn each_mistake_is_told_by_its_field() -> Result<()> {
    for (replace, by, field, problem) in [
        ("key = \"example\"", "key = \"No Key\"", "key", "not allowed"),
        ("name = \"Example\"", "name = \" \"", "name", "must not be empty"),
        ("name = \"Example\"", "name = \"Example\"\ncolour = 1", "colour", "unknown field"),
        ("name = \"Example\"", "", "definition", "missing field `name`"),
        ("[\"as.example\"]", "[\"as.example:443\"]", "token_hosts", "without scheme and port"),
        ("https://as.example/token", "http://as.example/token", "token.request.url", "https"),
        ("https://as.example/token", "https://u:p@as.example/token", "token.request.url", "without login"),
        ("https://login.example/", "http://login.example/", "authorize.request.url", "https"),
        ("/authorize\"", "/authorize?state=1\"", "authorize.request.url", "protocol"),
        ("https://as.example/token", "https://evil.example/", "token.request.url", "host of token_hosts"),
        ("https://as.example/userinfo", "https://evil.example/", "userinfo.request.url", "token_hosts"),
        ("[token]", "[token]\nrequest.method = \"get\"", "token.request.method", "carries a secret"),
        ("[token]", "[token]\nrequest.parameters = { code = \"1\" }", "token.request.parameters", "protocol"),
        ("[token]", "[token]\nrequest.headers = { Host = \"a\" }", "token.request.headers", "header"),
        (
            "[authorize]",
            "[authorize]\nrequest.headers = { A = \"a\" }",
            "authorize.request.headers",
            "browser",
        ),
        ("[authorize]", "[authorize]\naccount_hint = \"state\"", "authorize.account_hint", "protocol"),
        ("[authorize]", "[authorize]\npkce = \"plain\"", "authorize.pkce", "unknown variant"),
        ("id = [\"/sub\"]", "id = []", "account.id", "at least one"),
        ("[account]", "[scopes]\nseparator = \";\"\n[account]", "scopes.separator", "blank or a comma"),
        ("[account]", "[scopes]\nlist = [{ name = \"a b\" }]\n[account]", "scopes.list[0].name", "scope"),
        ("[account]", "[errors]\nrules = [{ class = \"client\" }]\n[account]", "errors.rules[0]", "status"),
        ("[account]", "[errors]\nreset_header = \"a b\"\n[account]", "errors.reset_header", "header"),
        (
            "[account]",
            "[refresh]\nrotation = { rotates = {} }\n[account]",
            "refresh.rotation.rotates",
            "grace",
        ),
    ] {
        let error = mistake(replace, by)?;
        assert_eq!(error.field, field, "{error}");
        assert!(error.problem.contains(problem), "{error}");
        assert!(error.position.is_some() || field == "definition", "{error}");
    }
    Ok(())
}

#[test]
fn what_is_named_has_to_be_there() {
    let without_userinfo = SOUND.replace("[userinfo]\nrequest.url = \"https://as.example/userinfo\"\n", "");
    let of_token = without_userinfo.replace("[account]", "[account]\nsource = \"token\"");
    let probed = |probe: &str| format!("probe = \"{probe}\"\n{of_token}");
    for (text, mistaken) in [
        (without_userinfo.clone(), Some("account.source")),
        (probed("userinfo"), Some("probe")),
        (probed("introspection"), Some("probe")),
        (probed("none"), None),
    ] {
        let error = OAuthDefinition::from_toml(&text).err();
        assert_eq!(error.as_ref().map(|error| error.field.as_str()), mistaken, "{text}");
    }
}

#[test]
fn text_that_is_no_document_is_told_with_its_place() -> Result<()> {
    let error = OAuthDefinition::from_toml("key = \"example\"\nname = ").err().context("a mistake")?;
    assert_eq!(error.position.map(|position| position.line), Some(2), "{error}");
    let error = OAuthDefinition::from_json("{\"key\": ").err().context("a mistake")?;
    assert_eq!(error.position.map(|position| position.line), Some(1), "{error}");
    assert!(!error.problem.contains("at line"), "{error}");
    assert!(OAuthDefinition::from_json("{} {}").is_err());
    Ok(())
}

#[test]
fn a_definition_shows_no_address() -> Result<()> {
    let shown = format!("{:?}", OAuthDefinition::from_toml(GOOGLE)?);
    assert!(shown.contains("google") && !shown.contains("https"), "{shown}");
    Ok(())
}
