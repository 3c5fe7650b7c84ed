use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::{
    mock_google::{GoogleAccount, api::Call, docs::Document, sheets::Spreadsheet},
    mock_provider::token,
};

/// What a folder is.
pub(super) const FOLDER: &str = "application/vnd.google-apps.folder";
/// What a document of Google Docs is.
pub(super) const DOCUMENT: &str = "application/vnd.google-apps.document";
/// What a spreadsheet of Google Sheets is.
pub(super) const SPREADSHEET: &str = "application/vnd.google-apps.spreadsheet";

/// All files of one account.
#[derive(Debug)]
pub(in crate::mock_google) struct Drive {
    /// The id of My Drive, which is also called `root`.
    pub(super) root: String,
    pub(super) files: BTreeMap<String, File>,
}

/// One file.
#[derive(Clone, Debug)]
pub(in crate::mock_google) struct File {
    pub(super) id: String,
    pub(in crate::mock_google) name: String,
    pub(super) mime_type: String,
    pub(super) parent: String,
    pub(super) modified: DateTime<Utc>,
    pub(super) trashed: bool,
    /// The Cloud project that made it; `None`: the user did, by hand.
    pub(super) project: Option<String>,
    pub(in crate::mock_google) content: Content,
}

#[derive(Clone, Debug)]
pub(in crate::mock_google) enum Content {
    Document(Document),
    /// Of a folder, and of what the mock cannot open.
    None,
    Spreadsheet(Spreadsheet),
}

/// Which files a call sees.
#[derive(Debug)]
pub(in crate::mock_google) struct Sight {
    all: bool,
    pub(in crate::mock_google) project: String,
}

impl Sight {
    /// All files where the grant has one of these scopes, else those of its project.
    pub(in crate::mock_google) fn of(call: &Call<'_>, all: &[&str]) -> Self {
        let grant =
            call.request.bearer().and_then(|token| call.state.by_access_token(token, call.time.elapsed()));
        let url = |scope: &&str| format!("https://www.googleapis.com/auth/{scope}");
        Self {
            all: grant.is_some_and(|grant| all.iter().any(|scope| grant.scopes.contains(&url(scope)))),
            project: grant.map(|grant| grant.project.clone()).unwrap_or_default(),
        }
    }

    pub(super) fn sees(&self, file: &File) -> bool {
        self.all || file.project.as_ref() == Some(&self.project)
    }
}

impl Default for Drive {
    fn default() -> Self {
        Self { root: token("0A"), files: BTreeMap::new() }
    }
}

impl Drive {
    /// Puts a file into My Drive and returns its id.
    pub(in crate::mock_google) fn add(
        &mut self,
        name: &str,
        content: Content,
        project: Option<&str>,
        now: DateTime<Utc>,
    ) -> String {
        let mime_type = match content {
            Content::Document(_) => DOCUMENT,
            Content::None => FOLDER,
            Content::Spreadsheet(_) => SPREADSHEET,
        };
        let id = token("1");
        let file = File {
            id: id.clone(),
            name: name.to_owned(),
            mime_type: mime_type.to_owned(),
            parent: self.root.clone(),
            modified: now,
            trashed: false,
            project: project.map(str::to_owned),
            content,
        };
        self.files.insert(id.clone(), file);
        id
    }

    /// The file of that id, whoever asks.
    pub(in crate::mock_google) fn file(&self, id: &str) -> Option<&File> {
        self.files.get(id)
    }

    /// The file of that id, to change it.
    pub(in crate::mock_google) fn file_mut(&mut self, id: &str) -> Option<&mut File> {
        self.files.get_mut(id)
    }

    /// The file of that id, where the call may see it.
    pub(in crate::mock_google) fn seen(&self, id: &str, sight: &Sight) -> Option<&File> {
        self.files.get(id).filter(|file| sight.sees(file))
    }

    /// The folder of that id or alias, where it is one that the call may see.
    pub(super) fn folder(&self, id: &str, sight: &Sight) -> Option<String> {
        if id == "root" || id == self.root {
            return Some(self.root.clone());
        }
        self.seen(id, sight).filter(|file| file.mime_type == FOLDER).map(|file| file.id.clone())
    }
}

impl File {
    /// The file as Drive describes it, with what the tools ask for.
    pub(super) fn resource(&self, owner: &GoogleAccount) -> Value {
        let link = match self.mime_type.as_str() {
            FOLDER => format!("https://drive.google.com/drive/folders/{}", self.id),
            DOCUMENT => format!("https://docs.google.com/document/d/{}/edit?usp=drivesdk", self.id),
            SPREADSHEET => format!("https://docs.google.com/spreadsheets/d/{}/edit?usp=drivesdk", self.id),
            _ => format!("https://drive.google.com/file/d/{}/view?usp=drivesdk", self.id),
        };
        let mut resource = json!({
            "kind": "drive#file",
            "id": self.id,
            "name": self.name,
            "mimeType": self.mime_type,
            "parents": [self.parent],
            "modifiedTime": self.modified.to_rfc3339_opts(SecondsFormat::Millis, true),
            "trashed": self.trashed,
            "version": "1",
            "webViewLink": link,
            "owners": [{ "kind": "drive#user", "displayName": owner.name, "emailAddress": owner.email, "me": true }],
        });
        // Numbers of 64 bits are texts. Folders have no size.
        if let (true, Some(members)) = (self.mime_type != FOLDER, resource.as_object_mut()) {
            members.insert("size".to_owned(), json!("1024"));
        }
        resource
    }

    /// Its text, which a search for words looks into.
    pub(super) fn text(&self) -> String {
        match &self.content {
            Content::Document(document) => document.text(),
            Content::None => String::new(),
            Content::Spreadsheet(spreadsheet) => spreadsheet.text(),
        }
    }
}
