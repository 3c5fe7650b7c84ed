use anyhow::Result;

use bailee_core::{
    Capabilities, Cardinality, ClientId, ClientRegistration, Provider, RevocationReach, Rotation,
};
use bailee_providers::{ConfigError, Google, GoogleEndpoints, registry};

use crate::support::{CLIENT, google, registration, secret};

const CALENDAR: &str = "https://www.googleapis.com/auth/calendar";

fn lookup<'a>(set: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

#[test]
fn both_variables_offer_google() -> Result<()> {
    let set = [("GOOGLE_CLIENT_ID", " 4821.apps.googleusercontent.com\n"), ("GOOGLE_CLIENT_SECRET", "s")];
    let google = Google::from_lookup(lookup(&set))?;
    let ids = google.iter().flat_map(Provider::registrations).map(|one| one.client_id.as_str());
    assert_eq!(ids.collect::<Vec<_>>(), [CLIENT]);
    assert_eq!(registry::from_lookup(lookup(&set))?.len(), 1);
    Ok(())
}

#[test]
fn without_variables_google_is_not_offered() -> Result<()> {
    for set in [&[][..], &[("GOOGLE_CLIENT_ID", ""), ("GOOGLE_CLIENT_SECRET", "  ")]] {
        assert!(Google::from_lookup(lookup(set))?.is_none());
        assert!(registry::from_lookup(lookup(set))?.is_empty());
    }
    Ok(())
}

#[test]
fn a_half_set_provider_names_the_missing_variable() {
    for (set, missing) in
        [("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"), ("GOOGLE_CLIENT_SECRET", "GOOGLE_CLIENT_ID")]
    {
        let set = [(set, "x")];
        let error = Google::from_lookup(lookup(&set)).err();
        assert_eq!(error, Some(ConfigError::Missing { variable: missing }));
        assert_eq!(registry::from_lookup(lookup(&set)).err(), error);
        assert!(error.is_some_and(|error| error.to_string().contains(missing)));
    }
}

#[test]
fn an_unknown_tool_is_refused_by_name() -> Result<()> {
    let error = Google::new(registration()?)?.with_tools(["list_events", "fly"]).err();
    assert_eq!(error, Some(ConfigError::UnknownTool { name: "fly".to_owned() }));
    Ok(())
}

#[test]
fn the_descriptor_says_what_google_is() -> Result<()> {
    let google = Google::new(registration()?)?;
    let descriptor = google.descriptor();
    assert_eq!((descriptor.key.as_str(), descriptor.name), ("google", "Google"));
    assert_eq!(descriptor.cardinality, Cardinality::One);
    let expected = Capabilities::REFRESH | Capabilities::REVOKE | Capabilities::VALIDATE;
    assert_eq!(descriptor.capabilities, expected);
    assert_eq!(descriptor.rotation, Rotation::Static);
    assert_eq!(descriptor.revocation, RevocationReach::Account);
    let issuer = descriptor.issuer.as_ref().map(|issuer| (issuer.identifier.as_str(), issuer.required));
    assert_eq!(issuer, Some(("https://accounts.google.com", false)));
    assert!(descriptor.token_hosts.iter().all(|host| host.ends_with(".googleapis.com")), "no other");
    let named = google.clone().with_endpoints(GoogleEndpoints::public()?);
    assert_eq!(
        named.descriptor().token_hosts,
        descriptor.token_hosts,
        "the definition names the hosts of every API"
    );
    Ok(())
}

#[test]
fn an_alias_asks_for_what_the_enabled_tools_of_its_service_need() -> Result<()> {
    let aliases = |google: &Google| -> Vec<(String, String)> {
        let aliases = google.descriptor().aliases.iter();
        aliases.map(|alias| (alias.key.to_string(), alias.scopes.as_str().to_owned())).collect()
    };
    let google = google()?;
    assert_eq!(aliases(&google), [("google_calendar".to_owned(), CALENDAR.to_owned())]);
    assert!(aliases(&google.with_tools([])?).is_empty(), "nothing to consent to");
    Ok(())
}

#[test]
fn earlier_clients_stay_known_after_the_one_for_new_connects() -> Result<()> {
    let old = ClientRegistration::new(ClientId::new("old")?, secret("s"));
    let google = Google::new(registration()?)?.with_registration(old);
    let ids = google.registrations().iter().map(|one| one.client_id.as_str());
    assert_eq!(ids.collect::<Vec<_>>(), [CLIENT, "old"]);
    assert!(!format!("{google:?}").contains("GOCSPX"));
    Ok(())
}
