use axum::{extract::State, response::Response};
use bailee_core::{Action, SecretString, Session};
use bailee_engine::{Arrival, Callback, Connected, Error, Returned, WidgetCallback};
use http::{HeaderMap, Method, request::Parts};
use serde_json::Value;

use crate::{
    answer::see_other, body::Members, context::Context, error::HttpError, extract::Service, page,
    query::Query,
};

/// The return target whose page a failure links to.
const RETURN_TARGET: &str = "integrations";

/// Where providers return to.
///
/// Finishes the connect for the browser that began it, signed in; hands any other arrival over to the page, which must
/// prove itself.
#[utoipa::path(
    get,
    path = "/api/oauth/{provider}/callback",
    operation_id = "oauth_callback",
    tag = "oauth",
    params(
        ("provider" = String, Path, description = "The key of a provider or one of its aliases"),
        ("state" = String, Query, description = "Binds the answer to the connect that was begun"),
        ("code" = Option<String>, Query, description = "The authorization code, on success"),
        ("error" = Option<String>, Query, description = "The error word, on failure"),
        ("iss" = Option<String>, Query, description = "The issuer (RFC 9207)"),
    ),
    responses(
        (status = SEE_OTHER, description = "On to the page that the connect was begun from", headers(("Location" = String))),
        (status = "4XX", description = "A page that says why not", body = String, content_type = "text/html"),
        (status = "5XX", description = "A page that says so", body = String, content_type = "text/html"),
    ),
    security(()),
    extensions(("x-bailee-widens" = json!(true))),
)]
pub(crate) async fn arrive(
    service: Result<Service, HttpError>,
    State(context): State<Context>,
    parts: Parts,
) -> Response {
    let arrived = match service {
        Ok(Service(provider)) => arrived(&context, provider, &parts).await,
        Err(_) => Err(Error::LinkInvalid.into()),
    };
    match arrived.and_then(|location| see_other(&location)) {
        Ok(response) => response,
        Err(error) => {
            let back = context.bailee.return_url(RETURN_TARGET);
            page::failed(&context.style, &error, back.as_ref().map(url::Url::as_str))
        }
    }
}

async fn arrived(context: &Context, provider: String, parts: &Parts) -> Result<url::Url, HttpError> {
    // HEAD is safe by its definition, and this is not.
    if parts.method != Method::GET {
        return Err(HttpError::MethodNotAllowed);
    }
    let visitor = context.visitor(parts).await;
    if let Some(session) = &visitor {
        context.bailee.require_human(session, Action::Connect).await?;
    }
    let returned = returned(provider, Query::of(&parts.uri))?;
    let nonce = context.cookie.read(&parts.headers);
    let session = match visitor {
        Some(session) => of_flow(context, parts, session, &returned).await,
        None => None,
    };
    Ok(match context.bailee.arrived(returned, session.as_ref(), nonce.as_ref()).await? {
        Arrival::Finished { location, .. } | Arrival::HandedOver { location } => location,
    })
}

/// The session as the one that may finish this flow, access to the flow's organization checked again. Anybody else is
/// a stranger here, whose arrival is handed over.
async fn of_flow(context: &Context, parts: &Parts, session: Session, returned: &Returned) -> Option<Session> {
    let user = session.owner.user_id();
    let owner = context.bailee.flow_owner(&returned.provider, &returned.state, user).await.ok()?;
    context.finishing(parts, &session, owner).await.ok().flatten()
}

/// Reads what the provider sent. A repeated parameter is answered like an unknown link: which of the two counts is
/// what mixes implementations up.
fn returned(provider: String, query: Query<'_>) -> Result<Returned, HttpError> {
    let get = |name| query.get(name).map_err(|_| HttpError::from(Error::LinkInvalid));
    let state = get("state")?.ok_or(Error::LinkInvalid)?;
    Ok(Returned {
        provider,
        state: SecretString::from(state.as_ref()),
        code: get("code")?.map(|code| SecretString::from(code.as_ref())),
        error: get("error")?.map(std::borrow::Cow::into_owned),
        iss: get("iss")?.map(std::borrow::Cow::into_owned),
    })
}

/// What the page posts to finish a connect.
pub(crate) enum Posted {
    /// Of a consent page.
    Code(Callback),
    /// Of a widget.
    Widget(WidgetCallback),
}

impl Posted {
    /// Reads it.
    pub(crate) fn read(
        context: &Context,
        provider: String,
        headers: &HeaderMap,
        mut body: Members,
    ) -> Result<Self, HttpError> {
        let fields = body.optional_object("fields")?;
        let handle = if fields.is_none() { Some(body.secret("code")?) } else { None };
        let (state, verifier) = (body.secret("state")?, body.optional_secret("verifier")?);
        let nonce = context.cookie.read(headers);
        let posted = if let Some(handle) = handle {
            Self::Code(Callback { provider, handle, state, verifier, nonce })
        } else {
            let fields = SecretString::from(Value::Object(fields.unwrap_or_default()).to_string());
            Self::Widget(WidgetCallback { provider, word: state, fields, nonce, verifier })
        };
        body.finish()?;
        Ok(posted)
    }

    /// Which provider and which flow.
    pub(crate) const fn flow(&self) -> (&String, &SecretString) {
        match self {
            Self::Code(callback) => (&callback.provider, &callback.state),
            Self::Widget(callback) => (&callback.provider, &callback.word),
        }
    }

    /// Finishes the connect.
    pub(crate) async fn finish(self, context: &Context, session: &Session) -> Result<Connected, HttpError> {
        Ok(match self {
            Self::Code(callback) => context.bailee.callback(session, callback).await?,
            Self::Widget(callback) => context.bailee.widget_callback(session, callback).await?,
        })
    }
}
