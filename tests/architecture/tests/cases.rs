//! The table of attacks and faults names tests that exist.

use anyhow::{Context as _, ensure};
use architecture_tests::{
    cases::{breaches, cases, tests},
    tree,
};

/// Everything around connecting, callbacks, token endpoints, refreshes and sealed records.
const REQUIRED: [&str; 91] = [
    "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T13", "T14", "T15", "T16", "T17",
    "T18", "T19", "T20", "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T28", "T29", "T30", "T31", "T32",
    "T33", "T34", "T35", "T36", "T37", "T38", "T39", "T40", "T41", "T43", "T45", "T47", "T48", "T49", "T50",
    "T51", "T52", "T53", "T54", "T55", "T56", "T57", "T58", "T59", "T60", "T61", "T61a", "T62", "T63", "T64",
    "T65", "T66", "T67", "T68", "T69", "T70", "T71", "T72", "T73", "T74", "T75", "T76", "T77", "T78", "T79",
    "T80", "T81", "T82", "T83", "T84", "T85", "T86", "T87", "T88", "T92", "T94", "T102", "T104", "T105",
    "T106",
];

#[test]
fn every_case_is_in_the_table_with_tests_that_exist() -> anyhow::Result<()> {
    let root = tree::root()?;
    let table = tree::text(&root.join("docs/security-tests.md"))?.context("the table is text")?;
    let breaches = breaches(&cases(&table), &REQUIRED, &tests(&root)?);
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn a_missing_case_an_unproven_one_and_an_unknown_test_are_named() {
    let table = "| T1 | a link | `a::one`, `a::two` |\n| T2 | `no test` |\n| Table | `a::one` |\n| --- |";
    let known = ["a::one".to_owned()].into();
    assert_eq!(
        breaches(&cases(table), &["T1", "T2", "T61a"], &known),
        ["line 1: T1 names a::two, which is no test", "line 2: no test is named for T2", "T61a is missing"]
    );
}

#[test]
fn tests_are_found_and_helpers_are_not() -> anyhow::Result<()> {
    let found = tests(&tree::root()?)?;
    let expected = [
        "architecture-tests::tests_are_found_and_helpers_are_not",
        "bailee-testkit::of_parallel_leases_one_wins",
        "refresh-tests::five_hundred_tasks_on_one_expired_row_send_one_refresh_and_all_have_its_token",
    ];
    for name in expected {
        ensure!(found.contains(name), "{name} was not found");
    }
    ensure!(!found.contains("architecture-tests::tests"), "a helper is no test");
    Ok(())
}
