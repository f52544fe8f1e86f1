//! Functions for lists and sets.

use std::rc::Rc;

use super::{all_texts, ordered, text_list};
use crate::terraform::files::term::{Budget, Given, Stop, Term, distinct, number, unified};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn lists(name: &str, given: &[Term], budget: &Budget) -> Option<Given> {
    let given = match (name, given) {
        ("length", [one]) => length(one),
        ("element", [list, index]) => ordered(list).and_then(|list| {
            let index = index.whole()?;
            match (i64::try_from(list.len()), usize::try_from(index)) {
                (Ok(0), _) => Err(Stop::fault("a list is empty")),
                (_, Ok(index)) => list[index % list.len()].clone().open(),
                _ => Err(Stop::unknown("`element(…)` has a negative index")),
            }
        }),
        ("one", [list]) => list.elements().and_then(|list| match list {
            [] => Ok(Term::Null),
            [one] => one.clone().open(),
            _ => Err(Stop::fault("a list has more than one element")),
        }),
        ("concat", lists) => {
            let mut all = Vec::new();
            for list in lists {
                match ordered(list) {
                    Ok(list) => all.extend(list.iter().cloned()),
                    Err(stop) => return Some(Err(stop)),
                }
            }
            budget.spend(all.len()).map(|()| Term::list(all))
        }
        ("flatten", [one]) => {
            let mut all = Vec::new();
            flatten(one, &mut all, budget).map(|()| Term::list(all))
        }
        ("distinct", [one]) => ordered(one).and_then(|list| {
            let list = unified(list);
            budget.spend(list.len())?;
            Ok(Term::list(distinct(&list, budget)?))
        }),
        ("reverse", [one]) => {
            ordered(one).map(|list| Term::list(list.iter().rev().cloned().collect()))
        }
        ("sort", [one]) => all_texts(one).map(|mut texts| {
            texts.sort();
            text_list(texts)
        }),
        ("compact", [one]) => one.elements().and_then(|list| {
            let mut kept = Vec::new();
            for term in list {
                match term.known()? {
                    Term::Null => {}
                    term => kept.push(term.text()?),
                }
            }
            kept.retain(|text| !text.is_empty());
            Ok(text_list(kept))
        }),
        ("contains", [list, one]) => contains(list, one, budget).map(Term::Bool),
        ("index", [list, one]) => ordered(list).and_then(|list| {
            for (index, term) in list.iter().enumerate() {
                if term.same(one, budget)? {
                    return of_count(index);
                }
            }
            Err(Stop::fault("a list has no such element"))
        }),
        ("slice", [list, from, to]) => ordered(list).and_then(|list| {
            let (from, to) = (usize::try_from(from.whole()?), usize::try_from(to.whole()?));
            let part = from.ok().zip(to.ok()).and_then(|(from, to)| list.get(from..to));
            part.map(|part| Term::list(part.to_vec()))
                .ok_or_else(|| Stop::fault("`slice(…)` is past the end of its list"))
        }),
        ("range", numbers) => range(numbers, budget),
        ("chunklist", [list, size]) => {
            ordered(list).and_then(|list| match usize::try_from(size.whole()?) {
                Ok(0) | Err(_) => Err(Stop::unknown("`chunklist(…)` has another form")),
                Ok(size) => Ok(Term::list(
                    list.chunks(size).map(|part| Term::list(part.to_vec())).collect(),
                )),
            })
        }
        ("setproduct", lists) => setproduct(lists, budget),
        ("setunion", sets) => {
            let all = sets.iter().map(Term::elements).collect::<Result<Vec<_>, _>>();
            all.and_then(|all| {
                let all = all.concat();
                budget.spend(all.len())?;
                Term::set(&all, budget)
            })
        }
        ("setintersection" | "setsubtract", [first, others @ ..]) => {
            first.elements().and_then(|list| {
                let mut kept = Vec::new();
                for term in list {
                    let mut is_kept = true;
                    for other in others {
                        let is_there = contains(other, term, budget)?;
                        is_kept &= is_there == (name == "setintersection");
                    }
                    if is_kept {
                        kept.push(term.clone());
                    }
                }
                Term::set(&kept, budget)
            })
        }
        ("alltrue", [one]) => one.elements().and_then(|list| decided(list, false)),
        ("anytrue", [one]) => one.elements().and_then(|list| decided(list, true)),
        ("sum", [one]) => one.elements().and_then(|list| {
            if list.is_empty() {
                return Err(Stop::fault("there is no number"));
            }
            number(list.iter().map(Term::number).sum::<Result<f64, _>>()?)
        }),
        ("coalesce", terms) => {
            // The first that is neither null nor an empty text ("coalesce Function").
            let none = || Err(Stop::fault("`coalesce(…)` has no value"));
            let first = terms.iter().find(|term| {
                **term != Term::Null && !matches!(term, Term::Text(text) if text.is_empty())
            });
            first.map_or_else(none, |term| term.clone().open())
        }
        ("coalescelist", lists) => {
            let none = || Err(Stop::fault("`coalescelist(…)` has no value"));
            let empty = |term: &&Term| term.elements().is_ok_and(<[Term]>::is_empty);
            let first = lists.iter().find(|term| !empty(term));
            first.map_or_else(none, |term| term.clone().open())
        }
        ("matchkeys", [values, keys, wanted]) => ordered(values).and_then(|values| {
            let mut kept = Vec::new();
            for (value, key) in values.iter().zip(ordered(keys)?) {
                if contains(wanted, key, budget)? {
                    kept.push(value.clone());
                }
            }
            Ok(Term::list(kept))
        }),
        _ => return None,
    };
    Some(given)
}

fn of_count(count: usize) -> Given {
    number(f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn length(one: &Term) -> Given {
    match one.known()? {
        Term::Text(text) if text.is_ascii() => of_count(text.len()),
        // What one letter is, marks and pictures decide.
        Term::Text(_) | Term::Manifest => {
            Err(Stop::unknown("the length of a text that is not ASCII is not told"))
        }
        Term::Map(map) => of_count(map.len()),
        Term::Set(list) if list.iter().any(|term| term.known().is_err()) => {
            Err(Stop::unknown("elements of a set that are not known may be the same"))
        }
        other => of_count(other.elements()?.len()),
    }
}

fn flatten(one: &Term, all: &mut Vec<Term>, budget: &Budget) -> Result<(), Stop> {
    for term in ordered(one)? {
        budget.spend(1)?;
        match term {
            Term::List(_) | Term::Set(_) => flatten(term, all, budget)?,
            // It may be a list of any length.
            Term::Unknown(unknown) => return Err(Stop::Unknown(unknown.clone())),
            other => all.push(other.clone()),
        }
    }
    Ok(())
}

fn contains(list: &Term, one: &Term, budget: &Budget) -> Result<bool, Stop> {
    let one = one.known()?;
    let mut open = None;
    for term in list.elements()? {
        match term.same(one, budget) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(stop) => open = Some(stop),
        }
    }
    open.map_or(Ok(false), Err)
}

/// Whether one of a list of bools is `deciding`, which decides whatever the others are.
fn decided(list: &[Term], deciding: bool) -> Given {
    let mut open = None;
    for term in list {
        match term.truth() {
            Ok(truth) if truth == deciding => return Ok(Term::Bool(deciding)),
            Ok(_) => {}
            Err(stop) => open = Some(stop),
        }
    }
    open.map_or(Ok(Term::Bool(!deciding)), Err)
}

fn range(given: &[Term], budget: &Budget) -> Given {
    let numbers = given.iter().map(Term::number).collect::<Result<Vec<_>, _>>()?;
    let (from, to, step) = match numbers[..] {
        [to] => (0.0, to, if to < 0.0 { -1.0 } else { 1.0 }),
        [from, to] => (from, to, if to < from { -1.0 } else { 1.0 }),
        [from, to, step] => (from, to, step),
        _ => return Err(Stop::fault("`range(…)` has one to three arguments")),
    };
    if step == 0.0 || (to - from) * step < 0.0 {
        return Err(Stop::fault("`range(…)` goes nowhere"));
    }
    let (mut list, mut next) = (Vec::new(), from);
    while if step > 0.0 { next < to } else { next > to } {
        budget.spend(1)?;
        list.push(number(next)?);
        next += step;
    }
    Ok(Term::list(list))
}

fn setproduct(lists: &[Term], budget: &Budget) -> Given {
    let mut rows: Vec<Vec<Term>> = vec![Vec::new()];
    for list in lists {
        let list = ordered(list)?;
        budget.spend(rows.len().saturating_mul(list.len()).saturating_mul(lists.len()))?;
        let longer = |row: &Vec<Term>| {
            let with = |term: &Term| row.iter().chain([term]).cloned().collect();
            list.iter().map(with).collect::<Vec<Vec<Term>>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let is_set = lists.iter().any(|list| matches!(list, Term::Set(_)));
    let rows: Vec<Term> = rows.into_iter().map(Term::list).collect();
    Ok(if is_set { Term::Set(Rc::new(rows)) } else { Term::list(rows) })
}
