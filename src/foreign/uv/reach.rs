//! The packages that a project reaches on a target.

use std::collections::BTreeSet;

use pep508_rs::ExtraName;

use super::raw::{Edge, Lock, Raw};
use crate::foreign::{Error, Reached, Reading, extras};
use crate::requirements::{Choice, read_project};

impl Reading<'_, Lock> {
    /// All that is reached from the project on the target.
    pub(super) fn reached(&self, root: usize) -> Result<Reached, Error> {
        let choice = self.asked.choice;
        // Where extras or groups exclude each other, uv writes them into the markers, under names
        // that are no project's own (`conflicts` in its documentation).
        let mut active: BTreeSet<String> = BTreeSet::new();
        let name = &self.raw(root).name;
        active.insert(format!("project-{}-{name}", name.len()));
        for group in &choice.groups {
            active.insert(format!("group-{}-{name}-{group}", name.len()));
        }
        for extra in &choice.extras {
            if !self.raw(root).optional_dependencies.contains_key(extra) {
                let only = Choice { extras: vec![extra.clone()], ..Choice::default() };
                self.look_up(root, &only, &format!("extra `{extra}`"))?;
            }
        }
        for group in &choice.groups {
            if !self.raw(root).dev_dependencies.contains_key(group) {
                let only = Choice { groups: vec![group.clone()], ..Choice::default() };
                self.look_up(root, &only, &format!("group `{group}`"))?;
            }
        }
        loop {
            let reached = self.walk(root, &extras(active.iter()))?;
            let before = active.len();
            for (index, names) in &reached {
                let name = &self.raw(*index).name;
                active.extend(
                    names.iter().map(|extra| format!("extra-{}-{name}-{extra}", name.len())),
                );
            }
            if active.len() == before {
                return Ok(reached);
            }
        }
    }

    /// An extra or group without dependencies is not among those of the lock; one that the project
    /// has not is a failure.
    fn look_up(&self, root: usize, choice: &Choice, what: &str) -> Result<(), Error> {
        let (path, bytes) = self.asked.project()?;
        let Some(bytes) = bytes else { return Ok(()) };
        let project = read_project(&bytes, &path)?;
        let lines = project.chosen(choice)?;
        if lines.len() > project.dependencies.len() {
            let name = &self.raw(root).name;
            return Err(Error::Stale(format!("`{name}` has no {what} in it")));
        }
        Ok(())
    }

    fn walk(&self, root: usize, active: &[ExtraName]) -> Result<Reached, Error> {
        let choice = self.asked.choice;
        let mut reached = Reached::new();
        let mut waiting: Vec<(usize, Option<String>)> = vec![(root, None)];
        waiting.extend(choice.extras.iter().map(|extra| (root, Some(extra.clone()))));
        let mut edges: Vec<&Edge> = Vec::new();
        for group in &choice.groups {
            edges.extend(self.raw(root).dev_dependencies.get(group).into_iter().flatten());
        }
        loop {
            for edge in std::mem::take(&mut edges) {
                if !self.asked.holds(edge.marker.as_deref().unwrap_or_default(), active)? {
                    continue;
                }
                let Some(index) = self.find(edge, active)? else { continue };
                waiting.push((index, None));
                waiting.extend(edge.extra.iter().map(|extra| (index, Some(extra.clone()))));
            }
            let Some((index, extra)) = waiting.pop() else { return Ok(reached) };
            let is_new = match &extra {
                None => !reached.contains_key(&index),
                Some(extra) => !reached.get(&index).is_some_and(|known| known.contains(extra)),
            };
            // What is asked of a package with an extra is asked of the package itself, too.
            if extra.is_some() && !reached.contains_key(&index) {
                waiting.push((index, extra));
                waiting.push((index, None));
                continue;
            }
            let known = reached.entry(index).or_default();
            if !is_new {
                continue;
            }
            let raw = self.raw(index);
            match extra {
                None => edges.extend(&raw.dependencies),
                Some(extra) => {
                    edges.extend(raw.optional_dependencies.get(&extra).into_iter().flatten());
                    known.insert(extra);
                }
            }
        }
    }

    /// The package of an edge; none where it is for other targets.
    fn find(&self, edge: &Edge, active: &[ExtraName]) -> Result<Option<usize>, Error> {
        let is_it = |raw: &Raw| {
            raw.name == edge.name
                && edge.version.as_ref().is_none_or(|version| raw.version.as_ref() == Some(version))
                && edge.source.as_ref().is_none_or(|source| raw.source == *source)
        };
        let all = self.lock.packages.iter().enumerate();
        let mut found: Vec<usize> =
            all.filter(|(_, raw)| is_it(raw.get_ref())).map(|(index, _)| index).collect();
        if found.len() > 1 {
            let mut fitting = Vec::new();
            for index in found {
                let markers = &self.raw(index).resolution_markers;
                let mut fits = markers.is_empty();
                for marker in markers {
                    fits |= self.asked.holds(marker, active)?;
                }
                if fits {
                    fitting.push(index);
                }
            }
            found = fitting;
        }
        match found[..] {
            [index] => Ok(Some(index)),
            [] => {
                let cause = format!("it requires `{}`, which it has not", edge.name);
                Err(self.asked.invalid(cause, None).into())
            }
            [_, ..] => {
                let cause = format!("it has `{}` twice for {}", edge.name, self.asked.target);
                Err(self.asked.invalid(cause, None).into())
            }
        }
    }
}
