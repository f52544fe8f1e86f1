//! Functions for numbers and for types.

use super::ordered;
use crate::terraform::files::term::{Budget, Given, Stop, Term, number, unified};

pub(super) fn numbers(name: &str, given: &[Term]) -> Option<Given> {
    let all = || given.iter().map(Term::number).collect::<Result<Vec<_>, _>>();
    let extreme = |of: fn(f64, f64) -> f64| {
        let none = || Stop::fault("there is no number");
        all().and_then(|all| all.into_iter().reduce(of).ok_or_else(none)).and_then(number)
    };
    let given = match (name, given) {
        ("max", _) => extreme(f64::max),
        ("min", _) => extreme(f64::min),
        ("abs", [one]) => one.number().map(f64::abs).and_then(number),
        ("ceil", [one]) => one.number().map(f64::ceil).and_then(number),
        ("floor", [one]) => one.number().map(f64::floor).and_then(number),
        ("signum", [one]) => {
            one.number().map(|it| if it == 0.0 { 0.0 } else { it.signum() }).and_then(number)
        }
        ("pow", [one, other]) => one.number().and_then(|one| number(one.powf(other.number()?))),
        ("parseint", [one, base]) => one.text().and_then(|text| {
            let base = u32::try_from(base.whole()?).ok().filter(|base| (2..=36).contains(base));
            let base = base.ok_or_else(|| Stop::unknown("`parseint(…)` has another base"))?;
            let parsed = i64::from_str_radix(&text, base);
            let parsed = parsed.map_err(|_| Stop::fault("a text is no number"))?;
            #[expect(clippy::cast_precision_loss, reason = "`number` refuses what is too large")]
            number(parsed as f64)
        }),
        _ => return None,
    };
    Some(given)
}

pub(super) fn types(name: &str, given: &[Term], budget: &Budget) -> Option<Given> {
    let [one] = given else { return None };
    let given = match (name, one) {
        ("tostring" | "tonumber" | "tobool" | "tolist" | "toset" | "tomap", Term::Null) => {
            Ok(Term::Null)
        }
        ("tostring", one) => one.text().map(Term::Text),
        ("tonumber", one) => one.number().and_then(number),
        ("tobool", one) => one.truth().map(Term::Bool),
        ("tolist", one) => ordered(one).map(|list| Term::list(unified(list))),
        ("toset", one) => one.elements().and_then(|list| Term::set(list, budget)),
        ("tomap", one) => one.entries().map(|map| {
            let values: Vec<Term> = map.values().cloned().collect();
            Term::map(map.keys().cloned().zip(unified(&values)).collect())
        }),
        _ => return None,
    };
    Some(given)
}
