//! All flows.

mod agents;
mod calls;
mod connect;
mod keys;
mod notify;
mod owner;
mod secrets;
mod tasks;
mod token;
mod worker;

use crate::flow::Flow;

/// A flow that has not begun.
type New = fn() -> Box<dyn Flow>;

/// Each by its name.
pub(crate) const FLOWS: [(&str, New); 27] = [
    ("accept a proposal", || Box::new(tasks::Accept::default())),
    ("call that reads", || Box::new(calls::Read)),
    ("call that writes", || Box::new(calls::Write { key: None })),
    ("call that writes, under a key", || Box::new(calls::Write { key: Some("k1") })),
    ("change an integration", || Box::new(owner::Update)),
    ("change a secret", || Box::new(secrets::Change::default())),
    ("connect", || Box::new(connect::Connect)),
    ("connect by another browser", || Box::new(connect::HandedOver)),
    ("connect for an agent", || Box::new(agents::Asked)),
    ("create a secret", || Box::new(secrets::Create)),
    ("dead grant", || Box::new(token::Dead)),
    ("disconnect", || Box::new(owner::Disconnect)),
    ("erase a secret", || Box::new(secrets::Erase::default())),
    ("join by a form", || Box::new(notify::Join)),
    ("notify", || Box::new(notify::Notify::default())),
    ("notify later", || Box::new(notify::Later::default())),
    ("propose", || Box::new(tasks::Propose)),
    ("read a secret", || Box::new(secrets::Read)),
    ("reconnect", || Box::new(connect::Reconnect)),
    ("refresh", || Box::new(token::Refresh)),
    ("refused token", || Box::new(token::Refused)),
    ("rewrap", || Box::new(keys::Rewrap)),
    ("run of an agent", || Box::new(agents::Run)),
    ("thread permissions", || Box::new(owner::Threads)),
    ("unused grant", || Box::new(connect::Unused)),
    ("validate", || Box::new(owner::Validate)),
    ("worker", || Box::new(worker::Turn)),
];
