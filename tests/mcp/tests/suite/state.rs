//! What a client keeps between two rounds is believed only as it was sealed, for whom and for what.

use std::time::Duration;

use anyhow::Context as _;
use mcp_tests::{Answer, Raw, Rig, tea};
use serde_json::{Value, json};

async fn state_of(rig: &Rig) -> anyhow::Result<String> {
    let answer = Raw::call("create_event", &tea()).of("ada_1").send(rig).await?.message()?;
    let state = answer.pointer("/result/requestState").and_then(Value::as_str);
    state.map(str::to_owned).context("a state")
}

/// The second round, of an owner who declined: nothing is waited for.
async fn second(
    rig: &Rig,
    token: &str,
    tool: &str,
    arguments: &Value,
    state: &str,
) -> anyhow::Result<Answer> {
    let responses = json!({ "any": { "action": "decline" } });
    let raw =
        Raw::call(tool, arguments).param("inputResponses", responses).param("requestState", json!(state));
    raw.of(token).send(rig).await
}

fn assert_refused(answer: &Answer, why: &str) -> anyhow::Result<()> {
    let message = answer.message()?;
    assert_eq!(message.pointer("/error/code"), Some(&json!(-32_602)), "{why}: {message}");
    assert!(message.to_string().contains("requestState"), "{why}: {message}");
    Ok(())
}

#[tokio::test]
async fn only_the_call_that_it_was_made_for_can_use_a_state() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let state = state_of(&rig).await?;
    let own = second(&rig, "ada_1", "create_event", &tea(), &state).await?.message()?;
    assert_eq!(own.pointer("/result/structuredContent/code"), Some(&json!("declined")), "{own}");
    let mut other = tea();
    if let Some(members) = other.as_object_mut() {
        members.insert("summary".to_owned(), json!("Coffee"));
    }
    assert_refused(&second(&rig, "bob_1", "create_event", &tea(), &state).await?, "another user")?;
    assert_refused(&second(&rig, "acme/ada_1", "create_event", &tea(), &state).await?, "another owner")?;
    assert_refused(&second(&rig, "ada_2", "create_event", &tea(), &state).await?, "another profile")?;
    assert_refused(&second(&rig, "ada_t", "create_event", &tea(), &state).await?, "a counterpart")?;
    assert_refused(&second(&rig, "ada_1", "delete_event", &tea(), &state).await?, "another tool")?;
    assert_refused(&second(&rig, "ada_1", "create_event", &other, &state).await?, "other arguments")
}

#[tokio::test]
async fn a_state_that_was_tampered_with_or_made_up_is_refused() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let state = state_of(&rig).await?;
    for position in (0..state.len()).step_by(7) {
        let flipped: String = state
            .char_indices()
            .map(|(at, character)| match character {
                'A' if at == position => 'B',
                _ if at == position => 'A',
                same => same,
            })
            .collect();
        if flipped != state {
            let answer = second(&rig, "ada_1", "create_event", &tea(), &flipped).await?;
            assert_refused(&answer, &format!("position {position}"))?;
        }
    }
    for made_up in ["", "rs1.e30.AAAA", "{}"] {
        assert_refused(&second(&rig, "ada_1", "create_event", &tea(), made_up).await?, made_up)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_state_ends_with_its_page() -> anyhow::Result<()> {
    let rig = Rig::new().await?;
    let state = state_of(&rig).await?;
    rig.clock.advance(Duration::from_mins(10));
    assert_refused(&second(&rig, "ada_1", "create_event", &tea(), &state).await?, "expired")
}

#[tokio::test]
async fn another_process_of_the_host_can_read_it() -> anyhow::Result<()> {
    let mut rig = Rig::new().await?;
    let state = state_of(&rig).await?;
    rig.app = bailee_mcp::router("/mcp", &rig.second()?, mcp_tests::Names);
    let answer = second(&rig, "ada_1", "create_event", &tea(), &state).await?.message()?;
    assert_eq!(answer.pointer("/result/structuredContent/code"), Some(&json!("declined")), "{answer}");
    Ok(())
}
