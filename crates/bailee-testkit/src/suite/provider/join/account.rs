use serde_json::{Value, json};

use bailee_core::{
    Capabilities, ConnectKind, ExposeSecret as _, ProviderError, SecretString, Start, Started,
};

use super::{
    JoinKit, JoinedAccount, Trouble, join_text, join_with,
    kit::{assert_settings_are_open, hook},
    other_word, word,
};
use crate::suite::SuiteResult;

fn declares(kit: &dyn JoinKit, capability: Capabilities) -> bool {
    kit.provider().descriptor().capabilities.contains(capability)
}

/// What a person enters, or the widget hands over, joins the account; it has an id, a label and a secret.
pub async fn a_good_form_joins_the_account(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    let grant = account.grant();
    assert_eq!(grant.account.id, kit.account(), "the account");
    assert!(grant.account.label.as_deref().is_some_and(|label| !label.is_empty()), "a label");
    assert!(!grant.credential.access_token.expose_secret().is_empty(), "a secret");
    Ok(())
}

/// Joined again with the credential that it has, it is the account that it was.
pub async fn a_second_join_is_of_the_same_account(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    let again = account.again().await?;
    assert_eq!(again.grant.account.id, account.grant().account.id);
    Ok(())
}

/// A secret that the service refuses is no account.
pub async fn a_refused_secret_is_a_dead_grant(kit: &dyn JoinKit) -> SuiteResult {
    if let Some(fields) = kit.fields_with_a_bad_secret(&word())? {
        let answer = join_with(kit, &fields, None).await.map(drop);
        assert!(matches!(answer, Err(ProviderError::GrantRevoked { .. })), "{answer:?}");
    }
    Ok(())
}

/// What lacks a field, has one that does not do, or is no object at all, is refused by its name, and nobody is asked.
pub async fn a_form_that_does_not_fit_names_its_field(kit: &dyn JoinKit) -> SuiteResult {
    let good = kit.fields(&word())?;
    let mut cases: Vec<(String, String)> = Vec::new();
    for (fields, pointer) in kit.wrong_fields(&word())? {
        cases.push((fields.to_string(), pointer.to_owned()));
    }
    let form = kit.provider().descriptor().form.as_ref();
    let required = form.and_then(|form| form.get("required")).and_then(Value::as_array);
    for name in required.into_iter().flatten().filter_map(Value::as_str) {
        let mut lacking = good.clone();
        lacking.as_object_mut().and_then(|members| members.remove(name)).ok_or("a field that is required")?;
        cases.push((lacking.to_string(), format!("/{name}")));
        let mut typed = good.clone();
        typed.as_object_mut().and_then(|members| members.insert(name.to_owned(), json!(true)));
        cases.push((typed.to_string(), format!("/{name}")));
    }
    cases.extend(["", "[]", "null", "{", "\"text\""].map(|text| (text.to_owned(), String::new())));
    let before = kit.asked();
    for (fields, expected) in cases {
        let answer = join_text(kit, &SecretString::from(fields), &word(), None).await.map(drop);
        let Err(ProviderError::InvalidArguments { pointer, .. }) = &answer else {
            return Err(format!("{expected}: {answer:?}").into());
        };
        assert_eq!(*pointer, expected);
    }
    assert_eq!(kit.asked(), before, "the service was asked");
    Ok(())
}

/// What a widget handed over for one word is nothing under another, and nobody is asked.
pub async fn a_forged_widget_payload_is_refused(kit: &dyn JoinKit) -> SuiteResult {
    if kit.provider().descriptor().connect != ConnectKind::Widget {
        return Ok(());
    }
    let before = kit.asked();
    let fields = SecretString::from(kit.fields(&other_word())?.to_string());
    let answer = join_text(kit, &fields, &word(), None).await.map(drop);
    assert!(matches!(answer, Err(ProviderError::InvalidArguments { .. })), "{answer:?}");
    assert_eq!(kit.asked(), before, "the service was asked");
    Ok(())
}

/// A widget and a link carry the word; a form has no start.
pub async fn the_word_binds_the_start(kit: &dyn JoinKit) -> SuiteResult {
    let hook = hook()?;
    let word = word();
    let started = kit.provider().start(Start { word: &word, account: None, hook: &hook }).await;
    match kit.provider().descriptor().connect {
        ConnectKind::Widget => {
            let Ok(Started::Widget(setup)) = started else { return Err("no widget".into()) };
            let words = setup.values().filter(|value| value.as_str() == Some(word.expose_secret())).count();
            assert_eq!(words, 1, "the word in the set-up of the widget");
            assert!(kit.provider().descriptor().widget.is_some(), "where the widget lives");
        }
        ConnectKind::Pairing => {
            if let Ok(started) = started {
                let Started::Link(link) = started else { return Err("no link".into()) };
                assert!(link.as_str().contains(word.expose_secret()), "the word in the link");
            }
        }
        ConnectKind::Form | ConnectKind::OAuth => {
            assert_eq!(started.map(drop), Err(ProviderError::Unsupported), "a start");
        }
    }
    Ok(())
}

/// The account that was just joined passes its own probe.
pub async fn a_joined_account_is_valid(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    if declares(kit, Capabilities::VALIDATE) {
        let validation = account.validate().await?;
        assert!(validation.account.is_none_or(|known| known.id == kit.account()), "the account");
    }
    Ok(())
}

/// A credential that the service no longer takes is rejected or gone, never merely out of reach.
pub async fn access_that_ended_is_told_apart(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    if declares(kit, Capabilities::VALIDATE) && kit.end_access() {
        let answer = account.validate().await.map(drop);
        let dead = matches!(answer, Err(ProviderError::TokenRejected | ProviderError::GrantRevoked { .. }));
        assert!(dead, "{answer:?}");
    }
    Ok(())
}

/// A service in trouble decides nothing: neither a join nor a probe takes it for a refusal.
pub async fn a_sick_service_says_nothing_of_the_account(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    let fields = kit.fields(&word())?;
    for trouble in Trouble::ALL {
        kit.plant(trouble);
        let join = join_with(kit, &fields, None).await.map(drop);
        let validate = account.validate().await.map(drop);
        kit.heal();
        for answer in [join, validate] {
            // What asks nobody is not troubled.
            let passing = answer.as_ref().map_or_else(ProviderError::is_temporary, |()| true);
            assert!(passing || answer == Err(ProviderError::Unsupported), "{trouble:?}: {answer:?}");
        }
    }
    Ok(())
}

/// The second end of the same access finds nothing to do.
pub async fn revoking_twice_is_harmless(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    if declares(kit, Capabilities::REVOKE) {
        account.revoke().await?;
        let again = account.revoke().await;
        assert!(matches!(again, Ok(()) | Err(ProviderError::AlreadyDone)), "{again:?}");
    }
    Ok(())
}

/// What is kept as settings may be shown.
pub async fn settings_hold_no_secret(kit: &dyn JoinKit) -> SuiteResult {
    let account = JoinedAccount::new(kit).await?;
    assert_settings_are_open(kit, &account.grant().config);
    Ok(())
}
