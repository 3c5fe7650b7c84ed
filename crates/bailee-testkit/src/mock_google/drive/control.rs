use serde_json::Value;

use super::{Content, Drive};
use crate::mock_google::{MockGoogle, docs::Document, sheets::Spreadsheet};

/// What lies in Google Drive.
impl MockGoogle {
    /// Puts a document of this text, one paragraph a line, into the account's Drive, as the user would by hand: an app
    /// with no more than `drive.file` does not see it. Returns its id.
    #[must_use]
    pub fn add_document(&self, sub_or_email: &str, title: &str, text: &str) -> String {
        self.add_by_hand(sub_or_email, title, Content::Document(Document::of(text)))
    }

    /// Puts a folder into the account's Drive, as the user would by hand. Returns its id.
    #[must_use]
    pub fn add_folder(&self, sub_or_email: &str, name: &str) -> String {
        self.add_by_hand(sub_or_email, name, Content::None)
    }

    /// Puts a spreadsheet with one sheet of this name and these rows into the account's Drive, as the user would by
    /// hand. Returns its id.
    #[must_use]
    pub fn add_spreadsheet(
        &self,
        sub_or_email: &str,
        title: &str,
        sheet: &str,
        rows: &[Vec<Value>],
    ) -> String {
        self.add_by_hand(sub_or_email, title, Content::Spreadsheet(Spreadsheet::of(sheet, rows)))
    }

    /// Moves a file to the bin.
    pub fn trash_file(&self, sub_or_email: &str, id: &str) {
        self.in_drive(sub_or_email, |drive| {
            if let Some(file) = drive.file_mut(id) {
                file.trashed = true;
            }
        });
    }

    /// All files of the account as Drive describes them, those in the bin too, in the order of their ids.
    #[must_use]
    pub fn files(&self, sub_or_email: &str) -> Vec<Value> {
        let account = self.hub.site.state().account(sub_or_email).cloned();
        let described = |drive: &mut Drive| {
            let files =
                account.iter().flat_map(|account| drive.files.values().map(|file| file.resource(account)));
            files.collect()
        };
        self.in_drive(sub_or_email, described).unwrap_or_default()
    }

    /// The text of a document, one paragraph a line; `None` where there is no such document.
    #[must_use]
    pub fn document_text(&self, sub_or_email: &str, id: &str) -> Option<String> {
        self.in_drive(sub_or_email, |drive| match &drive.file(id)?.content {
            Content::Document(document) => Some(document.text()),
            _ => None,
        })?
    }

    /// The cells of the first sheet of a spreadsheet as they were stored, a formula as an object with one member
    /// `formula`; `None` where there is no such spreadsheet.
    #[must_use]
    pub fn cells(&self, sub_or_email: &str, id: &str) -> Option<Vec<Vec<Value>>> {
        self.in_drive(sub_or_email, |drive| match &drive.file(id)?.content {
            Content::Spreadsheet(spreadsheet) => Some(spreadsheet.cells()),
            _ => None,
        })?
    }

    fn add_by_hand(&self, sub_or_email: &str, name: &str, content: Content) -> String {
        let now = self.hub.site.time.now();
        self.in_drive(sub_or_email, |drive| drive.add(name, content, None, now)).unwrap_or_default()
    }

    fn in_drive<T>(&self, sub_or_email: &str, then: impl FnOnce(&mut Drive) -> T) -> Option<T> {
        let mut state = self.hub.site.state();
        let sub = state.account(sub_or_email).map(|account| account.sub.clone())?;
        Some(then(state.drive(&sub)))
    }
}
