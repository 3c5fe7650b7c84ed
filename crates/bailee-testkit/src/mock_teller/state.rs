use std::{collections::BTreeMap, io};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};

use super::{CHASE, PNC};
use crate::mock_provider::{object, token};

/// The banks that are there from the start.
const BANKS: [&str; 2] = ["Chase", "PNC"];
/// How many transactions an account begins with.
const TRANSACTIONS: usize = 7;

/// Everything that Teller knows.
pub(super) struct State {
    pub(super) enrollments: BTreeMap<String, Enrollment>,
    pub(super) signing_key: Ed25519KeyPair,
    /// Tokens that no longer work.
    pub(super) dead: Vec<String>,
}

/// A bank login.
pub(super) struct Enrollment {
    pub(super) token: String,
    pub(super) user: String,
    pub(super) institution: String,
    pub(super) accounts: Vec<Account>,
    /// The code of its error while the bank login is broken.
    pub(super) disconnected: Option<String>,
}

pub(super) struct Account {
    pub(super) id: String,
    pub(super) json: Value,
    /// The newest first.
    pub(super) transactions: Vec<Value>,
    pub(super) closed: bool,
}

impl State {
    pub(super) fn new() -> io::Result<Self> {
        let failed = || io::Error::other("no signing key can be made");
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| failed())?;
        let signing_key = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).map_err(|_| failed())?;
        let mut state = Self { enrollments: BTreeMap::new(), signing_key, dead: Vec::new() };
        for bank in BANKS {
            state.enroll_at(bank);
        }
        Ok(state)
    }

    /// Where a person can enroll: the banks of the start, and those that were added.
    pub(super) fn institutions(&self) -> Vec<&str> {
        let added = self.enrollments.values().map(|enrollment| enrollment.institution.as_str());
        let mut all: Vec<&str> = BANKS.into_iter().chain(added).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The enrollment at a bank, which is made anew where it was deleted.
    pub(super) fn enroll_at(&mut self, institution: &str) -> Option<String> {
        let known = self.enrollments.iter().find(|(_, known)| known.institution == institution);
        if let Some((id, _)) = known {
            return Some(id.clone());
        }
        let id = match institution {
            "PNC" => {
                self.add(PNC, institution);
                self.add_account(PNC, "acc_pnc_checking", "depository", "checking", "1234", true);
                self.add_account(PNC, "acc_pnc_savings", "depository", "savings", "5678", false);
                PNC
            }
            "Chase" => {
                self.add(CHASE, institution);
                self.add_account(CHASE, "acc_chase_card", "credit", "credit_card", "9012", true);
                CHASE
            }
            _ => return None,
        };
        Some(id.to_owned())
    }

    /// What `onSuccess` hands over of an enrollment; without a nonce there is no signature.
    pub(super) fn signed(&self, id: &str, nonce: Option<&str>, environment: &str) -> Option<Value> {
        let Enrollment { token, user, institution, .. } = self.enrollments.get(id)?;
        let signature = nonce.map(|nonce| self.signature([nonce, token, user, id, environment]));
        Some(handed_over(token, user, id, institution, signature.as_deref()))
    }

    /// Over nonce, token, user, enrollment and environment.
    pub(super) fn signature(&self, parts: [&str; 5]) -> String {
        let hash = digest(&SHA256, parts.join(".").as_bytes());
        STANDARD.encode(self.signing_key.sign(hash.as_ref()).as_ref())
    }

    pub(super) fn add(&mut self, id: &str, institution: &str) {
        let enrollment = Enrollment {
            token: token("test_token_"),
            user: format!("usr_of_{id}"),
            institution: institution.to_owned(),
            accounts: Vec::new(),
            disconnected: None,
        };
        self.enrollments.insert(id.to_owned(), enrollment);
    }

    pub(super) fn add_account(
        &mut self,
        enrollment_id: &str,
        id: &str,
        kind: &str,
        subtype: &str,
        last_four: &str,
        balances: bool,
    ) {
        let Some(enrollment) = self.enrollments.get_mut(enrollment_id) else { return };
        let own = format!("https://api.teller.io/accounts/{id}");
        let mut links = json!({ "self": own, "transactions": format!("{own}/transactions") });
        if balances && let Some(links) = links.as_object_mut() {
            links.insert("balances".to_owned(), json!(format!("{own}/balances")));
        }
        let institution =
            json!({ "id": enrollment.institution.to_lowercase(), "name": enrollment.institution });
        let json = json!({
            "id": id, "enrollment_id": enrollment_id, "name": format!("My {subtype}"), "type": kind,
            "subtype": subtype, "status": "open", "currency": "USD", "last_four": last_four,
            "institution": institution, "links": links,
        });
        let transactions = (0..TRANSACTIONS).map(|number| transaction(id, number)).collect();
        enrollment.accounts.push(Account { id: id.to_owned(), json, transactions, closed: false });
    }

    pub(super) fn by_token(&self, token: &str) -> Option<(&String, &Enrollment)> {
        self.enrollments.iter().find(|(_, enrollment)| enrollment.token == token)
    }

    pub(super) fn public_key(&self) -> &[u8] {
        self.signing_key.public_key().as_ref()
    }
}

pub(super) fn handed_over(
    token: &str,
    user: &str,
    enrollment: &str,
    institution: &str,
    signature: Option<&str>,
) -> Value {
    object([
        ("accessToken", Some(json!(token))),
        ("user", Some(json!({ "id": user }))),
        ("enrollment", Some(json!({ "id": enrollment, "institution": { "name": institution } }))),
        ("signatures", signature.map(|signature| json!([signature]))),
    ])
}

/// Number 0 is the newest.
fn transaction(account: &str, number: usize) -> Value {
    let id = format!("txn_{account}_{number}");
    let own = format!("https://api.teller.io/accounts/{account}");
    json!({
        "id": id, "account_id": account, "date": format!("2026-11-{:02}", 20 - number),
        "amount": format!("-{number}2.10"), "description": "COFFEE BAR", "status": "posted",
        "type": "card_payment", "running_balance": "1203.55",
        "details": {
            "processing_status": "complete", "category": "dining",
            "counterparty": { "name": "COFFEE BAR", "type": "organization" },
        },
        "links": { "self": format!("{own}/transactions/{id}"), "account": own },
    })
}
