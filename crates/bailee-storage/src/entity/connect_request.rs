use bailee_core::{ConnectRequest, OAuthScopes, ProfileId, ProviderKey, StoreError};

use super::owner;
use crate::row::{Cells, Columns, Record};

impl Record for ConnectRequest {
    const TABLE: &'static str = "connect_requests";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "organization_id",
        "user_id",
        "provider",
        "integration_id",
        "scopes",
        "profile_id",
        "client",
        "expires_ms",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self {
            id: cells.parsed(str::parse)?,
            owner: owner(cells)?,
            provider: cells.parsed(ProviderKey::new)?,
            integration: cells.parsed_or_null(str::parse)?,
            scopes: cells.parsed(OAuthScopes::parse)?,
            profile: cells.parsed(ProfileId::new)?,
            client: cells.text_or_null()?,
            expires_at: cells.moment()?,
        })
    }
}
