//! The HTTP face, route by route and threat by threat.

mod abuse;
mod access;
mod callback;
mod connect_form;
mod connect_page;
mod cross_site;
mod description;
mod floods;
mod headers;
mod limits;
mod mcps;
mod mounting;
mod overview;
mod proofs;
mod routes;
mod settings;
mod two_sites;
