//! The words of the core.

use std::time::Duration;

use bailee_core::{
    Account, AccountId, Begin, Begun, ClientCredentials, ClientId, ClientRegistration, Credential, DateTime,
    Exchange, Grant, IntegrationId, KeyId, Lifecycle, OAuthScopes, Owner, ProviderKey, Refresh, Renewal,
    Revoke, Rotation, Scope, Sealed, Status, ToolAccount, ToolCall, ToolName, Uuid, Validate,
    store::{Connection, CredentialRow, NewIntegration, Renewed},
};
use bailee_engine::{
    Timings,
    refresh::{Event, Plan},
};

use crate::{CANARY, Printed, canary};

fn account() -> anyhow::Result<Account> {
    Ok(Account { id: AccountId::new("account")?, label: None })
}

/// What providers are asked, and what they bring home.
pub(crate) fn requests(printed: &mut Printed) -> anyhow::Result<()> {
    let (secret, client_id, scopes) = (canary(), ClientId::new("client")?, OAuthScopes::default());
    let redirect_uri = "https://backend.example/callback".parse()?;
    let mut credential = Credential::new(canary()).with_refresh_token(canary());
    credential.extra.insert("user_token".to_owned(), canary());
    let client = ClientCredentials { client_id: &client_id, secret: Some(&secret) };
    let account = account()?;
    printed.print("bailee-core::ClientCredentials", &client);
    printed.print("bailee-core::ClientRegistration", &ClientRegistration::new(client_id.clone(), canary()));
    printed.print("bailee-core::Credential", &credential);
    let begin = Begin {
        client_id: &client_id,
        redirect_uri: &redirect_uri,
        state: &secret,
        pkce_verifier: &secret,
        alias: None,
        already_granted: &scopes,
        account: None,
    };
    printed.print("bailee-core::Begin", &begin);
    let url = format!("https://as.example/authorize?state={CANARY}").parse()?;
    printed.print("bailee-core::Begun", &Begun { url, requested: scopes.clone() });
    let exchange = Exchange {
        client,
        code: &secret,
        pkce_verifier: &secret,
        redirect_uri: &redirect_uri,
        requested: &scopes,
    };
    printed.print("bailee-core::Exchange", &exchange);
    printed.print("bailee-core::Refresh", &Refresh { client, credential: &credential });
    printed.print("bailee-core::Revoke", &Revoke { client: Some(client), credential: &credential });
    printed.print(
        "bailee-core::Validate",
        &Validate { access_token: &secret, account: &account, config: &serde_json::Map::new() },
    );
    let renewal = Renewal {
        access_token: canary(),
        refresh_token: Some(canary()),
        extra: credential.extra.clone(),
        expires_in: Some(Duration::from_secs(1)),
        granted: None,
    };
    printed.print("bailee-core::Renewal", &renewal);
    let tool = ToolName::new("tool")?;
    let tool_account = ToolAccount {
        integration: IntegrationId::from_parts(1, [0; 10]),
        account: &account,
        access_token: &secret,
        config: &serde_json::Map::new(),
    };
    printed.print("bailee-core::ToolAccount", &tool_account);
    let arguments = serde_json::json!({});
    let call = ToolCall {
        tool: &tool,
        arguments: &arguments,
        accounts: &[tool_account],
        idempotency_key: None,
        id: Uuid::nil(),
        now: DateTime::UNIX_EPOCH,
    };
    printed.print("bailee-core::ToolCall", &call);
    let config = serde_json::Map::new();
    printed
        .print("bailee-core::Grant", &Grant { credential, account, expires_in: None, granted: None, config });
    Ok(())
}

/// What is written into the row of an integration. The canary stands in the place of the record.
pub(crate) fn records(printed: &mut Printed) -> anyhow::Result<()> {
    let (id, owner, provider) =
        (IntegrationId::from_parts(1, [0; 10]), Owner::user("u1")?, ProviderKey::new("google")?);
    let (client, account, scopes) = (ClientId::new("client")?, account()?, OAuthScopes::default());
    let sealed = Sealed { bytes: CANARY.as_bytes().to_vec(), key: KeyId::new([7; 8]) };
    printed.print("bailee-core::Sealed", &sealed);
    let connection = Connection {
        client: Some(client.clone()),
        account: account.clone(),
        requested: scopes.clone(),
        granted: None,
        sealed: sealed.clone(),
        refreshable: true,
        expires_in: None,
    };
    printed.print("bailee-core::Connection", &connection);
    let new = NewIntegration {
        id,
        owner: owner.clone(),
        provider: provider.clone(),
        slot: String::new(),
        connection,
        scope: Scope::All,
        bound_profile: None,
        config: serde_json::Map::new(),
    };
    printed.print("bailee-core::NewIntegration", &new);
    let renewed = Renewed {
        lease_epoch: 1,
        lease_owner: [0; 16],
        sealed,
        access_expires_ms: None,
        access_lifetime_ms: None,
        granted: None,
        refreshable: true,
    };
    printed.print("bailee-core::Renewed", &renewed);
    let row = CredentialRow {
        id,
        owner,
        provider,
        client: Some(client),
        account,
        lifecycle: Lifecycle::Connected,
        status: Status::Valid,
        dead_reason: None,
        enabled: true,
        scope: Scope::All,
        bound_profile: None,
        requested: scopes,
        granted: None,
        sealed: CANARY.as_bytes().to_vec(),
        secret_epoch: 1,
        lease_epoch: 1,
        lease_owner: None,
        lease_until_ms: 0,
        unknown_epoch: 0,
        refreshable: true,
        access_expires_ms: None,
        access_lifetime_ms: None,
        next_refresh_ms: 0,
        refresh_failures: 0,
        now_ms: 0,
    };
    printed.print("bailee-core::CredentialRow", &row);
    // Holds the row while it is refreshed.
    let plan = Plan { timings: Timings::default(), rotation: Rotation::Static, forced: true, jitter: 0 };
    let (refresh, action) = bailee_engine::refresh::Refresh::begin(plan, &row, Duration::ZERO);
    printed.print("bailee-engine::Refresh", &refresh);
    printed.print("bailee-engine::Action", &action);
    printed.print("bailee-engine::Event", &Event::Row(Some(&row)));
    Ok(())
}
