use axum::extract::State;
use bailee_core::{Access, ConnectKind};
use bailee_engine::ProviderSummary;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{answer::Json, context::Context, extract::Signed};

/// A provider that can be connected.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Provider)]
pub(crate) struct ProviderView {
    /// Its key.
    #[schema(example = "google")]
    provider: String,
    /// Its name for people.
    name: &'static str,
    /// What it is connected for, for people: one clause without a full stop and without how far that goes.
    #[schema(example = "Connect Gmail, Calendar, and Drive")]
    description: &'static str,
    /// What a connect would allow just now: `read` or `read_write`; null where nothing can be said.
    #[schema(required, example = "read_write")]
    access: Option<&'static str>,
    /// Where the user manages at the provider which apps have access; null where no such page is known.
    #[schema(required)]
    account_url: Option<String>,
    /// Other keys that start a connect of it, asking for less.
    aliases: Vec<String>,
    /// How an account is joined: `oauth`, `form`, `pairing` or `widget`.
    #[schema(example = "oauth")]
    connect: &'static str,
    /// Whether a test sends a message.
    notifies: bool,
    /// Whether one user may connect several accounts.
    several: bool,
    /// JSON Schema of what `fields` takes, where an account is joined by a form.
    #[schema(required, value_type = Option<Object>)]
    form: Option<serde_json::Value>,
    /// JSON Schema of the settings of an integration that can be changed as `config`; null where there are none.
    #[schema(required, value_type = Option<Object>)]
    settings: Option<serde_json::Value>,
}

impl From<ProviderSummary> for ProviderView {
    fn from(provider: ProviderSummary) -> Self {
        Self {
            provider: provider.key.to_string(),
            name: provider.name,
            description: provider.description,
            access: provider.access.map(Access::as_str),
            account_url: provider.account_url.map(String::from),
            aliases: provider.aliases.iter().map(ToString::to_string).collect(),
            connect: match provider.connect {
                ConnectKind::Form => "form",
                ConnectKind::OAuth => "oauth",
                ConnectKind::Pairing => "pairing",
                ConnectKind::Widget => "widget",
            },
            notifies: provider.notifies,
            several: provider.several,
            form: provider.form,
            settings: provider.settings,
        }
    }
}

/// The providers that can be connected.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Providers)]
pub(crate) struct ProvidersView {
    providers: Vec<ProviderView>,
}

impl From<Vec<ProviderSummary>> for ProvidersView {
    fn from(providers: Vec<ProviderSummary>) -> Self {
        Self { providers: providers.into_iter().map(ProviderView::from).collect() }
    }
}

/// The providers that can be connected.
#[utoipa::path(
    get,
    path = "/v1/providers",
    operation_id = "providers",
    tag = "integrations",
    responses((status = OK, description = "The providers", body = ProvidersView)),
)]
pub(crate) async fn list(Signed(_session): Signed, State(context): State<Context>) -> Json<ProvidersView> {
    Json(context.bailee.providers().into())
}
