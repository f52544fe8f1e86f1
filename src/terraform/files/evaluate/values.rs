//! Variables of root modules, as files of values set them.

use std::rc::Rc;

use super::{Each, Evaluator, Instance, Scope};
use crate::report::Place;
use crate::terraform::Note;
use crate::terraform::files::term::{Budget, Given, Stop, Term, Unknown};
use crate::terraform::files::variables::Values;

impl<'a> Evaluator<'a> {
    /// A variable of the module in which Terraform runs: what it takes by itself, unless a file
    /// that may be given on the command line says otherwise.
    pub(super) fn of_root(
        &self,
        instance: &Rc<Instance<'a>>,
        name: &str,
        default: &dyn Fn() -> Option<Given>,
        converted: &dyn Fn(Given) -> Given,
    ) -> Given {
        let files = self.variables.files(instance.root);
        let sets = |file: &&Values| file.values.contains_key(name);
        let none = Each::default();
        let closed = Scope { instance: None, ..instance.scope(&none) };
        let value = |file: &Values| {
            let attribute = file.values.get(name)?;
            Some((converted(self.deep(&attribute.value, &closed)), attribute.spot.place()))
        };
        let unset = || Stop::unknown(&format!("no file sets `var.{name}`"));
        if let Some(path) = self.variables.terragrunt(name) {
            return Err(Stop::unknown(&format!("`{path}` may set `var.{name}`")));
        }
        if !files.iter().any(|file| sets(&file)) {
            return default().unwrap_or_else(|| Err(unset()));
        }
        let own = files.iter().rev().filter(|file| file.is_taken).find_map(value);
        let own = own.or_else(|| {
            let block = instance.module.block(&format!("variable.{name}"));
            Some((default()?, block?.attribute("default")?.1))
        });
        if !files.iter().filter(|file| !file.is_taken).any(|file| sets(&file)) {
            return own.map_or_else(|| Err(unset()), |(given, _)| given);
        }
        let block = instance.module.block(&format!("variable.{name}"));
        let is_secret = block.is_some_and(|block| block.attribute("sensitive").is_some());
        let mut all = Vec::new();
        for file in files.iter().filter(|file| !file.is_taken) {
            let Some((given, place)) = value(file).or_else(|| own.clone()) else {
                let path = &file.path;
                return Err(Stop::unknown(&format!("`{path}` does not set `var.{name}`")));
            };
            all.push((given?, place));
        }
        let ((first, place), others) = all.split_first().ok_or_else(unset)?;
        let agree = |one: Term, (other, at): &(Term, Place)| {
            let (name, budget) = (format!("var.{name}"), &self.outside.budget);
            agreed(&name, (&one, place), (other, at), is_secret, budget)
        };
        let term = others.iter().fold(first.clone(), agree);
        let root = if instance.root == "" { "." } else { instance.root.as_str() };
        let how = if term == *first { "" } else { ", as far as they do" };
        let message = format!(
            "`var.{name}` is taken from here: all files of values for `{root}` agree on it{how}"
        );
        let (term, place) = (term.open()?, place.clone());
        self.notes.borrow_mut().insert(Note { place: Some(place), message });
        Ok(term)
    }
}

/// What two files of values agree on; what they do not is not known, each part by itself. What is
/// secret is not told.
fn agreed(
    name: &str,
    here: (&Term, &Place),
    there: (&Term, &Place),
    is_secret: bool,
    budget: &Budget,
) -> Term {
    let ((one, at), (other, place)) = (here, there);
    match (one, other) {
        (Term::Unknown(_), _) => one.clone(),
        (Term::Map(own), Term::Map(others)) if own.keys().eq(others.keys()) => {
            let part = |((key, one), other)| {
                let name = format!("{name}.{key}");
                (String::clone(key), agreed(&name, (one, at), (other, place), is_secret, budget))
            };
            Term::map(own.iter().zip(others.values()).map(part).collect())
        }
        _ if one.same(other, budget) == Ok(true) => one.clone(),
        _ => {
            let shown = |term: &Term| match term {
                _ if is_secret => "one thing".to_owned(),
                Term::Map(_) | Term::List(_) | Term::Set(_) => "one thing".to_owned(),
                short => short.text().map_or("one thing".to_owned(), |text| format!("`{text}`")),
            };
            let (one, other) = match (shown(one), shown(other)) {
                (one, other) if one == other => (one, "another".to_owned()),
                both => both,
            };
            Term::Unknown(Unknown::new(&format!(
                "`{name}` is {one} at {at} and {other} at {place}"
            )))
        }
    }
}
