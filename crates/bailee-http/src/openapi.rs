use std::collections::BTreeMap;

use axum::{Router, routing};
use bailee_engine::Bailee;
use bytes::Bytes;
use http::header;
use utoipa::{
    OpenApi, PartialSchema, ToSchema,
    openapi::{
        Components, Content, OpenApi as Document, Ref, RefOr, Response, ResponseBuilder, Schema, Server,
        path::{HttpMethod, Operation},
        schema::AdditionalProperties,
        security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    context::Context,
    error::{PROBLEM_JSON, Problem},
};

/// What a description is made of before the routes add themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "bailee",
        description = "Connected accounts of users: connect, validate, reconnect, disconnect.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "organizations", description = "A user's integrations inside an organization"),
        (name = "integrations", description = "The integrations of the session's owner"),
        (name = "secrets", description = "Named secrets, written and never read back"),
        (name = "threads", description = "What counterparts may do, thread by thread"),
        (name = "tasks", description = "What agents ask a person to decide"),
        (name = "agents", description = "Who is signed in, their profiles, tools and the ledger"),
        (name = "pages", description = "Pages for people, without scripts"),
        (name = "oauth", description = "Where providers return to"),
        (name = "hooks", description = "Where providers send what happens by itself"),
        (name = "openapi", description = "This description"),
    ),
)]
struct Base;

/// This description.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "openapi",
    responses((status = OK, description = "An OpenAPI 3.1 document", body = Object)),
    security(()),
)]
pub(crate) async fn describe() {}

/// The route that answers with the description of all routes.
pub(crate) fn router(bailee: &Bailee, routes: OpenApiRouter<Context>) -> Router {
    let document = document(bailee, routes.into_openapi());
    // A document of our own types is always JSON; without it, the route would answer nothing rather than half.
    let json = Bytes::from(document.to_json().unwrap_or_default());
    let answer = move || {
        let json = json.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], json) }
    };
    Router::new().route("/openapi.json", routing::get(answer))
}

fn document(bailee: &Bailee, routes: Document) -> Document {
    let mut document = Base::openapi();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document.merge(routes);
    document.servers = Some(vec![Server::new(bailee.base_url().as_str().trim_end_matches('/'))]);
    let components = document.components.get_or_insert_with(Components::new);
    components.schemas.insert(Problem::name().into_owned(), Problem::schema());
    components.security_schemes.extend(security_schemes());
    document.security = Some(vec![requirement("bearer"), requirement("cookie")]);
    for (path, item) in &mut document.paths.paths {
        let operations = [
            (HttpMethod::Get, &mut item.get),
            (HttpMethod::Patch, &mut item.patch),
            (HttpMethod::Post, &mut item.post),
            (HttpMethod::Put, &mut item.put),
            (HttpMethod::Delete, &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                add_problems(path, &method, operation);
            }
        }
    }
    close_bodies(&mut document);
    document
}

/// A JSON body with a member that nobody knows is refused: what is misspelt would be overlooked otherwise.
fn close_bodies(document: &mut Document) {
    let items = document.paths.paths.values();
    let operations = items.flat_map(|item| [&item.patch, &item.post, &item.put, &item.delete]).flatten();
    let names: Vec<String> = operations.filter_map(json_body).collect();
    let schemas = document.components.iter_mut().flat_map(|components| &mut components.schemas);
    for (_, schema) in schemas.filter(|(name, _)| names.contains(name)) {
        if let RefOr::T(Schema::Object(object)) = schema {
            object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
        }
    }
}

/// The name of the schema of an operation's JSON body.
fn json_body(operation: &Operation) -> Option<String> {
    let RefOr::T(body) = operation.request_body.as_ref()? else { return None };
    let RefOr::T(content) = body.content.get("application/json")? else { return None };
    let RefOr::Ref(schema) = content.schema.as_ref()? else { return None };
    schema.ref_location.rsplit('/').next().map(str::to_owned)
}

fn requirement(scheme: &str) -> SecurityRequirement {
    SecurityRequirement::new::<_, [String; 0], String>(scheme, [])
}

fn security_schemes() -> BTreeMap<String, RefOr<SecurityScheme>> {
    let bearer = Http::builder()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The host's own sign-in, in a header."))
        .build();
    let cookie = ApiKeyValue::with_description(
        "session",
        "The host's own sign-in; the name of its cookie is the host's. Mutations then need `X-Bailee-Request: 1` and \
         an `Origin` of ours.",
    );
    BTreeMap::from([
        ("bearer".to_owned(), RefOr::T(SecurityScheme::Http(bearer))),
        ("cookie".to_owned(), RefOr::T(SecurityScheme::ApiKey(ApiKey::Cookie(cookie)))),
    ])
}

/// Every operation behind a sign-in may answer with problems; which ones follows from what it is. Pages answer with
/// pages.
fn add_problems(path: &str, method: &HttpMethod, operation: &mut Operation) {
    let page = operation.tags.iter().flatten().any(|tag| tag == "pages");
    if operation.security.is_some() || page {
        return;
    }
    let mutation = *method != HttpMethod::Get;
    let begins = path.ends_with("/auth_link") || path.ends_with("/authorize");
    let finishes = path.ends_with("/callback") || path.ends_with("/connect") || path == "/v1/integrations";
    let finishes = finishes && mutation;
    let conflicts = path.ends_with("/secrets") && mutation || path.starts_with("/v1/tasks/{id}");
    let versioned = matches!(*method, HttpMethod::Patch | HttpMethod::Put);
    let problems = [
        (true, "400", "Part of the request is wrong"),
        (true, "401", "Nobody is signed in"),
        (mutation || begins, "403", "Not from a page of ours, or only a person may do this"),
        (path.contains('{'), "404", "Not there, or not the user's: both are answered alike"),
        (path == "/v1/integrations" && mutation, "404", "No such provider is offered"),
        (finishes, "409", "Another account than the one that is connected"),
        (conflicts, "409", "The name is taken, or it was decided already"),
        (versioned, "412", "It was changed meanwhile: read it again"),
        (mutation, "413", "The body is too large"),
        (mutation, "415", "The body is not JSON"),
        (mutation || begins, "429", "Wait for `Retry-After`"),
        (true, "500", "The operator must look after this"),
        (mutation, "502", "The provider did not answer as it should"),
        (true, "503", "Try again later"),
    ];
    for (_, status, description) in problems.into_iter().filter(|(applies, ..)| *applies) {
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert_with(|| RefOr::T(problem(description)));
    }
}

fn problem(description: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    ResponseBuilder::new().description(description).content(PROBLEM_JSON, content).build()
}
