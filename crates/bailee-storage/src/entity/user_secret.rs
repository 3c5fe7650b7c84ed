use bailee_core::{KeyId, Sealed, SecretName, StoreError, UserSecret, store::SealedSecret};

use super::{owner, scope};
use crate::row::{Cells, Columns, Record};

const TABLE: &str = "user_secrets";

impl Record for UserSecret {
    const TABLE: &'static str = TABLE;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "organization_id",
        "user_id",
        "name",
        "scope",
        "profile_ids",
        "version",
        "created_ms",
        "updated_ms",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self {
            id: cells.parsed(str::parse)?,
            owner: owner(cells)?,
            name: cells.parsed(SecretName::new)?,
            scope: scope(cells)?,
            version: cells.int()?,
            created_at: cells.moment()?,
            updated_at: cells.moment()?,
        })
    }
}

impl Record for SealedSecret {
    const TABLE: &'static str = TABLE;
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "organization_id",
        "user_id",
        "name",
        "scope",
        "profile_ids",
        "version",
        "created_ms",
        "updated_ms",
        "secret",
        "key_id",
        "secret_epoch",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        let secret = UserSecret::read(cells)?;
        let bytes = cells.bytes()?;
        let key = cells.parsed(|text| KeyId::from_hex(text).ok_or(()))?;
        Ok(Self { secret, sealed: Sealed { bytes, key }, secret_epoch: cells.int()? })
    }
}
