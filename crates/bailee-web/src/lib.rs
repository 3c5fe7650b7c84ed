#![doc = include_str!("../README.md")]

mod assets;
mod html;
mod policy;
mod serve;
mod web;

pub use web::{Web, router};
