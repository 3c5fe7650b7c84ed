use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{Account, IntegrationId, OAuthScopes, ProviderError, ToolName};

/// Whether a tool changes anything. A tool that nobody classified counts as a write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only reads.
    Read,
    /// It changes something, or speaks to people.
    #[default]
    Write,
}

impl Effect {
    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
        }
    }
}

/// Which tools a credential covers: those that read, those that write, or both, which is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Effects {
    read: bool,
    write: bool,
}

impl Effects {
    /// Neither.
    pub const NONE: Self = Self { read: false, write: false };

    /// With tools of this effect too.
    #[must_use]
    pub const fn and(self, effect: Effect) -> Self {
        match effect {
            Effect::Read => Self { read: true, ..self },
            Effect::Write => Self { write: true, ..self },
        }
    }

    /// Whether tools of this effect are covered.
    #[must_use]
    pub const fn cover(self, effect: Effect) -> bool {
        match effect {
            Effect::Read => self.read,
            Effect::Write => self.write,
        }
    }
}

impl Default for Effects {
    fn default() -> Self {
        Self { read: true, write: true }
    }
}

/// What the owner may allow a counterpart in one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionFlag {
    /// Every provider tool that writes.
    CanPostOnMyBehalf,
    /// `list_calendar_events`: free and busy times.
    CanQueryAvailability,
    /// `propose_meeting`: a ticket that a human accepts.
    CanRequestMeetings,
    /// No tool: the owner's card in the briefing.
    CanViewFullProfile,
}

impl PermissionFlag {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 4] = [
        Self::CanPostOnMyBehalf,
        Self::CanQueryAvailability,
        Self::CanRequestMeetings,
        Self::CanViewFullProfile,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CanPostOnMyBehalf => "can_post_on_my_behalf",
            Self::CanQueryAvailability => "can_query_availability",
            Self::CanRequestMeetings => "can_request_meetings",
            Self::CanViewFullProfile => "can_view_full_profile",
        }
    }
}

/// The OAuth scopes that a tool needs: any one of these sets is enough. No set at all: none is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopeSets(Vec<OAuthScopes>);

impl ScopeSets {
    /// Takes the sets, the one to ask for first.
    #[must_use]
    pub const fn new(sets: Vec<OAuthScopes>) -> Self {
        Self(sets)
    }

    /// The set that a consent asks for.
    #[must_use]
    pub fn preferred(&self) -> Option<&OAuthScopes> {
        self.0.first()
    }

    /// Whether `granted` is enough, of which the provider said that `lacking` is missing. An unknown grant is enough as far
    /// as nothing is known to be missing.
    #[must_use]
    pub fn satisfied_by(&self, granted: Option<&OAuthScopes>, lacking: Option<&OAuthScopes>) -> bool {
        let enough = |set: &OAuthScopes| {
            granted.is_none_or(|granted| granted.contains_all(set))
                && lacking.is_none_or(|lacking| !lacking.iter().any(|scope| set.contains(scope)))
        };
        self.0.is_empty() || self.0.iter().any(enough)
    }

    /// The OAuth scopes that are enough by themselves: when a provider says that something is missing and not what, it
    /// is all of these.
    #[must_use]
    pub fn alone(&self) -> OAuthScopes {
        let single = |set: &&OAuthScopes| set.iter().count() == 1;
        self.0.iter().filter(single).fold(OAuthScopes::default(), |all, set| all.union(set))
    }

    /// The sets.
    pub fn iter(&self) -> impl Iterator<Item = &OAuthScopes> {
        self.0.iter()
    }
}

/// What else a client may be told of a tool that writes. Hints, which decide nothing (Model Context Protocol,
/// server/tools, annotations).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ToolHints {
    /// Whether it overwrites, deletes, or cannot be undone, such as what is said to people.
    pub destructive: bool,
    /// Whether doing it twice is doing it once.
    pub idempotent: bool,
}

/// The worst, as for a tool of which nothing is known.
impl Default for ToolHints {
    fn default() -> Self {
        Self { destructive: true, idempotent: false }
    }
}

/// An entry of the catalogue: what an agent can call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name.
    pub name: ToolName,
    /// For people.
    pub title: &'static str,
    /// For the agent: what it does, when to use it, what it returns. At most 400 characters.
    pub description: &'static str,
    /// Whether it changes anything.
    pub effect: Effect,
    /// What a client may be told besides.
    pub hints: ToolHints,
    /// What a counterpart needs; `None`: never shown to one.
    pub flag: Option<PermissionFlag>,
    /// Whether it works on a connected account; not so the tools of the host, and those about connecting.
    pub needs_account: bool,
    /// What the grant must cover.
    pub scopes: ScopeSets,
    /// JSON Schema 2020-12 of the arguments.
    pub input_schema: Value,
    /// JSON Schema 2020-12 of the result.
    pub output_schema: Value,
}

/// A call that was allowed, on its way to the provider.
#[derive(Clone, Debug)]
pub struct ToolCall<'a> {
    /// Which tool.
    pub tool: &'a ToolName,
    /// Its arguments.
    pub arguments: &'a Value,
    /// Every account that the call may touch, each with a live token; at least one.
    pub accounts: &'a [ToolAccount<'a>],
    /// The same key twice means the same action once, where the provider allows it. At most 255 bytes.
    pub idempotency_key: Option<&'a str>,
    /// A fresh id of this call, for providers that want one chosen.
    pub id: Uuid,
    /// The wall clock.
    pub now: DateTime<Utc>,
}

/// One account that a call may touch.
#[derive(Clone)]
pub struct ToolAccount<'a> {
    /// Which integration.
    pub integration: IntegrationId,
    /// Which account.
    pub account: &'a Account,
    /// Its live access token; where a credential has several parts, what the adapter made of them.
    pub access_token: &'a SecretString,
    /// The settings of the integration.
    pub config: &'a Map<String, Value>,
}

impl fmt::Debug for ToolAccount<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToolAccount").field("integration", &self.integration).finish_non_exhaustive()
    }
}

/// What a tool answered: a JSON object that conforms to the tool's output schema. Never a token.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutput {
    /// The object.
    pub content: Value,
    /// What the provider calls the request, for its support; at most 200 characters.
    pub request_id: Option<String>,
    /// Of several accounts those that the provider refused, each with why. Not for the agent.
    pub rejected: Vec<(IntegrationId, ProviderError)>,
}

impl ToolOutput {
    /// An answer of this object.
    #[must_use]
    pub const fn new(content: Value) -> Self {
        Self { content, request_id: None, rejected: Vec::new() }
    }

    /// With an account that the provider refused while others answered: [`ProviderError::TokenRejected`] or
    /// [`ProviderError::GrantRevoked`], from which its owner learns that it needs them. Any other error says nothing of
    /// the account, and is left out.
    #[must_use]
    pub fn with_rejected(mut self, integration: IntegrationId, error: ProviderError) -> Self {
        if matches!(error, ProviderError::GrantRevoked { .. } | ProviderError::TokenRejected) {
            self.rejected.push((integration, error));
        }
        self
    }

    /// With the provider's name of the request. Longer than 200 characters or not visible ASCII, it is left out.
    #[must_use]
    pub fn with_request_id(mut self, request_id: Option<String>) -> Self {
        let fits = |id: &String| id.len() <= 200 && id.bytes().all(|byte| byte.is_ascii_graphic());
        self.request_id = request_id.filter(fits);
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::AccountId;

    use super::*;

    #[test]
    fn effects_and_flags_have_the_same_names_here_and_on_the_wire() -> Result<(), serde_json::Error> {
        for effect in [Effect::Read, Effect::Write] {
            assert_eq!(serde_json::to_value(effect)?, effect.as_str());
        }
        for flag in PermissionFlag::ALL {
            assert_eq!(serde_json::to_value(flag)?, flag.as_str());
        }
        Ok(())
    }

    #[test]
    fn effects_cover_those_that_were_added_and_no_others() {
        let (read, write) = (Effects::NONE.and(Effect::Read), Effects::NONE.and(Effect::Write));
        assert!(read.cover(Effect::Read) && !read.cover(Effect::Write));
        assert!(write.cover(Effect::Write) && !write.cover(Effect::Read));
        let both = [read.and(Effect::Write), write.and(Effect::Read)];
        assert_eq!(both, [Effects::default(); 2]);
    }

    #[test]
    fn a_consent_asks_for_the_first_set_and_scopes_alone_are_those_of_sets_of_one()
    -> Result<(), crate::InvalidOAuthScope> {
        let texts = ["a b", "c", "d"];
        let sets: Result<Vec<_>, _> = texts.into_iter().map(OAuthScopes::parse).collect();
        let sets = ScopeSets::new(sets?);
        assert_eq!(sets.preferred().map(OAuthScopes::as_str), Some("a b"));
        assert_eq!(sets.alone().as_str(), "c d");
        assert!(sets.iter().map(OAuthScopes::as_str).eq(texts));
        Ok(())
    }

    #[test]
    fn an_account_of_a_call_prints_its_id_and_not_its_token() -> Result<(), crate::InvalidId> {
        let account = Account { id: AccountId::new("account-1")?, label: None };
        let integration = IntegrationId::from_parts(1, [7; 10]);
        let (access_token, config) = (SecretString::from("ya29.token"), Map::new());
        let printed =
            ToolAccount { integration, account: &account, access_token: &access_token, config: &config };
        let printed = format!("{printed:?}");
        assert!(printed.contains(&integration.to_string()) && !printed.contains("ya29"), "{printed}");
        Ok(())
    }

    #[test]
    fn a_name_of_a_request_that_is_long_or_not_plain_is_left_out() {
        let named = |id: &str| ToolOutput::new(Value::Null).with_request_id(Some(id.to_owned())).request_id;
        assert_eq!(named(&"r".repeat(200)), Some("r".repeat(200)));
        for wrong in ["r".repeat(201), "r r".to_owned(), "r\n".to_owned(), "\u{e9}".to_owned()] {
            assert_eq!(named(&wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn any_one_set_is_enough_and_no_set_needs_nothing() -> Result<(), crate::InvalidOAuthScope> {
        let sets = ScopeSets::new(vec![OAuthScopes::parse("a b")?, OAuthScopes::parse("c")?]);
        assert!(sets.satisfied_by(Some(&OAuthScopes::parse("c")?), None));
        assert!(sets.satisfied_by(Some(&OAuthScopes::parse("b a x")?), None));
        assert!(!sets.satisfied_by(Some(&OAuthScopes::parse("a")?), None));
        assert!(ScopeSets::default().satisfied_by(Some(&OAuthScopes::default()), None));
        assert!(sets.satisfied_by(None, None), "an unknown grant is taken for enough");
        Ok(())
    }

    #[test]
    fn a_set_of_which_the_provider_missed_a_part_is_not_enough() -> Result<(), crate::InvalidOAuthScope> {
        let sets = ScopeSets::new(vec![OAuthScopes::parse("a b")?, OAuthScopes::parse("c")?]);
        let granted = OAuthScopes::parse("a b")?;
        for (lacking, enough) in [("", true), ("x", true), ("b", false), ("c", true)] {
            let lacking = OAuthScopes::parse(lacking)?;
            assert_eq!(sets.satisfied_by(Some(&granted), Some(&lacking)), enough, "{lacking:?}");
        }
        for (lacking, enough) in [("b", true), ("c", true), ("b c", false)] {
            let lacking = OAuthScopes::parse(lacking)?;
            assert_eq!(sets.satisfied_by(None, Some(&lacking)), enough, "{lacking:?}");
        }
        Ok(())
    }

    #[test]
    fn a_tool_that_nobody_classified_writes() {
        assert_eq!(Effect::default(), Effect::Write);
    }

    #[test]
    fn flags_are_spelt_as_the_page_spells_them() -> Result<(), serde_json::Error> {
        assert_eq!(serde_json::to_string(&PermissionFlag::CanPostOnMyBehalf)?, "\"can_post_on_my_behalf\"");
        Ok(())
    }
}
