//! Terraform's functions, as far as people use them for paths, names, maps and lists.
//!
//! Each is as "Functions" in Terraform's documentation has it; where that is silent, as Terraform
//! 1.11 was seen to do it. What only the machine or the moment determines (`timestamp`, `uuid`,
//! hashes of files that are built) is not known, nor is a function that is not here.

mod codes;
mod format;
mod lists;
mod maps;
mod numbers;
mod paths;
mod texts;

use std::rc::Rc;

use camino::Utf8Path;

use super::outside::{HERE, Outside};
use super::term::{Budget, Given, Stop, Term};
use codes::codes;
use lists::lists;
use maps::maps;
use numbers::{numbers, types};
use paths::paths;
use texts::texts;

/// Functions that give a path another form, or only pass values on: they may see the folder in
/// which the project lies.
const OF_PATHS: [&str; 31] = [
    "abspath",
    "basename",
    "coalesce",
    "coalescelist",
    "compact",
    "concat",
    "dirname",
    "element",
    "file",
    "fileexists",
    "fileset",
    "flatten",
    "format",
    "formatlist",
    "join",
    "jsondecode",
    "keys",
    "lookup",
    "merge",
    "one",
    "pathexpand",
    "replace",
    "reverse",
    "tolist",
    "tomap",
    "tostring",
    "trimprefix",
    "trimsuffix",
    "values",
    "zipmap",
    "nonsensitive",
];

/// Calls a function; `folder` is that in which Terraform runs, relative to the root of the project.
pub(super) fn call(name: &str, given: &[Term], outside: &Outside<'_>, folder: &Utf8Path) -> Given {
    let budget = &outside.budget;
    for term in given {
        if let Term::Text(text) = term
            && text.contains(HERE)
            && !OF_PATHS.contains(&name)
        {
            return Err(here());
        }
    }
    match (name, given) {
        ("nonsensitive" | "sensitive" | "ephemeralasnull", [one]) => one.clone().open(),
        ("type" | "issensitive", _) => Err(computed(name)),
        _ => texts(name, given, budget)
            .or_else(|| paths(name, given, outside, folder))
            .or_else(|| numbers(name, given))
            .or_else(|| types(name, given, budget))
            .or_else(|| lists(name, given, budget))
            .or_else(|| maps(name, given, budget))
            .or_else(|| codes(name, given, outside))
            .unwrap_or_else(|| Err(unknown_call(name, given))),
    }
}

fn here() -> Stop {
    Stop::unknown("it depends on where the project lies")
}

fn computed(name: &str) -> Stop {
    Stop::unknown(&format!("`{name}(…)` is known to Terraform only"))
}

/// Why a call has no value: an argument that is not known, or the function.
fn unknown_call(name: &str, given: &[Term]) -> Stop {
    let unknown = given.iter().find_map(|term| term.known().err());
    unknown.unwrap_or_else(|| computed(name))
}

fn bounded(text: String, budget: &Budget) -> Given {
    budget.spend_text(text.len())?;
    Ok(Term::of(text))
}

fn all_texts(term: &Term) -> Result<Vec<Rc<str>>, Stop> {
    ordered(term)?.iter().map(Term::text).collect()
}

fn text_list<T: AsRef<str>>(list: impl IntoIterator<Item = T>) -> Term {
    Term::list(list.into_iter().map(Term::of).collect())
}

/// The elements of one list, of a set only where their order is known.
fn ordered(term: &Term) -> Result<&[Term], Stop> {
    term.in_order()?.elements()
}
