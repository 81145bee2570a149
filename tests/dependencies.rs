//! What the project depends on, without a network: licences, sources and duplicates, by the lists of
//! `deny.toml`.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod licences;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::Value;

use licences::is_allowed;

/// All packages that this machine compiles, of which no other need be downloaded, and who needs whom.
static METADATA: LazyLock<Value> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--offline", "--all-features"])
        .args(["--filter-platform", &host()])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
});

fn host() -> String {
    let output = Command::new("rustc").arg("-vV").current_dir(root()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The strings of a list in `deny.toml`, which has one on each line.
fn list(name: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, list) = text.split_once(&format!("\n{name} = [\n")).unwrap();
    let (list, _) = list.split_once("\n]").unwrap();
    let lines = list.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.map(|line| line.trim_matches(['"', ',']).to_owned()).collect()
}

fn packages() -> impl Iterator<Item = &'static Value> {
    METADATA["packages"].as_array().unwrap().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn every_licence_is_allowed() {
    let allowed = list("allow");
    let is_bad = |package: &&Value| !is_allowed(text(&package["license"]), &allowed);
    let bad: Vec<_> = packages()
        .filter(is_bad)
        .map(|it| format!("{} {}: `{}`", it["name"], it["version"], it["license"]))
        .collect();
    assert!(bad.is_empty(), "not allowed in deny.toml: {bad:#?}");
}

#[test]
fn every_licence_that_is_allowed_is_needed() {
    let allowed = list("allow");
    for licence in &allowed {
        let others: BTreeSet<_> = allowed.iter().filter(|it| *it != licence).cloned().collect();
        let is_needed = packages().any(|it| !is_allowed(text(&it["license"]), &others));
        assert!(is_needed, "deny.toml allows {licence}, which nothing needs");
    }
}

#[test]
fn everything_comes_from_this_workspace_or_one_registry() {
    let sources: BTreeSet<_> = packages().map(|it| text(&it["source"])).collect();
    let others: Vec<_> = sources.into_iter().filter(|source| !source.is_empty()).collect();
    assert!(matches!(others.as_slice(), [one] if one.starts_with("registry+")), "{others:?}");
}

/// With all features, and without what builds and tests take.
#[test]
fn the_runtime_needs_nothing_in_two_versions() {
    let mut versions = BTreeMap::<_, BTreeSet<_>>::new();
    for id in needed_by("migrations-runtime") {
        let package = packages().find(|it| it["id"] == id).unwrap();
        versions.entry(text(&package["name"])).or_default().insert(text(&package["version"]));
    }
    assert!(versions.contains_key("postgres"), "{versions:?}");
    versions.retain(|_, versions| versions.len() > 1);
    assert!(versions.is_empty(), "{versions:#?}");
}

/// The identifiers of a package and all that it needs.
fn needed_by(name: &str) -> BTreeSet<&'static str> {
    let root = packages().find(|it| it["name"] == name).unwrap();
    let (mut found, mut next) = (BTreeSet::new(), vec![text(&root["id"])]);
    while let Some(id) = next.pop() {
        if found.insert(id) {
            let nodes = METADATA["resolve"]["nodes"].as_array().unwrap();
            let node = nodes.iter().find(|it| it["id"] == id).unwrap();
            let needs = node["deps"].as_array().unwrap().iter().filter(|it| is_normal(it));
            next.extend(needs.map(|it| text(&it["pkg"])));
        }
    }
    found
}

fn is_normal(dependency: &Value) -> bool {
    dependency["dep_kinds"].as_array().unwrap().iter().any(|it| it["kind"].is_null())
}
