use bailee_core::{
    BrowserProof, ClientId, Issuer, OAuthScopes, Parked, ParkedAnswer, PendingFlow, ProviderKey, StoreError,
};

use super::owner;
use crate::row::{Cells, Columns, Record};

/// A row of `oauth_flows`.
pub(crate) struct Flow(pub(crate) PendingFlow);

impl Record for Flow {
    const TABLE: &'static str = "oauth_flows";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "state_hash",
        "organization_id",
        "user_id",
        "provider",
        "client",
        "redirect_uri",
        "verifier",
        "issuer",
        "issuer_required",
        "requested",
        "return_to",
        "proof_kind",
        "proof_hash",
        "reconnect_id",
        "handle_hash",
        "parked_code",
        "parked_error",
        "expires_ms",
    ];

    fn read<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Self, StoreError> {
        Ok(Self(PendingFlow {
            id: cells.parsed(str::parse)?,
            state_hash: cells.array()?,
            owner: owner(cells)?,
            provider: cells.parsed(ProviderKey::new)?,
            client: cells.parsed_or_null(ClientId::new)?,
            redirect_uri: cells.text()?,
            verifier: cells.bytes()?,
            issuer: issuer(cells)?,
            requested: cells.parsed(OAuthScopes::parse)?,
            return_to: cells.text()?,
            proof: proof(cells)?,
            reconnect: cells.parsed_or_null(str::parse)?,
            parked: parked(cells)?,
            expires_at: cells.moment()?,
        }))
    }
}

impl Flow {
    /// For column `proof_kind`.
    pub(crate) const fn proof_word(proof: &BrowserProof) -> &'static str {
        match proof {
            BrowserProof::Challenge(_) => "challenge",
            BrowserProof::Nonce(_) => "nonce",
        }
    }
}

/// Columns `issuer`, `issuer_required`.
fn issuer<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Option<Issuer>, StoreError> {
    let identifier = cells.text_or_null()?;
    let required = cells.flag()?;
    Ok(identifier.map(|identifier| Issuer { identifier, required }))
}

/// Columns `proof_kind`, `proof_hash`.
fn proof<R: Columns>(cells: &mut Cells<'_, R>) -> Result<BrowserProof, StoreError> {
    let kind = cells.parsed(|word| match word {
        "challenge" => Ok(BrowserProof::Challenge as fn([u8; 32]) -> BrowserProof),
        "nonce" => Ok(BrowserProof::Nonce as fn([u8; 32]) -> BrowserProof),
        _ => Err(()),
    })?;
    Ok(kind(cells.array()?))
}

/// Columns `handle_hash`, `parked_code`, `parked_error`.
fn parked<R: Columns>(cells: &mut Cells<'_, R>) -> Result<Option<Parked>, StoreError> {
    let handle_hash = cells.array_or_null()?;
    let code = cells.bytes_or_null()?;
    let error = cells.text_or_null()?;
    let Some(handle_hash) = handle_hash else {
        return Ok(None);
    };
    let answer = match (code, error) {
        (Some(code), None) => ParkedAnswer::Code(code),
        (None, Some(error)) => ParkedAnswer::Error(error),
        _ => return Err(cells.inconsistent()),
    };
    Ok(Some(Parked { handle_hash, answer }))
}
