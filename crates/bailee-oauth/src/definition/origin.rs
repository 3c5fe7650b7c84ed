//! Another origin for every address.

use url::Url;

use super::{DefinitionError, OAuthDefinition, RequestTemplate};

pub(super) fn set(definition: &mut OAuthDefinition, origin: &Url) -> Result<(), DefinitionError> {
    let host = origin.host_str().ok_or_else(|| DefinitionError::new("origin", "must have a host"))?;
    definition.token_hosts = vec![host.to_ascii_lowercase()];
    for request in requests(definition) {
        let mut url = origin.clone();
        url.set_path(request.url.path());
        url.set_query(request.url.query());
        url.set_fragment(None);
        request.url = url;
    }
    Ok(())
}

fn requests(definition: &mut OAuthDefinition) -> impl Iterator<Item = &mut RequestTemplate> {
    let OAuthDefinition { authorize, token, refresh, revoke, userinfo, introspection, .. } = definition;
    [&mut authorize.request, &mut token.request]
        .into_iter()
        .chain(refresh.request.as_mut())
        .chain(revoke.as_mut().map(|revoke| &mut revoke.request))
        .chain(userinfo.as_mut().map(|userinfo| &mut userinfo.request))
        .chain(introspection.as_mut().map(|introspection| &mut introspection.request))
}
