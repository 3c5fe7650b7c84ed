use axum::extract::State;
use bailee_core::{ConnectRequest, ConnectRequestId, Session};
use bailee_engine::Error;
use chrono::{DateTime, Utc};
use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    answer::Json,
    context::Context,
    error::HttpError,
    extract::{Id, Signed},
};

/// What an agent asks its owner to connect.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConnectRequest)]
pub(crate) struct ConnectRequestView {
    /// 32 hexadecimal digits.
    #[schema(example = "000102030405060708090a0b0c0dfeff")]
    id: String,
    /// The key of a provider or one of its aliases.
    #[schema(example = "google")]
    provider: String,
    /// The name of the provider for people.
    name: &'static str,
    /// The integration to connect again; null for a first connect.
    #[schema(required)]
    integration_id: Option<Uuid>,
    /// Its account for people.
    #[schema(required)]
    account_label: Option<String>,
    /// The OAuth scopes that the agent lacks; none where nothing is connected.
    scopes: Vec<String>,
    /// The profile whose agent asks.
    profile_id: String,
    /// The client of the agent, as it names itself.
    #[schema(required)]
    client: Option<String>,
    /// Until when it can be followed.
    expires_at: DateTime<Utc>,
}

/// A request to connect, with what its owner wants to know of it.
pub(crate) struct Asked {
    pub(crate) request: ConnectRequest,
    /// The name of the provider for people.
    pub(crate) name: &'static str,
    /// The account of the integration to connect again.
    pub(crate) account: Option<String>,
}

impl Asked {
    /// A request to the owner of this session, or to its user in an organization that the session may act in. Anybody
    /// else's is not there.
    pub(crate) async fn find(
        context: &Context,
        parts: &Parts,
        session: &Session,
        id: ConnectRequestId,
    ) -> Result<Self, HttpError> {
        let (bailee, id) = (&context.bailee, id.to_string());
        let owner = bailee.connect_request_owner(session.owner.user_id(), &id).await?;
        let session = context.finishing(parts, session, owner).await?.ok_or(Error::NotFound)?;
        let request = bailee.connect_request(&session.owner, &id).await?;
        // A provider that is offered no more cannot be connected.
        let name = bailee.provider_name(&request.provider).ok_or(Error::NotFound)?;
        let integration = match request.integration {
            Some(id) => bailee.integration(&session.owner, id).await?,
            None => None,
        };
        let account = integration.map(|row| row.account);
        let account = account.map(|account| account.label.unwrap_or_else(|| account.id.to_string()));
        Ok(Self { request, name, account })
    }

    /// The name of the profile for people; its id where the host has none.
    pub(crate) async fn profile_name(&self, context: &Context) -> Result<String, HttpError> {
        let profiles = context.bailee.profiles(&self.request.owner).await?;
        let profile = profiles.into_iter().find(|profile| profile.id == self.request.profile);
        Ok(profile.map_or_else(|| self.request.profile.to_string(), |profile| profile.name))
    }
}

impl From<Asked> for ConnectRequestView {
    fn from(Asked { request, name, account }: Asked) -> Self {
        Self {
            id: request.id.to_string(),
            provider: request.provider.to_string(),
            name,
            integration_id: request.integration.map(|id| *id.as_uuid()),
            account_label: account,
            scopes: request.scopes.iter().map(str::to_owned).collect(),
            profile_id: request.profile.to_string(),
            client: request.client,
            expires_at: request.expires_at,
        }
    }
}

/// What an agent asks its owner to connect, for as long as it can be followed.
#[utoipa::path(
    get,
    path = "/v1/connects/{id}",
    operation_id = "connect_request",
    tag = "agents",
    params(("id" = String, Path, description = "The id at the end of the page's address")),
    responses((status = OK, description = "The request", body = ConnectRequestView)),
)]
pub(crate) async fn read(
    Signed(session): Signed,
    Id(id): Id<ConnectRequestId>,
    State(context): State<Context>,
    parts: Parts,
) -> Result<Json<ConnectRequestView>, HttpError> {
    Ok(Json(Asked::find(&context, &parts, &session, id).await?.into()))
}
