use chrono::{DateTime, Utc};
use http::StatusCode;
use serde_json::Value;

use super::{Content, Drive, Sight, not_found};
use crate::{
    mock_google::{GoogleAccount, api_error},
    mock_provider::{Answer, RecordedRequest},
};

/// `files.create` of metadata alone: a folder, or an empty file.
pub(super) fn create(
    drive: &mut Drive,
    account: &GoogleAccount,
    sight: &Sight,
    request: &RecordedRequest,
    now: DateTime<Utc>,
) -> Answer {
    let Some(Value::Object(asked)) = &request.json else {
        return api_error::error(StatusCode::BAD_REQUEST, "global", "parseError", "Parse Error");
    };
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let parents = match asked.get("parents") {
        None => None,
        Some(parents) => match parents.as_array().map(Vec::as_slice) {
            Some([Value::String(parent)]) => Some(parent),
            _ => return api_error::invalid("The specified parents are invalid: a file has exactly one."),
        },
    };
    let parent = match parents.map(|parent| drive.folder(parent, sight).ok_or(parent)) {
        None => drive.root.clone(),
        Some(Ok(parent)) => parent,
        Some(Err(unseen)) => return not_found(unseen),
    };
    let id = drive.add(text("name").unwrap_or("Untitled"), Content::None, Some(&sight.project), now);
    let Some(file) = drive.file_mut(&id) else {
        return not_found(&id);
    };
    file.parent = parent;
    text("mimeType").unwrap_or("application/octet-stream").clone_into(&mut file.mime_type);
    Answer::json(StatusCode::OK, &file.resource(account))
}

/// `files.update`: another name, another folder.
pub(super) fn update(
    drive: &mut Drive,
    account: &GoogleAccount,
    sight: &Sight,
    request: &RecordedRequest,
    id: &str,
) -> Answer {
    let Some(Value::Object(asked)) = &request.json else {
        return api_error::error(StatusCode::BAD_REQUEST, "global", "parseError", "Parse Error");
    };
    if asked.contains_key("parents") {
        let message = "The parents field is not directly writable in update requests. Use the addParents and \
                       removeParents parameters instead.";
        return api_error::error(StatusCode::FORBIDDEN, "global", "fieldNotWritable", message);
    }
    let Some(file) = drive.seen(id, sight) else {
        return not_found(id);
    };
    let mut parents = vec![file.parent.clone()];
    let listed = |name: &str| request.query(name).unwrap_or_default().split(',').filter(|id| !id.is_empty());
    for removed in listed("removeParents") {
        parents.retain(|parent| parent != removed);
    }
    for added in listed("addParents") {
        match drive.folder(added, sight) {
            Some(folder) if parents.contains(&folder) => {}
            Some(folder) => parents.push(folder),
            None => return not_found(added),
        }
    }
    let [parent] = parents.as_slice() else {
        let message = "Increasing the number of parents is not allowed";
        return api_error::error(StatusCode::FORBIDDEN, "global", "cannotAddParent", message);
    };
    let parent = parent.clone();
    let Some(file) = drive.file_mut(id) else {
        return not_found(id);
    };
    file.parent = parent;
    if let Some(name) = asked.get("name").and_then(Value::as_str) {
        name.clone_into(&mut file.name);
    }
    Answer::json(StatusCode::OK, &file.resource(account))
}
