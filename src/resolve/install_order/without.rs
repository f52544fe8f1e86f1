//! What nothing requires any more once some requirements are not packaged.

use std::collections::{BTreeMap, BTreeSet};

use super::{Installation, Node};

impl Installation {
    /// The projects that leave with requirements that leave, each with the rule of the requirement: what
    /// is reached from a requirement that stays does, whatever its name.
    pub(crate) fn left_out<'r>(
        &self,
        rule_of: &dyn Fn(&str) -> Option<&'r str>,
    ) -> BTreeMap<String, &'r str> {
        let roots = self.roots();
        let (gone, stay): (Vec<&Node>, Vec<&Node>) =
            roots.into_iter().partition(|(project, _)| rule_of(project).is_some());
        let kept = self.reached(stay);
        let mut left_out = BTreeMap::new();
        for root in gone {
            let rule = rule_of(&root.0).expect("it was asked for");
            for project in self.reached([root]).difference(&kept) {
                let rule = rule_of(project).unwrap_or(rule);
                left_out.entry((*project).to_owned()).or_insert(rule);
            }
        }
        left_out
    }

    /// The same of some of its wheels, by their places among those.
    pub(crate) fn in_order(&self, order: Vec<usize>) -> Self {
        Self { order, ..self.clone() }
    }

    /// The first of some projects, by name, that requires another one.
    pub(crate) fn requirer_of(&self, project: &str, is_one: &dyn Fn(&str) -> bool) -> Option<&str> {
        let others = self.requires.iter();
        let mut others = others.filter(|((own, _), _)| own != project && is_one(own));
        let is_it = |(_, children): &(_, &BTreeSet<Node>)| {
            children.iter().any(|(child, _)| child == project)
        };
        others.find(is_it).map(|((own, _), _)| own.as_str())
    }

    /// What is asked for. A lock that stands alone does not say it: there it is what nothing requires.
    fn roots(&self) -> BTreeSet<&Node> {
        let mut roots: BTreeSet<&Node> = self.asked.iter().collect();
        loop {
            let reached = self.reached(roots.iter().copied());
            let is_open = |(project, extras): &&Node| {
                extras.is_empty() && !reached.contains(project.as_str())
            };
            let open: Vec<&Node> = self.requires.keys().filter(is_open).collect();
            if open.is_empty() {
                return roots;
            }
            let is_required = |node: &&&Node| {
                open.iter().any(|other| {
                    other.0 != node.0 && self.requires[*other].iter().any(|it| it.0 == node.0)
                })
            };
            let mut tops = open.iter().filter(|node| !is_required(node)).copied().peekable();
            match tops.peek() {
                Some(_) => roots.extend(tops),
                // They require each other.
                None => roots.extend(open.iter().copied()),
            }
        }
    }

    /// The projects that are reached from some, with these.
    fn reached<'s>(&'s self, from: impl IntoIterator<Item = &'s Node>) -> BTreeSet<&'s str> {
        let mut waiting: Vec<&Node> = from.into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(node) = waiting.pop() {
            if seen.insert(node) {
                waiting.extend(self.requires.get(node).into_iter().flatten());
            }
        }
        seen.into_iter().map(|(project, _)| project.as_str()).collect()
    }
}
