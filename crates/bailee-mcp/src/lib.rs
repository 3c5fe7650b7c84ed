#![doc = include_str!("../README.md")]

mod answer;
mod call;
mod connect;
mod identify;
mod jwt;
mod list;
mod notify;
mod router;
mod server;
mod sessions;
mod visit;

pub use identify::{AgentCaller, FromExtension, Identify, IdentifyError, Identity, RunTokens};
pub use jwt::{Claims, JwtKeys, JwtKeysError, JwtResourceServer};
pub use router::{Mcp, router};
pub use server::{ToolServer, in_process};
