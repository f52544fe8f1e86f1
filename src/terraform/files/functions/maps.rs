//! Functions for maps.

use std::collections::BTreeMap;

use super::{all_texts, ordered, text_list};
use crate::terraform::files::term::{Budget, Given, Stop, Term};

pub(super) fn maps(name: &str, given: &[Term], budget: &Budget) -> Option<Given> {
    let given = match (name, given) {
        ("keys", [one]) => one.entries().map(|map| text_list(map.keys())),
        ("values", [one]) => one.entries().map(|map| Term::list(map.values().cloned().collect())),
        ("lookup", [map, key, rest @ ..]) => map.entries().and_then(|map| {
            let key = key.text()?;
            match (map.get(&*key), rest) {
                (Some(term), _) => term.clone().open(),
                (None, [default]) => default.clone().open(),
                (None, _) => Err(Stop::fault(&format!("there is no key `{key}`"))),
            }
        }),
        ("merge", maps) => merge(maps, budget),
        ("zipmap", [keys, values]) => all_texts(keys).and_then(|keys| {
            let values = ordered(values)?;
            if keys.len() != values.len() {
                return Err(Stop::fault("`zipmap(…)` has lists of two lengths"));
            }
            let keys = keys.iter().map(ToString::to_string);
            Ok(Term::map(keys.zip(values.iter().cloned()).collect()))
        }),
        ("transpose", [one]) => one.entries().and_then(|map| {
            let mut turned: BTreeMap<String, Vec<Term>> = BTreeMap::new();
            for (key, list) in map {
                for text in all_texts(list)? {
                    budget.spend(1)?;
                    turned.entry(text.to_string()).or_default().push(Term::of(key));
                }
            }
            let list = |(key, list): (String, Vec<Term>)| (key, Term::list(list));
            Ok(Term::map(turned.into_iter().map(list).collect()))
        }),
        _ => return None,
    };
    Some(given)
}

fn merge(maps: &[Term], budget: &Budget) -> Given {
    let mut merged = BTreeMap::new();
    for map in maps {
        match map.known()? {
            Term::Null => {}
            map => {
                let map = map.entries()?;
                budget.spend(map.len())?;
                merged.extend(map.iter().map(|(key, term)| (key.clone(), term.clone())));
            }
        }
    }
    Ok(Term::map(merged))
}
