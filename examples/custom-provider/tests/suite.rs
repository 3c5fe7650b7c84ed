//! The behaviour suite of accounts that are joined without OAuth, over the example.

use anyhow::{Result, ensure};
use async_trait::async_trait;
use bailee_core::{AccountId, InvalidId, Provider, SecretString};
use bailee_testkit::suite::{
    SuiteError,
    provider::join::{JoinKit, Trouble},
};
use custom_provider::{Corkboard, FakeCorkboard, service};
use serde_json::{Value, json};

const KEY: &str = "cork_0123456789";
const BAD_KEY: &str = "cork_9876543210";

struct Kit {
    service: FakeCorkboard,
    provider: Corkboard,
    account: AccountId,
}

#[expect(clippy::unused_async, reason = "the suite awaits it")]
async fn open() -> Result<Kit, InvalidId> {
    let service = FakeCorkboard::default();
    service.add_board(KEY, "b-1");
    Ok(Kit { provider: Corkboard::new(service.clone())?, service, account: AccountId::new("b-1")? })
}

#[async_trait]
impl JoinKit for Kit {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn fields(&self, _word: &SecretString) -> Result<Value, SuiteError> {
        Ok(json!({ "api_key": KEY }))
    }

    fn fields_with_a_bad_secret(&self, _word: &SecretString) -> Result<Option<Value>, SuiteError> {
        Ok(Some(json!({ "api_key": BAD_KEY })))
    }

    fn wrong_fields(&self, _word: &SecretString) -> Result<Vec<(Value, &'static str)>, SuiteError> {
        Ok(vec![(json!({ "api_key": "" }), "/api_key"), (json!({ "api_key": "a password" }), "/api_key")])
    }

    fn account(&self) -> AccountId {
        self.account.clone()
    }

    fn asked(&self) -> usize {
        self.service.asked()
    }

    fn secrets(&self) -> Vec<String> {
        vec![KEY.to_owned(), BAD_KEY.to_owned()]
    }

    fn plant(&self, trouble: Trouble) {
        let text = format!("{} {KEY}", Trouble::CANARY);
        self.service.set_trouble(Some(match trouble {
            Trouble::Cut => service::Trouble::Silence,
            Trouble::Down => service::Trouble::Says(503, text),
            Trouble::Nonsense => service::Trouble::Says(200, text),
        }));
    }

    fn heal(&self) {
        self.service.set_trouble(None);
    }

    fn end_access(&self) -> bool {
        self.service.remove_key(KEY);
        true
    }

    fn messages(&self) -> Vec<(String, String)> {
        Vec::new()
    }

    fn destinations(&self) -> Vec<String> {
        Vec::new()
    }
}

bailee_testkit::join_suite!(open);

#[test]
fn it_is_short_and_knows_the_core_alone() -> Result<()> {
    let source = include_str!("../src/provider.rs");
    ensure!(source.lines().count() < 150, "{} lines", source.lines().count());
    ensure!(!source.replace("bailee_core", "").contains("bailee_"), "another crate");
    Ok(())
}
