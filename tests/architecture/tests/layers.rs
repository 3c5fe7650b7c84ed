//! Who may know whom.

use anyhow::ensure;
use architecture_tests::{
    layers::{LAYERS, Layer, breaches, published_circles},
    metadata::{Dependency, Metadata, Package},
};

#[test]
fn every_crate_knows_only_what_its_layer_allows() -> anyhow::Result<()> {
    let metadata = Metadata::read()?;
    let libraries: Vec<_> = metadata.libraries().cloned().collect();
    let breaches = breaches(&LAYERS, &libraries);
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

#[test]
fn no_circle_through_tests_reaches_the_packages() -> anyhow::Result<()> {
    let metadata = Metadata::read()?;
    let libraries: Vec<_> = metadata.libraries().cloned().collect();
    let breaches = published_circles(&libraries);
    ensure!(breaches.is_empty(), "{}", breaches.join("\n"));
    Ok(())
}

const LOW_AND_HIGH: [Layer; 2] = [
    Layer { name: "low", knows: &[], uses: &["ring"], behind: &[("mockall", "mock")], tested_with: &["kit"] },
    Layer { name: "high", knows: &["low"], uses: &[], behind: &[], tested_with: &[] },
];

fn package(name: &str, dependencies: Vec<Dependency>) -> Package {
    Package { name: name.to_owned(), dependencies, ..Package::default() }
}

fn ours(name: &str) -> Dependency {
    Dependency { path: Some(name.into()), req: "^0.1".to_owned(), ..theirs(name) }
}

fn theirs(name: &str) -> Dependency {
    Dependency { name: name.to_owned(), req: "^1".to_owned(), ..Dependency::default() }
}

fn of_tests(dependency: Dependency) -> Dependency {
    Dependency { kind: Some("dev".to_owned()), ..dependency }
}

#[test]
fn what_the_table_allows_is_no_breach() {
    let low = package(
        "low",
        vec![theirs("ring"), theirs("serde"), of_tests(ours("kit")), of_tests(theirs("anything"))],
    );
    let high = package("high", vec![ours("low")]);
    assert_eq!(breaches(&LOW_AND_HIGH, &[low, high]), Vec::<String>::new());
}

#[test]
fn a_lower_layer_that_knows_a_higher_one_is_named() {
    let low = package("low", vec![ours("high")]);
    let high = package("high", vec![]);
    assert_eq!(breaches(&LOW_AND_HIGH, &[low, high]), ["low may not know high"]);
}

#[test]
fn a_crate_from_outside_that_is_not_in_the_table_is_named() {
    let low = package("low", vec![]);
    let mut build = theirs("openssl");
    build.kind = Some("build".to_owned());
    let high = package("high", vec![theirs("ring"), build]);
    assert_eq!(breaches(&LOW_AND_HIGH, &[low, high]), ["high may not use ring", "high may not use openssl"]);
}

#[test]
fn a_test_that_knows_a_crate_of_another_layer_is_named() {
    let low = package("low", vec![of_tests(ours("high"))]);
    let high = package("high", vec![]);
    assert_eq!(breaches(&LOW_AND_HIGH, &[low, high]), ["the tests of low may not know high"]);
}

#[test]
fn a_crate_without_a_line_and_a_line_without_a_crate_are_named() {
    let low = package("low", vec![]);
    let new = package("new", vec![]);
    assert_eq!(
        breaches(&LOW_AND_HIGH, &[low, new]),
        ["new has no line in the table of layers", "the table of layers names high, which does not exist"]
    );
}

#[test]
fn an_optional_crate_stays_behind_its_own_feature() {
    let high = package("high", vec![]);
    let behind = |features: &[(&str, &[&str])]| {
        let mut low = package("low", vec![theirs("mockall")]);
        low.dependencies[0].optional = true;
        for (name, parts) in features {
            let parts = parts.iter().map(ToString::to_string).collect();
            low.features.insert((*name).to_owned(), parts);
        }
        breaches(&LOW_AND_HIGH, &[low, high.clone()])
    };
    assert_eq!(behind(&[("mock", &["dep:mockall"])]), Vec::<String>::new());
    let complaint = ["low may depend on mockall only behind its feature `mock`, off by default"];
    assert_eq!(behind(&[("mock", &["dep:mockall"]), ("other", &["dep:mockall"])]), complaint);
    assert_eq!(behind(&[("mock", &["dep:mockall"]), ("all", &["mock"]), ("default", &["all"])]), complaint);
    let mut always = package("low", vec![theirs("mockall")]);
    always.features.insert("mock".to_owned(), vec![]);
    assert_eq!(breaches(&LOW_AND_HIGH, &[always, high]), complaint);
}

#[test]
fn a_circle_through_tests_is_named_unless_it_has_no_version() {
    let mut kit_of_tests = of_tests(ours("kit"));
    let kit = package("kit", vec![ours("low")]);
    let low = package("low", vec![kit_of_tests.clone()]);
    assert_eq!(
        published_circles(&[low, kit.clone()]),
        ["kit depends on low, so the tests of low must name it by path, without a version"]
    );
    kit_of_tests.req = "*".to_owned();
    let low = package("low", vec![kit_of_tests]);
    assert_eq!(published_circles(&[low, kit]), Vec::<String>::new());
}
