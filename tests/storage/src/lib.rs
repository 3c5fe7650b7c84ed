//! The SQL store on every engine: see `tests/`.
