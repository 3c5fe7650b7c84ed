//! The words of the core.

use std::{collections::BTreeMap, time::Duration};

use bailee_core::{
    Account, AccountId, Begin, Begun, ClientCredentials, ClientId, ClientRegistration, Credential, DateTime,
    Delivery, DeliveryTo, Exchange, Grant, IntegrationId, Join, Joined, KeyId, Lifecycle, Notification,
    Notify, OAuthScopes, Owner, Pairing, Previous, ProviderKey, Received, ReceivedEvent, Refresh, Renewal,
    Revoke, Rotation, Scope, Sealed, Start, Started, Status, ToolAccount, ToolCall, ToolName, Uuid, Validate,
    store::{Connection, CredentialRow, NewIntegration, Renewed},
};
use bailee_engine::{
    JoinOptions, Timings, WidgetCallback,
    refresh::{Event, Plan},
};
use bailee_testkit::MockClock;

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
        clock: &MockClock::new(),
    };
    printed.print("bailee-core::Exchange", &exchange);
    printed.print("bailee-core::Refresh", &Refresh { client, credential: &credential });
    printed.print("bailee-core::Revoke", &Revoke { client: Some(client), credential: &credential });
    printed.print(
        "bailee-core::Validate",
        &Validate {
            access_token: &secret,
            further: &BTreeMap::new(),
            account: &account,
            config: &serde_json::Map::new(),
        },
    );
    let renewal = Renewal {
        access_token: canary(),
        refresh_token: Some(canary()),
        extra: credential.extra.iter().map(|(name, secret)| (name.clone(), Some(secret.clone()))).collect(),
        expires_in: Some(Duration::from_secs(1)),
        granted: None,
        surprises: Vec::new(),
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

/// What joins accounts without OAuth, what comes in, and what goes out to owners.
pub(crate) fn joining(printed: &mut Printed) -> anyhow::Result<()> {
    let (secret, config) = (canary(), serde_json::Map::new());
    let link: url::Url = format!("https://chat.example/?start={CANARY}").parse()?;
    let account = account()?;
    let credential = Credential::new(canary());
    let widget = serde_json::Map::from_iter([("nonce".to_owned(), CANARY.into())]);
    printed.print(
        "bailee-core::Start",
        &Start { word: &secret, account: None, hook: &"https://b.example".parse()? },
    );
    printed.print("bailee-core::Started", &Started::Link(link.clone()));
    printed.print("bailee-core::Started", &Started::Widget(widget));
    let previous = Previous { credential: &credential, config: &config };
    printed.print("bailee-core::Previous", &previous);
    let hook = "https://b.example".parse()?;
    let join = Join {
        fields: &secret,
        word: &secret,
        random: &secret,
        hook: &hook,
        previous: Some(previous),
        now: DateTime::UNIX_EPOCH,
    };
    printed.print("bailee-core::Join", &join);
    let grant = Grant {
        credential: credential.clone(),
        account: account.clone(),
        expires_in: None,
        granted: None,
        config: config.clone(),
    };
    printed.print("bailee-core::Joined", &Joined { grant, shown_once: Some(canary()), link: Some(link) });
    let to = DeliveryTo { account: &account, credential: &credential, config: &config };
    printed.print("bailee-core::DeliveryTo", &to);
    let mut headers = http::HeaderMap::new();
    headers.insert("x-secret", CANARY.parse()?);
    let body = CANARY.as_bytes();
    let delivery = Delivery { to: Some(to), headers: &headers, body, now: DateTime::UNIX_EPOCH };
    printed.print("bailee-core::Delivery", &delivery);
    let pairing = Pairing {
        word: canary(),
        account: account.clone(),
        credential: Some(credential.clone()),
        config: config.clone(),
    };
    printed.print("bailee-core::Pairing", &pairing);
    let event = ReceivedEvent::Paired(pairing);
    printed.print("bailee-core::ReceivedEvent", &event);
    printed.print("bailee-core::Received", &Received { id: "1".to_owned(), event });
    let tool_account = ToolAccount {
        integration: IntegrationId::from_parts(1, [0; 10]),
        account: &account,
        access_token: &secret,
        config: &config,
    };
    let notification = Notification::new("a.b", "title", "text")?;
    let notify = Notify {
        account: &tool_account,
        notification: &notification,
        id: Uuid::nil(),
        said_at: DateTime::UNIX_EPOCH,
        now: DateTime::UNIX_EPOCH,
    };
    printed.print("bailee-core::Notify", &notify);
    printed.print("bailee-engine::JoinOptions", &JoinOptions::new("mail", canary()));
    let callback = WidgetCallback {
        provider: "bank".to_owned(),
        word: canary(),
        fields: canary(),
        nonce: Some(canary()),
        verifier: Some(canary()),
    };
    printed.print("bailee-engine::WidgetCallback", &callback);
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
        announcement: None,
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
        refreshed: None,
        recovered: None,
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
