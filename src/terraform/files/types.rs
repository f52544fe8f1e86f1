//! Types of variables, and what becomes of a value that is given to one.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, FuncCall, ObjectKey};

use super::term::{Budget, Given, Stop, Term, part, unified};

/// What a variable takes ("Type Constraints" in Terraform's documentation).
#[derive(Debug)]
pub(super) enum Type {
    Any,
    Text,
    Number,
    Bool,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(BTreeMap<String, Field>),
}

#[derive(Debug)]
pub(super) struct Field {
    of: Type,
    /// What an optional one is where it is not given.
    default: Option<Given>,
}

/// Reads a type; `constant` evaluates the default of an optional attribute.
pub(super) fn read(expression: &Expression, constant: &dyn Fn(&Expression) -> Given) -> Type {
    match expression {
        Expression::Variable(name) => match name.as_str() {
            "string" => Type::Text,
            "number" => Type::Number,
            "bool" => Type::Bool,
            // Terraform still reads these as `list(any)` and `map(any)`.
            "list" => Type::List(Box::new(Type::Any)),
            "map" => Type::Map(Box::new(Type::Any)),
            _ => Type::Any,
        },
        // As Terraform 0.11 had types, and as JSON has them.
        Expression::String(name) if name.as_str() == "string" => Type::Text,
        Expression::FuncCall(call) => of_call(call, constant),
        Expression::Parenthesis(inner) => read(inner.inner(), constant),
        _ => Type::Any,
    }
}

fn of_call(call: &FuncCall, constant: &dyn Fn(&Expression) -> Given) -> Type {
    let Some(first) = call.args.get(0) else { return Type::Any };
    let inner = || Box::new(read(first, constant));
    match (call.name.name.as_str(), first) {
        ("list", _) => Type::List(inner()),
        ("set", _) => Type::Set(inner()),
        ("map", _) => Type::Map(inner()),
        ("optional", _) => *inner(),
        ("tuple", Expression::Array(list)) => {
            Type::Tuple(list.iter().map(|one| read(one, constant)).collect())
        }
        ("object", Expression::Object(object)) => {
            let field = |(key, value): (&ObjectKey, &hcl_edit::expr::ObjectValue)| {
                let name = match key {
                    ObjectKey::Ident(name) | ObjectKey::Expression(Expression::Variable(name)) => {
                        name.as_str()
                    }
                    ObjectKey::Expression(key) => key.as_str()?,
                };
                let of = read(value.expr(), constant);
                let default = match value.expr() {
                    Expression::FuncCall(call) if call.name.name.as_str() == "optional" => {
                        let given = call.args.get(1).map_or(Ok(Term::Null), constant);
                        Some(given)
                    }
                    _ => None,
                };
                Some((name.to_owned(), Field { of, default }))
            };
            Type::Object(object.iter().filter_map(field).collect())
        }
        _ => Type::Any,
    }
}

/// What becomes of a value.
pub(super) fn convert(term: &Term, to: &Type, budget: &Budget) -> Given {
    budget.spend(1)?;
    let all = |list: &[Term], to: &Type| -> Result<Vec<Term>, Stop> {
        let list = list.iter().map(|term| part(convert(term, to, budget)));
        let list: Vec<Term> = list.collect::<Result<_, _>>()?;
        Ok(if matches!(to, Type::Any) { unified(&list) } else { list })
    };
    match (to, term) {
        (Type::Any, term) => term.clone().open(),
        (_, Term::Null | Term::Manifest) => Ok(term.clone()),
        (Type::Text, term) => term.text().map(Term::Text),
        (Type::Number, term) => term.number().map(Term::Number),
        (Type::Bool, term) => term.truth().map(Term::Bool),
        (Type::List(of), term) => Ok(Term::list(all(term.in_order()?.elements()?, of)?)),
        (Type::Set(of), term) => Term::set(&all(term.elements()?, of)?, budget),
        (Type::Map(of), term) => {
            let map = term.entries()?;
            let values: Vec<Term> = map.values().cloned().collect();
            Ok(Term::map(map.keys().cloned().zip(all(&values, of)?).collect()))
        }
        (Type::Tuple(types), term) => {
            let list = term.elements()?;
            if list.len() != types.len() {
                return Err(Stop::fault("a tuple has another length than its type"));
            }
            let list = list.iter().zip(types).map(|(term, to)| part(convert(term, to, budget)));
            Ok(Term::list(list.collect::<Result<_, _>>()?))
        }
        (Type::Object(fields), term) => object(term, fields, budget),
    }
}

fn object(term: &Term, fields: &BTreeMap<String, Field>, budget: &Budget) -> Given {
    let map = term.entries()?;
    let mut object = BTreeMap::new();
    // What the type does not name is dropped.
    for (name, Field { of, default }) in fields {
        let given = match (map.get(name), default) {
            (None | Some(Term::Null), Some(default)) => {
                default.clone().and_then(|default| convert(&default, of, budget))
            }
            (Some(term), _) => convert(term, of, budget),
            // Terraform refuses it, and what else there is can still be told.
            (None, None) => continue,
        };
        object.insert(name.clone(), part(given)?);
    }
    Ok(Term::map(object))
}
