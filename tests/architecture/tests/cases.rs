//! The tables of requirements and of attacks and faults are whole, and name tests that exist.

use anyhow::{Context as _, ensure};
use architecture_tests::{
    cases::{breaches, cases, not_run, tests},
    tree,
};

/// Every attack and fault that was thought of.
const REQUIRED: [&str; 108] = [
    "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T13", "T14", "T15", "T16",
    "T17", "T18", "T19", "T20", "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T28", "T29", "T30", "T31",
    "T32", "T33", "T34", "T35", "T36", "T37", "T38", "T39", "T40", "T41", "T42", "T43", "T44", "T45", "T46",
    "T47", "T48", "T49", "T50", "T51", "T52", "T53", "T54", "T55", "T56", "T57", "T58", "T59", "T60", "T61",
    "T61a", "T62", "T63", "T64", "T65", "T66", "T67", "T68", "T69", "T70", "T71", "T72", "T73", "T74", "T75",
    "T76", "T77", "T78", "T79", "T80", "T81", "T82", "T83", "T84", "T85", "T86", "T87", "T88", "T89", "T89a",
    "T90", "T91", "T92", "T93", "T94", "T95", "T96", "T97", "T98", "T99", "T100", "T101", "T102", "T103",
    "T104", "T105", "T106",
];

/// Everything that `docs/security-requirements.md` promises.
const REQUIREMENTS: [&str; 55] = [
    "R1", "R2", "R3", "R4", "R4b", "R5", "R6", "R7", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15",
    "R16", "R17", "R18", "R19", "R20", "R21", "R22", "R23", "R24", "R25", "R26", "R27", "R28", "R29", "R30",
    "R31", "R31b", "R32", "R33", "R34", "R35", "R36", "R37", "R38", "R39", "R40", "R41", "R42", "R43", "R44",
    "R45", "R46", "R47", "R48", "R49", "R50", "R51", "R52", "R53",
];

/// How a host runs it is the matter of its operator.
const REVIEWED: [&str; 1] = ["R40"];

#[test]
fn every_requirement_is_in_the_table_with_tests_that_exist() -> anyhow::Result<()> {
    let root = tree::root()?;
    let table = tree::text(&root.join("docs/security-requirements.md"))?.context("the table is text")?;
    let breaches = breaches(&cases('R', &table), &REQUIREMENTS, &REVIEWED, &tests(&root)?);
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn a_test_that_is_named_and_did_not_pass_is_found_in_the_log() {
    let table = cases('R', "| R1 | `a::one`, `b::two`, `b::three`, `c::four` |");
    let log = "test suite::one ... ok\ntest two ... FAILED\ntest three ... ignored\ntest one_four ... ok\n";
    assert_eq!(not_run(&table, log), ["b::three", "b::two", "c::four"]);
}

#[test]
fn every_case_is_in_the_table_with_tests_that_exist() -> anyhow::Result<()> {
    let root = tree::root()?;
    let table = tree::text(&root.join("docs/security-tests.md"))?.context("the table is text")?;
    let breaches = breaches(&cases('T', &table), &REQUIRED, &[], &tests(&root)?);
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn a_missing_case_an_unproven_one_and_an_unknown_test_are_named() {
    let table = "| R1 | `no row of this table` |\n| T1 | a link | `a::one`, `a::two` |\n| T2 | `no test` |\n| Table | `a::one` |\n| --- |";
    let known = ["a::one".to_owned()].into();
    assert_eq!(
        breaches(&cases('T', table), &["T1", "T2", "T61a"], &[], &known),
        ["line 2: T1 names a::two, which is no test", "line 3: no test is named for T2", "T61a is missing"]
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
