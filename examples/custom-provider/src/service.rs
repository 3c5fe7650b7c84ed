//! The service, in this process, and how requests reach it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use bailee_core::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

/// What a provider asks a service over. For a service on the network it is an HTTP client that has a deadline, caps bodies,
/// follows no redirect and knows the one host that may get the key; `bailee_oauth::HttpClient` is such a client.
#[async_trait]
pub trait Wire: fmt::Debug + Send + Sync {
    /// Sends one request, such as `GET /board`, with the key of an account. Gives status and body of the answer; none when
    /// no answer came.
    async fn send(&self, request: &str, key: &SecretString, body: Value) -> Option<(u16, String)>;
}

/// A Corkboard in memory: boards with a key each, and what was pinned to them. Clones share it.
#[derive(Clone, Default)]
pub struct FakeCorkboard(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    boards: BTreeMap<String, Board>,
    asked: usize,
    trouble: Option<Trouble>,
}

#[derive(Default)]
struct Board {
    id: String,
    notes: Vec<String>,
}

/// What is wrong with the service.
#[derive(Clone, Debug)]
pub enum Trouble {
    /// It does what it is asked, and no answer arrives.
    Silence,
    /// It answers this, whatever it is asked.
    Says(u16, String),
}

impl FakeCorkboard {
    /// Adds a board, which opens to this key.
    pub fn add_board(&self, key: &str, id: &str) {
        let board = Board { id: id.to_owned(), notes: Vec::new() };
        self.state().boards.insert(key.to_owned(), board);
    }

    /// Takes a key back.
    pub fn remove_key(&self, key: &str) {
        self.state().boards.remove(key);
    }

    /// What is pinned to a board.
    #[must_use]
    pub fn notes(&self, id: &str) -> Vec<String> {
        let state = self.state();
        state.boards.values().filter(|board| board.id == id).flat_map(|board| board.notes.clone()).collect()
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.state().asked
    }

    /// Goes wrong so from now on, or no longer.
    pub fn set_trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without its keys.
impl fmt::Debug for FakeCorkboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeCorkboard").field("boards", &self.state().boards.len()).finish_non_exhaustive()
    }
}

#[async_trait]
impl Wire for FakeCorkboard {
    async fn send(&self, request: &str, key: &SecretString, body: Value) -> Option<(u16, String)> {
        let mut state = self.state();
        state.asked += 1;
        match state.trouble.clone() {
            Some(Trouble::Says(status, body)) => Some((status, body)),
            Some(Trouble::Silence) => {
                state.answer(request, key.expose_secret(), &body);
                None
            }
            None => {
                let (status, body) = state.answer(request, key.expose_secret(), &body);
                Some((status, body.to_string()))
            }
        }
    }
}

impl State {
    fn answer(&mut self, request: &str, key: &str, body: &Value) -> (u16, Value) {
        let Some(board) = self.boards.get_mut(key) else { return (401, json!({ "error": "unknown key" })) };
        match request {
            "GET /board" => (200, json!({ "id": board.id, "name": format!("Board {}", board.id) })),
            "POST /notes" => {
                board.notes.push(body.get("text").and_then(Value::as_str).unwrap_or_default().to_owned());
                (201, json!({ "id": format!("note-{}", board.notes.len()) }))
            }
            "DELETE /key" => {
                self.boards.remove(key);
                (200, json!({}))
            }
            _ => (404, json!({ "error": "no such thing" })),
        }
    }
}
