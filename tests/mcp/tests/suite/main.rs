//! What agents find at the door, over real HTTP and in process, with the client of the protocol's own library and without.

mod calls;
mod changes;
mod connect;
mod credentials;
mod doors;
mod hidden;
mod in_process;
mod limits;
mod listing;
mod sessions;
mod state;
mod tokens;
