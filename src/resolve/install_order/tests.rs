//! The order of installation, on the graphs where pips differ.

use super::*;
use crate::lambda::{Architecture, PythonVersion};
use crate::report::Place;
use crate::requirements::Requirement;

fn order(roots: &[&str], wheels: &[(&str, &[&str])]) -> Vec<String> {
    let mut wheels = wheels.to_vec();
    wheels.sort_unstable();
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
    let requires: Vec<Vec<String>> = wheels.iter().map(|(_, requires)| owned(requires)).collect();
    let wheels: Vec<(&str, &[String])> =
        wheels.iter().zip(&requires).map(|((name, _), lines)| (*name, lines.as_slice())).collect();
    let requirement = |line: &&str| Requirement {
        place: Place { path: "requirements.txt".to_owned(), line: Some(1) },
        text: (*line).to_owned(),
        line: (*line).to_owned(),
        hashes: Vec::new(),
        own: None,
        identity: (*line).to_owned(),
        demand: Demand::Named(Box::new(parse_named(line).unwrap())),
    };
    let requirements = Requirements {
        requirements: roots.iter().map(requirement).collect(),
        ..Default::default()
    };
    let target = Target { python: PythonVersion { minor: 12 }, architecture: Architecture::X86_64 };
    let places = installation(&wheels, &requirements, target).order;
    places.into_iter().map(|index| wheels[index].0.to_owned()).collect()
}

#[test]
fn what_is_required_comes_before_what_requires_it() {
    assert_eq!(order(&["a"], &[("a", &["b"]), ("b", &["c"]), ("c", &[])]), ["c", "b", "a"]);
}

#[test]
fn names_descend_within_a_layer_so_the_first_wins() {
    assert_eq!(order(&["a", "b"], &[("a", &[]), ("b", &[])]), ["b", "a"]);
}

#[test]
fn layers_go_by_what_is_below_not_by_depth() {
    // pip 21.2 would install c, b, a.
    assert_eq!(order(&["a", "b"], &[("a", &[]), ("b", &["c"]), ("c", &[])]), ["c", "a", "b"]);
}

#[test]
fn an_extra_stands_between_its_project_and_who_asks_for_it() {
    let wheels: &[(&str, &[&str])] =
        &[("a", &["b[x]"]), ("b", &["c ; extra == 'x'", "d"]), ("c", &[]), ("d", &[])];
    assert_eq!(order(&["a"], wheels), ["d", "c", "b", "a"]);
}

#[test]
fn a_marker_of_another_target_is_no_edge() {
    let wheels: &[(&str, &[&str])] = &[("a", &["b ; python_version < '3.9'"]), ("b", &[])];
    assert_eq!(order(&["a", "b"], wheels), ["b", "a"]);
}

#[test]
fn a_cycle_comes_last_the_farthest_first() {
    let wheels: &[(&str, &[&str])] =
        &[("a", &["b"]), ("b", &["c"]), ("c", &["a", "d"]), ("d", &[])];
    assert_eq!(order(&["a"], wheels), ["d", "c", "b", "a"]);
}

#[test]
fn what_a_lock_lacks_is_told_as_far_as_it_applies() {
    let requires = [
        vec!["b".to_owned(), "c".to_owned(), "d ; python_version < '3.0'".to_owned()],
        vec!["e ; extra == 'x'".to_owned()],
    ];
    let wheels = [("a", requires[0].as_slice()), ("b", requires[1].as_slice())];
    let target = Target { python: PythonVersion { minor: 12 }, architecture: Architecture::X86_64 };
    let found = installation(&wheels, &Requirements::default(), target).unmet;
    assert_eq!(found, BTreeSet::from([("a".to_owned(), "c".to_owned())]));
}
