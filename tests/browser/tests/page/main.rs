//! The page, as people meet it. The 26 groups of what it must hold, and where they are:
//!
//! | groups | file |
//! |---|---|
//! | 1 accessible in each state, look and width; 26 no motion where it is not wanted | `accessible` |
//! | 2 words; 3 loading; 11 two windows | `list` |
//! | 4 connect; 6 and 7 callback | `connect`, `callback` |
//! | 8 validate; 9 reconnect | `verdicts` |
//! | 10 disconnect | `disconnect` |
//! | 12 scope | `scope` |
//! | 13 threads, tasks, warnings | `threads` |
//! | 14 keyboard | `keyboard` |
//! | 15 what a screen reader is told | `told`, and all that look for roles and names |
//! | 16 sizes; 22 right to left, long words | `sizes` |
//! | 17 policies; 25 weight | `served` |
//! | 18 foreign pages; 19 frames | `embedded` |
//! | 20 the page of agents' connects | `consent` |
//! | 21 secrets | `secrets` |
//! | 5 and 23 several accounts, widget, links; 24 forms | `several`, `forms` |

mod accessible;
mod callback;
mod connect;
mod consent;
mod disconnect;
mod embedded;
mod forms;
mod keyboard;
mod list;
mod rig;
mod scope;
mod secrets;
mod served;
mod several;
mod sizes;
mod threads;
mod told;
mod verdicts;
