//! The few functions of Terraform's that say where a package is and what it runs on.

use std::collections::BTreeMap;

use hcl_edit::expr::FuncCall;

use super::term::{Evaluator, Manifest, Scope, Term, absolute};

/// Calls a function.
pub(super) fn call(
    evaluator: &Evaluator<'_>,
    call: &FuncCall,
    scope: &Scope<'_>,
    depth: u8,
) -> Term {
    let name = call.name.name.as_str();
    if call.name.is_namespaced() || call.args.expand_final() {
        return Term::Unknown(format!("`{name}(…)` is computed"));
    }
    let arguments: Vec<Term> =
        call.args.iter().map(|argument| evaluator.deep(argument, scope, depth)).collect();
    match (name, &arguments[..]) {
        // A set has no order, but no more entries either.
        ("toset" | "tolist" | "tomap" | "abspath" | "nonsensitive", [one]) => one.clone(),
        ("file", [Term::Text(path)]) => {
            let path = absolute(path, scope);
            if evaluator.manifest.as_ref().is_some_and(|manifest| manifest.path == path) {
                return Term::Manifest;
            }
            let text = (evaluator.read)(&path);
            text.map_or_else(|| Term::Unknown(format!("there is no `{path}`")), Term::Text)
        }
        ("jsondecode", [Term::Text(text)]) => match serde_json::from_str(text) {
            Ok(json) => from_json(json),
            Err(_) => Term::Unknown("it is no JSON".to_owned()),
        },
        ("jsondecode", [Term::Manifest]) => manifest(evaluator),
        ("merge", maps) => merge(maps),
        ("lookup", [map, Term::Text(key), rest @ ..]) => match (map.clone().at(key), rest) {
            (Term::Missing, [default]) => default.clone(),
            (found, _) => found,
        },
        ("try", terms) => {
            let found = terms.iter().find(|term| **term != Term::Missing);
            found.cloned().unwrap_or(Term::Missing)
        }
        ("coalesce", terms) => {
            let is_set = |term: &&Term| **term != Term::Null && term.text() != Some("");
            terms.iter().find(is_set).cloned().unwrap_or(Term::Null)
        }
        ("lower", [Term::Text(text)]) => Term::Text(text.to_lowercase()),
        // Between slashes it is a regular expression.
        ("replace", [Term::Text(text), Term::Text(old), Term::Text(new)])
            if !(old.starts_with('/') && old.ends_with('/')) =>
        {
            Term::Text(text.replace(old.as_str(), new))
        }
        ("format", [Term::Text(text), rest @ ..]) => format_text(text, rest),
        _ => {
            let unknown = arguments.into_iter().find(|term| matches!(term, Term::Unknown(_)));
            unknown.unwrap_or_else(|| Term::Unknown(format!("`{name}(…)` is computed")))
        }
    }
}

/// The entries of the package manifest: those that it has, and those that the next build adds. The
/// first build of a lambda must be for the same target as its second, so what it is for must not
/// hang on its entry. Where the zip is, and its hash, only the build tells.
fn manifest(evaluator: &Evaluator<'_>) -> Term {
    let Some(Manifest { path, lambdas }) = &evaluator.manifest else { return Term::Missing };
    let entry = || Term::Unknown(format!("`{path}` does not say it yet"));
    let mut entries: BTreeMap<String, Term> =
        lambdas.iter().map(|lambda| (lambda.name.clone(), entry())).collect();
    // One that can't be read is written anew by the next build.
    let text = (evaluator.read)(path).unwrap_or_default();
    if let Ok(serde_json::Value::Object(map)) = serde_json::from_str(&text) {
        entries.extend(map.into_iter().map(|(name, value)| (name, from_json(value))));
    }
    Term::Map(entries)
}

fn merge(maps: &[Term]) -> Term {
    let mut merged = BTreeMap::new();
    for map in maps {
        match map {
            Term::Map(map) => merged.extend(map.clone()),
            Term::Null => {}
            Term::Unknown(why) => return Term::Unknown(why.clone()),
            Term::Text(_) | Term::List(_) | Term::Manifest | Term::Missing => {
                return Term::Missing;
            }
        }
    }
    Term::Map(merged)
}

/// `format` with nothing but `%s` in it.
fn format_text(text: &str, arguments: &[Term]) -> Term {
    let parts: Vec<&str> = text.split("%s").collect();
    let is_simple =
        parts.len() == arguments.len() + 1 && parts.iter().all(|part| !part.contains('%'));
    let texts: Option<Vec<&str>> = arguments.iter().map(Term::text).collect();
    match texts.filter(|_| is_simple) {
        Some(texts) => {
            let filled = parts.iter().zip(texts.into_iter().chain([""]));
            Term::Text(filled.map(|(part, text)| format!("{part}{text}")).collect())
        }
        None => {
            let unknown = arguments.iter().find(|term| matches!(term, Term::Unknown(_)));
            unknown.cloned().unwrap_or_else(|| Term::Unknown("it is computed".to_owned()))
        }
    }
}

fn from_json(json: serde_json::Value) -> Term {
    match json {
        serde_json::Value::Null => Term::Null,
        serde_json::Value::Bool(truth) => Term::Text(truth.to_string()),
        serde_json::Value::Number(number) => Term::Text(number.to_string()),
        serde_json::Value::String(text) => Term::Text(text),
        serde_json::Value::Array(list) => Term::List(list.into_iter().map(from_json).collect()),
        serde_json::Value::Object(map) => {
            Term::Map(map.into_iter().map(|(key, value)| (key, from_json(value))).collect())
        }
    }
}
