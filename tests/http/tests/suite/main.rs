//! The HTTP face, route by route and threat by threat.

mod abuse;
mod access;
mod callback;
mod cross_site;
mod description;
mod headers;
mod limits;
mod mounting;
mod proofs;
mod routes;
mod two_sites;
