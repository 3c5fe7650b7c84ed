//! Answers that are always the same.

use serde_json::{Value, json};

use super::{PNG, WAV};

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

fn image() -> Value {
    json!({ "type": "image", "data": PNG, "mimeType": "image/png" })
}

/// The result of a tool that takes no arguments.
pub(super) fn tool(name: &str) -> Option<Value> {
    let content = match name {
        "test_simple_text" => json!([text("This is a simple text response for testing.")]),
        "test_image_content" => json!([image()]),
        "test_audio_content" => json!([{ "type": "audio", "data": WAV, "mimeType": "audio/wav" }]),
        "test_embedded_resource" => json!([{ "type": "resource", "resource": {
            "uri": "test://embedded-resource", "mimeType": "text/plain",
            "text": "This is an embedded resource content.",
        } }]),
        "test_multiple_content_types" => json!([
            text("Multiple content types test:"),
            image(),
            { "type": "resource", "resource": {
                "uri": "test://mixed-content-resource", "mimeType": "application/json",
                "text": r#"{"test":"data","value":123}"#,
            } },
        ]),
        _ => return None,
    };
    Some(json!({ "content": content }))
}

/// All resources.
pub(super) fn resources() -> Value {
    let resource =
        |uri, kind| json!({ "uri": uri, "name": uri, "description": "For tests.", "mimeType": kind });
    json!({ "resources": [
        resource("test://static-text", "text/plain"),
        resource("test://static-binary", "image/png"),
        resource("test://watched-resource", "text/plain"),
    ] })
}

/// All templates of resources.
pub(super) fn templates() -> Value {
    json!({ "resourceTemplates": [{
        "uriTemplate": "test://template/{id}/data", "name": "template", "description": "For tests.",
        "mimeType": "application/json",
    }] })
}

/// What a resource holds.
pub(super) fn resource(uri: &str) -> Option<Value> {
    let plain = |text: &str| json!({ "uri": uri, "mimeType": "text/plain", "text": text });
    let contents = match uri {
        "test://static-text" => plain("This is the content of the static text resource."),
        "test://watched-resource" => plain("Somebody may be watching."),
        "test://static-binary" => json!({ "uri": uri, "mimeType": "image/png", "blob": PNG }),
        other => {
            let id = other.strip_prefix("test://template/")?.strip_suffix("/data")?;
            let data = json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") });
            json!({ "uri": uri, "mimeType": "application/json", "text": data.to_string() })
        }
    };
    Some(json!({ "contents": [contents] }))
}

/// All prompts.
pub(super) fn prompts() -> Value {
    let prompt = |name: &str, arguments: &[&str]| {
        let required = |name: &&str| json!({ "name": name, "description": "For tests.", "required": true });
        let arguments: Vec<Value> = arguments.iter().map(required).collect();
        json!({ "name": name, "description": "For tests.", "arguments": arguments })
    };
    json!({ "prompts": [
        prompt("test_simple_prompt", &[]),
        prompt("test_prompt_with_arguments", &["arg1", "arg2"]),
        prompt("test_prompt_with_embedded_resource", &["resourceUri"]),
        prompt("test_prompt_with_image", &[]),
        prompt("test_input_required_result_prompt", &[]),
    ] })
}

/// What a prompt says.
pub(super) fn prompt(name: &str, arguments: &Value) -> Option<Value> {
    let argument = |name: &str| arguments.get(name).and_then(Value::as_str).unwrap_or_default();
    let contents = match name {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => {
            let (first, second) = (argument("arg1"), argument("arg2"));
            vec![text(&format!("Prompt with arguments: arg1='{first}', arg2='{second}'"))]
        }
        "test_prompt_with_embedded_resource" => vec![
            json!({ "type": "resource", "resource": {
                "uri": argument("resourceUri"), "mimeType": "text/plain",
                "text": "Embedded resource content for testing.",
            } }),
            text("Please process the embedded resource above."),
        ],
        "test_prompt_with_image" => vec![image(), text("Please analyze the image above.")],
        _ => return None,
    };
    let messages: Vec<Value> =
        contents.into_iter().map(|content| json!({ "role": "user", "content": content })).collect();
    Some(json!({ "messages": messages }))
}
