//! The order in which pip would install: of two wheels with one path, the later one wins.
//!
//! As pip does it from 22.3 on: all projects that require no other project are installed and taken
//! out of the graph, and so on until none is left; within such a layer names descend. The projects
//! of a cycle come last, the farthest from the requirements first. A requirement with extras is a
//! node of its own between its project and the one that requires it, as in pip's graph.
//!
//! Source: `get_topological_weights` and `get_installation_order` in
//! `pip/_internal/resolution/resolvelib/resolver.py`. Measured by calling these of twelve versions
//! of pip: 22.3 to 26.3 agree, and 21.2 and 21.3 order by depth alone.

mod without;

use std::collections::{BTreeMap, BTreeSet};

use pep508_rs::{ExtraName, MarkerEnvironment};

use crate::lambda::Target;
use crate::requirements::{Demand, Requirements, parse_named};
use crate::tags;

/// A project, or a project with extras.
type Node = (String, BTreeSet<ExtraName>);

/// How wheels are installed together.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    /// Their places in the order in which pip would install them.
    pub(crate) order: Vec<usize>,
    /// The projects that they require for the target and the extras asked for, and that are not
    /// among them: each behind the project that requires it.
    pub(crate) unmet: BTreeSet<(String, String)>,
    /// Each node with those that it requires.
    requires: BTreeMap<Node, BTreeSet<Node>>,
    /// What is asked for on the target.
    asked: BTreeSet<Node>,
}

/// Returns how wheels, each a project with the `Requires-Dist` lines of its wheel, are installed
/// for requirements.
pub(crate) fn installation(
    wheels: &[(&str, &[String])],
    requirements: &Requirements,
    target: Target,
) -> Installation {
    let environment = tags::marker_environment(target);
    let graph = Graph::new(wheels, requirements, &environment);
    let weights = graph.weights();
    let mut order: Vec<usize> = (0..wheels.len()).collect();
    order.sort_by_key(|index| {
        let (project, _) = wheels[*index];
        let weight = weights.get(&(project.to_owned(), BTreeSet::new())).copied().unwrap_or(0);
        std::cmp::Reverse((weight, project))
    });
    let Graph { requires, asked, unmet, .. } = graph;
    Installation { order, unmet, requires, asked }
}

/// The extras in brackets, if they are extras.
fn extras_of(brackets: &str) -> BTreeSet<ExtraName> {
    let named = parse_named(&format!("a{brackets}"));
    named.map(|named| named.extras.into_iter().collect()).unwrap_or_default()
}

struct Graph {
    /// Each node with those that it requires.
    requires: BTreeMap<Node, BTreeSet<Node>>,
    /// What the requirements file asks for.
    roots: BTreeSet<Node>,
    /// Those of them whose markers hold.
    asked: BTreeSet<Node>,
    /// Projects that are required and not there, each behind the one that requires it.
    unmet: BTreeSet<(String, String)>,
}

impl Graph {
    fn new(
        wheels: &[(&str, &[String])],
        requirements: &Requirements,
        environment: &MarkerEnvironment,
    ) -> Self {
        let projects: BTreeMap<&str, &[String]> = wheels.iter().copied().collect();
        let (mut roots, mut asked) = (BTreeSet::new(), BTreeSet::<Node>::new());
        for requirement in &requirements.requirements {
            let extras = match &requirement.demand {
                Demand::Named(named) => named.extras.iter().cloned().collect(),
                Demand::Source(source) => extras_of(&source.extras),
                Demand::Wheel(_) => BTreeSet::new(),
            };
            // A source whose project is not known is no node that others could require.
            let Some(project) = requirement.demand.project() else { continue };
            if projects.contains_key(project.as_str()) {
                let node = (project, extras);
                let holds = match &requirement.demand {
                    Demand::Named(named) => named.evaluate_markers(environment, &[]),
                    Demand::Source(_) | Demand::Wheel(_) => true,
                };
                if holds {
                    asked.insert(node.clone());
                }
                roots.insert(node);
            }
        }
        let (mut requires, mut unmet) = (BTreeMap::new(), BTreeSet::new());
        let every = projects.keys().map(|project| ((*project).to_owned(), BTreeSet::new()));
        let mut waiting: Vec<Node> = every.chain(roots.iter().cloned()).collect();
        while let Some(node) = waiting.pop() {
            if requires.contains_key(&node) {
                continue;
            }
            let mut children = BTreeSet::new();
            if !node.1.is_empty() {
                children.insert((node.0.clone(), BTreeSet::new()));
            }
            let extras: Vec<ExtraName> = node.1.iter().cloned().collect();
            for line in projects.get(node.0.as_str()).copied().unwrap_or_default() {
                // Old wheels have lines that are not PEP 508. Leaving one out changes an order at
                // most.
                let Ok(required) = parse_named(line) else { continue };
                let project = required.name.to_string();
                if !required.evaluate_markers(environment, &extras) {
                    continue;
                }
                if projects.contains_key(project.as_str()) {
                    children.insert((project, required.extras.iter().cloned().collect()));
                } else {
                    unmet.insert((node.0.clone(), project));
                }
            }
            // A node that requires itself would never be free.
            children.remove(&node);
            waiting.extend(children.iter().cloned());
            requires.insert(node, children);
        }
        // Another tool has written out all: of such lines those ask that nothing requires.
        if requirements.is_locked() || requirements.is_compiled {
            let required: BTreeSet<&str> = requires
                .iter()
                .flat_map(|((own, _), children): (&Node, &BTreeSet<Node>)| {
                    children.iter().filter(move |child| child.0 != *own)
                })
                .map(|(project, _)| project.as_str())
                .collect();
            asked.retain(|(project, _)| !required.contains(project.as_str()));
        }
        let others = requirements.asked.iter().filter(|it| projects.contains_key(it.as_str()));
        asked.extend(others.map(|project| (project.clone(), BTreeSet::new())));
        Self { requires, roots, asked, unmet }
    }

    /// The weight of each node: the heavier, the earlier it is installed.
    fn weights(&self) -> BTreeMap<Node, usize> {
        let mut left: BTreeMap<&Node, &BTreeSet<Node>> = self.requires.iter().collect();
        let mut weights = BTreeMap::new();
        loop {
            let free: Vec<&Node> = left
                .iter()
                .filter(|(_, children)| children.iter().all(|child| !left.contains_key(child)))
                .map(|(node, _)| *node)
                .collect();
            if free.is_empty() {
                break;
            }
            // Heavier than any depth of what is left.
            let weight = left.len() + self.requires.len();
            for node in free {
                left.remove(node);
                weights.insert(node.clone(), weight);
            }
        }
        let mut steps = MOST_STEPS;
        for root in &self.roots {
            descend(&left, root, &mut Vec::new(), &mut weights, &mut steps);
        }
        weights
    }
}

/// How many steps are taken through cycles. Those of real projects have a few nodes; of a dozen
/// that all require each other the paths could not be counted, and pip does not end, either.
const MOST_STEPS: usize = 100_000;

/// Gives each node of a cycle the length of the longest path to it.
fn descend<'a>(
    left: &BTreeMap<&'a Node, &'a BTreeSet<Node>>,
    node: &'a Node,
    path: &mut Vec<&'a Node>,
    weights: &mut BTreeMap<Node, usize>,
    steps: &mut usize,
) {
    let Some(children) = left.get(node) else { return };
    if path.contains(&node) || *steps == 0 {
        return;
    }
    *steps -= 1;
    path.push(node);
    for child in *children {
        descend(left, child, path, weights, steps);
    }
    let depth = weights.entry(node.clone()).or_default();
    *depth = (*depth).max(path.len());
    path.pop();
}

#[cfg(test)]
mod tests;
