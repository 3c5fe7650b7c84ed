//! What bailee costs, beside the same work written by hand.
//!
//! Wall time says little on a machine that others use too: [`compare`] reads CPU time, of our threads and of the database's,
//! in blocks that take turns, with a control that measures the same work against itself.

mod blocks;
mod cpu;
mod figures;
mod hand;
mod sealed;
mod tasks;
mod world;

pub use blocks::{Comparison, Plan, compare, compare_rounds, quantile};
pub use cpu::Meter;
pub use figures::{Figure, Figures, time};
pub use hand::{Hand, HandToken};
pub use sealed::{RecordOf, open, seal};
pub use tasks::in_tasks;
pub use world::{Engine, ROWS, World, owner, row};
