use async_trait::async_trait;
use bailee_core::{Caller, Effect, Effects, Owner};
use bailee_engine::Bailee;
use bailee_mcp::{Identify, IdentifyError, Identity};
use http::{header, request::Parts};

/// A host whose credentials are names: see [`caller`].
#[derive(Clone, Copy, Debug)]
pub struct Names;

/// `ada_1` is ada's own agent as that profile, `ada_t` another party through that thread, and `ada_1+read` has a
/// credential for tools that read; `acme/ada_1` is ada's agent within an organization, who is another owner.
///
/// # Errors
/// When it is no such name.
pub fn caller(name: &str) -> anyhow::Result<Caller> {
    let (name, reads) = name.strip_suffix("+read").map_or((name, false), |name| (name, true));
    let (organization, name) =
        name.split_once('/').map_or((None, name), |(organization, name)| (Some(organization), name));
    let user = name.rsplit_once('_').map_or(name, |(user, _)| user);
    let owner = match organization {
        Some(organization) => Owner::member(organization, user)?,
        None => Owner::user(user)?,
    };
    let caller = if name.ends_with("_t") {
        Caller::counterpart(owner, format!("{user}_1"), name)?
    } else {
        Caller::own(owner, name)?
    };
    Ok(if reads { caller.with_effects(Effects::NONE.and(Effect::Read)) } else { caller })
}

#[async_trait]
impl Identify for Names {
    async fn identify(&self, _: &Bailee, parts: &Parts) -> Result<Identity, IdentifyError> {
        let name = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let name = name.and_then(|value| value.strip_prefix("Bearer "));
        let caller = name.and_then(|name| caller(name).ok()).ok_or(IdentifyError::Unauthenticated)?;
        Ok(Identity { auth_id: Some("a-name".to_owned()), ..Identity::new(caller) })
    }
}
